"""Branches -> the same branches by shorter ways: days first, numbered keys, rows of several facts under each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.catalogue import MOST_VALUES
from semantic.links import list_joined, may_group_first
from semantic.reach import Path
from semantic.resolved import LONG, DimensionKey, Leaf, Resolved, TimeKey, TopChoice, spreads

if TYPE_CHECKING:
    from semantic.plan import Branch

FACTS = "@facts"


@dataclass(frozen=True, slots=True)
class Hub:
    """The joined view that has all keys which aren't the branch's own: their `values`, at most so many, are numbered.

    With `apart`, rows that join none of its rows are counted as all rows without the others.
    """

    path: Path
    keys: tuple[DimensionKey, ...]
    values: int
    apart: bool


def is_daily(branch: Branch, top: TopChoice | None) -> bool:
    """Whether to aggregate days first: of all cuts a day is the cheapest. A top's values have too many of them."""
    times = {key.name for key in branch.keys if isinstance(key, TimeKey)}
    ranked = top is not None and any(key.name == top.key.name for key in branch.keys)
    finer = times & {"minute", "hour", "hour_of_day", "day"}
    return branch.adds_up and not ranked and not times.isdisjoint(LONG) and not finer


def find_hub(branch: Branch, resolved: Resolved) -> Hub | None:
    """The view that all joined keys lie in, but those that groups find, where these values are few.

    Where joined rows are filtered, few are left, and to number all of them for that costs more.
    """
    if not may_group_first(branch, resolved):
        return None
    found = [key for link in branch.links for key in link.keys]
    keys = tuple(key for key in list_joined(branch) if key not in found)
    paths = {key.reached[branch.view].path for key in keys}
    values = prod(key.values or 0 for key in keys)
    if len(paths) != 1 or not 0 < values <= MOST_VALUES:
        return None
    return Hub(paths.pop(), keys, values, all(map(counts_rows, branch.leaves)) and not branch.links)


def pair_branches(branches: Sequence[Branch], top: TopChoice | None) -> tuple[Branch, ...]:
    """The branches, those that count distinct values at several levels by pairs."""
    return tuple(
        replace(branch, paired=True, numbered=_find_groups(branch, branches)) if is_paired(branch, top) else branch
        for branch in branches
    )


def _find_groups(branch: Branch, branches: Sequence[Branch]) -> str | None:
    """The branch which has all groups of this one, some of them texts: its rows are all of these, and maybe more.

    Where a time is worked out or a view joined, that is dearer than texts are, and numbers gain nothing.
    """
    own = [key for key in branch.keys if isinstance(key, DimensionKey) and not key.reached[branch.view].path.steps]
    if len(own) < len(branch.keys) or not any(key.type == "VARCHAR" for key in own):
        return None
    return _find_base(branch, branches)


def _find_base(branch: Branch, branches: Sequence[Branch]) -> str | None:
    """The branch whose finest groups are there anyway, and are of all rows of this one, and maybe more."""
    for other in branches:
        plain = other.adds_up and not (other.how or other.hub or other.parts or other.daily)
        same = (other.view, other.clock, other.window, other.variant, other.keys, other.dated) == (
            *(branch.view, branch.clock, branch.window, branch.variant, branch.keys, branch.dated),
        )
        if (
            plain
            and same
            and all(any(set(fed.wheres) <= set(leaf.wheres) for fed in other.leaves) for leaf in branch.leaves)
        ):
            return other.name
    return None


def place_branches(branches: Sequence[Branch], top: TopChoice) -> tuple[Branch, ...]:
    """The branches, those that look up places in a top, which groups of another one tell for all their rows."""
    return tuple(
        replace(branch, numbered=_find_base(branch, branches)) if _looks_up_place(branch, top) else branch
        for branch in branches
    )


def _looks_up_place(branch: Branch, top: TopChoice) -> bool:
    if branch.how or branch.adds_up or top.key not in branch.keys:
        return False
    return not top.key.reached[branch.view].path.steps and not any(spreads(key, branch.view) for key in branch.keys)


def is_paired(branch: Branch, top: TopChoice | None) -> bool:
    """Whether a distinct count at several levels is told from pairs; long periods are packed instead."""
    if branch.how or top is not None or len(branch.leaves) > 1 or not branch.keys:
        return False
    if any(spreads(key, branch.view) for key in branch.keys):
        return False
    tree = branch.leaves[0].sql.tree
    counted = tree.this if isinstance(tree, exp.Count) else None
    long = any(isinstance(key, TimeKey) and key.name in LONG for key in branch.keys)
    return isinstance(counted, exp.Distinct) and len(counted.expressions) == 1 and not long


def join_facts(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The branches, those whose rows can meet before they're grouped as parts of one.

    It saves hashing the hub again, and a grouping each. With many leaves the NULLs of the others' columns cost more.
    """
    found = [branch for branch in branches if _meets(branch)]
    parts = [branch for branch in found if _share(branch) == _share(found[0])]
    leaves = tuple(leaf for branch in parts for leaf in branch.leaves)
    if len(parts) < 2 or len(leaves) > len(parts) + 1:
        return tuple(branches)
    together = replace(parts[0], name=FACTS, leaves=leaves, parts=tuple(parts))
    return tuple(
        together if branch is parts[0] else branch for branch in branches if branch is parts[0] or branch not in parts
    )


def _meets(branch: Branch) -> bool:
    """Whether its rows can be grouped among others: by time and numbered keys alone, and by what each row holds."""
    if branch.how or not branch.adds_up or branch.variant.shift or branch.variant.slice or not branch.keys:
        return False
    times = [key for key in branch.keys if isinstance(key, TimeKey)]
    numbered = branch.hub.keys if branch.hub else ()
    if len(times) + len(numbered) < len(branch.keys) or (branch.hub and not branch.hub.apart):
        return False
    cheap = branch.daily or not any(key.name in LONG for key in times)
    return cheap and all(map(_takes_values, branch.leaves))


def _takes_values(leaf: Leaf) -> bool:
    """Whether it aggregates one value of each row, and skips NULL."""
    return counts_rows(leaf) or isinstance(leaf.sql.tree, (exp.Sum, exp.Min, exp.Max))


def _share(branch: Branch) -> object:
    hub = branch.hub
    return branch.window, branch.variant, branch.keys, hub and (hub.path.view, hub.path.steps[-1].keys)


def counts_rows(leaf: Leaf) -> bool:
    """Whether it's a plain `count(*)`, of whichever rows."""
    return isinstance(leaf.sql.tree, exp.Count) and isinstance(leaf.sql.tree.this, exp.Star)
