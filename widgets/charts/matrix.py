"""Matrices whose cells say their numbers: cohorts by age, moves between states, overlaps by twos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, PAGE, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import encode_text

if TYPE_CHECKING:
    import altair as alt

STEP = 30
ROOM, LITTLE_ROOM = 46, 21  # pixels that a number takes in a cell, with its decimal and without
LONG = 24  # letters of a name on one line
LINES = "split(datum.label, '\\n')"
RAISED: Any = {"condition": {"test": "indexof(datum.value, '\\n') >= 0", "value": -6}, "value": 0}
CELL = "bandwidth('x')"
# On the shade of its own cell, whichever palette is drawn: dark text where that is light.
INK = "luminance(scale('color', datum.shade)) > 0.2 ? '#0F172A' : '#FFFFFF'"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its row and column, its shade (None is not shaded), its text and a shorter one, its tooltip's numbers.

    A `muted` cell is gray, an `open` one pale and framed by dashes, since it isn't final.
    """

    row: int
    column: int
    shade: float | None
    text: str
    short: str
    count: str = ""
    share: str = ""
    muted: bool = False
    open: bool = False


def shape_cells(cells: Iterable[Cell], rows: Sequence[str], columns: Sequence[str]) -> pa.Table:
    """Return the cells as a table, row by row, so that the axes keep the order of the names."""
    ordered = sorted(cells, key=lambda cell: (cell.row, cell.column))
    down = np.array([cell.row for cell in ordered], dtype=np.int64)
    across = np.array([cell.column for cell in ordered], dtype=np.int64)
    return pa.table(
        {
            "row": pa.array(down),
            "column": pa.array(across),
            "category": encode_text(down, [wrap_name(name) for name in rows]),
            "series": encode_text(across, [wrap_name(name) for name in columns]),
            "shade": pa.array([cell.shade for cell in ordered], pa.float64()),
            "text": pa.array([cell.text for cell in ordered], pa.string()),
            "short": pa.array([cell.short for cell in ordered], pa.string()),
            "count_text": pa.array([cell.count for cell in ordered], pa.string()),
            "share_text": pa.array([cell.share for cell in ordered], pa.string()),
            "muted": pa.array([cell.muted for cell in ordered]),
            "open": pa.array([cell.open for cell in ordered]),
        }
    )


def wrap_name(name: str, long: int = LONG) -> str:
    """Return a long name on two lines, broken between words near its middle."""
    gaps = [place for place, letter in enumerate(name) if letter == " "]
    if len(name) <= long or not gaps:
        return name
    middle = min(gaps, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def draw_matrix(config: ChartConfig, title: str, labels: tuple[str, str], upright: bool = True) -> alt.LayerChart:
    """Return the cells in the theme's ramp, strongest where the share is highest, with their numbers where they fit.

    `title` names the columns, `labels` the tooltip's count and share. Names of columns that aren't short stand on end
    where they have no room, unless `upright`.
    """
    import altair as alt

    limit = alt.ExprRef(f"min(220, max(72, {PAGE} * 0.42))")
    down = alt.Axis(
        title=None, labelExpr=LINES, labelLimit=limit, labelOverlap=False, labelPadding=8, labelFlush=False,
        labelOffset=RAISED, domain=False, ticks=False,
    )  # fmt: skip
    narrow = f"{CELL} < 74"
    turned: dict[str, Any] = {"labelAngle": 0}
    if not upright:
        turned = {
            "labelAngle": alt.ExprRef(f"{narrow} ? -90 : 0"),
            "labelAlign": alt.ExprRef(f"{narrow} ? 'left' : 'center'"),
            "labelBaseline": alt.ExprRef(f"{narrow} ? 'middle' : 'bottom'"),
        }
    overlap: Any = "greedy" if upright else False
    across = alt.Axis(
        title=title, titleAnchor="start", titleFontWeight="normal", titlePadding=6, orient="top", domain=False,
        ticks=False, labelOverlap=overlap, labelSeparation=2, labelPadding=6, labelLimit=220, labelExpr=LINES, **turned,
    )  # fmt: skip
    gaps = alt.Scale(paddingInner=0.05, paddingOuter=0)
    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=alt.X("series:N", sort=alt.EncodingSortField("column", op="min"), axis=across, scale=gaps),
        y=alt.Y(
            "category:N",
            sort=alt.EncodingSortField("row", op="min"),
            axis=down,
            scale=alt.Scale(paddingInner=0.08, paddingOuter=0),
        ),
    )
    field = config.series
    tooltips = [alt.Tooltip("category:N", title=config.x.label)]
    tooltips += [alt.Tooltip("series:N", title=field.label)] if field else []
    tooltips += [alt.Tooltip("count_text:N", title=labels[0]), alt.Tooltip("share_text:N", title=labels[1])]
    shaded = base.transform_filter("isValid(datum.shade) && !datum.muted").encode(
        color=alt.Color("shade:Q", scale=alt.Scale(zero=True, nice=False), legend=None), tooltip=tooltips
    )
    cells = shaded.transform_filter("!datum.open").mark_rect(cornerRadius=2)
    pale = shaded.transform_filter("datum.open").mark_rect(cornerRadius=2, opacity=0.45)
    framed = base.transform_filter("datum.open").mark_rect(
        filled=False, stroke=GRAY, strokeDash=[3, 3], strokeWidth=1, cornerRadius=2, tooltip=None
    )
    muted = base.transform_filter("datum.muted").mark_rect(color=GRAY, opacity=0.16, cornerRadius=2)
    place = {"align": "center", "baseline": "middle"}
    shown = f"{CELL} >= {ROOM} ? datum.text : {CELL} >= {LITTLE_ROOM} ? datum.short : ''"
    written = base.transform_filter("isValid(datum.shade) && !datum.muted && !datum.open")
    ink = {"type": "text", "fontSize": 11, **place, "text": {"expr": shown}, "fill": {"expr": INK}, "tooltip": None}
    plain = base.transform_filter("!isValid(datum.shade) || datum.muted || datum.open")
    layers = [
        base.mark_rect(opacity=0).encode(tooltip=tooltips),  # the numbers without a shade have a tooltip, too
        cells,
        pale,
        framed,
        muted.encode(tooltip=tooltips),
        written.properties(mark=ink),
        plain.properties(mark=draw_text(**{**place, "fontSize": 11, "text": {"expr": shown}, "tooltip": None})),
    ]
    return alt.LayerChart(layer=layers).properties(height=alt.Step(STEP))
