"""Bullets: each value as a bar against its target, which is a line across it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, LABEL_LIMIT, PAGE, draw_number_axis, draw_text
from widgets.charts.description import ChartConfig, Field
from widgets.charts.keys import distinguish, read_flags, read_floats, read_keys, set_remainder_last
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import WORDS
from widgets.translations import translate, translate_count

if TYPE_CHECKING:
    import altair as alt

STEP = 34  # pixels of a bullet and its gap
LABEL_SPACE = 148  # pixels kept free for the numbers behind the bars


@dataclass(frozen=True, slots=True)
class Bullet:
    """A value and its target, NaN where it has none; `reached` is None where nobody said which direction is good."""

    name: str
    field: Field
    value: float
    target: float
    open: bool

    @property
    def part(self) -> float:
        """What the value is of its target; NaN where that is nothing."""
        return self.value / self.target if self.target else float("nan")

    @property
    def is_aimed(self) -> bool:
        """Whether there is a target."""
        return bool(np.isfinite(self.target))

    @property
    def reached(self) -> bool | None:
        """Whether the target is met, in the metric's good direction."""
        if not self.field.better or not np.isfinite(self.value) or not self.is_aimed:
            return None
        return self.value >= self.target if self.field.better == "higher" else self.value <= self.target


def read_bullets(table: pa.Table, config: ChartConfig) -> list[Bullet]:
    """Return what has a target: the groups of one metric, or the metrics of a single row."""
    fields = [field for field in config.values if f"{field.name}@target" in table.column_names]
    count, opened = table.num_rows, read_flags(table, config.open_column)
    names = [""] * count
    if config.x.name:
        keys = set_remainder_last(read_keys(table, config.x, config), read_flags(table, config.other_column), config)
        names = [keys.names[code] for code in keys.codes]
    found = []
    for field in fields:
        values, targets = read_floats(table, field.name), read_floats(table, f"{field.name}@target")
        for row in range(count):
            if np.isfinite(targets[row]) or np.isfinite(values[row]):
                shown = " · ".join(filter(None, (names[row], field.label if len(fields) > 1 or not names[row] else "")))
                found.append(Bullet(shown, field, float(values[row]), float(targets[row]), bool(opened[row])))
    return [replace(one, name=name) for one, name in zip(found, distinguish([one.name for one in found]), strict=True)]


def fit_bullet(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with the height that its bullets take, and whether they share an axis (`targeted`).

    Metrics of several units are drawn as parts of their targets.
    """
    found = read_bullets(table, config)
    units = {(one.field.is_rate, one.field.unit) for one in found}
    one = len(units) == 1 and len({field.field.name for field in found}) == 1
    return replace(config, height=STEP * max(1, len(found)), targeted=one)


def shape_bullet(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a bar for each value, where it and its target lie on the axis, and what is said of it."""
    found, locale = read_bullets(table, config), config.locale
    of = WORDS[locale]["of_target"]
    labels, values, targets, parts = [], [], [], []
    for one in found:
        value, target = (
            format_value(number, one.field.format, one.field.unit, locale) for number in (one.value, one.target)
        )
        labels.append(of.format(value, target) if one.is_aimed else value)
        values.append(format_full(one.value, one.field, locale))
        targets.append(format_full(one.target, one.field, locale))
        parts.append(format_value(one.part, "percent", "", locale))
    ends = [
        (one.value, one.target) if config.targeted else (one.part, 1.0 if one.is_aimed else np.nan) for one in found
    ]
    return pa.table(
        {
            "category": pa.array([one.name for one in found], pa.string()),
            "value": pa.array([value for value, _ in ends], pa.float64(), from_pandas=True),
            "target": pa.array([target for _, target in ends], pa.float64(), from_pandas=True),
            "end": pa.array([float(np.nanmax([*end, 0.0])) for end in ends], pa.float64()),
            "missed": pa.array([one.reached is False for one in found], pa.bool_()),
            "unfinished": pa.array([one.open for one in found], pa.bool_()),
            "label": pa.array(labels, pa.string()),
            "value_text": pa.array(values, pa.string()),
            "target_text": pa.array(targets, pa.string()),
            "part_text": pa.array(parts, pa.string()),
        }
    )


def draw_bullet(config: ChartConfig) -> alt.LayerChart:
    """Return bars from zero with a line across each at its target; gray where the target is missed."""
    import altair as alt

    words = WORDS[config.locale]
    limit = alt.ExprRef(f"min({LABEL_LIMIT}, max(72, {PAGE} * 0.3))")
    names = alt.Axis(title=None, labelLimit=limit, labelOverlap=False, labelPadding=8, domain=False, ticks=False)
    field = config.values[0] if config.targeted else Field("part", "", "number", "percent")
    axis = draw_number_axis(field, replace(config, kind="bar"))
    scale = alt.Scale(zero=True, nice=False, range=[0, alt.ExprRef(f"width - {LABEL_SPACE}")])
    base = alt.Chart(alt.NamedData(DATA)).encode(
        y=alt.Y("category:N", sort=None, axis=names, scale=alt.Scale(paddingInner=0.3, paddingOuter=0.15)),
        tooltip=[
            alt.Tooltip("category:N", title=config.x.label or words["metric"]),
            alt.Tooltip("value_text:N", title=words["value"]),
            alt.Tooltip("target_text:N", title=words["target"]),
            alt.Tooltip("part_text:N", title=words["part"]),
        ],
    )
    aimed = base.transform_filter("isValid(datum.target)")
    track = aimed.mark_bar(color=GRAY, opacity=0.14, height={"band": 1}).encode(
        x=alt.X("target:Q", scale=scale, axis=axis)
    )
    pale = alt.OpacityValue(1, condition={"test": "datum.unfinished", "value": 0.5})
    bars = base.encode(x=alt.X("value:Q", scale=scale, axis=axis), opacity=pale)
    style: dict[str, Any] = {"height": {"band": 0.5}, "invalid": "filter"}
    met = bars.transform_filter("!datum.missed").mark_bar(**style)
    missed = bars.transform_filter("datum.missed").mark_bar(color=GRAY, **style)
    tick: dict[str, Any] = draw_text(thickness=3, opacity=0.9) | {"type": "tick", "height": {"band": 1}}
    for word in ("fontSize", "fontWeight", "align"):
        tick.pop(word)
    goals = aimed.properties(mark=tick).encode(x=alt.X("target:Q", scale=scale, axis=axis))
    text = base.properties(mark=draw_text(dx=8, baseline="middle", tooltip=None))
    labels = text.encode(x=alt.X("end:Q", scale=scale, axis=axis), text="label:N")
    # The labels come first: they are of all rows, and so keep the order of those that other layers leave out.
    return alt.LayerChart(layer=[labels, track, met, missed, goals]).properties(height=config.height)


def describe_bullet(table: pa.Table, config: ChartConfig) -> str:
    """Return how many targets are met, and what is farthest from its own on either side."""
    found, locale = read_bullets(table, config), config.locale
    if not found:
        return translate(locale, "Values against targets: there is none.")
    known = [one for one in found if np.isfinite(one.part)]
    judged = [one for one in found if one.reached is not None]
    aimed = sum(one.is_aimed for one in found)
    head = translate_count(locale, "{count} value against its target", "{count} values against targets", aimed)
    if aimed < len(found):
        head = translate(locale, "{head}, {count} without one", head=head, count=len(found) - aimed)
    if judged:
        reached = sum(bool(one.reached) for one in judged)
        head = translate(locale, "{head}, {reached} of {count} reached", head=head, reached=reached, count=len(judged))
    order = sorted(known, key=lambda one: -one.part)
    ends = order if len(order) < 3 else [order[0], order[-1]]
    return f"{head}: {'; '.join(_tell_bullet(one, config) for one in ends)}." if ends else f"{head}."


def _tell_bullet(one: Bullet, config: ChartConfig) -> str:
    shown = [
        format_value(number, one.field.format, one.field.unit, config.locale) for number in (one.value, one.target)
    ]
    part = format_value(one.part, "percent", "", config.locale)
    return f"{one.name} {WORDS[config.locale]['of_target'].format(*shown)} ({part})"
