"""Report -> PDF: A4 pages whose charts stay drawings and whose texts stay texts, with links and bookmarks."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from widgets.exports.canvas import write_picture
from widgets.exports.pages import HEIGHT, WIDTH, finish_page, lay_out
from widgets.exports.plots import convert_pdf

if TYPE_CHECKING:
    from widgets.exports.report import Report, Tell

POINTS = 841.89 / WIDTH  # of paper to a pixel of a page


def write_pdf(report: Report, tell: Tell = lambda share: None) -> bytes:
    """The report as a PDF file."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.annotations import Link

    pages = lay_out(report, lambda share: tell(share * 0.8))
    writer = PdfWriter()
    for number, page in enumerate(pages, 1):
        drawn = convert_pdf(write_picture(finish_page(report, page, number, len(pages)), POINTS))
        writer.append(PdfReader(io.BytesIO(drawn)), import_outline=False)
        for left, top, width, height, address in page.links:
            if not address.startswith(("http://", "https://")):
                continue  # a reader of PDF has no page that it could be relative to
            corners = (left, HEIGHT - top - height, left + width, HEIGHT - top)
            a, b, c, d = (corner * POINTS for corner in corners)
            writer.add_annotation(number - 1, Link(rect=(a, b, c, d), url=address))
        for title in page.begins:
            writer.add_outline_item(title=title, page_number=number - 1)
        tell(0.8 + 0.2 * number / len(pages))
    writer.add_metadata({"/Title": report.title, "/Subject": report.subtitle, "/Creator": "Crosscut"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
