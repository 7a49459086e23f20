"""Branches -> the same branches: conversions that begin with the same rows read them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from semantic.resolved import Steps

if TYPE_CHECKING:
    from semantic.plan import Branch


def share_starts(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The branches, those of steps under the `lead` of the first one with the same rows of the first step."""
    found: list[Branch] = []
    for branch in branches:
        led = (
            other for other in found if isinstance(branch.how, Steps) and _tell_starts(other) == _tell_starts(branch)
        )
        first = next(led, None)
        found.append(replace(branch, lead=first.name) if first else branch)
    return tuple(found)


def _tell_starts(branch: Branch) -> object:
    """What the rows of the first step are, and how they are told apart."""
    how = branch.how
    if not isinstance(how, Steps):
        return branch.name
    variant = branch.variant
    rows = branch.view, branch.clock, branch.window, branch.keys, branch.leaves[0].wheres, how.steps[0].clock
    return *rows, variant.label, variant.shift, variant.slice, variant.measured, how.by, how.same
