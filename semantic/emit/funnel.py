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
BEFORE = "@compare"  # behind the names of what it is compared with


def emit_funnel(params: Params, funnel: ResolvedFunnel, source: str, kept: Sequence[str]) -> exp.Select:
    """The kept columns of each group and the funnel's, a row for each step; `@step` is its place.

    The first step has nothing before it, so that its step_rate, lost and median_days are NULL. Where the funnel is
    compared, each number has the earlier one beside it, and new / old - 1.
    """
    places = range(1, len(funnel.steps) + 1)
    rows = [exp.Tuple(expressions=[number(place), params.add(funnel.steps[place - 1])]) for place in places]
    names = exp.TableAlias(this=identify(STEPS), columns=[identify("@step"), identify("step")])
    shown: list[Node] = [column(name, source) for name in kept]
    shown += [column("step", STEPS), column("@step", STEPS)]
    values: dict[str, Node] = {}
    for side in ("", BEFORE) if funnel.compared else ("",):
        shown.append(name_as(_choose({n: column(f"@step_{n}{side}", source) for n in places}), f"count{side}"))
        shown.append(name_as(column(f"@step_1{side}", source), f"@first{side}"))
        shown.append(
            name_as(_choose({n: column(f"@step_{n - 1}{side}", source) for n in places[1:]}), f"@before{side}")
        )
        shown.append(
            name_as(_choose({n: column(f"@days_{n}{side}", source) for n in places[1:]}), f"median_days{side}")
        )
        values[f"count{side}"], values[f"median_days{side}"] = column(f"count{side}"), column(f"median_days{side}")
        values[f"rate{side}"] = divide(column(f"count{side}"), column(f"@first{side}"))
        values[f"step_rate{side}"] = divide(column(f"count{side}"), column(f"@before{side}"))
        values[f"lost{side}"] = exp.Sub(this=column(f"@before{side}"), expression=column(f"count{side}"))
    for name in list(values) if funnel.compared else ():
        if not name.endswith(BEFORE):
            change = divide(values[name].copy(), values[name + BEFORE].copy())
            values[f"{name}@change"] = exp.Sub(this=change, expression=number(1))
    each = select_from(exp.Table(this=identify(source)), shown)
    each.set("joins", [exp.Join(this=exp.Values(expressions=rows, alias=names), kind="CROSS")])
    told: list[Node] = [column("step")]
    for item in funnel.columns[1:]:
        value = values[item.name]
        told.append(value if isinstance(value, exp.Column) else name_as(value, item.name))
    named = exp.Subquery(this=each, alias=exp.TableAlias(this=identify("@each")))
    return select_from(named, [*(column(name) for name in kept), *told, column("@step")])


def _choose(values: dict[int, Node]) -> Node:
    """The value of the step that a row is about."""
    ifs = [exp.If(this=number(place), true=value) for place, value in values.items()]
    return exp.Case(this=column("@step", STEPS), ifs=ifs)
