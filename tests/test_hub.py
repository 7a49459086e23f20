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
    CASE WHEN n % 11 = 0 OR n % 2002 IN (0, 2001) THEN 0.25 ELSE 9007199254740992 END::DOUBLE AS amount, n % 5 AS size,
    CASE WHEN n % 13 > 0 THEN n % 6 END AS code
  FROM range(5000) numbers(n);
CREATE TABLE visits AS
  SELECT n % 2100 AS visitor, TIMESTAMP '2024-02-10 12:00' + to_days((n % 60)::INTEGER) AS seen_at,
    'page ' || n % 4 AS page
  FROM range(3000) numbers(n);
CREATE TABLE kinds AS FROM (VALUES (1, 'new', 1), (2, 'used', 2), (3, 'new', 9), (4, NULL, 1)) t(code, kind, maker);
CREATE TABLE makers AS FROM (VALUES (1, 'Aster'), (2, NULL)) t(maker, name);
CREATE TABLE none AS FROM deals WHERE false;
"""
CATALOGUE = """
database: hub.duckdb
views:
  owners: {table: owners, key: {owner: owner}, dimensions: {town: Town, old: Old}}
  makers: {table: makers, key: {maker: maker}, dimensions: {name: Name}}
  kinds: {table: kinds, key: {kind: code}, joins: {maker: maker}, dimensions: {kind: Kind}}
  deals: {table: deals, time: day, joins: {owner: owner, kind: code}, dimensions: {size: Size}}
  visits: {table: visits, time: seen_at, joins: {owner: visitor}}
  none: {table: none, time: day, joins: {owner: owner}}
metrics:
  deals: {view: deals, sql: count(*)}
  big: {view: deals, sql: count(*), where: size > 3}
  amount: {view: deals, sql: sum(amount)}
  least: {view: deals, sql: min(size)}
  visits: {view: visits, sql: count(*)}
  starts: {view: visits, sql: count(*), where: "page = 'page 0'", fill: 0}
  last_page: {view: visits, sql: max(page)}
  nothing: {view: none, sql: count(*)}
"""
OF_KIND = "deals LEFT JOIN kinds USING (code) LEFT JOIN makers USING (maker)"
JOINED = "deals LEFT JOIN owners USING (owner)"
SEEN = "visits LEFT JOIN owners ON owner = visitor"


@pytest.fixture(scope="module", params=[3, 254, 255, 256, 2000])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    with duckdb.connect(str(folder / "hub.duckdb")) as connection:
        connection.execute(TABLES.format(towns=request.param))
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return folder


@pytest.fixture(scope="module")
def source(folder: Path) -> Source:
    return open_source(folder / "metrics.yml", numbered_from=0)


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
        (
            "metric=deals,starts&by=town",
            f"SELECT town, sum(a), coalesce(sum(b), 0) FROM (SELECT town, 1 AS a, NULL AS b FROM {JOINED} UNION ALL "
            f"SELECT town, NULL, 1 FROM {SEEN} WHERE page = 'page 0') GROUP BY 1",
        ),
        (
            "metric=big,visits&by=month,old&period=2024-01-01..2024-04-30",
            f"SELECT month, old, sum(a), sum(b) FROM (SELECT date_trunc('month', day)::DATE AS month, old, "
            f"CASE WHEN size > 3 THEN 1 END AS a, NULL AS b FROM {JOINED} UNION ALL "
            f"SELECT date_trunc('month', seen_at)::DATE, old, NULL, 1 FROM {SEEN} UNION ALL "
            f"SELECT make_date(2024, m, 1), old, NULL, NULL FROM range(1, 5) months(m), "
            f"(SELECT DISTINCT old FROM {JOINED})) GROUP BY 1, 2",
        ),
        (
            "metric=amount,last_page,starts&by=week&period=2024-02-05..2024-02-18",
            "SELECT week, sum(a), max(p), coalesce(sum(s), 0) FROM (SELECT date_trunc('week', day)::DATE AS week, "
            "amount AS a, NULL AS p, NULL AS s FROM deals UNION ALL SELECT date_trunc('week', seen_at)::DATE, NULL, "
            "page, CASE WHEN page = 'page 0' THEN 1 END FROM visits) "
            "WHERE week IN (DATE '2024-02-05', DATE '2024-02-12') GROUP BY 1",
        ),
        ("metric=deals,nothing&by=old", f"SELECT old, count(*), NULL FROM {JOINED} GROUP BY 1"),
        ("metric=nothing&by=town", "SELECT 1, 1 WHERE false"),
        ("metric=deals,big&by=kind", f"SELECT kind, count(*), nullif(countif(size > 3), 0) FROM {OF_KIND} GROUP BY 1"),
        ("metric=amount,deals&by=name,size", f"SELECT name, size, sum(amount), count(*) FROM {OF_KIND} GROUP BY 1, 2"),
        (
            "metric=deals,least&by=town,name,kind",
            f"SELECT town, name, kind, count(*), min(size) FROM {OF_KIND} LEFT JOIN owners USING (owner) GROUP BY ALL",
        ),
        (
            "metric=deals,big&by=month,kind,old&period=2024-02-01..2024-02-29&order=kind",
            f"SELECT DATE '2024-02-01', kind, old, count(*), nullif(countif(size > 3), 0) FROM {OF_KIND} "
            "LEFT JOIN owners USING (owner) WHERE month(day) = 2 GROUP BY 2, 3",
        ),
        (
            "metric=deals&by=kind&top=2",
            f"SELECT CASE WHEN kind = 'used' THEN 'Other' ELSE kind END, count(*) FROM {OF_KIND} GROUP BY 1",
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
