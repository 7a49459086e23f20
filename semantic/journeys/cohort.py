"""Cohort -> ResolvedCohort: who started when, who came back how much later, and how far the data can tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, cast
from zoneinfo import ZoneInfo

from semantic.calendar import Window, add_periods, count_periods, start_of_day, truncate_day
from semantic.catalogue import Catalogue, Cohort, Grain
from semantic.errors import Problem, Refused, suggest_name
from semantic.journeys.rows import find_rows
from semantic.line_values import AGES, RETENTIONS
from semantic.names import GRAINS, is_finer
from semantic.question import Journey
from semantic.resolved import Leaf, ResolvedCohort, Variant
from semantic.spans import find_local_day
from semantic.values import find_metric

if TYPE_CHECKING:
    from semantic.resolve import Resolver

MOST_CELLS = 500_000


def find_cohort(catalogue: Catalogue, name: str) -> Cohort:
    """The cohort of that name. Raises Refused."""
    if name not in catalogue.cohorts:
        remedy = suggest_name(name, catalogue.cohorts, "cohort")
        raise Refused([Problem("cohort", f"the cohort {name} is unknown", remedy, ("cohort", name))])
    return catalogue.cohorts[name]


def find_cohort_feeds(catalogue: Catalogue, journey: Journey) -> dict[str, tuple[str, ...]]:
    """The rows that start a cohort: keys and filters are about them."""
    cohort = find_cohort(catalogue, journey.names[0])
    leaf, _ = find_rows(catalogue, cohort.start, cohort.by, Variant(), "cohort")
    return {cohort.start: (leaf.view,)}


def resolve_cohort(resolver: Resolver, journey: Journey, variant: Variant) -> ResolvedCohort:
    """The cohort that is asked, over the entities that start in the period. Raises Refused."""
    catalogue, name = resolver.catalogue, journey.names[0]
    cohort = find_cohort(catalogue, name)
    grain, retention = _read_options(cohort, journey.options)
    for key in resolver.question.by:
        if key in GRAINS:
            other = f"cohort={name}:{key}" if key in AGES else f"by={grain} is there already"
            remedy = f"Ask {other}" if key in AGES else "Leave it out"
            raise _refuse("by", f"a cohort is a {grain} already, and {key} would cut it again", remedy, key)
    # The start is looked up in all history: the period picks cohorts, not rows.
    (start, owner), (back, other_owner) = (
        find_rows(catalogue, metric, cohort.by, Variant(), "cohort") for metric in (cohort.start, cohort.return_)
    )
    for leaf in (start, back):
        _check_grain(resolver, leaf, grain)
    assert start.clock and back.clock, "both have been found with a clock"
    tomorrow = resolver.as_of + timedelta(days=1)
    window = Window(variant.window.start, min(variant.window.stop or tomorrow, tomorrow))
    until = min(tomorrow, _find_end(resolver, back))
    oldest = start.clock.first and find_local_day(catalogue, resolver.timezone, start.clock, start.clock.first)
    first = truncate_day(window.start or oldest or until, grain, catalogue.week_start)
    begun, over = _count_known(resolver, back, grain, first, until)
    _check_size(grain, window, first, begun)
    return ResolvedCohort(
        name,
        (replace(start, variant=variant), replace(back, name=f"{back.name} again", variant=variant)),
        (find_metric(catalogue, cohort.start), find_metric(catalogue, cohort.return_)),
        cohort.by,
        (owner, other_owner),
        grain,
        retention,
        window,
        Window(first, until),
        begun,
        over,
        cohort.min_base,
    )


def _refuse(where: str, found: str, remedy: str, item: str | None = None) -> Refused:
    return Refused([Problem(where, found, remedy, (where, item))])


def _read_options(cohort: Cohort, options: tuple[str, ...]) -> tuple[Grain, Literal["bounded", "rolling"]]:
    """The grain and the retention that the line asks for, else the catalogue's."""
    grain = next((word for word in options if word in AGES), cohort.grain)
    retention = next((word for word in options if word in RETENTIONS), cohort.retention)
    return cast(Grain, grain), cast(Literal["bounded", "rolling"], retention)


def _check_grain(resolver: Resolver, leaf: Leaf, grain: Grain) -> None:
    """Whether the rows' clock tells periods of that grain apart."""
    clock = leaf.clock
    assert clock, "the leaf has been found with a clock"
    finest: Grain = clock.grain or "day"
    nests = "week" not in (grain, finest) and not is_finer(grain, finest)
    if finest not in ("minute", "hour", "day") and grain != finest and not nests:
        raise _refuse("cohort", f"{leaf.name} is counted by {finest}, so it has no {grain}", f"Ask by {finest}")


def _find_end(resolver: Resolver, leaf: Leaf) -> date:
    """The day after the last one of which the rows' view knows anything."""
    catalogue, clock = resolver.catalogue, leaf.clock
    assert clock, "the leaf has been found with a clock"
    complete = catalogue.bound.complete.get(leaf.view)
    if catalogue.views[leaf.view].complete_until is not None and complete is not None:
        last = (complete - timedelta(microseconds=1)).replace(tzinfo=ZoneInfo("UTC"))
        return last.astimezone(ZoneInfo(resolver.timezone)).date() + timedelta(days=1)
    if clock.last is None:
        return resolver.as_of + timedelta(days=1)
    day = find_local_day(catalogue, resolver.timezone, clock, clock.last)
    stands = clock.grain if clock.grain in AGES else "day"
    return add_periods(truncate_day(day, stands, catalogue.week_start), stands, 1)


def _count_known(resolver: Resolver, back: Leaf, grain: Grain, first: date, until: date) -> tuple[int, int]:
    """How many periods from the first on have begun before that day, and how many are over in the data."""
    complete = start_of_day(resolver.as_of + timedelta(days=1), ZoneInfo(resolver.timezone))
    if (known := resolver.catalogue.bound.complete.get(back.view)) is not None:
        complete = min(complete, known)
    begun = over = 0
    day = first
    while day < until:
        begun += 1
        day = add_periods(first, grain, begun)
        over += start_of_day(day, ZoneInfo(resolver.timezone)) <= complete
    return begun, over


def _check_size(grain: Grain, window: Window, first: date, periods: int) -> None:
    """A grid that nobody could read is refused."""
    last = add_periods(first, grain, max(periods - 1, 0))
    cohorts = min(
        periods, count_periods(Window(first, min(window.stop or last, last)), grain) if last > first else periods
    )
    cells = cohorts * periods - cohorts * (cohorts - 1) // 2
    if cells > MOST_CELLS:
        found = f"cohorts by {grain} make about {cells:,} cells, and {MOST_CELLS:,} are shown"
        raise _refuse("cohort", found, "Ask a coarser grain or a shorter period")
