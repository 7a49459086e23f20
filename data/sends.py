"""Marketing messages: whom each campaign writes to and when, and who leaves after them."""

from functools import lru_cache

import numpy as np

from data.campaign_plan import CHANNELS, Campaign, plan_campaigns
from data.outcomes import Sends, draw_outcomes, get_channels
from data.people import CONSENTS, SPECIALTIES, People, draw_people
from data.rhythm import DAY, END, HOUR, START, count_days, to_utc
from data.world import NEVER, Flags, Ints, World

_CONSENT = {"email": "email", "whatsapp": "whatsapp", "sms": "sms", "ivr": "phone"}
_MINUTES = 75  # that a wave takes at any size


@lru_cache(maxsize=2)
def draw_sends(world: World) -> Sends:
    """Return the messages of waves and welcomes: to who consents, and no more promotion after an unsubscription."""
    people, plan = draw_people(world), plan_campaigns(world)
    rng = world.stream("sends")
    parts = [
        (place, *_address(rng, people, campaign))
        for place, campaign in enumerate(plan)
        if campaign.trigger in ("waves", "registration")
    ]
    campaign = np.concatenate([np.full(len(person), place, dtype=np.int64) for place, person, _ in parts])
    person = np.concatenate([person for _, person, _ in parts])
    sent = np.concatenate([sent for _, _, sent in parts])
    return _respect_leavers(world, draw_outcomes(world, rng, campaign, person, sent))


def find_leavers(world: World) -> Flags:
    """Return people x channels: who unsubscribed, by channel."""
    left: Flags = _find_leaving(world, draw_sends(world)) != NEVER
    return left


def _find_leaving(world: World, sends: Sends) -> Ints:
    """Return people x channels: the first unsubscription among these messages, or NEVER."""
    leaving = np.full((len(draw_people(world).registered), len(CHANNELS)), NEVER, dtype=np.int64)
    left = np.flatnonzero(sends.unsubscribed != NEVER)
    np.minimum.at(leaving, (sends.person[left], get_channels(world)[sends.campaign[left]]), sends.unsubscribed[left])
    return leaving


def _address(rng: np.random.Generator, people: People, campaign: Campaign) -> tuple[Ints, Ints]:
    """Return to whom a campaign writes (places in people) and when (UTC seconds)."""
    willing = people.consents[:, CONSENTS.index(_CONSENT[campaign.channel])] == 1
    if campaign.specialties:
        codes = [SPECIALTIES.index(specialty) for specialty in sorted(campaign.specialties)]
        willing &= np.isin(people.specialty, codes)
    assert campaign.starts is not None, f"{campaign.name} is sent without a first day"
    if campaign.trigger == "registration":
        since = max(START, int(to_utc(np.array([count_days(campaign.starts) * DAY]))[0]))
        person = np.flatnonzero(willing & (people.registered >= since))
        sent = people.registered[person] + rng.integers(60, 1800, len(person))
        return person[sent < END], sent[sent < END]
    persons, moments = [], []
    for day, hour in campaign.waves:
        start = int(to_utc(np.array([count_days(day) * DAY + round(hour * HOUR)]))[0])
        lucky = rng.random(len(willing)) < campaign.share
        person = rng.permutation(np.flatnonzero(willing & lucky & (people.registered < start)))
        # a batch leaves every minute, all at once: many messages tie on sent_at
        batch = np.arange(len(person)) * _MINUTES // max(1, len(person))
        persons.append(person)
        moments.append(start + batch * 60 + rng.integers(0, 3, len(person)))
    return np.concatenate(persons), np.concatenate(moments)


def _respect_leavers(world: World, sends: Sends) -> Sends:
    """Drop promotion sent after its reader left that channel, and all but one unsubscription of each."""
    leaving = _find_leaving(world, sends)
    left_at = leaving[sends.person, get_channels(world)[sends.campaign]]
    promotional = np.array([campaign.category == "promotional" for campaign in plan_campaigns(world)])
    kept = sends.take(~promotional[sends.campaign] | (sends.sent <= left_at))
    left_at = leaving[kept.person, get_channels(world)[kept.campaign]]
    kept.unsubscribed[kept.unsubscribed > left_at] = NEVER
    return kept
