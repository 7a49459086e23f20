"""Annotations of the catalogue -> the notes of a chart over time, and the sentence under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.charts import KINDS, Note, fit_config, format_period
from widgets.charts.palette import FOCUS
from widgets.charts.words import DASH
from widgets.labels import read_language
from widgets.words import say

if TYPE_CHECKING:
    from semantic import Catalogue, Question
    from widgets.fields import Reading


def find_notes(catalogue: Catalogue, question: Question) -> tuple[Note, ...]:
    """What the catalogue notes of the asked metrics, or of all, as the reader's language has it."""
    asked = {ask.name for ask in question.metrics}
    known = [note for note in catalogue.annotations if not note.metrics or asked & set(note.metrics)]
    return tuple(Note(note.from_, note.to or note.from_, note.title.read(read_language(question))) for note in known)


def tell_notes(reading: Reading, kind: str) -> list[str]:
    """`Noted: Launch of the Vega (1 Mar 2024 – 31 Aug 2024)`: what a chart of that kind marks; whom it has in gray."""
    if not reading.table.num_rows or KINDS[kind].draw is None:
        return []
    config = fit_config(reading.table, reading.configure(kind))
    noted = [_tell_note(note, reading) for note in config.notes]
    told = [say("Noted: {notes}.", notes="; ".join(noted))] if noted else []
    return [say("In colour: the {count} biggest; the others are gray.", count=FOCUS), *told] if config.focused else told


def _tell_note(note: Note, reading: Reading) -> str:
    days = dict.fromkeys(format_period(day, "date", reading.locale) for day in (note.start, note.end))
    return f"{note.title} ({f' {DASH} '.join(days)})"
