"""A reading -> charts of PowerPoint's own: lines over time, bars and columns, their numbers as data behind them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from widgets.charts import describe_chart, fit_config, split_config
from widgets.charts.description import is_currency
from widgets.charts.numbers import list_affixes
from widgets.charts.shape import fill_grid, read_long
from widgets.charts.words import SCALES
from widgets.exports.columns import write_format
from widgets.exports.theme import GRAY, GRID, read_theme
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.charts import ChartConfig, Field, Locale
    from widgets.charts.shape import Long
    from widgets.fields import Reading

NATIVE = ("line", "bar", "column")  # the kinds that PowerPoint draws by itself; the others are pictures
MOST_PRECISE = 0.15  # a rate above it needs no decimal on an axis
LABELLED = 24  # more bars than this stand without their values
SIZE = 11  # of the texts
Box = tuple[float, float, float, float]  # left, top, width, height in inches
Line = tuple[str, list[float | None], str]  # a series: its name, its numbers, its colour


def add_charts(slide: Any, reading: Reading, kind: str, box: Box, font: str) -> None:
    """The charts of a reading under each other, one for each unit, as on the screen."""
    from pptx.util import Inches

    left, top, wide, high = box
    parts = split_config(reading.configure(kind))
    each = high / len(parts)
    for place, part in enumerate(parts):
        table = reading.table.filter(pc.is_valid(reading.table[part.x.name])) if kind == "line" else reading.table
        config = fit_config(table, part)
        # As a column's, the names of days and weeks are short.
        short = replace(config, kind="column" if kind == "line" else kind)
        rows = fill_grid(read_long(table, short), short)
        area = Inches(left), Inches(top + each * place), Inches(wide), Inches(each - 0.05)
        names, lines, unfinished = list_lines(rows, config)
        frame = slide.shapes.add_chart(_choose_type(kind), *area, _fill_data(names, lines, config))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", describe_chart(table, config))
        _dress_chart(frame.chart, config, lines, unfinished, len(names), len(parts) > 1, font)


def list_lines(rows: Long, config: ChartConfig) -> tuple[list[str], list[Line], list[int]]:
    """The names along the axis, the series in their order, and which places aren't over yet.

    What is compared with, and the target, are series of their own where there is one metric without slices.
    """
    theme = read_theme()
    order = sorted(range(len(rows.x.names)), key=lambda at: rows.x.positions[at]) if config.x.kind == "time" else None
    places = list(range(len(rows.x.names))) if order is None else order
    rank = {code: at for at, code in enumerate(places)}
    palette = theme["chartCategoricalColors"]
    series = range(len(rows.series.names))
    lines: list[Line] = []
    for code in series:
        here = rows.series.codes == code
        rest = config.other_column and bool(rows.other[here].any()) and config.is_split
        color = GRAY if rest else palette[code % len(palette)]
        lines.append((rows.series.names[code], _spread(rows.x.codes[here], rows.value[here], rank), color))
    if not config.is_split:
        if config.compare:
            lines.append((config.compare, _spread(rows.x.codes, rows.compare, rank), GRAY))
        if config.targeted:
            name = translate(config.locale, "Target")
            lines.append((name, _spread(rows.x.codes, rows.target, rank), palette[3]))
    unfinished = sorted({rank[int(code)] for code in rows.x.codes[rows.open]})
    return [rows.x.names[at] for at in places], lines, unfinished


def _spread(codes: Any, numbers: Any, rank: dict[int, int]) -> list[float | None]:
    found: list[float | None] = [None] * len(rank)
    for code, number in zip(codes.tolist(), numbers.tolist(), strict=True):
        if math.isfinite(number):
            found[rank[code]] = number
    return found


def _choose_type(kind: str) -> Any:
    from pptx.enum.chart import XL_CHART_TYPE

    return {
        "line": XL_CHART_TYPE.LINE,
        "bar": XL_CHART_TYPE.BAR_CLUSTERED,
        "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    }[kind]


def _fill_data(names: list[str], lines: Sequence[Line], config: ChartConfig) -> Any:
    from pptx.chart import data as chart_data

    make: Any = chart_data.CategoryChartData  # the library tells its types in part
    cells = [number for _, numbers, _ in lines for number in numbers]
    data = make(number_format=write_format(config.values[0], cells, config.locale))
    data.categories = names
    for name, numbers, _ in lines:
        data.add_series(name, numbers)
    return data


def write_short_format(field: Field, numbers: Sequence[float], locale: Locale) -> str:
    """Excel's format of an axis and of labels: `0%`, or thousands and millions in the language's words.

    A digit that may be left out (`#`) leaves its point behind in Excel, so there is none behind a point alone.
    """
    if field.is_rate:
        return "0%" if max(numbers, default=1) > MOST_PRECISE else "0.0%"
    affixes = list_affixes(field.unit if is_currency(field.unit) else "", locale)
    before, after = (f'"{text}"' if text else "" for text in affixes)
    thousand, million, _ = SCALES[locale]
    small = "#,##0" if all(number == int(number) for number in numbers) else "#,##0.0#"
    large = f'[>=1000000]{before}0.0#,,"{million}"{after};[>=10000]{before}#,##0,"{thousand}"{after}'
    return f"{large};{before}{small}{after}"


def _dress_chart(
    chart: Any, config: ChartConfig, lines: Sequence[Line], unfinished: list[int], places: int, titled: bool, font: str
) -> None:
    """The looks of the screen: its colours, few lines, values at bars, what isn't over dashed or pale."""
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    theme = read_theme()
    chart.font.size, chart.font.name = Pt(SIZE), font
    chart.font.color.rgb = read_color(theme["grayTextColor"])
    chart.has_title = titled
    if titled:
        run = chart.chart_title.text_frame.paragraphs[0].add_run()
        run.text = " · ".join(value.label for value in config.values)
        run.font.size, run.font.bold = Pt(SIZE + 1), False
    chart.has_legend = len(lines) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.BOTTOM
        chart.legend.include_in_layout = False
    plot = chart.plots[0]
    labelled = config.kind != "line" and places * len(lines) <= LABELLED
    plot.has_data_labels = labelled
    numbers = [number for _, found, _ in lines for number in found if number is not None]
    short = write_short_format(config.values[0], numbers, config.locale)
    if labelled:
        precise = "0.0%" if config.values[0].is_rate else short
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = precise, False
    if config.kind != "line":
        plot.gap_width = 40
    _dress_axes(chart, config, short, labelled, numbers)
    for (_, _, color), series in zip(lines, plot.series, strict=True):
        _dress_series(series, config, color, [] if color == GRAY else unfinished)


def _dress_axes(chart: Any, config: ChartConfig, short: str, labelled: bool, numbers: Sequence[float]) -> None:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK

    values, names = chart.value_axis, chart.category_axis
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = short, False
    values.major_gridlines.format.line.color.rgb = read_color(GRID)
    values.format.line.fill.background()
    values.major_tick_mark = names.major_tick_mark = XL_TICK_MARK.NONE
    names.format.line.color.rgb = read_color(GRID)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.has_major_gridlines = False
    if config.kind == "bar":
        names.reverse_order = True  # the first one at the top
    if config.from_zero and min(numbers, default=0) >= 0:
        values.minimum_scale = 0
    if config.values[0].is_rate and 0.8 < max(numbers, default=0) <= 1:
        values.maximum_scale = 1
    if labelled:
        values.visible = False
        values.has_major_gridlines = False


def _dress_series(series: Any, config: ChartConfig, color: str, unfinished: list[int]) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE_DASH_STYLE
    from pptx.util import Pt

    if config.kind == "line":
        if has_lone(series.values):  # which a line alone doesn't show
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 5
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = read_color(color)
            series.marker.format.line.color.rgb = read_color(color)
        series.smooth = False
        series.format.line.color.rgb = read_color(color)
        series.format.line.width = Pt(1.25 if color == GRAY else 2.25)
        if color == GRAY:
            series.format.line.dash_style = MSO_LINE_DASH_STYLE.ROUND_DOT
        for at in unfinished:
            line = series.points[at].format.line
            line.color.rgb, line.width, line.dash_style = read_color(color), Pt(2.25), MSO_LINE_DASH_STYLE.DASH
        return
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = read_color(color)
    series.invert_if_negative = False
    for at in unfinished:
        fill = series.points[at].format.fill
        fill.solid()
        fill.fore_color.rgb = read_color(_pale(color))


def has_lone(values: Sequence[float | None]) -> bool:
    """Whether a value stands between two gaps."""
    known = [False, *(value is not None for value in values), False]
    return any(known[at] and not known[at - 1] and not known[at + 1] for at in range(1, len(values) + 1))


def _pale(color: str) -> str:
    """The colour, half way to white."""
    parts = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{(part + 255) // 2:02X}" for part in parts)


def read_color(text: str) -> Any:
    """`#12436D` as PowerPoint's library has it."""
    from pptx.dml import color

    make: Any = color.RGBColor  # the library tells its types in part
    return make(*(int(text[at : at + 2], 16) for at in (1, 3, 5)))
