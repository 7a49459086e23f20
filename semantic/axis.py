"""Time keys -> the axis: the grain that tells its periods apart, and the days of these, and of those of fewer keys."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations

from semantic.calendar import SECONDS, Window, add_periods, truncate_day
from semantic.names import DETERMINES, GRAINS
from semantic.resolved import Axis


def find_base(names: Sequence[str]) -> str | None:
    """The time key that tells the periods apart; `mixed` where none does, None without a grain."""
    grains = [name for name in names if name in GRAINS]
    for grain in grains:
        if set(grains) - {grain} <= DETERMINES[grain]:
            return grain
    return "mixed" if grains else None


def build_axis(
    names: Sequence[str],
    base: str,
    window: Window,
    data: tuple[date | None, date | None],
    as_of: date,
    week_start: str,
    totals: bool,
) -> Axis:
    """The axis of these time keys over the asked days, else those of the data; nothing after the as-of day.

    With `totals` it holds the days of every subset of the keys, too: a subtotal is that of the question by fewer keys,
    whatever other metrics make the axis longer.
    """
    keys = tuple(name for name in names if name in GRAINS or (base != "mixed" and name in DETERMINES[base]))
    whole = _span_periods(names, window, data, as_of, week_start)
    fewer: list[tuple[tuple[str, ...], Window]] = []
    for size in range(len(names)) if totals and not window.bounded else ():
        for some in combinations(names, size):
            days = _span_periods(some, window, data, as_of, week_start)
            if days != whole:
                fewer.append((some, days))
    return Axis(keys, base, whole, tuple(fewer))


def _span_periods(
    names: Sequence[str], window: Window, data: tuple[date | None, date | None], as_of: date, week_start: str
) -> Window:
    """The days of the periods that hold the asked ones; without a grain those themselves, whose first may be open."""
    tomorrow, (first, last) = as_of + timedelta(days=1), data
    grains = [name for name in names if name in GRAINS]
    if not grains:
        return Window(window.start, min(window.stop, tomorrow) if window.stop else tomorrow)
    start = window.start or max(truncate_day(first or tomorrow, grain, week_start) for grain in grains)
    stop = min(window.stop or min(_end_period(last or as_of, grain, week_start) for grain in grains), tomorrow)
    if stop <= start or not (window.start or first):  # no period at all, not even the one that the first day is in
        start = stop = max(truncate_day(start, grain, week_start) for grain in grains)
    return Window(start, stop)


def _end_period(day: date, grain: str, week_start: str) -> date:
    """The first day after the period of the grain that holds `day`; after the day itself, of an hour."""
    return add_periods(truncate_day(day, grain, week_start), "day" if grain in SECONDS else grain, 1)
