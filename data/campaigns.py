"""Campaigns: the campaigns table, and those of their channels and categories."""

from datetime import date

import numpy as np
import pyarrow as pa

from data.campaign import CATEGORIES, CHANNELS, LABELS
from data.campaign_plan import plan_campaigns
from data.columns import make_days, make_ints, make_moments, make_money, make_texts
from data.letters import PERSONAL
from data.products import BRANDS, PRODUCTS
from data.rhythm import DAY, HOUR, count_days, to_utc
from data.world import NEVER, World

_PLACES = {product.product: place for place, product in enumerate(PRODUCTS)}


def make_campaigns(world: World) -> pa.Table:
    """Return the campaigns: one row per campaign; created in office hours, three to six weeks before it starts."""
    plan = plan_campaigns(world)
    rng = world.stream("campaigns.created")
    starts = np.array([count_days(campaign.starts or date(2023, 12, 1)) for campaign in plan], dtype=np.int64)
    ends = [count_days(campaign.ends) if campaign.ends else NEVER for campaign in plan]
    day = starts - rng.integers(20, 42, len(plan))
    day -= np.maximum((day + 3) % 7 - 4, 0)  # a weekend's campaign is of the Friday before
    created = to_utc(day * DAY + rng.integers(8 * HOUR, 18 * HOUR, len(plan)))
    budget = 50_000 * np.rint(rng.lognormal(3.2, 0.7, len(plan))).astype(np.int64)  # euro cents
    budget *= np.array([campaign.kind == "promotion" and campaign.audience == "all" for campaign in plan])
    drafts = np.array([campaign.starts is None for campaign in plan])
    return pa.table({
        "campaign_id": pa.array(np.arange(1, len(plan) + 1, dtype=np.int32)),
        "campaign": [campaign.name for campaign in plan],
        "kind": [campaign.kind for campaign in plan],
        "category": make_texts(np.array([CATEGORIES.index(campaign.category) for campaign in plan]), CATEGORIES),
        "channel": make_texts(np.array([CHANNELS.index(campaign.channel) for campaign in plan]), CHANNELS),
        "brand_id": make_ints(np.array([BRANDS.index(c.brand) + 1 if c.brand else -1 for c in plan])),
        "created_at": make_moments(created),
        "starts_on": make_days(np.where(drafts, NEVER, starts)),
        "ends_on": make_days(np.array(ends, dtype=np.int64)),
        "objective": [campaign.objective for campaign in plan],
        "product_id": make_ints(np.array([_PLACES.get(c.product or "", -2) + 1 for c in plan], dtype=np.int64)),
        "budget": make_money(budget, null=budget == 0),
        "has_control": [campaign.control for campaign in plan],
        "is_personalised": [campaign.name == PERSONAL for campaign in plan],
    })  # fmt: skip


def make_channels(world: World) -> pa.Table:
    """Return the channels that messages go by: one row per channel, the same at every size."""
    return pa.table({
        "channel": list(CHANNELS),
        "channel_label": list(LABELS),
        "measures_opens": [channel != "sms" for channel in CHANNELS],
    })  # fmt: skip


def make_categories(world: World) -> pa.Table:
    """Return the categories of messages: one row per category, the same at every size."""
    return pa.table({"category": list(CATEGORIES), "category_label": [word.capitalize() for word in CATEGORIES]})
