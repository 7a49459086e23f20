"""Somebody's text -> text that Streamlit's Markdown shows as it is."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINKS = re.compile(r":(?=//)|www(?=\.)|(?=@)", re.IGNORECASE)  # what becomes a link even where it is escaped
_JOINER = "\u2060"  # has no width, and ends what would be read as an address


def escape_markdown(text: str) -> str:
    """The text on one line, without a meaning in Markdown: no link, picture, directive, icon or formula comes of it."""
    apart = _LINKS.sub(lambda found: found[0] + _JOINER, " ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", apart)


def shorten_text(text: str, most: int = 60) -> str:
    """The text, cut where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
