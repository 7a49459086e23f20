"""Joined dimensions are numbered before the join: whatever their number of values, nothing is lost or invented."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic import Source, open_source

# Owner 0 is unknown, and so is the town of every owner that 7 divides; 2^53 swallows a small sum that is subtracted.
TABLES = """
CREATE TABLE owners AS
  SELECT n AS owner, CASE WHEN n % 7 > 0 THEN 'town ' || n % {towns} END AS town, n % 3 = 0 AS old
  FROM range(1, 2001) numbers(n);
CREATE TABLE deals AS
  SELECT n AS deal, CASE WHEN n % 11 > 0 THEN n % 2002 END AS owner, DATE '2024-01-01' + (n % 90)::INTEGER AS day,
    CASE WHEN n % 11 = 0 OR n % 2002 IN (0, 2001) THEN 0.25 ELSE 9007199254740992 END::DOUBLE AS amount, n % 5 AS size
  FROM range(5000) numbers(n);
CREATE TABLE none AS FROM deals WHERE false;
"""
CATALOGUE = """
database: hub.duckdb
views:
  owners: {table: owners, key: {owner: owner}, dimensions: {town: Town, old: Old}}
  deals: {table: deals, time: day, joins: {owner: owner}, dimensions: {size: Size}}
  none: {table: none, time: day, joins: {owner: owner}}
metrics:
  deals: {view: deals, sql: count(*)}
  big: {view: deals, sql: count(*), where: size > 3}
  amount: {view: deals, sql: sum(amount)}
  least: {view: deals, sql: min(size)}
  nothing: {view: none, sql: count(*)}
"""
JOINED = "deals LEFT JOIN owners USING (owner)"


@pytest.fixture(scope="module", params=[3, 254, 255, 256, 2000])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    with duckdb.connect(str(folder / "hub.duckdb")) as connection:
        connection.execute(TABLES.format(towns=request.param))
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def source(folder: Path) -> Source:
    return open_source(folder / "metrics.yml")


@pytest.mark.parametrize(
    ("line", "oracle"),
    [
        ("metric=deals,big&by=town", f"SELECT town, count(*), nullif(countif(size > 3), 0) FROM {JOINED} GROUP BY 1"),
        ("metric=amount,deals&by=town", f"SELECT town, sum(amount), count(*) FROM {JOINED} GROUP BY 1"),
        ("metric=least,deals&by=town,old", f"SELECT town, old, min(size), count(*) FROM {JOINED} GROUP BY 1, 2"),
        ("metric=deals&by=size,town", f"SELECT size, town, count(*) FROM {JOINED} GROUP BY 1, 2"),
        (
            "metric=deals&by=month,town&period=2024-02-01..2024-02-29&order=town",
            f"SELECT DATE '2024-02-01', town, count(*) FROM {JOINED} WHERE month(day) = 2 GROUP BY 2",
        ),
        ("metric=deals,nothing&by=old", f"SELECT old, count(*), NULL FROM {JOINED} GROUP BY 1"),
        ("metric=nothing&by=town", "SELECT 1, 1 WHERE false"),
        (
            "metric=amount&by=old&top=1",
            f"SELECT coalesce(old::VARCHAR, 'Other'), sum(amount) FROM (SELECT * REPLACE (CASE WHEN old IS FALSE THEN "
            f"false END AS old) FROM {JOINED}) GROUP BY 1",
        ),
    ],
)
def test_groups_are_those_of_an_outer_join(line: str, oracle: str, source: Source, folder: Path) -> None:
    found = [tuple(map(_plain, row.values())) for row in source.ask(line).rows()]
    with duckdb.connect(str(folder / "hub.duckdb"), read_only=True) as connection:
        expected = [tuple(map(_plain, row)) for row in connection.execute(oracle).fetchall()]
    assert sorted(found, key=str) == sorted(expected, key=str)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def test_a_sum_that_may_be_rounded_is_no_difference(source: Source) -> None:
    """A quarter beside 2^53 would be gone after an addition and a subtraction."""
    [row] = [row for row in source.ask("metric=amount&by=old").rows() if row["old"] is None]
    assert row["amount"] == sum(0.25 for n in range(5000) if n % 11 == 0 or n % 2002 in (0, 2001))


def test_totals_are_those_of_all_rows(source: Source) -> None:
    answer = source.ask("metric=deals,amount&by=town,old&totals=all")
    total = next(row for row in answer.totals if set(row) == {"deals", "amount"})
    assert total["deals"] == 5000
    assert total["deals"] == sum(row["deals"] for row in answer.rows())
