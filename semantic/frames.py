"""Time windows of leaves: the days at which one is read, the rows that this needs, what can't have one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from sqlglot import exp

from semantic.calendar import MONTHS, SECONDS, Window, add_months, refuse_period, truncate_day
from semantic.catalogue import Duration, Grain, Rolling, ToDate
from semantic.conditions import classify_type
from semantic.each import list_sources
from semantic.errors import Problem, Refused
from semantic.expressions import is_aggregate
from semantic.names import DETERMINES, GRAINS, PARTS, is_finer
from semantic.resolved import (
    Axis,
    Change,
    Each,
    Everyone,
    Filled,
    Formula,
    Frame,
    Leaf,
    Newness,
    Quotient,
    ResolvedClock,
    Share,
    State,
    Steps,
    Value,
    Variant,
)

LETTERS = {
    "minute": "min",
    "hour": "h",
    "day": "d",
    "week": "w",
    "month": "m",
    "quarter": "q",
    "half": "hy",
    "year": "y",
}
TO_DATE = {"minute": "this minute", "hour": "this hour", "day": "dtd", "week": "wtd", "month": "mtd", "quarter": "qtd"}
TO_DATE |= {"half": "htd", "year": "ytd"}
# The units of `~rolling12m`.
UNITS: dict[str, Grain] = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year", "h": "hour"}


def build_frame(metric: Rolling | ToDate) -> Frame:
    """The window of a metric of the catalogue."""
    if isinstance(metric, Rolling):
        return Frame(metric.window, at=metric.at, filled=metric.fill == "0")
    return Frame(grain=metric.grain, at=metric.at, filled=metric.fill == "0")


def read_frame(modifier: str) -> Frame | None:
    """The window that a modifier of the line asks for: `rolling7d`, `mtd`, `total`; None where it's another one."""
    if found := re.fullmatch(r"rolling(\d+)([a-z])", modifier):
        return Frame(Duration(int(found[1]), UNITS[found[2]]))
    grains: dict[str, Grain | None] = {"mtd": "month", "qtd": "quarter", "ytd": "year", "total": None}
    return Frame(grain=grains[modifier]) if modifier in grains else None


def map_leaves(value: Value, change: Callable[[Leaf, bool], Value]) -> Value:
    """The value with every leaf changed; `change` is told, too, whether its NULL reads 0."""

    def go(part: Value, filled: bool = False) -> Value:
        match part:
            case Leaf():
                return change(part, filled)
            case Formula():
                return Formula(part.sql, tuple((name, go(inner)) for name, inner in part.parts))
            case Quotient():
                return Quotient(go(part.above), go(part.below))
            case Share():
                return Share(go(part.value), part.within)
            case Change():
                return Change(go(part.now), go(part.before), part.how)
            case Filled():
                return replace(part, value=go(part.value, filled=True))

    return go(value)


def name_frame(frame: Frame) -> str:
    """`rolling7d`, `mtd`, `total`, `rolling28d(average)`."""
    if frame.window:
        name = f"rolling{frame.window.count}{LETTERS[frame.window.unit]}"
    else:
        name = TO_DATE[frame.grain] if frame.grain else "total"
    return name if frame.at == "last" else f"{name}({frame.at})"


def frame_value(value: Value, frame: Frame, name: str) -> Value:
    """The value with a window over every leaf: of a formula, the formula over what its windows hold.

    Raises Refused where a leaf is no plain aggregate of rows.
    """

    clocks = tuple(dict.fromkeys(leaf.clock for leaf in list_leaves(value) if leaf.clock))
    apart = frame.at == "first" and len(clocks) > 1  # the first day of all of it may be another than the leaf's

    def put(leaf: Leaf, filled: bool) -> Leaf:
        if isinstance(leaf.how, Frame):
            raise _refuse(f"{leaf.name} is a window already, so {name} would be a window of windows", "Ask one of them")
        if leaf.how is not None:
            raise _refuse(*_tell_no_window(leaf, leaf.how, name))
        how = replace(frame, filled=frame.at == "average" and (frame.filled or filled), clocks=clocks if apart else ())
        shown = f"{leaf.name}~{name_frame(frame)}"
        return replace(leaf, name=f"{shown} of {name}" if apart else shown, how=how)

    return map_leaves(value, put)


def _tell_no_window(leaf: Leaf, how: State | Each | Everyone | Steps | Newness, name: str) -> tuple[str, str]:
    """Why there is no window of a leaf, and the nearest question that has an answer."""
    match how:
        case Steps():
            found = f"{name} would put a window around a conversion, which has one of its own"
            return found, "Ask it by=week or by=month, by the time of its first step"
        case Newness():
            found = f"{leaf.name} tells who is {how.kind} in a whole period, and the windows of {name} overlap"
            return found, f"Ask {leaf.name} by=week or by=month, or for a period: period=last-7-days"
        case Each():
            found = f"{leaf.name} is taken per {how.per} of a whole period, and the windows of {name} overlap"
            return found, f"Ask {leaf.name} for a period: period=last-90-days"
        case State() | Everyone():
            found = f"{leaf.name} is a state at one instant, and {name} would hold several"
            return found, f"Ask {leaf.name}, or its mean by a metric {{each: {leaf.name}, per: day, take: mean}}"
        case _:
            assert_never(how)


def _refuse(found: str, remedy: str) -> Refused:
    return Refused([Problem("metric", found, remedy)])


def is_of_days(leaf: Leaf) -> bool:
    """Whether it's a window, or the mean of one, which tells by itself at which days it's read."""
    return isinstance(leaf.how, Frame) or (isinstance(leaf.how, Each) and leaf.how.known)


# --- how an aggregate comes apart into days


def comes_apart(leaf: Leaf) -> bool:
    """Whether the aggregate of many days can be put together from what is known of each, or of each entity's days."""
    tree = leaf.sql.tree
    return all(is_mergeable(node) or is_distinct_count(node) for node in list_aggregates(tree))


def list_aggregates(tree: exp.Expr) -> list[exp.Expr]:
    """The outermost aggregates of an expression, each with its FILTER or WITHIN GROUP."""
    if isinstance(tree, (exp.Filter, exp.WithinGroup)) or is_aggregate(tree):
        return [tree]
    return [found for child in tree.iter_expressions() for found in list_aggregates(child)]


def is_mergeable(node: exp.Expr) -> bool:
    """Whether it's a sum, count, minimum, maximum or mean of rows."""
    inner = node.this if isinstance(node, exp.Filter) else node
    plain = isinstance(inner, (exp.Sum, exp.Count, exp.CountIf, exp.Min, exp.Max, exp.Avg))
    return plain and not isinstance(inner.this, (exp.Distinct, exp.Order, exp.HavingMax)) and not inner.expressions


def is_distinct_count(node: exp.Expr) -> bool:
    """Whether it's a distinct count of one expression."""
    inner = node.this if isinstance(node, exp.Filter) else node
    return isinstance(inner, exp.Count) and isinstance(inner.this, exp.Distinct) and len(inner.this.expressions) == 1


# --- what is asked of it


def find_slot(frame: Frame, names: tuple[str, ...]) -> str:
    """The unit by which rows come into a window: the day, or what is finer in the window or the time keys."""
    units = [*(name for name in names if name in SECONDS), *("hour" for name in names if name == "hour_of_day")]
    units += [unit for unit in (frame.window.unit if frame.window else frame.grain,) if unit in SECONDS]
    return "minute" if "minute" in units else "hour" if units else "day"


def check_frame(leaf: Leaf, keys: tuple[str, ...], base: str | None, filters: tuple[str, ...]) -> None:
    """Raises Refused where the window has no value at one of the question's time keys, or is finer than its clock."""
    frame, clock = leaf.how, leaf.clock
    if not isinstance(frame, Frame):
        return
    plain = leaf.name.rpartition("~")[0]
    if clock is None:
        raise _refuse(f"{plain} has no clock: its view {leaf.view} names no time, so it has no window", f"Ask {plain}")
    unit = frame.window.unit if frame.window else frame.grain
    finest = clock.grain or ("day" if classify_type(clock.type) == "date" else "minute")
    if unit and not _fits(unit, finest):
        raise _refuse(
            f"{plain} is counted by {finest}, so it has no window of {unit}s", f"A window of {finest}s would do"
        )
    for key in keys:
        told = key in GRAINS or (base in DETERMINES and key in DETERMINES[base])
        if not told and frame.at != "average":
            raise _refuse(
                f"{leaf.name} is the value of one day, so a {key} has none of its own",
                f"Ask by=day, or write at: average for the mean over each {key}",
            )
    fine = [key for key in keys if key in (*SECONDS, "hour_of_day")]
    if fine and unit not in SECONDS and (frame.window or frame.at == "average"):
        raise _refuse(f"{leaf.name} is a window of days, so {fine[0]} has no value of it", "Ask by=day")
    slot = find_slot(frame, keys)
    for name in filters:
        grain = PARTS[name][0] if name in PARTS else name
        if grain in SECONDS and (slot == "day" or is_finer(grain, slot)):
            raise _refuse(f"{leaf.name} is read by {slot}, so {name}= can't choose among its values", "Filter by day")


def check_shares(value: Value, keys: tuple[str, ...], name: str) -> None:
    """Raises Refused where a share is taken of windows of several days, which overlap."""
    match value:
        case Leaf():
            return
        case Formula():
            for _, part in value.parts:
                check_shares(part, keys, name)
        case Quotient():
            check_shares(value.above, keys, name)
            check_shares(value.below, keys, name)
        case Change():
            check_shares(value.now, keys, name)
            check_shares(value.before, keys, name)
        case Filled():
            check_shares(value.value, keys, name)
        case Share():
            within = value.within or ""
            over = [key for key in keys if key != within and key not in DETERMINES.get(within, ())]
            windows = [leaf for leaf in list_leaves(value.value) if isinstance(leaf.how, Frame)]
            if over and windows:
                raise _refuse(
                    f"{windows[0].name} is a window, and those of several periods overlap, so {name} would mislead",
                    f"Ask the share of each period's own: ~share({over[0]})",
                )
            check_shares(value.value, keys, name)
        case _:
            assert_never(value)


def list_leaves(value: Value) -> list[Leaf]:
    """Every leaf of a value, in order."""
    found: list[Leaf] = []

    def keep(leaf: Leaf, _: bool) -> Leaf:
        found.append(leaf)
        return leaf

    map_leaves(value, keep)
    return found


def _fits(unit: str, finest: str) -> bool:
    if is_finer(unit, finest) or (finest == "week" and unit != "week"):
        return False
    return unit != "week" or is_finer(finest, "week") or finest == "week"


# --- which days are read, and which rows that needs


@dataclass(frozen=True, slots=True)
class Settling:
    """What windows need to know of the question: its axis, its as-of day, the names of its time keys and filters."""

    week_start: str
    as_of: date
    axis: Axis | None
    keys: tuple[str, ...]
    filters: tuple[str, ...]
    begin: Callable[[Sequence[ResolvedClock]], date | None]  # the first day that one of the clocks has a row on


def settle_value(value: Value, about: Settling) -> Value:
    """The value with every window's days: those at which it's read, and those of the rows that it needs.

    A window that is read at one day only becomes a plain aggregate of its rows.
    """
    try:
        return map_leaves(value, lambda leaf, _: _settle_leaf(leaf, about))
    except OverflowError as error:
        raise refuse_period() from error


def _settle_leaf(leaf: Leaf, about: Settling) -> Leaf:
    frame = leaf.how
    if isinstance(frame, Each):  # of every period the value is read at its own last day, say
        if frame.known:  # the mean of a window's days is of those at which windows are read
            read, fewer = _find_reads(leaf, about)
            frame = replace(frame, window=_span([read, *(days for _, days in fewer)]), read=read, fewer=fewer)
        axis = Axis((frame.per,), frame.per, frame.window) if frame.window else about.axis
        inner = replace(about, axis=axis, keys=(frame.per,) if frame.window else about.keys)
        return replace(leaf, how=replace(frame, value=settle_value(frame.value, inner)))
    if not isinstance(frame, Frame):
        return leaf
    read, fewer = _find_reads(leaf, about)
    week = about.week_start
    alone = not about.keys and not about.filters and frame.at != "average"
    if alone and find_slot(frame, ()) == "day":
        assert read.start and read.stop, "what is read is bounded"
        if read.start >= read.stop:
            rows = Window(read.stop, read.stop)
        else:
            day = read.start if frame.at == "first" else read.stop - timedelta(days=1)
            rows = Window(find_first(frame, day, week), day + timedelta(days=1))
        variant = replace(_read_rows(leaf.variant, rows), rolls=frame.window is not None)
        return replace(leaf, how=None, variant=variant)
    every = _span([read, *(days for _, days in fewer)])
    assert every.start and every.stop, "what is read is bounded"
    first = find_first(frame, every.start, week) if every.start < every.stop else every.stop
    rows = Window(first, every.stop)
    return replace(leaf, how=replace(frame, read=read, fewer=fewer, clocks=()), variant=_read_rows(leaf.variant, rows))


def _span(windows: Sequence[Window]) -> Window:
    """The days from the first to the last of the windows, those without any left out."""
    ends = [(window.start, window.stop) for window in windows if window.start and window.stop]
    held = [(start, stop) for start, stop in ends if start < stop] or ends[:1]
    return Window(min(start for start, _ in held), max(stop for _, stop in held))


def _read_rows(variant: Variant, rows: Window) -> Variant:
    return replace(variant, window=rows, exact=True, asked=variant.measured)


def _find_reads(leaf: Leaf, about: Settling) -> tuple[Window, tuple[tuple[tuple[str, ...], Window], ...]]:
    """The days at which the window is read; and those of subtotals by fewer time keys, where they are others."""
    axis = about.axis
    read = _find_read(leaf, about, axis.window if axis else None)
    fewer = ((names, _find_read(leaf, about, days)) for names, days in (axis.fewer if axis else ()))
    return read, tuple((names, days) for names, days in fewer if days != read)


def _find_read(leaf: Leaf, about: Settling, days: Window | None) -> Window:
    """The days at which the window is read, none of them to come; those of a comparison are the earlier ones.

    `days` are those of the axis, whose first may be open.
    """
    variant, tomorrow = leaf.variant, about.as_of + timedelta(days=1)
    window = variant.window
    if days and variant.shift is None:
        window = days
    elif days and variant.shift and not variant.label.startswith("compare"):
        moved = variant.shift.move_back(days)
        window = Window(
            window.start or moved.start, min(window.stop, moved.stop) if window.stop and moved.stop else moved.stop
        )
    stop = min(window.stop, tomorrow) if window.stop else tomorrow
    start = window.start or about.begin(_list_clocks(leaf))  # its own, whatever is asked beside it
    return Window(start or stop, stop)


def _list_clocks(leaf: Leaf) -> list[ResolvedClock]:
    """Those of the metric that the window, or its mean, is of."""
    if isinstance(leaf.how, Frame) and leaf.how.clocks:
        return list(leaf.how.clocks)
    return [source.clock for source in list_sources(leaf) if source.clock]


def find_first(frame: Frame, day: date, week_start: str) -> date | None:
    """The first day of the window that ends with `day`; of a window of hours, a day that is early enough."""
    if frame.window:
        return _go_back(frame.window, day)
    return truncate_day(day, frame.grain, week_start) if frame.grain else None


def _go_back(window: Duration, day: date) -> date:
    """Three months up to 29 February begin on 1 December: as many months before the day after it."""
    if window.unit in SECONDS:
        return day - timedelta(days=window.count * SECONDS[window.unit] // 86_400 + 2)  # days of 23 hours, too
    morrow = day + timedelta(days=1)
    if window.unit in MONTHS:
        return add_months(morrow, -window.count * MONTHS[window.unit])
    return morrow - timedelta(days=window.count * (7 if window.unit == "week" else 1))
