"""Periods -> days: grains, relative periods, and the days that a period is compared with. Knows no SQL."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta, tzinfo
from datetime import UTC as UTC

from semantic.errors import Problem, Refused
from semantic.question import Between, Period, Relative

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
SECONDS = {"minute": 60, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Window:
    """Days, half-open: from `start` until `stop`; None is open."""

    start: date | None = None
    stop: date | None = None

    @property
    def bounded(self) -> bool:
        return self.start is not None and self.stop is not None

    def __str__(self) -> str:
        last = self.stop - timedelta(days=1) if self.stop else None
        if self.start == last and self.start:
            return str(self.start)
        return f"{self.start or ''}..{last or ''}"


@dataclass(frozen=True, slots=True)
class Shift:
    """How far back a comparison looks: calendar months, days or seconds, one of them; or to the start of `to`."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    to: str = ""
    week_start: str = "monday"

    def go_back(self, day: date) -> date:
        """The day that `day` is compared with; a day that its month lacks is the month's last."""
        if self.to:
            return truncate_day(day, self.to, self.week_start)
        return add_months(day, -self.months) - timedelta(days=self.days)

    def go_forward(self, day: date) -> date:
        """The day that is compared with `day`; a day that its month lacks is the month's last."""
        return add_months(day, self.months) + timedelta(days=self.days)

    def move_back(self, window: Window) -> Window:
        """The days that those of the window are compared with; whole months with whole months, however long."""
        if count_whole_months(window) and not self.to:
            last = window.stop and self.go_back(window.stop)
        else:
            last = window.stop and self.go_back(window.stop - timedelta(days=1)) + timedelta(days=1)
        return Window(window.start and self.go_back(window.start), last)

    def __str__(self) -> str:
        if self.to:
            return f"start of {self.to}"
        if self.months:
            return f"{self.months // 12} year" if self.months % 12 == 0 else f"{self.months} month"
        return f"{self.days} day" if self.days else f"{self.seconds} second"


def add_months(day: date, months: int) -> date:
    """The same day `months` later; a day that the month lacks is its last. Raises OverflowError."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError("date value out of range")  # as a day before or after the calendar does
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def truncate_day(day: date, grain: str, week_start: str = "monday") -> date:
    """The first day of the period of that grain that holds `day`; minutes and hours have their day."""
    if grain == "week":
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
    if grain in MONTHS:
        months = MONTHS[grain]
        return date(day.year, (day.month - 1) // months * months + 1, 1)
    return day


def add_periods(day: date, grain: str, count: int) -> date:
    """`count` periods of a grain later; of an hour or a minute, none: they have their day."""
    if grain in MONTHS:
        return add_months(day, count * MONTHS[grain])
    return day + timedelta(days=count * {"week": 7, "day": 1}.get(grain, 0))


def hold_periods(window: Window, grain: str, week_start: str) -> Window:
    """The days of the window that belong to whole periods of the grain; its start is its stop where there are none."""
    start = window.start and ceil_day(window.start, grain, week_start)
    stop = window.stop and truncate_day(window.stop, grain, week_start)
    return Window(start, max(start, stop) if start and stop else stop)


def ceil_day(day: date, grain: str, week_start: str) -> date:
    """The first day from `day` on that begins a period of the grain."""
    first = truncate_day(day, grain, week_start)
    return day if first == day else add_periods(first, grain, 1)


def count_periods(window: Window, grain: str) -> int:
    """About how many periods of the grain a bounded window holds."""
    assert window.start and window.stop, "the window is bounded"
    days = (window.stop - window.start).days
    if grain in SECONDS:
        return days * 86_400 // SECONDS[grain]
    return days // {"day": 1, "week": 7, "month": 28, "quarter": 90, "half": 181, "year": 365}[grain] + 1


def resolve_period(period: Period | None, as_of: date, week_start: str) -> tuple[Window, Window]:
    """The asked days, and those of them up to the as-of day where the period is a calendar unit that is still open.

    Raises Refused for a period that leaves the calendar.
    """
    if period is None:
        return Window(), Window()
    try:
        asked = _resolve_days(period, as_of, week_start)
    except OverflowError as error:
        raise refuse_period() from error
    tomorrow = as_of + timedelta(days=1)
    open_ = asked.start is not None and asked.stop is not None and asked.start < tomorrow < asked.stop
    elapsed = Window(asked.start, tomorrow) if open_ else asked
    return asked, elapsed


def refuse_period() -> Refused:
    """The refusal of a question whose days, or those that it is compared with, leave the calendar."""
    return Refused(
        [Problem("period", "its days lie outside the years 1 to 9999", "Ask a shorter period", ("period", None))]
    )


def _resolve_days(period: Period, as_of: date, week_start: str) -> Window:
    if isinstance(period, Between):
        return Window(period.start, period.end + timedelta(days=1) if period.end else None)
    assert isinstance(period, Relative)
    tomorrow = as_of + timedelta(days=1)
    current = truncate_day(as_of, period.unit, week_start)
    if period.kind == "last":
        return Window(add_periods(tomorrow, period.unit, -period.count), tomorrow)
    if period.kind == "this":
        return Window(current, add_periods(current, period.unit, 1))
    return Window(add_periods(current, period.unit, -period.count), current)


def count_whole_months(window: Window) -> int:
    """How many whole calendar months the window is, 0 where it isn't."""
    if not (window.start and window.stop) or window.start.day != 1 or window.stop.day != 1:
        return 0
    return (window.stop.year - window.start.year) * 12 + window.stop.month - window.start.month


def compare_window(asked: Window, elapsed: Window, with_: str | Between, full: bool) -> tuple[Window, Shift]:
    """The days to compare with, and the way back to them from the asked ones.

    `previous` is as many whole months before where the period is whole months, else as many days; `year` the same days
    a year before. Like for like: an open period is compared with as many days as have elapsed, unless `full`.
    """
    assert asked.start and asked.stop and elapsed.stop, "a comparison needs a bounded period"
    if isinstance(with_, Between):
        assert with_.start and with_.end, "a range is closed on both sides"
        window = Window(with_.start, with_.end + timedelta(days=1))
    elif with_ == "year":
        stop = asked.stop if full else elapsed.stop
        return Shift(months=12).move_back(Window(asked.start, stop)), Shift(months=12)
    elif months := count_whole_months(asked):
        window = Window(add_months(asked.start, -months), asked.start)
    else:
        window = Window(asked.start - (asked.stop - asked.start), asked.start)
    if elapsed != asked and not full and window.start and window.stop:
        window = Window(window.start, min(window.stop, window.start + (elapsed.stop - asked.start)))
    return window, find_shift(asked, window)


def find_shift(asked: Window, window: Window) -> Shift:
    """The way back from one window's start to the other's: in months where both begin on the same day of the month."""
    assert asked.start and window.start, "both windows have a start"
    if asked.start.day == window.start.day and asked.start != window.start:
        return Shift(months=(asked.start.year - window.start.year) * 12 + asked.start.month - window.start.month)
    return Shift(days=(asked.start - window.start).days)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The instant at which a day begins in a zone, in UTC without a zone of its own."""
    return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


def list_offsets(zone: tzinfo, first: datetime, last: datetime) -> list[tuple[datetime, int]]:
    """The zone's offsets from UTC in seconds, each with the UTC instant from which it holds, from `first` on."""

    def offset(instant: datetime) -> int:
        found = instant.replace(tzinfo=UTC).astimezone(zone).utcoffset()
        assert found is not None, "a zone has an offset"
        return int(found.total_seconds())

    found = [(first, offset(first))]
    if str(zone) == "UTC":
        return found
    step, here = timedelta(days=14), first
    while here < last:
        after = min(here + step, last)
        if offset(after) != offset(here):
            low, high = here, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append((high.replace(microsecond=0), offset(high)))
        here = after
    return found
