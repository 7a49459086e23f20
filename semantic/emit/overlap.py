"""Overlap -> CTEs: a bit for each segment that somebody is in, those of the same bits counted together, their names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.histories import Moment, emit_holding
from semantic.emit.scan import LEVEL, Scan, level_number, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.emit.value_pairs import number_rows, select_bits, select_common
from semantic.plan import Level, Plan
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Membership, ResolvedOverlap, spreads

ROWS, ENTITIES, HELD, SETS, NAMED, ANSWER = "@rows", "@entities", "@held", "@sets", "@named", "@answer"
ONE, TWO, OTHER, VALUES, VALUE, CODES, CODE = "@one", "@two", "@other", "@values", "@value", "@codes", "@code"
PLACES, BITS = "@places", "@bits"
COUNTED = ("segments", "count")
WORD = 62  # bits of a BIGINT that are used


def emit_overlap(
    scans: Sequence[Scan], plan: Plan, overlap: ResolvedOverlap
) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs of an overlap, and the SELECT of its sets."""
    return _Overlap(scans, plan, overlap).emit()


class _Overlap:
    """One overlap on its way to SQL."""

    def __init__(self, scans: Sequence[Scan], plan: Plan, overlap: ResolvedOverlap) -> None:
        self.scans, self.plan, self.overlap = scans, plan, overlap
        self.spread = frozenset(key.name for key in plan.keys if any(spreads(key, scan.branch.view) for scan in scans))
        self.keys = plan.keys  # those that are being counted by
        self.masks = [f"@bits_{place // WORD + 1}" for place in range(0, len(overlap.members), WORD)]
        self.suffix = ""
        self.ctes: list[tuple[str, Node]] = []

    @property
    def names(self) -> list[str]:
        return [key.name for key in self.keys]

    def emit(self) -> tuple[list[tuple[str, Node]], exp.Select]:
        if self.overlap.values and not self.overlap.pairs:
            self.ctes += [(CODES, self.select_codes()), (HELD, self.select_held())]
        levels, names = self.plan.levels, [key.name for key in self.plan.keys]
        if len(levels) == 1:
            source = self.add_counts()
            return self.ctes, select_from(exp.Table(this=identify(source)), [*map(column, [*names, *COUNTED])])
        parts: list[exp.Select] = []
        # Who is in several groups at once counts in each: such sets of keys are counted by themselves.
        for split in sorted({level & self.spread: None for level in levels}, key=len):
            self.keys = tuple(key for key in self.plan.keys if key.name in split or key.name not in self.spread)
            self.suffix = "".join(f"@{key.name}" for key in self.keys if key.name in split)
            source = self.add_counts()
            held = [level for level in levels if level & self.spread == split]
            parts = [self.select_level(level, source) for level in held] + parts
        united: Node = parts[0]
        for part in parts[1:]:
            united = exp.Union(this=united, expression=part, distinct=False)
        self.ctes.append((ANSWER, united))
        return self.ctes, select_from(exp.Table(this=identify(ANSWER)), [*map(column, [*names, LEVEL, *COUNTED])])

    def add_counts(self) -> str:
        """The CTEs of the sets by the keys, and the name of the last one."""
        if self.overlap.values and self.overlap.pairs:
            self.add_value_pairs()
            return OTHER + self.suffix
        if self.overlap.values:
            self.add(SETS, self.select_memberships())
            self.add(NAMED, self.select_named_values())
        else:
            self.add_sets()
            self.add(NAMED, self.select_named())
        if self.overlap.pairs:
            self.add_pairs()
        return (OTHER if self.overlap.pairs else NAMED) + self.suffix

    def add(self, name: str, body: Node) -> None:
        self.ctes.append((name + self.suffix, body))

    def table(self, name: str) -> exp.Table:
        """A CTE of these keys, under the name that all of its kind have."""
        alias = exp.TableAlias(this=identify(name)) if self.suffix else None
        return exp.Table(this=identify(name + self.suffix), alias=alias)

    # Who is in what

    def add_sets(self) -> None:
        """How many are in each set of segments."""
        if not self.overlap.entities[0]:
            self.add(SETS, self.select_rows(self.scans[0], counted=True))
            return
        entity = [f"@entity_{place}" for place in range(1, len(self.overlap.entities[0]) + 1)]
        united: Node = self.select_rows(self.scans[0])
        for scan in self.scans[1:]:
            united = exp.Union(this=united, expression=self.select_rows(scan), distinct=False)
        self.add(ROWS, united)
        shown = [*map(column, [*entity, *self.names]), *(name_as(call("BIT_OR", column(n)), n) for n in self.masks)]
        self.add(ENTITIES, _group(select_from(self.table(ROWS), shown), len(entity + self.names)))
        groups = [*self.names, *self.masks]
        counts = [*map(column, groups), name_as(exp.Count(this=exp.Star()), "count")]
        self.add(SETS, _group(select_from(self.table(ENTITIES), counts), len(groups)))

    def select_rows(self, scan: Scan, counted: bool = False) -> exp.Select:
        """The rows of a view with a bit for each segment that they are in; of the same keys and bits `counted`."""
        scope = scan.scope()
        owner = [scope.dimension(reached) for reached in self.overlap.entities[self.scans.index(scan)]]
        shown = [name_as(node, f"@entity_{place}") for place, node in enumerate(owner, 1)]
        shown += [name_as(scope.key(key), key.name) for key in self.keys]
        for place, name in enumerate(self.masks):
            members = self.overlap.members[place * WORD : (place + 1) * WORD]
            shown.append(name_as(self.emit_bits(scope, members), name))
        where = scan.list_conditions(scope, scan.branch.window, segmented=False)
        where += [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in owner]
        where += self.list_holding(scan, scope, scan.branch.view)
        groups = len(shown)
        select = exp.Select(expressions=[*shown, *([name_as(exp.Count(this=exp.Star()), "count")] if counted else [])])
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        return _group(select, groups) if counted else select

    def list_holding(self, scan: Scan, scope: Scope, view: str) -> list[Node]:
        """Of a history, the rows that hold on the day that is looked at."""
        found = scan.catalogue.views[view]
        if not found.valid:
            return []
        if not found.multi:
            scan.params.joined[view, next(iter(found.keys.values()))] = None  # nobody is in two rows at once
        return emit_holding(scope, view, view, Moment("end", self.overlap.until, "date"))

    def emit_bits(self, scope: Scope, members: Sequence[Membership]) -> Node:
        """The sum of a bit for each segment."""
        bits: list[Node] = []
        for place, member in enumerate(members):
            if member.where is None or scope.view in member.reached:
                belongs = scope.belongs(member)
                condition = belongs.this if isinstance(belongs, exp.Paren) else belongs
                bits.append(exp.Case(ifs=[exp.If(this=condition, true=number(1 << place))], default=number(0)))
        total = bits[0] if bits else number(0)
        for bit in bits[1:]:
            total = exp.Add(this=total, expression=bit)
        return cast(total, "BIGINT")

    def select_named(self) -> exp.Select:
        """The sets with the names of their segments."""
        bits = []
        for place in range(len(self.overlap.members)):
            bit = exp.BitwiseAnd(this=column(self.masks[place // WORD]), expression=number(1 << place % WORD))
            bits.append(exp.NEQ(this=exp.Paren(this=bit), expression=number(0)))
        params = self.scans[0].params
        names = exp.Array(expressions=[params.add(member.name) for member in self.overlap.members])
        listed = call("LIST_WHERE", names, exp.Array(expressions=bits))
        shown = [*map(column, self.names), name_as(listed, "segments"), column("count")]
        return select_from(self.table(SETS), shown)

    # Memberships

    def select_codes(self) -> exp.Select:
        """The values that anybody has, numbered in their order: numbers are grouped faster than texts."""
        found, _ = self.select_values()
        found.set("expressions", [name_as(node, VALUE) for node in found.expressions])
        found.set("distinct", exp.Distinct())
        place = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=column(VALUE))]))
        values = exp.Subquery(this=found, alias=exp.TableAlias(this=identify(VALUES)))
        return select_from(values, [column(VALUE), name_as(cast(place, "INTEGER"), CODE)])

    def select_values(self) -> tuple[exp.Select, list[Node]]:
        """The values of the rows that hold, as text, and the columns that tell whose they are."""
        values, scan = self.overlap.values, self.scans[0]
        assert values, "memberships are asked"
        scope = scan.scope().over(values.path.view)
        value = scope.dimension(values)
        owner: list[Node] = [column(name, values.path.view) for name in self.overlap.holder]
        where: list[Node] = [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in (value, *owner)]
        where += self.list_holding(scan, scope, values.path.view)
        select = exp.Select(expressions=[cast(value, "VARCHAR")])
        from_, joins = scope.tables()
        select.set("from_", from_)
        select.set("joins", joins)
        select.set("where", exp.Where(this=join_and(where)))
        return select, owner

    def select_held(self) -> exp.Select:
        """The numbers of the values that each entity has."""
        select, owner = self.select_values()
        on = exp.EQ(this=column(VALUE, CODES), expression=select.expressions[0])
        select.append("joins", exp.Join(this=exp.Table(this=identify(CODES)), on=on))
        listed = call("LIST_SORT", call("LIST", exp.Distinct(expressions=[column(CODE, CODES)])))
        shown = [*(name_as(node, f"@entity_{place}") for place, node in enumerate(owner, 1)), name_as(listed, VALUES)]
        select.set("expressions", shown)
        return _group(select, len(owner))

    def select_memberships(self) -> exp.Select:
        """How many entities have each set of values; those that have none, too."""
        scan = self.scans[0]
        scope = scan.scope()
        scan.params.joined[scan.branch.view, tuple(reached.name for reached in self.overlap.entities[0])] = None
        owner = [scope.dimension(reached) for reached in self.overlap.entities[0]]
        shown = [*(name_as(scope.key(key), key.name) for key in self.keys), column(VALUES, HELD)]
        where = scan.list_conditions(scope, scan.branch.window, segmented=False)
        select = exp.Select(expressions=[*shown, name_as(exp.Count(this=exp.Star()), "count")])
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        on = join_and(exp.EQ(this=column(f"@entity_{n}", HELD), expression=node) for n, node in enumerate(owner, 1))
        joins: list[exp.Join] = select.args.get("joins") or []
        select.set("joins", [*joins, exp.Join(this=exp.Table(this=identify(HELD)), side="LEFT", on=on)])
        return _group(select, len(shown))

    def select_named_values(self) -> exp.Select:
        """The sets with their values; the list of those who have none is empty."""
        order = exp.Order(expressions=[exp.Ordered(this=column(CODE))])
        names = call("LIST", exp.Order(this=column(VALUE), expressions=order.expressions))
        every = exp.Subquery(this=select_from(exp.Table(this=identify(CODES)), [names]))
        none = cast(exp.Array(expressions=[]), "VARCHAR[]")
        listed = exp.Coalesce(this=call("LIST_SELECT", every, column(VALUES)), expressions=[none])
        shown = [*map(column, self.names), name_as(listed, "segments"), column("count")]
        return select_from(self.table(SETS), shown)

    def add_value_pairs(self) -> None:
        """How many have each value, and each two of them, whatever else they have."""
        scan = self.scans[0]
        scope = scan.scope()
        scan.params.joined[scan.branch.view, tuple(reached.name for reached in self.overlap.entities[0])] = None
        owner = [scope.dimension(reached) for reached in self.overlap.entities[0]]
        entity = [f"@entity_{place}" for place in range(1, len(owner) + 1)]
        shown = [name_as(scope.key(key), key.name) for key in self.keys]
        shown += [name_as(node, name) for name, node in zip(entity, owner, strict=True)]
        where = scan.list_conditions(scope, scan.branch.window, segmented=False)
        rows = exp.Select(expressions=shown)
        scan.set_source(rows, scope, where, segmented=False, ranked=False)
        numbered = exp.Subquery(this=rows, alias=exp.TableAlias(this=identify(ROWS)))
        self.add(PLACES, select_from(numbered, [*map(column, [*self.names, *entity]), number_rows(self.names)]))
        held, holder = self.select_values()
        [value] = held.expressions
        pairs = zip(entity, holder, strict=True)
        on = join_and(exp.EQ(this=column(name, PLACES), expression=node) for name, node in pairs)
        held.append("joins", exp.Join(this=self.table(PLACES), on=on))
        self.add(BITS, select_bits(held, self.names, value, PLACES))
        self.add(OTHER, select_common(scan.dialect, BITS + self.suffix, self.names))

    # Pairs and totals

    def add_pairs(self) -> None:
        """How many are in each segment, and in each two of them, whatever else they are in."""
        for source, name in ((NAMED, ONE), (ONE, TWO)):
            carried = [*self.names, "segments", *([ONE] if source == ONE else []), "count"]
            shown = [*map(column, carried), name_as(call("UNNEST", column("segments")), name)]
            self.add(name, select_from(self.table(source), shown))
        one, two = column(ONE), column(TWO)
        alone = exp.If(this=exp.EQ(this=one, expression=two), true=exp.Array(expressions=[one.copy()]))
        both = exp.Case(ifs=[alone], default=exp.Array(expressions=[one.copy(), two.copy()]))
        shown = [*map(column, self.names), name_as(both, "segments"), name_as(exp.Sum(this=column("count")), "count")]
        select = select_from(self.table(TWO), shown)
        select.set("where", exp.Where(this=exp.LTE(this=one.copy(), expression=two.copy())))
        self.add(OTHER, _group(select, len(self.names) + 1))

    def select_level(self, level: Level, source: str) -> exp.Select:
        """The sets of a level."""
        names = [key.name for key in self.plan.keys]
        shown: list[Node] = [column(name) if name in level else name_as(exp.Null(), name) for name in names]
        shown += [name_as(number(level_number(level, self.plan.keys)), LEVEL), column("segments")]
        groups = [number(place) for place, node in enumerate(shown, 1) if isinstance(node, exp.Column)]
        total = name_as(exp.Sum(this=column("count")), "count")
        select = select_from(exp.Table(this=identify(source)), [*shown, total])
        select.set("group", exp.Group(expressions=groups))
        return select


def _group(select: exp.Select, count: int) -> exp.Select:
    """The SELECT by its first columns."""
    if count:
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, count + 1)]))
    return select
