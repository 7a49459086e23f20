"""Steps whose touch says which of several first steps a conversion counts for -> CTEs, from the conversion back."""

from __future__ import annotations

from datetime import timedelta

from sqlglot import exp

from semantic.calendar import Window
from semantic.emit.scan import select_from
from semantic.emit.scope import column, join_and, name_as
from semantic.emit.step_rows import NEXT, ROW, StepRows, call_table, enclose, group_by
from semantic.primitives import Node
from semantic.steps import add_windows


def credit_rows(rows: StepRows, starts: exp.Subquery) -> exp.Subquery:
    """The first step's rows with the time of the earliest conversion that counts for them; each counts for one instant.

    Which one that is hasn't to do with what the question asks of the first step, so all its rows are looked at. Of
    those of the same instant each counts.
    """
    steps, window = rows.how.steps, rows.window_after()
    goals = enclose(rows.step(rows.count - 1, window))
    shown = [column(name, ROW) for name in (*rows.matched, "@at")]
    found = rows.add(steps[-1].name, select_from(goals, [*shown, name_as(column("@at", ROW), "@goal")]))
    for place in range(rows.count - 2, 0, -1):
        step = rows.add(steps[place].name, rows.step(place, window))
        found = rows.add(f"{steps[place].name} before {steps[-1].name}", _look_back(rows, found, step, _is_before()))
    counted = enclose(_credit_last(rows, found) if rows.how.touch == "last" else _credit_first(rows, found))
    names = [*rows.matched, "@at"]
    goal = name_as(exp.Min(this=column("@goal")), "@goal")
    earliest = group_by(select_from(counted, [*(column(name) for name in names), goal]), len(names))
    table = rows.add(f"{rows.how.touch} {steps[0].name}", earliest)
    kept = [column(name, ROW) for name in (*rows.keys, *rows.entity, "@at_1")]
    select = select_from(starts, [*kept, name_as(column("@goal", NEXT), f"@at_{rows.count}")])
    same_time = exp.EQ(this=column("@at_1", ROW), expression=column("@at", NEXT))
    select.set("joins", [exp.Join(this=call_table(table), side="LEFT", on=join_and([*rows.match(), same_time]))])
    return enclose(select)


def _is_before() -> Node:
    return exp.GTE(this=column("@at", ROW), expression=column("@at", NEXT))


def _look_back(rows: StepRows, found: Node, step: Node, bound: Node | None) -> exp.Select:
    """Conversions with the row of an earlier step that the bound leads to, the nearest to it; without, every row."""
    shown = [column(name, ROW) for name in rows.matched]
    select = select_from(call_table(found, ROW), [*shown, column("@at", NEXT), column("@goal", ROW)])
    on = join_and([*rows.match(), bound] if bound else rows.match())
    select.set("joins", [exp.Join(this=call_table(step), method="ASOF" if bound else None, on=on)])
    return select


def _credit_last(rows: StepRows, found: Node) -> exp.Select:
    """Conversions with the latest row of the first step that isn't after them."""
    step = rows.add(f"all {rows.how.steps[0].name}", rows.step(0, rows.window_after()))
    select = _look_back(rows, found, step, _is_before())
    select.set("where", exp.Where(this=rows.in_time(column("@at", NEXT), column("@goal", ROW))))
    return select


def _credit_first(rows: StepRows, found: Node) -> exp.Select:
    """Conversions with the earliest row of the first step whose window they lie in."""
    within, asked = rows.how.within, rows.scan.branch.window
    days = add_windows(within, 1)
    early = asked.start - timedelta(days=days) if asked.start and days else None
    ends = [name_as(rows.end_window(column("@at", ROW)), "@until")] if within else []
    shown = [*(column(name, ROW) for name in rows.matched), *ends]
    first = name_as(exp.Min(this=column("@at", ROW)), "@at")
    firsts = select_from(enclose(rows.step(0, Window(early, asked.stop))), [*shown, first])
    step = rows.add(f"all {rows.how.steps[0].name}", group_by(firsts, len(shown)))
    bound = exp.LTE(this=column("@goal", ROW), expression=column("@until", NEXT)) if within else None
    select = _look_back(rows, found, step, bound)
    select.set("where", exp.Where(this=_is_before()))
    return select
