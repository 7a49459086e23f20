"""Report -> Excel: a sheet for each widget, and one that says what is asked, how it's defined and how fresh it is."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from widgets.exports.columns import Column, list_columns, list_totals
from widgets.exports.report import name_kind
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from widgets.exports.report import Part, Report, Tell

MOST_ROWS = 100_000  # of a sheet; the CSV of an answer holds all
MOST_NAME, MOST_TEXT = 31, 32_767  # letters of a sheet's name and of a cell, as Excel has them
NARROW, WIDE, HEAD_WIDTH, TEXT_WIDTH = 9, 48, 34, 110  # letters that a column shows, and those of sentences
A4 = 9  # by Excel's count
LINE_HEIGHT = 15  # points
INK, MUTED, LINE, HEAD = "#0F172A", "#566070", "#12436D", "#E6EFF7"
MOST_LINK = 2000  # letters of a link that Excel follows; a longer one is text
LINKED = {"font_color": LINE, "underline": 1}
# Somebody's text is never a formula, a link or a number, whatever it looks like.
SAFE = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(report: Report, tell: Tell = lambda share: None) -> bytes:
    """The report as an XLSX file. The numbers are the answers' own, unrounded; formats only decide how they look."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, SAFE)
    book.set_properties({"title": report.title, "subject": report.subtitle, "comments": report.link})
    single, about_name = len(report.widgets) == 1, translate(report.locale, "About")
    names = name_sheets([part.title for part in report.widgets], [about_name, translate(report.locale, "Totals")])
    about = book.add_worksheet(about_name) if not single else None
    for place, (part, name) in enumerate(zip(report.widgets, names, strict=True)):
        _write_part(book, book.add_worksheet(name), report, part, single)
        tell((place + 1) / (len(names) + 1))
    _write_about(book, about or book.add_worksheet(about_name), report, names)
    book.close()
    tell(1.0)
    return out.getvalue()


def name_sheets(titles: list[str], reserved: list[str]) -> list[str]:
    """A name for each sheet: as Excel allows it, and no two alike, whatever the case of their letters."""
    taken = {name.casefold() for name in ("history", *reserved)}
    found = []
    for title in titles:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title)
        plain = " ".join(plain.split()).strip("' ")[:MOST_NAME].strip("' ") or "Sheet"
        name, count = plain, 1
        while name.casefold() in taken:
            count += 1
            behind = f" ({count})"
            name = plain[: MOST_NAME - len(behind)].rstrip() + behind
        taken.add(name.casefold())
        found.append(name)
    return found


def _write_part(book: Workbook, sheet: Worksheet, report: Report, part: Part, single: bool) -> None:
    """A widget's rows; on a board's sheet below its title and what it shows."""
    top = 0
    _fit_page(sheet)
    if not single:
        sheet.write_string(0, 0, part.title, book.add_format({"bold": True, "font_size": 14, "font_color": INK}))
        muted = book.add_format({"font_color": MUTED})
        for text in filter(None, (part.asked, *part.notes)):
            top += 1
            sheet.write_string(top, 0, text, muted)
        top += 2
    if part.drawing is None:
        sheet.write_string(top, 0, part.reason, book.add_format({"font_color": "#B42318"}))
        return
    reading, answer = part.drawing.reading, part.drawing.answer
    _write_columns(book, sheet, list_columns(reading, MOST_ROWS), top)
    if reading.table.num_rows > MOST_ROWS:
        told = translate(
            report.locale, "The first {shown} of {total} rows; the CSV holds them all.",
            shown=MOST_ROWS, total=reading.table.num_rows,
        )  # fmt: skip
        sheet.write_string(top + MOST_ROWS + 2, 0, told)
    if single and answer.totals and reading.keys:
        totals = book.add_worksheet(translate(report.locale, "Totals"))
        _write_columns(book, totals, list_totals(reading, answer.totals), 0)


def _fit_page(sheet: Worksheet) -> None:
    """A page as wide as the sheet, for print; without the lines of its cells."""
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _write_columns(book: Workbook, sheet: Worksheet, columns: list[Column], top: int) -> None:
    """The headings at row `top`, frozen, and the values below them."""
    heading = {"bold": True, "bg_color": HEAD, "font_color": INK, "bottom": 1, "bottom_color": LINE}
    right, left = book.add_format({**heading, "align": "right"}), book.add_format({**heading, "indent": 1})
    for place, column in enumerate(columns):
        number = any(isinstance(value, int | float) for value in column.values)
        sheet.write_string(top, place, column.label, right if number else left)
        style = book.add_format({"num_format": column.format} if column.format else {})
        texts = book.add_format({"num_format": column.format or "General", "align": "left", "indent": 1})
        for row, value in enumerate(column.values, top + 1):
            _write_cell(sheet, row, place, value, texts if isinstance(value, date | str) else style)
        sheet.set_column(place, place, _measure_column(column))
    sheet.freeze_panes(top + 1, 0)
    if columns and columns[0].values:
        sheet.autofilter(top, 0, top + len(columns[0].values), len(columns) - 1)


def _write_cell(sheet: Worksheet, row: int, place: int, value: Any, style: Format) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value, style)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, style)
    else:
        sheet.write_string(row, place, str(value)[:MOST_TEXT], style)


def _measure_column(column: Column) -> int:
    """A width that shows the heading and most values."""
    sizes = []
    for value in column.values[:1000]:
        if isinstance(value, float | int):
            sizes.append(len(f"{value:,.2f}") + 2)
        else:
            sizes.append(len(column.format or "yyyy-mm-dd") if isinstance(value, date) else len(str(value or "")))
    return min(WIDE, max([NARROW, len(column.label) + 3, *(size + 2 for size in sizes)]))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the sheet about all: a heading and what is said under it; `head` begins a group, `link` leads there."""

    heading: str
    text: str = ""
    style: Literal["plain", "muted", "head"] = "plain"
    link: str = ""


def _list_about(report: Report, names: list[str]) -> Iterator[Entry]:
    """What is asked and how it's defined; of a board also what each sheet holds."""
    for heading, text in (*report.told, *report.facts):
        yield Entry(heading, text)
    yield Entry(translate(report.locale, "Link"), report.link, link=report.link)
    if len(names) > 1:
        yield Entry(translate(report.locale, "Sheets"), style="head")
    for part, name in zip(report.widgets, names, strict=True):
        if len(names) > 1:
            empty = translate(report.locale, "No rows match.")
            kind = part.reason or (name_kind(part.shown, report.locale) if part.shown != "none" else empty)
            told = [text for heading, text in part.told if not heading]
            quoted = name.replace("'", "''")
            yield Entry(
                part.title, " · ".join(filter(None, (kind, part.context, *told))), link=f"internal:'{quoted}'!A1"
            )
        else:
            yield from (Entry(translate(report.locale, "Note"), note) for note in part.notes)
    yield Entry(translate(report.locale, "Definitions"), style="head")
    for definition in report.definitions:
        told_of = " ".join(filter(None, (definition.text, definition.reading)))
        yield Entry(f"{definition.label} ({definition.name})", told_of)
        yield Entry("", definition.formula, "muted")


def _write_about(book: Workbook, sheet: Worksheet, report: Report, names: list[str]) -> None:
    """The sheet that says what is asked, how it's defined and how fresh it is."""
    shape = {"valign": "top", "text_wrap": True}
    bold, plain = book.add_format({**shape, "bold": True, "font_color": INK}), book.add_format(shape)
    muted, link = book.add_format({**shape, "font_color": MUTED}), book.add_format({**shape, **LINKED})
    head = book.add_format({"bold": True, "font_size": 12, "bottom": 1, "bottom_color": LINE, "font_color": INK})
    _fit_page(sheet)
    sheet.set_column(0, 0, HEAD_WIDTH)
    sheet.set_column(1, 1, TEXT_WIDTH)
    sheet.write_string(0, 0, report.title, book.add_format({"bold": True, "font_size": 16, "font_color": INK}))
    row = 2
    for entry in _list_about(report, names):
        row += entry.style == "head"
        inside, outside = entry.link.startswith("internal:"), entry.link.startswith(("http://", "https://"))
        if inside:
            sheet.write_url(row, 0, entry.link, link, string=entry.heading)
        else:
            sheet.write_string(row, 0, entry.heading, head if entry.style == "head" else bold)
        if outside and len(entry.link) <= MOST_LINK:
            sheet.write_url(row, 1, entry.link, link, string=entry.text)
        else:
            sheet.write_string(row, 1, entry.text, {"plain": plain, "muted": muted, "head": head}[entry.style])
        lines = max(_count_lines(entry.heading, HEAD_WIDTH), _count_lines(entry.text, TEXT_WIDTH))
        sheet.set_row(row, LINE_HEIGHT * lines + (3 if entry.style == "head" else 0))
        row += 1


def _count_lines(text: str, width: int) -> int:
    """How many lines a text takes in a column so wide; words make them shorter."""
    return max(1, math.ceil(len(text) * 1.08 / width))
