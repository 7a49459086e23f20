"""Report of one answer -> a picture of it as SVG or PNG, with its title, days, filters and source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.exports.blocks import SMALL, draw_body
from widgets.exports.canvas import Piece, place, stack, write_lines, write_picture
from widgets.exports.plots import convert_png
from widgets.exports.theme import read_theme

if TYPE_CHECKING:
    from widgets.exports.report import Report

WIDTH, PADDING, PLOT = 960, 28, 400  # pixels
MOST_ROWS, MOST_HEIGHT = 30, 4000
SHARP = 2  # pixels of a PNG to one of the screen


def write_svg(report: Report) -> str:
    """The picture as SVG, its texts as text."""
    (part,) = report.parts
    theme, inner = read_theme(), WIDTH - 2 * PADDING
    gray = theme["grayTextColor"]
    piece = stack(
        [
            stack(
                [
                    write_lines(part.title, inner, 20, theme["textColor"], most=3),
                    write_lines(report.subtitle, inner, 12, gray, most=3),
                ],
                4,
            ),
            draw_body(part, inner, PLOT, report.locale, MOST_ROWS, MOST_HEIGHT),
            stack([write_lines(text, inner, SMALL + 1, gray) for text in (*part.notes, report.source)], 3),
        ],
        18,
    )
    whole = Piece(place(piece, PADDING, PADDING), WIDTH, piece.height + 2 * PADDING)
    return write_picture(whole)


def write_png(report: Report) -> bytes:
    """The picture as PNG, two pixels to one of the screen."""
    return convert_png(write_svg(report), SHARP)
