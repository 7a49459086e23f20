"""A reading -> the columns of a sheet: labels with units, values as numbers and dates, the number format of each."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from widgets.charts import Field, Locale, format_period
from widgets.charts.description import expand_format, is_currency
from widgets.charts.keys import read_keys
from widgets.charts.numbers import format_full, list_affixes
from widgets.charts.words import DASH, MINUS, WORDS
from widgets.tables import count_points, list_notes, name_total
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from widgets.fields import Reading

MOST_DIGITS = 15  # of a number that a spreadsheet holds to its last digit
FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets count days each in their own way
DATES = {"month": "mmm yyyy", "year": "yyyy"}
DAY, MINUTE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
CLOCKS = ("hour", "minute")
PLAIN, PERCENT = Field("", "", "number"), Field("", "", "number", format="percent")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and its values: None, text, int, float, bool, date or datetime; `format` as spreadsheets write it.

    `field` is what the values are of; a `change` of it is signed.
    """

    label: str
    values: tuple[Any, ...]
    format: str = ""
    field: Field | None = None
    change: bool = False

    @property
    def is_number(self) -> bool:
        """True where it holds numbers, which stand at the right."""
        return self.field is not None and self.field.kind == "number" and not self.field.is_part

    def write(self, value: Any, locale: Locale) -> str:
        """A value as it's read on paper: with its unit, two decimals at most, a dash for nothing."""
        if value is None or self.field is None:
            return DASH if value is None and self.is_number else str(value or "")
        if self.change and isinstance(value, int | float):
            sign = "+" if value > 0 else MINUS if value < 0 else ""
            if self.field.is_rate:
                return f"{sign}{format_full(abs(value), PLAIN, locale)} {WORDS[locale]['pp']}"
            return f"{sign}{format_full(abs(round(value, 3)), PERCENT, locale)}"
        if isinstance(value, date):
            grain = "date" if self.field.grain in ("day", "week") else self.field.grain
            return format_period(value, grain or "date", locale)
        if self.format == "General":
            return f"{value:.15g}" if isinstance(value, float) else str(value)
        return format_full(value, self.field, locale) if isinstance(value, int | float) else str(value)


def list_columns(reading: Reading, rows: int | None = None) -> list[Column]:
    """All that a table on the screen has, as the answer has it: no number is rounded, a rate stays a fraction.

    Changes of rates are in percentage points, as on the screen; all other changes are fractions. At most `rows` rows.
    """
    table = count_points(reading, reading.table.slice(0, rows))
    columns = [_read_key(reading, field, table) for field in reading.keys]
    for field in reading.values:
        columns.append(_read_value(field, table[field.name].to_pylist(), reading.locale))
        if reading.compare and f"{field.name}@compare" in table.column_names:
            before = table[f"{field.name}@compare"].to_pylist()
            shown = _read_value(field, before, reading.locale)
            columns.append(Column(f"{field.label}, {reading.beside}", shown.values, shown.format, field))
            change = tuple(map(read_cell, table[f"{field.name}@change"].to_pylist()))
            pp = WORDS[reading.locale]["pp"]
            points = f'+0.00" {pp}";-0.00" {pp}";0.00" {pp}"'
            shape = points if field.is_rate else "+0.0%;-0.0%;0.0%"
            label = translate(reading.locale, "{name}, change", name=field.label)
            columns.append(Column(label, change, shape, field, change=True))
    notes = tuple(" · ".join(parts) or None for parts in list_notes(reading, table))
    return [*columns, Column(translate(reading.locale, "Note"), notes)] if any(notes) else columns


def list_totals(reading: Reading, totals: Sequence[Mapping[str, Any]]) -> list[Column]:
    """The subtotals and the grand total of an answer; a key that is summed over reads `All`."""
    columns = []
    for field in reading.keys:
        names = tuple(name_total(field, row, reading) for row in totals)
        columns.append(Column(field.label, names, "", field))
    for field in reading.values:
        values = [row.get(field.name) for row in totals]
        columns.append(_read_value(field, values, reading.locale))
    return columns


def read_cell(value: Any) -> Any:
    """A value as a spreadsheet holds it: what isn't a number is empty, one with too many digits a text."""
    if isinstance(value, Decimal):
        value = int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return value if len(str(abs(value))) <= MOST_DIGITS else str(value)
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return value if day >= FIRST_DAY else value.isoformat()
    return value if value is None or isinstance(value, bool | str) else str(value)


def _read_key(reading: Reading, field: Field, table: pa.Table) -> Column:
    values = table[field.name].to_pylist()
    if field.kind == "time" and not field.is_part:
        if field.grain in CLOCKS:
            return Column(field.label, _read_clock(values), MINUTE, field)
        days = [value.date() if isinstance(value, datetime) else value for value in values]
        return Column(field.label, tuple(map(read_cell, days)), DATES.get(field.grain, DAY), field)
    if field.kind == "number" and not field.is_part:
        return Column(field.label, tuple(map(read_cell, values)), "General", field)
    keys = read_keys(table, field, reading.configure("table"))
    return Column(field.label, tuple(keys.names[code] for code in keys.codes), "", field)


def _read_clock(values: Sequence[Any]) -> tuple[Any, ...]:
    """Instants by their wall clock; with their offset as text where two of them would read the same."""
    plain = [read_cell(value) for value in values]
    known = {value.isoformat() for value in values if value is not None}
    if len({value for value in plain if value is not None}) < len(known):
        return tuple(None if value is None else value.isoformat(sep=" ", timespec="minutes") for value in values)
    return tuple(plain)


def _read_value(field: Field, values: Sequence[Any], locale: Locale) -> Column:
    cells = tuple(map(read_cell, values))
    if field.kind != "number":
        return Column(field.label, cells, DAY if any(isinstance(cell, date) for cell in cells) else "", field)
    unit = f" ({field.unit})" if field.unit and not field.is_rate else ""
    return Column(f"{field.label}{unit}", cells, write_format(field, cells, locale), field)


def write_format(field: Field, cells: Sequence[Any] = (), locale: Locale = "en") -> str:
    """The spreadsheet's number format: `0.00%`, `"€"#,##0.00`, `#,##0`; with decimals where a value has some."""
    if field.is_rate:
        return "0.00%"
    fixed = re.search(r"\.(\d+)(~?)[fdrge]?$", expand_format(field.format))
    whole = all(cell is None or (isinstance(cell, int | float) and cell == int(cell)) for cell in cells)
    places = 2 if not fixed else min(int(fixed[1]), 6)
    if not field.format.endswith("f") and whole and field.format != "currency":
        places = 0
    number = "#,##0" + (f".{'0' * places}" if places else "")
    before, after = list_affixes(field.unit, locale) if is_currency(field.unit) else ("", "")
    return _quote(before) + number + _quote(after)


def _quote(text: str) -> str:
    return '"' + text.replace('"', "") + '"' if text else ""
