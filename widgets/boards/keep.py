"""What a board can become: a copy of one's own, a shared one that is kept, a deleted one that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from semantic.bar import print_bar
from semantic.line import join_pairs
from semantic.offer import read_label
from semantic.own_board import print_board
from widgets.boards.found import SHARED
from widgets.boards.opened import Opened, open_named, write_board
from widgets.copy_link import draw_copy_link
from widgets.links import BOARD, EXPLORE, MINE, keep_language
from widgets.store.browser import find_kept
from widgets.store.document import Entry, Stored
from widgets.store.files import print_file
from widgets.store.link import MOST_OF_LINK, pack_board
from widgets.store.own import (
    EDITING,
    Json,
    add_board,
    find_deleted,
    forget_deleted,
    list_own,
    pop_refused,
    restore_board,
)
from widgets.texts import escape_markdown
from widgets.words import find_language, say

if TYPE_CHECKING:
    from semantic.board import Boards

_WORD = "own.word"  # what is told once, with the next run


def draw_states(opened: Opened) -> None:
    """What a person is asked or told before the board: whether to keep it, what was deleted, what couldn't be kept."""
    if refused := pop_refused():
        told = say("**This couldn't be kept:** {reason}.", reason=escape_markdown(refused))
        st.warning(told, icon=":material/block:")
    if word := st.session_state.pop(_WORD, None):
        st.info(word, icon=":material/save:")
    if SHARED in opened.found.address:
        _draw_offer(opened)
    if deleted := find_deleted():
        with st.container(horizontal=True, vertical_alignment="center"):
            told = say("**{name} was deleted.**", name=escape_markdown(deleted))
            st.info(told, icon=":material/delete:", width="stretch")
            st.button(say("Undo"), icon=":material/undo:", key="restore", on_click=_restore)
            st.button(say("Close"), key="forget", type="tertiary", on_click=forget_deleted)


def leave_word(told: str) -> None:
    """Has a text, which is Markdown, told by the next run."""
    st.session_state[_WORD] = told


def _draw_offer(opened: Opened) -> None:
    """A shared board is a preview, until it's kept."""
    with st.container(horizontal=True, vertical_alignment="center", key="offer"):
        told = say("**This board was shared with a link.** It is shown, and not kept yet.")
        st.info(told, icon=":material/share:", width="stretch")
        label = say("Open mine") if _find_same(opened.found.value) else say("Keep it")
        st.button(label, icon=":material/bookmark_add:", key="keep", type="primary", on_click=_keep, args=(opened,))


def _find_same(value: Json) -> str | None:
    """The own board that is alike, if one is."""
    boards = find_kept().stored.boards
    return next((name for name in list_own() if boards[name.removeprefix(MINE)].value == value), None)


def _keep(opened: Opened) -> None:
    name = _find_same(opened.found.value) or add_board(opened.found.value)
    if name:
        write_board({BOARD: name}, opened.bar, opened.board.start)


def _restore() -> None:
    if name := restore_board():
        open_named(name, _word_language())


def copy_board(opened: Opened) -> None:
    """Makes a board of one's own of the one that is open, and opens that for editing; its bar stays as it is."""
    label = read_label(opened.board.label, opened.name, opened.language)
    value = {**copy_value(opened), "label": say("{name} (mine)", name=label)}
    entry = find_kept().stored.boards.get(opened.name.removeprefix(MINE))
    of = entry.of if opened.is_own and entry else opened.name if opened.name in opened.boards.boards else ""
    if name := add_board(value, of):
        st.session_state[EDITING] = name
        write_board({BOARD: name}, opened.bar, opened.board.start)


def copy_value(opened: Opened) -> Json:
    """The open board as it's stored, or would be."""
    return opened.found.value if opened.found.value is not None else print_board(opened.board)


def create_board() -> None:
    """Makes an empty board, and opens it for editing."""
    if name := add_board({"label": say("New board"), "widgets": []}):
        st.session_state[EDITING] = name
        open_named(name, _word_language())


def leave_board(boards: Boards) -> None:
    """Opens the first board that ships, else the first own one."""
    open_named(next(iter(boards.boards), next(iter(list_own()), "")), _word_language())


def _word_language() -> str | None:
    language = find_language()
    return None if language == "en" else language


def list_pairs(opened: Opened) -> list[tuple[str, str]]:
    """The address that shows the board anywhere: by its name if it ships, else with the whole of it inside."""
    value, bar = opened.found.value, print_bar(opened.bar, opened.board.start)
    return [*(opened.found.address.items() if value is None else [(SHARED, pack_board(value))]), *bar]


def draw_share(opened: Opened) -> None:
    """The button that copies a link; a board that is too large for one is had as a file."""
    line, value = join_pairs(list_pairs(opened)), opened.found.value
    if value is None or len(line) <= MOST_OF_LINK:
        draw_copy_link(line, "copy_board")
        return
    data = print_file(Stored(boards={"shared": Entry(value)}))
    told = say("This board is too large for a link, which would be longer than many programs let through")
    st.download_button(
        say("Share as a file"), data, "board.json", "application/json", key="share_file", on_click="ignore", help=told
    )


def draw_nothing_yet(opened: Opened) -> None:
    """A board without a widget: how one comes to it."""
    told = say("**This board is empty.** Choose a question in Explore, and “Save to board” brings it here.")
    st.info(told, icon=":material/inbox:")
    if opened.is_own:
        st.page_link(EXPLORE, label=say("Explore"), icon=":material/query_stats:", query_params=keep_language())
