"""Flow -> CTEs: everybody's state at two times, and how many made each move, also as a share of where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlglot import exp

from semantic.catalogue import Duration
from semantic.conditions import classify_type
from semantic.emit.histories import Moment, emit_holding, find_bounds
from semantic.emit.scan import LEVEL, Scan, level_number, select_from
from semantic.emit.scope import Scope, column, identify, join_and, join_or, name_as
from semantic.plan import Level, Plan
from semantic.primitives import Node, call, number, text
from semantic.resolved import Key, ResolvedFlow, spreads

STATES, EVENTS, HELD, MOVES, ANSWER, SHARED = "@states", "@events", "@held", "@moves", "@answer", "@shared"
BEFORE, AFTER, STATE = "@before", "@after", "@state"
JOINED, LEFT = "@joined", "@left"  # whether there was no state before, and is none after
COUNTS = {
    "hour": (1, "HOUR"),
    "day": (1, "DAY"),
    "week": (7, "DAY"),
    "month": (1, "MONTH"),
    "quarter": (3, "MONTH"),
    "year": (1, "YEAR"),
}


def emit_flow(scan: Scan, plan: Plan, flow: ResolvedFlow) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs of a flow, and the SELECT of its moves."""
    names, move = [key.name for key in plan.keys], ["from", JOINED, "to", LEFT]
    spread = frozenset(key.name for key in plan.keys if spreads(key, scan.branch.view))
    several = len(plan.levels) > 1
    ctes: list[tuple[str, Node]] = []
    parts: list[exp.Select] = []
    # Who is in several groups at once moves in each: such sets of keys have moves of their own.
    for split in sorted({level & spread: None for level in plan.levels}, key=len):
        keys = [key for key in plan.keys if key.name in split or key.name not in spread]
        suffix = "".join(f"@{key.name}" for key in keys if key.name in split) if several else ""
        found = (
            _list_dates(scan, flow, keys)
            if flow.after is None
            else _list_events(scan, flow, flow.after, keys, EVENTS + suffix)
        )
        ctes += [(name, body) for name, body in found[:-1] if name not in dict(ctes)]
        ctes.append((HELD + suffix, found[-1][1]))
        counted = [
            *(column(key.name) for key in keys),
            *map(column, move),
            name_as(exp.Count(this=exp.Star()), "count"),
        ]
        moves = select_from(exp.Table(this=identify(HELD + suffix)), counted)
        moves.set("group", exp.Group(expressions=[number(place) for place in range(1, len(counted))]))
        ctes.append((MOVES + suffix, moves))
        levels = [level for level in plan.levels if level & spread == split]
        parts = [_sum_moves(plan, level, MOVES + suffix, move) for level in levels] + parts
    source = MOVES
    if several:
        united: Node = parts[0]
        for part in parts[1:]:
            united = exp.Union(this=united, expression=part, distinct=False)
        source = ANSWER
        ctes.append((ANSWER, united))
    levels_ = [LEVEL] if several else []
    by = [column(name) for name in [*names, *levels_, "from", JOINED]]
    share = exp.Div(this=column("count"), expression=exp.Window(this=exp.Sum(this=column("count")), partition_by=by))
    shown = [*names, *levels_, *move, "count"]
    select = select_from(exp.Table(this=identify(source)), [*map(column, shown), name_as(share, "share")])
    if several and plan.limit is not None:  # rows are numbered by the share, too, and windows don't nest
        ctes.append((SHARED, select))
        select = select_from(exp.Table(this=identify(SHARED)), [*map(column, [*shown, "share"])])
    return ctes, select


def _sum_moves(plan: Plan, level: Level, source: str, move: Sequence[str]) -> exp.Select:
    """The moves of a level."""
    names = [key.name for key in plan.keys]
    shown: list[Node] = [column(name) if name in level else name_as(exp.Null(), name) for name in names]
    shown += [name_as(number(level_number(level, plan.keys)), LEVEL)] if len(plan.levels) > 1 else []
    shown += map(column, move)
    groups = [number(place) for place, node in enumerate(shown, 1) if isinstance(node, exp.Column)]
    select = select_from(exp.Table(this=identify(source)), [*shown, name_as(exp.Sum(this=column("count")), "count")])
    select.set("group", exp.Group(expressions=groups))
    return select


def _list_dates(scan: Scan, flow: ResolvedFlow, keys: Sequence[Key]) -> list[tuple[str, Node]]:
    """Each entity's state at the start of the first day and at the end of the last one."""
    scope, view = scan.scope(), flow.state.path.view
    assert flow.window.start and flow.window.stop, "a flow has two dates"
    scan.params.joined[view, tuple(column.name for column in flow.holder)] = None  # nobody is in two states at once
    was, is_ = (
        join_and(emit_holding(scope, view, view, moment))
        for moment in (Moment("start", flow.window.start, "date"), Moment("end", flow.window.stop, "date"))
    )
    assert was is not None and is_ is not None, "a history has bounds"
    owner = [scope.dimension(reached) for reached in flow.holder]
    shown = [name_as(node, f"@entity_{place}") for place, node in enumerate(owner, 1)]
    shown += [name_as(scope.key(key), key.name) for key in keys]
    grouped = len(shown)
    for held, name, flag in ((was, "from", JOINED), (is_, "to", LEFT)):
        state = exp.Max(this=scope.dimension(flow.state))
        shown.append(name_as(exp.Filter(this=state, expression=exp.Where(this=held.copy())), name))
        shown.append(name_as(exp.Not(this=call("BOOL_OR", held.copy())), flag))
    where = scan.list_conditions(scope, scan.branch.window, segmented=scan.is_segmented(keys))
    where += [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in owner]
    where.append(join_or([was.copy(), is_.copy()]))
    select = exp.Select(expressions=shown)
    scan.set_source(select, scope, where, segmented=scan.is_segmented(keys), ranked=False)
    select.set("group", exp.Group(expressions=[number(place) for place in range(1, grouped + 1)]))
    return [(HELD, select)]


def _list_events(
    scan: Scan, flow: ResolvedFlow, after: Duration, keys: Sequence[Key], called: str
) -> list[tuple[str, Node]]:
    """The state of each event's entity at its time, and that long afterwards; events of nobody known are left out.

    Times are worked out once for each event, not for each state that it's compared with.
    """
    scope, view = scan.scope(), flow.state.path.view
    scan.params.joined[view, tuple(column.name for column in flow.holder)] = None
    states = scope.over(view)
    held = [name_as(states.dimension(reached), f"@entity_{place}") for place, reached in enumerate(flow.holder, 1)]
    bounds = [column(name, view) for name in scan.catalogue.views[view].valid or ()]
    history = exp.Select(expressions=[*held, *bounds, name_as(states.dimension(flow.state), STATE)])
    history.set("from_", states.tables()[0])
    history.set("joins", states.tables()[1])
    names = [key.name for key in keys]
    entity = [f"@entity_{place}" for place in range(1, len(flow.owner) + 1)]
    times = {table: _find_moment(scope, view, span) for table, span in ((BEFORE, None), (AFTER, after))}
    joins, absent = [], {}
    for table, moment in times.items():
        at = replace(moment, time=column(f"{table}@at", called))
        on: list[Node] = [exp.EQ(this=column(name, table), expression=column(name, called)) for name in entity]
        converted: list[exp.Alias] = []
        on += emit_holding(scope, view, table, at, converted)
        history.set("expressions", [*history.expressions, *converted])
        source = exp.Table(this=identify(STATES), alias=exp.TableAlias(this=identify(table)))
        joins.append(exp.Join(this=source, side="LEFT", on=join_and(on)))
        absent[table] = exp.Is(this=column("@entity_1", table), expression=exp.Null())
    events = exp.Select(expressions=[name_as(scope.key(key), key.name) for key in keys])
    for name, reached in zip(entity, flow.owner, strict=True):
        events.append("expressions", name_as(scope.dimension(reached), name))
    for table, moment in times.items():
        assert not isinstance(moment.time, date), "an event's time is its own"
        events.append("expressions", name_as(moment.time, f"{table}@at"))
    where = scan.list_conditions(scope, flow.window, segmented=scan.is_segmented(keys))
    where += [exp.Paren(this=scope.sql(condition)) for condition in scan.branch.leaves[0].wheres]
    scan.set_source(events, scope, where, segmented=scan.is_segmented(keys), ranked=False)
    shown: list[Node] = [column(name, called) for name in names]
    for table, name, flag in ((BEFORE, "from", JOINED), (AFTER, "to", LEFT)):
        shown += [name_as(column(STATE, table), name), name_as(absent[table].copy(), flag)]
    select = select_from(exp.Table(this=identify(called)), shown)
    select.set("joins", joins)
    known = join_or([exp.Not(this=node.copy()) for node in absent.values()])
    select.set("where", exp.Where(this=known))
    return [(STATES, history), (called, events), (HELD, select)]


def _find_moment(scope: Scope, view: str, after: Duration | None) -> Moment:
    """The time of an event, or that long afterwards: days and longer on the wall, hours as they pass."""
    assert scope.clock, "an event has a clock"
    family = classify_type(scope.clock.type)
    if after is None:
        return Moment("time", scope.raw_clock(), family)
    count, unit = COUNTS[after.unit]
    span = exp.Interval(this=text(str(after.count * count)), unit=exp.var(unit))
    if family == "date":
        later = exp.Add(this=scope.raw_clock(), expression=span)
        return Moment("time", scope.dialect.day(later), family)
    if unit == "HOUR":
        later = exp.Add(this=scope.utc(scope.raw_clock(), family), expression=span)
        if any(family == "date" for _, family, _, _ in find_bounds(scope, view, view)):  # a day is one on the wall
            first, last = scope.span()
            last += timedelta(hours=after.count)
            return Moment("start", scope.dialect.wall_of_utc(later, scope.zone, first, last), "timestamp")
        return Moment("start", later, "utc")
    return Moment("start", exp.Add(this=scope.wall(scope.raw_clock(), family), expression=span), "timestamp")
