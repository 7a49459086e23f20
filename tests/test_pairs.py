"""Distinct counts by the numbers or places of groups that are there already are those of the rows themselves."""

from itertools import combinations

import duckdb
import pytest

from semantic import Source, open_source

# Unknown shops, kinds, clients and days, kinds without a client, and a text that is empty; 3 kinds, 7 shops, 2 sizes.
TABLES = """
CREATE TABLE sales AS
  SELECT CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'shop ' || n % 7 END AS shop,
    CASE n % 3 WHEN 1 THEN NULL ELSE 'kind ' || n % 3 END AS kind, n % 5 > 2 AS big,
    CASE WHEN n % 11 > 0 AND n % 3 > 0 THEN n * n % 97 END AS client,
    CASE WHEN n % 13 > 0 THEN TIMESTAMP '2024-01-01 12:00' + to_days((n % 90)::INTEGER) END AS sold_at,
    n % 4 AS grade
  FROM range(4000) numbers(n);
"""
CATALOGUE = """
database: pairs.duckdb
views:
  sales: {table: sales, time: sold_at, dimensions: {shop: Shop, kind: Kind, big: Big, grade: Grade}}
metrics:
  sales: {view: sales, sql: count(*)}
  best: {view: sales, sql: count(*), where: grade = 3}
  low: {view: sales, sql: count(*), where: grade < 2}
  clients: {view: sales, sql: count(distinct client)}
  best_clients: {view: sales, sql: count(distinct client), where: grade = 3}
"""
EVERY = ("nullif(count(*), 0)", "sales")
BEST = ("nullif(countif(grade = 3), 0)", "best")
LOW = ("nullif(countif(grade < 2), 0)", "low")
CLIENTS = ("CASE WHEN count(*) > 0 THEN count(DISTINCT client) END", "clients")
BEST_CLIENTS = (
    "CASE WHEN countif(grade = 3) > 0 THEN count(DISTINCT client) FILTER (WHERE grade = 3) END",
    "best_clients",
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("pairs")
    with duckdb.connect(str(folder / "pairs.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return open_source(folder / "metrics.yml")


@pytest.fixture(scope="module")
def tables() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLES)
    return connection


@pytest.mark.parametrize(
    ("metrics", "keys", "filters", "condition", "numbered"),
    [
        ((EVERY, CLIENTS), ("shop",), "", "true", True),
        ((CLIENTS, EVERY), ("shop", "kind"), "", "true", True),
        ((EVERY, BEST_CLIENTS), ("shop", "kind", "big"), "", "true", True),
        ((BEST, BEST_CLIENTS), ("kind", "grade"), "", "true", True),
        ((BEST, CLIENTS), ("shop", "kind"), "", "true", False),  # rows of the best alone don't have all groups
        ((LOW, BEST_CLIENTS), ("shop", "kind"), "", "true", False),
        ((EVERY, CLIENTS), ("big", "grade"), "", "true", False),  # there is no text
        ((EVERY, LOW, CLIENTS, BEST_CLIENTS), ("kind", "shop"), "", "true", True),
        ((EVERY, CLIENTS), ("shop", "kind"), "&kind=kind 2,&shop=!shop 3", "shop IS DISTINCT FROM 'shop 3'", True),
        (
            (BEST_CLIENTS, EVERY),
            ("shop", "big"),
            "&period=2024-02-01..2024-02-29",
            "sold_at >= DATE '2024-02-01' AND sold_at < DATE '2024-03-01'",
            True,
        ),
        ((EVERY, CLIENTS), ("shop", "kind"), "&shop=nowhere", "false", True),
    ],
)
def test_counts_of_every_level_are_those_of_the_rows(
    metrics: tuple[tuple[str, str], ...],
    keys: tuple[str, ...],
    filters: str,
    condition: str,
    numbered: bool,
    source: Source,
    tables: duckdb.DuckDBPyConnection,
) -> None:
    if "kind 2" in filters:
        condition += " AND (kind = 'kind 2' OR kind IS NULL)"
    names = [name for _, name in metrics]
    line = f"metric={','.join(names)}&by={','.join(keys)}&totals=all{filters}"
    answer = source.ask(line)
    assert ("DENSE_RANK" in answer.sql.text) == numbered
    found: dict[tuple[str, ...], list[tuple[object, ...]]] = {
        level: [] for size in range(len(keys) + 1) for level in combinations(keys, size)
    }
    for row in [*answer.rows(), *answer.totals]:
        level = tuple(key for key in keys if key in row)
        found[level].append(tuple(row[name] for name in [*level, *names]))
    values = ", ".join(sql for sql, _ in metrics)
    for level, rows in found.items():
        shown, groups = ", ".join([*level, values]), f"GROUP BY {', '.join(level)}" if level else ""
        there = "" if not level else f"HAVING coalesce({', '.join(sql for sql, _ in metrics)}) IS NOT NULL"
        oracle = tables.execute(f"SELECT {shown} FROM sales WHERE {condition} {groups} {there}").fetchall()
        assert sorted(rows, key=str) == sorted(oracle, key=str), level


@pytest.mark.parametrize("count", [1, 3, 6, 300])
@pytest.mark.parametrize(
    ("metrics", "outer", "filters", "condition", "placed"),
    [
        ((EVERY, CLIENTS), "kind", "", "true", True),
        ((CLIENTS, EVERY, BEST_CLIENTS), "big", "&kind=!kind 2", "kind IS DISTINCT FROM 'kind 2'", True),
        ((EVERY, BEST_CLIENTS), "month", "&period=2024-01-01..2024-03-31", "sold_at IS NOT NULL", True),
        ((BEST, CLIENTS), "kind", "", "true", False),  # the best are not all
    ],
)
def test_places_in_a_top_are_those_of_all_values(
    metrics: tuple[tuple[str, str], ...],
    outer: str,
    filters: str,
    condition: str,
    placed: bool,
    count: int,
    source: Source,
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """An unknown shop is one of them, and the rest is Other, of each person once."""
    names = [name for _, name in metrics]
    by = next(sql for sql, name in metrics if name in ("sales", "best"))
    ranked = next(name for _, name in metrics if name in ("sales", "best"))
    answer = source.ask(f"metric={','.join(names)}&by={outer},shop&top={count}:{ranked}{filters}")
    assert ("@places" in answer.sql.text) == placed
    rows = [tuple(row[name] for name in [outer, "shop", *names]) for row in answer.rows()]
    group = "date_trunc('month', sold_at)::DATE" if outer == "month" else outer
    oracle = tables.execute(
        f"WITH rows AS (FROM sales WHERE {condition}), biggest AS (SELECT shop, {by} AS n FROM rows GROUP BY 1 "
        f"HAVING n IS NOT NULL ORDER BY n DESC, shop NULLS LAST LIMIT {count}) "
        f"SELECT {group} AS outer_, CASE WHEN b.n IS NULL THEN 'Other' ELSE rows.shop END AS kept, "
        f"{', '.join(sql for sql, _ in metrics)} FROM rows LEFT JOIN biggest b "
        f"ON rows.shop IS NOT DISTINCT FROM b.shop GROUP BY 1, 2"
    ).fetchall()
    assert sorted(rows, key=str) == sorted(oracle, key=str)
