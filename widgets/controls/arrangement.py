"""Controls for how an answer is arranged: how each metric is read, the biggest only, order, rows, totals."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from semantic import Catalogue, Question, Source
from semantic.offer import offer_modifiers, read_as
from semantic.question import MetricAsk, Order, Top
from semantic.salvage import find_problems
from semantic.values import print_metric
from widgets.address import Asked, bind_control
from widgets.labels import label_compare, label_key, label_metric
from widgets.texts import escape_markdown
from widgets.words import name_options, say

MOST_TOP, MOST_LIMIT = 1_000, 1_000_000


def draw_arrangement(source: Source, asked: Asked) -> None:
    """Two buttons that open these controls; each says how many of them are in use."""
    question = asked.question
    read = sum(bool(ask.modifiers) for ask in question.metrics)
    if question.metrics:
        with st.popover(_count(say("Read as"), read), icon=":material/percent:", key="read_as"):
            for place, ask in enumerate(question.metrics):
                _draw_modifiers(source, asked, place, ask)
    used = sum((bool(question.top), bool(question.order), bool(question.limit), question.totals))
    if question.by:
        with st.popover(_count(say("Sort and shorten"), used), icon=":material/sort:", key="arrange"):
            _draw_top(source, asked)
            _draw_order(source, asked)
            _draw_limit(source, asked)
            _draw_totals(source, asked)


def _count(label: str, used: int) -> str:
    return f"{label} ({used})" if used else label


def _draw_modifiers(source: Source, asked: Asked, place: int, ask: MetricAsk) -> None:
    """How one metric is read: as it is, unique, as a rate or share, or as its change."""
    catalogue, question = asked.catalogue, asked.question
    offers = offer_modifiers(catalogue, question, ask)
    variants = {print_metric(variant): variant for variant, reason in offers if not reason or variant == ask}

    def choose(found: Question, chosen: str) -> Question:
        return read_as(found, place, variants[chosen]) if place < len(found.metrics) else found

    def show(name: str) -> str:
        label = label_metric(catalogue, variants[name], question)
        return label.partition(", ")[2] if variants[name].modifiers else say("as it is")

    label = label_metric(catalogue, MetricAsk(ask.name), question)
    bound = bind_control(source, f"read_as.{place}", print_metric(ask), choose)
    names = name_options(variants, show)
    st.selectbox(escape_markdown(label), list(variants), format_func=names, disabled=len(variants) == 1, **bound)


def _draw_top(source: Source, asked: Asked) -> None:
    """The biggest groups only, the rest as Other."""
    catalogue, question = asked.catalogue, asked.question
    if question.top is None and find_problems(catalogue, replace(question, top=Top(10))):
        return
    count = question.top.count if question.top else None

    def choose_count(found: Question, chosen: int | None) -> Question:
        metric = found.top.metric if found.top else None
        return replace(found, top=Top(int(chosen), metric) if chosen else None)

    bound = bind_control(source, "top", count, choose_count)
    st.number_input(
        say("The biggest only"),
        1,
        MOST_TOP,
        value=None,
        placeholder=say("all"),
        help=say("The rest becomes Other"),
        **bound,
    )
    measures = _list_measures(catalogue, question)
    if question.top is None or not measures or (len(measures) == 1 and question.top.metric is None):
        return
    asks = {print_metric(ask): ask for ask in (*measures, *([question.top.metric] if question.top.metric else []))}
    usual = print_metric(measures[0])

    def choose_metric(found: Question, chosen: str) -> Question:
        return replace(found, top=found.top and replace(found.top, metric=None if chosen == usual else asks[chosen]))

    bound = bind_control(source, "top.metric", print_metric(question.top.metric or measures[0]), choose_metric)
    st.selectbox(
        say("measured by"),
        list(asks),
        format_func=name_options(asks, lambda name: label_metric(catalogue, asks[name], question)),
        **bound,
    )


def _list_measures(catalogue: Catalogue, question: Question) -> tuple[MetricAsk, ...]:
    """What the biggest may be told by, the usual first: the asked metrics, or the steps of a funnel."""
    if question.journey and question.journey.kind == "funnel":
        funnel = catalogue.funnels.get(question.journey.names[0])
        return tuple(MetricAsk(step) for step in funnel.steps) if funnel else ()
    return question.metrics


def _draw_order(source: Source, asked: Asked) -> None:
    """The first column to sort by; further ones that the line holds stay behind it."""
    question = asked.question
    names = name_columns(asked)
    here = question.order[0] if question.order else None
    options = ["", *names, *([here.column] if here and here.column not in names else [])]

    def choose(found: Question, chosen: str) -> Question:
        first = Order(chosen, descending=chosen not in found.by)
        return replace(found, order=(first, *found.order[1:]) if chosen else ())

    bound = bind_control(source, "order", here.column if here else "", choose)
    st.selectbox(
        say("Sort by"),
        options,
        format_func=name_options(options, lambda name: names.get(name, name or say("the groups"))),
        **bound,
    )
    if here is None:
        return

    def turn(found: Question, descending: bool) -> Question:
        rest = found.order[1:]
        return replace(found, order=(replace(found.order[0], descending=descending), *rest) if found.order else ())

    bound = bind_control(source, "order.descending", here.descending, turn)
    st.checkbox(say("Biggest first"), **bound)


def name_columns(asked: Asked) -> dict[str, str]:
    """Every column of the answer, by its canonical name."""
    catalogue, question = asked.catalogue, asked.question
    names = {name: label_key(catalogue, name, question) for name in question.by}
    for ask in question.metrics:
        name, label = print_metric(ask), label_metric(catalogue, ask, question)
        names[name] = label
        if question.compare:
            names[f"{name}@compare"] = f"{label}, {label_compare(catalogue, question.compare, question).lower()}"
            names[f"{name}@change"] = say("{name}, change", name=label)
    return names


def _draw_limit(source: Source, asked: Asked) -> None:
    bound = bind_control(
        source, "limit", asked.question.limit, lambda found, n: replace(found, limit=int(n) if n else None)
    )
    st.number_input(say("Rows at most"), 1, MOST_LIMIT, value=None, placeholder=say("all"), **bound)


def _draw_totals(source: Source, asked: Asked) -> None:
    bound = bind_control(source, "totals", asked.question.totals, lambda found, on: replace(found, totals=on))
    told = say("Recomputed from rows: customers who bought twice count once")
    st.checkbox(say("With totals"), help=told, **bound)
