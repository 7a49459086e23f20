"""Bars: horizontal for categories, columns for parts of time and short time axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from widgets.charts.annotations import LANE, count_lanes, draw_notes
from widgets.charts.axes import (
    DATA,
    GRAY,
    LABEL_LIMIT,
    MARKS,
    PAGE,
    draw_number_axis,
    draw_remainder,
    draw_series,
    draw_small,
    draw_text,
    list_tooltips,
    write_texts,
)
from widgets.charts.description import ChartConfig

if TYPE_CHECKING:
    import altair as alt

STEP = 26  # pixels of a bar and its gap
GROUPED_STEP = 16
HEIGHT = 260
VALUE_SPACE = 64  # pixels kept free for the values beside the bars
KEEP_NULL = "show"  # a category without a value keeps its place on the axis, with a bar of no length


def draw_bar(config: ChartConfig) -> alt.LayerChart:
    """Return horizontal bars from zero, in the table's order, values beside them, the compared period pale behind."""
    import altair as alt

    limit = alt.ExprRef(f"min({LABEL_LIMIT}, max(90, {PAGE} * 0.4))")
    names = alt.Axis(title=None, labelLimit=limit, labelOverlap=False, labelPadding=8)
    base = alt.Chart(alt.NamedData(DATA)).transform_calculate(**write_texts(config))
    base = base.encode(y=alt.Y("category:N", sort=None, axis=names))
    if config.is_split:
        base = base.encode(yOffset=alt.YOffset("series:N", sort=None))
    axis = draw_number_axis(config.values[0], config)
    scale = alt.Scale(zero=True, nice=True, range=[0, alt.ExprRef(f"width - {VALUE_SPACE}")])
    layers = [
        layer.encode(x=alt.X(f"{column}:Q", scale=scale, axis=axis, stack=None))
        for column, layer in _draw_rectangles(base, config, "height", "yOffset")
    ]
    text = base.properties(mark=draw_text(dx=6, baseline="middle")).transform_filter("isValid(datum.label)")
    layers.append(text.encode(x=alt.X("label_at:Q", scale=scale, axis=axis), text="label:N"))
    step = alt.Step(GROUPED_STEP, **{"for": "offset"}) if config.is_split else alt.Step(STEP)
    return alt.LayerChart(layer=layers).properties(height=step)


def draw_column(config: ChartConfig) -> alt.LayerChart:
    """Return vertical bars from zero in the given order, their values above them where there is room."""
    import altair as alt

    names = alt.Axis(
        title=None, labelAngle=0, labelOverlap="greedy", labelSeparation=6, labelPadding=6, labelLimit=LABEL_LIMIT
    )
    base = alt.Chart(alt.NamedData(DATA)).transform_calculate(**write_texts(config))
    x = alt.X("category:N", sort=None, axis=names)
    base = base.encode(x=x)
    if config.is_split:
        base = base.encode(xOffset=alt.XOffset("series:N", sort=None))
    axis = draw_number_axis(config.values[0], config)
    scale = alt.Scale(zero=True, nice=True, range=[alt.ExprRef("height"), 16 + LANE * count_lanes(config)])
    layers: list[Any] = [
        layer.encode(y=alt.Y(f"{column}:Q", scale=scale, axis=axis, stack=None))
        for column, layer in _draw_rectangles(base, config, "width", "xOffset")
    ]
    band = f"bandwidth('{'xOffset' if config.is_split else 'x'}')"
    style = draw_text(dy=-6, align="center", baseline="bottom", opacity={"expr": f"{band} > 34 ? 1 : 0"})
    text = base.properties(mark=style).transform_filter("isValid(datum.label)")
    layers.append(text.encode(y=alt.Y("label_at:Q", scale=scale, axis=axis), text="label:N"))
    layers += draw_notes(alt.Chart(alt.NamedData(DATA)), x, config)
    return alt.LayerChart(layer=layers).properties(height=HEIGHT)


def _draw_rectangles(
    base: alt.Chart, config: ChartConfig, thickness: Literal["height", "width"], shift: Literal["yOffset", "xOffset"]
) -> list[tuple[str, alt.Chart]]:
    """Return the bars as pairs of the column drawn and the layer: named series, the remainder, the compared period."""
    import altair as alt

    bars = base.encode(tooltip=list_tooltips(config, "category"))
    style: dict[str, Any] = {"invalid": KEEP_NULL}
    layers: list[tuple[str, alt.Chart]] = []
    if config.compare:
        band = f"bandwidth('{shift if config.is_split else shift[0]}')"
        layers.append(("compare", bars.mark_bar(color=GRAY, opacity=0.35, **style)))
        style[thickness] = alt.ExprRef(f"{band} * 0.5")
    if config.open_column:
        bars = bars.encode(opacity=alt.OpacityValue(1, condition={"test": "datum.unfinished", "value": 0.5}))
    colored = bars.encode(color=draw_series(config)) if config.is_split else bars
    if config.based and not config.is_split:
        colored = bars.encode(color=alt.ColorValue(alt.Undefined, condition=draw_small()))
    if not config.other_column:
        return [*layers, ("value", colored.mark_bar(**style).properties(name=MARKS))]
    # Under a name of its own, since legends of one field are merged and lose the second's entries.
    renamed = bars.transform_calculate(remainder="datum.series")
    gray = renamed.encode(fill=draw_remainder()) if config.is_split else bars.encode(color=alt.ColorValue(GRAY))
    layers.append(("value", colored.transform_filter("!datum.other").mark_bar(**style).properties(name=MARKS)))
    layers.append(("value", gray.transform_filter("datum.other").mark_bar(**style)))
    return layers
