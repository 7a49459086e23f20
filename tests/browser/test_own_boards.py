"""A person's own boards in a real browser: built, arranged, reloaded, shared, in two tabs; a store that is broken."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS, ServeApp, open_page, wait_idle
from tests.browser.test_accessibility import find_serious
from tests.browser.test_journeys import pick, read_query
from tests.shop import write_shop
from tests.test_boards_page import BOARDS

KEY = "crosscut.v1/Corner *shop*"
READ = "key => JSON.parse(localStorage.getItem(key))"
WRITE = "([key, text]) => localStorage.setItem(key, text)"
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
BOARD = {"label": "Sales", "widgets": [{"line": "metric=revenue"}, {"line": "metric=orders&by=month"}]}


@pytest.fixture(scope="module")
def address(serve_app: ServeApp, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("own")
    (folder / "boards.yml").write_text(BOARDS, encoding="utf-8")
    return serve_app(write_shop(folder))


@contextmanager
def open_browser(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody else, with an empty store."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def expect_store(page: Page, read: Callable[[Any], Any], expected: list[Any]) -> None:
    """Waits until what is read off each board that the browser keeps is this."""
    deadline, found = time.monotonic() + PATIENCE_MS / 1000, None
    while found != expected and time.monotonic() < deadline:
        page.wait_for_timeout(100)
        stored = page.evaluate(READ, KEY) or {"boards": {}}
        found = [read(entry["value"]) for entry in stored["boards"].values()]
    assert found == expected


def read_lines(board: Any) -> list[str]:
    return [item["line"] for item in board["widgets"]]


def keep(page: Page, address: str, boards: dict[str, Any]) -> None:
    """Makes the browser keep these boards."""
    page.goto(f"{address}/_stcore/health")
    entries = {name: {"rev": 1, "at": "", "value": value} for name, value in boards.items()}
    page.evaluate(WRITE, [KEY, json.dumps({"version": 1, "rev": 1, "boards": entries})])


def choose(page: Page, menu: str, option: str) -> None:
    page.locator(f".st-key-{menu}").get_by_role("button").click()
    page.get_by_role("menuitem", name=option, exact=True).click()
    wait_idle(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    wait_idle(page)


def expect_tiles(page: Page, titles: list[str]) -> None:
    """Waits until the tiles have these titles, in reading order."""
    expect(page.locator("[class*=st-key-tile_] p strong")).to_have_text(titles)


def test_board_is_built_arranged_kept_shared_and_kept_by_somebody_else(
    page: Page, browser: Browser, address: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, f"{address}/Explore")
    pick(page, "metrics", "Revenue")
    press(page, "Save to board")
    page.get_by_role("textbox", name="Its name").fill("Sales & more")
    page.get_by_role("textbox", name="Its name").press("Tab")
    wait_idle(page)
    press(page, "Save")
    expect(page.get_by_text("Saved to Sales & more.")).to_be_visible()
    page.keyboard.press("Escape")
    pick(page, "slices", "Channel")
    press(page, "Save to board")
    press(page, "Save")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open the board").click()
    expect(page.get_by_role("heading", name="Sales & more")).to_be_visible()
    wait_idle(page)
    expect_tiles(page, ["Revenue", "Revenue by channel"])
    press(page, "Edit")
    choose(page, "menu_1", "Move left")
    choose(page, "menu_0", "Wider")
    expect(page.locator("[class*=st-key-tile_] p strong").first).to_have_text("Revenue by channel")
    page.reload()
    wait_idle(page)
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£210.0")
    expect_tiles(page, ["Revenue by channel", "Revenue"])
    expect_store(page, lambda board: [item.get("size") for item in board["widgets"]], [["3x1", None]])
    pick(page, "bar-period", "All time")
    press(page, "Copy link")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{address}/Boards?shared=1.")
    with open_browser(browser) as other:
        receiver = other.new_page()
        open_page(receiver, link)
        expect(receiver.get_by_text("This board was shared with a link.")).to_be_visible()
        expect(receiver.get_by_test_id("stMetricValue")).to_have_text("£210.0")
        expect_tiles(receiver, ["Revenue by channel", "Revenue"])
        assert receiver.evaluate(READ, KEY) is None
        press(receiver, "Keep it")
        expect(receiver.get_by_text("This board was shared with a link.")).not_to_be_visible()
        sent = page.evaluate(READ, KEY)["boards"].values()
        expect_store(receiver, lambda board: board, [entry["value"] for entry in sent])
        press(receiver, "Edit")
        choose(receiver, "menu_1", "Remove")
        receiver.reload()
        wait_idle(receiver)
        expect(receiver.get_by_role("heading", name="Sales & more")).to_be_visible()
        expect_tiles(receiver, ["Revenue by channel"])
    page.reload()
    wait_idle(page)
    expect_tiles(page, ["Revenue by channel", "Revenue"])


def test_tile_is_dragged_to_anothers_place(page: Page, address: str) -> None:
    keep(page, address, {"one": BOARD})
    open_page(page, f"{address}/Boards?board=mine:one")
    press(page, "Edit")
    expect(page.get_by_test_id("stMetricValue")).to_be_visible()
    page.locator(".st-key-grip_0").drag_to(page.locator(".st-key-arranged_1"))
    wait_idle(page)
    expect(page.locator("[class*=st-key-tile_] p strong").first).to_have_text("Orders by month")
    expect_store(page, read_lines, [["metric=orders&by=month", "metric=revenue"]])


def test_words_are_edited_and_undone(page: Page, address: str) -> None:
    keep(page, address, {"one": BOARD})
    open_page(page, f"{address}/Boards?board=mine:one")
    press(page, "Edit")
    choose(page, "menu_0", "Edit the words …")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Title").fill("Takings *of* [all](https://example.org)")
    dialog.get_by_role("button", name="Save").click()
    wait_idle(page)
    expect(dialog).not_to_be_visible()
    expect(page.get_by_text("Takings *of* [all]")).to_be_visible()
    expect(page.get_by_role("link", name="all", exact=True)).not_to_be_visible()
    press(page, "Undo")
    expect(page.locator("[class*=st-key-tile_] p strong").first).to_have_text("Revenue")


def test_widget_goes_to_explore_and_back(page: Page, address: str) -> None:
    keep(page, address, {"one": BOARD})
    open_page(page, f"{address}/Boards?board=mine:one")
    press(page, "Edit")
    page.locator(".st-key-strip_0").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Revenue")).to_be_visible()
    wait_idle(page)
    assert read_query(page) == {"metric": "revenue"}
    pick(page, "slices", "Channel")
    press(page, "Save to board")
    press(page, "Change the widget on Sales")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Open the board").click()
    expect(page.get_by_role("heading", name="Sales")).to_be_visible()
    wait_idle(page)
    expect_store(page, read_lines, [["metric=revenue&by=channel", "metric=orders&by=month"]])


def test_boards_go_to_a_file_and_come_from_it(page: Page, browser: Browser, address: str, tmp_path: Path) -> None:
    keep(page, address, {"one": BOARD})
    open_page(page, f"{address}/Boards?board=mine:one")
    choose(page, "board_menu", "Save and load files …")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save this board").click()
    file = tmp_path / "boards.json"
    saved.value.save_as(file)
    with open_browser(browser) as other:
        receiver = other.new_page()
        open_page(receiver, f"{address}/Boards")
        choose(receiver, "board_menu", "Save and load files …")
        receiver.locator("input[type=file]").set_input_files(file)
        receiver.get_by_role("button", name="Load", exact=True).click()
        wait_idle(receiver)
        expect(receiver.get_by_text("1 board came from the file.")).to_be_visible()
        expect_store(receiver, lambda board: board, [BOARD])


def test_two_tabs_at_once_lose_nothing(page: Page, address: str) -> None:
    """Both tabs change the same board without having heard of each other; each also makes one of its own."""
    keep(page, address, {"one": BOARD})
    tabs = [page, page.context.new_page()]
    for tab in tabs:
        open_page(tab, f"{address}/Boards?board=mine:one")
        press(tab, "Edit")
        expect(tab.locator(".st-key-menu_1")).to_be_visible()
    tabs[0].evaluate("for (const tab of Object.values(crosscutStores)) removeEventListener('storage', tab.listen)")
    choose(tabs[1], "menu_1", "Remove")
    choose(tabs[0], "menu_0", "Remove")
    expect(tabs[0].get_by_text("Sales was changed in two tabs at once.")).to_be_visible()
    wait_idle(tabs[0])
    wait_idle(tabs[1])
    expect_store(page, read_lines, [["metric=revenue"], ["metric=orders&by=month"]])
    expect_store(page, lambda board: board["label"], ["Sales", "Sales (copy)"])
    expect(tabs[1].get_by_role("combobox", name="Board")).to_have_value("Sales")
    tabs[1].reload()
    wait_idle(tabs[1])
    expect_tiles(tabs[1], ["Revenue"])


def test_change_of_another_tab_is_shown(page: Page, address: str) -> None:
    keep(page, address, {"one": BOARD})
    other = page.context.new_page()
    for tab in (page, other):
        open_page(tab, f"{address}/Boards?board=mine:one")
    press(other, "Edit")
    choose(other, "menu_1", "Remove")
    expect(page.get_by_test_id("stVegaLiteChart")).not_to_be_visible()
    wait_idle(page)
    expect_tiles(page, ["Revenue"])


@pytest.mark.parametrize("text", ["{broken", "x" * 4_500_000], ids=["broken", "oversized"])
def test_store_that_cant_be_read_is_set_aside_and_told(page: Page, address: str, text: str) -> None:
    page.goto(f"{address}/_stcore/health")
    page.evaluate(WRITE, [KEY, text])
    open_page(page, f"{address}/Boards?board=trade")
    expect(page.get_by_text("couldn't be read in full")).to_be_visible()
    wait_idle(page)
    press(page, "Make it mine")
    expect_store(page, lambda board: board["label"], ["Trade (mine)"])
    assert page.evaluate("key => localStorage.getItem(key)", f"{KEY}.broken") == text
    press(page, "Understood")
    expect(page.get_by_text("couldn't be read in full")).not_to_be_visible()


def test_full_store_is_told_and_the_session_keeps_all(page: Page, address: str) -> None:
    page.goto(f"{address}/_stcore/health")
    page.evaluate(WRITE, ["something else", "x" * 5_242_766])
    open_page(page, f"{address}/Boards?board=trade")
    press(page, "Make it mine")
    expect(page.get_by_text("Not saved: the browser's store is full.")).to_be_visible()
    expect(page.get_by_role("heading", name="Trade (mine)")).to_be_visible()
    page.evaluate("localStorage.removeItem('something else')")
    press(page, "Add a section")
    page.keyboard.press("Escape")
    wait_idle(page)
    expect(page.get_by_text("Not saved: the browser's store is full.")).not_to_be_visible()
    expect_store(page, lambda board: len(board["widgets"]), [6])


def test_blocked_store_works_for_the_session(page: Page, address: str) -> None:
    page.context.add_init_script(BLOCKED)
    open_page(page, f"{address}/Boards?board=trade")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£210.0")
    press(page, "Make it mine")
    expect(page.get_by_text("This browser keeps nothing for this site.")).to_be_visible()
    choose(page, "menu_0", "Remove")
    expect(page.get_by_test_id("stMetricValue")).not_to_be_visible()
    press(page, "Understood")
    expect(page.get_by_text("This browser keeps nothing for this site.")).not_to_be_visible()


def test_board_on_a_wall_shows_new_data_by_itself(page: Page, serve_app: ServeApp, tmp_path: Path) -> None:
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    file = write_shop(tmp_path)
    open_page(page, f"{serve_app(file)}/Boards?board=trade&view=present&refresh=10s")
    number = page.get_by_test_id("stMetricValue")
    expect(number).to_have_text("£210.0")
    expect(page.get_by_role("combobox")).to_have_count(0)
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.evaluate("chart => chart.dataset.seen = 'yes'")
    orders = tmp_path / "orders.csv"
    fresh = orders.with_name("orders.new")
    fresh.write_text(orders.read_text() + "7,1,2024-03-14,5,web,false,,\n")
    fresh.replace(orders)
    expect(number).to_have_text("£215.0")
    assert chart.evaluate("chart => chart.dataset.seen") == "yes"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_editing_has_no_serious_finding_of_axe(page: Page, address: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    keep(page, address, {"one": BOARD, "old": {"label": "Old", "widgets": [{"line": "metric=revenues"}]}})
    for path in ("Boards?board=mine:one", "Boards?board=mine:old", ""):
        open_page(page, f"{address}/{path}")
        if path.endswith("one"):
            press(page, "Edit")
            expect(page.locator(".st-key-menu_1")).to_be_visible()
        wait_idle(page)
        assert find_serious(page) == []
