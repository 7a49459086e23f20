"""Hierarchies: from a group to what it is made of, and back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from semantic import Answer, Catalogue, Question, Source
from semantic.question import Equals, Filter, IsNull
from semantic.resolved import DimensionKey
from widgets.address import change_address
from widgets.controls.values import write_term
from widgets.labels import label_key, label_term
from widgets.texts import escape_markdown
from widgets.words import name_options, say

MOST_GROUPS = 200


def draw_drill(source: Source, catalogue: Catalogue, answer: Answer) -> None:
    """A choice of the groups to drill into, and a way back from those that were drilled into."""
    question = answer.resolved.question
    keys = [key for key in answer.resolved.keys if isinstance(key, DimensionKey) and key.unit is None]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key in keys:
            if coarser := find_coarser(catalogue, question, key):
                label = say("Back to {name}", name=escape_markdown(label_key(catalogue, coarser, question)))
                back = partial(drill_out, name=key.name, coarser=coarser)
                st.button(
                    label,
                    icon=":material/arrow_upward:",
                    key=f"drill_out.{key.name}",
                    type="tertiary",
                    on_click=change_address,
                    args=(source, back),
                )
        if keys and (finer := find_finer(keys[-1])):
            _draw_choice(source, catalogue, answer, keys[-1].name, finer)


def find_finer(key: DimensionKey) -> str | None:
    """The name of the next finer dimension of a key's hierarchy, for the same metrics."""
    dimension = next(iter(key.reached.values())).dimension if key.reached else None
    if dimension is None or dimension.drill is None:
        return None
    head, dot, _ = key.name.rpartition(".")
    return f"{head}{dot}{dimension.drill}"


def find_coarser(catalogue: Catalogue, question: Question, key: DimensionKey) -> str | None:
    """The name of the dimension that a key was drilled into from: the coarser one, where the question filters by it."""
    reached = next(iter(key.reached.values()), None)
    if reached is None:
        return None
    head, dot, _ = key.name.rpartition(".")
    view = catalogue.views[reached.path.view]
    coarser = [f"{head}{dot}{name}" for name, other in view.dimensions.items() if other.drill == reached.name]
    return next((item.dimension for item in question.filters if item.dimension in coarser), None)


def drill_into(question: Question, name: str, finer: str, term: Equals | IsNull) -> Question:
    """The groups of the finer dimension within one group."""
    by = tuple(finer if key == name else key for key in question.by)
    filters = tuple(item for item in question.filters if item.dimension != name)
    order = tuple(one for one in question.order if one.column != name)
    return replace(question, by=by, filters=(*filters, Filter(name, (term,))), order=order)


def drill_out(question: Question, name: str, coarser: str) -> Question:
    """All groups of the coarser dimension again."""
    by = tuple(coarser if key == name else key for key in question.by)
    filters = tuple(item for item in question.filters if item.dimension != coarser)
    order = tuple(one for one in question.order if one.column != name)
    return replace(question, by=tuple(dict.fromkeys(by)), filters=filters, order=order)


def _draw_choice(source: Source, catalogue: Catalogue, answer: Answer, name: str, finer: str) -> None:
    rest = {mark.row for mark in answer.marks if mark.mark == "other"}
    values = (value for row, value in enumerate(answer.table[name].to_pylist()) if row not in rest)
    terms = list(dict.fromkeys(map(write_term, values)))[:MOST_GROUPS]
    question = answer.resolved.question
    if not terms or finer in question.by:
        return

    def choose() -> None:
        if chosen := st.session_state["drill"]:
            st.session_state["drill"] = None
            change_address(source, lambda found: drill_into(found, name, finer, chosen))

    label = say(
        "Drill from {name} into {finer}",
        name=label_key(catalogue, name, question),
        finer=label_key(catalogue, finer, question),
    )
    st.selectbox(
        escape_markdown(label),
        terms,
        index=None,
        format_func=name_options(terms, label_term),
        placeholder=say("Choose one"),
        width=280,
        key="drill",
        on_change=choose,
    )
