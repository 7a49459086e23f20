"""Webinars: who registers, most of them after a click on the invitation, and who attends."""

from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.campaign_plan import plan_campaigns
from data.columns import make_ints, make_moments
from data.people import draw_people
from data.rhythm import DAY, END, HOUR, count_days, draw_seconds, to_utc
from data.sends import draw_sends
from data.world import NEVER, Ints, World

_AFTER_CLICK = 0.45  # of those who click on an invitation register


@lru_cache(maxsize=1)
def draw_webinars(world: World) -> tuple[Ints, Ints, Ints, Ints]:
    """Return person, campaign (place in the plan), registration and attendance (UTC seconds or NEVER), by time."""
    people, sends, plan = draw_people(world), draw_sends(world), plan_campaigns(world)
    rng = world.stream("webinars")
    parts = []
    for place, campaign in enumerate(plan):
        if campaign.kind == "webinar" and campaign.channel == "email" and campaign.starts and campaign.ends:
            held = int(to_utc(np.array([count_days(campaign.ends) * DAY + 18 * HOUR]))[0])
            clicks = np.flatnonzero((sends.campaign == place) & (sends.clicked < held))
            clicks = clicks[rng.random(len(clicks)) < _AFTER_CLICK]
            after = sends.clicked[clicks] + (240 * rng.lognormal(0, 1.4, len(clicks))).astype(np.int64)
            others = np.flatnonzero((rng.random(len(people.registered)) < 0.006) & (people.registered < held - 9 * DAY))
            unasked = draw_seconds(rng, count_days(campaign.ends) - rng.integers(1, 9, len(others)))
            person = np.concatenate([sends.person[clicks], others])
            moment = np.concatenate([after, unasked])
            order = np.lexsort((moment, person))
            person, first = np.unique(person[order], return_index=True)
            moment = moment[order][first]
            attends = rng.random(len(person)) < np.where(moment > held - 2 * DAY, 0.68, 0.5)
            attended = np.where(attends, held + rng.integers(-300, 900, len(person)), NEVER)
            kept = moment < min(held, END)
            parts.append((person[kept], np.full(int(kept.sum()), place), moment[kept], attended[kept]))
    person, campaign_place, registered, attended = (np.concatenate([part[at] for part in parts]) for at in range(4))
    order = np.lexsort((person, registered))
    return person[order], campaign_place[order], registered[order], attended[order]


def make_webinar_registrations(world: World) -> pa.Table:
    """Return the registrations: one row per contact and webinar, by time; campaign_id is that of its invitation."""
    person, campaign, registered, attended = draw_webinars(world)
    return pa.table({
        "registration_id": make_ints(world.number(np.arange(len(person))), "int64"),
        "contact_id": make_ints(world.number(person), "int64"),
        "campaign_id": make_ints(campaign + 1),
        "registered_at": make_moments(registered),
        "attended_at": make_moments(attended),
    })  # fmt: skip
