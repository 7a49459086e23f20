"""Names of dimensions, columns, grains and parts -> what they mean for a view."""

from dataclasses import dataclass
from typing import get_args

from sqlglot import exp

from semantic.catalogue import Catalogue, Dimension, Grain, Text, View
from semantic.expressions import RowSql
from semantic.reach import Path, Step, Unreachable, resolve_name

GRAINS: tuple[Grain, ...] = get_args(Grain)
# Parts of time: what each counts, the finest grain that it needs, and what people call it.
PARTS: dict[str, tuple[Grain, str]] = {
    "hour_of_day": ("hour", "Hour of day"),
    "weekday": ("day", "Weekday"),
    "day_of_month": ("day", "Day of month"),
    "day_of_year": ("day", "Day of year"),
    "month_of_year": ("month", "Month of year"),
    "quarter_of_year": ("quarter", "Quarter of year"),
}
# What the key of a grain says of the others: a month knows its quarter, a week not its month.
DETERMINES: dict[str, frozenset[str]] = {
    "year": frozenset(),
    "half": frozenset({"year"}),
    "quarter": frozenset({"half", "year", "quarter_of_year"}),
    "month": frozenset({"quarter", "half", "year", "quarter_of_year", "month_of_year"}),
    "week": frozenset(),
}
DETERMINES["day"] = (DETERMINES["month"] | {"week", "month"} | set(PARTS)) - {"hour_of_day"}
DETERMINES["hour"] = DETERMINES["day"] | {"day", "hour_of_day"}
DETERMINES["minute"] = DETERMINES["hour"] | {"hour"}


@dataclass(frozen=True, slots=True)
class Reached:
    """A dimension, or a plain column, at the end of a path."""

    path: Path
    name: str
    dimension: Dimension | None  # None: a column that no dimension declares

    @property
    def key(self) -> tuple[str, str]:
        return self.path.view, self.name


def is_time_name(name: str) -> bool:
    """Whether the name is a grain or part of a metric's own clock."""
    return name in GRAINS or name in PARTS


def is_finer(grain: str, than: str) -> bool:
    """Whether a grain is finer than another, as a clock must not be asked: `day` is finer than `month`."""
    return GRAINS.index(grain) < GRAINS.index(than)


def clock_column(view: View) -> str | None:
    """The name of the view's clock where that is a plain column."""
    if view.time and isinstance(view.time.column.tree, exp.Column) and len(view.time.column.tree.parts) == 1:
        return str(view.time.column.tree.name)
    return None


def get_dimension(view: View, name: str) -> Dimension | None:
    """The dimension of that name; the view's clock is one without being declared."""
    if found := view.dimensions.get(name):
        return found
    if name == clock_column(view):
        return Dimension(label=Text((("", name.replace("_", " ").capitalize()),)))
    return None


def find_dimension(catalogue: Catalogue, view: str, name: str, now: bool = False) -> Reached:
    """What a plain or qualified dimension name means for the view; `now` as of the as-of day. Raises Unreachable."""
    path, last = resolve_name(
        name,
        catalogue.paths[view],
        catalogue.views,
        lambda owner, part: get_dimension(catalogue.views[owner], part) is not None,
    )
    if now:
        path = _look_at_now(catalogue.views[view], path)
    return Reached(path, last, get_dimension(catalogue.views[path.view], last))


def _look_at_now(view: View, path: Path) -> Path:
    """The path as of the as-of day; from a row of a history to itself, that is the row of its key that holds then."""
    steps = path.steps
    if not steps and view.valid and view.key:
        entity, keys = next(iter(view.keys.items()))
        steps = (Step(entity, entity, path.base, keys, keys, history=True, multi=view.multi),)
    return Path(path.base, steps, now=True)


def find_column(catalogue: Catalogue, view: str, parts: tuple[str, ...]) -> Reached:
    """A name in SQL: a column or dimension of the view, or of one that a join reaches. Raises Unreachable."""

    def holds(owner: str, part: str) -> bool:
        return (
            part.lower() in catalogue.bound.columns.get(owner, ())
            or get_dimension(catalogue.views[owner], part) is not None
        )

    if len(parts) == 1:
        if not holds(view, parts[0]):
            raise Unreachable(())
        path, last = Path(view), parts[0]
    else:
        path, last = resolve_name(".".join(parts), catalogue.paths[view], catalogue.views, holds)
    if len(parts) == 1 and last.lower() in catalogue.bound.columns.get(view, ()):
        return Reached(path, last, None)
    return Reached(path, last, catalogue.views[path.view].dimensions.get(last))


def list_dimensions(catalogue: Catalogue, view: str) -> dict[str, Reached]:
    """Every dimension that the view's metrics can be cut by, under the shortest name that means it here."""
    found: dict[str, Reached] = {}
    for path in catalogue.paths[view]:
        for name, dimension in catalogue.views[path.view].dimensions.items():
            own = path.name or next(iter(catalogue.views[view].key), view)
            for candidate in (name, *(f"{step.name}.{name}" for step in path.steps), f"{own}.{name}"):
                try:
                    reached = find_dimension(catalogue, view, candidate)
                except Unreachable:
                    continue
                if reached.path == path:
                    found.setdefault(candidate, Reached(path, name, dimension))
                    break
    return found


def dimension_sql(dimension: Dimension | None, name: str) -> RowSql:
    """The SQL of a dimension or column, over its own view's columns."""
    if dimension is not None and dimension.sql is not None:
        return dimension.sql
    return column_sql(name)


def find_views_of(catalogue: Catalogue, name: str) -> list[str]:
    """The views that have a dimension of that name, plain or behind the name of its view or entity."""
    *owner, plain = name.split(".")
    return [
        view
        for view, item in catalogue.views.items()
        if plain in item.dimensions and (not owner or owner == [view] or owner[0] in item.key)
    ]


def column_sql(name: str) -> RowSql:
    """A plain column as SQL."""
    return RowSql(name, exp.column(exp.to_identifier(name, quoted=True)))
