"""Two metrics of each group against each other, quartered at their medians."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, draw_number_axis, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import Flags, Floats, encode_text, read_flags, read_floats, read_keys
from widgets.charts.numbers import format_full, format_value
from widgets.translations import later, later_count, translate, translate_count

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 360
LETTER, LINE = 0.019, 0.045  # of the axes, on a telephone: how wide a letter of a label is, how high its line
LONGEST = 34  # letters of a label; a longer name stands in the tooltip only


def shape_scatter(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a point for each group that has both numbers, the medians beside it, and its label where it has room."""
    keys = read_keys(table, config.x, config)
    first, second = (read_floats(table, value.name) for value in config.values)
    named = ~read_flags(table, config.other_column)  # the rest of a top is no group to be compared
    known = np.flatnonzero(np.isfinite(first) & np.isfinite(second) & named)
    across, up = first[known], second[known]
    names = [keys.names[code] for code in keys.codes[known]]
    shown = place_labels(across, up, names)
    texts = [
        [format_full(number, field, config.locale) for number in numbers.tolist()]
        for field, numbers in zip(config.values, (across, up), strict=True)
    ]
    return pa.table(
        {
            "category": encode_text(keys.codes[known], keys.names),
            "across": pa.array(across),
            "up": pa.array(up),
            "across_text": pa.array(texts[0], pa.string()),
            "up_text": pa.array(texts[1], pa.string()),
            "label": pa.array([text if fits else None for text, fits in zip(names, shown, strict=True)], pa.string()),
            "flipped": pa.array(_find_right(across)),
            "across_median": pa.array(np.full(len(known), np.median(across) if len(known) else np.nan)),
            "up_median": pa.array(np.full(len(known), np.median(up) if len(known) else np.nan)),
        }
    )


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
    x = alt.X("across:Q", scale=alt.Scale(zero=False, nice=False, padding=24), axis=axes[0])
    y = alt.Y("up:Q", scale=alt.Scale(zero=False, nice=False, padding=18), axis=axes[1])
    base = alt.Chart(alt.NamedData(DATA))
    tooltips = [
        alt.Tooltip("category:N", title=config.x.label),
        alt.Tooltip("across_text:N", title=first.label),
        alt.Tooltip("up_text:N", title=second.label),
    ]
    rule: dict[str, Any] = {"strokeDash": [4, 4], "color": GRAY, "tooltip": None}
    middle_x = base.mark_rule(**rule).encode(x=alt.X("max(across_median):Q", axis=axes[0]))
    middle_y = base.mark_rule(**rule).encode(y=alt.Y("max(up_median):Q", axis=axes[1]))
    points = base.mark_point(filled=True, size=80, opacity=0.85).encode(x=x, y=y, tooltip=tooltips)
    named = base.transform_filter("isValid(datum.label)").encode(x=x, y=y, text="label:N")
    right = named.transform_filter("!datum.flipped").properties(mark=draw_text(dx=8, baseline="middle", fontSize=11))
    left = named.transform_filter("datum.flipped")
    left = left.properties(mark=draw_text(dx=-8, baseline="middle", align="right", fontSize=11))
    return alt.LayerChart(layer=[middle_x, middle_y, points, right, left]).properties(height=HEIGHT)


def describe_scatter(table: pa.Table, config: ChartConfig) -> str:
    """Return the medians, and which group has the most of each metric."""
    shaped, locale = shape_scatter(table, config), config.locale
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
