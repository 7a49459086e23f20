"""One tile of a board: its title and text, its answer as number, chart or table, and what is to be known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Answer, Source
from semantic.bar import ALL, Bar, Fitted
from semantic.board import Board, Card, Section, Widget
from semantic.question import Slice
from widgets.annotations import tell_notes
from widgets.asking import Asking, tell_run, wait_answer
from widgets.badges import draw_badges, list_badges, tell_legend
from widgets.boards.opened import change_bar
from widgets.drawing import Drawing, choose_drawing
from widgets.empty import draw_empty, explain_empty
from widgets.exports.menu import draw_answer_files, find_base
from widgets.exports.report import report_part
from widgets.figure import draw_drawing, name_table
from widgets.labels import label_compare, label_filter, label_key, label_metric, label_segment, title_question
from widgets.links import link_explore
from widgets.messages import guard_body
from widgets.notes import tell_look, tell_missing
from widgets.tables import draw_table
from widgets.texts import escape_markdown
from widgets.times import label_window
from widgets.words import later, say, say_list

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from semantic import Catalogue, Problem, Question
    from widgets.boards.opened import Opened

ROW, MORE = 250, 130  # pixels of a chart in a tile of one row, and what a second row has beside its own chart
TOLD = (
    ("text", ""),
    ("purpose", later("Why")),
    ("reading", later("How to read it")),
    ("decision", later("What it decides")),
)
UNTAKEN = {
    ("period", None): later("Not by this period"),
    ("compare", None): later("Not compared"),
    ("segment", None): later("Not filtered by segment"),
    ("read", "unique"): later("Not counted as unique"),
    ("read", "rate"): later("Not as a rate"),
}


@st.fragment
def draw_widget(source: Source, opened: Opened, place: int, item: Widget, asking: Asking) -> None:
    """The tile of a widget; whatever goes wrong with it is told inside, and leaves the others alone."""
    fitted = opened.fitted[place]
    with st.container(gap="xsmall", key=f"tile_{place}"), guard_body(lambda: tell_run(source, fitted.question)):
        question = fitted.question
        title = title_widget(opened, item, question)
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall"):
            st.markdown(f"**{escape_markdown(title)}**")
            st.space("stretch")
            about = st.popover(
                ":material/info:",
                type="tertiary",
                help=say("About: {name}", name=escape_markdown(title)),
                key=f"about_{place}",
                on_change="rerun",
            )
        if about.open:
            with about, guard_body():
                draw_told(item, opened.language)
                link_explore(question, say("Open in Explore"))
        answer = wait_answer(asking, f"tile.{place}", ROW)
        if answer is None:
            return
        drawing = choose_drawing(source, opened.catalogue, answer, question)
        if about.open and not drawing.is_empty:
            with about:
                _draw_about(source, opened, place, item, drawing)
        if context := tell_tile(opened, item, fitted, answer):
            st.caption(escape_markdown(context))
        if drawing.is_empty:
            _draw_empty(source, opened, drawing, question, f"tile.{place}")
        else:
            height = ROW + (item.span[1] - 1) * (ROW + MORE)
            draw_drawing(source, opened.catalogue, drawing, f"tile.{place}.", height, bare=True)
        _draw_notes(source, opened.catalogue, drawing, fitted, f"tile.{place}")


def _draw_about(source: Source, opened: Opened, place: int, item: Widget, drawing: Drawing) -> None:
    """What can be had of a tile beside its picture: its rows, and files of them."""
    from widgets.boards.report import report_widget  # which reads this file

    part = report_widget(source, opened, place, item, drawing.answer)
    draw_answer_files(report_part(opened.catalogue, part, find_base()), f"files.{place}")
    if drawing.kind not in ("table", "number"):
        draw_table(drawing.reading, f"tile.{place}.rows", name_table(drawing.reading))
        for note in tell_notes(drawing.reading, drawing.kind):
            st.caption(escape_markdown(note))


def title_widget(opened: Opened, item: Widget, question: Question) -> str:
    """The widget's own title, else what it asks."""
    return item.title.read(opened.language) if item.title else title_question(opened.catalogue, question)


def draw_card(item: Card, language: str) -> None:
    """A text among the tiles."""
    with st.container(gap="xsmall"):
        if item.title:
            st.markdown(f"**{escape_markdown(item.title.read(language))}**")
        st.markdown(escape_markdown(item.card.read(language)))


def draw_told(told: Board | Section | Widget, language: str) -> None:
    """What is said of a board or a part of it: what it shows, why, how to read it, what it decides."""
    for key, heading in TOLD:
        if text := getattr(told, key):
            head = f"**{say(heading)}.** " if heading else ""
            st.markdown(f"{head}{escape_markdown(text.read(language))}")


def tell_tile(opened: Opened, item: Widget, fitted: Fitted, answer: Answer) -> str:
    """What a tile shows that the board's head doesn't say: days, filters and a way of reading of its own."""
    catalogue, question, resolved = opened.catalogue, fitted.question, answer.resolved
    parts = []
    apart = question.period and question.period != opened.bar.period
    if apart:
        parts.append(label_window(resolved.window))
    shared = set(opened.bar.filters)
    parts += [label_filter(catalogue, one, question) for one in question.filters if one not in shared]
    if question.segments and question.segments != opened.bar.segments and "segment" not in question.by:
        segments = [label_segment(catalogue, name, question) for name in question.segments]
        parts.append(say("only {segments}", segments=say_list(segments)))
    read = [
        label_metric(catalogue, ask, question).partition(", ")[2]
        for ask in question.metrics
        if ask not in item.question.metrics
    ]
    parts += dict.fromkeys(filter(None, read))
    if question.compare and isinstance(question.compare.with_, Slice):
        parts.append(say("compared with {what}", what=label_compare(catalogue, question.compare, question)))
    elif resolved.compared and (apart or question.compare != opened.bar.compare):
        parts.append(say("compared with {what}", what=label_window(resolved.compared)))
    return " · ".join(parts)


def _draw_empty(source: Source, opened: Opened, drawing: Drawing, question: Question, key: str) -> None:
    """Why there is nothing; what the bar holds can be given up there, what the widget holds by itself is only told."""
    bar = opened.bar
    held = {item.dimension for item in bar.filters} | ({"segment"} if bar.segments else set())
    held |= {"period"} if bar.period and bar.period == question.period else set()

    def remove(part: str) -> None:
        change_bar(source, lambda found: _drop_part(found, part))

    empty = explain_empty(source, opened.catalogue, question, drawing.answer)
    draw_empty(opened.catalogue, question, empty, f"{key}.", remove, held.__contains__, apart=False)


def _drop_part(bar: Bar, part: str) -> Bar:
    if part == "segment":
        return replace(bar, segments=())
    if part == "period":
        return replace(bar, period=ALL, compare=None)
    return replace(bar, filters=tuple(item for item in bar.filters if item.dimension != part))


def _draw_notes(source: Source, catalogue: Catalogue, drawing: Drawing, fitted: Fitted, key: str) -> None:
    """What isn't final, what the line asks of the picture and can't have, and what of the bar isn't taken."""
    if not drawing.is_empty:
        draw_badges(list_badges(source, catalogue, drawing.reading, drawing.answer, drawing.kind), f"{key}.badges")
    look: tuple[str, ...] = ()
    if not drawing.is_empty:
        legend = tell_legend(drawing.reading, drawing.answer, drawing.kind)
        look = (*tell_look(fitted.question, drawing.kind, drawing.refused), *legend)
    for note in (*tell_missing(catalogue, drawing.answer), *look):
        st.caption(escape_markdown(note))
    draw_untaken(catalogue, fitted)


def draw_untaken(catalogue: Catalogue, fitted: Fitted) -> None:
    """What of the bar a tile can't take, with the reason where one points at it."""
    for label, reasons in list_untaken(catalogue, fitted).items():
        _draw_caption(f":material/filter_alt_off: {escape_markdown(label)}", reasons)


def list_untaken(catalogue: Catalogue, fitted: Fitted) -> dict[str, list[str]]:
    """What of the bar a widget can't take, each with its reasons."""
    told: dict[str, list[str]] = {}
    for problem in fitted.left:
        reasons = told.setdefault(_name_untaken(catalogue, problem, fitted.question), [])
        reasons.append(f"{problem.found}. {problem.remedy}" if problem.remedy else problem.found)
    return told


def _draw_caption(text: str, reasons: list[str]) -> DeltaGenerator:
    return st.caption(text, help="\n\n".join(escape_markdown(f"{one[:1].upper()}{one[1:]}") for one in reasons))


def _name_untaken(catalogue: Catalogue, problem: Problem, question: Question) -> str:
    key = problem.part or (problem.where, None)
    if key in UNTAKEN:
        return say(UNTAKEN[key])
    return say("Not filtered by {name}", name=label_key(catalogue, problem.where, question))
