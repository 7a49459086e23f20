"""Pictures and PDF: they hold the answer's numbers, in three alphabets, and say what is asked and where it's from."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageFont
from pypdf import PdfReader

from semantic import Source
from tests.reports import BASE, HOSTILE, open_report, open_shop, report_line
from tests.test_pages import ROOT
from widgets.charts import format_value
from widgets.charts.words import MONTHS, SYMBOLS
from widgets.exports.canvas import measure_text, wrap_text
from widgets.exports.paper import write_pdf
from widgets.exports.pictures import write_png, write_svg
from widgets.exports.report import Report
from widgets.exports.theme import find_font, read_theme

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_shop(tmp_path_factory.mktemp("shop"))
    yield source
    source.serve().engine.retire()


@pytest.fixture(scope="module")
def board(source: Source) -> Report:
    return open_report(source)


@pytest.fixture(scope="module")
def paper(board: Report) -> PdfReader:
    shares: list[float] = []
    data = write_pdf(board, shares.append)
    assert shares == sorted(shares), "progress never goes back"
    assert shares[-1] == pytest.approx(1.0)
    return PdfReader(io.BytesIO(data))


def read_page_texts(paper: PdfReader) -> str:
    """All text of all pages, its spaces as single ones."""
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())


def read_labels(svg: str) -> list[str]:
    """The texts of a picture. Raises where it is no XML."""
    return ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter(TEXT)]


def squeeze(text: str) -> str:
    """Without spaces, which a PDF may hold between any two letters."""
    return re.sub(r"\s", "", text)


# --- pictures


@pytest.mark.parametrize(
    ("look", "by"), [("bar", "region"), ("column", "month"), ("column", "weekday"), ("bar", "city")]
)
def test_labels_of_a_picture_are_the_answers_numbers(source: Source, look: str, by: str) -> None:
    report = report_line(source, f"metric=revenue&by={by}&chart={look}")
    drawing = report.parts[0].drawing
    assert drawing
    assert drawing.kind == look
    labels = read_labels(write_svg(report))
    for number in drawing.answer.table["revenue"].to_pylist():
        if number is not None:
            assert format_value(number, "currency", "GBP") in labels


@pytest.mark.parametrize(
    "line",
    [
        "metric=revenue",
        "metric=revenue&by=month",
        "metric=revenue,express_rate&by=month",
        "metric=revenue&by=month,channel",
        "metric=orders&by=weekday,region",
        "metric=orders&by=region,channel&chart=stack",
        "metric=revenue,orders&by=region&chart=scatter",
        "metric=revenue&by=region&chart=table",
        "metric=revenue&by=region&region=nowhere",
    ],
)
def test_a_picture_says_what_it_shows_and_fetches_nothing(source: Source, line: str) -> None:
    svg = write_svg(report_line(source, line, title="Títulos: <b>Продажи</b> & ]]>"))
    labels = read_labels(svg)
    assert "Títulos: <b>Продажи</b> & ]]>" in labels
    assert any("data until 15 Mar 2024" in label for label in labels)
    assert "Source: Corner *shop*, data until 15 Mar 2024" in labels
    assert not re.search(r"(?:href|src)=", svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("line", ["metric=revenue&by=month", "metric=revenue&by=region&chart=bar"])
def test_pictures_have_the_colours_of_the_light_theme(source: Source, line: str) -> None:
    """Whatever of Vega's settings a chart sets itself: its own colours would be others than the screen's."""
    svg = write_svg(report_line(source, line))
    assert read_theme()["chartCategoricalColors"][0].casefold() in svg.casefold()
    assert "#4c78a8" not in svg.casefold(), "Vega's own first colour"


def test_control_characters_of_a_title_dont_break_a_picture(source: Source) -> None:
    assert "ab c" in read_labels(write_svg(report_line(source, "metric=revenue", title="a\x00b\tc")))


def test_png_has_two_pixels_to_one_of_the_screen(source: Source) -> None:
    picture = Image.open(io.BytesIO(write_png(report_line(source, "metric=revenue&by=month"))))
    assert picture.width == 1920
    assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 50, "something is drawn"


# --- the font


def test_the_font_has_every_letter_of_the_languages() -> None:
    """A letter that a font lacks is a box, or one of another font that this machine has and others don't."""
    font = ImageFont.truetype(find_font(), 40)
    russian = "".join(chr(code) for code in range(ord("А"), ord("я") + 1)) + "Ёё"
    letters = russian + "ãáâàçéêíóôõúü" + "€↑↓→−–·…“”" + "".join(SYMBOLS.values()) + "".join(MONTHS["ru"])
    missing = bytes(font.getmask("\U000e0fff"))
    assert [letter for letter in set(letters) - {" "} if bytes(font.getmask(letter)) == missing] == []


def test_text_is_wrapped_to_its_width_and_cut_with_an_ellipsis() -> None:
    text = "Доля кликов по месяцам and channels, " * 5
    lines = wrap_text(text, 200, 12)
    assert " ".join(lines) == text.strip()
    assert all(measure_text(line, 12) <= 200 for line in lines)
    assert len(wrap_text(text, 200, 12, 2)) == 2
    assert wrap_text(text, 200, 12, 2)[-1].endswith("…")
    assert wrap_text("x" * 400, 200, 12)[0].endswith("…")


def test_what_draws_files_is_loaded_when_a_file_is_asked_for() -> None:
    """A page begins without it: it takes half a second and a hundred megabytes."""
    listed = "import sys, widgets.boards, widgets.explore; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", listed], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert {"vl_convert", "pptx", "xlsxwriter", "pypdf", "fontpkg"} & set(done.stdout.decode().split()) == set()


# --- PDF


def test_pages_are_a4_and_numbered(paper: PdfReader) -> None:
    text = squeeze(read_page_texts(paper))
    for number, page in enumerate(paper.pages, 1):
        assert (round(float(page.mediabox.width)), round(float(page.mediabox.height))) == (842, 595)
        assert f"Page{number}of{len(paper.pages)}" in text


def test_the_pdf_says_what_is_asked_and_how_fresh_it_is(board: Report, paper: PdfReader) -> None:
    text = squeeze(read_page_texts(paper))
    for part in board.parts:
        assert squeeze(part.title) in text
    for told in (
        "What the shop sells.",
        "Period: 1 Jan 2024 – 31 Mar 2024",
        "Data until: 15 Mar 2024",
        "Why: To see it.",
    ):
        assert squeeze(told) in text
    assert squeeze("sum(price) over Orders") in text, "definitions are at the end"
    assert "Thereisnoanswer" in text, "a widget that fails says so in its place"


def test_the_pdf_has_the_numbers_of_the_screen(paper: PdfReader) -> None:
    text = squeeze(read_page_texts(paper))
    assert "TakingsTakings" not in text, "what is read aloud is said once"
    for shown in ("£210.0", HOSTILE, "£80", "£70", "£60", "Leeds", "Poole", "York"):
        assert squeeze(shown) in text


def test_every_widget_of_the_pdf_leads_to_its_question(board: Report, paper: PdfReader) -> None:
    notes = [note.get_object() for page in paper.pages for note in page.get("/Annots") or ()]
    links = {note["/A"]["/URI"] for note in notes if "/A" in note}
    assert links == {f"{BASE}/Boards?board=trade", *(board.find_link(part) for part in board.widgets)}
    titles = [str(item["/Title"]) for item in paper.outline if isinstance(item, dict)]
    assert titles == [*(part.title for part in board.parts), "Definitions"]


def test_the_pdf_speaks_the_language_of_the_board(source: Source) -> None:
    text = squeeze(read_page_texts(PdfReader(io.BytesIO(write_pdf(open_report(source, lang="ru"))))))
    for told in ("Торговля", "Период", "Данные по", "Страница 1 из", "Определения"):
        assert squeeze(told) in text
