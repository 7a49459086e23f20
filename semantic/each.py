"""A metric per period or entity -> the leaf that takes the median, mean … of its values."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from sqlglot import exp

from semantic.calendar import SECONDS, Window, add_periods, truncate_day
from semantic.catalogue import Aggregate, Catalogue
from semantic.catalogue import Each as EachMetric
from semantic.conditions import classify_type
from semantic.entities import build_entity_keys, find_owner
from semantic.errors import Problem, Refused
from semantic.expressions import AggregateSql
from semantic.names import DETERMINES, GRAINS, PARTS, is_finer, is_time_name
from semantic.primitives import Node, cast
from semantic.resolved import Change, Each, Filled, Formula, Leaf, Quotient, Share, Value, Variant
from semantic.setting import Setting
from semantic.spans import find_data_days

VALUE = "@value"
# The finest grain whose every period has the part of time.
RECURS = {"hour_of_day": "day", "weekday": "week", "day_of_month": "month"} | dict.fromkeys(
    ("day_of_year", "month_of_year", "quarter_of_year"), "year"
)


def build_each(
    catalogue: Catalogue,
    name: str,
    metric: EachMetric,
    variant: Variant,
    setting: Setting,
    build: Callable[[Variant, Setting], Value],
    known: bool = False,
) -> Leaf:
    """The leaf of a metric that is taken per period or entity; `build` gives the value of what is taken.

    With `known` a period without rows has no value, and the asked one may hold no period.

    Raises Refused where the question's periods can't be told apart by those of the metric.
    """
    if metric.take is None:
        remedy = f"Ask by={name}, or give it take: mean, median, sum, min, max or p10 to p99 in the catalogue"
        raise _refuse(f"{name} is a dimension of the {metric.per}, not a number", remedy)
    aggregate = isinstance(catalogue.metrics[metric.each], Aggregate)
    type_ = catalogue.bound.metric_types.get(metric.each, "") if aggregate else ""
    if type_ and classify_type(type_) not in ("number", "other") and metric.take not in ("min", "max"):
        raise _refuse(f"{metric.each} is {type_}, which has no {metric.take}", "take: min or max would do")
    if metric.per in GRAINS:
        value, how = _build_per_period(catalogue, name, metric, variant, setting, build, known)
    else:
        value, how = _build_per_entity(catalogue, name, metric, variant, setting, build)
    first = list_sources(value)[0]
    sql = AggregateSql(f"the {metric.take} of {metric.each} per {metric.per}", build_take(metric.take))
    return Leaf(name, first.view, sql, (), first.clock, variant, how)


def _refuse(found: str, remedy: str) -> Refused:
    return Refused([Problem("metric", found, remedy)])


def _build_per_period(
    catalogue: Catalogue,
    name: str,
    metric: EachMetric,
    variant: Variant,
    setting: Setting,
    build: Callable[[Variant, Setting], Value],
    known: bool,
) -> tuple[Value, Each]:
    per = metric.per
    for key in filter(is_time_name, setting.keys):
        if key != per and key not in DETERMINES[per]:
            raise _refuse(_tell_cut(name, per, key), f"Leave {key} out of by=")
    inner = replace(setting, base=per, keys=(per,))
    plain = replace(variant, shift=None, asked=variant.measured)
    probe = build(plain, inner)
    window = _find_whole_periods(catalogue, probe, variant.window, per, setting)
    asked = variant.window.bounded and variant.shift is None and not variant.slice
    if window.start == window.stop and asked and not known:
        raise _refuse(
            f"{name} is taken per {per}, and the period holds no whole {per} that is over", "Ask a longer one"
        )
    if variant.shift and variant.shift.seconds:
        found = f"{name} is taken per {per}, which the hour before isn't compared with"
        raise _refuse(found, "Compare days: ~dod or ~wow")
    if variant.shift and setting.base and not _is_whole(variant.shift.months, variant.shift.days, per):
        found = f"{name} is taken per {per}, and the comparison is {variant.shift} away, which isn't whole {per}s"
        raise _refuse(found, f"Compare periods that are whole {per}s")
    value = build(replace(plain, window=window), replace(inner, asked=window))
    return value, Each(metric.each, value, per, metric.take or "", window, known=known)


def _tell_cut(name: str, per: str, key: str) -> str:
    what = (
        f"each {per} has several"
        if is_finer(PARTS[key][0] if key in PARTS else key, per)
        else f"a {per} may lie in two"
    )
    return f"{name} is taken per {per}, and {what}: {key}"


def check_filter(name: str, per: str, key: str) -> None:
    """Raises Refused where a filter by time would leave parts of some periods and nothing of others.

    A part that every period has, as each week has a Monday, is a condition on rows.
    """
    if not is_time_name(key) or key == per or key in DETERMINES[per]:
        return
    if key not in RECURS or is_finer(per, RECURS[key]):
        raise Refused([Problem(key, _tell_cut(name, per, key), f"Use period=, or filter by {per}", (key, None))])


def _is_whole(months: int, days: int, per: str) -> bool:
    """Whether a shift by months or days moves every period of the grain onto another one."""
    if per in ("day", *SECONDS):
        return True
    if per == "week":
        return not months and days % 7 == 0
    return not days and months % {"month": 1, "quarter": 3, "half": 6, "year": 12}[per] == 0


def _find_whole_periods(catalogue: Catalogue, value: Value, window: Window, per: str, setting: Setting) -> Window:
    """The periods that lie in the window as a whole and are over; those of the data where it has no ends."""
    clocks = {leaf.clock for leaf in list_sources(value) if leaf.clock}
    first, last = find_data_days(catalogue, setting.timezone, clocks)
    tomorrow, week_start = setting.today + timedelta(days=1), catalogue.week_start
    if window.start:
        start = truncate_day(window.start, per, week_start)
        start = start if start == window.start else add_periods(start, per, 1)
    else:
        start = truncate_day(first or tomorrow, per, week_start)
    stop = window.stop
    if stop is None:
        after = (last or setting.today) + timedelta(days=1)
        stop = truncate_day(after, per, week_start)
        stop = stop if stop == after else add_periods(stop, per, 1)
    stop = truncate_day(min(stop, tomorrow), per, week_start)
    return Window(start, max(start, stop))


def _build_per_entity(
    catalogue: Catalogue,
    name: str,
    metric: EachMetric,
    variant: Variant,
    setting: Setting,
    build: Callable[[Variant, Setting], Value],
) -> tuple[Value, Each]:
    value = build(variant, setting)
    leaves = list_sources(value)
    timed = any(is_time_name(key) for key in setting.keys)
    if timed and any(leaf.variant.shift != variant.shift for leaf in leaves):
        mean = variant.shift and any(leaf.variant.shift is None for leaf in leaves)
        what = "takes the mean of days" if mean else "compares periods"
        found = f"{name} {what} for every {metric.per}, which has no time axis{' that compares' if mean else ''}"
        raise _refuse(found, "Ask it over a period, without a time axis")
    everyone = None
    if metric.fill == "0":  # that of its metric fills what has rows
        everyone = find_owner(catalogue, metric.per)
        parts = [key for key in setting.keys if is_time_name(key)]
        loose = [key for key in parts if not setting.base or setting.base == "mixed" or not _lies_on(key, setting.base)]
        if loose:
            found = f"{name} is 0 for a {metric.per} without rows, who has no {loose[0]}"
            raise _refuse(found, f"Leave {loose[0]} out of by=, or fill: 0 out of the catalogue")
        value = value if isinstance(value, Filled) and value.over is None else Filled(value)
    views = dict.fromkeys([*(leaf.view for leaf in leaves), *([everyone] if everyone else [])])
    keys = build_entity_keys(catalogue, metric.per, views)
    return value, Each(metric.each, value, metric.per, metric.take or "", None, keys, everyone)


def _lies_on(key: str, base: str) -> bool:
    return key == base or key in DETERMINES[base]


def list_sources(value: Value) -> list[Leaf]:
    """Every aggregate over rows that the value is computed from: those inside an Each too, not the Each itself."""
    match value:
        case Leaf(how=Each() as how):
            found = list_sources(how.value)
        case Leaf():
            found = [value]
        case Formula():
            found = [leaf for _, part in value.parts for leaf in list_sources(part)]
        case Quotient():
            found = list_sources(value.above) + list_sources(value.below)
        case Change():
            found = list_sources(value.now) + list_sources(value.before)
        case Share() | Filled():
            found = list_sources(value.value)
        case _:
            assert_never(value)
    return list(dict.fromkeys(found))


def list_views(value: Value) -> tuple[str, ...]:
    """The views that the keys of a question must be reached from: those of the rows, and of the entities without."""
    found: list[str] = [leaf.view for leaf in list_sources(value)]
    return tuple(dict.fromkeys([*found, *list_owners(value)]))


def list_owners(value: Value) -> list[str]:
    """The views whose entities count without rows too."""
    match value:
        case Leaf(how=Each() as how):
            return [*([how.everyone] if how.everyone else []), *list_owners(how.value)]
        case Leaf():
            return []
        case Formula():
            return [view for _, part in value.parts for view in list_owners(part)]
        case Quotient():
            return list_owners(value.above) + list_owners(value.below)
        case Change():
            return list_owners(value.now) + list_owners(value.before)
        case Share() | Filled():
            return list_owners(value.value)
        case _:
            assert_never(value)


def build_take(take: str) -> Node:
    """The aggregate of a take over the column of values. Quantiles are interpolated, without rounding."""
    value: Node = exp.column(exp.to_identifier(VALUE, quoted=True))
    if take in ("min", "max", "sum", "mean"):
        return {"min": exp.Min, "max": exp.Max, "sum": exp.Sum, "mean": exp.Avg}[take](this=value)
    share = exp.Literal.number("0.5" if take == "median" else f"0.{int(take[1:]):02d}")
    return exp.Anonymous(this="QUANTILE_CONT", expressions=[cast(value, "DOUBLE"), share])
