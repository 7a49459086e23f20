"""Asks the compiler and tells whether two answers are the same, whatever types their numbers have."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from semantic import Source, open_source
from tests.world import World, write_world

Rows = Sequence[Mapping[str, Any]]


@contextmanager
def open_world(world: World) -> Iterator[Source]:
    """The world as a catalogue over a DuckDB file."""
    with TemporaryDirectory() as folder:
        source = open_source(write_world(world, Path(folder)), numbered_from=0, few_rows=3)
        try:
            yield source
        finally:
            source.serve().engine.retire()


def is_same(a: Any, b: Any) -> bool:
    """Whether two values are equal; floats to 1e-9 of their size, instants in whatever zone."""
    if isinstance(a, (int, float, Decimal)) and isinstance(b, (int, float, Decimal)):
        return isinstance(a, bool) == isinstance(b, bool) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, datetime) and isinstance(b, datetime):
        if (a.tzinfo is None) != (b.tzinfo is None):
            return False
        return a == b if a.tzinfo is None else a.astimezone(UTC) == b.astimezone(UTC)
    return type(a) is type(b) and bool(a == b)


def is_same_row(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    return a.keys() == b.keys() and all(is_same(a[name], b[name]) for name in a)


def are_same(a: Rows, b: Rows) -> bool:
    """Whether the rows are the same in the same order."""
    return len(a) == len(b) and all(is_same_row(x, y) for x, y in zip(a, b, strict=True))


def are_same_set(a: Rows, b: Rows) -> bool:
    """Whether the rows are the same in any order."""
    left = list(b)
    for row in a:
        place = next((i for i, other in enumerate(left) if is_same_row(row, other)), None)
        if place is None:
            return False
        del left[place]
    return not left


def show_rows(rows: Rows) -> str:
    """Rows as a failing test tells them."""
    plain = [{k: str(v) if isinstance(v, date) else v for k, v in row.items()} for row in rows]
    return "\n".join(f"  {row}" for row in plain[:40]) or "  none"


def tell_difference(wanted: Rows, found: Rows) -> str:
    """The rows that only one of two answers has; all of them where only their order differs."""
    more = [row for row in found if not any(is_same_row(row, other) for other in wanted)]
    less = [row for row in wanted if not any(is_same_row(row, other) for other in found)]
    if not more and not less:
        more, less = list(found), list(wanted)
    told = f"{len(found)} rows, of which these should not be\n{show_rows(more)}\n"
    return f"{told}and {len(wanted)} should be, with\n{show_rows(less)}"
