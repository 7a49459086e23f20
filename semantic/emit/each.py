"""Each -> CTEs: the values of every period or entity of a group, and what is taken of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, Window, ceil_day, start_of_day, truncate_day
from semantic.emit.scan import PLACE, Scan, leaf_name, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.names import GRAINS
from semantic.plan import Plan, is_loose, narrow_plan
from semantic.primitives import Node, call, cast, number
from semantic.resolved import DimensionKey, Each, Key, Membership, TimeKey

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
    shift, axis = scan.branch.variant.shift, scan.plan.axis
    ahead = (shift, axis.base) if loose and shift and axis else None
    narrow = narrow_plan(replace(plan, among=scan.plan.among, gives=gives, ahead=ahead), inner)
    body = emit_inner(_keep_compared(scan, narrow, keys) if how.window else narrow)
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


def _keep_compared(scan: Scan, inner: Plan, keys: Sequence[Key]) -> Plan:
    """The inner plan over the earlier days alone that a period of the axis looks back to: no other makes a group."""
    shift, axis, week_start = scan.branch.variant.shift, scan.plan.axis, scan.catalogue.week_start
    grains = sorted((key.name for key in keys if isinstance(key, TimeKey) and key.name in GRAINS), key=GRAINS.index)
    if shift is None or shift.to or axis is None or inner.axis is None or not grains:
        return inner
    own = inner.axis.window
    assert axis.window.start and axis.window.stop and own.start and own.stop, "an axis is bounded"
    start = shift.go_back(truncate_day(axis.window.start, grains[0], week_start))
    until = ceil_day(axis.window.stop, grains[0], week_start)
    short = grains[0] in ("day", *SECONDS)  # the last days of a longer month before are compared with none
    stop = shift.go_back(until - timedelta(days=1)) + timedelta(days=1) if short else shift.go_back(until)
    kept = Window(max(own.start, start), max(own.start, min(own.stop, stop)))
    if kept == own:
        return inner
    branches = tuple(
        replace(branch, window=kept) if branch.window == own and branch.how is None else branch
        for branch in inner.branches
    )
    return replace(inner, axis=replace(inner.axis, window=kept), branches=branches)


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
