"""Comparisons of the catalogue as the reference works them out: how far back, on an axis of which grain."""

from __future__ import annotations

from tests.reference_names import Unanswerable
from tests.reference_time import MONTHS, Move
from tests.world import Comparison

WEEKS_OF_A_QUARTER = 13


def find_offset(metric: Comparison, grain: str | None, week_start: str) -> Move:
    """How far back the metric looks from a period of the grain. Raises Unanswerable where no such period is there."""
    if metric.to:
        if grain != "day":
            raise Unanswerable("a day beside the first one, where no day is asked")
        return Move(to=metric.to, week_start=week_start)
    months, days = metric.count * MONTHS.get(metric.unit, 0), metric.count * {"day": 1, "week": 7}.get(metric.unit, 0)
    if grain == "week" and months:
        if months % 3:
            raise Unanswerable("a change over what is no whole number of weeks")
        return Move(days=7 * WEEKS_OF_A_QUARTER * months // 3)
    if (grain == "week" and days % 7) or (grain in MONTHS and (days or months % MONTHS[grain])):
        raise Unanswerable("a change over less than the axis' period")
    return Move(months, days)
