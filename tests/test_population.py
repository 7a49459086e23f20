"""The population of histories, against a slow count in Python: counts, distinct counts, sums and means over time."""

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from semantic import Refused, Source, open_source

ZONE = ZoneInfo("Europe/Paris")
AS_OF = date(2024, 4, 9)
CATALOGUE = """
name: Histories
timezone: Europe/Paris
stored_in: UTC
database: histories.duckdb
views:
  people: {table: people, key: {person: id}, dimensions: {town: Town}}
  stays:
    table: stays
    key: {person: id}
    valid: [since, until]
    multi: true
    dimensions: {place: Place, size: Size}
  stages: {table: stages, key: {person: id}, valid: [since, until], dimensions: {stage: Stage}}
  nights:
    table: nights
    key: {person: id}
    valid: [since, until]
    multi: true
    dimensions: {spot: {sql: place}}
  nobody: {table: nobody, key: {ghost: id}, valid: [since, until], dimensions: {place: Place}}
segments:
  big: {of: stays, where: size > 3}
  local: {of: people, where: town = 'Lyon'}
metrics:
  stays: {view: stays, sql: count(*)}
  guests: {view: stays, sql: count(distinct id)}
  places: {view: stays, sql: count(distinct place) FILTER (WHERE size > 2)}
  weight: {view: stays, sql: sum(weight)}
  size: {view: stays, sql: sum(size), where: size <> 4}
  highest: {view: stays, sql: max(size)}
  first_guests: {view: stays, sql: count(distinct id), snapshot: first}
  mean_stays: {view: stays, sql: count(*), snapshot: average}
  mean_guests: {view: stays, sql: count(distinct id), snapshot: average}
  mean_size: {view: stays, sql: sum(size), snapshot: average}
  nights: {view: nights, sql: count(distinct id)}
  first_nights: {view: nights, sql: count(*), snapshot: first}
  mean_nights: {view: nights, sql: count(*), snapshot: average}
  staged: {view: stages, sql: count(distinct id)}
  nobody: {view: nobody, sql: count(*), fill: 0}
  nobody_mean: {view: nobody, sql: count(*), snapshot: average}
"""
Row = dict[str, Any]
Take = Callable[[list[Row]], float | None]


def make_rows() -> dict[str, list[Row]]:
    """Stays that touch, overlap, repeat, never end or never began, some on the days on which clocks change."""
    draw = random.Random(7)

    def moment() -> datetime:
        day = draw.choice(
            [date(2024, 3, 30), date(2024, 3, 31), date(2024, 1, 1) + timedelta(days=draw.randrange(120))]
        )
        hour = draw.choice([0, 1, 2, 12, 22, 23])
        return datetime(day.year, day.month, day.day, hour, draw.choice([0, 0, 30]))

    stays, nights = [], []
    for number in range(140):
        since, until = sorted((moment(), moment()))
        row: Row = {
            "id": draw.choice([1, 2, 3, 4, 5, None]),
            "since": None if number % 17 == 0 else since,
            "until": None if number % 11 == 0 else until,
            "place": draw.choice(["A", "B", "C", None]),
            "size": draw.choice([1, 2, 3, 4, 5, None]),
            "weight": draw.choice([0.1, 0.7, None]),
        }
        stays.append(row)
        days = {name: row[name] and row[name].date() for name in ("since", "until")}
        nights.append({**{name: row[name] for name in ("id", "place")}, **days})
    return {"stays": stays, "nights": nights}


ROWS = make_rows()
TOWNS = {1: "Lyon", 2: "Riga", 3: None, 4: "Lyon"}
STAGES: list[Row] = [
    {"id": 1, "stage": "x", "since": None, "until": datetime(2024, 2, 10)},
    {"id": 1, "stage": "y", "since": datetime(2024, 2, 10), "until": None},
    {"id": 2, "stage": "x", "since": datetime(2024, 1, 5, 23, 30), "until": datetime(2024, 3, 3, 5)},
    {"id": 5, "stage": None, "since": datetime(2024, 3, 31, 1), "until": datetime(2024, 3, 31, 22)},
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    folder: Path = tmp_path_factory.mktemp("histories")
    with duckdb.connect(str(folder / "histories.duckdb")) as connection:
        connection.execute("CREATE TABLE people (id INTEGER, town VARCHAR)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", list(TOWNS.items()))
        times = "since TIMESTAMP, until TIMESTAMP"
        connection.execute(f"CREATE TABLE stays (id INTEGER, {times}, place VARCHAR, size INTEGER, weight DOUBLE)")
        stays = [list(row.values()) for row in ROWS["stays"]]
        connection.executemany("INSERT INTO stays VALUES (?, ?, ?, ?, ?, ?)", stays)
        connection.execute("CREATE TABLE nights (id INTEGER, place VARCHAR, since DATE, until DATE)")
        connection.executemany("INSERT INTO nights VALUES (?, ?, ?, ?)", [list(row.values()) for row in ROWS["nights"]])
        connection.execute(f"CREATE TABLE stages (id INTEGER, stage VARCHAR, {times})")
        connection.executemany("INSERT INTO stages VALUES (?, ?, ?, ?)", [list(row.values()) for row in STAGES])
        connection.execute("CREATE TABLE nobody (id INTEGER, place VARCHAR, since DATE, until DATE)")
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    source = open_source(folder / "metrics.yml")
    yield source
    source.serve().engine.retire()


# The slow count


def cut_day(day: date, grain: str) -> date:
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def midnight(day: date, table: str) -> datetime:
    """The start of a day as the table stores times."""
    start = datetime(day.year, day.month, day.day)
    return start if table == "nights" else start.replace(tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


def bounds(row: Row) -> tuple[datetime, datetime]:
    def read(value: date | None, open_: date) -> datetime:
        found = value or open_
        return found if isinstance(found, datetime) else datetime(found.year, found.month, found.day)

    return read(row["since"], date.min), read(row["until"], date.max)


def hold_at_end(rows: Iterable[Row], edge: datetime) -> list[Row]:
    return [row for row in rows if bounds(row)[0] < edge <= bounds(row)[1]]


def hold_at_start(rows: Iterable[Row], edge: datetime) -> list[Row]:
    return [row for row in rows if bounds(row)[0] <= edge < bounds(row)[1]]


def average(
    rows: Iterable[Row], start: datetime, end: datetime, take: Callable[[list[Row]], float | None]
) -> float | None:
    """The mean of what is taken of the rows that hold, from one change to the next."""
    rows = [row for row in rows if bounds(row)[0] < end and bounds(row)[1] > start and bounds(row)[0] < bounds(row)[1]]
    edges = sorted({start, end, *(t for row in rows for t in bounds(row) if start < t < end)})
    values = [(take(hold_at_start(rows, a)), (b - a).total_seconds()) for a, b in pairwise(edges)]
    if all(value is None for value, _ in values):
        return None
    return sum((value or 0) * long for value, long in values) / sum(long for _, long in values)


def count(rows: list[Row]) -> int | None:
    return len(rows) or None


def count_distinct(rows: list[Row]) -> int | None:
    return len({row["id"] for row in rows} - {None}) if rows else None


def count_places(rows: list[Row]) -> int | None:
    return len({row["place"] for row in rows if (row["size"] or 0) > 2} - {None}) if rows else None


def add(name: str) -> Take:
    def take(rows: list[Row]) -> float | None:
        values = [row[name] for row in rows if row[name] is not None]
        return sum(values) if values else None

    return take


def take_highest(rows: list[Row]) -> int | None:
    return max((row["size"] for row in rows if row["size"] is not None), default=None)


METRICS: dict[str, tuple[str, str, Take]] = {
    "stays": ("stays", "last", count),
    "guests": ("stays", "last", count_distinct),
    "places": ("stays", "last", count_places),
    "weight": ("stays", "last", add("weight")),
    "size": ("stays", "last", add("size")),
    "highest": ("stays", "last", take_highest),
    "first_guests": ("stays", "first", count_distinct),
    "mean_stays": ("stays", "average", count),
    "mean_guests": ("stays", "average", count_distinct),
    "mean_size": ("stays", "average", add("size")),
    "nights": ("nights", "last", count_distinct),
    "first_nights": ("nights", "first", count),
    "mean_nights": ("nights", "average", count),
}


def answer(name: str, rows: list[Row], days: list[date]) -> float | None:
    """The value over the days, as if they were one period."""
    table, which, take = METRICS[name]
    if not days:
        return None
    start, end = midnight(days[0], table), midnight(days[-1] + timedelta(days=1), table)
    if which == "average":
        return average(rows, start, end, take)
    return take(hold_at_end(rows, end) if which == "last" else hold_at_start(rows, start))


def choose(name: str, keep: Callable[[Row], bool]) -> list[Row]:
    table = METRICS[name][0]
    rows = [row for row in ROWS[table] if keep(row)]
    return [row for row in rows if row["size"] not in (4, None)] if name == "size" else rows


def list_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((min(last, AS_OF) - first).days + 1)]


def same(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return bool(found == pytest.approx(wanted, rel=1e-9, abs=1e-9))


PERIOD = (date(2024, 2, 20), date(2024, 4, 20))
KEYS = {"stays": "place", "nights": "spot"}
FILTERS: dict[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "&place=A,": lambda row: row["place"] in ("A", None),
    "&place=!A": lambda row: row["place"] != "A",
    "&town=Lyon": lambda row: TOWNS.get(row["id"]) == "Lyon",
    "&segment=local": lambda row: TOWNS.get(row["id"]) == "Lyon",
}


@pytest.mark.parametrize("more", FILTERS)
@pytest.mark.parametrize("name", METRICS)
def test_one_instant(name: str, more: str, source: Source) -> None:
    """Without a grain it's the state at the end (start) of the period, the mean over all of it."""
    key = KEYS[METRICS[name][0]]
    more_ = more.replace("place", key)
    found = source.ask(f"metric={name}{more_}&period=2024-02-20..2024-04-20", AS_OF).rows()
    assert same(found[0][name], answer(name, choose(name, FILTERS[more]), list_days(*PERIOD)))
    groups = source.ask(f"metric={name}&by={key}{more_}&period=2024-02-20..2024-04-20", AS_OF).rows()
    for place in ("A", "B", "C", None):
        wanted = answer(name, [r for r in choose(name, FILTERS[more]) if r["place"] == place], list_days(*PERIOD))
        assert same({row[key]: row[name] for row in groups}.get(place), wanted)


@pytest.mark.parametrize("grain", ["day", "week", "month"])
@pytest.mark.parametrize("name", METRICS)
def test_each_period(name: str, grain: str, source: Source) -> None:
    """Every period has its own instant: the last one its as-of day; totals have that of the whole."""
    key = KEYS[METRICS[name][0]]
    line = f"metric={name}&by={grain},{key}&period=2024-02-20..2024-04-20&totals=all"
    found = source.ask(line, AS_OF)
    days = list_days(*PERIOD)
    rows = choose(name, FILTERS[""])
    assert {row[grain] for row in found.rows()} == {cut_day(day, grain) for day in days}
    for row in found.rows():
        period = [day for day in days if cut_day(day, grain) == row[grain]]
        assert same(row[name], answer(name, [r for r in rows if r["place"] == row[key]], period)), row
    for total in found.totals:
        row = dict(total)
        period = [day for day in days if grain not in row or cut_day(day, grain) == row[grain]]
        kept = [r for r in rows if key not in row or r["place"] == row[key]]
        assert same(row[name], answer(name, kept, period)), row


@pytest.mark.parametrize("name", ["stays", "guests", "highest", "first_guests", "nights"])
def test_picked_days(name: str, source: Source) -> None:
    """A filter by time picks days; the state is that of the last (first) of them."""
    days = [day for day in list_days(*PERIOD) if day.isoweekday() == 2]
    rows = choose(name, FILTERS[""])
    found = source.ask(f"metric={name}&weekday=2&period=2024-02-20..2024-04-20", AS_OF).rows()
    assert same(found[0][name], answer(name, rows, days))
    for row in source.ask(f"metric={name}&by=month&weekday=2&period=2024-02-20..2024-04-20", AS_OF).rows():
        assert same(row[name], answer(name, rows, [day for day in days if cut_day(day, "month") == row["month"]]))
    for row in source.ask(f"metric={name}&by=day&weekday=2&period=2024-02-20..2024-04-20", AS_OF).rows():
        assert row["day"].isoweekday() == 2
        assert same(row[name], answer(name, rows, [row["day"]]))


@pytest.mark.parametrize("name", ["stays", "guests", "highest", "first_guests", "mean_stays", "mean_guests"])
def test_hours_of_the_day_that_has_23(name: str, source: Source) -> None:
    """Each hour has its own state, also where summer begins."""
    found = source.ask(f"metric={name}&by=hour&period=2024-03-31..2024-03-31", AS_OF).rows()
    assert len(found) == 23
    which, take = METRICS[name][1:]
    for row in found:
        start = row["hour"].astimezone(UTC).replace(tzinfo=None)
        end = start + timedelta(hours=1)
        rows = choose(name, FILTERS[""])
        held = hold_at_end(rows, end) if which == "last" else hold_at_start(rows, start)
        assert same(row[name], average(rows, start, end, take) if which == "average" else take(held)), row


@pytest.mark.parametrize("name", METRICS)
def test_compared_periods_have_instants_of_their_own(name: str, source: Source) -> None:
    """The period before is looked at in its own days; by month, day and week."""
    rows = choose(name, FILTERS[""])
    found = source.ask(f"metric={name}&period=2024-03-01..2024-03-31&compare=previous", AS_OF).rows()
    assert same(found[0][f"{name}@compare"], answer(name, rows, list_days(date(2024, 2, 1), date(2024, 2, 29))))
    found = source.ask(f"metric={name},{name}~dod(value)&by=day&period=2024-03-28..2024-04-03", AS_OF).rows()
    for row in found:
        assert same(row[f"{name}~dod(value)"], answer(name, rows, [row["day"] - timedelta(days=1)]))
    found = source.ask(f"metric={name}~mom(value)&by=month&period=2024-03-01..2024-03-31", AS_OF).rows()
    assert same(found[0][f"{name}~mom(value)"], answer(name, rows, list_days(date(2024, 2, 1), date(2024, 2, 29))))


def test_other_is_the_state_of_the_others(source: Source) -> None:
    """The biggest places are those at the end of the period; the others' guests count once."""
    for name in ("guests", "mean_guests"):
        line = f"metric={name}&by=month,place&period=2024-02-01..2024-03-31&top=1:guests"
        rows, days = choose(name, FILTERS[""]), list_days(date(2024, 2, 1), date(2024, 3, 31))
        ends = {p: answer("guests", [r for r in rows if r["place"] == p], days) for p in ("A", "B", "C", None)}
        best = max((place for place in ends if ends[place]), key=lambda place: (ends[place] or 0, place != "C"))
        for row in source.ask(line, AS_OF).rows():
            kept = [r for r in rows if (r["place"] == best) == (row["place"] == best)]
            period = [d for d in days if cut_day(d, "month") == row["month"]]
            assert same(row[name], answer(name, kept, period)), (row, best)


def test_another_history_is_that_of_the_instant(source: Source) -> None:
    """Guests by their stage at the end of each day; `@now` is that of the as-of day."""
    rows = choose("guests", FILTERS[""])

    def stage(person: int | None, edge: datetime) -> str | None:
        held = hold_at_end([row for row in STAGES if row["id"] == person], edge)
        return held[0]["stage"] if held else None

    for key in ("stage", "stage@now"):
        found = source.ask(f"metric=guests&by=day,{key}&period=2024-03-29..2024-04-05", AS_OF).rows()
        for row in found:
            edge = midnight(row["day"] + timedelta(days=1), "stays")
            seen = edge if key == "stage" else midnight(AS_OF + timedelta(days=1), "stays")
            held = [r for r in hold_at_end(rows, edge) if stage(r["id"], seen) == row[key]]
            assert same(row["guests"], count_distinct(held)), row


@pytest.mark.parametrize(("name", "hold"), [("guests", hold_at_end), ("first_guests", hold_at_start)])
def test_hours_of_another_history_of_days(
    name: str, hold: Callable[[list[Row], datetime], list[Row]], source: Source
) -> None:
    """Whoever has a night's spot from a day on has it from its first hour on, as that zone's wall says."""
    for row in source.ask(f"metric={name}&by=hour,spot&period=2024-03-30..2024-03-31", AS_OF).rows():
        start = row["hour"].astimezone(UTC).replace(tzinfo=None)
        held = hold(choose(name, FILTERS[""]), start + timedelta(hours=1) if name == "guests" else start)
        day = row["hour"].date()
        guests = {stay["id"] for stay in held if row["spot"] in list_spots(stay["id"], day)} - {None}
        assert (row[name] or 0) == len(guests), row


def list_spots(person: int | None, day: date) -> set[str | None]:
    """Where somebody spends the night of a day: nowhere that is known, or in several places."""
    nights = [row for row in ROWS["nights"] if row["id"] == person and person is not None]
    nights = [row for row in nights if (row["since"] or date.min) <= day < (row["until"] or date.max)]
    return {row["place"] for row in nights} or {None}


def test_shares_segments_and_an_empty_table(source: Source) -> None:
    rows, end = choose("stays", FILTERS[""]), midnight(date(2024, 3, 1), "stays")
    found = source.ask(
        "metric=stays&by=month,segment&segment=big,local&period=2024-02-01..2024-02-29&totals=all", AS_OF
    )
    big = [r for r in hold_at_end(rows, end) if (r["size"] or 0) > 3]
    local = [r for r in hold_at_end(rows, end) if TOWNS.get(r["id"]) == "Lyon"]
    assert {row["segment"]: row["stays"] for row in found.rows()} == {"big": len(big), "local": len(local)}
    both = {id(r) for r in [*big, *local]}
    assert {"month": date(2024, 2, 1), "stays": len(both)} in found.totals
    shares = source.ask("metric=stays~share&by=place&period=2024-02-01..2024-02-29", AS_OF).rows()
    assert sum(row["stays~share"] for row in shares) == pytest.approx(1)
    assert source.ask("metric=nobody,nobody_mean", AS_OF).rows() == [{"nobody": 0, "nobody_mean": None}]
    assert source.ask("metric=nobody&by=place", AS_OF).rows() == []
    assert source.ask("metric=nobody&period=2030-01-01..2030-01-31", AS_OF).rows() == [{"nobody": 0}]
    assert source.ask("metric=stays&by=day&period=2030-01-01..2030-01-31", AS_OF).rows() == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "metric=stays&by=weekday",
            "by: stays is a state at one instant of each period, which has several values of weekday. Add day to by=",
        ),
        (
            "metric=stays&hour_of_day=9",
            "hour_of_day: stays is a state of whole days, and hour_of_day= picks a part of them. "
            "Leave hour_of_day= out",
        ),
        (
            "metric=mean_stays&by=stage",
            "by: mean_stays is a mean over time, and what it is cut by changes in between. "
            "Ask its value @now, or a metric with snapshot: last",
        ),
        ("metric=nights&by=hour", "by: nights is counted by day, so it has no hour. Ask by=day"),
        (
            "metric=stays~dod&by=hour&period=2024-03-31..2024-03-31",
            "by: stays is a state, which isn't compared by hour. Ask by=day",
        ),
    ],
)
def test_refused(line: str, told: str, source: Source) -> None:
    with pytest.raises(Refused) as refused:
        source.ask(line, AS_OF)
    assert str(refused.value) == told
