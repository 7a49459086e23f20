"""Rows of a journey -> marks: cells whose period isn't over in the data, or still settles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from semantic.calendar import add_periods, start_of_day
from semantic.catalogue import Catalogue
from semantic.marks import Mark, Marked, find_end, go_back
from semantic.resolved import Resolved, ResolvedCohort, ResolvedJourney

if TYPE_CHECKING:
    import pyarrow as pa


def mark_journey(catalogue: Catalogue, resolved: Resolved, journey: ResolvedJourney, rows: pa.Table) -> list[Marked]:
    """The marks of an answer's rows, which still have the columns that aren't shown."""
    if isinstance(journey, ResolvedCohort):
        return list(_mark_cohort(catalogue, resolved, journey, rows.select(["cohort", "age"]).to_pylist()))
    return []


def _mark_cohort(
    catalogue: Catalogue, resolved: Resolved, cohort: ResolvedCohort, rows: list[dict[str, Any]]
) -> Iterator[Marked]:
    """A size may grow until its cohort's period is over, a count until that of its age is."""
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
