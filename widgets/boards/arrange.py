"""A board's items, in another order or size: what the menu of a tile and a drop do, as pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from semantic.board import COLUMNS, Card, Item, Section, Size, Widget

Json = Any  # an item as it's stored
Way = Literal["left", "right", "up", "down"]
Sizing = Literal["wider", "narrower", "taller", "shorter"]
SPANS = tuple((int(size[0]), int(size[2])) for size in get_args(Size))


def place_items(items: Sequence[Item]) -> dict[int, tuple[int, int, int]]:
    """Where each item comes to lie on a wide screen: (section, row, column), as a grid is filled in reading order."""
    found: dict[int, tuple[int, int, int]] = {}
    section, taken, row, column = 0, set[tuple[int, int]](), 0, 0
    for place, item in enumerate(items):
        if isinstance(item, Section):
            section, taken, row, column = section + 1, set(), 0, 0
            continue
        wide, tall = item.span
        cells = [(r, c) for r in range(tall) for c in range(wide)]
        while column + wide > COLUMNS or any((row + r, column + c) in taken for r, c in cells):
            row, column = (row, column + 1) if column + wide < COLUMNS else (row + 1, 0)
        taken |= {(row + r, column + c) for r, c in cells}
        found[place] = section, row, column
        column += wide
    return found


def find_target(items: Sequence[Item], place: int, way: Way) -> int | None:
    """The place that an item moves to; None where it's at the edge already."""
    if way in ("left", "right") or isinstance(items[place], Section):
        target = place + (1 if way in ("right", "down") else -1)
        return target if 0 <= target < len(items) else None
    lies = place_items(items)
    section, row, column = lies[place]
    others = [(at, *lie) for at, lie in lies.items() if lie[0] == section]
    step = -1 if way == "up" else 1
    rows = sorted({r for _, _, r, _ in others if (r - row) * step > 0}, key=lambda r: abs(r - row))
    if rows:
        return min((abs(c - column), at) for at, _, r, c in others if r == rows[0])[1]
    heads = [at for at, item in enumerate(items) if isinstance(item, Section) and (at - place) * step > 0]
    return min(heads, key=lambda at: abs(at - place)) if heads else None


def move_item(stored: Sequence[Json], place: int, target: int) -> list[Json]:
    """With the item of one place at another."""
    found = list(stored)
    if 0 <= place < len(found):
        found.insert(target, found.pop(place))
    return found


def find_end(items: Sequence[Item], section: int, place: int) -> int:
    """The place at the end of a section, for the item that is at `place` now; section 0 comes before all headings."""
    heads = [at for at, item in enumerate(items) if isinstance(item, Section)]
    end = heads[section] if section < len(heads) else len(items)
    return end - 1 if place < end else end


def find_span(span: tuple[int, int], sizing: Sizing) -> tuple[int, int] | None:
    """The next size in that direction; None where there is none."""
    wide, tall = span
    match sizing:
        case "wider":
            options = [one for one in SPANS if one[0] > wide and one[1] == tall]
        case "narrower":
            options = [one for one in SPANS if one[0] < wide and one[1] == tall]
        case "taller":
            options = [one for one in SPANS if one[1] > tall and one[0] == wide]
        case "shorter":
            options = [one for one in SPANS if one[1] < tall and one[0] == wide]
    return min(options, key=lambda one: abs(one[0] - wide) + abs(one[1] - tall), default=None)


def resize_item(stored: Sequence[Json], place: int, span: tuple[int, int]) -> list[Json]:
    """With the item of that place in another size."""
    return edit_item(stored, place, {"size": f"{span[0]}x{span[1]}"})


def edit_item(stored: Sequence[Json], place: int, parts: dict[str, Json]) -> list[Json]:
    """With these parts of an item set; one that is None is left out."""
    found = list(stored)
    if 0 <= place < len(found) and isinstance(found[place], dict):
        item = {**found[place], **parts}
        found[place] = {key: part for key, part in item.items() if part is not None}
    return found


def duplicate_item(stored: Sequence[Json], place: int) -> list[Json]:
    """With the item of that place a second time, after it."""
    return [*stored[: place + 1], *stored[place : place + 1], *stored[place + 1 :]]


def remove_item(stored: Sequence[Json], place: int) -> list[Json]:
    """Without the item of that place."""
    return [item for at, item in enumerate(stored) if at != place]


def list_sections(items: Sequence[Item]) -> list[Section]:
    """The headings of a board, in order."""
    return [item for item in items if isinstance(item, Section)]


def find_section(items: Sequence[Item], place: int) -> int:
    """The number of the section that a place is in."""
    return sum(isinstance(item, Section) for item in items[:place])


def has_span(item: Item) -> bool:
    """Whether an item has a size."""
    return isinstance(item, Widget | Card)
