"""When a kind is offered: what is known of an answer -> the reason against it, empty where there is none."""

from dataclasses import dataclass

from widgets.charts.description import Field

MOST_BARS = 60
MOST_CELLS = 1500
MOST_STACKED = 6  # colours that eyes tell apart
MOST_GROUPS = 6  # of a funnel, side by side
MOST_STEPS = 12
MOST_STATES = 16
MOST_POINTS = 400
MOST_RANKS = 20
LIMITED = "the line limits the rows, and what is left out would be missing"
UNKNOWN = "it isn't known that its groups sum up"


@dataclass(frozen=True, slots=True)
class Answered:
    """What decides on a kind: the fields of an answer, its number of rows, and what else is known of it.

    `sizes` are the numbers of different values of the keys. `journey` is the kind of a journey, and `pairs` of an
    overlap by twos. `unstacked` says why the groups can't be put on top of each other, empty where they can. `compared`
    says that each value has an earlier one beside it, `negative` that some are below 0, `targets` how many have one,
    `limited` that the line leaves out rows.
    """

    keys: tuple[Field, ...]
    values: tuple[Field, ...]
    rows: int
    sizes: tuple[int, ...] = ()
    journey: str = ""
    unstacked: str = UNKNOWN
    compared: bool = False
    negative: bool = False
    targets: int = 0
    limited: bool = False

    @property
    def undrawable(self) -> str:
        """Why nothing of it can be drawn; empty where it can: numbers only, and rows."""
        if not self.rows or not self.values:
            return "there is no row"
        texts = [value.label for value in self.values if value.kind != "number"]
        return f"{texts[0]} isn't a number" if texts else ""

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
    return "" if not a.keys and a.rows == 1 else "it has more than one row"


def refuse_heat(a: Answered) -> str:
    """Why it isn't a heat map."""
    if a.journey:
        return "a journey has a picture of its own"
    if len(a.keys) != 2 or len(a.values) != 1:
        return "it takes two slices and one metric"
    return a.undrawable or _refuse_many(a.rows, MOST_CELLS, "cells")


def refuse_line(a: Answered) -> str:
    """Why it isn't lines."""
    if a.journey:
        return "a journey has a picture of its own"
    if a.times != 1 or len(a.keys) > 2:
        return "it takes a time axis and at most one more slice"
    return a.undrawable or ("" if a.rows > 1 else "a single period makes no line")


def refuse_spark(a: Answered) -> str:
    """Why it isn't a sparkline."""
    return refuse_line(a) or ("" if len(a.keys) == len(a.values) == 1 else "it takes one time axis and one metric")


def refuse_column(a: Answered) -> str:
    """Why it isn't columns."""
    if a.journey:
        return "a journey has a picture of its own"
    if not a.ordered or len(a.keys) > 2:
        return "it takes a time, a part of time or a number, and at most one more slice"
    return a.undrawable or _refuse_many(a.bars, MOST_BARS, "bars")


def refuse_bar(a: Answered) -> str:
    """Why it isn't horizontal bars."""
    if a.journey not in ("", "funnel", "overlap"):
        return "a journey has a picture of its own"
    if not 1 <= len(a.keys) <= 2 or a.times:
        return "it takes one or two slices that aren't times"
    return a.undrawable or _refuse_many(a.bars, MOST_BARS, "bars")


def refuse_stack(a: Answered) -> str:
    """Why values can't stand on top of each other: what overlaps or doesn't sum up would show a total that is none."""
    return _refuse_whole(a) or _refuse_many(max(a.sizes, default=0), MOST_BARS, "bars")


def refuse_area(a: Answered) -> str:
    """Why it isn't areas over time."""
    if a.times != 1:
        return "it takes a time axis and one more slice"
    return _refuse_whole(a) or ("" if max(a.sizes, default=0) > 1 else "a single period makes no area")


def refuse_scatter(a: Answered) -> str:
    """Why it isn't points of two metrics."""
    if a.journey or len(a.keys) != 1 or is_time(a.keys[0]) or a.keys[0].is_part or len(a.values) != 2:
        return "it takes one slice that isn't a time, and two metrics"
    return (
        a.undrawable or ("" if a.rows > 2 else "it takes three groups") or _refuse_many(a.rows, MOST_POINTS, "points")
    )


def refuse_slope(a: Answered) -> str:
    """Why it isn't a change of ranks."""
    if a.journey or len(a.keys) != 1 or a.ordered or len(a.values) != 1:
        return "it takes one slice whose groups have no order of their own, and one metric"
    if not a.compared:
        return "it takes a comparison"
    return (
        _refuse_rows(a)
        or ("" if a.rows > 1 else "a single group has no rank")
        or _refuse_many(a.rows, MOST_RANKS, "ranks")
    )


def refuse_funnel(a: Answered) -> str:
    """Why it isn't a funnel."""
    if a.journey != "funnel":
        return "it takes a funnel"
    if len(a.keys) > 2:
        return "it takes at most one slice"
    groups = a.sizes[0] if len(a.keys) == 2 and a.sizes else 1
    return (
        _refuse_rows(a)
        or _refuse_many(groups, MOST_GROUPS, "groups")
        or _refuse_many(a.rows // max(1, groups), MOST_STEPS, "steps")
    )


def refuse_retention(a: Answered) -> str:
    """Why it isn't a grid of cohorts."""
    if a.journey != "cohort":
        return "it takes a cohort"
    return a.undrawable or ("" if len(a.keys) == 2 else "a grid holds one group: a filter would pick it")


def refuse_flow(a: Answered) -> str:
    """Why it isn't a matrix of moves."""
    if a.journey != "flow":
        return "it takes a flow between states"
    if len(a.keys) != 2:
        return "a matrix holds one group: a filter would pick it"
    return _refuse_rows(a) or _refuse_many(max(a.sizes, default=0), MOST_STATES, "states")


def refuse_upset(a: Answered) -> str:
    """Why it isn't intersections."""
    if a.journey != "overlap":
        return "it takes an overlap of segments"
    return _refuse_rows(a) or ("" if len(a.keys) == 1 else "it holds one group: a filter would pick it")


def refuse_pairs(a: Answered) -> str:
    """Why it isn't a matrix of overlaps by twos."""
    if a.journey != "pairs":
        return "it takes an overlap of pairs"
    if len(a.keys) != 1:
        return "it holds one group: a filter would pick it"
    return _refuse_rows(a) or _refuse_many(a.rows, MOST_CELLS // 2, "pairs")


def _refuse_rows(a: Answered) -> str:
    return a.undrawable or (LIMITED if a.limited else "")


def _refuse_whole(a: Answered) -> str:
    if a.journey:
        return "a journey has a picture of its own"
    if len(a.keys) != 2 or len(a.values) != 1 or a.times > 1:
        return "it takes two slices, of which one may be a time, and one metric"
    if reason := a.unstacked or a.undrawable or (LIMITED if a.limited else ""):
        return reason
    if a.compared or a.negative:
        return "what is compared with has no place in a stack" if a.compared else "some values are below 0"
    parts = [size for key, size in zip(a.keys, a.sizes, strict=True) if not is_time(key)] if a.sizes else []
    return _refuse_many(parts[-1], MOST_STACKED, "parts") if parts else ""


def _refuse_many(count: int, most: int, what: str) -> str:
    return "" if count <= most else f"{count:,} {what} are too many"
