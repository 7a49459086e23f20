"""Links -> CTEs: a branch is grouped by the columns that join small views, and its groups find their keys there."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic.emit.hub import emit_base
from semantic.emit.scan import DAY, Scan, base_name, leaf_name, select_from
from semantic.emit.scope import column, identify, name_as
from semantic.links import Link
from semantic.names import Reached
from semantic.plan import Branch
from semantic.primitives import Node
from semantic.reach import Path
from semantic.resolved import DimensionKey, TimeKey


def linked_name(branch: Branch) -> str:
    """The CTE of its groups by the columns of the joins."""
    return f"{branch.name}@linked"


def column_name(name: str) -> str:
    """What a column of a join is called among the groups."""
    return f"@by_{name}"


def emit_linked(scan: Scan) -> list[tuple[str, Node]]:
    """The CTEs up to a branch's finest groups, which add up: several may have the same keys."""
    branch = scan.branch
    names = list(dict.fromkeys(name for link in branch.links for name in link.step.columns))
    gone = [key for link in branch.links for key in link.keys]
    types = scan.catalogue.bound.columns[branch.view]
    own = tuple(
        DimensionKey(column_name(name), {branch.view: Reached(Path(branch.view), name, None)}, types[name.lower()])
        for name in names
    )
    others = tuple(key for key in branch.keys if key not in gone)
    linked = replace(branch, name=linked_name(branch), keys=(*others, *own), links=())
    if branch.hub:
        found, source = emit_base(scan.of(linked), branch.hub), base_name(linked)
    else:
        found, source = [(linked.name, scan.of(linked).emit_finest())], linked.name
    return [*found, (base_name(branch), _select_keys(scan, source, names))]


def _select_keys(scan: Scan, source: str, names: list[str]) -> exp.Select:
    """The groups under their keys instead of the columns of the joins."""
    branch, scope = scan.branch, scan.scope()
    scope.aliases[Path(branch.view)] = source
    links: dict[str, Link] = {key.name: link for link in branch.links for key in link.keys}
    shown: list[Node] = [column(DAY, source)] if branch.daily else []
    for key in branch.keys:
        if key.name in links:
            shown.append(name_as(scope.key(key), key.name))
        elif not (branch.daily and isinstance(key, TimeKey)):
            shown.append(column(key.name, source))
    shown += [column(leaf_name(leaf), source) for leaf in branch.leaves]
    select = select_from(exp.Table(this=identify(source)), shown)
    _, joins = scope.tables()
    for join in joins:
        for node in join.find_all(exp.Column):
            if node.table == source and node.name in names:
                node.set("this", identify(column_name(node.name)))
    select.set("joins", joins)
    return select
