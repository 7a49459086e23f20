"""A distinct count over time windows -> CTEs: how many entities come in on each day, and how many leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic.calendar import MONTHS, SECONDS
from semantic.emit.scan import PLACE, Scan, group_by_place, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.emit.slots import SLOT, Slots
from semantic.expressions import RowSql
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Frame, Key, Leaf

GROUP, ENTITY, NEXT, LEAVE, SINCE = "@group", "@entity", "@next", "@leave", "@since"
ENTITIES, ROWS = "@entities", "@rows"


@dataclass(frozen=True)
class Part:
    """One aggregate of a leaf: how it's put together from days, and the columns that hold it."""

    name: str
    leaf: Leaf  # the aggregate alone
    distinct: bool

    @property
    def rows(self) -> str:
        """How many rows there are, of a distinct count, which may be 0 of them."""
        return f"{self.name} rows"

    @property
    def columns(self) -> list[str]:
        return [self.name, self.rows] if self.distinct else [self.name]


def list_dimensions(scan: Scan, keys: Sequence[Key]) -> list[str]:
    """The columns of keys that aren't times, a top's place before its key."""
    found: list[str] = []
    for key in keys:
        found += [PLACE, key.name] if scan.is_ranked([key]) else [key.name]
    return found


class Spans:
    """One distinct count of a branch, whose leaf alone `scan` has, by these keys, which aren't times."""

    def __init__(
        self, scan: Scan, how: Frame, slots: Slots, keys: Sequence[Key], part: Part, prefix: str, suffix: str
    ) -> None:
        self.scan, self.how, self.slots, self.keys, self.part = scan, how, slots, keys, part
        self.prefix, self.suffix = prefix, suffix
        self.dialect = scan.dialect
        self.dimensions = list_dimensions(scan, keys)
        self.ctes: list[tuple[str, Node]] = []

    def add(self, what: str, select: Node) -> str:
        self.ctes.append((f"{self.prefix}@{what}{self.suffix}", select))
        return self.ctes[-1][0]

    def show_entity(self, scope: Scope) -> Node:
        """What tells entities apart, NULL where the row doesn't count."""
        tree = self.part.leaf.sql.tree
        inner = tree.this if isinstance(tree, exp.Filter) else tree
        found = scope.sql(RowSql("", inner.this.expressions[0]))
        if not isinstance(tree, exp.Filter):
            return found
        return exp.Case(ifs=[exp.If(this=scope.sql(RowSql("", tree.expression.this)), true=found)])

    def select_rows(self) -> exp.Select:
        """The rows with their slot and entity."""

        def take(scope: Scope) -> list[Node]:
            return [name_as(self.slots.slot_of(scope), SLOT), name_as(self.show_entity(scope), ENTITY)]

        return self.scan.rows(self.keys, take)

    # Up to date

    def emit_first(self) -> str:
        """Each entity's first day, of each period in which counting begins anew."""
        shown: list[Node] = [column(name) for name in [*self.dimensions, ENTITY]]
        if (since := self.slots.since(column(SLOT))) is not None:
            shown.append(name_as(since, SINCE))
        rows = exp.Subquery(this=self.select_rows(), alias=exp.TableAlias(this=identify(ROWS)))
        firsts = group_by_place(select_from(rows, [*shown, name_as(exp.Min(this=column(SLOT)), SLOT)]), len(shown))
        names = [*self.dimensions, SLOT]
        table = exp.Subquery(this=firsts, alias=exp.TableAlias(this=identify("@firsts")))
        select = select_from(table, [*map(column, names), *_count_entities(self.part.columns)])
        return self.add("first", group_by_place(select, len(names)))

    # Windows

    def emit_changes(self, lead: Spans | None = None) -> str:
        """+1 on a day with a row, −1 when the window has passed or the entity's next row takes over.

        Those of several windows, `lead` the longest of them, are told from one order of its rows.
        """
        if lead is None:
            groups = self.emit_groups()
            spans = self.select_spans(self.emit_following(groups), _count_entities(self.part.columns), groups)
        else:
            groups, gaps = lead.emit_gaps()
            self.ctes += [cte for cte in lead.ctes if cte not in self.ctes]
            pairs = zip((ENTITIES, ROWS), self.part.columns, strict=True)
            spans = self.select_spans(gaps, [name_as(exp.Sum(this=column(one)), name) for one, name in pairs], groups)
        return self.add("changes", self.select_changes(self.add("spans", spans), groups))

    def emit_gaps(self) -> tuple[str, str]:
        """The CTE of the groups, if there are any; and of how many rows a day has by the day of the next one."""
        groups = self.emit_groups()
        names = [*([GROUP] if groups else []), SLOT, NEXT]
        shown = [*map(column, names), *_count_entities([ENTITIES, ROWS])]
        select = select_from(exp.Table(this=identify(self.emit_following(groups))), shown)
        return groups, self.add("gaps", group_by_place(select, len(names)))

    def emit_days(self, names: Sequence[str]) -> str:
        """The CTE of how many rows each day has, under each of the names, from the spans that are there."""
        spans = next(name for name, _ in self.ctes if name.startswith(f"{self.prefix}@spans"))
        keys = [*self.dimensions, SLOT]
        counts = [name_as(exp.Sum(this=column(self.part.rows)), name) for name in names]
        select = select_from(exp.Table(this=identify(spans)), [*map(column, keys), *counts])
        if self.keys:
            groups = self.ctes[0][0]
            select.set("joins", [exp.Join(this=exp.Table(this=identify(groups)), using=[identify(GROUP)])])
        return self.add("days", group_by_place(select, len(keys)))

    def emit_groups(self) -> str:
        """The CTE that numbers the groups, since numbers sort faster than texts; none where there is one."""
        if not self.keys:
            return ""
        distinct = self.scan.rows(self.keys, lambda scope: [])
        distinct.set("distinct", exp.Distinct())
        place = cast(exp.Window(this=exp.RowNumber()), "INTEGER")
        table = exp.Subquery(this=distinct, alias=exp.TableAlias(this=identify("@keys")))
        return self.add("groups", select_from(table, [*map(column, self.dimensions), name_as(place, GROUP)]))

    def emit_following(self, groups: str) -> str:
        """The CTE of every row with the day of the entity's next one, in the same group.

        Sorting all rows once by entity and group takes half of what a window for each entity does.
        """
        same: list[Node] = [_same_as_next(ENTITY)]
        order = [ENTITY, SLOT]
        shown: list[Node] = [column(SLOT), column(ENTITY)]
        if groups:
            order, shown = [ENTITY, GROUP, SLOT], [column(GROUP), *shown]
            same.append(_same_as_next(GROUP))
        following = exp.Case(ifs=[exp.If(this=join_and(same), true=_of_next(SLOT))])
        rows = exp.Subquery(this=self.select_rows(), alias=exp.TableAlias(this=identify(ROWS)))
        select = select_from(rows, [*shown, name_as(following, NEXT)])
        if groups:
            on = join_and(self.dialect.same(column(name, ROWS), column(name, groups)) for name in self.dimensions)
            select.set("joins", [exp.Join(this=exp.Table(this=identify(groups)), on=on)])
        ordered = exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in order])
        select.set("windows", [exp.Window(this=identify("@sorted"), order=ordered)])
        return self.add("following", select)

    def select_spans(self, source: str, counts: Sequence[Node], groups: str) -> exp.Select:
        """From which day to which, and how many."""
        until = call("LEAST", self.leave(column(SLOT)), column(NEXT))
        names = [*([GROUP] if groups else []), SLOT]
        shown = [*map(column, names), name_as(until, LEAVE), *counts]
        return group_by_place(select_from(exp.Table(this=identify(source)), shown), len(names) + 1)

    def leave(self, slot: Node) -> Node:
        """The first slot whose window no longer holds this one."""
        window = self.how.window
        assert window, "rows leave a window, not a running total"
        if window.unit in SECONDS:
            return self.dialect.add_seconds(slot, window.count * SECONDS[window.unit])
        if window.unit not in MONTHS:
            return self.dialect.add_days(slot, window.count * (7 if window.unit == "week" else 1))
        # The day before the one that is so many months later; the very day where the month is too short for it.
        morrow: Node = exp.Paren(this=self.dialect.add_days(slot, 1))
        later = self.dialect.add_months(morrow, window.count * MONTHS[window.unit])
        short = exp.LT(this=call("DAY", later.copy()), expression=call("DAY", morrow.copy()))
        days = exp.Case(ifs=[exp.If(this=short, true=number(0))], default=number(1))
        return exp.Sub(this=later, expression=days)

    def select_changes(self, spans: str, groups: str) -> Node:
        """Those that come in, and those that leave, each on their day."""
        names: list[Node] = [column(name) for name in self.dimensions]
        counts: list[Node] = [column(name) for name in self.part.columns]
        coming = select_from(exp.Table(this=identify(spans)), [*names, column(SLOT), *counts])
        less = [name_as(exp.Neg(this=column(name)), name) for name in self.part.columns]
        leaving = select_from(
            exp.Table(this=identify(spans)), [*(node.copy() for node in names), name_as(column(LEAVE), SLOT), *less]
        )
        if groups:
            for select in (coming, leaving):
                select.set("joins", [exp.Join(this=exp.Table(this=identify(groups)), using=[identify(GROUP)])])
        return exp.Union(this=coming, expression=leaving, distinct=False)


def _count_entities(names: Sequence[str]) -> list[Node]:
    """How many entities, and how many rows, under these two names."""
    entities, rows = names
    return [name_as(exp.Count(this=column(ENTITY)), entities), name_as(exp.Count(this=exp.Star()), rows)]


def _of_next(name: str) -> Node:
    """A column of the next row in the order."""
    return exp.Window(this=exp.Lead(this=column(name)), alias=identify("@sorted"))


def _same_as_next(name: str) -> Node:
    return exp.EQ(this=_of_next(name), expression=column(name))
