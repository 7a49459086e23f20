"""Flows: who moved between which states is what looking at each one's intervals gives, by dates and from events."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from semantic import Source, open_source
from semantic.calendar import add_months

ZONE = ZoneInfo("Europe/Paris")
MISSING = datetime(2024, 3, 31, 2)  # the hour that isn't there
CATALOGUE = """\
timezone: Europe/Paris
stored_in: STORED
database: world.duckdb
views:
  people: {table: people, key: {person: person_id}, dimensions: {town: Town}}
  stages: {table: stages, key: {person: person_id}, valid: [since, until], dimensions: {stage: Stage}}
  calls: {table: calls, key: {call: call_id}, time: called_at, joins: {person: person_id}, dimensions: {topic: Topic}}
  letters: {table: letters, time: day, joins: {person: person_id}}
segments:
  lyonnais: {of: people, where: town = 'Lyon'}
metrics:
  calls: {view: calls, sql: count(*)}
  letters: {view: letters, sql: count(*)}
"""
Move = tuple[Any, ...]


@dataclass
class World:
    source: Source
    daily: bool  # whether the intervals are of days
    stages: dict[int, list[tuple[str | None, datetime | None, datetime | None]]]
    towns: dict[int, str | None]
    calls: list[tuple[int | None, datetime, str]]
    letters: list[tuple[int | None, date]]
    as_of: date


def build_world(folder: Path, random: Random) -> World:
    """People with gaps in their states, states that are unknown, open bounds, and changes at midnight of a DST day."""
    daily, stored = random.random() < 0.5, random.choice(["UTC", "Europe/Paris", "America/New_York"])
    first = datetime(2024, 3, 20)
    stages: dict[int, list[tuple[str | None, datetime | None, datetime | None]]] = {}
    for person in range(1, 15):
        cuts = sorted(random.sample(range(24 * 24), 6))
        hours = [cut - (cut % 24 if daily or random.random() < 0.3 else 0) for cut in cuts]
        times = sorted({first + timedelta(hours=hour) for hour in hours} - {MISSING})
        found: list[tuple[str | None, datetime | None, datetime | None]] = []
        for start, stop in pairwise(times):
            if random.random() < 0.75:
                found.append((random.choice(["new", "active", "lapsed", None]), start, stop))
        if found and random.random() < 0.5:
            found[-1] = (found[-1][0], found[-1][1], None)
        if found and random.random() < 0.3:
            found[0] = (found[0][0], None, found[0][2])
        stages[person] = found
    towns = {person: random.choice(["Lyon", "Riga", None]) for person in range(1, 12)}  # some aren't among the people
    calls = [
        (random.choice([*range(1, 17), None]), first + timedelta(hours=hour), random.choice("ab"))
        for hour in random.choices([hour for hour in range(24 * 24) if first + timedelta(hours=hour) != MISSING], k=60)
    ]
    letters: list[tuple[int | None, date]] = [
        (random.randrange(1, 17), (first + timedelta(days=random.randrange(24))).date()) for _ in range(40)
    ]
    type_ = "DATE" if daily else "TIMESTAMP"
    with duckdb.connect(str(folder / "world.duckdb")) as connection:
        connection.execute("CREATE TABLE people (person_id INTEGER, town VARCHAR)")
        connection.execute(f"CREATE TABLE stages (person_id INTEGER, stage VARCHAR, since {type_}, until {type_})")
        connection.execute(
            "CREATE TABLE calls (call_id INTEGER, person_id INTEGER, called_at TIMESTAMP, topic VARCHAR)"
        )
        connection.execute("CREATE TABLE letters (person_id INTEGER, day DATE)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", [list(item) for item in towns.items()])
        rows = [
            [person, stage, *(time if daily else store(time, stored) for time in bounds)]
            for person, items in stages.items()
            for stage, *bounds in items
        ]
        connection.executemany("INSERT INTO stages VALUES (?, ?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO calls VALUES (?, ?, ?, ?)",
            [[key, who, store(at, stored), topic] for key, (who, at, topic) in enumerate(calls)],
        )
        connection.executemany("INSERT INTO letters VALUES (?, ?)", [list(letter) for letter in letters])
    (folder / "metrics.yml").write_text(CATALOGUE.replace("STORED", stored), "utf-8")
    as_of = (first + timedelta(days=random.randrange(12, 30))).date()
    return World(open_source(folder / "metrics.yml"), daily, stages, towns, calls, letters, as_of)


def store(wall: datetime | None, stored: str) -> datetime | None:
    """A time in Paris as the database stores it."""
    return wall and wall.replace(tzinfo=ZONE).astimezone(ZoneInfo(stored)).replace(tzinfo=None)


@pytest.fixture(scope="module", params=range(8))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = build_world(tmp_path_factory.mktemp("flow"), Random(request.param))
    yield found
    found.source.serve().engine.retire()


def find_state(world: World, person: int | None, at: datetime, end: bool = False) -> tuple[bool, str | None]:
    """Whether somebody has a state at a time, and which; at the `end` of a day, what begins then doesn't hold yet."""
    for stage, start, stop in world.stages.get(person or 0, []):
        begun = start is None or (start < at if end else start <= at)
        if begun and (stop is None or (stop >= at if end else stop > at)):
            return True, stage
    return False, None


def at_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def list_moves(world: World, line: str, *keys: str) -> Counter[Move]:
    """The answer's moves: keys, whether there is a state before and which, the same after; and how many."""
    answer = world.source.ask(line, world.as_of)
    marks = {(mark.row, mark.column): mark.mark for mark in answer.marks}
    found: Counter[Move] = Counter()
    for place, row in enumerate(answer.rows()):
        was, is_ = marks.get((place, "from")) != "joined", marks.get((place, "to")) != "left"
        found[(*(row[key] for key in keys), was, row["from"], is_, row["to"])] += row["count"]
    assert sum(found.values()) == sum(row["count"] for row in answer.rows())
    return found


def test_moves_between_two_days(world: World) -> None:
    """By town and in a segment, too; who has no state at either time isn't there."""
    random = Random(1)
    for _ in range(6):
        start = world.as_of - timedelta(days=random.randrange(12))
        stop = start + timedelta(days=random.randrange(1, 9))
        expected: Counter[Move] = Counter()
        for person in world.stages:
            before = find_state(world, person, at_midnight(start))
            after = find_state(world, person, at_midnight(min(stop, world.as_of + timedelta(days=1))), end=True)
            if before[0] or after[0]:
                expected[(world.towns.get(person), *before, *after)] += 1
        line = f"period={start}..{stop - timedelta(days=1)}"
        assert list_moves(world, f"flow=stage&by=town&{line}", "town") == expected, line
        lyon = Counter({move[1:]: count for move, count in expected.items() if move[0] == "Lyon"})
        assert list_moves(world, f"flow=stage&segment=lyonnais&{line}") == lyon
        assert list_moves(world, f"flow=stage&town=Lyon&{line}") == lyon


@pytest.mark.parametrize("span", ["3d", "1w", "1m", "36h"])
def test_moves_from_a_call_on(world: World, span: str) -> None:
    """The state at the call's own time, and that long later: days on the wall, hours as they pass."""
    expected: Counter[Move] = Counter()
    tomorrow = world.as_of + timedelta(days=1)
    days = {"3d": 3, "1w": 7, "36h": 2}.get(span)
    stop = tomorrow - timedelta(days=days) if days else add_months(tomorrow, -1)
    for person, at, topic in world.calls:
        if at >= at_midnight(stop):
            continue
        if span == "36h":  # as they pass: an hour more or less where the clocks change in between
            later = at.replace(tzinfo=ZONE).timestamp() + 36 * 3600
            after = datetime.fromtimestamp(later, ZONE).replace(tzinfo=None)
        else:
            after = at + timedelta(days=days) if days else datetime.combine(add_months(at.date(), 1), at.time())
        before_at, after_at = (at_midnight(t.date()) if world.daily else t for t in (at, after))
        one, other = find_state(world, person, before_at), find_state(world, person, after_at)
        if one[0] or other[0]:
            expected[(topic, *one, *other)] += 1
    assert list_moves(world, f"flow=stage:calls:{span}&by=topic", "topic") == expected


def test_moves_from_a_day_on(world: World) -> None:
    """An event of a day meets instants by their days: a state that began within the day holds, as does one after it."""
    expected: Counter[Move] = Counter()
    for person, day in world.letters:
        if day > world.as_of - timedelta(days=5):
            continue
        states = []
        for at in (day, day + timedelta(days=5)):
            held = [
                (True, stage)
                for stage, start, stop in world.stages.get(person or 0, [])
                if (start is None or start.date() <= at) and (stop is None or stop.date() > at)
            ]
            states.append(held[0] if held else (False, None))
        if states[0][0] or states[1][0]:
            expected[(*states[0], *states[1])] += 1
    assert list_moves(world, "flow=stage:letters:5d") == expected


def test_shares_are_of_those_who_were_there(world: World) -> None:
    """What left a state, stayed in it or moved on are all who were in it: their shares sum up to one."""
    start = world.as_of - timedelta(days=9)
    answer = world.source.ask(f"flow=stage&by=town&period={start}..&totals=all", world.as_of)
    joined = {mark.row for mark in answer.marks if mark.mark == "joined"}
    shares: Counter[Move] = Counter()
    for place, row in enumerate(answer.rows()):
        shares[row["town"], place in joined, row["from"]] += row["share"]
    assert all(share == pytest.approx(1) for share in shares.values())
    before: Counter[str | None] = Counter()
    for place, row in enumerate(answer.rows()):
        if place not in joined:
            before[row["from"]] += row["count"]
    there = [find_state(world, person, at_midnight(start)) for person in world.stages]
    assert before == Counter(stage for held, stage in there if held)
    assert sum(row["count"] for row in answer.totals) == sum(row["count"] for row in answer.rows())
