"""Questions asked ahead: all of a board at once, while its first tiles are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from semantic import Answer, Catalogue, Failed, Question, Refused, Source
from widgets.drawing import find_trends
from widgets.targets import find_targets

_askers = ThreadPoolExecutor(4, thread_name_prefix="board")  # they wait for the source's own workers


def ask_ahead(source: Source, catalogue: Catalogue, questions: Iterable[Question]) -> dict[Question, Future[Answer]]:
    """The answers under way, each once, with what a number needs beside its own; what fails is raised by its tile."""
    return {question: _askers.submit(_ask, source, catalogue, question) for question in dict.fromkeys(questions)}


def _ask(source: Source, catalogue: Catalogue, question: Question) -> Answer:
    answer = source.ask(question)
    if not question.journey:
        try:  # what these find stays in the source's cache
            find_targets(source, catalogue, answer)
            if not question.by:
                find_trends(source, catalogue, answer)
        except (Refused, Failed):
            return answer  # the tile tells it, where it asks again
    return answer
