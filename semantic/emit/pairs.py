"""Branch -> CTEs: a distinct count at several levels, from the pairs of group and what is counted, each there once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.nodes import column, identify, name_as
from semantic.emit.scan import Scan, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope
from semantic.plan import Level
from semantic.primitives import Node, number
from semantic.resolved import Key

COUNTED = "@counted"


def emit_pairs(scan: Scan, levels: Sequence[Level], name: str) -> tuple[list[tuple[str, Node]], list[exp.Select]]:
    """The CTEs of the pairs, and a SELECT of the count at each of the levels, which come finest first."""
    sources: dict[Level, str] = {}
    ctes: list[tuple[str, Node]] = []
    counts = []
    for level in levels:
        keys = [key for key in scan.branch.keys if key.name in level]
        # Of all levels that are there already, the one of fewest keys has the fewest pairs.
        finer = min((other for other in sources if level <= other), key=len, default=None)
        sources[level] = f"{name}@{len(ctes)}" if ctes else name
        ctes.append((sources[level], _pair_again(keys, sources[finer]) if finer is not None else _pair_rows(scan)))
        counts.append(_count_pairs(scan, keys, sources[level]))
    return ctes, counts


def _pair_rows(scan: Scan) -> exp.Select:
    """Every pair of group and counted value: far fewer rows than there were."""
    leaf = scan.branch.leaves[0]

    def take(scope: Scope) -> Sequence[Node]:
        [counted] = scope.sql(leaf.sql).this.expressions
        return [name_as(counted, COUNTED)]

    select = scan.rows(scan.branch.keys, take)
    select.set("distinct", exp.Distinct())
    return select


def _pair_again(keys: Sequence[Key], finer: str) -> exp.Select:
    select = select_from(exp.Table(this=identify(finer)), [*(column(key.name) for key in keys), column(COUNTED)])
    select.set("distinct", exp.Distinct())
    return select


def _count_pairs(scan: Scan, keys: Sequence[Key], pairs: str) -> exp.Select:
    """The count of a level's pairs; without keys, NULL where there is no row at all."""
    leaf, names = scan.branch.leaves[0], [column(key.name) for key in keys]
    source, counted = exp.Table(this=identify(pairs)), exp.Count(this=column(COUNTED))
    if not keys:
        there = exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))
        return select_from(source, [name_as(exp.Case(ifs=[exp.If(this=there, true=counted)]), leaf_name(leaf))])
    return group_by_place(select_from(source, [*names, name_as(counted, leaf_name(leaf))]), len(names))
