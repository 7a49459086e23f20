"""The semantic layer's public face: a catalogue, a line, an answer. Loaded piece by piece, as it's asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semantic.answer import Answer, Marked
    from semantic.catalogue import Catalogue
    from semantic.engines import Engine
    from semantic.errors import Failed, Problem, Refused, Stopped
    from semantic.line import parse_line, print_line, print_pairs, read_line, read_pairs
    from semantic.question import Question
    from semantic.source import Compiled, Serving, Source, compile_question, open_source
    from semantic.stop import Stop, stoppable

_HOMES = {
    "Answer": "answer",
    "Marked": "answer",
    "Catalogue": "catalogue",
    "Engine": "engines",
    "Failed": "errors",
    "Problem": "errors",
    "Refused": "errors",
    "Stopped": "errors",
    "parse_line": "line",
    "print_line": "line",
    "print_pairs": "line",
    "read_line": "line",
    "read_pairs": "line",
    "Question": "question",
    "Compiled": "source",
    "Serving": "source",
    "Source": "source",
    "compile_question": "source",
    "open_source": "source",
    "Stop": "stop",
    "stoppable": "stop",
}
__all__ = [
    "Answer",
    "Catalogue",
    "Compiled",
    "Engine",
    "Failed",
    "Marked",
    "Problem",
    "Question",
    "Refused",
    "Serving",
    "Source",
    "Stop",
    "Stopped",
    "compile_question",
    "open_source",
    "parse_line",
    "print_line",
    "print_pairs",
    "read_line",
    "read_pairs",
    "stoppable",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"semantic.{_HOMES[name]}"), name)
