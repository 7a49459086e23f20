"""Journey -> ResolvedJourney: a funnel, cohort, flow or overlap with every name looked up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from semantic.errors import Problem, Refused
from semantic.journeys.cohort import find_cohort_feeds, resolve_cohort
from semantic.journeys.flow import find_flow_feeds, resolve_flow
from semantic.journeys.funnel import find_funnel_feeds, resolve_funnel
from semantic.journeys.overlap import find_overlap_feeds, resolve_overlap
from semantic.names import find_dimension, is_time_name
from semantic.question import Journey, Question
from semantic.reach import Unreachable
from semantic.resolved import ResolvedJourney, Variant

if TYPE_CHECKING:
    from semantic.resolve import Resolver


# Parts of a line that a journey can't take: why, and what would do.
REFUSED: dict[str, dict[str, tuple[str, str]]] = {
    "cohort": {
        "compare": (
            "a cohort is compared with the cohorts before it, which stand in the same answer",
            "Leave compare= out, and ask a period that holds them",
        ),
        "top": ("a cohort has no metric that ranks its groups", "Leave top= out, and filter the groups that matter"),
    },
    "flow": {
        "compare": (
            "a flow is between two days, and has no metric to set beside another one",
            "Leave compare= out and ask the other period by itself",
        ),
        "top": ("a flow has no metric that ranks its groups", "order=-count&limit=10 keeps the biggest moves"),
    },
    "overlap": {
        "compare": (
            "an overlap is of one period, and has no metric to set beside another one",
            "Leave compare= out and ask the other period by itself",
        ),
        "top": ("an overlap has no metric that ranks its groups", "order=-count&limit=10 keeps the biggest sets"),
    },
}


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


def check_parts(question: Question) -> Iterator[Problem]:
    """What is about metrics alone, of a journey that has none."""
    assert question.journey, "the question asks for a journey"
    kind = question.journey.kind
    for part, told in REFUSED.get(kind, {}).items():
        if getattr(question, part):
            yield Problem(part, *told, (part, None))


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


def resolve_journey(resolver: Resolver, variant: Variant, other: Variant | None) -> ResolvedJourney:
    """The journey of the resolver's question, over the rows of a variant, beside those of another. Raises Refused."""
    assert resolver.question.journey, "the question asks for a journey"
    journey = resolver.question.journey
    match journey.kind:
        case "cohort":
            return resolve_cohort(resolver, journey, variant)
        case "funnel":
            return resolve_funnel(resolver, journey, variant, other)
        case "overlap":
            return resolve_overlap(resolver, journey, variant)
        case "flow":
            return resolve_flow(resolver, journey, variant)
