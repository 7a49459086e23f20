"""What a name means to the reference: the joins that lead to a dimension, a column or a segment's view."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.reference_time import FINER_THAN_DAYS, PARTS, is_time
from tests.world import World


class Unanswerable(Exception):
    """The question has no right answer, for this reason."""


@dataclass(frozen=True)
class Step:
    """A many-to-one join: its name, whether it's a role, the column here, the view and its key there."""

    name: str
    role: bool
    column: str
    view: str
    key: str


Path = tuple[Step, ...]


@dataclass(frozen=True)
class Place:
    """A dimension or column at the end of a path, cut to a grain or part where it's a time; `now` is as of today."""

    path: Path
    view: str
    name: str
    grain: str | None = None
    now: bool = False


class Names:
    """The names of a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.paths: dict[tuple[str, bool], list[Path]] = {}
        self.kept: dict[tuple[str, str], Place | Unanswerable] = {}

    def list_paths(self, view: str, roles: bool) -> list[Path]:
        """All paths from the view, through roles too or not, shortest first."""
        if (view, roles) not in self.paths:
            self.paths[view, roles] = list(self.walk(view, roles))
        return self.paths[view, roles]

    def list_joins(self, view: str) -> Iterator[Step]:
        """The view's own joins, and those to other views of its own entity."""
        found = self.world.views[view]
        joins = [(name, entity, column) for name, (entity, column) in found.joins.items()]
        joins += [(entity, entity, column) for entity, column in found.key.items() if entity not in found.joins]
        for name, entity, column in joins:
            for there, other in self.world.views.items():
                if entity in other.key and (there != view or name != entity):
                    yield Step(name, name != entity, column, there, other.key[entity])

    def walk(self, view: str, roles: bool, most: int = 4) -> Iterator[Path]:
        """Paths from the view, shortest first; a view is met twice through roles only."""
        found: list[Path] = [()]
        for path in found:
            yield path
            seen = {view, *(step.view for step in path)}
            if len(path) < most:
                steps = list(self.list_joins(path[-1].view if path else view))
                steps = [step for step in steps if not path or step.role or step.column != path[-1].key]
                found += [(*path, step) for step in steps if (roles if step.role else step.view not in seen)]

    def find_dimension(self, view: str, name: str) -> Place:
        """What a dimension's name means to a metric of the view. Raises Unanswerable."""
        if (view, name) not in self.kept:
            try:
                self.kept[view, name] = self.look_at_now(view, name, self.search_dimension(view, name))
            except Unanswerable as reason:
                self.kept[view, name] = reason
        found = self.kept[view, name]
        if isinstance(found, Unanswerable):
            raise found
        return found

    def search_dimension(self, view: str, name: str) -> Place:
        *qualifiers, last = name.removesuffix("@now").split(".")
        grain = None
        if qualifiers and is_time(last):
            grain, last = last, qualifiers.pop()
        found = [path for path in self.list_paths(view, bool(qualifiers)) if self.holds(view, path, last)]
        if qualifiers:
            found = [path for path in found if self.passes(view, path, qualifiers)]
            at_end = [path for path in found if qualifiers[-1] in self.list_calls(view, path)[-1]]
            found = at_end or found  # the person's zone is that of a person rather than of the person's town
            found = [path for path in found if len(path) == len(found[0])]
        nearest: dict[str, int] = {}
        for path in found:
            nearest.setdefault(path[-1].view if path else view, len(path))
        found = [path for path in found if len(path) == nearest[path[-1].view if path else view]]
        if not found:
            raise Unanswerable("a dimension can't be reached")
        if len(found) > 1:
            raise Unanswerable("a dimension could be one of several")
        there = found[0][-1].view if found[0] else view
        if grain and self.world.views[there].type_of(last) == "DATE" and PARTS.get(grain, grain) in FINER_THAN_DAYS:
            raise Unanswerable("a DATE has no hours")
        return Place(found[0], there, last, grain)

    def look_at_now(self, view: str, name: str, place: Place) -> Place:
        """The place as the name asks for it: `@now`, where a history is on the way. Raises Unanswerable."""
        views, found = self.world.views, self.world.views[view]
        if not name.endswith("@now"):
            return place
        if not place.path and found.valid:  # from a row of a history to what holds of its key
            entity, column = next(iter(found.key.items()))
            place = replace(place, path=(Step(entity, False, column, view, column),))
        if not any(views[step.view].valid for step in place.path):
            raise Unanswerable("what has no history is the same at any time")
        return replace(place, now=True)

    def holds(self, view: str, path: Path, name: str) -> bool:
        there = self.world.views[path[-1].view if path else view]
        return name in there.dimensions or name == there.time

    def list_calls(self, view: str, path: Path) -> list[set[str]]:
        """What each view on a path may be called: the first by its entity, those behind a role by that alone."""
        return [
            {view, *self.world.views[view].key},
            *({step.name} if step.role else {step.name, step.view} for step in path),
        ]

    def passes(self, view: str, path: Path, qualifiers: list[str]) -> bool:
        """Whether the path comes by all that is named, in that order, and by no role that isn't."""
        wanted = list(qualifiers)
        for place, calls in enumerate(self.list_calls(view, path)):
            if wanted and wanted[0] in calls:
                wanted.pop(0)
            elif place and path[place - 1].role:
                return False
        return not wanted

    def find_column(self, view: str, name: str) -> Place:
        """What a name in SQL means: a column or dimension, here or over joins."""
        *qualifiers, last = name.split(".")
        for path in self.list_paths(view, True):
            there = self.world.views[path[-1].view if path else view]
            if [step.name for step in path] == qualifiers and (last in there.columns or last in there.dimensions):
                return Place(path, path[-1].view if path else view, last)
        raise KeyError(name)

    def find_segment(self, view: str, segment: str) -> Path:
        """The way to the view whose rows the segment picks. Raises Unanswerable."""
        target = self.world.segments[segment].of
        paths = [path for path in self.list_paths(view, False) if (path[-1].view if path else view) == target]
        if not paths:
            raise Unanswerable("a segment can't be reached")
        if len([path for path in paths if len(path) == len(paths[0])]) > 1:
            raise Unanswerable("a segment is reached in two ways")
        return paths[0]
