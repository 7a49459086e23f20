"""Cohorts as the reference counts them: who started when, by their first row of all, and who was there again later."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from semantic.question import MetricAsk, Question
from tests.reference import Answered, Reference
from tests.reference_names import Unanswerable
from tests.reference_order import order_rows, take_marks
from tests.reference_periods import Frame
from tests.reference_steps import find_entity, find_entity_column, list_rows_of
from tests.reference_time import GRAINS, ONE_DAY, Moment, add_units, cut_day
from tests.reference_values import Leaf, build_rows
from tests.world import Cohort, Row, World

CELL = ["cohort", "age", "count", "size", "rate"]


@dataclass(frozen=True)
class Start:
    """The first row of an entity."""

    entity: Any
    row: Row
    moment: Moment


def answer_cohort(world: World, question: Question, as_of: date | None) -> Answered:
    """The grid of cohorts and ages, of those who started in the period. Raises Unanswerable."""
    return _Grid(world, question, as_of).answer()


class _Grid:
    def __init__(self, world: World, question: Question, as_of: date | None) -> None:
        assert question.journey, "the question asks a cohort"
        self.question, self.by = question, question.by
        self.cohort = read_options(world.cohorts[question.journey.names[0]], question.journey.options)
        if set(self.by) & set(GRAINS):
            raise Unanswerable("a cohort is a period already")
        if set(self.by) & set(CELL):
            raise Unanswerable("two columns of one name")
        self.start, self.back = (build_rows(world, name, ()) for name in (self.cohort.start, self.cohort.back))
        metrics = {**world.metrics, "@start": self.start.metric}
        flat = replace(question, journey=None, metrics=(MetricAsk("@start"),), order=(), limit=None, totals=False)
        self.ref = Reference(replace(world, metrics=metrics), flat, as_of)
        for leaf in (self.start, self.back):
            find_entity_column(self.ref, leaf.metric.view, self.cohort.by)
        if self.ref.clock_of(self.back) is None:
            raise Unanswerable("nobody returns at no time")
        self.starts = find_starts(self.ref, self.start, self.cohort.by)
        self.returns = list_returns(self.ref, self.back, self.cohort.by)
        self.until, self.over = find_known(self.ref, self.back)

    def answer(self) -> Answered:
        keys = (*self.by, "cohort")
        rows = list(self.list_cells(self.by, True))
        totals: list[dict[str, Any]] = []
        if self.question.totals:
            levels = [level for size in range(len(keys)) for level in combinations(keys, size)]
            for level in levels:
                totals += self.list_cells(tuple(key for key in level if key != "cohort"), "cohort" in level)
        order_rows(rows, (*self.by, "cohort", "age"), self.question, self.ref.world.week_start)
        rows = rows[: self.question.limit]
        marks, _ = take_marks(rows), take_marks(totals)
        return Answered([*self.by, *CELL], rows, totals, marks)

    def list_cells(self, by: tuple[str, ...], each: bool) -> Iterator[dict[str, Any]]:
        """The cells of each cohort, or of all together: of those whose age is over."""
        members = self.list_members(by)
        for group in dict.fromkeys(group for group, _ in members):
            of_group = {cohort: those for (other, cohort), those in members.items() if other == group}
            sums: dict[int, tuple[int, int]] = {}
            for cohort, those in of_group.items():
                for age, low, high in self.list_ages(cohort):
                    count, size = len([start for start in those if self.is_back(start, low, high)]), len(those)
                    if each:
                        marks = self.find_marks(cohort, high)
                        yield self.tell(by, group, count, size, age) | {"cohort": cohort, "@marks": marks}
                    elif self.is_over(high, self.over):
                        known = sums.get(age, (0, 0))
                        sums[age] = (known[0] + count, known[1] + size)
            for age, (count, size) in sums.items():
                yield self.tell(by, group, count, size, age)

    def tell(self, by: tuple[str, ...], group: tuple[Any, ...], count: int, size: int, age: int) -> dict[str, Any]:
        return dict(zip(by, group, strict=True)) | {
            "age": age,
            "count": count,
            "size": size,
            "rate": count / size,
            "@marks": {},
        }

    def list_members(self, by: tuple[str, ...]) -> dict[tuple[tuple[Any, ...], date], list[Start]]:
        """Who is in which cohort of which group: a filter, a segment and the period ask for the first row."""
        ref, last = self.ref, self.ref.asked[1]
        frame = Frame(ref.asked[0], min(last or ref.as_of, ref.as_of))
        asked = {id(row) for row, _ in ref.list_rows(ref.leaves[0], frame)}
        found: dict[tuple[tuple[Any, ...], date], list[Start]] = {}
        for start in self.starts:
            if id(start.row) in asked:
                cohort = cut_day(start.moment.day, self.cohort.grain, ref.world.week_start)
                for group in ref.read_groups(ref.leaves[0], start.row, start.moment, by, frame):
                    found.setdefault((group, cohort), []).append(start)
        return found

    def list_ages(self, cohort: date) -> Iterator[tuple[int, date, date]]:
        """The ages that have begun in the data, each with its first day and the one after its last."""
        age, grain = 0, self.cohort.grain
        while (low := add_units(cohort, age, grain)) < self.until:
            yield age, low, add_units(cohort, age + 1, grain)
            age += 1

    def is_back(self, start: Start, low: date, high: date) -> bool:
        """Whether somebody returns in the age, or, where that is asked, later: never before the start."""
        for entity, moment in self.returns:
            late = self.cohort.retention == "rolling" or moment.day < high
            if (
                entity == start.entity
                and low <= moment.day < self.until
                and late
                and not is_before(moment, start.moment)
            ):
                return True
        return False

    def find_marks(self, cohort: date, stop: date) -> dict[str, str]:
        """What of a cell may still grow: who starts, and who of them returns."""
        began = add_units(cohort, 1, self.cohort.grain)
        size = not self.is_over(began, find_known(self.ref, self.start)[1])
        count = not self.is_over(stop, self.over)
        grows = {"count": count, "size": size, "rate": count or size}
        return {name: "open" for name, is_open in grows.items() if is_open}

    def is_over(self, stop: date, known: datetime | None) -> bool:
        """Whether the days before this one are over on the as-of day, and in data that is known so far."""
        midnight = datetime.combine(stop, time(), self.ref.zone)
        return stop <= self.ref.as_of + ONE_DAY and (known is None or midnight <= known)


def read_options(cohort: Cohort, options: tuple[str, ...]) -> Cohort:
    """The cohort as the line asks for it."""
    for word in options:
        cohort = replace(cohort, grain=word) if word in GRAINS else replace(cohort, retention=word)
    return cohort


def find_starts(ref: Reference, leaf: Leaf, by: str) -> list[Start]:
    """Each entity's first row in all history; equal times are told apart by the view's key, else by all columns."""
    view = ref.world.views[leaf.metric.view]
    found: dict[Any, tuple[tuple[Any, Any], Start]] = {}
    key = list(view.key.values())[:1] or list(view.columns)
    for row in list_rows_of(ref, leaf):
        entity, moment = find_entity(ref, leaf.metric.view, row, by), ref.moment_of(leaf, row)
        if entity is None or moment is None:
            continue
        place = (moment.instant or moment.day, [(row[name] is None, row[name]) for name in key])
        if entity not in found or place < found[entity][0]:
            found[entity] = (place, Start(entity, row, moment))
    return [start for _, start in found.values()]


def list_returns(ref: Reference, leaf: Leaf, by: str) -> list[tuple[Any, Moment]]:
    """Whose rows may be returns, and when they were, whatever is asked."""
    rows = [(find_entity(ref, leaf.metric.view, row, by), ref.moment_of(leaf, row)) for row in list_rows_of(ref, leaf)]
    return [(entity, moment) for entity, moment in rows if entity is not None and moment]


def is_before(one: Moment, other: Moment) -> bool:
    """Whether it comes before; where one of them is a day, both are."""
    if one.instant and other.instant:
        return one.instant < other.instant
    return one.day < other.day


def find_known(ref: Reference, leaf: Leaf) -> tuple[date, datetime | None]:
    """The first day of which the rows' clock knows nothing, and the newest time of their view; of a day, its end."""
    view = ref.world.views[leaf.metric.view]
    days = [moment.day for row in view.rows if (moment := ref.moment_of(leaf, row))]
    until = min(ref.as_of, max(days, default=ref.as_of)) + ONE_DAY
    times = [moment for row in view.rows if view.time and (moment := ref.read_moment(row[view.time]))]
    if not times:
        return until, None
    if times[0].instant is None:
        last = max(moment.day for moment in times) + timedelta(days=1)
        return until, datetime.combine(last, time(), ZoneInfo(ref.world.timezone))
    return until, max(moment.instant for moment in times if moment.instant)
