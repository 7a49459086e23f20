"""When things happen: the span, Paris time and its DST, busy hours, weekdays, holidays, seasons and growth."""

from datetime import date, timedelta

import numpy as np

from data.world import Floats, Ints

DAY = 86_400
HOUR = 3_600
FIRST_DAY, LAST_DAY = date(2022, 11, 16), date(2024, 11, 15)
DAYS = (LAST_DAY - FIRST_DAY).days + 1


def count_days(day: date) -> int:
    """Return the days from 1970-01-01 to `day`."""
    return (day - date(1970, 1, 1)).days


def find_switch(year: int, month: int) -> int:
    """Return the second at which the EU changes its clocks: 01:00 UTC on the last Sunday of March or October."""
    last = date(year, month, 31)
    return count_days(last - timedelta(days=last.isoweekday() % 7)) * DAY + HOUR


# Summer is between an even and an odd place of this list. By rule, so that no machine's time zone files are needed.
SWITCHES: Ints = np.array([find_switch(year, month) for year in range(2020, 2030) for month in (3, 10)], dtype=np.int64)


def to_local(utc: Ints) -> Ints:
    """Return Paris wall-clock seconds of UTC seconds."""
    summer = np.searchsorted(SWITCHES, utc, side="right") % 2
    local: Ints = utc + HOUR + HOUR * summer
    return local


def to_utc(local: Ints) -> Ints:
    """Return UTC seconds of Paris wall-clock seconds.

    The hour that the clocks skip in March moves on by one hour. The hour that they repeat in October falls
    in its first pass at an even second and in its second pass at an odd one, so that both passes have rows.
    """
    winter = local - HOUR
    place = np.searchsorted(SWITCHES, winter, side="right")
    just_switched = (place > 0) & (winter - SWITCHES[np.maximum(place - 1, 0)] < HOUR)
    skipped = just_switched & (place % 2 == 1)
    repeated = just_switched & (place % 2 == 0) & (local % 2 == 0)
    summer = ((place % 2 == 1) & ~skipped) | repeated
    utc: Ints = winter - HOUR * summer
    return utc


START = int(to_utc(np.array([count_days(FIRST_DAY) * DAY]))[0])
END = int(to_utc(np.array([(count_days(LAST_DAY) + 1) * DAY]))[0])  # exclusive: midnight that ends the last day

# fmt: off
_OFFICE = (1.5, 0.8, 0.6, 0.5, 0.5, 0.8, 2, 6, 13, 15, 15, 13, 8, 8, 9, 9, 9, 10, 9, 7, 6, 5, 3, 2)
_WEEKEND = (4, 3, 2, 1.2, 0.8, 0.7, 1, 3, 6, 9, 11, 11, 9, 8, 9, 10, 10, 9, 9, 9, 9, 8, 5, 3)
# fmt: on
_WEEKDAYS: Floats = np.array([1.0, 1.32, 1.28, 1.05, 0.98, 0.72, 0.45])
_SEASON: Floats = np.array([0.95, 0.92, 1.10, 1.04, 0.98, 1.02, 0.88, 0.66, 1.12, 1.08, 1.16, 1.09])
_HOLIDAYS = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))


def weigh_hours() -> Floats:
    """Return how busy each hour of each weekday is, 7 x 24, Monday first: Tuesday and Wednesday 8 to 12 stand out."""
    hours: Floats = np.array([_OFFICE] * 5 + [_WEEKEND] * 2, dtype=np.float64)
    hours[1:3, 8:12] *= 1.8
    return hours


def weigh_days(growth: float, weekend: float = 1.0) -> Floats:
    """Return how busy each day of the span is: it ends `growth` times busier than it began; `weekend` scales those."""
    days = [FIRST_DAY + timedelta(days=offset) for offset in range(DAYS)]
    weekdays = _WEEKDAYS.copy()
    weekdays[5:] *= weekend
    rhythm: Floats = np.array([weekdays[day.weekday()] * _SEASON[day.month - 1] for day in days])
    rhythm[[(day.month, day.day) in _HOLIDAYS for day in days]] *= 0.3
    return rhythm * np.linspace(1.0, growth, DAYS)


def draw_days(rng: np.random.Generator, weights: Floats, earliest: Ints) -> Ints:
    """Return a day of the span for each of `earliest` (days since 1970), not before it, in proportion to weights."""
    bounds = np.concatenate([[0.0], np.cumsum(weights)])
    low = bounds[np.clip(earliest - count_days(FIRST_DAY), 0, DAYS - 1)]
    drawn = np.searchsorted(bounds, low + rng.random(len(earliest)) * (bounds[-1] - low), side="right") - 1
    days: Ints = np.minimum(drawn, DAYS - 1).astype(np.int64) + count_days(FIRST_DAY)
    return days


_HOURS: Floats = (np.cumsum(weigh_hours(), axis=1) / weigh_hours().sum(axis=1, keepdims=True)
                  + np.arange(7)[:, None]).ravel()  # fmt: skip


def draw_seconds(rng: np.random.Generator, days: Ints) -> Ints:
    """Return one UTC second on each Paris day of `days` (days since 1970), at the hours at which people are about."""
    weekday = (days + 3) % 7
    hour = np.minimum(np.searchsorted(_HOURS, weekday + rng.random(len(days)), side="right"), weekday * 24 + 23) % 24
    return to_utc(days * DAY + hour * HOUR + rng.integers(0, HOUR, len(days)))


def wake(rng: np.random.Generator, utc: Ints) -> Ints:
    """Return the seconds with most of those in the night moved to the morning after it: people sleep."""
    local = to_local(utc)
    asleep = (local % DAY < 7 * HOUR) & (rng.random(len(utc)) < 0.8)
    morning = to_utc(local // DAY * DAY + 7 * HOUR + rng.integers(0, 3 * HOUR, len(utc)))
    return np.where(asleep, morning, utc)
