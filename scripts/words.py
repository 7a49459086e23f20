"""What the app says -> the catalogues of its translations: new texts come in empty, unused ones go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from widgets.translations import CLDR, Locale

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "widgets/translations"
SAYING = {  # the arguments of each function that are texts
    "say": slice(0, 1),
    "later": slice(0, 1),
    "say_count": slice(0, 2),
    "later_count": slice(0, 2),
    "translate": slice(1, 2),
    "translate_count": slice(1, 3),
}
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
        for line, texts in sorted(list_said(ast.parse(path.read_text(encoding="utf-8")))):
            text = texts if len(texts) > 1 else texts[0]
            found.add(text, locations=[(path.relative_to(ROOT).as_posix(), line)])
    return found


def list_said(tree: ast.AST) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The texts of each call that says one, with its line. Babel's own extractor can't see into f-strings.

    Raises ValueError at a text put together from pieces, which no catalogue could hold.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            texts = node.args[SAYING[node.func.id]]
            if any(isinstance(text, ast.JoinedStr | ast.BinOp) for text in texts):
                raise ValueError(f"line {node.lineno}: {ast.unparse(node)}: a text to be said has to be a literal")
            literals = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if literals:
                yield node.lineno, tuple(literals)


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
