"""Part of a report -> a piece of a page: its title and days, its chart, numbers or table, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.charts.words import MINUS
from widgets.exports.canvas import (
    EMPTY,
    Anchor,
    Piece,
    fit_text,
    line_up,
    measure_text,
    place,
    shrink,
    stack,
    wrap_text,
    write_line,
    write_lines,
    write_rectangle,
    write_rule,
)
from widgets.exports.columns import Column, list_columns
from widgets.exports.plots import SHARED, draw_plots
from widgets.exports.theme import read_theme
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.charts import Locale
    from widgets.exports.report import Number, Part

TITLE, TEXT, SMALL = 17, 12, 10.5  # sizes of text
CELL, ROW = 11, 20  # of a table: size of text, height of a row
NARROW, WIDE = 44, 230  # pixels of a table's column
STRETCH = 110  # pixels that a column is wider than it needs, where a table has room
SPARK = 38


def draw_part(
    part: Part, width: float, plot: float, locale: Locale, most_rows: int, most_height: float, *, blank: bool
) -> Piece:
    """A widget as it stands on a page: `plot` is the height of a chart whose rows don't decide on it.

    `blank` leaves such a chart out, and keeps its room.
    """
    theme = read_theme()
    gray = theme["grayTextColor"]
    head = [
        write_lines(part.title, width, TITLE, theme["textColor"], most=2),
        write_lines(part.context, width, SMALL, gray, most=2),
    ]
    told = " ".join(f"{heading}: {text}" if heading else text for heading, text in part.told)
    foot = [write_lines(text, width, SMALL, gray, most=4) for text in (" ".join(part.notes), told)]
    top, bottom = stack(head, 3), stack(foot, 4)
    room = max(60.0, most_height - top.height - bottom.height - 16)
    if blank and part.shown in SHARED:
        body = Piece("", width, min(plot, room))
    else:
        body = shrink(draw_body(part, width, min(plot, room), locale, most_rows, room), room)
    return stack([top, body, bottom], 8)


def draw_body(part: Part, width: float, plot: float, locale: Locale, most_rows: int, most_height: float) -> Piece:
    """What a widget shows: its numbers, charts or table, or why there is nothing of these."""
    theme = read_theme()
    if part.drawing is None:
        return write_lines(part.reason, width, TEXT, theme["redTextColor"], most=6)
    if part.shown == "none":
        return write_lines(translate(locale, "No rows match."), width, TEXT, theme["grayTextColor"])
    if part.shown == "number":
        return draw_numbers(part.numbers, width)
    if part.shown == "table":
        rows = max(1, min(most_rows, int((most_height - 60) / ROW)))
        columns = list_columns(part.drawing.reading, rows)
        return draw_table(columns, part.drawing.reading.table.num_rows, width, locale)
    return draw_plots(part.drawing.drawn, part.shown, width, plot)


def draw_numbers(numbers: Sequence[Number], width: float) -> Piece:
    """Numbers beside each other, four in a row, each with its change and its course."""
    gap, across = 16.0, min(4, len(numbers))
    wide = (width - gap * (across - 1)) / across
    tiles = [_draw_number(number, wide, labelled=len(numbers) > 1) for number in numbers]
    return stack([line_up(tiles[at : at + across], gap) for at in range(0, len(tiles), across)], 14)


def _draw_number(number: Number, width: float, labelled: bool) -> Piece:
    theme = read_theme()
    ink, gray = theme["textColor"], theme["grayTextColor"]
    label = write_lines(number.label, width, TEXT, gray, most=2) if labelled else EMPTY
    value = Piece(write_line(fit_text(number.text, width, 26), 0, 26, 26, ink), width, 32)
    beside = ""
    if number.change:
        color = theme[f"{number.tone}TextColor"]
        arrow = "↑ " if number.change.startswith("+") else "↓ " if number.change.startswith(MINUS) else ""
        text = f"{arrow}{number.change}"
        beside = write_line(text, 0, 11, TEXT, color)
        beside += write_line(number.versus, measure_text(text, TEXT) + 8, 11, SMALL, gray)
    change = Piece(beside, width, 15) if beside else EMPTY
    target = write_lines(number.target, width, SMALL, gray, most=1) if number.target else EMPTY
    return stack([label, value, change, target, _draw_course(number.trend, width)], 5)


def _draw_course(trend: Sequence[float | None], width: float) -> Piece:
    """A line through the numbers, broken where one is missing; nothing where there are fewer than two."""
    known = [number for number in trend if number is not None]
    if len(known) < 2:
        return EMPTY
    low, high = min(known), max(known)
    step, tall = (width - 4) / (len(trend) - 1), (SPARK - 4) / ((high - low) or 1)
    path, pen = "", "M"
    for at, number in enumerate(trend):
        if number is None:
            pen = "M"
            continue
        path += f"{pen}{2 + at * step:.1f} {SPARK - 2 - (number - low) * tall:.1f}"
        pen = "L"
    color = read_theme()["chartCategoricalColors"][0]
    return Piece(f'<path d="{path}" stroke="{color}" stroke-width="1.5" fill="none"/>', width, SPARK)


def draw_table(columns: Sequence[Column], total: int, width: float, locale: Locale) -> Piece:
    """The first rows as a table, numbers at the right; it says how many rows and columns there are beyond."""
    theme = read_theme()
    ink, gray, line = theme["textColor"], theme["grayTextColor"], theme["borderColor"]
    cells = [[column.write(value, locale) for value in column.values] for column in columns]
    widths = share_width(columns, cells, width)
    columns, cells = columns[: len(widths)], cells[: len(widths)]
    heads = [wrap_text(column.label, wide - 12, CELL, 3) for column, wide in zip(columns, widths, strict=True)]
    top = max(map(len, heads)) * CELL * 1.3 + 10
    body = write_rectangle(0, 0, sum(widths), top, theme["secondaryBackgroundColor"], radius=2)
    left = 0.0
    for column, wide, head, texts in zip(columns, widths, heads, cells, strict=True):
        side: Anchor = "end" if column.is_number else "start"
        at = left + wide - 6 if column.is_number else left + 6
        for row, text in enumerate(head):
            body += write_line(text, at, CELL + 5 + row * CELL * 1.3, CELL, gray, anchor=side)
        for row, text in enumerate(texts):
            shown = fit_text(text, wide - 12, CELL)
            body += write_line(shown, at, top + ROW * row + 13, CELL, ink, anchor=side)
        left += wide
    shown_rows = len(cells[0]) if cells else 0
    body += "".join(write_rule(0, top + ROW * (row + 1), left, line) for row in range(shown_rows))
    table = Piece(body, width, top + ROW * shown_rows + 2)
    if shown_rows == total:
        return table
    told = translate(locale, "The first {shown} of {total} rows.", shown=shown_rows, total=total)
    return stack([table, write_lines(told, width, SMALL, gray)], 4)


def share_width(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: float) -> list[float]:
    """The columns' widths; where not all fit, texts are cut first, and then the last columns are left out."""
    wanted = []
    for column, texts in zip(columns, cells, strict=True):
        words = max((measure_text(word, CELL) for word in column.label.split()), default=0)
        values = max((measure_text(text, CELL) for text in texts), default=0)
        wanted.append(min(WIDE, max(NARROW, values + 14, words + 14)))
    while len(wanted) > 1 and sum(min(wide, 90.0) for wide in wanted) > width:
        wanted.pop()
    over = sum(wanted) - width
    if over > 0:
        spare = sum(max(0.0, wide - 90) for wide in wanted) or 1.0
        wanted = [wide - max(0.0, wide - 90) * min(1.0, over / spare) for wide in wanted]
    elif over < 0:
        wanted = [wide + min(-over / len(wanted), STRETCH) for wide in wanted]
    return wanted


def frame(piece: Piece, width: float, height: float, padding: float) -> Piece:
    """A piece in a box with a thin border."""
    line = read_theme()["borderColor"]
    box = write_rectangle(0.5, 0.5, width - 1, height - 1, "#FFFFFF", line, radius=6)
    return Piece(box + place(piece, padding, padding), width, height)
