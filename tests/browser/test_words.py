"""Languages in a real browser: chosen in the menu, kept from page to page, and never mixed between two people."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AT_REST, ServeApp, open_page, wait_idle
from tests.browser.test_journeys import read_query
from tests.shop import write_shop


@pytest.fixture
def address(serve_app: ServeApp, tmp_path: Path) -> str:
    return serve_app(write_shop(tmp_path))


def test_language_goes_from_page_to_page(page: Page, address: str) -> None:
    open_page(page, address)
    menu = page.get_by_test_id("stSidebar")
    menu.get_by_role("radio", name="RU").click()
    expect(menu.get_by_role("link", name="Каталог")).to_be_visible()
    wait_idle(page)
    assert read_query(page) == {"lang": "ru"}
    menu.get_by_role("link", name="Каталог").click()
    expect(page.get_by_role("heading", name="Каталог")).to_be_visible()
    wait_idle(page)
    assert read_query(page) == {"lang": "ru"}
    menu.get_by_role("link", name="Анализ").click()
    expect(page.get_by_text("Выберите показатель или начните с одного из примеров:")).to_be_visible()
    wait_idle(page)
    assert read_query(page) == {"lang": "ru"}


def test_two_people_at_once_read_their_own_language(browser: Browser, address: str) -> None:
    """Both pages are asked for at the same time, again and again, of one server."""
    asked = {"pt": "Mostrar como tabela", "ru": "Показать таблицей"}
    contexts = {language: browser.new_context() for language in asked}
    pages = {language: context.new_page() for language, context in contexts.items()}
    for _ in range(3):
        for language, one in pages.items():
            one.goto(f"{address}/Explore?metric=revenue&by=channel&lang={language}", wait_until="commit")
        for language, one in pages.items():
            expect(one.get_by_text(asked[language])).to_be_visible(timeout=30_000)
            one.wait_for_selector(AT_REST)
            others = [words for other, words in asked.items() if other != language]
            assert [words for words in others if one.get_by_text(words).count()] == []
    for context in contexts.values():
        context.close()
