"""Links from page to page, with a question in the address."""

from __future__ import annotations

import streamlit as st

from semantic import Question, print_pairs
from widgets.texts import escape_markdown

EXPLORE, CATALOGUE, BOARDS = "pages/1_Explore.py", "pages/2_Catalogue.py", "pages/3_Boards.py"
BOARD = "board"  # the key of the address of Boards that names one


def link_explore(question: Question, label: str, icon: str = ":material/query_stats:", help: str | None = None) -> None:
    """A link that opens the question in Explore; `label` is shown as it is."""
    st.page_link(EXPLORE, label=escape_markdown(label), icon=icon, query_params=dict(print_pairs(question)), help=help)


def link_metric(name: str, label: str) -> None:
    """A link that opens a metric in the Catalogue."""
    st.page_link(CATALOGUE, label=escape_markdown(label), icon=":material/arrow_forward:", query_params={"kpi": name})


def link_board(name: str, label: str) -> None:
    """A link that opens a board with the filters that it begins with."""
    st.page_link(BOARDS, label=escape_markdown(label), icon=":material/dashboard:", query_params={BOARD: name})
