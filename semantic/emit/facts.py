"""Branches -> CTE: the rows of several facts under each other before they're grouped, each in its own leaves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.nodes import column, identify, name_as, unite
from semantic.emit.scan import DAY, Scan, find_known_column, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope
from semantic.plan import Branch
from semantic.primitives import Node, number
from semantic.resolved import Leaf, TimeKey
from semantic.shortcuts import counts_rows


def rows_name(branch: Branch) -> str:
    """The CTE of the rows under each other."""
    return f"{branch.name}@rows"


def link_name(key: str) -> str:
    """The column by which rows are joined to a row of the hub with that key."""
    return f"@{key}"


def name_times(branch: Branch) -> list[str]:
    """The columns of time that its groups have before they're put together."""
    return [DAY] if branch.daily else [key.name for key in branch.keys if isinstance(key, TimeKey)]


def emit_rows(scan: Scan) -> Node:
    """The rows of all parts: their times, what they're joined to the hub by, and what each leaf takes of a row."""
    return unite([_emit_part(scan.of(part), scan.branch.leaves) for part in scan.branch.parts])


def _emit_part(scan: Scan, leaves: Sequence[Leaf]) -> exp.Select:
    branch, scope, select = scan.branch, scan.scope(), exp.Select()
    shown: list[Node] = []
    if branch.daily:
        shown.append(name_as(scope.day(), DAY))
    else:
        shown += [name_as(scope.key(key), key.name) for key in branch.keys if isinstance(key, TimeKey)]
    if branch.hub:
        path = branch.hub.path
        step, before = path.steps[-1], scope.alias(path.cut(len(path.steps) - 1))
        pairs = zip(step.columns, step.keys, strict=True)
        shown += [name_as(column(mine, before), link_name(key)) for mine, key in pairs]
    where, own = scan.split_conditions(scope, False)
    for leaf in leaves:
        taken = _take(scope, leaf, own[leaf]) if leaf in own else exp.Null()
        shown.append(name_as(taken, leaf_name(leaf)))
    select.set("expressions", shown)
    scan.set_source(select, scope, where, False, False)
    return select


def _take(scope: Scope, leaf: Leaf, condition: Node | None) -> Node:
    """What a row gives to a leaf, NULL where it doesn't feed it."""
    if counts_rows(leaf):
        known = find_known_column(condition)
        if known is not None:
            return known
        value: Node = number(1)
    else:
        value = scope.sql(leaf.sql).this
    return value if condition is None else exp.Case(ifs=[exp.If(this=condition.copy(), true=value)])


def emit_groups(scan: Scan, keys: Sequence[Node]) -> exp.Select:
    """The rows grouped by these columns."""
    branch = scan.branch
    leaves: list[Node] = []
    for leaf in branch.leaves:
        taken = column(leaf_name(leaf), rows_name(branch))
        value: Node = type(leaf.sql.tree)(this=taken)
        if counts_rows(leaf):  # among rows of other facts a count may be of none
            value = exp.Nullif(this=value, expression=number(0))
        leaves.append(name_as(value, leaf_name(leaf)))
    select = select_from(exp.Table(this=identify(rows_name(branch))), [*keys, *leaves])
    return group_by_place(select, len(keys))
