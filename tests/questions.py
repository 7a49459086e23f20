"""Questions to a company, drawn at random: most of them have an answer."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal

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
    Unit,
    Within,
)
from tests.reference_names import Names, Unanswerable
from tests.reference_time import GRAINS, PARTS, cut_day, is_time
from tests.reference_values import Leaf, adds_up, list_parts, read_metric
from tests.world import Aggregate, World
from tests.worlds import DAYS, ZONES, flip

SPRING = Between(date(2024, 2, 1), date(2024, 4, 30))  # holds most of the days


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


def make_filter(rng: Random, world: World, view: str, name: str) -> Filter:
    """Filters of every form, of values that are there and some that aren't."""
    if name.removesuffix("@now").split(".")[-1] in PARTS:
        values: list[Any] = [1, 2, 3, 4]
    elif is_time(name):
        values = [day.replace(day=1) for day in DAYS]
    else:
        values = [value for value in list_values(world, view, name) if value is not None] or [
            spare_value(world, view, name)
        ]
    ordered = not isinstance(values[0], bool)
    texts_ = sorted({print_value(value) for value in values}, key=lambda t: float(t) if is_number(t) else 0.0)
    forms: list[tuple[Term, ...]] = [
        (Equals(rng.choice(texts_)),),
        (Equals(rng.choice(texts_)), Equals(rng.choice(texts_))),
        (Equals(rng.choice(texts_)), IsNull()),
        (IsNull(),),
    ]
    if ordered:
        low = rng.randint(0, len(texts_) - 1)
        high = rng.randint(low, len(texts_) - 1)
        ends = sorted([texts_[low], texts_[high]]) if not is_number(texts_[0]) else [texts_[low], texts_[high]]
        within = rng.choice([Within(ends[0], ends[1]), Within(ends[0], None), Within(None, ends[1])])
        forms += [(within,), (within, IsNull())]
    if isinstance(values[0], str) and texts_ != [""]:
        pieces = [text[:2] for text in texts_ if text] + [text[-2:].upper() for text in texts_ if text]
        forms.append((Contains(rng.choice(pieces)),))
    return Filter(name, rng.choice(forms), flip(rng))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def make_period(rng: Random, short: bool) -> Between | Relative:
    first = rng.choice([*DAYS, date(2024, 1, 1), *[date(2024, 2, 1), date(2024, 3, 1)] * 4])
    if short:
        return Between(first, first + timedelta(days=rng.choice([0, 1, 2, 40, 40])))
    units: list[Unit] = ["day", "week", "month", "quarter", "half", "year"]
    kinds: list[Literal["last", "previous"]] = ["last", "previous"]
    month = first.replace(day=1)
    month_end = (month + timedelta(days=rng.choice([31, 62, 92, 92, 366]))).replace(day=1) - timedelta(days=1)
    last = first + timedelta(days=rng.choice([0, 6, 29, 89, 89, 400]))
    whole = Between(month, max(month_end, month))
    some = rng.choice([Between(first, last), Between(first, last), Between(first, None), Between(None, first)])
    this = Relative("this", 1, rng.choice(units))
    other = Relative(rng.choice(kinds), rng.randint(1, 4), rng.choice(units))
    every: list[Between | Relative] = [whole, whole, some, this, other]
    return rng.choice(every)


def make_ask(rng: Random, world: World, name: str, by: tuple[str, ...], timed: bool) -> MetricAsk:
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
        inner = rng.choice([None, *by])
        choices += [(Modifier("share", inner),), (Modifier("share"),)]
    if timed:
        finest = min((key for key in by if key in GRAINS), key=GRAINS.index, default="day")
        steps = ["wow", "yoy", "previous"] if finest == "week" else ["dod", "wow", "mom", "qoq", "yoy", "previous"]
        if finest in GRAINS[4:]:
            steps = [*["mom", "qoq", "yoy", "yoy"][GRAINS.index(finest) - 4 :], "previous"]
        if flip(rng, 0.1):
            steps = ["dod", "mom", "qoq"]
        choices += [(Modifier(rng.choice(steps), rng.choice([None, "value", "value", "delta"])),) for _ in range(2)]
        choices.append((*rng.choice(choices[:4]), Modifier("yoy", "value")))
    return MetricAsk(name, rng.choice(choices))


def make_question(rng: Random, world: World) -> Question:
    """A question that mostly has an answer."""
    names = rng.sample(list(world.metrics), rng.choice([1, 1, 2, 2, 3]))
    leaves = [p for n in names for p in list_parts(read_metric(world, MetricAsk(n))) if isinstance(p, Leaf)]
    views = list(dict.fromkeys(leaf.metric.view for leaf in leaves))
    clocked = "towns" not in views or rng.choice([False] * 19 + [True])
    good, bad = list_names(world, views)
    days_only = any(world.views[v].columns.get(world.views[v].time or "") == "DATE" for v in views)
    grain = rng.choice([None, None, "day", "week", "month", *GRAINS])
    if not clocked or (days_only and grain in GRAINS[:2] and rng.choice([True] * 9 + [False])):
        grain = None
    few = [name for name in good if name.split(".")[-1] in ("tier", "zone", "channel", "vip", "band")]
    dims = [*few * 3, *good] if good and flip(rng, 60 / 61) else [*bad, *good]
    by = tuple(dict.fromkeys(rng.choice(dims) for _ in range(rng.choice([0, 1, 1, 1, 2, 2]) if dims else 0)))
    more = rng.choice(["", "", "", "", "", "part", "grain", "segment"])
    if more in ("part", "grain") and clocked:
        times_ = list(PARTS)[int(days_only) :] if more == "part" else list(GRAINS[2:])
        part = rng.choice(times_)
        by = (part, *(name for name in by[:1] if name != part))
    elif more == "segment" and not ({"towns", "lands"} & set(views)):
        by = (*by[:1], "segment")
    if grain and grain not in by:
        place = rng.randint(0, len(by))
        by = (*by[:place], grain, *by[place:])
    short = bool({"minute", "hour", "day"} & set(by))
    period = make_period(rng, short) if clocked and (short or flip(rng)) else None
    if "minute" in by and isinstance(period, Between) and period.start:
        period, by = Between(period.start, period.start), ("minute",)
    elif "hour" in by and isinstance(period, Between) and period.start and period.end:
        period = Between(period.start, min(period.end, period.start + timedelta(days=2)))
    timed = clocked and (period is not None or bool(set(by) & set(GRAINS)))
    asks = tuple(make_ask(rng, world, name, by, timed) for name in names)
    changes = any(
        modifier.name not in ("unique", "rate", "share") for ask in asks for modifier in ask.modifiers
    ) and flip(rng)
    filters = make_filters(rng, world, views, good, clocked, days_only)
    dimensions = [name for name in by if not is_time(name) and name != "segment"]
    top = None
    if dimensions and "segment" not in by and rng.randint(0, 9):
        # Counts tie more than sums do.
        counts = [name for name in names if name.endswith(("_count", "members", "places"))]
        ranked = rng.choice([None, *(MetricAsk(name) for name in counts or names)])
        top = Top(rng.choice([1, 1, 2, 2, 3]), ranked)
    question = Question(
        asks,
        by=by,
        segments=tuple(rng.sample(list(world.segments), rng.choice([0, 1, 2])))
        if ("segment" in by and flip(rng)) or not rng.randint(0, 11)
        else (),
        filters=filters,
        period=period,
        compare=None if changes else make_compare(rng, world, views, good, period, "minute" in by),
        top=top,
        limit=rng.choice([None, None, None, None, 1, 3]),
        totals=bool(by) and flip(rng),
        timezone=rng.choice([None, None, None, None, None, *ZONES[2:5]]),
    )
    if top and rng.choice([True, True, True, False]):  # there is something to rank
        return replace(question, filters=(), segments=(), period=SPRING if timed and flip(rng) else period)
    if good and not rng.randint(0, 13):
        name = rng.choice(good)
        mine = PersonalSegment("mine", (make_filter(rng, world, views[0], name),))
        question = replace(question, personal=(mine,), segments=(*question.segments, "mine"))
    if rng.randint(0, 3) == 0:
        columns_ = [*by, *(name for name in names if MetricAsk(name) in asks)]
        question = replace(question, order=(Order(rng.choice(columns_), flip(rng)),) if columns_ else ())
    return question


def make_filters(
    rng: Random, world: World, views: list[str], good: list[str], clocked: bool, days_only: bool
) -> tuple[Filter, ...]:
    found: dict[str, Filter] = {}
    for _ in range(rng.choice([0, 0, 0, 0, 1, 1, 2])):
        times_ = ["month", "weekday", "day_of_month", *(["hour_of_day"] if not days_only else [])] if clocked else []
        if good and (not times_ or rng.randint(0, 4)):
            name = rng.choice(good)
            found[name] = make_filter(rng, world, views[0], name)
        elif times_:
            name = rng.choice(times_)
            found[name] = make_filter(rng, world, views[0], name)
    return tuple(found.values())


def make_compare(
    rng: Random, world: World, views: list[str], good: list[str], period: Between | Relative | None, minutes: bool
) -> Compare | None:
    kind = rng.choice(["none", "period", "period", "period", "slice"])
    bounded = isinstance(period, Relative) or (period is not None and None not in (period.start, period.end))
    if kind == "period" and bounded and not minutes:
        first = rng.choice(DAYS)
        span = Between(first, first + timedelta(days=rng.choice([0, 6, 30])))
        full = rng.choice([False, False, True])
        return rng.choice([Compare("previous", full), Compare("year", full), Compare(span, full)])
    texts_ = [name for name in good if name.split(".")[-1] in ("tier", "zone", "channel", "band", "age")]
    if kind == "slice" and texts_:
        name = rng.choice(texts_)
        values = list_values(world, views[0], name) or [None]
        value = rng.choice(values)
        return Compare(Slice(name, IsNull() if value is None else Equals(print_value(value))))
    return None
