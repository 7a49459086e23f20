"""Journeys of a person through the app, in a real browser: links, controls, back and forward, edits, pictures."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServeApp, open_page, wait_idle
from tests.shop import SHOP, write_catalogue, write_shop

PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def address(serve_app: ServeApp, shop: Path) -> str:
    return serve_app(shop)


def read_query(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def pick(page: Page, control: str, option: str) -> None:
    """Chooses an option of a select box or multiselect, as a person does."""
    page.locator(f".st-key-{control}").get_by_role("combobox").click()
    page.get_by_role("listbox").get_by_text(option, exact=True).click()
    page.keyboard.press("Escape")
    wait_idle(page)


def read_axis(page: Page) -> str:
    """The texts of the chart: labels of its axes and of its bars."""
    return " ".join(page.get_by_test_id("stVegaLiteChart").first.locator("text").all_text_contents())


def test_cold_deep_link_shows_the_right_chart(page: Page, serve_app: ServeApp, tmp_path: Path) -> None:
    """A server of its own, so that this link is the first thing that it is ever asked."""
    open_page(
        page, f"{serve_app(write_shop(tmp_path))}/Explore?metric=revenue&by=channel&period=2024-01-01..2024-02-29"
    )
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart")).to_be_visible()
    for text in ("web", "shop", "£80.00", "£20.00"):
        expect(page.get_by_test_id("stVegaLiteChart").get_by_text(text, exact=True)).to_be_visible()


def test_change_of_a_control_is_in_the_address_and_survives_a_reload(page: Page, address: str) -> None:
    open_page(page, f"{address}/Explore?metric=revenue")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£210.0")
    pick(page, "slices", "Channel")
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()
    assert read_query(page) == {"metric": "revenue", "by": "channel"}
    pick(page, "period", "This month")
    assert read_query(page) == {"metric": "revenue", "by": "channel", "period": "this-month"}
    page.reload()
    wait_idle(page)
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()
    expect(page.get_by_role("combobox", name="Period")).to_have_value("This month")
    expect(page.locator(".st-key-slices")).to_contain_text("Channel")


def test_back_and_forward_restore_answer_and_controls(page: Page, address: str) -> None:
    open_page(page, f"{address}/Explore?metric=revenue")
    pick(page, "slices", "Channel")
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()
    pick(page, "grain", "By month")
    expect(page.get_by_role("heading", name="Revenue by month and channel")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Revenue by channel", exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name="Over time")).to_have_value("No")
    page.go_back()
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£210.0")
    expect(page.locator(".st-key-slices")).not_to_contain_text("Channel")
    page.go_forward()
    expect(page.get_by_role("heading", name="Revenue by channel", exact=True)).to_be_visible()
    expect(page.locator(".st-key-slices")).to_contain_text("Channel")


def test_copied_link_shows_the_same_to_somebody_else(page: Page, browser: Browser, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, f"{address}/Explore?metric=revenue&by=month,channel&note=%22a,%20b%22,~gift")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="The link is copied")).to_be_attached()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f'{address}/Explore?metric=revenue&by=month,channel&note="a,+b",~gift'
    somebody = browser.new_context().new_page()
    somebody.goto(link)
    wait_idle(somebody)
    expect(somebody.get_by_role("heading", name="Revenue by month and channel")).to_be_visible()
    assert read_query(somebody) == read_query(page)
    expect(somebody.get_by_test_id("stVegaLiteChart").get_by_text("web", exact=True).first).to_be_visible()
    assert read_axis(somebody) == read_axis(page)
    somebody.context.close()


def test_download_holds_the_whole_answer(page: Page, address: str) -> None:
    open_page(page, f"{address}/Explore?metric=revenue,orders&by=channel&order=-revenue&limit=2")
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert download.value.suggested_filename == "Revenue-and-Orders-by-channel.csv"
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    assert text.splitlines() == ["channel,revenue,orders", "web,80,3", "shop,70,2"]


def test_unknown_metric_is_named_and_the_rest_is_shown(page: Page, address: str) -> None:
    open_page(page, f"{address}/Explore?metric=revenue,revenu&by=channel")
    told = page.get_by_role("alert").filter(has_text="isn't there")
    expect(told).to_contain_text("the metric revenu is unknown. Did you mean revenue?")
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()


def test_title_of_a_link_is_text(page: Page, address: str) -> None:
    """Whoever sends a link can't plant another one in it."""
    title = "[Free](https://evil.example) www.evil.example :material/home: **b** <img src=x>"
    open_page(page, f"{address}/Explore?metric=revenue&title={title}")
    expect(page.get_by_role("heading", name="[Free](https")).to_be_visible()
    assert page.get_by_test_id("stMain").locator("a[href*=evil], img[src=x]").count() == 0


def test_home_leads_to_explore(page: Page, address: str) -> None:
    open_page(page, address)
    expect(page.get_by_role("heading", name="Corner *shop*")).to_be_visible()
    page.locator(".st-key-headlines_0").get_by_text("Explore").first.click()
    wait_idle(page)
    expect(page.get_by_role("heading", name="Orders by day")).to_be_visible()
    assert read_query(page)["metric"] == "orders"
    assert urlsplit(page.url).path == "/Explore"
    page.go_back()
    expect(page.get_by_role("heading", name="Corner *shop*")).to_be_visible()


def test_catalogue_search_is_a_link(page: Page, address: str) -> None:
    open_page(page, f"{address}/Catalogue?q=express")
    expect(page.get_by_text("Express rate", exact=True)).to_be_visible()
    expect(page.get_by_text("Buyers", exact=True)).to_have_count(0)


def test_edit_of_the_catalogue_shows_and_a_broken_one_is_told(page: Page, serve_app: ServeApp, tmp_path: Path) -> None:
    shop = write_shop(tmp_path)
    open_page(page, f"{serve_app(shop)}/Explore?metric=revenue&by=channel")
    expect(page.get_by_role("heading", name="Revenue by channel")).to_be_visible()
    write_catalogue(shop, SHOP.replace("view: orders, sql: sum(price)", "view: oders, sql: sum(price)"))
    page.wait_for_timeout(1_200)
    pick(page, "grain", "By month")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"shop\.yml:\d+"))
    expect(page.get_by_role("heading", name="Revenue by month and channel")).to_be_visible()
    write_catalogue(shop, SHOP.replace("label: Revenue", "label: Turnover"))
    page.wait_for_timeout(1_200)
    pick(page, "grain", "By week")
    expect(page.get_by_role("heading", name="Turnover by week and channel")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1400])
def test_no_page_is_wider_than_the_screen(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for where in (
        "",
        "Catalogue?kpi=express_rate",
        "Explore?metric=revenue,orders&by=month,channel&compare=year&period=this-year",
    ):
        open_page(page, f"{address}/{where}")
        main = page.get_by_test_id("stMain")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
