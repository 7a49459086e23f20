"""Branches -> the same branches: windows over the same rows tell distinct counts from one order of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.catalogue import Duration, Grain
from semantic.expressions import RowSql
from semantic.frames import comes_apart, find_slot, is_distinct_count, list_aggregates
from semantic.resolved import Frame, Resolved, TimeKey, spreads

if TYPE_CHECKING:
    from semantic.plan import Branch


BASES: dict[str, Grain] = {"minute": "minute", "hour": "hour", "day": "day"}


def share_windows(branches: Sequence[Branch], resolved: Resolved) -> tuple[Branch, ...]:
    """The branches, rolling ones under the `lead` of the longest over the same rows, if it's not the only one.

    A plain distinct count on the axis of such windows is one of them, as long as a period of the axis.
    """
    times = tuple(key.name for key in resolved.keys if isinstance(key, TimeKey))
    groups: list[list[tuple[int, Branch]]] = []  # a key knows no hash
    for place, branch in enumerate(branches):
        framed = branch if branch.how else _frame_plain(branch, resolved, times)
        if _is_rolling(framed):
            alike = (group for group in groups if _share(group[0][1], times) == _share(framed, times))
            same = next(alike, None)
            if same is None:
                groups.append([(place, framed)])
            else:
                same.append((place, framed))
    found = list(branches)
    for group in groups:
        longest = min((branch for _, branch in group), key=lambda branch: branch.window.start or resolved.as_of)
        led = [(place, branch) for place, branch in group if _list_counted(branch) & _list_counted(longest)]
        for place, branch in led if len(led) > 1 else ():
            found[place] = replace(branch, lead=longest.name)
    return tuple(found)


def _is_rolling(branch: Branch) -> bool:
    rolls = isinstance(branch.how, Frame) and branch.how.window is not None
    bounded = branch.window.bounded
    return rolls and bounded and all(map(comes_apart, branch.leaves)) and bool(_list_counted(branch))


def _list_counted(branch: Branch) -> set[tuple[exp.Expr, tuple[RowSql, ...]]]:
    """What the branch counts distinctly, of which rows."""
    return {
        (tree, leaf.wheres)
        for leaf in branch.leaves
        for tree in list_aggregates(leaf.sql.tree)
        if is_distinct_count(tree)
    }


def _share(branch: Branch, times: tuple[str, ...]) -> object:
    """What windows over the same rows have in common, beside how far back these begin."""
    assert isinstance(branch.how, Frame), "it rolls"
    variant = branch.variant
    rows = branch.view, branch.clock, variant.label, variant.shift, variant.slice, variant.measured, branch.window.stop
    return *rows, branch.keys, find_slot(branch.how, times)


def _frame_plain(branch: Branch, resolved: Resolved, times: tuple[str, ...]) -> Branch:
    """A plain distinct count as a window of one period, where it can be one."""
    axis = resolved.axis
    if axis is None or axis.base not in BASES or times != (axis.base,) or branch.window != axis.window:
        return branch
    if resolved.question.totals or resolved.top or branch.variant.shift or len(branch.leaves) > 1:
        return branch
    if any(spreads(key, branch.view) for key in branch.keys) or not is_distinct_count(branch.leaves[0].sql.tree):
        return branch
    return replace(branch, how=Frame(Duration(1, BASES[axis.base]), read=axis.window))
