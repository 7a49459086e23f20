"""The ranked table of the Segments page: a row per segment, with its course and its rate, and the rows as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import streamlit as st

from widgets.charts import format_value
from widgets.segments.rows import Rate, Row
from widgets.words import find_language, say, say_count

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

ROW_HEIGHT, HEAD_HEIGHT = 28, 38  # pixels: thirty rows are about a screen
MOST_SHOWN = 36  # rows before the table scrolls by itself


def draw_rows(
    rows: Sequence[Row],
    rates: Mapping[str, Rate] | None,
    titles: Mapping[str, str],
    whole: float | None,
    pins: Sequence[str],
    choose: Callable[[list[int]], None],
    key: str | None,
) -> None:
    """The table; a chosen row is a pinned segment, and `choose` is given the chosen places. `whole` makes the shares.

    `titles` says what the size, the course and the rate are called; without `rates` they are under way, or not asked.
    Without a `key` it is a first look, and no row can be chosen.
    """
    shown: dict[str, Any] = {
        "data": shape_rows(rows, rates, whole),
        "column_config": _list_columns(titles, rates is not None),
        "hide_index": True,
        "height": ROW_HEIGHT * min(len(rows), MOST_SHOWN) + HEAD_HEIGHT,
        "row_height": ROW_HEIGHT,
        "placeholder": "–",
        "alt": say_count("Table of {count} segment", "Table of {count} segments", len(rows)),
    }
    if key is None:
        st.dataframe(**shown)
        return
    places = [place for place, row in enumerate(rows) if row.key in pins]
    state = st.session_state.get(key)
    if state is None or list(state["selection"]["rows"]) != places:
        st.session_state[key] = {"selection": {"rows": places, "columns": [], "cells": []}}
    st.dataframe(
        **shown,
        key=key,
        on_select=lambda: choose(list(st.session_state[key]["selection"]["rows"])),
        selection_mode="multi-row",
    )


def shape_rows(rows: Sequence[Row], rates: Mapping[str, Rate] | None, whole: float | None) -> pa.Table:
    """The rows as a table: only the columns that hold something."""
    columns: dict[str, Any] = {"label": pa.array([row.label for row in rows], pa.string())}
    if any(row.family for row in rows):
        columns["family"] = pa.array([row.family for row in rows], pa.string())
    columns["size"] = pa.array([row.size for row in rows], pa.float64())
    if whole:
        columns["share"] = pa.array(
            [None if row.size is None else round(row.size / whole, 3) for row in rows], pa.float64()
        )
    if any(row.before is not None for row in rows):
        columns["change"] = pa.array([round_rate(row.change) for row in rows], pa.float64())
    if any(row.course for row in rows):
        columns["course"] = pa.array([list(row.course) for row in rows], pa.list_(pa.float64()))
    if rates is not None:
        found = [rates.get(row.key) for row in rows]
        columns["rate"] = pa.array([round_rate(rate.value) if rate else None for rate in found], pa.float64())
        if any(rate and rate.low is not None for rate in found):
            columns["interval"] = pa.array([tell_interval(rate) for rate in found], pa.string())
    return pa.table(columns)


def round_rate(rate: float | None) -> float | None:
    """The rate with one decimal of its percent, below 1 % with two: the file has it in full."""
    return None if rate is None else round(rate, 3 if abs(rate) >= 0.01 else 4)


def tell_interval(rate: Rate | None) -> str | None:
    """`31.9 – 33.0 %`; with a mark where it is made of too few to read."""
    if rate is None or rate.low is None or rate.high is None:
        return None
    language = find_language()
    low, high = (format_value(bound, "percent", locale=language) for bound in (rate.low, rate.high))
    return f"{low} – {high}" + (" · " + say("few") if rate.small else "")


def _list_columns(titles: Mapping[str, str], rated: bool) -> dict[str, ColumnConfig]:
    columns: dict[str, ColumnConfig] = {
        "label": st.column_config.TextColumn(say("Segment"), pinned=True, width=200),
        "family": st.column_config.TextColumn(say("Family"), width=100),
        "size": st.column_config.NumberColumn(say("Size"), format="localized", help=titles["size"], width=80),
        "share": st.column_config.ProgressColumn(
            say("Share"), format="percent", min_value=0, max_value=1, help=titles["share"], width=130, color="primary"
        ),
        "change": st.column_config.NumberColumn(say("Change"), format="percent", help=titles["change"], width=85),
        "course": st.column_config.LineChartColumn(titles["course"], width=125, help=titles["course_help"]),
    }
    if rated:
        columns["rate"] = st.column_config.NumberColumn(titles["rate"], format="percent", width=100)
        told = say("In 95 of 100 cases the true rate is in here (Wilson); “few” where it is made of too few to read.")
        columns["interval"] = st.column_config.TextColumn(say("95% interval"), help=told, width=150)
    return columns


def write_csv(rows: Sequence[Row], rates: Mapping[str, Rate] | None, whole: float | None, rate: str) -> bytes:
    """The rows as CSV, full values; a text that a spreadsheet would run gets a ' in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    rated = rates is not None
    head = ["segment", "family", "size", "share", "size@compare", "size@change"]
    writer.writerow([*head, *([rate, f"{rate}@base", f"{rate}@low", f"{rate}@high"] if rated else [])])
    for row in rows:
        share = row.size / whole if whole and row.size is not None else None
        found = (rates or {}).get(row.key, Rate(None))
        cells: list[Any] = [_disarm(row.label), _disarm(row.family), row.size, share, row.before, row.change]
        writer.writerow([*cells, *([found.value, found.base, found.low, found.high] if rated else [])])
    return out.getvalue().encode("utf-8-sig")


def _disarm(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
