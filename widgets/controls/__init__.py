"""The controls of a question: each shows a part of the address, and writes it."""

from __future__ import annotations

import streamlit as st

from semantic import Source
from widgets.address import Asked
from widgets.controls.arrangement import draw_arrangement
from widgets.controls.comparison import draw_compare
from widgets.controls.filters import draw_filter_picker, draw_filters
from widgets.controls.period import draw_period
from widgets.controls.selection import draw_grain, draw_metrics, draw_segments, draw_slices
from widgets.controls.unavailable import draw_unavailable

__all__ = ["draw_controls"]


def draw_controls(source: Source, asked: Asked) -> None:
    """All controls of the Explore page, in a grid that a telephone shows in two columns."""
    with st.container(border=True, key="controls"):
        grid = st.grid(6, min_column_width=130, vertical_alignment="bottom", gap="xsmall", key="controls_grid")
        with grid.cell(column_span=2):
            draw_metrics(source, asked)
        if not asked.question.metrics and not asked.question.journey:
            return
        with grid.cell(column_span=2):
            draw_slices(source, asked)
        with grid:
            draw_grain(source, asked)
            draw_period(source, asked, grid)
            if not asked.question.journey or asked.question.journey.kind == "funnel":
                draw_compare(source, asked, grid)
            draw_filter_picker(source, asked)
            draw_segments(source, asked)
        with grid.cell(column_span=3), st.container(horizontal=True, vertical_alignment="center"):
            draw_arrangement(source, asked)
            draw_unavailable(asked)
        draw_filters(source, asked)
