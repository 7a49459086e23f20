"""Answers -> the rows of the Segments page: each segment's size, share, change and course, and its rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from semantic import Question
from semantic.calendar import add_periods, resolve_period, truncate_day
from semantic.marks import bound_rate
from semantic.offer import read_label
from semantic.question import Between, Compare, IsNull, MetricAsk, Order, Period
from semantic.resolve import find_as_of
from semantic.values import print_metric
from widgets.charts import format_value
from widgets.controls.values import write_term
from widgets.labels import label_segment
from widgets.segments.address import ALL
from widgets.words import find_language, say

if TYPE_CHECKING:
    from semantic import Answer, Catalogue
    from widgets.segments.address import Choice
    from widgets.segments.bases import Base

POINTS = 12  # of a course
GRAINS = (
    ("day", 15),
    ("week", 130),
    ("month", 500),
    ("quarter", 1500),
)  # of a course, up to that many days of a period
NOBODY = "(none)"  # how the address writes those without a segment


@dataclass(frozen=True, slots=True)
class Row:
    """A segment: what the address calls it, its label and family; its size, that of the period before, its course."""

    key: str
    label: str
    family: str
    size: float | None
    before: float | None
    course: tuple[float | None, ...] = ()

    @property
    def change(self) -> float | None:
        """By how much it grew on the period before, as a fraction; None where that is unknown or was empty."""
        return self.size / self.before - 1 if self.size is not None and self.before else None


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of a segment: `base` is what it is divided by, `low` and `high` hold it in 95 of 100 cases."""

    value: float | None
    base: float | None = None
    low: float | None = None
    high: float | None = None
    small: bool = False


# --- what is asked


def ask_sizes(choice: Choice) -> Question:
    """Every segment's size, beside that of the period before where it has a past and there are whole days."""
    asked = choice.base.ask_sizes(find_period(choice))
    compared = choice.base.dated and is_closed(choice.period)
    return replace(asked, compare=Compare("previous")) if compared else asked


def find_period(choice: Choice) -> Period | None:
    """The period as a line has it."""
    return None if choice.period == ALL else choice.period


def is_closed(period: Period) -> bool:
    """Whether a period has a first and a last day."""
    return not isinstance(period, Between) or (period.start is not None and period.end is not None)


def find_course(catalogue: Catalogue, period: Period) -> tuple[str, Between]:
    """The grain of the course of sizes, and the days of its twelve points: the last one ends with the period."""
    window = resolve_period(None if period == ALL else period, find_as_of(catalogue), catalogue.week_start)[1]
    newest = find_as_of(catalogue)
    last = min(window.stop - timedelta(days=1), newest) if window.stop else newest
    days = (last - window.start).days + 1 if window.start and is_closed(period) else 365
    grain = next((name for name, most in GRAINS if days <= most), "year")
    first = add_periods(truncate_day(last, grain, catalogue.week_start), grain, 1 - POINTS)
    return grain, Between(first, last)


def ask_course(catalogue: Catalogue, choice: Choice) -> Question:
    """Every segment's size at the end of each of twelve days, weeks, months, quarters or years."""
    grain, days = find_course(catalogue, choice.period)
    return choice.base.ask(choice.base.size, by=(grain,), period=days)


def ask_rates(choice: Choice, now: bool = False) -> Question:
    """Every segment's rate over the period; `now` by the segments of the as-of day."""
    asked = choice.base.ask(MetricAsk(choice.rate), period=find_period(choice), now=now)
    return replace(asked, order=(Order(choice.rate, descending=True),))


# --- what is answered


def name_value(value: Any) -> str:
    """How the address writes a value of the dimension."""
    term = write_term(value)
    return NOBODY if isinstance(term, IsNull) else term.text


def label_value(catalogue: Catalogue, base: Base, value: Any) -> str:
    """What a segment is called."""
    if base.names:
        return label_segment(catalogue, str(value), base.ask(base.size))
    if value is None:
        return say("(none)")
    return format_value(value, locale=find_language()) if isinstance(value, bool) else str(value)


def name_family(catalogue: Catalogue, base: Base, record: Mapping[str, Any]) -> str:
    """The family of a segment; empty where it has none."""
    if base.group:
        value = record.get(base.group)
        return "" if value is None else str(value)
    segment = catalogue.segments.get(str(record[base.key])) if base.names else None
    if segment is None or segment.family is None:
        return ""
    family = catalogue.families.get(segment.family)
    return read_label(family.label if family else None, segment.family, find_language())


def read_rows(catalogue: Catalogue, base: Base, sizes: Answer, course: Answer | None) -> tuple[Row, ...]:
    """The segments, the biggest first; without a course where there is none yet."""
    size = print_metric(base.size)
    courses = _read_courses(base, course) if course else {}
    found = []
    for record in sizes.rows():
        key = name_value(record[base.key])
        label, family = label_value(catalogue, base, record[base.key]), name_family(catalogue, base, record)
        found.append(Row(key, label, family, record[size], record.get(f"{size}@compare"), courses.get(key, ())))
    return tuple(found)


def _read_courses(base: Base, course: Answer) -> dict[str, tuple[float | None, ...]]:
    size, moments = print_metric(base.size), dict[Any, None]()
    points: dict[str, dict[date, float | None]] = {}
    (grain, _) = course.resolved.question.by
    for record in course.rows():
        moments[record[grain]] = None
        points.setdefault(name_value(record[base.key]), {})[record[grain]] = record[size]
    order = sorted(moment for moment in moments if moment is not None)
    return {key: tuple(known.get(moment) for moment in order) for key, known in points.items()}


def read_rates(base: Base, answer: Answer, rate: str, now: bool = False) -> dict[str, Rate]:
    """The rate of each segment by its key, with the interval where the rate is one count over another."""
    (key,) = answer.resolved.question.by
    values, bases = answer.table[rate].to_pylist(), answer.bases.get(rate, ())
    small = {mark.row for mark in answer.marks if mark.mark == "base" and mark.column == rate}
    found = {}
    for row, (name, value) in enumerate(zip(answer.table[key].to_pylist(), values, strict=True)):
        count = bases[row] if bases else None
        low = high = None
        if rate in answer.proportions and value is not None and 0 <= value <= 1 and count:
            low, high = bound_rate(value, count)
        found[name_value(name)] = Rate(value, count, low, high, row in small)
    return found


def choose_rows(rows: Iterable[Row], rates: Mapping[str, Rate], choice: Choice) -> tuple[Row, ...]:
    """The rows that family and search leave, in the chosen order; what has no number stands last."""
    words = choice.search.casefold().split()
    kept = [
        row
        for row in rows
        if (not choice.family or row.family == choice.family)
        and all(word in f"{row.label} {row.family}".casefold() for word in words)
    ]
    if choice.sort == "name":
        return tuple(sorted(kept, key=lambda row: row.label.casefold()))

    def place(row: Row) -> tuple[bool, float]:
        rate = rates.get(row.key)
        number = {"size": row.size, "change": row.change, "rate": rate.value if rate else None}[choice.sort]
        return number is None, -(number or 0)

    return tuple(sorted(kept, key=place))
