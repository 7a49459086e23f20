"""Excel files: the numbers are the answers', formats only show them, and nobody's text becomes a formula."""

from collections.abc import Iterator
from datetime import date

import pytest

from semantic import Problem, Source
from tests.reports import BASE, HOSTILE, open_report, open_shop, report_line
from tests.spreadsheets import Sheet, read_workbook
from widgets.charts import Field
from widgets.exports.columns import write_format
from widgets.exports.report import Report
from widgets.exports.sheets import name_sheets, write_workbook
from widgets.translations import translate

EPOCH = date(1899, 12, 30).toordinal()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_shop(tmp_path_factory.mktemp("shop"))
    yield source
    source.serve().engine.retire()


@pytest.fixture(scope="module")
def board(source: Source) -> Report:
    return open_report(source)


@pytest.fixture(scope="module")
def sheets(board: Report) -> dict[str, Sheet]:
    return read_workbook(write_workbook(board))


def test_every_number_of_the_board_is_in_its_sheet(board: Report, sheets: dict[str, Sheet]) -> None:
    """Each metric of each answer, row by row and to the last digit, under its label."""
    compared = 0
    for part, sheet in zip(board.widgets, [sheet for name, sheet in sheets.items() if name != "About"], strict=True):
        if part.drawing is None:
            continue
        rows = sheet.rows[sheet.frozen :]
        assert len(rows) == part.drawing.answer.table.num_rows
        heads = sheet.rows[sheet.frozen - 1] if sheet.frozen else []
        for field in part.drawing.reading.values:
            at = next(place for place, head in enumerate(heads) if str(head).partition(" (")[0] == field.label)
            found = [row[at] if at < len(row) else None for row in rows]
            assert found == [None if n is None else float(n) for n in part.drawing.answer.table[field.name].to_pylist()]
            compared += len(found)
    assert compared >= 100


def test_a_sheet_for_each_widget_and_one_about_them(sheets: dict[str, Sheet]) -> None:
    assert list(sheets) == [
        "About", "Takings", "=1+1 a month month", "=1+1 a month month (2)", "By channel", "Cities", "Regions",
        "Nothing", "By day", "Breaks",
    ]  # fmt: skip


def test_text_is_text_whatever_it_looks_like(sheets: dict[str, Sheet]) -> None:
    """A formula in somebody's data would run on the reader's machine."""
    assert sum(sheet.formulas for sheet in sheets.values()) == 0
    assert any(HOSTILE in row for row in sheets["=1+1 a month month (2)"].rows)


def test_about_says_what_is_asked_defined_and_how_fresh(sheets: dict[str, Sheet]) -> None:
    about = {str(row[0]): row[1] for row in sheets["About"].rows if len(row) > 1}
    assert about["Period"] == "1 Jan 2024 – 31 Mar 2024"
    assert about["Filters"] == "None"
    assert about["Data until"] == "15 Mar 2024"
    assert about["Link"] == f"{BASE}/Boards?board=trade"
    assert about["Revenue (revenue)"] == "What was paid."
    texts = [cell for row in sheets["About"].rows for cell in row]
    assert "sum(price) over Orders" in texts
    assert "express_orders / orders" in texts


def test_filters_of_the_bar_are_told_and_so_is_who_cant_take_them(source: Source) -> None:
    sheets = read_workbook(write_workbook(open_report(source, channel="web", period="2024-02-01..2024-02-29")))
    about = {str(row[0]): row[1] for row in sheets["About"].rows if len(row) > 1}
    assert about["Filters"] == "Channel is web"
    assert about["Link"] == f"{BASE}/Boards?board=trade&period=2024-02-01..2024-02-29&channel=web"
    assert sheets["Takings"].rows[-1][0] == 70.0
    assert any("Not filtered by Channel" in str(row[0]) for row in sheets["Cities"].rows if row)


def test_a_widget_without_an_answer_says_why(sheets: dict[str, Sheet]) -> None:
    assert str(sheets["Breaks"].rows[-1][0]).startswith("There is no answer: ")
    assert sheets["Nothing"].rows[-1][:2] == ["Express", "Orders"]


def test_a_widget_whose_line_cant_be_read_says_why(source: Source) -> None:
    """A metric may be gone since somebody made the board; the file is made all the same."""
    gone = Problem("metric", "the metric revenu is unknown", "Did you mean revenue?")
    sheets = read_workbook(write_workbook(open_report(source, faults={0: (gone,)})))
    told = "There is no answer: metric: the metric revenu is unknown. Did you mean revenue?"
    assert sheets["Takings"].rows[-1] == [told]
    assert sheets["Cities"].rows[-1][1] == 1.0


def test_dates_percentages_and_money_are_themselves(sheets: dict[str, Sheet]) -> None:
    months = sheets["=1+1 a month month"]
    assert [row[0] for row in months.rows[-3:]] == [date(2024, m, 1).toordinal() - EPOCH for m in (1, 2, 3)]
    assert [row[:2] for row in months.formats[-3:]] == [["mmm yyyy", '"£"#,##0.00']] * 3
    compared = sheets["=1+1 a month month (2)"]
    heads = compared.rows[compared.frozen - 1]
    whole = next(row for row in compared.formats[compared.frozen :] if len(row) == len(heads))
    shown = dict(zip(map(str, heads), whole, strict=True))
    assert (shown["Express rate"], shown["Express rate, change"]) == ("0.00%", '+0.00" pp";-0.00" pp";0.00" pp"')


def test_one_answer_begins_at_the_first_cell_and_has_its_totals(source: Source) -> None:
    sheets = read_workbook(write_workbook(report_line(source, "metric=revenue&by=region&totals=all", "Takings?")))
    assert list(sheets) == ["Takings", "Totals", "About"]
    assert sheets["Takings"].frozen == 1
    assert sheets["Takings"].rows == [["Region", "Revenue (GBP)"], ["North", 80.0], ["South", 70.0], ["(none)", 60.0]]
    assert sheets["Totals"].rows == [["Region", "Revenue (GBP)"], ["All", 210.0]]
    about = {str(row[0]): row[1] for row in sheets["About"].rows if len(row) > 1}
    assert about["The line"] == "metric=revenue&by=region&totals=all"
    assert about["Link"] == f"{BASE}/Explore?metric=revenue&by=region&totals=all"


def test_a_file_speaks_the_language_of_its_line_where_there_is_no_session(source: Source) -> None:
    """Files of an answer are written when they're clicked, in a thread that belongs to no page."""
    sheets = read_workbook(write_workbook(report_line(source, "metric=revenue&by=month&totals=all&lang=ru")))
    assert list(sheets) == ["Asked", translate("ru", "Totals"), translate("ru", "About")]
    assert sheets["Asked"].rows[0][-1] == translate("ru", "Note")
    assert sheets["Asked"].rows[-1][-1] == translate("ru", "not final yet")
    assert sheets[translate("ru", "Totals")].rows[-1] == [translate("ru", "All"), 210.0]


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (["A", "a", "A"], ["A", "a (2)", "A (3)"]),
        (["About", "Totals", "history"], ["About (2)", "Totals (2)", "history (2)"]),
        (["'quoted'", "[x]:*?/\\y", "  ", ""], ["quoted", "x y", "Sheet", "Sheet (2)"]),
        (["n" * 40, "n" * 50], ["n" * 31, "n" * 27 + " (2)"]),
    ],
)
def test_names_of_sheets_are_those_that_excel_takes(titles: list[str], names: list[str]) -> None:
    assert name_sheets(titles, ["About", "Totals"]) == names


@pytest.mark.parametrize(
    ("field", "cells", "shown"),
    [
        (Field("a", "A", "number", format="percent"), [0.5], "0.00%"),
        (Field("a", "A", "number", format="currency", unit="EUR"), [1, 2], '"€"#,##0.00'),
        (Field("a", "A", "number"), [1, 2.0, None], "#,##0"),
        (Field("a", "A", "number"), [1, 2.5], "#,##0.00"),
        (Field("a", "A", "number", format="days", unit="days"), [1.25], "#,##0.0"),
        (Field("a", "A", "number", format=",.3f"), [1], "#,##0.000"),
    ],
)
def test_formats_show_what_the_catalogue_says(field: Field, cells: list[float | None], shown: str) -> None:
    assert write_format(field, cells) == shown
