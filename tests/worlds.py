"""Hypothesis strategies: small companies with every hazard that a number can fall for, and questions to them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from semantic.question import (
    Between,
    Compare,
    Contains,
    Equals,
    Filter,
    IsNull,
    MetricAsk,
    Modifier,
    Order,
    PersonalSegment,
    Question,
    Relative,
    Slice,
    Term,
    Top,
    Within,
)
from tests.reference import Answered
from tests.reference_names import Names, Unanswerable
from tests.reference_time import GRAINS, PARTS, cut_day, is_time, read_moment
from tests.reference_values import Change, Leaf, Share, adds_up, list_parts, read_metric
from tests.world import FOLDS, Aggregate, Derived, Formula, Metric, Row, Segment, Sql, View, World, fold

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

SPRING = Between(date(2024, 2, 1), date(2024, 4, 30))  # holds most of the days

days, times = st.sampled_from(DAYS), st.sampled_from(TIMES)
texts = st.sampled_from([*TEXTS[:4] * 4, *TEXTS, None, None, None])
numbers = st.sampled_from([*NUMBERS, None])
clocks = {
    "DATE": st.one_of(*[days] * 8, st.none()),
    "TIMESTAMP": st.one_of(*[st.builds(datetime.combine, days, times)] * 8, st.none()),
    "TIMESTAMPTZ": st.one_of(*[st.builds(datetime.combine, days, times, st.just(UTC))] * 8, st.none()),
}
columns = {
    "VARCHAR": texts,
    "INTEGER": numbers,
    "DOUBLE": st.sampled_from([*AMOUNTS, None]),
    "BOOLEAN": st.none() | st.booleans(),
    **clocks,
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


@st.composite
def make_rows(draw: st.DrawFn, kinds: Mapping[str, st.SearchStrategy[Any]], key: str, most: int) -> list[Row]:
    size = draw(st.sampled_from([0, 1, 1, 1, *range(2, most + 1), *[most - 1, most] * 4]))
    return [{key: number + 1} | {name: draw(values) for name, values in kinds.items()} for number in range(size)]


@st.composite
def make_view(
    draw: st.DrawFn,
    key: str,
    kinds: Mapping[str, str],
    joins: Mapping[str, tuple[str, str]],
    dimensions: Mapping[str, Sql | None],
    clock: str | None = None,
    most: int = 10,
) -> View:
    """A view of drawn rows, whose joins find their row, none, or aren't told."""
    foreign = st.sampled_from([1, 1, 2, 2, 3, 3, 4, None, 77])
    values = {name: columns[kind] for name, kind in kinds.items()} | {column: foreign for _, column in joins.values()}
    rows = draw(make_rows(values, f"{key}_id", most))
    types = {f"{key}_id": "INTEGER"} | dict(kinds) | {column: "INTEGER" for _, column in joins.values()}
    return View(types, rows, {key: f"{key}_id"}, clock, joins, dimensions)


@st.composite
def make_views(draw: st.DrawFn) -> dict[str, View]:
    """Two or three facts; people, some with a manager; towns; sometimes lands beyond them, and profiles of people."""
    views: dict[str, View] = {}
    some = st.booleans()
    joins = {"town": ("town", "town_id")} | ({"manager": ("person", "manager_id")} if draw(some) else {})
    kinds = {
        "tier": "VARCHAR",
        "age": "INTEGER",
        "vip": "BOOLEAN",
        "joined": draw(st.sampled_from(["DATE", "TIMESTAMP"])),
    }
    own = {"tier": None, "age": None, "vip": None, "band": banded("age")}
    views["people"] = draw(make_view("person", kinds, joins, own, "joined", 5))
    lands = draw(some)
    joins = {"land": ("land", "land_id")} if lands else {}
    views["towns"] = draw(make_view("town", {"zone": "VARCHAR"}, joins, {"zone": None}, None, 4))
    if lands:
        views["lands"] = draw(make_view("land", {"continent": "VARCHAR"}, {}, {"continent": None}, None, 3))
    if draw(st.sampled_from([True, False, False])):
        views["profiles"] = draw(make_view("person", {"mood": "VARCHAR"}, {}, {"mood": None}, None, 4))
    for name in draw(st.sampled_from([("visit", "sale"), ("visit", "call"), ("visit", "sale", "call")])):
        clock = {"visit": "TIMESTAMP", "sale": "DATE", "call": draw(st.sampled_from(["TIMESTAMPTZ", "TIMESTAMP"]))}[
            name
        ]
        joins = {"person": ("person", "person_id")}
        joins |= {"seller": ("person", "seller_id")} if name != "call" and draw(some) else {}
        joins |= {"town": ("town", "place_id")} if name == "call" and draw(some) else {}
        kinds = {"at": clock, "ended": "TIMESTAMP", "channel": "VARCHAR", "size": "INTEGER", "amount": "DOUBLE"}
        dimensions = {
            "channel" if name == "visit" else f"{name}_channel": None if name == "visit" else plain("channel")
        }
        dimensions |= {f"{name}_size": plain("size", "INTEGER"), "ended": None} if name == "visit" else {}
        dimensions |= {"big": at_least("size", 2)} if name == "sale" else {}
        views[f"{name}s"] = draw(make_view(name, kinds, joins, dimensions, "at"))
    return views


def plain(column: str, kind: str = "VARCHAR") -> Sql:
    return Sql(column, lambda here: here(column), kind)


@st.composite
def make_aggregate(draw: st.DrawFn, view: str, joined: bool) -> Aggregate:
    aggregate = draw(st.sampled_from(list(FOLDS)))
    column = draw(st.sampled_from(["size", "amount"]))
    if "count(" in aggregate:
        column = draw(st.sampled_from(["person_id", "channel", "size"]))
    wheres = [None, None, None, at_least("size", 1), is_null("channel"), equals("channel", "gold")]
    wheres += [equals("person.tier", "gold"), at_least("person.age", 1)] if joined else []
    times_ = [None, None, None, "ended"]
    return Aggregate(
        view,
        fold(aggregate, None if aggregate == "count(*)" else column),
        where=draw(st.sampled_from(wheres)),
        time=draw(st.sampled_from(times_)),
        unique=draw(st.sampled_from(["person_id", "person_id", None])),
        share=draw(st.booleans()),
        fill=draw(st.booleans()),
    )


@st.composite
def make_metrics(draw: st.DrawFn, views: Mapping[str, View]) -> dict[str, Metric]:
    """Counts of every fact, some aggregates with a share_of, and formulas of them."""
    metrics: dict[str, Metric] = {}
    for name in views:
        if name.endswith(("visits", "sales", "calls")):
            metrics[f"{name}_count"] = Aggregate(name, fold("count(*)"), unique="person_id", fill=draw(st.booleans()))
            for letter in "ab":
                found = draw(make_aggregate(name, joined=True))
                metrics[f"{name}_{letter}"] = replace(found, share_of=f"{name}_count")
    metrics["members"] = Aggregate("people", fold("count(*)"))
    metrics["places"] = Aggregate("towns", fold("count(*)"))
    parts = st.sampled_from([name for name in metrics if name != "places"])
    operators = st.sampled_from(["/", "/", "+", "-", "*"])
    formulas: st.SearchStrategy[Formula] = st.tuples(operators, parts, parts | st.sampled_from([100, 2]))
    for letter in "xy":
        metrics[f"formula_{letter}"] = Derived(draw(formulas), fill=draw(st.sampled_from([False, False, True])))
    metrics["nested"] = Derived((draw(operators), "formula_x", (draw(operators), draw(parts), draw(parts))))
    return metrics


@st.composite
def make_worlds(draw: st.DrawFn) -> World:
    """A company: its tables, its catalogue, its zone."""
    views = draw(make_views())
    segments = {"golds": Segment("people", equals("tier", "gold")), "old": Segment("people", at_least("age", 2))}
    segments["unplaced"] = Segment("towns", is_null("zone"))
    zone = draw(st.sampled_from(ZONES))
    return World(
        views,
        draw(make_metrics(views)),
        segments,
        zone,
        draw(st.sampled_from([None, "UTC", "UTC"])),
        draw(st.sampled_from(["monday", "sunday"])),
    )


# --- questions


def list_names(world: World, views: list[str]) -> tuple[list[str], list[str]]:
    """The dimensions that metrics of all the views reach, and a few that they may not."""
    names = Names(world)
    own = {name for view in world.views.values() for name in (*view.dimensions, *([view.time] if view.time else []))}
    roles = ("person", "seller", "manager", "person.manager", "town", "seller.town")
    every = [*own, *(f"{role}.{name}" for role in roles for name in ("tier", "age", "band", "zone"))]
    clocks_ = ("joined", "ended", "person.joined")
    every += [f"{name}.{grain}" for name in clocks_ for grain in ("day", "month", "week", "weekday", "hour_of_day")]
    good: list[str] = []
    bad: list[str] = []
    for name in sorted(every):
        try:
            places = {(p.view, p.name) for view in views for p in [names.find_dimension(view, name)]}
        except Unanswerable:
            bad.append(name)
        else:
            (good if len(places) == 1 else bad).append(name)
    return good, bad


def list_values(world: World, view: str, name: str) -> list[Any]:
    """The values of a dimension's column, as the data has them."""
    place = Names(world).find_dimension(view, name)
    found = world.views[place.view]
    column = found.dimensions.get(place.name)
    values: list[Any] = [column.read(row.__getitem__) if column else row[place.name] for row in found.rows]
    if place.grain in GRAINS:
        return [value and cut_day(read_day(value), place.grain, world.week_start) for value in values]
    return values


def spare_value(world: World, view: str, name: str) -> Any:
    """A value of the dimension's type, where the data has none."""
    place = Names(world).find_dimension(view, name)
    kind = "DATE" if place.grain else world.views[place.view].type_of(place.name)
    if place.grain in GRAINS:
        return cut_day(DAYS[0], place.grain, world.week_start)
    return {"INTEGER": 1, "DOUBLE": 1.5, "BOOLEAN": True, "VARCHAR": "gold"}.get(kind, DAYS[0])


def read_day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def print_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()[:10]
    return str(value)


@st.composite
def make_filter(draw: st.DrawFn, world: World, view: str, name: str) -> Filter:
    """Filters of every form, of values that are there and some that aren't."""
    if name in PARTS or name.split(".")[-1] in PARTS:
        values: list[Any] = [1, 2, 3, 4]
    elif is_time(name):
        values = [day.replace(day=1) for day in DAYS]
    else:
        values = [value for value in list_values(world, view, name) if value is not None] or [
            spare_value(world, view, name)
        ]
    ordered = not isinstance(values[0], bool)
    texts_ = sorted({print_value(value) for value in values}, key=lambda t: float(t) if is_number(t) else 0.0)
    value = st.sampled_from(texts_)
    choices: list[st.SearchStrategy[tuple[Term, ...]]] = [
        st.tuples(st.builds(Equals, value)),
        st.tuples(st.builds(Equals, value), st.builds(Equals, value)),
        st.tuples(st.builds(Equals, value), st.just(IsNull())),
        st.just((IsNull(),)),
    ]
    if ordered:
        low = draw(st.integers(0, len(texts_) - 1))
        high = draw(st.integers(low, len(texts_) - 1))
        ends = sorted([texts_[low], texts_[high]]) if not is_number(texts_[0]) else [texts_[low], texts_[high]]
        within = st.sampled_from([Within(ends[0], ends[1]), Within(ends[0], None), Within(None, ends[1])])
        choices += [st.tuples(within), st.tuples(within, st.just(IsNull()))]
    if isinstance(values[0], str) and texts_ != [""]:
        pieces = [text[:2] for text in texts_ if text] + [text[-2:].upper() for text in texts_ if text]
        choices.append(st.tuples(st.builds(Contains, st.sampled_from(pieces))))
    return Filter(name, draw(st.one_of(choices)), draw(st.booleans()))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@st.composite
def make_period(draw: st.DrawFn, short: bool) -> Between | Relative:
    first = draw(st.sampled_from([*DAYS, date(2024, 1, 1), *[date(2024, 2, 1), date(2024, 3, 1)] * 4]))
    if short:
        return Between(first, first + timedelta(days=draw(st.sampled_from([0, 1, 2, 40, 40]))))
    units = st.sampled_from(["day", "week", "month", "quarter", "half", "year"])
    month = first.replace(day=1)
    month_end = (month + timedelta(days=draw(st.sampled_from([31, 62, 92, 92, 366])))).replace(day=1) - timedelta(
        days=1
    )
    last = first + timedelta(days=draw(st.sampled_from([0, 6, 29, 89, 89, 400])))
    whole: st.SearchStrategy[Between | Relative] = st.just(Between(month, max(month_end, month)))
    some = st.sampled_from([Between(first, last), Between(first, last), Between(first, None), Between(None, first)])
    this = st.builds(Relative, st.just("this"), st.just(1), units)
    others = st.builds(Relative, st.sampled_from(["last", "previous"]), st.integers(1, 4), units)
    return draw(st.one_of(whole, whole, some, this, others))


@st.composite
def make_ask(draw: st.DrawFn, world: World, name: str, by: tuple[str, ...], timed: bool) -> MetricAsk:
    metric = world.metrics[name]
    leaves = [part for part in list_parts(read_metric(world, MetricAsk(name))) if isinstance(part, Leaf)]
    choices: list[tuple[Modifier, ...]] = [(), (), ()]
    if all(leaf.metric.unique for leaf in leaves):
        choices.append((Modifier("unique"),))
    if isinstance(metric, Aggregate) and metric.share_of:
        choices.append((Modifier("rate"),))
        if metric.unique:
            choices += [(Modifier("unique"), Modifier("rate")), (Modifier("rate"), Modifier("unique"))]
    if metric.share or adds_up(read_metric(world, MetricAsk(name))):
        inner = draw(st.sampled_from([None, *by]))
        choices += [(Modifier("share", inner),), (Modifier("share"),)]
    if timed:
        finest = min((key for key in by if key in GRAINS), key=GRAINS.index, default="day")
        steps = ["wow", "yoy", "previous"] if finest == "week" else ["dod", "wow", "mom", "qoq", "yoy", "previous"]
        if finest in GRAINS[4:]:
            steps = [*["mom", "qoq", "yoy", "yoy"][GRAINS.index(finest) - 4 :], "previous"]
        step = st.sampled_from(steps if draw(st.integers(0, 9)) else ["dod", "mom", "qoq"])
        forms = st.sampled_from([None, "value", "value", "delta"])
        choices += [(draw(st.builds(Modifier, step, forms)),) for _ in range(2)]
        choices.append((*draw(st.sampled_from(choices[:4])), Modifier("yoy", "value")))
    return MetricAsk(name, draw(st.sampled_from(choices)))


@st.composite
def make_questions(draw: st.DrawFn, world: World) -> Question:
    """A question that mostly has an answer."""
    names = draw(st.lists(st.sampled_from(list(world.metrics)), min_size=1, max_size=3, unique=True))
    leaves = [p for n in names for p in list_parts(read_metric(world, MetricAsk(n))) if isinstance(p, Leaf)]
    views = list(dict.fromkeys(leaf.metric.view for leaf in leaves))
    clocked = "towns" not in views or draw(st.sampled_from([False] * 19 + [True]))
    good, bad = list_names(world, views)
    days_only = any(world.views[v].columns.get(world.views[v].time or "") == "DATE" for v in views)
    grain = draw(st.sampled_from([None, None, "day", "week", "month", *GRAINS]))
    if not clocked or (days_only and grain in GRAINS[:2] and draw(st.sampled_from([True] * 9 + [False]))):
        grain = None
    few = [name for name in good if name.split(".")[-1] in ("tier", "zone", "channel", "vip", "band")]
    dims = [*few * 3, *good] if good and draw(st.sampled_from([True] * 60 + [False])) else [*bad, *good]
    by = tuple(
        draw(
            st.lists(
                st.sampled_from(dims),
                min_size=len(dims) > 1 and draw(st.sampled_from([0, 1, 1])),
                max_size=2,
                unique=True,
            )
        )
    )
    more = draw(st.sampled_from(["", "", "", "", "", "part", "grain", "segment"]))
    if more in ("part", "grain") and clocked:
        times_ = list(PARTS)[int(days_only) :] if more == "part" else list(GRAINS[2:])
        part = draw(st.sampled_from(times_))
        by = (part, *(name for name in by[:1] if name != part))
    elif more == "segment" and not ({"towns", "lands"} & set(views)):
        by = (*by[:1], "segment")
    if grain and grain not in by:
        place = draw(st.integers(0, len(by)))
        by = (*by[:place], grain, *by[place:])
    short = bool({"minute", "hour", "day"} & set(by))
    period = draw(make_period(short)) if clocked and (short or draw(st.booleans())) else None
    if "minute" in by and isinstance(period, Between) and period.start:
        period, by = Between(period.start, period.start), ("minute",)
    elif "hour" in by and isinstance(period, Between) and period.start and period.end:
        period = Between(period.start, min(period.end, period.start + timedelta(days=2)))
    timed = clocked and (period is not None or bool(set(by) & set(GRAINS)))
    asks = tuple(draw(make_ask(world, name, by, timed)) for name in names)
    changes = any(
        modifier.name not in ("unique", "rate", "share") for ask in asks for modifier in ask.modifiers
    ) and draw(st.booleans())
    filters = draw(make_filters(world, views, good, clocked, days_only))
    dimensions = [name for name in by if not is_time(name) and name != "segment"]
    top = None
    if dimensions and "segment" not in by and draw(st.integers(0, 9)):
        # Counts tie more than sums do.
        counts = [name for name in names if name.endswith(("_count", "members", "places"))]
        ranked = st.sampled_from([None, *(MetricAsk(name) for name in counts or names)])
        top = Top(draw(st.sampled_from([1, 1, 2, 2, 3])), draw(ranked))
    question = Question(
        asks,
        by=by,
        segments=tuple(draw(st.lists(st.sampled_from(list(world.segments)), max_size=2, unique=True)))
        if ("segment" in by and draw(st.booleans())) or not draw(st.integers(0, 11))
        else (),
        filters=filters,
        period=period,
        compare=None if changes else draw(make_compare(world, views, good, period, "minute" in by)),
        top=top,
        limit=draw(st.sampled_from([None, None, None, None, 1, 3])),
        totals=bool(by) and draw(st.booleans()),
        timezone=draw(st.sampled_from([None, None, None, None, None, *ZONES[2:5]])),
    )
    if top and draw(st.sampled_from([True, True, True, False])):  # there is something to rank
        return replace(question, filters=(), segments=(), period=SPRING if timed and draw(st.booleans()) else period)
    if good and not draw(st.integers(0, 13)):
        name = draw(st.sampled_from(good))
        mine = PersonalSegment("mine", (draw(make_filter(world, views[0], name)),))
        question = replace(question, personal=(mine,), segments=(*question.segments, "mine"))
    if draw(st.integers(0, 3)) == 0:
        columns_ = [*by, *(name for name in names if MetricAsk(name) in asks)]
        orders = st.builds(Order, st.sampled_from(columns_), st.booleans())
        question = replace(question, order=(draw(orders),) if columns_ else ())
    return question


@st.composite
def make_filters(
    draw: st.DrawFn, world: World, views: list[str], good: list[str], clocked: bool, days_only: bool
) -> tuple[Filter, ...]:
    found: dict[str, Filter] = {}
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 1, 2]))):
        times_ = ["month", "weekday", "day_of_month", *(["hour_of_day"] if not days_only else [])] if clocked else []
        if good and (not times_ or draw(st.integers(0, 4))):
            name = draw(st.sampled_from(good))
            found[name] = draw(make_filter(world, views[0], name))
        elif times_:
            name = draw(st.sampled_from(times_))
            found[name] = draw(make_filter(world, views[0], name))
    return tuple(found.values())


@st.composite
def make_compare(
    draw: st.DrawFn, world: World, views: list[str], good: list[str], period: Between | Relative | None, minutes: bool
) -> Compare | None:
    kind = draw(st.sampled_from(["none", "period", "period", "period", "slice"]))
    bounded = isinstance(period, Relative) or (period is not None and None not in (period.start, period.end))
    if kind == "period" and bounded and not minutes:
        first = draw(days)
        span = Between(first, first + timedelta(days=draw(st.sampled_from([0, 6, 30]))))
        full = draw(st.sampled_from([False, False, True]))
        return draw(st.sampled_from([Compare("previous", full), Compare("year", full), Compare(span, full)]))
    texts_ = [name for name in good if name.split(".")[-1] in ("tier", "zone", "channel", "band", "age")]
    if kind == "slice" and texts_:
        name = draw(st.sampled_from(texts_))
        values = list_values(world, views[0], name) or [None]
        value = draw(st.sampled_from(values))
        return Compare(Slice(name, IsNull() if value is None else Equals(print_value(value))))
    return None


# --- what a run has met


def list_hazards(world: World, question: Question, answered: Answered, tied: bool) -> Iterator[str]:
    """The hazards that a question to a world has met, by name."""
    parts = [part for asked in question.metrics for part in list_parts(read_metric(world, asked))]
    leaves = list({part for part in parts if isinstance(part, Leaf)})
    rows = [(world.views[leaf.metric.view], row) for leaf in leaves for row in world.views[leaf.metric.view].rows]
    joined = any(name in ("tier", "age", "vip", "band", "zone") or "." in name for name in question.by)
    zone = ZoneInfo(question.timezone or world.timezone)
    times_ = [row[view.time] for view, row in rows if view.time]
    moments = [read_moment(stored, ZoneInfo(world.stored_zone), zone) for stored in times_]
    timed = bool(question.period) or any(map(is_time, question.by))
    compared = question.compare and not isinstance(question.compare.with_, Slice)
    met = {
        "NULL key": any(row[key] is None for row in answered.rows for key in question.by),
        "orphan": joined and any(77 in (row.get("person_id"), row.get("town_id")) for _, row in rows),
        "empty table": any(not world.views[leaf.metric.view].rows for leaf in leaves),
        "one row": any(len(world.views[leaf.metric.view].rows) == 1 for leaf in leaves),
        "empty group": any(
            set(row.values()) - {row.get(key) for key in question.by} <= {None} for row in answered.rows
        ),
        "several branches": len({(leaf.metric.view, leaf.metric.time) for leaf in leaves}) > 1,
        "day of a clock change": timed and any(m and m.instant and has_clock_change(m.day, zone) for m in moments),
        "leap day": timed and any(m and (m.day.month, m.day.day) == (2, 29) for m in moments),
        "NULL time": timed and None in moments,
        "negated filter": any(f.negated for f in question.filters),
        "filter on NULL": any(IsNull() in f.terms for f in question.filters),
        "top": question.top is not None,
        "tie in top": tied,
        "compared periods": bool(compared),
        "reference slice": question.compare is not None and not compared,
        "totals": question.totals,
        "segment": bool(question.segments or "segment" in question.by),
        "time axis": any(key in GRAINS for key in question.by),
        "change": any(isinstance(part, Change) for part in parts),
        "share": any(isinstance(part, Share) for part in parts),
        "fill": any(leaf.metric.fill for leaf in leaves),
        "another clock": any(leaf.metric.time for leaf in leaves),
        "metric with where": any(leaf.metric.where for leaf in leaves),
    }
    yield from (name for name in HAZARDS if met[name])


HAZARDS = (
    *("NULL key", "orphan", "empty table", "one row", "empty group", "several branches", "day of a clock change"),
    *("leap day", "NULL time", "negated filter", "filter on NULL", "top", "tie in top", "compared periods"),
    *("reference slice", "totals", "segment", "time axis", "change", "share", "fill", "another clock"),
    "metric with where",
)


def has_clock_change(day: date, zone: ZoneInfo) -> bool:
    midnights = (datetime.combine(day + timedelta(days=shift), time(), zone) for shift in (0, 1))
    return any(a.utcoffset() != b.utcoffset() for a, b in pairwise(midnights))
