"""Each -> CTEs: the values of every period or entity of a group, and what is taken of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, Window, start_of_day, truncate_day
from semantic.emit.scan import PLACE, Scan, leaf_name, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.names import DETERMINES, GRAINS, is_finer
from semantic.plan import Plan, is_loose, narrow_plan
from semantic.primitives import Node, call, cast, number
from semantic.resolved import DimensionKey, Each, Filled, Key, KeyFilter, Leaf, Membership, TimeKey

AXIS = "@axis"


def emit_each(
    scan: Scan, how: Each, keys: list[Key], prefix: str, emit_inner: Callable[[Plan], exp.Select]
) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The values by the keys and the period or entity, then the takes by the keys."""
    plan = scan.branch.inner
    assert plan is not None, "an Each has a plan of its values"
    per: list[Key] = [TimeKey(how.per)] if how.window is not None else list(how.keys)
    source = f"{prefix}per {how.per}"
    gives = "held periods" if plan.gives == "periods" and keys else plan.gives
    loose = [key for key in keys if how.window and key in plan.keys and is_loose(key, scan.plan.axis, keys)]
    inner = [*(key for key in keys if how.window is None or not isinstance(key, TimeKey) or key in loose), *per]
    body = emit_inner(narrow_plan(replace(plan, among=scan.plan.among, gives=gives), inner))
    shown: list[Node] = []
    kept: list[Node] = []
    for key in keys:
        if scan.plan.top is not None and scan.plan.top.key.name == key.name:
            shown.append(column(PLACE, source))
        found: Node = column(key.name, source)
        if how.window is not None and isinstance(key, TimeKey):
            cut = cut_period(scan.scope(), how.per, column(how.per, source), key.name, _find_span(scan, how))
            if key in loose:  # of each group's weekdays, say, the days that are such
                kept.append(exp.EQ(this=found, expression=cut))
            else:
                found = cut
        shown.append(name_as(found, key.name))
    takes = [name_as(leaf.sql.tree.copy(), leaf_name(leaf)) for leaf in scan.branch.leaves]
    select = select_from(exp.Table(this=identify(source)), [*shown, *takes])
    kept += [exp.Not(this=exp.Is(this=column(key.name, source), expression=exp.Null())) for key in how.keys]
    kept += _keep_periods(scan, how, keys, column(how.per, source))
    if (condition := join_and(kept)) is not None:
        select.set("where", exp.Where(this=condition))
    if shown:
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(shown) + 1)]))
    return [(source, body)], select


def _keep_periods(scan: Scan, how: Each, keys: Sequence[Key], start: Node) -> list[Node]:
    """The condition on the start of a period where a level takes some of them only."""
    window = how.find_periods(tuple(key.name for key in keys if isinstance(key, TimeKey)))
    if window is None or window == how.window:
        return []
    assert window.start and window.stop, "the periods are bounded"
    ends: list[Node] = [cast(scan.params.add(day), "DATE") for day in (window.start, window.stop)]
    if how.per in SECONDS:
        zone = ZoneInfo(scan.plan.timezone)
        instants = [start_of_day(day, zone) for day in (window.start, window.stop)]
        ends = [cast(scan.params.add(instant), "TIMESTAMP") for instant in instants]
    return [exp.GTE(this=start, expression=ends[0]), exp.LT(this=start.copy(), expression=ends[1])]


def emit_zero(scope: Scope, plan: Plan, filled: Filled, source: str) -> Node:
    """0; of what is taken per period, only in rows whose own period holds one of those that are over."""
    if filled.over is None:
        return number(0)
    leaf, keys = filled.value, [key.name for key in plan.keys if isinstance(key, TimeKey)]
    assert isinstance(leaf, Leaf) and isinstance(leaf.how, Each), "what is taken per period is a leaf"
    filters = [item for item in plan.filters if isinstance(item.key, TimeKey) and item.key.name != "hour_of_day"]
    fine = SECONDS.keys() & {*keys, *(item.key.name for item in filters)}
    if filters and (fine or (leaf.variant.shift and plan.axis)):
        return exp.Null()  # it may leave none of the periods
    days = [name for name in keys if name != "hour_of_day"]
    told = not days or any(set(days) - {name} <= DETERMINES.get(name, frozenset()) for name in days)
    if told and not filters:
        condition = join_and(_list_held(scope, plan, leaf, filled.over, keys, source))
    elif len(plan.branches) == 1 and plan.axis is None:
        return exp.Null()  # nothing else gives it rows
    else:
        condition = _hold_day(scope, filled.over, days, filters, source)
    return exp.Case(ifs=[exp.If(this=condition, true=number(0))]) if condition is not None else number(0)


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


def _hold_day(scope: Scope, over: Window, keys: list[str], filters: Sequence[KeyFilter], source: str) -> Node:
    """That one of the days is of all the keys at once, a Monday of the month, and meets the filters."""
    ends = [cast(scope.params.add(day), "DATE") for day in (over.start, over.stop) if day]
    day = column("@day")
    unnested = name_as(cast(scope.dialect.spine(ends[0], ends[1], "day"), "DATE"), "@day")
    days = exp.Subquery(this=exp.Select(expressions=[unnested]), alias=exp.TableAlias(this=identify("@days")))
    kept: list[Node] = []
    for name in keys:
        here = column(name, source)
        same = exp.EQ(this=scope.cut_wall(day.copy(), "date", name), expression=here)
        kept.append(exp.Paren(this=exp.or_(same, exp.Is(this=here.copy(), expression=exp.Null()), copy=False)))
    for item in filters:
        cut = scope.cut_wall(day.copy(), "date", item.key.name)
        kept.append(scope.meets(cut, "VARCHAR", item.condition, item.key.name))
    select = select_from(days, [number(1)])
    select.set("where", exp.Where(this=join_and(kept)))
    return exp.Exists(this=select)


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


def cut_period(scope: Scope, per: str, start: Node, unit: str, span: tuple[datetime, datetime]) -> Node:
    """A time key from the start of a period; `span` are the instants between which these lie."""
    dialect, zone = scope.dialect, scope.zone
    if per not in SECONDS:
        return scope.cut_day(start, unit)
    wall = dialect.wall_of_utc(start.copy(), zone, *span)
    if unit in SECONDS:
        if scope.shift and scope.base == unit and not scope.shift.seconds:  # looked back for by the time on the wall
            return call("DATE_TRUNC", exp.Literal.string(unit), wall)
        return start if unit == per else dialect.truncate_instant(unit, start, zone, *span)
    return scope.cut_wall(wall, "timestamp", unit) if unit == "hour_of_day" else scope.cut_day(dialect.day(wall), unit)


def _find_span(scan: Scan, how: Each) -> tuple[datetime, datetime]:
    assert how.window and how.window.start and how.window.stop, "the periods are bounded"
    zone = ZoneInfo(scan.plan.timezone)
    return start_of_day(how.window.start, zone), start_of_day(how.window.stop, zone)


def emit_everyone(scan: Scan, keys: Sequence[Key]) -> exp.Select:
    """A row for each entity of the view that the question's filters leave, at every period of the axis."""
    plan, branch = scan.plan, scan.branch
    own = [key for key in keys if not isinstance(key, TimeKey)]
    times = [key.name for key in keys if isinstance(key, TimeKey)]
    # What is no property of an entity is a condition on rows: it leaves all entities there.
    filters = tuple(item for item in plan.filters if _reaches(item.key, branch.view))
    segments = tuple(member for member in plan.segments if _reaches_member(member, branch.view))
    slice_ = branch.variant.slice
    variant = branch.variant if slice_ and _reaches(slice_.key, branch.view) else replace(branch.variant, slice=None)
    narrowed = Scan(
        scan.catalogue,
        scan.dialect,
        scan.params,
        replace(plan, filters=filters, segments=segments),
        replace(branch, variant=variant),
    )
    rows = narrowed.rows(own, lambda scope: [name_as(number(1), leaf_name(branch.leaves[0]))])
    if not times:
        return rows
    assert plan.axis, "the time keys lie on an axis"
    shifts = list(dict.fromkeys(other.variant.shift for other in plan.branches if other.variant.shift))
    back = plan.axis.base in ("minute", "hour", "day") and branch.variant.shift in shifts
    shown: list[Node] = []
    for name in times:
        before = f"@before_{shifts.index(branch.variant.shift) + 1}" if back and branch.variant.shift else name
        shown.append(name_as(column(before if name == plan.axis.base else name, AXIS), name))
    periods = select_from(exp.Table(this=identify(AXIS)), shown)
    periods.set("distinct", exp.Distinct())
    names = [item.alias_or_name for item in rows.expressions]
    select = select_from(
        exp.Subquery(this=rows, alias=exp.TableAlias(this=identify("@entities"))),
        [*(column(name, "@entities") for name in names), *(column(name, "@periods") for name in times)],
    )
    cross = exp.Subquery(this=periods, alias=exp.TableAlias(this=identify("@periods")))
    select.set("joins", [exp.Join(this=cross, kind="CROSS")])
    return select


def _reaches(key: Key, view: str) -> bool:
    return isinstance(key, DimensionKey) and view in key.reached


def _reaches_member(member: Membership, view: str) -> bool:
    if member.where is None:
        return all(_reaches(item.key, view) for item in member.filters)
    return view in member.reached
