"""Answer's periods -> those whose rolling window reaches back before the first day of the data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from semantic.calendar import SECONDS, Window, add_periods, truncate_day
from semantic.catalogue import Catalogue
from semantic.each import list_sources
from semantic.frames import find_first, list_leaves
from semantic.resolved import Column, Each, Frame, Leaf
from semantic.spans import find_local_day


def is_short(catalogue: Catalogue, timezone: str, column: Column, period: Sequence[Any], grains: Sequence[str]) -> bool:
    """Whether a window that the value of a row is read at, or one of those it's the mean of, isn't all in the data."""
    for leaf in list_leaves(column.value):
        for source in list_sources(leaf):
            if source.clock and source.clock.first:
                begin = _find_begin(catalogue, timezone, leaf, source, period, grains)
                if begin and begin < find_local_day(catalogue, timezone, source.clock, source.clock.first):
                    return True
    return False


def _find_begin(
    catalogue: Catalogue, timezone: str, leaf: Leaf, source: Leaf, period: Sequence[Any], grains: Sequence[str]
) -> date | None:
    """The day on which the earliest window begins that a row of this period needs; None of what is no window."""
    frame, shift = source.how, leaf.variant.shift
    if source.variant.rolls and frame is None:  # it's read on one day, and its rows are the window's
        return source.variant.window.start
    if not (isinstance(frame, Frame) and frame.window and frame.read.start and frame.read.stop):
        return None
    first, stop = frame.read.start, frame.read.stop
    for value, grain in zip(period, grains, strict=True):
        if value is None:
            continue
        day = value.astimezone(ZoneInfo(timezone)).date() if isinstance(value, datetime) else value
        span = Window(day, day + timedelta(days=1) if grain in SECONDS else add_periods(day, grain, 1))
        span = shift.move_back(span) if shift and not shift.seconds else span
        assert span.start and span.stop, "a period has two ends"
        first, stop = max(first, span.start), min(stop, span.stop)
    if first >= stop:
        return None
    if isinstance(leaf.how, Each):
        last = add_periods(truncate_day(first, leaf.how.per, catalogue.week_start), leaf.how.per, 1)
        day = last - timedelta(days=1) if leaf.how.per not in SECONDS else first
    else:
        day = stop - timedelta(days=1) if frame.at == "last" else first
    if frame.window.unit in SECONDS:
        return day + timedelta(days=1 - -(-frame.window.count * SECONDS[frame.window.unit] // 86_400))
    return find_first(frame, day, catalogue.week_start)
