"""What the app says -> the catalogues of its translations: new texts come in empty, unused ones go."""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from widgets.translations import CLDR, Locale

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "widgets/translations"
KEYWORDS = {"say": (1,), "later": (1,), "say_count": (1, 2), "translate": (2,), "translate_count": (2, 3)}
TRANSLATED: tuple[Locale, ...] = ("pt", "ru")
# No dates and names, which would differ after each run and clash in each merge.
HEADER = """msgid ""
msgstr ""
"Language: {locale}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plurals}\\n"

"""


def extract_words() -> Catalog:
    """Every text that the app says, with the files that say it."""
    found = Catalog()
    for path in [ROOT / "Home.py", *sorted((ROOT / "pages").glob("*.py")), *sorted((ROOT / "widgets").rglob("*.py"))]:
        for line, text, _, _ in extract_from_file("python", path, keywords=KEYWORDS):
            found.add(text, locations=[(path.relative_to(ROOT).as_posix(), line)])
    return found


def read_translations(locale: Locale) -> Catalog:
    """The catalogue of a language as it is on the disk."""
    with (FOLDER / f"{locale}.po").open("rb") as file:
        return read_po(file, locale=CLDR[locale])


def list_messages(catalogue: Catalog) -> dict[str | tuple[str, ...], Message]:
    """The messages by their English text, or the two of a plural."""
    return {
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id: message
        for message in catalogue
        if message.id
    }


def update_words() -> list[str]:
    """Brings each catalogue up to date; returns what has to be translated, as `pt: Compare with`."""
    template, empty = extract_words(), []
    for locale in TRANSLATED:
        catalogue = read_translations(locale)
        catalogue.update(template, no_fuzzy_matching=True)
        with (FOLDER / f"{locale}.po").open("wb") as file:
            file.write(HEADER.format(locale=CLDR[locale], plurals=catalogue.plural_forms).encode())
            write_po(
                file, catalogue, width=120, omit_header=True, sort_by_file=True, ignore_obsolete=True,
                include_lineno=False,
            )  # fmt: skip
        empty += [f"{locale}: {text}" for text, message in list_messages(catalogue).items() if not is_done(message)]
    return empty


def is_done(message: Message) -> bool:
    """Whether every form of a message is translated."""
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms)


if __name__ == "__main__":
    for line in update_words():
        print(line)
