"""Ranks -> SQL: a view whose rows are numbered for each entity, over all history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.entities import find_entity, list_tie_breakers
from semantic.names import Reached
from semantic.primitives import Node

if TYPE_CHECKING:
    from semantic.emit.scope import Scope


def rank_name(name: str) -> str:
    """The column that holds a rank; no column of a view has an @."""
    return f"@{name}"


def emit_ranked(scope: Scope, view: str, ranks: Mapping[str, str]) -> exp.Select:
    """All rows of a view, numbered by its clock for each entity of `ranks`; `scope` is one over the view.

    Equal times are in the order of the view's key, else of all its columns. A row without entity or time has no number.
    """
    clock = scope.catalogue.views[view].time
    assert clock, "a view with ranks has a clock"
    shown: list[Node] = [exp.Column(this=exp.Star(), table=identify(view))]
    for name, entity in ranks.items():
        path, columns = find_entity(scope.catalogue, view, entity)
        keys = [scope.dimension(Reached(path, key, None)) for key in columns]
        time = scope.sql(clock.column)
        order = [time, *(column(key, view) for key in list_tie_breakers(scope.catalogue, view))]
        number = exp.Window(
            this=exp.RowNumber(),
            partition_by=[key.copy() for key in keys],
            order=exp.Order(expressions=[exp.Ordered(this=item.copy(), nulls_first=False) for item in order]),
        )
        known = join_and(exp.Not(this=exp.Is(this=node, expression=exp.Null())) for node in [*keys, time])
        shown.append(name_as(exp.Case(ifs=[exp.If(this=known, true=number)]), rank_name(name)))
    select = exp.Select(expressions=shown)
    from_, joins = scope.tables()
    select.set("from_", from_)
    select.set("joins", joins)
    return select
