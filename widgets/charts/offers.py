"""When a kind is offered: what is known of an answer -> the reason against it, empty where there is none."""

from dataclasses import dataclass

from widgets.charts.description import Field
from widgets.translations import Locale, later_count, translate, translate_count

MOST_BARS = 60
MOST_CELLS = 1500
MOST_STACKED = 6  # colours that eyes tell apart
MOST_GROUPS = 6  # of a funnel, side by side
MOST_STEPS = 12
MOST_STATES = 16
MOST_POINTS = 400
MOST_RANKS = 20
MOST_BULLETS = 24
MOST_ACROSS = 60  # columns of a pivot
MOST_ENDS = 7  # of ribbons on one side: six states, and where there is none


CELLS = later_count("{count} cell is too many", "{count} cells are too many")
BARS = later_count("{count} bar is too many", "{count} bars are too many")
POINTS = later_count("{count} point is too many", "{count} points are too many")
RANKS = later_count("{count} rank is too many", "{count} ranks are too many")
GROUPS = later_count("{count} group is too many", "{count} groups are too many")
STEPS = later_count("{count} step is too many", "{count} steps are too many")
STATES = later_count("{count} state is too many", "{count} states are too many")
PAIRS = later_count("{count} pair is too many", "{count} pairs are too many")
PARTS = later_count("{count} part is too many", "{count} parts are too many")
COLUMNS = later_count("{count} column is too many", "{count} columns are too many")
TARGETS = later_count("{count} target is too many", "{count} targets are too many")


@dataclass(frozen=True, slots=True)
class Answered:
    """What decides on a kind: the fields of an answer, its number of rows, and what else is known of it.

    `sizes` are the numbers of different values of the keys. `journey` is the kind of a journey, and `pairs` of an
    overlap by twos. `unstacked` says why the groups can't be put on top of each other, empty where they can, None where
    it isn't known. `compared`
    says that each value has an earlier one beside it, `negative` that some are below 0, `targets` how many have one,
    `limited` that the line leaves out rows, `rest` that one row is the rest of a top.
    """

    keys: tuple[Field, ...]
    values: tuple[Field, ...]
    rows: int
    sizes: tuple[int, ...] = ()
    journey: str = ""
    unstacked: str | None = None
    compared: bool = False
    negative: bool = False
    targets: int = 0
    limited: bool = False
    locale: Locale = "en"
    rest: bool = False

    @property
    def undrawable(self) -> str:
        """Why nothing of it can be drawn; empty where it can: numbers only, and rows."""
        if not self.rows or not self.values:
            return translate(self.locale, "there is no row")
        texts = [value.label for value in self.values if value.kind != "number"]
        return translate(self.locale, "{name} isn't a number", name=texts[0]) if texts else ""

    @property
    def bars(self) -> int:
        """Number of bars that it would take."""
        return self.rows * len(self.values)

    @property
    def times(self) -> int:
        """Number of keys that are times, parts not counted."""
        return sum(map(is_time, self.keys))

    @property
    def ordered(self) -> bool:
        """Whether some key has an order of its own: a time, a part of time, a number."""
        return any(key.is_part or key.kind != "category" for key in self.keys)


def is_time(key: Field) -> bool:
    """True for a key that is a place on the time axis, which a part of time isn't."""
    return key.kind == "time" and not key.is_part


def refuse_number(a: Answered) -> str:
    """Why it isn't tiles."""
    return "" if not a.keys and a.rows == 1 else translate(a.locale, "it has more than one row")


def refuse_heat(a: Answered) -> str:
    """Why it isn't a heat map."""
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if len(a.keys) != 2 or len(a.values) != 1:
        return translate(a.locale, "it takes two slices and one metric")
    return a.undrawable or _refuse_many(a, a.rows, MOST_CELLS, CELLS)


def refuse_line(a: Answered) -> str:
    """Why it isn't lines."""
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if a.times != 1 or len(a.keys) > 2:
        return translate(a.locale, "it takes a time axis and at most one more slice")
    return a.undrawable or ("" if a.rows > 1 else translate(a.locale, "a single period makes no line"))


def refuse_spark(a: Answered) -> str:
    """Why it isn't a sparkline."""
    return refuse_line(a) or (
        "" if len(a.keys) == len(a.values) == 1 else translate(a.locale, "it takes one time axis and one metric")
    )


def refuse_column(a: Answered) -> str:
    """Why it isn't columns."""
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if not a.ordered or len(a.keys) > 2:
        return translate(a.locale, "it takes a time, a part of time or a number, and at most one more slice")
    return a.undrawable or _refuse_many(a, a.bars, MOST_BARS, BARS)


def refuse_bar(a: Answered) -> str:
    """Why it isn't horizontal bars."""
    if a.journey not in ("", "funnel", "overlap"):
        return translate(a.locale, "a journey has a picture of its own")
    if not 1 <= len(a.keys) <= 2 or a.times:
        return translate(a.locale, "it takes one or two slices that aren't times")
    return a.undrawable or _refuse_many(a, a.bars, MOST_BARS, BARS)


def refuse_stack(a: Answered) -> str:
    """Why values can't stand on top of each other: what overlaps or doesn't sum up would show a total that is none."""
    return _refuse_whole(a) or _refuse_many(a, max(a.sizes, default=0), MOST_BARS, BARS)


def refuse_area(a: Answered) -> str:
    """Why it isn't areas over time."""
    if a.times != 1:
        return translate(a.locale, "it takes a time axis and one more slice")
    return _refuse_whole(a) or (
        "" if max(a.sizes, default=0) > 1 else translate(a.locale, "a single period makes no area")
    )


def refuse_scatter(a: Answered) -> str:
    """Why it isn't points of two metrics."""
    if a.journey or len(a.keys) != 1 or is_time(a.keys[0]) or a.keys[0].is_part or len(a.values) != 2:
        return translate(a.locale, "it takes one slice that isn't a time, and two metrics")
    return (
        a.undrawable
        or ("" if a.rows > 2 else translate(a.locale, "it takes three groups"))
        or _refuse_many(a, a.rows, MOST_POINTS, POINTS)
    )


def refuse_slope(a: Answered) -> str:
    """Why it isn't a change of ranks."""
    if a.journey or len(a.keys) != 1 or a.ordered or len(a.values) != 1:
        return translate(a.locale, "it takes one slice whose groups have no order of their own, and one metric")
    if not a.compared:
        return translate(a.locale, "it takes a comparison")
    return (
        _refuse_rows(a)
        or ("" if a.rows > 1 else translate(a.locale, "a single group has no rank"))
        or _refuse_many(a, a.rows, MOST_RANKS, RANKS)
    )


def refuse_pivot(a: Answered) -> str:
    """Why it isn't one slice down and another across."""
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if len(a.keys) != 2 or len(a.values) != 1:
        return translate(a.locale, "it takes two slices and one metric")
    if reason := _refuse_rows(a):
        return reason
    if a.compared:
        return translate(a.locale, "what is compared with has no place beside each cell")
    return _refuse_many(a, min(a.sizes, default=0), MOST_ACROSS, COLUMNS)


def refuse_ranking(a: Answered) -> str:
    """Why it isn't a row for each group with bars and its course."""
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if a.times > 1 or len(a.keys) - a.times != 1:
        return translate(a.locale, "it takes one slice that isn't a time; with a time axis, each row has its course")
    if a.compared and a.times:
        return translate(a.locale, "its change is on the period before, and a comparison has no place")
    return _refuse_rows(a) if a.times else a.undrawable


def refuse_bullet(a: Answered) -> str:
    """Why it isn't values against their targets."""
    if a.journey or len(a.keys) > 1:
        return translate(a.locale, "it takes one slice at most, and a metric that has a target")
    if not a.targets:
        return translate(a.locale, "no value has a target by these slices")
    if a.keys and a.targets > 1:
        return translate(a.locale, "it takes one metric with a target where there are groups")
    if a.negative:
        return translate(a.locale, "some values are below 0")
    return a.undrawable or _refuse_many(a, a.rows, MOST_BULLETS, TARGETS)


def refuse_distribution(a: Answered) -> str:
    """Why it isn't how much falls on each value: a distribution is of all there is, once."""
    if a.journey or len(a.keys) != 1 or len(a.values) != 1 or not (a.keys[0].order or a.keys[0].kind == "number"):
        return translate(a.locale, "it takes one slice of numbers or bands, and one metric")
    if reason := _refuse_unknown(a) or _refuse_rows(a):
        return reason
    if a.compared or a.negative:
        return (
            translate(a.locale, "what is compared with has no place in a distribution")
            if a.compared
            else translate(a.locale, "some values are below 0")
        )
    if a.rest:
        return translate(a.locale, "the line keeps the biggest only, and the rest has no place among numbers")
    return "" if a.rows > 1 else translate(a.locale, "a single value has no distribution")


def refuse_funnel(a: Answered) -> str:
    """Why it isn't a funnel."""
    if a.journey != "funnel":
        return translate(a.locale, "it takes a funnel")
    if len(a.keys) > 2:
        return translate(a.locale, "it takes at most one slice")
    groups = a.sizes[0] if len(a.keys) == 2 and a.sizes else 1
    return (
        _refuse_rows(a)
        or _refuse_many(a, groups, MOST_GROUPS, GROUPS)
        or _refuse_many(a, a.rows // max(1, groups), MOST_STEPS, STEPS)
    )


def refuse_retention(a: Answered) -> str:
    """Why it isn't a grid of cohorts."""
    if a.journey != "cohort":
        return translate(a.locale, "it takes a cohort")
    return a.undrawable or (
        "" if len(a.keys) == 2 else translate(a.locale, "a grid holds one group: a filter would pick it")
    )


def refuse_flow(a: Answered) -> str:
    """Why it isn't a matrix of moves."""
    if a.journey != "flow":
        return translate(a.locale, "it takes a flow between states")
    if len(a.keys) != 2:
        return translate(a.locale, "a matrix holds one group: a filter would pick it")
    return _refuse_rows(a) or _refuse_many(a, max(a.sizes, default=0), MOST_STATES, STATES)


def refuse_sankey(a: Answered) -> str:
    """Why it isn't ribbons between states."""
    return refuse_flow(a) or _refuse_many(a, max(a.sizes, default=0), MOST_ENDS, STATES)


def refuse_upset(a: Answered) -> str:
    """Why it isn't intersections."""
    if a.journey != "overlap":
        return translate(a.locale, "it takes an overlap of segments")
    return _refuse_rows(a) or (
        "" if len(a.keys) == 1 else translate(a.locale, "it holds one group: a filter would pick it")
    )


def refuse_pairs(a: Answered) -> str:
    """Why it isn't a matrix of overlaps by twos."""
    if a.journey != "pairs":
        return translate(a.locale, "it takes an overlap of pairs")
    if len(a.keys) != 1:
        return translate(a.locale, "it holds one group: a filter would pick it")
    return _refuse_rows(a) or _refuse_many(a, a.rows, MOST_CELLS // 2, PAIRS)


def _refuse_rows(a: Answered) -> str:
    return a.undrawable or _refuse_limit(a)


def _refuse_whole(a: Answered) -> str:
    if a.journey:
        return translate(a.locale, "a journey has a picture of its own")
    if len(a.keys) != 2 or len(a.values) != 1 or a.times > 1:
        return translate(a.locale, "it takes two slices, of which one may be a time, and one metric")
    if reason := _refuse_unknown(a) or a.undrawable or _refuse_limit(a):
        return reason
    if a.compared or a.negative:
        return (
            translate(a.locale, "what is compared with has no place in a stack")
            if a.compared
            else translate(a.locale, "some values are below 0")
        )
    parts = [size for key, size in zip(a.keys, a.sizes, strict=True) if not is_time(key)] if a.sizes else []
    return _refuse_many(a, parts[-1], MOST_STACKED, PARTS) if parts else ""


def _refuse_limit(a: Answered) -> str:
    if not a.limited:
        return ""
    return translate(a.locale, "the line limits the rows, and what is left out would be missing")


def _refuse_unknown(a: Answered) -> str:
    return translate(a.locale, "it isn't known that its groups sum up") if a.unstacked is None else a.unstacked


def _refuse_many(a: Answered, count: int, most: int, told: tuple[str, str]) -> str:
    return "" if count <= most else translate_count(a.locale, *told, count)
