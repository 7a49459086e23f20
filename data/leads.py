"""Leads and bookings: who asks for an offer, by which last touch, and who books an appointment."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_moments, make_texts
from data.demand import CAUSES, WEEKS, count_leads, get_weeks
from data.media import ACQUISITION_CHANNELS, PAID
from data.people import People, draw_people
from data.products import BRANDS
from data.rhythm import DAY, END, FIRST_DAY, HOUR, count_days, draw_seconds, to_local, weigh_days
from data.shopping import settle_at_daytime
from data.spend import REPORTED, draw_spend
from data.truths import BOOKING, LAST_TOUCH, LEAD_VALUE
from data.world import NEVER, Floats, Ints, World, pick, spread_luck

_BRAND_SHARES = np.array([18, 9, 9, 6, 9, 8, 4, 7, 7, 6, 8, 5.0])
_VALUES = LEAD_VALUE * np.array([0.5, 0.75, 1.0, 1.25, 1.5])


@dataclass(frozen=True, eq=False)
class Leads:
    """Leads by time: one element per lead."""

    person: Ints  # -1: nobody known
    channel: Ints  # of ACQUISITION_CHANNELS: the last touch
    campaign_id: Ints
    brand: Ints
    created: Ints  # UTC seconds
    value: Ints  # cents


@dataclass(frozen=True, eq=False)
class Bookings:
    """Appointments by the time of booking: one element per booking."""

    lead: Ints  # place in the leads
    booked: Ints
    appointed: Ints
    cancelled: Ints  # or NEVER: the appointment's, not the contract's
    luck: Floats  # evenly spread by channel: below the share that sells, it ends in a contract


@lru_cache(maxsize=1)
def draw_leads(world: World) -> Leads:
    """Return the leads: as many as the demand of each week, by the last touch that is recorded."""
    rng = world.stream("leads")
    counts = world.share(count_leads(world.whole()))
    week, cause = (np.repeat(grid.ravel(), counts.ravel()) for grid in np.indices(counts.shape))
    touches = np.array([[LAST_TOUCH[name].get(each, 0.0) for each in ACQUISITION_CHANNELS] for name in CAUSES])
    bounds = np.cumsum(touches, axis=1)[cause]
    luck = spread_luck(rng, cause) * bounds[:, -1]
    channel = np.minimum((luck[:, None] >= bounds).sum(axis=1), len(ACQUISITION_CHANNELS) - 1)
    created = draw_seconds(rng, _draw_days(rng, week) + count_days(FIRST_DAY))
    kept = np.flatnonzero(created < END)
    order = kept[np.lexsort((channel[kept], created[kept]))]
    channel, created = channel[order], created[order]
    person = find_contacts(rng, draw_people(world), channel, created)
    return Leads(
        person=np.where(rng.random(len(person)) < 0.03, -1, person),
        channel=channel,
        campaign_id=credit_campaigns(rng, world, channel, created),
        brand=pick(rng, _BRAND_SHARES, len(person)),
        created=created,
        value=np.rint(_VALUES * 100).astype(np.int64)[(spread_luck(rng, channel) * len(_VALUES)).astype(np.int64)],
    )


def _draw_days(rng: np.random.Generator, week: Ints) -> Ints:
    """Return a day of the span in each week, busy days more often."""
    after = np.concatenate([[0.0], np.cumsum(weigh_days(growth=1.0, weekend=1.3))])
    first = np.searchsorted(get_weeks(), np.arange(WEEKS + 1))
    low, high = after[first[week]], after[first[week + 1]]
    days: Ints = np.searchsorted(after, low + rng.random(len(week)) * (high - low), side="right").astype(np.int64) - 1
    return np.clip(days, first[week], first[week + 1] - 1)


def find_contacts(rng: np.random.Generator, people: People, channel: Ints, moment: Ints) -> Ints:
    """Return a contact of each channel who had registered by the moment, newer ones more often; -1: there is none."""
    person, luck = np.full(len(channel), -1), np.sqrt(rng.random(len(channel)))
    for code in range(len(ACQUISITION_CHANNELS)):
        known = np.flatnonzero((people.channel == code) & ~people.test)
        rows = np.flatnonzero(channel == code)
        before = np.searchsorted(people.registered[known], moment[rows])
        found = before > 0
        person[rows[found]] = known[(luck[rows[found]] * before[found]).astype(np.int64)]
    return person


def credit_campaigns(rng: np.random.Generator, world: World, channel: Ints, moment: Ints) -> Ints:
    """Return the campaign_id of paid touches, in proportion to that day's spend of the channel; -1: none."""
    spend = draw_spend(world)
    keys = spend.day * len(PAID) + spend.channel
    bounds = np.concatenate([[0.0], np.cumsum(spend.cents + 1.0)])
    days = np.minimum(to_local(moment) // DAY - count_days(FIRST_DAY), REPORTED - 1)
    wanted = days * len(PAID) + channel
    first, last = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, side="right")
    low, high = bounds[first], bounds[last]
    row = np.searchsorted(bounds, low + rng.random(len(channel)) * (high - low), side="right") - 1
    paid = (channel >= 0) & (channel < len(PAID)) & (last > first)
    return np.where(paid, spend.campaign_id[np.clip(row, 0, len(keys) - 1)], -1)


@lru_cache(maxsize=1)
def draw_bookings(world: World) -> Bookings:
    """Return the bookings: of each channel's leads almost exactly the planted share, hours to days later."""
    leads = draw_leads(world)
    rng = world.stream("bookings")
    rates = np.array([BOOKING[name] for name in ACQUISITION_CHANNELS])
    lead = np.flatnonzero(spread_luck(rng, leads.channel) < rates[leads.channel])
    booked = leads.created[lead] + (9 * HOUR * rng.lognormal(0, 1.4, len(lead))).astype(np.int64)
    appointed = settle_at_daytime(rng, to_local(booked) // DAY + rng.integers(1, 20, len(lead)))
    luck = spread_luck(rng, leads.channel[lead])
    cancels = (luck > 0.93) & (rng.random(len(lead)) < 0.9)
    cancelled = booked + ((appointed - booked) * rng.random(len(lead))).astype(np.int64)
    cancelled = np.where(cancels & (cancelled < END), cancelled, NEVER)
    kept = np.flatnonzero(booked < END)
    order = kept[np.lexsort((lead[kept], booked[kept]))]
    return Bookings(lead[order], booked[order], appointed[order], cancelled[order], luck[order])


def tell_origin(world: World, leads: Leads, chosen: Ints) -> dict[str, pa.Array]:
    """Return the columns that bookings and contracts have of their lead."""
    person = leads.person[chosen]
    return {
        "contact_id": make_ints(world.number(person), "int64", null=person < 0),
        "acquisition_channel": make_texts(leads.channel[chosen], ACQUISITION_CHANNELS),
        "campaign_id": make_ints(leads.campaign_id[chosen]),
        "brand_id": make_ints(leads.brand[chosen] + 1),
    }


def make_bookings(world: World) -> pa.Table:
    """Return the bookings: one row per appointment, by time of booking."""
    leads, bookings = draw_leads(world), draw_bookings(world)
    assert len(BRANDS) == len(_BRAND_SHARES)
    return pa.table({
        "booking_id": make_ints(world.number(np.arange(len(bookings.lead))), "int64"),
        "lead_id": make_ints(world.number(bookings.lead), "int64"),
        **tell_origin(world, leads, bookings.lead),
        "booked_at": make_moments(bookings.booked),
        "appointment_at": make_moments(bookings.appointed),
        "cancelled_at": make_moments(bookings.cancelled),
    })  # fmt: skip
