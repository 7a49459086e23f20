"""Heat maps of two keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.charts.axes import DATA, LABEL_LIMIT, MARKS, PAGE, draw_small, draw_text, list_tooltips, write_texts
from widgets.charts.description import ChartConfig
from widgets.charts.numbers import write_axis_expression
from widgets.charts.words import DASH

if TYPE_CHECKING:
    import altair as alt

STEP = 28


def draw_heat(config: ChartConfig) -> alt.LayerChart:
    """Return cells in the theme's single-hue ramp, strongest where the value is highest, a dash where there is none."""
    import altair as alt

    base = alt.Chart(alt.NamedData(DATA)).transform_calculate(**write_texts(config))
    limit = alt.ExprRef(f"min({LABEL_LIMIT}, max(60, {PAGE} * 0.3))")
    down = alt.Axis(title=None, labelLimit=limit, labelOverlap=False, labelPadding=8, labelFlush=False)
    across = alt.Axis(title=None, labelAngle=0, labelOverlap="greedy", labelSeparation=4, labelPadding=6)
    base = base.encode(
        x=alt.X("series:N", sort=None, axis=across, scale=alt.Scale(paddingInner=0.04, paddingOuter=0)),
        y=alt.Y("category:N", sort=None, axis=down, scale=alt.Scale(paddingInner=0.06, paddingOuter=0)),
        tooltip=list_tooltips(config, "category"),
    )
    legend = alt.Legend(
        title=None,
        orient="top",
        gradientLength=alt.ExprRef("min(220, width * 0.6)"),
        gradientThickness=10,
        labelExpr=write_axis_expression(config.values[0], config.locale),
        tickCount=4,
    )
    scale = alt.Scale(zero=config.from_zero, nice=True)
    # Empty cells are drawn too, unseen: without them the axes would list what is empty in the first row last.
    hidden = {"test": "!isValid(datum.value)", "value": "transparent"}
    shades = [hidden, draw_small()] if config.based else [hidden]
    cells = base.mark_rect(invalid=None)
    cells = cells.encode(color=alt.Color("value:Q", scale=scale, legend=legend, condition=shades)).properties(
        name=MARKS
    )
    empty = base.transform_filter("!isValid(datum.value)").properties(mark=draw_text(align="center", baseline="middle"))
    layers = [cells, empty.encode(text=alt.TextValue(DASH))]
    return alt.LayerChart(layer=layers).properties(height=alt.Step(STEP))
