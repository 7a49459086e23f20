"""Targets of an answer's numbers: those of the catalogue, or of the metric that holds them, over the same days."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa

from semantic import Answer, Catalogue, Failed, Question, Source
from semantic.question import MetricAsk
from semantic.resolved import Column
from semantic.salvage import find_problems
from semantic.values import adds_up, find_metric, print_metric
from widgets.fields import TARGET, Reading


def add_targets(source: Source, catalogue: Catalogue, answer: Answer, reading: Reading) -> Reading:
    """The reading with `NAME@target` for each value that has a target in some row, NULL where it has none."""
    table = reading.table
    for name, targets in list_targets(source, catalogue, answer).items():
        table = table.append_column(f"{name}{TARGET}", pa.array(targets, pa.float64()))
    return replace(reading, table=table)


def find_targets(source: Source, catalogue: Catalogue, answer: Answer) -> dict[str, float]:
    """The target of each asked metric in the first row, by its column; those that there are."""
    found = {name: targets[0] for name, targets in list_targets(source, catalogue, answer).items()}
    return {name: target for name, target in found.items() if target is not None}


def list_targets(source: Source, catalogue: Catalogue, answer: Answer) -> dict[str, list[float | None]]:
    """The target of each asked metric in each row, by its column; none where it can't be asked by the same slices.

    A number is the target of what doesn't add up, a rate say, in each of its groups; of what does it's that of the
    whole alone.
    """
    question, found = answer.resolved.question, dict[str, list[float | None]]()
    if question.journey or not answer.table.num_rows:
        return found
    columns = {column.name: column for column in answer.resolved.columns if column.role == "metric"}
    for ask in question.metrics:
        name = find_metric(catalogue, ask.name)
        target = catalogue.metrics[name].target if not ask.modifiers else None
        targets: list[float | None] = []
        if isinstance(target, str):
            targets = _ask_targets(source, catalogue, answer, target)
        elif target is not None and _holds_everywhere(answer, columns[print_metric(ask)]):
            targets = [float(target)] * answer.table.num_rows
        if any(number is not None for number in targets):
            found[print_metric(ask)] = targets
    return found


def _holds_everywhere(answer: Answer, column: Column) -> bool:
    return not answer.resolved.keys or not adds_up(column.value)


def _ask_targets(source: Source, catalogue: Catalogue, answer: Answer, target: str) -> list[float | None]:
    """The target metric's value in each row of an answer, found by its keys."""
    question = answer.resolved.question
    if question.top:  # the biggest by target are others
        return []
    asked = replace(question, metrics=(MetricAsk(target),), compare=None, order=(), limit=None, totals=False, look=())
    if find_problems(catalogue, asked):
        return []
    keys = [key.name for key in answer.resolved.keys]
    known = {tuple(row[key] for key in keys): row[target] for row in _ask_rows(source, asked)}
    return [_read_number(known.get(tuple(row[key] for key in keys))) for row in answer.rows()]


def _ask_rows(source: Source, asked: Question) -> list[dict[str, Any]]:
    try:
        return source.ask(asked).rows()
    except Failed:
        return []


def _read_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
