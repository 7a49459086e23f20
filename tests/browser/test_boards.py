"""A person on a board in a real browser: a cold link, a filter, back, a tile's text and its way to Explore."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ServeApp, open_page, wait_idle
from tests.browser.test_journeys import read_query
from tests.shop import write_shop
from tests.test_boards_page import BOARDS


@pytest.fixture
def address(serve_app: ServeApp, tmp_path: Path) -> str:
    """A server of its own, so that a test's link is the first thing that it is ever asked."""
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    return serve_app(write_shop(tmp_path))


def test_board_is_filtered_by_its_address_and_leads_to_explore(page: Page, address: str) -> None:
    open_page(page, f"{address}/Boards?board=trade")
    number = page.get_by_test_id("stMetricValue")
    expect(number).to_have_text("£210.0")
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart).to_be_visible()
    chart.evaluate("chart => chart.dataset.seen = 'yes'")
    page.get_by_role("combobox", name="Channel").click()
    page.get_by_role("listbox").get_by_text("web", exact=False).click()
    page.keyboard.press("Escape")
    expect(number).to_have_text("£80.00")
    wait_idle(page)
    assert read_query(page) == {"board": "trade", "channel": "web"}
    assert chart.evaluate("chart => chart.dataset.seen") == "yes"  # its data were swapped, and it never went away
    expect(page.get_by_text("Not filtered by Channel")).to_be_visible()
    page.go_back()
    expect(number).to_have_text("£210.0")
    page.go_forward()
    expect(number).to_have_text("£80.00")
    wait_idle(page)
    page.locator(".st-key-about_0 button").first.click()  # Streamlit draws it twice, for a mouse and for touch
    expect(page.get_by_text("How to read it.")).to_be_visible()
    page.get_by_role("link", name="Open in Explore").click()
    expect(page.get_by_role("heading", name="Revenue")).to_be_visible()
    wait_idle(page)
    asked = {"metric": "revenue", "period": "2024-01-01..2024-03-31", "channel": "web"}
    assert read_query(page) == asked
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("£80.00")


@pytest.mark.parametrize("width", [390, 1400])
def test_tiles_fit_the_screen_and_cover_nothing(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{address}/Boards?board=trade&channel=web&compare=previous&read=unique")
    expect(page.get_by_text("Buyers by city")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    tiles = page.locator("[class*=st-key-tile_]")
    boxes = [box for tile in tiles.all() if (box := tile.bounding_box())]
    assert len(boxes) == 3
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            assert apart or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
