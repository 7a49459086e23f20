"""Overlaps as the reference counts them: everybody once, with the set of what they are in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import combinations
from typing import Any

from semantic.question import MetricAsk, Question
from tests.reference import Answered, Reference
from tests.reference_names import Names, Unanswerable
from tests.reference_order import order_rows
from tests.reference_periods import read_period
from tests.reference_time import ONE_DAY, is_time
from tests.world import Aggregate, Row, World, fold


def answer_overlap(world: World, question: Question, as_of: date | None) -> Answered:
    """How many are in exactly which segments, or values of a membership; or in every two. Raises Unanswerable."""
    return _Overlap(world, question, as_of).answer()


class _Overlap:
    def __init__(self, world: World, question: Question, as_of: date | None) -> None:
        assert question.journey, "the question asks an overlap"
        self.world, self.question, self.by = world, question, question.by
        self.pairs = "pairs" in question.journey.options
        self.segments, self.membership = choose(world, question)
        self.personal = {segment.name: segment for segment in question.personal}
        of = [world.segments[name].of for name in self.segments if name in world.segments]
        self.views = list(dict.fromkeys(of))
        if self.membership:
            owners = find_owners(world, next(iter(world.views[self.membership].key)))
            if len(owners) != 1:
                raise Unanswerable("several views hold a row for each")
            self.views = owners
        if not self.views:
            raise Unanswerable("nothing says whose segments these are")
        self.dated = any(world.views[view].valid for view in (*self.views, self.membership) if view)
        self.entity = self.find_entity()
        if "segment" in self.by:
            raise Unanswerable("segments of segments")
        self.check_time()
        self.check_keys()
        self.refs = {view: self.open_view(view, as_of) for view in self.views}

    def open_view(self, view: str, as_of: date | None) -> Reference:
        """The question about the rows of one of the views."""
        rows = {**self.world.metrics, "@rows": Aggregate(view, fold("count(*)"))}
        flat = replace(self.question, journey=None, metrics=(MetricAsk("@rows"),), order=(), limit=None, totals=False)
        if self.dated:
            flat = replace(flat, period=None)
        return Reference(replace(self.world, metrics=rows), flat, as_of)

    def find_entity(self) -> str | None:
        """What tells rows of several views to be of the same; of one view each row is one."""
        if self.membership:
            return next(iter(self.world.views[self.membership].key))
        keys = [self.world.views[view].key for view in self.views]
        if len(keys) == 1 and not self.world.views[self.views[0]].multi:
            return None
        shared = [entity for entity in keys[0] if all(entity in key for key in keys)]
        if not shared:
            raise Unanswerable("segments of strangers")
        return shared[0]

    def check_keys(self) -> None:
        """Raises Unanswerable where rows of one entity are in groups of their own."""
        several = [view for view in self.views if self.world.views[view].multi]
        for view, name in ((view, name) for view in several for name in self.by):
            path = Names(self.world).find_dimension(view, name).path
            if not path or path[0].name != self.entity:
                raise Unanswerable("a dimension of one of several rows")

    def check_time(self) -> None:
        """Raises Unanswerable where a period would have no one meaning."""
        if not self.dated and len(self.views) == 1:
            return
        first, last = read_period(self.question.period, date.max, self.world.week_start)
        if first or (last and not self.dated):
            raise Unanswerable("a period of several views, or of a day")
        if any(is_time(name) for name in (*self.by, *(filter_.dimension for filter_ in self.question.filters))):
            raise Unanswerable("a grain of several views, or of a day")

    def answer(self) -> Answered:
        rows = self.count_sets(self.by)
        sizes = reversed(range(len(self.by))) if self.question.totals else ()
        totals = [row for size in sizes for by in combinations(self.by, size) for row in self.count_sets(by)]
        order_rows(rows, (*self.by, "segments"), self.question, self.world.week_start)
        return Answered([*self.by, "segments", "count"], rows[: self.question.limit], totals)

    def count_sets(self, by: tuple[str, ...]) -> list[dict[str, Any]]:
        counts: Counter[Any] = Counter()
        for group, names in self.list_everybody(by):
            held = sorted(names)
            sets = [(name,) for name in held] + list(combinations(held, 2)) if self.pairs else [tuple(held)]
            counts.update((group, some) for some in sets)
        return [
            dict(zip(by, group, strict=True)) | {"segments": list(some), "count": count}
            for (group, some), count in counts.items()
        ]

    def list_everybody(self, by: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], set[Any]]]:
        """Each entity, or row, with its group and what it is in."""
        groups: dict[Any, list[tuple[Any, ...]]] = {}
        held: dict[Any, set[Any]] = {}
        for view, ref in self.refs.items():
            leaf = ref.leaves[0]
            for row, moment in ref.list_rows(leaf, ref.frame):
                if not self.holds(ref, view, row):
                    continue
                who = id(row) if self.entity is None else ref.entity_of(view, row, self.entity)
                if who is None:
                    continue
                groups[who] = ref.read_groups(leaf, row, moment, by, ref.frame)
                names = held.setdefault(who, set())
                names |= self.list_values(ref, who) if self.membership else self.list_segments(ref, view, row)
        for who in groups:
            for group in groups[who]:
                yield group, held[who]

    def list_segments(self, ref: Reference, view: str, row: Row) -> set[str]:
        leaf = ref.leaves[0]
        found = set()
        for name in self.segments:
            if name in self.personal:
                moment = ref.moment_of(leaf, row)
                is_in = all(ref.meets(filter_, leaf, row, moment) for filter_ in self.personal[name].filters)
            else:
                segment = self.world.segments[name]
                is_in = segment.of == view and segment.where.read(ref.reader(view, row, None)) is True
            if is_in:
                found.add(name)
        return found

    def list_values(self, ref: Reference, who: Any) -> set[Any]:
        """The values that the entity's rows of the membership have."""
        assert self.membership, "the overlap is of a membership"
        assert self.entity, "a membership is somebody's"
        view = self.world.views[self.membership]
        name = self.question.journey.names[0].rpartition(".")[2] if self.question.journey else ""
        rows = [row for row in view.rows if row[view.key[self.entity]] == who]
        return {row[name] for row in rows if row[name] is not None and self.holds(ref, self.membership, row)}

    def holds(self, ref: Reference, view: str, row: Row) -> bool:
        """Whether a row of a history holds at the end of the period's last day; any other row does."""
        bounds = self.world.views[view].valid
        if not bounds:
            return True
        last = read_period(self.question.period, ref.as_of, self.world.week_start)[1]
        day = min(last or ref.as_of, ref.as_of) + ONE_DAY
        midnight = datetime.combine(day, time(), ref.zone).astimezone(UTC)
        since, until = (ref.read_moment(row[name]) for name in bounds)
        begun = since is None or (since.instant < midnight if since.instant else since.day < day)
        return begun and (until is None or (until.instant >= midnight if until.instant else until.day >= day))


def choose(world: World, question: Question) -> tuple[list[str], str | None]:
    """The segments, or the view of the one membership. Raises Unanswerable."""
    assert question.journey, "the question asks an overlap"
    personal = [segment.name for segment in question.personal]
    names: set[str] = set()
    for name in question.journey.names:
        if name == "all":
            names |= set(world.segments)
        elif name in world.segments or name in personal:
            names.add(name)
        else:
            several = [key for key, view in world.views.items() if view.multi and name in view.dimensions]
            if not several or len(question.journey.names) > 1:
                raise Unanswerable("no segment, and no membership")
            return [], several[0]
    return sorted(names), None


def find_owners(world: World, entity: str) -> list[str]:
    return [name for name, view in world.views.items() if entity in view.key and not view.valid and not view.multi]
