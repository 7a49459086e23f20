"""Sql + engine -> Answer: the rows as the engine gives them, split into rows and totals, typed, and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semantic.answer import Answer
from semantic.calendar import SECONDS
from semantic.catalogue import Catalogue
from semantic.denominators import is_proportion
from semantic.emit import Sql
from semantic.emit.scan import LEVEL, PLACE, level_number
from semantic.journeys.marks import mark_journey
from semantic.line import print_line
from semantic.marks import Marked, list_divided, mark_rows
from semantic.plan import Plan, list_summed
from semantic.resolved import Resolved

if TYPE_CHECKING:
    import pyarrow as pa


def build_answer(catalogue: Catalogue, resolved: Resolved, plan: Plan, sql: Sql, found: pa.Table) -> Answer:
    """What the engine found, as an answer."""
    import pyarrow as pa

    table = _type_columns(found, plan)
    keys = [key.name for key in plan.keys]
    asked = plan.journey.columns if plan.journey else plan.columns
    names = [*keys, *(column.name for column in asked)]
    if plan.rows:
        names = [column.name for column in plan.rows.columns]
    levels = table[LEVEL].to_pylist() if LEVEL in table.column_names else [0] * table.num_rows
    places = table[PLACE].to_pylist() if PLACE in table.column_names else None
    inside = [index for index, level in enumerate(levels) if level == 0]
    rows = table if len(inside) == len(levels) else table.filter([level == 0 for level in levels])
    table, rows, bases = table.select(names), rows.select(names), rows.select([base.name for base in plan.bases])
    totals: tuple[dict[str, Any], ...] = ()
    if plan.totals:
        keys += [key.name for key in list_summed(plan.journey)]
        by_number = {level_number(level, (*plan.keys, *list_summed(plan.journey))): level for level in plan.levels[1:]}
        records = table.to_pylist()
        totals = tuple(
            {name: value for name, value in records[index].items() if name not in keys or name in by_number[level]}
            for index, level in enumerate(levels)
            if level in by_number
        )
    if resolved.journey:
        shown = found.filter(pa.array([level == 0 for level in levels], pa.bool_()))
        marks = mark_journey(catalogue, resolved, plan, resolved.journey, shown)
    elif plan.rows:
        marks = []
    else:
        marks = mark_rows(catalogue, resolved, plan, rows, bases)
    if places is not None and plan.top:
        marks += [Marked(row, plan.top.key.name, "other") for row, index in enumerate(inside) if places[index] is None]
    divided = list_divided(plan) if bases.num_columns else []
    return Answer(
        print_line(resolved.question),
        rows,
        totals,
        tuple(marks),
        resolved,
        plan,
        sql,
        bases={
            column.name: tuple(bases[base.name].to_pylist()) for column, base in zip(divided, plan.bases, strict=True)
        },
        proportions=frozenset(column.name for column in divided if is_proportion(column.value)),
    )


def _type_columns(table: pa.Table, plan: Plan) -> pa.Table:
    """Whole decimals as int64, others as float64; instants of hours and minutes with the question's zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    instants = {key.name for key in plan.keys if (getattr(key, "unit", None) or key.name) in SECONDS}
    arrays = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_decimal(column.type):
            column = _read_decimals(column)
        elif name in instants and pa.types.is_timestamp(column.type):
            column = pc.assume_timezone(column, "UTC").cast(pa.timestamp("us", plan.timezone))
        arrays.append(column)
    return pa.table(arrays, names=table.column_names)


def _read_decimals(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    if column.type.scale == 0:
        try:
            return column.cast(pa.int64())
        except pa.ArrowInvalid:
            pass  # it's a sum beyond 64 bits
    return column.cast(pa.string()).cast(pa.float64())  # by its digits: 24.90 is 24.9, which a direct cast misses
