"""Question: what a person asked, as one frozen value. Its only text form is the line (`line.py`)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["day", "week", "month", "quarter", "half", "year"]


@dataclass(frozen=True, slots=True)
class Modifier:
    """`~yoy(delta)` is Modifier("yoy", "delta"), `~rolling7d` is Modifier("rolling7d")."""

    name: str
    argument: str | None = None


@dataclass(frozen=True, slots=True)
class MetricAsk:
    """A metric with its modifiers, applied left to right."""

    name: str
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Equals:
    """The value itself, as text; the empty text only where the line says `""`."""

    text: str


@dataclass(frozen=True, slots=True)
class IsNull:
    """No value: `city=`, or an empty item of a list."""


@dataclass(frozen=True, slots=True)
class Within:
    """`a..b`, `a..` or `..b`, both ends included; never open on both sides."""

    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True)
class Contains:
    """`~text`: contains the text, whatever its case."""

    text: str


Term = Equals | IsNull | Within | Contains


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose `dimension` meets any of the terms; `negated` keeps the others, NULL included."""

    dimension: str
    terms: tuple[Term, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """Days, both ends included; None is open."""

    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Relative:
    """A period that ends at, or is counted back from, the as-of day.

    `last` n units ending on the as-of day; `previous` n whole units before the one of the as-of day; `this` is the unit
    of the as-of day so far (`ytd`, `qtd`, `mtd`, `today` are other words for it and printed as `this-…`).
    """

    kind: Literal["last", "previous", "this"]
    count: int
    unit: Unit


Period = Between | Relative


@dataclass(frozen=True, slots=True)
class Slice:
    """A reference slice to compare with: `arm:No E-Mail`. An empty value is NULL."""

    dimension: str
    value: Equals | IsNull


@dataclass(frozen=True, slots=True)
class Compare:
    """A second period or a reference slice; `full` takes the whole of it where the asked period is still open."""

    with_: Literal["previous", "year"] | Between | Slice
    full: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """The `count` biggest of the innermost non-time dimension, by the first metric or the named one."""

    count: int
    metric: MetricAsk | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A column of the answer, by its canonical name."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PersonalSegment:
    """A segment that travels in the line itself: filters that must all hold."""

    name: str
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """What is asked instead of metrics: a funnel, a cohort or a flow by name, or the overlap of segments.

    `options` is what the line writes behind the names, each after a colon: `month` and `rolling` of a cohort, the event
    and the days of a flow (`sent`, `30d`), `pairs` of an overlap.
    """

    kind: Literal["funnel", "cohort", "flow", "overlap"]
    names: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that a line holds. `look` is how the answer is read (chart, title, lang …): it changes no number."""

    metrics: tuple[MetricAsk, ...] = ()
    journey: Journey | None = None
    by: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    personal: tuple[PersonalSegment, ...] = ()
    filters: tuple[Filter, ...] = ()
    period: Period | None = None
    compare: Compare | None = None
    top: Top | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    totals: bool = False
    rows: int | None = None  # how many of the rows behind the number
    page: int = 1  # which of them: the second page begins behind the first `rows`
    columns: tuple[str, ...] = ()  # of these rows; none: all
    timezone: str | None = None
    look: tuple[tuple[str, str], ...] = ()
