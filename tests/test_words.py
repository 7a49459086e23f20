"""The app's words: each is translated, keeps its placeholders, counts as its language does, and follows the link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from scripts.words import TRANSLATED, extract_words, is_done, list_messages, read_translations
from tests.shop import write_shop
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


# --- the language of a session is that of its address


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("where", ["Home.py", "pages/1_Explore.py", "pages/2_Catalogue.py", "pages/3_Boards.py"])
def test_language_is_chosen_on_every_page_and_kept_in_the_link(where: str) -> None:
    app = open_page(where)
    assert list_pages(app) == ["Home", "Explore", "Catalogue", "Boards"]
    app.segmented_control(key="language").set_value("ru").run()
    assert app.query_params["lang"] == "ru"
    assert list_pages(app) == ["Главная", "Анализ", "Каталог", "Дашборды"]
    assert all("lang=ru" in link.proto.query_string for link in app.get("page_link"))
    app.segmented_control(key="language").set_value("en").run()
    assert "lang" not in app.query_params
    assert list_pages(app) == ["Home", "Explore", "Catalogue", "Boards"]


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
