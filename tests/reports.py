"""Boards of the shop as reports, the way the Boards page makes them, without a browser."""

from collections.abc import Mapping
from pathlib import Path

from semantic import Problem, Source, open_source
from semantic.bar import apply_bar, read_bar
from semantic.board import Widget
from tests.shop import SHOP, write_catalogue, write_shop
from widgets.boards.found import Found
from widgets.boards.opened import Opened
from widgets.boards.page import tell_head
from widgets.boards.report import report_board
from widgets.drawing import choose_drawing
from widgets.exports.report import Report, read_part, report_part
from widgets.links import BOARD

BASE = "https://kpis.example.com"
BOARDS = """\
boards:
  trade:
    label: {en: Trade, pt: Comércio, ru: Торговля}
    text: What the shop sells.
    bar: [channel]
    defaults: period=2024-01-01..2024-03-31
    widgets:
      - line: metric=revenue&period=2024-01-01..2024-03-31&compare=2023-10-01..2023-12-31
        title: Takings
        text: What was paid.
        purpose: To see it.
      - {line: metric=revenue&by=month, title: "=1+1 [a]: month/month"}
      - line: metric=orders,express_rate&by=channel&period=2024-02-01..2024-03-31&compare=previous
        title: "=1+1 [a] month month"
      - section: People
      - {line: "metric=revenue&by=month,channel", title: By channel}
      - {line: metric=buyers&by=city, title: Cities}
      - {line: "metric=revenue&by=region&chart=table", title: Regions}
      - {line: "metric=orders&by=express&channel=nowhere", title: Nothing}
      - {card: An order belongs to its day., title: Days}
      - {line: metric=revenue&by=day, title: By day}
"""
HOSTILE = "=HYPERLINK(evil)"


def open_shop(folder: Path) -> Source:
    """The shop with its board, a channel that reads like a formula, and a metric that breaks when it's asked."""
    file = write_shop(folder)
    orders = folder / "orders.csv"
    orders.write_text(orders.read_text().replace(",shop,", f",{HOSTILE},"))
    broken = '  broken: {label: Broken, view: orders, sql: "sum(cast(channel as integer))"}\n'
    write_catalogue(file, SHOP + broken)
    boards = BOARDS + "      - {line: metric=broken, title: Breaks}\n"
    (folder / "boards.yml").write_text(boards, encoding="utf-8")
    return open_source(file)


def open_report(
    source: Source, name: str = "trade", faults: Mapping[int, tuple[Problem, ...]] | None = None, **address: str
) -> Report:
    """A board's report under the bar of such an address; `faults` are of the widgets whose lines can't be read."""
    serving = source.serve()
    boards = source.serve_boards(serving).boards
    board = boards.boards[name]
    bar, problems = read_bar(address.items(), board.start)
    fitted = {
        place: apply_bar(serving.catalogue, item.question, bar, start=board.start)
        for place, item in enumerate(board.widgets)
        if isinstance(item, Widget) and place not in (faults or {})
    }
    opened = Opened(serving.catalogue, boards, Found(name, {BOARD: name}, board, faults or {}), bar, fitted, problems)
    return report_board(source, opened, BASE, tell_head(opened))


def report_line(source: Source, line: str, title: str = "Asked") -> Report:
    """The report of one answer, as Explore makes it."""
    catalogue = source.serve().catalogue
    answer = source.ask(line)
    drawing = choose_drawing(source, catalogue, answer, answer.resolved.question)
    return report_part(catalogue, read_part(source, catalogue, drawing, title), BASE)
