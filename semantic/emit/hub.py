"""Hub -> CTEs: a branch is grouped by numbers of what its joined keys hold, which are given before the join."""

# To join and group by a byte costs a third of what the texts themselves cost, and DuckDB's inner join half of its outer
# one. So what is counted is counted by an inner join, and rows that join nothing are all rows without the others. Where
# a difference could be rounded (sums) or is none (the least), the join is an outer one.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from semantic.emit.facts import emit_groups, emit_rows, link_name, rows_name
from semantic.emit.scan import DAY, Scan, base_name, group_by_place, leaf_name, select_from
from semantic.emit.scope import Scope, column, identify, join_and, join_or, name_as
from semantic.names import Reached
from semantic.plan import Branch
from semantic.primitives import Node, cast, number
from semantic.reach import Path
from semantic.resolved import DimensionKey, TimeKey
from semantic.shortcuts import Hub

CODE = "@code"
BYTE = 255


def codes_name(hub: Hub) -> str:
    """The CTE of the keys' values, each with its number."""
    return f"{hub.path.view}@codes"


def coded_name(hub: Hub) -> str:
    """The CTE of the joined view's rows: the columns that they are joined by, and the number."""
    return f"{hub.path.view}@{'_'.join(hub.path.steps[-1].keys)}"


def met_name(branch: Branch) -> str:
    """The CTE of a branch's rows by these numbers."""
    return f"{branch.name}@met"


def all_name(branch: Branch) -> str:
    """The CTE of all its rows, joined to one or not."""
    return f"{branch.name}@all"


def emit_base(scan: Scan, hub: Hub) -> list[tuple[str, Node]]:
    """The CTEs up to a branch's finest groups, which add up: their keys may stand twice where they are unknown."""
    branch = scan.branch
    base, apart = base_name(branch), hub.apart
    path = Path(branch.view, (*hub.path.steps[:-1], replace(hub.path.steps[-1], view=coded_name(hub))))
    code = DimensionKey(CODE, {branch.view: Reached(path, CODE, None)}, "INTEGER")
    others = tuple(key for key in branch.keys if key not in hub.keys)
    met = replace(branch, name=met_name(branch), keys=(*others, code), met=path if apart else None)
    everyone = [replace(one, name=all_name(one), keys=others, hub=None) for one in branch.parts or (branch,)]
    names = [DAY] if branch.daily else []
    names += [key.name for key in others if not (branch.daily and isinstance(key, TimeKey))]
    found = _emit_codes(scan, hub)
    if branch.parts:
        found.append((rows_name(branch), emit_rows(scan)))
        found.append((met.name, _emit_met_facts(scan, hub, path, names)))
    else:
        found.append((met.name, scan.of(met).emit_finest()))
    known = _decode(scan, hub, met.name, names)
    if not apart:
        return [*found, (base, known)]
    found += [(every.name, scan.of(every).emit_finest()) for every in everyone]
    rest = _emit_rest(scan, hub, everyone, met, names)
    return [*found, (base, exp.Union(this=known, expression=rest, distinct=False))]


def _emit_codes(scan: Scan, hub: Hub) -> list[tuple[str, Node]]:
    """The values with their numbers, and the rows of the joined view with theirs."""
    view, codes = hub.path.view, codes_name(hub)
    names = [key.name for key in hub.keys]
    every = _scope(scan, view)
    distinct = _select(every, [name_as(_reach(every, key, scan.branch.view), key.name) for key in hub.keys])
    distinct.set("distinct", exp.Distinct())
    order = exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in names])
    place = cast(exp.Window(this=exp.RowNumber(), order=order), "UTINYINT" if hub.values <= BYTE else "USMALLINT")
    values = exp.Subquery(this=distinct, alias=exp.TableAlias(this=identify("@values")))
    numbered = select_from(values, [*map(column, names), name_as(place, CODE)])
    scope, step = _scope(scan, view), hub.path.steps[-1]
    same = [scan.dialect.same(column(key.name, codes), _reach(scope, key, scan.branch.view)) for key in hub.keys]
    coded = _select(scope, [*(column(key, view) for key in step.keys), column(CODE, codes)])
    coded.append("joins", exp.Join(this=exp.Table(this=identify(codes)), on=join_and(same)))
    scan.params.joined[view, step.keys] = None
    return [(codes, numbered), (coded_name(hub), coded)]


def _scope(scan: Scan, view: str) -> Scope:
    return Scope(scan.catalogue, scan.dialect, scan.params, view, None, scan.plan.timezone)


def _reach(scope: Scope, key: DimensionKey, base: str) -> Node:
    """The key's value on a row of the joined view itself."""
    reached = key.reached[base]
    return scope.dimension(Reached(Path(scope.view), reached.name, reached.dimension))


def _select(scope: Scope, shown: Sequence[Node]) -> exp.Select:
    select = exp.Select(expressions=list(shown))
    from_, joins = scope.tables()
    select.set("from_", from_)
    select.set("joins", joins)
    return select


def _emit_met_facts(scan: Scan, hub: Hub, path: Path, names: Sequence[str]) -> exp.Select:
    """The rows of several facts, joined to the numbers together."""
    rows, step = rows_name(scan.branch), path.steps[-1]
    keys = [*(column(name, rows) for name in names), column(CODE, coded_name(hub))]
    select = emit_groups(scan, keys)
    on = join_and(
        exp.EQ(this=column(key, coded_name(hub)), expression=column(link_name(key), rows)) for key in step.keys
    )
    select.set("joins", [exp.Join(this=exp.Table(this=identify(coded_name(hub))), on=on)])
    return select


def _decode(scan: Scan, hub: Hub, source: str, names: Sequence[str]) -> exp.Select:
    """Groups under the values of their keys instead of the number."""
    codes, leaves = codes_name(hub), [leaf_name(leaf) for leaf in scan.branch.leaves]
    shown: list[Node] = [column(name, source) for name in names]
    shown += [column(key.name, codes) for key in hub.keys]
    select = select_from(exp.Table(this=identify(source)), [*shown, *(column(name, source) for name in leaves)])
    on = exp.EQ(this=column(CODE, codes), expression=column(CODE, source))
    side = None if hub.apart else "LEFT"
    select.set("joins", [exp.Join(this=exp.Table(this=identify(codes)), side=side, on=on)])
    return select


def _emit_rest(scan: Scan, hub: Hub, everyone: Sequence[Branch], met: Branch, names: Sequence[str]) -> exp.Select:
    """All rows minus those that are joined to one: groups whose joined keys are unknown."""
    leaves = scan.branch.leaves
    both: Node = select_from(
        exp.Table(this=identify(met.name)),
        [*map(column, names), *(name_as(exp.Neg(this=column(leaf_name(leaf))), leaf_name(leaf)) for leaf in leaves)],
    )
    for every in everyone:
        inner: list[Node] = [*map(column, names)]
        inner += [column(leaf_name(leaf)) if leaf in every.leaves else exp.Null() for leaf in leaves]
        more = select_from(exp.Table(this=identify(every.name)), inner)
        both = exp.Union(this=both, expression=more, distinct=False)
    sums = {leaf_name(leaf): exp.Sum(this=column(leaf_name(leaf))) for leaf in leaves}
    shown: list[Node] = [*map(column, names), *(name_as(exp.Null(), key.name) for key in hub.keys)]
    shown += [name_as(exp.Nullif(this=value, expression=number(0)), name) for name, value in sums.items()]
    select = select_from(exp.Subquery(this=both, alias=exp.TableAlias(this=identify("@difference"))), shown)
    there = join_or(exp.GT(this=value.copy(), expression=number(0)) for value in sums.values())
    select.set("having", exp.Having(this=there))
    return group_by_place(select, len(names))
