"""Conversions and funnels against chains that are tried one by one in Python, on random events; laws and refusals."""

import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from semantic import Refused, Source, open_source
from semantic.explain import explain_question
from tests.asking import is_same

CATALOGUE = """
name: Events
timezone: UTC
database: events.duckdb
views:
  people: {table: people, key: {person: person}, dimensions: {town: Town}}
  mails:
    table: mails
    key: {mail: id}
    time: came
    joins: {person: person}
    dimensions: {kind: Kind, product: Product}
  calls: {table: calls, key: {call: id}, time: came, joins: {person: person}, dimensions: {product: Product}}
  buys: {table: buys, time: came, joins: {person: person}, dimensions: {product: Product}}
metrics:
  mails: {view: mails, sql: count(*)}
  reads: {view: mails, sql: count(*), time: read_at}
  news: {view: mails, sql: count(*), where: kind = 'news'}
  offers: {view: mails, sql: count(*), where: kind = 'offer'}
  long_mails: {view: mails, sql: count(*), where: size > 1}
  short_mails: {view: mails, sql: count(*), where: size < 3}
  sizes: {view: mails, sql: sum(size)}
  calls: {view: calls, sql: count(distinct person)}
  buys: {view: buys, sql: count(*)}
  people: {view: people, sql: count(*)}
"""
START, STOP = datetime(2024, 2, 28), datetime(2024, 3, 4)
PERIOD = "&period=2024-02-28..2024-03-03"
PEOPLE = {1: "Lyon", 2: "Lyon", 3: None}


class Event(NamedTuple):
    """A row; a time is NULL, a datetime, or in `buys` a date."""

    id: int
    person: int | None
    came: Any
    kind: str | None
    product: str | None
    size: int
    read_at: datetime | None


class Step(NamedTuple):
    table: str
    clock: str
    counts: Callable[[Event], bool]


STEPS = {
    "mails": Step("mails", "came", lambda row: True),
    "reads": Step("mails", "read_at", lambda row: True),
    "news": Step("mails", "came", lambda row: row.kind == "news"),
    "offers": Step("mails", "came", lambda row: row.kind == "offer"),
    "long_mails": Step("mails", "came", lambda row: row.size > 1),
    "calls": Step("calls", "came", lambda row: row.person is not None),
    "buys": Step("buys", "came", lambda row: True),
}
JOURNEYS = [
    "mails calls", "mails mails", "mails mails mails", "mails calls buys", "mails calls mails", "mails long_mails",
    "long_mails mails", "news offers", "news offers news", "mails reads", "buys buys", "buys mails",
    "reads mails calls", "calls long_mails long_mails", "mails news calls offers", "long_mails calls mails",
    "mails calls mails calls",
]  # fmt: skip


class Asked(NamedTuple):
    """A conversion or funnel; `within` in hours, None for ever."""

    steps: list[str]
    within: int | None
    counted: str = "unique"
    touch: str | None = None
    same: bool = False
    since: str = "first"
    order: str = "strict"

    @property
    def daily(self) -> bool:
        return "buys" in self.steps

    @property
    def options(self) -> str:
        window = "" if self.within is None else f", within: {self.within // 24} days"
        if self.within and self.within % 24:
            window = f", within: {self.within} hours"
        return f"by: person{window}"


class Row(NamedTuple):
    """A row as one step of a journey."""

    name: tuple[str, str, int]
    event: Event
    at: Any


def draw_events(draw: random.Random) -> dict[str, list[Event]]:
    def time() -> datetime | None:
        return None if draw.random() < 0.06 else datetime(2024, 2, 27) + timedelta(hours=12 * draw.randrange(24))

    found = {}
    for table in ("mails", "calls", "buys"):
        rows = [
            Event(
                number,
                None if draw.random() < 0.08 else draw.randrange(1, 4),
                time(),
                draw.choice(["news", "offer", None]),
                draw.choice(["a", "b", None]),
                draw.randrange(3),
                time(),
            )
            for number in range(draw.choice([0, 1, 6, 10, 14]))
        ]
        if table == "buys":
            rows = [row._replace(came=row.came and row.came.date()) for row in rows]
        found[table] = rows
    return found


def open_events(folder: Path, events: dict[str, list[Event]], more: str) -> Source:
    with duckdb.connect(str(folder / "events.duckdb")) as connection:
        connection.execute("CREATE TABLE people (person INT, town TEXT)")
        connection.execute("INSERT INTO people VALUES (1, 'Lyon'), (2, 'Lyon'), (3, NULL)")
        for table, rows in events.items():
            type_ = "DATE" if table == "buys" else "TIMESTAMP"
            columns = f"id INT, person INT, came {type_}, kind TEXT, product TEXT, size INT, read_at TIMESTAMP"
            connection.execute(f"CREATE TABLE {table} ({columns})")
            if rows:
                connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    (folder / "metrics.yml").write_text(CATALOGUE + more, encoding="utf-8")
    return open_source(folder / "metrics.yml")


# --- the plain reference: every chain of rows is tried


def list_rows(events: dict[str, list[Event]], asked: Asked, place: int) -> list[Row]:
    step = STEPS[asked.steps[place]]
    found = []
    for event in filter(step.counts, events[step.table]):
        at = getattr(event, step.clock)
        if asked.daily and isinstance(at, datetime):
            at = at.date()
        found.append(Row((step.table, step.clock, event.id), event, at))
    return found


def agree(asked: Asked, one: Row, other: Row) -> bool:
    if one.event.person is None or one.event.person != other.event.person:
        return False
    return not asked.same or (one.event.product is not None and one.event.product == other.event.product)


def walk(asked: Asked, steps: Sequence[list[Row]], chain: list[Row]) -> Iterator[list[Row]]:
    """Every chain that begins so, in order and in time; each row at most once on a clock."""
    yield chain
    if len(chain) == len(steps) or chain[0].at is None:
        return
    for row in steps[len(chain)]:
        if row.at is None or not agree(asked, chain[0], row) or row.name in [other.name for other in chain]:
            continue
        if row.at < (chain[0].at if asked.order == "any" else chain[-1].at):
            continue
        start = chain[-1].at if asked.since == "previous" else chain[0].at
        if asked.within is None or row.at <= start + timedelta(hours=asked.within):
            yield from walk(asked, steps, [*chain, row])


def find_chains(asked: Asked, steps: Sequence[list[Row]], start: Row) -> dict[int, list[Row]]:
    """By its length, the chain that begins with a row and ends first; of these the one that is earliest all along.

    In any order, the one whose second step is first, then the third, and so on.
    """
    step = 1 if asked.order == "any" else -1
    best: dict[int, list[Row]] = {}
    for chain in walk(asked, steps, [start]):
        known = best.get(len(chain))
        if known is None or [row.at for row in chain[::step]] < [row.at for row in known[::step]]:
            best[len(chain)] = chain
    return best


def credit(asked: Asked, steps: Sequence[list[Row]]) -> dict[tuple[Any, ...], Any]:
    """The times that a conversion counts for, each with the earliest such conversion."""
    found: dict[tuple[Any, ...], Any] = {}
    free = asked._replace(within=None)
    for goal in (row for row in steps[-1] if row.at is not None):
        starts = [
            chain[0].at
            for start in steps[0]
            for chain in walk(free, steps, [start])
            if len(chain) == len(steps) and chain[-1] == goal
        ]
        inside = [at for at in starts if asked.within is None or goal.at <= at + timedelta(hours=asked.within)]
        if inside:
            at = max(inside) if asked.touch == "last" else min(inside)
            key = (goal.event.person, goal.event.product if asked.same else None, at)
            found[key] = min(found.get(key, goal.at), goal.at)
    return found


def span_days(early: Any, late: Any) -> float:
    return float((late - early) / timedelta(days=1))


class Group(NamedTuple):
    """How many units got to each step, and of each unit that did the days to it, from the first and the one before."""

    counts: list[int]
    days: list[list[float]]
    step_days: list[list[float]]


def answer(
    events: dict[str, list[Event]], asked: Asked, bounded: bool, key: Callable[[Event], Any]
) -> dict[Any, Group]:
    steps = [list_rows(events, asked, place) for place in range(len(asked.steps))]
    credited = credit(asked, steps) if asked.touch in ("first", "last") else None
    units: dict[Any, dict[Any, list[tuple[Any, dict[int, list[Any]]]]]] = {}
    for start in steps[0]:
        raw = getattr(start.event, STEPS[asked.steps[0]].clock)
        inside = raw is not None and START.date() <= (raw.date() if isinstance(raw, datetime) else raw) < STOP.date()
        if bounded and not inside:
            continue
        group = units.setdefault(key(start.event), {})
        if asked.counted == "unique" and start.event.person is None:
            continue
        if credited is None:
            times = {length: [row.at for row in chain] for length, chain in find_chains(asked, steps, start).items()}
        else:
            times = {1: [start.at]}
            name = (start.event.person, start.event.product if asked.same else None, start.at)
            whole = start.event.person is not None and (not asked.same or start.event.product is not None)
            if whole and name in credited:
                times[len(steps)] = [start.at, credited[name]]
        unit = start.event.person if asked.counted == "unique" else start.name
        group.setdefault(unit, []).append((start.at, times))
    return {name: summarise(asked, group, len(steps)) for name, group in units.items()}


def summarise(asked: Asked, group: dict[Any, list[tuple[Any, dict[int, list[Any]]]]], length: int) -> Group:
    counts, days, step_days = [], [], []
    for place in range(1, length + 1):
        reached = [[(at, *times[place][::-1]) for at, times in rows if place in times] for rows in group.values()]
        first = [min(chains) if place > 1 else chains[0] for chains in reached if chains]
        counts.append(len(first))
        days.append([span_days(chain[-1], chain[1]) for chain in first if place > 1])
        before = -1 if asked.order == "any" else 2
        step_days.append([span_days(chain[before], chain[1]) for chain in first if place > 1 and asked.touch is None])
    return Group(counts, days, step_days)


# --- the comparison


def list_slices(asked: Asked) -> list[tuple[str, Callable[[Event], Any]]]:
    slices: list[tuple[str, Callable[[Event], Any]]] = [("", lambda row: None)]
    slices.append(("town", lambda row: PEOPLE.get(row.person) if row.person else None))
    if STEPS[asked.steps[0]].table == "mails":
        slices.append(("kind", lambda row: row.kind))
    return slices


def expect(take: str, group: Group | None) -> float | None:
    if group is None:
        return None
    if take == "count":
        return group.counts[-1]
    if take == "rate":
        return group.counts[-1] / group.counts[0] if group.counts[0] else None
    takes: dict[str, Callable[[list[float]], float]] = {
        "median": statistics.median,
        "mean": statistics.mean,
        "min": min,
        "max": max,
    }
    return takes[take](group.days[-1]) if group.days[-1] else None


TAKES = ("rate", "count", "mean", "median", "min", "max")


@pytest.mark.parametrize("seed", [*range(16), 119])  # 119: a step that is missing between two of a kind
def test_conversions_are_those_of_all_chains(seed: int, tmp_path: Path) -> None:
    """Rates, counts and days are those of every chain of rows tried by itself; a rate lies between 0 and 1."""
    draw = random.Random(seed)
    events = draw_events(draw)
    asked = Asked(
        draw.choice(JOURNEYS).split(),
        draw.choice([None, 36, 48, 96]),
        draw.choice(["unique", "events"]),
        draw.choice([None, None, None, "any", "first", "last"]),
        draw.random() < 0.25,
    )
    touch = f", touch: {asked.touch}" if asked.touch else ""
    same = ", same: [product]" if asked.same else ""
    metrics = "".join(
        f"  m_{take}: {{conversion: [{', '.join(asked.steps)}], {asked.options}, count: {asked.counted}, take: {take}"
        f"{touch}{same}}}\n"
        for take in TAKES
    )
    source = open_events(tmp_path, events, metrics)
    try:
        for by, key in list_slices(asked):
            for period in ("", PERIOD):
                line = f"metric={','.join(f'm_{take}' for take in TAKES)}{f'&by={by}' if by else ''}{period}"
                try:
                    rows = source.ask(line).rows()
                except Refused as refused:
                    assert_refusable(asked, str(refused))
                    return
                expected: dict[Any, Group | None] = {**answer(events, asked, bool(period), key)}
                if not by:
                    expected = expected or {None: None}
                assert {row.get(by) for row in rows} == set(expected), line
                for row in rows:
                    for take in TAKES:
                        value, wanted = row[f"m_{take}"], expect(take, expected[row.get(by)])
                        assert is_same(value, wanted), (asked, line, row, take, wanted)
                    assert row["m_rate"] is None or 0 <= row["m_rate"] <= 1
    finally:
        source.serve().engine.retire()


def assert_refusable(asked: Asked, told: str) -> None:
    """Hours of days, and which of two steps on one clock counts, can't be told; nothing else is refused here."""
    hours = asked.daily and asked.within == 36 and "knows days only" in told
    twice = asked.touch in ("first", "last") and "at once" in told
    apart = "windows from step to step" in told or "can't tell its steps apart" in told
    assert hours or twice or apart, told


@pytest.mark.parametrize("seed", range(16))
def test_funnels_are_those_of_all_chains(seed: int, tmp_path: Path) -> None:
    """Counts, rates and days of each step; counts never rise, and no window leaves fewer than one."""
    draw = random.Random(1000 + seed)
    events = draw_events(draw)
    order = draw.choice(["strict", "strict", "any"])
    since = draw.choice(["first", "previous"]) if order == "strict" else "first"
    asked = Asked(draw.choice(JOURNEYS).split(), draw.choice([36, 48, 96]), since=since, order=order)
    ever = asked._replace(within=None)
    options = f"order: {order}, from: {since}, steps: [{', '.join(asked.steps)}]"
    funnels = f"funnels:\n  f: {{{asked.options}, {options}}}\n  ever: {{{ever.options}, {options}}}\n"
    source = open_events(tmp_path, events, funnels)
    try:
        for by, key in list_slices(asked):
            rest = f"{f'&by={by}' if by else ''}{draw.choice(['', PERIOD])}"
            try:
                rows, free = (source.ask(f"funnel={name}{rest}").rows() for name in ("f", "ever"))
            except Refused as refused:
                assert_refusable(asked, str(refused))
                return
            expected = answer(events, asked, PERIOD in rest, key)
            length = len(asked.steps)
            assert [row["step"] for row in rows] == asked.steps * (len(rows) // length)
            assert {row.get(by) for row in rows} == (set(expected) or ({None} if not by else set())), rest
            for place, (row, wide) in enumerate(zip(rows, free, strict=True)):
                check_step(asked, row, expected.get(row.get(by)), place % length)
                if row["count"] is not None:
                    assert row["count"] <= wide["count"]
                    assert row["lost"] is None or row["lost"] >= 0
    finally:
        source.serve().engine.retire()


def check_step(asked: Asked, row: dict[str, Any], group: Group | None, place: int) -> None:
    if group is None:
        assert row["count"] is None
        return
    first, count = group.counts[0], group.counts[place]
    assert row["count"] == count, (asked, row, group)
    assert is_same(row["rate"], count / first if first else None), (asked, row, group)
    if place:
        before, days = group.counts[place - 1], group.step_days[place]
        assert row["lost"] == before - count
        assert is_same(row["step_rate"], count / before if before else None)
        assert is_same(row["median_days"], statistics.median(days) if days else None), (asked, row, group)
    else:
        assert row["step_rate"] is row["lost"] is row["median_days"] is None


# --- what can't be followed


REFUSED = {
    "conversion: [sizes, calls], by: person": "m can't have sizes as a step: sum(size) is no count of rows",
    "conversion: [mails, people], by: person": "m can't have people as a step: its view people names no time",
    "conversion: [mails, m2], by: person": "m can't have m2 as a step, which is made of other metrics",
    "conversion: [mails, calls], by: call": "m can't follow a call to mails: mails has no join that leads to call",
    "conversion: [mails, calls], by: person, same: [kind]": "m can't compare kind between its steps: calls, of calls",
    "conversion: [mails, buys], by: person, within: 90 minutes": "m has a window of 90 minutes, and buys knows",
    "conversion: [mails, mails], by: person, touch: last": "m has touch: last, and a row may be",
    "conversion: [calls, long_mails, short_mails], by: person": "m can't tell its steps apart: long_mails",
}


@pytest.mark.parametrize("metric", REFUSED)
def test_what_cant_be_followed_is_refused(metric: str, tmp_path: Path) -> None:
    """A step is a count of rows with a time, of rows that lead to the entity; each refusal says what would do."""
    more = f"  m2: {{sql: mails / calls}}\n  m: {{{metric}}}\n"
    source = open_events(tmp_path, {"mails": [], "calls": [], "buys": []}, more)
    with pytest.raises(Refused) as refused:
        source.ask("metric=m")
    assert str(refused.value).startswith(f"metric: {REFUSED[metric]}"), str(refused.value)
    assert ". " in str(refused.value)
    source.serve().engine.retire()


def test_unique_has_no_meaning_for_a_conversion(tmp_path: Path) -> None:
    source = open_events(
        tmp_path, {"mails": [], "calls": [], "buys": []}, "  m: {conversion: [mails, buys], by: person}\n"
    )
    with pytest.raises(Refused, match="m says itself what it counts"):
        source.ask("metric=m~unique")
    source.serve().engine.retire()


def test_steps_that_exclude_each_other_are_told_apart(tmp_path: Path) -> None:
    """Two kinds of mail on one clock are no rivals: their conditions say so."""
    at = datetime(2024, 3, 1)
    mails = [Event(1, 1, at, "news", None, 0, None), Event(2, 1, at, "offer", None, 0, None)]
    more = "  m: {conversion: [calls, news, offers], by: person}\n"
    events = {"mails": mails, "calls": [Event(1, 1, at, None, None, 0, None)], "buys": list[Event]()}
    source = open_events(tmp_path, events, more)
    assert source.ask("metric=m").rows() == [{"m": 1.0}]
    source.serve().engine.retire()


def test_a_touch_of_an_own_row_is_in_order_and_in_time(tmp_path: Path) -> None:
    """A mail that was read before it came, or long after, is no conversion of that mail, whichever touch counts."""
    at = datetime(2024, 3, 1)
    reads = [at - timedelta(days=1), at + timedelta(hours=12), at + timedelta(days=9), None]
    mails = [Event(number, 1, at, None, None, 0, read_at) for number, read_at in enumerate(reads)]
    events = {"mails": mails, "calls": list[Event](), "buys": list[Event]()}
    kinds = "conversion: [mails, reads], by: mail, within: 1 day, touch"
    source = open_events(tmp_path, events, f"  n: {{{kinds}: last, take: count}}\n  d: {{{kinds}: first, take: min}}\n")
    assert source.ask("metric=n,d").rows() == [{"n": 1, "d": 0.5}]
    source.serve().engine.retire()


def test_a_top_of_conversions_in_segments(tmp_path: Path) -> None:
    """What is ranked is in one of the segments; later steps are anybody's rows."""
    at = datetime(2024, 3, 1)
    mails = [
        Event(number, number, at, kind, None, 0, None) for number, kind in ((1, "news"), (2, "news"), (3, "offer"))
    ]
    calls = [Event(number, number, at, None, None, 0, None) for number in (2, 3)]
    more = "  m: {conversion: [mails, calls], by: person, take: count}\n"
    more += "segments:\n  lyon: {of: people, where: town = 'Lyon'}\n  nowhere: {of: people, where: town IS NULL}\n"
    source = open_events(tmp_path, {"mails": mails, "calls": calls, "buys": list[Event]()}, more)
    assert source.ask("metric=m&by=segment,kind&top=1").rows() == [
        {"segment": "lyon", "kind": "news", "m": 1},
        {"segment": "nowhere", "kind": "Other", "m": 1},
    ]
    source.serve().engine.retire()


# --- marks and words


def test_steps_with_time_left_are_marked(tmp_path: Path) -> None:
    """Who began in March has time left to get on; who began in January has not. A first step waits for nothing."""
    mails = [Event(number, number, datetime(2024, number, 20), None, None, 0, None) for number in (1, 3)]
    events = {"mails": mails, "calls": [Event(1, 1, datetime(2024, 3, 25), None, None, 0, None)], "buys": list[Event]()}
    more = "funnels: {f: {by: person, within: 7 days, steps: [mails, calls]}}\n"
    source = open_events(tmp_path, events, more)
    found = source.ask("funnel=f&by=month&period=2024-01-01..2024-03-31", date(2024, 4, 2))
    marked = {(mark.row, mark.column, mark.mark) for mark in found.marks}
    waiting = {(row, name) for row, name, mark in marked if mark == "window"}
    assert waiting == {(5, "count"), (5, "rate")}
    assert not any(row < 4 for row, _, _ in marked)
    source.serve().engine.retire()


def test_a_funnel_is_told_in_words(tmp_path: Path) -> None:
    more = "funnels: {f: {by: person, within: 7 days, steps: [news, calls, buys]}}\n"
    source = open_events(tmp_path, {"mails": [], "calls": [], "buys": []}, more)
    compiled = source.compile("funnel=f&by=town&kind=news")
    told = explain_question(source.serve().catalogue, compiled)
    assert told == [
        "No period is asked, so all days count.",
        "A person enters f with a row of mails by came, where kind is news and kind = 'news'.",
        "These are the first step, news, and each person of them counts once in each group of town.",
        "In this order, at the same time or later, rows of the same person must follow: "
        "calls, calls by came where NOT person IS NULL; buys, buys by came.",
        "They come at most 7 days after the first step, the end included; they may lie after the asked period, "
        "up to the end of the data. Days in UTC are compared, as one of the steps knows days only.",
        "count is how many got to a step and all before it; rate is their share of the first step's count.",
        "step_rate is their share of the step before; lost is who got to that one and no further.",
        "median_days is the median of their days from the step before.",
        "Rows are in the order of town, NULL last.",
    ]
    source.serve().engine.retire()


def test_rows_that_convert_add_up_and_people_dont(tmp_path: Path) -> None:
    """A share of converted rows may be asked; a person may be in two groups, so that one of people is refused."""
    at = datetime(2024, 3, 1)
    mails = [
        Event(number, 1, at, kind, None, 0, None) for number, kind in enumerate(["news", "news", "offer", "offer"])
    ]
    events = {"mails": mails, "calls": [Event(1, 1, at, None, None, 0, None)], "buys": list[Event]()}
    kinds = "conversion: [mails, calls], by: person, take: count"
    source = open_events(tmp_path, events, f"  r: {{{kinds}, count: events}}\n  p: {{{kinds}}}\n")
    rows = source.ask("metric=r~share&by=kind").rows()
    assert rows == [{"kind": "news", "r~share": 0.5}, {"kind": "offer", "r~share": 0.5}]
    with pytest.raises(Refused, match="p doesn't add up"):
        source.ask("metric=p~share&by=kind")
    with pytest.raises(Refused, match="would put a window around a conversion"):
        source.ask("metric=r~rolling7d&by=day")
    source.serve().engine.retire()
