"""Why not …? What the question can't be given, and the reason of each."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from semantic.offer import Offer, offer_compares, offer_dimensions, offer_metrics, offer_segments, offer_times
from widgets.address import Asked
from widgets.controls.comparison import NAMES
from widgets.controls.selection import name_offers
from widgets.labels import read_language, speak_offers
from widgets.texts import escape_markdown, shorten_text
from widgets.words import say, say_count, say_list

MOST_TOLD = 60


def draw_unavailable(asked: Asked) -> None:
    """A button that tells what isn't offered; nothing where everything is."""
    catalogue, question = asked.catalogue, asked.question
    language = read_language(question)
    groups: dict[str, tuple[Offer, ...]] = {
        say("Metrics"): offer_metrics(catalogue, question, language=language),
        say("Slices"): speak_offers(
            (*offer_dimensions(catalogue, question, language=language), *offer_times(catalogue, question))
        ),
        say("Segments"): offer_segments(catalogue, question, language=language),
        say("Comparisons"): tuple(
            replace(offer, label=say(NAMES[offer.name])) for offer in offer_compares(catalogue, question)
        ),
    }
    refused = {title: [offer for offer in offers if offer.reason] for title, offers in groups.items()}
    if not any(refused.values()):
        return
    with st.popover(
        say("Why not …?"), icon=":material/block:", type="tertiary", key="unavailable", on_change="rerun"
    ) as told:
        if not told.open:
            return
        for title, offers in refused.items():
            if offers:
                names = name_offers(groups[title])
                reasons: dict[str, list[str]] = {}
                for offer in offers:
                    reasons.setdefault(offer.reason or "", []).append(names[offer.name])
                lines = [f"- **{_join(told)}**: {_shorten(reason)}" for reason, told in reasons.items()]
                rest = len(lines) - MOST_TOLD
                more = [f"- {say_count('and {count} more', 'and {count} more', rest)}"] if rest > 0 else []
                st.markdown(f"**{title}**\n\n" + "\n".join([*lines[:MOST_TOLD], *more]))


def _join(names: list[str]) -> str:
    return escape_markdown(shorten_text(say_list(names), 200))


def _shorten(reason: str) -> str:
    return escape_markdown(shorten_text(reason, 220))
