"""Metric -> the rows behind it: what a journey's start, return or event is, and which entity each row is of."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic.catalogue import Aggregate, Catalogue
from semantic.entities import find_entity
from semantic.errors import Problem, Refused
from semantic.expressions import AggregateSql, Node, RowSql
from semantic.names import Reached
from semantic.resolved import Leaf, Variant
from semantic.values import find_metric, resolve_clock


def find_rows(
    catalogue: Catalogue, name: str, entity: str, variant: Variant, where: str
) -> tuple[Leaf, tuple[Reached, ...]]:
    """The leaf of a metric, whose rows are those that feed it, and the columns that hold the entity of a row.

    Raises Refused where the metric isn't about rows of one view with a time, or these know no such entity.
    """
    known = find_metric(catalogue, name)
    metric = catalogue.metrics[known]
    if not isinstance(metric, Aggregate):
        raise _refuse(where, f"{known} isn't a metric of rows", "A metric with view: and sql: alone would do")
    clock = resolve_clock(catalogue, metric.view, metric.time)
    if clock is None:
        found = f"{known} has no clock: its view {metric.view} names no time"
        raise _refuse(where, found, "A metric of a view with time: would do")
    owner = find_owner(catalogue, metric.view, known, entity, where)
    held = {column.name.lower() for column in owner if not column.path.steps}
    wheres = (*([metric.where] if metric.where else []), *_list_conditions(metric.sql, held))
    return Leaf(known, metric.view, metric.sql, wheres, clock, variant), owner


def find_owner(catalogue: Catalogue, view: str, name: str, entity: str, where: str) -> tuple[Reached, ...]:
    """The columns of a view that say which entity a row is of. Raises Refused, in which `name` stands for the rows."""
    try:
        path, columns = find_entity(catalogue, view, entity)
    except Refused as refused:
        found = f"{name} can't be followed by {entity}: {refused.problems[0].found}"
        raise _refuse(where, found, refused.problems[0].remedy) from refused
    if any(step.multi for step in path.steps):
        found = f"{name} can't be followed by {entity}: a row of {view} may be of several"
        raise _refuse(where, found, f"A join of {view} named {entity} would do")
    return tuple(Reached(path, column, None) for column in columns)


def _refuse(where: str, found: str, remedy: str) -> Refused:
    return Refused([Problem(where, found, remedy, (where, None))])


def _list_conditions(sql: AggregateSql, held: set[str]) -> Iterator[RowSql]:
    """What the aggregate itself asks of a row: `count(*) FILTER (WHERE …)`, `count_if(…)`, `count(column)`.

    A row without its entity is left out anyway, so that nothing is asked of the columns that are `held`.
    """
    tree = sql.tree
    conditions: list[Node] = []
    if isinstance(tree, exp.Filter):
        conditions.append(tree.expression.this)
        tree = tree.this
    if isinstance(tree, exp.CountIf):
        conditions.append(tree.this)
    elif isinstance(tree, exp.Count) and not isinstance(tree.this, exp.Star):
        counted = tree.this.expressions if isinstance(tree.this, exp.Distinct) else [tree.this]
        conditions += [
            exp.Not(this=exp.Is(this=node.copy(), expression=exp.Null()))
            for node in counted
            if not (isinstance(node, exp.Column) and len(node.parts) == 1 and node.name.lower() in held)
        ]
    for condition in conditions:
        yield RowSql(condition.sql(dialect="duckdb"), condition)
