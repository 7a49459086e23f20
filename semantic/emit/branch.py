"""Branch -> CTEs: its rows aggregated at every level, each kind of leaf in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from sqlglot import exp

from semantic.catalogue import Catalogue
from semantic.emit.each import emit_each, emit_everyone
from semantic.emit.facts import emit_groups, emit_rows, name_times, rows_name
from semantic.emit.frames import emit_frame
from semantic.emit.hub import emit_base
from semantic.emit.links import emit_linked
from semantic.emit.newness import emit_newness
from semantic.emit.nodes import unite
from semantic.emit.pairs import emit_pairs
from semantic.emit.population import emit_population
from semantic.emit.scan import LEVEL, PLACE, Scan, base_name, leaf_name, level_number, select_from
from semantic.emit.scope import Params, column, identify, name_as
from semantic.emit.states import emit_state
from semantic.emit.steps import emit_steps
from semantic.plan import Branch, Level, Plan
from semantic.primitives import DuckDB, Node, number
from semantic.resolved import Each, Everyone, Frame, How, Key, Newness, State, Steps, spreads


def emit_branch(
    catalogue: Catalogue,
    dialect: DuckDB,
    params: Params,
    plan: Plan,
    branch: Branch,
    emit_inner: Callable[[Plan], exp.Select],
) -> list[tuple[str, Node]]:
    """The CTEs of a branch; the last one holds its rows at every level of the plan.

    `emit_inner` gives the SELECT of a plan whose rows the branch aggregates.
    """
    many = len(plan.levels) > 1
    scan = Scan(catalogue, dialect, params, plan, branch)
    if branch.how is not None:
        return _emit_special(scan, branch.how, emit_inner)
    if branch.links:
        return [*emit_linked(scan), (branch.name, scan.fold(base_name(branch)))]
    if branch.hub:
        return [*emit_base(scan, branch.hub), (branch.name, scan.fold(base_name(branch)))]
    if branch.parts:
        rows, base = (rows_name(branch), emit_rows(scan)), base_name(branch)
        groups = emit_groups(scan, [column(name, rows_name(branch)) for name in name_times(branch)])
        if not (many or branch.daily):
            return [rows, (branch.name, groups)]
        return [rows, (base, groups), (branch.name, scan.fold(base))]
    if branch.adds_up and (many or scan.ranked or branch.daily):
        base = base_name(branch)
        return [(base, scan.emit_finest()), (branch.name, scan.fold(base))]
    if branch.paired:
        levels = list(dict.fromkeys(level & {key.name for key in branch.keys} for level in plan.levels))
        ctes, counts = emit_pairs(scan, levels)
        shown = [_show_level(scan, level, count) for level, count in zip(levels, counts, strict=True)]
        return [*ctes, (branch.name, unite(shown))]
    # What makes several rows of one is joined only where it's a key: each such set of keys has a scan of its own.
    spread = frozenset(key.name for key in branch.keys if spreads(key, branch.view))
    parts: dict[Level, list[Level]] = {}
    for level in plan.levels:
        parts.setdefault(level & spread, []).append(level)
    found: Node | None = None
    for keys, levels in parts.items():
        part = scan.emit(levels, "segment" in keys)
        found = part if found is None else exp.Union(this=found, expression=part, distinct=False)
    assert found is not None, "a plan has a level"
    return [(branch.name, found)]


def _emit_special(scan: Scan, how: How, emit_inner: Callable[[Plan], exp.Select]) -> list[tuple[str, Node]]:
    """A SELECT for each level, under each other: what isn't put together from groups is worked out for each."""
    plan, branch = scan.plan, scan.branch
    names = [key.name for key in branch.keys]
    levels = list(dict.fromkeys(level & frozenset(names) for level in plan.levels))
    ctes: list[tuple[str, Node]] = []
    parts: list[exp.Select] = []
    for place, level in enumerate(levels):
        keys = [key for key in branch.keys if key.name in level]
        prefix = f"{branch.name}@{place}" if place else f"{branch.name}@"
        more, found = _emit_level(scan, how, keys, prefix, emit_inner)
        known = {name for name, _ in ctes}  # what several levels read is there once
        ctes += [cte for cte in more if cte[0] not in known]
        parts.append(_show_level(scan, level, found))
    return [*ctes, (branch.name, unite(parts))]


def _emit_level(
    scan: Scan, how: How, keys: list[Key], prefix: str, emit_inner: Callable[[Plan], exp.Select]
) -> tuple[list[tuple[str, Node]], exp.Select]:
    """CTEs, whose names begin with `prefix`, and the SELECT of these keys, the top's place, and the leaves."""
    match how:
        case Frame():
            return emit_frame(scan, how, keys, prefix)
        case State():
            return (emit_population if how.history else emit_state)(scan, how, keys, prefix)
        case Each():
            return emit_each(scan, how, keys, prefix, emit_inner)
        case Everyone():
            return [], emit_everyone(scan, keys)
        case Steps():
            return emit_steps(scan, how, keys, prefix)
        case Newness():
            return emit_newness(scan, how, keys, prefix)
        case _:
            assert_never(how)


def _show_level(scan: Scan, level: Level, found: exp.Select) -> exp.Select:
    """The level's rows with NULL for the keys that it sums over, and its number."""
    plan, branch = scan.plan, scan.branch
    shown: list[Node] = []
    for key in branch.keys:
        there = key.name in level
        if plan.top is not None and plan.top.key.name == key.name:
            shown.append(column(PLACE) if there else name_as(exp.Null(), PLACE))
        shown.append(column(key.name) if there else name_as(exp.Null(), key.name))
    if len(plan.levels) > 1:
        present = [key for key in plan.keys if key in branch.keys]
        missing = frozenset(key.name for key in plan.keys) - frozenset(key.name for key in present)
        shown.append(name_as(number(level_number(level | missing, plan.keys)), LEVEL))
    shown += [column(leaf_name(leaf)) for leaf in branch.leaves]
    return select_from(exp.Subquery(this=found, alias=exp.TableAlias(this=identify("@level_rows"))), shown)
