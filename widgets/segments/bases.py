"""Catalogue -> what the Segments page can look at: its named segments, memberships, and states with a history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic import Question, Refused
from semantic.catalogue import Aggregate, Snapshot
from semantic.conditions import classify_type
from semantic.entities import find_owner
from semantic.offer import read_label
from semantic.question import MetricAsk, Modifier, Order, Period, Relative
from semantic.salvage import Known, find_problems
from semantic.values import print_metric
from widgets.labels import NOW, label_key, label_metric, speak_question
from widgets.words import find_language, say

if TYPE_CHECKING:
    from semantic import Catalogue
    from semantic.catalogue import View

MOST = 200  # segments of one base that the page asks for
TRIED = Relative("last", 1, "month")


@dataclass(frozen=True, slots=True)
class Base:
    """Segments that belong together: those of a view by name, or the values of a dimension.

    `name` is what the address calls it, `key` what stands in a line's `by`. `size` counts who is in a segment: at the
    end of the period where it is `dated`, as of now else. `group` is a coarser dimension of the same view.
    """

    name: str
    key: str
    size: MetricAsk
    view: str
    names: tuple[str, ...] = ()
    group: str = ""
    dated: bool = True
    history: bool = False
    exclusive: bool = False

    def ask(
        self, *metrics: MetricAsk, by: Sequence[str] | None = None, period: Period | None = None, now: bool = False
    ) -> Question:
        """The metrics cut by these segments; `now` as of the as-of day instead of each row's time."""
        key = f"{self.key}{NOW}" if now else self.key
        asked = Question(metrics=metrics, by=(*(by or ()), key), segments=self.names, period=period)
        return speak_question(asked)

    def ask_sizes(self, period: Period | None) -> Question:
        """Every segment's size, the biggest first."""
        asked = self.ask(self.size, by=(self.group,) if self.group else (), period=period if self.dated else None)
        return replace(asked, order=(Order(print_metric(self.size), descending=True),), limit=MOST)

    def ask_whole(self, period: Period | None) -> Question:
        """How many there are, each counted once: what a share is of."""
        return speak_question(Question(metrics=(self.size,), period=period if self.dated else None))


def list_bases(catalogue: Catalogue) -> tuple[Base, ...]:
    """What there is to look at: memberships, states with a history, then named segments, view by view."""
    return _list_bases(Known(catalogue))


@lru_cache(maxsize=8)
def _list_bases(known: Known) -> tuple[Base, ...]:
    catalogue = known.catalogue
    found = [base for view in catalogue.views for base in _list_dimensions(catalogue, view)]
    found.sort(key=lambda base: (base.exclusive, not base.history))
    return (*found, *_list_named(catalogue))


def label_base(catalogue: Catalogue, base: Base) -> str:
    """What a base is called: `Memberships`, `Ownership: Owns a car`, `Contacts, named segments`."""
    view = read_label(catalogue.views[base.view].label, base.view, find_language())
    if base.names:
        return say("{view}, named segments", view=view)
    alone = sum(other.view == base.view and not other.names for other in list_bases(catalogue)) == 1
    return view if alone else f"{view}: {label_key(catalogue, base.key, base.ask(base.size))}"


def label_size(catalogue: Catalogue, base: Base) -> str:
    """What is counted."""
    return label_metric(catalogue, base.size, base.ask(base.size))


def list_rates(catalogue: Catalogue, base: Base) -> tuple[str, ...]:
    """The metrics that are rates and can be cut by these segments."""
    return _list_rates(Known(catalogue), base)


@lru_cache(maxsize=64)
def _list_rates(known: Known, base: Base) -> tuple[str, ...]:
    catalogue = known.catalogue
    rates = [name for name, metric in catalogue.metrics.items() if metric.format == "percent"]
    plain = Question(by=(base.key,), segments=base.names)
    return tuple(n for n in rates if not find_problems(catalogue, replace(plain, metrics=(MetricAsk(n),))))


def has_past(catalogue: Catalogue, base: Base, rate: str) -> bool:
    """Whether the rate can be asked by the segment of now beside that of each row's own time."""
    if not base.history or not rate:
        return False
    asked = (MetricAsk(rate),)
    return not any(find_problems(catalogue, base.ask(*asked, now=now)) for now in (False, True))


# --- dimensions


def _list_dimensions(catalogue: Catalogue, name: str) -> Iterator[Base]:
    """The dimensions of a history or a bridge, its finest ones: a coarser one groups them."""
    view = catalogue.views[name]
    if not view.key or not (view.valid or view.multi):
        return
    finer = {dimension.drill: key for key, dimension in view.dimensions.items() if dimension.drill}
    coarse = {key for key, dimension in view.dimensions.items() if dimension.drill}
    for key, dimension in view.dimensions.items():
        type_ = catalogue.bound.dimension_types.get((name, key), "VARCHAR")
        if key in coarse or dimension.pii or classify_type(type_) not in ("text", "boolean"):
            continue
        if base := _find_base(catalogue, name, view, key, finer.get(key, "")):
            yield base


def _find_base(catalogue: Catalogue, name: str, view: View, key: str, group: str) -> Base | None:
    """The base with the first way to count it that can be asked."""
    qualified = f"{next(iter(view.key))}.{key}"
    multi, history = view.multi, bool(view.valid)
    for size, dated in _list_sizes(catalogue, name, view):
        for plain in (key, qualified):
            now = history and not dated
            base = Base(
                plain, f"{plain}{NOW}" if now else plain, size, name, (), group, dated, history and dated, not multi
            )
            base = base if _can_ask(catalogue, base) else replace(base, group="")
            if _can_ask(catalogue, base):
                return base
    return None


def _can_ask(catalogue: Catalogue, base: Base) -> bool:
    return not any(find_problems(catalogue, asked) for asked in (base.ask_sizes(TRIED), base.ask_whole(TRIED)))


def _list_sizes(catalogue: Catalogue, name: str, view: View) -> Iterator[tuple[MetricAsk, bool]]:
    """Ways to count who is in a segment of the view, and whether each has a past: its own metrics first."""
    if view.valid:
        for metric in _list_counts(catalogue, name, distinct=view.multi):
            yield MetricAsk(metric), True
    try:
        owner = find_owner(catalogue, next(iter(view.key)))
    except Refused:
        return
    for size, dated in _list_totals(catalogue, owner):
        yield size, dated and not view.valid


def _list_totals(catalogue: Catalogue, owner: str) -> Iterator[tuple[MetricAsk, bool]]:
    """Counts of a view's rows: all until the end of the period where it has a clock or a history, else all."""
    if catalogue.views[owner].valid:
        for metric in _list_counts(catalogue, owner):
            yield MetricAsk(metric), True
        return
    for metric in _list_counts(catalogue, owner):
        yield MetricAsk(metric, (Modifier("total"),)), True
    for metric in _list_counts(catalogue, owner):
        yield MetricAsk(metric), False


def _list_counts(catalogue: Catalogue, view: str, distinct: bool = False) -> list[str]:
    """The metrics that count all rows of a view, or all its different ones."""
    found = []
    for name, metric in catalogue.metrics.items():
        if not isinstance(metric, Aggregate | Snapshot) or metric.view != view or metric.where or metric.time:
            continue
        if isinstance(metric, Snapshot) and metric.snapshot != "last":
            continue
        tree = metric.sql.tree
        unique = isinstance(tree.this, exp.Distinct)
        if isinstance(tree, exp.Count) and unique >= distinct:
            found.append((unique != distinct, name))
    return [name for _, name in sorted(found, key=lambda pair: pair[0])]


# --- segments by name


def _list_named(catalogue: Catalogue) -> Iterator[Base]:
    owners = list(dict.fromkeys(segment.of for segment in catalogue.segments.values()))
    for owner in owners:
        names = tuple(sorted(name for name, segment in catalogue.segments.items() if segment.of == owner))
        families = [catalogue.families.get(catalogue.segments[name].family or "") for name in names]
        exclusive = len(set(map(id, families))) == 1 and bool(families[0] and families[0].exclusive)
        address = "segment" if len(owners) == 1 else f"segment.{owner}"
        for size, dated in _list_totals(catalogue, owner):
            base = Base(address, "segment", size, owner, names, "", dated, False, exclusive)
            if _can_ask(catalogue, base):
                yield base
                break
