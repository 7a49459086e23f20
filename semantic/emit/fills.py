"""Filled -> SQL: 0, and of what is taken per period, where a row's own period holds any of those, or how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, Shift, Window, start_of_day, truncate_day
from semantic.emit.each import cut_period
from semantic.emit.scan import select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.names import DETERMINES, GRAINS, is_finer
from semantic.plan import Plan
from semantic.primitives import Node, cast, number
from semantic.resolved import Each, Filled, KeyFilter, Leaf, TimeKey


def emit_zero(scope: Scope, plan: Plan, filled: Filled, source: str) -> Node:
    """0; of what is taken per period, only in rows whose own period holds one of those that are over."""
    if filled.over is None:
        return number(0)
    leaf, keys = filled.value, [key.name for key in plan.keys if isinstance(key, TimeKey)]
    assert isinstance(leaf, Leaf) and isinstance(leaf.how, Each), "what is taken per period is a leaf"
    timed = [item for item in plan.filters if isinstance(item.key, TimeKey)]
    filters = [item for item in timed if item.key.name != "hour_of_day"]
    short = bool(SECONDS.keys() & {*keys, leaf.how.per, *(item.key.name for item in filters)})
    periods = _find_labelled(scope, plan, leaf, filled.over)
    if filters and short and (leaf.how.per not in SECONDS or periods.back or periods.forward):
        return exp.Null()  # it may leave none of the periods
    days = [name for name in keys if name != "hour_of_day"]
    told = not days or any(set(days) - {name} <= DETERMINES.get(name, frozenset()) for name in days)
    if filled.counts:
        return _count_periods(scope, leaf.how.per, periods, keys, timed if filters and short else filters, source)
    if told and not filters:
        condition = join_and(_list_held(scope, plan, leaf, filled.over, keys, source))
    elif len(plan.branches) == 1 and plan.axis is None:
        return exp.Null()  # nothing else gives it rows
    elif filters and short:
        found = _select_periods(scope, leaf.how.per, periods, keys, timed, source, number(1))
        condition = exp.Exists(this=found)
    else:
        condition = exp.Exists(this=_select_periods(scope, "day", periods, days, filters, source, number(1)))
    return exp.Case(ifs=[exp.If(this=condition, true=number(0))]) if condition is not None else number(0)


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Days, and how their rows are named: moved forward, or, as the days are, by the day that looks back to them."""

    over: Window
    forward: Shift | None = None
    back: Shift | None = None
    base: str | None = None


def _find_labelled(scope: Scope, plan: Plan, leaf: Leaf, over: Window) -> _Labelled:
    """The days of what is taken per period: its own, or those of the axis that look back to them."""
    shift = leaf.variant.shift
    if shift is None or plan.axis is None:
        return _Labelled(over)
    if shift.to or plan.axis.base in (*SECONDS, "day"):
        return _Labelled(over, back=shift)
    assert isinstance(leaf.how, Each) and leaf.how.window, "it's taken of periods"
    return _Labelled(leaf.how.window, forward=shift, base=plan.axis.base)


def _list_held(scope: Scope, plan: Plan, leaf: Leaf, over: Window, keys: list[str], source: str) -> list[Node]:
    """That each key's own period holds one of the days; for keys of which one tells the others."""
    assert isinstance(leaf.how, Each), "what is taken per period is a leaf"
    if plan.axis and leaf.variant.window.bounded and leaf.variant.shift is None and not is_finer("day", leaf.how.per):
        keys = [name for name in keys if name not in plan.axis.keys]  # a period of an asked axis holds a whole day
    assert over.start and over.stop, "the periods are bounded"
    first, last = over.start, over.stop - timedelta(days=1)
    conditions: list[Node] = []
    for name in keys:
        held: Node
        here = column(name, source)
        if name in SECONDS:
            span = [start_of_day(day, ZoneInfo(plan.timezone)) for day in (first, over.stop)]
            ends = [cast(scope.params.add(instant), "TIMESTAMP") for instant in span]
            held = exp.and_(exp.GTE(this=here, expression=ends[0]), exp.LT(this=here.copy(), expression=ends[1]))
        elif name in GRAINS:
            days = [truncate_day(day, name, scope.catalogue.week_start) for day in (first, last)]
            low, high = (cast(scope.params.add(day), "DATE") for day in days)
            held = exp.Between(this=here, low=low, high=high)
        else:
            found = list_part_values(name, first, last)
            held = exp.In(this=here, expressions=[scope.params.add(value) for value in found])
            if not found:
                continue
        missing = exp.Is(this=here.copy(), expression=exp.Null())
        conditions.append(exp.Paren(this=exp.or_(held, missing, copy=False)))
    return conditions


def _count_periods(
    scope: Scope, per: str, days: _Labelled, keys: list[str], filters: Sequence[KeyFilter], source: str
) -> Node:
    """How many of the periods are of all the keys at once, and have a day that meets the filters."""
    count, unit = exp.Count(this=exp.Star()), per if per in SECONDS else "day"
    if unit != per:
        count = exp.Count(this=exp.Distinct(expressions=[scope.cut_wall(column("@start"), "date", per)]))
    return exp.Subquery(this=_select_periods(scope, unit, days, keys, filters, source, count))


def _select_periods(
    scope: Scope, per: str, days: _Labelled, keys: list[str], filters: Sequence[KeyFilter], source: str, shown: Node
) -> exp.Select:
    """The days, or what is finer, that are of all the keys of a row that it has, a Monday of the month, say."""
    over, start = days.over, column("@start")
    assert over.start and over.stop, "the periods are bounded"
    zone = ZoneInfo(scope.zone)
    span = start_of_day(over.start, zone), start_of_day(over.stop, zone)
    if per in SECONDS:
        first, stop = (cast(scope.params.add(instant), "TIMESTAMP") for instant in span)
        unnested = scope.dialect.spine(first, stop, per)
    else:
        first, stop = (cast(scope.params.add(day), "DATE") for day in (over.start, over.stop))
        unnested = cast(scope.dialect.spine(first, stop, per), "DATE")
    periods = exp.Subquery(
        this=exp.Select(expressions=[name_as(unnested, "@start")]), alias=exp.TableAlias(this=identify("@periods"))
    )
    moved = Scope(scope.catalogue, scope.dialect, scope.params, "", None, scope.zone, days.forward, days.base)
    kept: list[Node] = []
    for name in keys:
        here = column(name, source)
        same = exp.EQ(this=cut_period(moved, per, start.copy(), name, span), expression=here)
        kept.append(exp.Paren(this=exp.or_(same, exp.Is(this=here.copy(), expression=exp.Null()), copy=False)))
    for item in filters:  # these are about the rows' own time
        own = _go_back(scope, start.copy(), days.back) if days.back else start.copy()
        if per in SECONDS:
            cut = cut_period(scope, per, own, item.key.name, span)
        else:
            cut = scope.cut_wall(own, "date", item.key.name)
        kept.append(scope.meets(cut, "VARCHAR", item.condition, item.key.name))
    select = select_from(periods, [shown])
    if (condition := join_and(kept)) is not None:
        select.set("where", exp.Where(this=condition))
    return select


def _go_back(scope: Scope, day: Node, shift: Shift) -> Node:
    if shift.to:
        return scope.cut_wall(day, "date", shift.to)
    return scope.dialect.add_months(day, -shift.months) if shift.months else scope.dialect.add_days(day, -shift.days)


def list_part_values(part: str, first: date, last: date) -> list[int]:
    """The numbers that a part of time has on the days; none where it has all that there are."""
    if part == "hour_of_day" or (last - first).days >= 366:
        return []
    days = (first + timedelta(days=count) for count in range((last - first).days + 1))
    read = {
        "weekday": date.isoweekday,
        "day_of_month": lambda day: day.day,
        "day_of_year": lambda day: day.timetuple().tm_yday,
        "month_of_year": lambda day: day.month,
        "quarter_of_year": lambda day: (day.month + 2) // 3,
    }[part]
    return sorted(set(map(read, days)))
