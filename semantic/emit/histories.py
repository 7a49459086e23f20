"""A history's intervals -> SQL: which of its rows holds at a row's own time, or at the start or end of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from semantic.conditions import classify_type
from semantic.emit.nodes import column, identify, join_or, name_as
from semantic.primitives import Node, cast, text

if TYPE_CHECKING:
    from semantic.emit.scope import Scope


@dataclass(frozen=True, slots=True)
class Moment:
    """When a history is looked at: a row's own time, or an edge of a day, or of an hour (a UTC TIMESTAMP).

    At a `start`, what begins then holds already; at an `end`, what ends then still does, and what begins doesn't yet.
    """

    kind: Literal["time", "start", "end"]
    time: Node | date
    family: str  # date, timestamp, instant; of an edge, date or utc


def find_bounds(scope: Scope, view: str, table: str) -> tuple[tuple[Node, str, str, tuple[str, str]], ...]:
    """The columns from and to of a history, each with the family of its type and the place of its span."""
    valid = scope.catalogue.views[view].valid
    assert valid and len(valid) == 2, "a history has two bounds"
    types = scope.catalogue.bound.columns[view]
    return tuple(
        (column(name, table), classify_type(types[name.lower()]), types[name.lower()], (view, name)) for name in valid
    )


def emit_holding(
    scope: Scope, view: str, table: str, moment: Moment, converted: list[exp.Alias] | None = None
) -> list[Node]:
    """The conditions under which a row of a history, under its name in FROM, holds at a moment. An open bound is NULL.

    Where a day meets an instant, both are cut to days in the question's zone. With `converted`, a bound of another zone
    or type is a column there, of the view's rows: once for each of them, not for each pair that a join looks at.
    """
    time = moment.time
    found: list[Node] = []
    for raw, family, type_, place in find_bounds(scope, view, table):
        at: Node
        bound: Node = raw.copy()
        if isinstance(time, date):
            at = scope.edge(time, type_)
        elif moment.family == "utc" and family == "date":  # a day begins on the wall
            bound, at = scope.dialect.utc_of_wall(cast(bound, "TIMESTAMP"), scope.zone, *scope.span(place)), time
        elif moment.family == "utc":
            bound, at = scope.utc(bound, family, place), time
        elif moment.kind != "time":
            bound, at = scope.wall(bound, family, place), time
        elif family == moment.family:
            at = time
        elif "date" in (family, moment.family):
            bound = bound if family == "date" else scope.dialect.day(scope.wall(bound, family, place))
            at = time if moment.family == "date" else scope.dialect.day(scope.wall(time.copy(), moment.family))
        else:
            bound, at = scope.utc(bound, family, place), scope.utc(time.copy(), moment.family)
        first = not found
        opens: list[Node] = [exp.Is(this=raw, expression=exp.Null())] if may_be_open(scope, place) else []
        if bound != raw and may_be_infinite(scope, place, first):  # no zone moves an infinity: converted, it is NULL
            opens.append(exp.EQ(this=raw.copy(), expression=text("-infinity" if first else "infinity")))
        if converted is not None and bound != raw:
            for node in bound.find_all(exp.Column):
                node.set("table", identify(view))
            converted.append(name_as(bound, f"{table}@{raw.name}"))
            bound = column(f"{table}@{raw.name}", table)
        known = _compare(bound, at.copy(), moment.kind, first)
        found.append(join_or([known, *opens]) if opens else known)
    return found


def may_be_open(scope: Scope, place: tuple[str, str]) -> bool:
    """Whether an interval may be without this bound, which the data themselves say."""
    span = scope.catalogue.bound.spans.get(place)
    return span is None or span.unknown


def may_be_infinite(scope: Scope, place: tuple[str, str], first: bool) -> bool:
    """Whether an interval may have begun, or may end, where no calendar reaches."""
    span = scope.catalogue.bound.spans.get(place)
    return span is None or (span.before if first else span.beyond)


def _compare(bound: Node, at: Node, kind: str, first: bool) -> Node:
    """`from <= at` or `to > at`; of an end, `from < at` or `to >= at`."""
    if first:
        return exp.LT(this=bound, expression=at) if kind == "end" else exp.LTE(this=bound, expression=at)
    return exp.GTE(this=bound, expression=at) if kind == "end" else exp.GT(this=bound, expression=at)
