"""Which traits of entities a question uses, each over the days of the rows that it's about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from semantic.calendar import Window
from semantic.catalogue import Each
from semantic.each import list_sources
from semantic.entities import build_entity_keys
from semantic.errors import Problem, Refused
from semantic.frames import Settling, settle_value
from semantic.resolved import Axis, Key, KeyFilter, Leaf, Membership, Trait, Value, Variant
from semantic.routes import list_reached
from semantic.setting import Setting
from semantic.spans import find_data_days
from semantic.values import build_trait_value

if TYPE_CHECKING:
    from semantic.resolve import Resolver


class TraitFinder:
    """Collects the traits of one question; those that one is made of come before it."""

    def __init__(self, resolver: Resolver, setting: Setting, axis: Axis | None) -> None:
        self.resolver, self.catalogue, self.axis = resolver, resolver.catalogue, axis
        self.setting = replace(setting, base=None, keys=())
        self.found: dict[tuple[str, Window], Trait] = {}

    def find(
        self, values: Iterable[Value], keys: Sequence[Key], filters: Sequence[KeyFilter], members: Sequence[Membership]
    ) -> tuple[Trait, ...]:
        """The traits by which the rows of these values are cut or kept. Problems go to the resolver."""
        for leaf in dict.fromkeys(leaf for value in values for leaf in list_sources(value)):
            self.visit(leaf, keys, filters, members, ())
        return tuple(self.found.values())

    def visit(
        self,
        leaf: Leaf,
        keys: Sequence[Key],
        filters: Sequence[KeyFilter],
        members: Sequence[Membership],
        trail: tuple[str, ...],
    ) -> None:
        slices = [leaf.variant.slice] if leaf.variant.slice else []
        for reached in list_reached(self.catalogue, leaf.view, keys, [*filters, *slices], members, [leaf]):
            if reached.dimension and reached.dimension.trait:
                self.resolver.attempt(("by", reached.name), self.add, reached.dimension.trait, leaf.variant, trail)

    def add(self, name: str, variant: Variant, trail: tuple[str, ...]) -> None:
        window = variant.measured
        if (name, window) in self.found:
            return
        if name in trail:
            found = f"{name} is made of itself: {' → '.join([*trail, name])}"
            raise Refused([Problem("metric", found, "Break the circle in the catalogue")])
        metric = self.catalogue.metrics[name]
        assert isinstance(metric, Each), "a trait is a metric per entity"
        value = build_trait_value(self.catalogue, name, Variant(window=window), self.setting)
        leaves = list_sources(value)
        if self.axis and (until := self.find_end(window, leaves)):
            value = build_trait_value(self.catalogue, name, Variant(window=Window(window.start, until)), self.setting)
            leaves = list_sources(value)
        about = Settling(self.catalogue.week_start, self.setting.today, None, (), (), self.resolver.find_begin)
        value = settle_value(value, about)
        keys = build_entity_keys(self.catalogue, metric.per, [leaf.view for leaf in leaves])
        for leaf in leaves:
            self.resolver.check_leaf(leaf, window != Window(), [], window, name)
            self.visit(leaf, (), (), (), (*trail, name))
        self.found[name, window] = Trait(name, metric.per, window, value, keys)

    def find_end(self, window: Window, leaves: Iterable[Leaf]) -> date | None:
        """The day after the as-of day, where there are rows from it on that a time axis doesn't show either."""
        tomorrow = self.setting.today + timedelta(days=1)
        _, last = find_data_days(self.catalogue, self.setting.timezone, [leaf.clock for leaf in leaves if leaf.clock])
        beyond = (window.stop is None or window.stop > tomorrow) and last is not None and last >= tomorrow
        return tomorrow if beyond else None
