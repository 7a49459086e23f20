"""Overlap -> CTEs: a bit for each segment that somebody is in, those of the same bits counted together, their names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.histories import Moment, emit_holding
from semantic.emit.scan import LEVEL, Scan, level_number, select_from
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.plan import Plan
from semantic.primitives import Node, call, cast, number
from semantic.resolved import Membership, ResolvedOverlap

ROWS, ENTITIES, HELD, SETS, NAMED, ANSWER = "@rows", "@entities", "@held", "@sets", "@named", "@answer"
ONE, OTHER, VALUES = "@one", "@other", "@values"
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
        self.keys = [key.name for key in plan.keys]
        self.masks = [f"@bits_{place // WORD + 1}" for place in range(0, len(overlap.members), WORD)]
        self.ctes: list[tuple[str, Node]] = []

    def emit(self) -> tuple[list[tuple[str, Node]], exp.Select]:
        if self.overlap.values:
            self.ctes.append((HELD, self.select_held()))
            self.ctes.append((NAMED, self.select_memberships()))
        else:
            self.add_sets()
            self.ctes.append((NAMED, self.select_named()))
        if self.overlap.pairs:
            self.add_pairs()
        source = OTHER if self.overlap.pairs else NAMED
        if len(self.plan.levels) > 1:
            self.add_levels(source)
            source = ANSWER
        names = [*self.keys, *([LEVEL] if len(self.plan.levels) > 1 else []), "segments", "count"]
        return self.ctes, select_from(exp.Table(this=identify(source)), [column(name) for name in names])

    # Who is in what

    def add_sets(self) -> None:
        """How many are in each set of segments."""
        if not self.overlap.entities[0]:
            self.ctes.append((SETS, self.select_rows(self.scans[0], counted=True)))
            return
        entity = [f"@entity_{place}" for place in range(1, len(self.overlap.entities[0]) + 1)]
        united: Node = self.select_rows(self.scans[0])
        for scan in self.scans[1:]:
            united = exp.Union(this=united, expression=self.select_rows(scan), distinct=False)
        self.ctes.append((ROWS, united))
        shown = [*map(column, [*entity, *self.keys]), *(name_as(call("BIT_OR", column(n)), n) for n in self.masks)]
        self.ctes.append(
            (ENTITIES, _group(select_from(exp.Table(this=identify(ROWS)), shown), len(entity + self.keys)))
        )
        groups = [*self.keys, *self.masks]
        counts = [*map(column, groups), name_as(exp.Count(this=exp.Star()), "count")]
        self.ctes.append((SETS, _group(select_from(exp.Table(this=identify(ENTITIES)), counts), len(groups))))

    def select_rows(self, scan: Scan, counted: bool = False) -> exp.Select:
        """The rows of a view with a bit for each segment that they are in; of the same keys and bits `counted`."""
        scope = scan.scope()
        owner = [scope.dimension(reached) for reached in self.overlap.entities[self.scans.index(scan)]]
        shown = [name_as(node, f"@entity_{place}") for place, node in enumerate(owner, 1)]
        shown += [name_as(scope.key(key), key.name) for key in self.plan.keys]
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
        shown = [*map(column, self.keys), name_as(listed, "segments"), column("count")]
        return select_from(exp.Table(this=identify(SETS)), shown)

    # Memberships

    def select_held(self) -> exp.Select:
        """The values that each entity has."""
        values, scan = self.overlap.values, self.scans[0]
        assert values, "memberships are asked"
        scope = scan.scope().over(values.path.view)
        value = scope.dimension(values)
        listed = call("LIST_SORT", call("LIST", exp.Distinct(expressions=[cast(value, "VARCHAR")])))
        owner = [column(name, values.path.view) for name in self.overlap.holder]
        shown = [*(name_as(node, f"@entity_{place}") for place, node in enumerate(owner, 1)), name_as(listed, VALUES)]
        where: list[Node] = [exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null())) for node in (value, *owner)]
        select = exp.Select(expressions=shown)
        where += self.list_holding(scan, scope, values.path.view)
        from_, joins = scope.tables()
        select.set("from_", from_)
        select.set("joins", joins)
        select.set("where", exp.Where(this=join_and(where)))
        return _group(select, len(owner))

    def select_memberships(self) -> exp.Select:
        """How many entities have each set of values; those that have none, too."""
        scan = self.scans[0]
        scope = scan.scope()
        scan.params.joined[scan.branch.view, tuple(reached.name for reached in self.overlap.entities[0])] = None
        owner = [scope.dimension(reached) for reached in self.overlap.entities[0]]
        none = cast(exp.Array(expressions=[]), "VARCHAR[]")
        values = exp.Coalesce(this=column(VALUES, HELD), expressions=[none])
        shown = [*(name_as(scope.key(key), key.name) for key in self.plan.keys), name_as(values, "segments")]
        where = scan.list_conditions(scope, scan.branch.window, segmented=False)
        select = exp.Select(expressions=[*shown, name_as(exp.Count(this=exp.Star()), "count")])
        scan.set_source(select, scope, where, segmented=False, ranked=False)
        on = join_and(exp.EQ(this=column(f"@entity_{n}", HELD), expression=node) for n, node in enumerate(owner, 1))
        joins: list[exp.Join] = select.args.get("joins") or []
        select.set("joins", [*joins, exp.Join(this=exp.Table(this=identify(HELD)), side="LEFT", on=on)])
        return _group(select, len(shown))

    # Pairs and totals

    def add_pairs(self) -> None:
        """How many are in each segment, and in each two of them, whatever else they are in."""
        for source, name in ((NAMED, ONE), (ONE, "@two")):
            carried = [*self.keys, "segments", *([ONE] if source == ONE else []), "count"]
            shown = [*map(column, carried), name_as(call("UNNEST", column("segments")), name)]
            self.ctes.append((name, select_from(exp.Table(this=identify(source)), shown)))
        one, two = column(ONE), column("@two")
        alone = exp.If(this=exp.EQ(this=one, expression=two), true=exp.Array(expressions=[one.copy()]))
        both = exp.Case(ifs=[alone], default=exp.Array(expressions=[one.copy(), two.copy()]))
        shown = [*map(column, self.keys), name_as(both, "segments"), name_as(exp.Sum(this=column("count")), "count")]
        select = select_from(exp.Table(this=identify("@two")), shown)
        select.set("where", exp.Where(this=exp.LTE(this=one.copy(), expression=two.copy())))
        self.ctes.append((OTHER, _group(select, len(self.keys) + 1)))

    def add_levels(self, source: str) -> None:
        """The sets of every level: nobody is in two groups of a key."""
        parts = []
        for level in self.plan.levels:
            shown: list[Node] = [column(name) if name in level else name_as(exp.Null(), name) for name in self.keys]
            shown += [name_as(number(level_number(level, self.plan.keys)), LEVEL), column("segments")]
            groups = [number(place) for place, node in enumerate(shown, 1) if isinstance(node, exp.Column)]
            total = name_as(exp.Sum(this=column("count")), "count")
            select = select_from(exp.Table(this=identify(source)), [*shown, total])
            select.set("group", exp.Group(expressions=groups))
            parts.append(select)
        united: Node = parts[0]
        for part in parts[1:]:
            united = exp.Union(this=united, expression=part, distinct=False)
        self.ctes.append((ANSWER, united))


def _group(select: exp.Select, count: int) -> exp.Select:
    """The SELECT by its first columns."""
    if count:
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, count + 1)]))
    return select
