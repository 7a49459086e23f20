"""Report -> pages for print: its tiles in their order and sizes, under its filters, and the definitions behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from widgets.exports.blocks import SMALL, TEXT, draw_part, frame
from widgets.exports.canvas import EMPTY, Piece, fit_text, place, stack, write_line, write_lines, write_rule
from widgets.exports.plots import SHARED
from widgets.exports.theme import read_theme
from widgets.translations import translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from widgets.exports.report import Definition, Part, Report, Tell

WIDTH, HEIGHT = 1320.0, 933.4  # A4 across, in pixels of a board on a wide screen
MARGIN, GAP, PADDING = 44.0, 14.0, 14.0
HEAD, FOOT = 28.0, 22.0  # of a page: its running title, its number
COLUMNS = 4  # of a board
INNER = WIDTH - 2 * MARGIN
ROOM = HEIGHT - 2 * MARGIN - HEAD - FOOT  # for what stands on a page
PLOTS = (240.0, 480.0)  # least height of a chart in a tile of one row, and of more
GROWN = 1.5  # how much higher a chart may get where a page has room left
MOST_ROWS = (12, 26)  # of a table there


@dataclass
class Page:
    """A page that is being filled: what stands on it, where links lead, and what begins here."""

    body: str = ""
    used: float = 0.0
    links: list[tuple[float, float, float, float, str]] = field(default_factory=list)  # left, top, width, height
    begins: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """What stands beside each other: how high it is at least, and what draws it with its charts so much higher.

    `heads` belongs to the row below. What is `elastic` has only charts that may be higher.
    """

    height: float
    draw: Callable[[float], Piece]
    links: tuple[tuple[float, float, float, float, str], ...] = ()
    begins: tuple[str, ...] = ()
    heads: bool = False
    elastic: bool = False


def lay_out(report: Report, tell: Tell = lambda share: None) -> list[Page]:
    """The report's pages, without their running titles and numbers."""
    groups: list[list[Row]] = [[]]
    rows = [_make_head(report), *_make_rows(report)]
    for at, row in enumerate(rows):
        height = row.height
        if row.heads and at + 1 < len(rows):
            height += GAP + rows[at + 1].height
        if groups[-1] and sum(one.height + GAP for one in groups[-1]) + height > ROOM:
            groups.append([])
        groups[-1].append(row)
    pages = []
    for number, group in enumerate(groups, 1):
        pages.append(_fill_page(group))
        tell(number / len(groups))
    return [*pages, *_draw_definitions(report)]


def _fill_page(rows: list[Row]) -> Page:
    """The rows under each other; charts share what room is left."""
    page = Page()
    free = ROOM - sum(row.height for row in rows) - GAP * (len(rows) - 1)
    elastic = sum(row.elastic for row in rows)
    for row in rows:
        more = min(free / elastic, PLOTS[0] * (GROWN - 1)) if row.elastic else 0.0
        _put_row(page, row, row.draw(max(0.0, more)))
    return page


def finish_page(report: Report, page: Page, number: int, count: int) -> Piece:
    """The page as a whole: with the board's name and days above, the source and its number below."""
    theme = read_theme()
    gray, foot = theme["grayTextColor"], HEIGHT - MARGIN + 6
    body = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>'
    if number > 1:
        body += write_line(report.title, MARGIN, MARGIN + 4, TEXT, theme["textColor"])
        days = fit_text(report.subtitle, INNER - 260, SMALL)
        body += write_line(days, WIDTH - MARGIN, MARGIN + 4, SMALL, gray, anchor="end")
        body += write_rule(MARGIN, MARGIN + 12, INNER, theme["borderColor"])
    body += place(Piece(page.body, INNER, ROOM), MARGIN, MARGIN + HEAD)
    body += write_line(report.source, MARGIN, foot, SMALL, gray)
    told = translate(report.locale, "Page {page} of {pages}", page=number, pages=count)
    body += write_line(told, WIDTH - MARGIN, foot, SMALL, gray, anchor="end")
    return Piece(body, WIDTH, HEIGHT)


def _put_row(page: Page, row: Row, piece: Piece) -> None:
    top = page.used + (GAP if page.used else 0)
    page.body += place(piece, 0, top)
    for left, down, wide, tall, address in row.links:
        page.links.append((MARGIN + left, MARGIN + HEAD + top + down, wide, tall, address))
    page.begins += row.begins
    page.used = top + piece.height


def _keep(piece: Piece, **rest: Any) -> Row:
    """A row that is as it is."""
    return Row(piece.height, lambda more: piece, **rest)


def _make_head(report: Report) -> Row:
    """What the first page begins with: the board, what it's for, its filters and how fresh it is."""
    theme = read_theme()
    ink, gray = theme["textColor"], theme["grayTextColor"]
    told = [write_lines(text, INNER, TEXT + 2, ink, most=3) for heading, text in report.told if not heading]
    facts = "  ·  ".join(f"{heading}: {text}" for heading, text in report.facts)
    title = write_lines(report.title, INNER, 30, ink, most=2)
    address = fit_text(report.link, INNER, SMALL)
    link = Piece(write_line(address, 0, SMALL, SMALL, theme["linkColor"]), INNER, SMALL * 1.35)
    piece = stack([title, *told, write_lines(facts, INNER, TEXT, gray, most=4), link], 7)
    # The first page has no running title, so its head begins higher.
    height = piece.height - HEAD + 8
    whole = Piece(place(piece, 0, -HEAD), INNER, height)
    return _keep(whole, links=((0, height - 8 - link.height, INNER, link.height, report.link),))


def _make_rows(report: Report) -> Iterator[Row]:
    """The board's rows: as many tiles beside each other as their columns allow, all of one height."""
    waiting: list[Part] = []
    for part in report.parts:
        columns = sum(one.span[0] for one in waiting)
        if waiting and (part.kind == "section" or columns + part.span[0] > COLUMNS):
            yield _make_tiles(report, waiting)
            waiting = []
        if part.kind == "section":
            yield _make_section(part)
        else:
            waiting.append(part)
    if waiting:
        yield _make_tiles(report, waiting)


def _make_section(part: Part) -> Row:
    theme = read_theme()
    title = write_lines(part.title, INNER, 20, theme["textColor"], most=2)
    texts = [text for heading, text in part.told if not heading]
    told = [write_lines(text, INNER, TEXT, theme["grayTextColor"], most=3) for text in texts]
    return _keep(stack([title, *told], 3), begins=(part.title,), heads=True)


def _make_tiles(report: Report, parts: list[Part]) -> Row:
    """Tiles beside each other; where they leave columns free, they are as wide as the page all the same."""
    columns = sum(part.span[0] for part in parts)
    free = INNER - GAP * (len(parts) - 1)
    widths = [free * part.span[0] / columns for part in parts]
    lefts = [sum(widths[:at]) + GAP * at for at in range(len(parts))]
    plain = [_draw_tile(report, part, wide, 0.0, True) for part, wide in zip(parts, widths, strict=True)]
    least = max(piece.height for piece in plain) + 2 * PADDING

    def draw(more: float) -> Piece:
        pieces = [
            _draw_tile(report, part, wide, more, False) if part.shown in SHARED else piece
            for part, wide, piece in zip(parts, widths, plain, strict=True)
        ]
        height = max(piece.height for piece in pieces) + 2 * PADDING
        frames = [frame(piece, wide, height, PADDING) for piece, wide in zip(pieces, widths, strict=True)]
        return Piece("".join(place(one, left, 0) for one, left in zip(frames, lefts, strict=True)), INNER, height)

    links = [
        (left, 0.0, wide, PADDING + 20, address)
        for part, left, wide in zip(parts, lefts, widths, strict=True)
        if (address := report.find_link(part))
    ]
    begins = tuple(part.title for part in parts if part.title)
    return Row(least, draw, tuple(links), begins, elastic=all(part.shown in SHARED for part in parts))


def _draw_tile(report: Report, part: Part, width: float, more: float, blank: bool) -> Piece:
    """A tile's content; `blank` leaves charts out that may get another height, and keeps their room."""
    inner, tall = width - 2 * PADDING, part.span[1] > 1
    if part.kind == "card":
        ink = read_theme()["textColor"]
        title = write_lines(part.title, inner, 15, ink) if part.title else EMPTY
        return stack([title, *(write_lines(text, inner, TEXT, ink, most=30) for _, text in part.told)], 6)
    room = ROOM - 2 * PADDING - 40
    return draw_part(part, inner, PLOTS[tall] + more, report.locale, MOST_ROWS[tall], room, blank=blank)


def _fill_columns(report: Report) -> list[Piece]:
    """The definitions as columns of text, each as high as a page allows."""
    width, most = (INNER - 2 * GAP) / 2, ROOM - 30
    columns: list[list[Piece]] = []
    used = most + 1
    for definition in report.definitions:
        piece = _draw_definition(definition, width)
        if used + piece.height + 12 > most:
            columns.append([])
            used = 0.0
        columns[-1].append(piece)
        used += piece.height + 12
    return [stack(column, 12) for column in columns]


def _draw_definition(definition: Definition, width: float) -> Piece:
    theme = read_theme()
    told = " ".join(filter(None, (definition.text, definition.reading)))
    return stack(
        [
            write_lines(definition.label, width, TEXT, theme["textColor"]),
            write_lines(told, width, SMALL, theme["textColor"]),
            write_lines(definition.formula, width, SMALL, theme["grayTextColor"], most=4),
        ],
        2,
    )


def _draw_definitions(report: Report) -> Iterator[Page]:
    """Pages of definitions, in two columns."""
    columns, title = _fill_columns(report), translate(report.locale, "Definitions")
    for at in range(0, len(columns), 2):
        page = Page()
        head = write_lines(title, INNER, 20, read_theme()["textColor"])
        _put_row(page, _keep(head, begins=() if at else (title,)), head)
        pair = columns[at : at + 2]
        body = "".join(place(piece, side * (pair[0].width + 2 * GAP), 0) for side, piece in enumerate(pair))
        shown = Piece(body, INNER, max(piece.height for piece in pair))
        _put_row(page, _keep(shown), shown)
        yield page
