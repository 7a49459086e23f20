"""Options of the test run, and the demo company that its tests share."""

from collections.abc import Iterator

import duckdb
import pytest

from data.world import World
from data.write import write_demo


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-sql", action="store_true", help="rewrite the sql: of the golden questions")


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A demo company of 3,000 contacts, open for reading."""
    out = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    write_demo(out, World(size=0.05))
    with duckdb.connect(str(out), read_only=True) as connection:
        yield connection
