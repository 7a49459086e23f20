"""Rolling windows and running totals as the reference works them out: the rows of the days up to each day shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.reference_periods import Frame
from tests.reference_time import GRAINS, ONE_DAY, add_units, cut_day, list_days
from tests.reference_values import Leaf, Windowed
from tests.world import Window

if TYPE_CHECKING:
    from tests.reference import Group, Reference


def compute_window(ref: Reference, value: Windowed, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
    """The value on the last day of the group's period, on its first, or the mean of its days."""
    first, last = find_days(ref, value, keys, group, frame)
    places = [place for place, key in enumerate(keys) if not ref.is_of_axis(key)]
    inner = tuple(keys[place] for place in places)
    kept = tuple(group[place] for place in places)

    def value_on(day: date) -> Any:
        days = replace(frame, first=find_begin(ref, value.window, day), last=day, moves=())
        found = ref.compute(value.of, inner, kept, days)
        return 0 if found is None and value.window.fill else found

    if first > last:  # what it is of no rows
        return ref.compute(value.of, inner, kept, replace(frame, first=date.max, last=date.min, moves=()))
    match value.window.at:
        case "last":
            return value_on(last)
        case "first":
            return value_on(first)
        case _:
            known = [found for day in list_days(first, last) if (found := value_on(day)) is not None]
            return sum(known) / len(known) if known else None


def find_begin(ref: Reference, window: Window, day: date) -> date | None:
    """The first day of the window that ends with a day; None since the beginning."""
    if window.count:
        return add_units(day + ONE_DAY, -window.count, window.unit)
    return cut_day(day, window.grain, ref.world.week_start) if window.grain else None


def find_days(ref: Reference, value: Windowed, keys: tuple[str, ...], group: Group, frame: Frame) -> tuple[date, date]:
    """The group's first and last day; without a period, from the first day of the value's own data on."""
    first, last = ref.days_of(keys, group, frame)
    return first or ref.find_first_day(value) or last, last


def list_window_frames(
    ref: Reference, value: Windowed, frame: Frame, keys: tuple[str, ...]
) -> Iterator[tuple[Leaf, Frame]]:
    """The aggregates, with the days of each window that is shown."""
    grains = tuple(key for key in keys if key in GRAINS)
    for group in ref.list_periods(list(grains)):
        if days := hold_window(ref, value, grains, group, frame):
            yield from ref.list_frames(value.of, days)


def hold_window(ref: Reference, value: Windowed, keys: tuple[str, ...], group: Group, frame: Frame) -> Frame | None:
    """The days of the rows that the group's window holds, or its windows; None where it has no day."""
    first, last = find_days(ref, value, keys, group, frame)
    if first > last:
        return None
    ends = {"last": (last, last), "first": (first, first), "average": (first, last)}[value.window.at]
    return replace(frame, first=find_begin(ref, value.window, ends[0]), last=ends[1], moves=())
