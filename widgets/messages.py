"""What a person is told where there is no answer: each case has its own words, and none is a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import streamlit as st

from semantic import Failed, Problem, Refused
from widgets.texts import escape_markdown, shorten_text
from widgets.words import say, say_count

_log = logging.getLogger("crosscut")
MOST_PROBLEMS = 12


def list_problems(problems: Iterable[Problem]) -> str:
    """The problems as a list in Markdown, the first dozen of them."""
    lines = [f"- {escape_markdown(shorten_text(str(problem), 400))}" for problem in problems]
    more = len(lines) - MOST_PROBLEMS
    rest = [f"- {say_count('and {count} more', 'and {count} more', more)}"] if more > 0 else []
    return "\n".join([*lines[:MOST_PROBLEMS], *rest])


def show_broken_catalogue(problems: Iterable[Problem]) -> None:
    """A banner: the catalogue was edited and is wrong, and the last good one goes on serving."""
    told = say("The catalogue has a mistake, so its last good version is shown.")
    again = say("It is read again as soon as it is saved.")
    st.error(f"**{told}** {again}\n\n{list_problems(problems)}", icon=":material/edit_note:")


def show_no_catalogue(problems: Iterable[Problem]) -> None:
    """There has been no good catalogue yet, so there is nothing to show."""
    told = say("The catalogue can't be opened.")
    st.error(f"**{told}**\n\n{list_problems(problems)}", icon=":material/error:")
    if st.button(say("Try again"), icon=":material/refresh:"):
        st.rerun()


def show_unknown(problems: Iterable[Problem]) -> None:
    """The address asks for more than there is: what was left out, while the rest is answered."""
    problems = tuple(problems)
    if problems:
        told = say("This link asks for something that isn't there or can't be answered. The rest is shown.")
        st.warning(f"**{told}**\n\n{list_problems(problems)}", icon=":material/link_off:")


def show_left_out(problems: Iterable[Problem]) -> None:
    """A change of a control made another part of the question impossible, so that was left out."""
    problems = tuple(problems)
    if problems:
        told = say("Left out, since it doesn't go with the change:")
        st.info(f"**{told}**\n\n{list_problems(problems)}", icon=":material/info:")


def show_refusal(problems: Iterable[Problem]) -> None:
    """A question that can't be answered rightly, with the reasons."""
    told = say("This can't be answered.")
    st.warning(f"**{told}**\n\n{list_problems(problems)}", icon=":material/block:")


def show_failure(failed: Failed, details: str = "") -> None:
    """A run that broke on the way, in the words of the engine."""
    told = say("The answer didn't arrive.")
    st.error(f"**{told}** {escape_markdown(shorten_text(str(failed), 600))}", icon=":material/cloud_off:")
    _offer_details(details, str(failed))


def _offer_details(details: str, *more: str) -> None:
    """What whoever mends it wants to know, to be copied; nothing where nothing is known."""
    if details:
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        with st.popover(say("Copy details"), type="tertiary", icon=":material/content_copy:"):
            st.code("\n".join([moment, *more, details]), language=None, wrap_lines=True)


@contextmanager
def guard_body(tell: Callable[[], str] | None = None) -> Iterator[None]:
    """Whatever goes wrong inside is told in a sentence; a fault of ours goes to the log under the shown reference.

    `tell` gives the details that may be copied then: the line and its SQL, say.
    """
    try:
        yield
    except Refused as refused:
        show_refusal(refused.problems)
    except Failed as failed:
        show_failure(failed, tell() if tell else "")
    except Exception:  # noqa: BLE001  # the last line before the screen: the log gets the traceback, a person a sentence
        reference = secrets.token_hex(4)
        _log.exception("a page broke off, reference %s", reference)
        st.error(
            say("**Something went wrong here.** The log tells more under the reference {name}.", name=reference),
            icon=":material/error:",
        )
        _offer_details(tell() if tell else "", f"reference {reference}")
