"""The page's address <-> the question: read on each run, written by each change of a control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from semantic import Catalogue, Problem, Question, Source, print_pairs, read_pairs
from semantic.line import canonicalise
from semantic.salvage import salvage_question
from widgets.messages import guard_body

if TYPE_CHECKING:
    from semantic import Serving

_LEFT_OUT = "address.left_out"  # what the last change of a control made the line lose


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks: the part that can be answered, and what is wrong with the rest."""

    serving: Serving
    question: Question
    problems: tuple[Problem, ...]

    @property
    def catalogue(self) -> Catalogue:
        return self.serving.catalogue


def read_address(source: Source) -> Asked:
    """The question of the page's address."""
    pairs = [(key, value) for key in st.query_params for value in st.query_params.get_all(key)]
    question, unread = read_pairs(pairs)
    serving = source.serve()
    kept, unanswered = salvage_question(serving.catalogue, question)
    return Asked(serving, kept, (*unread, *unanswered))


def write_address(question: Question) -> None:
    """Makes the question's line the page's address; what the host keeps there (`embed`) stays."""
    pairs = dict(print_pairs(question))
    if pairs != st.query_params.to_dict():
        st.query_params.from_dict(pairs)


def change_address(source: Source, change: Callable[[Question], Question]) -> None:
    """Writes what `change` makes of the address's question; what can't be answered any more is left out, and told."""
    with guard_body():
        asked = read_address(source)
        kept, dropped = salvage_question(asked.catalogue, canonicalise(change(asked.question)))
        st.session_state[_LEFT_OUT] = dropped
        write_address(kept)


def pop_left_out() -> tuple[Problem, ...]:
    """What the change that led to this run made the line lose; told once."""
    found: tuple[Problem, ...] = st.session_state.pop(_LEFT_OUT, ())
    return found


def bind_control(source: Source, key: str, value: Any, change: Callable[[Question, Any], Question]) -> dict[str, Any]:
    """A widget's arguments that tie it to the address: it shows `value`, and `change` makes a question of a new one."""
    return bind_value(key, value, lambda chosen: change_address(source, lambda question: change(question, chosen)))


def bind_value(key: str, value: Any, write: Callable[[Any], None]) -> dict[str, Any]:
    """A widget's arguments that make it show `value`, and hand a new one to `write`."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": lambda: write(st.session_state[key])}
