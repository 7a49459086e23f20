"""A reading as a pivot: one slice down, one across, totals at the right and below, recomputed from rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import streamlit as st

from widgets.charts import Field
from widgets.charts.keys import read_flags, read_keys, set_remainder_last, sort_keys
from widgets.charts.offers import is_time
from widgets.charts.words import WORDS
from widgets.fields import BASE, OPEN, OTHER, Reading
from widgets.tables import ROW_HEIGHT, format_number
from widgets.words import say

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

    from semantic import Answer

Cells = dict[tuple[int, int], float | None]
SHADE = "rgba(46, 123, 181, {:.2f})"  # reads on the light and the dark theme alike
STRONGEST = 0.55


@dataclass(frozen=True, slots=True)
class Pivot:
    """Names down and across, a number for each cell; `right`, `below` and `corner` are totals, where they were asked.

    `small` are the cells that are divided by too little to read.
    """

    down: tuple[str, ...]
    across: tuple[str, ...]
    cells: Cells
    small: frozenset[tuple[int, int]]
    right: dict[int, float | None] | None
    below: dict[int, float | None] | None
    corner: float | None


def arrange_pivot(reading: Reading) -> tuple[Field, Field]:
    """What stands down and what across: a time stands across, as it is read."""
    first, second = reading.keys
    return (second, first) if is_time(first) and not is_time(second) else (first, second)


def read_pivot(reading: Reading, answer: Answer) -> Pivot:
    """The cells of two slices and one metric, with the totals of each row, each column and all where they are there."""
    (down, across), value, table = arrange_pivot(reading), reading.values[0], reading.table
    config, rest = reading.configure("table"), read_flags(table, OTHER if OTHER in table.column_names else "")
    keys = []
    for field in (down, across):
        found = set_remainder_last(read_keys(table, field, config), rest, config)
        keys.append(sort_keys(found) if is_time(field) else found)
    places = list(zip(keys[0].codes.tolist(), keys[1].codes.tolist(), strict=True))
    numbers = [None if number is None else float(number) for number in table[value.name].to_pylist()]
    bases = table[value.name + BASE].to_pylist() if value.name + BASE in table.column_names else [None] * len(places)
    names = list(keys[1].names)
    opened = read_flags(table, OPEN if OPEN in table.column_names and is_time(across) else "")
    for code in {place[1] for place, unfinished in zip(places, opened.tolist(), strict=True) if unfinished}:
        names[code] += f" ({WORDS[config.locale]['unfinished']})"
    sides = [
        _read_side(answer, field.name, other.name, value.name, found.codes.tolist())
        for field, other, found in ((down, across, keys[0]), (across, down, keys[1]))
    ]
    whole = next((row for row in answer.totals if down.name not in row and across.name not in row), {})
    return Pivot(
        keys[0].names,
        tuple(names),
        dict(zip(places, numbers, strict=True)),
        frozenset(place for place, base in zip(places, bases, strict=True) if base is not None),
        sides[0],
        sides[1],
        whole.get(value.name),
    )


def _read_side(answer: Answer, name: str, other: str, value: str, codes: list[int]) -> dict[int, float | None] | None:
    """The totals by one of the slices, None where none were asked; two names that are one in the data have none."""
    rows = [row for row in answer.totals if name in row and other not in row]
    places: dict[Any, set[int]] = {}
    for raw, code in zip(answer.table[name].to_pylist(), codes, strict=True):
        places.setdefault(raw, set()).add(code)
    known = [(places.get(row[name], set()), row.get(value)) for row in rows]
    return {next(iter(found)): number for found, number in known if len(found) == 1} if rows else None


def draw_pivot(reading: Reading, answer: Answer, key: str, alt: str, height: int | None, shaded: bool) -> None:
    """The pivot as a table, its cells shaded from pale to strong where asked; what is made of too little is gray."""
    pivot, (down, _) = read_pivot(reading, answer), arrange_pivot(reading)
    below, right = pivot.below, pivot.right
    rows = len(pivot.down) + (below is not None)
    names = [*pivot.down, *([say("All")] if below is not None else [])]
    columns: dict[str, Any] = {"@down": pa.array(names, pa.string())}
    for place in range(len(pivot.across)):
        numbers = [pivot.cells.get((row, place)) for row in range(len(pivot.down))]
        numbers += [below.get(place)] if below is not None else []
        columns[f"@{place}"] = pa.array(numbers, pa.float64())
    if right is not None:
        numbers = [right.get(row) for row in range(len(pivot.down))]
        columns["@all"] = pa.array([*numbers, *([pivot.corner] if below is not None else [])], pa.float64())
    labels = [down.label, *pivot.across, *([say("All")] if right is not None else [])]
    value, shown = reading.values[0], pa.table(columns)
    config = {
        name: st.column_config.TextColumn(label, pinned=True)
        if name == "@down"
        else format_number(value, label, reading.locale)
        for name, label in zip(columns, labels, strict=True)
    }
    styled = _paint(shown, pivot, shaded) if shaded or pivot.small or pivot.right is not None else shown
    tall: int | Literal["auto"] = min(height, ROW_HEIGHT * (rows + 1) + 3) if height else "auto"
    st.dataframe(styled, column_config=config, hide_index=True, height=tall, key=key, placeholder="–", alt=alt)


def _paint(rows: pa.Table, pivot: Pivot, shaded: bool) -> Styler:
    """The rows with shades by how high a cell is among all, totals in bold, small ones in gray."""
    import pandas as pd

    frame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    styles = pd.DataFrame("", index=frame.index, columns=frame.columns)
    known = [abs(number) for number in pivot.cells.values() if number is not None]
    most = max(known, default=0.0)
    for (row, place), number in pivot.cells.items():
        if shaded and number is not None and number > 0 and most:
            styles.loc[row, f"@{place}"] = f"background-color: {SHADE.format(STRONGEST * number / most)}"
        if (row, place) in pivot.small:
            styles.loc[row, f"@{place}"] = "color: gray"
    if pivot.right is not None:
        styles["@all"] = "font-weight: bold"
    if pivot.below is not None:
        styles.iloc[-1] = "font-weight: bold"
    return frame.style.set_uuid("pivot").apply(lambda _: styles, axis=None).format(None, na_rep="–")
