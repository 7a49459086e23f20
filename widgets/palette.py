"""All values of an answer's dimensions, in an order that depends on no question: what fixes their colours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Catalogue, Failed, Question, Source
from semantic.catalogue import Aggregate
from semantic.conditions import classify_type
from semantic.offer import read_label
from semantic.question import MetricAsk, Order
from semantic.resolved import DimensionKey, Key, SegmentKey
from semantic.salvage import find_problems
from widgets.labels import NOW, read_language

if TYPE_CHECKING:
    from semantic import Answer
    from widgets.fields import Reading

MOST_VALUES = 200  # of a dimension whose values have colours of their own; of more, a chart shows a few anyway


def add_known(source: Source, catalogue: Catalogue, answer: Answer, reading: Reading) -> Reading:
    """The reading with all values of the keys that its series may be; nothing where it has none."""
    question, known = answer.resolved.question, dict[str, tuple[str, ...]]()
    if len(reading.keys) < 2:
        return reading
    for key in answer.resolved.keys:
        known[key.name] = _list_values(source, catalogue, key, question)
    if question.journey and question.journey.kind == "flow":
        known |= dict.fromkeys(("from", "to"), _ask_values(source, catalogue, question.journey.names[0]))
    return replace(reading, known=tuple(known.items()))


def _list_values(source: Source, catalogue: Catalogue, key: Key, question: Question) -> tuple[str, ...]:
    match key:
        case SegmentKey():
            language = read_language(question)
            return tuple(read_label(found.label, name, language) for name, found in catalogue.segments.items())
        case DimensionKey(order=order) if order:
            return order
        case DimensionKey(name, type=type_, unit=None) if classify_type(type_) == "text":
            return _ask_values(source, catalogue, name)
        case _:
            return ()


def _ask_values(source: Source, catalogue: Catalogue, name: str) -> tuple[str, ...]:
    return _ask_all(source, catalogue, id(catalogue), catalogue.bound.version, name)


@st.cache_data(max_entries=500, show_spinner=False)
def _ask_all(_source: Source, _catalogue: Catalogue, read: int, version: str, name: str) -> tuple[str, ...]:
    """The values by the first metric of the catalogue that is cut by the dimension, one that counts rows at best."""
    known = [(n, m) for n, m in _catalogue.metrics.items() if isinstance(m, Aggregate) and m.where is None]
    counts = sorted(known, key=lambda pair: pair[1].sql.tree.sql() != "COUNT(*)")
    plain = name.removesuffix(NOW)
    for dimension in dict.fromkeys((plain.rpartition(".")[2], plain, name)):
        for metric_name, _ in counts:
            asked = Question(
                metrics=(MetricAsk(metric_name),), by=(dimension,), order=(Order(dimension),), limit=MOST_VALUES + 1
            )
            if not find_problems(_catalogue, asked):
                try:
                    found = _source.ask(asked).table[dimension].to_pylist()
                except Failed:
                    return ()
                return tuple(str(value) for value in found if value is not None) if len(found) <= MOST_VALUES else ()
    return ()
