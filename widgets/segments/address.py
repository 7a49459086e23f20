"""The Segments page's address <-> what it shows: read on each run, written by each control."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from semantic import Problem, Source
from semantic.errors import suggest_name
from semantic.line import HOST
from semantic.line_values import Fault, print_period, print_term, read_period, read_term, show_text, split_values
from semantic.question import Between, Equals, Period, Relative
from widgets.address import bind_value
from widgets.home import HEADLINE
from widgets.messages import guard_body
from widgets.segments.bases import Base, list_bases, list_rates
from widgets.translations import LANGUAGES
from widgets.words import LANGUAGE, find_language

if TYPE_CHECKING:
    from semantic import Catalogue

BASE, PERIOD, RATE, FAMILY, SEARCH, SORT, PIN, SHOW = "of", "period", "rate", "family", "search", "sort", "pin", "show"
KEYS = (BASE, PERIOD, RATE, FAMILY, SEARCH, SORT, PIN, SHOW, LANGUAGE)
SORTS = ("size", "change", "rate", "name")
PARTS = ("movement", "overlap", "sent")
NONE = "none"  # of the rate: no rate is asked
MOST_PINS = 5
MOST_LETTERS, MOST_PINNED = 100, 2000  # characters of a search, and of all pins
USUAL = Relative("last", 90, "day")
ALL = Between(None, None)  # all time


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows: which segments, of when, beside which rate, sorted and searched how, which are pinned.

    `search` holds words of a segment's name; `pins` the segments as the address writes them, at most five.
    """

    base: Base
    period: Period = USUAL
    rate: str = ""
    family: str = ""
    search: str = ""
    sort: str = "size"
    pins: tuple[str, ...] = ()
    show: str = "movement"


def read_choice(
    catalogue: Catalogue, bases: tuple[Base, ...], pairs: Iterable[tuple[str, str]]
) -> tuple[Choice, tuple[Problem, ...]]:
    """What an address chooses of these bases (there is one at least); each fault is told, and its part left out."""
    own: dict[str, str] = {}
    problems: list[Problem] = []
    for key, value in pairs:
        if key in HOST:
            continue
        if key not in KEYS:
            problems.append(Problem(show_text(key), "this page has no such key", suggest_name(key, KEYS, "key")))
        elif key in own:
            problems.append(Problem(key, "the key is there more than once", "The first one is taken"))
        else:
            own[key] = value

    def pick(key: str, known: Iterable[str], usual: str, what: str) -> str:
        text = own.get(key, usual)
        if text == usual or text in (names := list(known)):
            return text
        problems.append(Problem(key, f"{show_text(text)} is no {what} here", suggest_name(text, names, what)))
        return usual

    name = pick(BASE, (base.name for base in bases), bases[0].name, "group of segments")
    base = next(base for base in bases if base.name == name)
    rates = list_rates(catalogue, base)
    language = own.get(LANGUAGE, "en")
    if language not in LANGUAGES:
        problems.append(
            Problem(LANGUAGE, f"{show_text(language)} is no language here", f"It may be {', '.join(LANGUAGES)}")
        )
    return (
        Choice(
            base,
            _read_period(own, problems),
            pick(RATE, (*rates, NONE), choose_rate(catalogue, rates), "rate"),
            own.get(FAMILY, "")[:MOST_LETTERS],
            own.get(SEARCH, "")[:MOST_LETTERS],
            pick(SORT, SORTS, "size", "order"),
            _read_pins(own, problems),
            pick(SHOW, PARTS, "movement", "part"),
        ),
        tuple(problems),
    )


def choose_rate(catalogue: Catalogue, rates: Iterable[str]) -> str:
    """The rate of a page that names none: the last one that Home shows too, since rates are listed up to the effect."""
    known = list(rates)
    headlines = [name for name in known if HEADLINE in catalogue.metrics[name].tags]
    return headlines[-1] if headlines else known[0] if known else NONE


def _read_period(own: dict[str, str], problems: list[Problem]) -> Period:
    if PERIOD not in own:
        return USUAL
    try:
        return read_period(own[PERIOD]) or ALL
    except Fault as fault:
        problems.append(Problem(PERIOD, fault.found, fault.remedy))
        return USUAL


def _read_pins(own: dict[str, str], problems: list[Problem]) -> tuple[str, ...]:
    if not own.get(PIN):
        return ()
    try:
        if len(own[PIN]) > MOST_PINNED:
            raise Fault("the text is too long", f"The first {MOST_PINS} are shown")
        _, items = split_values(own[PIN])
        terms = [read_term(item) for item in items]
    except Fault as fault:
        problems.append(Problem(PIN, fault.found, fault.remedy))
        return ()
    names = list(dict.fromkeys(term.text for term in terms if isinstance(term, Equals)))
    if len(names) > MOST_PINS:
        problems.append(Problem(PIN, f"{len(names)} segments are pinned", f"The first {MOST_PINS} are shown"))
    return tuple(names[:MOST_PINS])


def print_choice(catalogue: Catalogue, bases: tuple[Base, ...], choice: Choice) -> list[tuple[str, str]]:
    """The keys and values by which a page isn't the one that opens without any."""
    usual = Choice(bases[0], rate=choose_rate(catalogue, list_rates(catalogue, choice.base)))
    pins = ",".join(print_term(Equals(name), not place) for place, name in enumerate(choice.pins))
    period = "all" if choice.period == ALL else print_period(choice.period)
    language = find_language()
    found = [
        (BASE, choice.base.name, usual.base.name),
        (PERIOD, period, print_period(USUAL)),
        (RATE, choice.rate, usual.rate),
        (FAMILY, choice.family, ""),
        (SEARCH, choice.search, ""),
        (SORT, choice.sort, usual.sort),
        (PIN, pins, ""),
        (SHOW, choice.show, usual.show),
        (LANGUAGE, language, "en"),
    ]
    return [(key, value) for key, value, plain in found if value != plain]


@dataclass(frozen=True, slots=True)
class Opened:
    """The page as its address asks for it."""

    catalogue: Catalogue
    bases: tuple[Base, ...]
    choice: Choice
    problems: tuple[Problem, ...]


def open_choice(source: Source) -> Opened | None:
    """What the page's address chooses; None where the catalogue has no segments to choose from."""
    catalogue = source.serve().catalogue
    bases = list_bases(catalogue)
    if not bases:
        return None
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    return Opened(catalogue, bases, *read_choice(catalogue, bases, pairs))


def change_choice(source: Source, **changes: Any) -> None:
    """Writes the address's choice with these changes; another base begins without what is of the one before."""
    with guard_body():
        opened = open_choice(source)
        if opened is None:
            return
        choice: Choice = replace(opened.choice, **changes)
        if choice.base != opened.choice.base:
            rates = list_rates(opened.catalogue, choice.base)
            rate = choice.rate if choice.rate in (*rates, NONE) else choose_rate(opened.catalogue, rates)
            choice = replace(choice, family="", search="", pins=(), rate=rate)
        st.query_params.from_dict(dict(print_choice(opened.catalogue, opened.bases, choice)))


def bind_choice(source: Source, name: str, value: Any, change: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """A control's arguments that tie it to a part of the choice: it shows `value`, and writes what is chosen."""

    def write(chosen: Any) -> None:
        change_choice(source, **{name: change(chosen) if change else chosen})

    return bind_value(f"segments.{name}", value, write)
