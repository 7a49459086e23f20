"""The text alternative of a chart, made from its data."""

import numpy as np
import pyarrow as pa

from widgets.charts.description import ChartConfig
from widgets.charts.numbers import format_change, format_value
from widgets.charts.shape import Long, read_long
from widgets.charts.words import DASH, WORDS
from widgets.translations import Locale, join_list, later_count, translate, translate_count

MOST = 300  # characters; a screen reader reads it in one go
MOST_SERIES = 4
MOST_NAME = 40
CELLS = later_count("{head}, {count} cell", "{head}, {count} cells")
BARS = later_count("{head}, {count} bar", "{head}, {count} bars")


def describe_values(table: pa.Table, config: ChartConfig) -> str:
    """Return one sentence on what the chart shows: metric, period, last value and change, highest and lowest.

    Raises KeyError and ValueError as `shape_table` does.
    """
    rows, locale = read_long(table, config), config.locale
    keys = [config.x.label.lower()] + ([config.series.label.lower()] if config.series else [])
    what = ", ".join(value.label for value in config.values)
    head = translate(locale, "{what} by {keys}", what=what, keys=join_list(locale, keys))
    known = np.flatnonzero(np.isfinite(rows.value))
    if not known.size:
        return translate(locale, "{head}: no data.", head=head)
    if config.kind in ("line", "spark"):
        places = rows.x.positions[rows.x.codes]
        first, last = rows.x.codes[places.argmin()], rows.x.codes[places.argmax()]
        head = f"{head}, {tell_span(rows.x.names[first], rows.x.names[last], locale)}"
        parts = [_tell_lasts(rows, config)]
    else:
        told = CELLS if config.kind == "heat" else BARS
        head = translate_count(locale, *told, len(rows.value), head=head)
        parts = []
    if known.size > 1:
        high, low = known[rows.value[known].argmax()], known[rows.value[known].argmin()]
        parts.append(translate(locale, "highest {value}", value=_tell_row(rows, config, high)))
        parts.append(translate(locale, "lowest {value}", value=_tell_row(rows, config, low)))
    elif not parts:
        parts = [_tell_row(rows, config, known[0])]
    if missing := len(rows.value) - known.size:
        parts.append(translate_count(locale, "{count} without a value", "{count} without a value", missing))
    return translate(locale, "{head}: {parts}.", head=head, parts="; ".join(parts))


def tell_span(first: str, last: str, locale: Locale) -> str:
    """Return `Jan 2024 to Mar 2024`, or the one where both are the same."""
    return first if first == last else translate(locale, "{first} to {last}", first=first, last=last)


def tell_more(parts: list[str], most: int, locale: Locale) -> str:
    """Return the first of the parts, and how many more there are."""
    names, more = ", ".join(parts[:most]), len(parts) - most
    if more <= 0:
        return names
    return translate_count(locale, "{names} and {count} more", "{names} and {count} more", more, names=names)


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
            told = f"{value}{_tell_change(rows, config, at)}"
            return translate(config.locale, "last {value}", value=told)
        lasts.append((float(rows.value[at[-1]]), f"{_shorten(rows.series.names[code])} {value}"))
    lasts.sort(key=lambda last: -last[0])
    told = tell_more([text for _, text in lasts], MOST_SERIES, config.locale)
    return translate(config.locale, "last {value}", value=told)


def _tell_change(rows: Long, config: ChartConfig, at: np.ndarray[tuple[int], np.dtype[np.intp]]) -> str:
    row, field, locale = at[-1], config.values[0], config.locale
    notes = [WORDS[locale]["unfinished"]] if rows.open[row] else []
    if rows.x.codes[row] != rows.x.codes[rows.x.positions[rows.x.codes].argmax()]:
        notes.append(rows.x.names[rows.x.codes[row]])
    if at.size > 1:
        change = format_change(float(rows.value[row]), float(rows.value[at[-2]]), field.format, locale)
        if change not in (DASH, WORDS[locale]["new"]):
            notes.append(translate(locale, "{change} on the one before", change=change))
    if config.compare and np.isfinite(rows.compare[row]):
        compared = format_value(float(rows.compare[row]), field.format, field.unit, locale)
        notes.append(f"{config.compare.lower()} {compared}")
    return f" ({', '.join(notes)})" if notes else ""


def _tell_row(rows: Long, config: ChartConfig, row: int) -> str:
    names = [rows.x.names[rows.x.codes[row]]]
    if config.is_split:
        names.append(rows.series.names[rows.series.codes[row]])
    return f"{_tell_value(rows, config, row)} ({', '.join(map(_shorten, names))})"


def _tell_value(rows: Long, config: ChartConfig, row: int) -> str:
    field = config.values[0] if config.series else config.values[rows.series.codes[row]]
    return format_value(float(rows.value[row]), field.format, field.unit, config.locale)


def _shorten(name: str) -> str:
    return name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"


def cut_sentence(text: str) -> str:
    """Return the sentence, cut at `MOST` characters."""
    return text if len(text) <= MOST else text[: MOST - 2].rstrip(" ,;(") + "…."
