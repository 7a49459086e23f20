"""Questions under way: asked on threads of their own, waited for a moment, watched, and stopped by who asked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from semantic import Answer, Failed, Refused, Stop, print_line, stoppable
from widgets.badges import drop_limit
from widgets.drawing import find_trends
from widgets.targets import find_targets
from widgets.words import say

if TYPE_CHECKING:
    from semantic import Catalogue, Question, Source

AT_ONCE = 0.15  # seconds in which an answer needs no skeleton
PATIENCE = 3.0  # seconds after which a page says that it is still working, and goes on
LOOK_AGAIN = 1.0  # seconds between two looks at what is still under way
_KEPT = "asking"  # of a session: what is under way or was stopped, by the part of the page that asks
_askers = ThreadPoolExecutor(16, thread_name_prefix="asker")  # they wait for the source's own workers


@dataclass(slots=True, eq=False)
class Asking:
    """A question that was asked, and when."""

    question: Question
    future: Future[Answer]
    stop: Stop
    began: float = field(default_factory=time.monotonic)

    @property
    def age(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self.began

    @property
    def was_stopped(self) -> bool:
        return self.stop.is_asked


def ask_ahead(source: Source, catalogue: Catalogue, part: str, questions: Iterable[Question]) -> dict[Question, Asking]:
    """The questions under way, each once, with what a number needs too; what fails is raised by `wait_answer`.

    What `part` of the page asked before and doesn't ask any more is stopped, unless somebody else waits for it.
    """
    kept: dict[str, dict[Question, Asking]] = st.session_state.setdefault(_KEPT, {})
    before = kept.get(part, {})
    found: dict[Question, Asking] = {}
    for question in questions:
        if question in found:
            continue
        held = before.pop(question, None)
        if held is None or (held.future.done() and not held.was_stopped):  # the source's cache knows it, if anybody
            stop = Stop()
            held = Asking(question, _askers.submit(_ask, source, catalogue, question, stop), stop)
        found[question] = held
    for left in before.values():
        left.stop.ask()
    kept[part] = found
    return found


def ask_all(source: Source, catalogue: Catalogue, questions: Iterable[Question]) -> dict[Question, Future[Answer]]:
    """As `ask_ahead`, for who waits as long as it takes: what a file is written of."""
    return {
        question: _askers.submit(_ask, source, catalogue, question, Stop()) for question in dict.fromkeys(questions)
    }


def _ask(source: Source, catalogue: Catalogue, question: Question, stop: Stop) -> Answer:
    with stoppable(stop):
        answer = source.ask(question)
        if not question.journey:
            try:  # what these find stays in the source's cache
                find_targets(source, catalogue, answer)
                if not question.by:
                    find_trends(source, catalogue, answer)
                if (whole := drop_limit(question)) and answer.table.num_rows == question.limit:
                    source.ask(whole)
            except (Refused, Failed):
                return answer  # what draws it tells it, where it asks again
    return answer


def tell_run(source: Source, question: Question) -> str:
    """What whoever mends a failed run wants to know: the line, and its SQL where it gets so far."""
    try:
        sql = source.sql(question).text
    except Exception as broken:  # noqa: BLE001  # what broke the answer may break its SQL, and the line still helps
        sql = str(broken)
    return f"{print_line(question)}\n\n{sql}"


def wait_answer(asking: Asking, key: str, height: int = 120) -> Answer | None:
    """The answer, waited for until a few seconds after it was asked; else None, and the page tells how it stands.

    It then says that it's still working, with a way to stop, and is drawn anew when the answer is there. `height` is
    that of the skeleton, in pixels. Raises Refused and Failed as the question does.
    """
    if not asking.future.done() and asking.age < PATIENCE:
        wait([asking.future], AT_ONCE)
    if not asking.future.done() and asking.age < PATIENCE:
        with st.skeleton(height=height):
            wait([asking.future], PATIENCE - asking.age)
    if asking.was_stopped:
        _tell_stopped(asking, key)
        return None
    if not asking.future.done():
        _watch(asking, key)
        return None
    return asking.future.result()


@st.fragment(run_every=LOOK_AGAIN)
def _watch(asking: Asking, key: str) -> None:
    if asking.future.done() or asking.was_stopped:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.working"):
        st.markdown(":material/hourglass_top: " + say("Still working, {seconds} s …", seconds=int(asking.age)))
        st.button(say("Cancel"), key=f"{key}.cancel", icon=":material/close:", on_click=asking.stop.ask)


def _tell_stopped(asking: Asking, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}.stopped"):
        st.markdown(":material/front_hand: " + say("Stopped before there was an answer."))
        if st.button(say("Ask again"), key=f"{key}.again", icon=":material/refresh:"):
            for part in st.session_state.get(_KEPT, {}).values():
                if part.get(asking.question) is asking:
                    del part[asking.question]
            st.rerun()
