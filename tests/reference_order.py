"""The order of a journey's rows, as asked and then by its keys; and what they are marked with."""

from functools import cmp_to_key
from typing import Any

from semantic.question import Question
from tests.reference import order_values
from tests.reference_time import WEEKDAYS


def order_rows(
    rows: list[dict[str, Any]], keys: tuple[str, ...], question: Question, week_start: str = "monday"
) -> None:
    """Puts the rows in order; a weekday counts from the start of the week."""
    first = WEEKDAYS.index(week_start) + 1

    def compare(a: dict[str, Any], b: dict[str, Any]) -> int:
        for order in question.order:
            if found := order_values(a[order.column], b[order.column], order.descending):
                return found
        for key in keys:
            x, y = a[key], b[key]
            if key == "weekday":
                x, y = (x - first) % 7, (y - first) % 7
            if found := order_values(x, y):
                return found
        return 0

    rows.sort(key=cmp_to_key(compare))


def take_marks(rows: list[dict[str, Any]]) -> frozenset[tuple[int, str, str]]:
    """Row, column and mark of each mark; the rows are without them then."""
    return frozenset(
        (place, column, mark) for place, row in enumerate(rows) for column, mark in row.pop("@marks").items()
    )
