"""The app's words: each is translated, keeps its placeholders, counts as its language does, and follows the link."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from scripts.words import TRANSLATED, extract_words, is_done, list_messages, read_translations
from tests.shop import write_shop
from tests.test_boards_page import BOARDS
from widgets import page
from widgets.translations import Locale, join_list, translate, translate_count
from widgets.words import find_language

ROOT = Path(__file__).parents[1]


@pytest.fixture
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CROSSCUT_CATALOGUE", str(write_shop(tmp_path)))
    monkeypatch.delenv("CROSSCUT_DATA", raising=False)
    yield
    page._open_source.clear()


def open_page(where: str = "Home.py", **address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=30)
    app.query_params.update(address)
    return (app if where == "Home.py" else app.switch_page(where)).run()


# --- the catalogues of translations


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(locale: Locale) -> None:
    """`python -m scripts.words` puts new texts in and takes unused ones out; the translation is a person's."""
    said, translated = list_messages(extract_words()), list_messages(read_translations(locale))
    assert said.keys() - translated.keys() == set()
    assert translated.keys() - said.keys() == set()
    assert [text for text, message in translated.items() if not is_done(message)] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_translations_keep_placeholders_and_plurals(locale: Locale) -> None:
    catalogue = read_translations(locale)
    for text, message in list_messages(catalogue).items():
        forms = [message.string] if isinstance(text, str) else list(message.string or ())
        assert len(forms) == (1 if isinstance(text, str) else catalogue.num_plurals), text
        asked = find_placeholders(text if isinstance(text, str) else text[-1])
        assert [find_placeholders(str(form)) for form in forms] == [asked] * len(forms), text


def find_placeholders(text: str) -> list[str]:
    """The names in braces, and the marks of Markdown, that a translation has to keep."""
    return sorted(re.findall(r"\{\w*\}|\*\*|`|\n", text))


def test_numbers_and_lists_are_those_of_the_language() -> None:
    assert translate("ru", "{count} of {total}", count=1, total=12_345) == "1 of 12\xa0345"
    assert [join_list(locale, ["a", "b", "c"]) for locale in ("en", "pt", "ru")] == [
        "a, b and c",
        "a, b e c",
        "a, b и c",
    ]
    assert join_list("pt", ["a", "b"], either=True) == "a ou b"
    assert translate_count("en", "{count} row", "{count} rows", 1_234) == "1,234 rows"


# --- everything on the screen is said

DRAWING = set(
    """button caption checkbox data_editor dataframe date_input dialog download_button error expander feedback
    file_uploader header info link_button markdown menu_button metric multiselect number_input page_link pills popover
    progress radio segmented_control selectbox slider spinner status subheader success tabs text text_area text_input
    title toast toggle warning write Column DateColumn NumberColumn TextColumn""".split()
)
SHOWN = {"label", "help", "placeholder", "alt", "body", "text"}
SAME = {"CSV", "SQL"}  # in every language


@pytest.mark.parametrize("path", sorted((ROOT / "widgets").rglob("*.py")), ids=lambda path: path.name)
def test_no_literal_reaches_the_screen(path: Path) -> None:
    """What Streamlit draws is said, or is the catalogue's: an English literal would stay English."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    drawn = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in DRAWING]
    shown = [text for call in drawn for text in call.args[:1]]
    shown += [word.value for call in drawn for word in call.keywords if word.arg in SHOWN]
    assert [ast.unparse(text) for text in shown if has_words(text)] == []


def has_words(node: ast.expr) -> bool:
    """Whether an expression holds a literal with words beside icons and colours of Markdown."""
    match node:
        case ast.Constant(str() as text):
            plain = re.sub(r":material/\w+:|:\w+\[", "", text)
            return bool(re.search("[A-Za-z]{2}", plain)) and plain not in SAME
        case ast.JoinedStr(parts):
            return any(has_words(part) for part in parts if isinstance(part, ast.Constant))
        case ast.BinOp(left, _, right) | ast.IfExp(_, left, right):
            return has_words(left) or has_words(right)
    return False


QUESTIONS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Home.py", {}),
    ("pages/1_Explore.py", {}),
    ("pages/1_Explore.py", {"metric": "revenue", "by": "month,channel", "compare": "previous", "totals": "all"}),
    ("pages/1_Explore.py", {"metric": "orders", "period": "last-28-days", "channel": "web", "compare": "year"}),
    ("pages/1_Explore.py", {"metric": "revenue", "channel": "nowhere"}),
    ("pages/1_Explore.py", {"metric": "nothing", "rows": "10"}),
    ("pages/2_Catalogue.py", {"kpi": "revenue"}),
    ("pages/2_Catalogue.py", {"q": "nothing of it"}),
    ("pages/3_Boards.py", {"board": "trade", "compare": "previous", "read": "unique"}),
    ("pages/3_Boards.py", {"board": "none"}),
)


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("locale", TRANSLATED)
@pytest.mark.parametrize(("where", "address"), QUESTIONS)
def test_pages_keep_no_english_in_another_language(where: str, address: dict[str, str], locale: Locale) -> None:
    """No text of a page is an English one of the app's whose translation is another."""
    (Path(os.environ["CROSSCUT_CATALOGUE"]).parent / "boards.yml").write_text(BOARDS, encoding="utf-8")
    app = open_page(where, **address, lang=locale)
    texts = {text for block in (app.main, app.sidebar) for text in list_texts(block)}
    assert any(re.search("[а-я]" if locale == "ru" else "[ãáéíóç]", text) for text in texts)
    english = [build_pattern(text) for text in list_english(locale)]
    found = [text for text in texts if any(one.fullmatch(" ".join(text.split())) for one in english)]
    assert found == []


def list_texts(block: Block) -> Iterator[str]:
    """Every text of the messages that a page sends, of elements and of what holds them."""
    proto = getattr(block, "proto", None)
    yield from list_strings(proto) if proto is not None else ()
    for child in getattr(block, "children", {}).values():
        yield from list_texts(child)


def list_strings(message: Any) -> Iterator[str]:
    """Every text in a protocol buffer, without the escapes of Markdown."""
    for field, value in message.ListFields():
        if field.name == "page":  # the address of a link, which is in no language
            continue
        for one in value if not isinstance(value, str | bytes) and hasattr(value, "__iter__") else [value]:
            if isinstance(one, str):
                yield re.sub(r":material/\w+:|\*\*|\\\\", "", one).strip()
            elif hasattr(one, "ListFields"):
                yield from list_strings(one)


def list_english(locale: Locale) -> list[str]:
    """The texts that differ from their translation: whole ones, and those of three words beside placeholders."""
    found = []
    for text, message in list_messages(read_translations(locale)).items():
        for form in (text,) if isinstance(text, str) else text:
            plain = re.sub(r"\{\w+\}", "", form)
            if form != message.string and (plain == form or len(re.findall("[A-Za-z]{2,}", plain)) > 2):
                found.append(re.sub(r"\*\*", "", form))
    return found


def build_pattern(text: str) -> re.Pattern[str]:
    """A text with anything for its placeholders."""
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{\w+\}", text)))


# --- the language of a session is that of its address


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    "where", ["Home.py", *(f"pages/{n}.py" for n in ("1_Explore", "2_Catalogue", "3_Boards", "4_Segments"))]
)
def test_language_is_chosen_on_every_page_and_kept_in_the_link(where: str) -> None:
    app = open_page(where)
    assert list_pages(app) == ["Home", "Explore", "Catalogue", "Boards", "Segments"]
    app.segmented_control(key="language").set_value("ru").run()
    assert app.query_params["lang"] == "ru"
    assert list_pages(app) == ["Главная", "Анализ", "Каталог", "Дашборды", "Сегменты"]
    assert all("lang=ru" in link.proto.query_string for link in app.get("page_link"))
    app.segmented_control(key="language").set_value("en").run()
    assert "lang" not in app.query_params
    assert list_pages(app) == ["Home", "Explore", "Catalogue", "Boards", "Segments"]


def list_pages(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.sidebar.get("page_link")]


@pytest.mark.usefixtures("_shop")
def test_unknown_and_repeated_languages_are_english() -> None:
    assert list_pages(open_page(lang="xx"))[0] == "Home"
    assert list_pages(open_page(lang="pt"))[0] == "Início"


@pytest.mark.usefixtures("_shop")
def test_sessions_in_different_languages_do_not_mix() -> None:
    """Two sessions take turns; each reads its own language, also in what a callback wrote."""
    here, there = open_page(lang="pt"), open_page("pages/1_Explore.py", lang="ru")
    for _ in range(2):
        assert [list_pages(app)[0] for app in (here.run(), there.run())] == ["Início", "Главная"]
    here.segmented_control(key="language").set_value("en").run()
    assert [list_pages(app)[0] for app in (here.run(), there.run())] == ["Home", "Главная"]


def test_thread_without_a_session_speaks_english() -> None:
    assert find_language() == "en"
