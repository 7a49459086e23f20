"""Resolved: a question whose every name has become a definition. Only types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Literal

from semantic.calendar import Shift, Window
from semantic.catalogue import Duration, Grain
from semantic.expressions import AggregateSql, FormulaSql, RowSql
from semantic.names import Reached
from semantic.question import Question

Scalar = str | int | Decimal | bool | date | datetime
CURRENT = "current"
LONG = ("week", "month", "quarter", "half", "year")  # grains that a period of days may cut


@dataclass(frozen=True, slots=True)
class Condition:
    """What a value must meet: any of the values, ranges and texts, or be NULL; `negated` takes all others."""

    values: tuple[Scalar, ...] = ()
    ranges: tuple[tuple[Scalar | None, Scalar | None, bool], ...] = ()  # low, high, whether high is included
    contains: tuple[str, ...] = ()
    null: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TimeKey:
    """A grain or part of each metric's own clock."""

    name: str


@dataclass(frozen=True, slots=True)
class DimensionKey:
    """A dimension, as each base view reaches it; `unit` is the grain or part of a time that is cut."""

    name: str
    reached: Mapping[str, Reached]
    type: str
    unit: str | None = None
    values: int | None = None  # how many it has, where it's a plain dimension of few
    order: tuple[str, ...] = ()  # all its values in order, where that isn't the order of texts


@dataclass(frozen=True, slots=True)
class Membership:
    """A segment: a condition in SQL over a view that each base view reaches, or, for a personal one, filters."""

    name: str
    where: RowSql | None
    reached: Mapping[str, Reached]
    filters: tuple[KeyFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentKey:
    """The segments as groups; a row counts in every one that it belongs to."""

    name: str
    members: tuple[Membership, ...]


Key = TimeKey | DimensionKey | SegmentKey


def spreads(key: Key, view: str) -> bool:
    """Whether a row of the view may be in several groups of the key at once."""
    if isinstance(key, DimensionKey):
        return view in key.reached and key.reached[view].path.bridge is not None
    return isinstance(key, SegmentKey)


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A condition on a dimension, grain or part."""

    key: TimeKey | DimensionKey
    condition: Condition


@dataclass(frozen=True, slots=True)
class ResolvedClock:
    """A clock: its SQL over a view, its type, what a row stands for, and what data there is (naive, as stored)."""

    view: str
    column: RowSql
    type: str
    grain: Grain | None
    first: datetime | None = None
    last: datetime | None = None
    beyond: bool = True
    unknown: bool = True
    before: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """Which rows feed a value: those of the window, reached back by `shift`, or of a reference slice instead.

    `asked` are the question's own days where the window is a part of them, or more.
    """

    label: str = CURRENT
    window: Window = field(default_factory=Window)
    shift: Shift | None = None
    slice: KeyFilter | None = None
    exact: bool = False  # whether the window holds all the rows that are needed, and no other
    asked: Window | None = None
    rolls: bool = False  # whether the window is a rolling one's

    @property
    def measured(self) -> Window:
        """The days over which the traits of a row's entity are worked out."""
        return self.window if self.asked is None else self.asked

    def __hash__(self) -> int:
        return hash((self.label, self.window))


At = Literal["last", "first", "average"]


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows of the `window` up to each day; else of its `grain` so far; else of all time up to it.

    `filled` says that a window without rows is 0; `read` are the days whose windows are asked for, `fewer` those of
    subtotals by fewer time keys, where they are others. `clocks` are those of all that the window is put around: where
    no period is asked, its days are theirs.
    """

    window: Duration | None = None
    grain: Grain | None = None
    at: At = "last"
    filled: bool = False
    read: Window = field(default_factory=Window)
    fewer: tuple[tuple[tuple[str, ...], Window], ...] = ()
    clocks: tuple[ResolvedClock, ...] = ()

    def find_read(self, names: tuple[str, ...]) -> Window:
        """The days whose windows a level with these time keys shows."""
        return dict(self.fewer).get(names, self.read)


@dataclass(frozen=True, slots=True)
class State:
    """Rows of one instant of the period, or the mean over its instants; `per` takes each entity's own.

    Of a history, those that hold at the end or the start of the period, or the mean over time.
    """

    which: At
    per: str | None = None
    history: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """The `take` of `value`, that of the metric `each`, which is worked out for every period or entity `per`.

    Periods are those of `window`, entities those with rows by their `keys`, and all of the view `everyone`. `known`
    says that periods have values only where there is any row. `read` are the days whose periods are taken where these
    aren't all of the window, `fewer` those of subtotals by fewer time keys.
    """

    each: str
    value: Value
    per: str
    take: str
    window: Window | None = None
    keys: tuple[DimensionKey, ...] = field(default=(), hash=False)
    everyone: str | None = None
    known: bool = False
    read: Window | None = None
    fewer: tuple[tuple[tuple[str, ...], Window], ...] = ()

    def find_periods(self, names: tuple[str, ...]) -> Window | None:
        """The days of the periods that a level with these time keys takes; None where it takes entities."""
        return dict(self.fewer).get(names, self.read or self.window)


@dataclass(frozen=True, slots=True)
class Trait:
    """A metric per entity as a dimension of it: its value over the days of a window, whatever the filters."""

    name: str
    entity: str
    window: Window
    value: Value
    keys: tuple[DimensionKey, ...] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Everyone:
    """The entities of a view, whether or not they have rows: those of an Each per entity."""


@dataclass(frozen=True, slots=True)
class Steps:
    """`part` of what follows the rows of the first step: those that are `started` or `converted`, or a take of days."""

    steps: tuple[Leaf, ...]
    by: str
    within: Duration | None
    count: Literal["unique", "events"]
    touch: Literal["last", "first", "any"] | None
    same: tuple[str, ...]
    part: str
    since: Literal["first", "previous"] = "first"
    order: Literal["strict", "any"] = "strict"

    @property
    def longest(self) -> Duration | None:
        """How long after its first step a unit may get to the last one; None where that has no end."""
        times = len(self.steps) - 1 if self.since == "previous" else 1
        return replace(self.within, count=self.within.count * times) if self.within else None


@dataclass(frozen=True, slots=True)
class Newness:
    """The rows of entities that are new, returning, resurrected or lost in the row's period, else in the asked one.

    `previous` is the period before the asked one. Whoever comes back from the day `until` on is still lost.
    `counts` says that entities are counted.
    """

    kind: Literal["new", "returning", "resurrected", "lost"]
    by: str
    keys: tuple[DimensionKey, ...] = field(hash=False)
    previous: Window | None = None
    until: date | None = None
    counts: bool = False


How = Frame | State | Each | Everyone | Steps | Newness


@dataclass(frozen=True, slots=True)
class Leaf:
    """One aggregate over the rows of one view; `how` says which, where it's not all those of the period."""

    name: str
    view: str
    sql: AggregateSql
    wheres: tuple[RowSql, ...]
    clock: ResolvedClock | None
    variant: Variant
    how: How | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.variant.label))


@dataclass(frozen=True, slots=True)
class Formula:
    """SQL over other values."""

    sql: FormulaSql
    parts: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    """`above / below`, NULL where below is 0 or NULL."""

    above: Value
    below: Value


@dataclass(frozen=True, slots=True)
class Share:
    """The value over that of the grand total, or of all rows with the same `within`."""

    value: Value
    within: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """The value against an earlier or other one: that one itself, the difference, or now / before - 1."""

    now: Value
    before: Value
    how: Literal["value", "delta", "change"]


@dataclass(frozen=True, slots=True)
class Filled:
    """The value, 0 where it is NULL; of what is taken per period only where one of these lies in the row's.

    With `counts` it's how many of these do.
    """

    value: Value
    over: Window | None = None
    counts: bool = False


Value = Leaf | Formula | Quotient | Share | Change | Filled


@dataclass(frozen=True, slots=True)
class Column:
    """A column of metrics in the answer: its canonical name, the metric that it shows, and how it comes about."""

    name: str
    metric: str
    value: Value
    role: Literal["metric", "compare", "change"] = "metric"


@dataclass(frozen=True, slots=True)
class Axis:
    """The time keys on it, the grain that tells them apart, and the days that they run over."""

    keys: tuple[str, ...]
    base: str
    window: Window
    fewer: tuple[tuple[tuple[str, ...], Window], ...] = ()  # the days of subtotals by fewer time keys, where others

    def find_days(self, names: tuple[str, ...]) -> Window:
        """The days of a level with these time keys; without a grain the first may be open, each metric's own."""
        return dict(self.fewer).get(names, self.window)


@dataclass(frozen=True, slots=True)
class TopChoice:
    """The n biggest of a key, by a value."""

    key: DimensionKey
    count: int
    value: Value


@dataclass(frozen=True, slots=True)
class JourneyColumn:
    """A column of a journey's answer beside its keys, and how its values are read."""

    name: str
    format: Literal["text", "number", "percent", "days", "names"]


@dataclass(frozen=True, slots=True)
class ResolvedFunnel:
    """A funnel: a leaf for each step's count, `@step_1` …, and for the days to it, `@days_2` …, all of one Steps.

    Where it is `compared`, the same leaves follow once more, of the variant that it's compared with.
    """

    name: str
    steps: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    compared: bool = False
    SORTED: ClassVar = ("@step",)
    FILLED: ClassVar = True

    @property
    def checked(self) -> tuple[Leaf, ...]:
        return self.leaves

    @property
    def columns(self) -> tuple[JourneyColumn, ...]:
        """One row for each step, in order."""
        numbers = (
            JourneyColumn("count", "number"),
            JourneyColumn("rate", "percent"),
            JourneyColumn("step_rate", "percent"),
            JourneyColumn("median_days", "days"),
            JourneyColumn("lost", "number"),
        )
        return JourneyColumn("step", "text"), *(part for one in numbers for part in self._compare(one))

    def _compare(self, column: JourneyColumn) -> tuple[JourneyColumn, ...]:
        if not self.compared:
            return (column,)
        before, change = f"{column.name}@compare", f"{column.name}@change"
        return column, replace(column, name=before), JourneyColumn(change, "percent")


@dataclass(frozen=True, slots=True)
class ResolvedCohort:
    """Who comes back: two leaves, the rows that start an entity and those that it returns with.

    `entities` are the columns of either that hold the entity. `cohorts` are the days in which one starts, `known` those
    in which a return is known: from the first day of the first cohort on. Its `periods` have begun in the data, the
    first `closed` of them are over. The rate of a cohort of fewer than `min_base` is too small to read.
    """

    name: str
    leaves: tuple[Leaf, ...]
    metrics: tuple[str, str]
    entity: str
    entities: tuple[tuple[Reached, ...], tuple[Reached, ...]]
    grain: Grain
    retention: Literal["bounded", "rolling"]
    cohorts: Window
    known: Window
    periods: int
    closed: int
    min_base: int
    SORTED: ClassVar = ("cohort", "age")
    SUMMED: ClassVar = (TimeKey("cohort"),)  # what totals may sum over beside the keys
    FILLED: ClassVar = False

    @property
    def checked(self) -> tuple[Leaf, ...]:
        return self.leaves

    @property
    def first(self) -> date:
        assert self.known.start, "periods are counted from a day on"
        return self.known.start

    @property
    def columns(self) -> tuple[JourneyColumn, ...]:
        """One row for each cohort and age."""
        return (
            JourneyColumn("cohort", "text"),
            JourneyColumn("age", "number"),
            JourneyColumn("count", "number"),
            JourneyColumn("size", "number"),
            JourneyColumn("rate", "percent"),
        )


@dataclass(frozen=True, slots=True)
class ResolvedOverlap:
    """Who is in several segments at once: a leaf for each view that says who is in some of them.

    `entities` are the columns of each of them that hold the entity: none where a row of the one view is what is
    counted. A member's view is where it's reached from. `values`, instead of members, is a dimension of a view in which
    an entity may have several rows, `holder` the columns there that name the entity. Histories are looked at on the
    last day before `until`.
    """

    name: str
    leaves: tuple[Leaf, ...]
    entity: str | None
    entities: tuple[tuple[Reached, ...], ...]
    members: tuple[Membership, ...]
    values: Reached | None
    holder: tuple[str, ...]
    until: date
    dated: bool
    pairs: bool
    SORTED: ClassVar = ("segments",)
    FILLED: ClassVar = False

    @property
    def checked(self) -> tuple[Leaf, ...]:
        return () if self.dated else self.leaves

    @property
    def columns(self) -> tuple[JourneyColumn, ...]:
        """One row for each set of segments that somebody is in, or for each segment and each two of them."""
        return JourneyColumn("segments", "names"), JourneyColumn("count", "number")


@dataclass(frozen=True, slots=True)
class ResolvedFlow:
    """From which state to which: one leaf, the history's rows, or those of an event.

    The states are those at the start of the window's first day and at the end of its last one; or, with `after`, at the
    time of each event in the window, and that long afterwards. `holder` are the columns that hold the entity in the
    history, `owner` those of the leaf's rows. `cut` says that events are left out whose time isn't over.
    """

    name: str
    leaves: tuple[Leaf, ...]
    state: Reached
    entity: str
    holder: tuple[Reached, ...]
    owner: tuple[Reached, ...]
    window: Window
    after: Duration | None
    cut: bool
    SORTED: ClassVar = ("from", "@joined", "to", "@left")
    FILLED: ClassVar = False

    @property
    def checked(self) -> tuple[Leaf, ...]:
        return () if self.after is None else self.leaves

    @property
    def columns(self) -> tuple[JourneyColumn, ...]:
        """One row for each move that somebody made, and for each state that somebody stayed in."""
        return (
            JourneyColumn("from", "text"),
            JourneyColumn("to", "text"),
            JourneyColumn("count", "number"),
            JourneyColumn("share", "percent"),
        )


# What is asked instead of metrics. Each kind has `leaves` (a branch is planned for each, in order; time keys are of
# their clocks), `checked`: those whose clocks the asked period and grains are about, `columns`, SORTED: the columns,
# also hidden ones, by which rows stand in order after their keys, and FILLED: whether a time axis fills its gaps.
ResolvedJourney = ResolvedFunnel | ResolvedCohort | ResolvedOverlap | ResolvedFlow


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of the rows behind a number: a key of the question, or a column of the view."""

    name: str
    column: str | None
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class RowChoice:
    """The rows that feed at least one of `feeds`: `count` of them behind the first `skip`.

    They stand in `order`, then the newest first, then by `last`.
    """

    feeds: tuple[Leaf, ...]
    columns: tuple[RowColumn, ...]
    order: tuple[tuple[RowColumn, bool], ...]
    last: tuple[RowColumn, ...]
    count: int
    skip: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """Everything that a plan needs; nothing is left to look up but SQL and types."""

    question: Question
    timezone: str
    as_of: date
    keys: tuple[Key, ...]
    filters: tuple[KeyFilter, ...]
    segments: tuple[Membership, ...]
    columns: tuple[Column, ...]
    asked: Window
    window: Window
    compared: Window | None = None
    axis: Axis | None = None
    top: TopChoice | None = None
    bases: tuple[Column, ...] = ()  # hidden: the denominators of columns whose metric has a min_base, NAME@base
    week_start: str = "monday"
    rows: RowChoice | None = None  # what is asked instead of the numbers: the rows behind them
    notes: tuple[str, ...] = field(default=())
    journey: ResolvedJourney | None = None
    traits: tuple[Trait, ...] = ()  # of the entities that rows name, for each window that rows are of
    dated: frozenset[Leaf] = frozenset()  # whose rows are joined to histories as of their own time
    small: frozenset[str] = frozenset()  # joined views of few rows
