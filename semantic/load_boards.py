"""boards.yml + Catalogue -> Boards, every line read and resolved; every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from semantic.bar import ALL, WORDS, Bar, read_bar, set_filter
from semantic.board import Board, Boards, Item, Widget
from semantic.catalogue import Catalogue
from semantic.document import Form, read_form
from semantic.errors import Problem, Refused, suggest_name
from semantic.line import CHARTS, RESERVED, read_line, split_line
from semantic.load import read_file, sort_problems
from semantic.names import is_time_name
from semantic.question import Filter, IsNull, Question
from semantic.salvage import find_problems, rename_metrics

FILE = "boards.yml"
BOARDS = Form(Boards, "file of boards", "boards:")


def load_boards(file: Path, catalogue: Catalogue) -> Boards:
    """The boards of a file, none where there is no file. Raises Refused with every fault, as `load_catalogue` does."""
    return read_boards(read_file(file, file.name), catalogue, file.name) if file.exists() else Boards()


def read_boards(text: str, catalogue: Catalogue, file: str = FILE) -> Boards:
    """The boards of a text, for a bound catalogue. Raises Refused with every fault."""
    found, problems = read_form(text, file, BOARDS)
    if found is None:
        raise Refused(problems)
    boards: dict[str, Board] = {}
    for name, board in found.boards.items():
        boards[name], faults = _read_board(found, catalogue, name, board)
        problems += faults
    if problems:
        raise Refused(sort_problems(problems))
    return replace(found, boards=boards)


def _read_board(boards: Boards, catalogue: Catalogue, name: str, board: Board) -> tuple[Board, list[Problem]]:
    here, problems = ("boards", name), list[Problem]()
    widgets: list[Item] = []
    for place, item in enumerate(board.widgets, 1):
        if isinstance(item, Widget):
            question, faults = read_widget(catalogue, item.line)
            where = boards.locate(*here, "widgets", str(place), "line")
            problems += (_move(problem, where) for problem in faults)
            item = replace(item, question=question)
        widgets.append(item)
    if not any(isinstance(item, Widget) for item in widgets) and not _has_lines(boards, here):
        problems.append(Problem(boards.locate(*here, "widgets"), "no widget has a line", "Add one: - line: metric=…"))
    questions = [item.question for item in widgets if isinstance(item, Widget)]
    answered = [question for question in questions if not find_problems(catalogue, question)]
    for dimension in board.bar:
        where = boards.locate(*here, "bar")
        problems += check_dimension(catalogue, answered, where, dimension, len(answered) < len(questions))
    start, faults = read_defaults(board.defaults or "")
    where = boards.locate(*here, "defaults")
    problems += (_move(problem, where) for problem in faults)
    problems += check_start(catalogue, answered, where, start, board.bar, len(answered) < len(questions))
    return replace(board, widgets=tuple(widgets), start=start), problems


def _has_lines(boards: Boards, here: tuple[str, ...]) -> bool:
    """Whether a widget has a line, perhaps one with a fault of its own that has been told."""
    return any(place[:2] == here and place[-1] == "line" for place in boards.lines)


def read_widget(catalogue: Catalogue, line: str) -> tuple[Question, tuple[Problem, ...]]:
    """The question of a line under today's names, and why it can't be answered."""
    question, problems = read_line(line)
    if problems:
        return question, problems
    if question.rows:
        told = "a board shows numbers, not the rows behind them"
        return question, (Problem("rows", told, "Leave it out: Explore shows the rows of each number"),)
    question = rename_metrics(catalogue, question)
    chart = dict(question.look).get("chart")
    if chart is not None and chart not in CHARTS:
        return question, (Problem("chart", f"the chart {chart} is unknown", suggest_name(chart, CHARTS, "chart")),)
    return question, find_problems(catalogue, question)


def read_defaults(line: str) -> tuple[Bar, tuple[Problem, ...]]:
    """What a line of `defaults` chooses."""
    pairs, undecoded = split_line(line)
    bar, problems = read_bar(pairs, Bar())
    return bar, (*undecoded, *problems)


def check_dimension(
    catalogue: Catalogue, questions: Iterable[Question], where: str, name: str, unsure: bool
) -> Iterator[Problem]:
    """A dimension of the bar is one that at least one of the widgets can be filtered by."""
    if name in WORDS or (name in RESERVED and name != "segment"):
        yield Problem(where, f"{name} is a word of the address", "Leave it out: a bar has period and compare anyway")
        return
    if _is_personal(catalogue, name):
        yield Problem(where, f"{name} is personal, and its values aren't shown", "Leave it out")
        return
    tried = [_try_filter(question, name) for question in questions]
    if any(not find_problems(catalogue, question) for question in tried):
        return
    known = dict.fromkeys(key for view in catalogue.views.values() for key in view.dimensions)
    if not (name == "segment" or is_time_name(name) or name.rpartition(".")[2] in known):
        yield Problem(where, f"the dimension {name} is unknown", suggest_name(name, known, "dimension"))
    elif tried and not unsure:  # a widget with a fault may be the one that it's for
        yield Problem(where, f"no widget can be filtered by {name}", find_problems(catalogue, tried[0])[0].remedy)


def _is_personal(catalogue: Catalogue, name: str) -> bool:
    tail = name.rpartition(".")[2]
    found = [view.dimensions[tail].pii for view in catalogue.views.values() if tail in view.dimensions]
    return bool(found) and all(found)


def _try_filter(question: Question, name: str) -> Question:
    if name == "segment":
        return question
    return set_filter(question, Filter(name, (IsNull(),)))


def check_start(
    catalogue: Catalogue, questions: list[Question], where: str, start: Bar, bar: tuple[str, ...], unsure: bool
) -> Iterator[Problem]:
    """What the bar holds at first is something that at least one of the widgets can take."""
    for item in start.filters:
        unknown = list(check_dimension(catalogue, questions, where, item.dimension, unsure))
        if item.dimension not in bar:
            yield from unknown
        problems = [find_problems(catalogue, set_filter(question, item)) for question in questions]
        if questions and all(problems) and not unknown and not unsure:
            # of the widgets that can be filtered by it, one says what is wrong with the values
            wrong = next(found for found in problems if "can't be cut by" not in found[0].found)[0]
            yield Problem(where, f"{item.dimension}: {wrong.found}", wrong.remedy)
    for name in start.segments:
        if name not in catalogue.segments:
            told = suggest_name(name, catalogue.segments, "segment")
            yield Problem(where, f"segment: the segment {name} is unknown", told)
    if start.period and start.period != ALL and questions:
        tried = [replace(question, period=start.period, compare=None) for question in questions]
        if all(find_problems(catalogue, question) for question in tried) and not unsure:
            yield Problem(where, "period: no widget has a time", "Leave period out")


def _move(problem: Problem, where: str) -> Problem:
    """A problem of a line at its place in the file."""
    return Problem(f"{where}: {problem.where}" if problem.where else where, problem.found, problem.remedy)
