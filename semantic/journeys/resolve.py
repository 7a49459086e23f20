"""Journey -> ResolvedJourney: a funnel, cohort, flow or overlap with every name looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from semantic.errors import Problem, Refused
from semantic.journeys.cohort import find_cohort_feeds, resolve_cohort
from semantic.question import Journey
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
            case _:
                return {}
    except Refused:
        return {}


def resolve_journey(resolver: Resolver, variant: Variant) -> ResolvedJourney:
    """The journey of the resolver's question, over the rows of a variant. Raises Refused."""
    assert resolver.question.journey, "the question asks for a journey"
    kind = resolver.question.journey.kind
    if kind == "cohort":
        return resolve_cohort(resolver, resolver.question.journey, variant)
    found = f"{'an' if kind == 'overlap' else 'a'} {kind} can't be answered yet"
    raise Refused([Problem(kind, found, "Ask metrics: metric=…", (kind, None))])
