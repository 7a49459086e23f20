"""The app's own words in its languages: English texts -> those of `pt.po` and `ru.po` beside this file."""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

Locale = Literal["en", "pt", "ru"]
LANGUAGES: dict[str, Locale] = {"en": "en", "pt": "pt", "ru": "ru"}
CLDR: dict[Locale, str] = {"en": "en_001", "pt": "pt_BR", "ru": "ru"}  # English as the world writes it: no "b, and c"


def translate(locale: Locale, text: str, /, **values: object) -> str:
    """The English `text` in that language, its `{placeholders}` filled; whole numbers as the language writes them.

    A text that has no translation stays English; a test tells of it.
    """
    return _fill(locale, text if locale == "en" else _read_catalogue(locale).gettext(text), values)


def translate_count(locale: Locale, one: str, many: str, count: int, /, **values: object) -> str:
    """`one` or `many` in that language, by the plural that it has for `count`, which fills `{count}`."""
    catalogue = gettext.NullTranslations() if locale == "en" else _read_catalogue(locale)
    return _fill(locale, catalogue.ngettext(one, many, count), {"count": count, **values})


def later(text: str) -> str:
    """The text itself: one of a table, which is translated at the time."""
    return text


def later_count(one: str, many: str) -> tuple[str, str]:
    """The two texts of a plural of a table, which are translated at the time."""
    return one, many


def join_list(locale: Locale, words: Sequence[str], either: bool = False) -> str:
    """`a, b and c`, or `a, b or c`, as the language joins them."""
    from babel.lists import format_list

    return format_list(list(words), "or" if either else "standard", locale=CLDR[locale])


def write_count(locale: Locale, number: int) -> str:
    """A whole number with the language's separator of thousands."""
    from babel.numbers import format_decimal

    return f"{number:,}" if locale == "en" else format_decimal(number, locale=CLDR[locale])


def name_weekday(locale: Locale, number: int) -> str:
    """The name of a day of the week, 1 for Monday."""
    from babel.dates import get_day_names

    return str(get_day_names("wide", "stand-alone", CLDR[locale])[number - 1])


def name_month(locale: Locale, number: int) -> str:
    """The name of a month, 1 for January."""
    from babel.dates import get_month_names

    return str(get_month_names("wide", "stand-alone", CLDR[locale])[number])


def _fill(locale: Locale, text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    shown = {
        name: write_count(locale, value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
    }
    return text.format(**shown)


@cache
def _read_catalogue(locale: Locale) -> gettext.NullTranslations:
    """The messages of a language, read once: gettext's own reader takes them with their plural rule from Babel's."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (Path(__file__).parent / f"{locale}.po").open("rb") as file:
        messages = read_po(file, locale=CLDR[locale])
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
