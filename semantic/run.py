"""Sql + engine -> Answer: the rows as the engine gives them, split into rows and totals, typed, and marked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from semantic.answer import Answer, Mark, Marked
from semantic.calendar import SECONDS, add_months, add_periods, start_of_day
from semantic.catalogue import Catalogue, Duration
from semantic.each import list_sources
from semantic.emit import Sql
from semantic.emit.scan import LEVEL, PLACE, level_number
from semantic.line import print_line
from semantic.names import GRAINS
from semantic.plan import Plan
from semantic.resolved import CURRENT, Resolved

if TYPE_CHECKING:
    import pyarrow as pa


def build_answer(catalogue: Catalogue, resolved: Resolved, plan: Plan, sql: Sql, found: pa.Table) -> Answer:
    """What the engine found, as an answer."""
    table = _type_columns(found, plan)
    keys = [key.name for key in plan.keys]
    asked = plan.journey.columns if plan.journey else plan.columns
    names = [*keys, *(column.name for column in asked)]
    levels = table[LEVEL].to_pylist() if LEVEL in table.column_names else [0] * table.num_rows
    places = table[PLACE].to_pylist() if PLACE in table.column_names else None
    table = table.select(names)
    inside = [index for index, level in enumerate(levels) if level == 0]
    rows = table if len(inside) == len(levels) else table.filter([level == 0 for level in levels])
    totals: tuple[dict[str, Any], ...] = ()
    if plan.totals:
        by_number = {level_number(level, plan.keys): level for level in plan.levels[1:]}
        records = table.to_pylist()
        totals = tuple(
            {name: value for name, value in records[index].items() if name not in keys or name in by_number[level]}
            for index, level in enumerate(levels)
            if level in by_number
        )
    marks = _mark_periods(catalogue, resolved, plan, rows)
    if places is not None and plan.top:
        marks += [Marked(row, plan.top.key.name, "other") for row, index in enumerate(inside) if places[index] is None]
    return Answer(print_line(resolved.question), rows, totals, tuple(marks), resolved, plan, sql)


def _type_columns(table: pa.Table, plan: Plan) -> pa.Table:
    """Whole decimals as int64, others as float64; instants of hours and minutes with the question's zone."""
    import pyarrow as pa
    import pyarrow.compute as pc

    instants = {key.name for key in plan.keys if (getattr(key, "unit", None) or key.name) in SECONDS}
    arrays = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_decimal(column.type):
            try:
                column = column.cast(pa.int64() if column.type.scale == 0 else pa.float64())
            except pa.ArrowInvalid:
                column = column.cast(pa.float64())
        elif name in instants and pa.types.is_timestamp(column.type):
            column = pc.assume_timezone(column, "UTC").cast(pa.timestamp("us", plan.timezone))
        arrays.append(column)
    return pa.table(arrays, names=table.column_names)


def _mark_periods(catalogue: Catalogue, resolved: Resolved, plan: Plan, rows: pa.Table) -> list[Marked]:
    """The cells whose period isn't over in the data of their metric, or still settles."""
    grains = [key.name for key in plan.keys if key.name in GRAINS]
    if not grains and not resolved.asked.bounded:
        return []
    limits = {
        column.name: _find_limits(catalogue, resolved, column.name)
        for column in plan.columns
        if column.role == "metric"
    }
    marks: dict[Any, list[tuple[str, Mark]]] = {}
    ends: list[Any] = (
        list(zip(*(rows[name].to_pylist() for name in grains), strict=True)) if grains else [()] * rows.num_rows
    )
    found = []
    for row, period in enumerate(ends):
        if period not in marks:
            end = min(
                (
                    _find_end(catalogue, plan.timezone, value, grain)
                    for value, grain in zip(period, grains, strict=True)
                ),
                default=None,
            )
            stop = resolved.asked.stop
            if end is None and stop:
                end = start_of_day(stop, ZoneInfo(plan.timezone))
            marks[period] = [
                (name, mark)
                for name, (complete, settled) in limits.items()
                if end and (mark := _choose_mark(end, complete, settled))
            ]
        found += [Marked(row, name, mark) for name, mark in marks[period]]
    return found


def _choose_mark(end: datetime, complete: datetime | None, settled: datetime | None) -> Mark | None:
    if complete and end > complete:
        return "open"
    return "settling" if settled and end > settled else None


def _find_end(catalogue: Catalogue, timezone: str, start: date, grain: str) -> datetime:
    if isinstance(start, datetime):
        return start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) + timedelta(seconds=SECONDS[grain])
    return start_of_day(add_periods(start, grain, 1), ZoneInfo(timezone))


def _find_limits(catalogue: Catalogue, resolved: Resolved, name: str) -> tuple[datetime | None, datetime | None]:
    """Until when (UTC) all that feeds a column is complete, and until when it has settled."""
    column = next(column for column in resolved.columns if column.name == name)
    today = start_of_day(resolved.as_of + timedelta(days=1), ZoneInfo(resolved.timezone))
    complete: list[datetime] = [today]
    views = {leaf.view for leaf in list_sources(column.value) if leaf.variant.label == CURRENT}
    complete += [known for view in views if (known := catalogue.bound.complete.get(view))]
    settles = catalogue.metrics[column.metric].settles
    limit = min(complete)
    return limit, _go_back(limit, settles) if settles else None


def _go_back(instant: datetime, duration: Duration) -> datetime:
    """That long before; of what lies before the calendar, its first instant."""
    if instant.year <= 200:
        return datetime.min
    if duration.unit in SECONDS:
        return instant - timedelta(seconds=duration.count * SECONDS[duration.unit])
    if duration.unit in ("day", "week"):
        return instant - timedelta(days=duration.count * (7 if duration.unit == "week" else 1))
    months = duration.count * {"month": 1, "quarter": 3, "half": 6, "year": 12}[duration.unit]
    return datetime.combine(add_months(instant.date(), -months), instant.time())
