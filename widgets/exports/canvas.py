"""SVG by hand: pieces with a size that stand under or beside each other, text that is measured, wrapped and escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal
from xml.sax.saxutils import escape

from widgets.exports.theme import FAMILY, find_font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MEASURED = 100  # the size at which text is measured
LEADING = 1.35  # of a line of text, to its size
SVG = "http://www.w3.org/2000/svg"
Anchor = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A drawing from its upper left corner at 0, 0: SVG elements, and the room that they take in pixels."""

    body: str
    width: float
    height: float


EMPTY = Piece("", 0, 0)


def measure_text(text: str, size: float) -> float:
    """How wide a line of text is, in pixels."""
    return sum(_measure_word(word) for word in text.split(" ")) * size / MEASURED + text.count(" ") * size * 0.28


@lru_cache(maxsize=20_000)
def _measure_word(word: str) -> float:
    return _open_font().getlength(word)


@cache
def _open_font() -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(find_font(), MEASURED)


def wrap_text(text: str, width: float, size: float, most: int | None = None) -> list[str]:
    """The text in lines of at most `width` pixels, cut with an ellipsis beyond `most` of them."""
    lines: list[str] = []
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_text(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [fit_text(line, width, size) for line in lines]


def fit_text(text: str, width: float, size: float) -> str:
    """The text on one line, cut with an ellipsis where it is too long."""
    if measure_text(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure_text(text[:middle] + "…", size) <= width else (low, middle - 1)
    return text[:low].rstrip() + "…"


def write_line(
    text: str,
    x: float,
    y: float,
    size: float,
    color: str,
    *,
    anchor: Anchor = "start",
) -> str:
    """A line of text on its base line. The font has one weight, and an outline would be read twice."""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    # What XML can't hold (control characters) has no shape either.
    shown = escape("".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text))
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}"{at}>{shown}</text>'


def write_lines(text: str, width: float, size: float, color: str, *, most: int | None = None) -> Piece:
    """A paragraph; nothing where there is no text."""
    if not text.strip():
        return EMPTY
    lines = wrap_text(text, width, size, most)
    step = size * LEADING
    body = "".join(write_line(line, 0, size + step * place, size, color) for place, line in enumerate(lines))
    return Piece(body, width, step * len(lines))


def write_rectangle(
    x: float, y: float, width: float, height: float, fill: str, stroke: str = "", radius: float = 0
) -> str:
    """A rectangle, with rounded corners where `radius` isn't 0."""
    line = f' stroke="{stroke}"' if stroke else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{radius}" fill="{fill}"{line}/>'
    )


def write_rule(x: float, y: float, width: float, color: str) -> str:
    """A thin horizontal line."""
    return f'<path d="M{x:.1f} {y:.1f}h{width:.1f}" stroke="{color}" fill="none"/>'


def place(piece: Piece, x: float, y: float, scale: float = 1.0) -> str:
    """A piece at a point."""
    size = f" scale({scale:.4f})" if scale != 1 else ""
    return f'<g transform="translate({x:.1f},{y:.1f}){size}">{piece.body}</g>' if piece.body else ""


def stack(pieces: Iterable[Piece], gap: float) -> Piece:
    """Pieces under each other; one without a height takes no gap."""
    body, top, width = "", 0.0, 0.0
    for piece in pieces:
        if piece.height:
            top += gap if top else 0
            body += place(piece, 0, top)
            top, width = top + piece.height, max(width, piece.width)
    return Piece(body, width, top)


def line_up(pieces: Sequence[Piece], gap: float) -> Piece:
    """Pieces beside each other, their upper edges in line."""
    body, left = "", 0.0
    for piece in pieces:
        body += place(piece, left, 0)
        left += piece.width + gap
    return Piece(body, left - gap, max((piece.height for piece in pieces), default=0))


def shrink(piece: Piece, height: float) -> Piece:
    """A piece that is at most so high: smaller as a whole where it is higher."""
    if piece.height <= height:
        return piece
    scale = height / piece.height
    return Piece(place(piece, 0, 0, scale), piece.width * scale, height)


def write_picture(piece: Piece, scale: float = 1.0) -> str:
    """A piece as an SVG file of its own, on white; `scale` tells its size from that of its coordinates."""
    wide, high = piece.width * scale, piece.height * scale
    box = f'width="{wide:.2f}" height="{high:.2f}" viewBox="0 0 {piece.width:.2f} {piece.height:.2f}"'
    ground = write_rectangle(0, 0, piece.width, piece.height, "#FFFFFF")
    return f'<svg xmlns="{SVG}" {box} font-family="{FAMILY}">{ground}{piece.body}</svg>'
