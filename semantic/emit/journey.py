"""Journey -> CTEs and the SELECT of its answer, each kind in its own way."""

from __future__ import annotations

from sqlglot import exp

from semantic.catalogue import Catalogue
from semantic.emit.cohort import emit_cohort
from semantic.emit.flow import emit_flow
from semantic.emit.overlap import emit_overlap
from semantic.emit.scan import Scan
from semantic.emit.scope import Params
from semantic.plan import Plan
from semantic.primitives import DuckDB, Node
from semantic.resolved import ResolvedCohort, ResolvedFlow, ResolvedFunnel, ResolvedJourney, ResolvedOverlap


def emit_journey(
    catalogue: Catalogue, dialect: DuckDB, params: Params, plan: Plan, journey: ResolvedJourney
) -> tuple[list[tuple[str, Node]], exp.Select]:
    """The CTEs of a journey by their names, and the SELECT of its answer.

    Its columns are the keys, the level where the plan has several (`scan.LEVEL`), the journey's columns, and those that
    sort it. Where the plan has an axis, its CTE (`meet.AXIS`) is there before. Order and limit come afterwards.
    """
    scans = [Scan(catalogue, dialect, params, plan, branch) for branch in plan.branches]
    match journey:
        case ResolvedFunnel():
            raise AssertionError("a funnel's leaves meet as those of metrics do")
        case ResolvedCohort():
            return emit_cohort(scans, plan, journey)
        case ResolvedOverlap():
            return emit_overlap(scans, plan, journey)
        case ResolvedFlow():
            return emit_flow(scans[0], plan, journey)
