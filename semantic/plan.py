"""Resolved -> Plan: which scans, at which levels, how they meet. Holds no SQL."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations

from sqlglot import exp

from semantic.calendar import Window
from semantic.resolved import (
    CURRENT,
    Axis,
    Column,
    DimensionKey,
    How,
    Key,
    KeyFilter,
    Leaf,
    Membership,
    Resolved,
    ResolvedClock,
    ResolvedJourney,
    SegmentKey,
    State,
    Steps,
    TimeKey,
    TopChoice,
    Variant,
)
from semantic.values import list_leaves, list_shares

Level = frozenset[str]


@dataclass(frozen=True, slots=True)
class Branch:
    """One scan of one view: the leaves that it feeds, aggregated alone before any other fact is near."""

    name: str
    view: str
    clock: ResolvedClock | None
    variant: Variant
    window: Window
    leaves: tuple[Leaf, ...]
    keys: tuple[Key, ...]
    adds_up: bool  # whether coarser levels may be summed up from finer ones
    dated: bool = False  # whether rows without a time are left out
    how: How | None = None  # what is done to the rows where they aren't aggregated as they are


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an answer: branches, the levels at which they aggregate (the rows' first), axis and top."""

    keys: tuple[Key, ...]
    filters: tuple[KeyFilter, ...]
    segments: tuple[Membership, ...]
    branches: tuple[Branch, ...]
    levels: tuple[Level, ...]
    columns: tuple[Column, ...]
    timezone: str
    axis: Axis | None = None
    top: TopChoice | None = None
    ranking: "Plan | None" = None
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    totals: bool = False
    journey: ResolvedJourney | None = None

    @property
    def flat(self) -> bool:
        """Whether one SELECT answers it."""
        plain = self.journey is None and len(self.branches) == 1 and self.branches[0].how is None
        return plain and len(self.levels) == 1 and not self.axis and not self.top


def plan_question(resolved: Resolved) -> Plan:
    """The steps that answer a resolved question."""
    question = resolved.question
    keys, top = resolved.keys, resolved.top
    leaves = list(dict.fromkeys(leaf for column in resolved.columns for leaf in list_leaves(column.value)))
    levels = _list_levels(resolved)
    branches = _plan_branches(resolved, leaves, keys, apart=len(levels) > 1 or top is not None)
    if resolved.journey:
        branches = _plan_journey(resolved, resolved.journey, keys)
    ranking = _plan_ranking(resolved, top) if top else None
    return Plan(
        keys,
        resolved.filters,
        resolved.segments,
        branches,
        levels,
        resolved.columns,
        resolved.timezone,
        resolved.axis,
        top,
        ranking,
        tuple((order.column, order.descending) for order in question.order),
        question.limit,
        question.totals,
        resolved.journey,
    )


def _plan_journey(resolved: Resolved, journey: ResolvedJourney, keys: tuple[Key, ...]) -> tuple[Branch, ...]:
    """A branch for each of its leaves, in their order."""
    return tuple(_plan_branch(f"{leaf.name}@rows", resolved, (leaf,), keys, timed=True) for leaf in journey.leaves)


def _plan_branches(
    resolved: Resolved, leaves: list[Leaf], keys: tuple[Key, ...], apart: bool, prefix: str = ""
) -> tuple[Branch, ...]:
    """A branch for each view, clock and variant.

    Distinct counts of some rows have one of their own, which takes a third of the time; with `apart`, so has everything
    that doesn't add up, and the rest is put together from groups.
    """
    timed = any(isinstance(key, TimeKey) for key in (*resolved.keys, *(item.key for item in resolved.filters)))
    groups: dict[tuple[object, ...], list[Leaf]] = {}
    for leaf in leaves:
        clock = leaf.clock if timed or leaf.how or leaf.variant.window != Window() else None
        alone = not _merges(leaf) and (apart or (_is_distinct(leaf) and bool(leaf.wheres)))
        groups.setdefault((leaf.view, clock, leaf.variant, leaf.wheres if alone else None, _share(leaf)), []).append(
            leaf
        )
    names = _name_branches(groups)
    return tuple(
        _plan_branch(prefix + name, resolved, tuple(fed), keys, timed)
        for name, fed in zip(names, groups.values(), strict=True)
    )


def _plan_branch(name: str, resolved: Resolved, leaves: tuple[Leaf, ...], keys: tuple[Key, ...], timed: bool) -> Branch:
    first = leaves[0]
    window = first.variant.window
    if resolved.axis and first.variant.shift is None:
        stop = resolved.axis.window.stop
        window = Window(window.start, min(window.stop, stop) if window.stop and stop else stop)
    if isinstance(first.how, State):  # there is no state of a day to come
        tomorrow = resolved.as_of + timedelta(days=1)
        window = Window(window.start, min(window.stop, tomorrow) if window.stop else tomorrow)
    own = tuple(key for key in keys if not _is_sliced(key, first.variant))
    mergeable = all(map(_merges, leaves)) and not any(isinstance(key, SegmentKey) for key in keys)
    clock = first.clock if timed or first.how or window != Window() else None
    dated = any(isinstance(key, TimeKey) for key in resolved.keys)
    return Branch(name, first.view, clock, first.variant, window, leaves, own, mergeable, dated, first.how)


def _share(leaf: Leaf) -> object:
    """What leaves must have in common to be fed by one branch, beside view, clock and variant."""
    match leaf.how:
        case Steps():
            return replace(leaf.how, part="")
        case _:
            return leaf.how


def _is_distinct(leaf: Leaf) -> bool:
    return isinstance(leaf.sql.tree, exp.Count) and isinstance(leaf.sql.tree.this, exp.Distinct)


def _is_sliced(key: Key, variant: Variant) -> bool:
    """Whether the reference slice takes the place of the key."""
    return variant.slice is not None and isinstance(key, DimensionKey) and key == variant.slice.key


def _merges(leaf: Leaf) -> bool:
    """Whether groups of the leaf can be put together without their rows: a sum, count, min or max."""
    tree = leaf.sql.tree
    if leaf.how is not None:
        return False
    inner = tree.this if isinstance(tree, exp.Filter) else tree
    return isinstance(inner, (exp.Sum, exp.Count, exp.CountIf, exp.Min, exp.Max)) and not isinstance(
        inner.this, exp.Distinct
    )


def _name_branches(groups: dict[tuple[object, ...], list[Leaf]]) -> list[str]:
    names: list[str] = []
    for view, _, variant, *_ in groups:
        assert isinstance(variant, Variant), "a group is of one variant"
        name = f"{view}@{'rows' if variant.label == CURRENT else variant.label}"
        taken = sum(other.split(":")[0] == name for other in names)
        names.append(f"{name}:{taken + 1}" if taken else name)
    return names


def _list_levels(resolved: Resolved) -> tuple[Level, ...]:
    """The level of the rows first, then those of totals and shares, finest first."""
    names = [key.name for key in resolved.keys]
    full = frozenset(names)
    wanted: set[Level] = set()
    if resolved.question.totals:
        wanted |= {frozenset(some) for size in range(len(names)) for some in combinations(names, size)}
    for column in resolved.columns:
        wanted |= {frozenset({within} if within else ()) for within in list_shares(column.value)}
    return (
        full,
        *sorted(
            wanted - {full},
            key=lambda level: (-len(level), [names.index(name) for name in sorted(level, key=names.index)]),
        ),
    )


def _plan_ranking(resolved: Resolved, top: TopChoice) -> Plan:
    """The question that ranks the values of the top's key, over the period."""
    leaves = () if isinstance(top.value, Leaf) else list_leaves(top.value)
    known = (Column(f"@known_{place}", "", leaf) for place, leaf in enumerate(leaves, 1))
    columns = (Column("@value", "", top.value), *known)
    keys: tuple[Key, ...] = (top.key,)
    branches = _plan_branches(resolved, list_leaves(top.value), keys, apart=False, prefix="@ranked ")
    within = frozenset({top.key.name})
    levels = (within, *(frozenset[str](() if share is None else {share}) & within for share in list_shares(top.value)))
    return Plan(
        keys, resolved.filters, resolved.segments, branches, tuple(dict.fromkeys(levels)), columns, resolved.timezone
    )


def describe_level(level: Level, keys: tuple[Key, ...]) -> str:
    """The names of a level in the question's order."""
    return ", ".join(key.name for key in keys if key.name in level) or "the total"
