"""A funnel's groups -> a row for each step: how many got there, of all and of the step before, and the days."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.scan import select_from
from semantic.emit.scope import Params, column, identify, name_as
from semantic.emit.values import divide
from semantic.primitives import Node, number
from semantic.resolved import ResolvedFunnel

STEPS = "@steps"


def emit_funnel(params: Params, funnel: ResolvedFunnel, source: str, kept: Sequence[str]) -> exp.Select:
    """The kept columns of each group and the funnel's, a row for each step; `@step` is its place.

    The first step has nothing before it, so that its step_rate, lost and median_days are NULL.
    """
    places = range(1, len(funnel.steps) + 1)
    rows = [exp.Tuple(expressions=[number(place), params.add(funnel.steps[place - 1])]) for place in places]
    names = exp.TableAlias(this=identify(STEPS), columns=[identify("@step"), identify("step")])
    shown: list[Node] = [column(name, source) for name in kept]
    shown += [column("step", STEPS), column("@step", STEPS)]
    shown.append(name_as(_choose({place: column(f"@step_{place}", source) for place in places}), "count"))
    shown.append(name_as(column("@step_1", source), "@first"))
    shown.append(name_as(_choose({place: column(f"@step_{place - 1}", source) for place in places[1:]}), "@before"))
    shown.append(name_as(_choose({place: column(f"@days_{place}", source) for place in places[1:]}), "median_days"))
    each = select_from(exp.Table(this=identify(source)), shown)
    each.set("joins", [exp.Join(this=exp.Values(expressions=rows, alias=names), kind="CROSS")])
    values = {
        "rate": divide(column("count"), column("@first")),
        "step_rate": divide(column("count"), column("@before")),
        "lost": exp.Sub(this=column("@before"), expression=column("count")),
    }
    told = [
        name_as(values[item.name], item.name) if item.name in values else column(item.name) for item in funnel.columns
    ]
    named = exp.Subquery(this=each, alias=exp.TableAlias(this=identify("@each")))
    return select_from(named, [*(column(name) for name in kept), *told, column("@step")])


def _choose(values: dict[int, Node]) -> Node:
    """The value of the step that a row is about."""
    ifs = [exp.If(this=number(place), true=value) for place, value in values.items()]
    return exp.Case(this=column("@step", STEPS), ifs=ifs)


def _name(values: dict[str, Node], name: str) -> Node:
    return name_as(values[name], name) if name in values else column(name)
