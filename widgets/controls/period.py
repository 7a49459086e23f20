"""The control for the period: the usual ones, or days of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Question, Source
from semantic.calendar import resolve_period
from semantic.line_values import print_period, read_period
from semantic.question import Between, Period, Relative
from semantic.resolve import find_as_of
from semantic.salvage import find_problems
from widgets.address import Asked, bind_control
from widgets.times import label_period
from widgets.words import name_options, say

if TYPE_CHECKING:
    from streamlit.elements.lib.grid_container import GridContainer

USUAL = (
    "last-7-days",
    "last-28-days",
    "last-90-days",
    "last-12-months",
    "this-week",
    "this-month",
    "this-quarter",
    "this-year",
    "previous-week",
    "previous-month",
    "previous-quarter",
    "previous-year",
)
ALL, OWN = "all", "own"
FIRST, LAST = date(1900, 1, 1), date(2100, 12, 31)


def draw_period(source: Source, asked: Asked, grid: GridContainer) -> None:
    """The period, and its days where they are one's own."""
    catalogue, question = asked.catalogue, asked.question
    tried = replace(question, period=Relative("last", 1, "year"), compare=None)
    refused = question.period is None and bool(find_problems(catalogue, tried))
    own = isinstance(question.period, Between)
    here = OWN if own else print_period(question.period) if question.period else ALL
    options = [ALL, *USUAL, *([] if here in (ALL, OWN, *USUAL) else [here]), OWN]
    names = {ALL: say("All time"), OWN: say("Chosen days")}

    def choose(found: Question, chosen: str) -> Question:
        if chosen == ALL:
            return replace(found, period=None)
        if chosen != OWN:
            return replace(found, period=read_period(chosen))
        return replace(found, period=_fix_days(found.period, find_as_of(catalogue), catalogue.week_start))

    bound = bind_control(source, "period", here, choose)
    st.selectbox(
        say("Period"),
        options,
        format_func=name_options(options, lambda name: names.get(name) or label_period(read_period(name))),
        disabled=refused,
        help=say("These metrics have no time.") if refused else None,
        **bound,
    )
    if isinstance(question.period, Between):
        draw_days(source, grid, "period", question.period, lambda found, days: replace(found, period=days))


def _fix_days(period: Period | None, as_of: date, week_start: str) -> Between:
    """The days that a relative period means now; of no period, the last 28."""
    window = resolve_period(period or Relative("last", 28, "day"), as_of, week_start)[1]
    return Between(window.start, window.stop and window.stop - timedelta(days=1))


def draw_days(
    source: Source,
    grid: GridContainer,
    key: str,
    days: Between,
    change: Callable[[Question, Between], Question],
    names: tuple[str, str] | None = None,
) -> None:
    """Two dates in cells of the grid, an empty one open; the other way round they are turned."""

    def choose_first(found: Question, chosen: date | None) -> Question:
        return change(found, order_days(chosen, _read_day(f"{key}.last")))

    def choose_last(found: Question, chosen: date | None) -> Question:
        return change(found, order_days(_read_day(f"{key}.first"), chosen))

    first, last = names or (say("From"), say("Until"))
    low, high = min(FIRST, days.start or FIRST), max(LAST, days.end or LAST)
    bound = bind_control(source, f"{key}.first", days.start, choose_first)
    cell = grid.cell(column_span=2)  # one column is too narrow for a date and its buttons
    cell.date_input(first, value=None, min_value=low, max_value=high, format="YYYY-MM-DD", **bound)
    bound = bind_control(source, f"{key}.last", days.end, choose_last)
    grid.cell(column_span=2).date_input(last, value=None, min_value=low, max_value=high, format="YYYY-MM-DD", **bound)


def order_days(first: date | None, last: date | None) -> Between:
    """The days between two dates, whichever comes first."""
    if first and last and first > last:
        first, last = last, first
    return Between(first, last)


def _read_day(key: str) -> date | None:
    found = st.session_state.get(key)
    return found if isinstance(found, date) else None
