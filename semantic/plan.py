"""Resolved -> Plan: which scans, at which levels, how they meet. Holds no SQL."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Literal

from sqlglot import exp

from semantic.calendar import Shift, Window, ceil_day, hold_periods
from semantic.each import VALUE
from semantic.expressions import AggregateSql
from semantic.fills import count_values
from semantic.frames import comes_apart
from semantic.links import Link, list_joined, list_links
from semantic.names import GRAINS, PARTS
from semantic.reach import Path
from semantic.resolved import (
    CURRENT,
    LONG,
    Axis,
    Column,
    Condition,
    DimensionKey,
    Each,
    Everyone,
    Frame,
    How,
    Key,
    KeyFilter,
    Leaf,
    Membership,
    Newness,
    Resolved,
    ResolvedClock,
    ResolvedFunnel,
    ResolvedJourney,
    RowChoice,
    SegmentKey,
    State,
    Steps,
    TimeKey,
    TopChoice,
    Trait,
    Variant,
    spreads,
)
from semantic.shared_newness import share_histories
from semantic.shared_starts import share_starts
from semantic.shared_windows import share_windows
from semantic.shortcuts import Hub, find_hub, is_daily, join_facts, pair_branches, place_branches
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
    inner: "Plan | None" = None  # of an Each: the values that are taken, by the branch's keys and its period or entity
    daily: bool = False  # whether days are aggregated first, and longer periods put together from them
    hub: Hub | None = None
    links: tuple[Link, ...] = ()
    met: Path | None = None  # a path whose rows alone are wanted: those that it leads nowhere are left out
    paired: bool = False  # whether pairs of group and counted value are found first, and then counted at each level
    # The branch that has all its groups, which are numbered for its pairs, or have a place in a top.
    numbered: str | None = None
    parts: tuple["Branch", ...] = ()  # the branches whose rows meet in this one before they're grouped
    # The branch of the longest of several windows, whose order of rows tells what is in all of them; the first of
    # several conversions that begin with the same rows; or of several kinds of newness that look at one history.
    lead: str = ""


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
    as_of: date
    axis: Axis | None = None
    top: TopChoice | None = None
    ranking: "Plan | None" = None
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    totals: bool = False
    journey: ResolvedJourney | None = None
    # Whose rows it gives: of an answer, in order; for another aggregate those of all periods, also where there is none
    # or only where there is one, or of groups with rows.
    gives: Literal["answer", "periods", "held periods", "groups"] = "answer"
    rows: RowChoice | None = None
    traits: tuple[tuple[Trait, "Plan"], ...] = ()  # and the steps to their values
    bases: tuple[Column, ...] = ()  # denominators that are taken out of the answer again
    # How far parts of time are moved on to the period that is compared with them, and the base of its axis.
    ahead: tuple[Shift, str] | None = None
    among: tuple[Membership, ...] = ()  # segments of which one must hold, of groups that are summed over

    @property
    def scans(self) -> tuple[Branch, ...]:
        """The branches of one view each, whether their rows meet or not."""
        return tuple(scan for branch in self.branches for scan in branch.parts or (branch,))

    @property
    def flat(self) -> bool:
        """Whether one SELECT answers it."""
        plain = self.journey is None and self.rows is None and len(self.branches) == 1 and not self.axis
        if not plain or len(self.levels) > 1 or self.top:
            return False
        return self.branches[0].how is None and not (
            self.branches[0].hub or self.branches[0].links or self.branches[0].parts
        )

    @property
    def folds(self) -> bool:
        """Whether one SELECT of the finest groups gives all levels, formulas and all."""
        plain = self.journey is None and self.rows is None and len(self.branches) == 1 and not self.axis
        if not plain or self.top or len(self.levels) == 1 or not self.totals or self.limit is not None:
            return False
        shared = any(list_shares(item.value) for item in (*self.columns, *self.bases))
        return self.branches[0].adds_up and not self.branches[0].daily and not shared


def plan_question(resolved: Resolved) -> Plan:
    """The steps that answer a resolved question."""
    if resolved.rows:
        return _plan_rows(resolved, resolved.rows)
    question = resolved.question
    keys, top = resolved.keys, resolved.top
    asked = (*resolved.columns, *resolved.bases)
    leaves = list(dict.fromkeys(leaf for column in asked for leaf in list_leaves(column.value)))
    levels = _list_levels(resolved)
    if resolved.journey:
        branches = _plan_journey(resolved, resolved.journey, keys)
    else:
        apart = len(levels) > 1 or top is not None
        branches = join_facts(_plan_branches(resolved, leaves, keys, apart))
        if len(levels) > 1:
            branches = pair_branches(branches, top)
        if top:
            branches = place_branches(branches, top)
    ranking = _plan_ranking(resolved, top) if top else None
    return Plan(
        keys,
        resolved.filters,
        resolved.segments,
        branches,
        levels,
        resolved.columns,
        resolved.timezone,
        resolved.as_of,
        resolved.axis,
        top,
        ranking,
        tuple((order.column, order.descending) for order in question.order),
        question.limit,
        question.totals,
        resolved.journey,
        bases=resolved.bases,
        traits=tuple((trait, _plan_trait(resolved, trait)) for trait in resolved.traits),
    )


def _plan_rows(resolved: Resolved, choice: RowChoice) -> Plan:
    """The rows that feed the leaves: a branch says of each which these are."""
    branches = tuple(
        _plan_branch(f"{leaf.view}@rows", resolved, (leaf,), resolved.keys, timed=True) for leaf in choice.feeds
    )
    level = frozenset(key.name for key in resolved.keys)
    return Plan(
        resolved.keys,
        resolved.filters,
        resolved.segments,
        branches,
        (level,),
        (),
        resolved.timezone,
        resolved.as_of,
        rows=choice,
        traits=tuple((trait, _plan_trait(resolved, trait)) for trait in resolved.traits),
    )


def _plan_trait(resolved: Resolved, trait: Trait) -> Plan:
    """The steps to a metric of every entity that has rows, whatever the question's keys and filters."""
    apart = replace(resolved, keys=trait.keys, filters=(), segments=(), axis=None, top=None, journey=None)
    branches = _plan_branches(apart, list_leaves(trait.value), trait.keys, apart=True, prefix=f"{trait.name}: ")
    return Plan(
        trait.keys,
        (),
        (),
        tuple(replace(branch, adds_up=False, daily=False, hub=None, links=()) for branch in branches),
        (frozenset(key.name for key in trait.keys),),
        (Column(VALUE, trait.name, trait.value),),
        resolved.timezone,
        resolved.as_of,
        gives="groups",
    )


def _plan_journey(resolved: Resolved, journey: ResolvedJourney, keys: tuple[Key, ...]) -> tuple[Branch, ...]:
    """A branch for each of its leaves, in their order; a funnel's are of one Steps, and share it."""
    if isinstance(journey, ResolvedFunnel):
        return _plan_branches(resolved, list(journey.leaves), keys, apart=False)
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
        asks_time = timed or leaf.how or leaf in resolved.dated or leaf.variant.window != Window()
        clock = leaf.clock if asks_time else None
        alone = not _merges(leaf) and (apart or leaf.how is not None or (_is_distinct(leaf) and bool(leaf.wheres)))
        if isinstance(leaf.how, Frame):
            alone = not comes_apart(leaf)
        groups.setdefault((leaf.view, clock, leaf.variant, leaf.wheres if alone else None, _share(leaf)), []).append(
            leaf
        )
    names = _name_branches(groups)
    branches = [
        _plan_branch(prefix + name, resolved, tuple(fed), keys, timed)
        for name, fed in zip(names, groups.values(), strict=True)
    ]
    led = share_histories(share_starts([_shorten(branch, resolved) for branch in branches]))
    return share_windows(led, resolved)


def _shorten(branch: Branch, resolved: Resolved) -> Branch:
    """The branch by its shorter ways: keys that its groups find, numbered keys, days first."""
    linked = replace(branch, links=list_links(branch, resolved))
    hub = find_hub(linked, resolved)
    left = [key for key in list_joined(branch) if not any(key in link.keys for link in linked.links)]
    shorter = linked if hub or not left else branch  # whose rows are joined anyhow
    return replace(shorter, daily=is_daily(branch, resolved.top), hub=hub or find_hub(shorter, resolved))


def _plan_branch(name: str, resolved: Resolved, leaves: tuple[Leaf, ...], keys: tuple[Key, ...], timed: bool) -> Branch:
    first = leaves[0]
    window = first.variant.window
    if resolved.axis and first.variant.shift is None and not first.variant.exact:
        stop = resolved.axis.window.stop
        window = Window(window.start, min(window.stop, stop) if window.stop and stop else stop)
    if isinstance(first.how, State):  # there is no state of a day to come
        tomorrow = resolved.as_of + timedelta(days=1)
        window = Window(window.start, min(window.stop, tomorrow) if window.stop else tomorrow)
    if first.clock and first.clock.grain in LONG and not first.variant.exact:
        window = _hold_whole(resolved, first.variant, window, first.clock.grain)
    own = tuple(key for key in keys if not _is_sliced(key, first.variant))
    mergeable = all(map(_merges, leaves)) and not any(spreads(key, first.view) for key in keys)
    clock = first.clock if timed or first.how or first in resolved.dated or window != Window() else None
    dated = any(isinstance(key, TimeKey) for key in resolved.keys)
    inner = _plan_inner(resolved, first, first.how, own) if isinstance(first.how, Each) else None
    return Branch(name, first.view, clock, first.variant, window, leaves, own, mergeable, dated, first.how, inner)


def _plan_inner(resolved: Resolved, leaf: Leaf, how: Each, own: tuple[Key, ...]) -> Plan:
    """The steps to the values that an Each takes: of its periods, over an axis of their own, or of its entities."""
    axis = resolved.axis
    if how.window is not None:  # a period says which longer ones it lies in
        parts = () if how.known else PARTS  # a mean of days has them all
        kept = (key for key in own if not isinstance(key, TimeKey) or key.name in parts)
        keys: tuple[Key, ...] = (*kept, TimeKey(how.per))
        axis = Axis((how.per,), how.per, how.window)
    else:
        keys = (*own, *how.keys)
    leaves = list_leaves(how.value)
    if how.everyone:
        every = AggregateSql("count(*)", exp.Count(this=exp.Star()))
        leaves.append(Leaf("@everyone", how.everyone, every, (), None, leaf.variant, Everyone()))
    filters = (*resolved.filters, *_list_first_days(resolved, leaf, how, leaves))
    inner = replace(resolved, keys=keys, axis=axis, filters=filters)
    branches = _plan_branches(inner, leaves, keys, apart=True, prefix=f"per {how.per}: ")
    if how.window is None:  # groups as fine as an entity are hardly fewer than rows
        branches = tuple(replace(branch, adds_up=False, daily=False, hub=None, links=()) for branch in branches)
    return Plan(
        keys,
        filters,
        resolved.segments,
        branches,
        (frozenset(key.name for key in keys),),
        (Column(VALUE, how.each, how.value),),
        resolved.timezone,
        resolved.as_of,
        axis,
        resolved.top,
        gives="groups" if how.window is None else "held periods" if how.known else "periods",
    )


def is_loose(key: Key, axis: Axis | None, keys: Sequence[Key]) -> bool:
    """Whether one of these keys is a part of time that no period tells: it has groups where there are rows alone."""
    if not isinstance(key, TimeKey) or key.name not in PARTS:
        return False
    return axis is None or key.name not in axis.keys or not any(other.name in GRAINS for other in keys)


def _list_first_days(resolved: Resolved, leaf: Leaf, how: Each, inner: Sequence[Leaf]) -> Iterator[KeyFilter]:
    """That only the first days count which days of the axis look back to, and not who has rows in between."""
    axis, shift, window = resolved.axis, leaf.variant.shift, how.window
    if not (window and axis and shift and shift.to) or any(part.how for part in inner):
        return
    assert axis.window.start and axis.window.stop, "an axis is bounded"
    days = (axis.window.start + timedelta(days=count) for count in range((axis.window.stop - axis.window.start).days))
    yield KeyFilter(TimeKey(how.per), Condition(values=tuple(dict.fromkeys(map(shift.go_back, days)))))


def narrow_plan(plan: Plan, keys: Iterable[Key]) -> Plan:
    """The same steps by some of the keys only."""
    names = {key.name for key in keys}
    kept = tuple(key for key in plan.keys if key.name in names)
    top = plan.top if plan.top and plan.top.key.name in names else None
    branches = tuple(_narrow_branch(branch, names, top) for branch in plan.branches)
    timed = any(isinstance(key, TimeKey) for key in kept)
    among = [key.members for key in plan.keys if isinstance(key, SegmentKey) and key.name not in names]
    return replace(
        plan,
        among=among[0] if among else plan.among,
        keys=kept,
        branches=branches,
        levels=(frozenset(names),),
        axis=plan.axis if timed else None,
        top=top,
    )


def _hold_whole(resolved: Resolved, variant: Variant, window: Window, grain: str) -> Window:
    """The window in whole months, say, where a row stands for one: those that the asked days cut are left out.

    One that is only cut by what has elapsed is whole: a month's target is known when the month begins.
    """
    asked = variant.window
    if variant.shift is None:
        asked = resolved.asked
    elif resolved.asked != resolved.window and resolved.asked.bounded:
        asked = variant.shift.move_back(resolved.asked)
    inside = hold_periods(asked, grain, resolved.week_start)
    stop = window.stop and ceil_day(window.stop, grain, resolved.week_start)
    return Window(inside.start, min(stop, inside.stop) if stop and inside.stop else stop)


def _narrow_branch(branch: Branch, names: set[str], top: TopChoice | None) -> Branch:
    keys = tuple(key for key in branch.keys if key.name in names)
    hub = branch.hub and replace(branch.hub, keys=tuple(key for key in branch.hub.keys if key.name in names))
    kept = (replace(link, keys=tuple(key for key in link.keys if key.name in names)) for link in branch.links)
    links = tuple(link for link in kept if link.keys)
    narrow = replace(branch, keys=keys, hub=hub if hub and hub.keys else None, links=links, numbered=None)
    return replace(narrow, daily=is_daily(narrow, top))


def _share(leaf: Leaf) -> object:
    """What leaves must have in common to be fed by one branch, beside view, clock and variant."""
    match leaf.how:
        case Steps():
            return replace(leaf.how, part="")
        case Each():
            return replace(leaf.how, take="")
        case Newness():
            return replace(leaf.how, counts=False)
        case State(history=True):
            return leaf.how, leaf.name
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
    names = [key.name for key in (*resolved.keys, *list_summed(resolved.journey))]
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


def list_summed(journey: ResolvedJourney | None) -> tuple[Key, ...]:
    """What totals may sum over beside the question's keys."""
    return getattr(journey, "SUMMED", ())


def _plan_ranking(resolved: Resolved, top: TopChoice) -> Plan:
    """The question that ranks the values of the top's key, over the period."""
    leaves = () if isinstance(top.value, Leaf) else list_leaves(top.value)
    rows = [count_values(leaf, leaf.how) if isinstance(leaf.how, Each) else leaf for leaf in leaves]
    known = (Column(f"@known_{place}", "", leaf) for place, leaf in enumerate(rows, 1))
    columns = (Column("@value", "", top.value), *known)
    keys: tuple[Key, ...] = (top.key,)
    unranked = replace(resolved, top=None)
    fed = list(dict.fromkeys([*list_leaves(top.value), *rows]))
    branches = _plan_branches(unranked, fed, keys, apart=False, prefix="@ranked ")
    within = frozenset({top.key.name})
    levels = (within, *(frozenset[str](() if share is None else {share}) & within for share in list_shares(top.value)))
    return Plan(
        keys,
        resolved.filters,
        resolved.segments,
        branches,
        tuple(dict.fromkeys(levels)),
        columns,
        resolved.timezone,
        resolved.as_of,
        among=next((key.members for key in resolved.keys if isinstance(key, SegmentKey)), ()),
    )


def describe_level(level: Level, keys: tuple[Key, ...]) -> str:
    """The names of a level in the question's order."""
    return ", ".join(key.name for key in keys if key.name in level) or "the total"
