"""An empty answer -> the filter values that no row has at all, each with the nearest one that some have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from semantic.answer import Answer
from semantic.catalogue import Catalogue
from semantic.errors import Problem, find_nearest
from semantic.offer import MOST_VALUES, build_values_question
from semantic.question import Equals, Filter, MetricAsk, Question
from semantic.resolved import DimensionKey

if TYPE_CHECKING:
    import pyarrow as pa

Ask = Callable[[Question], "pa.Table | None"]  # None where it can't be answered


@dataclass(frozen=True, slots=True)
class Missing:
    """A value of a filter that no row has; `nearest` is the one that was most likely meant."""

    dimension: str
    value: str
    nearest: str | None = None

    def to_problem(self) -> Problem:
        """As every fault is told, though the answer stands."""
        remedy = f"Did you mean {self.nearest}?" if self.nearest else ""
        return Problem(self.dimension, f"no row has {self.value!r}", remedy, (self.dimension, self.value))


def find_missing(catalogue: Catalogue, answer: Answer, ask: Ask) -> tuple[Missing, ...]:
    """The texts that the line filters by and no row has, where the answer holds nothing but NULL and 0.

    `ask` answers a question about the values that there are. Personal dimensions aren't looked up.
    """
    asked = list(_list_texts(answer))
    if not asked or not is_empty(answer):
        return ()
    found: list[Missing] = []
    for item, texts in asked:
        known = _list_values(catalogue, answer, item.dimension, ask)
        if known is None:
            continue
        gone = [text for text in texts if text not in known]
        if len(known) >= MOST_VALUES:  # there may be more
            gone = [text for text in gone if not _is_there(catalogue, answer, item, text, ask)]
        found += [Missing(item.dimension, text, find_nearest(text, known)) for text in gone]
    return tuple(found)


def is_empty(answer: Answer) -> bool:
    """Whether every number of the answer is NULL or 0, or there is no row."""
    plan = answer.plan
    keys = {key.name for key in plan.keys}
    names = [name for name in answer.columns if name not in keys]
    if plan.journey:
        names = [name for name in names if name == "count"]
    elif plan.rows:
        return not answer.table.num_rows
    else:
        names = [column.name for column in plan.columns if column.role == "metric"]
    # It's looked at up to the first number.
    return all(not value.as_py() for name in names for value in answer.table[name])


def _list_texts(answer: Answer) -> Iterator[tuple[Filter, list[str]]]:
    """The filters by whole texts, each with these."""
    texts = {
        item.key.name
        for item in answer.resolved.filters
        if isinstance(item.key, DimensionKey) and item.key.type.upper().startswith(("VARCHAR", "TEXT", "ENUM"))
    }
    for item in answer.resolved.question.filters:
        values = [term.text for term in item.terms if isinstance(term, Equals)]
        if item.dimension in texts and not item.negated and len(values) == len(item.terms):
            yield item, values


def _ask_values(catalogue: Catalogue, answer: Answer, dimension: str) -> Question | None:
    """The question that counts rows by the dimension, of all time."""
    question = answer.resolved.question
    metrics = question.metrics
    if question.journey and question.journey.kind == "funnel":
        metrics = (MetricAsk(catalogue.funnels[question.journey.names[0]].steps[0]),)
    elif question.journey and question.journey.kind == "cohort":
        metrics = (MetricAsk(catalogue.cohorts[question.journey.names[0]].start),)
    if not metrics:
        return None
    plain = Question(metrics=tuple(MetricAsk(ask.name) for ask in metrics), timezone=question.timezone)
    return build_values_question(catalogue, plain, dimension, answer.resolved.as_of)


def _list_values(catalogue: Catalogue, answer: Answer, dimension: str, ask: Ask) -> list[str] | None:
    """The dimension's values, the most frequent first; None where they can't be looked up."""
    question = _ask_values(catalogue, answer, dimension)
    found = ask(question) if question else None
    return None if found is None else [value for value in _read(found, dimension) if value is not None]


def _is_there(catalogue: Catalogue, answer: Answer, item: Filter, text: str, ask: Ask) -> bool:
    """Whether a row has the value, of a dimension with more of them than are listed."""
    question = _ask_values(catalogue, answer, item.dimension)
    found = ask(replace(question, filters=(Filter(item.dimension, (Equals(text),)),))) if question else None
    return found is None or found.num_rows > 0


def _read(table: pa.Table, name: str) -> list[Any]:
    values: list[Any] = table[name].to_pylist()
    return values
