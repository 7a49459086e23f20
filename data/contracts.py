"""Contracts: what is sold at appointments, and how long it is kept: the tables of sales and subscriptions."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.bundles import BUNDLES
from data.columns import make_ints, make_moments, make_money, make_texts
from data.leads import draw_bookings, draw_leads, tell_origin
from data.media import ACQUISITION_CHANNELS
from data.rhythm import DAY, END
from data.truths import CHURN, LARGE_CONTRACT, OTHER_LARGE_CONTRACT, SALE
from data.world import NEVER, Ints, World, spread_luck

MONTH = round(365.25 / 12 * DAY)  # seconds, of a contract's age
_CARE, _PLUS, _FLEET = range(3)  # places in BUNDLES
assert [bundle.bundle for bundle in BUNDLES[:3]] == ["Care", "Care Plus", "Fleet Care"]


@dataclass(frozen=True, eq=False)
class Sales:
    """Contracts by the time of sale: one element per contract."""

    booking: Ints  # place in the bookings
    sold: Ints
    bundle: Ints
    withdrawn: Ints  # within a fortnight, or NEVER
    churned: Ints  # or NEVER


@lru_cache(maxsize=1)
def draw_sales(world: World) -> Sales:
    """Return the contracts: of each channel's bookings almost exactly the planted share, at or after the appointment.

    A contract is left in each month of its age with a chance of its own, drawn from its channel's Beta (sBG).
    """
    leads, bookings = draw_leads(world), draw_bookings(world)
    rng = world.stream("sales")
    channel = leads.channel[bookings.lead]
    rates = np.array([SALE[name] for name in ACQUISITION_CHANNELS])
    booking = np.flatnonzero((bookings.luck < rates[channel]) & (bookings.cancelled == NEVER))
    late = rng.random(len(booking)) < 0.4
    sold = bookings.appointed[booking] + (np.where(late, 4 * DAY * rng.exponential(1, len(booking)), 1_800)).astype(int)
    kept = np.flatnonzero(sold < END)
    order = kept[np.lexsort((booking[kept], sold[kept]))]
    booking, sold = booking[order], sold[order]

    channel = channel[booking]
    large = np.array([LARGE_CONTRACT.get(name, OTHER_LARGE_CONTRACT) for name in ACQUISITION_CHANNELS])
    is_large = spread_luck(rng, channel) < large[channel]
    bundle = np.where(is_large, _PLUS, np.where(rng.random(len(sold)) < 0.2, _FLEET, _CARE))
    withdrawn = sold + (rng.uniform(0.2, 14, len(sold)) * DAY).astype(np.int64)
    withdrawn = np.where((rng.random(len(sold)) < 0.03) & (withdrawn < END), withdrawn, NEVER)
    alpha, beta = np.array([CHURN[name] for name in ACQUISITION_CHANNELS])[channel].T
    leaving = np.maximum(rng.beta(alpha, beta), 1e-6)
    churned = sold + np.minimum(rng.geometric(leaving), 1_200) * MONTH + rng.integers(0, 12 * 3600, len(sold))
    return Sales(booking, sold, bundle, withdrawn, np.where(churned < END, churned, NEVER))


def make_sales(world: World) -> pa.Table:
    """Return the sales: one row per contract, by time."""
    leads, bookings, sales = draw_leads(world), draw_bookings(world), draw_sales(world)
    rng = world.stream("sales.terms")
    prices = np.array([round(bundle.price * 100) for bundle in BUNDLES])[sales.bundle]
    price = np.rint(prices * rng.choice([1.0, 1.0, 0.9, 0.5], len(prices))).astype(np.int64)
    margin = np.rint(price * rng.normal(0.42, 0.05, len(price))).astype(np.int64)
    lead = bookings.lead[sales.booking]
    return pa.table({
        "sale_id": make_ints(world.number(np.arange(len(price))), "int64"),
        "booking_id": make_ints(world.number(sales.booking), "int64"),
        "lead_id": make_ints(world.number(lead), "int64"),
        **tell_origin(world, leads, lead),
        "bundle_id": make_ints(sales.bundle + 1),
        "price": make_money(price),
        "margin": make_money(margin),
        "sold_at": make_moments(sales.sold),
        "cancelled_at": make_moments(sales.withdrawn),
    })  # fmt: skip


def make_subscriptions(world: World) -> pa.Table:
    """Return the subscriptions: one row per contract that wasn't withdrawn; churned_at is NULL while it runs."""
    leads, bookings, sales = draw_leads(world), draw_bookings(world), draw_sales(world)
    kept = np.flatnonzero(sales.withdrawn == NEVER)
    lead = bookings.lead[sales.booking[kept]]
    fees = np.array([round((bundle.monthly_fee or 0) * 100) for bundle in BUNDLES])[sales.bundle[kept]]
    person = leads.person[lead]
    return pa.table({
        "subscription_id": make_ints(world.number(np.arange(len(kept))), "int64"),
        "sale_id": make_ints(world.number(kept), "int64"),
        "contact_id": make_ints(world.number(person), "int64", null=person < 0),
        "acquisition_channel": make_texts(leads.channel[lead], ACQUISITION_CHANNELS),
        "bundle_id": make_ints(sales.bundle[kept] + 1),
        "monthly_fee": make_money(fees),
        "started_at": make_moments(sales.sold[kept]),
        "churned_at": make_moments(sales.churned[kept]),
    })  # fmt: skip
