"""Clocks -> the local days that their data lies on."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from semantic.catalogue import Catalogue
from semantic.conditions import classify_type
from semantic.resolved import ResolvedClock


def find_local_day(catalogue: Catalogue, timezone: str, clock: ResolvedClock, stored: datetime) -> date:
    """The day in a zone of a time as the clock stores it."""
    if classify_type(clock.type) == "date":
        return stored.date()
    zone = "UTC" if classify_type(clock.type) == "instant" else catalogue.stored_zone
    return stored.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo(timezone)).date()


def find_data_days(
    catalogue: Catalogue, timezone: str, clocks: Iterable[ResolvedClock]
) -> tuple[date | None, date | None]:
    """The first and the last day that any of the clocks has a row on; None where there is no row."""
    clocks = list(clocks)
    firsts = [find_local_day(catalogue, timezone, clock, clock.first) for clock in clocks if clock.first]
    lasts = [find_local_day(catalogue, timezone, clock, clock.last) for clock in clocks if clock.last]
    return min(firsts, default=None), max(lasts, default=None)
