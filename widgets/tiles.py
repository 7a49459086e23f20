"""A KPI as a number: its value, its change in the colour of what it means, a sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from widgets.charts import Field, Locale, format_change, format_value
from widgets.charts.words import DASH, SEPARATORS
from widgets.fields import Direction
from widgets.texts import escape_markdown
from widgets.words import say

Tone = Literal["blue", "orange", "gray"]
Arrow = Literal["up", "down", "off"]


def draw_tile(
    field: Field,
    value: object,
    before: object = None,
    *,
    compare: str = "",
    better: Direction | None = None,
    target: float | None = None,
    trend: Sequence[float | None] = (),
    help: str = "",
    locale: Locale = "en",
    border: bool = True,
    labelled: bool = True,
) -> None:
    """One number: blue where its change is good, orange where it's bad, gray where nobody said or nothing changed.

    A rate changes by percentage points, all else by percent. `trend` are the numbers of the sparkline.
    """
    change = format_change(value, before, field.format, locale) if compare else ""
    tone, arrow = judge_change(change, better)
    known = [number for number in trend if number is not None]
    st.metric(
        escape_markdown(field.label),
        escape_markdown(format_value(value, field.format, field.unit, locale)),
        delta=escape_markdown(change) if change and change != DASH else None,
        delta_color=tone,
        delta_arrow=arrow,
        delta_description=escape_markdown(compare) if change and change != DASH else None,
        chart_data=known if len(known) > 1 else None,
        border=border,
        label_visibility="visible" if labelled else "collapsed",
        height="stretch",
        help=_tell_more(field, value, help, target, locale) or None,
    )


def judge_change(change: str, better: Direction | None) -> tuple[Tone, Arrow]:
    """The colour and arrow of a change as it is written: what reads as no change is none."""
    if not change.startswith(("+", "−")):
        return "gray", "off"
    rises = change.startswith("+")
    arrow: Arrow = "up" if rises else "down"
    if better is None:
        return "gray", arrow
    return ("blue" if rises == (better == "higher") else "orange"), arrow


def _tell_more(field: Field, value: object, help: str, target: float | None, locale: Locale) -> str:
    parts = [escape_markdown(help)] if help else []
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = (
            f"{value * 100:,.4g} %" if field.is_rate else f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
        )
        exact = exact.translate(str.maketrans(",.", "".join(SEPARATORS[locale])))
        parts.append(say("In full: {number}", number=escape_markdown(exact)))
    if target is not None:
        shown = format_value(target, field.format, field.unit, locale)
        parts.append(say("Target: {number}", number=escape_markdown(shown)))
    return "  \n".join(parts)
