"""Answers questions slowly and plainly, over rows in lists: no SQL, and nothing shared with the compiler."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cmp_to_key
from itertools import combinations
from typing import Any, TypeVar, assert_never
from zoneinfo import ZoneInfo

from semantic.line_values import print_metric
from semantic.question import Contains, Equals, Filter, IsNull, Question, Slice, Term, Within
from tests.reference_compare import find_offset
from tests.reference_each import check_taken, compute_taken, has_taken, list_everyone, list_taken_frames
from tests.reference_histories import find_now, holds, list_ends, list_together
from tests.reference_names import Names, Path, Place, Unanswerable
from tests.reference_newness import compute_known, list_known_frames
from tests.reference_periods import (
    Frame,
    add_move,
    compare_frame,
    complete_period,
    find_move,
    is_whole_months,
    move_window,
    read_period,
)
from tests.reference_population import (
    check_shares,
    check_value,
    compute_population,
    is_of_days,
    is_population,
    list_data_days,
    list_population_frames,
)
from tests.reference_states import compute_state, list_state_frames
from tests.reference_steps import check_steps, compute_steps
from tests.reference_time import (
    FINER_THAN_DAYS,
    GRAINS,
    ONE_DAY,
    PARTS,
    WEEKDAYS,
    Moment,
    add_units,
    count_part,
    cut,
    cut_day,
    is_time,
    list_moments,
    read_moment,
    tells,
)
from tests.reference_values import (
    Calculation,
    Change,
    Converted,
    Known,
    Leaf,
    Share,
    State,
    Taken,
    Value,
    Windowed,
    Zero,
    calculate,
    ends_on_a_day,
    list_parts,
    read_metric,
    tell_change,
)
from tests.reference_windows import compute_window, list_window_frames
from tests.world import Comparison, Row, World

T = TypeVar("T")
Group = tuple[Any, ...]


class _Other(str):
    """Stands for the rest of a top; a value of the data that reads Other is another."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


OTHER = _Other("Other")


@dataclass(frozen=True)
class Answered:
    columns: list[str]
    rows: list[dict[str, Any]]
    totals: list[dict[str, Any]]
    marks: frozenset[tuple[int, str, str]] = frozenset()  # row, column and mark, as far as the reference tells them


def answer(world: World, question: Question, as_of: date | None = None) -> Answered:
    """The answer to a question. Raises Unanswerable."""
    return Reference(world, question, as_of).answer()


class Reference:
    """One question to one world."""

    def __init__(self, world: World, question: Question, as_of: date | None) -> None:
        self.world, self.question, self.by = world, question, question.by
        self.names = Names(world)
        self.kept: dict[Any, Any] = {}
        self.zone = ZoneInfo(question.timezone or world.timezone)
        self.as_of = as_of or self.find_newest()
        self.values = [(print_metric(asked), read_metric(world, asked)) for asked in question.metrics]
        self.top_value = read_metric(world, question.top.metric) if question.top and question.top.metric else None
        parts = [part for value in (*(v for _, v in self.values), self.top_value) for part in list_parts(value or 0.0)]
        self.leaves = list(dict.fromkeys(part for part in parts if isinstance(part, Leaf)))
        self.grains = sorted((key for key in self.by if key in GRAINS), key=GRAINS.index)
        self.others = [key for key in self.by if not is_time(key)]
        self.segments = question.segments or (tuple(world.segments) if "segment" in self.by else ())
        first, last = self.asked = read_period(question.period, self.as_of, world.week_start)
        self.check(parts)
        self.frame = Frame(first, min(last or self.as_of, self.as_of) if self.grains else last)
        self.compared = compare_frame(question, self.frame, self.asked, self.as_of)
        self.tied = False  # whether a tie decided what is in the top
        self.best: list[Any] | None = None
        self.best = self.find_best()

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """Computes once what is needed for every group."""
        if key not in self.kept:
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    def find_newest(self) -> date:
        zones = ZoneInfo(self.world.stored_zone), ZoneInfo(self.world.timezone)
        views = self.world.views.values()
        clocks = [(view, name) for view in views for name in (view.time, view.valid and view.valid[0]) if name]
        times = [row[name] for view, name in clocks for row in view.rows]
        days = [moment.day for time in times if (moment := read_moment(time, *zones))]
        return max(days, default=datetime.now(ZoneInfo(self.world.timezone)).date())

    def is_of_axis(self, key: str) -> bool:
        """Whether it's a grain, or a part that is known from one."""
        return key in GRAINS or any(tells(grain, key) for grain in self.grains if key in PARTS)

    # --- what has an answer

    def check(self, parts: Iterable[Value]) -> None:
        """Raises Unanswerable."""
        question = self.question
        asked = [*self.by, *(f.dimension for f in question.filters)]
        compared = question.compare and not isinstance(question.compare.with_, Slice)
        changes = [part for part in parts if isinstance(part, Change)]
        timed = question.period or compared or changes or any(map(is_time, asked))
        if question.compare and isinstance(question.compare.with_, Slice):
            asked.append(question.compare.with_.dimension)
        for leaf in self.leaves:
            self.check_leaf(leaf, asked, bool(timed))
        for name in asked:
            if name != "segment" and not is_time(name):
                places = [self.names.find_dimension(leaf.metric.view, name) for leaf in self.leaves]
                if len({(place.view, place.name) for place in places}) > 1:
                    raise Unanswerable("a name means dimensions of two views")
        for metric, value in self.list_asked():
            check_value(self, value)
            if not self.world.metrics[metric].share:
                check_shares(self, value)
        for part in parts:
            if isinstance(part, Converted):
                check_steps(self, part)
            if isinstance(part, Share) and part.within is not None and part.within not in self.by:
                raise Unanswerable("a share within what isn't asked")
        if compared and any(f.dimension in GRAINS for f in question.filters):
            raise Unanswerable("a filter by a grain keeps one of two compared periods only")
        inner = self.question.totals or any(isinstance(part, Share) and part.within == "hour" for part in parts)
        if (changes or compared) and {"hour", "minute"} <= set(self.grains) and inner:
            raise Unanswerable("an hour's subtotal of another period's minutes")
        if (changes or compared) and not all(tells(self.grains[0], grain) for grain in self.grains):
            raise Unanswerable("periods are compared on an axis of grains that don't nest")
        for part in parts:
            if isinstance(part, Taken):
                check_taken(self, part, changes)
        for change in changes:
            if None in self.asked and not self.grains and not ends_on_a_day(change.of):
                raise Unanswerable("a change without a period or an axis")
            self.find_move(change)
        self.check_top()
        for filter_ in (*question.filters, *(f for personal in question.personal for f in personal.filters)):
            self.check_terms(filter_)

    def list_asked(self) -> Iterator[tuple[str, Value]]:
        """The metrics that are shown, and what the top ranks by."""
        yield from zip(
            (asked.name for asked in self.question.metrics), (value for _, value in self.values), strict=True
        )
        if self.question.top and self.question.top.metric and self.top_value is not None:
            yield self.question.top.metric.name, self.top_value

    def check_top(self) -> None:
        """Raises Unanswerable."""
        if not self.question.top:
            return
        keys = [key for key in self.by if not is_time(key)]
        if not keys:
            raise Unanswerable("the top of no dimension")
        if keys[-1] == "segment":
            raise Unanswerable("the rest of segments that overlap")
        parts = list(list_parts(self.top_value or self.values[0][1]))
        if any(isinstance(part, Share) and part.within not in (None, keys[-1]) for part in parts):
            raise Unanswerable("a top by a share within another key")
        if None in self.asked and any(isinstance(part, Change) and not ends_on_a_day(part.of) for part in parts):
            raise Unanswerable("a top by a change without a period")

    def check_leaf(self, leaf: Leaf, asked: Iterable[str], timed: bool) -> None:
        clock = self.clock_of(leaf)
        if clock is None and timed and not is_population(self, leaf):
            raise Unanswerable("a metric without a clock is asked in time")
        for name in asked:
            if is_time(name):
                is_date = clock and self.world.views[leaf.metric.view].columns[clock] == "DATE"
                is_date = is_date or (is_population(self, leaf) and is_of_days(self, leaf))
                if is_date and PARTS.get(name, name) in FINER_THAN_DAYS:
                    raise Unanswerable("a DATE has no hours")
            elif name != "segment":
                self.names.find_dimension(leaf.metric.view, name)
        for segment in self.segments:
            self.find_segment(leaf, segment)

    def check_terms(self, filter_: Filter) -> None:
        """Raises Unanswerable where no period begins on a day, or a part has no such number."""
        name = filter_.dimension.removesuffix("@now").split(".")[-1]
        if not is_time(name):
            return
        for term in filter_.terms:
            texts = [term.text] if isinstance(term, Equals) else []
            texts += [text for text in (term.low, term.high) if text] if isinstance(term, Within) else []
            for text in texts:
                if name in GRAINS and name not in FINER_THAN_DAYS:
                    day = date.fromisoformat(text)
                    if cut_day(day, name, self.world.week_start) != day:
                        raise Unanswerable("a day on which no such period begins")

    def find_segment(self, leaf: Leaf, segment: str) -> Path:
        for personal in self.question.personal:
            if personal.name == segment:
                for filter_ in personal.filters:
                    self.names.find_dimension(leaf.metric.view, filter_.dimension)
                return ()
        return self.names.find_segment(leaf.metric.view, segment)

    # --- a row's values

    def clock_of(self, leaf: Leaf) -> str | None:
        return leaf.metric.time or self.world.views[leaf.metric.view].time

    def moment_of(self, leaf: Leaf, row: Row) -> Moment | None:
        clock = self.clock_of(leaf)
        return self.read_moment(row[clock]) if clock else None

    def read_moment(self, stored: date | None) -> Moment | None:
        return self.keep(("moment", stored), lambda: read_moment(stored, ZoneInfo(self.world.stored_zone), self.zone))

    def read_time(self, name: str, moment: Moment) -> Any:
        """The period of a grain, or the number of a part."""
        return count_part(moment, name) if name in PARTS else cut(moment, name, self.world.week_start)

    def reader(self, view: str, row: Row, when: Moment | None) -> Callable[[str], Any]:
        """What a name in SQL gives for the row."""
        return lambda name: row[name] if name in row else self.read_sql_name(view, row, name, when)

    def read_sql_name(self, view: str, row: Row, name: str, when: Moment | None) -> Any:
        place = self.names.find_column(view, name)
        found = list_ends(self, row, place.path, when)[0]
        if found is None or place.name in found:
            return found and found[place.name]
        sql = self.world.views[place.view].dimensions[place.name]
        assert sql, "a dimension without SQL is a column"
        return sql.read(self.reader(place.view, found, when))

    def read_dimension(self, view: str, row: Row, name: str, when: Moment | None) -> Any:
        """The value of a dimension of which a row has one."""
        return self.read_dimensions(view, row, (name,), when)[0][0]

    def read_dimensions(self, view: str, row: Row, names: tuple[str, ...], when: Moment | None) -> list[Group]:
        """The values of several dimensions, as often as they differ: one of each, or, over a bridge, some or many."""
        return self.keep(
            ("dimensions", view, id(row), names, when), lambda: self.work_out_dimensions(view, row, names, when)
        )

    def work_out_dimensions(self, view: str, row: Row, names: tuple[str, ...], when: Moment | None) -> list[Group]:
        places = [self.names.find_dimension(view, name) for name in names]
        ends = list_together(self, row, places, when)
        found = [tuple(self.read_place(*pair, when) for pair in zip(places, rows, strict=True)) for rows in ends]
        return list(dict.fromkeys(found))

    def read_place(self, place: Place, found: Row | None, when: Moment | None) -> Any:
        """A dimension of the row at its place; NULL where there is none, whatever its SQL would make of that."""
        if found is None:
            return None
        sql = self.world.views[place.view].dimensions.get(place.name)
        then = find_now(self) if place.now else when
        value = sql.read(self.reader(place.view, found, then)) if sql else found[place.name]
        if not place.grain:
            return value  # a time is shown as it's stored
        moment = self.read_moment(value)
        return moment and self.read_time(place.grain, moment)

    # --- which rows count

    def list_rows(self, leaf: Leaf, frame: Frame) -> list[tuple[Row, Moment | None]]:
        return self.keep(("rows", leaf, frame), lambda: list(self.filter_rows(leaf, frame)))

    def filter_rows(self, leaf: Leaf, frame: Frame) -> Iterator[tuple[Row, Moment | None]]:
        """The rows of the metric's view that it, the filters, the segments and the period let through."""
        view = leaf.metric.view
        filters = self.list_filters(frame)
        if isinstance(frame.everyone, Taken):
            yield from ((row, None) for _, row in list_everyone(self, frame.everyone, frame))
            return
        timed = frame.first or frame.last or any(map(is_time, self.by))
        for row in self.world.views[view].rows:
            if frame.at and not holds(self, self.world.views[view], row, frame.at):
                continue
            moment = frame.at or (self.moment_of(leaf, row) if self.clock_of(leaf) else find_now(self))
            if leaf.metric.where and leaf.metric.where.read(self.reader(view, row, moment)) is not True:
                continue
            if not all(self.meets(f, leaf, row, moment) for f in filters):
                continue
            inside = [self.is_in_segment(leaf, row, moment, segment) for segment in self.segments]
            if inside and not (any(inside) if "segment" in self.by else all(inside)):
                continue
            if frame.rows is not None and id(row) not in frame.rows:
                continue
            if not all(self.entity_of(view, row, entity) in ids for entity, ids in frame.kept):
                continue
            if frame.hour and not (moment and cut(moment, "hour", self.world.week_start) == frame.hour):
                continue
            day = moment and self.compared_day(moment, frame)
            if timed and not (day and (frame.first or day) <= day <= (frame.last or day)):
                continue
            yield row, moment

    def list_filters(self, frame: Frame) -> list[Filter]:
        """Those of the question; the reference slice takes the place of those of its dimension."""
        filters = [f for f in self.question.filters if not frame.slice or f.dimension != frame.slice.dimension]
        return [*filters, Filter(frame.slice.dimension, (frame.slice.value,))] if frame.slice else filters

    def compared_day(self, moment: Moment, frame: Frame) -> date:
        """The day that the window tells of: that of the hour that looks back to this one, where hours do."""
        if not frame.seconds or not moment.instant:
            return moment.day
        return (moment.instant + timedelta(seconds=frame.seconds)).astimezone(self.zone).date()

    def is_in_segment(self, leaf: Leaf, row: Row, moment: Moment | None, segment: str) -> bool:
        for personal in self.question.personal:
            if personal.name == segment:
                return all(self.meets(f, leaf, row, moment) for f in personal.filters)
        declared, found = self.world.segments[segment], list_ends(self, row, self.find_segment(leaf, segment), moment)
        return any(one and declared.where.read(self.reader(declared.of, one, moment)) is True for one in found)

    def meets(self, filter_: Filter, leaf: Leaf, row: Row, moment: Moment | None) -> bool:
        if is_time(filter_.dimension):
            return self.meets_in_time(filter_, moment)
        values = self.read_dimensions(leaf.metric.view, row, (filter_.dimension,), moment)
        return any(self.matches(term, value) for term in filter_.terms for (value,) in values) != filter_.negated

    def meets_in_time(self, filter_: Filter, moment: Moment | None) -> bool:
        value = self.read_time(filter_.dimension, moment) if moment else None
        return any(self.matches(term, value) for term in filter_.terms) != filter_.negated

    def matches(self, term: Term, value: Any) -> bool:
        if isinstance(value, datetime):
            moment = self.read_moment(value)
            value = moment and moment.instant
        match term:
            case IsNull():
                return value is None
            case Contains(text):
                return value is not None and text.lower() in str(value).lower()
            case Equals(text):
                return self.matches(Within(text, text), value)
            case Within(low, high):
                return (
                    value is not None
                    and (low is None or self.read_text(low, value) <= self.coarsen(value, low))
                    and (high is None or self.coarsen(value, high) <= self.read_text(high, value))
                )
            case _ as never:
                assert_never(never)

    def coarsen(self, value: Any, text: str) -> Any:
        """A value as the text can be compared with it: an instant as its day where the text is a day."""
        return value.astimezone(self.zone).date() if isinstance(value, datetime) and len(text) == 10 else value

    def read_text(self, text: str, like: Any) -> Any:
        """The text as a value of the type of another."""
        match like:
            case bool():
                return {"true": True, "false": False}[text]
            case int() | float():
                return float(text)
            case datetime():
                found = datetime.fromisoformat(text)
                return found.date() if len(text) == 10 else found if found.tzinfo else found.replace(tzinfo=self.zone)
            case date():
                return date.fromisoformat(text)
            case _:
                return text

    # --- other periods

    def find_move(self, change: Change) -> Any:
        if isinstance(change.step, Comparison):
            return find_offset(change.step, self.grains[0] if self.grains else None, self.world.week_start)
        return find_move(change.step, self.grains[0] if self.grains else None, self.question.period, self.asked)

    def find_whole_end(self) -> date | None:
        """The last day of the asked period that a period of the axis holds."""
        first, last = self.asked
        if last is None:
            return None
        if first:
            last = complete_period(self.question.period, self.asked)[1]
        first = first or date.min + ONE_DAY
        if self.grains[0] in FINER_THAN_DAYS:
            return max(first - ONE_DAY, min(last, self.as_of))
        begin = cut_day(self.as_of, self.grains[0], self.world.week_start)
        return max(first - ONE_DAY, min(last, add_units(begin, 1, self.grains[0]) - ONE_DAY))

    def move_frame(self, frame: Frame, change: Change) -> Frame:
        """The frame of a change: on an axis whole periods are compared, else the days that have passed."""
        move = self.find_move(change)
        first, last = frame.first, frame.last
        if self.grains and not frame.moves:
            last = self.find_whole_end()
        elif last and not frame.moves and (first is None or first <= self.as_of):  # days to come are compared whole
            last = min(last, self.as_of)
        if first and last:
            days = last - first
            like = change.step == "previous" and not self.grains and not is_whole_months(first, last)
            first, last = move_window(first, last, move)
            last = min(last, first + days) if like else last
        else:
            first, last = first and move.back(first), last and move.back(last)
        return replace(frame, first=first, last=last, moves=add_move(frame.moves, move))

    # --- the value of a group

    def has_no_total(self, value: Value, keys: tuple[str, ...]) -> bool:
        """Whether a part of it looks back from each period of the axis, and so to nothing where these are summed up."""
        if not self.grains or self.grains[0] in keys:
            return False
        changes = [part for part in list_parts(value) if isinstance(part, Change)]
        whole = None not in self.asked
        return any(self.find_move(part).to or not (whole or ends_on_a_day(part.of)) for part in changes)

    def compute(self, value: Value, keys: tuple[str, ...], group: Group, frame: Frame) -> Any:
        """The value of one group of a level of keys, from the rows of the frame."""
        match value:
            case Leaf() if frame.at is None and is_population(self, value):
                return compute_population(self, value, "last", keys, group, frame)
            case Leaf(_, metric):
                found = self.list_rows(value, frame)
                rows = [row for row, moment in found if self.is_of(value, row, moment, keys, group, frame)]
                column = metric.sql.column
                return metric.sql.fold([row[column] if column else 1 for row in rows]) if rows else None
            case Zero(of):
                known = self.compute(of, keys, group, frame)
                return 0 if known is None else known
            case Calculation(operator, left, right):
                sides = [self.compute(side, keys, group, frame) for side in (left, right)]
                return calculate(operator, *sides)
            case Share(of, within):
                if within is not None and within not in keys:
                    return None
                level = () if within is None else (within,)
                whole = self.compute(of, level, tuple(group[keys.index(key)] for key in level), frame)
                return calculate("/", self.compute(of, keys, group, frame), whole)
            case Windowed():
                return compute_window(self, value, keys, group, frame)
            case Known():
                return compute_known(self, value, keys, group, frame)
            case Taken():
                return compute_taken(self, value, keys, group, frame)
            case State(of, snapshot) if is_population(self, of):
                return compute_population(self, of, snapshot.which, keys, group, frame)
            case State():
                return compute_state(self, value, keys, group, frame)
            case Converted():
                return compute_steps(self, value, keys, group, frame)
            case Change(of, _, form):
                if self.has_no_total(value, keys):
                    return None
                old = self.compute(of, keys, group, self.move_frame(frame, value))
                return tell_change(self.compute(of, keys, group, frame), old, form)
            case _:
                return value

    def compute_with(self, value: Value, keys: tuple[str, ...], group: Group, choose: Callable[[Leaf], Frame]) -> Any:
        """The value of a formula whose aggregates have frames of their own."""
        match value:
            case Leaf():
                return self.compute(value, keys, group, choose(value))
            case Zero(of):
                known = self.compute_with(of, keys, group, choose)
                return 0 if known is None else known
            case Calculation(operator, left, right):
                return calculate(operator, *(self.compute_with(side, keys, group, choose) for side in (left, right)))
            case float() | int():
                return value
            case _:
                raise Unanswerable("of a formula of aggregates only")

    def days_of(self, keys: tuple[str, ...], group: Group, frame: Frame) -> tuple[date | None, date]:
        """The first and last day of a group's period, those of the frame only, and none after the as-of day."""
        first, last, newest = frame.first, frame.last, self.as_of
        late = frame.last is None or (self.grains and self.is_open())
        if frame.moves and late and not set(keys) & set(self.grains):
            last, whole = newest, first is not None and is_whole_months(first, newest)
            for move in frame.moves:
                last = move.back(last + ONE_DAY) - ONE_DAY if whole else move.back(last)
        for key in keys:
            if key in GRAINS and key not in FINER_THAN_DAYS:
                start, end = self.move_period(group[keys.index(key)], key, frame)
                begun = group[keys.index(key)] <= self.as_of < add_units(group[keys.index(key)], 1, key) - ONE_DAY
                if frame.moves and begun and not frame.full:
                    today = self.as_of  # what is over of an open period, with as much of the one before
                    for move in frame.moves:
                        today = move.back(today)
                    end = min(end, today)
                first, last = max(first or start, start), min(last or end, end)
        return first, min(last or newest, newest)

    def is_open(self) -> bool:
        """Whether the as-of day lies in the asked period, and isn't its last."""
        if self.asked[0] is None or self.asked[1] is None:
            return False
        first, last = complete_period(self.question.period, self.asked)
        return first <= self.as_of < last

    def move_period(self, label: date, grain: str, frame: Frame) -> tuple[date, date]:
        """The days of a grain's period, or of the one that a comparison looks back to."""
        start, stop = label, add_units(label, 1, grain)
        for move in frame.moves:
            start, stop = move.back(start), move.back(stop)
        return start, start if grain == "day" else stop - ONE_DAY

    def entity_of(self, view: str, row: Row, entity: str) -> Any:
        """The entity that a row is about."""
        found = self.world.views[view]
        return row[found.key[entity] if entity in found.key else found.joins[entity][1]]

    def is_of(
        self, leaf: Leaf, row: Row, moment: Moment | None, keys: tuple[str, ...], group: Group, frame: Frame
    ) -> bool:
        """Whether the row counts in the group."""
        grains = [grain for grain in self.grains if grain in keys]
        named: dict[str, Any] = {}
        for key, wanted in zip(keys, group, strict=True):
            if frame.slice and key == frame.slice.dimension:
                continue
            if key == "segment":
                fits = self.is_in_segment(leaf, row, moment, wanted)
            elif is_time(key):
                assert moment, "a row without a time is in no period"
                if frame.moves and any(grain != key and tells(grain, key) for grain in grains):
                    continue  # told by the finer period, which looks back
                if key in PARTS:
                    fits = count_part(self.tell_moment(key, moment, frame), key) == wanted
                else:
                    fits = self.is_in_period(moment, key, wanted, frame)
            else:
                named[key], fits = wanted, True
            if not fits:
                return False
        if not named:
            return True
        every = self.read_dimensions(leaf.metric.view, row, tuple(named), moment)
        return any(all(map(self.is_named, values, named.values())) for values in every)

    def is_named(self, value: Any, wanted: Any) -> bool:
        """Whether a group is called that; Other is what's not among the best."""
        return value not in (self.best or []) if wanted is OTHER else bool(value == wanted)

    def tell_moment(self, key: str, moment: Moment, frame: Frame) -> Moment:
        """What labels a row: its own moment, or, on an axis, the one that is compared with it."""
        if not frame.moves or not self.is_of_axis(key):
            return moment
        if frame.seconds:
            assert moment.instant, "a DATE has no hours"
            wall = (moment.instant + timedelta(seconds=frame.seconds)).astimezone(self.zone)
            return Moment(wall.date(), wall.replace(tzinfo=None, fold=0), wall.astimezone(UTC))
        day = moment.day
        for move in reversed(frame.moves):
            day = move.forth(day)
        return Moment(day, moment.wall and datetime.combine(day, moment.wall.time()))

    def is_in_period(self, moment: Moment, grain: str, wanted: Any, frame: Frame) -> bool:
        """Up to a day each period looks back; a longer one takes the days that lie in it after they're moved forth."""
        if frame.seconds:
            return bool(self.read_time(grain, self.tell_moment(grain, moment, frame)) == wanted)
        if grain in FINER_THAN_DAYS and frame.moves:
            assert moment.wall, "a DATE has no hours"
            wall = wanted.astimezone(self.zone).replace(tzinfo=None)
            for move in frame.moves:
                wall = datetime.combine(move.back(wall.date()), wall.time())
            found = moment.wall.replace(second=0, microsecond=0)
            return bool((found.replace(minute=0) if grain == "hour" else found) == wall)
        if grain == "day":
            for move in frame.moves:
                wanted = move.back(wanted)
            return bool(moment.day == wanted)
        if grain in FINER_THAN_DAYS:
            return bool(cut(moment, grain, self.world.week_start) == wanted)
        return bool(self.read_time(grain, self.tell_moment(grain, moment, frame)) == wanted)

    # --- which groups there are

    def list_frames(self, value: Value, frame: Frame, keys: tuple[str, ...] = ()) -> Iterator[tuple[Leaf, Frame]]:
        """The aggregates that a value is made of, each with its frame, at a level of keys."""
        match value:
            case Leaf() if frame.at is None and is_population(self, value):
                yield from list_population_frames(self, value, "last", frame, keys)
            case Leaf():
                yield value, frame
            case Zero(of) | Share(of):
                yield from self.list_frames(of, frame, keys)
            case Calculation(_, left, right):
                yield from self.list_frames(left, frame, keys)
                yield from self.list_frames(right, frame, keys)
            case Change(of):
                yield from self.list_frames(of, frame, keys)
                yield from self.list_frames(of, self.move_frame(frame, value), keys)
            case Windowed():
                yield from list_window_frames(self, value, frame, keys)
            case Known():
                yield from list_known_frames(self, value, frame, keys)
            case Taken():
                yield from list_taken_frames(self, value, frame, keys)
            case State(of, snapshot) if is_population(self, of):
                yield from list_population_frames(self, of, snapshot.which, frame, keys)
            case State():
                yield from list_state_frames(self, value, frame, keys)
            case Converted(of):
                yield of, frame
            case _:
                return

    def find_groups(self, keys: tuple[str, ...]) -> list[Group]:
        """The groups of a level: those of the rows, each at every period of the axis."""
        if not keys:
            return [()]
        axis = [key for key in keys if self.is_of_axis(key)]
        if not any(key in GRAINS for key in axis):
            axis = []
        others = tuple(key for key in keys if key not in axis)
        periods = self.list_periods(axis)
        found: dict[Group, None] = {}
        frames = [self.frame, self.compared] if self.compared else [self.frame]
        for frame in frames:
            for _, value in self.values:
                for leaf, part in self.list_frames(value, frame, keys):
                    if part.slice is None or part.slice.dimension not in others:
                        for row, moment in self.list_rows(leaf, part):
                            if part.everyone:
                                found |= dict.fromkeys(self.list_everywhere(leaf, row, others, part))
                            elif self.is_shown(leaf, row, moment, axis, periods, part):
                                found |= dict.fromkeys(self.read_groups(leaf, row, moment, others, part))
        groups = []
        for period in periods:
            for other in found:
                both = dict(zip((*others, *axis), (*other, *period), strict=True))
                groups.append(tuple(both[key] for key in keys))
        return groups

    def list_everywhere(self, leaf: Leaf, row: Row, keys: tuple[str, ...], frame: Frame) -> Iterator[Group]:
        """The groups of an entity that counts without rows too: it's in every period, so on every weekday of these."""
        parts = [key for key in keys if is_time(key)]
        own = tuple(key for key in keys if key not in parts)
        for group in self.read_groups(leaf, row, None, own, frame):
            for period in self.list_periods(parts):
                both = dict(zip((*own, *parts), (*group, *period), strict=True))
                yield tuple(both[key] for key in keys)

    def is_shown(
        self, leaf: Leaf, row: Row, moment: Moment | None, axis: list[str], periods: list[Group], frame: Frame
    ) -> bool:
        """Whether a period of the axis looks back to the row; none does to a day that the later month lacks."""
        keys = tuple(axis)
        return not frame.moves or any(self.is_of(leaf, row, moment, keys, period, frame) for period in periods)

    def list_periods(self, axis: list[str]) -> list[Group]:
        """Every period of the axis that no filter rules out."""
        if not axis:
            return [()]
        grains = [grain for grain in self.grains if grain in axis]
        filters = [f for f in self.question.filters if any(tells(grain, f.dimension) for grain in (*grains, "day"))]
        moments = [m for m in self.list_axis() if all(self.meets_in_time(f, m) for f in filters)]
        return list(dict.fromkeys(tuple(self.read_time(key, moment) for key in axis) for moment in moments))

    def find_first_day(self, value: Value) -> date | None:
        """The first day of the value's own data."""
        own = [part for part in list_parts(value) if isinstance(part, Leaf)]
        return min((day for leaf in own for day in self.list_days(leaf)), default=None)

    def list_days(self, leaf: Leaf) -> list[date]:
        """The days of the aggregate's rows."""
        if is_population(self, leaf):
            return list_data_days(self, leaf)
        rows = self.world.views[leaf.metric.view].rows
        return [moment.day for row in rows if (moment := self.moment_of(leaf, row))]

    def list_axis(self) -> list[Moment]:
        """A moment in each hour or day of the asked period; where it's open, of the periods that hold the data."""
        first, last = self.frame.first, self.frame.last
        days = [day for leaf in self.leaves for day in self.list_days(leaf)]
        if first is None and not days:
            return []
        grains = ["day" if grain in FINER_THAN_DAYS else grain for grain in self.grains]
        first = first or max(cut_day(min(days), grain, self.world.week_start) for grain in grains)
        if self.asked[1] is None:
            newest = max(days, default=self.as_of)
            ends = [add_units(cut_day(newest, grain, self.world.week_start), 1, grain) for grain in grains]
            last = min(min(ends) - timedelta(days=1), self.as_of)
        assert last, "an axis ends on the as-of day"
        return list(list_moments(first, last, self.grains[0], self.zone))

    def read_groups(
        self, leaf: Leaf, row: Row, moment: Moment | None, keys: tuple[str, ...], frame: Frame
    ) -> list[Group]:
        """The groups that a row is in: one, or, by segments and over a bridge, as many as it has."""
        named = tuple(key for key in keys if key != "segment" and not is_time(key))
        every = self.read_dimensions(leaf.metric.view, row, named, moment)
        together = [dict(zip(named, values, strict=True)) for values in every]
        found = [group for read in together for group in self.combine(leaf, row, moment, keys, frame, read)]
        return list(dict.fromkeys(found))

    def combine(
        self,
        leaf: Leaf,
        row: Row,
        moment: Moment | None,
        keys: tuple[str, ...],
        frame: Frame,
        read: Mapping[str, Any],
    ) -> list[Group]:
        """The groups of a row whose dimensions have these values."""
        groups: list[Group] = [()]
        for key in keys:
            if key == "segment":
                values: list[Any] = [s for s in self.segments if self.is_in_segment(leaf, row, moment, s)]
            elif is_time(key):
                values = [self.read_time(key, self.tell_moment(key, moment, frame))] if moment else []
                if frame.moves and self.is_of_axis(key):
                    values = [
                        value for value in values if any(self.read_time(key, m) == value for m in self.list_axis())
                    ]
            else:
                values = [read[key]]
                if self.best is not None and key == self.others[-1] and values[0] not in self.best:
                    values = [OTHER]
            groups = [(*group, value) for group in groups for value in values]
        return groups

    def find_best(self) -> list[Any] | None:
        """The values of the top'd dimension that stay, the best first; None where all do."""
        top = self.question.top
        if top is None:
            return None
        if self.grains:  # over the period, as if no grain were asked
            flat = copy(self)
            flat.grains, flat.kept, flat.compared = [], {}, None
            flat.values = [("", self.top_value or self.values[0][1])]
            best, self.tied = flat.find_best(), flat.tied
            return best
        keys = (self.others[-1],)
        value = self.top_value or self.values[0][1]
        every = self.find_groups(keys)
        frames = list(self.list_frames(value, self.frame, keys))
        there = [g for g in every if any(self.compute(leaf, keys, g, frame) is not None for leaf, frame in frames)]
        there += [g for g in every if g not in there and has_taken(self, value, keys, g)]
        ranked = [(self.compute(value, keys, group, self.frame), group[0]) for group in every if group in there]
        ranked = [pair for pair in ranked if pair[0] is not None]
        ranked.sort(key=cmp_to_key(order_ranked))
        near = [found for found, _ in ranked[: top.count + 1]]
        self.tied = len(near) > len(set(near))
        return [found for _, found in ranked[: top.count]]

    # --- the answer

    def answer(self) -> Answered:
        rows = [self.compute_row(self.by, group) for group in self.find_groups(self.by)]
        rows.sort(key=cmp_to_key(self.order_rows))
        rows = rows[: self.question.limit]
        sizes = reversed(range(len(self.by))) if self.question.totals else ()
        levels = [keys for size in sizes for keys in combinations(self.by, size)]
        totals = [self.compute_row(keys, group) for keys in levels for group in self.find_groups(keys)]
        if self.best is not None:
            for row in (*rows, *totals):
                row |= {key: tell_text(row[key]) for key in self.others[-1:] if key in row}
        sides = ("", "@compare", "@change") if self.compared else ("",)
        return Answered([*self.by, *(name + side for name, _ in self.values for side in sides)], rows, totals)

    def compute_row(self, keys: tuple[str, ...], group: Group) -> dict[str, Any]:
        row: dict[str, Any] = dict(zip(keys, group, strict=True))
        for name, value in self.values:
            if self.has_no_total(value, keys):
                row |= dict.fromkeys([name, f"{name}@compare", f"{name}@change"] if self.compared else [name])
                continue
            row[name] = self.compute(value, keys, group, self.frame)
            if self.compared:
                old = row[f"{name}@compare"] = self.compute(value, keys, group, self.compared)
                row[f"{name}@change"] = tell_change(row[name], old, "change")
        return row

    def order_rows(self, a: Mapping[str, Any], b: Mapping[str, Any]) -> int:
        """As asked; then by the keys."""
        for order in self.question.order:
            x, y = a[order.column], b[order.column]
            if self.best is not None and order.column == self.others[-1]:
                found = order_values(tell_text(x), tell_text(y), order.descending)
            else:
                found = self.order_keys(order.column, x, y, order.descending)
            if found:
                return found
        for key in self.by:
            if found := self.order_keys(key, a[key], b[key]):
                return found
        return 0

    def order_keys(self, key: str, x: Any, y: Any, descending: bool = False) -> int:
        """A weekday from the start of the week on, what is top'd by its rank, all else by its value."""
        if key == "weekday":
            first = WEEKDAYS.index(self.world.week_start) + 1
            x, y = (x - first) % 7, (y - first) % 7
        elif self.best is not None and key == self.others[-1]:
            x, y = (self.best.index(value) if value in self.best else len(self.best) for value in (x, y))
        return order_values(x, y, descending)


def tell_text(value: Any) -> str | None:
    """A value as text, beside which Other can stand."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else re.sub(r"([+-]\d\d):00\Z", r"\1", str(value))


def order_ranked(a: tuple[Any, Any], b: tuple[Any, Any]) -> int:
    """The biggest value first; a tie is broken by the key."""
    return order_values(a[0], b[0], descending=True) or order_values(a[1], b[1])


def order_values(a: Any, b: Any, descending: bool = False) -> int:
    """-1, 0 or 1; NULL last both ways."""
    if a is None or b is None:
        return (a is None) - (b is None)
    found = int(a > b) - int(a < b)
    return -found if descending else found
