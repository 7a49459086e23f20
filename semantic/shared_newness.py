"""Branches -> the same branches: new, returning, resurrected and lost entities of the same rows look at one history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from semantic.resolved import Newness

if TYPE_CHECKING:
    from semantic.plan import Branch


def share_histories(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The branches, those of newness under the `lead` of the first over the same rows, if it's not the only one."""
    groups: list[list[int]] = []  # a key knows no hash
    for place, branch in enumerate(branches):
        if isinstance(branch.how, Newness):
            alike = (group for group in groups if _tell_rows(branches[group[0]]) == _tell_rows(branch))
            same = next(alike, None)
            if same is None:
                groups.append([place])
            else:
                same.append(place)
    found = list(branches)
    for group in groups:
        for place in group if len(group) > 1 else ():
            found[place] = replace(branches[place], lead=branches[group[0]].name)
    return tuple(found)


def _tell_rows(branch: Branch) -> object:
    """Which rows are asked for and which are their history, whatever is told from it."""
    how, variant = branch.how, branch.variant
    assert isinstance(how, Newness), "it tells who is new"
    rows = branch.view, branch.clock, branch.window, branch.keys, branch.leaves[0].wheres, branch.dated, branch.met
    return *rows, variant, how.by, how.keys, how.previous, how.until
