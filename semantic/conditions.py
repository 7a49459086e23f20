"""Terms of a filter -> values of the dimension's type."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from semantic.calendar import WEEKDAYS, truncate_day
from semantic.errors import Problem, Refused
from semantic.line_values import show_text
from semantic.names import PARTS
from semantic.question import Contains, Equals, Filter, IsNull, Within
from semantic.resolved import Condition, Scalar

DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
PART_BOUNDS = {
    "hour_of_day": (0, 23),
    "weekday": (1, 7),
    "day_of_month": (1, 31),
    "day_of_year": (1, 366),
    "month_of_year": (1, 12),
    "quarter_of_year": (1, 4),
}


def classify_type(type_: str) -> str:
    """The family of a type: text, number, boolean, date, timestamp, instant (a timestamp with a zone), or other."""
    name = type_.upper()
    if name in ("VARCHAR", "CHAR", "TEXT", "STRING") or name.startswith(("ENUM", "VARCHAR(")):
        return "text"
    if name.startswith(("DECIMAL", "NUMERIC")) or name in (
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "FLOAT",
        "DOUBLE",
        "REAL",
    ):
        return "number"
    if name in ("BOOLEAN", "BOOL"):
        return "boolean"
    if name == "DATE":
        return "date"
    if name in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return "instant"
    return "timestamp" if name.startswith(("TIMESTAMP", "DATETIME")) else "other"


def build_condition(filter_: Filter, type_: str, unit: str | None, week_start: str) -> Condition:
    """The filter's terms as values of the type, or of the unit where a time is cut. Raises Refused."""
    family = classify_type(type_)
    read = _choose_reader(filter_.dimension, family, unit, week_start)
    values: list[Scalar] = []
    ranges: list[tuple[Scalar | None, Scalar | None, bool]] = []
    contains: list[str] = []
    null = False
    for term in filter_.terms:
        match term:
            case IsNull():
                null = True
            case Equals():
                value = read(term.text)
                if (
                    isinstance(value, date)
                    and not isinstance(value, datetime)
                    and family in ("timestamp", "instant")
                    and not unit
                ):
                    ranges.append((value, value + timedelta(days=1), False))
                else:
                    values.append(value)
            case Within():
                ranges.append(_read_range(term, read, family, unit))
            case Contains():
                if family != "text":
                    raise _refuse(
                        filter_.dimension,
                        f"~{term.text}",
                        f"{filter_.dimension} is not a text",
                        "Name its values, or a range a..b",
                    )
                contains.append(term.text)
    return Condition(tuple(values), tuple(ranges), tuple(contains), null, filter_.negated)


def _read_range(
    term: Within, read: Callable[[str], Scalar], family: str, unit: str | None
) -> tuple[Scalar | None, Scalar | None, bool]:
    low = None if term.low is None else read(term.low)
    high = None if term.high is None else read(term.high)
    if isinstance(high, date) and not isinstance(high, datetime) and family in ("timestamp", "instant") and not unit:
        return low, high + timedelta(days=1), False  # a range of days includes its last day
    return low, high, True


def _refuse(dimension: str, item: str, found: str, remedy: str) -> Refused:
    return Refused([Problem(dimension, found, remedy, (dimension, None))])


def _choose_reader(dimension: str, family: str, unit: str | None, week_start: str) -> Callable[[str], Scalar]:
    def refuse(text: str, takes: str) -> Refused:
        return _refuse(dimension, text, f"{show_text(text)} doesn't fit", f"{dimension} takes {takes}")

    def read_part(text: str) -> Scalar:
        low, high = PART_BOUNDS[unit or ""]
        if text.lower() in WEEKDAYS and unit == "weekday":
            return WEEKDAYS.index(text.lower()) + 1
        if not re.fullmatch(r"\d{1,3}", text) or not low <= int(text) <= high:
            words = "monday to sunday, or " if unit == "weekday" else ""
            raise refuse(text, f"{words}whole numbers from {low} to {high}")
        return int(text)

    def read_day(text: str) -> date:
        try:
            if DAY.match(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise refuse(text, "days: 2024-01-31")

    def read_grain(text: str) -> Scalar:
        day = read_day(text)
        first = truncate_day(day, unit or "day", week_start)
        if first != day:
            raise _refuse(dimension, text, f"no {unit} begins on {text}", f"{first} would do")
        return day

    def read_instant(text: str) -> Scalar:
        if DAY.match(text):
            return read_day(text)
        try:
            return datetime.fromisoformat(text).replace(microsecond=0)
        except ValueError:
            raise refuse(text, "days, or instants: 2024-01-31T08:00") from None

    def read_number(text: str) -> Scalar:
        try:
            number = (
                Decimal(text)
                if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?", text, re.ASCII)
                else Decimal("nan")
            )
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite() or abs(number) >= Decimal(10) ** 37:
            raise refuse(text, "numbers: 5, or 1..9")
        return int(number) if number == number.to_integral_value() else number

    def read_boolean(text: str) -> Scalar:
        if text not in ("true", "false"):
            raise refuse(text, "true or false")
        return text == "true"

    def read_text(text: str) -> Scalar:
        if "\0" in text:
            raise refuse(text, "text that can be printed")
        return text

    if unit in PARTS:
        return read_part
    if unit in ("hour", "minute"):
        return read_instant
    if unit:
        return read_grain
    readers: dict[str, Callable[[str], Scalar]] = {
        "text": read_text,
        "number": read_number,
        "boolean": read_boolean,
        "date": read_day,
        "timestamp": read_instant,
        "instant": read_instant,
    }
    if family not in readers:
        raise _refuse(
            dimension, "", f"{dimension} is neither text, number, date nor boolean", "Filter by another dimension"
        )
    return readers[family]
