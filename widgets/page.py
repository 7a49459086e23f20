"""What every page begins with: its settings, the one source of the process, and the banner of a broken catalogue."""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from semantic import Refused, Source, open_source
from widgets.links import BOARD, MINE
from widgets.menu import draw_menu
from widgets.messages import guard_body, show_broken_catalogue, show_no_catalogue
from widgets.store.browser import open_store
from widgets.store.notices import draw_notices
from widgets.words import say

ROOT = Path(__file__).parents[1]
# Drawn here, since the browser fetches Streamlit's own icons for the tab from a font server on the internet.
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#12436D"/>
<path d="M6 21l7-8 6 5 7-10M6 11l7 9 6-7 7 11" fill="none" stroke="#fff" stroke-width="3" stroke-linejoin="round"/>
</svg>"""

# On dark, Streamlit writes a chosen pill in the primary colour, at 3:1 on its tint; this is 4.5:1 on light and dark.
CHOSEN = "<style>[data-selected='true'] p { color: light-dark(#12436d, #9ccbf0); }</style>"


@contextmanager
def open_page(title: str) -> Iterator[Source]:
    """A page of the app, whose body is drawn inside; gives the source that all sessions share.

    The catalogue is that of CROSSCUT_CATALOGUE, its data folder that of CROSSCUT_DATA; by default `metrics.yml` beside
    Home.py. Without a catalogue that can be opened the page tells why and ends.
    """
    st.set_page_config(page_title=f"{say(title)} · Crosscut", page_icon=ICON, layout="wide")
    file, data = os.environ.get("CROSSCUT_CATALOGUE") or ROOT / "metrics.yml", os.environ.get("CROSSCUT_DATA")
    try:
        with st.spinner(say("Opening the data …")):
            source = _open_source(str(file), data or None)
        serving = source.serve()
    except Refused as refused:
        show_no_catalogue(refused.problems)
        st.stop()
    st.html(CHOSEN)
    draw_menu(serving.catalogue.name)
    with st.sidebar:
        open_store(serving.catalogue.name, any(name.startswith(MINE) for name in st.query_params.get_all(BOARD)))
    if serving.problems:
        show_broken_catalogue(serving.problems)
    with st.container():  # one place, whatever is told in it, so that nothing below is drawn anew
        draw_notices()
    with guard_body():
        yield source


@st.cache_resource(show_spinner=False, max_entries=8)
def _open_source(file: str, data: str | None) -> Source:
    source = open_source(file, data)
    # What is loaded by now stays: the collector needn't walk through it again, which costs 20 ms each time.
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else the database driver reports every frozen object as a leak
    return source
