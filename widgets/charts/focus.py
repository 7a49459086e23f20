"""A few lines in colour among all others in light grey: focus and context."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import (
    DATA,
    GRAY,
    LABEL_SPACE,
    draw_number_axis,
    draw_series,
    draw_text,
    draw_time_axis,
)
from widgets.charts.description import ChartConfig
from widgets.charts.lines import HEIGHT, draw_bands
from widgets.charts.shape import find_ends, fit_axes, read_long, spread_labels

if TYPE_CHECKING:
    import altair as alt


def fit_focus(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration of lines that name themselves; `categories` are those in focus."""
    return replace(fit_axes(table, _draw_as_lines(config)), kind=config.kind, many=False, from_zero=True)


def shape_focus(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the points of all lines: those of `categories` with a label at their end, the others as context."""
    rows = read_long(table, _draw_as_lines(config))
    rows = rows.take(np.lexsort((rows.places, rows.series.codes)))
    names = np.array(rows.series.names, dtype=object)[rows.series.codes] if len(rows.value) else np.array([], object)
    context = ~np.isin(names, list(config.categories))
    known = np.isfinite(rows.value)
    ends = find_ends(rows.series.codes, known) & ~context
    label_at = np.full(len(rows.value), np.nan)
    label_at[ends] = spread_labels(rows.value[ends], rows.value[known], from_zero=True)
    periods = np.array(rows.x.names, dtype=object)[rows.x.codes] if len(rows.value) else names
    return pa.table(
        {
            "x": pa.array(rows.places, pa.int64()),
            "period": pa.array(periods, pa.string()),
            "series": pa.array(names, pa.string()),
            "value": pa.array(rows.value, from_pandas=True),
            "context": pa.array(context),
            "dot": pa.array(ends),
            "label_at": pa.array(label_at, from_pandas=True),
        }
    )


def draw_focus(config: ChartConfig) -> alt.LayerChart:
    """Return thin grey lines, the lines in focus over them in their colours, each with its name at its end."""
    import altair as alt

    config = _draw_as_lines(config)
    whole = alt.Chart(alt.NamedData(DATA)).encode(x=draw_time_axis(config.x, config))
    base = whole.transform_filter("!datum.context")
    y = alt.Y("value:Q", scale=alt.Scale(zero=True, nice=True), axis=draw_number_axis(config.values[0], config))
    context = whole.transform_filter("datum.context").mark_line(
        strokeWidth=1, opacity=0.3, color=GRAY, strokeJoin="round", tooltip=None
    )
    layers: list[Any] = [context.encode(y=y, detail="series:N")]
    if config.categories:
        layers.append(draw_bands(base, config))
        color = draw_series(config)
        line = base.mark_line(strokeWidth=2.5, strokeJoin="round", tooltip=None)
        dot = base.transform_filter("datum.dot").mark_point(filled=True, size=46, opacity=1, tooltip=None)
        text = draw_text(dx=8, baseline="middle", limit={"expr": f"{LABEL_SPACE} - 8"}, clip=False)
        labels = base.transform_filter("isValid(datum.label_at)").properties(mark=text)
        layers += [line.encode(y=y, color=color), dot.encode(y=y, color=color)]
        layers.append(labels.encode(y=alt.Y("label_at:Q"), text="series:N"))
    return alt.LayerChart(layer=layers).properties(height=HEIGHT)


def describe_focus(table: pa.Table, config: ChartConfig) -> str:
    """Return one English sentence on the lines in focus, from the first to the last value of each."""
    shown = shape_focus(table, config).to_pylist()
    parts = []
    for name in config.categories:
        values = [row["value"] for row in shown if row["series"] == name and row["value"] is not None]
        if values:
            parts.append(f"{name} {values[0]:,.4g} to {values[-1]:,.4g}")
    count = len({row["series"] for row in shown})
    return (
        f"{config.values[0].label} by {config.x.label.lower()}: {'; '.join(parts) or 'none in focus'}; {count} in all."
    )


def _draw_as_lines(config: ChartConfig) -> ChartConfig:
    """Return the configuration as that of lines: their axes, their rows."""
    return replace(config, kind="line")
