"""A value against an earlier one: how far back, whether the question's periods allow it, which rows that takes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from semantic.calendar import MONTHS, SECONDS, Shift, Window, count_whole_months
from semantic.catalogue import Comparison
from semantic.errors import Problem, Refused
from semantic.frames import is_of_days, list_leaves
from semantic.resolved import CURRENT, Change, Value, Variant
from semantic.setting import Setting

SHIFTS = {
    "dod": Shift(days=1),
    "wow": Shift(days=7),
    "mom": Shift(months=1),
    "qoq": Shift(months=3),
    "yoy": Shift(months=12),
}
CHANGES = (*SHIFTS, "previous")
DAYS = {"day": 1, "week": 7}


def read_shift(metric: Comparison, week_start: str) -> Shift:
    """How far back a metric of the catalogue looks."""
    if metric.offset is None:
        assert metric.to, "a comparison has an offset, or looks back to a start"
        return Shift(to=metric.to.removeprefix("start of "), week_start=week_start)
    count, unit = metric.offset.count, metric.offset.unit
    if unit in SECONDS:
        return Shift(seconds=count * SECONDS[unit])
    return Shift(months=count * MONTHS[unit]) if unit in MONTHS else Shift(days=count * DAYS[unit])


def compare_value(
    build: Callable[[Variant], Value],
    variant: Variant,
    back: Shift | str,
    name: str,
    how: Literal["value", "delta", "change"],
    setting: Setting,
) -> Value:
    """The value against that of a shift before; `back` may be one of CHANGES, as the line has it.

    Raises Refused where the question's periods have none that far before.
    """
    now, asked = build(variant), setting.asked
    if setting.base is None and not asked.bounded:
        if back == "previous" or not all(map(is_of_days, list_leaves(now))):
            raise _refuse(f"{name} needs a period or a time axis", "Add by=month, or a period")
        tomorrow = setting.today + timedelta(days=1)
        asked = Window(asked.start, min(asked.stop, tomorrow) if asked.stop else tomorrow)
    label = str(back)
    if back == "previous":
        shift = _find_previous(name, setting)
    else:
        shift = _fit_shift(name, SHIFTS[back] if isinstance(back, str) else back, setting)
    like = label == "previous" and setting.base is None
    return Change(now, build(shift_variant(variant, shift, label, asked, like)), how)


def shift_variant(variant: Variant, shift: Shift, label: str, asked: Window, like: bool = False) -> Variant:
    """The same rows, `shift` earlier, and with `like` no more days. Raises Refused where two shifts don't add up."""
    if variant.shift is not None:
        apart = bool(variant.shift.months) != bool(shift.months)
        if apart or any(each.seconds or each.to for each in (shift, variant.shift)):
            shown = f"~{label}" if label in CHANGES else label
            raise _refuse(f"{shown} can't be combined with this comparison", "Ask one of the two")
        shift = Shift(months=shift.months + variant.shift.months, days=shift.days + variant.shift.days)
        window = variant.window
    else:
        window = asked
    step = shift
    if variant.shift is not None:
        step = Shift(months=shift.months - variant.shift.months, days=shift.days - variant.shift.days)
    moved = step.move_back(window)
    if like and not count_whole_months(window) and window.start and window.stop and moved.start and moved.stop:
        moved = Window(moved.start, min(moved.stop, moved.start + (window.stop - window.start)))
    whole = label if variant.label == CURRENT else f"{variant.label}~{label}"
    return replace(variant, label=whole, window=moved, shift=shift)


def _find_previous(name: str, setting: Setting) -> Shift:
    """The way to the period before: the grain's, else the whole period's."""
    base = setting.base
    if base is None:
        whole = setting.whole
        assert whole.start and whole.stop, "the period is bounded"
        months = count_whole_months(whole)
        return Shift(months=months) if months else Shift(days=(whole.stop - whole.start).days)
    if base == "mixed":
        raise _refuse_mixed(name)
    if base in SECONDS:
        return Shift(seconds=SECONDS[base])
    return Shift(months=MONTHS[base]) if base in MONTHS else Shift(days=DAYS[base])


def _fit_shift(name: str, shift: Shift, setting: Setting) -> Shift:
    """The shift, in whole periods of the question's grain. Raises Refused where it's none."""
    base = setting.base
    if base == "mixed":
        raise _refuse_mixed(name)
    if shift.to:
        if base != "day":
            found = f"{name} compares a day with the first one of its {shift.to}"
            raise _refuse(f"{found}, and {f'a {base} is none' if base else 'no day is asked'}", "Ask by=day")
        return shift
    if shift.seconds:
        if base not in SECONDS or shift.seconds % SECONDS[base]:
            what = f"a {base}" if base else "a period of days"
            raise _refuse(f"{name} is shorter than {what}", "Ask by=hour, or a finer grain")
        return shift
    if base == "week" and shift.months:
        if shift.months % 3:
            raise _refuse(
                f"{name} has no weeks to compare: a month isn't whole weeks", "Ask ~wow, ~qoq (13 weeks) or by=month"
            )
        return Shift(days=shift.months // 3 * 91)
    fits = base is None or base in (*SECONDS, "day") or (base == "week" and shift.days % 7 == 0)
    if not fits and not (base in MONTHS and shift.months and shift.months % MONTHS[base] == 0):
        remedy = f"Ask {name.split('~')[0]}~previous, or a finer grain than {base}"
        raise _refuse(f"{name} is shorter than a {base}", remedy)
    return shift


def _refuse_mixed(name: str) -> Refused:
    return _refuse(f"{name} has grains that don't nest, so no period is the one before", "Ask by one grain")


def _refuse(found: str, remedy: str) -> Refused:
    return Refused([Problem("metric", found, remedy)])
