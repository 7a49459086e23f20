"""Plan -> SELECT of the rows behind a number: not aggregated, in order, a page of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from semantic.calendar import Window
from semantic.catalogue import Catalogue
from semantic.emit.nodes import column, join_and, join_or, name_as
from semantic.emit.scan import Scan
from semantic.emit.scope import Params, Scope
from semantic.emit.states import choose_rows
from semantic.plan import Plan
from semantic.primitives import DuckDB, Node, number
from semantic.resolved import RowColumn, State


def emit_rows(catalogue: Catalogue, dialect: DuckDB, params: Params, plan: Plan) -> exp.Select:
    """Every row that feeds at least one of the plan's leaves, once, the newest first unless another order is asked."""
    choice = plan.rows
    assert choice, "rows are asked"
    scans = [Scan(catalogue, dialect, params, plan, branch) for branch in plan.branches]
    first = next((scan for scan in scans if scan.branch.clock), scans[0])
    scope = first.scope()
    select = exp.Select(expressions=[name_as(_show(scope, item), item.name) for item in choice.columns])
    order = [(_show(scope, item), descending) for item, descending in choice.order]
    if clock := first.branch.leaves[0].clock:
        order.append((scope.sql(clock.column), True))
    order += [(_show(scope, item), False) for item in choice.last]
    windows = {scan.branch.window for scan in scans}
    where = first.list_conditions(scope, first.branch.window if len(windows) == 1 else Window(), False)
    where += _list_feeding(scans, scope, len(windows) > 1)
    first.set_source(select, scope, where, False, False)
    select.set("order", exp.Order(expressions=_order(order)))
    select.set("limit", exp.Limit(expression=number(choice.count)))
    if choice.skip:
        select.set("offset", exp.Offset(expression=number(choice.skip)))
    return select


def _show(scope: Scope, item: RowColumn) -> Node:
    if item.key is not None:
        return scope.key(item.key)
    assert item.column is not None, "what is no key is a column of the view"
    return column(item.column, scope.view)


def _list_feeding(scans: Sequence[Scan], scope: Scope, apart: bool) -> list[Node]:
    """The condition of rows that feed a leaf, beside those of the question; `apart` says that their days differ."""
    found: dict[str, Node] = {}
    for scan in scans:
        leaf, scope.measured = scan.branch.leaves[0], scan.branch.variant.measured
        conditions = scope.window(scan.branch.window, scan.branch.dated) if apart else []
        conditions += [exp.Paren(this=scope.sql(where)) for where in leaf.wheres]
        if isinstance(leaf.how, State) and leaf.how.which != "average":
            conditions.append(choose_rows(scan, scope, leaf.how, scan.plan.keys))
        met = join_and(conditions)
        if met is None:
            return []
        found[met.sql("duckdb")] = met
    return [join_or(found.values())]


def _order(wanted: Iterable[tuple[Node, bool]]) -> list[Node]:
    """NULL last both ways; a second ordering by the same adds nothing."""
    order = dict[str, Node]()
    for node, descending in wanted:
        order.setdefault(node.sql("duckdb"), exp.Ordered(this=node, desc=descending or None, nulls_first=False))
    return list(order.values())
