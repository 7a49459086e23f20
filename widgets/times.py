"""Days, periods and grains -> what a person calls them. Plain text: what shows it as Markdown escapes it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from semantic.question import Between, Period, Relative
from widgets.charts import format_period
from widgets.words import find_language, later, later_count, say, say_count

if TYPE_CHECKING:
    from semantic.calendar import Window

TIMES = {
    "minute": later("Minute"),
    "hour": later("Hour"),
    "day": later("Day"),
    "week": later("Week"),
    "month": later("Month"),
    "quarter": later("Quarter"),
    "half": later("Half"),
    "year": later("Year"),
    "hour_of_day": later("Hour of day"),
    "weekday": later("Weekday"),
    "day_of_month": later("Day of month"),
    "day_of_year": later("Day of year"),
    "month_of_year": later("Month of year"),
    "quarter_of_year": later("Quarter of year"),
}
BY_TIMES = {
    "minute": later("{what} by minute"),
    "hour": later("{what} by hour"),
    "day": later("{what} by day"),
    "week": later("{what} by week"),
    "month": later("{what} by month"),
    "quarter": later("{what} by quarter"),
    "half": later("{what} by half"),
    "year": later("{what} by year"),
    "hour_of_day": later("{what} by hour of day"),
    "weekday": later("{what} by weekday"),
    "day_of_month": later("{what} by day of month"),
    "day_of_year": later("{what} by day of year"),
    "month_of_year": later("{what} by month of year"),
    "quarter_of_year": later("{what} by quarter of year"),
}
SO_FAR = {
    "day": later("Today"),
    "week": later("This week"),
    "month": later("This month"),
    "quarter": later("This quarter"),
    "half": later("This half"),
    "year": later("This year"),
}
BEFORE = {
    "day": later("Yesterday"),
    "week": later("Previous week"),
    "month": later("Previous month"),
    "quarter": later("Previous quarter"),
    "half": later("Previous half"),
    "year": later("Previous year"),
}
LAST = {
    "day": later("Last day"),
    "week": later("Last week"),
    "month": later("Last month"),
    "quarter": later("Last quarter"),
    "half": later("Last half"),
    "year": later("Last year"),
}
LASTS = {
    "day": later_count("Last {count} day", "Last {count} days"),
    "week": later_count("Last {count} week", "Last {count} weeks"),
    "month": later_count("Last {count} month", "Last {count} months"),
    "quarter": later_count("Last {count} quarter", "Last {count} quarters"),
    "half": later_count("Last {count} half", "Last {count} halves"),
    "year": later_count("Last {count} year", "Last {count} years"),
}
PREVIOUS = {
    "day": later_count("Previous {count} day", "Previous {count} days"),
    "week": later_count("Previous {count} week", "Previous {count} weeks"),
    "month": later_count("Previous {count} month", "Previous {count} months"),
    "quarter": later_count("Previous {count} quarter", "Previous {count} quarters"),
    "half": later_count("Previous {count} half", "Previous {count} halves"),
    "year": later_count("Previous {count} year", "Previous {count} years"),
}
DURATIONS = {
    "minute": later_count("{count} minute", "{count} minutes"),
    "hour": later_count("{count} hour", "{count} hours"),
    "day": later_count("{count} day", "{count} days"),
    "week": later_count("{count} week", "{count} weeks"),
    "month": later_count("{count} month", "{count} months"),
    "quarter": later_count("{count} quarter", "{count} quarters"),
    "year": later_count("{count} year", "{count} years"),
}


def label_day(day: date) -> str:
    """`4 Mar 2024`."""
    return format_period(day, "date", find_language())


def label_days(start: date | None, last: date | None) -> str:
    """`1 Mar – 4 Mar 2024`, both ends included; `since …`, `until …` where one is open."""
    if start is None or last is None:
        if start:
            return say("since {day}", day=label_day(start))
        return say("until {day}", day=label_day(last)) if last else say("all time")
    if start == last:
        return label_day(start)
    return f"{label_day(start)} – {label_day(last)}"


def label_window(window: Window) -> str:
    """The days of a half-open window."""
    return label_days(window.start, window.stop and window.stop - timedelta(days=1))


def label_period(period: Period | None) -> str:
    """`Last 28 days`, `This month so far`, `1 Mar 2024 – 4 Mar 2024`, `All time`."""
    match period:
        case None:
            return say("All time")
        case Between(start, end):
            text = label_days(start, end)
            return text[:1].upper() + text[1:]
        case Relative("this", _, unit):
            return say(SO_FAR[unit])
        case Relative(kind, 1, unit):
            return say((BEFORE if kind == "previous" else LAST)[unit])
        case Relative(kind, count, unit):
            return say_count(*(PREVIOUS if kind == "previous" else LASTS)[unit], count)


def label_duration(text: str) -> str:
    """A duration as the catalogue has it, `72 hours`, in the page's language."""
    count, _, unit = text.partition(" ")
    told = DURATIONS.get(unit.removesuffix("s"))
    return say_count(*told, int(count)) if told and count.isdecimal() else text


def name_by(what: str, time: str) -> str:
    """`Revenue by month`: what is cut by a grain or part of time."""
    return say(BY_TIMES[time], what=what)
