"""The company of the golden questions, written to a folder and opened."""

from pathlib import Path
from typing import Any

import duckdb
import yaml

from semantic import Source, open_source

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("[a-z]*.yml"))


def open_shop(folder: Path) -> Source:
    """The catalogue over its database, both in that folder."""
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute((FOLDER / "_shop.sql").read_text("utf-8"))
    file = folder / "metrics.yml"
    file.write_text((FOLDER / "_shop.yml").read_text("utf-8"), "utf-8")
    return open_source(file)


def read_golden(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found
