"""The Boards page: a board's head, its bar, and its tiles in sections."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from semantic import Problem, Source
from semantic.bar import print_bar
from semantic.board import COLUMNS, Boards, Card, Item, Section, Widget
from semantic.line import join_pairs
from semantic.offer import read_label
from widgets.boards.ahead import ask_ahead
from widgets.boards.bar import draw_bar, draw_reset
from widgets.boards.opened import Opened, open_board
from widgets.boards.report import report_board
from widgets.boards.tile import draw_card, draw_told, draw_widget
from widgets.copy_link import draw_copy_link
from widgets.exports.menu import draw_board_files, find_base
from widgets.labels import label_day, label_period, label_window
from widgets.links import BOARD, link_board
from widgets.messages import list_problems, show_unknown
from widgets.texts import escape_markdown
from widgets.words import find_language

NARROWEST = 200  # pixels of a column, before the board has fewer


def draw_boards(source: Source) -> None:
    """The board of the page's address, with its bar; where there is none, which there are."""
    _show_broken(source)
    opened = open_board(source)
    if not isinstance(opened, Opened):
        _draw_no_board(*opened)
        return
    ahead = ask_ahead(source, opened.catalogue, opened.questions)
    _draw_head(source, opened)
    draw_bar(source, opened)
    show_unknown(opened.problems)
    for number, (section, items) in enumerate(split_sections(opened.board.widgets)):
        if section:
            st.subheader(escape_markdown(section.section.read(opened.language)), anchor=False)
            draw_told(section, opened.language)
        if not items:
            continue
        grid = st.grid(COLUMNS, min_column_width=NARROWEST, border=True, key=f"tiles_{number}")
        for place, item in items:
            columns, rows = item.span
            with grid.cell(column_span=columns, row_span=rows):
                if isinstance(item, Widget):
                    draw_widget(source, opened, place, item, ahead[opened.fitted[place].question])
                else:
                    draw_card(item, opened.language)


def split_sections(items: tuple[Item, ...]) -> Iterator[tuple[Section | None, list[tuple[int, Widget | Card]]]]:
    """The tiles under each heading, each with its place on the board; the first ones may have no heading."""
    section: Section | None = None
    found: list[tuple[int, Widget | Card]] = []
    for place, item in enumerate(items):
        if isinstance(item, Section):
            if section or found:
                yield section, found
            section, found = item, []
        else:
            found.append((place, item))
    yield section, found


def _draw_head(source: Source, opened: Opened) -> None:
    """The board's name, what it's for, its days, its link."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(escape_markdown(read_label(opened.board.label, opened.name, opened.language)), anchor=False)
        st.space("stretch")
        draw_reset(source, opened)
        pairs = [(BOARD, opened.name), *print_bar(opened.bar, opened.board.start)]
        draw_copy_link(join_pairs(pairs), "copy_board")
        base, head = find_base(), tell_head(opened)
        stamp = f"{join_pairs(pairs)} {opened.language} {source.serve().engine.version}"
        with st.container(width="content"):
            draw_board_files(lambda tell: report_board(source, opened, base, head, tell), stamp, "files")
    draw_told(opened.board, opened.language)
    st.caption(escape_markdown(tell_head(opened)))


def tell_head(opened: Opened) -> str:
    """`Last 90 days: 18 Aug – 15 Nov 2024 · compared with 20 May – 17 Aug 2024 · data until 15 Nov 2024`."""
    parts = []
    if opened.bar.period:
        label, days = label_period(opened.bar.period), label_window(opened.window)
        parts.append(label if label == days[:1].upper() + days[1:] else f"{label}: {days}")
    if opened.compared:
        parts.append(f"compared with {label_window(opened.compared)}")
    if opened.catalogue.bound.newest:
        parts.append(f"data until {label_day(opened.catalogue.bound.newest)}")
    told = " · ".join(parts)
    return told[:1].upper() + told[1:]


def _show_broken(source: Source) -> None:
    """A banner: the boards were edited and are wrong, and the last good ones go on serving."""
    shelved = source.serve_boards()
    if shelved.problems:
        told = "its last good version is shown" if shelved.boards.boards else "so there is none to show"
        st.error(
            f"**boards.yml has a mistake, {told}.** It is read again as soon as it is saved.\n\n"
            f"{list_problems(shelved.problems)}",
            icon=":material/edit_note:",
        )


def _draw_no_board(boards: Boards, problems: tuple[Problem, ...]) -> None:
    """No board by the address's name, or none at all."""
    if problems:
        told = f"**This link asks for a board that isn't there.**\n\n{list_problems(problems)}"
        st.warning(told, icon=":material/link_off:")
    if not boards.boards:
        told = "**There is no board yet.** A boards.yml beside the catalogue would hold some."
        st.info(told, icon=":material/inbox:")
    for name, board in boards.boards.items():
        link_board(name, read_label(board.label, name, find_language()))
