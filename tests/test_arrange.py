"""How tiles are moved and resized: places on a wide screen, and what each direction means there."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic.board import COLUMNS, Card, Item, Section, Size
from semantic.catalogue import Text
from widgets.boards.arrange import (
    Way,
    duplicate_item,
    edit_item,
    find_end,
    find_section,
    find_span,
    find_target,
    move_item,
    place_items,
    remove_item,
)

TEXT = Text((("", "x"),))


def make_items(sizes: str) -> list[Item]:
    """`2x1 1x2 | 4x1`: cards of these sizes, a heading for each bar."""
    return [
        Section(section=TEXT) if size == "|" else Card(card=TEXT, size=size)  # type: ignore[arg-type]  # a size, in text
        for size in sizes.split()
    ]


SIZES = st.lists(st.sampled_from([*get_args(Size), "|"]), min_size=1, max_size=12).map(" ".join)


@given(SIZES)
def test_tiles_lie_beside_each_other_in_order(sizes: str) -> None:
    items = make_items(sizes)
    lies = place_items(items)
    taken: set[tuple[int, int, int]] = set()
    assert list(lies) == [place for place, item in enumerate(items) if isinstance(item, Card)]
    assert list(lies.values()) == sorted(lies.values())
    for place, (section, row, column) in lies.items():
        item = items[place]
        assert isinstance(item, Card)
        cells = {(section, row + r, column + c) for r in range(item.span[1]) for c in range(item.span[0])}
        assert not cells & taken
        assert column + item.span[0] <= COLUMNS
        taken |= cells


@given(SIZES, st.sampled_from(get_args(Way)), st.integers(0, 11))
def test_move_keeps_all_and_goes_where_it_says(sizes: str, way: Way, place: int) -> None:
    items = make_items(sizes)
    place %= len(items)
    target = find_target(items, place, way)
    if target is None:
        return
    names = [str(number) for number in range(len(items))]
    moved = move_item(names, place, target)
    assert sorted(moved) == sorted(names)
    assert moved.index(str(place)) == target
    assert (target < place) == (way in ("left", "up"))


@pytest.mark.parametrize(
    ("sizes", "place", "way", "moved"),
    [
        ("1x1 1x1 1x1 1x1 2x1 2x1", 5, "up", "015234"),  # onto the tile that begins above it
        ("1x1 1x1 1x1 1x1 2x1 2x1", 0, "down", "123405"),
        ("1x1 | 1x1", 2, "up", "021"),  # out of the section
        ("1x1 | 1x1", 0, "down", "102"),  # into it
        ("1x1 1x1", 1, "left", "10"),
    ],
)
def test_direction_is_that_of_the_screen(sizes: str, place: int, way: Way, moved: str) -> None:
    items = make_items(sizes)
    target = find_target(items, place, way)
    assert target is not None
    assert "".join(move_item(list("0123456"[: len(items)]), place, target)) == moved


def test_edge_has_no_way_beyond() -> None:
    items = make_items("1x1 1x1")
    assert [find_target(items, 0, way) for way in get_args(Way)] == [None, 1, None, None]


def test_tile_goes_to_the_end_of_a_section() -> None:
    items = make_items("1x1 | 1x1 1x1 | 1x1")
    assert [find_section(items, place) for place in (0, 2, 5)] == [0, 1, 2]
    for place, section, moved in (
        (0, 1, "123045"),
        (0, 2, "123450"),
        (5, 0, "051234"),
        (5, 1, "012354"),
        (2, 0, "021345"),
    ):
        assert "".join(move_item(list("012345"), place, find_end(items, section, place))) == moved


def test_sizes_go_on_to_the_next_that_there_is() -> None:
    found = {how: find_span((2, 3), how) for how in ("wider", "narrower", "taller", "shorter")}
    assert found == {"wider": (4, 3), "narrower": None, "taller": None, "shorter": (2, 2)}


def test_item_that_is_no_map_stays_as_it_is() -> None:
    stored = [{"line": "a", "title": "b"}, "odd"]
    assert edit_item(stored, 0, {"title": None, "size": "2x1"}) == [{"line": "a", "size": "2x1"}, "odd"]
    assert edit_item(stored, 1, {"title": "x"}) == edit_item(stored, 7, {}) == stored
    assert duplicate_item(stored, 1) == [*stored, "odd"]
    assert remove_item(stored, 0) == ["odd"]
    assert move_item(stored, 9, 0) == stored
