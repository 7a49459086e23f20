"""A board of somebody's own <-> Board: the language of `boards.yml` as JSON; a fault leaves the rest standing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from semantic.bar import Bar
from semantic.board import Board, Card, Item, Widget
from semantic.catalogue import Catalogue, Text
from semantic.document import list_fields, read_form
from semantic.errors import Problem
from semantic.load_boards import BOARDS, check_dimension, check_start, read_defaults, read_widget
from semantic.question import Question
from semantic.salvage import find_problems

Json = Any  # what JSON holds: maps, lists, texts, numbers, true, false and null
UNREADABLE = Text((("en", "Unreadable widget"), ("pt", "Widget ilegível"), ("ru", "Нечитаемый виджет")))


@dataclass(frozen=True, slots=True)
class OwnBoard:
    """The board as far as it can be read; what is wrong with it, and with which of its items, by their places.

    An item that can't be read stands as a card, so that places are those of the stored board.
    """

    board: Board
    faults: Mapping[int, tuple[Problem, ...]]
    problems: tuple[Problem, ...] = ()


def read_own_board(value: Json, catalogue: Catalogue) -> OwnBoard:
    """A board as JSON has it, for a bound catalogue. Raises nothing: what is wrong is told."""
    found = dict(value) if isinstance(value, Mapping) else {}
    listed = found.pop("widgets", [])
    items: list[Item] = []
    faults: dict[int, tuple[Problem, ...]] = {}
    for place, part in enumerate(listed if isinstance(listed, list) else []):
        item, wrong = _read_item(part, catalogue)
        items.append(item)
        if wrong:
            faults[place] = wrong
    board, problems = _read_head(found)
    questions = [item.question for item in items if isinstance(item, Widget)]
    answered = [question for question in questions if not find_problems(catalogue, question)]
    board, left = _read_bar(replace(board, widgets=tuple(items)), catalogue, answered)
    return OwnBoard(board, faults, (*problems, *left))


def _read_item(part: Json, catalogue: Catalogue) -> tuple[Item, tuple[Problem, ...]]:
    board, problems = _read_form({"widgets": [part]})
    if board is None or problems or len(board.widgets) != 1:
        return Card(card=UNREADABLE), problems
    item = board.widgets[0]
    if not isinstance(item, Widget):
        return item, ()
    question, wrong = read_widget(catalogue, item.line)
    return replace(item, question=question), wrong


def _read_form(board: Mapping[str, Json]) -> tuple[Board | None, tuple[Problem, ...]]:
    """The board by itself, and what is wrong with its form; a place is told from within the board or its widget."""
    text = json.dumps({"boards": {"own": board}}, ensure_ascii=False)
    found, problems = read_form(text, "", BOARDS)
    told = tuple(replace(problem, where=_shorten_place(problem.where)) for problem in problems)
    return found.boards.get("own") if found else None, told


def _shorten_place(where: str) -> str:
    """`:1: boards.own.widgets.1.size` -> `size`."""
    place = where.rpartition(": ")[2]
    for before in ("boards.own", ".", "widgets.1", "."):
        place = place.removeprefix(before)
    return place


def _read_head(found: Mapping[str, Json]) -> tuple[Board, tuple[Problem, ...]]:
    """All but its widgets: the keys that can be read."""
    board, problems = _read_form({**found, "widgets": []})
    if board is not None and not problems:
        return board, ()
    kept = {key: part for key, part in found.items() if not _read_form({key: part, "widgets": []})[1]}
    board, _ = _read_form({**kept, "widgets": []})
    return board or Board(widgets=()), problems


def _read_bar(board: Board, catalogue: Catalogue, answered: list[Question]) -> tuple[Board, tuple[Problem, ...]]:
    """The bar without what no widget can be filtered by; a board without a widget keeps it for those to come."""
    left: list[Problem] = []
    bar = []
    for name in board.bar:
        wrong = list(check_dimension(catalogue, answered, "bar", name, not answered))
        left += wrong
        bar += [] if wrong else [name]
    start, problems = read_defaults(board.defaults or "")
    told = (*problems, *check_start(catalogue, answered, "defaults", start, tuple(bar), not answered))
    return replace(board, bar=tuple(bar), start=Bar(lang=start.lang) if told else start), (*left, *told)


def print_board(board: Board) -> dict[str, Json]:
    """The board as JSON has it; reading that gives the same board."""
    return dict(_print_parts(board))


def _print_parts(part: Any) -> Iterator[tuple[str, Json]]:
    kind: Any = type(part)
    for key, field in list_fields(kind).items():
        value = getattr(part, field.name)
        if value is None or value == ():
            if field.required:
                yield key, []
        elif key == "widgets":
            yield key, [dict(_print_parts(item)) for item in value]
        else:
            yield key, _print_value(value)


def _print_value(value: Json) -> Json:
    if isinstance(value, Text):
        texts = dict(value.texts)
        return texts[""] if list(texts) == [""] else texts
    return list(value) if isinstance(value, tuple) else value
