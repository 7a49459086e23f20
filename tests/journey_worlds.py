"""Companies whose people are followed over several facts, drawn at random: conversions, funnels, cohorts and states."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from random import Random
from typing import Any

from tests.world import Aggregate, Cohort, Conversion, Derived, Funnel, Metric, Row, Segment, Sql, View, World, fold
from tests.worlds import TEXT, at_least, banded, equals, flip, is_null

ZONES = ("Europe/Paris", "America/New_York", "Europe/Paris", "UTC", "Asia/Kolkata")
# Days so near to each other that one row follows another: a leap day, both changes of clocks, the turn of a year.
SEASONS = (date(2024, 2, 27), date(2024, 3, 8), date(2024, 3, 29), date(2023, 12, 30), date(2024, 10, 25))
TIMES = [time(0), time(0, 30), time(1, 30), time(2, 30), time(12, 15), time(22, 30), time(23, 59, 59, 999999)]
PEOPLE = [1, 1, 2, 2, 3, 3, 4, None, 77]
PRODUCTS = ["a", "a", "b", "śląsk", None]
KINDS = ["x", "x", "y", None]
WINDOWS = [
    (36, "hour"),
    (90, "minute"),
    (1, "day"),
    (2, "day"),
    (2, "day"),
    (7, "day"),
    (1, "week"),
    (1, "month"),
    None,
]


def make_time(rng: Random, seasons: list[date], zone: tzinfo | None = None) -> datetime | None:
    day = rng.choice(seasons) + timedelta(days=rng.randrange(5))
    return None if flip(rng, 0.07) else datetime.combine(day, rng.choice(TIMES), zone)


def make_events(rng: Random, seasons: list[date], clock: str, most: int) -> list[Row]:
    """Rows of people, some of nobody and some of somebody unknown."""
    rows: list[Row] = []
    for number in range(rng.choice([0, 1, *[most - 2, most] * 4])):
        came: Any = make_time(rng, seasons, UTC if clock == "TIMESTAMPTZ" else None)
        rows.append(
            {
                "id": number + 1,
                "person_id": rng.choice(PEOPLE),
                "at": came and came.date() if clock == "DATE" else came,
                "read_at": make_time(rng, seasons),
                "kind": rng.choice(KINDS),
                "product": rng.choice(PRODUCTS),
                "size": rng.choice([0, 1, 2, None]),
            }
        )
    return rows


def make_views(rng: Random) -> dict[str, View]:
    """People with towns; mails, calls and buys of people, each with a clock of another type."""
    seasons = rng.sample(SEASONS, 2)
    joined = rng.choice(["DATE", "TIMESTAMP"])
    people: list[Row] = []
    for number in range(rng.choice([0, 1, 4, 5, 5, 5])):
        came: Any = make_time(rng, seasons)
        came = came and came.date() if joined == "DATE" else came
        known = {"tier": rng.choice(TEXT), "age": rng.choice([0, 1, 2, 3, None]), "joined": came}
        people.append({"person_id": number + 1, **known, "town_id": rng.choice([1, 1, 2, None, 77])})
    towns: list[Row] = [{"town_id": number, "zone": rng.choice(TEXT)} for number in (1, 2)]
    views = {
        "people": View(
            {"person_id": "INTEGER", "tier": "VARCHAR", "age": "INTEGER", "joined": joined, "town_id": "INTEGER"},
            people,
            {"person": "person_id"},
            "joined",
            {"town": ("town", "town_id")},
            {"tier": None, "age": None, "band": banded("age")},
        ),
        "towns": View({"town_id": "INTEGER", "zone": "VARCHAR"}, towns, {"town": "town_id"}, dimensions={"zone": None}),
    }
    for name, clock in (("mails", "TIMESTAMP"), ("calls", rng.choice(["TIMESTAMPTZ", "TIMESTAMP"])), ("buys", "DATE")):
        kinds = {"id": "INTEGER", "person_id": "INTEGER", "at": clock, "read_at": "TIMESTAMP"}
        kinds |= {"kind": "VARCHAR", "product": "VARCHAR", "size": "INTEGER"}
        own: dict[str, Sql | None] = {"product": None, "kind": None, "read_at": None}
        rows = make_events(rng, seasons, clock, 10)
        key = {name[:-1]: "id"}
        if name == "buys" and flip(rng, 0.4):  # then rows of one instant are told apart by what they say
            key, rows = {}, [{**row, "id": rng.choice([1, None])} for row in rows]
        views[name] = View(kinds, rows, key, "at", {"person": ("person", "person_id")}, own)
    return views


STEPS: dict[str, Metric] = {
    "mails": Aggregate("mails", fold("count(*)"), unique="person_id", fill=True),
    "reads": Aggregate("mails", fold("count(*)"), time="read_at"),
    "news": Aggregate("mails", fold("count(*)"), equals("kind", "x")),
    "offers": Aggregate("mails", fold("count({})", "size"), equals("kind", "y")),
    "mailed": Aggregate("mails", fold("count(distinct {})", "person_id")),
    "calls": Aggregate("calls", fold("count(*)")),
    "golden": Aggregate("calls", fold("count(*)"), equals("person.tier", "gold")),
    "big": Aggregate("calls", fold("count(*)"), at_least("size", 1)),
    "buys": Aggregate("buys", fold("count(*)")),
    "buyers": Aggregate("buys", fold("count(distinct {})", "person_id"), is_null("kind")),
    "bought": Aggregate("buys", fold("count(*)"), time="read_at"),
    "signups": Aggregate("people", fold("count(*)")),
}

VIEWS = {name: metric.view for name, metric in STEPS.items() if isinstance(metric, Aggregate)}
JOURNEYS = [
    "mails calls", "mails calls", "mails mails", "calls calls", "mails calls mails", "news offers", "news offers news",
    "mails reads", "mails reads calls", "mails buys", "buys mails", "buys buys", "calls mails buys", "mailed golden",
    "big calls", "offers golden reads", "signups mails", "signups calls buyers", "calls bought", "bought calls mails",
    "mails mails mails", "buyers big", "news reads", "signups reads",
]  # fmt: skip
UNFOLLOWED = ["mails news offers calls big", "mails big calls", "calls mails news"]


def choose_entity(rng: Random, steps: tuple[str, ...]) -> str:
    """Whose rows follow each other: a person's, a town's, or a mail's own times."""
    if {VIEWS[name] for name in steps} == {"mails"} and flip(rng, 0.4):
        return "mail"
    return "town" if flip(rng, 0.15) else "person"


def make_conversion(rng: Random, steps: tuple[str, ...]) -> Conversion:
    """A conversion over the steps, of any kind; mostly none whose windows or touches can't be told."""
    events = "signups" not in steps
    clocks = [name if name in ("reads", "bought") else VIEWS[name] for name in steps]
    daily = not {"buys", "people"}.isdisjoint(clocks) and flip(rng, 0.9)
    again = len(set(clocks)) < len(clocks) and flip(rng, 0.9)
    take = rng.choice(["rate", "rate", "count", "count", "mean", "median", "min", "max"])
    return Conversion(
        steps,
        choose_entity(rng, steps),
        rng.choice(WINDOWS[2:] if daily else WINDOWS),
        rng.choice(["unique", "unique", "events"]),
        take,
        rng.choice([None, None, None, "any"] if again else [None, None, "any", "last", "first"]),
        ("product",) if events and flip(rng, 0.25) else ("zone",) if flip(rng, 0.05) else (),
        rng.choice([None, None, None, at_least("size" if events else "age", 1)]),
        fill=take in ("rate", "count") and flip(rng, 0.2),
        share=flip(rng, 0.7),
    )


def make_funnel(rng: Random) -> Funnel:
    """A funnel of two to four steps; in any order, or with windows from step to step, where these can be told."""
    steps = tuple(rng.choice(UNFOLLOWED if flip(rng, 0.02) else JOURNEYS).split())
    clocks = [name if name in ("reads", "bought") else VIEWS[name] for name in steps]
    again = len(set(clocks)) < len(clocks) and len(set(steps)) > 1
    since = rng.choice(["first", "first", "previous"])
    return Funnel(
        steps,
        choose_entity(rng, steps),
        rng.choice(WINDOWS if {"buys", "people"}.isdisjoint(clocks) else WINDOWS[2:]),
        "first" if again and flip(rng, 0.9) else since,
        rng.choice(["strict", "any"]) if since == "first" else "strict",
    )


def make_cohort(rng: Random) -> Cohort:
    """Who starts with a row of one metric and is back with one of the same or another."""
    start, back = rng.choice([*COHORTS, *COHORTS, ("sizes", "calls")])
    grain = rng.choice(["day", "week", "week", "month", "month", "quarter", "half", "year"])
    return Cohort(start, back, "town" if flip(rng, 0.15) else "person", grain, rng.choice(["bounded", "rolling"]))


COHORTS = [
    ("mails", "mails"), ("mails", "calls"), ("signups", "mails"), ("signups", "buys"), ("buys", "mails"),
    ("buys", "buys"), ("calls", "buys"), ("mailed", "reads"), ("golden", "calls"), ("news", "offers"),
    ("bought", "big"), ("reads", "mails"), ("buyers", "signups"),
]  # fmt: skip


def make_journey_world(rng: Random) -> World:
    """A company with conversions of every kind, a formula over two of them, funnels and cohorts."""
    metrics: dict[str, Metric] = dict(STEPS)
    for number in range(6):
        steps = tuple(rng.choice(UNFOLLOWED if flip(rng, 0.02) else JOURNEYS).split())
        metrics[f"conversion_{number}"] = make_conversion(rng, steps)
    metrics["index_0"] = Derived(
        (rng.choice("/-+"), "conversion_0", rng.choice(["conversion_1", "mails", 2])), share=True
    )
    metrics["sizes"] = Aggregate("mails", fold("sum({})", "size"))
    segments = {"golds": Segment("people", equals("tier", "gold")), "old": Segment("people", at_least("age", 2))}
    segments["unplaced"] = Segment("towns", is_null("zone"))
    views = make_views(rng)
    if flip(rng):
        views["hobbies"] = make_hobbies(rng)
        segments["drivers"] = Segment("hobbies", equals("hobby", "cars"))
    else:
        views["clubs"] = make_clubs(rng)
        segments["golfers"] = Segment("clubs", equals("club", "golf"))
    zone, stored = rng.choice(ZONES), rng.choice([None, "UTC", "UTC"])
    world = World(views, metrics, segments, timezone=zone, stored_in=stored)
    return replace(
        world,
        week_start=rng.choice(["monday", "sunday"]),
        funnels={f"funnel_{number}": make_funnel(rng) for number in range(3)},
        cohorts={f"cohort_{number}": make_cohort(rng) for number in range(3)},
    )


def make_state_world(rng: Random) -> World:
    """A company whose people have stages one after the other, hobbies at once, and sometimes a profile."""
    world = make_journey_world(rng)
    segments = {name: segment for name, segment in world.segments.items() if name != "unplaced"}
    segments |= {"young": Segment("people", is_null("age")), "lapsed": Segment("stages", equals("stage", "lapsed"))}
    views = dict(world.views) | {"stages": make_stages(rng), "hobbies": make_hobbies(rng)}
    if flip(rng, 0.4):
        moods: list[Row] = [
            {"person_id": person, "mood": rng.choice(["good", "bad", None])}
            for person in rng.sample([1, 2, 3, 4, 5, 77], rng.choice([0, 1, 4]))
        ]
        types = {"person_id": "INTEGER", "mood": "VARCHAR"}
        views["profiles"] = View(types, moods, {"person": "person_id"}, dimensions={"mood": None})
        segments["happy"] = Segment("profiles", equals("mood", "good"))
    return replace(world, views=views, segments=segments)


def make_stages(rng: Random) -> View:
    """Intervals of people that never overlap, with gaps, bounds that are open, and stages that aren't known."""
    daily = flip(rng)
    season = rng.choice(SEASONS)
    times = [time(0), time(0), time(12, 15), time(22, 30)]
    rows: list[Row] = []
    held: list[list[int | None]] = [[], [1], [1, 2, 3, 4, 77], [1, 2, 3, 4, 5], [1, 2, 3, None]]
    for person in rng.choice(held):
        cuts = {datetime.combine(season + timedelta(days=rng.randrange(-3, 9)), rng.choice(times)) for _ in range(5)}
        bounds: list[Any] = sorted({cut.date() for cut in cuts} if daily else cuts)
        found = [
            {
                "person_id": person,
                "stage": rng.choice(["new", "active", "lapsed", "Other", None]),
                "since": a,
                "until": b,
            }
            for a, b in pairwise(bounds)
            if flip(rng, 0.75)
        ]
        if found and flip(rng):
            found[-1]["until"] = None
        if found and flip(rng, 0.3):
            found[0]["since"] = None
        rows += found if person is not None else found[:1]
    kind = "DATE" if daily else "TIMESTAMP"
    types = {"person_id": "INTEGER", "stage": "VARCHAR", "since": kind, "until": kind}
    return View(types, rows, {"person": "person_id"}, dimensions={"stage": None}, valid=("since", "until"))


def make_clubs(rng: Random) -> View:
    """Who is in which clubs and since when: in several at once, in one of them twice, in some at no instant."""
    daily, season = flip(rng), rng.choice(SEASONS)
    rows: list[Row] = []
    for _ in range(rng.choice([0, 1, 8, 10])):
        days = sorted(season + timedelta(days=rng.randrange(-3, 9)) for _ in range(2))
        bounds: list[Any] = [day if daily else datetime.combine(day, rng.choice(TIMES)) for day in days]
        ends = dict(zip(("since", "until"), bounds, strict=True))
        ends |= dict.fromkeys(rng.choice([(), (), ("since",), ("until",), ("since", "until")]))
        rows.append({"person_id": rng.choice(PEOPLE), "club": rng.choice(["chess", "golf", "Other", None]), **ends})
    kind = "DATE" if daily else "TIMESTAMP"
    types = {"person_id": "INTEGER", "club": "VARCHAR", "since": kind, "until": kind}
    return View(types, rows, {"person": "person_id"}, dimensions={"club": None}, valid=("since", "until"), multi=True)


def make_hobbies(rng: Random) -> View:
    """What people like: some twice, some nothing that is known."""
    rows: list[Row] = [
        {"person_id": rng.choice(PEOPLE), "hobby": rng.choice(["cars", "music", "śląsk", "", None])}
        for _ in range(rng.choice([0, 1, 6, 9]))
    ]
    types = {"person_id": "INTEGER", "hobby": "VARCHAR"}
    return View(types, rows, {"person": "person_id"}, dimensions={"hobby": None}, multi=True)
