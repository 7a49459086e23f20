"""Answer -> what a chart, a number or a table needs: fields with labels and formats, a table with its marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

import pyarrow as pa

from semantic.calendar import WEEKDAYS
from semantic.conditions import classify_type
from semantic.names import GRAINS, PARTS
from semantic.offer import find_family_of, read_label
from semantic.question import MetricAsk, Question, Slice
from semantic.ratios import find_ratio
from semantic.resolved import DimensionKey, Key, ResolvedCohort, SegmentKey, TimeKey
from semantic.values import find_metric, print_metric
from widgets.annotations import find_notes
from widgets.charts import ChartConfig, Field, Locale, Note, arrange_keys
from widgets.journeys import add_hidden, name_values, read_columns
from widgets.labels import CHANGES, label_compare, label_key, label_metric, label_term, read_language
from widgets.times import label_window
from widgets.words import say

if TYPE_CHECKING:
    from semantic import Answer, Catalogue

Direction = Literal["higher", "lower"]
OPEN, OTHER = "@open", "@other"  # no dimension or metric can have these names
BASE = "@base"  # behind a metric's name: what it is divided by, where that is too little to read
LOW, HIGH = "@low", "@high"  # the interval around it there
TARGET = "@target"  # its target in each row
BESIDE = (BASE, LOW, HIGH, TARGET)  # what charts draw beside a value, and tables don't hold


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer as it is read: a field per key and metric, in the table's order; which direction of each is good.

    `table` is the answer's, with segments under their labels and two boolean columns: the row's period isn't over or
    settled, the row is the rest; and `NAME@base` for each value that is somewhere divided by too little: by how much
    there, NULL elsewhere, with `NAME@low` and `NAME@high` around it. `notes` are what happened on its time axis,
    `ratio` what its two values make, `known` all values of a key, whichever the table holds.
    `compare` names what stands in `NAME@compare`, empty where nothing does; `beside` and `versus` do so in fewer words.
    """

    table: pa.Table
    keys: tuple[Field, ...]
    values: tuple[Field, ...]
    compare: str
    beside: str
    versus: str
    better: tuple[Direction | None, ...]
    locale: Locale
    week_start: int
    notes: tuple[Note, ...] = ()
    ratio: Field | None = None
    ratio_up: bool = True
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def configure(self, kind: str) -> ChartConfig:
        """The configuration of a chart of that kind."""
        names = self.table.column_names
        x, series, facet = arrange_keys(kind, self.keys)
        return ChartConfig(
            kind=kind,
            x=x,
            values=self.values,
            series=series,
            facet=facet,
            open_column=OPEN if OPEN in names else "",
            other_column=OTHER if OTHER in names else "",
            based=any(f"{value.name}{BASE}" in names for value in self.values),
            compare=self.compare,
            week_start=self.week_start,
            locale=self.locale,
            notes=self.notes,
            ratio=self.ratio,
            ratio_up=self.ratio_up,
            known=dict(self.known).get(apart.name, ()) if (apart := facet or series) else (),
        )


def read_answer(catalogue: Catalogue, answer: Answer) -> Reading:
    """The answer's fields and table."""
    question = answer.resolved.question
    if answer.resolved.journey:
        return _read_journey(catalogue, answer)
    columns = [column for column in answer.resolved.columns if column.role == "metric"]
    asks = {print_metric(ask): ask for ask in question.metrics}
    metrics = [catalogue.metrics[find_metric(catalogue, column.metric)] for column in columns]
    ratio, ratio_up = _find_ratio(catalogue, question)
    return Reading(
        table=_prepare_table(catalogue, answer, answer.table),
        keys=tuple(_read_key(catalogue, key, question) for key in answer.resolved.keys),
        values=tuple(read_value_field(catalogue, asks[column.name], question) for column in columns),
        compare=_name_compare(catalogue, answer),
        beside=_name_beside(catalogue, question),
        versus=_name_versus(catalogue, question),
        better=tuple(metric.better for metric in metrics),
        locale=read_language(question),
        week_start=WEEKDAYS.index(catalogue.week_start) + 1,
        notes=find_notes(catalogue, question),
        ratio=ratio,
        ratio_up=ratio_up,
    )


def _find_ratio(catalogue: Catalogue, question: Question) -> tuple[Field | None, bool]:
    """What two asked metrics make of each other, and whether it's the second by the first."""
    names = [find_metric(catalogue, ask.name) for ask in question.metrics if not ask.modifiers]
    if len(names) != 2 or len(question.metrics) != 2:
        return None, True
    for above, below, up in ((names[1], names[0], True), (names[0], names[1], False)):
        if found := find_ratio(catalogue, above, below):
            return read_value_field(catalogue, MetricAsk(found), question), up
    return None, True


def _read_journey(catalogue: Catalogue, answer: Answer) -> Reading:
    question = answer.resolved.question
    groups, numbers = read_columns(catalogue, answer)
    keys = tuple(_read_key(catalogue, key, question) for key in answer.resolved.keys)
    unknown = (None,) * len(numbers)
    return Reading(
        table=_prepare_table(catalogue, answer, add_hidden(catalogue, answer, name_values(catalogue, answer))),
        keys=(*keys, *groups),
        values=numbers,
        compare=_name_compare(catalogue, answer),
        beside=_name_beside(catalogue, question),
        versus=_name_versus(catalogue, question),
        better=unknown,
        locale=read_language(question),
        week_start=WEEKDAYS.index(catalogue.week_start) + 1,
    )


def read_value_field(catalogue: Catalogue, ask: MetricAsk, question: Question) -> Field:
    """The field of an asked metric: shares and changes are fractions, a unique count has no currency."""
    name = find_metric(catalogue, ask.name)
    metric = catalogue.metrics[name]
    label = label_metric(catalogue, ask, question)
    format_, unit = metric.format or "", metric.unit.read(read_language(question)) if metric.unit else ""
    family = classify_type(catalogue.bound.metric_types.get(name, "DOUBLE"))
    kind: Literal["time", "category", "number"] = "category"
    if family in ("number", "other"):
        kind = "number"
    if format_ == "currency":
        unit = unit or catalogue.currency
    elif format_ == "days":
        unit = unit or say("days")
    for modifier in ask.modifiers:
        if modifier.name == "unique" and format_ != "percent":
            format_, unit = "number", ""
        elif modifier.name in ("rate", "share") or (modifier.name in CHANGES and modifier.argument is None):
            format_, unit = "percent", ""
    better = "" if ask.modifiers else metric.better or ""
    return Field(print_metric(ask), label, kind, format=format_, unit=unit, better=better)


def _read_key(catalogue: Catalogue, key: Key, question: Question) -> Field:
    label = label_key(catalogue, key.name, question)
    match key:
        case TimeKey(name):
            return Field(name, label, "category" if name in PARTS else "time", grain=name)
        case SegmentKey(name):
            return Field(name, label)
        case DimensionKey(name, unit=str() as unit):
            return Field(name, label, "category" if unit in PARTS else "time", grain=unit)
        case DimensionKey(name, order=order) if order:
            return Field(name, label, order=order)
        case DimensionKey(name, type=type_):
            family = classify_type(type_)
            if family in ("timestamp", "instant"):
                return Field(name, label, "time", grain="minute")
            return Field(
                name,
                label,
                "time" if family == "date" else "number" if family == "number" else "category",
                grain="day" if family == "date" else "",
            )
        case _:
            assert_never(key)


def _name_compare(catalogue: Catalogue, answer: Answer) -> str:
    question = answer.resolved.question
    if question.compare is None:
        return ""
    label = label_compare(catalogue, question.compare, question)
    if isinstance(question.compare.with_, Slice) or answer.resolved.compared is None:
        return label
    return f"{label} ({label_window(answer.resolved.compared)})" if label[0].isalpha() else label


def _name_beside(catalogue: Catalogue, question: Question) -> str:
    if question.compare is None:
        return ""
    label = label_compare(catalogue, question.compare, question)
    return label if isinstance(question.compare.with_, Slice) else f"{label[:1].lower()}{label[1:]}"


def _name_versus(catalogue: Catalogue, question: Question) -> str:
    match question.compare and question.compare.with_:
        case None:
            return ""
        case Slice(dimension, value):
            group = label_term(value, dimension, find_family_of(catalogue, question, dimension))
            return say("vs {group}", group=group)
        case "year":
            return say("vs a year before")
        case _:
            return say("vs before")


def _prepare_table(catalogue: Catalogue, answer: Answer, table: pa.Table) -> pa.Table:
    for key in answer.resolved.keys:
        if isinstance(key, SegmentKey):
            language = read_language(answer.resolved.question)
            names = [
                read_label(found.label, name, language) if (found := catalogue.segments.get(name)) else name
                for name in table[key.name].to_pylist()
            ]
            table = table.set_column(table.column_names.index(key.name), key.name, pa.array(names, pa.string()))
    unfinished = {mark.row for mark in answer.marks if mark.mark in ("open", "settling")}
    if unfinished and (answer.resolved.journey or any(key.name in GRAINS for key in answer.resolved.keys)):
        table = table.append_column(OPEN, pa.array([row in unfinished for row in range(table.num_rows)]))
    small = {(mark.column, mark.row): mark for mark in answer.marks if mark.mark == "base"}
    rates = ["rate"] if isinstance(answer.resolved.journey, ResolvedCohort) else []
    for name in [*(column.name for column in answer.resolved.columns if column.role == "metric"), *rates]:
        marks = [small.get((name, row)) for row in range(table.num_rows)]
        if any(marks):
            for what in (BASE, LOW, HIGH):
                numbers = [getattr(mark, what[1:]) if mark else None for mark in marks]
                table = table.append_column(name + what, pa.array(numbers, pa.float64()))
    rest = {mark.row for mark in answer.marks if mark.mark == "other"}
    if rest:
        table = table.append_column(OTHER, pa.array([row in rest for row in range(table.num_rows)]))
    return table
