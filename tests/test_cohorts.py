"""Cohorts: the compiler's grids are those of a slow, plain count over the same random rows; and the laws of a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from semantic import Source, open_source
from semantic.calendar import add_periods, truncate_day

ZONE = "Europe/Paris"
CATALOGUE = """\
timezone: Europe/Paris
stored_in: {stored}
week_start: {week_start}
database: world.duckdb
views:
  people: {{table: people, key: {{person: person_id}}, time: joined, dimensions: {{town: Town}}}}
  visits:
    table: visits
    key: {{visit: visit_id}}
    time: seen
    joins: {{person: person_id}}
    dimensions: {{channel: Channel}}
  orders: {{table: orders, time: day, joins: {{person: person_id}}, dimensions: {{shop: Shop}}}}
segments:
  web: {{of: visits, where: channel = 'web'}}
  odd: {{of: people, where: person_id % 2 = 1}}
metrics:
  joined: {{view: people, sql: count(*)}}
  visits: {{view: visits, sql: count(*)}}
  visitors: {{view: visits, sql: count(distinct person_id), where: channel IS NOT NULL}}
  orders: {{view: orders, sql: count(*)}}
cohorts:
  v: {{start: visits, return: visits, by: person}}
  w: {{start: visitors, return: visits, by: person}}
  j: {{start: joined, return: visits, by: person, grain: week}}
  o: {{start: orders, return: visits, by: person, retention: rolling}}
  p: {{start: visits, return: orders, by: person}}
"""
TYPES = {"people": "TIMESTAMP", "visits": "TIMESTAMPTZ", "orders": "DATE"}
METRICS = {"joined": "people", "visits": "visits", "visitors": "visits", "orders": "orders"}
COHORTS = {
    "v": ("visits", "visits"),
    "w": ("visitors", "visits"),
    "j": ("joined", "visits"),
    "o": ("orders", "visits"),
    "p": ("visits", "orders"),
}


@dataclass
class Row:
    """A row of any table: its key, whose it is, when it was (UTC, or a day), and what it can be cut by."""

    key: int
    person: int | None
    at: datetime | date | None
    cut: str | None


@dataclass
class World:
    source: Source
    tables: dict[str, list[Row]]
    towns: dict[int, str | None]
    stored: str
    week_start: str
    as_of: date


def draw_rows(random: Random, name: str, count: int, start: date, days: int) -> list[Row]:
    """Rows with ties, NULL keys, orphans and NULL times; some in the hours around a change of the clocks."""
    rows = []
    hours = random.sample(range(24 * days), min(24 * days, max(3, count)))
    for key in range(count):
        at: datetime | date | None = datetime.combine(start, datetime.min.time()) + timedelta(
            hours=random.choice(hours)
        )
        if name == "orders":
            assert isinstance(at, datetime)
            at = at.date()
        person = None if random.random() < 0.08 else random.randint(1, 9)
        rows.append(
            Row(key, person, None if random.random() < 0.05 else at, random.choice(["web", "shop", None, "app"]))
        )
    return rows


def build_world(folder: Path, random: Random) -> World:
    start = random.choice([date(2024, 3, 29), date(2023, 10, 25), date(2024, 2, 27), date(2023, 12, 20)])
    days = random.choice([4, 40, 100, 150])
    stored, week_start = random.choice(["UTC", ZONE]), random.choice(["monday", "sunday", "wednesday"])
    tables = {
        name: draw_rows(random, name, random.choice([0, 1, 12, 40]), start, days) for name in ("visits", "orders")
    }
    people = draw_rows(random, "people", 8, start, days)
    for row in people:
        row.person, row.key = row.key + 1, row.key + 1
    tables["people"] = people
    with duckdb.connect(str(folder / "world.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, (key, cut) in {
            "people": ("person_id", "town"),
            "visits": ("visit_id", "channel"),
            "orders": ("order_id", "shop"),
        }.items():
            time = {"people": "joined", "visits": "seen", "orders": "day"}[name]
            owner = "" if name == "people" else "person_id INTEGER, "
            connection.execute(f"CREATE TABLE {name} ({key} INTEGER, {owner}{time} {TYPES[name]}, {cut} VARCHAR)")
            for row in tables[name]:
                values = [row.key, *([] if name == "people" else [row.person]), store(row.at, name, stored), row.cut]
                connection.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values))})", values)
    (folder / "metrics.yml").write_text(CATALOGUE.format(stored=stored, week_start=week_start), "utf-8")
    last = max((local_day(row.at) for rows in tables.values() for row in rows if row.at), default=start)
    as_of = last if random.random() < 0.6 else start + timedelta(days=random.randrange(days))
    towns = {row.key: row.cut for row in people}
    return World(open_source(folder / "metrics.yml"), tables, towns, stored, week_start, as_of)


def store(at: datetime | date | None, name: str, stored: str) -> Any:
    if not isinstance(at, datetime):
        return at
    aware = at.replace(tzinfo=UTC)
    return aware if TYPES[name] == "TIMESTAMPTZ" else aware.astimezone(ZoneInfo(stored)).replace(tzinfo=None)


def local_day(at: datetime | date) -> date:
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date() if isinstance(at, datetime) else at


def is_before(back: datetime | date, start: datetime | date) -> bool:
    """Whether a return lies before the start; where one of them is a day, both are."""
    if isinstance(back, datetime) and isinstance(start, datetime):
        return back < start
    return local_day(back) < local_day(start)


def list_rows_of(world: World, metric: str) -> list[Row]:
    rows = [row for row in world.tables[METRICS[metric]] if row.person is not None and row.at is not None]
    return [row for row in rows if metric != "visitors" or row.cut is not None]


def find_known(world: World, table: str) -> tuple[date, datetime | date | None]:
    """The first day of which nothing is known, and the newest time of the table."""
    times = [row.at for row in world.tables[table] if row.at is not None]
    tomorrow = world.as_of + timedelta(days=1)
    newest = max(times, default=None, key=lambda at: (str(at),))
    return min(tomorrow, local_day(newest) + timedelta(days=1) if newest else tomorrow), newest


Grid = dict[tuple[Any, ...], tuple[int, int]]


def count_grid(
    world: World,
    name: str,
    grain: str,
    rolling: bool,
    period: tuple[date, date] | None,
    by: str | None,
    keep: str | None,
) -> Grid:
    """The cells of the grid, counted one by one: (slice, cohort, age) -> count and size."""
    start_metric, back_metric = COHORTS[name]
    firsts: dict[int, Row] = {}
    for row in list_rows_of(world, start_metric):
        best = firsts.get(row.person or 0)
        if best is None or (row.at, row.key) < (best.at, best.key):
            firsts[row.person or 0] = row
    stop, _ = find_known(world, METRICS[back_metric])
    members: dict[tuple[Any, ...], set[int]] = {}
    for person, row in firsts.items():
        assert row.at is not None
        day = local_day(row.at)
        if day > world.as_of or (period and not period[0] <= day <= period[1]):
            continue
        slice_ = {"town": world.towns.get(person), "channel": row.cut, "shop": row.cut, None: None}[by]
        if keep is not None and slice_ != keep:
            continue
        members.setdefault((slice_, truncate_day(day, grain, world.week_start)), set()).add(person)
    grid: Grid = {}
    for (slice_, cohort), those in members.items():
        age = 0
        while add_periods(cohort, grain, age) < stop:
            low, high = add_periods(cohort, grain, age), add_periods(cohort, grain, age + 1)
            returned = {
                row.person
                for row in list_rows_of(world, back_metric)
                if row.person in those
                and row.at is not None
                and not is_before(row.at, firsts[row.person].at or row.at)
                and local_day(row.at) < stop
                and low <= local_day(row.at)
                and (rolling or local_day(row.at) < high)
            }
            grid[slice_, cohort, age] = (len(returned), len(those))
            age += 1
    return grid


@pytest.fixture(scope="module", params=range(6))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = build_world(tmp_path_factory.mktemp("world"), Random(request.param))
    yield found
    found.source.serve().engine.retire()


@pytest.mark.parametrize("name", COHORTS)
def test_grid_is_that_of_a_plain_count(world: World, name: str) -> None:
    """Every cell, of any grain, period, slice and filter, is what counting row by row gives."""
    random = Random(name)
    for _ in range(4):
        grain = random.choice(["day", "week", "month", "quarter", "half", "year"])
        rolling = random.random() < 0.5
        own = {"people": "town", "visits": "channel", "orders": "shop"}[METRICS[COHORTS[name][0]]]
        by = random.choice([None, own, "town"])
        first = world.as_of - timedelta(days=random.randrange(60))
        period = random.choice([None, (first, first + timedelta(days=random.randrange(50)))])
        keep = random.choice([None, "web"]) if by else None
        line = f"cohort={name}:{grain}:{'rolling' if rolling else 'bounded'}"
        line += f"&by={by}" if by else ""
        line += f"&{by}={keep}" if keep else ""
        line += f"&period={period[0]}..{period[1]}" if period else ""
        expected = count_grid(world, name, grain, rolling, period, by, keep)
        rows = world.source.ask(line, world.as_of).rows()
        found = {(row.get(by or ""), row["cohort"], row["age"]): (row["count"], row["size"]) for row in rows}
        assert found == expected, (line, world.as_of)
        assert len(found) == len(rows)


def test_laws_of_a_grid(world: World) -> None:
    """No more return than started; rolling counts fall with age and hold the bounded ones; a slice's parts sum up."""
    for name in COHORTS:
        plain, rolling, cut = (
            world.source.ask(line, world.as_of).rows()
            for line in (
                f"cohort={name}:week:bounded",
                f"cohort={name}:week:rolling",
                f"cohort={name}:week:bounded&by=town",
            )
        )
        assert all(0 <= row["count"] <= row["size"] and row["rate"] == row["count"] / row["size"] for row in plain)
        later = {(row["cohort"], row["age"]): row["count"] for row in rolling}
        for row in plain:
            assert row["count"] <= later[row["cohort"], row["age"]]
            assert later.get((row["cohort"], row["age"] + 1), 0) <= later[row["cohort"], row["age"]]
            parts = [part for part in cut if (part["cohort"], part["age"]) == (row["cohort"], row["age"])]
            assert sum(part["count"] for part in parts) == row["count"]
            assert sum(part["size"] for part in parts) == row["size"]


def test_totals_hold_whole_ages(world: World) -> None:
    """The total of an age is the sum of those of its cells that aren't marked as open."""
    for name in COHORTS:
        answer = world.source.ask(f"cohort={name}:week&by=town&totals=all", world.as_of)
        open_ = {mark.row for mark in answer.marks if mark.column == "count"}
        over = [row for place, row in enumerate(answer.rows()) if place not in open_]
        totals = {
            row["age"]: (row["count"], row["size"])
            for row in answer.totals
            if set(row) == {"age", "count", "size", "rate"}
        }
        assert totals == {
            age: (
                sum(row["count"] for row in over if row["age"] == age),
                sum(row["size"] for row in over if row["age"] == age),
            )
            for age in {row["age"] for row in over}
        }
