"""Branch -> CTEs: a distinct count at several levels, from the pairs of group and what is counted, each there once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic.emit.nodes import column, identify, name_as
from semantic.emit.scan import Scan, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope
from semantic.primitives import Node, number
from semantic.resolved import Key

COUNTED = "@counted"


def emit_pairs(scan: Scan) -> exp.Select:
    """Every pair of group and counted value: far fewer rows than there were."""
    leaf = scan.branch.leaves[0]

    def take(scope: Scope) -> Sequence[Node]:
        [counted] = scope.sql(leaf.sql).this.expressions
        return [name_as(counted, COUNTED)]

    select = scan.rows(scan.branch.keys, take)
    select.set("distinct", exp.Distinct())
    return select


def count_pairs(scan: Scan, keys: Sequence[Key], pairs: str) -> exp.Select:
    """The count by some of the keys; without any, NULL where there is no row at all."""
    leaf, names = scan.branch.leaves[0], [column(key.name) for key in keys]
    source: Node = exp.Table(this=identify(pairs))
    if not keys:
        counted: Node = exp.Count(this=exp.Distinct(expressions=[column(COUNTED)]))
        there = exp.GT(this=exp.Count(this=exp.Star()), expression=number(0))
        return select_from(source, [name_as(exp.Case(ifs=[exp.If(this=there, true=counted)]), leaf_name(leaf))])
    if len(keys) < len(scan.branch.keys):
        again = select_from(source, [*names, column(COUNTED)])
        again.set("distinct", exp.Distinct())
        source = exp.Subquery(this=again, alias=exp.TableAlias(this=identify("@fewer")))
    counts = name_as(exp.Count(this=column(COUNTED)), leaf_name(leaf))
    return group_by_place(select_from(source, [*(name.copy() for name in names), counts]), len(names))
