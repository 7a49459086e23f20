"""Options of the test run, and the demo company that its tests share."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from data.world import World
from data.write import write_demo
from semantic import Source, open_source

CATALOGUE = Path(__file__).parents[1] / "metrics.yml"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-sql", action="store_true", help="rewrite the sql: of the golden questions")


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/demo.duckdb: a demo company of 3,000 contacts."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "data").mkdir()
    write_demo(folder / "data" / "demo.duckdb", World(size=0.05))
    return folder


@pytest.fixture(scope="session")
def company(company_folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo company, open for reading."""
    with duckdb.connect(str(company_folder / "data" / "demo.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def demo(company_folder: Path) -> Iterator[Source]:
    """The demo's catalogue over the same company."""
    source = open_source(CATALOGUE, company_folder)
    yield source
    source.serve().engine.retire()
