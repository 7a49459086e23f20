"""Rows of a journey -> marks: cells whose period isn't over in the data, or still settles, or of too few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, assert_never
from zoneinfo import ZoneInfo

from semantic.calendar import add_periods, start_of_day
from semantic.catalogue import Catalogue
from semantic.marks import Mark, Marked, bound_rate, find_end, go_back, mark_periods
from semantic.plan import Plan
from semantic.resolved import (
    Column,
    Resolved,
    ResolvedCohort,
    ResolvedFlow,
    ResolvedFunnel,
    ResolvedJourney,
    ResolvedOverlap,
)

if TYPE_CHECKING:
    import pyarrow as pa


def mark_journey(
    catalogue: Catalogue, resolved: Resolved, plan: Plan, journey: ResolvedJourney, rows: pa.Table
) -> list[Marked]:
    """The marks of an answer's rows, which still have the columns that aren't shown."""
    match journey:
        case ResolvedCohort():
            return list(_mark_cohort(catalogue, resolved, journey, rows.to_pylist()))
        case ResolvedFunnel():
            return list(_mark_funnel(catalogue, resolved, plan, journey, rows))
        case ResolvedOverlap():
            views = [leaf.view for leaf in journey.leaves]
            open_ = _is_open(catalogue, resolved, views) and not journey.dated
            return [Marked(row, "count", "open") for row in range(rows.num_rows) if open_]
        case ResolvedFlow():
            return list(_mark_flow(catalogue, resolved, journey, rows))
        case _:
            assert_never(journey)


def _is_open(catalogue: Catalogue, resolved: Resolved, views: Sequence[str]) -> bool:
    """Whether the asked period isn't over in the data of the views."""
    zone, stop = ZoneInfo(resolved.timezone), resolved.asked.stop
    today = start_of_day(resolved.as_of + timedelta(days=1), zone)
    known = [found for view in views if (found := catalogue.bound.complete.get(view))]
    return stop is not None and resolved.asked.start is not None and start_of_day(stop, zone) > min([today, *known])


def _mark_flow(catalogue: Catalogue, resolved: Resolved, flow: ResolvedFlow, rows: pa.Table) -> Iterator[Marked]:
    """Who joined or left, and whether more may move until the last day, or after events that are left out."""
    open_ = flow.after is None and _is_open(catalogue, resolved, [flow.state.path.view])
    for row, (joined, left) in enumerate(zip(rows["@joined"].to_pylist(), rows["@left"].to_pylist(), strict=True)):
        if joined:
            yield Marked(row, "from", "joined")
        if left:
            yield Marked(row, "to", "left")
        if open_ or flow.cut:
            yield from (Marked(row, name, "open" if open_ else "window") for name in ("count", "share"))


def _mark_funnel(
    catalogue: Catalogue, resolved: Resolved, plan: Plan, funnel: ResolvedFunnel, rows: pa.Table
) -> Iterator[Marked]:
    """A first step is marked as its metric is; of a later one it's told, too, that there is time left to get there."""
    first = [Column("count", funnel.steps[0], replace(funnel.leaves[0], how=None))]
    later = [Column(name, funnel.steps[0], funnel.leaves[0]) for name in ("count", "rate")]
    places = rows["@step"].to_pylist()
    for columns, is_first in ((first, True), (later, False)):
        found = mark_periods(catalogue, resolved, plan, columns, rows)
        yield from (mark for mark in found if (places[mark.row] == 1) == is_first)


def _mark_cohort(
    catalogue: Catalogue, resolved: Resolved, cohort: ResolvedCohort, rows: list[dict[str, Any]]
) -> Iterator[Marked]:
    """A size may grow until its cohort's period is over, a count until that of its age is; a small one has a base."""
    zone = ZoneInfo(resolved.timezone)
    today = start_of_day(resolved.as_of + timedelta(days=1), zone)
    known = [min(today, catalogue.bound.complete.get(leaf.view) or today) for leaf in cohort.leaves]
    settles = [catalogue.metrics[name].settles for name in cohort.metrics]

    def choose(place: int, start: date) -> Mark | None:
        end, complete, delay = find_end(start, cohort.grain, zone), known[place], settles[place]
        if end > complete:
            return "open"
        return "settling" if delay and end > go_back(complete, delay) else None

    for row, found in enumerate(rows):
        size = choose(0, found["cohort"])
        count = choose(1, add_periods(found["cohort"], cohort.grain, found["age"]))
        marks = {"count": count, "size": size, "rate": "open" if "open" in (count, size) else count or size}
        yield from (Marked(row, name, mark) for name, mark in marks.items() if mark)
        if found["size"] < cohort.min_base:
            of = int(found["size"])
            yield Marked(row, "rate", "base", of, *bound_rate(int(found["count"]) / of, of))
