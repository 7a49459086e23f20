"""The menu of every page: where to go, in which language, and whose numbers these are."""

from __future__ import annotations

import streamlit as st

from widgets.address import bind_value
from widgets.links import BOARDS, CATALOGUE, EXPLORE, HOME, SEGMENTS, link_page
from widgets.texts import escape_markdown
from widgets.translations import LANGUAGES, Locale
from widgets.words import LANGUAGE, find_language, later, say

PAGES = {
    HOME: (later("Home"), ":material/home:"),
    EXPLORE: (later("Explore"), ":material/query_stats:"),
    CATALOGUE: (later("Catalogue"), ":material/menu_book:"),
    BOARDS: (later("Boards"), ":material/dashboard:"),
    SEGMENTS: (later("Segments"), ":material/groups:"),
}


def draw_menu(name: str) -> None:
    """Links to the pages in the sidebar, the choice of language, and the catalogue's name."""
    with st.sidebar:
        for page, (label, icon) in PAGES.items():
            link_page(page, say(label), icon)
        st.segmented_control(
            say("Language"),
            list(LANGUAGES.values()),
            format_func=str.upper,
            required=True,
            width="stretch",
            **bind_value("language", find_language(), write_language),
        )
        st.caption(escape_markdown(name))


def write_language(language: Locale) -> None:
    """Puts the language into the page's address, where everything reads it; English needs no word."""
    if language != "en":
        st.query_params[LANGUAGE] = language
    elif LANGUAGE in st.query_params:
        del st.query_params[LANGUAGE]
