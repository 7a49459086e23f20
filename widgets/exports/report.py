"""Report: what a file tells of a board or an answer, as frozen values; made while the page runs, written at leisure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from semantic.offer import read_label
from semantic.question import MetricAsk
from semantic.values import find_metric
from widgets.annotations import tell_notes
from widgets.charts import KINDS, Field, Locale, format_change, format_period, format_value
from widgets.definition import list_feeds
from widgets.drawing import Drawing, find_trends
from widgets.labels import label_metric, read_language
from widgets.notes import find_freshness, tell_context, tell_look, tell_marks
from widgets.pictures import KIND_NAMES
from widgets.targets import find_targets
from widgets.tiles import Tone, judge_change
from widgets.translations import translate

if TYPE_CHECKING:
    from semantic import Catalogue, Question, Source
    from semantic.catalogue import Metric, Text

Tell = Callable[[float], None]  # told how much of a file is made, from 0 to 1
Pairs = tuple[tuple[str, str], ...]  # headings, some of them empty, and what stands under each


@dataclass(frozen=True, slots=True)
class Number:
    """A number as its tile shows it: value, change and target as text, and the course of it."""

    label: str
    text: str
    change: str = ""
    tone: Tone = "gray"
    versus: str = ""
    target: str = ""
    trend: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A widget, heading or text of a report. A widget has a drawing, or the reason why there is none.

    `asked` says its days and filters, `context` what of them is apart from the report's, `told` is the board's words,
    `notes` are what is to be known of the numbers. `span` is its columns and rows on the board.
    """

    title: str
    kind: Literal["widget", "section", "card"] = "widget"
    context: str = ""
    asked: str = ""
    told: Pairs = ()
    line: str = ""
    drawing: Drawing | None = None
    numbers: tuple[Number, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    span: tuple[int, int] = (4, 2)

    @property
    def shown(self) -> str:
        """The kind of picture: `line`, `number`, `table`; `none` where there is a reason instead."""
        if self.drawing is None or self.drawing.is_empty:
            return "none"
        kind = self.drawing.kind
        return kind if kind == "number" or KINDS[kind].draw else "table"  # of what is read as rows


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric's definition: what it's called, what it counts, how it's computed, how it's read."""

    name: str
    label: str
    text: str
    formula: str
    reading: str


@dataclass(frozen=True, slots=True)
class Report:
    """A board or a single answer, as files tell it. `subtitle` says days and filters; `base` is where the app lives."""

    title: str
    subtitle: str
    source: str
    link: str
    base: str
    facts: Pairs
    told: Pairs
    parts: tuple[Part, ...]
    definitions: tuple[Definition, ...]
    locale: Locale

    @property
    def widgets(self) -> list[Part]:
        """Its widgets, in their order."""
        return [part for part in self.parts if part.kind == "widget"]

    def find_link(self, part: Part) -> str:
        """The address that shows a widget's answer alone; empty where nothing was asked."""
        return f"{self.base}/Explore?{part.line}" if part.line else ""


def read_part(source: Source, catalogue: Catalogue, drawing: Drawing, title: str) -> Part:
    """An answer as a widget by itself. Raises Refused and Failed where what belongs to a number can't be asked."""
    answer = drawing.answer
    look = tell_look(answer.resolved.question, drawing.kind, drawing.refused)
    marks = tell_marks(drawing.reading, answer, drawing.kind)
    return Part(
        title,
        asked=tell_context(catalogue, answer),
        line=answer.line,
        drawing=drawing,
        numbers=read_numbers(source, catalogue, drawing),
        notes=(*look, *marks, *tell_notes(drawing.reading, drawing.kind)),
    )


def report_part(catalogue: Catalogue, part: Part, base: str) -> Report:
    """The report of one answer, whose days and filters are its own; `base` is the address of the app."""
    assert part.drawing, "a part without an answer is told within its board"
    answer = part.drawing.answer
    question, until = answer.resolved.question, find_freshness(catalogue, answer)
    locale = read_language(question)
    facts = [(translate(locale, "What is asked"), part.asked), (translate(locale, "The line"), part.line)]
    return Report(
        title=part.title,
        subtitle=part.asked,
        source=tell_source(catalogue, until, locale),
        link=f"{base}/Explore?{part.line}",
        base=base,
        facts=(*facts, *tell_origin(catalogue, until, locale)),
        told=part.told,
        parts=(replace(part, context=""),),
        definitions=define_metrics(catalogue, [question]),
        locale=locale,
    )


def tell_origin(catalogue: Catalogue, until: str, locale: Locale) -> Pairs:
    """Whose data it is, until when, and when the file was made."""
    made = datetime.now(ZoneInfo(catalogue.timezone))
    moment = f"{format_period(made.date(), 'date', locale)} {made:%H:%M} ({catalogue.timezone})"
    found = [
        (translate(locale, "Data of"), catalogue.name),
        (translate(locale, "Data until"), until),
        (translate(locale, "Made on"), moment),
    ]
    return tuple((heading, text) for heading, text in found if text)


def tell_source(catalogue: Catalogue, until: str, locale: Locale) -> str:
    """`Source: Aster Motors, data until 15 Nov 2024`, the line below a picture."""
    if not until:
        return translate(locale, "Source: {name}", name=catalogue.name)
    return translate(locale, "Source: {name}, data until {day}", name=catalogue.name, day=until)


def read_numbers(source: Source, catalogue: Catalogue, drawing: Drawing) -> tuple[Number, ...]:
    """The numbers of an answer that is shown as numbers, with what their tiles say beside them; none of another."""
    if drawing.kind != "number" or drawing.is_empty:
        return ()
    reading, answer = drawing.drawn, drawing.answer
    row = reading.table.slice(0, 1).to_pylist()[0]
    trends, targets = find_trends(source, catalogue, answer), find_targets(source, catalogue, answer)
    found = []
    for field, better in zip(reading.values, reading.better, strict=True):
        before = row.get(f"{field.name}@compare")
        change = format_change(row[field.name], before, field.format, reading.locale) if reading.versus else ""
        target = targets.get(field.name)
        found.append(
            Number(
                label=field.label,
                text=format_value(row[field.name], field.format, field.unit, reading.locale),
                change=change,
                tone=judge_change(change, better)[0],
                versus=reading.versus,
                target="" if target is None else _tell_target(target, field, reading.locale),
                trend=tuple(trends.get(field.name, ())),
            )
        )
    return tuple(found)


def _tell_target(target: float, field: Field, locale: Locale) -> str:
    return translate(locale, "Target {target}", target=format_value(target, field.format, field.unit, locale))


def define_metrics(catalogue: Catalogue, questions: Iterable[Question]) -> tuple[Definition, ...]:
    """The definitions of all metrics that questions ask, and of the steps of their journeys, each once."""
    found: dict[str, Definition] = {}
    for question in questions:
        for ask in (*question.metrics, *_list_steps(catalogue, question)):
            name = find_metric(catalogue, ask.name)
            if name in catalogue.metrics and name not in found:
                found[name] = _define_metric(catalogue, name, question)
    return tuple(found.values())


def _list_steps(catalogue: Catalogue, question: Question) -> Sequence[MetricAsk]:
    names = question.journey.names if question.journey else ()
    steps = [step for name in names if name in catalogue.funnels for step in catalogue.funnels[name].steps]
    cohorts = [catalogue.cohorts[name] for name in names if name in catalogue.cohorts]
    steps += [name for cohort in cohorts for name in (cohort.start, cohort.return_)]
    return [MetricAsk(step) for step in steps]


def _define_metric(catalogue: Catalogue, name: str, question: Question) -> Definition:
    metric, language = catalogue.metrics[name], read_language(question)

    def read(text: Text | None) -> str:
        return " ".join(text.read(language).split()) if text else ""

    reading = [read(text) for text in (metric.purpose, metric.how_to_read, metric.decision)]
    return Definition(
        name=name,
        label=label_metric(catalogue, MetricAsk(name), question),
        text=read(metric.description),
        formula=write_formula(catalogue, name, metric),
        reading=" ".join(filter(None, reading)),
    )


def write_formula(catalogue: Catalogue, name: str, metric: Metric) -> str:
    """How a metric is computed: `clicks / delivered`, `count(*) over Messages, where …`, `of active over 7 days`."""
    sql, view = getattr(metric, "sql", None), getattr(metric, "view", None)
    if sql and view:
        formula = f"{sql.text} over {read_label(catalogue.views[view].label, view)}"
    elif sql:
        formula = sql.text
    else:
        kind = type(metric).__name__.lower().replace("todate", "to date")
        formula = f"{kind} of {', '.join(list_feeds(catalogue, name))}"
    where = f", where {metric.where.text}" if metric.where else ""
    return " ".join(f"{formula}{where}".split())


def name_kind(kind: str, locale: Locale) -> str:
    """What a kind of picture is called, without its icon."""
    return translate(locale, KIND_NAMES[kind])


def name_file(title: str, ending: str) -> str:
    """A file's name that every system takes: letters, digits and hyphens of the title, at most 60."""
    kept = "".join(sign if sign.isalnum() else " " for sign in title)
    return f"{'-'.join(kept.split())[:60].rstrip('-') or 'report'}.{ending}"
