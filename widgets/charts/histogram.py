"""Distributions: how much falls on each value or band, and what share falls up to it; the middle is marked."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, draw_number_axis, draw_text
from widgets.charts.description import ChartConfig, Field
from widgets.charts.keys import Floats, distinguish, encode_text, read_column, read_floats
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import DASH, MINUS, SEPARATORS, WORDS
from widgets.translations import later, translate

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 260
HEAD = 34  # pixels above the bars, for the middle's name and for what has no value
MOST_SINGLE = 60  # whole numbers that have a bar each; more are put into bins
MOST_BINS = 30
LABELLED = 16  # bars that say their value
NICE = (1.0, 2.0, 5.0)
COMPACT_WIDTH = 1000
MOST_DECIMALS = 12


@dataclass(frozen=True, slots=True)
class Distribution:
    """Bins in their order, how much falls into each, and how much has no value at all."""

    names: tuple[str, ...]
    sums: Floats
    nowhere: float

    @property
    def shares(self) -> Floats:
        """Each bin's share of what has a value; NaN where that is nothing."""
        total = float(self.sums.sum())
        shares: Floats = self.sums / total if total > 0 else np.full(len(self.sums), np.nan)
        return shares

    @property
    def middle(self) -> int | None:
        """The bin in which half of it is reached, None where there is nothing."""
        reached = np.flatnonzero(np.nan_to_num(self.shares).cumsum() >= 0.5 - 1e-12)
        return int(reached[0]) if len(reached) else None


def read_distribution(table: pa.Table, config: ChartConfig) -> Distribution:
    """Return an answer's rows by the bins of its key: its bands where it has some, whole numbers, or equal widths."""
    sums = np.nan_to_num(read_floats(table, config.values[0].name))
    keys = read_column(table, config.x.name)
    empty = np.array(keys.is_null().to_pylist(), dtype=bool)
    if config.x.order:
        texts = [str(key) for key in keys.to_pylist()]
        names = [*config.x.order, *sorted({text for text in texts if text not in config.x.order and text != "None"})]
        found = [float(sums[[text == name for text in texts] & ~empty].sum()) if len(sums) else 0.0 for name in names]
        return Distribution(tuple(names), np.array(found), float(sums[empty].sum()))
    numbers = read_floats(table, config.x.name)
    empty = ~np.isfinite(numbers)
    known, weights = numbers[~empty], sums[~empty]
    if not len(known):
        return Distribution((), np.zeros(0), float(sums.sum()))
    start, width, count, whole = choose_bins(known)
    places = np.clip(np.floor((known - start) / width + 1e-9).astype(np.int64), 0, count - 1)
    held = np.bincount(places, weights, minlength=count)
    names = [_name_bin(start + place * width, width, whole, config) for place in range(count)]
    return Distribution(distinguish(names), held.astype(np.float64), float(sums[empty].sum()))


def choose_bins(numbers: Floats) -> tuple[float, float, int, bool]:
    """Return where the bins of these numbers start, how wide and how many they are, and whether numbers are whole.

    Whole numbers in equal steps keep a bin each, up to `MOST_SINGLE`; else widths are 1, 2 or 5 by a power of ten, at
    most `MOST_BINS` of them.
    """
    low, high = float(numbers.min()), float(numbers.max())
    whole = bool((numbers == np.round(numbers)).all())
    if whole:
        steps = np.diff(np.unique(numbers)).astype(np.int64)
        step = int(np.gcd.reduce(steps)) if len(steps) else 1
        count = round((high - low) / step) + 1
        if count <= MOST_SINGLE:
            return low, float(step), count, True
    width = _round_width((high - low) / MOST_BINS or 1.0)
    if whole:
        width = max(1.0, width)
    start = math.floor(low / width) * width
    return start, width, int((high - start) / width + 1e-9) + 1, whole


def _round_width(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return float(next((nice * power for nice in NICE if nice * power >= least * (1 - 1e-9)), 10 * power))


def _name_bin(start: float, width: float, whole: bool, config: ChartConfig) -> str:
    if whole and width == 1:
        return _write_edge(start, width, config)
    last = start + width - (1 if whole else 0)
    return f"{_write_edge(start, width, config)}{DASH}{_write_edge(last, width, config)}"


def _write_edge(number: float, width: float, config: ChartConfig) -> str:
    """Return a number as exact as its bin is wide; without groups of thousands, for it may be a year."""
    if width >= COMPACT_WIDTH:
        return format_value(number, "", "", config.locale)
    decimals = min(MOST_DECIMALS, max(0, -math.floor(math.log10(width))))
    text = f"{number:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{number:.0f}"
    sign = MINUS if text.startswith("-") and float(text) else ""
    return sign + text.lstrip("-").replace(".", SEPARATORS[config.locale][1])


def shape_histogram(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a bar for each bin: what falls into it, its share, and the share up to it."""
    found, field, words = read_distribution(table, config), config.values[0], WORDS[config.locale]
    shares, count = found.shares, len(found.names)
    reached = shares.cumsum()
    aside: list[str | None] = [None] * count
    if count and found.nowhere:
        without = format_value(found.nowhere, field.format, field.unit, config.locale)
        aside[0] = f"{words['none']}: {without}"
    middle = [None if place != found.middle else f"{words['median']}: {found.names[place]}" for place in range(count)]
    labels = [
        format_value(number, field.format, field.unit, config.locale) if count <= LABELLED else None
        for number in found.sums.tolist()
    ]
    return pa.table(
        {
            "category": encode_text(np.arange(count), found.names),
            "value": pa.array(found.sums),
            "reached": pa.array(reached, from_pandas=True),
            "half": pa.array(np.full(count, 0.5)),
            "label": pa.array(labels, pa.string()),
            "value_text": pa.array([format_full(n, field, config.locale) for n in found.sums.tolist()], pa.string()),
            "share_text": pa.array([_tell_share(share, config) for share in shares.tolist()], pa.string()),
            "reached_text": pa.array([_tell_share(share, config) for share in reached.tolist()], pa.string()),
            "middle": pa.array(middle, pa.string()),
            "late": pa.array([place > count * 0.6 for place in range(count)], pa.bool_()),
            "aside": pa.array(aside, pa.string()),
        }
    )


def _tell_share(share: float, config: ChartConfig) -> str:
    return format_value(share, "percent", "", config.locale)


def draw_histogram(config: ChartConfig) -> alt.LayerChart:
    """Return bars without gaps from zero, in the order of their values, a line at the bar that holds the middle."""
    import altair as alt

    base = _encode_bins(config)
    scale = alt.Scale(zero=True, nice=True, range=[alt.ExprRef("height"), HEAD])
    axis = draw_number_axis(config.values[0], replace(config, kind="column"))
    bars = base.mark_bar(width={"band": 1}).encode(
        y=alt.Y("value:Q", scale=scale, axis=axis), tooltip=_list_tooltips(config)
    )
    style = draw_text(dy=-6, align="center", baseline="bottom", opacity={"expr": "bandwidth('x') > 34 ? 1 : 0"})
    text = base.transform_filter("isValid(datum.label)").properties(mark=style)
    labels = text.encode(y=alt.Y("value:Q", scale=scale, axis=axis), text="label:N")
    above = "scale('y', datum.value) - (isValid(datum.label) ? 20 : 2)"
    return alt.LayerChart(layer=[bars, labels, *_mark_middle(base, above)]).properties(height=HEIGHT)


def draw_cumulative(config: ChartConfig) -> alt.LayerChart:
    """Return the share of the whole that falls up to each value, with the half and where it is reached."""
    import altair as alt

    base = _encode_bins(config)
    percent = draw_number_axis(Field("share", "", "number", "percent"), replace(config, kind="column"))
    percent["values"] = [0, 0.25, 0.5, 0.75, 1]
    scale = alt.Scale(domain=[0, 1], range=[alt.ExprRef("height"), HEAD])
    y = alt.Y("reached:Q", scale=scale, axis=percent)
    bars = base.mark_bar(opacity=0.25, width={"band": 1}).encode(y=y, tooltip=_list_tooltips(config))
    line = base.mark_line(strokeWidth=2.25, tooltip=None).encode(y=y)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(y=y, tooltip=_list_tooltips(config))
    half = base.mark_line(strokeDash=[4, 4], strokeWidth=1, color=GRAY, tooltip=None)
    halves = half.encode(y=alt.Y("half:Q", scale=scale, axis=percent))
    return alt.LayerChart(layer=[bars, halves, line, dots, *_mark_middle(base, "height")]).properties(height=HEIGHT)


def _encode_bins(config: ChartConfig) -> alt.Chart:
    import altair as alt

    names = alt.Axis(
        title=config.x.label, titleAnchor="start", titleFontWeight="normal", titlePadding=8, labelAngle=0,
        labelOverlap="greedy", labelSeparation=6, labelPadding=6, labelFlush=True,
    )  # fmt: skip
    scale = alt.Scale(paddingInner=0.03, paddingOuter=0.02)
    return alt.Chart(alt.NamedData(DATA)).encode(x=alt.X("category:N", sort=None, axis=names, scale=scale))


def _mark_middle(base: alt.Chart, until: str) -> list[alt.Chart]:
    """Return a line down to the bin that holds the middle, its name above, and what has no value in the corner."""
    import altair as alt

    middle = base.transform_filter("isValid(datum.middle)")
    down: dict[str, Any] = {"y": 16, "y2": {"expr": f"max(16, {until})"}}
    layers = [middle.mark_rule(strokeDash=[4, 4], color=GRAY, strokeWidth=1.5, tooltip=None, **down)]
    for chosen, side in (("!datum.late", "left"), ("datum.late", "right")):
        text = draw_text(y=8, align=side, baseline="middle", tooltip=None)
        layers.append(middle.transform_filter(chosen).properties(mark=text).encode(text="middle:N"))
    corner: dict[str, Any] = {"x": {"expr": "width"}, "y": 24}
    aside = draw_text(align="right", baseline="middle", opacity=0.85, tooltip=None, **corner)
    rest = alt.Chart(alt.NamedData(DATA)).transform_filter("isValid(datum.aside)")
    layers.append(rest.properties(mark=aside).encode(text="aside:N"))
    return layers


def _list_tooltips(config: ChartConfig) -> list[alt.Tooltip]:
    import altair as alt

    words = WORDS[config.locale]
    return [
        alt.Tooltip("category:N", title=config.x.label),
        alt.Tooltip("value_text:N", title=config.values[0].label),
        alt.Tooltip("share_text:N", title=words["share"]),
        alt.Tooltip("reached_text:N", title=words["reached"]),
    ]


def describe_histogram(table: pa.Table, config: ChartConfig) -> str:
    """Return how much there is in all, where its middle lies, and which bins hold most."""
    found, field, locale = read_distribution(table, config), config.values[0], config.locale
    named = {"name": field.label.lower(), "key": config.x.label.lower()}
    head = translate(locale, "Distribution of {name} by {key}", **named)
    middle = found.middle
    if middle is None:
        return translate(locale, "{head}: nothing to show.", head=head)
    total = format_value(float(found.sums.sum()), field.format, field.unit, locale)
    order = np.argsort(-found.sums, kind="stable")[:3].tolist()
    most = ", ".join(f"{found.names[at]} {_tell_share(float(found.shares[at]), config)}" for at in order)
    told = later("{head}, {total} in all: half at {middle} or less; most {parts}")
    text = translate(locale, told, head=head, total=total, middle=found.names[middle], parts=most)
    if found.nowhere:
        left = format_value(found.nowhere, field.format, field.unit, locale)
        text = translate(locale, "{text}; {count} without a value left out", text=text, count=left)
    return f"{text}."
