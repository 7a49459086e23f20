"""Stacks: parts of a whole on top of each other, as bars or areas, in numbers or in shares of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.annotations import LANE, count_lanes, draw_notes, draw_range, mark_notes
from widgets.charts.axes import (
    DATA,
    LABEL_LIMIT,
    MARKS,
    PAGE,
    draw_domain,
    draw_legend,
    draw_number_axis,
    draw_remainder,
    draw_text,
    draw_time_axis,
    list_tooltips,
)
from widgets.charts.bars import VALUE_SPACE
from widgets.charts.describe import tell_more
from widgets.charts.description import ChartConfig, Field
from widgets.charts.keys import Codes, Flags, encode_text
from widgets.charts.lines import draw_bands
from widgets.charts.numbers import format_full, format_value
from widgets.charts.shape import LABELLED_BARS, Long, fill_grid, fit_axes, read_long
from widgets.charts.words import WORDS
from widgets.translations import join_list, later_count, translate, translate_count

if TYPE_CHECKING:
    import altair as alt

STEP = 30
HEIGHT = 300
MOST_TOLD = 4
BARS = later_count("{count} bar", "{count} bars")
PERIODS = later_count("{count} period", "{count} periods")
# On the colour of its own part, whichever palette is drawn: dark text where that is light.
INK = "datum.other || luminance(scale('color', datum.series)) > 0.2 ? '#0F172A' : '#FFFFFF'"
SHARES = ("share",)  # kinds that draw each part as a share of its whole
AREAS = ("area",)


def fit_stack(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with a legend, whose entries no label at a line's end replaces."""
    return replace(fit_axes(table, config), many=True, from_zero=True)


def shape_stack(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a part for each place and series, a part without rows as nothing: from where to where it reaches.

    Whole and share are of all parts at a place; where the whole is 0, a share isn't known.
    """
    rows = fill_grid(read_long(table, config), config)
    wide, high = len(rows.x.names), max(1, len(rows.series.names))
    value = np.nan_to_num(rows.value).reshape(wide if len(rows.value) else 0, high)
    whole = value.sum(axis=1, keepdims=True)
    share = np.divide(value, whole, out=np.full_like(value, np.nan), where=whole > 0)
    drawn = np.nan_to_num(share) if config.kind in SHARES else value
    top = drawn.cumsum(axis=1)
    order = np.argsort(rows.x.positions, kind="stable") if config.kind in AREAS else np.arange(wide)
    place = np.argsort(order)[rows.x.codes] if wide else rows.x.codes
    names = [format_full(number, config.values[0], config.locale) for number in rows.value.tolist()]
    parts = [format_value(number, "percent", "", config.locale) for number in share.ravel().tolist()]
    columns: dict[str, Any] = {
        "x": pa.array(rows.places, pa.int64()),
        "category": encode_text(rows.x.codes, rows.x.names),
        "series": encode_text(rows.series.codes, rows.series.names),
        "period": encode_text(rows.x.codes, rows.x.names),
        "value": pa.array(rows.value, from_pandas=True),
        "whole": pa.array(_tell_wholes(whole.ravel().tolist(), high, config), pa.string()),
        "middle": pa.array((top - drawn / 2).ravel()),
        "low": pa.array((top - drawn).ravel()),
        "high": pa.array(top.ravel()),
        "value_text": pa.array(names, pa.string()),
        "share_text": pa.array(parts, pa.string()),
        "unfinished": pa.array(_spread_open(rows, wide, high)),
        "tail": pa.array(_spread_tail(rows, order, high)),
        "other": pa.array(rows.other),
        **mark_notes(rows.x, rows.series.codes, config),
    }
    return pa.table(columns).take(pa.array(np.lexsort((rows.series.codes, place))))


def draw_stack(config: ChartConfig) -> alt.LayerChart:
    """Return bars of parts from zero: upright where the places have an order of their own, else lying.

    Parts that have room say their share; in numbers, each bar says its whole.
    """
    import altair as alt

    upright, shares = config.x.kind != "category" or config.x.is_part, config.kind in SHARES
    drawn = replace(config, kind="column" if upright else "bar")
    axis = "y" if upright else "x"
    numbers = draw_number_axis(Field("share", "", "number", "percent") if shares else config.values[0], drawn)
    far: list[Any] = [0, alt.ExprRef(f"width - {VALUE_SPACE}")]
    if upright:
        far = [alt.ExprRef("height"), 18 + LANE * count_lanes(config)]
    scale = alt.Scale(zero=True, nice=not shares, range=far)
    base = alt.Chart(alt.NamedData(DATA)).encode(**_encode_places(upright))
    share = alt.Tooltip("share_text:N", title=WORDS[config.locale]["share"])
    bars = base.encode(tooltip=[*list_tooltips(drawn, "category"), share], **_encode_span(axis, scale, numbers))
    if config.open_column:
        bars = bars.encode(opacity=alt.OpacityValue(1, condition={"test": "datum.unfinished", "value": 0.5}))
    layers: list[Any] = _split_remainder(bars, config, lambda chart: chart.mark_rect())
    layers[0] = layers[0].properties(name=MARKS)
    long = f"abs(scale('{axis}', datum.high) - scale('{axis}', datum.low))"
    fits = f"{long} > 18 && bandwidth('x') > 40" if upright else f"{long} > 44"
    inside: dict[str, Any] = {"type": "text", "fontSize": 11, "align": "center", "baseline": "middle", "tooltip": None}
    inside |= {"text": {"expr": f"{fits} ? datum.share_text : ''"}, "fill": {"expr": INK}}
    pale = draw_text(**{name: inside[name] for name in ("fontSize", "align", "baseline", "tooltip", "text")})
    middle = base.encode(**{axis: _encode_number(axis, "middle", scale, numbers)})
    layers.append(middle.transform_filter("!datum.unfinished").properties(mark=inside))
    if config.open_column:  # on a pale part the page's own text is read best
        layers.append(middle.transform_filter("datum.unfinished").properties(mark=pale))
    if not shares:
        layers.append(_draw_wholes(base, upright).encode(**{axis: _encode_number(axis, "high", scale, numbers)}))
    layers += draw_notes(alt.Chart(alt.NamedData(DATA)), _encode_places(upright)["x"], config) if upright else []
    height: Any = HEIGHT if upright else alt.Step(STEP)
    return alt.LayerChart(layer=layers).properties(height=height)


def _encode_places(upright: bool) -> dict[str, Any]:
    """Return the axis of what stands side by side."""
    import altair as alt

    if upright:
        names = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", labelSeparation=6, labelPadding=6)
        gaps = alt.Scale(paddingInner=0.14, paddingOuter=0.07)
        return {"x": alt.X("category:N", sort=None, axis=names, scale=gaps)}
    limit = alt.ExprRef(f"min({LABEL_LIMIT}, max(90, {PAGE} * 0.4))")
    names = alt.Axis(title=None, labelLimit=limit, labelOverlap=False, labelPadding=8)
    gaps = alt.Scale(paddingInner=0.22, paddingOuter=0.1)
    return {"y": alt.Y("category:N", sort=None, axis=names, scale=gaps)}


def _draw_wholes(base: alt.Chart, upright: bool) -> alt.Chart:
    """Return the whole of each bar beyond its last part."""
    beside: dict[str, Any] = {"dx": 6}
    if upright:
        beside = {"dy": -8, "align": "center", "opacity": {"expr": "bandwidth('x') > 34 ? 1 : 0"}}
    text = base.properties(mark=draw_text(baseline="middle", **beside))
    wholes: alt.Chart = text.transform_filter("isValid(datum.whole)").encode(text="whole:N")
    return wholes


def draw_area(config: ChartConfig) -> alt.LayerChart:
    """Return areas over time on top of each other, from zero, paler where it isn't over; a period tells its parts."""
    import altair as alt

    x = draw_time_axis(config.x, config)
    base = alt.Chart(alt.NamedData(DATA)).encode(x=x)
    scale = alt.Scale(zero=True, nice=True, range=draw_range(config))
    areas = base.encode(**_encode_span("y", scale, draw_number_axis(config.values[0], replace(config, kind="line"))))
    closed = areas.transform_filter("!datum.unfinished") if config.open_column else areas
    layers = _split_remainder(closed, config, lambda chart: chart.mark_area(opacity=0.9, tooltip=None))
    if config.open_column:
        tail = areas.transform_filter("datum.tail")
        layers += _split_remainder(tail, config, lambda chart: chart.mark_area(opacity=0.4, tooltip=None))
    layers += [draw_bands(base, config), *draw_notes(alt.Chart(alt.NamedData(DATA)), x, config)]
    return alt.LayerChart(layer=layers).properties(height=HEIGHT)


def describe_stack(table: pa.Table, config: ChartConfig) -> str:
    """Return the whole over all places, and the shares of its biggest parts."""
    rows, locale = read_long(table, config), config.locale
    value = np.nan_to_num(rows.value)
    total = float(value.sum())
    field, series = config.values[0], config.series
    keys = [config.x.label.lower(), *([series.label.lower()] if series else [])]
    head = translate(locale, "{what} by {keys}", what=field.label, keys=join_list(locale, keys))
    sums = [float(value[rows.series.codes == code].sum()) for code in range(len(rows.series.names))]
    if not total:
        return translate(locale, "{head}: nothing to stack.", head=head)
    order = sorted(range(len(sums)), key=lambda code: -sums[code])
    shares = [format_value(sums[code] / total, "percent", locale=locale) for code in order]
    parts = [f"{rows.series.names[code]} {share}" for code, share in zip(order, shares, strict=True)]
    whole = translate_count(locale, *(PERIODS if config.kind == "area" else BARS), len(rows.x.names))
    return translate(
        locale,
        "{head}, {whole}, {total} in all: {parts}.",
        head=head,
        whole=whole,
        total=format_value(total, field.format, field.unit, locale),
        parts=tell_more(parts, MOST_TOLD, locale),
    )


def _split_remainder(chart: alt.Chart, config: ChartConfig, mark: Callable[[alt.Chart], alt.Chart]) -> list[alt.Chart]:
    """Return the named parts in their colours, and the remainder in gray."""
    import altair as alt

    color = alt.Color("series:N", sort=None, scale=draw_domain(config), legend=draw_legend(config))
    if not config.other_column:
        return [mark(chart.encode(color=color))]
    renamed = chart.transform_calculate(remainder="datum.series").transform_filter("datum.other")
    named = chart.transform_filter("!datum.other").encode(color=color)
    return [mark(named), mark(renamed.encode(fill=draw_remainder()))]


def _encode_span(axis: str, scale: alt.Scale, numbers: alt.Axis) -> dict[str, Any]:
    import altair as alt

    second: Any = alt.Y2("high") if axis == "y" else alt.X2("high")
    return {axis: _encode_number(axis, "low", scale, numbers), f"{axis}2": second}


def _encode_number(axis: str, column: str, scale: alt.Scale, numbers: alt.Axis) -> Any:
    import altair as alt

    kind: Any = alt.Y if axis == "y" else alt.X
    return kind(f"{column}:Q", scale=scale, axis=numbers)


def _tell_wholes(wholes: list[float], high: int, config: ChartConfig) -> list[str | None]:
    """Return each place's whole at its last part, where the bars are few enough to be read one by one."""
    field, told = config.values[0], list[str | None]()
    for whole in wholes:
        text = format_value(whole, field.format, field.unit, config.locale)
        told += [None] * (high - 1) + [text if len(wholes) <= LABELLED_BARS else None]
    return told


def _spread_open(rows: Long, wide: int, high: int) -> Flags:
    """Return True for all parts of a place of which one isn't over."""
    if not len(rows.open):
        return rows.open
    spread: Flags = np.repeat(rows.open.reshape(wide, high).any(axis=1), high)
    return spread


def _spread_tail(rows: Long, order: Codes, high: int) -> Flags:
    """Return True for the places that aren't over and for the one before each, so that areas don't break there."""
    if not len(rows.open):
        return rows.open
    unfinished = np.array(rows.open.reshape(len(order), high).any(axis=1))[order]
    tail = unfinished | np.append(unfinished[1:], False)
    spread: Flags = np.repeat(tail[np.argsort(order)], high)
    return spread
