"""Entities: where the rows of a view name them, and which view holds all of them."""

from collections.abc import Iterable

from semantic.catalogue import Catalogue
from semantic.errors import Problem, Refused
from semantic.names import Reached
from semantic.reach import Path
from semantic.resolved import DimensionKey


def find_entity(catalogue: Catalogue, view: str, entity: str) -> tuple[Path, tuple[str, ...]]:
    """The columns that hold an entity's key, as near to the view as they are, and the path to them.

    Raises Refused where no join without a role leads to the entity, or several do.
    """
    own, join = catalogue.views[view].keys.get(entity), catalogue.views[view].joins.get(entity)
    if own is not None:
        return Path(view), own
    if join is not None and join.entity in (None, entity):
        return Path(view), join.columns
    found: dict[tuple[Path, tuple[str, ...]], None] = {}
    for path in catalogue.paths[view]:
        *before, last = path.steps or [None]
        if last is not None and last.entity == entity and not any(step.role for step in path.steps):
            found[Path(view, tuple(step for step in before if step)), last.columns] = None
    shortest = [(path, columns) for path, columns in found if len(path.steps) == len(next(iter(found))[0].steps)]
    if len(shortest) == 1:
        return shortest[0]
    what = f"names {entity} by {len(shortest)} joins" if shortest else f"has no join that leads to {entity}"
    raise Refused([Problem("metric", f"{view} {what}", f"A join of {view} named {entity} would do")])


def find_owner(catalogue: Catalogue, entity: str) -> str:
    """The view that has a row for each entity. Raises Refused where there is none, or more than one."""
    owners = [
        name for name, view in catalogue.views.items() if entity in view.key and not view.valid and not view.multi
    ]
    if len(owners) == 1:
        return owners[0]
    found = f"{' and '.join(owners)} each hold" if owners else "no view holds"
    raise Refused([Problem("metric", f"{found} a row for every {entity}", f"One view with the key {entity} would do")])


def build_entity_keys(catalogue: Catalogue, entity: str, views: Iterable[str]) -> tuple[DimensionKey, ...]:
    """The key of an entity, a column each, as every view names it. Raises Refused."""
    found = {view: find_entity(catalogue, view, entity) for view in views}
    count = max(len(columns) for _, columns in found.values())
    keys = []
    for place in range(count):
        reached = {view: Reached(path, columns[place], None) for view, (path, columns) in found.items()}
        first = next(iter(reached.values()))
        type_ = catalogue.bound.columns.get(first.path.view, {}).get(first.name.lower(), "")
        keys.append(DimensionKey(f"@{entity}" if count == 1 else f"@{entity}_{place + 1}", reached, type_))
    return tuple(keys)


def list_tie_breakers(catalogue: Catalogue, view: str) -> tuple[str, ...]:
    """The columns that put rows of equal time in order: the view's key where no two rows share it, else all columns."""
    found = catalogue.views[view]
    if found.keys and not found.valid and not found.multi:
        return next(iter(found.keys.values()))
    return tuple(catalogue.bound.columns.get(view, ()))
