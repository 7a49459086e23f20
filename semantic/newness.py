"""A metric of new, returning, resurrected or lost entities -> the leaves that count or sum them."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from sqlglot import exp

from semantic.calendar import Shift, Window, count_whole_months
from semantic.catalogue import Catalogue, New
from semantic.entities import build_entity_keys
from semantic.errors import Problem, Refused
from semantic.expressions import AggregateSql
from semantic.frames import map_leaves
from semantic.names import DETERMINES, GRAINS
from semantic.resolved import CURRENT, Filled, Leaf, Newness, Value, Variant
from semantic.setting import Setting
from semantic.spans import find_local_day

Kind = Literal["new", "returning", "resurrected", "lost"]


def read_kind(metric: New) -> tuple[Kind, str]:
    """Which entities the metric is about, and the metric that it takes of them."""
    kinds: dict[Kind, str | None] = {
        "new": metric.new,
        "returning": metric.returning,
        "resurrected": metric.resurrected,
        "lost": metric.lost,
    }
    return next((kind, name) for kind, name in kinds.items() if name)


def build_newness(
    catalogue: Catalogue, name: str, metric: New, variant: Variant, setting: Setting, value: Value
) -> Value:
    """The value of the metric that it's about, each leaf over the rows of such entities only.

    A count is one of entities, each once; anything else, the parts of a formula too, is taken of their rows.
    Raises Refused where the question has no period that another one comes before.
    """
    kind, about = read_kind(metric)
    if setting.base == "mixed" or ("week" in setting.keys and {"month", "quarter", "half", "year"} & set(setting.keys)):
        grains = " and ".join(key for key in setting.keys if key in GRAINS)
        raise _refuse(f"{name} is about one period at a time, and {grains} don't nest", "Ask by one of them")
    previous = _find_previous(variant, setting)
    if previous is None and kind in ("resurrected", "lost") and setting.base is None:
        raise _refuse(f"{name} needs a period that another one comes before", "Add a period, or by=month, say")
    direct = value.value if isinstance(value, Filled) else value

    def change(leaf: Leaf) -> Leaf:
        if leaf.how is not None:
            found = f"{about} isn't made of the rows of a period alone, so none of them are {kind}"
            raise _refuse(found, f"{kind}: takes counts, sums and formulas over them")
        if leaf.clock is None:
            raise _refuse(f"{leaf.name} has no clock, so nobody is {kind}", f"Add time: to the view {leaf.view}")
        keys = build_entity_keys(catalogue, metric.by, [leaf.view])
        tomorrow = setting.today + timedelta(days=1)
        last = leaf.clock.last and find_local_day(catalogue, setting.timezone, leaf.clock, leaf.clock.last)
        until = tomorrow if kind == "lost" and last and last >= tomorrow else None
        counts = leaf is direct and is_count(leaf.sql)
        shown = name if leaf is direct else f"{leaf.name} of {name}"
        return replace(leaf, name=shown, how=Newness(kind, metric.by, keys, previous, until, counts))

    return map_leaves(value, lambda leaf, _: change(leaf))


def _refuse(found: str, remedy: str) -> Refused:
    return Refused([Problem("metric", found, remedy)])


def is_count(sql: AggregateSql) -> bool:
    """Whether an aggregate counts rows or values."""
    tree = sql.tree.this if isinstance(sql.tree, exp.Filter) else sql.tree
    return isinstance(tree, (exp.Count, exp.CountIf))


def _find_previous(variant: Variant, setting: Setting) -> Window | None:
    """The period before that of the variant: as many whole months where it's whole months, else as many days.

    What has elapsed of an open period stands for all of it.
    """
    window, period = variant.window, setting.whole
    if not (window.start and window.stop):
        return None
    days = (window.stop - window.start).days
    months = count_whole_months(window)
    if period.start and period.stop:
        elapsed = min(period.stop, setting.today + timedelta(days=1)) - period.start
        if variant.label == CURRENT or (days == elapsed.days and window.start.day == period.start.day):
            months, days = count_whole_months(period), (period.stop - period.start).days
        elif days == elapsed.days:
            months, days = 0, (period.stop - period.start).days
    shift = Shift(months=months) if months else Shift(days=days)
    return Window(shift.go_back(window.start), window.start)


def find_grain(names: list[str]) -> str | None:
    """The grain of these time keys that tells their periods apart, None where there is none."""
    grains = [name for name in names if name in GRAINS]
    return next((grain for grain in grains if set(grains) - {grain} <= DETERMINES[grain]), None)
