"""Branch -> CTEs: a distinct count at several levels, from the pairs of group and what is counted, each there once."""

# Where the groups are there already, of the same rows or more, they are numbered at each level, and a pair holds the
# number: to tell pairs apart by one number takes four fifths of what texts take.

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from sqlglot import exp

from semantic.catalogue import MOST_VALUES
from semantic.emit.nodes import column, identify, join_and, name_as
from semantic.emit.scan import Scan, base_name, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope
from semantic.plan import Branch, Level
from semantic.primitives import Node, call, cast, number
from semantic.resolved import DimensionKey, Key

COUNTED = "@counted"


def pairs_name(branch: Branch, place: int) -> str:
    """The CTE of the pairs of a level."""
    return f"{branch.name}@pairs@{place}" if place else f"{branch.name}@pairs"


def groups_name(branch: Branch) -> str:
    """The CTE of the groups with their number at each level."""
    return f"{branch.name}@groups"


def emit_pairs(scan: Scan, levels: Sequence[Level]) -> tuple[list[tuple[str, Node]], list[exp.Select]]:
    """The CTEs of the pairs, and a SELECT of the count at each of the levels, which come finest first."""
    branch = scan.branch
    keys = [[key for key in branch.keys if key.name in level] for level in levels]
    ctes: list[tuple[str, Node]] = []
    if branch.numbered:
        owner = next(other for other in scan.plan.branches if other.name == branch.numbered)
        ctes.append((groups_name(branch), _number_groups(base_name(owner), keys)))
    for place, level in enumerate(levels):
        finer = [other for other in range(place) if level <= levels[other]]
        if finer:  # of all that are there already, the level of fewest groups has the fewest pairs
            rows = _pair_again(scan, keys, place, min(finer, key=lambda other: _guess_groups(keys[other])))
        else:
            rows = _pair_rows(scan)
        ctes.append((pairs_name(branch, place), rows))
    return ctes, [_count_pairs(scan, found, place) for place, found in enumerate(keys)]


def _guess_groups(keys: Sequence[Key]) -> tuple[int, int]:
    return len(keys), prod((isinstance(key, DimensionKey) and key.values) or MOST_VALUES for key in keys)


def _number(place: int) -> str:
    """The column of a group's number at a level."""
    return f"@{place}"


def _number_groups(base: str, levels: Sequence[Sequence[Key]]) -> exp.Select:
    """The finest groups, and the number of the group at each level that they belong to."""
    shown: list[Node] = [column(key.name) for key in levels[0]]
    for place, keys in enumerate(levels):
        if keys:
            order = exp.Order(expressions=[exp.Ordered(this=column(key.name), nulls_first=False) for key in keys])
            rank = exp.Window(this=call("DENSE_RANK"), order=order)
            shown.append(name_as(cast(rank, "INTEGER"), _number(place)))
    return select_from(exp.Table(this=identify(base)), shown)


def _pair_rows(scan: Scan) -> exp.Select:
    """Every pair of group and counted value: far fewer rows than there were."""
    branch, leaf = scan.branch, scan.branch.leaves[0]
    same: list[Node] = []

    def take(scope: Scope) -> Sequence[Node]:
        [counted] = scope.sql(leaf.sql).this.expressions
        found = name_as(counted, COUNTED)
        if not branch.numbered:
            return [found]
        groups = groups_name(branch)
        same.extend(scan.dialect.same(column(key.name, groups), scope.key(key)) for key in branch.keys)
        return [column(_number(0), groups), found]

    select = scan.rows(() if branch.numbered else branch.keys, take)
    if same:
        select.append("joins", exp.Join(this=exp.Table(this=identify(groups_name(branch))), on=join_and(same)))
    select.set("distinct", exp.Distinct())
    return select


def _pair_again(scan: Scan, levels: Sequence[Sequence[Key]], place: int, finer: int) -> exp.Select:
    branch, pairs = scan.branch, pairs_name(scan.branch, finer)
    found = _number(place)
    shown: list[Node] = [column(key.name) for key in levels[place]]
    if branch.numbered:
        shown = [column(found)] if levels[place] else []
    select = select_from(exp.Table(this=identify(pairs)), [*shown, column(COUNTED)])
    if branch.numbered and levels[place]:
        _join_groups(select, branch, finer, [found], pairs)
    select.set("distinct", exp.Distinct())
    return select


def _join_groups(select: exp.Select, branch: Branch, place: int, names: Sequence[str], source: str) -> None:
    """These columns of a level's groups beside rows of the source that hold their number."""
    groups: Node = exp.Table(this=identify(groups_name(branch)))
    owner = groups_name(branch)
    if place:  # a group of this level is in several of the finest
        some = select_from(groups, [column(_number(place)), *map(column, names)])
        some.set("distinct", exp.Distinct())
        groups, owner = _name(some, "@named"), "@named"
    on = exp.EQ(this=column(_number(place), owner), expression=column(_number(place), source))
    select.append("joins", exp.Join(this=groups, on=on))


def _count_pairs(scan: Scan, keys: Sequence[Key], place: int) -> exp.Select:
    """The count of a level's pairs; without keys, NULL where there is no row at all."""
    branch = scan.branch
    name = leaf_name(branch.leaves[0])
    source, counted = exp.Table(this=identify(pairs_name(branch, place))), exp.Count(this=column(COUNTED))
    if not keys:
        there = exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))
        return select_from(source, [name_as(exp.Case(ifs=[exp.If(this=there, true=counted)]), name)])
    names: list[Node] = [column(key.name) for key in keys]
    if not branch.numbered:
        return group_by_place(select_from(source, [*names, name_as(counted, name)]), len(names))
    counts = group_by_place(select_from(source, [column(_number(place)), name_as(counted, name)]), 1)
    select = select_from(_name(counts, "@counts"), [*names, column(name)])
    _join_groups(select, branch, place, [key.name for key in keys], "@counts")
    return select


def _name(select: exp.Select, name: str) -> exp.Subquery:
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identify(name)))
