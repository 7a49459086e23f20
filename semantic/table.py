"""Answer -> text for a terminal: columns side by side, totals under the rows, marks as footnotes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semantic.answer import Answer, Mark

WIDEST = 60  # columns of the screen that one cell takes
# How a marked cell is told; one with several marks by the first of them.
SIGNS: dict[Mark, str] = {
    "partial": "?",
    "base": "°",
    "open": "*",
    "window": "~",
    "short": "-",
    "settling": "+",
    "other": "†",
    "joined": ">",
    "left": "<",
}
NOTES: dict[Mark, str] = {
    "partial": "? the asked days cut a period that is known as a whole only, and leave it out",
    "base": "° of fewer than its min_base: too few to read",
    "open": "* its period isn't over in the data",
    "window": "~ some who began in it still have time to convert",
    "short": "- of a rolling window that begins before the data does",
    "settling": "+ it may still change",
    "other": "† all the others, recomputed from rows",
    "joined": "> had no state before: joined since",
    "left": "< has no state any more: gone since",
}
NOTHING, ALL = "–", "all"


def print_table(answer: Answer) -> str:
    """The answer as text: NULL is –, a column that a total sums over is `all`, a mark is a sign with a note below."""
    rows, totals = answer.rows(), answer.totals
    keys = set(answer.columns) if answer.plan.rows else {key.name for key in answer.plan.keys}
    order = list(SIGNS)
    ranked = sorted(answer.marks, key=lambda mark: -order.index(mark.mark))
    marks = {(mark.row, mark.column): mark.mark for mark in ranked}
    columns = []
    for name in answer.columns:
        cells = _show_column([row[name] for row in rows], [total.get(name, ALL) for total in totals], name in keys)
        signs = [SIGNS[marks[row, name]] if (row, name) in marks else "" for row in range(len(rows))]
        columns.append(_align(name, cells, signs, right=_is_right([row[name] for row in rows])))
    lines = [" ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    rule = "-" * max(map(measure_width, lines))
    head, body, foot = lines[:1], lines[1 : len(rows) + 1], lines[len(rows) + 1 :]
    shown = [*head, rule, *(body or ["no rows"]), *([rule, *foot] if foot else [])]
    notes = [NOTES[mark] for mark in SIGNS if mark in marks.values()]
    return "\n".join([*shown, *(["", *notes] if notes else [])])


def measure_width(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide letter, none for a mark on another."""
    return sum(_measure_letter(letter) for letter in text)


def _measure_letter(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_right(values: Sequence[object]) -> bool:
    return all(value is None or _is_number(value) for value in values)


def _show_column(rows: Sequence[Any], totals: Sequence[Any], key: bool) -> list[str]:
    """The cells of a column; its numbers share one count of decimals. A key's number is a name: 2017, not 2,017."""
    numbers = [float(value) for value in (*rows, *totals) if _is_number(value) and isfinite(value)]
    decimals = _choose_decimals(numbers)
    return [_show_cell(value, None if key else decimals) for value in (*rows, *totals)]


def _choose_decimals(numbers: Sequence[float]) -> int:
    """Two above 100, else four, or as many as the biggest has behind its zeros; and none that is 0 in every number."""
    biggest = max(map(abs, numbers), default=0.0)
    decimals = 2 if biggest >= 100 or not biggest else min(12, max(4, 3 - floor(log10(biggest))))
    while decimals and all(round(number, decimals) == round(number, decimals - 1) for number in numbers):
        decimals -= 1
    return decimals


def _show_cell(value: Any, decimals: int | None) -> str:
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if _is_number(value):
        return str(value) if decimals is None else f"{value:,.{decimals}f}"
    text = value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if measure_width(text) <= WIDEST else _cut(text)


def _cut(text: str) -> str:
    while measure_width(text) > WIDEST - 1:
        text = text[: -max(1, (len(text) - WIDEST) // 2)]
    return text + "…"


def _align(name: str, cells: Sequence[str], signs: Sequence[str], right: bool) -> list[str]:
    """The name and its cells, all of one width; behind them stand the signs where there are any."""
    sign = 1 if any(signs) else 0
    signs = [*signs, *[""] * (len(cells) - len(signs))]
    marked = [name + " " * sign, *(cell + mark.ljust(sign) for cell, mark in zip(cells, signs, strict=True))]
    width = max(map(measure_width, marked))
    gaps = [" " * (width - measure_width(cell)) for cell in marked]
    return [f"{gap}{cell} " if right else f"{cell}{gap} " for gap, cell in zip(gaps, marked, strict=True)]
