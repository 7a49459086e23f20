"""The address -> the board that it names or holds: one that ships, one of the browser's store, one of a link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from semantic import Catalogue, Problem
from semantic.board import Board, Boards
from semantic.errors import suggest_name
from widgets.links import BOARD, MINE
from widgets.store.browser import find_kept
from widgets.store.document import Unfit
from widgets.store.link import unpack_board
from widgets.store.own import find_value, read_value

SHARED, VIEW, REFRESH = "shared", "view", "refresh"  # keys of an address: a whole board; how the page looks; how often
OWN_KEYS = (BOARD, SHARED, VIEW, REFRESH)


@dataclass(frozen=True, slots=True)
class Found:
    """A board with its part of the address; what of it can't be read, by place; `value` as it's stored, if it is."""

    name: str
    address: Mapping[str, str]
    board: Board
    faults: Mapping[int, tuple[Problem, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    value: Any = None


def find_board(catalogue: Catalogue, boards: Boards, pairs: Iterable[tuple[str, str]]) -> Found | tuple[Problem, ...]:
    """The board of an address, the first that ships where it names none; why there is none."""
    asked = {key: value for key, value in reversed(list(pairs)) if key in (BOARD, SHARED)}
    if SHARED in asked:
        return _find_shared(catalogue, asked[SHARED])
    name = asked.get(BOARD, next(iter(boards.boards), ""))
    if name.startswith(MINE):
        return _find_own(catalogue, name)
    if name in boards.boards:
        return Found(name, {BOARD: name}, boards.boards[name])
    told = suggest_name(name, boards.boards, "board")
    return (Problem(BOARD, f"the board {name} is unknown", told),) if BOARD in asked else ()


def is_waiting(pairs: Mapping[str, str]) -> bool:
    """Whether the address names a board of the browser's store, which hasn't answered yet."""
    return pairs.get(BOARD, "").startswith(MINE) and SHARED not in pairs and not find_kept().ready


def _find_own(catalogue: Catalogue, name: str) -> Found | tuple[Problem, ...]:
    value = find_value(name)
    if value is None:
        told = "Own boards are kept in the browser that made them: its “Copy link” makes a link that opens anywhere"
        return (Problem(BOARD, "this browser keeps no such board", told),)
    own = read_value(value, catalogue)
    return Found(name, {BOARD: name}, own.board, own.faults, own.problems, value)


def _find_shared(catalogue: Catalogue, code: str) -> Found | tuple[Problem, ...]:
    try:
        value = unpack_board(code)
    except Unfit as unfit:
        return (Problem("", f"The board of this link can't be read: {unfit}", "Ask for the link again"),)
    own = read_value(value, catalogue)
    return Found("", {SHARED: code}, own.board, own.faults, own.problems, value)


def keep_address(address: Mapping[str, str]) -> dict[str, str]:
    """A board's part of the address with how the page looks and how often it's refreshed, as they are now."""
    held = {key: st.query_params[key] for key in (VIEW, REFRESH) if key in st.query_params}
    return {**address, **held}
