"""Every page and kind of chart by axe, light and dark: no serious finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import ServeApp, open_page, wait_idle
from tests.shop import write_shop
from tests.test_boards_page import BOARDS

PAGES = [
    "",
    "Explore",
    "Explore?metric=revenue&by=month,channel&channel=web",
    "Explore?metric=revenue&by=channel&compare=previous",
    "Explore?metric=revenu",
    "Catalogue",
    "Boards?board=trade",
    "Segments",
    "Segments?show=overlap&period=all",
]
# Streamlit draws a number's sparkline, and gives the group of its highlighted points a role without a name.
NOT_OURS = {"exclude": [["[data-testid=stMetricChart]"]]}


@pytest.fixture(scope="module")
def address(serve_app: ServeApp, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("shop")
    (folder / "boards.yml").write_text(BOARDS, encoding="utf-8")
    return serve_app(write_shop(folder))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_serious_finding(page: Page, address: str, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, f"{address}/{path}")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    wait_idle(page)
    assert find_serious(page) == []


def find_serious(page: Page) -> list[str]:
    """What axe finds on a page that is serious, each with its rule; of what fades, when it has faded."""
    expect(page.locator("[data-stale=true]")).to_have_count(0)
    page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
    found = Axe().run(page, context=NOT_OURS).response["violations"]
    return [
        f"{item['id']}: {node['html'][:200]}"
        for item in found
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"]
    ]
