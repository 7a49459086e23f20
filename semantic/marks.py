"""Answer's rows -> marks: what isn't over, may still change, is known of whole periods only, or has a small base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from semantic.calendar import SECONDS, add_months, add_periods, hold_periods, start_of_day, truncate_day
from semantic.catalogue import Catalogue, Duration
from semantic.denominators import is_proportion
from semantic.each import list_sources
from semantic.names import GRAINS
from semantic.plan import Plan
from semantic.resolved import CURRENT, LONG, Column, Resolved, Steps
from semantic.short_windows import is_short

if TYPE_CHECKING:
    import pyarrow as pa

Mark = Literal["open", "settling", "window", "short", "partial", "base", "other", "joined", "left"]
Period = tuple[datetime, datetime]  # from, until: instants in UTC
DEVIATIONS = 1.959963984540054  # of the normal distribution, around 95 % of it


@dataclass(frozen=True, slots=True)
class Marked:
    """What is to be known of a cell.

    `open`: its period isn't over in the data. `settling`: it may still change. `window`: some of those who began in it
    have time left to convert. `short`: it is of a rolling window that begins before the data does. `partial`: the
    period cuts one that its rows stand for, which is left out. `base`: it is divided by less than the min_base of its
    metric or cohort, by `base`; a share of a count has the interval from `low` to `high`, in which the share lies that
    would be found with more of them (95 %, Wilson's). `other`: the row is the rest of a top. `joined`, `left`: of a
    flow, there is no state before, or after, which isn't a state that is unknown.
    """

    row: int
    column: str
    mark: Mark
    base: float | None = None
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        numbers = {"base": self.base, "low": self.low, "high": self.high}
        known = {name: value for name, value in numbers.items() if value is not None}
        return {"row": self.row, "column": self.column, "mark": self.mark, **known}


def mark_rows(catalogue: Catalogue, resolved: Resolved, plan: Plan, rows: pa.Table, bases: pa.Table) -> list[Marked]:
    """The marks of an answer's rows; `bases` holds the denominators, row by row, of the plan's `bases`."""
    return [*mark_periods(catalogue, resolved, plan, plan.columns, rows), *_mark_bases(catalogue, plan, rows, bases)]


def bound_rate(rate: float, count: float) -> tuple[float, float]:
    """The interval that holds the true rate in 95 of 100 cases, of a rate seen in `count` (> 0) trials.

    The score interval without continuity correction: E. B. Wilson, Probable inference, the law of succession, and
    statistical inference, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    squared = DEVIATIONS**2 / count
    centre = rate + squared / 2
    spread = DEVIATIONS * sqrt(rate * (1 - rate) / count + squared / (4 * count))
    low, high = (centre - spread) / (1 + squared), (centre + spread) / (1 + squared)
    return (0.0 if rate == 0 else low), (1.0 if rate == 1 else high)


# --- small bases


def _mark_bases(catalogue: Catalogue, plan: Plan, rows: pa.Table, bases: pa.Table) -> Iterator[Marked]:
    for column, base in zip(list_divided(plan), plan.bases, strict=True):
        least = catalogue.metrics[column.metric].min_base
        assert least is not None, "a metric has a hidden base for its min_base only"
        proportion = is_proportion(column.value)
        pairs = zip(rows[column.name].to_pylist(), bases[base.name].to_pylist(), strict=True)
        for row, (value, count) in enumerate(pairs):
            if value is None or count is None or count >= least:
                continue
            if proportion and 0 <= value <= 1 and count > 0:
                yield Marked(row, column.name, "base", count, *bound_rate(value, count))
            else:
                yield Marked(row, column.name, "base", count)


def list_divided(plan: Plan) -> list[Column]:
    """The columns that the plan's bases belong to, in their order."""
    columns = {f"{column.name}@base": column for column in plan.columns}
    return [columns[base.name] for base in plan.bases]


# --- periods


@dataclass(frozen=True, slots=True)
class _Limits:
    """What the data of a column says of time, in UTC: until when it is complete, has settled, may have converted.

    `cuts` are the periods that its rows stand for and the asked days cut.
    """

    complete: datetime
    settled: datetime | None
    elapsed: datetime | None
    cuts: tuple[Period, ...]


def mark_periods(
    catalogue: Catalogue, resolved: Resolved, plan: Plan, columns: Sequence[Column], rows: pa.Table
) -> list[Marked]:
    """The cells of these columns whose period isn't over in the data, still settles, or cuts what rows stand for."""
    grains = [key.name for key in plan.keys if key.name in GRAINS]
    limits = {column.name: _find_limits(catalogue, resolved, column) for column in columns}
    periods = list(zip(*(rows[name].to_pylist() for name in grains), strict=True)) if grains else [()] * rows.num_rows
    known: dict[Any, list[tuple[str, Mark]]] = {}
    found = []
    for row, period in enumerate(periods):
        if period not in known:
            span = _find_span(plan.timezone, resolved, period, grains)
            known[period] = [
                (column.name, mark) for column in columns for mark in _choose_marks(span, limits[column.name], column)
            ]
            shown = [column for column in columns if is_short(catalogue, plan.timezone, column, period, grains)]
            known[period] += [(column.name, "short") for column in shown]
        found += [Marked(row, name, mark) for name, mark in known[period]]
    return found


def _choose_marks(span: tuple[datetime | None, datetime | None], limits: _Limits, column: Column) -> Iterator[Mark]:
    start, end = span
    if column.role == "metric":
        if end and end > limits.complete:
            yield "open"
        elif end and limits.settled and end > limits.settled:
            yield "settling"
        if limits.elapsed and (end is None or end > limits.elapsed):
            yield "window"
    if any((start is None or start < until) and (end is None or since < end) for since, until in limits.cuts):
        yield "partial"


def _find_span(
    timezone: str, resolved: Resolved, period: Sequence[Any], grains: Sequence[str]
) -> tuple[datetime | None, datetime | None]:
    """The instants from which and until which a row's period lasts; those of the asked days where it names none."""
    zone = ZoneInfo(timezone)
    named = [(value, grain) for value, grain in zip(period, grains, strict=True) if value is not None]
    starts = [_find_instant(value, zone) for value, _ in named]
    ends = [find_end(value, grain, zone) for value, grain in named]
    asked = resolved.asked
    if not starts:
        bounded = asked.bounded
        starts = [start_of_day(asked.start, zone)] if asked.start and bounded else []
        ends = [start_of_day(asked.stop, zone)] if asked.stop and bounded else []
    return max(starts, default=None), min(ends, default=None)


def _find_instant(start: date, zone: ZoneInfo) -> datetime:
    if isinstance(start, datetime):
        return start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    return start_of_day(start, zone)


def find_end(start: date, grain: str, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a period of the grain ends."""
    if isinstance(start, datetime):
        return _find_instant(start, zone) + timedelta(seconds=SECONDS[grain])
    return start_of_day(add_periods(start, grain, 1), zone)


def _find_limits(catalogue: Catalogue, resolved: Resolved, column: Column) -> _Limits:
    today = start_of_day(resolved.as_of + timedelta(days=1), ZoneInfo(resolved.timezone))
    leaves = [leaf for leaf in list_sources(column.value) if leaf.variant.label == CURRENT]
    complete = [today, *_list_complete(catalogue, [leaf.view for leaf in leaves])]
    settles = catalogue.metrics[column.metric].settles
    limit = min(complete)
    elapsed = [
        go_back(min([today, *_list_complete(catalogue, [step.view for step in leaf.how.steps])]), leaf.how.longest)
        for leaf in leaves
        if isinstance(leaf.how, Steps) and leaf.how.longest
    ]
    cuts = tuple(_list_cuts(catalogue, resolved, column))
    return _Limits(limit, go_back(limit, settles) if settles else None, min(elapsed, default=None), cuts)


def _list_complete(catalogue: Catalogue, views: Sequence[str]) -> list[datetime]:
    return [known for view in dict.fromkeys(views) if (known := catalogue.bound.complete.get(view))]


def _list_cuts(catalogue: Catalogue, resolved: Resolved, column: Column) -> Iterator[Period]:
    """The months, say, that rows of the column stand for and that the asked days begin or end in."""
    zone = ZoneInfo(resolved.timezone)
    for leaf in list_sources(column.value):
        grain, shift = leaf.clock.grain if leaf.clock else None, leaf.variant.shift
        if grain not in LONG or leaf.variant.exact:
            continue
        window = leaf.variant.window if shift else resolved.asked
        inside = hold_periods(window, grain, catalogue.week_start)
        elapsing = shift is not None and resolved.asked != resolved.window  # it ends like for like, not at an edge
        edges = [(window.start, inside.start), *([] if elapsing else [(window.stop, inside.stop)])]
        for edge in (edge for edge, kept in edges if edge and edge != kept):
            first = truncate_day(edge, grain, catalogue.week_start)
            days = (first, add_periods(first, grain, 1))
            since, until = (shift.go_forward(day) for day in days) if shift else days
            yield start_of_day(since, zone), start_of_day(until, zone)


def go_back(instant: datetime, duration: Duration) -> datetime:
    """That long before; of what lies before the calendar, its first instant."""
    if instant.year <= 200:
        return datetime.min
    if duration.unit in SECONDS:
        return instant - timedelta(seconds=duration.count * SECONDS[duration.unit])
    if duration.unit in ("day", "week"):
        return instant - timedelta(days=duration.count * (7 if duration.unit == "week" else 1))
    months = duration.count * {"month": 1, "quarter": 3, "half": 6, "year": 12}[duration.unit]
    return datetime.combine(add_months(instant.date(), -months), instant.time())
