"""A journey's answer -> a reading: a funnel, cohort, flow or overlap under labels, and which columns are its groups."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from semantic.names import GRAINS
from semantic.question import MetricAsk
from semantic.resolved import JourneyColumn, ResolvedCohort
from widgets.charts import Field
from widgets.labels import label_metric, label_segment
from widgets.words import later, say, say_list

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Question
    from widgets.fields import Reading

GROUPS = ("step", "cohort", "age", "from", "to", "segments")  # columns that tell the rows apart
MAIN = {"funnel": "count", "cohort": "rate", "flow": "count", "overlap": "count"}  # what a chart draws
LABELS = {
    "step": later("Step"),
    "count": later("Count"),
    "rate": later("Of the first step"),
    "step_rate": later("Of the step before"),
    "lost": later("Lost on the way"),
    "median_days": later("Days since the step before, median"),
    "cohort": later("Cohort"),
    "size": later("Size of the cohort"),
    "from": later("From state"),
    "to": later("To state"),
    "share": later("Share of those from there"),
    "segments": later("In exactly these"),
}
LATER = {
    "hour": later("Hours later"),
    "day": later("Days later"),
    "week": later("Weeks later"),
    "month": later("Months later"),
    "quarter": later("Quarters later"),
    "half": later("Halves later"),
    "year": later("Years later"),
}
MOVES = {"joined": later("joined"), "left": later("left")}  # marks of a flow: where there is no state


def read_columns(catalogue: Catalogue, answer: Answer) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The journey's own groups, and its numbers: those of the other period stand beside each, under its name."""
    journey = answer.resolved.journey
    assert journey, "the answer is a journey's"
    fields = [_read_column(catalogue, answer, column) for column in journey.columns if "@" not in column.name]
    groups = tuple(field for field in fields if field.name in GROUPS)
    return groups, tuple(field for field in fields if field.name not in GROUPS)


def _read_column(catalogue: Catalogue, answer: Answer, column: JourneyColumn) -> Field:
    journey, name = answer.resolved.journey, column.name
    if isinstance(journey, ResolvedCohort):
        if name == "cohort":
            return Field(name, say(LABELS[name]), "time", grain=journey.grain if journey.grain in GRAINS else "day")
        if name == "age":
            return Field(name, say(LATER[journey.grain]), "number")
        if name == "rate":
            return Field(name, say("Came back"), "number", format="percent")
    kind: Literal["category", "number"] = "category" if column.format in ("text", "names") else "number"
    unit = say("days") if column.format == "days" else ""
    return Field(name, say(LABELS[name]), kind, format="" if kind == "category" else column.format, unit=unit)


def name_values(catalogue: Catalogue, answer: Answer) -> pa.Table:
    """The answer's table with names for what isn't read as it's stored: steps, sets of segments, who joined or left."""
    table, question = answer.table, answer.resolved.question
    moves = {(mark.row, mark.column): say(MOVES[mark.mark]) for mark in answer.marks if mark.mark in MOVES}

    def name(column: str, row: int, value: Any) -> str | None:
        if column == "step":
            return label_metric(catalogue, MetricAsk(str(value)), question)
        if column == "segments":
            members = [label_segment(catalogue, str(each), question) for each in value or ()]
            return say_list(members) if members else say("none of these")
        return moves.get((row, column)) or (None if value is None else str(value))

    for column in ("step", "segments", "from", "to"):
        if column in table.column_names:
            values = [name(column, row, value) for row, value in enumerate(table[column].to_pylist())]
            table = table.set_column(table.column_names.index(column), column, pa.array(values, pa.string()))
    return table


def add_hidden(catalogue: Catalogue, answer: Answer, table: pa.Table) -> pa.Table:
    """The table with what only pictures read: sets of segments as lists of labels, who joined and who left a flow."""
    question, names = answer.resolved.question, answer.table.column_names
    if "segments" in names:
        lists = [
            [label_segment(catalogue, str(each), question) for each in value or ()]
            for value in answer.table["segments"].to_pylist()
        ]
        table = table.append_column("@members", pa.array(lists, pa.list_(pa.string())))
    for mark in ("joined", "left") if "from" in names else ():
        rows = {found.row for found in answer.marks if found.mark == mark}
        table = table.append_column(f"@{mark}", pa.array([row in rows for row in range(table.num_rows)]))
    return table


def focus_reading(reading: Reading, question: Question) -> Reading:
    """What a chart draws of a reading: of a journey's numbers the main one."""
    if question.journey is None:
        return reading
    main = tuple(value for value in reading.values if value.name == MAIN[question.journey.kind])
    return replace(reading, values=main, better=(None,))
