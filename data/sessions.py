"""Web sessions: visits to the site; and the table of the leads that some of them become."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_moments, make_money, make_texts
from data.leads import credit_campaigns, draw_leads, find_contacts, tell_origin
from data.media import ACQUISITION_CHANNELS
from data.people import draw_people
from data.products import BRANDS
from data.rhythm import DAY, DAYS, END, FIRST_DAY, START, count_days, draw_seconds, to_local
from data.world import Flags, Ints, World, pick

_PER_LEAD = np.array([9.0, 16.0, 20.0, 14.0, 8.0, 6.0, 4.0, 6.0, 12.0])  # sessions without a lead, by channel
_DEVICES = ("mobile", "desktop", "tablet")
_DIRECT = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.6, 0.3, 0.5])  # the share that typed the address, by channel
_BY_PHONE = 0.04  # of the leads have no session


@dataclass(frozen=True, eq=False)
class Sessions:
    """Sessions by time: one element per session; `of_lead` is the session of each lead, -1 where there is none."""

    person: Ints
    channel: Ints
    started: Ints  # UTC seconds
    led: Flags
    of_lead: Ints


@lru_cache(maxsize=1)
def draw_sessions(world: World) -> Sessions:
    """Return the sessions: one shortly before each lead, and many without one in the days around."""
    leads, people = draw_leads(world), draw_people(world)
    rng = world.stream("sessions")
    own = np.flatnonzero(rng.random(len(leads.person)) >= _BY_PHONE)
    started = np.maximum(leads.created[own] - rng.integers(90, 2_400, len(own)), START)
    around = np.repeat(np.arange(len(leads.person)), rng.poisson(_PER_LEAD[leads.channel]))
    first = count_days(FIRST_DAY)
    days = to_local(leads.created[around]) // DAY + 7 * rng.integers(-1, 2, len(around))
    others = draw_seconds(rng, np.clip(days, first, first + DAYS - 1))
    found = find_contacts(rng, people, leads.channel[around], others)
    channel = np.concatenate([leads.channel[own], leads.channel[around]])
    person = np.concatenate([leads.person[own], np.where(rng.random(len(around)) < 0.72, -1, found)])
    person[: len(own)][(started < people.registered[person[: len(own)]])] = -1
    led = np.repeat([True, False], [len(own), len(around)])
    moment = np.concatenate([started, others])
    order = np.lexsort((channel, moment))
    order = order[moment[order] < END]
    place = np.empty(len(moment), dtype=np.int64)
    place[order] = np.arange(len(order))
    of_lead = np.full(len(leads.person), -1)
    of_lead[own] = place[: len(own)]
    return Sessions(person[order], channel[order], moment[order], led[order], of_lead)


def make_web_sessions(world: World) -> pa.Table:
    """Return the sessions: one row per visit to the site, by time; contact_id is NULL for most."""
    sessions = draw_sessions(world)
    rng = world.stream("sessions.pages")
    count = len(sessions.person)
    brand = np.where(rng.random(count) < 0.25, -1, rng.integers(0, len(BRANDS), count))
    pages = 1 + rng.poisson(np.where(sessions.led, 6.0, 1.3))
    campaign_id = credit_campaigns(rng, world, sessions.channel, sessions.started)
    unknown = rng.random(count) < 0.015
    return pa.table({
        "session_id": make_ints(world.number(np.arange(count)), "int64"),
        "contact_id": make_ints(world.number(sessions.person), "int64", null=sessions.person < 0),
        "acquisition_channel": make_texts(np.where(unknown, -1, sessions.channel), ACQUISITION_CHANNELS),
        "campaign_id": make_ints(np.where(unknown, -1, campaign_id)),
        "brand_id": make_ints(brand + 1, null=brand < 0),
        "device": make_texts(pick(rng, np.array([0.58, 0.36, 0.06]), count), _DEVICES),
        "pages": make_ints(pages),
        "is_direct": pa.array((rng.random(count) < _DIRECT[sessions.channel]) & ~unknown),
        "started_at": make_moments(sessions.started),
    })  # fmt: skip


def make_leads(world: World) -> pa.Table:
    """Return the leads: one row per lead, by time; session_id is NULL where it came by phone."""
    leads, sessions = draw_leads(world), draw_sessions(world)
    return pa.table({
        "lead_id": make_ints(world.number(np.arange(len(leads.person))), "int64"),
        "session_id": make_ints(world.number(sessions.of_lead), "int64", null=sessions.of_lead < 0),
        **tell_origin(world, leads, np.arange(len(leads.person))),
        "value": make_money(leads.value),
        "created_at": make_moments(leads.created),
    })  # fmt: skip
