"""Segments: the thirty-six of them, in six families, and their table."""

from dataclasses import dataclass

import pyarrow as pa

from data.lifecycle import LIFECYCLES
from data.products import BRANDS
from data.world import World

TIERS = ("Champions", "Loyal", "Promising", "Occasional", "Dormant", "Never bought")
OWNERSHIP = ("Car owners", "Accessory buyers", "Service customers", "Subscribers")
REACH = ("Reachable by e-mail", "Reachable by WhatsApp", "Reachable by SMS", "Reachable by phone")
BEHAVIOUR = ("Clickers", "App users", "Webinar guests", "Test drivers", "Big spenders", "Recent visitors")
_LIFECYCLE_TEXTS = (
    "Registered, without a reaction yet, for at most 30 days",
    "Opened, clicked or replied in the last 90 days",
    "Last reaction 90 to 180 days ago",
    "Unsubscribed, or no reaction for 180 days",
)
_TIER_TEXTS = (
    "Five or more orders in a year, the last within 90 days",
    "Three or more orders in a year",
    "The first order within the last 90 days",
    "One or two orders in a year",
    "Ordered before, not in a year",
    "No order yet",
)
_OWNERSHIP_TEXTS = ("Owned or bought a car", "Ever bought an accessory", "Ever bought a service", "Ever subscribed")
_BEHAVIOUR_TEXTS = (
    "Clicked in the last 90 days",
    "Used the app in the last 30 days",
    "Ever attended a webinar",
    "Asked for a test drive in the last 180 days",
    "An order of 500 euros or more in the last 365 days, cars aside",
    "Visited the site in the last 30 days",
)


@dataclass(frozen=True)
class Segment:
    """A segment: its family, whether that family's exclude each other, and what it says."""

    segment: str
    family: str
    is_exclusive: bool
    description: str


def _make_family(family: str, exclusive: bool, names: tuple[str, ...], texts: tuple[str, ...]) -> list[Segment]:
    return [Segment(name, family, exclusive, text) for name, text in zip(names, texts, strict=True)]


SEGMENTS = (
    *_make_family("lifecycle", True, LIFECYCLES, _LIFECYCLE_TEXTS),
    *_make_family("value", True, TIERS, _TIER_TEXTS),
    *_make_family(
        "brand",
        False,
        tuple(f"Interested in {brand}" for brand in BRANDS),
        tuple(f"Asked about {brand} or looked at it" for brand in BRANDS),
    ),
    *_make_family("ownership", False, OWNERSHIP, _OWNERSHIP_TEXTS),
    *_make_family("reach", False, REACH, tuple(f"{name}: agreed, and hasn't left" for name in REACH)),
    *_make_family("behaviour", False, BEHAVIOUR, _BEHAVIOUR_TEXTS),
)
PLACES = {segment.segment: place for place, segment in enumerate(SEGMENTS)}
_COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")


def make_segments(world: World) -> pa.Table:
    """Return the segments: one row per segment, the same at every size."""
    return pa.table({
        "segment_id": pa.array(range(1, len(SEGMENTS) + 1), pa.int32()),
        "segment": [each.segment for each in SEGMENTS],
        "family": [each.family for each in SEGMENTS],
        "is_exclusive": [each.is_exclusive for each in SEGMENTS],
        "description": [each.description for each in SEGMENTS],
        "position": pa.array(range(1, len(SEGMENTS) + 1), pa.int32()),
        "colour": [_COLOURS[place % len(_COLOURS)] for place in range(len(SEGMENTS))],
    })  # fmt: skip
