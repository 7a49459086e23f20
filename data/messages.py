"""Messages: marketing and the notices that orders bring about, and the messages table."""

from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.campaign import CATEGORIES, CHANNELS, WHATSAPP_SINCE, Trigger
from data.campaign_plan import plan_campaigns
from data.columns import make_ints, make_moments, make_money, make_texts
from data.orders import draw_orders
from data.outcomes import BOUNCES, Sends, draw_outcomes, get_channels
from data.people import CONSENTS, draw_people
from data.products import CLASSES
from data.rhythm import DAY, END, HOUR, count_days, to_local, to_utc
from data.sends import draw_sends
from data.world import NEVER, Flags, Ints, World

# In 1/10000 euro, by channel: email, whatsapp, sms, ivr.
_COSTS = {"promotional": np.array([8, 620, 450, 900]), "transactional": np.array([8, 310, 450, 900])}
_RISE = np.array([0, 70, 30, 0])  # from 2024 on
_UNANSWERED = 150  # an IVR call that nobody takes


@lru_cache(maxsize=1)
def draw_messages(world: World) -> Sends:
    """Return all messages by time: what campaigns send and what orders bring about."""
    every = draw_sends(world).join(_draw_notices(world))
    return every.take(np.lexsort((every.person, every.campaign, every.sent)))


def _draw_notices(world: World) -> Sends:
    """Return confirmations, delivery notices and appointment reminders of the orders of contacts."""
    rng = world.stream("notices")
    orders, people, plan = draw_orders(world), draw_people(world), plan_campaigns(world)
    known = orders.person >= 0
    consents = people.consents[orders.person]
    sms = consents[:, CONSENTS.index("sms")] == 1
    day = to_local(orders.ordered) // DAY
    delivered = _at_daytime(rng, day + rng.integers(1, 5, len(day)))
    appointed = _at_daytime(rng, day + rng.integers(1, 15, len(day)))
    accessory, service = orders.kind == CLASSES.index("accessory"), orders.kind == CLASSES.index("service")
    whatsapp = (consents[:, CONSENTS.index("whatsapp")] == 1) & (day >= count_days(WHATSAPP_SINCE))
    phone = (consents[:, CONSENTS.index("phone")] == 1) & ~sms
    chosen: dict[tuple[Trigger, str], tuple[Flags, Ints]] = {
        ("order", "email"): (known, orders.ordered + rng.integers(5, 120, len(day))),
        ("delivery", "whatsapp"): (known & accessory & whatsapp & (delivered < orders.cancelled), delivered),
        ("appointment", "sms"): (known & service & sms & (appointed < orders.cancelled), appointed),
        ("appointment", "ivr"): (known & service & phone & (appointed < orders.cancelled), appointed),
    }
    campaigns, persons, moments = [], [], []
    for place, campaign in enumerate(plan):
        if (campaign.trigger, campaign.channel) in chosen:
            mask, sent = chosen[campaign.trigger, campaign.channel]
            mask = mask & (sent < END)
            campaigns.append(np.full(int(mask.sum()), place, dtype=np.int64))
            persons.append(orders.person[mask])
            moments.append(sent[mask])
    return draw_outcomes(world, rng, np.concatenate(campaigns), np.concatenate(persons), np.concatenate(moments))


def _at_daytime(rng: np.random.Generator, days: Ints) -> Ints:
    """Return UTC seconds on Paris days, 8 to 18 o'clock and more often in the morning."""
    return to_utc(days * DAY + 8 * HOUR + (rng.beta(1.5, 2.5, len(days)) * 10 * HOUR).astype(np.int64))


def make_messages(world: World) -> pa.Table:
    """Return the messages: one row per message to one contact, by time."""
    sends, plan = draw_messages(world), plan_campaigns(world)
    channel = get_channels(world)[sends.campaign]
    category = np.array([CATEGORIES.index(campaign.category) for campaign in plan])[sends.campaign]
    costs = _get_costs(sends, channel, category)
    branded = np.array([campaign.brand is not None for campaign in plan])
    return pa.table({
        "message_id": pa.array(world.number(np.arange(len(channel)))),
        "campaign_id": make_ints(sends.campaign + 1),
        "contact_id": make_ints(world.number(sends.person), "int64"),
        "channel": make_texts(channel, CHANNELS),
        "category": make_texts(category, CATEGORIES),
        "sent_at": make_moments(sends.sent),
        "delivered_at": make_moments(sends.delivered),
        "opened_at": make_moments(sends.opened),
        "clicked_at": make_moments(sends.clicked),
        "unsubscribed_at": make_moments(sends.unsubscribed),
        "is_machine_open": pa.array(sends.machine),
        "unit_cost": make_money(costs, decimals=4),
        "charge": make_money(costs * 5 // 4, 4, null=(sends.delivered == NEVER) | ~branded[sends.campaign]),
        "bounce_type": make_texts(sends.bounce, BOUNCES),
        "machine_clicked_at": make_moments(sends.scanned),
        "complained_at": make_moments(sends.complained),
        "replied_at": make_moments(sends.replied),
        "open_count": make_ints(sends.opens),
        "click_count": make_ints(sends.clicks),
        "answered_seconds": make_ints(sends.seconds),
    })  # fmt: skip


def _get_costs(sends: Sends, channel: Ints, category: Ints) -> Ints:
    """Return the cost of each message in 1/10000 euro: WhatsApp and SMS became dearer in 2024."""
    costs = np.array([_COSTS[name] for name in CATEGORIES])[category, channel]
    costs = costs + _RISE[channel] * (to_local(sends.sent) // DAY >= count_days(date(2024, 1, 1)))
    unanswered = (channel == CHANNELS.index("ivr")) & (sends.delivered == NEVER)
    return np.where(unanswered, _UNANSWERED, costs)
