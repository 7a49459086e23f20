"""Metrics of every kind beside a company's plain ones, and questions to them, drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from random import Random

from semantic.question import Between, Compare, MetricAsk, Modifier, Question, Relative, Top
from tests.questions import SPRING, list_names, make_filter
from tests.reference_time import GRAINS, is_time, tells
from tests.reference_values import Change, Leaf, Taken, list_parts, read_metric
from tests.world import Aggregate, Comparison, Each, Metric, Newness, Snapshot, Window, World, fold
from tests.worlds import at_least, flip, make_world

LENGTHS = [(1, "day"), (2, "day"), (7, "day"), (28, "day"), (1, "week"), (1, "month"), (3, "month"), (1, "year")]
KINDS = ("rolling", "to_date", "new", "snapshot", "new")
EACH = ("each", "each", "rolling", "compare", "each", "snapshot", "compare", "each")
OFFSETS = [(1, "day"), (7, "day"), (1, "week"), (1, "month"), (3, "month"), (1, "quarter"), (1, "year"), (2, "half")]
EVERY_GRAIN = (None, None, "day", "week", "month", "month", "quarter", "year")


def make_kinds_world(rng: Random, kinds: tuple[str, ...] = KINDS) -> World:
    """A company whose metrics are of these kinds, each over one of its facts."""
    world = make_world(rng)
    world = replace(world, views={name: view for name, view in world.views.items() if name != "profiles"})
    facts = [name for name in world.views if name in ("visits", "sales", "calls")]
    plain = {name: metric for name, metric in world.metrics.items() if name not in ("places", "nested")}
    metrics: dict[str, Metric] = dict(plain)
    for number in range(max(6, len(kinds))):
        kind = kinds[number % len(kinds)] if number < len(kinds) else rng.choice(kinds)
        about = metrics if kind in ("compare", "each") else plain
        metrics[f"{kind}_{number}"] = make_kind(rng, kind, about, facts)
    return replace(world, metrics=metrics)


def make_kind(rng: Random, kind: str, plain: Mapping[str, Metric], facts: list[str]) -> Metric:
    """A metric of the kind, of one of the plain ones or over one of the facts."""
    fill = flip(rng, 0.3)
    view = rng.choice(facts)
    of = rng.choice(
        [name for name in plain if name.startswith(view)] + [name for name in plain if name[:7] == "formula"]
    )
    ats = ["last", "last", "first", "average"]
    match kind:
        case "rolling":
            count, unit = rng.choice(LENGTHS)
            return Window(of, count, unit, at=rng.choice(ats), fill=fill)
        case "to_date":
            grain = rng.choice([None, "week", "month", "quarter", "year"])
            return Window(of, grain=grain, at=rng.choice(ats), fill=fill)
        case "new":
            own = rng.choice([name for name, m in plain.items() if name.startswith(view) and isinstance(m, Aggregate)])
            return Newness(own, rng.choice(["new", "returning", "resurrected", "lost"]), "person", fill)
        case "compare":
            of = rng.choice(
                [name for name in plain if name.split("_")[0] in (*KINDS, *EACH) and name[:7] != "compare"] + [of]
            )
            form, to = rng.choice(["value", "delta", "change"]), rng.choice(["", "", "", "week", "month", "year"])
            count, unit = (0, "day") if to else rng.choice(OFFSETS)
            return Comparison(of, count, unit, to, form, fill)
        case "each":
            unit = rng.choice(["hour", "day", "day", "week", "month", "person", "person"])
            taken = rng.choice(["mean", "median", "sum", "min", "max", "p90"])
            own = rng.choice([name for name, m in plain.items() if name.startswith(view) and isinstance(m, Aggregate)])
            windows = [name for name, m in plain.items() if isinstance(m, Window) and m.at != "average"]
            if windows and flip(rng, 0.2):
                return Each(rng.choice(windows), unit if unit != "hour" else "day", taken, fill)
            return Each(of if of.startswith("formula") else own, unit, taken, fill)
        case _:
            aggregate = rng.choice(["count(*)", "sum({})", "sum({})", "max({})", "avg({})", "count(distinct {})"])
            folded = fold(aggregate, None if aggregate == "count(*)" else "size")
            which = rng.choice(["last", "last", "first", "average"])
            per = rng.choice([None, "person"]) if which != "average" else None
            return Snapshot(view, folded, which, per, rng.choice([None, None, at_least("size", 1)]), fill)


def make_kinds_question(rng: Random, world: World) -> Question:
    """A question about a metric or two of the kinds, which mostly has an answer."""
    special = [name for name, metric in world.metrics.items() if not isinstance(metric, Aggregate) and "_" in name]
    special = [name for name in special if not name.startswith("formula")]
    names = rng.sample(special, rng.choice([1, 1, 2]))
    if flip(rng, 0.3):
        names.append(rng.choice([name for name in world.metrics if name not in special]))
    leaves = [p for n in names for p in list_parts(read_metric(world, MetricAsk(n))) if isinstance(p, Leaf)]
    views = list(dict.fromkeys(leaf.metric.view for leaf in leaves))
    good, _ = list_names(world, views)
    few = [name for name in good if name.split(".")[-1] in ("tier", "zone", "channel", "vip", "band", "hobby", "club")]
    by = tuple(dict.fromkeys(rng.choice([*few * 3, *good]) for _ in range(rng.choice([0, 1, 1, 2]) if good else 0)))
    grain = rng.choice(list_grains(rng, world, names))
    if grain:
        place = rng.randint(0, len(by))
        by = (*by[:place], grain, *by[place:])
    if flip(rng, 0.1):
        by = rng.choice([(*by, "segment"), ("segment", *by)])
    about = [world.metrics[name] for name in names]
    plain = all(isinstance(metric, (Each, Aggregate)) for metric in about)
    plain = plain and any(isinstance(metric, Each) for metric in about)
    held = [world.metrics[metric.of] for metric in about if isinstance(metric, Each)]
    plain = plain and not any(isinstance(metric, Window) for metric in held)  # whose days a filter by time chooses
    if plain and flip(rng, 0.2):
        by = (*by[:1], "weekday", *by[1:])
    hours = [metric for metric in about if isinstance(metric, Each) and metric.per == "hour"]
    if hours and plain and flip(rng, 0.5):
        grain = grain or rng.choice(["hour", "hour", "day"])
        by = by if grain in by else (*by[:1], grain)
    period = make_period(rng, grain)
    if any(isinstance(metric, Window) and metric.at != "last" for metric in about):
        period = period or SPRING  # which days a mean is over
    timed = period is not None or grain is not None
    back = any(isinstance(metric, Comparison) for metric in about) and flip(rng, 0.8)  # two ways back hardly add up
    asks = tuple(MetricAsk(name, () if back else make_modifiers(rng, grain, timed)) for name in names)
    dimensions = [name for name in by if not is_time(name) and name != "segment"]
    top = None
    if dimensions and by[-1] != "segment" and flip(rng, 0.4):
        top = Top(rng.choice([1, 2]), rng.choice([None, asks[-1]]))
    filters = (make_filter(rng, world, views[0], rng.choice(few or good)),) if good and flip(rng, 0.25) else ()
    if plain and flip(rng, 0.1):
        filters = (*filters, make_filter(rng, world, views[0], rng.choice(["month", "weekday"])))
    elif hours and plain and flip(rng, 0.2):
        filters = (*filters, make_filter(rng, world, views[0], rng.choice(["hour_of_day", "hour_of_day", "weekday"])))
    compare = None
    if period and not back and flip(rng, 0.25):
        compare = Compare(rng.choice(["previous", "year"]), flip(rng, 0.2))
    return Question(
        asks,
        by=by,
        filters=filters,
        segments=tuple(rng.sample(list(world.segments), 1)) if flip(rng, 0.15) else (),
        period=period,
        compare=compare,
        top=top,
        totals=bool(by) and flip(rng, 0.4),
        timezone=rng.choice([None, None, None, "America/New_York", "Asia/Kolkata"]),
    )


def list_grains(rng: Random, world: World, names: list[str]) -> Sequence[str | None]:
    """Those at which all the metrics are mostly told."""
    found: list[str | None] = list(EVERY_GRAIN)
    for part in [part for name in names for part in list_parts(read_metric(world, MetricAsk(name)))]:
        if isinstance(part, Taken) and part.each.per in GRAINS:
            found = [grain for grain in found if grain is None or tells(part.each.per, grain)]
        elif isinstance(part, Change) and isinstance(part.step, Comparison):
            step = part.step
            found = [grain for grain in found if grain == "day" or (not step.to and fits(grain, step.unit))]
    return found if len(found) == len(EVERY_GRAIN) or (found and flip(rng, 0.9)) else EVERY_GRAIN


def fits(grain: str | None, unit: str) -> bool:
    """Whether a way back by the unit leads from a period of the grain to another."""
    return grain is None or tells(grain, unit) or (grain == "week" and unit in ("quarter", "half", "year"))


def make_modifiers(rng: Random, grain: str | None, timed: bool) -> tuple[Modifier, ...]:
    if not timed or flip(rng, 0.7):
        return ()
    steps = ["wow", "yoy", "previous"] if grain == "week" else ["dod", "mom", "yoy", "previous"]
    if grain and GRAINS.index(grain) > 3:
        steps = ["yoy", "previous"]
    return (Modifier(rng.choice(steps), rng.choice([None, "value", "delta"])),)


def make_period(rng: Random, grain: str | None) -> Between | Relative | None:
    """Days around a leap day and the changes of clocks, some whole months or none; a short one by day."""
    if grain == "hour":
        return rng.choice([Between(date(2024, 3, 9), date(2024, 3, 11)), Between(date(2024, 3, 30), date(2024, 4, 1))])
    if grain == "day":
        return rng.choice([Between(date(2024, 2, 1), date(2024, 3, 5)), Between(date(2024, 3, 25), date(2024, 4, 8))])
    year, month, last = Relative("this", 1, "year"), Relative("this", 1, "month"), Relative("last", 2, "month")
    every: list[Between | Relative | None] = [SPRING, SPRING, None, year, month, last]
    return rng.choice(every)
