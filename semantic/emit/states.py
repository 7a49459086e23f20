"""Branch -> CTEs and SELECT: the rows of one instant of each period, or the mean over the period's instants."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.scan import Scan, leaf_name
from semantic.emit.scope import Scope, column, identify, join_and, name_as
from semantic.entities import find_entity
from semantic.expressions import is_aggregate
from semantic.names import Reached, dimension_sql
from semantic.plan import Branch
from semantic.primitives import Node
from semantic.resolved import DimensionKey, Key, Leaf, State, TimeKey

INSTANT, INSTANTS = "@instant", "@instants"


def read_name(branch: Branch) -> str:
    """The CTE that holds what states are taken of, where the view is worked out."""
    return f"{branch.name}@read"


def emit_state(scan: Scan, how: State, keys: Sequence[Key], prefix: str) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs and the SELECT of a level's states: its keys, a top's place before its key, and the leaves.

    Which instant is taken is told by all rows of the view within the period: neither filters, segments nor a metric's
    own condition move it. An instant is a value of the clock, or a whole period of the clock's own grain.
    """
    name = prefix.rstrip("@")
    if how.which == "average":
        found, select = _emit_average(scan, keys, name)
        reading = [body for _, body in found]
    else:
        scope = scan.scope()
        condition = choose_rows(scan, scope, how, keys)
        chosen = condition.args.get("query") or condition.expression
        found, select = [], _aggregate(scan, scope, keys, condition)
        reading = [select, chosen.this]
    return [*_read_once(scan, reading), *found], select


def _read_once(scan: Scan, reading: Sequence[Node]) -> list[tuple[str, Node]]:
    """A CTE of the period's rows that these SELECTs read, where the view has SQL of its own and may be dear.

    What else is read of the view isn't touched: a rank or a condition of an entity looks at all its rows.
    """
    view, name = scan.branch.view, read_name(scan.branch)
    tables = [select.args["from_"].this for select in reading]
    if scan.catalogue.views[view].sql is None or any(
        not isinstance(table, exp.Table) or table.name != view or table.alias for table in tables
    ):
        return []
    scope, read = scan.scope(), exp.Select(expressions=[exp.Star()])
    scan.set_source(read, scope, scope.window(scan.branch.window, known=False), False, False)
    if read.args.get("joins"):
        return []
    for table in tables:
        table.replace(exp.Table(this=identify(name), alias=exp.TableAlias(this=identify(view))))
    return [(name, read)]


def choose_rows(scan: Scan, scope: Scope, how: State, keys: Sequence[Key]) -> Node:
    """The condition of rows that are of the last (first) instant of their period, or of their entity's in it."""
    entity: list[Reached] = []
    if how.per:
        path, columns = find_entity(scan.catalogue, scan.branch.view, how.per)
        entity = [Reached(path, name, None) for name in columns]
    own: list[Node] = [*(scope.dimension(part) for part in entity), _show_instant(scope)]
    inner = scan.scope()
    moments = [key for key in keys if _is_moment(scan, key)]
    groups: list[Node] = [inner.dimension(part) for part in entity]
    choose = exp.Max if how.which == "last" else exp.Min
    shown = [*(node.copy() for node in groups), choose(this=_show_instant(inner))]
    groups += [node.this for node in scan.show_keys(inner, moments)]
    chosen = exp.Subquery(this=_select_view(scan, inner, moments, shown, groups))
    if not groups:
        return exp.EQ(this=own[0], expression=chosen)
    return exp.In(this=exp.Tuple(expressions=own) if entity else own[0], query=chosen)


def _aggregate(scan: Scan, scope: Scope, keys: Sequence[Key], condition: Node | None) -> exp.Select:
    """The leaves over the rows of the chosen instants; without a condition, over those of each instant."""
    select = exp.Select()
    shown: list[Node] = list(scan.show_keys(scope, keys))
    if condition is None:
        shown.append(name_as(_show_instant(scope), INSTANT))
    also = [] if condition is None else [condition]
    leaves = scan.fill(select, scope, scan.is_segmented(keys), scan.is_ranked(keys), empty=not shown, also=also)
    select.set("expressions", [*shown, *leaves])
    if shown:
        select.set(
            "group", exp.Group(expressions=[exp.Literal.number(str(place)) for place in range(1, len(shown) + 1)])
        )
    return select


def _emit_average(scan: Scan, keys: Sequence[Key], name: str) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The mean of the states of a period's instants: where a group has no rows, a count or sum is 0 there."""
    states, instants = f"{name}@states", f"{name}{INSTANTS}"
    moments = [key for key in keys if _is_moment(scan, key)]
    inner = scan.scope()
    counted = scan.show_keys(inner, moments)
    count = exp.Count(this=exp.Distinct(expressions=[_show_instant(inner)]))
    groups = [node.this.copy() for node in counted]
    present = _select_view(scan, inner, moments, [*counted, name_as(count, INSTANTS)], groups)
    names = [alias.alias for alias in scan.show_keys(scan.scope(), keys)]
    leaves = [name_as(_average(leaf, states, instants), leaf_name(leaf)) for leaf in scan.branch.leaves]
    select = exp.Select(expressions=[*(column(key, states) for key in names), *leaves])
    select.set("from_", exp.From(this=exp.Table(this=identify(states))))
    same = [scan.dialect.same(column(alias.alias, instants), column(alias.alias, states)) for alias in counted]
    table = exp.Table(this=identify(instants))
    select.set("joins", [exp.Join(this=table, on=join_and(same)) if same else exp.Join(this=table, kind="CROSS")])
    if names:
        select.set(
            "group", exp.Group(expressions=[exp.Literal.number(str(place)) for place in range(1, len(names) + 1)])
        )
    return [(states, _aggregate(scan, scan.scope(), keys, None)), (instants, present)], select


def _average(leaf: Leaf, states: str, instants: str) -> Node:
    value = column(leaf_name(leaf), states)
    if not _counts(leaf.sql.tree):
        return exp.Avg(this=value)
    return exp.Div(this=exp.Sum(this=value), expression=exp.AnyValue(this=column(INSTANTS, instants)))


def _counts(tree: Node) -> bool:
    """Whether the aggregate of no rows is 0: a sum or count, of distinct values too, or what is added up of these."""
    if isinstance(tree, (exp.Paren, exp.Cast, exp.Neg, exp.Filter)):
        return _counts(tree.this)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return _counts(tree.this) and _counts(tree.expression)
    if isinstance(tree, (exp.Mul, exp.Div)):
        return _counts(tree.this) and not any(map(is_aggregate, tree.expression.walk()))
    return isinstance(tree, (exp.Sum, exp.Count, exp.CountIf))


def _is_moment(scan: Scan, key: Key) -> bool:
    """Whether a key cuts time: a grain or part, or the branch's own clock as a dimension. Each has its own instants."""
    if isinstance(key, DimensionKey):
        reached, clock = key.reached[scan.branch.view], scan.branch.clock
        assert clock, "a snapshot has a clock"
        own, tree = dimension_sql(reached.dimension, reached.name).tree, clock.column.tree
        same = own.name.lower() == tree.name.lower() if isinstance(own, exp.Column) else own == tree
        return not reached.path.steps and same and type(own) is type(tree)
    return isinstance(key, TimeKey)


def _show_instant(scope: Scope) -> Node:
    """The instant of a row, as it is stored."""
    assert scope.clock, "a snapshot has a clock"
    if scope.clock.grain is None:
        return scope.raw_clock()
    return scope.cut(scope.raw_clock(), scope.clock.type, scope.clock.grain)


def _select_view(
    scan: Scan, scope: Scope, moments: Sequence[Key], shown: Sequence[Node], groups: Sequence[Node]
) -> exp.Select:
    """A SELECT over all rows of the view in the period; conditions on time narrow the period, other filters don't."""
    select = exp.Select(expressions=list(shown))
    where = scope.window(scan.branch.window, known=False)
    where += [scope.keeps(item) for item in scan.plan.filters if _is_moment(scan, item.key)]
    scan.set_source(select, scope, where, False, scan.is_ranked(moments))
    if groups:
        select.set("group", exp.Group(expressions=list(groups)))
    return select
