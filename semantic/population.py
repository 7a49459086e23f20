"""The population of a history: a metric over its rows counts those that hold at an instant of each period."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import SECONDS, start_of_day
from semantic.catalogue import Aggregate, Catalogue, Clock, Snapshot, Span
from semantic.conditions import classify_type
from semantic.errors import Problem, Refused
from semantic.expressions import Node
from semantic.names import DETERMINES, GRAINS, PARTS, column_sql, is_time_name
from semantic.question import Question
from semantic.resolved import Leaf, ResolvedClock, State
from semantic.setting import Setting

SHORT = ("hour", "minute", "hour_of_day")  # what is told within a day


def find_state(catalogue: Catalogue, metric: Aggregate | Snapshot, clock: Clock | None) -> State | None:
    """Which rows of a history count: those that hold at the end of the period, unless the metric says otherwise.

    None where rows are counted by a clock of their own, as they happen.
    """
    view = catalogue.views[metric.view]
    if isinstance(metric, Snapshot):
        return State(metric.snapshot, metric.per, history=view.valid is not None)
    if view.valid is None or clock or view.time:
        return None
    return State("last", history=True)


def resolve_span(catalogue: Catalogue, view: str, setting: Setting) -> ResolvedClock:
    """What stands for a history's clock: from when on its rows hold; the last of them holds on the as-of day."""
    valid = catalogue.views[view].valid
    assert valid, "the view is a history"
    type_ = catalogue.bound.clock_types.get((view, valid[0]), "")
    first = catalogue.bound.spans.get((view, valid[0]), Span(first=None, last=None)).first
    first = None if first is None else first.replace(tzinfo=None)
    return ResolvedClock(view, column_sql(valid[0]), type_, None, first, _store_day(catalogue, setting, type_))


def _store_day(catalogue: Catalogue, setting: Setting, type_: str) -> datetime:
    """The as-of day as a time of that type is stored."""
    family, day = classify_type(type_), setting.today
    if family == "date":
        return datetime(day.year, day.month, day.day)
    instant = start_of_day(day, ZoneInfo(setting.timezone))
    if family == "instant":
        return instant
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(catalogue.stored_zone)).replace(tzinfo=None)


def is_counted(tree: Node) -> bool:
    """Whether the aggregate is a count or sum, of which there is a mean over time."""
    inner = tree.this if isinstance(tree, exp.Filter) else tree
    if isinstance(inner, exp.Count):
        several = isinstance(inner.this, exp.Distinct) and len(inner.this.expressions) != 1
        return not inner.expressions and not several
    return isinstance(inner, exp.CountIf) or (isinstance(inner, exp.Sum) and not isinstance(inner.this, exp.Distinct))


def check_population(leaf: Leaf, per: str | None, question: Question) -> None:
    """Raises Refused where the question asks for what a state doesn't tell: a part of time, a mean of no count or sum.

    `per` is the grain that it is taken for inside another metric; default: those of the question.
    """
    assert isinstance(leaf.how, State), "a population is a state"
    by = (per,) if per else tuple(name for name in question.by if is_time_name(name))
    grains = [name for name in by if name in GRAINS]
    base = next((name for name in grains if set(grains) - {name} <= DETERMINES[name]), None)
    for name in by:
        if name not in GRAINS and (base is None or name not in DETERMINES[base]):
            found = f"{leaf.name} is a state at one instant of each period, which has several values of {name}"
            raise _refuse("by", found, f"Add {PARTS[name][0]} to by=", name)
    for name in (item.dimension for item in question.filters):
        if name in SHORT and (base is None or name not in (base, *DETERMINES[base])):
            found = f"{leaf.name} is a state of whole days, and {name}= picks a part of them"
            raise _refuse(name, found, f"Leave {name}= out", None)
    if base in SECONDS and leaf.variant.shift:
        raise _refuse("by", f"{leaf.name} is a state, which isn't compared by {base}", "Ask by=day", base)
    if leaf.how.which == "average" and not is_counted(leaf.sql.tree):
        found = f"{leaf.name} is {leaf.sql.text}, and over a history only a count or sum has a mean over time"
        raise _refuse("metric", found, "snapshot: last or first would do", None)


def refuse_mean(dated: Iterable[Leaf]) -> None:
    """Raises Refused where a mean over time is cut by another history, which may change while a row holds."""
    for leaf in dated:
        if isinstance(leaf.how, State) and leaf.how.history and leaf.how.which == "average":
            found = f"{leaf.name} is a mean over time, and what it is cut by changes in between"
            raise _refuse("by", found, "Ask its value @now, or a metric with snapshot: last", None)


def _refuse(where: str, found: str, remedy: str, item: str | None) -> Refused:
    return Refused([Problem(where, found, remedy, (where, item))])
