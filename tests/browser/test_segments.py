"""A person on the Segments page in a real browser, and one who waits for a slow question: cold link, pins, cancel."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ServeApp, open_page, wait_idle
from tests.browser.test_journeys import read_query
from tests.segments_shop import write_segments
from tests.test_stop import SLOW

ROW, HEAD = 28, 38  # pixels of the table


@pytest.fixture
def address(serve_app: ServeApp, tmp_path: Path) -> str:
    return serve_app(write_segments(tmp_path))


@pytest.fixture
def slow(serve_app: ServeApp, tmp_path: Path) -> str:
    (tmp_path / "metrics.yml").write_text(SLOW, encoding="utf-8")
    return serve_app(tmp_path / "metrics.yml")


def test_segments_are_pinned_found_and_left_for_explore(page: Page, address: str) -> None:
    open_page(page, f"{address}/Segments?pin=Group 3&sort=name")
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    expect(page.get_by_text("40 segments")).to_be_visible()
    chart = page.get_by_test_id("stVegaLiteChart").first
    expect(chart.get_by_text("Group 3", exact=True)).to_be_visible()
    table.click(position={"x": 18, "y": HEAD + ROW / 2})  # the box of the first row, which is Group 0
    expect(chart.get_by_text("Group 0", exact=True)).to_be_visible()
    wait_idle(page)
    assert read_query(page) == {"pin": "Group 3,Group 0", "sort": "name"}
    page.reload()
    expect(chart.get_by_text("Group 0", exact=True)).to_be_visible()
    wait_idle(page)
    search = page.get_by_role("textbox", name="Search")
    search.fill("group 1")
    search.press("Enter")
    expect(page.get_by_text("13 of 40 segments")).to_be_visible()
    page.get_by_text("Then and now").click()
    expect(page.get_by_text("the segment of then is what to plan by")).to_be_visible()
    wait_idle(page)
    assert read_query(page)["show"] == "sent"
    page.get_by_role("link", name="Sizes in Explore").click()
    expect(page.get_by_role("heading", name="People in groups")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_is_no_wider_than_the_screen(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_page(page, f"{address}/Segments?of=state&show=movement")
    expect(page.get_by_text("2 segments")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_a_slow_question_says_so_and_is_cancelled(page: Page, slow: str) -> None:
    open_page(page, f"{slow}/Explore?metric=endless")
    working = page.get_by_text("Still working")
    expect(working).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped before there was an answer.")).to_be_visible()
    expect(working).to_have_count(0)
    page.get_by_role("button", name="Ask again").click()
    expect(working).to_be_visible()
    page.goto(f"{slow}/Explore?metric=quick")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("1")


def test_a_slow_tile_leaves_the_others_alone(page: Page, slow: str, tmp_path: Path) -> None:
    lines = ("metric=endless&title=Endless", "metric=quick&title=Quick")
    widgets = "".join(f"      - {{line: {line}, size: 2x1}}\n" for line in lines)
    (tmp_path / "boards.yml").write_text(
        f"boards:\n  both:\n    label: Both\n    widgets:\n{widgets}", encoding="utf-8"
    )
    open_page(page, f"{slow}/Boards?board=both")
    quick = page.locator(".st-key-tile_1").get_by_test_id("stMetricValue")
    expect(quick).to_have_text("1")
    expect(page.locator(".st-key-tile_0").get_by_text("Still working")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".st-key-tile_0").get_by_text("Stopped before there was an answer.")).to_be_visible()
    expect(quick).to_have_text("1")
