"""Editing an own board: the bar above it, the strip on each tile with its menu, and the dialog of a tile's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import get_args

import streamlit as st

from semantic import Question, Refused, print_line, print_pairs
from semantic.bar import Bar, print_bar
from semantic.board import Card, Item, Section, Widget
from semantic.catalogue import Text
from semantic.line import join_pairs
from semantic.offer import offer_filters, read_label
from semantic.replace_metric import offer_replacement
from widgets.address import bind_value
from widgets.boards.arrange import (
    Sizing,
    Way,
    duplicate_item,
    edit_item,
    find_end,
    find_section,
    find_span,
    find_target,
    list_sections,
    move_item,
    remove_item,
    resize_item,
)
from widgets.boards.drag import watch_drops
from widgets.boards.opened import Opened
from widgets.boards.present import is_presented
from widgets.labels import label_key, title_question
from widgets.links import BACK, EXPLORE, keep_language
from widgets.messages import list_problems
from widgets.store.browser import find_kept
from widgets.store.own import EDITING, Json, change_board, change_items, find_history, list_items, undo_change
from widgets.texts import escape_markdown, shorten_text
from widgets.words import later, say

_DIALOG = "own.tile"  # in the session: the place of the tile whose words are open
MOST_FILTERS = 8
MOST_OF_TITLE, MOST_OF_WORDS, MOST_OF_LINE = 200, 2_000, 4_000
WAYS = {
    "left": (later("Move left"), ":material/arrow_back:"),
    "right": (later("Move right"), ":material/arrow_forward:"),
    "up": (later("Move up"), ":material/arrow_upward:"),
    "down": (later("Move down"), ":material/arrow_downward:"),
}
SIZINGS = {
    "wider": (later("Wider"), ":material/width_wide:"),
    "narrower": (later("Narrower"), ":material/width_normal:"),
    "taller": (later("Taller"), ":material/expand_more:"),
    "shorter": (later("Shorter"), ":material/expand_less:"),
}
CHANGES = {
    "words": (later("Edit the words …"), ":material/edit:"),
    "duplicate": (later("Duplicate"), ":material/content_copy:"),
    "remove": (later("Remove"), ":material/delete:"),
}


def is_edited(opened: Opened) -> bool:
    """Whether the board shows how it's changed."""
    return opened.is_own and st.session_state.get(EDITING) == opened.name and not is_presented()


def draw_edit_bar(opened: Opened) -> None:
    """Undo and redo, and what can be added; drops of tiles are heard from here on."""
    name, history = opened.name, find_history(opened.name)
    with st.container(horizontal=True, vertical_alignment="center", key="edit_bar"):
        st.button(
            say("Undo"),
            icon=":material/undo:",
            key="undo",
            disabled=not history.past,
            on_click=undo_change,
            args=(name,),
        )
        st.button(
            say("Redo"),
            icon=":material/redo:",
            key="redo",
            disabled=not history.future,
            on_click=undo_change,
            args=(name, True),
        )
        st.page_link(EXPLORE, label=say("Add a widget"), icon=":material/add_chart:", query_params=keep_language())
        st.button(
            say("Add a section"), icon=":material/title:", key="add_section", on_click=_add, args=(name, "section")
        )
        st.button(say("Add a text"), icon=":material/notes:", key="add_card", on_click=_add, args=(name, "card"))
        _draw_filters(opened)
        if replace(opened.bar, lang=None) != replace(opened.board.start, lang=None):
            told = say("The board begins with the filters that it has now")
            st.button(
                say("Begin with these filters"),
                icon=":material/filter_alt:",
                key="keep_bar",
                help=told,
                on_click=_keep_bar,
                args=(opened,),
            )
        watch_drops(_read_state(name), lambda start, target: _drop(name, start, target))
    st.caption(say("Drag a tile by its handle, or use its menu. Every change is saved in this browser at once."))


def _draw_filters(opened: Opened) -> None:
    """Which dimensions the bar offers, of those that one of the widgets can be filtered by."""
    with st.popover(say("Filters"), icon=":material/filter_list:", key="bar_filters", on_change="rerun") as popover:
        if not popover.open:
            return
        names = dict(_list_filters(opened))

        def choose(chosen: list[str]) -> None:
            change_board(opened.name, lambda value: edit_item([value], 0, {"bar": chosen or None})[0])

        here = list(opened.board.bar)
        options = list(dict.fromkeys((*here, *names)))
        st.multiselect(
            say("Filters of the board"),
            options,
            format_func=lambda name: names.get(name, name),
            select_all=False,
            help=say("Beside period and comparison"),
            max_selections=MOST_FILTERS,
            **bind_value("bar_names", here, choose),
        )


def _list_filters(opened: Opened) -> Iterator[tuple[str, str]]:
    """The dimensions that can be filtered by, each with its label."""
    asking = next(iter(opened.questions), Question())
    held = {name: label_key(opened.catalogue, name, asking) for name in opened.board.bar}
    yield from held.items()
    for item in opened.widgets:
        if item.question.metrics:
            for offer in offer_filters(opened.catalogue, item.question, language=opened.language):
                if not offer.reason and offer.label not in held.values():
                    yield offer.name, offer.label
    if opened.catalogue.segments:
        yield "segment", say("Segments")


def _read_state(name: str) -> str:
    entry = find_kept().stored.boards.get(name.partition(":")[2])
    return f"{name}.{entry.revision if entry else 0}"


def _drop(name: str, start: int, target: int) -> None:
    change_items(name, lambda items: move_item(items, start, target))


def _add(name: str, kind: str) -> None:
    """Adds a heading or a text at the end, and opens its words."""
    new = {"section": say("New section")} if kind == "section" else {"card": say("A text"), "size": "1x1"}
    change_items(name, lambda items: [*items, new])
    st.session_state[_DIALOG] = find_length(name) - 1


def find_length(name: str) -> int:
    """How many items an own board has."""
    entry = find_kept().stored.boards.get(name.partition(":")[2])
    return len(list_items(entry.value)) if entry else 0


def _keep_bar(opened: Opened) -> None:
    line = join_pairs(print_bar(replace(opened.bar, lang=None), Bar()))
    change_board(opened.name, lambda value: edit_item([value], 0, {"defaults": line or None})[0])
    st.query_params.from_dict(keep_language(opened.found.address.items()))


# --- a tile


def draw_strip(opened: Opened, place: int, item: Item) -> None:
    """What a tile is dragged by, the way to change what it asks, and the menu of all that can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall", key=f"strip_{place}"):
        with st.container(key=f"grip_{place}", width="content"):
            st.markdown(":gray[:material/drag_indicator:]")
        st.space("stretch")
        if isinstance(item, Widget) and (item.question.metrics or item.question.journey):
            address = {**dict(print_pairs(item.question)), BACK: f"{opened.name}.{place}"}
            st.page_link(
                EXPLORE,
                label=":material/query_stats:",
                query_params=keep_language(address.items()),
                help=say("Change what it asks, in Explore"),
            )
        options = _list_options(opened, place, item)
        st.menu_button(
            ":material/more_vert:",
            list(options),
            format_func=options.__getitem__,
            type="tertiary",
            key=f"menu_{place}",
            help=say("Change: {name}", name=escape_markdown(name_item(opened, item))),
            on_click=_act,
            args=(opened, place),
        )


def name_item(opened: Opened, item: Item) -> str:
    """What an item is called."""
    match item:
        case Section():
            return item.section.read(opened.language)
        case Card():
            return item.title.read(opened.language) if item.title else say("Text")
        case Widget():
            return item.title.read(opened.language) if item.title else _title_line(opened, item)


def _title_line(opened: Opened, item: Widget) -> str:
    """What a widget's line asks, in words; the line itself where it asks for what isn't there."""
    try:
        return title_question(opened.catalogue, item.question)
    except Refused:
        return shorten_text(item.line)


def _list_options(opened: Opened, place: int, item: Item) -> dict[str, str]:
    """What the menu offers, each with its label; what would do nothing isn't there."""
    items, found = opened.board.widgets, {}
    readable = place not in opened.found.faults or isinstance(item, Widget)
    if readable:
        found["words"] = _show(*CHANGES["words"])
    for way in get_args(Way):
        if find_target(items, place, way) is not None:
            found[way] = _show(*WAYS[way])
    if not isinstance(item, Section):
        if readable:
            for sizing in get_args(Sizing):
                if find_span(item.span, sizing):
                    found[sizing] = _show(*SIZINGS[sizing])
        for number, section in enumerate([None, *list_sections(items)]):
            if number != find_section(items, place) and (section or not isinstance(items[0], Section)):
                label = section.section.read(opened.language) if section else say("the top")
                found[f"to.{number}"] = f":material/move_down: {say('Move to {name}', name=escape_markdown(label))}"
    for change in ("duplicate", "remove"):
        found[change] = _show(*CHANGES[change])
    return found


def _show(label: str, icon: str) -> str:
    return f"{icon} {say(label)}"


def _act(opened: Opened, place: int) -> None:
    name, items = opened.name, opened.board.widgets
    chosen = st.session_state[f"menu_{place}"]
    if chosen in get_args(Way):
        target = find_target(items, place, chosen)
        if target is not None:
            change_items(name, lambda stored: move_item(stored, place, target))
    elif chosen in get_args(Sizing):
        item = items[place]
        span = None if isinstance(item, Section) else find_span(item.span, chosen)
        if span:
            change_items(name, lambda stored: resize_item(stored, place, span))
    elif chosen == "duplicate":
        change_items(name, lambda stored: duplicate_item(stored, place))
    elif chosen == "remove":
        change_items(name, lambda stored: remove_item(stored, place))
    elif chosen == "words":
        st.session_state[_DIALOG] = place
    elif chosen and chosen.startswith("to."):
        end = find_end(items, int(chosen[3:]), place)
        change_items(name, lambda stored: move_item(stored, place, end))


def draw_fault(opened: Opened, place: int, item: Item) -> None:
    """An item that can't be read or answered: why, and what would be shown in its place."""
    st.markdown(f"**{escape_markdown(name_item(opened, item))}**")
    st.warning(list_problems(opened.found.faults[place]), icon=":material/block:")
    offered = offer_replacement(opened.catalogue, item.question) if isinstance(item, Widget) else None
    if offered and opened.is_own:
        label = read_label(opened.catalogue.metrics[offered.name].label, offered.name, opened.language)
        line = print_line(offered.question)
        st.button(
            say("Show {name} instead", name=escape_markdown(label)),
            icon=":material/find_replace:",
            key=f"replace_{place}",
            on_click=change_items,
            args=(opened.name, lambda stored: edit_item(stored, place, {"line": line})),
        )


# --- a tile's words


def draw_tile_dialog(opened: Opened) -> None:
    """The dialog of a tile's words, while it's open."""
    place = st.session_state.get(_DIALOG)
    if isinstance(place, int) and is_edited(opened) and place < len(opened.board.widgets):
        st.dialog(say("Edit the words"), on_dismiss=_close, width="medium")(_draw_words)(opened, place)


def _close() -> None:
    st.session_state.pop(_DIALOG, None)


def _draw_words(opened: Opened, place: int) -> None:
    item = opened.board.widgets[place]
    with st.form("words", border=False):
        written = dict(_ask_words(opened, item))
        if st.form_submit_button(say("Save"), type="primary"):
            if all(written.get(key, "-").strip() for key in ("section", "card", "line")):
                change_items(opened.name, lambda stored: write_words(stored, place, written, opened.language))
                _close()
                st.rerun()
            st.caption(say("This can't be empty."))


def _ask_words(opened: Opened, item: Item) -> Iterator[tuple[str, str]]:
    """What is written in each field, by the key of the stored item, where it's another text than before."""
    asked = _title_line(opened, item) if isinstance(item, Widget) else None
    fields = {
        "section": say("Heading"),
        "title": say("Title"),
        "line": say("Line"),
        "card": say("Text"),
        "text": say("What it shows, in a sentence or two"),
    }
    for key, label in fields.items():
        if not hasattr(item, key):
            continue
        found = getattr(item, key)
        here = found.read(opened.language) if isinstance(found, Text) else found or ""
        if key in ("card", "text"):
            written = st.text_area(label, here, max_chars=MOST_OF_WORDS)
        else:
            most = MOST_OF_LINE if key == "line" else MOST_OF_TITLE
            written = st.text_input(label, here, max_chars=most, placeholder=asked if key == "title" else None)
        if written != here:
            yield key, written


def write_words(stored: Sequence[Json], place: int, written: Mapping[str, str], language: str) -> list[Json]:
    """With these texts in an item; one that it has in several languages is changed in this one."""
    item = stored[place] if place < len(stored) else None
    before = item if isinstance(item, dict) else {}
    parts = {
        key: {**before[key], language: text}
        if isinstance(before.get(key), dict) and text.strip()
        else text.strip() or None
        for key, text in written.items()
    }
    return edit_item(stored, place, parts)
