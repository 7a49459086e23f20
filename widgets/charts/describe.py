"""The text alternative of a chart, made from its data."""

import numpy as np
import pyarrow as pa

from widgets.charts.description import ChartConfig
from widgets.charts.numbers import format_change, format_value
from widgets.charts.shape import Long, read_long
from widgets.charts.words import DASH

MOST = 300  # characters; a screen reader reads it in one go
MOST_SERIES = 4
MOST_NAME = 40


def describe_values(table: pa.Table, config: ChartConfig) -> str:
    """Return one English sentence on what the chart shows: metric, period, last value and change, highest and lowest.

    Raises KeyError and ValueError as `shape_table` does.
    """
    rows = read_long(table, config)
    keys = [config.x.label.lower()] + ([config.series.label.lower()] if config.series else [])
    head = f"{', '.join(value.label for value in config.values)} by {' and '.join(keys)}"
    known = np.flatnonzero(np.isfinite(rows.value))
    if not known.size:
        return f"{head}: no data."
    if config.kind in ("line", "spark"):
        places = rows.x.positions[rows.x.codes]
        first, last = rows.x.codes[places.argmin()], rows.x.codes[places.argmax()]
        head += f", {rows.x.names[first]}" + (f" to {rows.x.names[last]}" if first != last else "")
        parts = [_tell_lasts(rows, config)]
    else:
        count, mark = len(rows.value), "cell" if config.kind == "heat" else "bar"
        head += f", {count} {mark}{'' if count == 1 else 's'}"
        parts = []
    if known.size > 1:
        high, low = known[rows.value[known].argmax()], known[rows.value[known].argmin()]
        parts += [f"highest {_tell_row(rows, config, high)}", f"lowest {_tell_row(rows, config, low)}"]
    elif not parts:
        parts = [_tell_row(rows, config, known[0])]
    missing = len(rows.value) - known.size
    return f"{head}: {'; '.join(parts)}{f'; {missing} without a value' if missing else ''}."


def _tell_lasts(rows: Long, config: ChartConfig) -> str:
    """Say the last value of each series; of a single one also its change, its comparison and if it is unfinished."""
    lasts: list[tuple[float, str]] = []
    for code in range(len(rows.series.names)):
        at = np.flatnonzero((rows.series.codes == code) & np.isfinite(rows.value))
        at = at[rows.x.positions[rows.x.codes[at]].argsort(kind="stable")]
        if not at.size:
            continue
        value = _tell_value(rows, config, at[-1])
        if not config.is_split:
            return f"last {value}{_tell_change(rows, config, at)}"
        lasts.append((float(rows.value[at[-1]]), f"{_shorten(rows.series.names[code])} {value}"))
    lasts.sort(key=lambda last: -last[0])
    more = f" and {len(lasts) - MOST_SERIES} more" if len(lasts) > MOST_SERIES else ""
    return f"last {', '.join(text for _, text in lasts[:MOST_SERIES])}{more}"


def _tell_change(rows: Long, config: ChartConfig, at: np.ndarray[tuple[int], np.dtype[np.intp]]) -> str:
    row, field = at[-1], config.values[0]
    notes = ["unfinished"] if rows.open[row] else []
    if rows.x.codes[row] != rows.x.codes[rows.x.positions[rows.x.codes].argmax()]:
        notes.append(rows.x.names[rows.x.codes[row]])
    if at.size > 1:
        change = format_change(float(rows.value[row]), float(rows.value[at[-2]]), field.format)
        notes += [f"{change} on the one before"] if change not in (DASH, "new") else []
    if config.compare and np.isfinite(rows.compare[row]):
        compared = format_value(float(rows.compare[row]), field.format, field.unit)
        notes.append(f"{config.compare.lower()} {compared}")
    return f" ({', '.join(notes)})" if notes else ""


def _tell_row(rows: Long, config: ChartConfig, row: int) -> str:
    names = [rows.x.names[rows.x.codes[row]]]
    if config.is_split:
        names.append(rows.series.names[rows.series.codes[row]])
    return f"{_tell_value(rows, config, row)} ({', '.join(map(_shorten, names))})"


def _tell_value(rows: Long, config: ChartConfig, row: int) -> str:
    field = config.values[0] if config.series else config.values[rows.series.codes[row]]
    return format_value(float(rows.value[row]), field.format, field.unit)


def _shorten(name: str) -> str:
    return name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"


def cut_sentence(text: str) -> str:
    """Return the sentence, cut at `MOST` characters."""
    return text if len(text) <= MOST else text[: MOST - 2].rstrip(" ,;(") + "…."
