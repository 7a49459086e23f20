"""What the app says, in the language of the page's address. Below: how to add a text."""

# 1. Write it in English as `say("Top {count}", count=n)`, or `say_count("{count} row", "{count} rows", n)`: a literal,
#    whole sentences, never pieces joined by +. A table of texts at the top of a module holds `later("…")`, and
#    `say(TABLE[key])` says it. Chart functions are pure: there it's `translate(config.locale, "…")`.
# 2. Run `python -m scripts.words`: it puts new texts into `widgets/translations/*.po` and takes unused ones out.
# 3. Fill in the empty `msgstr` of `pt.po` (Brazilian) and `ru.po` (three plurals), as such a page is worded there, not
#    word by word; `{placeholders}` stay. `tests/test_words.py` fails where one is missing or lost.

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from widgets.translations import (
    LANGUAGES,
    Locale,
    join_list,
    later,
    later_count,
    translate,
    translate_count,
    write_count,
)

__all__ = [
    "LANGUAGE",
    "find_language",
    "later",
    "later_count",
    "name_options",
    "say",
    "say_count",
    "say_list",
    "say_number",
]

T = TypeVar("T")
LANGUAGE = "lang"  # the key of the address, which is part of the line


def find_language() -> Locale:
    """The language of the session whose script, fragment or callback runs: that of its address, else English.

    It is read off the address each time and kept nowhere, so two sessions can't mix. A thread that draws for nobody has
    no session: it speaks English, and answers questions rather than finding words.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    asked = st.query_params.get_all(LANGUAGE)
    return LANGUAGES.get(asked[0], "en") if len(asked) == 1 else "en"


def say(text: str, /, **values: object) -> str:
    """The English `text` in the page's language, its `{placeholders}` filled."""
    return translate(find_language(), text, **values)


def say_count(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many`, as the page's language counts; `count` fills `{count}`."""
    return translate_count(find_language(), one, many, count, **values)


def say_list(words: Sequence[str], either: bool = False) -> str:
    """`a, b and c`, or `a, b or c`, in the page's language."""
    return join_list(find_language(), words, either)


def say_number(number: int) -> str:
    """A whole number as the page's language writes it."""
    return write_count(find_language(), number)


def name_options(options: Iterable[T], name: Callable[[T], str]) -> Callable[[T], str]:
    """A `format_func` whose names are found now: it may be called where no session tells the language."""
    names = {option: name(option) for option in options}
    return lambda option: names[option] if option in names else name(option)
