"""Funnels: a bar for each step, what went on and what was lost between; groups side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, draw_legend, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import (
    Floats,
    Keys,
    count_names,
    encode_text,
    pin_order,
    read_flags,
    read_floats,
    read_keys,
    set_remainder_last,
)
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import DASH, WORDS
from widgets.translations import translate, translate_count

if TYPE_CHECKING:
    import altair as alt

COUNT, RATE, STEP_RATE, DAYS, LOST = "count", "rate", "step_rate", "median_days", "lost"  # columns of its answer
NUMBERS = (COUNT, RATE, STEP_RATE, LOST, DAYS)
NAME, BAR, GAP, BETWEEN = 22, 30, 4, 26  # pixels of a step's name, bar, distance, and of what is said of the way
SMALL_BAR = 20  # of a group
LABEL_SPACE = 124  # pixels kept free for the numbers behind the bars


@dataclass(frozen=True, slots=True)
class Steps:
    """A row for each group and step, in the steps' order; NaN where a number isn't known."""

    step: Keys
    group: Keys
    numbers: dict[str, Floats]


def read_steps(table: pa.Table, config: ChartConfig) -> Steps:
    """Return the steps of a funnel's answer. Raises KeyError for a column that it lacks."""
    group = Keys(np.zeros(table.num_rows, dtype=np.int64), ("",), np.zeros(1, dtype=np.int64))
    if config.facet:
        rest = read_flags(table, config.other_column)
        found = set_remainder_last(read_keys(table, config.facet, config), rest, config)
        group = pin_order(found, config.categories)
    return Steps(read_keys(table, config.x, config), group, {name: read_floats(table, name) for name in NUMBERS})


def fit_funnel(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with the height that its steps and groups take."""
    steps = count_names(table, config.x.name)
    groups = count_names(table, config.facet.name) if config.facet else 1
    return replace(config, height=_measure_step(groups) * steps, many=groups > 1)


def shape_funnel(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a bar for each step and group: where it lies, in pixels from above, and what is said of it.

    Its length is the count; among groups the share of the first step, since groups differ in size.
    """
    rows = read_steps(table, config)
    groups = len(rows.group.names) if config.facet else 1
    thick = SMALL_BAR if config.facet else BAR
    top = rows.step.codes * _measure_step(groups) + NAME + rows.group.codes * (thick + GAP)
    fields = {value.name: value for value in config.values}
    full = {
        f"{name}_text": pa.array([format_full(number, fields[name], config.locale) for number in rows.numbers[name]])
        for name in NUMBERS
    }
    drawn = RATE if config.facet else COUNT
    if config.compare:
        before = read_floats(table, f"{drawn}@compare")
        full["before_text"] = pa.array([format_full(number, fields[drawn], config.locale) for number in before])
        full["before"] = pa.array(before, pa.float64(), from_pandas=True)
    columns: dict[str, Any] = {
        "category": encode_text(rows.step.codes, rows.step.names),
        "series": encode_text(rows.group.codes, rows.group.names),
        "value": pa.array(np.nan_to_num(rows.numbers[drawn])),
        "top": pa.array(top, pa.float64()),
        "bottom": pa.array(top + thick, pa.float64()),
        "middle": pa.array(top + thick / 2, pa.float64()),
        "name_at": pa.array(rows.step.codes * _measure_step(groups) + NAME / 2, pa.float64()),
        "named": pa.array(rows.group.codes == 0),
        "label": pa.array(_label_steps(rows, config), pa.string()),
        "between_at": pa.array(top + thick + BETWEEN / 2, pa.float64()),
        "between": pa.array(_tell_losses(rows, config), pa.string()),
    }
    return pa.table(columns | full)


def draw_funnel(config: ChartConfig) -> alt.LayerChart:
    """Return the bars from zero under the steps' names, their count and share beside them, the losses between.

    The compared period is a line across each bar.
    """
    import altair as alt

    down = alt.Scale(domain=[0, config.height], range=[0, config.height], nice=False, zero=False)
    across = alt.Scale(zero=True, nice=False, range=[0, alt.ExprRef(f"max(60, width - {LABEL_SPACE})")])
    words = WORDS[config.locale]
    labels = {value.name: value.label for value in config.values}
    tooltips = [alt.Tooltip("category:N", title=config.x.label)]
    if config.facet:
        tooltips.append(alt.Tooltip("series:N", title=config.facet.label))
    tooltips += [alt.Tooltip(f"{name}_text:N", title=labels.get(name, words["value"])) for name in NUMBERS]
    if config.compare:
        tooltips.append(alt.Tooltip("before_text:N", title=config.compare))
    base = alt.Chart(alt.NamedData(DATA))
    bars = base.mark_rect(cornerRadiusTopRight=2, cornerRadiusBottomRight=2).encode(
        x=alt.X("value:Q", scale=across, axis=None),
        x2=alt.X2Datum(0),
        y=alt.Y("top:Q", scale=down, axis=None),
        y2="bottom",
        tooltip=tooltips,
    )
    if config.facet:
        scale = alt.Scale(domain=list(config.categories)) if config.categories else alt.Undefined
        bars = bars.encode(color=alt.Color("series:N", sort=None, scale=scale, legend=draw_legend(config)))
    label = base.properties(mark=draw_text(dx=8, baseline="middle"))
    label = label.encode(x=alt.X("value:Q", scale=across, axis=None), y=alt.Y("middle:Q", scale=down, axis=None))
    name = base.transform_filter("datum.named").properties(mark=draw_text(x=0, baseline="middle", fontWeight=600))
    name = name.encode(y=alt.Y("name_at:Q", scale=down, axis=None), text="category:N")
    layers: list[Any] = [bars, label.encode(text="label:N"), name]
    if config.compare:  # a line across each bar, as far as the step came in the other period
        before = base.transform_filter("isValid(datum.before)").mark_rule(strokeWidth=2, color=GRAY)
        before = before.encode(x=alt.X("before:Q", scale=across, axis=None), y=alt.Y("top:Q", scale=down, axis=None))
        layers.append(before.encode(y2="bottom"))
    if not config.facet:
        lost = base.transform_filter("isValid(datum.between)").properties(
            mark={"type": "text", "x": 0, "align": "left", "baseline": "middle", "fontSize": 12, "color": GRAY}
        )
        lost = lost.encode(y=alt.Y("between_at:Q", scale=down, axis=None), text="between:N")
        layers.append(lost)
    return alt.LayerChart(layer=layers).properties(height=config.height)


def describe_funnel(table: pa.Table, config: ChartConfig) -> str:
    """Return how many begin and end, of each group, and where the most are lost."""
    rows, locale = read_steps(table, config), config.locale
    steps, parts = len(rows.step.names), []
    for code, group in enumerate(rows.group.names):
        at = np.flatnonzero(rows.group.codes == code)
        at = at[rows.step.codes[at].argsort(kind="stable")]
        if at.size:
            text = _describe_steps(rows, at, config)
            parts.append(f"{group} {text}" if config.facet else text)
    ends = translate(locale, "no step")
    if steps:
        ends = translate(locale, "{first} to {last}", first=rows.step.names[0], last=rows.step.names[-1])
    head = translate_count(
        locale, "Funnel of {count} step, {ends}", "Funnel of {count} steps, {ends}", steps, ends=ends
    )
    if config.facet:
        head = translate(locale, "{head}, by {key}", head=head, key=config.facet.label.lower())
    if not parts:
        return translate(locale, "{head}: no data.", head=head)
    return translate(locale, "{head}: {parts}.", head=head, parts="; ".join(parts))


def _describe_steps(rows: Steps, at: np.ndarray[tuple[int], np.dtype[np.intp]], config: ChartConfig) -> str:
    count, lost, locale = rows.numbers[COUNT], rows.numbers[LOST], config.locale
    first, last = (format_value(float(count[row]), locale=locale) for row in (at[0], at[-1]))
    rate = format_value(float(rows.numbers[RATE][at[-1]]), "percent", locale=locale)
    text = translate(locale, "{first} to {last}, {rate} of the first step", first=first, last=last, rate=rate)
    if config.facet or not np.isfinite(lost[at]).any() or np.nanmax(lost[at]) <= 0:
        return text
    worst = at[np.nanargmax(lost[at])]
    return translate(
        locale,
        "{text}; most are lost before {step}: {lost}, {share}",
        text=text,
        step=rows.step.names[rows.step.codes[worst]],
        lost=format_value(float(lost[worst]), locale=locale),
        share=format_value(1 - float(rows.numbers[STEP_RATE][worst]), "percent", locale=locale),
    )


def _measure_step(groups: int) -> int:
    """Return the pixels of a step: its name, its bars, what is said of the way to the next one."""
    return NAME + (BAR + GAP + BETWEEN if groups == 1 else groups * (SMALL_BAR + GAP) + BETWEEN // 2)


def _label_steps(rows: Steps, config: ChartConfig) -> list[str]:
    counts = [format_value(float(count), "number", "", config.locale) for count in rows.numbers[COUNT]]
    rates = [format_value(float(rate), "percent", "", config.locale) for rate in rows.numbers[RATE]]
    return [f"{count} · {rate}" for count, rate in zip(counts, rates, strict=True)]


def _tell_losses(rows: Steps, config: ChartConfig) -> list[str | None]:
    """Return what is said under each step of the way to the next one: how many went on, how many were lost."""
    words, told = WORDS[config.locale], list[str | None]()
    places = list(zip(rows.group.codes.tolist(), rows.step.codes.tolist(), strict=True))
    following = {place: row for row, place in enumerate(places)}
    for group, step in places:
        row = following.get((group, step + 1))
        if row is None:
            told.append(None)
            continue
        rate = format_value(float(rows.numbers[STEP_RATE][row]), "percent", "", config.locale)
        lost = format_value(float(rows.numbers[LOST][row]), "number", "", config.locale)
        told.append(f"↓ {words['went_on'].format(rate)} · {words['lost'].format(lost)}" if rate != DASH else None)
    return told
