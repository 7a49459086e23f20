"""The Boards page: a board's head, its bar, and its tiles in sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import streamlit as st

from semantic import Problem, Question, Source
from semantic.board import COLUMNS, Boards, Card, Item, Section, Widget
from semantic.line import join_pairs
from semantic.offer import read_label
from widgets.asking import Asking, ask_ahead
from widgets.boards.actions import draw_actions, draw_board_dialog
from widgets.boards.bar import draw_bar, draw_reset
from widgets.boards.edit import draw_edit_bar, draw_fault, draw_strip, draw_tile_dialog, is_edited
from widgets.boards.found import is_waiting
from widgets.boards.keep import draw_nothing_yet, draw_share, draw_states, list_pairs
from widgets.boards.opened import Opened, open_board
from widgets.boards.present import is_presented, present_board, watch_data
from widgets.boards.report import report_board
from widgets.boards.tile import draw_card, draw_told, draw_widget
from widgets.exports.menu import draw_board_files, find_base
from widgets.links import link_board
from widgets.messages import list_problems, show_unknown
from widgets.store.own import list_own
from widgets.texts import escape_markdown
from widgets.times import label_day, label_period, label_window
from widgets.words import find_language, say

NARROWEST = 200  # pixels of a column, before the board has fewer


def draw_boards(source: Source) -> None:
    """The board of the page's address, with its bar; where there is none, which there are."""
    _show_broken(source)
    if is_waiting(st.query_params):
        st.skeleton(height=400)  # the browser is asked for the board, and the page is drawn again when it answers
        return
    opened = open_board(source)
    if not isinstance(opened, Opened):
        _draw_no_board(*opened)
        return
    ahead = ask_ahead(source, opened.catalogue, "board", opened.questions)
    if is_presented():
        with present_board():
            _draw_name(opened)
        st.caption(escape_markdown(tell_head(opened)))
    else:
        with st.container():  # each of these is one place, so that the tiles aren't drawn anew when they come and go
            draw_states(opened)
        _draw_head(source, opened)
        draw_bar(source, opened)
    show_unknown(opened.problems)
    with st.container():
        if is_edited(opened):
            draw_edit_bar(opened)
        if not opened.board.widgets:
            draw_nothing_yet(opened)
    for number, (section, items) in enumerate(split_sections(opened.board.widgets)):
        if section:
            _draw_section(opened, section[0], section[1])
        if not items:
            continue
        grid = st.grid(COLUMNS, min_column_width=NARROWEST, border=True, key=f"tiles_{number}")
        for place, item in items:
            columns, rows = item.span
            with grid.cell(column_span=columns, row_span=rows):
                _draw_item(source, opened, place, item, ahead)
    draw_board_dialog(opened)
    draw_tile_dialog(opened)
    watch_data(source)


def _draw_section(opened: Opened, place: int, section: Section) -> None:
    """A heading and what is said of it."""
    if is_edited(opened):
        draw_strip(opened, place, section)
    st.subheader(escape_markdown(section.section.read(opened.language)), anchor=False)
    draw_told(section, opened.language)


def _draw_item(
    source: Source, opened: Opened, place: int, item: Widget | Card, ahead: Mapping[Question, Asking]
) -> None:
    """A tile; on a board that is being edited with the strip by which it's moved."""
    with st.container(key=f"arranged_{place}", gap="xsmall"):
        with st.container():
            if is_edited(opened):
                draw_strip(opened, place, item)
        if place in opened.found.faults:
            draw_fault(opened, place, item)
        elif isinstance(item, Widget):
            draw_widget(source, opened, place, item, ahead[opened.fitted[place].question])
        else:
            draw_card(item, opened.language)


def split_sections(
    items: tuple[Item, ...],
) -> Iterator[tuple[tuple[int, Section] | None, list[tuple[int, Widget | Card]]]]:
    """The tiles under each heading, each with its place on the board; the first ones may have no heading."""
    section: tuple[int, Section] | None = None
    found: list[tuple[int, Widget | Card]] = []
    for place, item in enumerate(items):
        if isinstance(item, Section):
            if section or found:
                yield section, found
            section, found = (place, item), []
        else:
            found.append((place, item))
    yield section, found


def _draw_head(source: Source, opened: Opened) -> None:
    """The board's name, what it's for, its days, its link."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _draw_name(opened)
        draw_reset(source, opened)
        draw_share(opened)
        base, head = find_base(), tell_head(opened)
        stamp = f"{join_pairs(list_pairs(opened))} {opened.language} {source.serve().engine.version}"
        with st.container(width="content"):
            draw_board_files(lambda tell: report_board(source, opened, base, head, tell), stamp, "files")
        draw_actions(opened)
    draw_told(opened.board, opened.language)
    st.caption(escape_markdown(tell_head(opened)))


def _draw_name(opened: Opened) -> None:
    name = read_label(opened.board.label, opened.name or say("Board without a name"), opened.language)
    st.header(escape_markdown(name), anchor=False)
    st.space("stretch")


def tell_head(opened: Opened) -> str:
    """`Last 90 days: 18 Aug – 15 Nov 2024 · compared with 20 May – 17 Aug 2024 · data until 15 Nov 2024`."""
    parts = []
    if opened.bar.period:
        label, days = label_period(opened.bar.period), label_window(opened.window)
        parts.append(label if label == days[:1].upper() + days[1:] else f"{label}: {days}")
    if opened.compared:
        parts.append(say("compared with {what}", what=label_window(opened.compared)))
    if opened.catalogue.bound.newest:
        parts.append(say("data until {day}", day=label_day(opened.catalogue.bound.newest)))
    told = " · ".join(parts)
    return told[:1].upper() + told[1:]


def _show_broken(source: Source) -> None:
    """A banner: the boards were edited and are wrong, and the last good ones go on serving."""
    shelved = source.serve_boards()
    if shelved.problems:
        if shelved.boards.boards:
            told = say("boards.yml has a mistake, so its last good version is shown.")
        else:
            told = say("boards.yml has a mistake, so there is none to show.")
        again = say("It is read again as soon as it is saved.")
        st.error(f"**{told}** {again}\n\n{list_problems(shelved.problems)}", icon=":material/edit_note:")


def _draw_no_board(boards: Boards, problems: tuple[Problem, ...]) -> None:
    """No board by the address's name, or none at all."""
    if problems:
        told = say("This link asks for a board that isn't there.")
        st.warning(f"**{told}**\n\n{list_problems(problems)}", icon=":material/link_off:")
    if not boards.boards:
        told = say("**There is no board yet.** A boards.yml beside the catalogue would hold some.")
        st.info(told, icon=":material/inbox:")
    for name, label in list_own().items():
        link_board(name, label)
    for name, board in boards.boards.items():
        link_board(name, read_label(board.label, name, find_language()))
