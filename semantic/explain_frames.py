"""Time windows -> words: at which days they're read, what each holds, and what a longer period shows."""

from __future__ import annotations

from datetime import timedelta

from semantic.calendar import Window
from semantic.frames import find_slot
from semantic.plan import Branch, Plan
from semantic.resolved import Frame, TimeKey


def tell_frame(plan: Plan, branch: Branch, how: Frame) -> str:
    """Which windows are read, and how a longer period shows one of them."""
    times = tuple(key.name for key in branch.keys if isinstance(key, TimeKey))
    slot = find_slot(how, times)
    told = f"Each {slot} {_tell_days(how.read)}{_tell_chosen(plan)} has {_tell_window(how)}"
    longer = [name for name in times if name != slot]
    total = _tell_total(how, slot)
    if slot in times:
        return f"{told}.{total}"
    period = f"a {longer[0]}" if longer else "the period"
    if how.at == "average":
        return f"{told}; {period} shows the mean over its {slot}s.{total}"
    return f"{told}; {period} shows that of its {how.at} {slot}.{total}"


def _tell_total(how: Frame, slot: str) -> str:
    """Which windows the grand total shows where they aren't those of the axis."""
    days = dict(how.fewer).get(())
    if days is None or not days.start or not days.stop:
        return ""
    if how.at == "average":
        return f" The total of all periods is the mean over the {slot}s {_tell_days(days)}."
    day, shown = days.start, how.read.start
    if how.at == "last":
        day, shown = days.stop - timedelta(days=1), how.read.stop and how.read.stop - timedelta(days=1)
    if day == shown:
        return ""
    return f" The total of all periods is that of {day}, as without a time axis."


def _tell_window(how: Frame) -> str:
    if how.window:
        return f"a window of {how.window}, itself included"
    if how.grain:
        return f"a running total, which begins anew with each {how.grain}"
    return "a running total since the beginning"


def _tell_days(read: Window) -> str:
    last = read.stop - timedelta(days=1) if read.stop else None
    return f"of {read.start}" if read.start == last else f"from {read.start} to {last}"


def _tell_chosen(plan: Plan) -> str:
    names = [item.key.name for item in plan.filters if isinstance(item.key, TimeKey)]
    return f" that {' and '.join(names)} keeps" if names else ""
