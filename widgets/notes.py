"""What is to be known of an answer beside its numbers: its days, its freshness, what isn't final."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from semantic.calendar import add_periods
from semantic.names import GRAINS
from semantic.question import Slice
from semantic.values import list_leaves
from widgets.charts import format_period
from widgets.fields import OPEN, Reading
from widgets.labels import label_compare, label_filter, label_key, label_segment
from widgets.texts import shorten_text
from widgets.times import label_day, label_period, label_window
from widgets.translations import LANGUAGES
from widgets.words import later, later_count, say, say_count, say_list

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Question

MOST_NAMED = 3
DRAWN = {"line": "dashed", "bar": "paler", "column": "paler"}  # how a kind shows what isn't final
UNFINISHED = {
    ("open", ""): later_count("{who} isn't over in the data.", "{who} aren't over in the data."),
    ("open", "dashed"): later_count("{who} isn't over in the data: dashed.", "{who} aren't over in the data: dashed."),
    ("open", "paler"): later_count("{who} isn't over in the data: paler.", "{who} aren't over in the data: paler."),
    ("settling", ""): later_count("{who} may still change.", "{who} may still change."),
    ("settling", "dashed"): later_count("{who} may still change: dashed.", "{who} may still change: dashed."),
    ("settling", "paler"): later_count("{who} may still change: paler.", "{who} may still change: paler."),
}
REASONS = {
    "window": later("Some who began then still have time to convert ({names})."),
    "short": later("A rolling window that begins before the data does holds less than a whole one ({names})."),
    "partial": later("The period cuts what is known as a whole only; that is left out ({names})."),
    "base": later("Gray: made of too few to read ({names})."),
}


def tell_context(catalogue: Catalogue, answer: Answer) -> str:
    """`Last 28 days: 1 Nov – 28 Nov 2024 · Country is France · data until 28 Nov 2024`."""
    question = answer.resolved.question
    parts = []
    if question.period:
        label, days = label_period(question.period), label_window(answer.resolved.window)
        parts.append(label if label == days else f"{label}: {days}")
    elif answer.resolved.axis:
        parts.append(label_window(answer.resolved.axis.window))
    parts += [label_filter(catalogue, item, question) for item in question.filters]
    if question.segments and "segment" not in question.by:
        segments = [label_segment(catalogue, name, question) for name in question.segments]
        parts.append(say("only {segments}", segments=say_list(segments)))
    if question.compare and isinstance(question.compare.with_, Slice):
        parts.append(say("compared with {what}", what=label_compare(catalogue, question.compare, question)))
    elif answer.resolved.compared:
        parts.append(say("compared with {what}", what=label_window(answer.resolved.compared)))
    if until := find_freshness(catalogue, answer):
        parts.append(say("data until {day}", day=until))
    return " · ".join(parts)


def tell_look(question: Question, kind: str, refused: str) -> list[str]:
    """What the line asks of the picture and can't have; `refused` is why it isn't the chart that is asked for."""
    asked = dict(question.look)
    notes = []
    if asked.get("chart", kind) != kind:
        name = shorten_text(asked["chart"])
        notes.append(say("This answer can't be shown as chart={name}: {reason}.", name=name, reason=refused))
    if asked.get("lang", "en") not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        notes.append(
            say("The language {name} isn't known: {known} are.", name=shorten_text(asked["lang"]), known=known)
        )
    return notes


def tell_missing(catalogue: Catalogue, answer: Answer) -> list[str]:
    """A sentence for each filter's value that no row has, where that leaves nothing to answer."""
    notes = []
    for found in answer.missing:
        label = label_key(catalogue, found.dimension, answer.resolved.question)
        value = shorten_text(found.value)
        if found.nearest is None:
            notes.append(say("{label}: no row has “{value}”.", label=label, value=value))
        else:
            nearest = shorten_text(found.nearest)
            notes.append(
                say(
                    "{label}: no row has “{value}”. Did you mean “{nearest}”?",
                    label=label,
                    value=value,
                    nearest=nearest,
                )
            )
    return notes


def find_freshness(catalogue: Catalogue, answer: Answer) -> str:
    """The last day of which there is data of everything that feeds the answer; empty where no clock says so."""
    resolved = answer.resolved
    leaves = [leaf for column in resolved.columns for leaf in list_leaves(column.value)]
    views = {leaf.view for leaf in (*leaves, *(resolved.journey.leaves if resolved.journey else ()))}
    known = [instant for view in views if (instant := catalogue.bound.complete.get(view))]
    return _tell_day(min(known), answer.resolved.timezone) if known else ""


def tell_freshness(catalogue: Catalogue, view: str) -> str:
    """The last day of which a view has data, empty where it has no clock."""
    instant = catalogue.bound.complete.get(view)
    return _tell_day(instant, catalogue.timezone) if instant else ""


def _tell_day(instant: datetime, timezone: str) -> str:
    """A view of days is complete until the midnight that ends its last one, which belongs to that day."""
    last = instant.replace(tzinfo=UTC) - timedelta(seconds=1)
    return label_day(last.astimezone(ZoneInfo(timezone)).date())


def tell_marks(reading: Reading, answer: Answer, kind: str) -> list[str]:
    """A sentence for each reason why some numbers aren't final, and one for the rest."""
    return [sentence for _, sentence in list_marks(reading, answer, kind)]


def list_marks(reading: Reading, answer: Answer, kind: str) -> list[tuple[str, str]]:
    """What isn't final, each mark once with its sentence: those of the answer's marks, and `cut`."""
    notes, told = list[tuple[str, str]](), set[int]()
    drawn = DRAWN.get(kind, "") if OPEN in reading.table.column_names else ""
    for mark in ("open", "settling"):
        rows = sorted({found.row for found in answer.marks if found.mark == mark} - told)
        told |= set(rows)  # a period that isn't over needn't be said to change
        if rows:
            names = _name_periods(reading, rows)
            who = say_list(names)
            sentence = say_count(*UNFINISHED[mark, drawn], len(names), who=f"{who[:1].upper()}{who[1:]}")
            notes.append((mark, sentence))
    for mark, reason in REASONS.items():
        columns = dict.fromkeys(found.column.partition("@")[0] for found in answer.marks if found.mark == mark)
        labels = [field.label for field in reading.values if field.name in columns]
        if labels:
            notes.append((mark, say(reason, names=say_list(labels))))
    if any(found.mark == "other" for found in answer.marks):
        notes.append(("other", say("Other is everything beyond the biggest, computed from its own rows.")))
    if kind == "funnel" and reading.compare:
        notes.append(("line", say("The line across each bar: {compare}.", compare=reading.compare)))
    return [*notes, *(("cut", sentence) for sentence in tell_cut(reading, answer))]


def tell_cut(reading: Reading, answer: Answer) -> list[str]:
    """A sentence where the asked days begin or end within a period of the axis, which then holds less than a whole one.

    A period that ends with the data is told as one that isn't over.
    """
    field = next((key for key in reading.keys if key.grain in GRAINS and key.name == key.grain), None)
    window = answer.resolved.window
    moments = reading.table[field.name].drop_null().to_pylist() if field else []
    if field is None or field.grain in ("minute", "hour", "day") or not moments:
        return []
    first, last = min(moments), max(moments)
    unfinished = {mark.row for mark in answer.marks if mark.mark == "open"}
    begins = bool(window.start and first < window.start)
    ends = bool(window.stop and add_periods(last, field.grain, 1) > window.stop and not unfinished)
    names = {
        "first": format_period(first, field.grain, reading.locale),
        "last": format_period(last, field.grain, reading.locale),
    }
    if begins and ends:
        return [say("The asked days begin within {first} and end within {last}.", **names)]
    if begins:
        return [say("The asked days begin within {period}.", period=names["first"])]
    return [say("The asked days end within {period}.", period=names["last"])] if ends else []


def _name_periods(reading: Reading, rows: list[int]) -> list[str]:
    field = next((key for key in reading.keys if key.grain in GRAINS and key.name in GRAINS), None)
    if field is None:
        cohorts = any(key.name == "cohort" for key in reading.keys)
        return [say("The last age of each cohort") if cohorts else say("The period")]
    moments = reading.table[field.name].take(rows).to_pylist()
    found = list(dict.fromkeys(format_period(moment, field.grain, reading.locale) for moment in moments if moment))
    more = len(found) - MOST_NAMED
    return [*found[:MOST_NAMED], say_count("{count} more", "{count} more", more)] if more > 0 else found
