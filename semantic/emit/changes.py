"""A history's counts and sums at the instants of an axis, run up from what begins and ends: no join with the days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from semantic.emit.histories import find_bounds
from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.emit.scan import Scan, leaf_name, select_from
from semantic.emit.scope import Scope
from semantic.expressions import RowSql
from semantic.primitives import Node, call, cast, number

if TYPE_CHECKING:
    from semantic.emit.population import Population

START, END, EDGE = "@start", "@end", "@edge"
FROM, TO, ROWS, VALUE, KNOWN, LONG = "@from", "@to", "@rows", "@value", "@known", "@long"
AT = "_at"  # of a mean over time: in microseconds, or times these
INEXACT = ("DOUBLE", "FLOAT", "REAL", "")  # adding such numbers and taking them away again leaves something behind
Ctes = list[tuple[str, Node]]


@dataclass(frozen=True, slots=True)
class Measure:
    """What a row adds while it holds: itself, a count or sum of a value, or a value that counts once however often."""

    kind: Literal["rows", "count", "sum", "distinct"]
    value: Node | None = None  # over the view's columns
    condition: Node | None = None

    @property
    def columns(self) -> list[str]:
        """The columns that are run up, the leaf's own first."""
        return {"rows": [ROWS], "sum": [VALUE, ROWS, KNOWN]}.get(self.kind, [VALUE, ROWS])

    @property
    def there(self) -> str:
        """The column that says whether the leaf has a value."""
        return KNOWN if self.kind == "sum" else ROWS


def read_measure(scan: Scan) -> Measure | None:
    """What the branch's leaf adds up, None where it isn't a count or sum."""
    tree, condition = scan.branch.leaves[0].sql.tree, None
    if isinstance(tree, exp.Filter):
        tree, condition = tree.this, tree.expression.this
    if isinstance(tree, exp.CountIf) and condition is None:
        return Measure("count", None, tree.this)
    if isinstance(tree, exp.Sum) and not isinstance(tree.this, exp.Distinct):
        return Measure("sum", tree.this, condition)
    if not isinstance(tree, exp.Count) or tree.expressions:
        return None
    if isinstance(tree.this, exp.Star):
        return Measure("rows") if condition is None else Measure("count", None, condition)
    if not isinstance(tree.this, exp.Distinct):
        return Measure("count", tree.this, condition)
    return _read_distinct(scan, tree.this, condition)


def _read_distinct(scan: Scan, tree: exp.Distinct, condition: Node | None) -> Measure | None:
    view = scan.catalogue.views[scan.branch.view]
    if len(tree.expressions) != 1:
        return None
    value = tree.expressions[0]
    if isinstance(value, exp.Column) and not view.multi and (value.name,) in view.keys.values():
        scan.params.joined[scan.branch.view, (value.name,)] = None  # it holds once at any instant, which is proven
        return Measure("count", value, condition)
    return Measure("distinct", value, condition)


def is_exact(scan: Scan, measure: Measure) -> bool:
    """Whether what is added and taken away again leaves nothing behind."""
    name = scan.branch.leaves[0].name.partition(" of ")[0]
    return measure.kind != "sum" or scan.catalogue.bound.metric_types.get(name, "").upper() not in INEXACT


def emit_changes(population: Population, measure: Measure) -> tuple[Ctes, exp.Select]:
    """The value at each instant: the sum of all that has begun and not ended until then."""
    ctes, names = _emit_intervals(population, measure, mean=False)
    sums, instants = f"{population.name}@sums", population.instants
    ctes.append((sums, _emit_sums(population, ctes[-1][0], names, measure.columns, mean=False)))
    known = exp.GT(this=column(measure.there, sums), expression=number(0))
    value: Node = exp.Case(ifs=[exp.If(this=known, true=column(measure.columns[0], sums))])
    keys = [*(column(key.name, instants) for key in population.times), *(column(name, sums) for name in names)]
    if not keys:
        value = population.scan.dialect.first_known(value)
    shown = name_as(value, leaf_name(population.scan.branch.leaves[0]))
    select = select_from(exp.Table(this=identify(instants)), [*keys, shown])
    on = exp.EQ(this=column(EDGE, sums), expression=column(EDGE, instants))
    select.set("joins", [exp.Join(this=exp.Table(this=identify(sums)), on=on)])
    if keys:
        select.set("where", exp.Where(this=exp.GT(this=column(ROWS, sums), expression=number(0))))
    return ctes, select


def emit_mean(population: Population, measure: Measure) -> tuple[Ctes, exp.Select]:
    """The mean over time: the area under the value in the period, over the period's length.

    Until an edge X, what has begun or ended at t has added (X - t) times itself to the area: X times a sum, minus one.
    """
    ctes, names = _emit_intervals(population, measure, mean=True)
    sums, areas, instants = f"{population.name}@sums", f"{population.name}@areas", population.instants
    ctes.append((sums, _emit_sums(population, ctes[-1][0], names, measure.columns, mean=True)))
    at = _count_microseconds(population, column(EDGE, sums))

    def grow(node: Node, name: str) -> exp.Alias:
        """What is added until the next edge."""
        order = exp.Order(expressions=[exp.Ordered(this=column(EDGE, sums), nulls_first=False)])
        by = [column(key, sums) for key in names]
        later = exp.Window(this=call("LEAD", node), partition_by=by, order=order)
        return name_as(exp.Sub(this=later, expression=exp.Paren(this=node.copy())), name)

    grown = [grow(at, LONG)]
    for name in measure.columns:
        until = exp.Mul(this=at.copy(), expression=column(name, sums))
        grown.append(grow(exp.Sub(this=until, expression=column(name + AT, sums)), name))
    own = [column(name, sums) for name in names]
    ctes.append((areas, select_from(exp.Table(this=identify(sums)), [*own, column(EDGE, sums), *grown])))
    known = exp.GT(this=exp.Sum(this=column(measure.there, areas)), expression=number(0))
    mean = exp.Div(this=exp.Sum(this=column(measure.columns[0], areas)), expression=exp.Sum(this=column(LONG, areas)))
    keys = [*(column(key.name, instants) for key in population.times), *(column(name, areas) for name in names)]
    shown = name_as(exp.Case(ifs=[exp.If(this=known, true=mean)]), leaf_name(population.scan.branch.leaves[0]))
    select = select_from(exp.Table(this=identify(instants)), [*keys, shown])
    on = exp.EQ(this=column(EDGE, areas), expression=column(START, instants))
    select.set("joins", [exp.Join(this=exp.Table(this=identify(areas)), on=on)])
    if keys:
        there = exp.GT(this=exp.Sum(this=column(ROWS, areas)), expression=number(0))
        select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(keys) + 1)]))
        select.set("having", exp.Having(this=there))
    return ctes, select


def _count_microseconds(population: Population, edge: Node) -> Node:
    return call("EPOCH_US", population.find_instant(edge))


# The rows, and when they begin and end


def _emit_intervals(population: Population, measure: Measure, mean: bool) -> tuple[Ctes, list[str]]:
    """The CTEs of what holds from an edge until before another, and the names of its keys."""
    scan, name = population.scan, f"{population.name}@intervals"

    def take(scope: Scope) -> list[Node]:
        found = [*_emit_edges(population, scope), *(_emit_times(population, scope) if mean else [])]
        return [*found, *_emit_measure(scope, measure, mean), name_as(number(1), ROWS)]

    rows = scan.rows(population.own, take)
    names = [alias.alias for alias in scan.show_keys(scan.scope(), population.own)]
    ctes: Ctes = [(name, rows)]
    if measure.kind == "distinct":
        ctes.append((f"{population.name}@pieces", _emit_pieces(name, names, mean)))
    return ctes, names


def _emit_edges(population: Population, scope: Scope) -> list[exp.Alias]:
    """The first edges at which a row holds, and holds no more."""
    view = population.scan.branch.view
    begins, ends = (
        population.find_edge(scope, bound, family, place) for bound, family, _, place in find_bounds(scope, view, view)
    )
    first, beyond = population.show_ends(1)
    begins = call("GREATEST", exp.Coalesce(this=begins, expressions=[first]), first.copy())
    return [name_as(begins, FROM), name_as(exp.Coalesce(this=ends, expressions=[beyond]), TO)]


def _emit_times(population: Population, scope: Scope) -> list[exp.Alias]:
    """When a row begins and ends to hold, in microseconds, within the days that are looked at."""
    view = population.scan.branch.view
    first, last = (_count_microseconds(population, edge) for edge in population.show_ends(0))
    found = []
    bounds = zip(find_bounds(scope, view, view), (first, last), (FROM, TO), strict=True)
    for (bound, family, _, place), default, name in bounds:
        at = call("EPOCH_US", bound if family == "date" else scope.utc(bound, family, place))
        inside = call("GREATEST", exp.Coalesce(this=at, expressions=[default.copy()]), first.copy())
        found.append(name_as(call("LEAST", inside, last.copy()), name + AT))
    return found


def _emit_measure(scope: Scope, measure: Measure, mean: bool) -> list[exp.Alias]:
    """What a row adds: 1 or 0, a value and whether there is one, or the value that counts once."""
    condition = scope.sql(RowSql("", measure.condition)) if measure.condition is not None else None
    value = scope.sql(RowSql("", measure.value)) if measure.value is not None else None
    if measure.kind == "rows":
        return []
    if measure.kind == "distinct" and value is not None:
        return [name_as(value if condition is None else exp.Case(ifs=[exp.If(this=condition, true=value)]), VALUE)]
    known = [] if condition is None else [condition]
    known += [] if value is None else [exp.Not(this=exp.Is(this=value.copy(), expression=exp.Null()))]
    met = join_and(known)
    assert met is not None, "what is counted is a value, or has a condition"
    counts = exp.Case(ifs=[exp.If(this=met, true=number(1))], default=number(0))
    if measure.kind == "count" or value is None:
        return [name_as(counts, VALUE)]
    amount: Node = exp.Case(ifs=[exp.If(this=met.copy(), true=value)], default=number(0))
    return [name_as(cast(amount, "DOUBLE") if mean else amount, VALUE), name_as(counts, KNOWN)]


def _emit_pieces(rows: str, names: Sequence[str], mean: bool) -> Node:
    """The rows, which count nothing; and their intervals without what earlier ones of the same value hold already."""
    bounds = [(FROM + AT, TO + AT), (FROM, TO)] if mean else [(FROM, TO)]
    order = [exp.Ordered(this=column(begin, rows), nulls_first=False) for begin, _ in bounds]

    def clip(begin: str, end: str) -> exp.Alias:
        before = exp.Window(
            this=exp.Max(this=column(end, rows)),
            partition_by=[column(name, rows) for name in [*names, VALUE]],
            order=exp.Order(expressions=[node.copy() for node in order]),
            spec=exp.WindowSpec(
                kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=number(1), end_side="PRECEDING"
            ),
        )
        later = call("GREATEST", column(begin, rows), exp.Coalesce(this=before, expressions=[column(begin, rows)]))
        return name_as(later, begin)

    edges = [name for bound in bounds for name in bound]
    own = [column(name, rows) for name in names]
    table = exp.Table(this=identify(rows))
    counted = [*(column(name, rows) for name in edges), column(ROWS, rows), name_as(number(0), VALUE)]
    clipped = select_from(
        table.copy(), [*own, *(part for begin, end in bounds for part in (clip(begin, end), column(end, rows)))]
    )
    clipped.set("where", exp.Where(this=exp.Not(this=exp.Is(this=column(VALUE, rows), expression=exp.Null()))))
    begin, end = bounds[0]
    pieces = select_from(
        exp.Subquery(this=clipped, alias=exp.TableAlias(this=identify("@clipped"))),
        [
            *(column(name, "@clipped") for name in [*names, *edges]),
            name_as(number(0), ROWS),
            name_as(number(1), VALUE),
        ],
    )
    pieces.set("where", exp.Where(this=exp.LT(this=column(begin, "@clipped"), expression=column(end, "@clipped"))))
    return exp.Union(
        this=select_from(table, [*(node.copy() for node in own), *counted]), expression=pieces, distinct=False
    )


# The sums


def _emit_sums(
    population: Population, intervals: str, names: Sequence[str], values: Sequence[str], mean: bool
) -> exp.Select:
    """For each group, at every edge: the sums of what has begun and not ended until then."""
    columns = [*values, *(name + AT for name in values if mean)]
    changes = [
        _emit_change(intervals, names, FROM, values, mean, ends=False),
        _emit_change(intervals, names, TO, values, mean, ends=True),
        _emit_grid(population, intervals, names, columns, mean),
    ]
    united: Node = changes[0]
    for change in changes[1:]:
        united = exp.Union(this=united, expression=change, distinct=False)
    shown: list[Node] = [*(column(name) for name in names), column(EDGE)]
    for name in columns:
        total = exp.Sum(this=exp.Sum(this=column(name)))
        order = exp.Order(expressions=[exp.Ordered(this=column(EDGE), nulls_first=False)])
        by = [column(key) for key in names]
        shown.append(name_as(exp.Window(this=total, partition_by=by, order=order), name))
    select = select_from(exp.Subquery(this=united, alias=exp.TableAlias(this=identify("@changes"))), shown)
    select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(names) + 2)]))
    return select


def _emit_change(
    intervals: str, names: Sequence[str], edge: str, values: Sequence[str], mean: bool, ends: bool
) -> exp.Select:
    """What begins adds, what ends takes away again: an edge has one row of a group, since few rows are run up fast."""

    def sign(node: Node, name: str) -> Node:
        total = exp.Sum(this=node)
        return name_as(exp.Neg(this=total) if ends else total, name)

    shown: list[Node] = [*(column(name) for name in names), name_as(column(edge), EDGE)]
    shown += [sign(column(name), name) for name in values]
    for name in values if mean else ():
        shown.append(sign(exp.Mul(this=column(name), expression=column(edge + AT)), name + AT))
    select = select_from(exp.Table(this=identify(intervals)), shown)
    # What ends when it begins, or before, holds at no edge; nor does what has ended before the first, as both are cut.
    begin, end = (FROM + AT, TO + AT) if mean else (FROM, TO)
    select.set("where", exp.Where(this=exp.LT(this=column(begin), expression=column(end))))
    select.set("group", exp.Group(expressions=[number(place) for place in range(1, len(names) + 2)]))
    return select


def _emit_grid(
    population: Population, intervals: str, names: Sequence[str], columns: Iterable[str], mean: bool
) -> exp.Select:
    """Every group at every edge that is asked for, where nothing changes."""
    instants = exp.Table(this=identify(population.instants))
    edges: exp.Query = select_from(instants, [column(EDGE)])
    if mean:
        starts = select_from(instants.copy(), [name_as(column(START), EDGE)])
        ends = select_from(instants.copy(), [name_as(column(END), EDGE)])
        edges = exp.Union(this=starts, expression=ends, distinct=True)
    shown = [*(column(name) for name in names), column(EDGE), *(name_as(number(0), name) for name in columns)]
    select = select_from(exp.Subquery(this=edges, alias=exp.TableAlias(this=identify("@edges"))), shown)
    if names:
        groups = select_from(exp.Table(this=identify(intervals)), [column(name) for name in names])
        groups.set("distinct", exp.Distinct())
        table = exp.Subquery(this=groups, alias=exp.TableAlias(this=identify("@groups")))
        select.set("joins", [exp.Join(this=table, kind="CROSS")])
    return select
