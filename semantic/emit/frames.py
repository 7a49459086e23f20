"""Branch -> CTEs and SELECT: time windows over days, read at each period of the axis or at one of its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic.calendar import MONTHS, SECONDS
from semantic.emit.scan import Scan, leaf_name, select_from
from semantic.emit.scope import column, identify, join_and, join_or, name_as
from semantic.emit.slots import AXIS, SLOT, Slots
from semantic.emit.spans import Part, Spans, list_dimensions
from semantic.expressions import AggregateSql
from semantic.frames import comes_apart, is_distinct_count, list_aggregates
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Frame, Key, Leaf, TimeKey

READ = "@read"


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
        self.dimensions = list_dimensions(self.scan, self.others)
        self.slots = Slots(self.scan, self.how, self.keys)
        self.parts: dict[Leaf, list[Part]] = {leaf: self.split(leaf) for leaf in self.branch.leaves}

    def name(self, what: str) -> str:
        return f"{self.prefix}@{what}"

    def add(self, what: str, select: Node) -> str:
        self.ctes.append((self.name(what), select))
        return self.name(what)

    def emit_slots(self) -> str:
        """The CTE of the days (hours, minutes) that are read, with the time keys that each belongs to."""
        return AXIS if self.slots.reads_axis else self.add("read", self.slots.emit())

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
        counted = self.find_counted(merged)
        sources: list[tuple[str, list[str]]] = []
        if merged and not counted:
            sources.append((self.emit_days(merged), [part.name for part in merged]))
        for part in (part for part in self.list_parts() if part.distinct):
            if part is counted:
                sources += self.emit_both(part, [one.name for one in merged])
            else:
                sources.append((self.emit_distinct(part), part.columns))
        slots = self.emit_slots()
        running = self.add("running", self.emit_running(sources, slots))
        return self.emit_read(running)

    def emit_days(self, parts: list[Part]) -> str:
        """What is known of each day."""
        branch = replace(self.branch, leaves=tuple(part.leaf for part in parts), keys=tuple(self.others))
        scan = self.scan_of(branch.leaves)
        scope, select = scan.scope(), exp.Select()
        shown: list[Node] = [*scan.show_keys(scope, self.others), name_as(self.slots.slot_of(scope), SLOT)]
        leaves = scan.fill(select, scope, scan.is_segmented(self.others), scan.is_ranked(self.others), empty=False)
        named = [name_as(leaf.this, part.name) for leaf, part in zip(leaves, parts, strict=True)]
        select.set("expressions", [*shown, *named])
        select.set("group", exp.Group(expressions=[number(place + 1) for place in range(len(shown))]))
        return self.add("days", select)

    def scan_of(self, leaves: tuple[Leaf, ...]) -> Scan:
        return self.scan.of(replace(self.branch, leaves=leaves))

    def emit_distinct(self, part: Part) -> str:
        """How many entities come in on a day, and how many leave."""
        spans = self.span(part)
        name = spans.emit_changes(self.find_lead(part)) if self.how.window else spans.emit_first()
        self.ctes += spans.ctes
        return name

    def find_counted(self, merged: list[Part]) -> Part | None:
        """The distinct count whose rows are those that are counted beside it: its order tells how many they are."""
        if self.how.window is None or not all(_counts_rows(part.leaf.sql.tree) for part in merged):
            return None
        wheres = {part.leaf.wheres for part in merged}
        found = (part for part in self.list_parts() if part.distinct and not self.find_lead(part))
        return next((part for part in found if wheres == {part.leaf.wheres}), None)

    def emit_both(self, part: Part, names: list[str]) -> list[tuple[str, list[str]]]:
        """How many entities come in on a day and how many leave, and how many rows the day has."""
        spans = self.span(part)
        changes = spans.emit_changes()
        days = spans.emit_days(names)
        self.ctes += spans.ctes
        return [(days, names), (changes, part.columns)]

    def span(self, part: Part) -> Spans:
        place = self.list_parts().index(part)
        suffix = f" {place + 1}" if len(self.list_parts()) > 1 else ""
        scan = self.scan_of((part.leaf,))
        return Spans(scan, self.how, self.slots, self.others, part, self.prefix, suffix)

    def find_lead(self, part: Part) -> Spans | None:
        """The same count of the longest of several windows over the same rows; it may be this one."""
        lead = next((branch for branch in self.plan.branches if branch.name == self.branch.lead), None)
        if lead is None or not isinstance(lead.how, Frame):
            return None
        prefix = lead.name + self.prefix.removeprefix(self.branch.name)
        longest = _Framing(self.scan.of(lead), lead.how, self.keys, prefix)
        same = [
            other for other in longest.list_parts() if other.distinct and _tell_counted(other) == _tell_counted(part)
        ]
        return longest.span(same[0]) if same else None

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
        slot = self.slots.slot if slots == AXIS else SLOT
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
        since = self.slots.since(slot.copy()) if self.how.window is None else None
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
            return _interval(window.count * SECONDS[window.unit] - SECONDS[self.slots.slot], "SECOND")
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
        slot = column(self.slots.slot if slots == AXIS else SLOT, slots)
        scan, select = self.scan, exp.Select()
        scope = scan.scope()
        shown: list[Node] = [column(key, slots) for key in self.times]
        keys = scan.show_keys(scope, self.others)
        leaves = scan.fill(
            select, scope, scan.is_segmented(self.others), scan.is_ranked(self.others), empty=not self.keys
        )
        own = self.slots.slot_of(scope)
        on: list[Node] = [exp.LTE(this=own, expression=slot)]
        if self.how.window is not None:
            on.append(
                exp.GTE(this=own.copy(), expression=exp.Sub(this=slot.copy(), expression=self.reach(slot.copy())))
            )
        elif (since := self.slots.since(slot.copy())) is not None:
            begun = None if self.slots.slot == "day" or self.how.grain in SECONDS else self.slots.since(own.copy())
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


def _tell_counted(part: Part) -> tuple[object, ...]:
    """What a distinct count counts, of which rows."""
    return part.leaf.sql.tree, part.leaf.wheres


def _counts_rows(tree: Node) -> bool:
    """Whether it is COUNT(*)."""
    return isinstance(tree, exp.Count) and isinstance(tree.this, exp.Star)


def _interval(count: int, unit: str) -> Node:
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit))
