"""Traits -> CTEs: a metric's value of each entity, and what a row finds there of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.each import VALUE
from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.emit.values import emit_value
from semantic.names import Reached
from semantic.plan import Plan
from semantic.primitives import Node, number, text
from semantic.resolved import Filled, Trait
from semantic.traits import label_bands, list_bounds

if TYPE_CHECKING:
    from semantic.catalogue import Catalogue
    from semantic.emit.scope import Params, Scope


def name_traits(plan: Plan) -> dict[tuple[str, object], tuple[str, Trait]]:
    """The CTE of each trait and window of a plan."""
    names: dict[tuple[str, object], tuple[str, Trait]] = {}
    for trait, _ in plan.traits:
        place = sum(known == trait.name for known, _ in names) + 1
        names[trait.name, trait.window] = (f"@{trait.name}" if place == 1 else f"@{trait.name}:{place}", trait)
    return names


def emit_traits(
    catalogue: Catalogue, params: Params, plan: Plan, emit_inner: Callable[[Plan], exp.Select]
) -> list[tuple[str, Node]]:
    """The CTEs of the traits that were used so far, each after those that it is made of itself."""
    plans = (
        {params.traits[trait.name, trait.window][0]: (trait, of) for trait, of in plan.traits} if params.traits else {}
    )
    found: dict[str, Node] = {}

    def add(name: str) -> None:
        if name in found:
            return
        trait, of = plans[name]
        params.used = {}
        body = emit_inner(of)
        for other in list(params.used):
            add(other)
        found[name] = _cut_bands(catalogue, trait, body)

    for name in list(params.used):
        add(name)
    return list(found.items())


def _cut_bands(catalogue: Catalogue, trait: Trait, body: exp.Select) -> exp.Select:
    if not label_bands(catalogue, trait.name):
        return body
    shown: list[Node] = [column(key.name) for key in trait.keys]
    shown.append(name_as(find_band(catalogue, trait.name, column(VALUE)), VALUE))
    select = exp.Select(expressions=shown)
    select.set("from_", exp.From(this=exp.Subquery(this=body, alias=exp.TableAlias(this=identify("@entities")))))
    return select


def find_band(catalogue: Catalogue, name: str, value: Node) -> Node:
    """The label of the band that a value lies in; NULL has none."""
    below, *labels = label_bands(catalogue, name)
    pairs = list(zip(list_bounds(catalogue, name), labels, strict=True))
    ifs = [
        exp.If(this=exp.GTE(this=value.copy(), expression=exp.Literal.number(bound)), true=text(label))
        for bound, label in reversed(pairs)
    ]
    under = exp.LT(this=value.copy(), expression=exp.Literal.number(pairs[0][0]))
    return exp.Case(ifs=[*ifs, exp.If(this=under, true=text(below))])


def emit_trait(scope: Scope, reached: Reached) -> Node:
    """The value of the entity that a row names; of one without rows, what the metric is without any."""
    assert reached.dimension and reached.dimension.trait, "a trait is reached"
    if scope.params.traits is None:
        scope.params.used[reached.dimension.trait] = None
        return exp.Null()  # only types are asked for
    cte, trait = scope.params.traits[reached.dimension.trait, scope.measured]
    scope.params.used[cte] = None
    *before, last = reached.path.steps or (None,)
    if last is not None and last.entity == trait.entity:
        table, columns = scope.alias(reached.path.cut(len(before))), last.columns
    else:
        table = scope.alias(reached.path)
        columns = scope.catalogue.views[reached.path.view].keys[trait.entity]
    alias = scope.join_trait(cte, table, columns, tuple(key.name for key in trait.keys))
    value: Node = column(VALUE, alias)
    without = _find_without(scope.catalogue, trait)
    if without is None:
        return value
    met = exp.Not(this=exp.Is(this=column(trait.keys[0].name, alias), expression=exp.Null()))
    named = join_and(exp.Not(this=exp.Is(this=column(name, table), expression=exp.Null())) for name in columns)
    return exp.Case(ifs=[exp.If(this=met, true=value), exp.If(this=named, true=without)])


def _find_without(catalogue: Catalogue, trait: Trait) -> Node | None:
    """What a trait is of an entity without rows, None where that's NULL."""
    bands = label_bands(catalogue, trait.name)
    if isinstance(trait.value, Filled):
        place = sum(float(bound) <= 0 for bound in list_bounds(catalogue, trait.name))
        return text(bands[place]) if bands else number(0)
    found = emit_value(trait.value, lambda leaf: exp.Null(), lambda node, within: node)
    if all(isinstance(node, exp.Null) for node in found.walk()):
        return None
    return find_band(catalogue, trait.name, found) if bands else found
