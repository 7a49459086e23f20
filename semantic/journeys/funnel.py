"""Funnel by name -> ResolvedFunnel: its steps followed as those of a conversion, each counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semantic.calendar import Window
from semantic.catalogue import Catalogue, Funnel
from semantic.errors import Problem, Refused, suggest_name
from semantic.question import Journey, MetricAsk, Top
from semantic.resolved import Leaf, ResolvedFunnel, Steps, Value, Variant
from semantic.setting import Setting
from semantic.steps import build_steps
from semantic.values import build_value, find_metric, list_leaves, print_metric

if TYPE_CHECKING:
    from semantic.resolve import Resolver


def find_funnel_feeds(resolver: Resolver, journey: Journey) -> dict[str, tuple[str, ...]]:
    """The first step with its views: a funnel is cut and filtered by what its first step's rows say. Raises Refused."""
    first = _find_funnel(resolver.catalogue, journey).steps[0]
    leaves = list_leaves(_build_step(resolver, first, Variant()))
    return {first: tuple(dict.fromkeys(leaf.view for leaf in leaves))}


def resolve_funnel(resolver: Resolver, journey: Journey, variant: Variant, other: Variant | None) -> ResolvedFunnel:
    """The funnel over the first step's rows of a variant, and of the other one that it's compared with.

    Raises Refused where its steps can't be followed, or where it's compared with one of the groups that it's cut by.
    """
    name, funnel = journey.names[0], _find_funnel(resolver.catalogue, journey)
    if other and other.slice and other.slice.key.name in resolver.question.by:
        found = f"each {other.slice.key.name} would be compared with one of them"
        raise resolver.refuse("compare", found, f"Leave {other.slice.key.name} out of by=")
    leaves = _list_leaves(resolver, name, funnel, variant)
    before = _list_leaves(resolver, name, funnel, other) if other else ()
    return ResolvedFunnel(name, funnel.steps, (*leaves, *before), compared=other is not None)


def _list_leaves(resolver: Resolver, name: str, funnel: Funnel, variant: Variant) -> tuple[Leaf, ...]:
    steps = [(step, _build_step(resolver, step, variant)) for step in funnel.steps]
    plain = Steps((), funnel.by, funnel.within, "unique", None, (), "", funnel.since, funnel.order)
    how = build_steps(resolver.catalogue, name, steps, plain, "funnel")
    leaves = [_take(how, "started", "@step_1")]
    for place in range(2, len(steps) + 1):
        # In any order no step is the one before, so that days are counted from the first one.
        before = 1 if funnel.order == "any" else place - 1
        leaves.append(_take(how, f"reached {place}", f"@step_{place}"))
        leaves.append(_take(how, f"median {before} {place}", f"@days_{place}"))
    return tuple(leaves)


def choose_step(catalogue: Catalogue, funnel: ResolvedFunnel, top: Top) -> Leaf:
    """What a top ranks by: how many get to the named step, else to the first. Raises Refused."""
    counts = [leaf for leaf in funnel.leaves if leaf.name.startswith("@step_")]
    if top.metric is None:
        return counts[0]
    steps = [find_metric(catalogue, step) for step in funnel.steps]
    if top.metric.modifiers or find_metric(catalogue, top.metric.name) not in steps:
        found = f"a funnel is ranked by how many get to one of its steps, and {print_metric(top.metric)} is none"
        remedy = f"Use top={top.count}:{funnel.steps[-1]}, say"
        raise Refused([Problem("top", found, remedy, ("top", None))])
    return counts[steps.index(find_metric(catalogue, top.metric.name))]


def _take(how: Steps, part: str, name: str) -> Leaf:
    return replace(how.steps[0], name=name, how=replace(how, part=part))


def _build_step(resolver: Resolver, step: str, variant: Variant) -> Value:
    setting = Setting("day", Window(), (), resolver.as_of, resolver.timezone)
    return build_value(resolver.catalogue, MetricAsk(step), variant, setting)


def _find_funnel(catalogue: Catalogue, journey: Journey) -> Funnel:
    name = journey.names[0]
    if name not in catalogue.funnels:
        remedy = suggest_name(name, catalogue.funnels, "funnel")
        raise Refused([Problem("funnel", f"the funnel {name} is unknown", remedy, ("funnel", None))])
    return catalogue.funnels[name]
