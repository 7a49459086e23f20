"""A reading as charts outside the browser: the specs that the screen shows, drawn by Vega in this process."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from widgets.charts import build_spec, fit_config, shape_table, split_config
from widgets.exports.canvas import SVG, Piece, stack, write_lines
from widgets.exports.theme import dress_spec, find_font, read_theme

if TYPE_CHECKING:
    from widgets.fields import Reading

LINK = "{http://www.w3.org/1999/xlink}href"
SHARED = ("line", "column")  # kinds whose height isn't made of their rows
LEAST = 140  # pixels of a chart that shares its height with others
_numbers = itertools.count()  # tell the ids of one chart from those of the others on its page


def draw_plots(reading: Reading, kind: str, width: float, height: float) -> Piece:
    """The charts of a reading under each other, one for each unit, with their metrics' names where there are several.

    They share `height` where their own isn't made of their rows.
    """
    parts = split_config(reading.configure(kind))
    ink = read_theme()["textColor"]
    tall = max(LEAST, height / len(parts) - (22 if len(parts) > 1 else 0)) if kind in SHARED else None
    pieces = []
    for part in parts:
        config = fit_config(reading.table, part)
        rows = shape_table(reading.table, config).to_pylist()
        if len(parts) > 1:
            names = " · ".join(value.label for value in config.values)
            pieces.append(write_lines(names, width, 11, ink, most=1))
        pieces.append(render_spec(build_spec(config), rows, width, tall))
    return stack(pieces, 8)


def render_spec(spec: dict[str, Any], rows: list[dict[str, Any]], width: float, height: float | None) -> Piece:
    """A spec over its rows as a piece of SVG. Nothing is fetched from anywhere."""
    converter = _open_converter()
    text = converter.vegalite_to_svg(dress_spec(spec, rows, width, height), allowed_base_urls=[])
    root = ElementTree.fromstring(text)
    _rename_ids(root, f"c{next(_numbers)}-")
    ElementTree.register_namespace("", SVG)
    body = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    return Piece(body, float(root.get("width", width)), float(root.get("height", 0)))


def convert_png(svg: str, scale: float) -> bytes:
    """A picture as PNG."""
    found: bytes = _open_converter().svg_to_png(svg, scale=scale)
    return found


def convert_pdf(svg: str) -> bytes:
    """A picture as a page of PDF, its texts as texts."""
    found: bytes = _open_converter().svg_to_pdf(svg)
    return found


@cache
def _open_converter() -> Any:
    import vl_convert

    vl_convert.register_font_directory(str(find_font().parent))
    return vl_convert


def _rename_ids(root: ElementTree.Element, prefix: str) -> None:
    """Makes the ids of clips and gradients those of this chart alone."""
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, prefix + value)
            elif value.startswith("url(#"):
                element.set(key, f"url(#{prefix}{value[5:]}")
            elif key == LINK and value.startswith("#"):
                element.set(key, f"#{prefix}{value[1:]}")
