"""Branches -> what they group by instead of joined dimensions: the columns by which they join a view of few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semantic.reach import Step
from semantic.resolved import DimensionKey, Resolved

if TYPE_CHECKING:
    from semantic.plan import Branch


@dataclass(frozen=True, slots=True)
class Link:
    """A join to a view of few rows, and the keys that lie there or are joined further on.

    Rows are grouped by the columns of the join, and each such group finds its keys.
    """

    step: Step
    keys: tuple[DimensionKey, ...]


def list_links(branch: Branch, resolved: Resolved) -> tuple[Link, ...]:
    """The joins over which all groups find the keys, where groups add up and nothing else is joined."""
    if not may_group_first(branch, resolved):
        return ()
    found: dict[Step, list[DimensionKey]] = {}
    for key in list_joined(branch):
        step = key.reached[branch.view].path.steps[0]
        if key.values and step.view in resolved.small:
            found.setdefault(step, []).append(key)
    return tuple(Link(step, tuple(keys)) for step, keys in found.items())


def list_joined(branch: Branch) -> list[DimensionKey]:
    """The keys that aren't the branch's own."""
    keys = [key for key in branch.keys if isinstance(key, DimensionKey)]
    return [key for key in keys if key.reached[branch.view].path.steps]


def may_group_first(branch: Branch, resolved: Resolved) -> bool:
    """Whether keys may be joined to groups: where joined rows are filtered, few are left, and they are joined first."""
    view = branch.view
    if branch.how or not branch.adds_up or branch.variant.slice:
        return False
    sought = [item.key.reached[view] for item in resolved.filters if isinstance(item.key, DimensionKey)]
    sought += [member.reached[view] for member in resolved.segments if view in member.reached]
    return not any(reached.path.steps for reached in sought)
