"""Small companies, drawn at random, with every hazard that a number can fall for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from random import Random
from typing import Any

from tests.world import FOLDS, Aggregate, Derived, Metric, Row, Segment, Sql, View, World, fold

ZONES = ("Europe/Paris", "America/New_York", "Europe/Paris", "America/New_York", "Asia/Kolkata", "UTC")
# The turn of a year, of a leap year's February, of months of 30 and 31 days, and the days on which clocks change.
DAYS = [
    *(date(2023, 2, 28), date(2023, 3, 31), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 31)),
    *[date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 10), date(2024, 3, 31)] * 3,
    *[date(2024, 3, 10), date(2024, 3, 30), date(2024, 3, 31), date(2024, 4, 1), date(2024, 4, 7)] * 2,
    *(date(2024, 4, 30), date(2024, 5, 1), date(2024, 10, 27), date(2024, 11, 3)),
]
TIMES = [time(0), time(0, 30), time(1, 30), time(2, 30), time(12, 15, 30), time(22, 30), time(23, 59, 59, 999999)]
TEXTS = ["gold", "Gold", "silver", "Other", "śląsk", "日本", "a,b", "x&y", '"q"', "", "!no", " b", "a..b"]
NUMBERS = [0, 0, 1, 1, 2, 3, 10, -4]
AMOUNTS = [0.0, 0.25, 1.5, 10.5, -2.0]

TEXT = [*TEXTS[:4] * 4, *TEXTS, None, None, None]


def flip(rng: Random, share: float = 0.5) -> bool:
    """True in that share of cases."""
    return rng.random() < share


def make_moment(rng: Random, zone: tzinfo | None = None) -> datetime | None:
    return datetime.combine(rng.choice(DAYS), rng.choice(TIMES), zone) if flip(rng, 8 / 9) else None


COLUMNS: dict[str, Callable[[Random], Any]] = {
    "VARCHAR": lambda rng: rng.choice(TEXT),
    "INTEGER": lambda rng: rng.choice([*NUMBERS, None]),
    "DOUBLE": lambda rng: rng.choice([*AMOUNTS, None]),
    "BOOLEAN": lambda rng: rng.choice([None, True, False]),
    "DATE": lambda rng: rng.choice(DAYS) if flip(rng, 8 / 9) else None,
    "TIMESTAMP": make_moment,
    "TIMESTAMPTZ": lambda rng: make_moment(rng, UTC),
}


def equals(column: str, value: Any) -> Sql:
    """`column = 'value'`, NULL where the column is."""
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return Sql(f"{column} = {text}", lambda here: None if here(column) is None else here(column) == value, "BOOLEAN")


def at_least(column: str, value: int) -> Sql:
    return Sql(f"{column} >= {value}", lambda h: None if h(column) is None else h(column) >= value, "BOOLEAN")


def is_null(column: str) -> Sql:
    return Sql(f"{column} IS NULL", lambda here: here(column) is None, "BOOLEAN")


def banded(column: str) -> Sql:
    """A CASE that says something of NULL too."""
    text = f"CASE WHEN {column} < 2 THEN 'low' ELSE 'high' END"
    return Sql(text, lambda here: "low" if here(column) is not None and here(column) < 2 else "high", "VARCHAR")


# --- companies


def make_rows(rng: Random, kinds: Mapping[str, Callable[[Random], Any]], key: str, most: int) -> list[Row]:
    size = rng.choice([0, 0, 1, 1, 1, 1, *range(2, most + 1), *[most - 1, most] * 4])
    return [{key: number + 1} | {name: value(rng) for name, value in kinds.items()} for number in range(size)]


def make_view(
    rng: Random,
    key: str,
    kinds: Mapping[str, str],
    joins: Mapping[str, tuple[str, str]],
    dimensions: Mapping[str, Sql | None],
    clock: str | None = None,
    most: int = 10,
) -> View:
    """A view of drawn rows, whose joins find their row, none, or aren't told."""
    values = {name: COLUMNS[kind] for name, kind in kinds.items()}
    values |= {column: lambda rng: rng.choice([1, 1, 2, 2, 3, 3, 4, None, 77]) for _, column in joins.values()}
    rows = make_rows(rng, values, f"{key}_id", most)
    types = {f"{key}_id": "INTEGER"} | dict(kinds) | {column: "INTEGER" for _, column in joins.values()}
    return View(types, rows, {key: f"{key}_id"}, clock, joins, dimensions)


def make_views(rng: Random) -> dict[str, View]:
    """Two or three facts; people, some with a manager; towns; sometimes lands beyond them, and profiles of people."""
    views: dict[str, View] = {}
    joins = {"town": ("town", "town_id")} | ({"manager": ("person", "manager_id")} if flip(rng) else {})
    kinds = {
        "tier": "VARCHAR",
        "age": "INTEGER",
        "vip": "BOOLEAN",
        "joined": rng.choice(["DATE", "TIMESTAMP"]),
    }
    own = {"tier": None, "age": None, "vip": None, "band": banded("age")}
    views["people"] = make_view(rng, "person", kinds, joins, own, "joined", 5)
    lands = flip(rng)
    joins = {"land": ("land", "land_id")} if lands else {}
    views["towns"] = make_view(rng, "town", {"zone": "VARCHAR"}, joins, {"zone": None}, None, 4)
    if lands:
        views["lands"] = make_view(rng, "land", {"continent": "VARCHAR"}, {}, {"continent": None}, None, 3)
    if rng.choice([True, False, False]):
        views["profiles"] = make_view(rng, "person", {"mood": "VARCHAR"}, {}, {"mood": None}, None, 4)
    for name in rng.choice([("visit", "sale"), ("visit", "call"), ("visit", "sale", "call")]):
        clock = {"visit": "TIMESTAMP", "sale": "DATE", "call": rng.choice(["TIMESTAMPTZ", "TIMESTAMP"])}[name]
        joins = {"person": ("person", "person_id")}
        joins |= {"seller": ("person", "seller_id")} if name != "call" and flip(rng) else {}
        joins |= {"town": ("town", "place_id")} if name == "call" and flip(rng) else {}
        kinds = {"at": clock, "ended": "TIMESTAMP", "channel": "VARCHAR", "size": "INTEGER", "amount": "DOUBLE"}
        dimensions = {
            "channel" if name == "visit" else f"{name}_channel": None if name == "visit" else plain("channel")
        }
        dimensions |= {f"{name}_size": plain("size", "INTEGER"), "ended": None} if name == "visit" else {}
        dimensions |= {"big": at_least("size", 2)} if name == "sale" else {}
        views[f"{name}s"] = make_view(rng, name, kinds, joins, dimensions, "at")
    return views


def plain(column: str, kind: str = "VARCHAR") -> Sql:
    return Sql(column, lambda here: here(column), kind)


def make_aggregate(rng: Random, view: str, joined: bool) -> Aggregate:
    aggregate = rng.choice(list(FOLDS))
    column = rng.choice(["size", "amount"])
    if "count(" in aggregate:
        column = rng.choice(["person_id", "channel", "size"])
    wheres = [None, None, None, at_least("size", 1), is_null("channel"), equals("channel", "gold")]
    wheres += [equals("person.tier", "gold"), at_least("person.age", 1)] if joined else []
    times_ = [None, None, None, "ended"]
    return Aggregate(
        view,
        fold(aggregate, None if aggregate == "count(*)" else column),
        where=rng.choice(wheres),
        time=rng.choice(times_),
        unique=rng.choice(["person_id", "person_id", None]),
        share=flip(rng),
        fill=flip(rng),
    )


def make_metrics(rng: Random, views: Mapping[str, View]) -> dict[str, Metric]:
    """Counts of every fact, some aggregates with a share_of, and formulas of them."""
    metrics: dict[str, Metric] = {}
    for name in views:
        if name.endswith(("visits", "sales", "calls")):
            metrics[f"{name}_count"] = Aggregate(name, fold("count(*)"), unique="person_id", fill=flip(rng))
            for letter in "ab":
                found = make_aggregate(rng, name, joined=True)
                metrics[f"{name}_{letter}"] = replace(found, share_of=f"{name}_count")
    metrics["members"] = Aggregate("people", fold("count(*)"))
    metrics["places"] = Aggregate("towns", fold("count(*)"))
    parts = [name for name in metrics if name != "places"]
    operators = ["/", "/", "+", "-", "*"]
    for letter in "xy":
        metrics[f"formula_{letter}"] = Derived(
            (rng.choice(operators), rng.choice(parts), rng.choice([rng.choice(parts), rng.choice([100, 2])])),
            fill=flip(rng, 1 / 3),
        )
    metrics["nested"] = Derived(
        (rng.choice(operators), "formula_x", (rng.choice(operators), rng.choice(parts), rng.choice(parts)))
    )
    return metrics


def make_world(rng: Random) -> World:
    """A company: its tables, its catalogue, its zone."""
    views = make_views(rng)
    segments = {"golds": Segment("people", equals("tier", "gold")), "old": Segment("people", at_least("age", 2))}
    segments["unplaced"] = Segment("towns", is_null("zone"))
    zone = rng.choice(ZONES)
    return World(
        views,
        make_metrics(rng, views),
        segments,
        zone,
        rng.choice([None, "UTC", "UTC"]),
        rng.choice(["monday", "sunday"]),
    )
