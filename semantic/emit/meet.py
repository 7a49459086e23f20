"""Branches -> one answer: they meet by UNION ALL and GROUP BY, the axis fills their gaps, formulas come last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import WEEKDAYS, Shift, start_of_day, truncate_day
from semantic.catalogue import Catalogue
from semantic.emit.branch import emit_branch
from semantic.emit.fills import emit_zero
from semantic.emit.funnel import emit_funnel
from semantic.emit.hub import coded_name
from semantic.emit.journey import emit_journey
from semantic.emit.nodes import unite
from semantic.emit.rows import emit_rows
from semantic.emit.scan import (
    BIGGEST,
    LEVEL,
    PLACE,
    Scan,
    base_name,
    leaf_name,
    level_number,
    merge_leaf,
    places_name,
    select_from,
)
from semantic.emit.scope import Params, Scope, column, identify, join_and, join_or, name_as
from semantic.emit.traits import emit_traits, name_traits
from semantic.emit.values import emit_value
from semantic.frames import is_of_days
from semantic.names import DETERMINES, GRAINS
from semantic.plan import Branch, Plan
from semantic.primitives import DuckDB, Node, cast, number
from semantic.resolved import DimensionKey, Leaf, ResolvedFunnel, Scalar, TimeKey
from semantic.values import list_leaves

PLACE_TYPES = {"UTINYINT": 255, "USMALLINT": 65_535}  # and the biggest number of each: distinct counts are by it
TOGETHER, AXIS, GROUPS, PARTS_CTE = "@together", "@axis", "@groups", "@parts"


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement as the engine takes it, the values of its `$1` …, and the keys that its joins trust to be unique."""

    text: str
    params: tuple[Scalar, ...]
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()


def emit_plan(catalogue: Catalogue, plan: Plan, dialect: DuckDB | None = None) -> Sql:
    """The statement of a plan. Its columns are the keys, `level` and `place` where it has them, and the asked ones."""
    params = Params()
    params.traits = name_traits(plan)
    dialect = dialect or DuckDB()
    meeting = _Meeting(catalogue, dialect, params, plan)
    select = emit_rows(catalogue, dialect, params, plan) if plan.rows else meeting.emit()
    if traits := emit_traits(catalogue, params, plan, meeting.emit_inner):
        ctes = [exp.CTE(this=body, alias=exp.TableAlias(this=identify(name))) for name, body in traits]
        rest = select.args["with_"].expressions if select.args.get("with_") else []
        select.set("with_", exp.With(expressions=[*ctes, *rest]))
    return Sql(select.sql(dialect="duckdb", pretty=True, copy=False), tuple(params.values), tuple(params.joined))


class _Meeting:
    """One plan on its way to SQL."""

    def __init__(self, catalogue: Catalogue, dialect: DuckDB, params: Params, plan: Plan) -> None:
        self.catalogue, self.dialect, self.params, self.plan = catalogue, dialect, params, plan
        self.ctes: list[tuple[str, Node]] = []
        self.keys = [key.name for key in plan.keys]
        self.many = len(plan.levels) > 1

    def emit(self) -> exp.Select:
        plan = self.plan
        if plan.flat:
            return self.emit_flat()
        if plan.journey and not isinstance(plan.journey, ResolvedFunnel):
            if plan.axis and plan.journey.FILLED:
                self.ctes.append((AXIS, self.emit_axis()))
            more, select = emit_journey(self.catalogue, self.dialect, self.params, plan, plan.journey)
            self.ctes += more
            self.finish(select)
            return self.attach(select)
        emitted = [
            emit_branch(self.catalogue, self.dialect, self.params, plan, branch, self.emit_inner)
            for branch in plan.branches
        ]
        if plan.folds:
            (*self.ctes, (_, folded)) = emitted[0]
            assert isinstance(folded, exp.Select), "groups are folded by one SELECT"
            return self.attach(self.put_inside(folded))
        special = any(branch.how for branch in plan.branches)
        if plan.axis and special:  # their values stand on its periods
            self.ctes.append((AXIS, self.emit_axis()))
        plain = [(branch, ctes) for ctes, branch in zip(emitted, plan.branches, strict=True) if branch.how is None]
        plain.sort(key=lambda item: item[0].numbered is not None)  # by the groups of others, which come first
        self.ctes += [cte for _, ctes in plain for cte in ctes[:-1]]
        if plan.ranking:
            self.add_ranking(plan.ranking)
            self.ctes += [
                (places_name(branch), self.emit_places(branch))
                for branch in plan.branches
                if branch.numbered and not branch.paired
            ]
        self.ctes += [
            cte
            for ctes, branch in zip(emitted, plan.branches, strict=True)
            for cte in ctes
            if branch.how or cte is ctes[-1]
        ]
        if plan.axis and not special and plan.gives != "groups":
            self.ctes.append((AXIS, self.emit_axis()))
        apart = [branch for branch in plan.branches if len(branch.keys) < len(plan.keys)]
        self.ctes += [(self.name_apart(branch), self.emit_apart(branch)) for branch in apart if self.looks_back(branch)]
        meeting = [branch for branch in plan.branches if branch not in apart]
        source = meeting[0].name
        if len(meeting) > 1 or (plan.axis and plan.gives != "groups"):
            if not apart and not plan.journey and self.is_alone(meeting):
                return self.attach(self.emit_alone(meeting[0]))
            self.add_together(meeting)
            source = TOGETHER
        if isinstance(plan.journey, ResolvedFunnel):
            kept = [*self.keys, *([LEVEL] if self.many else []), *([PLACE] if plan.top else [])]
            funnel = emit_funnel(self.params, plan.journey, source, kept)
            self.finish(funnel)
            return self.attach(funnel)
        return self.attach(self.emit_answer(source, apart))

    def emit_inner(self, plan: Plan) -> exp.Select:
        """The SELECT of a plan whose rows a branch of this one aggregates."""
        return _Meeting(self.catalogue, self.dialect, self.params, plan).emit()

    def attach(self, select: exp.Select) -> exp.Select:
        # DuckDB 2.0.0 merges some of these into the join, and then fails to bind a column reference.
        kept = {coded_name(branch.hub) for branch in self.plan.branches if branch.hub}
        ctes = [
            exp.CTE(this=body, alias=exp.TableAlias(this=identify(name)), materialized=True if name in kept else None)
            for name, body in dict(self.ctes).items()
        ]
        if ctes:
            select.set("with_", exp.With(expressions=ctes))
        return select

    def emit_flat(self) -> exp.Select:
        """One view, one level, no axis: one SELECT, with the aggregates inside the formulas."""
        plan = self.plan
        scan = Scan(self.catalogue, self.dialect, self.params, plan, plan.branches[0])
        return self.put_inside(scan.emit(plan.levels, "segment" in self.keys))

    def put_inside(self, select: exp.Select) -> exp.Select:
        """The SELECT of the only branch with its aggregates inside the formulas."""
        plan, leaves = self.plan, self.plan.branches[0].leaves
        keys, aggregates = select.expressions[: -len(leaves)], select.expressions[-len(leaves) :]
        found = {leaf: alias.this for leaf, alias in zip(leaves, aggregates, strict=True)}
        values = [
            name_as(emit_value(item.value, lambda leaf: found[leaf].copy(), lambda node, within: node), item.name)
            for item in (*plan.columns, *plan.bases)
        ]
        select.set("expressions", [*keys, *values])
        self.finish(select)
        return select

    # The top

    def add_ranking(self, ranking: Plan) -> None:
        """The biggest values and their places: from groups that are there already where they add up, else from rows."""
        top = self.plan.top
        assert top, "a ranking belongs to a top"
        inner = self.rank_groups(ranking) or _Meeting(self.catalogue, self.dialect, self.params, ranking).emit()
        key = column(top.key.name, "@ranked")
        order = [
            exp.Ordered(this=column("@value", "@ranked"), desc=True, nulls_first=False),
            exp.Ordered(this=key, nulls_first=False),
        ]
        place = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=order))
        ranked = exp.Subquery(this=inner, alias=exp.TableAlias(this=identify("@ranked")))
        select = select_from(ranked, [name_as(key.copy(), "@value"), name_as(place, PLACE)])
        # What has no rows of the metric isn't ranked, although another one has some, or fill: 0 gives it a value.
        named = [
            exp.Not(this=exp.Is(this=column(item.name, "@ranked"), expression=exp.Null())) for item in ranking.columns
        ]
        conditions = [named[0], join_or(named[1:])] if named[1:] else named
        select.set("where", exp.Where(this=join_and(conditions)))
        select.set("order", exp.Order(expressions=[exp.Ordered(this=number(2), nulls_first=False)]))
        select.set("limit", exp.Limit(expression=number(top.count)))
        self.ctes.append((BIGGEST, select))

    def emit_places(self, branch: Branch) -> exp.Select:
        """Every value of the top's key that the branch has, and its place, 0 for those beyond: a small number."""
        top = self.plan.top
        assert top
        base = base_name(next(other for other in self.plan.branches if other.name == branch.numbered))
        every = select_from(exp.Table(this=identify(base)), [column(top.key.name, base)])
        every.set("distinct", exp.Distinct())
        place = exp.Coalesce(this=column(PLACE, BIGGEST), expressions=[number(0)])
        small = next((type_ for type_, most in PLACE_TYPES.items() if top.count <= most), "BIGINT")
        shown = [name_as(column(top.key.name, "@every"), "@value"), name_as(cast(place, small), PLACE)]
        select = select_from(exp.Subquery(this=every, alias=exp.TableAlias(this=identify("@every"))), shown)
        on = self.dialect.same(column("@value", BIGGEST), column(top.key.name, "@every"))
        select.set("joins", [exp.Join(this=exp.Table(this=identify(BIGGEST)), side="LEFT", on=on)])
        return select

    def rank_groups(self, ranking: Plan) -> exp.Select | None:
        """The ranking from groups of the same rows that are there already; None where there are none."""
        top, wanted = self.plan.top, ranking.branches[0]
        assert top
        found = [
            branch
            for branch in self.plan.branches
            if branch.adds_up
            and len(ranking.branches) == 1
            and (branch.window, branch.variant) == (wanted.window, wanted.variant)
            and set(wanted.leaves) <= set(branch.leaves)
            and len(ranking.levels) == 1
        ]
        if not found:
            return None
        base = base_name(found[0])
        values = [
            name_as(emit_value(item.value, lambda leaf: merge_leaf(leaf, base), lambda node, within: node), item.name)
            for item in ranking.columns
        ]
        select = select_from(exp.Table(this=identify(base)), [column(top.key.name, base), *values])
        select.set("group", exp.Group(expressions=[number(1)]))
        return select

    # The axis

    def emit_axis(self) -> exp.Select:
        """Every period of the axis, with all time keys, and for each comparison the period that it looks back to."""
        axis, start = self.plan.axis, column("@start")
        assert axis and axis.window.start and axis.window.stop, "an axis is bounded"
        base = "day" if axis.base == "mixed" or self.is_cut(axis.base) else axis.base
        first, stop = truncate_day(axis.window.start, base, self.catalogue.week_start), axis.window.stop
        zone = ZoneInfo(self.plan.timezone)
        if base in ("hour", "minute"):
            ends = [cast(self.params.add(start_of_day(day, zone)), "TIMESTAMP") for day in (first, stop)]
            unnested = self.dialect.spine(ends[0], ends[1], base)
        else:
            ends = [cast(self.params.add(day), "DATE") for day in (first, stop)]
            unnested = cast(self.dialect.spine(ends[0], ends[1], base), "DATE")
        kept = self.keep_periods(start, base)
        lookbacks = self.list_lookbacks()
        if axis.keys == (base,) == (axis.base,) and not kept and not lookbacks:
            return exp.Select(expressions=[name_as(unnested, base)])
        inner = exp.Select(expressions=[name_as(unnested, "@start")])
        shown = [name_as(self.cut_start(start.copy(), base, key), key) for key in axis.keys]
        for number_, shift in enumerate(lookbacks, 1):
            shown.append(name_as(self.go_back(start.copy(), base, shift), f"@before_{number_}"))
        select = exp.Select(expressions=shown)
        if base != axis.base:
            select.set("distinct", exp.Distinct())
        select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=identify("@periods")))))
        if (condition := join_and(kept)) is not None:
            select.set("where", exp.Where(this=condition))
        return select

    def keep_periods(self, start: Node, base: str) -> list[Node]:
        """The filters by time that keep a period of the axis, or don't."""
        scope = Scope(self.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        return [
            scope.meets(self.cut_start(start.copy(), base, item.key.name), "VARCHAR", item.condition, item.key.name)
            for item in self.plan.filters
            if isinstance(item.key, TimeKey) and (item.key.name == base or item.key.name in DETERMINES[base])
        ]

    def is_cut(self, base: str) -> bool:
        """Whether a filter by time keeps some days of a period of the axis: those with none of them aren't there."""
        names = [item.key.name for item in self.plan.filters if isinstance(item.key, TimeKey)]
        told = {base, *DETERMINES.get(base, ())}
        return any(name == "day" or name in DETERMINES["day"] for name in names if name not in told)

    def span(self) -> tuple[datetime, datetime]:
        """The UTC instants between which the axis runs."""
        axis, zone = self.plan.axis, ZoneInfo(self.plan.timezone)
        assert axis and axis.window.start and axis.window.stop, "an axis is bounded"
        return start_of_day(axis.window.start, zone), start_of_day(axis.window.stop, zone)

    def wall_of_start(self, start: Node) -> Node:
        return self.dialect.wall_of_utc(start, self.plan.timezone, *self.span())

    def cut_start(self, start: Node, base: str, unit: str) -> Node:
        """A time key of the period that begins at `start`."""
        if unit == base:
            return start
        scope = Scope(self.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        if base not in ("hour", "minute"):
            return scope.cut_wall(start, "date", unit)
        if unit == "hour":
            return self.dialect.truncate_instant(unit, start, self.plan.timezone, *self.span())
        return scope.cut_wall(self.wall_of_start(start), "timestamp", unit)

    def list_lookbacks(self) -> list[Shift]:
        axis = self.plan.axis
        assert axis
        shifts = [branch.variant.shift for branch in self.plan.branches if branch.variant.shift]
        return list(dict.fromkeys(shifts)) if axis.base in ("minute", "hour", "day") else []

    def go_back(self, start: Node, base: str, shift: Shift) -> Node:
        if shift.seconds:
            return self.dialect.add_seconds(start, -shift.seconds)
        if base == "day" and shift.to:
            return self.cut_start(start, base, shift.to)
        if base == "day":
            return (
                self.dialect.add_months(start, -shift.months)
                if shift.months
                else self.dialect.add_days(start, -shift.days)
            )
        amount, unit = (shift.months, "MONTH") if shift.months else (shift.days, "DAY")
        return exp.Sub(
            this=self.wall_of_start(start),
            expression=exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.var(unit)),
        )

    # Branches meet

    def add_together(self, meeting: list[Branch]) -> None:
        """Every branch's rows under each other, the gaps of the axis filled, and one row a group."""
        leaves = [leaf for branch in meeting for leaf in branch.leaves]
        extra = [*([PLACE] if self.plan.top else []), *([LEVEL] if self.many else [])]
        if self.is_alone(meeting):
            select = self.join_axis(meeting[0])
            for leaf in meeting[0].leaves:
                select.append("expressions", column(leaf_name(leaf), meeting[0].name))
            self.ctes.append((TOGETHER, select))
            return
        parts: list[exp.Select] = []
        for branch in meeting:
            if branch.variant.shift and self.plan.axis and self.plan.gives != "groups":
                parts += self.emit_looking_back(branch, leaves, extra)
            else:
                parts.append(self.emit_part(branch, leaves, extra))
        if self.plan.axis and self.plan.gives != "groups":
            self.ctes.append((PARTS_CTE, unite(parts)))
            parts = [self.select_all([*self.keys, *extra], leaves, PARTS_CTE), self.emit_gaps(leaves, extra)]
        select = exp.Select(
            expressions=[
                *(column(name) for name in [*self.keys, *extra]),
                *(name_as(self.dialect.first_known(column(leaf_name(leaf))), leaf_name(leaf)) for leaf in leaves),
            ]
        )
        select.set(
            "from_", exp.From(this=exp.Subquery(this=unite(parts), alias=exp.TableAlias(this=identify("@united"))))
        )
        if count := len(self.keys) + len(extra):
            select.set(
                "group", exp.Group(expressions=[exp.Literal.number(str(place)) for place in range(1, count + 1)])
            )
        self.ctes.append((TOGETHER, select))

    def is_alone(self, meeting: list[Branch]) -> bool:
        """Whether what meets is one branch and the axis, whose periods are those of its rows."""
        return len(meeting) == 1 and not self.many and not meeting[0].variant.shift

    def join_axis(self, branch: Branch) -> exp.Select:
        """The keys of each group of the only branch at every period of the axis, and the rows that they have."""
        axis = self.plan.axis
        assert axis, "one branch alone meets nothing but the axis"
        extra = [PLACE] if self.plan.top else []
        select = self.emit_gaps([], extra, branch.name)
        told = self.plan.top.key.name if self.plan.top else None  # its place tells it
        same = [
            exp.EQ(this=column(name, branch.name), expression=column(name, AXIS))
            if name in axis.keys
            else self.dialect.same(column(name, branch.name), column(name, GROUPS))
            for name in [*self.keys, *extra]
            if name != told
        ]
        select.append("joins", exp.Join(this=exp.Table(this=identify(branch.name)), side="LEFT", on=join_and(same)))
        return select

    def emit_alone(self, branch: Branch) -> exp.Select:
        """The formulas over the only branch, at every period of the axis."""
        select = self.join_axis(branch)
        scope = Scope(self.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        for item in (*self.plan.columns, *self.plan.bases):
            value = emit_value(
                item.value,
                lambda leaf: column(leaf_name(leaf), branch.name),
                lambda node, within: node.copy(),  # the rows are of that level themselves
                lambda filled: emit_zero(scope, self.plan, filled, AXIS),
            )
            select.append("expressions", name_as(value, item.name))
        self.finish(select)
        return select

    def select_all(self, names: list[str], leaves: list[Leaf], source: str) -> exp.Select:
        select = exp.Select(expressions=[column(name) for name in [*names, *(leaf_name(leaf) for leaf in leaves)]])
        select.set("from_", exp.From(this=exp.Table(this=identify(source))))
        return select

    def emit_part(self, branch: Branch, leaves: list[Leaf], extra: list[str]) -> exp.Select:
        """The rows of a branch, NULL in the columns of the others."""
        shown: list[Node] = [column(name) for name in [*(key.name for key in branch.keys), *extra]]
        shown += [self.leaf_of(leaf, branch) for leaf in leaves]
        select = exp.Select(expressions=shown)
        select.set("from_", exp.From(this=exp.Table(this=identify(branch.name))))
        return select

    def leaf_of(self, leaf: Leaf, branch: Branch) -> Node:
        return column(leaf_name(leaf), branch.name) if leaf in branch.leaves else name_as(exp.Null(), leaf_name(leaf))

    def emit_looking_back(self, branch: Branch, leaves: list[Leaf], extra: list[str]) -> list[exp.Select]:
        """The rows of an earlier period, under the period of the axis that is compared with theirs."""
        axis, shift = self.plan.axis, branch.variant.shift
        assert axis and shift
        shown = self.show_keys(branch.name, [key.name for key in branch.keys], extra)
        shown += [self.leaf_of(leaf, branch) for leaf in leaves]
        lookbacks = self.list_lookbacks()
        before = f"@before_{lookbacks.index(shift) + 1}" if shift in lookbacks else axis.base
        select = exp.Select(expressions=shown)
        select.set("from_", exp.From(this=exp.Table(this=identify(branch.name))))
        on = exp.EQ(this=column(before, AXIS), expression=column(axis.base, branch.name))
        select.set("joins", [exp.Join(this=exp.Table(this=identify(AXIS)), on=on)])
        if not self.many:
            return [select]
        select.set("where", exp.Where(this=self.has_key(axis.base, branch.name)))
        rest = self.emit_part(branch, leaves, extra)
        if not branch.window.bounded and not all(map(is_of_days, branch.leaves)):
            # Without a period, all rows would be compared with all rows: their groups are there, without a value.
            unknown = [name_as(exp.Null(), leaf_name(leaf)) for leaf in leaves]
            rest.set("expressions", [*rest.expressions[: len(rest.expressions) - len(leaves)], *unknown])
        kept: list[Node] = [exp.Not(this=self.has_key(axis.base, branch.name))]
        for name in axis.keys:
            if name != axis.base:  # a subtotal by a longer period, or a part, has none beyond the axis either
                known = select_from(exp.Table(this=identify(AXIS)), [column(name, AXIS)])
                inside = exp.In(this=column(name, branch.name), query=exp.Subquery(this=known))
                kept.append(
                    exp.Paren(this=exp.Or(this=exp.Not(this=self.has_key(name, branch.name)), expression=inside))
                )
        rest.set("where", exp.Where(this=join_and(kept)))
        return [select, rest]

    def show_keys(self, source: str, keys: list[str], extra: list[str]) -> list[Node]:
        """The keys of the source's rows, those of time from the axis; a subtotal may keep some of these only."""
        axis = self.plan.axis
        assert axis
        shown: list[Node] = []
        for name in keys:
            node: Node = column(name, AXIS if name in axis.keys else source)
            if name in axis.keys and self.many and len(axis.keys) > 1:
                node = name_as(exp.Case(ifs=[exp.If(this=self.has_key(name, source), true=node)]), name)
            shown.append(node)
        return shown + [column(name, source) for name in extra]

    def has_key(self, name: str, table: str) -> Node:
        """Whether a row's level has the key."""
        bit = 1 << (len(self.keys) - 1 - self.keys.index(name))
        masked = exp.Paren(this=exp.BitwiseAnd(this=column(LEVEL, table), expression=number(bit)))
        return exp.EQ(this=masked, expression=number(0))

    def emit_gaps(self, leaves: list[Leaf], extra: list[str], source: str = PARTS_CTE) -> exp.Select:
        """Every group of the source at every period of the axis."""
        axis = self.plan.axis
        assert axis
        others = [name for name in [*self.keys, *extra] if name not in axis.keys]
        groups = exp.Select(expressions=[column(name) for name in others] or [name_as(number(1), "@one")])
        if others:
            groups.set("distinct", exp.Distinct())
        else:
            groups.set("limit", exp.Limit(expression=number(1)))
        if others or self.plan.gives != "periods":  # all that is asked is one group, also where it has no row
            groups.set("from_", exp.From(this=exp.Table(this=identify(source))))
        if self.many:
            has = [self.has_key(name, source) for name in self.keys if name in axis.keys and name in GRAINS]
            groups.set("where", exp.Where(this=exp.Paren(this=join_or(has))))
        shown = self.show_keys(GROUPS, self.keys, extra)
        shown += [name_as(exp.Null(), leaf_name(leaf)) for leaf in leaves]
        select = exp.Select(expressions=shown)
        select.set("from_", exp.From(this=exp.Table(this=identify(AXIS))))
        select.set(
            "joins",
            [exp.Join(this=exp.Subquery(this=groups, alias=exp.TableAlias(this=identify(GROUPS))), kind="CROSS")],
        )
        return select

    # What a reference slice holds, whose key has every value

    def looks_back(self, branch: Branch) -> bool:
        """Whether the axis tells under which of its periods the branch's rows belong."""
        return self.plan.axis is not None and branch.variant.shift in self.list_lookbacks()

    def name_apart(self, branch: Branch) -> str:
        return f"{branch.name}@axis" if self.looks_back(branch) else branch.name

    def emit_apart(self, branch: Branch) -> Node:
        """The slice's rows of an earlier period, under the period of the axis that is compared with theirs."""
        return unite(self.emit_looking_back(branch, list(branch.leaves), self.list_extra(branch)))

    def list_extra(self, branch: Branch) -> list[str]:
        """The columns of a branch beside keys and leaves: the place within a top, and the level."""
        ranked = self.plan.top is not None and self.plan.top.key in branch.keys
        return [*([PLACE] if ranked else []), *([LEVEL] if self.many else [])]

    # The answer

    def emit_answer(self, source: str, apart: list[Branch]) -> exp.Select:
        """The formulas over the met rows; what a reference slice holds joins every row that it is compared with."""
        extra = [*([PLACE] if self.plan.top else []), *([LEVEL] if self.many else [])]
        owner = {leaf: self.name_apart(branch) for branch in apart for leaf in branch.leaves}

        def find_leaf(leaf: Leaf) -> Node:
            return column(leaf_name(leaf), owner.get(leaf, source))

        scope = Scope(self.catalogue, self.dialect, self.params, "", None, self.plan.timezone)
        values = []
        asked = (*self.plan.columns, *self.plan.bases)
        for item in asked:
            value = emit_value(
                item.value,
                find_leaf,
                lambda node, within: self.emit_total(node, within, source),
                lambda filled: emit_zero(scope, self.plan, filled, source),
            )
            if self.many and self.plan.axis and any(_is_unbounded(leaf) for leaf in list_leaves(item.value)):
                value = exp.Case(ifs=[exp.If(this=self.has_key(self.plan.axis.base, source), true=value)])
            values.append(name_as(value, item.name))
        select = exp.Select(expressions=[*(column(name, source) for name in [*self.keys, *extra]), *values])
        select.set("from_", exp.From(this=exp.Table(this=identify(source))))
        joins = []
        for branch in apart:
            name = self.name_apart(branch)
            names = [key.name for key in branch.keys] + [PLACE for found in self.list_extra(branch) if found == PLACE]
            on: list[Node] = [self.dialect.same(column(other, name), column(other, source)) for other in names]
            if self.many:
                mask = sum(1 << (len(self.keys) - 1 - self.keys.index(key.name)) for key in branch.keys)
                masked = exp.Paren(this=exp.BitwiseAnd(this=column(LEVEL, source), expression=number(mask)))
                on.append(exp.EQ(this=masked, expression=column(LEVEL, name)))
            joins.append(exp.Join(this=exp.Table(this=identify(name)), side="LEFT", on=join_and(on) or exp.true()))
        select.set("joins", joins)
        if self.many and (joins or self.plan.limit is not None or not self.plan.totals):
            inner = select
            names = [*self.keys, *extra, *(item.name for item in asked)]
            select = exp.Select(expressions=[column(name) for name in names])
            select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=identify("@answer")))))
            if not self.plan.totals:
                select.set("where", exp.Where(this=exp.EQ(this=column(LEVEL), expression=number(0))))
        self.finish(select)
        return select

    def emit_total(self, node: Node, within: str | None, source: str) -> Node:
        """The same value at the level that a share is taken of."""
        if not self.many:
            return node.copy()  # the rows are of that level themselves
        level = level_number(frozenset({within} if within else ()), self.plan.keys)
        at_level = exp.Case(
            ifs=[exp.If(this=exp.EQ(this=column(LEVEL, source), expression=number(level)), true=node.copy())]
        )
        parts = [column(within, source)] if within else []
        if self.plan.top and within == self.plan.top.key.name:
            parts.append(column(PLACE, source))  # a value that is called Other isn't the rest
        total: Node = exp.Window(this=exp.Max(this=at_level), partition_by=parts)
        if within:
            return exp.Case(ifs=[exp.If(this=self.has_key(within, source), true=total)])
        return total

    def finish(self, select: exp.Select) -> None:
        """Order, and limit: subtotals are neither counted nor cut."""
        plan = self.plan
        if plan.gives != "answer":
            return
        places = {alias.alias_or_name: position for position, alias in enumerate(select.expressions, 1)}
        order: list[Node] = []
        if self.many and plan.totals:
            order.append(exp.Ordered(this=column(LEVEL), nulls_first=False))
        known = [*self.keys, *(plan.journey.SORTED if plan.journey else ())]
        wanted = [*plan.order, *((name, False) for name in known if name not in dict(plan.order))]
        for name, descending in wanted:
            if plan.top and name == plan.top.key.name and name not in dict(plan.order):
                order.append(exp.Ordered(this=exp.Literal.number(str(places[PLACE])), nulls_first=False))
            term: Node = exp.Literal.number(str(places[name]))
            ranged = {key.name: key.order for key in plan.keys if isinstance(key, DimensionKey) and key.order}
            shown = select.expressions[places[name] - 1]
            joined = isinstance(shown, exp.Column) and select.args.get("joins")  # and what is joined may have the name
            key = shown.copy() if joined else column(name)
            if name in ranged:
                term = self.dialect.place(key, ranged[name])
            if name == "weekday" and self.catalogue.week_start != "monday":
                late = WEEKDAYS.index(self.catalogue.week_start)
                term = exp.Mod(
                    this=exp.Paren(this=exp.Add(this=key, expression=number(6 - late))),
                    expression=number(7),
                )
            order.append(exp.Ordered(this=term, desc=descending or None, nulls_first=False))
        if plan.top and plan.top.key.name in dict(plan.order):  # a value may read Other too
            order.append(exp.Ordered(this=exp.Literal.number(str(places[PLACE])), nulls_first=False))
        if plan.limit is not None and self.many and plan.totals:
            window = exp.Window(
                this=exp.RowNumber(),
                partition_by=[column(LEVEL)],
                order=exp.Order(expressions=[_unplace(item, select) for item in order[1:]]) if order[1:] else None,
            )
            first = exp.LTE(this=window, expression=number(plan.limit))
            select.set(
                "qualify",
                exp.Qualify(this=exp.or_(exp.GT(this=column(LEVEL), expression=number(0)), first, copy=False)),
            )
        elif plan.limit is not None:
            select.set("limit", exp.Limit(expression=number(plan.limit)))
        if order:
            select.set("order", exp.Order(expressions=order))


def _is_unbounded(leaf: Leaf) -> bool:
    """Whether a leaf looks back from each period of an axis without ends, and so has no total."""
    if leaf.variant.shift is not None and leaf.variant.shift.to:
        return True
    return leaf.variant.shift is not None and not leaf.variant.window.bounded and not is_of_days(leaf)


def _unplace(item: Node, select: exp.Select) -> Node:
    """An ordering by position as one by name, which a window needs."""
    found = item.copy()
    if isinstance(found.this, exp.Literal):
        found.set("this", column(select.expressions[int(found.this.this) - 1].alias_or_name))
    return found
