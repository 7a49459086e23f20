"""A broken question -> what of it can be answered, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from semantic.calendar import refuse_period
from semantic.catalogue import Catalogue
from semantic.errors import Problem, Refused
from semantic.line import canonicalise
from semantic.line_values import rename_column
from semantic.names import is_time_name
from semantic.question import MetricAsk, Question
from semantic.resolve import resolve_question
from semantic.resolved import Resolved
from semantic.values import find_metric, print_metric


class Known:
    """A catalogue as a key of a cache: known by identity, as it holds mappings."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and other.catalogue is self.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


def find_problems(catalogue: Catalogue, question: Question, as_of: date | None = None) -> tuple[Problem, ...]:
    """Why the question can't be answered; nothing where it can."""
    return resolve_known(Known(catalogue), strip_look(question), as_of)[1]


def salvage_question(
    catalogue: Catalogue, question: Question, as_of: date | None = None
) -> tuple[Question, tuple[Problem, ...]]:
    """The question without what is unknown or can't be answered, and a Problem for each part that was dropped.

    Earlier names of metrics become their names of today. What is left can be answered, or asks no metric.
    """
    return _salvage(Known(catalogue), question, as_of)


@lru_cache(maxsize=512)
def _salvage(known: Known, question: Question, as_of: date | None) -> tuple[Question, tuple[Problem, ...]]:
    left, told = rename_metrics(known.catalogue, question), list[Problem]()
    while True:
        problems = [problem for problem in resolve_known(known, strip_look(left), as_of)[1] if problem.part]
        if not problems:
            return left, tuple(told)
        smaller, problem = _drop_part(known, left, problems, as_of)
        if problem not in told:
            told.append(problem)
        left = smaller


def _drop_part(
    known: Known, question: Question, problems: list[Problem], as_of: date | None
) -> tuple[Question, Problem]:
    """The question without the first part that a problem names and that is there; else without any that helps."""
    for problem in problems:
        assert problem.part, "only problems with a part come here"
        unknown = problem.found.endswith("is unknown")
        smaller = _without(question, *problem.part, whole=unknown)
        if smaller != question and (smaller.metrics or not question.metrics or unknown):
            return smaller, problem
    # The part is named by what feeds it, or is all that is asked: the rest gives way before the last metric does.
    for smaller in _list_smaller(question):
        if len(resolve_known(known, strip_look(smaller), as_of)[1]) < len(problems):
            return smaller, problems[0]
    return next(_list_smaller(question)), problems[0]


def rename_metrics(catalogue: Catalogue, question: Question) -> Question:
    """The question with today's names of metrics for their earlier ones, also where it's sorted and ranked by them."""

    def rename(ask: MetricAsk) -> MetricAsk:
        try:
            return replace(ask, name=find_metric(catalogue, ask.name))
        except Refused:
            return ask

    top = question.top and replace(question.top, metric=question.top.metric and rename(question.top.metric))
    order = question.order
    for ask in question.metrics:
        order = tuple(replace(one, column=rename_column(one.column, ask, rename(ask))) for one in order)
    return canonicalise(replace(question, metrics=tuple(map(rename, question.metrics)), top=top, order=order))


def _without(question: Question, key: str, item: str | None, whole: bool = True) -> Question:
    """The question without that part of its line, of a metric without its last modifier unless `whole`."""
    match key:
        case "metric":
            asked = [ask for ask in question.metrics if item == print_metric(ask)]
            kept = ((None if whole else _simplify(ask)) if ask in asked else ask for ask in question.metrics)
            return replace(question, metrics=tuple(dict.fromkeys(ask for ask in kept if ask)))
        case "by":
            return replace(question, by=tuple(name for name in question.by if name != item))
        case "segment":
            personal = tuple(segment for segment in question.personal if segment.name != item)
            return replace(question, segments=tuple(n for n in question.segments if n != item), personal=personal)
        case "period" | "compare" | "top" | "limit" | "rows" | "timezone":
            nothing: dict[str, Any] = {key: None}
            return replace(question, **nothing)
        case "order":
            return replace(question, order=tuple(order for order in question.order if item not in (None, order.column)))
        case "funnel" | "cohort" | "flow" | "overlap":
            return replace(question, journey=None)
        case _ if any(key == f"segment.{one.name}" for one in question.personal):
            kept_ones = tuple(one for one in question.personal if key != f"segment.{one.name}")
            return replace(question, personal=kept_ones)
        case _:
            return replace(question, filters=tuple(one for one in question.filters if one.dimension != key))


def _simplify(ask: MetricAsk) -> MetricAsk | None:
    """The metric without its last modifier, None where it has none."""
    return replace(ask, modifiers=ask.modifiers[:-1]) if ask.modifiers else None


def _list_smaller(question: Question) -> Iterator[Question]:
    """The question without one of its parts, the least important first."""
    if question.compare:
        yield replace(question, compare=None)
    if question.top:
        yield replace(question, top=None)
    if question.order:
        yield replace(question, order=())
    for ask in question.metrics:
        if simpler := _simplify(ask):
            yield replace(question, metrics=tuple(simpler if one is ask else one for one in question.metrics))
    if (timeless := _without_time(question)) != question:
        yield timeless
    for name in reversed(question.by):
        yield _without(question, "by", name)
    for item in question.filters:
        yield _without(question, item.dimension, None)
    for segment in question.segments:
        yield _without(question, "segment", segment)
    if question.personal:
        yield replace(question, personal=())
    if question.period:
        yield replace(question, period=None)
    for ask in reversed(question.metrics):
        yield replace(question, metrics=tuple(one for one in question.metrics if one is not ask))
    yield Question(look=question.look)


def _without_time(question: Question) -> Question:
    by = tuple(name for name in question.by if not is_time_name(name))
    filters = tuple(item for item in question.filters if not is_time_name(item.dimension))
    return replace(question, by=by, filters=filters, period=None, compare=None)


def strip_look(question: Question) -> Question:
    """The question without how it is shown, which changes no answer."""
    return replace(question, look=()) if question.look else question


@lru_cache(maxsize=4096)
def resolve_known(known: Known, question: Question, as_of: date | None) -> tuple[Resolved | None, tuple[Problem, ...]]:
    """What the compiler makes of a question, or why it refuses it; it is asked once."""
    try:
        return resolve_question(known.catalogue, question, as_of), ()
    except Refused as refused:
        return None, refused.problems
    except OverflowError:  # of a day before the year 1 or after 9999
        return None, refuse_period().problems
