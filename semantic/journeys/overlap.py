"""Overlap -> ResolvedOverlap: which segments, or values of a membership, and whose rows say who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic.catalogue import Catalogue, View
from semantic.entities import find_owner
from semantic.errors import Problem, Refused, suggest_name
from semantic.expressions import AggregateSql
from semantic.names import Reached, find_views_of, is_time_name
from semantic.question import Journey, PersonalSegment, Question
from semantic.reach import Path
from semantic.resolved import Leaf, Membership, ResolvedOverlap, Variant
from semantic.values import resolve_clock

if TYPE_CHECKING:
    from semantic.resolve import Resolver

ALL = "all"
COUNT = AggregateSql("count(*)", exp.Count(this=exp.Star()))


@dataclass(frozen=True)
class _Chosen:
    """The segments by name, sorted; or one dimension, of a view in which an entity may have several rows."""

    names: tuple[str, ...] = ()
    view: str = ""
    dimension: str = ""


def find_overlap_feeds(catalogue: Catalogue, question: Question) -> dict[str, tuple[str, ...]]:
    """The views that say who is in the segments: keys and filters are about their rows."""
    return {view: (view,) for view in _find_views(catalogue, question, _choose(catalogue, question))}


def resolve_overlap(resolver: Resolver, journey: Journey, variant: Variant) -> ResolvedOverlap:
    """The overlap that is asked. Raises Refused."""
    catalogue, question = resolver.catalogue, resolver.question
    chosen = _choose(catalogue, question)
    views = _find_views(catalogue, question, chosen)
    dated = any(catalogue.views[view].valid for view in (*views, *([chosen.view] if chosen.view else ())))
    until = _find_day(resolver, len(views) > 1, dated)
    entity = _find_entity(catalogue, views, chosen)
    if entity and "segment" not in question.by:
        _check_keys(resolver, views, entity)
    if "segment" in question.by:
        raise _refuse("by", "an overlap is of segments already", "Leave by=segment out", "segment")
    rows = Variant(asked=variant.window) if dated else variant
    clocks = [None if dated else resolve_clock(catalogue, view, None) for view in views]
    members = tuple(_build_member(resolver, name, views) for name in chosen.names)
    return ResolvedOverlap(
        "overlap",
        tuple(Leaf(view, view, COUNT, (), clock, rows) for view, clock in zip(views, clocks, strict=True)),
        entity or next(iter(catalogue.views[views[0]].key), None),
        tuple(_list_reached(catalogue, view, entity) for view in views),
        members,
        Reached(Path(chosen.view), chosen.dimension, catalogue.views[chosen.view].dimensions[chosen.dimension])
        if chosen.view
        else None,
        _list_columns(catalogue.views[chosen.view], entity) if chosen.view else (),
        until,
        dated,
        "pairs" in journey.options,
    )


def _refuse(where: str, found: str, remedy: str, item: str | None = None) -> Refused:
    return Refused([Problem(where, found, remedy, (where, item))])


def _list_columns(view: View, entity: str | None) -> tuple[str, ...]:
    return view.keys[entity] if entity else ()


def _list_reached(catalogue: Catalogue, view: str, entity: str | None) -> tuple[Reached, ...]:
    columns = _list_columns(catalogue.views[view], entity)
    return tuple(Reached(Path(view), name, None) for name in columns)


# What is asked


def _choose(catalogue: Catalogue, question: Question) -> _Chosen:
    """The segments that the names stand for: a family's, or all; else the one dimension. Raises Refused."""
    assert question.journey, "the question asks for an overlap"
    asked, personal = question.journey.names, [segment.name for segment in question.personal]
    plain = len(asked) == 1 and not _is_known(catalogue, asked[0], personal)
    if plain and (found := _find_memberships(catalogue, asked[0])):
        return found
    names: set[str] = set()
    for name in asked:
        if name in catalogue.segments or name in personal:
            names.add(name)
        elif name in catalogue.families or name == ALL:
            names |= {key for key, item in catalogue.segments.items() if name in (ALL, item.family)}
        else:
            known = [*catalogue.segments, *personal, *catalogue.families, *_list_memberships(catalogue)]
            raise _refuse("overlap", f"the segment {name} is unknown", suggest_name(name, known, "segment"), name)
    if not names:
        raise _refuse("overlap", f"{', '.join(asked)} has no segments", "Ask others")
    return _Chosen(tuple(sorted(names)))


def _is_known(catalogue: Catalogue, name: str, personal: Iterable[str]) -> bool:
    return name == ALL or name in catalogue.segments or name in catalogue.families or name in personal


def _list_memberships(catalogue: Catalogue) -> list[str]:
    return [name for view in catalogue.views.values() if view.multi and view.key for name in view.dimensions]


def _find_memberships(catalogue: Catalogue, name: str) -> _Chosen | None:
    """The dimension, plain or behind its view's name or entity, of a view in which an entity has several rows."""
    plain, found = name.rpartition(".")[2], find_views_of(catalogue, name)
    several = [view for view in found if catalogue.views[view].multi and catalogue.views[view].key]
    if len(several) > 1:
        choices = " or ".join(f"{view}.{plain}" for view in several)
        raise _refuse("overlap", f"{name} could be {choices}", f"Write {several[0]}.{plain}, say", name)
    if found and not several:
        remedy = "Ask segments: overlap=a,b; or declare multi: true where it may have several"
        raise _refuse("overlap", f"{name} has one value for each row of {found[0]}, so no two overlap", remedy, name)
    if several and catalogue.views[several[0]].dimensions[plain].pii:
        raise _refuse("overlap", f"{name} is personal, and isn't shown", "Ask another dimension", name)
    return _Chosen(view=several[0], dimension=plain) if several else None


# Whose rows


def _find_views(catalogue: Catalogue, question: Question, chosen: _Chosen) -> tuple[str, ...]:
    """The views that the segments are of; of memberships, the one that has a row for each entity. Raises Refused."""
    if chosen.view:
        return (find_owner(catalogue, next(iter(catalogue.views[chosen.view].key))),)
    views = dict.fromkeys(catalogue.segments[name].of for name in chosen.names if name in catalogue.segments)
    if views:
        return tuple(views)
    personal = [segment for segment in question.personal if segment.name in chosen.names]
    return (_find_home(catalogue, personal),)


def _find_home(catalogue: Catalogue, personal: Iterable[PersonalSegment]) -> str:
    """The one view that has all dimensions which personal segments ask for. Raises Refused."""
    wanted = {item.dimension.partition(".")[0] for segment in personal for item in segment.filters}
    homes = [name for name, view in catalogue.views.items() if wanted <= set(view.dimensions)]
    if len(homes) == 1:
        return homes[0]
    found = "nothing says whose segments these are" if homes else "no view has all that the segments ask for"
    raise _refuse("overlap", found, "Add a segment of the catalogue")


def _find_entity(catalogue: Catalogue, views: tuple[str, ...], chosen: _Chosen) -> str | None:
    """The entity by which rows of several views, or several rows of one, are told to be of the same; else None."""
    if chosen.view:
        return next(iter(catalogue.views[chosen.view].key))
    items = [catalogue.views[view] for view in views]
    if len(views) == 1 and not items[0].multi:
        return None
    shared = [entity for entity in items[0].key if all(entity in item.key for item in items)]
    if shared:
        return shared[0]
    of = {
        view: [n for n in chosen.names if n in catalogue.segments and catalogue.segments[n].of == view]
        for view in views
    }
    told = [f"{view} ({', '.join(names)})" for view, names in of.items()]
    found = f"the segments are of {' and of '.join(told)}, which share no key"
    raise _refuse("overlap", found, "Ask those of one of them")


def _find_day(resolver: Resolver, several: bool, dated: bool) -> date:
    """The day before which histories are looked at; a period that can't be meant is refused."""
    question, asked = resolver.question, resolver.resolve_window()[0]
    tomorrow = resolver.as_of + timedelta(days=1)
    if not (several or dated):
        return tomorrow
    what = (
        "a history is looked at on one day" if dated else "the segments are of several views, each with its own clock"
    )
    if asked.start or (asked.stop and not dated):
        remedy = f"Ask period=..{asked.stop - timedelta(days=1)}" if asked.stop and dated else "Leave period= out"
        raise _refuse("period", f"{what}, so no period can be asked of it", remedy)
    for name in (*question.by, *(item.dimension for item in question.filters)):
        if is_time_name(name):
            raise _refuse(name, f"{what}, so it has no {name}", f"Leave {name} out", name)
    return min(asked.stop or tomorrow, tomorrow)


def _check_keys(resolver: Resolver, views: tuple[str, ...], entity: str) -> None:
    """Where an entity may have several rows, a key must be the entity's own, not a row's."""
    for name in resolver.question.by:
        for view in views:
            if not resolver.catalogue.views[view].multi:
                continue
            key = resolver.resolve_dimension(name, (view,), "by")
            first = next(iter(key.reached[view].path.steps), None)
            if first is None or first.entity != entity:
                found = f"{name} may differ between the rows of one {entity}"
                raise _refuse("by", found, f"Ask a dimension of the {entity}", name)


def _build_member(resolver: Resolver, name: str, views: tuple[str, ...]) -> Membership:
    catalogue = resolver.catalogue
    for segment in resolver.question.personal:
        if segment.name == name:
            return Membership(name, None, {}, resolver.resolve_personal(f"segment.{name}", segment.filters))
    of = catalogue.segments[name].of
    return Membership(name, catalogue.segments[name].where, {of: Reached(Path(of), "", None)})
