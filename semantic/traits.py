"""Traits: metrics per entity that are dimensions of it, their bands, and what each is over a question's period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from semantic.catalogue import Aggregate, Catalogue, Dimension, Each, Metric, View
from semantic.entities import find_owner
from semantic.errors import Problem, Refused
from semantic.names import GRAINS
from semantic.newness import is_count


def is_trait(metric: Metric) -> bool:
    """Whether the metric is a dimension of its entity rather than a number of a group."""
    return isinstance(metric, Each) and metric.take is None and metric.per not in GRAINS


def add_traits(catalogue: Catalogue) -> Catalogue:
    """The catalogue with each trait among the dimensions of the view that holds its entities."""
    views: dict[str, View] = dict(catalogue.views)
    for name, metric in catalogue.metrics.items():
        if not isinstance(metric, Each) or not is_trait(metric):
            continue
        try:
            owner = find_owner(catalogue, metric.per)
        except Refused:
            continue  # it's told where the metric is checked
        if name not in views[owner].dimensions:
            trait = Dimension(label=metric.label, description=metric.description, trait=name)
            views[owner] = replace(views[owner], dimensions={**views[owner].dimensions, name: trait})
    return replace(catalogue, views=views)


def check_trait(catalogue: Catalogue, name: str, metric: Each) -> list[Problem]:
    """What is wrong with a metric as a dimension of its entity."""
    where = catalogue.locate("metrics", name)
    if metric.per in GRAINS:
        found = f"it has no take, and a {metric.per} has no dimensions"
        return [Problem(where, found, "take: mean, median, sum, min, max, or p10 to p99 would do")]
    try:
        owner = find_owner(catalogue, metric.per)
    except Refused as refused:
        return [Problem(where, item.found, item.remedy) for item in refused.problems]
    declared = catalogue.views[owner].dimensions.get(name)
    if declared is not None and declared.trait is None:
        return [Problem(where, f"{owner} has a dimension {name}, too", "Give one of them another name")]
    if name.lower() in catalogue.bound.columns.get(owner, ()):
        return [Problem(where, f"{owner} has a column {name}, too", "Give the metric another name")]
    return []


def type_traits(catalogue: Catalogue, metrics: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The type of each trait, from those of the metrics: text where it has bands."""
    found = {}
    for view_name, view in catalogue.views.items():
        for name, dimension in view.dimensions.items():
            if dimension.trait is not None:
                metric = catalogue.metrics[dimension.trait]
                assert isinstance(metric, Each), "a trait is a metric per entity"
                found[view_name, name] = "VARCHAR" if metric.bands else metrics.get(metric.each, "DOUBLE")
    return found


def label_bands(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The labels of a trait's bands in order, that of all below the lowest bound first; none where it has no bands.

    Of whole numbers 1, 2, 3–5, 6–10, 11+, and 0 below 1 where they are counted; else 0 to under 50, 50+, under 0.
    """
    metric = catalogue.metrics[name]
    assert isinstance(metric, Each), "a trait is a metric per entity"
    if not metric.bands:
        return ()
    about = catalogue.metrics[metric.each]
    type_ = catalogue.bound.metric_types.get(metric.each, "")
    counted = isinstance(about, Aggregate) and is_count(about.sql)
    whole = (counted or type_.endswith(("INT", "INTEGER"))) and all(bound == int(bound) for bound in metric.bands)
    bounds = list_bounds(catalogue, name)
    labels = ["0" if counted and metric.bands[0] == 1 else f"under {bounds[0]}"]
    for place, bound in enumerate(metric.bands[:-1]):
        after = metric.bands[place + 1]
        if not whole:
            labels.append(f"{bounds[place]} to under {bounds[place + 1]}")
        else:
            labels.append(bounds[place] if after == bound + 1 else f"{bounds[place]}–{after - 1:.15g}")
    return (*labels, f"{bounds[-1]}+")


def list_bounds(catalogue: Catalogue, name: str) -> list[str]:
    """The lower bounds of a trait's bands, as numbers are written."""
    metric = catalogue.metrics[name]
    assert isinstance(metric, Each), "a trait is a metric per entity"
    return [f"{bound:.15g}" for bound in metric.bands]
