"""A question that asks a metric which is gone -> the nearest metric, and the question with that in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from semantic.catalogue import Catalogue
from semantic.line import canonicalise
from semantic.line_values import rename_column
from semantic.question import Question
from semantic.salvage import find_problems

LEAST_ALIKE = 0.4  # of the letters of two names
MOST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Replacement:
    """The metric that is gone, the one that would do, and the question that asks it."""

    gone: str
    name: str
    question: Question


def offer_replacement(catalogue: Catalogue, question: Question) -> Replacement | None:
    """The nearest metric by which a question with one that is gone has an answer; None where none comes near."""
    gone = next((ask.name for ask in question.metrics if ask.name not in catalogue.metrics), None)
    if gone is None:
        return None
    alike = {name: _compare_names(gone, name) for name in catalogue.metrics}
    near = sorted((name for name in alike if alike[name] >= LEAST_ALIKE), key=lambda name: -alike[name])
    for name in near[:MOST_TRIED]:
        tried = replace_metric(question, gone, name)
        if not find_problems(catalogue, tried):
            return Replacement(gone, name, tried)
    return None


def _compare_names(one: str, other: str) -> float:
    """How much two names have in common, from 0 to 1: their letters, or the words that they share."""
    words, others = set(one.lower().split("_")), set(other.lower().split("_"))
    return max(SequenceMatcher(None, one.lower(), other.lower()).ratio(), len(words & others) / len(words | others))


def replace_metric(question: Question, gone: str, name: str) -> Question:
    """The question with one metric in place of another, also where it's sorted and ranked by it."""
    found, order = [], question.order
    for ask in question.metrics:
        new = replace(ask, name=name) if ask.name == gone else ask
        order = tuple(replace(one, column=rename_column(one.column, ask, new)) for one in order)
        found.append(new)
    top = question.top
    if top and top.metric and top.metric.name == gone:
        top = replace(top, metric=replace(top.metric, name=name))
    return canonicalise(replace(question, metrics=tuple(dict.fromkeys(found)), order=order, top=top))
