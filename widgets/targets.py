"""Targets of an answer's numbers: those of the catalogue, or of the metric that holds them, over the same days."""

from __future__ import annotations

from dataclasses import replace

from semantic import Answer, Catalogue, Failed, Question, Source
from semantic.question import MetricAsk
from semantic.salvage import find_problems


def find_targets(source: Source, catalogue: Catalogue, answer: Answer) -> dict[str, float]:
    """The target of each asked metric of a single row, by its column; none where it can't be asked like that."""
    question, found = answer.resolved.question, dict[str, float]()
    for ask in question.metrics:
        target = catalogue.metrics[ask.name].target if ask.name in catalogue.metrics and not ask.modifiers else None
        if isinstance(target, str):
            asked = replace(
                question, metrics=(MetricAsk(target),), by=(), compare=None, top=None, order=(), limit=None, look=()
            )
            target = _ask_number(source, asked, target) if not find_problems(catalogue, asked) else None
        if target is not None:
            found[ask.name] = target
    return found


def _ask_number(source: Source, asked: Question, name: str) -> float | None:
    try:
        value = source.ask(asked).rows()[0][name]
    except Failed:
        return None
    return value if isinstance(value, int | float) else None
