"""Answer -> how it is drawn: its reading, the kinds that may show it, the course of its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from semantic.offer import set_grain
from semantic.salvage import find_problems
from widgets.charts import KINDS
from widgets.fields import Reading, read_answer
from widgets.journeys import focus_reading
from widgets.palette import add_known
from widgets.pictures import explain_pictures, list_pictures
from widgets.targets import add_targets
from widgets.words import say

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Question, Source


@dataclass(frozen=True, slots=True)
class Drawing:
    """An answer with the kinds that may show it, the best first, and the one that its line asks for or that is best.

    `drawn` is what charts and numbers show of the reading: of a journey its main number. `refused` is why it isn't the
    kind that its line asks for; empty where it is, or asks for none.
    """

    answer: Answer
    reading: Reading
    drawn: Reading
    kinds: tuple[str, ...]
    kind: str
    refused: str = ""

    @property
    def is_empty(self) -> bool:
        """True where there is no row to show, or no value in any of them."""
        names = [value.name for value in self.reading.values]
        rows = self.reading.table
        return not rows.num_rows or (bool(names) and all(rows[name].null_count == rows.num_rows for name in names))


def choose_drawing(source: Source, catalogue: Catalogue, answer: Answer, question: Question) -> Drawing:
    """How an answer is drawn; `question` is asked with its look, which an answer's own may lack."""
    reading = add_targets(source, catalogue, answer, read_answer(catalogue, answer))
    reading = add_known(source, catalogue, answer, reading)
    drawn = focus_reading(reading, question)
    kinds = list_pictures(catalogue, answer, drawn)
    asked = dict(question.look).get("chart")
    if asked is None or asked in kinds:
        kind, refused = asked or kinds[0], ""
    else:
        kind = kinds[0]
        refused = explain_pictures(catalogue, answer, drawn).get(asked) or say("there is no chart of that name")
    return Drawing(answer, reading, reading if KINDS[kind].whole else drawn, kinds, kind, refused)


def find_trends(source: Source, catalogue: Catalogue, answer: Answer) -> dict[str, list[float | None]]:
    """The course of each number over the asked days, in a dozen to sixty steps; nothing where there is no clock."""
    question, window = answer.resolved.question, answer.resolved.window
    if window.start and window.stop:
        days = (window.stop - window.start).days
        grain = next((g for g, most in (("day", 62), ("week", 370), ("month", 1900)) if days <= most), "year")
        if days < 3:
            return {}
    else:
        grain = "month"
    asked = replace(set_grain(question, grain), compare=None, top=None, order=(), limit=None, totals=False, look=())
    if find_problems(catalogue, asked):
        return {}
    table = source.ask(asked).table
    numbers = {name: table[name].to_pylist() for name in table.column_names if name != grain}
    return {name: found for name, found in numbers.items() if all(isinstance(n, int | float | None) for n in found)}
