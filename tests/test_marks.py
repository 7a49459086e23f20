"""Marks: intervals of rates against published ones, and what a small base is of each kind of quotient."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from semantic import Source, open_source
from semantic.marks import bound_rate

TABLES = """
CREATE TABLE visits (day DATE, page VARCHAR, bought BOOLEAN, spent INTEGER);
INSERT INTO visits VALUES
  ('2024-01-02', 'a', true, 10), ('2024-01-03', 'a', false, NULL), ('2024-01-09', 'b', true, 30),
  ('2024-02-01', 'a', true, 5), ('2024-02-02', 'a', true, NULL), ('2024-02-03', 'a', false, NULL),
  ('2024-03-09', 'z', false, NULL);
CREATE TABLE goals (month_start DATE, month_end DATE, goal INTEGER);
INSERT INTO goals VALUES ('2024-01-01', '2024-01-31', 10), ('2024-02-01', '2024-02-29', 20),
  ('2024-03-01', '2024-03-31', 40);
CREATE TABLE weeks (week_start DATE, plan INTEGER);
CREATE TABLE people (id INTEGER, joined DATE);
INSERT INTO people VALUES (1, '2024-01-05'), (2, '2024-01-06'), (3, '2024-01-31'), (4, '2024-02-05');
CREATE TABLE logins (id INTEGER, day DATE);
INSERT INTO logins VALUES (1, '2024-01-20'), (2, '2024-02-10'), (4, '2024-02-20');
INSERT INTO weeks VALUES ('2024-01-01', 1), ('2024-01-08', 2), ('2024-01-29', 4);
"""
CATALOGUE = """
database: marks.duckdb
views:
  visits: {table: visits, time: day, dimensions: {page: Page}}
  goals: {table: goals, time: {column: month_start, grain: month}}
  ends: {table: goals, time: {column: month_end, grain: month}}
  weeks: {table: weeks, time: {column: week_start, grain: week}}
  people: {table: people, key: {person: id}, time: joined}
  logins: {table: logins, time: day, joins: {person: id}}
cohorts:
  joined: {start: people, return: logins, by: person}
  read: {start: people, return: logins, by: person, min_base: 3}
metrics:
  people: {view: people, sql: count(*)}
  logins: {view: logins, sql: count(*)}
  visits: {view: visits, sql: count(*)}
  sales: {view: visits, sql: count(*), where: bought, share_of: visits, min_base: 3}
  spent: {view: visits, sql: sum(spent)}
  rate: {sql: sales / visits, min_base: 3}
  percent: {sql: 100 * sales / visits, min_base: 3}
  mean: {view: visits, sql: avg(spent), min_base: 2}
  ratio: {view: visits, sql: sum(spent) / count(*), min_base: 3}
  lift: {sql: mean / rate, min_base: 3}
  excess: {sql: visits / sales, min_base: 3}
  thousandth: {sql: spent / 1000, min_base: 3}
  goal: {view: goals, sql: sum(goal)}
  goal_end: {view: ends, sql: sum(goal)}
  plan: {view: weeks, sql: sum(plan)}
  weekly: {rolling: visits, window: 7 days, at: average}
  weekly_rate: {rolling: percent, window: 7 days, at: average}
"""
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("marks")
    with duckdb.connect(str(folder / "marks.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return open_source(folder / "metrics.yml")


@pytest.fixture
def marks(source: Source) -> Ask:
    def list_marks(line: str, as_of: date = date(2024, 3, 10)) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = source.ask(line, as_of).to_json()["marks"]
        return found

    return list_marks


def list_cells(found: list[dict[str, Any]]) -> set[tuple[int, str, str]]:
    return {(mark["row"], mark["column"], mark["mark"]) for mark in found}


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        (34, 210, 0.118, 0.218),  # 16.2 % of invited
        (81, 263, 0.2553, 0.3662),  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 1 - 0.1170, 1.0),
    ],
)
def test_intervals_are_the_published_ones(hits: int, count: int, low: float, high: float) -> None:
    """To the digits that are printed."""
    digits = 3 if low == 0.118 else 4
    assert tuple(round(edge, digits) for edge in bound_rate(hits / count, count)) == (low, high)


def test_a_share_of_a_count_has_an_interval(marks: Ask) -> None:
    """By a formula and by ~rate; where it isn't small there is no mark, and a NULL has none."""
    expected = {"row": 1, "column": "rate", "mark": "base", "base": 1, "low": 0.20654931437723742, "high": 1.0}
    assert marks("metric=rate&by=page&period=2024-01-01..2024-02-29") == [expected]
    assert marks("metric=sales~rate&by=page&period=2024-01-01..2024-02-29") == [expected | {"column": "sales~rate"}]
    assert marks("metric=rate&page=c") == []


def test_what_is_no_share_of_a_count_has_a_base_alone(marks: Ask) -> None:
    """A mean's base is the count of its values; a quotient's of quotients the least count in it."""
    line = "&by=page&period=2024-01-01..2024-02-29"
    assert marks(f"metric=mean{line}") == [{"row": 1, "column": "mean", "mark": "base", "base": 1}]
    assert marks(f"metric=ratio{line}") == [{"row": 1, "column": "ratio", "mark": "base", "base": 1}]
    assert marks(f"metric=percent{line}") == [{"row": 1, "column": "percent", "mark": "base", "base": 1}]
    assert [mark["base"] for mark in marks(f"metric=lift{line}")] == [2, 1]
    assert [mark["base"] for mark in marks(f"metric=excess{line}")] == [1]
    assert "low" not in marks("metric=excess&page=a&period=2024-01-01..2024-01-31")[0]
    assert marks("metric=thousandth,visits,sales") == []


def test_rates_of_small_cohorts_have_intervals(marks: Ask) -> None:
    """Of fewer than thirty, or than the cohort's own min_base; a cohort of just as many has none."""
    alone = {"row": 2, "column": "rate", "mark": "base", "base": 1, "low": 0.20654931437723742, "high": 1.0}
    assert [mark for mark in marks("cohort=read") if mark["mark"] == "base"] == [alone]
    *two, last = [mark for mark in marks("cohort=joined") if mark["mark"] == "base"]
    assert last == alone
    assert [(mark["row"], mark["base"]) for mark in two] == [(0, 3), (1, 3)]
    for mark in two:  # one of three
        assert (mark["low"], mark["high"]) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))


def test_changes_and_comparisons_have_bases(marks: Ask) -> None:
    """A change has the smaller of both."""
    line = "period=2024-02-01..2024-02-29&compare=previous"
    assert marks(f"metric=rate&{line}") == []
    found = marks(f"metric=rate&page=a&{line}")
    assert [(mark["column"], mark["base"]) for mark in found] == [("rate@compare", 2), ("rate@change", 2)]
    assert [mark["base"] for mark in marks("metric=rate~previous&by=month&page=a&period=2024-02-01..2024-02-29")] == [2]


def test_the_base_is_no_column_of_the_answer(source: Source) -> None:
    answer = source.ask("metric=rate&by=page&totals=all&page=a,b")
    assert answer.columns == ["page", "rate"]
    assert answer.totals == ({"rate": pytest.approx(4 / 6)},)
    json.dumps(answer.to_json(), allow_nan=False)


def test_periods_cut_what_rows_stand_for(source: Source, marks: Ask) -> None:
    """Whole months and weeks count, the cut ones are told: at their own cells, and at every sum that lacks them."""

    def ask(line: str, as_of: date = date(2024, 3, 10)) -> list[list[Any]]:
        return [list(row.values()) for row in source.ask(line, as_of).rows()]

    assert ask("metric=goal&period=2024-01-15..2024-03-10") == [[20]]
    assert list_cells(marks("metric=goal&period=2024-01-15..2024-03-10")) == {(0, "goal", "partial")}
    cells = list_cells(marks("metric=goal&by=month&period=2024-01-15..2024-02-29"))
    assert cells == {(0, "goal", "partial")}
    assert ask("metric=goal,goal_end&period=this-month") == [[40, 40]]
    assert ask("metric=goal_end&by=month") == [[date(2024, 1, 1), 10], [date(2024, 2, 1), 20], [date(2024, 3, 1), 40]]
    assert ask("metric=goal&by=quarter&period=this-year", date(2024, 2, 2)) == [[date(2024, 1, 1), 30]]
    assert ask("metric=plan&period=2024-01-01..2024-01-31") == [[3]]
    assert ask("metric=plan&by=week&period=2024-01-29..2024-02-04", date(2024, 1, 30)) == [[date(2024, 1, 29), 4]]
    assert list_cells(marks("metric=plan&period=this-month", date(2024, 1, 30))) == {
        (0, "plan", "partial"),
        (0, "plan", "open"),
    }


def test_compared_periods_are_whole_too(source: Source, marks: Ask) -> None:
    """What a month of its own is compared with is a month, and so far with so far."""

    def ask(line: str, as_of: date) -> list[Any]:
        return list(source.ask(line, as_of).rows()[0].values())

    assert ask("metric=goal&period=this-month&compare=previous", date(2024, 3, 10)) == [40, 20, 1.0]
    assert ask("metric=goal&period=2024-02-01..2024-02-29&compare=2024-01-10..2024-02-05", date(2024, 3, 10))[1] is None
    cells = list_cells(marks("metric=goal&period=2024-02-01..2024-02-29&compare=2024-01-10..2024-02-05"))
    assert (0, "goal@compare", "partial") in cells


def test_rolling_windows_that_begin_before_the_data_are_marked(marks: Ask) -> None:
    """Data begin on 2 January: a week is whole from the 8th on, of whatever is read at one day or is a mean of days."""
    line = "metric=visits~rolling7d&by=day&period=2024-01-06..2024-01-10"
    assert list_cells(marks(line)) == {(0, "visits~rolling7d", "short"), (1, "visits~rolling7d", "short")}
    assert list_cells(marks("metric=visits~rolling7d&period=2024-01-06..2024-01-07")) == {
        (0, "visits~rolling7d", "short")
    }
    assert marks("metric=visits~rolling7d&period=2024-01-06..2024-01-08") == []
    assert marks("metric=visits~mtd&period=2024-01-06..2024-01-08") == []
    by_month = "&by=month&period=2024-01-01..2024-02-29"
    assert list_cells(marks(f"metric=weekly{by_month}")) == {(0, "weekly", "short")}
    assert list_cells(marks(f"metric=weekly_rate{by_month}")) == {(0, "weekly_rate", "short")}
    assert marks(f"metric=visits~rolling7d{by_month}") == []
    cells = list_cells(marks("metric=visits~rolling7d&period=2024-02-01..2024-02-04&compare=2024-01-01..2024-01-04"))
    assert cells == {(0, "visits~rolling7d@compare", "short"), (0, "visits~rolling7d@change", "short")}
