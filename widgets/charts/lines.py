"""Line charts and sparklines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.charts.annotations import draw_notes, draw_range
from widgets.charts.axes import (
    DATA,
    GRAY,
    LABEL_SPACE,
    SHAPES,
    SMALL,
    draw_legend,
    draw_number_axis,
    draw_series,
    draw_text,
    draw_time_axis,
    list_tooltips,
    write_texts,
)
from widgets.charts.description import ChartConfig
from widgets.charts.periods import DAY_MS, STEP_MS

if TYPE_CHECKING:
    import altair as alt

HEIGHT = 260
LEGEND_HEIGHT = 330
SPARK_HEIGHT = 44


def draw_line(config: ChartConfig) -> alt.LayerChart:
    """Return lines over time: unfinished periods dashed, gaps where NULL, the compared period thin and muted."""
    import altair as alt

    x = draw_time_axis(config.x, config)
    base = alt.Chart(alt.NamedData(DATA)).encode(x=x)
    layers: list[Any] = [draw_bands(base, config), *draw_notes(alt.Chart(alt.NamedData(DATA)), x, config)]
    if config.targeted:
        layers += _draw_target(base, config)
    if config.compare:
        layers.append(_draw_compare(base, config))
    if config.is_split:
        named = base.transform_filter("!datum.other") if config.other_column else base
        if config.focused:
            named = named.transform_filter("!datum.muted")
            layers.append(_draw_context(base.transform_filter("datum.muted"), config))
        layers += _draw_parts(named.encode(color=draw_series(config)), config)
        if config.other_column:
            remainder = base.transform_filter("datum.other").encode(color=alt.ColorValue(GRAY))
            layers += [*_draw_parts(remainder, config), _draw_dots(remainder, config)]
        layers.append(_draw_dots(named.encode(color=draw_series(config), shape=_draw_shape(config)), config))
    else:
        layers += [*_draw_parts(base, config), _draw_dots(base, config)]
    if config.based:
        span = base.transform_filter("isValid(datum.low_at)").mark_rule(color=GRAY, strokeWidth=1.5, tooltip=None)
        layers.append(span.encode(y=_draw_y("low_at", config), y2="high_at"))
        few = base.transform_filter(SMALL).mark_point(filled=True, size=46, opacity=1, color=GRAY, tooltip=None)
        layers.append(few.encode(y=_draw_y("value", config)))
    if config.is_split:
        text = draw_text(dx=16, baseline="middle", limit={"expr": f"{LABEL_SPACE} - 16"}, clip=False)
        labels = base.transform_filter("isValid(datum.label_at)").encode(y=_draw_y("label_at", config))
        layers.append(labels.properties(mark=text).encode(text="series:N"))
        keys = labels.mark_point(filled=True, size=40, opacity=1, xOffset=10, tooltip=None, clip=False)
        if config.other_column:
            layers.append(keys.transform_filter("datum.other").encode(color=alt.ColorValue(GRAY)))
            keys = keys.transform_filter("!datum.other")
        layers.append(keys.encode(color=draw_series(config), shape=_draw_shape(config)))
    return alt.LayerChart(layer=layers).properties(height=LEGEND_HEIGHT if config.many else HEIGHT)


def draw_spark(config: ChartConfig) -> alt.LayerChart:
    """Return a small line without axes, its last value marked."""
    import altair as alt

    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=alt.X("x:T", scale=alt.Scale(type="utc", nice=False, range=[4, alt.ExprRef("width - 6")]), axis=None),
        y=alt.Y("value:Q", scale=alt.Scale(zero=False, nice=False, padding=4), axis=None),
    )
    line = base.mark_line(strokeWidth=1.75, tooltip=None)
    point = base.transform_filter("datum.dot").mark_point(filled=True, size=36, opacity=1, tooltip=None)
    return alt.LayerChart(layer=[line, point]).properties(height=SPARK_HEIGHT)


def _draw_context(base: alt.Chart, config: ChartConfig) -> alt.Chart:
    """Return the lines that the coloured ones stand among, thin and gray."""
    lines: alt.Chart = base.mark_line(strokeWidth=1, color=GRAY, opacity=0.55, tooltip=None)
    return lines.encode(y=_draw_y("value", config), detail="series:N")


def _draw_parts(base: alt.Chart, config: ChartConfig) -> list[alt.Chart]:
    closed = base.mark_line(strokeWidth=2.25, strokeJoin="round", tooltip=None).encode(y=_draw_y("closed", config))
    if not config.open_column:
        return [closed]
    dashed = base.transform_filter("datum.dashed").mark_line(strokeWidth=2.25, strokeDash=[6, 4], tooltip=None)
    return [closed, dashed.encode(y=_draw_y("value", config))]


def _draw_target(base: alt.Chart, config: ChartConfig) -> list[alt.Chart]:
    """Return the target as a line of long dashes, named at its end."""
    known = base.transform_filter("isValid(datum.target)")
    line = known.mark_line(strokeWidth=1.5, strokeDash=[10, 4], color=GRAY, tooltip=None)
    text = draw_text(dx=8, baseline="middle", limit={"expr": f"{LABEL_SPACE} - 8"}, clip=False, opacity=0.85)
    named = base.transform_filter("isValid(datum.target_label)").properties(mark=text)
    return [
        line.encode(y=_draw_y("target", config)),
        named.encode(y=_draw_y("target_at", config), text="target_label:N"),
    ]


def _draw_compare(base: alt.Chart, config: ChartConfig) -> alt.Chart:
    import altair as alt

    line: alt.Chart = base.mark_line(strokeWidth=1.25, strokeDash=[2, 3], opacity=0.75, tooltip=None)
    color = draw_series(config) if config.is_split else alt.ColorValue(GRAY)
    return line.encode(y=_draw_y("compare", config), color=color)


def _draw_dots(base: alt.Chart, config: ChartConfig) -> alt.Chart:
    """Return the few points that are seen: values that stand alone, a line's last one, marks that tell lines apart."""
    dots: alt.Chart = base.transform_filter("datum.dot").mark_point(filled=True, size=46, opacity=1, tooltip=None)
    return dots.encode(y=_draw_y("value", config))


def draw_bands(base: alt.Chart, config: ChartConfig) -> alt.Chart:
    """Return an unseen band per period that shows itself and all of the period's values under the pointer.

    A mark per value, found by Vega's `nearest`, took three times as long: 1.5 s to redraw 8 charts of 4 x 365 values.
    """
    import altair as alt

    texts = write_texts(config)
    bands: alt.Chart = base.transform_calculate(**texts)
    if config.is_split:
        rows = [alt.AggregatedFieldDef(op="values", field=alt.Undefined, **{"as": "rows"})]
        bands = bands.transform_aggregate(aggregate=rows, groupby=["x", "period"])
        bands = bands.transform_calculate(**{name: f"join(pluck(datum.rows, '{name}'), ' \u00b7 ')" for name in texts})
    span = "(domain('x')[1] - domain('x')[0])"
    width = f"{span} > 0 ? max(2, width * {STEP_MS.get(config.x.grain, DAY_MS)} / {span}) : width"
    hover = alt.selection_point(name="hover", on="pointerover", clear="pointerout")
    seen = alt.OpacityValue(0, condition={"param": "hover", "empty": False, "value": 0.15})
    bands = bands.mark_rule(strokeWidth=alt.ExprRef(width), color=GRAY, aria=False)
    return (
        bands.encode(opacity=seen, tooltip=list_tooltips(config, "period")).add_params(hover).properties(name="bands")
    )


def _draw_shape(config: ChartConfig) -> alt.Shape:
    import altair as alt

    scale = alt.Scale(range=SHAPES, domain=list(config.categories) or alt.Undefined)
    return alt.Shape("series:N", sort=None, legend=draw_legend(config) if config.many else None, scale=scale)


def _draw_y(column: str, config: ChartConfig) -> alt.Y:
    import altair as alt

    axis = draw_number_axis(config.values[0], config)
    return alt.Y(f"{column}:Q", scale=alt.Scale(zero=config.from_zero, nice=True, range=draw_range(config)), axis=axis)
