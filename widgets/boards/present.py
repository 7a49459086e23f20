"""A board on a wall: shown without anything around it, and drawn anew when its data changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from semantic import Source
from widgets.boards.found import REFRESH, VIEW
from widgets.words import later, say

PRESENT = "present"
INTERVALS = {
    "10s": (later("Every 10 seconds"), 10),
    "1m": (later("Every minute"), 60),
    "5m": (later("Every 5 minutes"), 300),
    "15m": (later("Every 15 minutes"), 900),
    "1h": (later("Every hour"), 3600),
}
_BARE = """<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] { display: none }
[data-testid="stMainBlockContainer"] { padding-top: 1rem }
</style>"""


def is_presented() -> bool:
    """Whether the address asks for the board alone."""
    return st.query_params.get(VIEW) == PRESENT


@contextmanager
def present_board() -> Iterator[None]:
    """Hides what is around the board; what is drawn inside stands beside the way back."""
    st.html(_BARE)
    with st.container(horizontal=True, vertical_alignment="center"):
        yield
        st.button(say("Leave"), icon=":material/close_fullscreen:", key="leave", type="tertiary", on_click=_leave)


def _leave() -> None:
    st.query_params.pop(VIEW, None)


def watch_data(source: Source) -> None:
    """Looks at the interval of the address whether the data or the catalogue changed, and only then draws anew."""
    interval = INTERVALS.get(st.query_params.get(REFRESH, ""))
    if interval is None:
        return
    drawn = source.serve()

    @st.fragment(run_every=interval[1])
    def look() -> None:
        now = source.serve()
        if now.catalogue is not drawn.catalogue or now.engine.version != drawn.engine.version:
            st.rerun()

    look()
