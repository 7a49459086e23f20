"""Journey -> words: what a funnel, cohort, flow or overlap does, one sentence a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from semantic.plan import Plan
from semantic.resolved import ResolvedCohort, ResolvedJourney


def tell_journey(plan: Plan, journey: ResolvedJourney, conditions: Sequence[str]) -> Iterator[str]:
    """Its steps in words; `conditions` are the question's filters and segments, told already."""
    if isinstance(journey, ResolvedCohort):
        yield from _tell_cohort(plan, journey, conditions)


def comment_steps(journey: ResolvedJourney) -> dict[str, str]:
    """What each CTE of its SQL does, by name."""
    if not isinstance(journey, ResolvedCohort):
        return {}
    start, back = journey.metrics
    held = "the last age in which it returned" if journey.retention == "rolling" else "a bit for each age"
    grids = {
        "@sizes": "how many start in each cohort",
        "@cells": "how many of them return, by age",
        "@grid": "every cohort at every age that has begun in the data",
    }
    return {
        "@first": f"each {journey.entity}'s first row of {start} in all history",
        "@starts": f"who starts in the period: one row for each {journey.entity}",
        "@back": f"what they do of {back} from then on, {held}",
        **grids,
        **{f"{name}@segment": f"{told}, in each segment" for name, told in grids.items()},
        "@answer": "the rows, and those of the totals",
    }


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
    yield "size is how many started, and rate is count / size."
    assert cohort.known.stop, "it's known until when there is data"
    last = cohort.known.stop - timedelta(days=1)
    yield f"Rows are known up to {last}: an age that begins later isn't there, and one that isn't over is marked."
    if plan.totals:
        yield "Where a total holds several cohorts, it holds those whose age is over."
