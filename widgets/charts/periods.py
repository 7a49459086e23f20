"""Times as people read them, and their places on an axis: no day slides with a server's or a browser's zone."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from widgets.charts.words import MONTHS, MONTHS_OF_DAYS, WEEKDAYS, WORDS
from widgets.translations import Locale

DAY_MS = 86_400_000
STEP_MS = {"day": DAY_MS, "week": 7 * DAY_MS, "month": 28 * DAY_MS, "quarter": 90 * DAY_MS, "half": 181 * DAY_MS,
           "year": 365 * DAY_MS, "hour": 3_600_000, "minute": 60_000}  # fmt: skip
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Instant:
    """A period's place on the axis (milliseconds of its wall clock, counted as if it were UTC) and its full name."""

    position: int
    label: str


def format_period(moment: date, grain: str, locale: Locale = "en") -> str:
    """Return a period's name from its first day or instant: `week of 4 Mar 2024`, `Q1 2024`, `Mon 4 Mar 2024`."""
    words, month, year = WORDS[locale], MONTHS[locale][moment.month - 1], moment.year
    day = f"{moment.day} {MONTHS_OF_DAYS[locale][moment.month - 1]} {year}"
    if grain in ("hour", "minute") and isinstance(moment, datetime):
        return f"{day} {moment:%H:%M}"
    if grain == "day":
        return f"{WEEKDAYS[locale][moment.weekday()]} {day}"
    if grain == "week":
        return words["week"].format(day)
    if grain == "month":
        return f"{month} {year}"
    if grain == "quarter":
        return f"{words['quarter'].format((moment.month + 2) // 3)} {year}"
    if grain == "half":
        return f"{words['half'].format((moment.month + 5) // 6)} {year}"
    return str(year) if grain == "year" else day


def format_part(value: object, grain: str, locale: Locale = "en") -> str:
    """Return the name of a part of time: `Mon` for weekday 1, `Jan`, `Q1`, `07` for an hour."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    number = int(value)
    if grain == "weekday" and 1 <= number <= 7:
        return WEEKDAYS[locale][number - 1]
    if grain == "month_of_year" and 1 <= number <= 12:
        return MONTHS[locale][number - 1]
    if grain == "quarter_of_year":
        return WORDS[locale]["quarter"].format(number)
    return f"{number:02d}" if grain == "hour_of_day" else str(number)


def place_instants(values: Sequence[object], grain: str, locale: Locale = "en") -> list[Instant | None]:
    """Return the place of each distinct date, datetime or ISO text, in their order; None for NULL.

    An hour that a clock shows twice, as summer time ends, is drawn at half its width each time, in order, and its name
    then carries the offset.
    Raises ValueError where a value isn't a time.
    """
    moments = [None if value is None else read_moment(value) for value in values]
    if not any(isinstance(moment, datetime) and moment.tzinfo for moment in moments):
        return [
            None if moment is None else Instant(_count_ms(_read_wall(moment)), format_period(moment, grain, locale))
            for moment in moments
        ]
    # By index, since Python holds both passes of an hour equal.
    ordered = [(index, moment) for index, moment in enumerate(moments) if moment is not None]
    ordered.sort(key=lambda item: _order_instant(item[1]))
    names = [format_period(moment, grain, locale) for _, moment in ordered]
    repeated = Counter(names)
    placed: list[Instant | None] = [None] * len(values)
    for (index, moment), name, position in zip(ordered, names, _unfold([at for _, at in ordered]), strict=True):
        offset = f" {moment.isoformat()[-6:]}" if repeated[name] > 1 else ""
        placed[index] = Instant(position, name + offset)
    return placed


def read_moment(value: object) -> date:
    """Return a date or datetime as it is, and an ISO text as one. Raises ValueError on anything else."""
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    raise ValueError(f"time axis: {value!r} is not a time. a date, a timestamp or an ISO text would do.")


def write_time_expression(grain: str, locale: Locale) -> str:
    """Return the Vega expression of a time axis label: short, with the year under the first one and each January."""
    names = MONTHS[locale] if grain == "month" else MONTHS_OF_DAYS[locale]
    months = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
    month, day, first = f"{months}[utcmonth(datum.value)]", "utcdate(datum.value)", "datum.index == 0"
    year, text = "'' + utcyear(datum.value)", f"{day} + ' ' + {month}"
    if grain == "year":
        return f"utcmonth(datum.value) == 0 && {day} == 1 ? {year} : ''"
    if grain in ("hour", "minute"):
        clock = "utcFormat(datum.value, '%H:%M')"
        return f"{clock} == '00:00' ? {text} : {first} ? [{clock}, {text}] : {clock}"
    if grain in ("quarter", "half"):
        width = 3 if grain == "quarter" else 6
        name = json.dumps(WORDS[locale][grain], ensure_ascii=False).replace(
            "{}", f'" + (1 + floor(utcmonth(datum.value) / {width})) + "'
        )
        shown = f"utcmonth(datum.value) % {width} == 0 && {day} == 1"
        return f"!({shown}) ? '' : {first} || utcmonth(datum.value) == 0 ? [{name}, {year}] : {name}"
    if grain == "month":
        return f"{day} != 1 ? '' : {first} || utcmonth(datum.value) == 0 ? [{month}, {year}] : {month}"
    january = f"utcmonth(datum.value) == 0 && {day} <= 7 && domain('x')[1] - domain('x')[0] > {31 * DAY_MS}"
    if grain == "week":
        january = f"utcyear(datum.value) != utcyear(datum.value - {_write_week_step()})"
    whole = "utchours(datum.value) == 0"
    return f"!({whole}) ? '' : {first} || {january} ? [{text}, {year}] : {text}"


def write_tick_expression(grain: str) -> str | None:
    """Return the Vega expression of tick values where d3's own would miss the data: weeks start on any day."""
    if grain != "week":
        return None
    return f"sequence(+domain('x')[0], +domain('x')[1] + 1, {_write_week_step()})"


def _write_week_step() -> str:
    weeks = f"(domain('x')[1] - domain('x')[0]) / {STEP_MS['week']}"
    return f"{STEP_MS['week']} * max(1, ceil({weeks} / max(1, floor(width / 90))))"


def _order_instant(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _read_wall(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    return moment.replace(tzinfo=None)


def _unfold(moments: list[date]) -> list[int]:
    """Return wall clocks in milliseconds, rising also where the clock was set back: both passes share the hour."""
    walls = [_read_wall(moment) for moment in moments]
    places = list(walls)
    for index in range(1, len(walls)):
        back = _read_offset(moments[index - 1]) - _read_offset(moments[index])
        start = walls[index]  # first instant after the clock was set back
        if back <= timedelta(0) or walls[index - 1] < start:
            continue
        for other, wall in enumerate(walls):
            if start <= wall < start + back:
                half = timedelta(0) if other < index else back / 2
                places[other] = start + half + (wall - start) / 2
    return [_count_ms(place) for place in places]


def _count_ms(wall: datetime) -> int:
    return (
        (wall.toordinal() - EPOCH) * DAY_MS
        + ((wall.hour * 60 + wall.minute) * 60 + wall.second) * 1000
        + wall.microsecond // 1000
    )


def _read_offset(moment: date) -> timedelta:
    offset = moment.utcoffset() if isinstance(moment, datetime) else None
    return offset or timedelta(0)
