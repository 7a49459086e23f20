"""New, returning, resurrected and lost entities as the reference tells them: by all rows that there ever were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.reference_names import Unanswerable
from tests.reference_periods import Frame, complete_period, previous_move
from tests.reference_time import GRAINS, ONE_DAY, add_units
from tests.reference_values import Known, Leaf, Value, Zero
from tests.world import fold

if TYPE_CHECKING:
    from tests.reference import Group, Reference

Days = tuple[date | None, date | None]
NEVER = date.min


def compute_known(ref: Reference, value: Known, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
    """The metric over the rows of the entities that are new, say, in the group's period."""
    period = find_period(ref, keys, group, frame)
    lost = value.newness.kind == "lost"
    value = replace(value, of=count_entities(value.of, value.newness.by, ref))
    before = find_before(ref, keys, group, frame, period) if lost or value.newness.kind == "resurrected" else period

    def narrow(part: Value) -> Frame:
        assert isinstance(part, Leaf), "the metric is made of aggregates"
        return replace(frame, kept=(*frame.kept, (value.newness.by, find_entities(ref, value, part, period, before))))

    if not lost:
        return ref.compute_with(value.of, keys, group, narrow)
    places = [place for place, key in enumerate(keys) if not ref.is_of_axis(key)]
    inner, kept = tuple(keys[place] for place in places), tuple(group[place] for place in places)

    def look_back(part: Value) -> Frame:
        return replace(narrow(part), first=before[0], last=before[1], moves=())

    return ref.compute_with(value.of, inner, kept, look_back)


def count_entities(value: Value, by: str, ref: Reference) -> Value:
    """A count is one of entities, each once; anything else is taken of their rows."""
    if isinstance(value, Zero):
        return Zero(count_entities(value.of, by, ref))
    if not isinstance(value, Leaf) or not value.metric.sql.text.startswith("count"):
        return value
    view = ref.world.views[value.metric.view]
    column = view.key[by] if by in view.key else view.joins[by][1]
    return replace(value, metric=replace(value.metric, sql=fold("count(distinct {})", column)))


def find_period(ref: Reference, keys: tuple[str, ...], group: Group, frame: Frame) -> Days:
    """The group's period, whole; without a grain the frame's."""
    grains = [key for key in ref.grains if key in keys]
    if not grains:
        return frame.first, frame.last
    return ref.move_period(group[keys.index(grains[0])], grains[0], frame)


def find_before(ref: Reference, keys: tuple[str, ...], group: Group, frame: Frame, period: Days) -> Days:
    """The period before: of the same grain, else as many months or days. Raises Unanswerable where there is none."""
    grains = [key for key in ref.grains if key in keys]
    first, last = period
    if first is None or last is None:
        if not ref.grains:
            raise Unanswerable("there is no period before all of time")
        return NEVER, NEVER
    if grains and grains[0] == "day":  # also of the day that a longer month's last ones look back to
        return first - ONE_DAY, first - ONE_DAY
    if grains:
        label = group[keys.index(grains[0])]
        return ref.move_period(add_units(label, -1, grains[0]), grains[0], frame)
    move = previous_move(*complete_period(ref.question.period, ref.asked))
    return move.back(first), first - ONE_DAY


def find_entities(ref: Reference, value: Known, leaf: Leaf, period: Days, before: Days) -> frozenset[Any]:
    """Those that are new, returning, resurrected or lost in the period, by all rows of the aggregate."""
    days: dict[Any, set[date]] = {}
    for row in ref.world.views[leaf.metric.view].rows:
        moment, entity = ref.moment_of(leaf, row), ref.entity_of(leaf.metric.view, row, value.newness.by)
        if leaf.metric.where and leaf.metric.where.read(ref.reader(leaf.metric.view, row, moment)) is not True:
            continue
        if entity is not None and (moment or period == (None, None)):
            days.setdefault(entity, set()).add(moment.day if moment else date.max)
    first = period[0]
    is_there = {e for e, found in days.items() if any(lies_in(day, period) for day in found)}
    was_there = {e for e, found in days.items() if any(lies_in(day, before) for day in found)}
    known = {e for e, found in days.items() if first is not None and min(found) < first}
    match value.newness.kind:
        case "new":
            return frozenset(is_there - known)
        case "returning":
            return frozenset(is_there & known)
        case "resurrected":
            return frozenset((is_there & known) - was_there)
        case _:
            return frozenset(was_there - is_there)


def lies_in(day: date, days: Days) -> bool:
    return (days[0] or day) <= day <= (days[1] or day)


def list_known_frames(
    ref: Reference, value: Known, frame: Frame, keys: tuple[str, ...]
) -> Iterator[tuple[Leaf, Frame]]:
    """The aggregates, with the rows of the entities of each period."""
    grains = tuple(key for key in keys if key in GRAINS)
    for group in ref.list_periods(list(grains)):
        period = find_period(ref, grains, group, frame)
        lost = value.newness.kind == "lost"
        before = (
            find_before(ref, grains, group, frame, period) if lost or value.newness.kind == "resurrected" else period
        )
        for leaf, part in ref.list_frames(value.of, replace(frame, moves=())):
            ids = find_entities(ref, value, leaf, period, before)
            first, last = before if lost else (clip(part.first, period[0], max), clip(part.last, period[1], min))
            yield leaf, replace(part, first=first, last=last, kept=((value.newness.by, ids),))


def clip(a: date | None, b: date | None, choose: Any) -> date | None:
    return choose(a, b) if a and b else a or b
