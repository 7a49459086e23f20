"""Parts of a question -> what a person calls them. Plain text: what shows it as Markdown escapes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from semantic.offer import Offer, find_family_of, offer_dimensions, read_label
from semantic.question import (
    Between,
    Compare,
    Contains,
    Equals,
    Filter,
    IsNull,
    MetricAsk,
    Modifier,
    Question,
    Slice,
    Term,
    Within,
)
from semantic.values import find_metric
from widgets.times import TIMES, label_period, name_by
from widgets.translations import LANGUAGES, Locale, name_month, name_weekday
from widgets.words import LANGUAGE, find_language, later, later_count, say, say_count, say_list

if TYPE_CHECKING:
    from semantic import Catalogue
    from semantic.catalogue import Metric

NOW = "@now"  # behind a history's dimension: that of the as-of day
CHANGES = {  # each as the change on an earlier value, the difference to it, and that value itself
    "previous": (
        later("change on the period before"),
        later("difference to the period before"),
        later("value of the period before"),
    ),
    "dod": (later("change on the day before"), later("difference to the day before"), later("value of the day before")),
    "wow": (
        later("change on the week before"),
        later("difference to the week before"),
        later("value of the week before"),
    ),
    "mom": (
        later("change on the month before"),
        later("difference to the month before"),
        later("value of the month before"),
    ),
    "qoq": (
        later("change on the quarter before"),
        later("difference to the quarter before"),
        later("value of the quarter before"),
    ),
    "yoy": (
        later("change on the year before"),
        later("difference to the year before"),
        later("value of the year before"),
    ),
}
RUNNING = {
    "mtd": later("month to date"),
    "qtd": later("quarter to date"),
    "ytd": later("year to date"),
    "total": later("running total"),
}
ROLLING = {
    "h": later_count("over {count} hour", "over {count} hours"),
    "d": later_count("over {count} day", "over {count} days"),
    "w": later_count("over {count} week", "over {count} weeks"),
    "m": later_count("over {count} month", "over {count} months"),
    "q": later_count("over {count} quarter", "over {count} quarters"),
    "y": later_count("over {count} year", "over {count} years"),
}
MOST_NAMED = 4  # metrics of a title, segments of an overlap
MOST_TERMS = 6  # of a filter


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
    words += [_label_modifier(catalogue, modifier, metric, question) for modifier in ask.modifiers]
    return ", ".join(words)


def _label_modifier(catalogue: Catalogue, modifier: Modifier, metric: Metric, question: Question) -> str:
    match modifier.name, modifier.argument:
        case "unique", _:
            return say("unique")
        case "rate", _:
            base = metric.share_of or ""
            found = catalogue.metrics.get(base)
            label = read_label(found.label if found else None, base, read_language(question))
            return say("as a rate of {name}", name=label)
        case "share", None:
            return say("share of the total")
        case "share", within:
            return say("share within {name}", name=label_key(catalogue, within or "", question))
        case name, form if name in CHANGES:
            change, delta, value = CHANGES[name]
            return say({"value": value, "delta": delta}.get(form or "", change))
        case name, _ if name in RUNNING:
            return say(RUNNING[name])
        case name, _ if rolling := re.fullmatch("rolling([0-9]+)(.)", name):
            return say_count(*ROLLING[rolling[2]], int(rolling[1]))
    return modifier.name


def label_segment(catalogue: Catalogue, name: str, question: Question) -> str:
    """What a segment is called; one that the line itself holds, by its name there; a value of the data as it stands."""
    found = catalogue.segments.get(name)
    if found is None and name not in {personal.name for personal in question.personal}:
        return name
    return read_label(found.label if found else None, name, read_language(question))


def label_key(catalogue: Catalogue, name: str, question: Question) -> str:
    """What a dimension, grain or part of time is called."""
    if name in TIMES:
        return say(TIMES[name])
    plain = Question(metrics=question.metrics, journey=question.journey)
    known = {offer.name: offer for offer in offer_dimensions(catalogue, plain, language=read_language(question))}
    if name in known:
        return _speak_offer(known[name]).label
    if name.endswith(NOW):
        return say("{name} now", name=label_key(catalogue, name.removesuffix(NOW), question))
    head, dot, unit = name.rpartition(".")
    named = [view.dimensions[unit].label for view in catalogue.views.values() if unit in view.dimensions]
    if dot and len(set(named)) == 1:  # a qualified name of what needs none here
        return read_label(named[0], unit, read_language(question))
    if dot and unit in TIMES:
        return _name_unit(known[head].label if head in known else read_label(None, head), unit)
    return read_label(None, name)


def speak_offers(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The offers with the words that aren't the catalogue's own in the page's language: times and segments."""
    return tuple(map(_speak_offer, offers))


def _speak_offer(offer: Offer) -> Offer:
    head, _, unit = offer.name.rpartition(".")
    if offer.name in TIMES:
        return replace(offer, label=say(TIMES[offer.name]), group=say("Time"))
    if offer.name == "segment":
        return replace(offer, label=say("Segment"), group=say("Segments"))
    if head and unit in TIMES and offer.label.endswith(ending := f", by {unit}"):
        return replace(offer, label=_name_unit(offer.label.removesuffix(ending), unit))
    return offer


def _name_unit(name: str, unit: str) -> str:
    """`Registered, by month`: a time of the rows that is cut by."""
    return say("{name}, by {time}", name=name, time=say(TIMES[unit]).lower())


def label_compare(catalogue: Catalogue, compare: Compare, question: Question) -> str:
    """What stands beside the asked numbers: `Period before`, `A year before`, days, or `Country: France`."""
    match compare.with_:
        case "previous":
            text = say("Period before")
        case "year":
            text = say("A year before")
        case Between() as days:
            text = label_period(days)
        case Slice(dimension, value):
            family = find_family_of(catalogue, question, dimension)
            return f"{label_key(catalogue, dimension, question)}: {label_term(value, dimension, family)}"
    return say("{period}, in full", period=text) if compare.full else text


def label_term(term: Term, dimension: str = "", family: str = "text") -> str:
    """One value or range of a filter; a boolean is yes or no."""
    match term:
        case IsNull():
            return say("(none)")
        case Equals("true" | "false" as text) if family == "boolean":
            return say("yes") if text == "true" else say("no")
        case Equals(text):
            return label_value(text, dimension)
        case Contains(text):
            return f"“{text}”"
        case Within(low, high):
            if low is None or high is None:
                return say("up to {high}", high=high) if low is None else say("{low} or more", low=low)
            return say("{low} to {high}", low=low, high=high)


def label_value(text: str, dimension: str = "") -> str:
    """A value as text; weekdays and months by their names."""
    unit = dimension.rpartition(".")[2]
    if unit == "weekday" and text in "1234567" and len(text) == 1:
        return name_weekday(find_language(), int(text))
    if unit == "month_of_year" and text.isdigit() and 1 <= int(text) <= 12:
        return name_month(find_language(), int(text))
    return text or '""'


def label_filter(catalogue: Catalogue, item: Filter, question: Question) -> str:
    """`Country is France or Germany`, `Age is not 18 to 35`."""
    name = label_key(catalogue, item.dimension, question)
    family = find_family_of(catalogue, question, item.dimension)
    words = [label_term(term, item.dimension, family) for term in item.terms]
    more = len(words) - MOST_TERMS
    shown = [*words[: MOST_TERMS - 1], say_count("{count} more", "{count} more", more + 1)] if more > 0 else words
    values = say_list(shown, either=True)
    if all(isinstance(term, Contains) for term in item.terms):
        told = later("{name} doesn't contain {values}") if item.negated else later("{name} contains {values}")
    else:
        told = later("{name} is not {values}") if item.negated else later("{name} is {values}")
    return say(told, name=name, values=values)


def title_question(catalogue: Catalogue, question: Question) -> str:
    """The line's own title, else what it asks: `Revenue and Invoices by Month and Country`."""
    if title := dict(question.look).get("title"):
        return title
    names = [label_metric(catalogue, ask, question) for ask in question.metrics]
    if question.journey:
        names = [_title_journey(catalogue, question)]
    more = len(names) - MOST_NAMED
    shown = [*names[: MOST_NAMED - 1], say_count("{count} more", "{count} more", more + 1)] if more > 0 else names
    return _name_cut(catalogue, say_list(shown), question)


def _name_cut(catalogue: Catalogue, what: str, question: Question) -> str:
    """`Revenue by month and country`: times have phrases of their own, since languages inflect them."""
    if not question.by:
        return what
    if question.by[0] not in TIMES:
        return say("{what} by {keys}", what=what, keys=say_list(_lower_keys(catalogue, question.by, question)))
    rest = _lower_keys(catalogue, question.by[1:], question)
    titled = name_by(what, question.by[0])
    if len(rest) == 1:
        return say("{what} and {key}", what=titled, key=rest[0])
    return say("{what}, {keys}", what=titled, keys=say_list(rest)) if rest else titled


def _lower_keys(catalogue: Catalogue, names: Iterable[str], question: Question) -> list[str]:
    return [label_key(catalogue, name, question).lower() for name in names]


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
            return say("Who comes back: {name}", name=read_label(cohort.label if cohort else None, name, language))
        case "flow":
            return say("Movement: {name}", name=label_key(catalogue, name, question))
        case "overlap":
            if len(journey.names) > MOST_NAMED:
                return say("Overlap of segments")
            shown = [label_segment(catalogue, each, question) for each in journey.names]
            return say("Overlap of {segments}", segments=say_list(shown))
