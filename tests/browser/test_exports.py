"""A person who takes numbers away in a real browser: a board as Excel, PDF and PowerPoint, a tile as a picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pptx import Presentation
from pypdf import PdfReader

from tests.browser.conftest import ServeApp, open_page, wait_idle
from tests.shop import write_shop
from tests.spreadsheets import read_workbook
from tests.test_boards_page import BOARDS


@pytest.fixture
def address(serve_app: ServeApp, tmp_path: Path) -> str:
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    return serve_app(write_shop(tmp_path))


def take_file(page: Page, button: Locator) -> tuple[str, bytes]:
    """The name and content of what a button downloads."""
    with page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_filtered_board_is_taken_as_excel_pdf_and_powerpoint(page: Page, address: str) -> None:
    """Each is made first, told by a bar, and then saved; the numbers are those of the screen."""
    open_page(page, f"{address}/Boards?board=trade&channel=web")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£80.00")
    page.get_by_role("button", name="Download", exact=True).click()
    found = {}
    for kind, ending in (("Excel", "xlsx"), ("PDF", "pdf"), ("PowerPoint", "pptx")):
        page.get_by_role("button", name=kind, exact=True).click()
        name, found[ending] = take_file(page, page.get_by_role("button", name=f"Save Trade.{ending}"))
        assert name == f"Trade.{ending}"
        wait_idle(page)
    sheets = read_workbook(found["xlsx"])
    assert sheets["Takings"].rows[-1] == [80.0]
    facts = {str(row[0]): row[1] for row in sheets["About"].rows if len(row) > 1}
    assert (facts["Filters"], facts["Link"]) == ("Channel is web", f"{address}/Boards?board=trade&channel=web")
    paper = PdfReader(io.BytesIO(found["pdf"]))
    assert "£80.00" in "".join(page.extract_text() for page in paper.pages)
    deck = Presentation(io.BytesIO(found["pptx"]))
    assert len(list(deck.slides)) > 3


def test_what_was_made_of_other_filters_isnt_offered(page: Page, address: str) -> None:
    open_page(page, f"{address}/Boards?board=trade")
    page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("button", name="Excel", exact=True).click()
    expect(page.get_by_role("button", name="Save Trade.xlsx")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Channel").click()
    page.get_by_role("listbox").get_by_text("web", exact=False).click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMetricValue")).to_have_text("£80.00")
    page.get_by_role("button", name="Download", exact=True).click()
    expect(page.get_by_role("button", name="Excel", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Save Trade.xlsx")).to_have_count(0)


def test_a_tile_is_taken_as_rows_and_as_a_picture(page: Page, address: str) -> None:
    open_page(page, f"{address}/Boards?board=trade")
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()
    page.locator(".st-key-about_1 button").first.click()
    name, rows = take_file(page, page.get_by_role("button", name="CSV", exact=True))
    assert name == "Orders-by-month.csv"
    assert rows.decode("utf-8-sig").splitlines() == ["month,orders", "2024-01-01,2", "2024-02-01,2", "2024-03-01,2"]
    _, book = take_file(page, page.get_by_role("button", name="Excel", exact=True))
    assert [row[1] for row in read_workbook(book)["Orders by month"].rows[1:]] == [2.0, 2.0, 2.0]
    _, picture = take_file(page, page.get_by_role("button", name="PNG", exact=True))
    assert picture.startswith(b"\x89PNG")
    _, drawing = take_file(page, page.get_by_role("button", name="SVG", exact=True))
    assert b"Orders by month" in drawing
