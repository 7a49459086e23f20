"""Charges: blasts that users of the app send to customers of their own, and what they are charged for them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.activity import draw_activity
from data.campaign import CATEGORIES, CHANNELS, WHATSAPP_SINCE
from data.columns import make_ints, make_moments, make_money, make_texts
from data.people import draw_people
from data.rhythm import DAY, END, HOUR, count_days, to_local
from data.truths import CHARGED, CHARGED_FROM, CHARGED_TO
from data.world import Floats, Ints, World, find_places

_SENDERS = 0.3  # of the users of the app
_SHARES = np.array([0.34, 0.40, 0.16, 0.10])  # of blasts by channel, on a day of use by a sender
_PER_MESSAGE = np.array([0.002, 0.08, 0.05, 0.11])  # euros
_RECIPIENTS = np.array([16_000.0, 900.0, 26.0, 250.0])  # of a median blast


@dataclass(frozen=True, eq=False)
class Charges:
    """Charged blasts by time: one element per blast."""

    person: Ints
    channel: Ints  # of CHANNELS
    charged: Ints  # UTC seconds
    day: Ints  # Paris days since 1970
    size: Ints  # messages in the blast
    cents: Ints


@lru_cache(maxsize=1)
def draw_charges(world: World) -> Charges:
    """Return the blasts. They lie on days on which their sender uses the app."""
    user, day, used = draw_activity(world)
    rng = world.stream("charges")
    people = draw_people(world)
    sends = (rng.random(len(people.registered)) < _SENDERS) & ~people.test
    busy = rng.beta(2, 1.2, len(people.registered))
    many = rng.poisson(1.5 * busy[user] * sends[user])
    row = np.repeat(np.arange(len(user)), many)
    charged = used[row] + (rng.random(len(row)) * HOUR * 1.5).astype(np.int64)
    row, charged = row[charged < END], charged[charged < END]
    channel = find_places(rng.random(len(row)), _SHARES)
    late = (channel == CHANNELS.index("whatsapp")) & (day[row] < count_days(WHATSAPP_SINCE))
    channel = np.where(late, CHANNELS.index("email"), channel)
    size = 1 + (_RECIPIENTS[channel] * rng.lognormal(0, 0.8, len(row))).astype(np.int64)
    order = np.lexsort((user[row], charged))
    row, charged, channel, size = row[order], charged[order], channel[order], size[order]
    euros = size * _PER_MESSAGE[channel] * rng.choice([0.9, 1.0, 1.1], len(row))
    return Charges(user[row], channel, charged, day[row], size, _set_cents(world, channel, charged, euros))


def _set_cents(world: World, channel: Ints, charged: Ints, euros: Floats) -> Ints:
    """Return cents in proportion to `euros`, such that those of the planted days add up to the planted totals."""
    days = to_local(charged) // DAY
    planted = (days >= count_days(CHARGED_FROM)) & (days <= count_days(CHARGED_TO))
    cents = np.zeros(len(euros), dtype=np.int64)
    for place, name in enumerate(CHANNELS):
        total = int(world.share(np.array([round(CHARGED[name] * 100 * world.size)]))[0])
        inside = np.flatnonzero((channel == place) & planted)
        rate = total / euros[inside].sum() if len(inside) else 100.0
        outside = (channel == place) & ~planted
        cents[outside] = np.rint(euros[outside] * rate)
        exact = euros[inside] * rate
        whole = np.floor(exact).astype(np.int64)
        missing = total - int(whole.sum()) if len(inside) else 0
        whole[np.argsort(whole - exact, kind="stable")[:missing]] += 1
        cents[inside] = whole
    return cents


def make_charges(world: World) -> pa.Table:
    """Return the charges: one row per blast, by time."""
    charges = draw_charges(world)
    rng = world.stream("charges.categories")
    category = (rng.random(len(charges.cents)) < np.array([0.35, 0.55, 0.6, 0.7])[charges.channel]).astype(np.int64)
    return pa.table({
        "charge_id": make_ints(world.number(np.arange(len(charges.cents))), "int64"),
        "contact_id": make_ints(world.number(charges.person), "int64"),
        "channel": make_texts(charges.channel, CHANNELS),
        "category": make_texts(category, CATEGORIES),
        "messages": make_ints(charges.size),
        "amount": make_money(charges.cents),
        "charged_at": make_moments(charges.charged),
    })  # fmt: skip
