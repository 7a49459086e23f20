"""The served source: locked, limited, computing once, following edits and new data, keeping the last good."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from semantic import Failed, Refused, Source, Stop, open_source
from semantic.engines.duckdb import DuckDB
from semantic.load import load_catalogue
from semantic.source import Answers, Cache

CATALOGUE = """
timezone: UTC
database: shop.duckdb
views:
  sales: {table: sales, key: {sale: sale_id}, time: sold_at, joins: {shop: shop_id}, dimensions: {colour: Colour}}
  shops: {file: shops.csv, key: {shop: shop_id}, dimensions: {town: Town}}
metrics:
  sales: {view: sales, sql: count(*), fill: 0}
"""


def write_sales(path: Path, rows: int) -> None:
    """A database of `rows` sales, put in place by a rename, as a loader does it."""
    fresh = path.with_suffix(".new")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT i AS sale_id, i % 2 AS shop_id, 'red' AS colour, "
            f"TIMESTAMP '2024-01-01' + to_hours(i::INTEGER) AS sold_at FROM range({rows}) r(i)"
        )
    fresh.replace(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sales(tmp_path / "shop.duckdb", 10)
    (tmp_path / "shops.csv").write_text("shop_id,town\n0,Lyon\n1,Riga\n", encoding="utf-8")
    (tmp_path / "metrics.yml").write_text(CATALOGUE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def source(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr("semantic.source.LOOK_AGAIN", 0.0)
    return open_source(folder / "metrics.yml")


@pytest.fixture
def engine(folder: Path) -> DuckDB:
    return DuckDB(load_catalogue(folder / "metrics.yml"), folder)


def count_sales(source: Source) -> object:
    return source.ask("metric=sales").rows()[0]["sales"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSERT INTO source_file.main.sales VALUES (1, 1, 'x', now())",
        "WITH x AS (DELETE FROM source_file.main.sales RETURNING *) SELECT * FROM x",
        "CREATE TABLE source_file.main.t AS SELECT 1",
    ],
)
def test_an_instance_is_locked(engine: DuckDB, folder: Path, sql: str) -> None:
    """Whatever SQL came through, it could read the data and nothing else, and change nothing at all."""
    with pytest.raises(Failed, match="The database refused the query"):
        engine.run(sql.replace("{folder}", str(folder)))
    assert not (folder / "out.csv").exists()
    assert engine.run("SELECT count(*) AS n FROM sales").to_pylist() == [{"n": 10}]


def test_a_query_has_a_time_limit(engine: DuckDB) -> None:
    """A query that takes too long ends with a sentence, and the engine goes on."""
    slow = "SELECT count(*) FROM range(200000) a, range(200000) b WHERE (a.range * b.range) % 7 = 3"
    with pytest.raises(Failed, match=r"took longer than 0.2 seconds"):
        engine.run(slow, seconds=0.2)
    assert engine.run("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_a_retired_engine_answers_what_is_under_way(engine: DuckDB) -> None:
    """New data closes the old instance after its last query, never in the middle of one."""
    answers: list[object] = []
    slow = "SELECT count(*) AS n FROM range(20000) a, range(2000) b WHERE (a.range * b.range) % 7 = 3"
    thread = threading.Thread(target=lambda: answers.append(engine.run(slow).to_pylist()[0]["n"]))
    thread.start()
    while engine._running == 0:
        time.sleep(0.001)
    engine.retire()
    thread.join()
    assert len(answers) == 1
    with pytest.raises(Failed, match=r"The data has changed"):
        engine.run("SELECT 1")


def test_new_data_shows_without_a_restart(source: Source, folder: Path) -> None:
    """A file that was replaced is read anew: no answer of the old one is kept."""
    assert count_sales(source) == 10
    write_sales(folder / "shop.duckdb", 12)
    assert count_sales(source) == 12


def test_an_answer_is_made_once(source: Source, folder: Path) -> None:
    """Who asks again gets the same answer, made neither of new SQL nor of the rows again, until there are new data."""
    first = source.ask("metric=sales&by=town")
    assert source.ask("by=town&metric=sales") is first
    write_sales(folder / "shop.duckdb", 12)
    assert count_sales(source) == 12
    assert source.ask("metric=sales&by=town") is not first


def test_answers_are_bounded_in_bytes(source: Source) -> None:
    """Old answers make room for new ones; one that is larger than all the room is given and not kept."""
    catalogue, answer = source.serve().catalogue, source.ask("metric=sales&by=town")
    answers = Answers(size=40_000)  # two of these
    for key in ("a", "b", "c"):
        answers.keep(catalogue, key, answer)
    assert [answers.find(catalogue, key) is answer for key in ("a", "b", "c")] == [False, True, True]
    small = Answers(size=100)
    small.keep(catalogue, "a", answer)
    assert small.find(catalogue, "a") is None


def test_new_csv_shows_without_a_restart(source: Source, folder: Path) -> None:
    """Files that stand behind a view count as data, too."""
    (folder / "shops.csv").write_text("shop_id,town\n0,Oslo\n1,Riga\n", encoding="utf-8")
    assert [row["town"] for row in source.ask("metric=sales&by=town").rows()] == ["Oslo", "Riga"]


def test_an_edit_shows_and_a_broken_one_does_not(source: Source, folder: Path) -> None:
    """The last good catalogue serves until the edit is mended; its fault has file and line."""
    file = folder / "metrics.yml"
    file.write_text(CATALOGUE.replace("count(*)", "count(*) * 2"), encoding="utf-8")
    assert count_sales(source) == 20
    file.write_text(CATALOGUE.replace("count(*)", "count(*"), encoding="utf-8")
    assert count_sales(source) == 20
    assert [problem.where for problem in source.serve().problems] == ["metrics.yml:8: metrics.sales.sql"]
    file.write_text(CATALOGUE, encoding="utf-8")
    assert count_sales(source) == 10
    assert source.serve().problems == ()


def test_data_that_is_gone_keeps_the_last_good(source: Source, folder: Path) -> None:
    """A loader that takes a file away for a moment breaks nobody's page."""
    (folder / "shop.duckdb").unlink()
    assert count_sales(source) == 10
    assert "there is no file shop.duckdb" in source.serve().problems[0].found
    write_sales(folder / "shop.duckdb", 3)
    assert count_sales(source) == 3


def test_a_column_that_is_gone_is_told(source: Source, folder: Path) -> None:
    """Names are checked against the database, with the nearest one."""
    file = folder / "metrics.yml"
    file.write_text(CATALOGUE.replace("colour: Colour", "color: Colour"), encoding="utf-8")
    [problem] = source.serve().problems
    assert str(problem) == (
        "metrics.yml:5: views.sales.dimensions.color: sales has no column color. Did you mean colour?"
    )


def test_a_join_never_counts_a_row_twice(source: Source, folder: Path) -> None:
    """A key that stands twice would multiply rows: it's refused as long as the data is so."""
    (folder / "shops.csv").write_text("shop_id,town\n0,Lyon\n0,Nice\n1,Riga\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"shop_id has 1 values that stand twice"):
        source.ask("metric=sales&by=town")
    assert count_sales(source) == 10


def make_table(value: int) -> pa.Table:
    return pa.table({"n": pa.array([value], pa.int64())})


def test_one_computation_for_many_who_ask() -> None:
    """Sessions that ask the same at the same time wait for one query."""
    calls: list[int] = []

    def compute(stop: Stop) -> pa.Table:
        calls.append(1)
        time.sleep(0.05)
        return make_table(1)

    cache = Cache()
    found: list[pa.Table] = []
    threads = [threading.Thread(target=lambda: found.append(cache.get("key", compute))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(found) == 8
    assert cache.get("key", compute) is found[0]


def test_a_failure_is_not_kept() -> None:
    """What failed once is tried again."""
    cache, outcomes = Cache(), iter([Failed("no"), make_table(2)])

    def compute(stop: Stop) -> pa.Table:
        outcome = next(outcomes)
        if isinstance(outcome, Failed):
            raise outcome
        return outcome

    with pytest.raises(Failed):
        cache.get("key", compute)
    assert cache.get("key", compute).to_pylist() == [{"n": 2}]


def test_the_cache_is_bounded_in_bytes() -> None:
    """Old answers make room for new ones; one that is larger than the cache is given and not kept."""
    cache = Cache(size=3000)
    calls: list[str] = []

    def count(key: str, table: pa.Table) -> Callable[[Stop], pa.Table]:
        def compute(stop: Stop) -> pa.Table:
            calls.append(key)
            return table

        return compute

    for key in ("a", "b", "c", "a"):
        cache.get(key, count(key, make_table(1)))
    assert calls == ["a", "b", "c", "a"]
    big = pa.table({"n": pa.array(range(1000), pa.int64())})
    cache.get("big", count("big", big))
    cache.get("big", count("big", big))
    assert calls[-2:] == ["big", "big"]


def test_queries_run_in_order_of_arrival() -> None:
    """Nobody is overtaken: with one worker, answers come in the order of the questions."""
    cache, order = Cache(workers=1), []
    gate = threading.Event()

    def compute(key: int) -> pa.Table:
        gate.wait(5)
        order.append(key)
        return make_table(key)

    threads = []
    for key in range(6):
        threads.append(threading.Thread(target=lambda key=key: cache.get(key, lambda _: compute(key))))
        threads[-1].start()
        while key not in cache._running:
            time.sleep(0.001)
    gate.set()
    for thread in threads:
        thread.join()
    assert order == list(range(6))


def test_a_symlink_does_not_lead_out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Only files below the data folder are read, whatever their name is."""
    outside = tmp_path_factory.mktemp("outside") / "shops.csv"
    outside.write_text("shop_id,town\n0,Lyon\n", encoding="utf-8")
    (folder / "shops.csv").unlink()
    (folder / "shops.csv").symlink_to(outside)
    with pytest.raises(Refused, match=r"shops.csv leads out of the data folder"):
        open_source(folder / "metrics.yml")


def test_subplans_that_differ_are_not_merged(tmp_path: Path) -> None:
    """A wrong number of the database's own: DuckDB 2.0.0 took the ranking's groups for the rows' groups.

    The sale of contact 1, whose manager isn't known, came under the band of another contact's manager.
    """
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE people AS FROM (VALUES (1, 2, 3, DATE '2024-02-29'), (2, 10, 2, NULL)) "
            "v(person_id, age, manager_id, joined)"
        )
        connection.execute("CREATE TABLE sales AS FROM (VALUES (1, 1), (2, 2), (3, 9)) v(sale_id, person_id)")
    (tmp_path / "metrics.yml").write_text(
        """
database: w.duckdb
views:
  people:
    table: people
    key: {person: person_id}
    joins: {manager: {entity: person, key: manager_id}}
    dimensions: {joined: Joined, band: {sql: "CASE WHEN age < 2 THEN 'low' ELSE 'high' END"}}
  sales: {table: sales, key: {sale: sale_id}, joins: {person: person_id}}
metrics:
  sales: {view: sales, sql: count(*)}
""",
        encoding="utf-8",
    )
    rows = open_source(tmp_path / "metrics.yml").ask("metric=sales~share&by=joined,person.manager.band&top=2").rows()
    assert sorted(str(row["person.manager.band"]) for row in rows) == ["None", "None", "high"]


def test_as_of_is_the_newest_day(source: Source) -> None:
    """Relative periods end on the newest day of the data, not today."""
    assert source.ask("metric=sales&period=today").resolved.window.start == datetime(2024, 1, 1).date()
