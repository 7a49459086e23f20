"""Paths: which views a view reaches over many-to-one joins, and which path a name means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semantic.catalogue import View

MOST_HOPS = 6
MOST_PATHS = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """One join: from `columns` here to `keys` of the view of that entity. A role is a name of its own."""

    name: str
    entity: str
    view: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    history: bool = False  # the view has intervals: it's joined as of a time
    multi: bool = False  # the key may stand in several rows of the view at once

    @property
    def role(self) -> bool:
        return self.name != self.entity


@dataclass(frozen=True, slots=True)
class Path:
    """A way from a base view over joins; without steps it's the base view itself.

    Histories on the way are joined as of the row's own time, or, with `now`, as of the as-of day.
    """

    base: str
    steps: tuple[Step, ...] = ()
    now: bool = False

    @property
    def view(self) -> str:
        return self.steps[-1].view if self.steps else self.base

    @property
    def name(self) -> str:
        """The names of its joins, dotted: `contact.city`."""
        return ".".join(step.name for step in self.steps)

    def extend(self, other: Path) -> Path:
        """This path, and then the other from where this one ends."""
        assert other.base == self.view, "the second path starts where the first one ends"
        return Path(self.base, self.steps + other.steps, self.now or other.now)

    @property
    def dated(self) -> bool:
        """Whether the row's own time says where it leads: a history on it is joined as of that."""
        return not self.now and any(step.history for step in self.steps)

    @property
    def bridge(self) -> Path | None:
        """The way up to the first view that a key may stand in several rows of; None where there is none."""
        place = next((place for place, step in enumerate(self.steps, 1) if step.multi), None)
        return None if place is None else self.cut(place)

    def cut(self, length: int) -> Path:
        """Its first steps; `now` only where that makes a difference."""
        steps = self.steps[:length]
        return Path(self.base, steps, self.now and any(step.history for step in steps))


class Unreachable(Exception):
    """A name that means nothing here, or more than one thing; `choices` are qualified names that would do."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(choices)
        self.choices = choices


def find_paths(views: Mapping[str, View]) -> dict[str, tuple[Path, ...]]:
    """All simple paths from every view, shortest first."""
    owners: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, view in views.items():
        for entity, columns in view.keys.items():
            owners.setdefault(entity, []).append((name, columns))
    edges: dict[str, list[Step]] = {}
    for name, view in views.items():
        steps = [
            Step(role, join.entity or role, owner, join.columns, keys)
            for role, join in view.joins.items()
            for owner, keys in owners.get(join.entity or role, [])
        ]
        for entity, columns in view.keys.items():
            if entity not in view.joins:
                steps += [Step(entity, entity, owner, columns, keys) for owner, keys in owners[entity]]
        edges[name] = [_describe_step(step, views) for step in steps if step.view != name or step.role]
    return {name: _walk_paths(name, edges) for name in views}


def _describe_step(step: Step, views: Mapping[str, View]) -> Step:
    return replace(step, history=views[step.view].valid is not None, multi=views[step.view].multi)


def _walk_paths(base: str, edges: Mapping[str, list[Step]]) -> tuple[Path, ...]:
    found = [Path(base)]
    for path in found:
        if len(path.steps) == MOST_HOPS or len(found) > MOST_PATHS:
            break
        seen = {base, *(step.view for step in path.steps[:-1])} if path.steps else set()
        # A view may be met again only through a role: the manager of a contact is a contact.
        found += [
            Path(base, (*path.steps, step))
            for step in edges[path.view]
            if step.role or not (step.view in seen | {path.view} or _turns(path, step))
        ]
    return tuple(found)


def _turns(path: Path, step: Step) -> bool:
    """Whether a step leaves by the key that the last one came by: whoever is there could have gone on at once."""
    return bool(path.steps) and not step.role and step.columns == path.steps[-1].keys


def resolve_name(
    name: str, paths: Iterable[Path], views: Mapping[str, View], holds: Callable[[str, str], bool]
) -> tuple[Path, str]:
    """The path and the last part of a plain or qualified name.

    `holds(view, name)` says whether the view has it. A plain name takes role-free paths only and must mean one view by
    one shortest path; a qualified one takes the shortest path that passes its qualifiers in order.
    Raises Unreachable, with the qualified names that would do.
    """
    *qualifiers, last = name.split(".")
    found = [path for path in paths if holds(path.view, last) and _passes(path, qualifiers, views)]
    if qualifiers and found:
        # The view that the qualifier names is nearer than one beyond it.
        found = [path for path in found if qualifiers[-1] in _names_of(path, len(path.steps), views)] or found
    shortest: dict[str, list[Path]] = {}
    for path in found:
        best = shortest.setdefault(path.view, [path])
        if path is not best[0] and len(path.steps) == len(best[0].steps):
            best.append(path)
    if qualifiers and len(shortest) > 1:
        least = min(len(best[0].steps) for best in shortest.values())
        shortest = {view: best for view, best in shortest.items() if len(best[0].steps) == least}
    choices = [path for best in shortest.values() for path in best]
    if len(choices) == 1:
        return choices[0], last
    if not choices and not qualifiers:
        choices = [path for path in paths if holds(path.view, last)][:6]
    names = [_qualify(path, choices, views) for path in choices]
    # What is reached by equal joins is told apart by its view.
    names = [path.view if names.count(name) > 1 else name for name, path in zip(names, choices, strict=True)]
    raise Unreachable(tuple(f"{name}.{last}" for name in names))


def _qualify(path: Path, choices: list[Path], views: Mapping[str, View]) -> str:
    """The shortest qualifier that tells a path from the other choices."""
    if not path.steps:
        return _own_name(path.base, views)
    others = {step.name for other in choices if other is not path for step in other.steps}
    roles = [step.name for step in path.steps if step.role]
    alone = [step.name for step in path.steps if step.name not in others]
    return alone[0] if alone and not roles else path.name


def _own_name(view: str, views: Mapping[str, View]) -> str:
    return next(iter(views[view].key), view)


def _names_of(path: Path, place: int, views: Mapping[str, View]) -> set[str]:
    """What a qualifier may call the view at that place of the path; a role is called by its own name only."""
    if place == 0:
        return {path.base, *views[path.base].key}
    step = path.steps[place - 1]
    return {step.name} if step.role else {step.name, step.view}


def _passes(path: Path, qualifiers: list[str], views: Mapping[str, View]) -> bool:
    wanted = list(qualifiers)
    for place in range(len(path.steps) + 1):
        names = _names_of(path, place, views)
        if wanted and wanted[0] in names:
            wanted.pop(0)
        elif place and path.steps[place - 1].role:
            return False
    return not wanted
