"""Audiences: who was chosen for the campaigns that have a control group, and who of them was held out."""

import numpy as np
import pyarrow as pa

from data.campaign_plan import plan_campaigns
from data.columns import make_ints, make_moments, make_texts
from data.people import draw_people
from data.rhythm import DAY, count_days, to_utc
from data.sends import choose_audience
from data.world import World

ARMS = ("treatment", "control")


def make_audiences(world: World) -> pa.Table:
    """Return the audiences: one row per contact chosen for a campaign with a control group, by time."""
    people = draw_people(world)
    parts = []
    for place, campaign in enumerate(plan_campaigns(world)):
        if campaign.control:
            chosen, held = choose_audience(world, campaign)
            assert campaign.starts is not None, f"{campaign.name} is sent without a first day"
            start = int(to_utc(np.array([count_days(campaign.starts) * DAY]))[0])
            if campaign.trigger == "waves":
                chosen &= people.registered < start
            person = np.flatnonzero(chosen & ~people.deleted)
            assigned = np.maximum(people.registered[person], start)
            parts.append((np.full(len(person), place), person, held[person].astype(np.int64), assigned))
    campaign_place, person, arm, assigned = (np.concatenate([part[column] for part in parts]) for column in range(4))
    order = np.lexsort((person, campaign_place, assigned))
    return pa.table({
        "campaign_id": make_ints(campaign_place[order] + 1),
        "contact_id": make_ints(world.number(person[order]), "int64"),
        "arm": make_texts(arm[order], ARMS),
        "assigned_at": make_moments(assigned[order]),
    })  # fmt: skip
