"""Companies whose people are followed over several facts, drawn at random: conversions, funnels, cohorts and states."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random
from typing import Any

from tests.world import Aggregate, Conversion, Derived, Metric, Row, Segment, Sql, View, World, fold
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
        views[name] = View(kinds, rows, {name[:-1]: "id"}, "at", {"person": ("person", "person_id")}, own)
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


def make_conversion(rng: Random, steps: tuple[str, ...]) -> Conversion:
    """A conversion over the steps, of any kind; mostly none whose windows or touches can't be told."""
    events = "signups" not in steps
    clocks = [name if name in ("reads", "bought") else VIEWS[name] for name in steps]
    daily = not {"buys", "people"}.isdisjoint(clocks) and flip(rng, 0.9)
    again = len(set(clocks)) < len(clocks) and flip(rng, 0.9)
    take = rng.choice(["rate", "rate", "count", "count", "mean", "median", "min", "max"])
    return Conversion(
        steps,
        "mail" if {VIEWS[name] for name in steps} == {"mails"} and flip(rng, 0.4) else "person",
        rng.choice(WINDOWS[2:] if daily else WINDOWS),
        rng.choice(["unique", "unique", "events"]),
        take,
        rng.choice([None, None, None, "any"] if again else [None, None, "any", "last", "first"]),
        ("product",) if events and flip(rng, 0.25) else ("zone",) if flip(rng, 0.05) else (),
        rng.choice([None, None, None, at_least("size" if events else "age", 1)]),
        fill=take in ("rate", "count") and flip(rng, 0.2),
        share=flip(rng),
    )


def make_journey_world(rng: Random) -> World:
    """A company with conversions of every kind, and a formula over two of them."""
    metrics: dict[str, Metric] = dict(STEPS)
    for number in range(6):
        steps = tuple(rng.choice(UNFOLLOWED if flip(rng, 0.04) else JOURNEYS).split())
        metrics[f"conversion_{number}"] = make_conversion(rng, steps)
    metrics["index_0"] = Derived((rng.choice("/-+"), "conversion_0", rng.choice(["conversion_1", "mails", 2])))
    segments = {"golds": Segment("people", equals("tier", "gold")), "old": Segment("people", at_least("age", 2))}
    segments["unplaced"] = Segment("towns", is_null("zone"))
    stored = rng.choice([None, "UTC", "UTC"])
    return replace(
        World(make_views(rng), metrics, segments), timezone=rng.choice(ZONES), stored_in=stored,
        week_start=rng.choice(["monday", "sunday"]),
    )  # fmt: skip
