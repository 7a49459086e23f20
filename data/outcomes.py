"""What happens to a message: delivered or bounced, opened by a person or a machine, clicked, unsubscribed from."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from data.campaign import CHANNELS
from data.campaign_plan import plan_campaigns
from data.people import draw_people
from data.rhythm import DAY, END, HOUR, wake
from data.world import NEVER, Codes, Flags, Floats, Ints, World

_EMAIL, _SMS, _IVR = CHANNELS.index("email"), CHANNELS.index("sms"), CHANNELS.index("ivr")

# By channel: email, whatsapp, sms, ivr. An SMS is read but nobody can see it; an IVR call is delivered when answered,
# opened when listened to until the end, clicked when a key is pressed.
_DELIVERY = np.array([0.982, 0.955, 0.965, 0.64])
_TRANSIT = np.array([6.0, 3.0, 5.0, 25.0])  # seconds, median
_OPEN = np.array([0.225, 0.80, 0.90, 0.57])  # of the delivered, by an average contact
_OPEN_DELAY = np.array([3.0 * HOUR, 0.4 * HOUR, 0.2 * HOUR, 30.0])
_OPEN_SPREAD = np.array([1.6, 1.5, 1.4, 0.3])
_FORGOTTEN = 30 * DAY  # what wasn't opened by then never is
_CLICK = np.array([0.098, 0.095, 0.037, 0.085])  # of the opened
_CLICK_DELAY = np.array([80.0, 120.0, 90.0, 12.0])
_COMPLAIN = np.array([0.0018, 0.0008, 0.0003, 0.0])  # of the opened
_REPLY = np.array([0.004, 0.045, 0.009, 0.0])  # of the opened
_AGAIN = np.array([0.35, 0.1, 0.0, 0.0])  # times more that an opened message is opened
BOUNCES = ("hard", "soft", "unanswered")
_UNSUBSCRIBE = np.array([0.006, 0.0045, 0.0035, 0.008])  # of the opened


@dataclass(frozen=True, eq=False)
class Sends:
    """Messages and what became of them: one element per message, moments in UTC seconds or NEVER."""

    campaign: Ints  # place in the plan
    person: Ints  # place in people
    sent: Ints
    delivered: Ints
    opened: Ints
    clicked: Ints
    unsubscribed: Ints
    machine: Flags
    bounce: Codes  # of BOUNCES; -1 delivered
    scanned: Ints  # a machine's click
    complained: Ints
    replied: Ints
    opens: Codes  # by people, in all; -1 where it can't be seen
    clicks: Codes
    seconds: Codes  # that an IVR call was listened to; -1 where it is none

    def take(self, chosen: Ints | Flags) -> Self:
        """Return the chosen messages: by places, in their order, or by a mask."""
        return type(self)(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    def join(self, other: Self) -> Self:
        """Return these messages and then the other's."""
        names = [field.name for field in fields(self)]
        return type(self)(**{name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in names})


def get_channels(world: World) -> Ints:
    """Return the place in CHANNELS of each campaign of the plan."""
    return np.array([CHANNELS.index(campaign.channel) for campaign in plan_campaigns(world)], dtype=np.int64)


def draw_outcomes(world: World, rng: np.random.Generator, campaign: Ints, person: Ints, sent: Ints) -> Sends:
    """Return what became of messages, as it was known at the end of the data: nothing happens later than that."""
    people, plan = draw_people(world), plan_campaigns(world)
    channel = get_channels(world)[campaign]
    eager = people.eager[person]
    count = len(sent)

    failed = (rng.random(count) >= _DELIVERY[channel]) | (people.dead_mail[person] & (channel == _EMAIL))
    transit = _TRANSIT[channel] * rng.lognormal(0, 0.9, count)
    greylisted = (channel == _EMAIL) & (rng.random(count) < 0.01)  # the receiving server asks to come back later
    delivered = _happen(~failed, sent + np.maximum(1, transit + greylisted * rng.uniform(0.2, 4, count) * HOUR))

    interest = eager * np.array([each.opens for each in plan])[campaign]
    wants = rng.random(count) < 1 - (1 - _OPEN[channel]) ** interest
    delay = _OPEN_DELAY[channel] * rng.lognormal(0, _OPEN_SPREAD[channel])
    read = _happen(wants & (delivered != NEVER) & (delay < _FORGOTTEN), _add(delivered, delay))
    awake = wake(rng, np.where(read == NEVER, 0, read))
    read = _happen(read != NEVER, np.where(channel == _IVR, read, awake))

    interest = np.sqrt(eager) * np.array([each.clicks for each in plan])[campaign]
    wants = rng.random(count) < 1 - (1 - _CLICK[channel]) ** interest
    clicked = _happen(wants & (read != NEVER), _add(read, _CLICK_DELAY[channel] * rng.lognormal(0, 1.3, count)))

    promotional = np.array([each.category == "promotional" for each in plan])[campaign]
    leaves = promotional & (rng.random(count) < _UNSUBSCRIBE[channel]) & (read != NEVER)
    unsubscribed = _happen(leaves, _add(read, 45 * rng.lognormal(0, 1.0, count)))

    fetched = people.prefetched[person] & (channel == _EMAIL) & (delivered != NEVER) & (rng.random(count) < 0.85)
    prefetched = _happen(fetched & (read == NEVER), _add(delivered, 400 * rng.lognormal(0, 1.2, count)))
    opened = np.where(channel == _SMS, NEVER, np.minimum(read, prefetched))
    return Sends(
        *(campaign, person, sent, delivered, opened, clicked, unsubscribed, prefetched != NEVER),
        bounce=_sort_bounces(delivered, channel, people.dead_mail[person]),
        **_draw_reactions(rng, channel, delivered, read, clicked, people.scanned[person], promotional),
    )


def _sort_bounces(delivered: Ints, channel: Ints, dead: Flags) -> Codes:
    """Return the place in BOUNCES: addresses that are gone bounce hard, others softly; a call isn't answered."""
    kind = np.where(channel == _IVR, 2, np.where(dead & (channel == _EMAIL), 0, 1))
    return np.where(delivered == NEVER, kind, -1).astype(np.int8)


def _draw_reactions(
    rng: np.random.Generator,
    channel: Ints,
    delivered: Ints,
    read: Ints,
    clicked: Ints,
    scanned: Flags,
    promotional: Flags,
) -> dict[str, Any]:
    """Return what else comes of a message: a machine's click, a complaint, a reply, opening and clicking again."""
    count = len(read)
    complains = promotional & (read != NEVER) & (rng.random(count) < _COMPLAIN[channel])
    replies = (read != NEVER) & (rng.random(count) < _REPLY[channel])
    scans = scanned & (channel == _EMAIL) & (delivered != NEVER) & (rng.random(count) < 0.25)
    again = np.where(read == NEVER, 0, 1 + rng.poisson(_AGAIN[channel]))
    listened = np.where(read != NEVER, rng.integers(26, 70, count), rng.integers(1, 25, count))
    seconds = np.where(delivered == NEVER, 0, listened)
    return {
        "scanned": _happen(scans, _add(delivered, rng.uniform(2, 90, count))),
        "complained": _happen(complains, _add(read, 60 * rng.lognormal(0, 1.0, count))),
        "replied": _happen(replies, _add(read, 300 * rng.lognormal(0, 1.5, count))),
        "opens": np.where(channel == _SMS, -1, again).astype(np.int8),
        "clicks": np.where(clicked == NEVER, 0, 1 + rng.poisson(0.25, count)).astype(np.int8),
        "seconds": np.where(channel == _IVR, seconds, -1).astype(np.int8),
    }


def _add(moments: Ints, seconds: Floats) -> Ints:
    return np.where(moments == NEVER, 0, moments) + seconds.astype(np.int64)


def _happen(happens: Flags, moments: Ints | Floats) -> Ints:
    """Return the moments, or NEVER where it doesn't happen before the end of the data."""
    seconds = moments.astype(np.int64)
    return np.where(happens & (seconds < END), seconds, NEVER)
