"""Question -> which rows are behind its number: of one view, the columns that may be seen, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from semantic.catalogue import Catalogue, View
from semantic.each import list_sources
from semantic.errors import Problem, Refused, suggest_name
from semantic.expressions import RowSql, find_columns
from semantic.names import is_time_name
from semantic.question import Question
from semantic.resolved import (
    CURRENT,
    Change,
    Column,
    DimensionKey,
    Each,
    Frame,
    Key,
    Leaf,
    Newness,
    RowChoice,
    RowColumn,
    SegmentKey,
    State,
    Steps,
    spreads,
)
from semantic.values import list_leaves


def choose_rows(catalogue: Catalogue, question: Question, columns: Sequence[Column], keys: Sequence[Key]) -> RowChoice:
    """The rows that feed the asked metrics, as columns of their view without what is personal, the asked keys first.

    A row of which a key has several values at once stands under each, as it counts in each group.

    Raises Refused where the metrics have no rows in common, or where no rows of one view say how they came about.
    """
    assert question.rows is not None, "rows are asked"
    some = any(is_time_name(item.dimension) for item in question.filters)
    daily = not some and any(name in question.by for name in ("day", "hour", "minute"))
    feeds = tuple(dict.fromkeys(leaf for column in columns for leaf in _list_feeds(column, daily)))
    _check_feeds(catalogue, feeds, [column.name for column in columns if column.role == "metric"])
    if question.limit is not None:
        raise _refuse("limit", "rows= says how many rows are shown already", "Leave limit= out")
    view = feeds[0].view
    known = list(_list_columns(catalogue, view, keys))
    shown = [_find_column(catalogue, view, name, known, "rows") for name in question.columns] or known
    order = tuple(
        (_find_column(catalogue, view, item.column, known, "order"), item.descending) for item in question.order
    )
    entity = next(iter(catalogue.views[view].keys.values()), ())
    last = tuple(RowColumn(name, name) for name in entity) or tuple(item for item in known if item.key is None)
    last += tuple(item for item in known if item.key is not None and spreads(item.key, view))
    count = question.rows
    return RowChoice(feeds, tuple(shown), order, last, count, count * (question.page - 1))


def is_personal(view: View, column: str) -> bool:
    """Whether a column of the view holds what a dimension calls personal, or is what that is made of."""
    for name, dimension in view.dimensions.items():
        if dimension.pii:
            made_of = [name] if dimension.sql is None else [found.name for found in find_columns(dimension.sql.tree)]
            if column.lower() in (part.lower() for part in made_of):
                return True
    return False


def _list_feeds(column: Column, daily: bool) -> Iterator[Leaf]:
    """The leaves of a column whose rows are those of the asked period, an Each by what it is made of.

    `daily` says that a window is read on every day of the question.
    """
    if column.role != "metric":
        return
    leaves = [leaf for leaf in list_leaves(column.value) if leaf.variant.label == CURRENT]
    if isinstance(column.value, Change) and column.value.how == "value":
        name = _name(list_leaves(column.value.now)[0])
        raise _refuse("rows", f"{column.name} is that of an earlier period", f"Ask the rows of {name} in that period")
    for leaf in leaves:
        match leaf.how:
            case Each():
                for part in list_sources(leaf.how.value):
                    if isinstance(part.how, Frame):
                        found = f"{column.name} is made of windows, which lie over each other"
                        raise _refuse("rows", found, "Ask the rows of the metric that it is made of")
                    yield _narrow_part(part, leaf.how)
            case Steps():
                first = leaf.how.steps[0].name
                found = f"{column.name} follows each {leaf.how.by} over several steps, which no single row shows"
                raise _refuse("rows", found, f"Ask the rows of a step: metric={first}")
            case Newness():
                found = f"{column.name} is told by the whole history of each {leaf.how.by}, which no single row shows"
                raise _refuse("rows", found, "Ask the rows of the metric that it is made of")
            case Frame() if daily:
                yield replace(leaf, how=None)  # the windows of all days lie side by side
            case Frame():
                found = f"{column.name} is a window that is read on some days only"
                raise _refuse("rows", found, "Ask it by=day, or for a period of one day without a grain in by=")
            case _:
                yield leaf


def _narrow_part(part: Leaf, how: Each) -> Leaf:
    """A leaf that is worked out per period or entity: of whole periods, or of rows that name an entity."""
    if how.window:
        return replace(part, variant=replace(part.variant, window=how.window, asked=part.variant.measured))
    known = []
    for reached in (key.reached[part.view] for key in how.keys):
        names = [*(step.name for step in reached.path.steps), reached.name]
        column = exp.column(exp.to_identifier(names[-1], quoted=True), *reversed(names[:-1]))
        known.append(RowSql(f"{'.'.join(names)} is known", exp.Not(this=exp.Is(this=column, expression=exp.Null()))))
    return replace(part, wheres=(*part.wheres, *known))


def _check_feeds(catalogue: Catalogue, feeds: Sequence[Leaf], names: Sequence[str]) -> None:
    views = list(dict.fromkeys(leaf.view for leaf in feeds))
    if len(views) > 1:
        verb = "come" if len(names) > 1 else "comes"
        told = f"{_join(names)} {verb} from rows of {_join(views)}, which are no rows of one table"
        raise _refuse("rows", told, f"Ask those of one: metric={_name(feeds[0])}, say")
    clocks = list(dict.fromkeys(leaf.clock.column.text for leaf in feeds if leaf.clock))
    if len(clocks) > 1:
        told = f"{_join(names)} are counted by different times of {views[0]}: {_join(clocks)}"
        raise _refuse("rows", told, f"Ask those of one: metric={_name(feeds[0])}, say")
    for leaf in feeds:
        if isinstance(leaf.how, State) and catalogue.views[leaf.view].valid:
            raise _refuse("rows", f"{leaf.name} counts the states of a history", "Ask another metric")


def _name(leaf: Leaf) -> str:
    """The metric of a leaf, which a formula with a condition of its own calls `clicks of rate`."""
    return leaf.name.partition(" of ")[0]


def _list_columns(catalogue: Catalogue, view: str, keys: Iterable[Key]) -> Iterator[RowColumn]:
    """The asked keys, then the view's columns; one that a key has the name of is called view.column."""
    taken = set()
    for key in keys:
        if not isinstance(key, SegmentKey):
            taken.add(key.name.lower())
            yield RowColumn(key.name, _find_own(view, key), key)
    for column in catalogue.bound.columns[view]:
        if is_personal(catalogue.views[view], column):
            continue
        if column.lower() in taken:
            if not any(_find_own(view, key) == column for key in keys):
                yield RowColumn(f"{view}.{column}", column)
            continue
        yield RowColumn(column, column)


def _find_own(view: str, key: Key) -> str | None:
    """The column of the view that a key shows as it is."""
    if not isinstance(key, DimensionKey) or key.unit is not None:
        return None
    reached = key.reached[view]
    computed = reached.dimension is not None and reached.dimension.sql is not None
    return None if reached.path.steps or computed else reached.name.lower()


def _find_column(catalogue: Catalogue, view: str, name: str, known: Sequence[RowColumn], where: str) -> RowColumn:
    for column in known:
        if column.name.lower() == name.lower():
            return column
    if is_personal(catalogue.views[view], name):
        raise _refuse(where, f"{name} is personal, and isn't shown", "Choose another column", name)
    remedy = suggest_name(name, [column.name for column in known], "column")
    raise _refuse(where, f"the rows of {view} have no column {name}", remedy, name)


def _refuse(where: str, found: str, remedy: str, item: str | None = None) -> Refused:
    return Refused([Problem(where, found, remedy, (where, item))])


def _join(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
