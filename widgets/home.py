"""The Home page's parts: what this is, the headline KPIs, where to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from semantic import Answer, Catalogue, Question, Source
from semantic.line_values import read_period
from semantic.offer import offer_dimensions, read_label
from semantic.question import Compare, MetricAsk, Period, Top
from semantic.salvage import find_problems
from widgets.drawing import find_trends
from widgets.fields import read_answer
from widgets.labels import speak_question, title_question
from widgets.links import BOARDS, CATALOGUE, EXPLORE, link_board, link_explore, link_metric, link_page
from widgets.messages import guard_body
from widgets.store.own import list_own
from widgets.targets import find_targets
from widgets.texts import escape_markdown
from widgets.tiles import draw_tile
from widgets.times import label_day, label_window
from widgets.words import find_language, say, say_count

HEADLINE = "headline"  # the tag of the metrics that Home shows
MOST_HEADLINES = 8
USUAL_HEADLINES = 6  # without that tag
MOST_EXAMPLES = 4
MOST_OWN = 24
PERIODS = ("last-28-days", "previous-month", "previous-year")  # the first one that a metric can be asked for


def draw_welcome(source: Source) -> None:
    """What this is, and until when there is data."""
    catalogue = source.serve().catalogue
    st.title(escape_markdown(catalogue.name), anchor=False)
    told = say_count(
        "{count} KPI, defined once: cut and compare it, and send what is seen as a link.",
        "{count} KPIs, each defined once: pick some, cut and compare them, and send what is seen as a link.",
        len(catalogue.metrics),
    )
    newest = catalogue.bound.newest
    st.markdown(told + (" " + say("The data go up to {day}.", day=label_day(newest)) if newest else ""))


def draw_headlines(source: Source) -> None:
    """A tile for each headline KPI, with its change and its course; each leads to Explore."""
    catalogue = source.serve().catalogue
    groups = group_headlines(catalogue, list_headlines(catalogue))
    if not groups:
        st.info(say("The catalogue has no metric yet."), icon=":material/inbox:")
        return
    for place, question in enumerate(groups):
        with guard_body():
            _draw_group(source, catalogue, question, f"headlines_{place}")


def list_headlines(catalogue: Catalogue) -> list[str]:
    """The metrics tagged `headline`, else the first that have a clock, else the first."""
    tagged = [name for name, metric in catalogue.metrics.items() if HEADLINE in metric.tags]
    answered = [name for name in tagged if not find_problems(catalogue, Question(metrics=(MetricAsk(name),)))]
    if answered:
        return answered[:MOST_HEADLINES]
    names = [name for name in catalogue.metrics if not find_problems(catalogue, Question(metrics=(MetricAsk(name),)))]
    timed = [name for name in names if _choose_period(catalogue, name)]
    return (timed or names)[:USUAL_HEADLINES]


def group_headlines(catalogue: Catalogue, names: Sequence[str]) -> list[Question]:
    """The questions that answer these metrics: one for each period that some of them are asked for."""
    groups: dict[Period | None, list[MetricAsk]] = {}
    for name in names:
        groups.setdefault(_choose_period(catalogue, name), []).append(MetricAsk(name))
    return [
        Question(metrics=tuple(asks), period=period, compare=Compare("previous") if period else None)
        for period, asks in groups.items()
    ]


def _choose_period(catalogue: Catalogue, name: str) -> Period | None:
    for text in PERIODS:
        period = read_period(text)
        asked = Question(metrics=(MetricAsk(name),), period=period, compare=Compare("previous"))
        if not find_problems(catalogue, asked):
            return period
    return None


def _draw_group(source: Source, catalogue: Catalogue, question: Question, key: str) -> None:
    answer = source.ask(speak_question(question))
    reading = read_answer(catalogue, answer)
    row = reading.table.to_pylist()[0]
    trends = find_trends(source, catalogue, answer) if question.period else {}
    targets = find_targets(source, catalogue, answer)
    st.caption(_tell_period(answer))
    count = len(question.metrics)
    with st.grid(count if count < 4 else 3 if count in (5, 6) else 4, min_column_width=160, key=key):
        for ask, field, better in zip(question.metrics, reading.values, reading.better, strict=True):
            description = catalogue.metrics[ask.name].description
            with st.container(gap="xxsmall", height="stretch"):
                draw_tile(
                    field,
                    row[field.name],
                    row.get(f"{field.name}@compare"),
                    compare=reading.versus,
                    better=better,
                    target=targets.get(field.name),
                    trend=trends.get(field.name, ()),
                    locale=reading.locale,
                    help=description.read(find_language()) if description else "",
                )
                opened = _open_trend(catalogue, replace(question, metrics=(ask,)))
                link_explore(opened, say("Explore"), help=say("Explore {name}", name=escape_markdown(field.label)))


def _tell_period(answer: Answer) -> str:
    window, compared = answer.resolved.window, answer.resolved.compared
    if not compared:
        return say("Over everything there is.")
    told = say("{days}, compared with {compared}", days=label_window(window), compared=label_window(compared))
    return escape_markdown(told)


def _open_trend(catalogue: Catalogue, question: Question) -> Question:
    """What a tile leads to: its course by day, else by month, else the number itself."""
    for grain in ("day", "month"):
        tried = replace(question, by=(grain,))
        if not find_problems(catalogue, tried):
            return tried
    return question


def draw_own_boards() -> None:
    """Links to the person's own boards, which this browser keeps; nothing where there are none."""
    if own := list_own():
        st.subheader(say("Your boards"), anchor=False)
        with st.container(horizontal=True, key="own_boards"):
            for name, label in list(own.items())[:MOST_OWN]:
                link_board(name, label)


def draw_ways(source: Source) -> None:
    """Cards that lead to the other pages, with questions to begin with."""
    catalogue, language = source.serve().catalogue, find_language()
    st.header(say("Where to go"), anchor=False)
    boards = source.serve_boards().boards.boards
    with st.grid(3 if boards else 2, min_column_width=290, key="ways"):
        if boards:
            with st.container(border=True, height="stretch"):
                link_page(BOARDS, f"**{say('Boards')}**", ":material/dashboard:")
                st.markdown(say("What belongs together on one page, with one bar of filters for all of it."))
                for name, board in boards.items():
                    link_board(name, read_label(board.label, name, language))
        with st.container(border=True, height="stretch"):
            link_page(EXPLORE, f"**{say('Explore')}**", ":material/query_stats:")
            st.markdown(
                say("Choose metrics, cut them by what they have in common, compare periods, and copy the link.")
            )
            for question in list_examples(catalogue):
                link_explore(
                    question, title_question(catalogue, speak_question(question)), icon=":material/arrow_forward:"
                )
        with st.container(border=True, height="stretch"):
            link_page(CATALOGUE, f"**{say('Catalogue')}**", ":material/menu_book:")
            st.markdown(say("What each KPI means, how it is computed, and what it can be cut by."))
            for name in list_headlines(catalogue)[:MOST_EXAMPLES]:
                link_metric(
                    name, say("What is {name}?", name=read_label(catalogue.metrics[name].label, name, language))
                )


def list_examples(catalogue: Catalogue) -> list[Question]:
    """Questions that show what can be asked: a course, the biggest groups, a week by its hours, a comparison."""
    found: list[Question] = []
    for name in list_headlines(catalogue):
        ask = (MetricAsk(name),)
        slices = [offer.name for offer in offer_dimensions(catalogue, Question(metrics=ask)) if not offer.reason]
        ideas = (
            Question(metrics=ask, by=("month",)),
            Question(metrics=ask, by=tuple(slices[:1]), top=Top(10)),
            Question(metrics=ask, by=("weekday", "hour_of_day")),
            Question(metrics=ask, by=("month",), period=read_period("last-12-months"), compare=Compare("year")),
            Question(metrics=ask, by=tuple(slices[1:2])),
        )
        turned = (*ideas[len(found) :], *ideas[: len(found)])
        found += [idea for idea in turned if idea.by and not find_problems(catalogue, idea)][:1]
    return found[:MOST_EXAMPLES]
