"""Parts of a question -> what a person calls them. Plain text: what shows it as Markdown escapes it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from semantic.names import GRAINS, PARTS
from semantic.offer import find_family_of, offer_dimensions, read_label
from semantic.question import (
    Between,
    Compare,
    Contains,
    Equals,
    Filter,
    IsNull,
    MetricAsk,
    Period,
    Question,
    Relative,
    Slice,
    Term,
    Within,
)
from semantic.values import find_metric
from widgets.charts import Locale, format_period
from widgets.texts import join_words
from widgets.translations import LANGUAGES
from widgets.words import LANGUAGE, find_language

if TYPE_CHECKING:
    from semantic import Catalogue
    from semantic.calendar import Window

NONE = "(none)"
NOW = "@now"  # behind a history's dimension: that of the as-of day
CHANGES = {
    "previous": "the period before",
    "dod": "the day before",
    "wow": "the week before",
    "mom": "the month before",
    "qoq": "the quarter before",
    "yoy": "the year before",
}
RUNNING = {"mtd": "month to date", "qtd": "quarter to date", "ytd": "year to date", "total": "running total"}
UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = "January February March April May June July August September October November December".split()


def read_language(question: Question) -> Locale:
    """The language that the line asks its labels and numbers in: one of those that charts speak, else English."""
    asked = dict(question.look).get(LANGUAGE, "")
    return LANGUAGES.get(asked, "en")


def speak_question(question: Question) -> Question:
    """The question in the page's language: its labels and numbers are of it, and a link to it keeps it."""
    others = tuple(pair for pair in question.look if pair[0] != LANGUAGE)
    language = find_language()
    return replace(question, look=others if language == "en" else tuple(sorted((*others, (LANGUAGE, language)))))


def label_metric(catalogue: Catalogue, ask: MetricAsk, question: Question) -> str:
    """`Revenue`, `Clicks, unique`, `Revenue, change on the year before`."""
    metric = catalogue.metrics[find_metric(catalogue, ask.name)]
    language = read_language(question)
    words = [read_label(metric.label, ask.name, language)]
    for modifier in ask.modifiers:
        match modifier.name, modifier.argument:
            case "unique", _:
                words.append("unique")
            case "rate", _:
                base = metric.share_of or ""
                found = catalogue.metrics.get(base)
                words.append(f"as a rate of {read_label(found.label if found else None, base, language)}")
            case "share", None:
                words.append("share of the total")
            case "share", within:
                words.append(f"share within {label_key(catalogue, within or '', question)}")
            case name, form if name in CHANGES:
                shown = {"value": "value of", "delta": "difference to"}.get(form or "", "change on")
                words.append(f"{shown} {CHANGES[name]}")
            case name, _ if name in RUNNING:
                words.append(RUNNING[name])
            case name, _ if rolling := re.fullmatch("rolling([0-9]+)(.)", name):
                unit = UNITS[rolling[2]]
                words.append(f"over {rolling[1]} {unit}{'s' if rolling[1] != '1' else ''}")
            case name, _:
                words.append(name)
    return ", ".join(words)


def label_segment(catalogue: Catalogue, name: str, question: Question) -> str:
    """What a segment is called; one that the line itself holds, by its name there."""
    found = catalogue.segments.get(name)
    return read_label(found.label if found else None, name, read_language(question))


def label_key(catalogue: Catalogue, name: str, question: Question) -> str:
    """What a dimension, grain or part of time is called."""
    if name in GRAINS:
        return name.capitalize()
    if name in PARTS:
        return PARTS[name][1]
    plain = Question(metrics=question.metrics, journey=question.journey)
    known = {offer.name: offer.label for offer in offer_dimensions(catalogue, plain, language=read_language(question))}
    if name in known:
        return known[name]
    if name.endswith(NOW):
        return f"{label_key(catalogue, name.removesuffix(NOW), question)} now"
    head, dot, unit = name.rpartition(".")
    named = [view.dimensions[unit].label for view in catalogue.views.values() if unit in view.dimensions]
    if dot and len(set(named)) == 1:  # a qualified name of what needs none here
        return read_label(named[0], unit, read_language(question))
    if dot and (unit in GRAINS or unit in PARTS):
        return f"{known.get(head) or read_label(None, head)}, by {unit.replace('_', ' ')}"
    return read_label(None, name)


def label_day(day: date) -> str:
    """`4 Mar 2024`."""
    return format_period(day, "date")


def label_days(start: date | None, last: date | None) -> str:
    """`1 Mar – 4 Mar 2024`, both ends included; `since …`, `until …` where one is open."""
    if start is None or last is None:
        return f"since {label_day(start)}" if start else f"until {label_day(last)}" if last else "all time"
    if start == last:
        return label_day(start)
    return f"{label_day(start)} – {label_day(last)}"


def label_window(window: Window) -> str:
    """The days of a half-open window."""
    return label_days(window.start, window.stop and window.stop - timedelta(days=1))


def label_period(period: Period | None) -> str:
    """`Last 28 days`, `This month so far`, `1 Mar 2024 – 4 Mar 2024`, `All time`."""
    match period:
        case None:
            return "All time"
        case Between(start, end):
            text = label_days(start, end)
            return text[:1].upper() + text[1:]
        case Relative("this", _, "day"):
            return "Today"
        case Relative("previous", 1, "day"):
            return "Yesterday"
        case Relative("this", _, unit):
            return f"This {unit}"
        case Relative(kind, 1, unit):
            return f"{kind.capitalize()} {unit}"
        case Relative(kind, count, unit):
            units = "halves" if unit == "half" else f"{unit}s"
            return f"{kind.capitalize()} {count} {units}"


def label_compare(catalogue: Catalogue, compare: Compare, question: Question) -> str:
    """What stands beside the asked numbers: `Period before`, `A year before`, days, or `Country: France`."""
    match compare.with_:
        case "previous":
            text = "Period before"
        case "year":
            text = "A year before"
        case Between() as days:
            text = label_period(days)
        case Slice(dimension, value):
            family = find_family_of(catalogue, question, dimension)
            return f"{label_key(catalogue, dimension, question)}: {label_term(value, dimension, family)}"
    return f"{text}, in full" if compare.full else text


def label_term(term: Term, dimension: str = "", family: str = "text") -> str:
    """One value or range of a filter; a boolean is yes or no."""
    match term:
        case IsNull():
            return NONE
        case Equals("true" | "false" as text) if family == "boolean":
            return "yes" if text == "true" else "no"
        case Equals(text):
            return label_value(text, dimension)
        case Contains(text):
            return f"“{text}”"
        case Within(low, high):
            if low is None or high is None:
                return f"up to {high}" if low is None else f"{low} or more"
            return f"{low} to {high}"


def label_value(text: str, dimension: str = "") -> str:
    """A value as text; weekdays and months by their names."""
    unit = dimension.rpartition(".")[2]
    if unit == "weekday" and text in "1234567" and len(text) == 1:
        return _WEEKDAYS[int(text) - 1]
    if unit == "month_of_year" and text.isdigit() and 1 <= int(text) <= 12:
        return _MONTHS[int(text) - 1]
    return text or '""'


def label_filter(catalogue: Catalogue, item: Filter, question: Question) -> str:
    """`Country is France or Germany`, `Age is not 18 to 35`."""
    name = label_key(catalogue, item.dimension, question)
    family = find_family_of(catalogue, question, item.dimension)
    words = [label_term(term, item.dimension, family) for term in item.terms]
    verb = "is not" if item.negated else "is"
    if all(isinstance(term, Contains) for term in item.terms):
        verb = "doesn't contain" if item.negated else "contains"
    shown = words if len(words) <= 6 else [*words[:5], f"{len(words) - 5} more"]
    return f"{name} {verb} {join_words(shown, 'or')}"


def title_question(catalogue: Catalogue, question: Question) -> str:
    """The line's own title, else what it asks: `Revenue and Invoices by Month and Country`."""
    if title := dict(question.look).get("title"):
        return title
    names = [label_metric(catalogue, ask, question) for ask in question.metrics]
    if question.journey:
        names = [_title_journey(catalogue, question)]
    keys = [label_key(catalogue, name, question) for name in question.by]
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"]
    return join_words(shown) + (f" by {join_words([key.lower() for key in keys])}" if keys else "")


def _title_journey(catalogue: Catalogue, question: Question) -> str:
    """`Invitations`, `Who comes back: App retention`, `Movement between lifecycle stages`."""
    journey = question.journey
    assert journey, "there is a title of metrics else"
    language, name = read_language(question), journey.names[0] if journey.names else ""
    match journey.kind:
        case "funnel":
            found = catalogue.funnels.get(name)
            return read_label(found.label if found else None, name, language)
        case "cohort":
            cohort = catalogue.cohorts.get(name)
            return f"Who comes back: {read_label(cohort.label if cohort else None, name, language)}"
        case "flow":
            return f"Movement: {label_key(catalogue, name, question)}"
        case "overlap":
            shown = [label_segment(catalogue, each, question) for each in journey.names[:4]]
            return f"Overlap of {join_words(shown)}" if len(journey.names) <= 4 else "Overlap of segments"
