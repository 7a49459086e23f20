"""The control for what stands beside the asked numbers: another period, or one group."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Question, Source
from semantic.calendar import compare_window, resolve_period
from semantic.offer import offer_compares, offer_filters
from semantic.question import Between, Compare, Equals, IsNull, Slice
from semantic.resolve import find_as_of
from widgets.address import Asked, bind_control
from widgets.controls.period import draw_days
from widgets.controls.values import ask_values
from widgets.labels import label_value, read_language
from widgets.words import later, name_options, say

if TYPE_CHECKING:
    from streamlit.elements.lib.grid_container import GridContainer

NOTHING = ""
NAMES = {
    NOTHING: later("Nothing"),
    "previous": later("Period before"),
    "year": later("A year before"),
    "range": later("Chosen days"),
    "slice": later("One group"),
}


def draw_compare(source: Source, asked: Asked, grid: GridContainer) -> None:
    """What to compare with, and its days or its group where these are one's own."""
    catalogue, question = asked.catalogue, asked.question
    compare = question.compare
    here = _name_compare(compare)
    offers = {offer.name: offer for offer in offer_compares(catalogue, question)}
    options = [NOTHING, *(name for name, offer in offers.items() if not offer.reason or name == here)]

    def choose(found: Question, chosen: str) -> Question:
        if chosen in ("previous", "year"):
            return replace(found, compare=Compare("year" if chosen == "year" else "previous"))
        if chosen == "range":
            return replace(found, compare=Compare(_find_days(asked, found)))
        return replace(found, compare=_find_slice(source, asked) if chosen == "slice" else None)

    bound = bind_control(source, "compare", here, choose)
    names = name_options(options, lambda name: say(NAMES[name]))
    st.selectbox(say("Compare with"), options, format_func=names, **bound)
    if compare and isinstance(compare.with_, Between):
        draw_days(source, grid, "compare", compare.with_, _set_days, (say("Compared from"), say("Compared until")))
    elif compare and isinstance(compare.with_, Slice):
        _draw_slice(source, asked, compare.with_)
    if compare and not isinstance(compare.with_, Slice):
        _draw_full(source, asked, compare)


def _name_compare(compare: Compare | None) -> str:
    match compare and compare.with_:
        case None:
            return NOTHING
        case Between():
            return "range"
        case Slice():
            return "slice"
        case word:
            return str(word)


def _find_days(asked: Asked, question: Question) -> Between:
    """The days before, as one's own to begin with."""
    day = find_as_of(asked.catalogue)
    whole, elapsed = resolve_period(question.period, day, asked.catalogue.week_start)
    if not whole.bounded:
        return Between(day, day)
    try:
        window = compare_window(whole, elapsed, "previous", False)[0]
    except OverflowError:  # before the year 1
        return Between(day, day)
    assert window.start and window.stop, "a comparison of a bounded period is bounded"
    return Between(window.start, window.stop - timedelta(days=1))


def _set_days(question: Question, days: Between) -> Question:
    if days.start is None or days.end is None:
        known = days.start or days.end
        days = Between(known, known) if known else days
    full = bool(question.compare and question.compare.full)
    return replace(question, compare=Compare(days, full) if days.start else None)


def _find_slice(source: Source, asked: Asked) -> Compare | None:
    """The biggest group of the first dimension that has any, to begin with."""
    for offer in offer_filters(asked.catalogue, replace(asked.question, compare=None)):
        if not offer.reason and (values := ask_values(source, asked, offer.name)):
            return Compare(Slice(offer.name, values[0].term))
    return None


def _draw_slice(source: Source, asked: Asked, chosen: Slice) -> None:
    catalogue, question = asked.catalogue, asked.question
    plain = replace(question, compare=None)
    offers = {
        o.name: o.label for o in offer_filters(catalogue, plain, language=read_language(question)) if not o.reason
    }
    options = list(dict.fromkeys((chosen.dimension, *offers)))

    def choose_dimension(found: Question, name: str) -> Question:
        values = ask_values(source, asked, name)
        return replace(found, compare=Compare(Slice(name, values[0].term)) if values else None)

    bound = bind_control(source, "compare.dimension", chosen.dimension, choose_dimension)
    st.selectbox(say("Group of"), options, format_func=lambda name: offers.get(name, name), **bound)
    values = {value.term: value.label for value in ask_values(source, asked, chosen.dimension)}
    terms: list[Equals | IsNull] = list(dict.fromkeys((chosen.value, *values)))

    def choose_value(found: Question, term: Equals | IsNull) -> Question:
        here = found.compare.with_ if found.compare else None
        name = here.dimension if isinstance(here, Slice) else chosen.dimension
        return replace(found, compare=Compare(Slice(name, term)))

    bound = bind_control(source, "compare.value", chosen.value, choose_value)
    names = name_options(terms, lambda term: values.get(term) or _name_term(term))
    st.selectbox(say("that is"), terms, format_func=names, **bound)


def _name_term(term: Equals | IsNull) -> str:
    return label_value(term.text) if isinstance(term, Equals) else say("(none)")


def _draw_full(source: Source, asked: Asked, compare: Compare) -> None:
    """Only an open period can be compared in two ways: with as many days, or with the whole."""
    day = find_as_of(asked.catalogue)
    whole, elapsed = resolve_period(asked.question.period, day, asked.catalogue.week_start)
    if whole == elapsed and not compare.full:
        return

    def choose(found: Question, full: bool) -> Question:
        return replace(found, compare=found.compare and replace(found.compare, full=full))

    bound = bind_control(source, "compare.full", compare.full, choose)
    told = say("The whole of the other period, although this one isn't over")
    st.checkbox(say("in full"), help=told, **bound)
