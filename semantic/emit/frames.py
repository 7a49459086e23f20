"""Branch -> CTEs and SELECT: time windows over days, read at each period of the axis or at one of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import MONTHS, SECONDS, start_of_day
from semantic.emit.scan import PLACE, Scan, leaf_name, select_from
from semantic.emit.scope import Scope, column, identify, join_and, join_or, name_as
from semantic.expressions import AggregateSql, RowSql
from semantic.frames import comes_apart, find_slot, is_distinct_count, list_aggregates
from semantic.names import DETERMINES, GRAINS
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Frame, Key, Leaf, TimeKey

SLOT, FIRST, READ, GROUP = "@slot", "@first", "@read", "@group"
ENTITY, NEXT, LEAVE, SINCE = "@entity", "@next", "@leave", "@since"
AXIS = "@axis"


def emit_frame(scan: Scan, how: Frame, keys: Sequence[Key], prefix: str) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs and the SELECT of a level's windows: its keys, a top's place before its key, and the leaves.

    Sums, counts, minima and maxima are windows over what is known of each day. A distinct count is a running sum: an
    entity comes in with a row and leaves when the window has passed, unless its next row takes over before; up to
    date, it comes in with its first row. Both cost the same however long the window is. Every other aggregate is taken
    of the rows that join the days that are read.
    """
    framing = _Framing(scan, how, list(keys), prefix.rstrip("@"))
    select = framing.emit() if all(map(comes_apart, scan.branch.leaves)) else framing.emit_joined()
    return framing.ctes, select


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


@dataclass
class _Framing:
    """One level of a branch on its way to SQL."""

    scan: Scan
    how: Frame
    keys: list[Key]
    prefix: str
    ctes: list[tuple[str, Node]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialect, self.params, self.plan, self.branch = (
            self.scan.dialect,
            self.scan.params,
            self.scan.plan,
            self.scan.branch,
        )
        self.times = [key.name for key in self.keys if isinstance(key, TimeKey)]
        self.others = [key for key in self.keys if not isinstance(key, TimeKey)]
        asked = tuple(key.name for key in self.plan.keys if isinstance(key, TimeKey))
        self.slot = find_slot(self.how, asked)
        self.read = self.how.find_read(tuple(self.times))
        self.parts: dict[Leaf, list[Part]] = {leaf: self.split(leaf) for leaf in self.branch.leaves}

    def name(self, what: str) -> str:
        return f"{self.prefix}@{what}"

    def add(self, what: str, select: Node) -> str:
        self.ctes.append((self.name(what), select))
        return self.name(what)

    @property
    def dimensions(self) -> list[str]:
        """The columns of the keys that aren't times, a top's place before its key."""
        found: list[str] = []
        for key in self.others:
            found += [PLACE, key.name] if self.scan.is_ranked([key]) else [key.name]
        return found

    # The days that are read

    def emit_slots(self) -> str:
        """The CTE of the days (hours, minutes) that are read, with the time keys that each belongs to."""
        if self.reads_axis:
            return AXIS
        scope, slot = self.scan.scope(), column(SLOT)
        shown: list[Node] = [name_as(self.cut_slot(scope, slot.copy(), key), key) for key in self.times]
        select = select_from(_subquery(exp.Select(expressions=[name_as(self.emit_spine(), SLOT)])), [slot.copy()])
        kept = [
            scope.meets(self.cut_forward(scope, slot.copy(), item.key.name), "VARCHAR", item.condition, item.key.name)
            for item in self.plan.filters
            if isinstance(item.key, TimeKey) and not self.is_kept_by_axis(item.key.name)
        ]
        if (condition := join_and(kept)) is not None:
            select.set("where", exp.Where(this=condition))
        coarse = find_slot(self.how, tuple(self.times))
        if self.how.at == "first" and coarse != self.slot:  # the first day, as no hour is asked here: all of it
            last = exp.Max(this=slot.copy())
            select.set("expressions", [name_as(last, SLOT)])
            select.set("group", exp.Group(expressions=[self.cut_wide(slot.copy(), coarse)]))
            select = select_from(_subquery(select), [slot.copy()])
        select.set("expressions", [*shown, slot.copy()])
        if self.how.at != "average" and not self.is_each_slot():
            choose = exp.Max if self.how.at == "last" else exp.Min
            select.set("expressions", [*shown, name_as(choose(this=slot.copy()), SLOT)])
            if shown:
                select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(shown))]))
        return self.add("read", select)

    @property
    def reads_axis(self) -> bool:
        """Whether each period of the axis is a day that is read."""
        axis = self.plan.axis
        if axis is None or axis.base != self.slot or self.branch.variant.shift:
            return False
        return self.slot in self.times and set(self.times) <= set(axis.keys)

    def is_each_slot(self) -> bool:
        """Whether no two days have the same keys."""
        shift = self.branch.variant.shift
        return self.slot in self.times and (shift is None or self.slot == "day" or bool(shift.seconds))

    def is_kept_by_axis(self, name: str) -> bool:
        """Whether the axis keeps a filter's periods itself, also those that it looks back to; not those of totals."""
        axis, scope = self.plan.axis, self.scan.scope()
        return bool(
            axis
            and axis.base in self.times
            and axis.base in DETERMINES
            and self.branch.variant.shift
            and scope.looks_back()
            and (name == axis.base or name in DETERMINES[axis.base])
        )

    def emit_spine(self) -> Node:
        read = self.read
        assert read.start and read.stop, "what is read is bounded"
        if self.slot == "day":
            ends = [cast(self.params.add(day), "DATE") for day in (read.start, read.stop)]
            return cast(self.dialect.spine(ends[0], ends[1], "day"), "DATE")
        ends = [cast(self.params.add(instant), "TIMESTAMP") for instant in self.span()]
        return self.dialect.spine(ends[0], ends[1], self.slot)

    def span(self) -> tuple[datetime, datetime]:
        """The UTC instants between which windows are read."""
        read, zone = self.read, ZoneInfo(self.plan.timezone)
        assert read.start and read.stop, "what is read is bounded"
        return start_of_day(read.start, zone), start_of_day(read.stop, zone)

    def find_extent(self) -> tuple[datetime, datetime]:
        """The UTC instants between which windows are read, and all rows lie that come into one."""
        (first, last), rows = self.span(), self.branch.variant.window
        begin = start_of_day(rows.start, ZoneInfo(self.plan.timezone)) if rows.start else first
        return min(first, begin), last

    def wall_of(self, slot: Node) -> Node:
        return self.dialect.wall_of_utc(slot, self.plan.timezone, *self.find_extent())

    def cut_slot(self, scope: Scope, slot: Node, key: str) -> Node:
        """A time key of a slot; that of the period that is compared with it, where the slot is an earlier one."""
        if self.slot == "day":
            return slot if key == "day" and not scope.moves("day") else scope.cut_day(slot, key)
        fine, shift = key in SECONDS, scope.shift
        if shift and not shift.seconds and key == scope.base and fine:
            return call("DATE_TRUNC", exp.Literal.string(key), self.wall_of(slot))
        if fine:
            return slot if key == self.slot else self.cut_instant(slot, key)
        if not scope.moves(key):
            return scope.cut_wall(self.wall_of(slot), "timestamp", key)
        return scope.cut_day(self.dialect.day(self.wall_of(slot)), key)

    def cut_wide(self, slot: Node, unit: str) -> Node:
        """The day of an hour, say, wherever the hour is compared."""
        return self.cut_instant(slot, unit) if unit in SECONDS else self.dialect.day(self.wall_of(slot))

    def cut_instant(self, slot: Node, unit: str) -> Node:
        return self.dialect.truncate_instant(unit, slot, self.plan.timezone, *self.find_extent())

    def cut_forward(self, scope: Scope, slot: Node, name: str) -> Node:
        """What a filter by time looks at: the slot, moved forward where it's an earlier one."""
        shift = scope.shift
        if shift is None or name not in GRAINS or shift.seconds:
            return self.cut_slot(scope, slot, name)
        day = slot if self.slot == "day" else self.dialect.day(self.wall_of(slot))
        moved = self.dialect.add_months(day, shift.months) if shift.months else self.dialect.add_days(day, shift.days)
        return scope.cut_wall(moved, "date", name)

    # Rows

    def slot_of(self, scope: Scope) -> Node:
        """The day (hour, minute) of a row."""
        if self.slot == "day":
            return scope.day()
        assert scope.clock, "a window has a clock"
        return scope.cut(scope.raw_clock(), scope.clock.type, self.slot)

    def since(self, slot: Node) -> Node | None:
        """The period of a slot in which a running total begins anew; None where it never does."""
        grain = self.how.grain
        if grain is None:
            return None
        if grain == self.slot:
            return slot
        plain = Scope(self.scan.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        if self.slot == "day":
            return plain.cut_wall(slot, "date", grain)
        if grain in SECONDS:
            return self.cut_instant(slot, grain)
        return plain.cut_wall(self.wall_of(slot), "timestamp", grain)

    # Aggregates, put together from days

    def split(self, leaf: Leaf) -> list[Part]:
        """The aggregates that a leaf is computed from; a mean comes from a sum and a count."""
        found: list[Part] = []
        trees = list_aggregates(leaf.sql.tree)
        bare = trees[0] is leaf.sql.tree
        for tree in trees:
            name = leaf_name(leaf) if bare else f"{leaf_name(leaf)} {len(found) + 1}"
            for suffix, piece in _split_mean(tree):
                part = replace(leaf, name=name + suffix, sql=AggregateSql("", piece), how=None)
                found.append(Part(name + suffix, part, is_distinct_count(piece)))
        # A formula may make a number of what has no rows, and what has rows may sum up to NULL, which is a group's too.
        if not (bare and all(part.distinct or _counts(part.leaf.sql.tree) for part in found)):
            part = replace(leaf, sql=AggregateSql("", exp.Count(this=exp.Star())), how=None)
            found.append(Part(_rows_of(leaf), part, False))
        return found

    def list_parts(self) -> list[Part]:
        return [part for parts in self.parts.values() for part in parts]

    def emit(self) -> exp.Select:
        """The leaves of aggregates that come apart into days."""
        merged = [part for part in self.list_parts() if not part.distinct]
        sources: list[tuple[str, list[str]]] = []
        if merged:
            sources.append((self.emit_days(merged), [part.name for part in merged]))
        sources += [(self.emit_distinct(part), part.columns) for part in self.list_parts() if part.distinct]
        slots = self.emit_slots()
        running = self.add("running", self.emit_running(sources, slots))
        return self.emit_read(running)

    def emit_days(self, parts: list[Part]) -> str:
        """What is known of each day."""
        branch = replace(self.branch, leaves=tuple(part.leaf for part in parts), keys=tuple(self.others))
        scan = self.scan_of(branch.leaves)
        scope, select = scan.scope(), exp.Select()
        shown: list[Node] = [*scan.show_keys(scope, self.others), name_as(self.slot_of(scope), SLOT)]
        leaves = scan.fill(select, scope, scan.is_segmented(self.others), scan.is_ranked(self.others), empty=False)
        named = [name_as(leaf.this, part.name) for leaf, part in zip(leaves, parts, strict=True)]
        select.set("expressions", [*shown, *named])
        select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(shown))]))
        return self.add("days", select)

    def scan_of(self, leaves: tuple[Leaf, ...]) -> Scan:
        return Scan(self.scan.catalogue, self.dialect, self.params, self.plan, replace(self.branch, leaves=leaves))

    def emit_distinct(self, part: Part) -> str:
        """How many entities come in on a day, and how many leave."""
        scan, place = self.scan_of((part.leaf,)), self.list_parts().index(part)
        suffix = f" {place + 1}" if len(self.list_parts()) > 1 else ""
        if self.how.window is None:
            return self.emit_first(scan, part, suffix)
        return self.emit_spans(scan, part, suffix)

    def take_entity(self, part: Part) -> tuple[Node | None, Node]:
        """The condition under which a row counts, and the expression that tells entities apart."""
        tree = part.leaf.sql.tree
        condition = tree.expression.this if isinstance(tree, exp.Filter) else None
        inner = tree.this if isinstance(tree, exp.Filter) else tree
        return condition, inner.this.expressions[0]

    def show_entity(self, scope: Scope, part: Part) -> Node:
        condition, entity = self.take_entity(part)
        found = scope.sql(RowSql("", entity))
        if condition is None:
            return found
        return exp.Case(ifs=[exp.If(this=scope.sql(RowSql("", condition)), true=found)])

    def emit_first(self, scan: Scan, part: Part, suffix: str) -> str:
        """Each entity's first day, of each period in which counting begins anew."""

        def take(scope: Scope) -> list[Node]:
            return [name_as(self.slot_of(scope), SLOT), name_as(self.show_entity(scope, part), ENTITY)]

        shown: list[Node] = [column(name) for name in [*self.dimensions, ENTITY]]
        if (since := self.since(column(SLOT))) is not None:
            shown.append(name_as(since, SINCE))
        firsts = select_from(
            exp.Subquery(this=scan.rows(self.others, take), alias=exp.TableAlias(this=identify("@rows"))),
            [*shown, name_as(exp.Min(this=column(SLOT)), SLOT)],
        )
        firsts.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(shown))]))
        counts = self.count_entities(part, [*self.dimensions, SLOT])
        select = select_from(exp.Subquery(this=firsts, alias=exp.TableAlias(this=identify("@firsts"))), counts)
        select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(self.dimensions) + 1)]))
        return self.add(f"first{suffix}", select)

    def count_entities(self, part: Part, names: Sequence[str]) -> list[Node]:
        return [
            *(column(name) for name in names),
            name_as(exp.Count(this=column(ENTITY)), part.name),
            name_as(exp.Count(this=exp.Star()), part.rows),
        ]

    def emit_spans(self, scan: Scan, part: Part, suffix: str) -> str:
        """+1 on a day with a row, −1 when the window has passed or the entity's next row takes over.

        Sorting all rows once by entity and group takes half of what a window for each entity does, and groups are
        numbered since numbers sort faster than texts.
        """
        groups = ""
        if self.others:
            distinct = scan.rows(self.others, lambda scope: [])
            distinct.set("distinct", exp.Distinct())
            place = cast(exp.Window(this=exp.RowNumber()), "INTEGER")
            groups = self.add(
                f"groups{suffix}",
                select_from(
                    exp.Subquery(this=distinct, alias=exp.TableAlias(this=identify("@keys"))),
                    [*(column(name) for name in self.dimensions), name_as(place, GROUP)],
                ),
            )
        following = self.add(f"following{suffix}", self.emit_following(scan, part, groups))
        until = call("LEAST", self.leave(column(SLOT)), column(NEXT))
        names = [*([GROUP] if groups else []), SLOT]
        counts = self.count_entities(part, names)
        spans = select_from(
            exp.Table(this=identify(following)), [*counts[: len(names)], name_as(until, LEAVE), *counts[len(names) :]]
        )
        spans.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(names) + 1)]))
        spans_name = self.add(f"spans{suffix}", spans)
        return self.add(f"changes{suffix}", self.emit_changes(part, spans_name, groups))

    def emit_following(self, scan: Scan, part: Part, groups: str) -> exp.Select:
        """Every row with the day of the entity's next one, in the same group."""
        rows = scan.rows(
            self.others,
            lambda scope: [name_as(self.slot_of(scope), SLOT), name_as(self.show_entity(scope, part), ENTITY)],
        )
        same: list[Node] = [_same_as_next(ENTITY)]
        order = [ENTITY, SLOT]
        shown: list[Node] = [column(SLOT), column(ENTITY)]
        if groups:
            order, shown = [ENTITY, GROUP, SLOT], [column(GROUP), *shown]
            same.append(_same_as_next(GROUP))
        following = exp.Case(ifs=[exp.If(this=join_and(same), true=_of_next(SLOT))])
        select = select_from(
            exp.Subquery(this=rows, alias=exp.TableAlias(this=identify("@rows"))), [*shown, name_as(following, NEXT)]
        )
        if groups:
            on = join_and(self.dialect.same(column(name, "@rows"), column(name, groups)) for name in self.dimensions)
            select.set("joins", [exp.Join(this=exp.Table(this=identify(groups)), on=on)])
        ordered = exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in order])
        select.set("windows", [exp.Window(this=identify("@sorted"), order=ordered)])
        return select

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

    def emit_changes(self, part: Part, spans: str, groups: str) -> Node:
        """Those that come in, and those that leave, each on their day."""
        names: list[Node] = [column(name) for name in self.dimensions]
        counts: list[Node] = [column(name) for name in part.columns]
        coming = select_from(exp.Table(this=identify(spans)), [*names, column(SLOT), *counts])
        less = [name_as(exp.Neg(this=column(name)), name) for name in part.columns]
        leaving = select_from(
            exp.Table(this=identify(spans)), [*(node.copy() for node in names), name_as(column(LEAVE), SLOT), *less]
        )
        if groups:
            for select in (coming, leaving):
                select.set("joins", [exp.Join(this=exp.Table(this=identify(groups)), using=[identify(GROUP)])])
        return exp.Union(this=coming, expression=leaving, distinct=False)

    def emit_running(self, sources: list[tuple[str, list[str]]], slots: str) -> exp.Select:
        """Every window over the days, those that are read among them."""
        parts = [name for _, names in sources for name in names]
        selects: list[Node] = []
        for source, names in sources:
            shown: list[Node] = [name_as(exp.Null(), key) for key in self.times]
            shown += [column(name, source) for name in [*self.dimensions, SLOT]]
            shown += [column(name, source) if name in names else name_as(exp.Null(), name) for name in parts]
            selects.append(select_from(exp.Table(this=identify(source)), [*shown, name_as(exp.false(), READ)]))
        selects.append(self.emit_read_days(sources, slots, parts))
        united = selects[0]
        for select in selects[1:]:
            united = exp.Union(this=united, expression=select, distinct=False)
        windows = [name_as(self.window_of(part, name), name) for part in self.list_parts() for name in part.columns]
        shown = [column(name) for name in [*self.times, *self.dimensions, SLOT]]
        return select_from(
            exp.Subquery(this=united, alias=exp.TableAlias(this=identify("@all"))),
            [*shown, column(READ), *windows],
        )

    def emit_read_days(self, sources: list[tuple[str, list[str]]], slots: str, parts: list[str]) -> exp.Select:
        """Every group on each day that is read."""
        slot = self.slot if slots == AXIS else SLOT
        shown: list[Node] = [column(key, slots) for key in self.times]
        shown += [column(name, "@groups") for name in self.dimensions]
        shown += [name_as(column(slot, slots), SLOT), *(name_as(exp.Null(), name) for name in parts)]
        select = select_from(exp.Table(this=identify(slots)), [*shown, name_as(exp.true(), READ)])
        if self.dimensions:
            found: list[exp.Select] = []
            for source, _ in sources:
                some = select_from(exp.Table(this=identify(source)), [column(name) for name in self.dimensions])
                some.set("distinct", exp.Distinct())
                found.append(some)
            groups: Node = found[0]
            for some in found[1:]:
                groups = exp.Union(this=groups, expression=some, distinct=True)
            table = exp.Subquery(this=groups, alias=exp.TableAlias(this=identify("@groups")))
            select.set("joins", [exp.Join(this=table, kind="CROSS")])
        return select

    def window_of(self, part: Part, name: str) -> Node:
        """The aggregate of a column over the window of each day."""
        tree = part.leaf.sql.tree
        inner = tree.this if isinstance(tree, exp.Filter) else tree
        merge = type(inner) if isinstance(inner, (exp.Min, exp.Max)) else exp.Sum
        slot = column(SLOT)
        partition: list[Node] = [column(each) for each in self.dimensions]
        since = self.since(slot.copy()) if self.how.window is None else None
        if since is not None:
            partition.append(since)
        spec = None
        if self.how.window is not None and not part.distinct:
            spec = exp.WindowSpec(
                kind="RANGE", start=self.reach(slot.copy()), start_side="PRECEDING", end="CURRENT ROW"
            )
        order = exp.Order(expressions=[exp.Ordered(this=slot, nulls_first=False)])
        return exp.Window(this=merge(this=column(name)), partition_by=partition, order=order, spec=spec)

    def reach(self, slot: Node) -> Node:
        """How far before a slot its window begins."""
        window = self.how.window
        assert window, "a running total reaches back to its beginning"
        if window.unit in SECONDS:
            return _interval(window.count * SECONDS[window.unit] - SECONDS[self.slot], "SECOND")
        if window.unit not in MONTHS:
            return _interval(window.count * (7 if window.unit == "week" else 1) - 1, "DAY")
        morrow: Node = exp.Paren(this=self.dialect.add_days(slot, 1))
        first = self.dialect.add_months(morrow, -window.count * MONTHS[window.unit])
        return call("TO_DAYS", cast(exp.Sub(this=slot.copy(), expression=first), "INTEGER"))

    def emit_read(self, running: str) -> exp.Select:
        """The leaves on the days that are read; of a group without a row in its window, none."""
        keys = [*self.times, *self.dimensions]
        known = [
            exp.GT(this=column(part.rows), expression=number(0))
            if part.distinct
            else exp.Not(this=exp.Is(this=column(part.name), expression=exp.Null()))
            for leaf, parts in self.parts.items()
            for part in ([part for part in parts if part.name == _rows_of(leaf)] or parts)
        ]
        where: list[Node] = [column(READ)]
        values: list[Node] = []
        for leaf in self.branch.leaves:
            value = self.value_of(leaf)
            if self.how.at == "average":
                value = exp.Coalesce(this=value, expressions=[number(0)]) if self.how.filled else value
                value = exp.Avg(this=value)
            values.append(name_as(value, leaf_name(leaf)))
        select = select_from(exp.Table(this=identify(running)), [*(column(key) for key in keys), *values])
        if self.how.at == "average":
            if keys:
                select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(keys))]))
                select.set("having", exp.Having(this=call("BOOL_OR", join_or(known))))
        elif keys:
            where.append(join_or(known))
        select.set("where", exp.Where(this=join_and(where)))
        return select

    def value_of(self, leaf: Leaf) -> Node:
        """The leaf from its parts."""
        parts = iter(self.parts[leaf])
        tree: Node = leaf.sql.tree.copy()
        whole = [part for part in self.parts[leaf] if part.name == _rows_of(leaf)]
        aggregates = list_aggregates(tree)
        is_one = aggregates[0] is tree
        for node in aggregates:
            value: Node
            pieces = [next(parts) for _ in _split_mean(node)]
            if len(pieces) == 2:
                below = exp.Nullif(this=column(pieces[1].name), expression=number(0))
                value = exp.Paren(this=exp.Div(this=column(pieces[0].name), expression=below))
            else:
                value = column(pieces[0].name)
            if pieces[0].distinct:
                some = exp.GT(this=column(pieces[0].rows), expression=number(0))
                value = exp.Case(ifs=[exp.If(this=some, true=value)])
            if node is tree:
                tree = value
            else:
                node.replace(value)
        if whole and not is_one:
            there = exp.Not(this=exp.Is(this=column(whole[0].name), expression=exp.Null()))
            tree = exp.Case(ifs=[exp.If(this=there, true=tree)])
        return tree

    # Any other aggregate

    def emit_joined(self) -> exp.Select:
        """The leaves of the rows that join the days that are read, for aggregates that don't come apart."""
        slots = self.emit_slots()
        slot = column(self.slot if slots == AXIS else SLOT, slots)
        scan, select = self.scan, exp.Select()
        scope = scan.scope()
        shown: list[Node] = [column(key, slots) for key in self.times]
        keys = scan.show_keys(scope, self.others)
        leaves = scan.fill(
            select, scope, scan.is_segmented(self.others), scan.is_ranked(self.others), empty=not self.keys
        )
        own = self.slot_of(scope)
        on: list[Node] = [exp.LTE(this=own, expression=slot)]
        if self.how.window is not None:
            on.append(
                exp.GTE(this=own.copy(), expression=exp.Sub(this=slot.copy(), expression=self.reach(slot.copy())))
            )
        elif (since := self.since(slot.copy())) is not None:
            begun = None if self.slot == "day" or self.how.grain in SECONDS else self.since(own.copy())
            # An hour is an instant, and its month a day on the wall: only two such days can be compared.
            on.append(
                exp.EQ(this=begun, expression=since)
                if begun is not None
                else exp.GTE(this=own.copy(), expression=since)
            )
        joins = select.args.get("joins") or []
        select.set("joins", [*joins, exp.Join(this=exp.Table(this=identify(slots)), on=join_and(on))])
        average = self.how.at == "average"
        days = [name_as(slot.copy(), SLOT)] if average else []
        select.set("expressions", [*shown, *keys, *days, *leaves])
        if count := len(shown) + len(keys) + len(days):
            select.set("group", exp.Group(expressions=[number(place + 1) for place in range(count)]))
        if not average:
            return select
        names = [column(name) for name in [*self.times, *self.dimensions]]
        means = [name_as(exp.Avg(this=column(leaf_name(leaf))), leaf_name(leaf)) for leaf in self.branch.leaves]
        mean = select_from(exp.Subquery(this=select, alias=exp.TableAlias(this=identify("@each"))), [*names, *means])
        if names:
            mean.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(names))]))
        return mean


def _split_mean(tree: exp.Expr) -> list[tuple[str, exp.Expr]]:
    """A mean as a sum and a count, under suffixes; any other aggregate as it is."""
    inner = tree.this if isinstance(tree, exp.Filter) else tree
    if not isinstance(inner, exp.Avg):
        return [("", tree)]
    found: list[tuple[str, exp.Expr]] = []
    for suffix, kind in ((" sum", exp.Sum), (" count", exp.Count)):
        piece: exp.Expr = kind(this=inner.this.copy())
        if isinstance(tree, exp.Filter):
            piece = exp.Filter(this=piece, expression=tree.expression.copy())
        found.append((suffix, piece))
    return found


def _counts(tree: exp.Expr) -> bool:
    """Whether it's a number wherever there are rows."""
    return isinstance(tree.this if isinstance(tree, exp.Filter) else tree, (exp.Count, exp.CountIf))


def _rows_of(leaf: Leaf) -> str:
    """The column that counts a leaf's rows, where it doesn't tell itself whether there are any."""
    return f"{leaf_name(leaf)} rows"


def _subquery(days: Node) -> exp.Subquery:
    return exp.Subquery(this=days, alias=exp.TableAlias(this=identify("@days")))


def _interval(count: int, unit: str) -> Node:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))


def _of_next(name: str) -> Node:
    """A column of the next row in the order."""
    return exp.Window(this=exp.Lead(this=column(name)), alias=identify("@sorted"))


def _same_as_next(name: str) -> Node:
    return exp.EQ(this=_of_next(name), expression=column(name))
