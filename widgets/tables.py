"""A reading as a table: labels for names, the catalogue's formats, notes on rows that aren't final."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from widgets.charts import Field, format_period
from widgets.charts.keys import read_keys
from widgets.charts.numbers import list_affixes
from widgets.charts.words import WORDS
from widgets.fields import BASE, BESIDE, OPEN, Reading
from widgets.translations import Locale, translate
from widgets.words import say

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler
    from streamlit.elements.lib.column_types import ColumnConfig

MOST_ROWS = 10_000  # more are in the download
ROW_HEIGHT = 35  # of a table, as Streamlit draws it
MOST_STYLED = 200_000  # cells; pandas paints no more
# Streamlit writes the names of months in English alone.
_MOMENTS: dict[Locale, dict[str, str]] = {
    "en": {
        "day": "ddd D MMM YYYY",
        "week": "D MMM YYYY",
        "month": "MMM YYYY",
        "quarter": "[Q]Q YYYY",
        "year": "YYYY",
    },
    "pt": {"day": "DD/MM/YYYY", "week": "DD/MM/YYYY", "month": "MM/YYYY", "quarter": "[T]Q YYYY", "year": "YYYY"},
    "ru": {"day": "DD.MM.YYYY", "week": "DD.MM.YYYY", "month": "MM.YYYY", "quarter": "Q [кв.] YYYY", "year": "YYYY"},
}
_CLOCKS = ("minute", "hour")


def draw_table(reading: Reading, key: str, alt: str, height: int | None = None) -> None:
    """The rows, at most `MOST_ROWS` of them, in at most `height` pixels; a row whose period isn't over says so."""
    rows = reading.table.slice(0, MOST_ROWS)
    columns, shown = shape_columns(reading, rows)
    small = _find_small(reading, rows)
    if small and shown.num_rows * shown.num_columns < MOST_STYLED:
        shown = _gray_out(shown, small)
    tall: int | Literal["auto"] = min(height, ROW_HEIGHT * (int(rows.num_rows) + 1) + 3) if height else "auto"
    st.dataframe(shown, column_config=columns, hide_index=True, height=tall, key=key, placeholder="–", alt=alt)
    rows_of = int(reading.table.num_rows)
    if rows_of > MOST_ROWS:
        told = say("The first {shown} of {count} rows; the download holds them all.", shown=MOST_ROWS, count=rows_of)
        st.caption(told)


def draw_totals(reading: Reading, totals: Sequence[Mapping[str, Any]], key: str) -> None:
    """The subtotals and the grand total, recomputed from rows; a key that is summed over reads `All`."""
    values_of = {field.name for field in reading.values}
    numbers = [name for name in reading.table.column_names if name.partition("@")[0] in values_of]
    numbers = [name for name in numbers if not name.endswith(BESIDE)]
    fields: dict[str, Any] = {}
    for field in reading.keys:
        values = [name_total(field, row, reading) for row in totals]
        fields[field.name] = pa.array(values, pa.string())
    for name in numbers:
        fields[name] = pa.array([row.get(name) for row in totals])
    shown = count_points(reading, pa.table(fields))
    columns = {field.name: st.column_config.TextColumn(field.label) for field in reading.keys}
    columns |= {name: column for name, column in _list_numbers(reading).items() if name in shown.column_names}
    st.dataframe(shown, column_config=columns, hide_index=True, key=key, placeholder="–", alt=say("Totals"))


def shape_columns(reading: Reading, rows: pa.Table) -> tuple[dict[str, ColumnConfig], pa.Table]:
    """Each column's heading and format, and the rows with names for what isn't read as it's stored."""
    columns: dict[str, ColumnConfig] = {}
    for place, field in enumerate(reading.keys):
        column, values = _shape_key(reading, field, rows)
        columns[field.name] = column
        rows = rows.set_column(place, field.name, values)
    columns |= _list_numbers(reading)
    rows = count_points(reading, rows)
    notes = [" · ".join(parts) or None for parts in list_notes(reading, rows)]
    hidden = {name for name in rows.column_names if name.startswith("@") or name.endswith(BESIDE)}
    rows = rows.select([name for name in rows.column_names if name not in hidden])
    if any(notes):
        rows = rows.append_column("@note", pa.array(notes, pa.string()))
        columns["@note"] = st.column_config.TextColumn(say("Note"))
    return columns, rows


def list_notes(reading: Reading, rows: pa.Table) -> list[list[str]]:
    """What is to be known of each row: that it isn't final yet, and what is made of too little to read."""
    notes: list[list[str]] = [[] for _ in range(rows.num_rows)]
    if OPEN in rows.column_names:
        for note, unfinished in zip(notes, rows[OPEN].to_pylist(), strict=True):
            note += [translate(reading.locale, "not final yet")] if unfinished else []
    for field in reading.values:
        if f"{field.name}{BASE}" in rows.column_names:
            for note, base in zip(notes, rows[f"{field.name}{BASE}"].to_pylist(), strict=True):
                note += _tell_base(field, base, reading.locale) if base is not None else []
    return notes


def _tell_base(field: Field, base: float, locale: Locale) -> list[str]:
    shown = int(base) if base == int(base) else f"{base:,.15g}"
    return [translate(locale, "{name}: of {base} only", name=field.label, base=shown)]


def _find_small(reading: Reading, rows: pa.Table) -> dict[str, list[bool]]:
    """Of each value that is made of too little somewhere, the rows where it is."""
    found = {field.name: f"{field.name}{BASE}" for field in reading.values}
    return {name: pc.is_valid(rows[base]).to_pylist() for name, base in found.items() if base in rows.column_names}


def _gray_out(rows: pa.Table, small: Mapping[str, Sequence[bool]]) -> Styler:
    """The rows with small values in gray; what is NULL reads as elsewhere."""
    import pandas as pd

    frame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    colors = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for name, flags in small.items():
        colors.loc[list(flags), name] = "color: gray"
    return frame.style.set_uuid("small").apply(lambda _: colors, axis=None).format(None, na_rep="–")


def _shape_key(reading: Reading, field: Field, rows: pa.Table) -> tuple[ColumnConfig, pa.ChunkedArray | pa.Array]:
    column = rows[field.name]
    if field.kind == "time" and field.grain in _CLOCKS:
        moments = [
            None if value is None else format_period(value, "minute", reading.locale) for value in column.to_pylist()
        ]
        return st.column_config.TextColumn(field.label), pa.array(moments, pa.string())
    if field.kind == "time" and field.grain in _MOMENTS[reading.locale]:
        shape = _MOMENTS[reading.locale][field.grain]
        return st.column_config.DateColumn(field.label, format=shape), column.cast(pa.date32())
    if field.kind == "number":
        return st.column_config.NumberColumn(field.label, format="plain"), column
    keys = read_keys(rows, field, reading.configure("table"))
    return st.column_config.TextColumn(field.label), pa.array([keys.names[code] for code in keys.codes], pa.string())


def _list_numbers(reading: Reading) -> dict[str, ColumnConfig]:
    columns: dict[str, ColumnConfig] = {}
    for field in reading.values:
        if field.kind != "number":
            columns[field.name] = st.column_config.TextColumn(field.label)
            continue
        columns[field.name] = format_number(field, field.label, reading.locale)
        if reading.compare:
            label = f"{field.label}, {reading.beside}"
            columns[f"{field.name}@compare"] = format_number(field, label, reading.locale)
            columns[f"{field.name}@change"] = _format_change(field, reading.locale)
    return columns


def _format_change(field: Field, locale: Locale) -> ColumnConfig:
    """A change in percent, of a rate in percentage points, which `count_points` makes of its column."""
    label = say("{name}, change", name=field.label)
    if not field.is_rate:
        return st.column_config.NumberColumn(label, format="percent")
    if locale == "en":
        return st.column_config.NumberColumn(label, format="%+.2f pp")
    return st.column_config.NumberColumn(f"{label}, {WORDS[locale]['pp']}", format="localized")


def count_points(reading: Reading, rows: pa.Table) -> pa.Table:
    """The rows with the changes of rates in percentage points: a change of a percentage in percent misleads."""
    for field in reading.values if reading.compare else ():
        name = f"{field.name}@change"
        if field.is_rate and name in rows.column_names:
            points = pc.multiply(pc.subtract(rows[field.name], rows[f"{field.name}@compare"]), 100.0)
            rows = rows.set_column(rows.column_names.index(name), name, points)
    return rows


def format_number(field: Field, label: str, locale: Locale) -> ColumnConfig:
    """Numbers as the browser writes them; a pattern with a unit would write English ones, so others head the column."""
    return st.column_config.NumberColumn(_head(field, label, locale), format=_write_format(field, locale))


def format_bar(field: Field, label: str, locale: Locale, most: float) -> ColumnConfig:
    """Numbers with a bar in each cell, which is full at `most`."""
    shape = _write_format(field, locale)
    return st.column_config.ProgressColumn(_head(field, label, locale), format=shape, min_value=0.0, max_value=most)


def _head(field: Field, label: str, locale: Locale) -> str:
    unit = "" if field.is_rate or locale == "en" else "".join(list_affixes(field.unit, locale)).strip()
    return f"{label}, {unit}" if unit else label


def _write_format(field: Field, locale: Locale) -> str:
    if field.is_rate:
        return "percent"
    if locale != "en":
        return "localized"
    before, after = (text.replace("%", "%%") for text in list_affixes(field.unit, "en"))
    decimals = "%,.2f" if field.format == "currency" else "localized"
    if decimals == "localized" and not after:
        return "localized"
    return f"{before}{decimals if before else '%,.2f'}{after}"


def name_total(field: Field, row: Mapping[str, Any], reading: Reading) -> str:
    """The name of a group of a subtotal; `All` where it is summed over."""
    if field.name not in row:
        return translate(reading.locale, "All")
    value = row[field.name]
    if value is None:
        return translate(reading.locale, "(none)")
    return format_period(value, field.grain, reading.locale) if field.kind == "time" else str(value)
