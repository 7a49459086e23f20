"""The Boards page's address <-> the board and what its bar holds: read on each run, written by each control."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from semantic import Catalogue, Problem, Question, Refused, Source
from semantic.bar import Bar, Fitted, apply_bar, print_bar, read_bar
from semantic.board import Board, Boards, Widget
from semantic.calendar import Window, compare_window, resolve_period
from semantic.line import HOST
from semantic.question import Compare, Relative, Slice
from semantic.resolve import find_as_of
from widgets.address import bind_value
from widgets.boards.found import OWN_KEYS, Found, find_board, keep_address
from widgets.charts import Locale
from widgets.links import BOARD, MINE
from widgets.messages import guard_body
from widgets.translations import LANGUAGES


@dataclass(frozen=True, slots=True)
class Opened:
    """A board under a bar: each widget's question as it's asked, by its place, and what is wrong with the address."""

    catalogue: Catalogue
    boards: Boards
    found: Found
    bar: Bar
    fitted: dict[int, Fitted]
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        """Its name in addresses; empty for one that a link holds."""
        return self.found.name

    @property
    def board(self) -> Board:
        return self.found.board

    @property
    def is_own(self) -> bool:
        """Whether it's kept in this browser, and may be changed."""
        return self.found.name.startswith(MINE)

    @property
    def window(self) -> Window:
        """The days of the bar's period; of a relative one those up to the as-of day."""
        return self._resolve()[isinstance(self.bar.period, Relative)]

    @property
    def compared(self) -> Window | None:
        """The days that these are compared with; None where there are none, or the tiles say."""
        compare, (whole, elapsed) = self.bar.compare, self._resolve()
        if not isinstance(compare, Compare) or isinstance(compare.with_, Slice) or not whole.bounded:
            return None
        with suppress(OverflowError):  # before the year 1
            return compare_window(whole, elapsed, compare.with_, compare.full)[0]
        return None

    def _resolve(self) -> tuple[Window, Window]:
        try:
            return resolve_period(self.bar.period, find_as_of(self.catalogue), self.catalogue.week_start)
        except Refused:  # a period beyond the calendar, which each tile tells
            return Window(), Window()

    @property
    def language(self) -> Locale:
        """The language of titles and texts."""
        return LANGUAGES.get(self.bar.lang or "en", "en")

    @property
    def widgets(self) -> list[Widget]:
        """Its widgets that can be answered, with what each asks by itself."""
        return [item for item in map(self.board.widgets.__getitem__, self.fitted) if isinstance(item, Widget)]

    @property
    def questions(self) -> list[Question]:
        """What the widgets ask, in their order."""
        return [found.question for found in self.fitted.values()]


def open_board(source: Source) -> Opened | tuple[Boards, tuple[Problem, ...]]:
    """The board of the page's address, the first where it names none; the boards there are where it names another."""
    serving = source.serve()
    boards = source.serve_boards(serving).boards
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key) if key not in HOST]
    found = find_board(serving.catalogue, boards, pairs)
    if not isinstance(found, Found):
        return boards, found
    board = found.board
    rest = [(key, value) for key, value in pairs if key not in OWN_KEYS]
    bar, problems = read_bar(rest, board.start)
    problems = (*found.problems, *problems)
    if len([key for key, _ in pairs if key == BOARD]) > 1:
        problems += (Problem(BOARD, "the key is there more than once", f"The board {found.name} is shown"),)
    if bar.lang and bar.lang not in LANGUAGES:
        problems += (Problem("lang", f"{bar.lang} is no language here", f"It may be {' or '.join(LANGUAGES)}"),)
        bar = replace(bar, lang=None)
    fitted = {
        place: apply_bar(serving.catalogue, item.question, bar, start=board.start)
        for place, item in enumerate(board.widgets)
        if isinstance(item, Widget) and place not in found.faults
    }
    return Opened(serving.catalogue, boards, found, bar, fitted, (*problems, *_find_untaken(bar, fitted)))


def _find_untaken(bar: Bar, fitted: dict[int, Fitted]) -> list[Problem]:
    """Filters that no widget takes: a dimension that isn't there, a value that fits none."""
    found = []
    for key in (*(item.dimension for item in bar.filters), *(["segment"] if bar.segments else [])):
        left = [next((problem for problem in one.left if problem.where == key), None) for one in fitted.values()]
        reasons = [problem for problem in left if problem]
        if reasons and len(reasons) == len(fitted):
            found.append(reasons[0])
    return found


def write_board(address: Mapping[str, str], bar: Bar, start: Bar) -> None:
    """Makes the board, by its part of an address, and what its bar holds the page's address."""
    pairs = {**address, **dict(print_bar(bar, start))}
    if pairs != st.query_params.to_dict():
        st.query_params.from_dict(pairs)


def open_named(name: str, lang: str | None = None) -> None:
    """Makes another board, with what its bar holds at first, the page's address."""
    write_board({BOARD: name}, Bar(lang=lang), Bar())


def change_bar(source: Source, change: Callable[[Bar], Bar]) -> None:
    """Writes what `change` makes of the bar of the address."""
    with guard_body():
        opened = open_board(source)
        if isinstance(opened, Opened):
            write_board(keep_address(opened.found.address), change(opened.bar), opened.board.start)


def bind_bar(source: Source, key: str, value: Any, change: Callable[[Bar, Any], Bar]) -> dict[str, Any]:
    """A control's arguments that tie it to the address: it shows `value`, and `change` makes a bar of a new one."""
    return bind_value(key, value, lambda chosen: change_bar(source, lambda bar: change(bar, chosen)))
