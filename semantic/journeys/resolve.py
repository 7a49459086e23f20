"""Journey -> ResolvedJourney: a funnel, cohort, flow or overlap with every name looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic.errors import Refused
from semantic.journeys.cohort import find_cohort_feeds, resolve_cohort
from semantic.journeys.flow import find_flow_feeds, resolve_flow
from semantic.journeys.funnel import find_funnel_feeds, resolve_funnel
from semantic.journeys.overlap import find_overlap_feeds, resolve_overlap
from semantic.names import find_dimension, is_time_name
from semantic.question import Journey
from semantic.reach import Unreachable
from semantic.resolved import ResolvedJourney, Variant

if TYPE_CHECKING:
    from semantic.resolve import Resolver


def find_feeds(resolver: Resolver, journey: Journey) -> dict[str, tuple[str, ...]]:
    """What the question's keys and filters are about: the metrics that feed the journey, each with its views.

    What is unknown is left out here, and told by `resolve_journey`.
    """
    try:
        match journey.kind:
            case "cohort":
                return find_cohort_feeds(resolver.catalogue, journey)
            case "overlap":
                return find_overlap_feeds(resolver.catalogue, resolver.question)
            case "flow":
                return find_flow_feeds(resolver.catalogue, journey)
            case "funnel":
                return find_funnel_feeds(resolver, journey)
    except Refused:
        return {}


def check_key(resolver: Resolver, name: str) -> None:
    """Of an entity that may start with several rows at once, none says which group it is in. Raises Refused."""
    plain, mark, _ = name.partition("@")
    if "." in plain and is_time_name(plain.rsplit(".", 1)[1]):
        plain = plain.rsplit(".", 1)[0]
    for view in resolver.views:
        try:
            found = find_dimension(resolver.catalogue, view, plain, bool(mark))
        except Unreachable:
            continue  # told where the key is resolved
        if resolver.catalogue.views[found.path.base].multi and not found.path.steps:
            told = f"{name} is another for each row of {view}, and who starts a cohort may have several at once"
            raise resolver.refuse("by", told, f"Ask overlap={found.name}", name)


def resolve_journey(resolver: Resolver, variant: Variant) -> ResolvedJourney:
    """The journey of the resolver's question, over the rows of a variant. Raises Refused."""
    assert resolver.question.journey, "the question asks for a journey"
    journey = resolver.question.journey
    match journey.kind:
        case "cohort":
            return resolve_cohort(resolver, journey, variant)
        case "funnel":
            return resolve_funnel(resolver, journey, variant)
        case "overlap":
            return resolve_overlap(resolver, journey, variant)
        case "flow":
            return resolve_flow(resolver, journey, variant)
