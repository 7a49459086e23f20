"""Controls for what is asked: metrics, slices, the grain of time, segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from semantic import Question, Source
from semantic.names import GRAINS
from semantic.offer import Offer, find_grain, offer_dimensions, offer_metrics, offer_segments, offer_times, set_grain
from semantic.question import MetricAsk
from semantic.values import print_metric
from widgets.address import Asked, bind_control
from widgets.labels import label_key, label_metric, read_language, speak_offers
from widgets.words import later, say

BY_GRAINS = {
    "minute": later("By minute"),
    "hour": later("By hour"),
    "day": later("By day"),
    "week": later("By week"),
    "month": later("By month"),
    "quarter": later("By quarter"),
    "half": later("By half"),
    "year": later("By year"),
}


def draw_metrics(source: Source, asked: Asked) -> None:
    """The metrics, in the order of the answer's columns; the first one is what `top` takes."""
    catalogue, question = asked.catalogue, asked.question
    offers = offer_metrics(catalogue, question, language=read_language(question))
    names = name_offers(offers) | {
        print_metric(ask): label_metric(catalogue, ask, question) for ask in question.metrics
    }
    here = {print_metric(ask): ask for ask in question.metrics}
    options = [*here, *(offer.name for offer in offers if not offer.reason and offer.name not in here)]

    def choose(found: Question, chosen: list[str]) -> Question:
        known = {print_metric(ask): ask for ask in found.metrics}
        metrics = tuple(known.get(name) or MetricAsk(name) for name in chosen)
        return replace(found, metrics=metrics, journey=None if metrics else found.journey)

    bound = bind_control(source, "metrics", list(here), choose)
    st.multiselect(
        say("Metrics"),
        options,
        format_func=lambda name: names.get(name, name),
        select_all=False,
        placeholder=say("Choose metrics"),
        **bound,
    )


def draw_slices(source: Source, asked: Asked) -> None:
    """What the metrics are cut by, outermost first, the grain of time left to its own control."""
    catalogue, question = asked.catalogue, asked.question
    language = read_language(question)
    times = offer_times(catalogue, question, language=language)
    offers = speak_offers(
        (
            *offer_dimensions(catalogue, question, language=language),
            *(offer for offer in times if offer.name not in GRAINS),
        )
    )
    grain = find_grain(question)
    here = [name for name in question.by if name != grain]
    names = name_offers(offers) | {name: label_key(catalogue, name, question) for name in here}
    options = [*here, *(offer.name for offer in offers if not offer.reason and offer.name not in here)]

    def choose(found: Question, chosen: list[str]) -> Question:
        fixed = find_grain(found)
        kept = [name for name in found.by if name == fixed or name in chosen]
        return replace(found, by=(*kept, *(name for name in chosen if name not in kept)))

    bound = bind_control(source, "slices", here, choose)
    st.multiselect(
        say("Cut by"),
        options,
        format_func=lambda name: names.get(name, name),
        select_all=False,
        placeholder=say("Nothing: the total"),
        **bound,
    )


def draw_grain(source: Source, asked: Asked) -> None:
    """The time axis."""
    question = asked.question
    offers = [offer for offer in offer_times(asked.catalogue, question) if offer.name in GRAINS]
    here = find_grain(question)
    options = ["", *(offer.name for offer in offers if not offer.reason or offer.name == here)]
    names = {"": say("No"), **{offer.name: say(BY_GRAINS[offer.name]) for offer in offers}}
    bound = bind_control(source, "grain", here or "", lambda found, chosen: set_grain(found, chosen or None))
    refused = next((offer.reason for offer in offers if offer.name == "day"), None) if len(options) == 1 else None
    st.selectbox(
        say("Over time"),
        options,
        format_func=lambda name: names[name],
        disabled=len(options) == 1,
        help=refused and say("These metrics have no time."),
        **bound,
    )


def draw_segments(source: Source, asked: Asked) -> None:
    """The segments that must all hold, or, cut by segment, those that are the groups."""
    catalogue, question = asked.catalogue, asked.question
    if not catalogue.segments:
        return
    offers = offer_segments(catalogue, question, language=read_language(question))
    personal = [segment.name for segment in question.personal]
    names = name_offers(offers)
    here = list(question.segments)
    options = [*here, *(offer.name for offer in offers if not offer.reason and offer.name not in here)]
    options += [name for name in personal if name not in options]
    bound = bind_control(source, "segments", here, lambda found, chosen: replace(found, segments=tuple(chosen)))
    st.multiselect(
        say("Segments"),
        options,
        format_func=lambda name: names.get(name, name),
        select_all=False,
        placeholder=say("Everyone"),
        disabled=not options,
        **bound,
    )


def name_offers(offers: Iterable[Offer]) -> dict[str, str]:
    """What each offer is called; those of one label are told apart by their group."""
    offers = tuple(offers)
    labels = Counter(offer.label for offer in offers)
    groups = Counter((offer.label, offer.group) for offer in offers)

    def name(offer: Offer) -> str:
        if labels[offer.label] == 1:
            return offer.label
        apart = offer.group if groups[offer.label, offer.group] == 1 else offer.name
        return f"{offer.label} ({apart})"

    return {offer.name: name(offer) for offer in offers}
