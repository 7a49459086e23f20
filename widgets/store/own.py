"""A person's own boards: those of the browser's store, read, changed, undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from semantic import Catalogue
from semantic.own_board import OwnBoard, read_own_board
from widgets.links import MINE
from widgets.store.browser import change_store, find_kept
from widgets.store.document import Unfit, drop_entry, make_id, put_entry
from widgets.store.notices import name_board

Json = Any  # a board as it's stored
MOST_UNDONE = 50
EDITING = "own.editing"  # in the session: the name of the board that is being edited
_READ, _HISTORY, _REFUSED, _DELETED = "own.read", "own.history", "own.refused", "own.deleted"


@dataclass
class History:
    """What a board was before and after what it is `now`, as far as this session changed it."""

    now: Json
    past: list[Json] = field(default_factory=list)
    future: list[Json] = field(default_factory=list)


def list_own() -> dict[str, str]:
    """The own boards: their names in addresses, and what they're called; the last changed first."""
    boards = find_kept().stored.boards
    ordered = sorted(boards, key=lambda name: boards[name].at, reverse=True)
    return {MINE + name: name_board(boards[name].value) for name in ordered}


def find_value(name: str) -> Json | None:
    """An own board as it's stored, by its name in addresses; None where it isn't there."""
    entry = find_kept().stored.boards.get(name.removeprefix(MINE))
    return entry.value if entry and name.startswith(MINE) else None


def read_value(value: Json, catalogue: Catalogue) -> OwnBoard:
    """A stored board, read; once for each state of it, as that asks the catalogue about each line."""
    known = st.session_state.get(_READ)
    if not (known and known[0] == value and known[1] is catalogue):
        known = st.session_state[_READ] = value, catalogue, read_own_board(value, catalogue)
    found: OwnBoard = known[2]
    return found


# --- changing, in callbacks


def add_board(value: Json, of: str = "") -> str | None:
    """Keeps a board under a new name, which it gives as in addresses; None where it can't be kept, which is told."""
    name = make_id()
    return MINE + name if _put(name, value, of) else None


def change_board(name: str, change: Callable[[Json], Json]) -> None:
    """Makes an own board what `change` makes of it; it can be undone."""
    value = find_value(name)
    if value is None:
        return
    history, changed = find_history(name), change(value)
    if changed != value and _put(name.removeprefix(MINE), changed):
        history.past = [*history.past, value][-MOST_UNDONE:]
        history.now, history.future = changed, []


def change_items(name: str, change: Callable[[list[Json]], list[Json]]) -> None:
    """As `change_board`, of the list of its items."""
    change_board(name, lambda value: {**value, "widgets": change(list_items(value))})


def list_items(value: Json) -> list[Json]:
    """The items of a stored board."""
    items = value.get("widgets") if isinstance(value, dict) else None
    return list(items) if isinstance(items, list) else []


def find_history(name: str) -> History:
    """What can be undone of an own board; nothing once another tab has changed it, whose change would go."""
    histories: dict[str, History] = st.session_state.setdefault(_HISTORY, {})
    value = find_value(name)
    if name not in histories or histories[name].now != value:
        histories[name] = History(value)
    return histories[name]


def undo_change(name: str, again: bool = False) -> None:
    """Makes an own board what it was before its last change; or, `again`, what it was after that."""
    history = find_history(name)
    come, gone = (history.future, history.past) if again else (history.past, history.future)
    if come and _put(name.removeprefix(MINE), come[-1]):
        gone.append(history.now)
        history.now = come.pop()


def delete_board(name: str) -> None:
    """Removes an own board; `restore_board` brings it back."""
    name = name.removeprefix(MINE)
    entry = find_kept().stored.boards.get(name)
    if entry:
        st.session_state[_DELETED] = name, entry
        change_store(lambda stored: drop_entry(stored, "boards", name))


def find_deleted() -> str | None:
    """What the board that was deleted last is called, as long as it can come back."""
    deleted = st.session_state.get(_DELETED)
    return name_board(deleted[1].value) if deleted else None


def restore_board() -> str | None:
    """Brings back the board that was deleted last; gives its name in addresses."""
    name, entry = st.session_state.pop(_DELETED, (None, None))
    return MINE + name if name and _put(name, entry.value, entry.of) else None


def forget_deleted() -> None:
    """The deleted board isn't offered any more."""
    st.session_state.pop(_DELETED, None)


def pop_refused() -> str | None:
    """Why the last change couldn't be kept; told once."""
    found: str | None = st.session_state.pop(_REFUSED, None)
    return found


def _put(name: str, value: Json, of: str = "") -> bool:
    try:
        change_store(lambda stored: put_entry(stored, "boards", name, value, of))
    except Unfit as unfit:
        st.session_state[_REFUSED] = str(unfit)
        return False
    return True
