"""Snapshots as the reference works them out: the rows of one instant, of each entity's own, or a mean over instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.reference_periods import Frame
from tests.reference_time import GRAINS, Moment, is_time
from tests.reference_values import Leaf, State
from tests.world import Row

if TYPE_CHECKING:
    from tests.reference import Group, Reference

Instants = list[tuple[Any, list[tuple[Row, Moment]]]]


def compute_state(ref: Reference, value: State, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
    """The aggregate of the group's rows at the instant that the whole view has in the group's period."""
    times = [place for place, key in enumerate(keys) if is_moment(ref, value, key)]
    instants = list_instants(ref, value, tuple(keys[p] for p in times), tuple(group[p] for p in times), frame)
    values = []
    for rows in choose_rows(ref, value, instants):
        here = ref.list_rows(value.of, replace(frame, rows=rows))
        values.append(fold(value, [row for row, m in here if ref.is_of(value.of, row, m, keys, group, frame)]))
    known = [found for found in values if found is not None]
    if not known or value.snapshot.which != "average":
        return known[0] if known else None
    # What isn't there is 0 pieces at that instant; a mean or maximum of nothing isn't.
    return sum(known) / (len(values) if value.snapshot.sql.zero else len(known))


def choose_rows(ref: Reference, value: State, instants: Instants) -> list[frozenset[int]]:
    """The rows of the chosen instant, of each entity's own, or of each instant."""
    metric = value.snapshot
    if metric.per:
        own = find_own(ref, value, [pair for _, pairs in instants for pair in pairs])
        every = [pair for _, pairs in instants for pair in pairs]
        chosen = [row for row, m in every if own.get(ref.entity_of(metric.view, row, metric.per)) == stamp(m)]
        return [frozenset(map(id, chosen))]
    rows = [frozenset(id(row) for row, _ in pairs) for _, pairs in sorted(instants, key=lambda found: found[0])]
    return rows if metric.which == "average" else rows[-1:] if metric.which == "last" else rows[:1]


def fold(value: State, rows: list[Row]) -> Any:
    column = value.snapshot.sql.column
    return value.snapshot.sql.fold([row[column] if column else 1 for row in rows]) if rows else None


def stamp(moment: Moment) -> Any:
    return moment.instant or moment.day


def list_instants(ref: Reference, value: State, keys: tuple[str, ...], group: Group, frame: Frame) -> Instants:
    """The instants that the view has in the period, whatever else is filtered, each with its rows."""
    found: dict[Any, list[tuple[Row, Moment]]] = {}
    for row in ref.world.views[value.snapshot.view].rows:
        moment = ref.moment_of(value.of, row)
        if moment is None or moment.day > ref.as_of:
            continue
        if not (frame.first or moment.day) <= moment.day <= (frame.last or moment.day):
            continue
        filters = [f for f in ref.question.filters if is_moment(ref, value, f.dimension)]
        if not all(ref.meets(f, value.of, row, moment) for f in filters):
            continue
        if ref.is_of(value.of, row, moment, keys, group, replace(frame, slice=None)):
            found.setdefault(stamp(moment), []).append((row, moment))
    return list(found.items())


def find_own(ref: Reference, value: State, rows: list[tuple[Row, Moment]]) -> dict[Any, Any]:
    """The last, or first, instant of each entity in the period."""
    assert value.snapshot.per
    found: dict[Any, Any] = {}
    for row, moment in rows:
        entity = ref.entity_of(value.snapshot.view, row, value.snapshot.per)
        if entity is not None:
            choose = max if value.snapshot.which == "last" else min
            found[entity] = choose(found.get(entity, stamp(moment)), stamp(moment))
    return found


def is_moment(ref: Reference, value: State, key: str) -> bool:
    """Whether a key cuts time: a grain or part, or the snapshot's own clock as a dimension."""
    if key == "segment" or is_time(key):
        return key != "segment"
    place = ref.names.find_dimension(value.snapshot.view, key)
    return not place.path and place.name == ref.clock_of(value.of)


def list_state_frames(
    ref: Reference, value: State, frame: Frame, keys: tuple[str, ...]
) -> Iterator[tuple[Leaf, Frame]]:
    """The aggregate, with the rows of the instants of each period, and of each value of the clock that is a key."""
    grains = tuple(key for key in keys if key in GRAINS)
    own = tuple(key for key in keys if key not in grains and is_moment(ref, value, key))
    every = ref.list_rows(value.of, frame)
    values = list(dict.fromkeys(g for row, m in every for g in ref.read_groups(value.of, row, m, own, frame)))
    for period in ref.list_periods(list(grains)):
        for group in values:
            instants = list_instants(ref, value, (*grains, *own), (*period, *group), frame)
            for rows in choose_rows(ref, value, instants):
                yield value.of, replace(frame, rows=rows)
