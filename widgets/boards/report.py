"""A board under its bar -> a report: the very answers of its tiles, in their order, each with what its tile says."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from semantic import Failed, Refused, print_line
from semantic.board import Card, Section, Widget
from semantic.line import join_pairs
from semantic.offer import read_label
from semantic.question import Question, Slice
from widgets.annotations import tell_notes
from widgets.asking import ask_all
from widgets.boards.keep import list_pairs
from widgets.boards.tile import TOLD, list_untaken, tell_tile, title_widget
from widgets.drawing import choose_drawing
from widgets.exports.report import Part, Report, define_metrics, read_numbers, tell_origin, tell_source
from widgets.labels import label_compare, label_filter, label_segment
from widgets.notes import tell_context, tell_look, tell_marks
from widgets.times import label_day, label_period, label_window
from widgets.translations import Locale, translate
from widgets.words import say, say_list

if TYPE_CHECKING:
    from semantic import Answer, Source
    from semantic.board import Board, Item
    from widgets.boards.opened import Opened
    from widgets.exports.report import Pairs, Tell


def report_board(source: Source, opened: Opened, base: str, subtitle: str, tell: Tell = lambda share: None) -> Report:
    """The report of a board as it's shown; what is refused or fails is told in its place.

    `base` is the address of the app, `subtitle` says the days and filters of the bar.
    """
    ahead = ask_all(source, opened.catalogue, opened.questions)
    parts = []
    for place, item in enumerate(opened.board.widgets):
        parts.append(_report_item(source, opened, place, item, ahead))
        tell((place + 1) / len(opened.board.widgets))
    until = label_day(opened.catalogue.bound.newest) if opened.catalogue.bound.newest else ""
    pairs = list_pairs(opened)
    filters = _tell_filters(opened)
    unnamed = opened.name or translate(opened.language, "Board without a name")
    return Report(
        title=read_label(opened.board.label, unnamed, opened.language),
        subtitle=" · ".join(filter(None, (subtitle, *filters))),
        source=tell_source(opened.catalogue, until, opened.language),
        link=f"{base}/Boards?{join_pairs(pairs)}",
        base=base,
        facts=(*_tell_bar(opened, filters), *tell_origin(opened.catalogue, until, opened.language)),
        told=read_told(opened.board, opened.language),
        parts=tuple(parts),
        definitions=define_metrics(opened.catalogue, opened.questions),
        locale=opened.language,
    )


def report_widget(source: Source, opened: Opened, place: int, item: Widget, answer: Answer) -> Part:
    """One widget as its tile shows it. Raises Refused and Failed where what belongs to a number can't be asked."""
    fitted = opened.fitted[place]
    drawing = choose_drawing(source, opened.catalogue, answer, fitted.question)
    marks = tell_marks(drawing.reading, answer, drawing.kind)
    untaken = [f"{label}: {' '.join(reasons)}" for label, reasons in list_untaken(opened.catalogue, fitted).items()]
    return Part(
        title_widget(opened, item, fitted.question),
        context=tell_tile(opened, item, fitted, answer),
        asked=tell_context(opened.catalogue, answer),
        told=read_told(item, opened.language),
        line=print_line(fitted.question),
        drawing=drawing,
        numbers=read_numbers(source, opened.catalogue, drawing),
        notes=(
            *tell_look(fitted.question, drawing.kind, drawing.refused),
            *marks,
            *tell_notes(drawing.reading, drawing.kind),
            *untaken,
        ),
        span=item.span,
    )


def read_told(told: Board | Section | Widget, language: Locale) -> Pairs:
    """What is said of a board or a part of it, under its headings; the first has none."""
    return tuple(
        (heading and translate(language, heading), text.read(language))
        for key, heading in TOLD
        if (text := getattr(told, key))
    )


def _report_item(source: Source, opened: Opened, place: int, item: Item, ahead: dict[Question, Future[Answer]]) -> Part:
    language = opened.language
    if isinstance(item, Section):
        return Part(item.section.read(language), "section", told=read_told(item, language))
    if isinstance(item, Card):
        title = item.title.read(language) if item.title else ""
        return Part(title, "card", told=(("", item.card.read(language)),), span=item.span)
    if wrong := opened.found.faults.get(place):
        title = item.title.read(language) if item.title else item.line
        told = translate(language, "There is no answer: {reason}", reason="; ".join(map(str, wrong)))
        return Part(title, line=item.line, reason=told, span=item.span)
    question = opened.fitted[place].question
    try:
        return report_widget(source, opened, place, item, ahead[question].result())
    except (Refused, Failed) as reason:
        return Part(
            title_widget(opened, item, question),
            told=read_told(item, language),
            line=print_line(question),
            reason=translate(language, "There is no answer: {reason}", reason=reason),
            span=item.span,
        )


def _tell_bar(opened: Opened, filters: list[str]) -> Pairs:
    """What the bar holds, each under its heading."""
    bar, language = opened.bar, opened.language
    period = label_period(bar.period) if bar.period else translate(language, "Each widget's own")
    days = label_window(opened.window) if bar.period else ""
    if days and period.casefold() != days.casefold():
        period = f"{period}: {days}"
    read = [translate(language, "Each person once")] if bar.unique else []
    read += [translate(language, "As rates")] if bar.rate else []
    found = [
        (translate(language, "Period"), period),
        (translate(language, "Compared with"), label_window(opened.compared) if opened.compared else ""),
        (translate(language, "Filters"), "; ".join(filters) or translate(language, "None")),
        (translate(language, "Counted"), ", ".join(read)),
    ]
    return tuple((heading, text) for heading, text in found if text)


def _tell_filters(opened: Opened) -> list[str]:
    """The bar's filters and segments in words, as the widgets that take them say it."""
    bar, catalogue = opened.bar, opened.catalogue
    found = []
    for item in bar.filters:
        asking = next((one for one in opened.questions if item in one.filters), Question())
        found.append(label_filter(catalogue, item, asking))
    if bar.segments:
        names = [label_segment(catalogue, name, Question()) for name in bar.segments]
        found.append(say("only {segments}", segments=say_list(names)))
    if bar.compare and bar.compare != "none" and isinstance(bar.compare.with_, Slice):
        found.append(say("compared with {what}", what=label_compare(catalogue, bar.compare, Question())))
    return found
