"""Calendar arithmetic of the reference, by plain datetime: cut to a grain, count parts, move days, list an axis."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

GRAINS = ("minute", "hour", "day", "week", "month", "quarter", "half", "year")
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
PARTS = {
    "hour_of_day": "hour",
    "weekday": "day",
    "day_of_month": "day",
    "day_of_year": "day",
    "month_of_year": "month",
    "quarter_of_year": "quarter",
}
FINER_THAN_DAYS = GRAINS[:2]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ONE_DAY = timedelta(days=1)


def is_time(name: str) -> bool:
    """Whether it names a grain or part of a metric's own clock."""
    return name in GRAINS or name in PARTS


def lies_within(grain: str, other: str) -> bool:
    """Whether a period of the grain lies in one period of the other: a day in a month, a week in no month."""
    if other not in GRAINS or GRAINS.index(grain) > GRAINS.index(other):
        return False
    return grain == other or (grain != "week" and (other != "week" or grain in ("minute", "hour", "day")))


def tells(grain: str, name: str) -> bool:
    """Whether who knows the period of the grain knows the other grain or part: the weekday of a day."""
    return lies_within(grain, PARTS.get(name, name))


@dataclass(frozen=True)
class Moment:
    """When a row happened: its day, and, unless its clock is a DATE, the wall clock's time and the instant."""

    day: date
    wall: datetime | None = None
    instant: datetime | None = None


def read_moment(stored: date | datetime | None, stored_in: ZoneInfo, zone: ZoneInfo) -> Moment | None:
    """A stored value as the people of `zone` read it. What carries no zone was stored in `stored_in`."""
    if stored is None:
        return None
    if not isinstance(stored, datetime):
        return Moment(stored)
    aware = stored if stored.tzinfo else stored.replace(tzinfo=stored_in)
    instant = aware.astimezone(UTC)
    # A wall time that a clock change skips is bad data; read in its own zone it stays what is stored.
    wall = stored if not stored.tzinfo and stored_in.key == zone.key else instant.astimezone(zone)
    return Moment(wall.date(), wall.replace(tzinfo=None, fold=0), instant)


def cut(moment: Moment, grain: str, week_start: str) -> date | datetime:
    """The first day of the period of the moment; of an hour or minute, its first instant."""
    if grain in ("minute", "hour"):
        assert moment.wall, "a DATE has no hours"
        assert moment.instant, "a wall clock comes with an instant"
        beyond = timedelta(seconds=moment.wall.second, microseconds=moment.wall.microsecond)
        return moment.instant - beyond - (timedelta(minutes=moment.wall.minute) if grain == "hour" else timedelta())
    return cut_day(moment.day, grain, week_start)


def cut_day(day: date, grain: str, week_start: str) -> date:
    """The first day of the week, month … that the day is in."""
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
    return date(day.year, (day.month - 1) // MONTHS[grain] * MONTHS[grain] + 1, 1)


def count_part(moment: Moment, part: str) -> int:
    """Which hour of the day, weekday (1 Monday), day of the month … the moment is in."""
    if part == "hour_of_day":
        assert moment.wall, "a DATE has no hours"
        return moment.wall.hour
    day = moment.day
    return {
        "weekday": day.isoweekday(),
        "day_of_month": day.day,
        "day_of_year": day.timetuple().tm_yday,
        "month_of_year": day.month,
        "quarter_of_year": (day.month - 1) // 3 + 1,
    }[part]


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_units(day: date, count: int, unit: str) -> date:
    """The day that many units later; a month later is the same day, or the month's last."""
    if unit in MONTHS:
        return add_months(day, count * MONTHS[unit])
    return day + timedelta(days=count * (7 if unit == "week" else 1))


@dataclass(frozen=True)
class Move:
    """How far back another period lies."""

    months: int = 0
    days: int = 0
    seconds: int = 0
    to: str = ""  # instead of these: the first day of such a period
    week_start: str = "monday"

    def back(self, day: date) -> date:
        if self.to:
            return cut_day(day, self.to, self.week_start)
        return add_months(day, -self.months) - timedelta(days=self.days)

    def forth(self, day: date) -> date:
        return add_months(day, self.months) + timedelta(days=self.days)


def list_days(first: date, last: date) -> list[date]:
    """Every day, both ends included."""
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def list_moments(first: date, last: date, grain: str, zone: ZoneInfo) -> Iterator[Moment]:
    """A moment in each period of the days; a day of a change of clocks has 23 or 25 hours."""
    if grain not in ("minute", "hour"):
        yield from map(Moment, list_days(first, last))
        return
    instant = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
    step = timedelta(minutes=1) if grain == "minute" else timedelta(hours=1)
    while (wall := instant.astimezone(zone)).date() <= last:
        yield Moment(wall.date(), wall.replace(tzinfo=None, fold=0), instant)
        instant += step
