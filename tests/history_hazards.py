"""The hazards that a question by histories and bridges meets: a run has to meet each often enough."""

from collections.abc import Iterator
from datetime import date

from semantic.question import Question, Slice
from tests.reference import Reference
from tests.reference_histories import holds, list_next
from tests.reference_names import Path, Unanswerable
from tests.reference_population import is_population, list_populations
from tests.reference_time import Moment, is_time
from tests.reference_values import Change, Leaf, Share, Windowed, list_parts
from tests.world import Row, View, World

HAZARDS = (
    *("by a history", "by a bridge", "by two of them", "@now", "filter on a history", "filter on a bridge"),
    *("negated filter on one", "segment of one", "condition on one", "through a role", "time of one"),
    *("open bound", "interval at no instant", "orphan", "before the first interval", "NULL clock", "several at once"),
    *("days meet times", "population", "population on an axis", "mean over time", "first of a period"),
    *("begun", "no clock", "population and fact", "window", "unique", "share", "change", "compared", "slice", "top"),
    *("totals", "segment as groups", "one population", "no period"),
)


def list_history_hazards(world: World, question: Question, as_of: date | None) -> set[str]:
    """The hazards that a question to a world has met, by name; none of one that has no answer."""
    try:
        ref = Reference(world, question, as_of)
    except Unanswerable:
        return set()
    values = [value for _, value in ref.values]
    parts = [part for value in values for part in list_parts(value)]
    populations = [found for value in values for found in list_populations(ref, value)]
    filters = [*question.filters, *(found for personal in question.personal for found in personal.filters)]
    found = {
        "population": bool(populations),
        "population on an axis": bool(populations and ref.grains),
        "one population": bool(populations) and not ref.grains,
        "mean over time": any(which == "average" for _, which in populations),
        "first of a period": any(which == "first" for _, which in populations),
        "population and fact": bool(populations) and not all(is_population(ref, leaf) for leaf in ref.leaves),
        "begun": any(leaf.metric.time == "since" for leaf in ref.leaves),
        "no clock": any(not ref.clock_of(leaf) and not is_population(ref, leaf) for leaf in ref.leaves),
        "window": any(isinstance(part, Windowed) for part in parts),
        "unique": any(modifier.name == "unique" for asked in question.metrics for modifier in asked.modifiers),
        "share": any(isinstance(part, Share) for part in parts),
        "change": any(isinstance(part, Change) for part in parts),
        "compared": question.compare is not None and not isinstance(question.compare.with_, Slice),
        "slice": question.compare is not None and isinstance(question.compare.with_, Slice),
        "top": question.top is not None,
        "totals": question.totals,
        "segment as groups": "segment" in question.by,
        "no period": question.period is None,
        "segment of one": any(is_one(world.views[world.segments[s].of]) for s in ref.segments if s in world.segments),
        "condition on one": any(leaf.metric.where and "person." in leaf.metric.where.text for leaf in ref.leaves),
    }
    met = {name for name, has in found.items() if has}
    names = [name for name in ref.others if name != "segment"]
    for view in dict.fromkeys(leaf.metric.view for leaf in ref.leaves):
        for name in names:
            met |= {f"by {kind}" for kind in tell_kinds(ref, view, name)}
        for item in filters:
            kinds = tell_kinds(ref, view, item.dimension)
            met |= {f"filter on {kind}" for kind in kinds} | (
                {"negated filter on one"} if kinds and item.negated else set()
            )
        crossed = [name for name in names if tell_kinds(ref, view, name)]
        met |= {"by two of them"} if len(crossed) > 1 else set()
        met |= {"time of one"} if any(ref.names.find_dimension(view, name).grain for name in crossed) else set()
    cut = [*names, *(item.dimension for item in filters if not is_time(item.dimension))]
    met |= {"@now"} if any(name.endswith("@now") for name in cut) else set()
    met |= {"through a role"} if any(name.startswith(("seller.", "manager.")) for name in cut) else set()
    for leaf in ref.leaves:
        for name in cut:
            met |= set(meet_rows(ref, leaf, name))
    return met


def is_one(view: View) -> bool:
    return view.valid is not None or view.multi


def tell_kinds(ref: Reference, view: str, name: str) -> set[str]:
    """Whether a dimension is one of a history, or of a bridge."""
    if name == "segment" or is_time(name):
        return set()
    steps = [ref.world.views[step.view] for step in ref.names.find_dimension(view, name).path]
    kinds = {"a history"} if any(step.valid for step in steps) else set()
    return kinds | ({"a bridge"} if any(step.multi for step in steps) else set())


def meet_rows(ref: Reference, leaf: Leaf, name: str) -> Iterator[str]:
    """What the rows of an aggregate meet where they're joined for a dimension."""
    place = ref.names.find_dimension(leaf.metric.view, name)
    clock, base = ref.clock_of(leaf), ref.world.views[leaf.metric.view]
    kind = base.columns[clock or (base.valid or [""])[0]] if clock or base.valid else ""
    for length, step in enumerate(place.path):
        there = ref.world.views[step.view]
        if not is_one(there):
            continue
        if there.valid:
            yield from meet_bounds(ref, there)
            if kind and not place.now and (kind == "DATE") != (there.columns[there.valid[0]] == "DATE"):
                yield "days meet times"
        for row in base.rows:
            when = ref.moment_of(leaf, row) if clock else None
            yield from meet_row(ref, row, place.path[: length + 1], when, bool(clock and row[clock] is None))


def meet_bounds(ref: Reference, there: View) -> Iterator[str]:
    assert there.valid, "the view is a history"
    for row in there.rows:
        since, until = (ref.read_moment(row[column]) for column in there.valid)
        if since is None or until is None:
            yield "open bound"
        elif not any(holds(ref, there, row, moment) for moment in (since, until)):
            yield "interval at no instant"


def meet_row(ref: Reference, row: Row, path: Path, when: Moment | None, timeless: bool) -> Iterator[str]:
    """What one row meets at the first join that leads to a history or bridge."""
    step, there = path[-1], ref.world.views[path[-1].view]
    if len(path) > 1 or row[step.column] is None:
        return
    of_key = [other for other in there.rows if other[step.key] == row[step.column]]
    if not of_key:
        yield "orphan"
    if len(list_next(ref, row, step, when)) > 1:
        yield "several at once"
    if timeless and there.valid:
        yield "NULL clock"
    if there.valid and of_key and when:
        starts = [ref.read_moment(other[there.valid[0]]) for other in of_key]
        if all(start and start.day > when.day for start in starts):
            yield "before the first interval"
