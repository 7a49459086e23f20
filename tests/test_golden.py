"""Golden questions: a line, its SQL and its rows, and SQL by another hand that gives the same rows. Found by glob."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic import Answer, Refused, Source
from semantic.answer import plain_value
from tests.asking import is_same
from tests.golden_shop import FILES, open_shop, read_golden

MOST_ROWS = 10  # of a table: a reader checks it in the head
ANSWERED = {"why", "ask", "rows", "oracle", "sql"}
MORE = {"as_of", "totals", "marks"}


def plain(value: Any) -> Any:
    """A value as a golden file writes it."""
    return plain_value(value)


def list_rows(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    """Rows without the names of their columns."""
    return [[plain(value) for value in row.values()] for row in rows]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Source, Path]]:
    """The company that every golden question is asked of, and its database."""
    folder = tmp_path_factory.mktemp("shop")
    source = open_shop(folder)
    yield source, folder / "shop.duckdb"
    source.serve().engine.retire()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_golden(path: Path, shop: tuple[Source, Path], request: pytest.FixtureRequest) -> None:
    """The compiler's rows and SQL are those of the file, and so are the oracle's rows and the refusals."""
    golden = read_golden(path)
    source, database = shop
    if "refused" in golden:
        with pytest.raises(Refused) as refused:
            source.ask(golden["ask"], golden.get("as_of"))
        assert str(refused.value) == golden["refused"].strip(), golden["why"]
        return
    answer = source.ask(golden["ask"], golden.get("as_of"))
    check_answer(golden, answer)
    check_rows(golden, ask_oracle(golden["oracle"], database), "the oracle's")
    if request.config.getoption("--update-sql"):
        rewrite_sql(path, answer.sql.text)
    else:
        assert answer.sql.text == golden["sql"].rstrip(), f"{golden['why']} SQL that is meant to change: --update-sql"


def ask_oracle(sql: str, database: Path) -> list[list[Any]]:
    """The rows of hand-written SQL, on a connection of its own."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return [[plain(value) for value in row] for row in connection.execute(sql).fetchall()]


def check_answer(golden: dict[str, Any], answer: Answer) -> None:
    assert answer.line == golden["ask"], "a golden question is asked by its canonical line"
    check_rows(golden, list_rows(answer.rows()), "the compiler's")
    assert len(answer.totals) == len(golden.get("totals", ())), golden["why"]
    for wanted, found in zip(golden.get("totals", ()), answer.totals, strict=True):
        assert wanted.keys() == found.keys(), golden["why"]
        assert all(is_same(plain(wanted[name]), plain(found[name])) for name in wanted), (golden["why"], wanted, found)
    if "marks" in golden:
        assert [[mark.row, mark.column, mark.mark] for mark in answer.marks] == golden["marks"], golden["why"]


def check_rows(golden: dict[str, Any], rows: list[list[Any]], whose: str) -> None:
    wanted = [[plain(value) for value in row] for row in golden["rows"]]
    same = [len(a) == len(b) and all(map(is_same, a, b)) for a, b in zip(wanted, rows, strict=False)]
    assert len(wanted) == len(rows), f"{golden['why']} {whose} rows are {rows}"
    assert all(same), f"{golden['why']} {whose} rows are {rows}"


def rewrite_sql(path: Path, sql: str) -> None:
    """Puts the SQL at the end of the file, and touches nothing else."""
    kept, _, _ = path.read_text("utf-8").partition("\nsql: |\n")
    lines = "\n".join(f"  {line}".rstrip() for line in sql.splitlines())
    path.write_text(f"{kept}\nsql: |\n{lines}\n", "utf-8")


def test_golden_files_are_whole() -> None:
    """Each file has the parts that it needs, and no other."""
    for path in FILES:
        golden = set(read_golden(path))
        if "refused" in golden:
            assert golden <= {"why", "ask", "as_of", "refused"}, path.name
        else:
            assert ANSWERED <= golden <= ANSWERED | MORE, path.name


def test_golden_tables_fit_in_the_head(shop: tuple[Source, Path]) -> None:
    """No table has more rows than a reader can add up."""
    with duckdb.connect(str(shop[1]), read_only=True) as connection:
        tables = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        sizes = {table: connection.table(table).count("*").fetchall()[0][0] for table in tables}
    assert all(size <= MOST_ROWS for size in sizes.values()), sizes
