"""Steps -> CTEs that lead from each row of the first step to those of the steps after it, by ASOF joins."""

from __future__ import annotations

from sqlglot import exp

from semantic.emit.near import follow_near, follows_near
from semantic.emit.scan import select_from
from semantic.emit.scope import column, name_as
from semantic.emit.step_rows import NEXT, ROW, StepRows, call_table, enclose, group_by, is_known
from semantic.emit.touch import credit_rows
from semantic.primitives import Node, call, cast, number

TIES = 16  # a place in time is 16 times its microseconds, plus the number of a row among those of the same instant


def emit_chain(rows: StepRows) -> exp.Subquery:
    """A row for each one of the first step: its keys, whose it is, `@at_1`, and `@at_2` … of the steps after it.

    These are the earliest that come in order. Whether they lie in the window is asked later, unless `is_in_time`.
    """
    starts, how = rows.starts(), rows.how
    if rows.own:
        return starts
    if how.touch in ("first", "last"):
        return credit_rows(rows, starts)
    if any(rows.rivals) or how.order == "any":
        return _follow_in_turn(rows, starts)
    if has_own_goals(rows):
        return _follow_to_goals(rows, starts)
    return _follow(rows, starts)


def has_own_goals(rows: StepRows) -> bool:
    """Whether the way to each step is one of its own, `@at_2_of_4` on that to the fourth."""
    apart = rows.own or any(rows.rivals)
    return rows.how.since == "previous" and rows.how.within is not None and not apart


def is_in_time(rows: StepRows) -> bool:
    """Whether the times of a chain are NULL where they come too late."""
    if rows.own:
        return False
    return rows.how.touch in ("first", "last") or not (any(rows.rivals) or rows.how.order == "any")


def _follow(rows: StepRows, starts: exp.Subquery) -> exp.Subquery:
    """Each row with the earliest one of the next step, which knows the earliest one of the step after it, and so on.

    The last step's rows come first: what is joined to the many of the first step is small.
    """
    steps, window = rows.how.steps, rows.window_after()
    after: Node = rows.add(steps[-1].name, rows.step(rows.count - 1, window))
    for place in range(rows.count - 2, 0, -1):
        shown = [column(name, ROW) for name in (*rows.matched, "@at")]
        step = enclose(rows.step(place, window))
        found = rows.join_next(step, after, [*shown, *_show_next(place + 2, rows.count)], column("@at", ROW))
        after = rows.add(steps[place].name, found)
    if rows.how.count == "unique" and rows.how.within is None:
        starts = _take_first(rows, starts)
    shown = [column(name, ROW) for name in (*rows.keys, *rows.entity, "@at_1")]
    times = _show_next(2, rows.count)
    if rows.how.within:  # here each time is compared once, and not in every aggregate
        times = [_keep_in_time(rows, time) for time in times]
    if follows_near(rows):
        return follow_near(rows, starts, after, [*shown, *times])
    return enclose(rows.join_next(starts, after, [*shown, *times], column("@at_1", ROW)))


def _keep_in_time(rows: StepRows, time: Node) -> Node:
    """The time of a later step, NULL where it lies beyond the window of the first one."""
    value = time.unalias()
    in_time = rows.in_time(column("@at_1", ROW), value.copy())
    return name_as(exp.Case(ifs=[exp.If(this=in_time, true=value)]), time.alias_or_name)


def _show_next(number_: int, last: int) -> list[Node]:
    """The time of a joined step, under its number, and of those after it, which it knows."""
    known: list[Node] = [column(f"@at_{other}", NEXT) for other in range(number_ + 1, last + 1)]
    return [name_as(column("@at", NEXT), f"@at_{number_}"), *known]


def _take_first(rows: StepRows, starts: exp.Subquery) -> exp.Subquery:
    """The first of an entity's rows: without a window it gets wherever a later one does."""
    names = [*rows.keys, *rows.matched]
    first = name_as(exp.Min(this=column("@at_1")), "@at_1")
    return enclose(group_by(select_from(starts, [*(column(name) for name in names), first]), len(names)))


def _follow_to_goals(rows: StepRows, starts: exp.Subquery) -> exp.Subquery:
    """As `_follow`, with windows from step to step: only rows count that get to the goal themselves.

    The earliest next row may be too early for the step after it where a later one isn't, so each goal has a way of its
    own.
    """
    steps, window = rows.how.steps, rows.window_after()
    raw = [rows.add(steps[place].name, rows.step(place, window)) for place in range(1, rows.count)]
    found, shown = starts, [*rows.keys, *rows.matched, "@at_1"]
    for goal in range(2, rows.count + 1):
        after = raw[goal - 2]
        for place in range(goal - 1, 1, -1):
            more = [column(name, ROW) for name in (*rows.matched, "@at")]
            step = call_table(raw[place - 2], ROW)
            way = rows.join_next(step, after, [*more, *_show_next(place + 1, goal)], column("@at", ROW))
            way.set("where", exp.Where(this=rows.in_time(column("@at", ROW), column("@at", NEXT))))
            after = rows.add(f"{steps[place - 1].name} to {steps[goal - 1].name}", way)
        in_time = rows.in_time(column("@at_1", ROW), column("@at", NEXT))
        times: list[Node] = []
        for other in range(2, goal + 1):
            known = column("@at" if other == 2 else f"@at_{other}", NEXT)
            called = f"@at_{other}" if other == goal else f"@at_{other}_of_{goal}"
            times.append(name_as(exp.Case(ifs=[exp.If(this=in_time.copy(), true=known)]), called))
        found = enclose(
            rows.join_next(found, after, [*(column(name, ROW) for name in shown), *times], column("@at_1", ROW))
        )
        shown += [time.alias for time in times]
    return found


def _follow_in_turn(rows: StepRows, starts: exp.Subquery) -> exp.Subquery:
    """Each row with the earliest one of every later step, one step after the other.

    In any order, each is looked for from the first step on. A row that was another step on the same clock isn't taken
    again: rows of the same instant are numbered, and as many as earlier steps took are passed over.
    """
    steps, window, found = rows.how.steps, rows.window_after(), starts
    shown = [*rows.keys, *rows.matched, "@at_1", *(f"@is_{place + 1}" for place in rows.list_flags())]
    numbered = {other for place, rivals in enumerate(rows.rivals) if rivals for other in (*rivals, place) if other}
    for place in range(1, rows.count):
        base = "@at_1" if rows.how.order == "any" else f"@at_{place}"
        after = rows.add(steps[place].name, rows.step(place, window))
        early, late, more = column(base, ROW), "@at", [f"@at_{place + 1}"]
        times: list[Node] = [name_as(column("@at", NEXT), more[0])]
        bound: Node = early
        if place in numbered:
            after = rows.add(f"{steps[place].name} in turn", _number_ties(rows, after))
            bound, late = _find_bound(rows, base, place), "@place"
            times.append(name_as(column("@place", NEXT), f"@place_{place + 1}"))
            more.append(f"@place_{place + 1}")
        found = enclose(rows.join_next(found, after, [*(column(name, ROW) for name in shown), *times], bound, late))
        shown += more
    return found


def _number_ties(rows: StepRows, after: Node) -> exp.Select:
    """The rows of a step with their place in time, in which those of the same instant are numbered."""
    names = [*rows.matched, "@at"]
    nth = exp.Window(this=exp.RowNumber(), partition_by=[column(name) for name in names])
    place = exp.Add(this=_place(column("@at")), expression=call("LEAST", nth, number(TIES - 1)))
    return select_from(after, [*(column(name) for name in names), name_as(place, "@place")])


def _place(at: Node) -> Node:
    return exp.Mul(this=call("EPOCH_US", at), expression=number(TIES))


def _find_bound(rows: StepRows, base: str, place: int) -> Node:
    """The first place in time that a step may have: after the rows that the start itself and its like have taken."""
    bound: Node = exp.Add(this=_place(column(base, ROW)), expression=number(1))
    if 0 in rows.rivals[place]:
        taken: Node = column(f"@is_{place + 1}", ROW)
        if base != "@at_1":
            same = exp.EQ(this=column("@at_1", ROW), expression=column(base, ROW))
            taken = exp.Paren(this=exp.And(this=taken, expression=same))
        bound = exp.Add(this=bound, expression=cast(taken, "INTEGER"))
    like = [other for other in rows.rivals[place] if other]
    if not like:
        return bound
    last = exp.Add(this=column(f"@place_{like[-1] + 1}", ROW), expression=number(1))
    # GREATEST passes a NULL over; where the step before is missing, so is this one.
    known = exp.If(this=is_known(column(base, ROW)), true=call("GREATEST", bound, last))
    return exp.Case(ifs=[known])
