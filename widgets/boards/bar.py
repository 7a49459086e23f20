"""The bar of a board: its controls, each showing a part of the address, and writing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Question, Source
from semantic.bar import ALL, Bar, apply_bar
from semantic.calendar import resolve_period
from semantic.line import read_pairs
from semantic.line_values import print_compare, print_period, print_term, read_compare, read_period
from semantic.offer import offer_segments, read_label
from semantic.question import Between, Compare, Equals, Filter, IsNull, Period, Relative
from semantic.resolve import find_as_of
from semantic.salvage import find_problems
from widgets.address import Asked
from widgets.boards.opened import Opened, bind_bar, change_bar, open_named
from widgets.controls.period import FIRST, LAST, USUAL, order_days
from widgets.controls.values import ask_values
from widgets.labels import label_compare, label_key, label_term
from widgets.store.own import list_own
from widgets.texts import escape_markdown
from widgets.times import label_period
from widgets.words import later, name_options, say

if TYPE_CHECKING:
    from streamlit.elements.lib.grid_container import GridContainer

MOST_LETTERS = 12  # of two words that fit into a column
EACH, EVERY, OWN = "", "all", "own"  # each widget's own period; all time; days of choice
READINGS = {
    "unique": (
        later("Total or unique"),
        (later("Total"), later("Unique")),
        later("Unique counts each person once, wherever a metric says who is counted"),
    ),
    "rate": (
        later("Absolute or relative"),
        (later("Absolute"), later("Relative")),
        later("Relative divides by what a metric is a share of, wherever it says so"),
    ),
}
COMPARED = {"none": later("Nothing"), "previous": later("Period before"), "year": later("A year before")}


def draw_bar(source: Source, opened: Opened) -> None:
    """All controls of the board, in a grid that a telephone shows in two columns."""
    with st.container(border=True, key="bar"):
        grid = st.grid(6, min_column_width=140, vertical_alignment="bottom", gap="xsmall", key="bar_grid")
        with grid.cell(column_span=2):
            draw_chooser(opened)
        with grid:
            _draw_period(source, opened, grid)
            _draw_compare(source, opened)
        for name in opened.board.bar:
            with grid:
                _draw_segments(source, opened) if name == "segment" else _draw_filter(source, opened, name)
        for item in opened.bar.filters:
            if item.dimension not in opened.board.bar:
                with grid:
                    _draw_filter(source, opened, item.dimension)
        _draw_reading(source, opened, grid)


def draw_chooser(opened: Opened) -> None:
    """Which board; it begins with what its own bar holds at first."""
    shipped, own = opened.boards.boards, list_own()
    names = [*([] if opened.name else [""]), *own, *shipped]

    def show(name: str) -> str:
        if name in shipped:
            return read_label(shipped[name].label, name, opened.language)
        return own[name] if name else say("Shared with a link")

    def choose() -> None:
        if chosen := st.session_state["board"]:
            open_named(chosen, opened.bar.lang)

    st.session_state["board"] = opened.name
    st.selectbox(say("Board"), names, format_func=name_options(names, show), key="board", on_change=choose)


def draw_reset(source: Source, opened: Opened) -> None:
    """A way back to what the bar holds at first, where it holds something else."""
    start = replace(opened.board.start, lang=opened.bar.lang)
    if opened.bar != start:
        st.button(
            say("Reset"),
            icon=":material/undo:",
            key="reset",
            type="tertiary",
            help=say("Back to the filters that the board begins with"),
            on_click=change_bar,
            args=(source, lambda bar: start),
        )


# --- time


def _draw_period(source: Source, opened: Opened, grid: GridContainer) -> None:
    bar, catalogue = opened.bar, opened.catalogue
    tried = (replace(question, period=Relative("last", 1, "year"), compare=None) for question in opened.questions)
    if all(find_problems(catalogue, question) for question in tried):
        return  # nothing here has a time
    own = isinstance(bar.period, Between) and bar.period != ALL
    here = OWN if own else EVERY if bar.period == ALL else print_period(bar.period) if bar.period else EACH
    apart = any(item.question.period for item in opened.widgets)
    here = here if here or apart else EVERY
    options = [*([EACH] if apart else []), EVERY, *USUAL]
    options += [*([] if here in (*options, OWN) else [here]), OWN]
    names = {EACH: say("Each tile's own"), EVERY: say("All time"), OWN: say("Chosen days")}

    def choose(found: Bar, chosen: str) -> Bar:
        if chosen == OWN:
            return replace(found, period=_fix_days(opened, found.period))
        return replace(found, period=ALL if chosen == EVERY else read_period(chosen) if chosen else None)

    bound = bind_bar(source, "bar.period", here, choose)
    st.selectbox(
        say("Period"),
        options,
        format_func=name_options(options, lambda name: names.get(name) or label_period(read_period(name))),
        **bound,
    )
    if own and isinstance(bar.period, Between):
        _draw_days(source, grid, bar.period)


def _fix_days(opened: Opened, period: Period | None) -> Between:
    """The days that the bar's period means now; of none, the last 28."""
    known = period if isinstance(period, Relative) else Relative("last", 28, "day")
    window = resolve_period(known, find_as_of(opened.catalogue), opened.catalogue.week_start)[1]
    return Between(window.start, window.stop and window.stop - timedelta(days=1))


def _draw_days(source: Source, grid: GridContainer, days: Between) -> None:
    for key, label, day in (("bar.first", say("From"), days.start), ("bar.last", say("Until"), days.end)):

        def choose(found: Bar, _: date | None) -> Bar:
            first, last = (st.session_state.get(name) for name in ("bar.first", "bar.last"))
            return replace(found, period=order_days(first, last))

        low, high = min(FIRST, day or FIRST), max(LAST, day or LAST)
        bound = bind_bar(source, key, day, choose)
        cell = grid.cell(column_span=2)  # one column is too narrow for a date and its buttons
        cell.date_input(label, value=None, min_value=low, max_value=high, format="YYYY-MM-DD", **bound)


def _draw_compare(source: Source, opened: Opened) -> None:
    """A comparison that the address holds and no word here says stands as one more."""
    bar = opened.bar
    compare = bar.compare if isinstance(bar.compare, Compare) else None
    apart = any(item.question.compare for item in opened.widgets)
    here = print_compare(compare) if compare else str(bar.compare or (EACH if apart else "none"))
    names = {**({EACH: later("Each tile's own")} if apart else {}), **COMPARED}
    options = [*names, *([] if here in names else [here])]

    def show(name: str) -> str:
        if name in names or compare is None:
            return say(names[name])
        return label_compare(opened.catalogue, compare, next(iter(opened.questions), Question()))

    def choose(found: Bar, chosen: str) -> Bar:
        if chosen in (EACH, "none"):
            return replace(found, compare="none" if chosen and apart else None)
        return replace(found, compare=read_compare(chosen))

    bound = bind_bar(source, "bar.compare", here, choose)
    st.selectbox(say("Compare with"), options, format_func=name_options(options, show), **bound)


# --- filters


def _draw_filter(source: Source, opened: Opened, name: str) -> None:
    """The values of a dimension, the biggest first; a filter of another kind as the line has it."""
    held = next((item for item in opened.bar.filters if item.dimension == name), None)
    asking = _find_asking(opened, name)
    label = escape_markdown(label_key(opened.catalogue, name, asking))
    if held and (held.negated or not all(isinstance(term, Equals | IsNull) for term in held.terms)):
        _draw_line(source, name, label, held)
        return
    serving = source.serve()
    known = {print_term(v.term, first=False): v for v in ask_values(source, Asked(serving, asking, ()), name)}
    here = {print_term(term, first=False): term for term in held.terms} if held else {}

    def choose(found: Bar, chosen: list[str]) -> Bar:
        terms = tuple(known[key].term if key in known else here.get(key, Equals(key)) for key in chosen)
        return replace(found, filters=_set_filter(found, name, Filter(name, terms) if terms else None))

    def show(key: str) -> str:
        return known[key].label if key in known else label_term(here[key], name) if key in here else key

    bound = bind_bar(source, f"bar.{name}", list(here), choose)
    options = list(dict.fromkeys((*here, *known)))
    names = name_options(options, show)
    st.multiselect(label, options, format_func=names, select_all=False, placeholder=say("All"), **bound)


def _draw_line(source: Source, name: str, label: str, held: Filter) -> None:
    text = "!" * held.negated + ",".join(print_term(term, first=not place) for place, term in enumerate(held.terms))

    def choose(found: Bar, chosen: str) -> Bar:
        read, _ = read_pairs([(name, chosen)] if chosen else [])
        return replace(found, filters=_set_filter(found, name, read.filters[0] if read.filters else None))

    bound = bind_bar(source, f"bar.{name}.line", text, choose)
    st.text_input(label, help=say("As the address has it; empty for all"), **bound)


def _set_filter(bar: Bar, name: str, item: Filter | None) -> tuple[Filter, ...]:
    others = (one for one in bar.filters if one.dimension != name)
    return tuple(sorted((*others, *([item] if item else [])), key=lambda one: one.dimension))


def _find_asking(opened: Opened, name: str) -> Question:
    """A widget's question that can be filtered by the dimension: its values are looked up by what that counts."""
    bar = Bar(filters=(Filter(name, (IsNull(),)),))
    taken = (q for q in opened.questions if not apply_bar(opened.catalogue, q, bar).left)
    return next((q for q in taken if q.metrics), next(iter(opened.questions), Question()))


def _draw_segments(source: Source, opened: Opened) -> None:
    catalogue, here = opened.catalogue, list(opened.bar.segments)
    asking = _find_asking(opened, "segment")
    offers = {
        offer.name: offer.label
        for offer in offer_segments(catalogue, asking, language=opened.language)
        if not offer.reason
    }
    bound = bind_bar(source, "bar.segment", here, lambda bar, chosen: replace(bar, segments=tuple(sorted(chosen))))
    options = list(dict.fromkeys((*here, *offers)))
    st.multiselect(
        say("Segments"),
        options,
        format_func=lambda n: offers.get(n, n),
        select_all=False,
        placeholder=say("Everyone"),
        **bound,
    )


# --- how metrics are read


def _draw_reading(source: Source, opened: Opened, grid: GridContainer) -> None:
    """Total or unique, absolute or relative: each where a widget of the board can be read so."""
    for key, (label, names, told) in READINGS.items():
        here = bool(getattr(opened.bar, key))
        if here or _can_be(opened, key):

            def choose(found: Bar, chosen: bool, key: str = key) -> Bar:
                return _set(found, key, chosen)

            shown = {chosen: say(names[chosen]) for chosen in (False, True)}
            bound = bind_bar(source, f"bar.{key}", here, choose)
            wide = sum(map(len, shown.values())) > MOST_LETTERS
            with grid.cell(column_span=2) if wide else grid:
                st.segmented_control(
                    say(label), shown, format_func=shown.__getitem__, required=True, help=say(told), **bound
                )


def _set(bar: Bar, key: str, chosen: bool) -> Bar:
    return replace(bar, unique=chosen) if key == "unique" else replace(bar, rate=chosen)


def _can_be(opened: Opened, key: str) -> bool:
    """Whether a widget's own question is another one when it's read so."""
    questions, bar = [item.question for item in opened.widgets], _set(Bar(), key, True)
    return any(apply_bar(opened.catalogue, q, bar).question.metrics != q.metrics for q in questions)
