"""Controls for filters: one that adds a dimension, and for each dimension its values, range, or text contained."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal, assert_never

import streamlit as st

from semantic import Question, Source
from semantic.line import read_pairs
from semantic.line_values import print_term
from semantic.names import GRAINS, PARTS
from semantic.offer import MOST_VALUES, find_family_of, offer_filters, offer_times
from semantic.question import Contains, Equals, Filter, IsNull, Term, Within
from widgets.address import Asked, bind_control, change_address
from widgets.controls.values import ask_values
from widgets.labels import label_key, label_term, label_value, read_language
from widgets.texts import escape_markdown
from widgets.times import TIMES
from widgets.words import later, name_options, say

Way = Literal["values", "range", "contains", "line"]
_ADDED = "filters.added"  # dimensions whose filter holds nothing yet, so that no line can hold it
_PART_VALUES = {"weekday": 7, "month_of_year": 12, "quarter_of_year": 4, "hour_of_day": 24, "day_of_month": 31}
_WAYS: dict[Way, tuple[str, str]] = {
    "values": (later("is"), later("is not")),
    "range": (later("between"), later("not between")),
    "contains": (later("contains"), later("lacks")),
    "line": (later("as a line"), later("not, as a line")),
}


def draw_filter_picker(source: Source, asked: Asked) -> None:
    """Adds a dimension to filter by; it filters nothing until a value is chosen."""
    question = asked.question
    offers = offer_filters(asked.catalogue, question, language=read_language(question))
    shown = {item.dimension for item in question.filters} | set(_list_added())
    names = {offer.name: offer.label for offer in offers if not offer.reason and offer.name not in shown}
    names |= {
        name: say(TIMES[name]) for name in PARTS if name in _PART_VALUES and name not in shown and _is_timed(asked)
    }

    def add() -> None:
        if chosen := st.session_state["filters.picker"]:
            st.session_state[_ADDED] = [*_list_added(), chosen]
        st.session_state["filters.picker"] = None

    st.selectbox(
        say("Add a filter"),
        list(names),
        index=None,
        format_func=lambda name: names.get(name, name),
        placeholder=say("Choose"),
        key="filters.picker",
        on_change=add,
        disabled=not names,
    )


def _is_timed(asked: Asked) -> bool:
    return any(offer.name == "weekday" and not offer.reason for offer in offer_times(asked.catalogue, asked.question))


def draw_filters(source: Source, asked: Asked) -> None:
    """A control for each dimension that is, or is about to be, filtered by."""
    held = {item.dimension: item for item in asked.question.filters}
    names = list(dict.fromkeys((*held, *_list_added())))
    if not names:
        return
    grid = st.grid(2, min_column_width=290, gap="xsmall", vertical_alignment="bottom", key="filters_grid")
    for name in names:
        with grid.cell(), st.container(horizontal=True, vertical_alignment="bottom", gap="xxsmall", wrap=False):
            _draw_filter(source, asked, name, held.get(name))


def _list_added() -> list[str]:
    found: list[str] = st.session_state.get(_ADDED, [])
    return found


def _draw_filter(source: Source, asked: Asked, name: str, held: Filter | None) -> None:
    family = find_family_of(asked.catalogue, asked.question, name)
    way = _find_way(name, held)
    ways = [one for one in _WAYS if one == way or _fits(one, name, family)]
    label = escape_markdown(label_key(asked.catalogue, name, asked.question))
    options = [(one, negated) for one in ways for negated in (False, True)]

    def choose_way(found: Question, chosen: tuple[Way, bool]) -> Question:
        st.session_state[f"filter.{name}.way"] = chosen[0]
        return _replace_filter(found, name, _convert(_get_filter(found, name), name, *chosen))

    bound = bind_control(source, f"filter.{name}.verb", (way, bool(held and held.negated)), choose_way)
    names = name_options(options, lambda option: say(_WAYS[option[0]][option[1]]))
    st.selectbox(label, options, format_func=names, width=132, **bound)
    match way:
        case "values":
            _draw_values(source, asked, name, held)
        case "range":
            _draw_range(source, name, held, family)
        case "contains":
            _draw_contains(source, name, held)
        case "line":
            _draw_line(source, name, held)
        case _:
            assert_never(way)
    st.button(
        "",
        icon=":material/close:",
        key=f"filter.{name}.remove",
        type="tertiary",
        help=say("Remove this filter"),
        on_click=_remove,
        args=(source, name),
    )


def _remove(source: Source, name: str) -> None:
    st.session_state[_ADDED] = [one for one in _list_added() if one != name]
    st.session_state.pop(f"filter.{name}.way", None)
    change_address(source, lambda found: _replace_filter(found, name, None))


def _find_way(name: str, held: Filter | None) -> Way:
    """How a filter is shown; of one that holds nothing, how it was last chosen to be."""
    if held is None:
        way: Way = st.session_state.get(f"filter.{name}.way", "values")
        return way
    if all(isinstance(term, Equals | IsNull) for term in held.terms):
        return "values"
    if len(held.terms) == 1 and isinstance(held.terms[0], Within):
        return "range"
    return "contains" if len(held.terms) == 1 and isinstance(held.terms[0], Contains) else "line"


def _fits(way: Way, name: str, family: str) -> bool:
    if way == "values":
        return family not in ("timestamp", "instant") and name not in GRAINS
    if way == "range":
        return family in ("number", "date", "timestamp", "instant") or name in PARTS or name in GRAINS
    return way == "contains" and family == "text"


def _get_filter(question: Question, name: str) -> Filter | None:
    return next((item for item in question.filters if item.dimension == name), None)


def _replace_filter(question: Question, name: str, item: Filter | None) -> Question:
    others = tuple(one for one in question.filters if one.dimension != name)
    return replace(question, filters=(*others, item) if item else others)


def _convert(held: Filter | None, name: str, way: Way, negated: bool) -> Filter | None:
    """The filter as another way shows it: what that can't show is given up."""
    kinds: dict[Way, tuple[type, ...]] = {
        "values": (Equals, IsNull),
        "range": (Within,),
        "contains": (Contains,),
        "line": (object,),
    }
    terms = tuple(term for term in held.terms if isinstance(term, kinds[way])) if held else ()
    if way in ("range", "contains"):
        terms = terms[:1]
    if not terms and name not in _list_added():
        st.session_state[_ADDED] = [*_list_added(), name]
    return Filter(name, terms, negated) if terms else None


def _set_terms(question: Question, name: str, terms: tuple[Term, ...]) -> Question:
    """The question with these terms of the filter; without any it stays on the page, and filters nothing."""
    negated = bool(st.session_state.get(f"filter.{name}.verb", ("", False))[1])
    if name not in _list_added():
        st.session_state[_ADDED] = [*_list_added(), name]
    return _replace_filter(question, name, Filter(name, terms, negated) if terms else None)


def _draw_values(source: Source, asked: Asked, name: str, held: Filter | None) -> None:
    here = [print_term(term, first=False) for term in held.terms] if held else []
    unit = name if name in PARTS else name.rpartition(".")[2]
    if unit in _PART_VALUES:
        first = 0 if unit == "hour_of_day" else 1
        known: dict[str, tuple[Term, str]] = {
            str(number): (Equals(str(number)), label_value(str(number), f".{unit}"))
            for number in range(first, first + _PART_VALUES[unit])
        }
    else:
        known = {
            print_term(value.term, first=False): (value.term, value.label) for value in ask_values(source, asked, name)
        }
    terms = {print_term(term, first=False): term for term in held.terms} if held else {}

    def choose(found: Question, chosen: list[str]) -> Question:
        return _set_terms(
            found, name, tuple(known[key][0] if key in known else terms.get(key, Equals(key)) for key in chosen)
        )

    def show(key: str) -> str:
        return known[key][1] if key in known else label_term(terms[key], name) if key in terms else key

    bound = bind_control(source, f"filter.{name}.values", here, choose)
    capped, options = len(known) >= MOST_VALUES, list(dict.fromkeys((*here, *known)))
    st.multiselect(
        say("Values"),
        options,
        format_func=name_options(options, show),
        select_all=False,
        placeholder=say("Any"),
        accept_new_options=capped,
        label_visibility="hidden",
        help=say("The {count} biggest; any other can be typed", count=MOST_VALUES) if capped else None,
        **bound,
    )


def _draw_range(source: Source, name: str, held: Filter | None, family: str) -> None:
    term = held.terms[0] if held else None
    low, high = (term.low, term.high) if isinstance(term, Within) else (None, None)
    days = family in ("date", "timestamp", "instant") or name in GRAINS
    for side, label, text in (("low", say("From"), low), ("high", say("To"), high)):
        key = f"filter.{name}.{side}"

        def choose(found: Question, _: object, name: str = name) -> Question:
            low, high = (_read_bound(st.session_state.get(f"filter.{name}.{end}")) for end in ("low", "high"))
            return _set_terms(found, name, (Within(low, high),) if low or high else ())

        if days and _is_day(text):
            bound = bind_control(source, key, date.fromisoformat(text) if text else None, choose)
            st.date_input(label, value=None, format="YYYY-MM-DD", min_value=date.min, max_value=date.max, **bound)
        else:
            bound = bind_control(source, key, text or "", choose)
            st.text_input(label, placeholder=say("any"), **bound)


def _is_day(text: str | None) -> bool:
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _read_bound(found: object) -> str | None:
    if isinstance(found, date):
        return found.isoformat()
    return str(found).strip() or None if found else None


def _draw_contains(source: Source, name: str, held: Filter | None) -> None:
    text = held.terms[0].text if held and isinstance(held.terms[0], Contains) else ""

    def choose(found: Question, chosen: str) -> Question:
        return _set_terms(found, name, (Contains(chosen),) if chosen else ())

    bound = bind_control(source, f"filter.{name}.text", text, choose)
    st.text_input(say("Text"), placeholder=say("any text"), label_visibility="hidden", **bound)


def _draw_line(source: Source, name: str, held: Filter | None) -> None:
    """What no other control shows, as the line has it."""
    text = ",".join(print_term(term, first=not place) for place, term in enumerate(held.terms)) if held else ""

    def choose(found: Question, chosen: str) -> Question:
        read, _ = read_pairs([(name, chosen)])
        return _set_terms(found, name, read.filters[0].terms if read.filters else ())

    bound = bind_control(source, f"filter.{name}.line", text, choose)
    st.text_input(say("as a line"), label_visibility="hidden", **bound)
