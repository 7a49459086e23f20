"""Marketing messages: whom each campaign writes to and when, and who leaves after them."""

from functools import lru_cache

import numpy as np

from data.campaign import CHANNELS, Campaign
from data.campaign_plan import plan_campaigns
from data.interests import draw_interests
from data.outcomes import Sends, draw_outcomes, get_channels
from data.people import CONSENTS, SPECIALTIES, People, draw_people
from data.products import BRANDS
from data.rhythm import DAY, END, HOUR, START, count_days, to_local, to_utc
from data.truths import CONTROL_SHARE
from data.world import NEVER, Flags, Ints, World

_CONSENT = {"email": "email", "whatsapp": "whatsapp", "sms": "sms", "ivr": "phone"}
_MINUTES = 75  # that a wave takes at any size
_WEEK = 7 * DAY


@lru_cache(maxsize=1)
def draw_sends(world: World) -> Sends:
    """Return the messages of waves and welcomes: to who consents, and no more promotion after an unsubscription."""
    parts = [
        (place, *_address(world, campaign))
        for place, campaign in enumerate(plan_campaigns(world))
        if campaign.trigger in ("waves", "registration", "personal", "general")
    ]
    campaign = np.concatenate([np.full(len(person), place, dtype=np.int64) for place, person, _ in parts])
    person = np.concatenate([person for _, person, _ in parts])
    sent = np.concatenate([sent for _, _, sent in parts])
    return _respect_leavers(world, draw_outcomes(world, world.stream("sends"), campaign, person, sent))


def find_leaving(world: World) -> Ints:
    """Return people x channels: when each left a channel by unsubscribing or complaining, or NEVER."""
    return _find_leaving(world, draw_sends(world))


def _find_leaving(world: World, sends: Sends) -> Ints:
    leaving = np.full((len(draw_people(world).registered), len(CHANNELS)), NEVER, dtype=np.int64)
    moments = np.minimum(sends.unsubscribed, sends.complained)
    left = np.flatnonzero(moments != NEVER)
    np.minimum.at(leaving, (sends.person[left], get_channels(world)[sends.campaign[left]]), moments[left])
    return leaving


def choose_audience(world: World, campaign: Campaign) -> tuple[Flags, Flags]:
    """Return whom a campaign would write to (a flag per person), and of these who is held out as its control group.

    Without a control group nobody is held out, and every wave has an audience of its own.
    """
    people = draw_people(world)
    rng = world.stream(f"audience.{campaign.name}")
    willing = people.consents[:, CONSENTS.index(_CONSENT[campaign.channel])] == 1
    if campaign.trigger in ("personal", "general"):
        willing &= (people.consents[:, CONSENTS.index("personalisation")] == 1) & (people.registered >= START)
        willing &= _follow_welcome(people.registered) < END
        coin = world.stream("audience.second welcome").random(len(willing)) < 0.5
        return willing, ~coin if campaign.trigger == "personal" else coin
    if campaign.specialties:
        codes = [SPECIALTIES.index(specialty) for specialty in sorted(campaign.specialties)]
        willing &= np.isin(people.specialty, codes)
    if campaign.audience == "owners":
        willing &= people.owned >= 0
    if campaign.control:
        willing &= rng.random(len(willing)) < campaign.share
    return willing, campaign.control & (rng.random(len(willing)) < CONTROL_SHARE)


def _follow_welcome(registered: Ints) -> Ints:
    """Return nine o'clock in Paris a week after registrations, and some seconds."""
    return to_utc((to_local(registered) + _WEEK) // DAY * DAY + 9 * HOUR + registered % 900)


def _address(world: World, campaign: Campaign) -> tuple[Ints, Ints]:
    """Return to whom a campaign writes (places in people) and when (UTC seconds)."""
    people = draw_people(world)
    rng = world.stream(f"sends.{campaign.name}")
    audience, held = choose_audience(world, campaign)
    audience &= ~held
    assert campaign.starts is not None, f"{campaign.name} is sent without a first day"
    if campaign.trigger in ("personal", "general"):
        person = np.flatnonzero(audience)
        return person, _follow_welcome(people.registered[person])
    if campaign.trigger == "registration":
        since = max(START, int(to_utc(np.array([count_days(campaign.starts) * DAY]))[0]))
        person = np.flatnonzero(audience & (people.registered >= since))
        sent = people.registered[person] + rng.integers(60, 1800, len(person))
        return person[sent < END], sent[sent < END]
    waves = [_send_wave(rng, world, people, campaign, audience, wave) for wave in range(len(campaign.waves))]
    return np.concatenate([person for person, _ in waves]), np.concatenate([sent for _, sent in waves])


def _send_wave(
    rng: np.random.Generator, world: World, people: People, campaign: Campaign, audience: Flags, wave: int
) -> tuple[Ints, Ints]:
    day, hour = campaign.waves[wave]
    start = int(to_utc(np.array([count_days(day) * DAY + round(hour * HOUR)]))[0])
    chosen = audience & (people.registered < start)
    if not campaign.control:
        chosen &= rng.random(len(chosen)) < campaign.share
    if campaign.audience == "interested":
        interested, brand, since = draw_interests(world)
        assert campaign.brand is not None, f"{campaign.name} has no brand to be interested in"
        knows = np.zeros(len(chosen), dtype=np.bool_)
        knows[interested[(brand == BRANDS.index(campaign.brand)) & (since < count_days(day))]] = True
        chosen &= knows
    person = rng.permutation(np.flatnonzero(chosen))
    # a batch leaves every minute, all at once: many messages tie on sent_at
    batch = np.arange(len(person)) * _MINUTES // max(1, len(person))
    return person, start + batch * 60 + rng.integers(0, 3, len(person))


def _respect_leavers(world: World, sends: Sends) -> Sends:
    """Drop promotion sent after its reader left that channel, and all but one unsubscription of each."""
    leaving = _find_leaving(world, sends)
    left_at = leaving[sends.person, get_channels(world)[sends.campaign]]
    promotional = np.array([campaign.category == "promotional" for campaign in plan_campaigns(world)])
    kept = sends.take(~promotional[sends.campaign] | (sends.sent <= left_at))
    left_at = leaving[kept.person, get_channels(world)[kept.campaign]]
    kept.unsubscribed[kept.unsubscribed > left_at] = NEVER
    kept.complained[kept.complained > left_at] = NEVER
    return kept
