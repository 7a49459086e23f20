"""Flows as the reference counts them: whose state was which at one time, and which at another."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any

from semantic.question import MetricAsk, Question
from tests.reference import Answered, Reference
from tests.reference_names import Unanswerable
from tests.reference_order import order_rows, take_marks
from tests.reference_periods import Frame, read_period
from tests.reference_time import ONE_DAY, Moment, add_units, is_time
from tests.reference_values import Leaf, build_rows
from tests.world import Aggregate, Row, World, fold

UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
State = tuple[bool, Any]  # whether somebody has one, and which
NONE: State = (False, None)


def answer_flow(world: World, question: Question, as_of: date | None) -> Answered:
    """How many moved from which state to which, or stayed. Raises Unanswerable."""
    return _Flow(world, question, as_of).answer()


class _Flow:
    def __init__(self, world: World, question: Question, as_of: date | None) -> None:
        assert question.journey, "the question asks a flow"
        self.question, self.by, options = question, question.by, question.journey.options
        self.state = question.journey.names[0].rpartition(".")[2]
        histories = [name for name, view in world.views.items() if view.valid and self.state in view.dimensions]
        if not histories or world.views[histories[0]].multi:
            raise Unanswerable("a state that has no history")
        self.view = histories[0]
        self.history = world.views[self.view]
        self.entity = next(iter(self.history.key))
        self.after = (int(options[1][:-1]), UNITS[options[1][-1]]) if options else None
        metric = build_rows(world, options[0], ()).metric if options else Aggregate(self.view, fold("count(*)"))
        flat = replace(question, journey=None, metrics=(MetricAsk("@rows"),), order=(), limit=None, totals=False)
        flat = flat if options else replace(flat, period=None)
        self.ref = Reference(replace(world, metrics={**world.metrics, "@rows": metric}), flat, as_of)
        self.leaf = self.ref.leaves[0]

    def answer(self) -> Answered:
        rows = self.count_moves(self.by)
        sizes = reversed(range(len(self.by))) if self.question.totals else ()
        totals = [row for size in sizes for by in combinations(self.by, size) for row in self.count_moves(by)]
        order_rows(rows, (*self.by, "from", "@joined", "to", "@left"), self.question, self.ref.world.week_start)
        rows = rows[: self.question.limit]
        for row in (*rows, *totals):
            joined, left = row.pop("@joined"), row.pop("@left")
            row["@marks"] = ({"from": "joined"} if joined else {}) | ({"to": "left"} if left else {})
        marks, _ = take_marks(rows), take_marks(totals)
        return Answered([*self.by, "from", "to", "count", "share"], rows, totals, marks)

    def count_moves(self, by: tuple[str, ...]) -> list[dict[str, Any]]:
        counts = Counter(self.list_events(by) if self.after else self.list_dates(by))
        counts = Counter({move: count for move, count in counts.items() if move[1] != NONE or move[2] != NONE})
        rows = []
        for (group, was, is_), count in counts.items():
            of = sum(other for move, other in counts.items() if move[:2] == (group, was))
            moved = {"from": was[1], "@joined": not was[0], "to": is_[1], "@left": not is_[0]}
            rows.append(dict(zip(by, group, strict=True)) | moved | {"count": count, "share": count / of})
        return rows

    # --- between two days

    def list_dates(self, by: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], State, State]]:
        """Each entity's state at the start of the first day and at the end of the last one."""
        ref = self.ref
        names = (*self.by, *(filter_.dimension for filter_ in self.question.filters))
        for name in (name for name in names if name != "segment"):
            self.check_name(name)
        self.check_segments()
        first, last = self.read_period()
        found: dict[Any, list[Row]] = {}
        for row, _ in ref.list_rows(self.leaf, Frame(None, None)):
            if (entity := ref.entity_of(self.view, row, self.entity)) is not None:
                found.setdefault(entity, []).append(row)
        for rows in found.values():
            for group in ref.read_groups(self.leaf, rows[0], None, by, Frame(None, None)):
                yield group, self.find_state(rows, first, False), self.find_state(rows, last + ONE_DAY, True)

    def read_period(self) -> tuple[date, date]:
        """The two days. Raises Unanswerable."""
        first, last = read_period(self.question.period, self.ref.as_of, self.ref.world.week_start)
        if first is None:
            raise Unanswerable("nobody moves without a first day")
        if first > self.ref.as_of:
            raise Unanswerable("a first day that is still to come")
        return first, min(last or self.ref.as_of, self.ref.as_of)

    def check_name(self, name: str) -> None:
        """Raises Unanswerable where it isn't about the entity but about one of its states."""
        if is_time(name):
            raise Unanswerable("two dates have no one time")
        place = self.ref.names.find_dimension(self.view, name)
        if not place.path or place.path[0].name != self.entity:
            raise Unanswerable("a dimension that changes with the state")
        if not place.now and any(self.ref.world.views[step.view].valid for step in place.path):
            raise Unanswerable("a dimension that is of no one time")

    def check_segments(self) -> None:
        """Raises Unanswerable where one isn't about the entity."""
        for name in self.ref.segments:
            personal = {item.name: item for item in self.question.personal}
            if name in personal:
                for filter_ in personal[name].filters:
                    self.check_name(filter_.dimension)
                continue
            path = self.ref.names.find_segment(self.view, name)
            if not path or path[0].name != self.entity:
                raise Unanswerable("a segment that changes with the state")
            if any(self.ref.world.views[step.view].valid for step in path):
                raise Unanswerable("a segment that is of no one time")

    def find_state(self, rows: list[Row], day: date, end: bool) -> State:
        """The state at the midnight that the day begins with; before it, where it's the `end` of a day."""
        midnight = datetime.combine(day, time(), self.ref.zone).astimezone(UTC)
        for row in rows:
            since, until = (self.ref.read_moment(row[name]) for name in self.history.valid or ())
            begun, over = order_bound(since, day, midnight), order_bound(until, day, midnight)
            if (since is None or begun < 0 or (begun == 0 and not end)) and (
                until is None or over > 0 or (over == 0 and end)
            ):
                return True, self.read_state(row)
        return NONE

    def read_state(self, row: Row) -> Any:
        sql = self.history.dimensions[self.state]
        return sql.read(row.__getitem__) if sql else row[self.state]

    # --- from an event on

    def list_events(self, by: tuple[str, ...]) -> Iterator[tuple[tuple[Any, ...], State, State]]:
        """The state of each event's entity at its time, and so much later, if that isn't after the as-of day."""
        assert self.after, "the flow is from an event on"
        ref, (count, unit) = self.ref, self.after
        if ref.clock_of(self.leaf) is None:
            raise Unanswerable("an event at no time")
        tomorrow = ref.as_of + ONE_DAY
        if unit == "hour":
            if self.is_daily(self.leaf):
                raise Unanswerable("hours of a day")
            stop = tomorrow - timedelta(days=-(-count // 24))
        else:
            stop = add_units(tomorrow, -count, unit)
        frame = Frame(ref.asked[0], min(ref.asked[1] or stop, stop - ONE_DAY))
        for row, moment in ref.list_rows(self.leaf, frame):
            entity = ref.entity_of(self.leaf.metric.view, row, self.entity)
            if entity is None or moment is None:
                continue
            rows = [row for row in self.history.rows if ref.entity_of(self.view, row, self.entity) == entity]
            for group in ref.read_groups(self.leaf, row, moment, by, frame):
                yield group, self.find_held(rows, moment), self.find_held(rows, self.go_on(moment))

    def is_daily(self, leaf: Leaf) -> bool:
        clock = self.ref.clock_of(leaf)
        return bool(clock) and self.ref.world.views[leaf.metric.view].columns[clock or ""] == "DATE"

    def go_on(self, moment: Moment) -> Moment:
        """So much later: days and longer on the wall, hours as they pass."""
        assert self.after, "the flow is from an event on"
        count, unit = self.after
        if unit == "hour":
            assert moment.instant, "a day has no hours"
            later = moment.instant + timedelta(hours=count)
            wall = later.astimezone(self.ref.zone)
            return Moment(wall.date(), wall.replace(tzinfo=None, fold=0), later)
        day = add_units(moment.day, count, unit)
        if moment.wall is None:
            return Moment(day)
        wall = datetime.combine(day, moment.wall.time())
        return Moment(day, wall, wall.replace(tzinfo=self.ref.zone).astimezone(UTC))

    def find_held(self, rows: list[Row], moment: Moment) -> State:
        """The state at a time; where the event or the history knows days only, that of the day."""
        for row in rows:
            since, until = (self.ref.read_moment(row[name]) for name in self.history.valid or ())
            if (since is None or order_moments(since, moment) <= 0) and (
                until is None or order_moments(until, moment) > 0
            ):
                return True, self.read_state(row)
        return NONE


def order_bound(bound: Moment | None, day: date, midnight: datetime) -> int:
    """Whether a bound lies before the midnight that a day begins with (-1), at it (0) or after it."""
    if bound is None:
        return 0
    if bound.instant:
        return (bound.instant > midnight) - (bound.instant < midnight)
    return (bound.day > day) - (bound.day < day)


def order_moments(one: Moment, other: Moment) -> int:
    """-1, 0 or 1: by instants, or by days where one of them knows days only."""
    if one.instant and other.instant:
        return (one.instant > other.instant) - (one.instant < other.instant)
    return (one.day > other.day) - (one.day < other.day)
