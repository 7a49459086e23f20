"""Report -> PowerPoint: a slide for each widget, lines and bars as charts of its own, which can be edited there."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from widgets.exports.blocks import draw_body, share_width
from widgets.exports.canvas import write_picture
from widgets.exports.columns import list_columns
from widgets.exports.native import NATIVE, add_charts, read_color
from widgets.exports.plots import convert_png
from widgets.exports.theme import read_theme
from widgets.texts import shorten_text
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from widgets.exports.report import Number, Part, Report, Tell

WIDE, HIGH = 13.333, 7.5  # inches: 16 to 9
EDGE, TOP, BOTTOM = 0.6, 1.45, 0.75  # of what a slide shows, beyond its title and above its foot
MOST_NUMBERS, ACROSS = 8, 4  # on a slide
MOST_ROWS, MOST_COLUMNS = 13, 9  # of a table there
MOST_LINK = 150  # letters of an address that may hold a whole board; the link itself is whole
PIXELS = 96  # of a picture to the inch
SIZES = (760, 900, 1160)  # pixels of a picture's width, enlarged to the slide's
LAYOUT = 6  # of the library's own template: an empty slide
FONT = "Calibri"  # what PowerPoint has everywhere


def write_slides(report: Report, tell: Tell = lambda share: None) -> bytes:
    """The report as a PPTX file, definitions and links in the notes of each slide."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    deck.core_properties.title = report.title
    deck.core_properties.subject = report.subtitle
    deck.core_properties.author = ""
    _add_title(deck, report)
    groups = list(group_parts(report.parts))
    for done, (section, parts) in enumerate(groups):
        _add_slide(deck, report, section, parts)
        tell((done + 1) / (len(groups) + 1))
    out = io.BytesIO()
    deck.save(out)
    tell(1.0)
    return out.getvalue()


def group_parts(parts: Sequence[Part]) -> Iterator[tuple[str, list[Part]]]:
    """What stands on a slide of its own, under the heading that it belongs to; numbers in a row share one."""
    section = ""
    numbers: list[Part] = []
    for part in parts:
        together = part.shown == "number" and len(part.numbers) == 1
        if numbers and (not together or len(numbers) == MOST_NUMBERS):
            yield section, numbers
            numbers = []
        if part.kind == "section":
            section = part.title
        elif together:
            numbers.append(part)
        else:
            yield section, [part]
    if numbers:
        yield section, numbers


def _add_title(deck: Any, report: Report) -> None:
    theme = read_theme()
    slide = _begin_slide(deck)
    _add_text(slide, report.title, EDGE, 2.2, WIDE - 2 * EDGE, 1.0, 40, theme["primaryColor"], bold=True)
    texts = [text for heading, text in report.told if not heading]
    _add_text(slide, "\n".join(texts), EDGE, 3.2, WIDE - 2 * EDGE, 0.9, 18, theme["textColor"])
    facts = "\n".join(f"{heading}: {text}" for heading, text in report.facts)
    _add_text(slide, facts, EDGE, 4.2, WIDE - 2 * EDGE, 1.8, 14, theme["grayTextColor"])
    _add_text(
        slide,
        shorten_text(report.link, MOST_LINK),
        EDGE,
        6.5,
        WIDE - 2 * EDGE,
        0.4,
        12,
        theme["linkColor"],
        link=report.link,
    )
    _add_notes(slide, [report.subtitle, report.link])


def _begin_slide(deck: Any) -> Any:
    """An empty slide; the template's own title is a placeholder that we fill or take away."""
    slide = deck.slides.add_slide(deck.slide_layouts[LAYOUT])
    for shape in list(slide.placeholders):
        shape._element.getparent().remove(shape._element)
    return slide


def _add_slide(deck: Any, report: Report, section: str, parts: list[Part]) -> None:
    theme = read_theme()
    slide = _begin_slide(deck)
    first = parts[0]
    single = len(parts) == 1
    title = first.title if single else section or report.title
    if section and single:
        _add_text(slide, section, EDGE, 0.25, WIDE - 2 * EDGE, 0.3, 11, theme["grayTextColor"])
    _add_text(slide, title, EDGE, 0.45, WIDE - 2 * EDGE, 0.6, 26, theme["textColor"], bold=True)
    days = (first.asked or report.subtitle) if single else report.subtitle
    _add_text(slide, days, EDGE, 1.0, WIDE - 2 * EDGE, 0.4, 12, theme["grayTextColor"])
    if single:
        _add_content(slide, report, first)
        foot = " ".join(first.notes)
    else:
        _add_numbers(slide, [(part.title, part.context, part.numbers[0]) for part in parts])
        foot = " ".join(dict.fromkeys(note for part in parts for note in part.notes))
    _add_text(slide, foot, EDGE, HIGH - BOTTOM, WIDE - 2 * EDGE, 0.3, 9, theme["grayTextColor"])
    _add_text(slide, report.source, EDGE, HIGH - 0.4, WIDE - 2 * EDGE, 0.3, 9, theme["grayTextColor"])
    _add_notes(slide, _list_notes(report, parts))


def _add_content(slide: Any, report: Report, part: Part) -> None:
    """What a widget shows: an own chart of PowerPoint where it has such, else its table, numbers or picture."""
    theme = read_theme()
    wide, high = WIDE - 2 * EDGE, HIGH - TOP - BOTTOM - 0.1
    if part.kind == "card":
        text = "\n".join(text for _, text in part.told)
        _add_text(slide, text, EDGE, TOP, wide, high, 18, theme["textColor"])
    elif part.drawing is None:
        _add_text(slide, part.reason, EDGE, TOP, wide, 1.5, 16, theme["redTextColor"])
    elif part.shown == "none":
        empty = translate(report.locale, "No rows match.")
        _add_text(slide, empty, EDGE, TOP, wide, 0.6, 16, theme["grayTextColor"])
    elif part.shown == "number":
        _add_numbers(slide, [(number.label, "", number) for number in part.numbers[:MOST_NUMBERS]])
    elif part.shown == "table":
        _add_table(slide, report, part)
    elif part.shown in NATIVE:
        add_charts(slide, part.drawing.drawn, part.shown, (EDGE, TOP, wide, high), FONT)
    else:
        _add_picture(slide, report, part, wide, high)


def _add_numbers(slide: Any, tiles: Sequence[tuple[str, str, Number]]) -> None:
    """Numbers as text, four in a row."""
    theme = read_theme()
    across, first = min(ACROSS, len(tiles)), TOP + (0.4 if len(tiles) > ACROSS else 1.2)
    wide = (WIDE - 2 * EDGE) / across
    for place, (label, context, number) in enumerate(tiles):
        left, top = EDGE + wide * (place % across), first + 2.4 * (place // across)
        _add_text(slide, label, left, top - 0.3, wide - 0.2, 0.65, 14, theme["grayTextColor"], low=True)
        _add_text(slide, number.text, left, top + 0.35, wide - 0.2, 0.8, 36, theme["textColor"], bold=True)
        change = f"{number.change} {number.versus}".strip() if number.change else ""
        _add_text(slide, change, left, top + 1.1, wide - 0.2, 0.4, 14, theme[f"{number.tone}TextColor"])
        small = "\n".join(filter(None, (number.target, context)))
        _add_text(slide, small, left, top + 1.45, wide - 0.2, 0.6, 10, theme["grayTextColor"])


def _add_table(slide: Any, report: Report, part: Part) -> None:
    """The first rows as a table of PowerPoint's."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    assert part.drawing, "a table is of an answer"
    theme, total = read_theme(), part.drawing.reading.table.num_rows
    columns = list_columns(part.drawing.reading, MOST_ROWS)[:MOST_COLUMNS]
    texts = [[column.write(value, report.locale) for value in column.values] for column in columns]
    widths = share_width(columns, texts, (WIDE - 2 * EDGE) * PIXELS / 1.35)  # of text that is smaller there
    columns, rows = columns[: len(widths)], len(columns[0].values)
    size = Inches(EDGE), Inches(TOP), Inches(WIDE - 2 * EDGE), Inches(0.32 * (rows + 1))
    table = slide.shapes.add_table(rows + 1, len(columns), *size).table
    for place, (column, shown) in enumerate(zip(columns, texts, strict=False)):
        table.columns[place].width = Inches((WIDE - 2 * EDGE) * widths[place] / sum(widths))
        for row, text in enumerate([column.label, *shown]):
            cell = table.cell(row, place)
            cell.text = _clean(text)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.fill.solid()
            cell.fill.fore_color.rgb = read_color(theme["secondaryBackgroundColor"] if not row else "#FFFFFF")
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if column.is_number else PP_ALIGN.LEFT
            paragraph.font.size, paragraph.font.bold, paragraph.font.name = Pt(11), not row, FONT
            paragraph.font.color.rgb = read_color(theme["textColor"])
    if rows < total:
        told = translate(report.locale, "The first {shown} of {total} rows.", shown=rows, total=total)
        _add_text(slide, told, EDGE, HIGH - BOTTOM - 0.2, 6, 0.3, 9, theme["grayTextColor"])


def _add_picture(slide: Any, report: Report, part: Part, wide: float, high: float) -> None:
    """The chart as on the screen, as a picture that fits the slide."""
    from pptx.util import Inches

    for pixels in SIZES:  # a wider one is smaller on the slide, and lower
        piece = draw_body(part, pixels, high * PIXELS, report.locale, MOST_ROWS, high * PIXELS)
        if piece.height * wide <= piece.width * high:
            break
    image = io.BytesIO(convert_png(write_picture(piece), 2))
    scale = min(wide / piece.width, high / piece.height)
    width, height = piece.width * scale, piece.height * scale
    left = EDGE + (wide - width) / 2
    picture = slide.shapes.add_picture(image, Inches(left), Inches(TOP), Inches(width), Inches(height))
    picture.name = part.title
    picture._element.nvPicPr.cNvPr.set("descr", _clean(part.title))


def _list_notes(report: Report, parts: Sequence[Part]) -> list[str]:
    """What a speaker may be asked: what is told of a widget, the definitions of its metrics, the link to it."""
    found: list[str] = []
    asked: list[str] = []
    for part in parts:
        found += [
            f"{part.title}: {heading}. {text}" if heading else f"{part.title}: {text}" for heading, text in part.told
        ]
        if link := report.find_link(part):
            found.append(link)
        if part.drawing:
            asked += [field.label for field in part.drawing.reading.values]
    for definition in report.definitions:
        if any(label.startswith(definition.label) for label in asked):
            text = " ".join(filter(None, (definition.text, definition.reading)))
            found.append(f"{definition.label}: {text} [{definition.formula}]")
    return found


def _add_notes(slide: Any, texts: Sequence[str]) -> None:
    slide.notes_slide.notes_text_frame.text = _clean("\n\n".join(filter(None, texts)))


def _add_text(
    slide: Any, text: str, left: float, top: float, wide: float, high: float, size: float, color: str,
    *, bold: bool = False, link: str = "", low: bool = False,
) -> None:  # fmt: skip
    """A text box, its text at the bottom where it is `low`; nothing where there is no text."""
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches, Pt

    if not text:
        return
    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(wide), Inches(high)).text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM if low else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for place, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if not place else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = _clean(line)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = read_color(color)
        if link.startswith(("http://", "https://")):
            run.hyperlink.address = link


def _clean(text: str) -> str:
    """A text without what XML can't hold."""
    return "".join(sign for sign in text if sign.isprintable() or sign.isspace())
