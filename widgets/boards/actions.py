"""What can be done with a board as a whole: the menu in its head, and the dialogs that this opens."""

from __future__ import annotations

import streamlit as st

from semantic.offer import read_label
from semantic.own_board import print_board
from widgets.boards.found import REFRESH, VIEW
from widgets.boards.keep import copy_board, create_board, leave_board, leave_word
from widgets.boards.opened import Opened
from widgets.boards.present import INTERVALS, PRESENT
from widgets.links import MINE
from widgets.store.browser import change_store, find_kept
from widgets.store.document import Unfit
from widgets.store.files import add_boards, print_file, read_file
from widgets.store.own import EDITING, change_board, delete_board
from widgets.texts import escape_markdown
from widgets.words import later, say, say_count

_DIALOG = "own.dialog"  # in the session: which dialog is open
MOST_OF_NAME = 120
ACTIONS = {
    "rename": (later("Rename …"), ":material/edit:"),
    "new": (later("New board"), ":material/add:"),
    "copy": (later("Make a copy of my own"), ":material/content_copy:"),
    "reset": (later("Reset to the original"), ":material/settings_backup_restore:"),
    "files": (later("Save and load files …"), ":material/save:"),
    "present": (later("Present"), ":material/fullscreen:"),
    "refresh": (later("Refresh by itself …"), ":material/sync:"),
    "delete": (later("Delete"), ":material/delete:"),
}


def draw_actions(opened: Opened) -> None:
    """The switch to editing on an own board, the way to one on others, and the menu of all else."""
    if opened.is_own:
        here = st.session_state.get(EDITING) == opened.name
        st.button(
            say("Done") if here else say("Edit"),
            icon=":material/check:" if here else ":material/edit:",
            key="edit",
            type="primary" if here else "secondary",
            on_click=_set_editing,
            args=("" if here else opened.name,),
        )
    elif opened.name:
        told = say("A copy of this board, kept in this browser, that you can change")
        st.button(
            say("Make it mine"),
            icon=":material/edit:",
            key="make_mine",
            help=told,
            on_click=copy_board,
            args=(opened,),
        )
    st.menu_button(
        say("Board"),
        [name for name in ACTIONS if _is_offered(opened, name)],
        format_func=lambda name: f"{ACTIONS[name][1]} {say(ACTIONS[name][0])}",
        icon=":material/more_vert:",
        key="board_menu",
        on_click=_act,
        args=(opened,),
    )


def _set_editing(name: str) -> None:
    st.session_state[EDITING] = name


def _is_offered(opened: Opened, name: str) -> bool:
    if name == "reset":
        return find_original(opened) is not None
    return opened.is_own or name not in ("rename", "delete")


def find_original(opened: Opened) -> str | None:
    """The shipped board that an own one is a copy of, if it still ships."""
    entry = find_kept().stored.boards.get(opened.name.removeprefix(MINE)) if opened.is_own else None
    return entry.of if entry and entry.of in opened.boards.boards else None


def _act(opened: Opened) -> None:
    match st.session_state["board_menu"]:
        case "new":
            create_board()
        case "copy":
            copy_board(opened)
        case "reset":
            _reset(opened)
        case "delete":
            delete_board(opened.name)
            leave_board(opened.boards)
        case "present":
            st.query_params[VIEW] = PRESENT
        case name:
            st.session_state[_DIALOG] = name


def _reset(opened: Opened) -> None:
    """The original in place of what was made of it, under the name that this has; it can be undone."""
    original = find_original(opened)
    if original:
        fresh = print_board(opened.boards.boards[original])
        change_board(opened.name, lambda value: {**fresh, "label": value.get("label", fresh.get("label"))})


# --- dialogs


def draw_board_dialog(opened: Opened) -> None:
    """The dialog that the menu asked for, while it's open."""
    match st.session_state.get(_DIALOG):
        case "rename":
            st.dialog(say("Rename the board"), on_dismiss=_close)(_draw_rename)(opened)
        case "files":
            st.dialog(say("Save and load files"), on_dismiss=_close)(_draw_files)(opened)
        case "refresh":
            st.dialog(say("Refresh by itself"), on_dismiss=_close)(_draw_refresh)()


def _close() -> None:
    st.session_state.pop(_DIALOG, None)


def _draw_rename(opened: Opened) -> None:
    here = read_label(opened.board.label, "", opened.language)
    name = st.text_input(say("Name"), here, max_chars=MOST_OF_NAME, key="rename_to")
    if st.button(say("Save"), type="primary", key="rename_save") and name.strip():
        change_board(opened.name, lambda value: {**value, "label": name.strip()})
        _close()
        st.rerun()


def _draw_refresh() -> None:
    here = st.query_params.get(REFRESH, "")
    names = ["", *INTERVALS]
    chosen = st.radio(
        say("How often it's looked whether the data changed"),
        names,
        index=names.index(here) if here in names else 0,
        format_func=lambda name: say(INTERVALS[name][0]) if name else say("Never"),
        key="refresh_every",
    )
    if st.button(say("Save"), type="primary", key="refresh_save"):
        if chosen:
            st.query_params[REFRESH] = chosen
        else:
            st.query_params.pop(REFRESH, None)
        _close()
        st.rerun()


def _draw_files(opened: Opened) -> None:
    stored = find_kept().stored
    if opened.is_own:
        one = print_file(stored, [opened.name.removeprefix(MINE)])
        st.download_button(
            say("Save this board"), one, "board.json", "application/json", key="save_one", on_click="ignore"
        )
    if len(stored.boards) > (1 if opened.is_own else 0):
        label = say_count("Save my board ({count})", "Save all my boards ({count})", len(stored.boards))
        st.download_button(
            label, print_file(stored), "boards.json", "application/json", key="save_all", on_click="ignore"
        )
    uploaded = st.file_uploader(
        say("Load boards from a file"),
        type=["json", "yml", "yaml"],
        key="load_file",
        max_upload_size=2,
        help=say("One that was saved here, or a boards.yml. What you have stays as it is."),
    )
    if uploaded and st.button(say("Load"), type="primary", key="load"):
        load_file(uploaded.getvalue())
        _close()
        st.rerun()


def load_file(data: bytes) -> None:
    """Adds the boards of a file, and leaves word of what came; or why none did."""
    try:
        found, faults = read_file(data)
        stored, came = add_boards(find_kept().stored, found)
    except Unfit as unfit:
        leave_word(say("The file can't be read: {reason}.", reason=escape_markdown(str(unfit))))
        return
    change_store(lambda _: stored)
    told = say_count("{count} board came from the file.", "{count} boards came from the file.", len(came))
    leave_word(" ".join([told, *map(escape_markdown, faults[:3])]))
