"""Flow -> ResolvedFlow: between which states of a history, from when to when, or from which event on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import MONTHS, Window, add_months
from semantic.catalogue import Catalogue, Duration, Grain
from semantic.conditions import classify_type
from semantic.errors import Problem, Refused, suggest_name
from semantic.expressions import AggregateSql
from semantic.journeys.rows import find_rows
from semantic.names import Reached, find_views_of, is_time_name
from semantic.question import Journey
from semantic.reach import Path
from semantic.resolved import Leaf, ResolvedFlow, Variant
from semantic.spans import find_local_day

if TYPE_CHECKING:
    from semantic.resolve import Resolver

COUNT = AggregateSql("count(*)", exp.Count(this=exp.Star()))
UNITS: dict[str, Grain] = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}


def find_flow_feeds(catalogue: Catalogue, journey: Journey) -> dict[str, tuple[str, ...]]:
    """What keys and filters are about: the event's rows, else the history's."""
    state = _find_state(catalogue, journey.names[0])
    if not journey.options:
        return {journey.names[0]: (state.path.view,)}
    leaf, _ = find_rows(catalogue, journey.options[0], _find_entity(catalogue, state), Variant(), "flow")
    return {journey.options[0]: (leaf.view,)}


def resolve_flow(resolver: Resolver, journey: Journey, variant: Variant) -> ResolvedFlow:
    """The flow that is asked. Raises Refused."""
    catalogue, name = resolver.catalogue, journey.names[0]
    state = _find_state(catalogue, name)
    entity = _find_entity(catalogue, state)
    view = state.path.view
    holder = tuple(Reached(Path(view), column, None) for column in catalogue.views[view].keys[entity])
    if journey.options:
        event, span = journey.options
        after = Duration(int(span[:-1]), UNITS[span[-1]])
        leaf, owner = find_rows(catalogue, event, entity, variant, "flow")
        window, cut = _find_elapsed(resolver, leaf, view, after)
        return ResolvedFlow(name, (leaf,), state, entity, holder, owner, window, after, cut)
    _check_names(resolver, name, view, entity)
    window = _find_dates(resolver, name)
    leaf = Leaf(name, view, COUNT, (), None, Variant(asked=variant.window))
    return ResolvedFlow(name, (leaf,), state, entity, holder, holder, window, None, False)


def _refuse(where: str, found: str, remedy: str, item: str | None = None) -> Refused:
    return Refused([Problem(where, found, remedy, (where, item))])


def _find_state(catalogue: Catalogue, name: str) -> Reached:
    """The dimension of a history, plain or behind its view's name or entity. Raises Refused."""
    path, mark, at = name.partition("@")
    if mark:
        raise _refuse("flow", f"a flow leads from one time to another, so @{at} says nothing", f"Ask flow={path}", name)
    plain, views = path.rpartition(".")[2], find_views_of(catalogue, path)
    histories = [view for view in views if catalogue.views[view].valid and catalogue.views[view].key]
    if len(histories) > 1:
        choices = " or ".join(f"{view}.{plain}" for view in histories)
        raise _refuse("flow", f"{name} could be {choices}", f"Write {histories[0]}.{plain}, say", name)
    if views and not histories:
        found = f"{name} has no history: {views[0]} says what holds, not since when"
        raise _refuse("flow", found, "A dimension of a view with valid: would do", name)
    if not histories:
        known = [other for item in catalogue.views.values() if item.valid for other in item.dimensions]
        raise _refuse("flow", f"the state {name} is unknown", suggest_name(name, known, "state"), name)
    view = histories[0]
    if catalogue.views[view].multi:
        found = f"{name} may have several values at once, so nobody moves from one to another"
        raise _refuse("flow", found, f"Ask overlap={name}", name)
    dimension = catalogue.views[view].dimensions[plain]
    if dimension.pii:
        raise _refuse("flow", f"{name} is personal, and isn't shown", "Ask another dimension", name)
    return Reached(Path(view), plain, dimension)


def _find_entity(catalogue: Catalogue, state: Reached) -> str:
    return next(iter(catalogue.views[state.path.view].key))


def _find_dates(resolver: Resolver, name: str) -> Window:
    """The first and last day between which one moves, none to come. Raises Refused."""
    asked, _ = resolver.resolve_window()
    tomorrow = resolver.as_of + timedelta(days=1)
    if asked.start is None:
        found = f"{name} moves from one day to another, and no first day is asked"
        raise _refuse("period", found, "Add period=2024-01-01.., say")
    if asked.start >= tomorrow:
        raise _refuse("period", f"{asked.start} is still to come on {resolver.as_of}", "Ask an earlier period")
    return Window(asked.start, min(asked.stop or tomorrow, tomorrow))


def _check_names(resolver: Resolver, flow: str, view: str, entity: str) -> None:
    """Keys, filters and segments are about the entity: what differs between its states would cut them apart."""

    def check(where: str, name: str) -> None:
        _check_path(where, name, resolver.resolve_dimension(name, (view,), where).reached[view].path, entity)

    question, asked = resolver.question, [("by", name) for name in resolver.question.by if name != "segment"]
    asked += [(item.dimension, item.dimension) for item in question.filters]
    for where, name in asked:
        if is_time_name(name):
            found = f"a flow has two dates, so it has no {name}"
            raise _refuse(where, found, f"Leave it out, or ask from an event on: flow={flow}:sent:30d, say", name)
        check(where, name)
    personal = {segment.name: segment for segment in question.personal}
    every = tuple(resolver.catalogue.segments) if "segment" in question.by else ()
    for name in question.segments or every:
        for item in personal[name].filters if name in personal else ():
            check(f"segment.{name}", item.dimension)
        if name in resolver.catalogue.segments and name not in personal:
            path = resolver.find_path(view, resolver.catalogue.segments[name].of, name)
            _check_path("segment", name, path, entity)


def _check_path(where: str, name: str, path: Path, entity: str) -> None:
    own = bool(path.steps) and path.steps[0].entity == entity
    if not own or path.dated:
        found = f"{name} may be another one before and after"
        raise _refuse(where, found, f"Ask {name}@now" if own else f"Ask a dimension of the {entity}", name)


def _find_elapsed(resolver: Resolver, leaf: Leaf, history: str, after: Duration) -> tuple[Window, bool]:
    """The days whose events have had their time, and whether that leaves out days that are asked."""
    clock, tomorrow = leaf.clock, resolver.as_of + timedelta(days=1)
    assert clock, "an event has been found with a clock"
    if after.unit == "hour" and (classify_type(clock.type) == "date" or clock.grain):
        raise _refuse("flow", f"{leaf.name} is counted by {clock.grain or 'day'}, so it has no hours", "Ask it in days")
    known = resolver.catalogue.bound.complete.get(history)
    if known is not None:
        tomorrow = min(tomorrow, _find_day(known, resolver.timezone))
    stop = _go_back(tomorrow, after)
    last = find_local_day(resolver.catalogue, resolver.timezone, clock, clock.last) if clock.last else None
    end = leaf.variant.window.stop or (last + timedelta(days=1) if last else stop)
    return Window(leaf.variant.window.start, min(end, stop)), end > stop


def _find_day(instant: datetime, timezone: str) -> date:
    """The day in which an instant of UTC lies."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(timezone)).date()


def _go_back(day: date, after: Duration) -> date:
    """The first day whose events have not had their time before `day`."""
    if after.unit in MONTHS:
        return add_months(day, -after.count * MONTHS[after.unit])
    days = after.count * (7 if after.unit == "week" else 1)
    return day - timedelta(days=-(-after.count // 24) if after.unit == "hour" else days)
