"""Snapshots: what a filter, an as-of day, a zone, ties, NULLs and emptiness do to the instant that is taken."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from semantic import Source, open_source

TABLES = """
CREATE TABLE levels (moment TIMESTAMP, thing VARCHAR, owner INTEGER, amount INTEGER, other TIMESTAMP);
INSERT INTO levels VALUES
  ('2024-03-30 12:00', 'a', 1, 1, '2024-03-02 08:00'), ('2024-03-30 23:30', 'a', 1, 2, '2024-03-02 08:00'),
  ('2024-03-30 23:30', 'b', 2, 4, '2024-03-02 08:00'), ('2024-03-31 22:30', 'a', 1, 8, '2024-03-05 08:00'),
  ('2024-04-01 10:00', 'b', 2, 16, '2024-03-05 08:00'), (NULL, 'c', 3, 32, NULL),
  ('2024-05-01 10:00', 'd', 1, 64, NULL);
CREATE TABLE nothing (moment TIMESTAMP, thing VARCHAR, amount INTEGER);
CREATE TABLE single (moment DATE, thing VARCHAR, amount INTEGER);
INSERT INTO single VALUES ('2024-02-29', 'a', 7);
CREATE TABLE stamped (moment TIMESTAMPTZ, thing VARCHAR, amount INTEGER);
INSERT INTO stamped VALUES
  ('2024-10-27 00:30:00+00', 'a', 1), ('2024-10-27 01:30:00+00', 'a', 2), ('2024-10-27 22:59:59+00', 'b', 4);
CREATE TABLE owners (owner INTEGER, town VARCHAR);
INSERT INTO owners VALUES (1, 'Lyon'), (2, NULL);
"""
CATALOGUE = """
timezone: Europe/Paris
stored_in: UTC
database: states.duckdb
views:
  owners: {table: owners, key: {owner: owner}, dimensions: {town: Town}}
  levels: {table: levels, time: moment, joins: {owner: owner}, dimensions: {thing: Thing, other: Other}}
  by_day: {table: levels, time: {column: moment, grain: day}, dimensions: {thing: Thing}}
  nothing: {table: nothing, time: moment, dimensions: {thing: Thing}}
  single: {table: single, time: moment, dimensions: {thing: Thing}}
  stamped: {table: stamped, time: moment, dimensions: {thing: Thing}}
metrics:
  last: {view: levels, sql: sum(amount), snapshot: last}
  first: {view: levels, sql: sum(amount), snapshot: first}
  mean: {view: levels, sql: sum(amount), snapshot: average}
  low: {view: levels, sql: sum(amount), where: thing = 'a', snapshot: last}
  by_other: {view: levels, sql: sum(amount), snapshot: last, time: other}
  own: {view: levels, sql: sum(amount), snapshot: last, per: owner}
  end_of_day: {view: by_day, sql: sum(amount), snapshot: last}
  things: {view: by_day, sql: count(distinct thing), snapshot: average}
  none: {view: nothing, sql: sum(amount), snapshot: last}
  no_mean: {view: nothing, sql: count(*), snapshot: average}
  one: {view: single, sql: sum(amount), snapshot: last}
  stamped: {view: stamped, sql: sum(amount), snapshot: last}
  stamped_mean: {view: stamped, sql: sum(amount), snapshot: average}
  sum_of_all: {view: levels, sql: sum(amount)}
  twice: {sql: last + sum_of_all}
"""
APRIL = date(2024, 4, 2)
Ask = Callable[..., list[list[Any]]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("states")
    with duckdb.connect(str(folder / "states.duckdb")) as connection:
        connection.execute(TABLES)
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    return open_source(folder / "metrics.yml")


@pytest.fixture
def ask(source: Source) -> Ask:
    def rows(line: str, as_of: date = APRIL) -> list[list[Any]]:
        return [[str(v) if isinstance(v, date) else v for v in row.values()] for row in source.ask(line, as_of).rows()]

    return rows


def test_no_state_of_a_day_to_come(ask: Ask) -> None:
    """Without a period, and in one that is still open, the as-of day is the last."""
    assert ask("metric=last,first") == [[16, 1]]
    assert ask("metric=last&period=2024-03-01..2024-12-31") == [[16]]
    assert ask("metric=last&period=this-year") == [[16]]
    assert ask("metric=last&period=2024-05-01..2024-05-31") == [[None]]


def test_days_are_those_of_the_zone(ask: Ask) -> None:
    """23:30 in UTC is the next day in Paris, on 31 March by two hours already."""
    assert ask("metric=last&by=day&period=2024-03-30..2024-04-01") == [
        ["2024-03-30", 1],
        ["2024-03-31", 6],
        ["2024-04-01", 16],
    ]
    assert ask("metric=last&by=day&period=2024-03-30..2024-04-01&timezone=UTC") == [
        ["2024-03-30", 6],
        ["2024-03-31", 8],
        ["2024-04-01", 16],
    ]


def test_filters_and_conditions_move_no_instant(ask: Ask) -> None:
    """The metric's own neither; a filter on time is a period."""
    assert ask("metric=last&thing=a&period=2024-03-30..2024-03-31") == [[2]]
    assert ask("metric=last&thing=a") == [[None]]
    assert ask("metric=low") == [[None]]
    assert ask("metric=low&day=2024-03-31") == [[2]]
    assert ask("metric=last&segment=mine&segment.mine=thing%3Db&period=2024-03-30..2024-03-31") == [[4]]


def test_ties_all_count(ask: Ask) -> None:
    """Two rows of one instant are one state."""
    assert ask("metric=last&period=2024-03-31..2024-03-31") == [[6]]
    assert ask("metric=last&by=thing&period=2024-03-31..2024-03-31") == [["a", 2], ["b", 4]]


def test_a_clock_with_a_grain_makes_its_period_one_instant(ask: Ask) -> None:
    assert ask("metric=end_of_day&period=2024-03-30..2024-04-01") == [[24]]
    assert ask("metric=things&period=2024-03-30..2024-04-01") == [[pytest.approx((1 + 2 + 2) / 3)]]


def test_the_hour_that_is_there_twice(ask: Ask) -> None:
    """Both are 02:30 in Paris, and two instants; by hour each has its own."""
    assert ask("metric=stamped,stamped_mean&period=2024-10-27..2024-10-27") == [[None, None]]
    found = ask("metric=stamped&by=hour_of_day&period=2024-10-27..2024-10-27", date(2024, 10, 28))
    assert found == [[2, 2], [23, 4]]
    assert ask("metric=stamped_mean&by=hour_of_day", date(2024, 10, 28)) == [[2, 1.5], [23, 4.0]]


def test_each_entity_has_its_own_instant(ask: Ask) -> None:
    """By its dimensions, too; a period without one of its own has none of it."""
    assert ask("metric=own") == [[24]]
    assert ask("metric=own&by=town") == [["Lyon", 8], [None, 16]]
    assert ask("metric=own&by=day&period=2024-03-31..2024-04-01&town=") == [["2024-03-31", 4], ["2024-04-01", 16]]
    assert ask("metric=own&thing=a") == [[8]]


def test_the_clock_as_a_dimension_is_time(ask: Ask) -> None:
    """Each value of it has its own instant; what another metric is dated by is a dimension like any other."""
    every = "2024-03-30 12:00:00", "2024-03-30 23:30:00", "2024-03-31 22:30:00", "2024-04-01 10:00:00"
    assert ask("metric=last&by=moment") == [list(pair) for pair in zip(every, (1, 6, 8, 16), strict=True)]
    assert ask("metric=low&by=moment") == [list(pair) for pair in zip(every[:3], (1, 2, 8), strict=True)]
    assert ask("metric=last&by=other") == [["2024-03-05 08:00:00", 16]]
    assert ask("metric=by_other&by=moment") == [[every[2], 8], [every[3], 16]]
    assert ask("metric=by_other&by=other") == [["2024-03-02 08:00:00", 7], ["2024-03-05 08:00:00", 24]]


def test_nothing_and_a_single_row(ask: Ask) -> None:
    assert ask("metric=none,no_mean") == [[None, None]]
    assert ask("metric=none&by=thing") == []
    assert ask("metric=one&by=month,thing&period=2024-02-01..2024-02-29") == [["2024-02-01", "a", 7]]
    assert ask("metric=one&period=2024-03-01..2024-03-31") == [[None]]


def test_beside_other_metrics(ask: Ask) -> None:
    """A state meets sums of the same view; rows without a time are in these only."""
    assert ask("metric=twice,last,sum_of_all&by=thing&period=2024-03-30..2024-03-31") == [
        ["a", 5, 2, 3],
        ["b", 8, 4, 4],
    ]
    assert ask("metric=sum_of_all,mean") == [[127, (1 + 6 + 8 + 16) / 4]]


def test_compared_states(ask: Ask) -> None:
    """The state before is that of the last instant of the period before."""
    assert ask("metric=last&period=2024-04-01..2024-04-01&compare=previous") == [[16, 6, pytest.approx(16 / 6 - 1)]]
    assert ask("metric=last~dod(value)&by=day&period=2024-03-31..2024-04-01") == [["2024-03-31", 1], ["2024-04-01", 6]]
    assert ask("metric=last~mom(delta)&by=month&period=2024-04-01..2024-04-30") == [["2024-04-01", 10]]
    assert ask("metric=last&period=2024-03-30..2024-03-31&compare=thing:a") == [[6, 2, 2.0]]
