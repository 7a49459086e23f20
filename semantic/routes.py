"""What a question's expressions reach: the paths that its keys, filters, segments and aggregates take from a view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from semantic.catalogue import Catalogue
from semantic.expressions import Sql, find_columns, name_parts
from semantic.names import Reached, find_column
from semantic.reach import Path
from semantic.resolved import DimensionKey, Key, KeyFilter, Leaf, Membership, SegmentKey, TimeKey


def list_paths(
    catalogue: Catalogue,
    view: str,
    keys: Iterable[Key],
    filters: Iterable[KeyFilter],
    members: Iterable[Membership],
    leaves: Iterable[Leaf],
) -> Iterator[Path]:
    """Every path that is taken from the base view, some more than once."""
    return (found.path for found in list_reached(catalogue, view, keys, filters, members, leaves))


def list_reached(
    catalogue: Catalogue,
    view: str,
    keys: Iterable[Key],
    filters: Iterable[KeyFilter],
    members: Iterable[Membership],
    leaves: Iterable[Leaf],
) -> Iterator[Reached]:
    """Every dimension, column and view that is reached from the base view, some more than once."""
    for key in [*keys, *(item.key for item in filters)]:
        yield from _list_key(catalogue, view, key)
    for member in members:
        yield from _list_member(catalogue, view, member)
    for leaf in leaves:
        for sql in (leaf.sql, *leaf.wheres, *([leaf.clock.column] if leaf.clock else [])):
            yield from _list_sql(catalogue, sql, Path(view))


def _list_dimension(catalogue: Catalogue, reached: Reached) -> Iterator[Reached]:
    """A dimension, and what its own SQL reaches from there."""
    yield reached
    if reached.dimension and reached.dimension.sql:
        yield from _list_sql(catalogue, reached.dimension.sql, reached.path)


def _list_key(catalogue: Catalogue, view: str, key: Key) -> Iterator[Reached]:
    match key:
        case TimeKey():
            return
        case DimensionKey():
            if view in key.reached:
                yield from _list_dimension(catalogue, key.reached[view])
        case SegmentKey():
            for member in key.members:
                yield from _list_member(catalogue, view, member)
        case _:
            assert_never(key)


def _list_member(catalogue: Catalogue, view: str, member: Membership) -> Iterator[Reached]:
    if member.where is not None and view in member.reached:
        path = member.reached[view].path
        yield Reached(path, "", None)
        yield from _list_sql(catalogue, member.where, path)
    for item in member.filters:
        yield from _list_key(catalogue, view, item.key)


def _list_sql(catalogue: Catalogue, sql: Sql, path: Path) -> Iterator[Reached]:
    for column in find_columns(sql.tree):
        found = find_column(catalogue, path.view, name_parts(column))
        yield from _list_dimension(catalogue, Reached(path.extend(found.path), found.name, found.dimension))
