"""What the drawings share: axes, colours, tooltips and text marks that fit the light and the dark theme alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.charts.description import ChartConfig, Field
from widgets.charts.numbers import write_axis_expression, write_tooltip_format
from widgets.charts.palette import list_colored
from widgets.charts.periods import STEP_MS, write_tick_expression, write_time_expression
from widgets.charts.words import DASH, WORDS

if TYPE_CHECKING:
    import altair as alt

DATA = "source"  # the name under which Streamlit inserts the table
GRAY = "gray"  # Streamlit turns it into the theme's gray; elsewhere it is the CSS colour
SMALL = "isValid(datum.base)"  # whether a value is divided by too little to read
SHAPES = ["circle", "circle", "square", "triangle-up", "diamond", "cross"]
LABEL_SPACE = "min(130, width * 0.3)"  # kept free for labels at the lines' ends
LABEL_LIMIT = 220
MARKS = "marks"  # the layer that can be clicked on: each of its marks stands for a group
PAGE = "containerSize()[0]"  # the width before axes and labels take their share


def draw_time_axis(field: Field, config: ChartConfig) -> alt.X:
    """Return the time axis: ticks at the grain's periods, labels cut from the wall clock."""
    import altair as alt

    ticks = write_tick_expression(field.grain)
    axis = alt.Axis(
        title=None,
        labelExpr=write_time_expression(field.grain, config.locale),
        labelOverlap="greedy",
        labelSeparation=8,
        tickCount=alt.ExprRef("max(2, ceil(width / 90))"),
        tickMinStep=STEP_MS.get(field.grain, alt.Undefined),
        values=alt.ExprRef(ticks) if ticks else alt.Undefined,
    )
    labelled = config.targeted or (config.is_split and (not config.many or bool(config.other_column)))
    end = alt.ExprRef(f"width - {LABEL_SPACE}" if labelled else "width - 6")
    return alt.X("x:T", scale=alt.Scale(type="utc", nice=False, range=[0, end]), axis=axis)


def draw_number_axis(field: Field, config: ChartConfig) -> alt.Axis:
    """Return a number axis with short labels in the configuration's language."""
    import altair as alt

    ticks = "height / 50" if config.kind in ("line", "column") else "width / 90"
    return alt.Axis(
        title=None,
        grid=True,
        labelExpr=write_axis_expression(field, config.locale),
        tickCount=alt.ExprRef(f"max(2, ceil({ticks}))"),
        labelPadding=8,
        labelFlush=config.kind == "bar",
    )


def draw_series(config: ChartConfig) -> alt.Color:
    """Return the colour of the series, in the theme's palette, with a legend above where nothing else names them."""
    import altair as alt

    legend = draw_legend(config) if config.many or config.kind != "line" else None
    small = draw_small() if config.based and config.kind != "line" else alt.Undefined  # a line is of one colour
    return alt.Color("series:N", sort=None, scale=draw_domain(config), legend=legend, condition=small)


def draw_small() -> Any:
    """Return the condition under which a mark is gray: it shows a value that is made of too little to read."""
    return {"test": SMALL, "value": GRAY}


def draw_domain(config: ChartConfig) -> Any:
    """Return the scale of the series: the pinned categories keep their colours, whichever of them a table holds."""
    import altair as alt

    return alt.Scale(domain=list(config.categories)) if config.categories else alt.Undefined


def draw_legend(config: ChartConfig | None = None) -> alt.Legend:
    """Return a legend above the chart, in as many columns as the page holds, two at least; of the series it holds."""
    import altair as alt

    named = list_colored(config) if config else []

    columns, limit = alt.ExprRef(f"max(2, floor({PAGE} / 180))"), alt.ExprRef(f"min(140, {PAGE} / 2 - 50)")
    shown: dict[str, Any] = {"title": None, "orient": "top", "columns": columns, "values": named or alt.Undefined}
    return alt.Legend(**shown, labelLimit=limit, symbolLimit=16, labelPadding=4)


def draw_remainder() -> alt.Fill:
    """Return the fill of the remainder among series: gray, with a legend entry of its own beside theirs."""
    import altair as alt

    return alt.Fill("remainder:N", scale=alt.Scale(range=[GRAY]), legend=draw_legend())


def draw_text(**properties: Any) -> dict[str, Any]:
    """Return a text mark in the theme's text colour: the style of titles carries it, where a mark sets no fill."""
    colour = {"type": "text", "style": "group-title", "filled": False, "stroke": None}
    return {**colour, "fontSize": 12, "fontWeight": "normal", "align": "left", **properties}


def list_tooltips(config: ChartConfig, key: str) -> list[alt.Tooltip]:
    """Return the tooltip's rows: what the mark stands for and its full value, by their labels. See `write_texts`."""
    import altair as alt

    words, value = WORDS[config.locale], config.values[0].label
    rows = [alt.Tooltip(f"{key}:N", title=config.x.label)]
    if config.is_split and config.kind not in ("line", "area"):
        rows.append(alt.Tooltip("series:N", title=config.series.label if config.series else words["metric"]))
    if len(config.values) > 1:
        value = words["value"]
    rows.append(alt.Tooltip("value_text:N", title=value))
    if config.targeted and not config.is_split:
        rows.append(alt.Tooltip("target_text:N", title=words["target"]))
    if config.compare:
        rows.append(alt.Tooltip("compare_text:N", title=config.compare))
    return rows


def write_texts(config: ChartConfig) -> dict[str, str]:
    """Return the calculated columns of the tooltips, led by a line's name; a plain format would show NULL as 0."""
    pattern = write_tooltip_format(config.values[0])
    lead = "datum.series + ' ' + " if config.kind in ("line", "area") and config.is_split else ""
    names = ["value", "compare"] if config.compare else ["value"]
    names += ["target"] if config.targeted and not config.is_split else []
    texts = {
        f"{name}_text": f"{lead}(isValid(datum.{name}) ? format(datum.{name}, '{pattern}') : '{DASH}')"
        for name in names
    }
    if config.based:
        few = WORDS[config.locale]["few"]
        span = f"format(datum.low, '{pattern}') + '{DASH}' + format(datum.high, '{pattern}')"
        around = f"(isValid(datum.low) ? '; ' + {span} : '')"
        texts["value_text"] += f" + ({SMALL} ? ' ({few} ' + format(datum.base, ',') + {around} + ')' : '')"
    return texts
