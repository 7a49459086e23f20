"""An answer's table -> the small table that a chart draws: safe column names, plain numbers, ready labels."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from widgets.charts.annotations import mark_notes
from widgets.charts.description import ChartConfig
from widgets.charts.keys import (
    Codes,
    Flags,
    Floats,
    Keys,
    count_names,
    encode_text,
    pin_order,
    read_column,
    read_flags,
    read_floats,
    read_keys,
    set_remainder_last,
    sort_keys,
)
from widgets.charts.numbers import format_value
from widgets.charts.words import WORDS

LABELLED_SERIES = 5  # more lines than this get a legend
LABELLED_BARS = 20  # more bars than this stand without their values
MARKERS = 8  # marked points along a line, from the third series on
BESIDE = ("@base", "@low", "@high", "@target")  # columns beside a value that an answer may have
MOST_SPAN = 1.5  # of the largest value: how far an interval is drawn
LABEL_GAP = 0.085  # of the axis: the height of a line of text on a chart of 260 pixels


@dataclass(frozen=True, slots=True)
class Long:
    """A table in long form: a row per key, series and value; a cell of a grid may have no row and isn't `present`."""

    x: Keys
    series: Keys
    value: Floats
    compare: Floats
    open: Flags
    other: Flags
    present: Flags
    base: Floats  # what a value is divided by, where that is too little to read
    low: Floats  # the interval around a value that is made of too little
    high: Floats
    target: Floats

    def take(self, rows: Codes) -> "Long":
        """Return the given rows, in the given order."""
        return Long(
            replace(self.x, codes=self.x.codes[rows]),
            replace(self.series, codes=self.series.codes[rows]),
            self.value[rows],
            self.compare[rows],
            self.open[rows],
            self.other[rows],
            self.present[rows],
            *(numbers[rows] for numbers in (self.base, self.low, self.high, self.target)),
        )

    @property
    def places(self) -> Codes:
        """The rows' places on the time axis, in milliseconds; on another axis their order."""
        return self.x.positions[self.x.codes]


def shape_lines(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the points of lines, one line after the other."""
    rows = read_long(table, config)
    return _shape_lines(rows.take(np.lexsort((rows.places, rows.series.codes))), config)


def shape_spark(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the points of a sparkline."""
    rows = read_long(table, config)
    return _shape_spark(rows.take(np.argsort(rows.places, kind="stable")))


def shape_grid(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a bar or cell for each category and series."""
    return _shape_grid(fill_grid(read_long(table, config), config), config)


def fit_axes(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with what the data decide: are series too many to label, does the axis start at 0.

    Bars always start at 0; a line or a heat map leaves it where all values are beyond half of the largest.
    """
    count = count_names(table, config.series.name) if config.series else len(config.values)
    names = [value.name for value in config.values]
    names += [f"{name}@compare" for name in names if config.compare]
    names += [f"{name}@target" for name in names if f"{name}@target" in table.column_names]
    numbers = np.concatenate([read_floats(table, name) for name in names])
    sizes = np.abs(numbers[np.isfinite(numbers)])
    far = sizes.size > 1 and abs(np.nansum(np.sign(numbers))) == sizes.size and sizes.min() > sizes.max() / 2
    return replace(
        config,
        many=count > LABELLED_SERIES,
        from_zero=config.kind in ("bar", "column") or not far,
        targeted=config.kind == "line" and _has_target(table, config),
    )


def _has_target(table: pa.Table, config: ChartConfig) -> bool:
    """Whether there is one target at each place: of one value, and the same for all series."""
    name = f"{config.values[0].name}@target"
    if len(config.values) > 1 or name not in table.column_names:
        return False
    targets = read_floats(table, name)
    return bool(np.isfinite(targets).any()) and (config.series is None or bool((targets == targets[0]).all()))


def read_long(table: pa.Table, config: ChartConfig) -> Long:
    """Return the rows of a wide table in long form, the series in their pinned order, the remainder last."""
    if config.kind in ("line", "spark", "area"):
        table = table.filter(pc.is_valid(read_column(table, config.x.name)))
    x, other = read_keys(table, config.x, config), read_flags(table, config.other_column)
    if config.kind == "heat" and config.x.kind != "category":
        x = sort_keys(x)
    count, times = table.num_rows, 1 if config.series else len(config.values)
    labels = tuple(value.label for value in config.values[:times])
    series = Keys(np.repeat(np.arange(times), count), labels, np.arange(times))
    if config.series:
        series = read_keys(table, config.series, config)
        if config.kind == "heat" and config.series.kind != "category":
            series = sort_keys(series)
        series = set_remainder_last(series, other, config)
    kept, x = x, set_remainder_last(x, other, config)
    if config.is_split and x is not kept:
        other = np.zeros(count, dtype=bool)  # the remainder is a group of bars, which keep the colours of their series
    names = [value.name for value in config.values[:times]]
    compared = [read_floats(table, f"{name}@compare") if config.compare else np.full(count, np.nan) for name in names]
    return Long(
        replace(x, codes=np.tile(x.codes, times)),
        pin_order(series, config.categories if config.series else ()),
        np.concatenate([read_floats(table, name) for name in names]),
        np.concatenate(compared),
        np.tile(read_flags(table, config.open_column), times),
        np.tile(other, times),
        np.ones(count * times, dtype=bool),
        *(np.concatenate([_read_beside(table, name + what) for name in names]) for what in BESIDE),
    )


def _read_beside(table: pa.Table, name: str) -> Floats:
    return read_floats(table, name) if name in table.column_names else np.full(table.num_rows, np.nan)


def _shape_lines(rows: Long, config: ChartConfig) -> pa.Table:
    """Return lines one after the other, with what each point is for: closed, dashed, seen as a dot, labelled."""
    series, value, unfinished = rows.series.codes, rows.value, rows.open
    last = np.append(series[1:] != series[:-1], True)[: len(series)]
    first = np.roll(last, 1)
    names = [*rows.x.names, *(f"{name} ({WORDS[config.locale]['unfinished']})" for name in rows.x.names)]
    known = np.isfinite(value)
    ends = find_ends(series, known)
    columns: dict[str, pa.Array] = {
        "x": pa.array(rows.places, pa.int64()),
        "period": encode_text(rows.x.codes + len(rows.x.names) * unfinished, names),
        "value": _null(value),
        "closed": _null(np.where(unfinished, np.nan, value)),
        # The dashed part starts at the last closed point, so that the line doesn't break there.
        "dashed": pa.array(unfinished | (np.append(unfinished, False)[1:] & ~last)),
        "dot": pa.array(known & (ends | _find_lone(known, first, last) | _find_marked(rows, first))),
    }
    if config.is_split:
        columns["series"] = encode_text(series, rows.series.names)
    muted = _find_muted(rows, config)
    if config.focused:
        columns["muted"] = pa.array(muted)
        columns["dot"] = pa.array(known & ends & ~muted)
    columns |= _label_lines(rows, ends & ~muted & (rows.other | (not config.many)), config)
    columns |= mark_notes(rows.x, series, config)
    return pa.table(_add_marks(columns, rows, config))


def _find_muted(rows: Long, config: ChartConfig) -> Flags:
    """Return True for the rows of series that have no colour; the remainder has its own gray."""
    gray = np.array([config.focused and name not in config.categories for name in rows.series.names], dtype=bool)
    muted: Flags = gray[rows.series.codes] & ~rows.other
    return muted


def _label_lines(rows: Long, named: Flags, config: ChartConfig) -> dict[str, pa.Array]:
    """Return where labels stand at the ends of lines and of the target, and the target's line."""
    columns: dict[str, pa.Array] = {}
    known = rows.value[np.isfinite(rows.value)]
    ends = rows.value[named] if config.is_split else known[:0]
    target = np.where(rows.series.codes == 0, rows.target, np.nan) if config.targeted else np.full(len(known), np.nan)
    last = np.flatnonzero(np.isfinite(target))[-1:]
    heights = spread_labels(
        np.append(ends, target[last]), np.concatenate([known, target[np.isfinite(target)]]), config.from_zero
    )
    if config.is_split:
        label_at = np.full(len(rows.value), np.nan)
        label_at[named] = heights[: len(ends)]
        columns["label_at"] = _null(label_at)
    if config.targeted:
        target_at, labels = np.full(len(target), np.nan), list[str | None]([None] * len(target))
        at = np.flatnonzero(rows.series.codes == 0)[-1:]  # beside the chart, also where the target ends earlier
        target_at[at] = heights[len(ends) :]
        text, field = WORDS[config.locale]["target"], config.values[0]
        for row, place in zip(last.tolist(), at.tolist(), strict=True):
            labels[place] = f"{text} {format_value(float(target[row]), field.format, field.unit, config.locale)}"
        columns |= {"target": _null(target), "target_at": _null(target_at)}
        columns["target_label"] = pa.array(labels, pa.string())
    return columns


def _shape_spark(rows: Long) -> pa.Table:
    ends = find_ends(np.zeros(len(rows.value), dtype=np.int64), np.isfinite(rows.value))
    return pa.table({"x": pa.array(rows.places, pa.int64()), "value": _null(rows.value), "dot": pa.array(ends)})


def _shape_grid(rows: Long, config: ChartConfig) -> pa.Table:
    columns: dict[str, pa.Array] = {"category": encode_text(rows.x.codes, rows.x.names), "value": _null(rows.value)}
    if config.is_split:
        columns["series"] = encode_text(rows.series.codes, rows.series.names)
    if config.open_column:
        columns["unfinished"] = pa.array(rows.open)
    if config.kind != "heat":
        columns["label"] = pa.array(_label_bars(rows, config), pa.string())
        columns["label_at"] = pa.array(np.fmax(rows.value, 0.0))  # a negative bar has its label beyond zero
    columns |= mark_notes(rows.x, rows.series.codes, config)
    return pa.table(_add_marks(columns, rows, config))


def _add_marks(columns: dict[str, pa.Array], rows: Long, config: ChartConfig) -> dict[str, pa.Array]:
    if config.compare:
        columns["compare"] = _null(rows.compare)
    if config.other_column:
        columns["other"] = pa.array(rows.other)
    if config.based:
        columns |= {"base": _null(rows.base), "low": _null(rows.low), "high": _null(rows.high)}
        # A line ends at the chart's edge where little is known; the tooltip says how far the interval reaches.
        seen = np.nanmax(np.abs(rows.value), initial=0.0) * MOST_SPAN
        drawn = np.isfinite(rows.low)
        columns["low_at"] = _null(np.where(drawn, np.clip(rows.low, -seen, seen), np.nan))
        columns["high_at"] = _null(np.where(drawn, np.clip(rows.high, -seen, seen), np.nan))
    return columns


def _label_bars(rows: Long, config: ChartConfig) -> list[str | None]:
    if rows.present.sum() > LABELLED_BARS:
        return [None] * len(rows.value)
    fields = [config.values[0 if config.series else code] for code in rows.series.codes]
    return [
        format_value(float(number), field.format, field.unit, config.locale) if present else None
        for number, field, present in zip(rows.value, fields, rows.present, strict=True)
    ]


def fill_grid(rows: Long, config: ChartConfig) -> Long:
    """Return a row for each category and series, in order, so that neither axis depends on which row comes first."""
    wide, high = len(rows.x.names), len(rows.series.names) if config.is_split else 1
    if not len(rows.value):
        return rows
    at = np.full(wide * high, -1)
    at[rows.x.codes * high + rows.series.codes] = np.arange(len(rows.value))
    grid = rows.take(np.where(at >= 0, at, 0))
    found, cells = at >= 0, np.arange(wide * high)
    return Long(
        replace(grid.x, codes=cells // high),
        replace(grid.series, codes=cells % high),
        np.where(found, grid.value, np.nan),
        np.where(found, grid.compare, np.nan),
        grid.open & found,
        grid.other & found,
        found,
        *(np.where(found, numbers, np.nan) for numbers in (grid.base, grid.low, grid.high, grid.target)),
    )


def find_ends(series: Codes, known: Flags) -> Flags:
    """Return True at the last known value of each series; rows are ordered by series."""
    ends = np.zeros(len(series), dtype=bool)
    at = np.flatnonzero(known)
    ends[at[np.append(series[at][1:] != series[at][:-1], True)[: len(at)]]] = True
    return ends


def _find_lone(known: Flags, first: Flags, last: Flags) -> Flags:
    """Return True at a value between two gaps, which a line doesn't show."""
    before, after = np.append(False, known)[:-1] & ~first, np.append(known, False)[1:] & ~last
    return known & ~before & ~after


def _find_marked(rows: Long, first: Flags) -> Flags:
    """Return True at a few points of each line from the third on, for the eyes that its colour doesn't reach."""
    step = max(1, len(rows.x.names) // MARKERS)
    at = np.arange(len(first))
    start = np.maximum.accumulate(np.where(first, at, 0))
    marked: Flags = (rows.series.codes >= 2) & ((at - start) % step == step // 2)
    return marked


def spread_labels(ends: Floats, values: Floats, from_zero: bool) -> Floats:
    """Return heights for labels of these values, so far apart that none covers another."""
    if not len(ends):
        return ends
    low, high = (min(values.min(), 0), max(values.max(), 0)) if from_zero else (values.min(), values.max())
    gap = (high - low) * LABEL_GAP
    order = np.argsort(ends, kind="stable")
    heights = ends[order]
    for index in range(1, len(heights)):
        heights[index] = max(heights[index], heights[index - 1] + gap)
    ceiling = high
    for index in range(len(heights) - 1, -1, -1):
        heights[index] = min(heights[index], ceiling)
        ceiling = heights[index] - gap
    spread = np.empty_like(heights)
    spread[order] = heights
    return spread


def _null(values: Floats) -> pa.Array:
    return pa.array(values, from_pandas=True)
