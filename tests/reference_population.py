"""The population of a history as the reference counts it: the rows that hold at an instant, or their mean over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from semantic.question import Slice
from tests.reference_histories import Instant, begin, end
from tests.reference_names import Path, Unanswerable
from tests.reference_periods import Frame
from tests.reference_time import FINER_THAN_DAYS, GRAINS, ONE_DAY, PARTS, Moment, is_time, list_moments, tells
from tests.reference_values import Change, Known, Leaf, Share, State, Value, Windowed, list_parts

if TYPE_CHECKING:
    from tests.reference import Group, Reference

LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}


def is_population(ref: Reference, leaf: Leaf) -> bool:
    """Whether the aggregate is of rows that hold, rather than of rows that happen."""
    return ref.world.views[leaf.metric.view].valid is not None and ref.clock_of(leaf) is None


def is_of_days(ref: Reference, leaf: Leaf) -> bool:
    view = ref.world.views[leaf.metric.view]
    return view.valid is not None and view.columns[view.valid[0]] == "DATE"


def list_populations(ref: Reference, value: Value) -> Iterator[tuple[Leaf, str]]:
    """The populations that a value is made of, and whether at the end or start of a period, or on average."""
    parts = list(list_parts(value))
    states = {id(part.of): part.snapshot.which for part in parts if isinstance(part, State)}
    for part in parts:
        if isinstance(part, Leaf) and is_population(ref, part):
            yield part, states.get(id(part), "last")


def check_value(ref: Reference, value: Value) -> None:
    """Raises Unanswerable where a history or bridge doesn't tell what is asked."""
    for part in list_parts(value):
        if isinstance(part, Windowed) and any(list_populations(ref, part)):
            raise Unanswerable("a window of what is no plain aggregate")
        timed = any(is_time(item.dimension) for item in ref.question.filters)
        if isinstance(part, Known) and part.newness.kind == "lost" and timed:
            raise Unanswerable("who is lost has rows in the period before only")
        if isinstance(part, Change):
            check_hours(ref, part)
    if ref.question.compare and not isinstance(ref.question.compare.with_, Slice):
        check_hours(ref, value)
    check_population(ref, value)


def check_hours(ref: Reference, value: Value) -> None:
    """Raises Unanswerable where a population is compared by hour."""
    if ref.grains and ref.grains[0] in FINER_THAN_DAYS and any(list_populations(ref, value)):
        raise Unanswerable("a population isn't compared by hour")


def check_population(ref: Reference, value: Value) -> None:
    """Raises Unanswerable where a state of each period doesn't tell what is asked."""
    for leaf, which in list_populations(ref, value):
        if any(is_time(key) and not ref.is_of_axis(key) for key in ref.by):
            raise Unanswerable("a population at one instant of each period has no parts of time")
        for filter_ in ref.question.filters:
            name = filter_.dimension
            if PARTS.get(name, name) in FINER_THAN_DAYS and not (ref.grains and ref.grains[0] in FINER_THAN_DAYS):
                raise Unanswerable("a population of whole days has no hours")
        if which == "average" and not leaf.metric.sql.zero:
            raise Unanswerable("a mean over time of what is no count or sum")
        if which == "average" and any(changes(ref, path, now) for path, now in list_paths(ref, leaf)):
            raise Unanswerable("a mean over time cut by what changes in between")


def check_shares(ref: Reference, value: Value) -> None:
    """Raises Unanswerable where states of several periods would have to add up."""
    for part in list_parts(value):
        if isinstance(part, Share) and has_states(ref, part.of):
            over = [key for key in ref.by if is_time(key) and key != part.within]
            if any(part.within not in GRAINS or not tells(part.within, key) for key in over):
                raise Unanswerable("a share of the states of several periods")


def has_states(ref: Reference, value: Value) -> bool:
    return any(isinstance(part, State) for part in list_parts(value)) or any(list_populations(ref, value))


def list_paths(ref: Reference, leaf: Leaf) -> Iterator[tuple[Path, bool]]:
    """The joins that a question cuts or filters the aggregate over, and whether as of today."""
    personal = [filter_ for found in ref.question.personal for filter_ in found.filters]
    asked = [*ref.others, *(filter_.dimension for filter_ in (*ref.question.filters, *personal))]
    compare = ref.question.compare
    asked += [compare.with_.dimension] if compare and isinstance(compare.with_, Slice) else []
    for name in asked:
        if name != "segment" and not is_time(name):
            place = ref.names.find_dimension(leaf.metric.view, name)
            yield place.path, place.now
    for segment in ref.segments:
        yield ref.find_segment(leaf, segment), False


def changes(ref: Reference, path: Path, now: bool) -> bool:
    """Whether it leads to a history, as of the row's own time."""
    return not now and any(ref.world.views[step.view].valid for step in path)


def compute_population(
    ref: Reference, value: Leaf, which: str, keys: tuple[str, ...], group: Group, frame: Frame
) -> Any:
    """The aggregate of the group's rows at the end or start of its period, or the mean over the time of it."""
    places = [place for place, key in enumerate(keys) if not ref.is_of_axis(key)]
    inner, kept = tuple(keys[place] for place in places), tuple(group[place] for place in places)
    slots = list_slots(ref, value, keys, group, frame)
    if not slots:
        return None
    if which != "average":
        return ref.compute(value, inner, kept, look_at(frame, find_edge(ref, slots, which)))
    known = []
    for start, seconds in list_stretches(ref, value, slots):
        known.append((ref.compute(value, inner, kept, look_at(frame, start)), seconds))
    if all(found is None for found, _ in known):
        return None
    return sum((found or 0) * seconds for found, seconds in known) / sum(seconds for _, seconds in known)


def look_at(frame: Frame, when: Instant) -> Frame:
    return replace(frame, first=None, last=None, moves=(), at=when)


def find_edge(ref: Reference, slots: list[Moment], which: str) -> Instant:
    return end(ref, slots[-1], find_length(ref)) if which == "last" else begin(ref, slots[0])


def find_length(ref: Reference) -> timedelta:
    """How long a slot is: a day, or, on an axis of hours, an hour."""
    return LENGTHS[ref.grains[0]] if ref.grains and ref.grains[0] in LENGTHS else ONE_DAY


def list_slots(ref: Reference, leaf: Leaf, keys: tuple[str, ...], group: Group, frame: Frame) -> list[Moment]:
    """The days of a group's period, or the hours, that no filter rules out."""
    first, last = find_period(ref, keys, group, frame)
    if first is None:
        first = ref.find_first_day(leaf) or last
    return ref.keep(("slots", keys, group, first, last), lambda: choose_slots(ref, keys, group, first, last))


def find_period(ref: Reference, keys: tuple[str, ...], group: Group, frame: Frame) -> tuple[date | None, date]:
    """The days of a group's period; on an axis a change looks back to whole periods, also from one that is open."""
    grains = [key for key in keys if key in GRAINS and key not in FINER_THAN_DAYS]
    if not frame.moves or not (grains or (ref.grains and frame.last)):
        return ref.days_of(keys, group, frame)
    first, last = frame.first, frame.last or ref.as_of
    for key in grains:
        start, end = ref.move_period(group[keys.index(key)], key, frame)
        first, last = max(first or start, start), min(last, end)
    return first, min(last, ref.as_of)


def choose_slots(ref: Reference, keys: tuple[str, ...], group: Group, first: date, last: date) -> list[Moment]:
    grain = ref.grains[0] if ref.grains and ref.grains[0] in LENGTHS else "day"
    slots = list_moments(first, last, grain, ref.zone) if first <= last else []
    filters = [filter_ for filter_ in ref.question.filters if is_time(filter_.dimension)]
    found = [slot for slot in slots if all(ref.meets_in_time(filter_, slot) for filter_ in filters)]
    fine = [key for key in keys if PARTS.get(key, key) in FINER_THAN_DAYS]
    return [slot for slot in found if all(ref.read_time(key, slot) == group[keys.index(key)] for key in fine)]


def list_data_days(ref: Reference, leaf: Leaf) -> list[date]:
    """The days on which a row of the history begins to hold, and the as-of day, on which the last ones do."""
    view = ref.world.views[leaf.metric.view]
    assert view.valid, "the view is a history"
    days = [moment.day for row in view.rows if (moment := ref.read_moment(row[view.valid[0]]))]
    return [*days, ref.as_of]


def list_stretches(ref: Reference, leaf: Leaf, slots: list[Moment]) -> list[tuple[Instant, float]]:
    """From one change to the next: its first moment and its length in seconds; in a history of days, each day."""
    if is_of_days(ref, leaf):
        return [(begin(ref, slot), 1.0) for slot in slots]
    view, length = ref.world.views[leaf.metric.view], find_length(ref)
    assert view.valid, "the view is a history"
    bounds = [ref.read_moment(row[column]) for row in view.rows for column in view.valid]
    changes = {moment.instant for moment in bounds if moment and moment.instant}
    found = []
    for slot in slots:
        start, stop = begin(ref, slot).instant, end(ref, slot, length).instant
        assert start, "a slot begins"
        assert stop, "a slot ends"
        edges: list[datetime] = sorted({start, stop, *(change for change in changes if start < change < stop)})
        for a, b in pairwise(edges):
            found.append((Instant(slot.day, slot.wall, a), (b - a).total_seconds()))
    return found


def list_population_frames(
    ref: Reference, value: Leaf, which: str, frame: Frame, keys: tuple[str, ...]
) -> Iterator[tuple[Leaf, Frame]]:
    """The aggregate at the instants of each period that is shown."""
    times = tuple(key for key in keys if ref.is_of_axis(key))
    if frame.moves and None in ref.asked and not times:
        return  # without a period, a total has no change
    for group in ref.list_periods(list(times)):
        slots = list_slots(ref, value, times, group, frame)
        if slots and which == "average":
            yield from ((value, look_at(frame, start)) for start, _ in list_stretches(ref, value, slots))
        elif slots:
            yield value, look_at(frame, find_edge(ref, slots, which))
