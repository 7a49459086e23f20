"""Campaigns: the campaigns table."""

from datetime import date

import numpy as np
import pyarrow as pa

from data.campaign_plan import CATEGORIES, CHANNELS, plan_campaigns
from data.columns import make_days, make_ints, make_moments, make_texts
from data.products import BRANDS
from data.rhythm import DAY, HOUR, count_days, to_utc
from data.world import NEVER, World


def make_campaigns(world: World) -> pa.Table:
    """Return the campaigns: one row per campaign; created in office hours, three to six weeks before it starts."""
    plan = plan_campaigns(world)
    rng = world.stream("campaigns.created")
    starts = np.array([count_days(campaign.starts or date(2023, 12, 1)) for campaign in plan], dtype=np.int64)
    ends = [count_days(campaign.ends) if campaign.ends else NEVER for campaign in plan]
    day = starts - rng.integers(20, 42, len(plan))
    day -= np.maximum((day + 3) % 7 - 4, 0)  # a weekend's campaign is of the Friday before
    created = to_utc(day * DAY + rng.integers(8 * HOUR, 18 * HOUR, len(plan)))
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
    })  # fmt: skip
