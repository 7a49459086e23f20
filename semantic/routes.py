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
    for key in [*keys, *(item.key for item in filters)]:
        yield from _list_key_paths(catalogue, view, key)
    for member in members:
        yield from _list_member_paths(catalogue, view, member)
    for leaf in leaves:
        for sql in (leaf.sql, *leaf.wheres, *([leaf.clock.column] if leaf.clock else [])):
            yield from _list_sql_paths(catalogue, sql, Path(view))


def list_dimension_paths(catalogue: Catalogue, reached: Reached) -> Iterator[Path]:
    """The path to a dimension, and those that its own SQL takes from there."""
    yield reached.path
    if reached.dimension and reached.dimension.sql:
        yield from _list_sql_paths(catalogue, reached.dimension.sql, reached.path)


def _list_key_paths(catalogue: Catalogue, view: str, key: Key) -> Iterator[Path]:
    match key:
        case TimeKey():
            return
        case DimensionKey():
            if view in key.reached:
                yield from list_dimension_paths(catalogue, key.reached[view])
        case SegmentKey():
            for member in key.members:
                yield from _list_member_paths(catalogue, view, member)
        case _:
            assert_never(key)


def _list_member_paths(catalogue: Catalogue, view: str, member: Membership) -> Iterator[Path]:
    if member.where is not None and view in member.reached:
        path = member.reached[view].path
        yield path
        yield from _list_sql_paths(catalogue, member.where, path)
    for item in member.filters:
        yield from _list_key_paths(catalogue, view, item.key)


def _list_sql_paths(catalogue: Catalogue, sql: Sql, path: Path) -> Iterator[Path]:
    for column in find_columns(sql.tree):
        found = find_column(catalogue, path.view, name_parts(column))
        yield from list_dimension_paths(catalogue, Reached(path.extend(found.path), found.name, found.dimension))
