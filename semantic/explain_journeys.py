"""Journey -> words: what a funnel, cohort, flow or overlap does, one sentence a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import assert_never

from semantic.explain_steps import tell_steps
from semantic.plan import Plan
from semantic.resolved import (
    Leaf,
    ResolvedCohort,
    ResolvedFlow,
    ResolvedFunnel,
    ResolvedJourney,
    ResolvedOverlap,
    Steps,
)
from semantic.steps import clock_of

OVERLAP = {
    "@rows": "who is in what, by each view",
    "@entities": "who is in what, by all of them",
    "@codes": "the values that anybody has, numbered: numbers are grouped faster than texts",
    "@held": "the numbers of the values that each entity has",
    "@places": "everybody who is asked for, numbered",
    "@bits": "who has each value: a bit for each of so many at a time",
    "@sets": "how many are in exactly these segments",
    "@named": "the names of the segments",
    "@one": "each segment of a set",
    "@two": "and each other one",
    "@other": "how many are in both, or in the one",
    "@answer": "the rows, and those of the totals",
}

FLOW = {
    "@states": "who was in which state, from when to when",
    "@events": "each event with the two times at which its entity's state is looked at",
    "@held": "the states of each at both times",
    "@moves": "how many moved from which to which, or stayed",
    "@answer": "the rows, and those of the totals",
}


def tell_journey(plan: Plan, journey: ResolvedJourney, conditions: Sequence[str]) -> Iterator[str]:
    """Its steps in words; `conditions` are the question's filters and segments, told already."""
    match journey:
        case ResolvedCohort():
            yield from _tell_cohort(plan, journey, conditions)
        case ResolvedFunnel():
            yield from _tell_funnel(plan, journey, conditions)
        case ResolvedOverlap():
            yield from _tell_overlap(plan, journey, conditions)
        case ResolvedFlow():
            yield from _tell_flow(plan, journey, conditions)
        case _:
            assert_never(journey)


def comment_steps(journey: ResolvedJourney) -> dict[str, str]:
    """What each CTE of its SQL does, by name."""
    match journey:
        case ResolvedCohort():
            return _comment_cohort(journey)
        case ResolvedFunnel():
            return {f"{journey.leaves[0].view}@rows": f"how many get to each step of {journey.name}, and in what time"}
        case ResolvedOverlap():
            return OVERLAP
        case ResolvedFlow():
            return FLOW
        case _:
            assert_never(journey)


def _comment_cohort(journey: ResolvedCohort) -> dict[str, str]:
    start, back = journey.metrics
    held = "the last age in which it returned" if journey.retention == "rolling" else "a bit for each age"
    return {
        "@first": f"each {journey.entity}'s first row of {start} in all history",
        "@starts": f"who starts in the period: one row for each {journey.entity}",
        "@back": f"what they do of {back} from then on, {held}",
        "@sizes": "how many start in each cohort",
        "@cells": "how many of them return, by age",
        "@grid": "every cohort at every age that has begun in the data",
        "@answer": "the rows, and those of the totals",
    }


def _tell_funnel(plan: Plan, funnel: ResolvedFunnel, conditions: Sequence[str]) -> Iterator[str]:
    leaf = funnel.leaves[0]
    assert isinstance(leaf.how, Steps), "a funnel has steps"
    wheres = [*conditions, *(where.text for where in leaf.wheres)]
    asked = f", where {' and '.join(wheres)}" if wheres else ""
    yield f"A {leaf.how.by} enters {funnel.name} with a row of {leaf.view} by {clock_of(leaf).column.text}{asked}."
    keys = [key.name for key in plan.keys]
    yield from tell_steps(leaf.how, plan.timezone, f"in each group of {' and '.join(keys)}" if keys else "over all")
    yield "count is how many got to a step and all before it; rate is their share of the first step's count."
    days = "from the first step" if leaf.how.order == "any" else "from the step before"
    yield "step_rate is their share of the step before; lost is who got to that one and no further."
    yield f"median_days is the median of their days {days}."
    if funnel.compared:
        yield _tell_compared(funnel.leaves[-1])
    if plan.top and isinstance(plan.top.value, Leaf):
        step = funnel.steps[int(plan.top.value.name.removeprefix("@step_")) - 1]
        values = f"{plan.top.count:,} value{'s' if plan.top.count > 1 else ''} of {plan.top.key.name}"
        kept = "are" if plan.top.count > 1 else "is"
        yield f"Over the period, the {values} that most get to {step} with {kept} kept; the others become Other."


def _tell_compared(leaf: Leaf) -> str:
    """Which first steps the funnel stands beside."""
    other = leaf.variant
    rows = f"another group by {other.slice.key.name}" if other.slice else f"those of {other.window}"
    return f"NAME@compare is NAME of other first steps, {rows}, and NAME@change is NAME / NAME@compare - 1."


def _tell_cohort(plan: Plan, cohort: ResolvedCohort, conditions: Sequence[str]) -> Iterator[str]:
    start, back = (
        f"{metric} (rows of {leaf.view})" for metric, leaf in zip(cohort.metrics, cohort.leaves, strict=True)
    )
    yield f"Each {cohort.entity} starts with its first row of {start} in all history, whatever is filtered."
    asked = f", if of that row {' and '.join(conditions)}" if conditions else ""
    yield f"It belongs to the cohort of the {cohort.grain} of that row, if that lies in the period{asked}."
    if slices := [key.name for key in plan.keys]:
        yield f"{' and '.join(slices)} {'is that' if len(slices) == 1 else 'are those'} of that row."
    when = "in that age or a later one" if cohort.retention == "rolling" else "in that age"
    yield f"count is how many of a cohort have a row of {back} {when}, at the start's own time or later."
    yield f"Ages are whole {'halves' if cohort.grain == 'half' else f'{cohort.grain}s'} from 0, that of the start."
    yield f"size is how many started, and rate is count / size; of fewer than {cohort.min_base} it is marked."
    assert cohort.known.stop, "it's known until when there is data"
    last = cohort.known.stop - timedelta(days=1)
    yield f"Rows are known up to {last}: an age that begins later isn't there, and one that isn't over is marked."
    if plan.totals:
        yield "Where a total holds several cohorts, it holds those whose age is over."


def _tell_overlap(plan: Plan, overlap: ResolvedOverlap, conditions: Sequence[str]) -> Iterator[str]:
    views = " and ".join(leaf.view for leaf in overlap.leaves)
    where = f", where {' and '.join(conditions)}" if conditions else ""
    what = f"each {overlap.entity} of {views}" if overlap.entity else f"each row of {views}"
    yield f"What is counted is {what}{where}."
    if overlap.values:
        yield f"It has the values of {overlap.values.name} that its rows of {overlap.values.path.view} hold."
    else:
        yield f"The segments are {', '.join(member.name for member in overlap.members)}."
    if overlap.dated:
        yield f"Histories are looked at on {overlap.until - timedelta(days=1)}."
    if overlap.pairs:
        yield "count is how many are in a segment, or in both of two, whatever else they are in."
    else:
        yield "count is how many are in all of these segments and in no other one; the empty list is those in none."
    if slices := [key.name for key in plan.keys]:
        yield f"They are counted in each group of {' and '.join(slices)}."


def _tell_flow(plan: Plan, flow: ResolvedFlow, conditions: Sequence[str]) -> Iterator[str]:
    where = f", where {' and '.join(conditions)}" if conditions else ""
    state = f"{flow.state.name} (of {flow.state.path.view})"
    assert flow.window.stop, "a flow ends"
    last = flow.window.stop - timedelta(days=1)
    if flow.after is None:
        yield f"Each {flow.entity} has its {state} at the start of {flow.window.start} and at the end of {last}{where}."
    else:
        [leaf] = flow.leaves
        yield f"Each row of {leaf.name} (of {leaf.view}) counts up to {last}{where}: {flow.after} later is known of it."
        yield f"Its {flow.entity} has its {state} at the row's own time, and {flow.after} later."
    yield "Who has a state after and none before has joined, the other way round has left; who has none isn't counted."
    yield "count is how many went from the one to the other, and share is their share of those who came from there."
    if slices := [key.name for key in plan.keys]:
        yield f"They are counted in each group of {' and '.join(slices)}."
