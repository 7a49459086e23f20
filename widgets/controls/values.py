"""The values of a dimension, asked from the data: what a filter offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from semantic import Failed, Refused, Source
from semantic.answer import plain_value
from semantic.offer import build_values_question
from semantic.question import Equals, IsNull
from semantic.values import print_metric
from widgets.address import Asked
from widgets.charts import format_value
from widgets.fields import read_value_field
from widgets.labels import label_value
from widgets.words import find_language, say


@dataclass(frozen=True, slots=True)
class Offered:
    """A value that there is: the term that a filter holds for it, and its label with how many it counts."""

    term: Equals | IsNull
    label: str


def ask_values(source: Source, asked: Asked, dimension: str) -> tuple[Offered, ...]:
    """The values of a dimension over the asked period, at most 500, the biggest first; none where it can't be asked."""
    question = build_values_question(asked.catalogue, asked.question, dimension)
    if question is None:
        return ()
    try:
        answer = source.ask(question)
    except (Refused, Failed):
        return ()
    field = read_value_field(asked.catalogue, question.metrics[0], question)
    values = answer.table[dimension].to_pylist()
    counts = answer.table[print_metric(question.metrics[0])].to_pylist()
    shown = [format_value(count, field.format, field.unit, find_language()) for count in counts]
    return tuple(
        Offered(write_term(value), f"{_name_value(value, dimension)}  ({count})")
        for value, count in zip(values, shown, strict=True)
    )


def write_term(value: object) -> Equals | IsNull:
    """The term that means a value of the data."""
    if value is None:
        return IsNull()
    if isinstance(value, bool):
        return Equals("true" if value else "false")
    if isinstance(value, float):
        return Equals(f"{value:.15g}")
    return Equals(value.isoformat() if isinstance(value, date | datetime) else str(plain_value(value)))


def _name_value(value: object, dimension: str) -> str:
    if value is None:
        return say("(none)")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return f'"{value}"' if value == say("(none)") else label_value(str(value), dimension)
