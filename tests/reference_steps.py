"""Conversions as the reference works them out: every chain of rows is tried that follows a row of the first step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.reference_names import Unanswerable
from tests.reference_periods import Frame
from tests.reference_time import FINER_THAN_DAYS, MONTHS, Moment, add_units
from tests.reference_values import Converted, Leaf
from tests.world import Row, median

if TYPE_CHECKING:
    from tests.reference import Group, Reference


@dataclass(frozen=True)
class Reached:
    """A row as a step: which it is on which clock, when it was (a day where days are compared), whose it is."""

    name: tuple[str, str | None, int]
    at: date | None
    wall: date | None
    whose: tuple[Any, ...]


Chain = tuple[Reached, ...]


def compute_steps(ref: Reference, value: Converted, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
    """How many of the group's units get to the last step, their share, or what is taken of their days."""
    found = ref.list_rows(value.of, frame)
    rows = [(row, moment) for row, moment in found if ref.is_of(value.of, row, moment, keys, group, frame)]
    if not rows:
        return None
    view, by_row = value.of.metric.view, value.conversion.count == "events"
    units: dict[Any, list[Chain]] = {}
    for row, moment in rows:
        entity = find_entity(ref, view, row, value.conversion.by)
        if by_row or entity is not None:
            whole = find_chain(ref, value, row, moment)
            units.setdefault(id(row) if by_row else entity, []).extend([whole] if whole else [])
    # Who began several times is told by the first time that led to the last step.
    told = [min(chains, key=order_chain) for chains in units.values() if chains]
    days = [count_days(chain[value.conversion.days_from], chain[-1]) for chain in told if len(chain) > 1]
    match value.conversion.take:
        case "count":
            return len(told)
        case "rate":
            return len(told) / len(units) if units else None
        case "mean":
            return sum(days) / len(days) if days else None
        case "median":
            return median(days)
        case take:
            return (min if take == "min" else max)(days, default=None)


def order_chain(chain: Chain) -> list[Any]:
    """The earliest start first, one without a time last; then the earliest end."""
    return [(at is None, at) for at in (chain[0].at, *read_times(chain)[::-1])]


def read_times(chain: Chain) -> list[Any]:
    return [reached.at for reached in chain]


def count_days(one: Reached, other: Reached) -> float:
    assert one.at, "a row that others follow has a time"
    assert other.at, "a row that follows has a time"
    return (other.at - one.at) / timedelta(days=1)


def knows_days_only(ref: Reference, value: Converted) -> bool:
    """Whether a step's clock is a DATE, so that all steps are compared by their days."""
    leaves = (value.of, *value.later)
    return any(ref.world.views[leaf.metric.view].columns[ref.clock_of(leaf) or ""] == "DATE" for leaf in leaves)


def read_step(ref: Reference, value: Converted, leaf: Leaf, row: Row, moment: Moment | None) -> Reached:
    """A row as a step of the conversion."""
    view = leaf.metric.view
    same = [ref.read_dimension(view, row, name, moment) for name in value.conversion.same]
    name = (view, ref.clock_of(leaf), id(row))
    at: date | None = moment.day if moment else None
    wall = at
    if moment and not knows_days_only(ref, value):
        at, wall = moment.instant, moment.wall
    return Reached(name, at, wall, (find_entity(ref, view, row, value.conversion.by), *same))


def list_rows_of(ref: Reference, leaf: Leaf) -> list[Row]:
    """All rows of an aggregate that there ever were, whatever is asked."""
    where, view = leaf.metric.where, leaf.metric.view
    rows = ref.world.views[view].rows
    return [row for row in rows if where is None or where.read(ref.reader(view, row, ref.moment_of(leaf, row))) is True]


def find_entity(ref: Reference, view: str, row: Row, entity: str) -> Any:
    """The entity that a row is about, its own or that of what it's joined to."""
    return ref.reader(view, row, None)(find_entity_column(ref, view, entity))


def find_entity_column(ref: Reference, view: str, entity: str) -> str:
    """The column that names the entity, as near as it is. Raises Unanswerable."""
    found = ref.world.views[view]
    if entity in found.key or entity in found.joins:
        return found.key[entity] if entity in found.key else found.joins[entity][1]
    for name, (other, _) in found.joins.items():
        for there in ref.world.views.values():
            if other in there.key and entity in there.joins:
                return f"{name}.{there.joins[entity][1]}"
    raise Unanswerable("a row that leads to no such entity")


def list_step(ref: Reference, value: Converted, leaf: Leaf) -> list[Reached]:
    """All rows of a step that there ever were."""

    def list_them() -> list[Reached]:
        return [read_step(ref, value, leaf, row, ref.moment_of(leaf, row)) for row in list_rows_of(ref, leaf)]

    return ref.keep(("step", value, leaf), list_them)


def find_chain(ref: Reference, value: Converted, row: Row, moment: Moment | None) -> Chain | None:
    """The rows that lead from one of the first step to the last step, None where none do."""
    first = read_step(ref, value, value.of, row, moment)
    steps = [list_step(ref, value, leaf) for leaf in value.later[: (value.conversion.upto or 99) - 1]]
    if value.conversion.touch not in ("first", "last"):
        return ref.keep(("chain", value, first.name), lambda: choose_chain(value, list_chains(value, steps, (first,))))
    credit = ref.keep(("credit", value), lambda: find_credit(ref, value, steps))
    ends = [end for whose, at, end in credit if (whose, at) == (first.whose, first.at)]
    return (first, min(ends, key=lambda end: str(end.at))) if ends else None


def choose_chain(value: Converted, chains: Iterator[Chain]) -> Chain | None:
    """The one that ends first, and of these the one whose step before was first; in any order, that begins first."""
    backward = 1 if value.conversion.order == "any" else -1
    return min(chains, key=lambda chain: read_times(chain)[::backward], default=None)


def list_chains(value: Converted, steps: list[list[Reached]], chain: Chain) -> Iterator[Chain]:
    """Every way through all steps that begins so: of one entity, in time, no row twice on the same clock."""
    if len(chain) == len(steps) + 1:
        yield chain
        return
    first, before = chain[0], chain[-1]
    if first.at is None or None in first.whose:
        return
    asked = value.conversion
    for reached in steps[len(chain) - 1]:
        if reached.at is None or reached.whose != first.whose or reached.name in [other.name for other in chain]:
            continue
        if reached.at < (first.at if asked.order == "any" else before.at or first.at):
            continue
        if is_within(reached, before if asked.since == "previous" else first, asked.within):
            yield from list_chains(value, steps, (*chain, reached))


def is_within(reached: Reached, start: Reached, within: tuple[int, str] | None) -> bool:
    """Whether it lies in the window, whose end is included: a day of an instant is 24 hours, a month is on the wall."""
    if within is None:
        return True
    assert start.at, "the window begins at a time"
    assert reached.at, "what is in a window has a time"
    count, unit = within
    if unit not in MONTHS:
        return reached.at <= start.at + timedelta(**{f"{unit}s": count})
    assert start.wall, "the window begins at a time"
    assert reached.wall, "what is in a window has a time"
    if isinstance(start.wall, datetime):
        end: date = datetime.combine(add_units(start.wall.date(), count, unit), start.wall.time())
    else:
        end = add_units(start.wall, count, unit)
    return reached.wall <= end


def find_credit(
    ref: Reference, value: Converted, steps: list[list[Reached]]
) -> list[tuple[tuple[Any, ...], Any, Reached]]:
    """For each row of the last step, whose first step it counts for, of which time: the last or the first before it."""
    found = []
    starts = list_step(ref, value, value.of)
    for end in steps[-1]:
        times = [
            start.at
            for start in starts
            if start.at and any(chain[-1] == end for chain in list_chains(value, steps, (start,)))
        ]
        if times:
            found.append((end.whose, max(times) if value.conversion.touch == "last" else min(times), end))
    return found


# --- what has an answer


def check_steps(ref: Reference, value: Converted) -> None:
    """Raises Unanswerable where steps can't be told apart, or a window can't be told."""
    asked, steps = value.conversion, (value.of, *value.later)
    for leaf in steps:
        if ref.clock_of(leaf) is None:
            raise Unanswerable("a step without a clock")
        find_entity_column(ref, leaf.metric.view, asked.by)
        for name in asked.same:
            ref.names.find_dimension(leaf.metric.view, name)
    if asked.within and asked.within[1] in FINER_THAN_DAYS and knows_days_only(ref, value):
        raise Unanswerable("a window of hours between days")
    pairs = [(one, other) for place, other in enumerate(steps) for one in steps[:place] if may_be_both(ref, one, other)]
    alike = all(is_alike(one, other) for one in steps for other in steps)
    if pairs and asked.touch in ("first", "last"):
        raise Unanswerable("which of two steps on one clock counts")
    if pairs and asked.since == "previous" and asked.within and not alike:
        raise Unanswerable("windows from step to step on one clock")
    if any(one is not value.of and not is_alike(one, other) for one, other in pairs):
        raise Unanswerable("a row may be two later steps on one clock")


def is_alike(one: Leaf, other: Leaf) -> bool:
    return (one.metric.view, one.metric.time, tell_where(one)) == (
        other.metric.view,
        other.metric.time,
        tell_where(other),
    )


def tell_where(leaf: Leaf) -> str:
    return leaf.metric.where.text if leaf.metric.where else ""


def may_be_both(ref: Reference, one: Leaf, other: Leaf) -> bool:
    """Whether a row may be both steps on one clock, as far as their conditions tell."""
    if (one.metric.view, ref.clock_of(one)) != (other.metric.view, ref.clock_of(other)):
        return False
    ours, theirs = read_facts(tell_where(one)), read_facts(tell_where(other))
    return not any(ours[column] != theirs[column] for column in ours.keys() & theirs.keys())


def read_facts(where: str) -> dict[str, str]:
    """The one value that a column has: of `kind = 'a' AND size >= 1`, that of kind."""
    parts = [part.replace(" IS NULL", " = NULL").split(" = ") for part in where.split(" AND ")]
    return {part[0]: part[1] for part in parts if len(part) == 2}
