"""Which days a question is about, and which it's compared with, as the reference sees it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from semantic.question import Between, Period, Question, Relative, Slice
from tests.reference_names import Unanswerable
from tests.reference_time import GRAINS, MONTHS, ONE_DAY, Moment, Move, add_months, add_units, cut_day

Days = tuple[date | None, date | None]
STEPS = {
    "dod": ("day", Move(days=1)),
    "wow": ("week", Move(days=7)),
    "mom": ("month", Move(months=1)),
    "qoq": ("quarter", Move(months=3)),
    "yoy": ("year", Move(months=12)),
}
WEEKS = {"wow": 1, "qoq": 13, "yoy": 52}


@dataclass(frozen=True)
class Frame:
    """Which rows a value is made of: days (None is open), how far back they lie, the slice that they come from."""

    first: date | None
    last: date | None
    moves: tuple[Move, ...] = ()
    slice: Slice | None = None
    kept: tuple[tuple[str, frozenset[object]], ...] = ()  # entities, and which of them
    rows: frozenset[int] | None = None  # the identities of the only rows
    everyone: object = None  # of what is taken per entity: all that there are are meant, whether or not they have rows
    at: Moment | None = None  # when the rows of a history hold
    hour: datetime | None = None  # the only one whose rows count
    full: bool = False  # whether all of an earlier period is asked, not only as much as is over

    @property
    def seconds(self) -> int:
        return sum(move.seconds for move in self.moves)


def read_period(period: Period | None, as_of: date, week_start: str) -> Days:
    """The first and last day; a relative period ends on the as-of day at the latest."""
    match period:
        case None:
            return None, None
        case Between(start, end):
            return start, end
        case Relative("this", _, unit):
            return cut_day(as_of, unit, week_start), as_of
        case Relative("last", count, unit):
            return add_units(as_of + ONE_DAY, -count, unit), as_of
        case Relative(_, count, unit):
            start = cut_day(as_of, unit, week_start)
            return add_units(start, -count, unit), start - ONE_DAY


def complete_period(period: Period | None, days: Days) -> tuple[date, date]:
    """The days with those still to come: of `this-month`, the month's. Raises Unanswerable where they're open."""
    first, last = days
    if first is None or last is None:
        raise Unanswerable("an open period has nothing to compare with")
    if isinstance(period, Relative) and period.kind == "this":
        last = add_units(first, 1, period.unit) - ONE_DAY
    return first, last


def is_whole_months(first: date, last: date) -> bool:
    return first.day == 1 and (last + ONE_DAY).day == 1


def previous_move(first: date, last: date) -> Move:
    """As many whole months where the period is whole months, else as many days."""
    if is_whole_months(first, last):
        end = last + ONE_DAY
        return Move(months=(end.year - first.year) * 12 + end.month - first.month)
    return Move(days=(last - first).days + 1)


def move_window(first: date, last: date, move: Move) -> tuple[date, date]:
    """The days as far back; whole months stay whole months."""
    if move.months and is_whole_months(first, last):
        return move.back(first), move.back(last + ONE_DAY) - ONE_DAY
    return move.back(first), move.back(last)


def compare_frame(question: Question, frame: Frame, days: Days, as_of: date) -> Frame | None:
    """The days or the slice to compare with, like for like unless all of it is asked. Raises Unanswerable."""
    compare = question.compare
    if compare is None:
        return None
    if isinstance(compare.with_, Slice):
        return replace(frame, slice=compare.with_)
    first, last = complete_period(question.period, days)
    if isinstance(compare.with_, Between):
        start, end = compare.with_.start, compare.with_.end
        assert start, "the line takes no days without a start"
        assert end, "the line takes no days without an end"
    else:
        move = Move(months=12) if compare.with_ == "year" else previous_move(first, last)
        start, end = move_window(first, last, move)
    if compare.with_ == "year" or first.day == start.day:
        move = Move(months=(first.year - start.year) * 12 + first.month - start.month)
    else:
        move = Move(days=(first - start).days)
    if first <= as_of < last and not compare.full:
        end = add_months(as_of, -12) if compare.with_ == "year" else min(end, start + (as_of - first))
    return Frame(start, end, (move,), full=compare.full)


def add_move(moves: tuple[Move, ...], move: Move) -> tuple[Move, ...]:
    """The way back, and then another. Raises Unanswerable where months and days, or hours, would have to add up."""
    kinds = {(bool(other.months), bool(other.seconds)) for other in (*moves, move)}
    if moves and (len(kinds) > 1 or any(seconds for _, seconds in kinds) or any(each.to for each in (*moves, move))):
        raise Unanswerable("two ways back that don't add up")
    return (*moves, move)


def find_move(step: str, grain: str | None, period: Period | None, days: Days) -> Move:
    """How far back a change looks, on an axis of the grain or on none. Raises Unanswerable."""
    if step == "previous":
        if grain is None:
            return previous_move(*complete_period(period, days))
        seconds = {"minute": 60, "hour": 3600}.get(grain, 0)
        return Move(MONTHS.get(grain, 0), {"day": 1, "week": 7}.get(grain, 0), seconds)
    unit, move = STEPS[step]
    if grain == "week":
        if step not in WEEKS:
            raise Unanswerable("a change over what is no whole number of weeks")
        return Move(days=7 * WEEKS[step])
    if grain and GRAINS.index(grain) > GRAINS.index(unit):
        raise Unanswerable("a change over less than the axis' period")
    return move
