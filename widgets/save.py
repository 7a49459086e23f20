"""Save to board: a question of Explore becomes a widget of an own board, or takes its place there again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from semantic import Catalogue, Question, print_line
from widgets.labels import title_question
from widgets.links import BACK, MINE, link_board
from widgets.store.own import EDITING, Json, add_board, change_items, find_value, list_items, list_own, pop_refused
from widgets.texts import escape_markdown
from widgets.words import say

_TARGET, _SAVED = "save.target", "save.saved"
MOST_OF_TITLE = 200
HIDDEN = ("lang", "title")  # of how a line is shown: the board has its own


@dataclass(frozen=True, slots=True)
class Target:
    """The widget that Explore was opened from: its board, its place, and its line then."""

    board: str
    place: int
    line: str


def take_target() -> None:
    """Takes the widget that this page was opened from out of the address, so that a copied link doesn't hold it."""
    if BACK not in st.query_params:
        return
    board, _, place = st.query_params[BACK].rpartition(".")
    del st.query_params[BACK]
    value = find_value(board)
    if value is not None and place.isdecimal() and int(place) < len(items := list_items(value)):
        item = items[int(place)]
        if isinstance(item, dict) and isinstance(item.get("line"), str):
            st.session_state[_TARGET] = Target(board, int(place), item["line"])


def draw_save(catalogue: Catalogue, question: Question) -> None:
    """The button, and what it asks: which board, under which title."""
    target: Target | None = st.session_state.get(_TARGET)
    if target and target.board not in list_own():
        target = None
    with st.popover(say("Save to board"), icon=":material/dashboard_customize:", key="save"):
        if target:
            st.button(
                say("Change the widget on {name}", name=escape_markdown(list_own()[target.board])),
                type="primary",
                key="save_back",
                on_click=_save_back,
                args=(target, question),
            )
            st.caption(say("Or save it as another:"))
        own, fresh = list_own(), say("A new board")
        edited = st.session_state.get(EDITING)
        if "save_board" not in st.session_state and edited in own:
            st.session_state["save_board"] = edited
        named = st.selectbox(
            say("Board"), ["", *own], format_func=lambda name: own.get(name) or fresh, key="save_board"
        )
        if not named:
            st.text_input(say("Its name"), say("New board"), max_chars=MOST_OF_TITLE, key="save_name")
        title = title_question(catalogue, question)
        st.text_input(say("Title"), placeholder=title, max_chars=MOST_OF_TITLE, key="save_title")
        st.button(
            say("Save"), type="secondary" if target else "primary", key="save_new", on_click=_save, args=(question,)
        )


def draw_saved() -> None:
    """What was saved just now, with the way there; or why it couldn't be."""
    if refused := pop_refused():
        told = say("**This couldn't be kept:** {reason}.", reason=escape_markdown(refused))
        st.warning(told, icon=":material/block:")
    name = st.session_state.pop(_SAVED, None)
    if name and (label := list_own().get(name)):
        with st.container(horizontal=True, vertical_alignment="center", key="saved"):
            told = say("**Saved to {name}.**", name=escape_markdown(label))
            st.success(told, icon=":material/check:", width="stretch")
            link_board(name, say("Open the board"))


def _save(question: Question) -> None:
    """Adds the question to the chosen board, or to a new one."""
    item: dict[str, Json] = {"line": print_kept(question)}
    if title := str(st.session_state.get("save_title") or "").strip():
        item["title"] = title
    board = st.session_state.get("save_board") or ""
    if board.startswith(MINE):
        before = find_value(board)
        change_items(board, lambda items: [*items, item])
        saved = board if find_value(board) != before else None
    else:
        label = str(st.session_state.get("save_name") or "").strip() or say("New board")
        saved = add_board({"label": label, "widgets": [item]})
    st.session_state[_SAVED] = saved
    st.session_state["save_title"] = ""
    if saved:
        st.session_state["save_board"] = saved


def _save_back(target: Target, question: Question) -> None:
    """Puts the question in the place of the widget that this page was opened from, wherever that is by now."""
    line = print_kept(question)

    def put(items: list[Json]) -> list[Json]:
        lines = [item.get("line") if isinstance(item, dict) else None for item in items]
        here = lines[target.place : target.place + 1] == [target.line]
        place = target.place if here else lines.index(target.line) if target.line in lines else None
        if place is None:
            return [*items, {"line": line}]
        return [*items[:place], {**items[place], "line": line}, *items[place + 1 :]]

    change_items(target.board, put)
    st.session_state.pop(_TARGET, None)
    st.session_state[_SAVED] = target.board


def print_kept(question: Question) -> str:
    """The question's line as a board keeps it: with its chart, without a language or title of its own."""
    return print_line(replace(question, look=tuple(pair for pair in question.look if pair[0] not in HIDDEN)))
