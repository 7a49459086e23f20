"""Conversions and funnels -> CTEs: units of the first step, how many got to a later one, and the days that it took."""

from __future__ import annotations

from sqlglot import exp

from semantic.emit.chain import emit_chain, has_own_goals, is_in_time
from semantic.emit.near import follows_near
from semantic.emit.scan import Scan, leaf_name, select_from
from semantic.emit.scope import column, join_and, name_as
from semantic.emit.step_rows import StepRows, enclose, group_by, is_known
from semantic.primitives import Node, call, number
from semantic.resolved import Key, Leaf, Steps

TAKES = {"mean": "AVG", "median": "MEDIAN", "min": "MIN", "max": "MAX"}


def emit_steps(scan: Scan, how: Steps, keys: list[Key], prefix: str) -> tuple[list[tuple[str, Node]], exp.Select]:
    """CTEs, and a SELECT of these keys and the leaves, over entities or, where events count, rows of the first step."""
    rows = StepRows(scan, how, keys, prefix)
    units = _Units(rows)
    source = enclose(units.emit(emit_chain(rows)), "@units")
    shown: list[Node] = [column(name) for name in rows.keys]
    shown += [name_as(units.emit_part(leaf), leaf_name(leaf)) for leaf in scan.branch.leaves]
    return rows.ctes, group_by(select_from(source, shown), len(rows.keys))


class _Units:
    """What rows of the first step come to: `started`, `reached 2` …, or a take of days as in `median 1 2`."""

    def __init__(self, rows: StepRows) -> None:
        self.rows, self.how = rows, rows.how
        self.grouped = rows.how.count == "unique" and not rows.own
        self.goals = has_own_goals(rows)
        parts = [_read_part(leaf) for leaf in rows.scan.branch.leaves]
        self.taken = {int(places[-1]): int(places[0]) for kind, *places in parts if kind in TAKES}
        self.counted = {int(places[0]) for kind, *places in parts if kind == "reached"} - self.taken.keys()

    def emit(self, chain: exp.Subquery) -> exp.Select:
        """A row for each unit: its keys, `@time_3` that it took to a step, NULL where it didn't get there.

        Where no time is asked, `@reached_3` says whether it got there. What the rows of an entity came to is taken
        together.
        """
        shown: dict[str, Node] = {}
        for last in self.counted:
            shown[f"@reached_{last}"] = self.any_reached(last) if self.grouped else self.reached(last)
        for last, first in self.taken.items():
            shown[f"@time_{last}"] = self.first_time(first, last) if self.grouped else self.own_time(first, last)
        parts = [name_as(node, name) for name, node in shown.items()]
        names = [*self.rows.keys, *(self.rows.entity if self.grouped or not parts else [])]
        select = select_from(chain, [*(column(name) for name in names), *parts])
        return group_by(select, len(names)) if self.grouped else select

    def emit_part(self, leaf: Leaf) -> Node:
        """A leaf over units; NULL where there are none."""
        kind, *places = _read_part(leaf)
        if kind in TAKES:
            return self.rows.read_days(call(TAKES[kind], column(f"@time_{places[-1]}")))
        if kind == "started":
            known = join_and(is_known(column(name)) for name in self.rows.entity)
            found = _count_where(known if self.grouped else None)
        elif int(places[0]) in self.taken:
            found = exp.Count(this=column(f"@time_{places[0]}"))
        else:
            found = _count_where(column(f"@reached_{places[0]}"))
        if self.rows.keys:
            return found
        return exp.Case(ifs=[exp.If(this=exp.GT(this=_count_where(None), expression=number(0)), true=found)])

    def any_reached(self, place: int) -> Node:
        """Whether one of an entity's rows gets to a step; among many that don't, times are counted faster."""
        if follows_near(self.rows) and is_in_time(self.rows):
            return exp.GT(this=exp.Count(this=self.at(place, place)), expression=number(0))
        return call("BOOL_OR", self.reached(place))

    def own_time(self, first: int, last: int) -> Node:
        taken = self.rows.subtract(self.at(last, last), self.at(first, last))
        return exp.Case(ifs=[exp.If(this=self.reached(last), true=taken)])

    def first_time(self, first: int, last: int) -> Node:
        """That of the entity's first row that gets there. A later row gets nowhere earlier, so that minima do."""
        reached = exp.Where(this=self.reached(last))
        early, late = self.at(first, last), self.at(last, last)
        if self.how.same:  # but it may, where its properties are others
            taken = self.rows.subtract(late, early)
            order = [exp.Ordered(this=node, nulls_first=False) for node in (column("@at_1"), taken.copy())]
            ordered = exp.Order(this=taken, expressions=order)
            return exp.Filter(this=call("FIRST", ordered), expression=reached)
        ends: list[Node] = [exp.Filter(this=exp.Min(this=at), expression=reached.copy()) for at in (late, early)]
        if is_in_time(self.rows):
            ends[0] = exp.Min(this=late.copy())
        return self.rows.subtract(*ends)

    def at(self, place: int, goal: int) -> Node:
        """The time of a step, on the way to another one."""
        return column(f"@at_{place}_of_{goal}" if self.goals and 1 < place < goal else f"@at_{place}")

    def reached(self, place: int) -> Node:
        """Whether a row of the first step gets to another one, in order and in time."""
        rows, how, last = self.rows, self.how, self.at(place, place)
        if is_in_time(rows):
            return is_known(last)
        start = self.at(1, 1)
        if how.order == "any":
            pairs = [(start, self.at(other, other)) for other in range(2, place + 1)]
            windows = pairs
        else:
            pairs = [(self.at(other, other), self.at(other + 1, other + 1)) for other in range(1, place)]
            windows = pairs if how.since == "previous" else [(start, last)]
        found: list[Node] = [exp.LTE(this=early, expression=late) for early, late in pairs] if rows.own else []
        if how.within or not rows.own:
            found += [rows.in_time(early, late) for early, late in windows]
        met = join_and(found)
        assert met is not None, "a step after the first has a condition"
        return met


def _read_part(leaf: Leaf) -> list[str]:
    assert isinstance(leaf.how, Steps), "a branch of steps has leaves of steps"
    return leaf.how.part.split()


def _count_where(condition: Node | None) -> Node:
    count = exp.Count(this=exp.Star())
    return count if condition is None else exp.Filter(this=count, expression=exp.Where(this=condition))
