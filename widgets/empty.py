"""Where an answer holds nothing: why, and which filter is to be given up. Replaces the picture, not a blank axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import streamlit as st

from semantic import Failed, Refused
from semantic.missing import is_empty
from semantic.salvage import find_problems
from widgets.labels import label_filter, label_metric, label_segment
from widgets.texts import escape_markdown
from widgets.times import label_period, label_window
from widgets.words import say, say_list

if TYPE_CHECKING:
    from semantic import Answer, Catalogue, Question, Source

MOST_TRIED = 8  # filters that are left out in turn
SECONDS = 5.0  # that each of these questions may take
Kind = Literal["unloaded", "narrow", "undefined"]


@dataclass(frozen=True, slots=True)
class Part:
    """What narrows a question: a filter by its dimension, `segment` or `period`, as a person calls it."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing. `unloaded`: there are no rows at all. `narrow`: none match, and the parts that each alone
    keep all rows out, the one that hides most first; none where it takes several of them. `undefined`: there are rows,
    and no value in any.
    """

    kind: Kind
    parts: tuple[Part, ...] = ()


def explain_empty(source: Source, catalogue: Catalogue, question: Question, answer: Answer) -> Empty:
    """Why the answer holds nothing, found by asking without each of the question's filters in turn."""
    if answer.table.num_rows and question.by:  # groups are there where there are rows
        return Empty("undefined")
    parts = list(_list_parts(catalogue, question, answer))[:MOST_TRIED]
    found = [(size, part) for part in parts if (size := _weigh(source, catalogue, drop_part(question, part.key)))]
    if found:
        found.sort(key=lambda pair: -pair[0])
        return Empty("narrow", tuple(part for _, part in found))
    widest = question
    for part in parts:
        widest = drop_part(widest, part.key)
    if parts and _weigh(source, catalogue, widest):
        return Empty("narrow")
    return Empty("unloaded")


def drop_part(question: Question, key: str) -> Question:
    """The question without what that part of it narrows."""
    if key == "segment":
        return replace(question, segments=(), personal=())
    if key == "period":
        return replace(question, period=None, compare=None)
    return replace(question, filters=tuple(item for item in question.filters if item.dimension != key))


def _list_parts(catalogue: Catalogue, question: Question, answer: Answer) -> Iterator[Part]:
    for item in question.filters:
        yield Part(item.dimension, label_filter(catalogue, item, question))
    if question.segments and "segment" not in question.by:
        names = [label_segment(catalogue, name, question) for name in question.segments]
        yield Part("segment", say("Only {segments}", segments=say_list(names)))
    if question.period:
        days, named = label_window(answer.resolved.window), label_period(question.period)
        yield Part("period", days if named == days else f"{named}: {days}")


def _weigh(source: Source, catalogue: Catalogue, question: Question) -> float:
    """How much there is to answer; 0 where there is nothing, or it can't be asked."""
    plain = replace(question, compare=None, top=None, order=(), limit=None, totals=False, look=())
    if question.metrics and not find_problems(catalogue, total := replace(plain, by=())):
        plain = total
    if find_problems(catalogue, plain):
        return 0
    try:
        answer = source.ask(plain, seconds=SECONDS)
    except (Refused, Failed):
        return 0
    if is_empty(answer):
        return 0
    first = answer.table[answer.columns[-1]].to_pylist()[0]
    return abs(first) if answer.table.num_rows == 1 and isinstance(first, int | float) else answer.table.num_rows


def draw_empty(
    catalogue: Catalogue,
    question: Question,
    empty: Empty,
    key: str,
    remove: Callable[[str], None],
    removable: Callable[[str], bool] = lambda part: True,
    apart: bool = True,
) -> None:
    """The message, with a button that gives up the narrowest filter; `remove` is given the key of a part.

    It's the page's main button where it stands `apart` from others of its kind.
    """
    if empty.kind == "unloaded":
        told = f"**{say('There are no rows yet.')}** {say('The data of these metrics is empty.')}"
        st.markdown(f":material/inbox: {told}")
        st.caption(say("They show as soon as the catalogue's tables or files hold rows; nothing has to be restarted."))
        return
    if empty.kind == "undefined":
        names = [label_metric(catalogue, ask, question) for ask in question.metrics]
        st.markdown(f":material/do_not_disturb_on: **{say('Not defined here.')}**")
        told = say("There are rows, but no value: what {metrics} is made of is 0 or unknown.", metrics=say_list(names))
        st.caption(escape_markdown(told))
        return
    st.markdown(f":material/filter_alt_off: **{say('No rows match.')}**")
    if not empty.parts:
        st.caption(say("No single filter keeps them all out; only without several of them there are some."))
        return
    first, *others = empty.parts
    st.caption(escape_markdown(say("The narrowest filter: {filter}.", filter=first.label)))
    with st.container(horizontal=True):
        for place, part in enumerate([first, *others]):
            if removable(part.key) and st.button(
                escape_markdown(say("Without: {filter}", filter=part.label)),
                key=f"{key}widen.{place}",
                type="primary" if apart and place == 0 else "secondary",
            ):
                remove(part.key)
                st.rerun()  # the whole page: what holds the filters may lie outside of what is drawn here
