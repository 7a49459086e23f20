"""The Explore page's parts: its address, its controls, its answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from semantic import Question, Source
from widgets.address import Asked, change_address, pop_left_out, read_address
from widgets.asking import tell_run
from widgets.controls import draw_controls
from widgets.figure import draw_figure
from widgets.home import list_examples
from widgets.labels import speak_question, title_question
from widgets.messages import guard_body, show_left_out, show_unknown
from widgets.rows import draw_rows, leave_rows
from widgets.save import draw_saved, take_target
from widgets.texts import escape_markdown
from widgets.words import say


def draw_explore(source: Source) -> None:
    """Controls, messages and the answer of the page's address."""
    take_target()
    asked = read_address(source)
    shown = replace(asked, question=leave_rows(asked.catalogue, asked.question))
    draw_controls(source, shown)
    show_left_out(pop_left_out())
    show_unknown(asked.problems)
    if not asked.question.metrics and not asked.question.journey:
        _draw_beginning(source, asked)
        return
    draw_saved()
    with guard_body(lambda: tell_run(source, shown.question)):
        draw_figure(source, asked.catalogue, shown.question)
        if not shown.question.journey:  # its steps and states have no rows of their own
            draw_rows(source, asked.catalogue, shown.question, asked.question)


def _draw_beginning(source: Source, asked: Asked) -> None:
    """Nothing is asked yet: some questions to begin with."""
    st.markdown(say("Choose a metric to begin, or begin with one of these:"))
    for place, question in enumerate(list_examples(asked.catalogue)):
        st.button(
            escape_markdown(title_question(asked.catalogue, speak_question(question))),
            key=f"begin.{place}",
            icon=":material/arrow_forward:",
            type="tertiary",
            on_click=change_address,
            args=(source, partial(_begin_with, question)),
        )


def _begin_with(example: Question, asked: Question) -> Question:
    return replace(example, look=asked.look)
