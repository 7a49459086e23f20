"""Which rows of a history hold at a time, and the rows that joins lead to, all of them where a key has several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.reference_names import Path, Place, Step
from tests.reference_time import ONE_DAY, Moment
from tests.world import Row, View

if TYPE_CHECKING:
    from tests.reference import Reference


@dataclass(frozen=True)
class Instant(Moment):
    """The beginning of a day or hour, or, with `before`, the last moment before its end; labelled by that day or hour.

    Its instant is that beginning or end. As a DATE it's the day.
    """

    before: bool = False


def begin_day(ref: Reference, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ref.zone).astimezone(UTC)


def begin(ref: Reference, slot: Moment) -> Instant:
    """The beginning of a day, or of an hour or minute."""
    return Instant(slot.day, slot.wall, slot.instant or begin_day(ref, slot.day))


def end(ref: Reference, slot: Moment, length: timedelta) -> Instant:
    """The last moment of a day, or of an hour or minute of that length."""
    instant = slot.instant + length if slot.instant else begin_day(ref, slot.day + ONE_DAY)
    return Instant(slot.day, slot.wall, instant, before=True)


def holds(ref: Reference, view: View, row: Row, when: Moment | None) -> bool:
    """Whether a row of a history holds then: from its first bound on and before its second, which may be open.

    At a time that isn't known only what always holds. Where days meet times of day, both are days.
    """
    assert view.valid, "the view is a history"
    since, until = (ref.read_moment(row[column]) for column in view.valid)
    if when is None:
        return since is None and until is None
    if view.columns[view.valid[0]] == "DATE" or when.instant is None:
        return (not since or since.day <= when.day) and (not until or when.day < until.day)
    starts, ends = since and since.instant, until and until.instant
    if isinstance(when, Instant) and when.before:
        return (not starts or starts < when.instant) and (not ends or when.instant <= ends)
    return (not starts or starts <= when.instant) and (not ends or when.instant < ends)


def find_now(ref: Reference) -> Instant:
    """The end of the as-of day, which `@now` means."""
    return end(ref, Moment(ref.as_of), ONE_DAY)


def list_next(ref: Reference, row: Row | None, step: Step, when: Moment | None) -> list[Row]:
    """The rows that a join leads to; in a history those that hold then."""
    if row is None or row[step.column] is None:
        return []
    there = ref.world.views[step.view]
    found = [other for other in there.rows if other[step.key] == row[step.column]]
    return [other for other in found if holds(ref, there, other, when)] if there.valid else found


def next_or_none(ref: Reference, row: Row | None, step: Step, when: Moment | None) -> Sequence[Row | None]:
    """The rows that a join leads to, or None."""
    return list_next(ref, row, step, when) or [None]


def list_ends(ref: Reference, row: Row, path: Path, when: Moment | None) -> list[Row | None]:
    """The rows at the end of a path: one, several over a bridge, or None where it leads nowhere."""
    found: list[Row | None] = [row]
    for step in path:
        found = [other for one in found for other in next_or_none(ref, one, step, when)]
    return found


def list_together(ref: Reference, row: Row, places: Sequence[Place], when: Moment | None) -> Iterator[list[Row | None]]:
    """The rows at the places, once for each way in which they go together.

    Paths that begin with the same joins, as of the same time, go through the same rows.
    """
    lengths = [(place, length) for place in places for length in range(1, len(place.path) + 1)]
    nodes = list(dict.fromkeys(name_node(ref, place, length) for place, length in lengths))
    now = find_now(ref)

    def go(number: int, found: dict[Any, Row | None]) -> Iterator[list[Row | None]]:
        if number == len(nodes):
            yield [found[name_node(ref, place, len(place.path))] for place in places]
            return
        path, is_now = nodes[number]
        before = found[name_node(ref, Place(path[:-1], "", "", now=is_now), len(path) - 1)]
        for other in next_or_none(ref, before, path[-1], now if is_now else when):
            yield from go(number + 1, {**found, nodes[number]: other})

    yield from go(0, {((), False): row})


def name_node(ref: Reference, place: Place, length: int) -> tuple[Path, bool]:
    """The first steps of a path, and whether the histories among them are looked at as of today."""
    path = place.path[:length]
    return path, place.now and any(ref.world.views[step.view].valid for step in path)
