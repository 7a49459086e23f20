"""Metrics per period or entity as the reference works them out: a value each, and what is taken of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.reference_names import Unanswerable
from tests.reference_periods import Frame, compare_frame
from tests.reference_time import (
    GRAINS,
    MONTHS,
    ONE_DAY,
    Moment,
    Move,
    add_units,
    cut_day,
    is_time,
    list_days,
    list_moments,
    tells,
)
from tests.reference_values import Change, Leaf, Taken, Value, Windowed, list_parts
from tests.reference_windows import hold_window
from tests.world import Aggregate, Row, fold, median, null

if TYPE_CHECKING:
    from tests.reference import Group, Reference


def compute_taken(ref: Reference, value: Taken, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
    """The mean, median … of the values that the periods or entities of the group have."""
    if value.each.per in GRAINS:
        places = [place for place, key in enumerate(keys) if not is_time(key)]
        inner, kept = tuple(keys[place] for place in places), tuple(group[place] for place in places)
        spans = [span for span in list_spans(ref, value, frame) if lies_in(ref, span.start, keys, group, frame)]
        return take(value.each.take, [ref.compute(value.of, inner, kept, span.of(frame)) for span in spans])
    found = []
    for entity in list_entities(ref, value, keys, group, frame):
        alone = replace(frame, kept=(*frame.kept, (value.each.per, frozenset({entity}))))
        own = ref.compute(value.of, keys, group, alone)
        found.append(0 if own is None and value.each.fill else own)
    return take(value.each.take, found)


# --- periods


@dataclass(frozen=True)
class Span:
    """A period of which there is a value: its first moment and its days; of an hour, also which one."""

    start: Moment
    first: date
    last: date

    def of(self, frame: Frame) -> Frame:
        return replace(frame, first=self.first, last=self.last, moves=(), hour=self.start.instant)


def list_spans(ref: Reference, value: Taken, frame: Frame) -> list[Span]:
    """The periods that lie in the frame's days, or where these are open in those of the data, and are over."""
    return ref.keep(("spans", value, frame), lambda: list(find_spans(ref, value, frame)))


def find_spans(ref: Reference, value: Taken, frame: Frame) -> Iterator[Span]:
    grain, week_start = value.each.per, ref.world.week_start
    long = "day" if grain == "hour" else grain
    first, last = frame.first, frame.last if ref.asked[1] else None
    if first is None or last is None:
        leaves = [part for part in list_parts(value.of) if isinstance(part, Leaf)]
        rows = [(leaf, row) for leaf in leaves for row in ref.world.views[leaf.metric.view].rows]
        days = [moment.day for leaf, row in rows if (moment := ref.moment_of(leaf, row))]
        if not days:
            return
        first = first or cut_day(min(days), long, week_start)
        last = last or add_units(cut_day(max(days), long, week_start), 1, long) - ONE_DAY
    for start, stop in list_whole(first, min(last, ref.as_of), long, week_start):
        if grain == "hour":
            hours = list_moments(start, stop, "hour", ref.zone)
            filters = [f for f in ref.question.filters if is_time(f.dimension)]
            yield from (Span(h, start, stop) for h in hours if all(ref.meets_in_time(f, h) for f in filters))
            continue
        filters = [f for f in ref.question.filters if tells("day", f.dimension)]
        if any(all(ref.meets_in_time(f, Moment(day)) for f in filters) for day in list_days(start, stop)):
            yield Span(Moment(start), start, stop)


def list_whole(first: date, last: date, grain: str, week_start: str) -> Iterator[tuple[date, date]]:
    """The periods of the grain that lie in the days."""
    start = cut_day(first, grain, week_start)
    while (stop := add_units(start, 1, grain) - ONE_DAY) <= last:
        if start >= first:
            yield start, stop
        start = stop + ONE_DAY


def lies_in(ref: Reference, start: Moment, keys: tuple[str, ...], group: Group, frame: Frame) -> bool:
    """Whether the period that begins then is one of the group's, as a row of that time would be."""
    places = [place for place, key in enumerate(keys) if is_time(key)]
    times, wanted = tuple(keys[place] for place in places), tuple(group[place] for place in places)
    leaf = ref.leaves[0]
    return ref.is_of(leaf, {}, start, times, wanted, frame)


# --- entities


def list_entities(ref: Reference, value: Taken, keys: tuple[str, ...], group: Group, frame: Frame) -> list[Any]:
    """Those of the group's rows; where those without rows are 0, all of the group too."""
    per = value.each.per
    found: dict[Any, None] = {}
    for part, days, inner, kept in list_feeds(ref, value.of, keys, group, frame):
        for row, moment in ref.list_rows(part, days):
            if ref.is_of(part, row, moment, inner, kept, days):
                found[ref.entity_of(part.metric.view, row, per)] = None
    if value.each.fill:
        own = list_everyone(ref, value, frame)
        leaf, inner = everyone_of(ref, value), tuple(key for key in keys if not is_time(key))
        kept = tuple(wanted for key, wanted in zip(keys, group, strict=True) if not is_time(key))
        found |= dict.fromkeys(entity for entity, row in own if ref.is_of(leaf, row, None, inner, kept, frame))
    found.pop(None, None)
    return list(found)


def list_feeds(
    ref: Reference, value: Value, keys: tuple[str, ...], group: Group, frame: Frame
) -> Iterator[tuple[Leaf, Frame, tuple[str, ...], Group]]:
    """The aggregates with the days of their rows and the group that these are in: of a window, those that it holds."""
    windows = [part for part in list_parts(value) if isinstance(part, Windowed)]
    held = [id(part) for window in windows for part in list_parts(window)]
    for part in list_parts(value):
        if isinstance(part, Leaf) and id(part) not in held:
            yield part, frame, keys, group
    places = [place for place, key in enumerate(keys) if not ref.is_of_axis(key)]
    inner, kept = tuple(keys[place] for place in places), tuple(group[place] for place in places)
    for window in windows:
        days = hold_window(ref, window, keys, group, frame)
        yield from ((part, days, inner, kept) for part in list_parts(window) if days and isinstance(part, Leaf))


def list_everyone(ref: Reference, value: Taken, frame: Frame) -> list[tuple[Any, Row]]:
    """All entities that there are, with their rows; a filter that is none of an entity leaves them there."""
    return ref.keep(("everyone", value, frame.slice), lambda: list(find_everyone(ref, value, frame)))


def find_everyone(ref: Reference, value: Taken, frame: Frame) -> Iterator[tuple[Any, Row]]:
    leaf = everyone_of(ref, value)
    filters = [f for f in ref.list_filters(frame) if not is_time(f.dimension) and reaches(ref, leaf, f.dimension)]
    segments = [name for name in ref.segments if reaches_segment(ref, leaf, name)]
    for row in ref.world.views[leaf.metric.view].rows:
        inside = [ref.is_in_segment(leaf, row, None, segment) for segment in segments]
        if inside and not (any(inside) if "segment" in ref.by else all(inside)):
            continue
        if all(ref.meets(f, leaf, row, None) for f in filters):
            yield ref.entity_of(leaf.metric.view, row, value.each.per), row


def everyone_of(ref: Reference, value: Taken) -> Leaf:
    """A count of the entities that there are."""
    [view] = [name for name, view in ref.world.views.items() if value.each.per in view.key]
    return Leaf(f"every {value.each.per}", Aggregate(view, fold("count(*)")))


def reaches(ref: Reference, leaf: Leaf, name: str) -> bool:
    try:
        ref.names.find_dimension(leaf.metric.view, name)
    except Unanswerable:
        return False
    return True


def reaches_segment(ref: Reference, leaf: Leaf, name: str) -> bool:
    try:
        ref.find_segment(leaf, name)
    except Unanswerable:
        return False
    return True


def has_taken(ref: Reference, value: Value, keys: tuple[str, ...], group: Group) -> bool:
    """Whether a part of the value is taken of the group's own rows, be it of zeros."""
    for part in list_parts(value):
        if isinstance(part, Taken) and ref.compute(part, keys, group, ref.frame) is not None:
            for leaf, frame in list_taken_frames(ref, part, ref.frame, keys):
                if any(ref.is_of(leaf, row, moment, keys, group, frame) for row, moment in ref.list_rows(leaf, frame)):
                    return True
    return False


# --- what has an answer


def list_taken_frames(
    ref: Reference, value: Taken, frame: Frame, keys: tuple[str, ...]
) -> Iterator[tuple[Leaf, Frame]]:
    """The aggregates; of a metric per period with the days of all whole periods."""
    if value.each.per in GRAINS:
        spans = list_spans(ref, value, frame)
        if not spans:
            return
        if any(isinstance(part, Windowed) for part in list_parts(value.of)):
            for span in spans:
                yield from ref.list_frames(value.of, replace(span.of(frame), hour=None))
            return
        frame = replace(frame, first=spans[0].first, last=spans[-1].last)
        yield from ref.list_frames(value.of, frame, keys)
        return
    if value.each.fill:
        yield everyone_of(ref, value), replace(frame, first=None, last=None, moves=(), everyone=value)
    for leaf, part in ref.list_frames(value.of, frame, keys):
        rows = ref.world.views[leaf.metric.view].rows
        known = frozenset({ref.entity_of(leaf.metric.view, row, value.each.per) for row in rows} - {None})
        yield leaf, replace(part, kept=(*part.kept, (value.each.per, known)))


def check_taken(ref: Reference, value: Taken, changes: list[Change]) -> None:
    """Raises Unanswerable where a metric per period or entity has no value under a key, or over the way back."""
    per = value.each.per
    if per not in GRAINS:
        check_everyone(ref, value)
        return
    leaves = [part for part in list_parts(value.of) if isinstance(part, Leaf)]
    if per == "hour" and any(
        ref.world.views[leaf.metric.view].columns[ref.clock_of(leaf) or ""] == "DATE" for leaf in leaves
    ):
        raise Unanswerable("a DATE has no hours")
    if any(is_time(key) and key != per and not tells(per, key) for key in ref.by):
        raise Unanswerable("a value per period under what holds no whole one")
    if any(cuts(per, f.dimension) for f in ref.question.filters):
        raise Unanswerable("a filter by time that leaves a part of some periods and nothing of others")
    first, last = ref.asked
    if (
        first
        and last
        and not any(list_whole(first, min(last, ref.as_of), "day" if per == "hour" else per, ref.world.week_start))
    ):
        raise Unanswerable("a period that holds no whole one")
    moves = [ref.find_move(change) for change in changes if value in list_parts(change.of)]
    compared = compare_frame(ref.question, Frame(first, last), ref.asked, ref.as_of)
    moves += compared.moves if compared else []
    if ref.grains and not all(is_whole(move, per) for move in moves):
        raise Unanswerable("a way back that isn't whole periods of a value per period")


def cuts(per: str, name: str) -> bool:
    """Whether a filter by the name leaves some rows of a period, unless each of these has some: a Monday of a week."""
    every = {"hour_of_day": "day", "weekday": "week", "day_of_month": "month", "month_of_year": "year"}
    return (
        is_time(name)
        and not tells(per, name)
        and not (name in every and GRAINS.index(per) >= GRAINS.index(every[name]))
    )


def check_everyone(ref: Reference, value: Taken) -> None:
    """Raises Unanswerable where those without rows are in no group of a key."""
    if not value.each.fill:
        return
    own = everyone_of(ref, value).metric.view
    leaves = [part for part in list_parts(value.of) if isinstance(part, Leaf)]
    for key in ref.by:
        if is_time(key) and not ref.is_of_axis(key):
            raise Unanswerable("an entity without rows has no such part of time")
        if not is_time(key) and key != "segment":
            places = [ref.names.find_dimension(view, key) for view in (own, *(leaf.metric.view for leaf in leaves))]
            if len({(place.view, place.name) for place in places}) > 1:
                raise Unanswerable("a name means dimensions of two views")


def is_whole(move: Move, per: str) -> bool:
    """Whether the way back leads from a period to a period."""
    if per in ("hour", "day"):
        return not move.seconds
    if per == "week":
        return not move.months and move.days % 7 == 0
    return not move.days and move.months % MONTHS[per] == 0


def take(how: str, values: list[Any]) -> Any:
    """What is taken of the values that are known."""
    known = sorted(null(values))
    if not known:
        return None
    match how:
        case "mean":
            return sum(known) / len(known)
        case "median":
            return median(known)
        case "sum":
            return sum(known)
        case "min":
            return known[0]
        case "max":
            return known[-1]
        case _:
            place = (len(known) - 1) * int(how[1:]) / 100
            below = int(place)
            above = min(below + 1, len(known) - 1)
            return known[below] + (known[above] - known[below]) * (place - below)
