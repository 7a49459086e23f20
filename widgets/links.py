"""Links from page to page, with a question in the address."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from semantic import Question, print_pairs
from widgets.texts import escape_markdown
from widgets.words import LANGUAGE, find_language

HOME = "Home.py"
EXPLORE, CATALOGUE, BOARDS = "pages/1_Explore.py", "pages/2_Catalogue.py", "pages/3_Boards.py"
SEGMENTS = "pages/4_Segments.py"
BOARD = "board"  # the key of the address of Boards that names one
MINE = "mine:"  # before the name of an own board, in an address
BACK = "back-to"  # the key of the address of Explore that names the tile of an own board that it was opened from


def link_page(page: str, label: str, icon: str) -> None:
    """A link to a page of the app, in the language of this one; `label` is Markdown."""
    st.page_link(page, label=label, icon=icon, query_params=keep_language(), width="stretch")


def link_explore(question: Question, label: str, icon: str = ":material/query_stats:", help: str | None = None) -> None:
    """A link that opens the question in Explore; `label` is shown as it is."""
    address = keep_language(print_pairs(question))
    st.page_link(EXPLORE, label=escape_markdown(label), icon=icon, query_params=address, help=help)


def link_metric(name: str, label: str) -> None:
    """A link that opens a metric in the Catalogue."""
    address = keep_language([("kpi", name)])
    st.page_link(CATALOGUE, label=escape_markdown(label), icon=":material/arrow_forward:", query_params=address)


def link_board(name: str, label: str) -> None:
    """A link that opens a board with the filters that it begins with."""
    address = keep_language([(BOARD, name)])
    st.page_link(BOARDS, label=escape_markdown(label), icon=":material/dashboard:", query_params=address)


def keep_language(pairs: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """The address of a link in the language of the page that it's on; English needs no word."""
    address, language = dict(pairs), find_language()
    return address if language == "en" or LANGUAGE in address else {**address, LANGUAGE: language}
