"""Two metrics of each group against each other, quartered at their medians, with lines of equal ratio."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, MARKS, draw_number_axis, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import Flags, Floats, read_flags, read_floats, read_keys
from widgets.charts.numbers import format_full, format_value
from widgets.translations import later, later_count, translate, translate_count

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 360
LETTER, LINE = 0.019, 0.045  # of the axes, on a telephone: how wide a letter of a label is, how high its line
EDGE = 1.06  # of the largest number: where axes from zero end
MOST_LEVELS = 3
SCHEMA = pa.schema(
    [("category", pa.string()), ("across", pa.float64()), ("up", pa.float64()), ("across_text", pa.string()),
     ("up_text", pa.string()), ("ratio_text", pa.string()), ("label", pa.string()), ("flipped", pa.bool_()),
     ("across_median", pa.float64()), ("up_median", pa.float64()), ("line", pa.int64()), ("equal", pa.string())]
)  # fmt: skip
LONGEST = 34  # letters of a label; a longer name stands in the tooltip only


def shape_scatter(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a point for each group that has both numbers, the medians beside it, and its label where it has room.

    Behind them stand the two ends of each line along which the ratio of the two metrics is the same.
    """
    keys = read_keys(table, config.x, config)
    first, second = (read_floats(table, value.name) for value in config.values)
    named = ~read_flags(table, config.other_column)  # the rest of a top is no group to be compared
    known = np.flatnonzero(np.isfinite(first) & np.isfinite(second) & named)
    across, up = first[known], second[known]
    names = [keys.names[code] for code in keys.codes[known]]
    shown = place_labels(across, up, names)
    rows = [
        {
            "category": name,
            "across": x,
            "up": y,
            "across_text": format_full(x, config.values[0], config.locale),
            "up_text": format_full(y, config.values[1], config.locale),
            "ratio_text": _tell_ratio(x, y, config),
            "label": name if fits else None,
            "flipped": flipped,
            "across_median": float(np.median(across)),
            "up_median": float(np.median(up)),
        }
        for name, x, y, fits, flipped in zip(
            names, across.tolist(), up.tolist(), shown, _find_right(across).tolist(), strict=True
        )
    ]
    rows += list_equals(across, up, config)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def list_equals(across: Floats, up: Floats, config: ChartConfig) -> list[dict[str, Any]]:
    """Return the ends of up to three lines of equal ratio, from nothing to the edge of the points."""
    if config.ratio is None or not len(across) or across.min() < 0 or up.min() < 0:
        return []
    wide, high = float(across.max()) * EDGE, float(up.max()) * EDGE
    above, below = (up, across) if config.ratio_up else (across, up)
    rows: list[dict[str, Any]] = []
    for line, level in enumerate(choose_levels(above[below > 0] / below[below > 0])):
        slope = level if config.ratio_up else 1 / level
        x = min(wide, high / slope)
        text = format_value(level, config.ratio.format, config.ratio.unit, config.locale)
        label = f"{config.ratio.label} {text}" if not line else text
        rows.append({"line": line, "across": 0.0, "up": 0.0})
        rows.append({"line": line, "across": x, "up": x * slope, "equal": label})
    return rows


def choose_levels(ratios: Floats) -> list[float]:
    """Return up to `MOST_LEVELS` round numbers among the middle four fifths of the ratios, else their median alone."""
    known = np.sort(ratios[np.isfinite(ratios) & (ratios > 0)])
    if not len(known):
        return []
    low, high = (float(known[round(place * (len(known) - 1))]) for place in (0.1, 0.9))
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    levels = [nice * 10.0**power for power in powers for nice in (1, 2, 5) if low <= nice * 10.0**power <= high]
    if not levels:
        middle = float(np.median(known))
        return [float(f"{middle:.2g}")]
    chosen = np.unique(np.linspace(0, len(levels) - 1, MOST_LEVELS).round().astype(int))
    return [levels[place] for place in chosen.tolist()]


def _tell_ratio(across: float, up: float, config: ChartConfig) -> str | None:
    above, below = (up, across) if config.ratio_up else (across, up)
    if config.ratio is None:
        return None
    return format_full(above / below if below else None, config.ratio, config.locale)


def place_labels(across: Floats, up: Floats, labels: list[str]) -> list[bool]:
    """Return which labels are shown: the farthest from the middle first, and none over another or over a point."""
    if not len(across):
        return []
    x, y, flipped = _scale(across), _scale(up), _find_right(across)
    order = np.argsort(-(np.abs(x - np.median(x)) + np.abs(y - np.median(y))), kind="stable")
    boxes: list[tuple[float, float, float]] = []
    shown = [False] * len(labels)
    for row in order.tolist():
        wide = LETTER * len(labels[row]) + 0.02
        left = x[row] - wide if flipped[row] else x[row]
        free = all(abs(y[row] - at) > LINE or left > right or left + wide < begin for begin, right, at in boxes)
        hidden = (np.abs(y - y[row]) < LINE / 2) & (x > left) & (x < left + wide) & (np.arange(len(x)) != row)
        if free and not hidden.any() and len(labels[row]) <= LONGEST:
            boxes.append((left, left + wide, y[row]))
            shown[row] = True
    return shown


def draw_scatter(config: ChartConfig) -> alt.LayerChart:
    """Return points with their names, lines at the medians, an axis for each metric under its name."""
    import altair as alt

    first, second = config.values
    style: dict[str, Any] = {"titleAnchor": "start", "titleFontWeight": "normal", "titlePadding": 8}
    axes = [draw_number_axis(field, config) for field in config.values]
    for axis, field in zip(axes, config.values, strict=True):
        for name, value in (style | {"title": field.label}).items():
            axis[name] = value
    axes[1]["titleAngle"], axes[1]["titleAlign"], axes[1]["titleX"], axes[1]["titleY"] = 0, "left", 0, -12
    rays = config.ratio is not None  # lines of equal ratio begin at nothing
    x = alt.X("across:Q", scale=alt.Scale(zero=rays, nice=False, padding=0 if rays else 24), axis=axes[0])
    y = alt.Y("up:Q", scale=alt.Scale(zero=rays, nice=False, padding=0 if rays else 18), axis=axes[1])
    whole = alt.Chart(alt.NamedData(DATA))
    base = whole.transform_filter("isValid(datum.category)")
    tooltips = [
        alt.Tooltip("category:N", title=config.x.label),
        alt.Tooltip("across_text:N", title=first.label),
        alt.Tooltip("up_text:N", title=second.label),
    ]
    if config.ratio:
        tooltips.append(alt.Tooltip("ratio_text:N", title=config.ratio.label))
    rule: dict[str, Any] = {"strokeDash": [4, 4], "color": GRAY, "tooltip": None}
    middle_x = base.mark_rule(**rule).encode(x=alt.X("max(across_median):Q", axis=axes[0]))
    middle_y = base.mark_rule(**rule).encode(y=alt.Y("max(up_median):Q", axis=axes[1]))
    points = (
        base.mark_point(filled=True, size=80, opacity=0.85).encode(x=x, y=y, tooltip=tooltips).properties(name=MARKS)
    )
    named = base.transform_filter("isValid(datum.label)").encode(x=x, y=y, text="label:N")
    right = named.transform_filter("!datum.flipped").properties(mark=draw_text(dx=8, baseline="middle", fontSize=11))
    left = named.transform_filter("datum.flipped")
    left = left.properties(mark=draw_text(dx=-8, baseline="middle", align="right", fontSize=11))
    equals = _draw_equals(whole, x, y) if rays else []
    return alt.LayerChart(layer=[*equals, middle_x, middle_y, points, right, left]).properties(height=HEIGHT)


def _draw_equals(whole: alt.Chart, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return the lines of equal ratio, each named where it ends."""
    base = whole.transform_filter("isValid(datum.line)").encode(x=x, y=y)
    lines = base.mark_line(color=GRAY, strokeWidth=1, strokeDash=[1, 3], tooltip=None).encode(detail="line:N")
    style = draw_text(dx=-6, dy=4, align="right", baseline="top", fontSize=10, opacity=0.75, tooltip=None)
    named = base.transform_filter("isValid(datum.equal)").properties(mark=style).encode(text="equal:N")
    return [lines, named]


def describe_scatter(table: pa.Table, config: ChartConfig) -> str:
    """Return the medians, and which group has the most of each metric."""
    shaped, locale = shape_scatter(table, replace(config, ratio=None)), config.locale
    first, second = config.values
    head = translate(
        locale,
        "{first} against {second} by {key}",
        first=first.label,
        second=second.label.lower(),
        key=config.x.label.lower(),
    )
    if not shaped.num_rows:
        return translate(locale, "{head}: no group has both.", head=head)
    parts = []
    for field, name in ((first, "across"), (second, "up")):
        numbers, names = shaped[name].to_numpy(), shaped["category"].to_pylist()
        median, most = (
            format_value(float(number), field.format, field.unit, locale)
            for number in (np.median(numbers), numbers.max())
        )
        told = later("{name} median {median}, highest {most} ({group})")
        group = names[int(numbers.argmax())]
        parts.append(translate(locale, told, name=field.label.lower(), median=median, most=most, group=group))
    points = later_count("{head}, {count} point", "{head}, {count} points")
    head = translate_count(locale, *points, shaped.num_rows, head=head)
    return translate(locale, "{head}: {parts}.", head=head, parts="; ".join(parts))


def _scale(numbers: Floats) -> Floats:
    spread = float(numbers.max() - numbers.min())
    scaled: Floats = (numbers - numbers.min()) / (spread or 1.0)
    return scaled


def _find_right(numbers: Floats) -> Flags:
    """Return True in the right half, where a label has its room on the left."""
    flags: Flags = _scale(numbers) > 0.6 if len(numbers) else np.zeros(0, dtype=bool)
    return flags
