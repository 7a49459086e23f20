"""A reading as a ranking: a row for each group with bars in its cells, and its course where there is a time axis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import streamlit as st

from widgets.charts import Field, Locale, format_change
from widgets.charts.keys import read_flags, read_floats, read_keys, set_remainder_last, sort_keys
from widgets.charts.offers import is_time
from widgets.fields import OPEN, OTHER, Reading
from widgets.tables import ROW_HEIGHT, format_bar, format_number
from widgets.words import say

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

WIDE = 160  # pixels of a course


@dataclass(frozen=True, slots=True)
class Rank:
    """A group: its numbers by metric, of the last whole period where there is a time, and their course."""

    name: str
    rest: bool
    values: tuple[float | None, ...]
    changes: tuple[str, ...]
    courses: tuple[tuple[float | None, ...], ...]


def read_ranking(reading: Reading, ordered: bool) -> tuple[list[Rank], str]:
    """The groups by the first metric, the highest first, or as `ordered` by the line; and which period is the last one.

    A period that isn't over isn't the last one. The rest of a top comes last. Without a time there is no period.
    """
    table, config = reading.table, reading.configure("table")
    field = next(key for key in reading.keys if not is_time(key))
    time = next((key for key in reading.keys if is_time(key)), None)
    rest = read_flags(table, OTHER if OTHER in table.column_names else "")
    groups = set_remainder_last(read_keys(table, field, config), rest, config)
    places = sort_keys(read_keys(table, time, config)) if time else None
    opened = read_flags(table, OPEN if OPEN in table.column_names else "")
    numbers = [read_floats(table, value.name).tolist() for value in reading.values]
    codes = places.codes.tolist() if places else [0] * table.num_rows
    count = len(places.names) if places else 1
    unfinished = {code for code, flag in zip(codes, opened.tolist(), strict=True) if flag}
    whole = [code for code in range(count) if code not in unfinished] or list(range(count))
    at = whole[-1] if whole else 0
    cells: dict[tuple[int, int], int] = {
        (group, code): row for row, (group, code) in enumerate(zip(groups.codes.tolist(), codes, strict=True))
    }
    last_group = {code for code, flag in zip(groups.codes.tolist(), rest.tolist(), strict=True) if flag}
    ranks = []
    for group, name in enumerate(groups.names):
        courses = tuple(tuple(_read(column, cells.get((group, code))) for code in range(count)) for column in numbers)
        values = tuple(course[at] for course in courses)
        before = [course[at - 1] if at else None for course in courses]
        changes = tuple(
            format_change(new, old, value.format, reading.locale)
            for new, old, value in zip(values, before, reading.values, strict=True)
        )
        ranks.append(Rank(name, group in last_group and len(last_group) == 1, values, changes, courses))
    if not ordered:
        ranks.sort(key=lambda rank: (rank.rest, rank.values[0] is None, -(rank.values[0] or 0.0)))
    return ranks, places.names[at] if places else ""


def draw_ranking(reading: Reading, ordered: bool, key: str, alt: str, height: int | None) -> None:
    """The ranking as a table: bars in cells of what isn't below 0, change and course where there is a time."""
    ranks, period = read_ranking(reading, ordered)
    timed = any(is_time(key_) for key_ in reading.keys)
    field = next(key_ for key_ in reading.keys if not is_time(key_))
    columns: dict[str, pa.Array] = {"@name": pa.array([rank.name for rank in ranks], pa.string())}
    config: dict[str, ColumnConfig] = {"@name": st.column_config.TextColumn(field.label, pinned=True)}
    for place, value in enumerate(reading.values):
        label = f"{value.label}, {period}" if timed else value.label
        numbers = [rank.values[place] for rank in ranks]
        columns[f"@value{place}"] = pa.array(numbers, pa.float64())
        config[f"@value{place}"] = _choose_column(value, label, numbers, reading.locale)
        if timed:
            columns[f"@change{place}"] = pa.array([rank.changes[place] for rank in ranks], pa.string())
            config[f"@change{place}"] = st.column_config.TextColumn(say("Change"))
            courses = [list(rank.courses[place]) for rank in ranks]
            columns[f"@course{place}"] = pa.array(courses, pa.list_(pa.float64()))
            config[f"@course{place}"] = st.column_config.LineChartColumn(say("Course"), width=WIDE)
    tall: int | Literal["auto"] = min(height, ROW_HEIGHT * (len(ranks) + 1) + 3) if height else "auto"
    st.dataframe(
        pa.table(columns), column_config=config, hide_index=True, height=tall, key=key, placeholder="–", alt=alt
    )


def _choose_column(value: Field, label: str, numbers: list[float | None], locale: Locale) -> ColumnConfig:
    known = [number for number in numbers if number is not None]
    if not known or min(known) < 0 or max(known) <= 0:
        return format_number(value, label, locale)
    return format_bar(value, label, locale, max(known))


def _read(column: list[Any], row: int | None) -> float | None:
    number = None if row is None else column[row]
    return None if number is None or number != number else float(number)
