"""Memberships: since when and until when each contact is in each segment."""

import numpy as np
import pyarrow as pa

from data.activity import draw_activity
from data.campaign import CHANNELS
from data.columns import make_ints, make_moments, make_texts
from data.interests import draw_interests
from data.lifecycle import LIFECYCLES, Spans, draw_lifecycle, keep_known, merge
from data.messages import draw_messages
from data.orders import draw_orders
from data.people import CONSENTS, draw_people
from data.products import CLASSES
from data.rhythm import DAY, DAYS, END, FIRST_DAY, HOUR, count_days, to_utc
from data.segments import OWNERSHIP, PLACES, REACH, SEGMENTS, TIERS
from data.sends import find_leaving
from data.sessions import draw_sessions
from data.shopping import TYPES, draw_shopping
from data.webinars import draw_webinars
from data.world import NEVER, Ints, World

_FAMILIES = tuple(dict.fromkeys(segment.family for segment in SEGMENTS))
_BIG = 50_000  # cents
_CHANNEL_OF = ("email", "whatsapp", "sms", "ivr")
_CONSENT_OF = ("email", "whatsapp", "sms", "phone")


def make_memberships(world: World) -> pa.Table:
    """Return the memberships: one row per contact, segment and time in it; valid_to is NULL while it lasts."""
    lifecycle = draw_lifecycle(world)
    places = np.array([PLACES[name] for name in LIFECYCLES])
    parts = [
        Spans(lifecycle.person, places[lifecycle.state], lifecycle.begins, lifecycle.ends),
        _rank_values(world),
        _follow_brands(world),
        *_own(world),
        *_reach(world),
        *_behave(world),
    ]
    spans = Spans(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))
    kept = np.flatnonzero(keep_known(world, spans) & (spans.begins < END))
    order = kept[np.lexsort((spans.begins[kept], spans.state[kept], spans.person[kept]))]
    families = np.array([_FAMILIES.index(segment.family) for segment in SEGMENTS])
    return pa.table({
        "contact_id": make_ints(world.number(spans.person[order]), "int64"),
        "segment_id": make_ints(spans.state[order] + 1),
        "family": make_texts(families[spans.state[order]], _FAMILIES),
        "valid_from": make_moments(spans.begins[order]),
        "valid_to": make_moments(spans.ends[order]),
    })  # fmt: skip


def _cover(segment: str, person: Ints, moment: Ints, days: int) -> Spans:
    """Return the times within some days after something happened, those that overlap joined."""
    order = np.lexsort((moment, person))
    person, begins = person[order], moment[order]
    ends = begins + days * DAY
    first = np.r_[True, (person[1:] != person[:-1]) | (begins[1:] > ends[:-1])][: len(person)]
    at = np.flatnonzero(first)
    last = np.r_[at[1:], len(person)] - 1
    final = ends[last] if len(at) else ends
    return Spans(person[at], np.full(len(at), PLACES[segment]), begins[at], np.where(final >= END, NEVER, final))


def _last(segment: str, person: Ints, moment: Ints) -> Spans:
    """Return the time since something first happened: it lasts."""
    order = np.lexsort((moment, person))
    who, first = np.unique(person[order], return_index=True)
    return Spans(who, np.full(len(who), PLACES[segment]), moment[order][first], np.full(len(who), NEVER))


def _rank_values(world: World) -> Spans:
    """Return the tiers of value since registration, found on the first of each month from the orders before it."""
    people, orders = draw_people(world), draw_orders(world)
    count = len(people.registered)
    kept = (orders.person >= 0) & (orders.cancelled == NEVER)
    person, ordered = orders.person[kept], orders.ordered[kept]
    tier = np.full(count, TIERS.index("Never bought"))
    moments = _get_months()
    whos, states, begins = [np.arange(count)], [tier.copy()], [people.registered]
    for moment in moments.tolist():
        before = ordered < moment
        year = np.bincount(person[before & (ordered >= moment - 365 * DAY)], minlength=count)
        ever = np.bincount(person[before], minlength=count)
        recent = np.bincount(person[before & (ordered >= moment - 90 * DAY)], minlength=count)
        conditions = [ever == 0, year == 0, (year >= 5) & (recent > 0), year >= 3, recent == ever]
        names = ("Never bought", "Dormant", "Champions", "Loyal", "Promising")
        now = np.select(conditions, [TIERS.index(name) for name in names], TIERS.index("Occasional"))
        changed = np.flatnonzero((now != tier) & (people.registered < moment))
        tier[changed] = now[changed]
        whos.append(changed)
        states.append(now[changed])
        begins.append(np.full(len(changed), moment))
    who, state, begin = np.concatenate(whos), np.concatenate(states), np.concatenate(begins)
    order = np.lexsort((begin, who))
    who, state, begin = who[order], state[order], begin[order]
    end = np.r_[np.where(who[1:] == who[:-1], begin[1:], NEVER), NEVER]
    spans = merge(who, state, begin, end)
    return Spans(spans.person, spans.state + PLACES[TIERS[0]], spans.begins, spans.ends)


def _get_months() -> Ints:
    """Return the UTC seconds at which the months of the span begin in Paris."""
    days = np.arange(DAYS) + count_days(FIRST_DAY)
    months = days[(days.astype("datetime64[D]") == days.astype("datetime64[D]").astype("datetime64[M]"))]
    return to_utc(months * DAY)


def _follow_brands(world: World) -> Spans:
    person, brand, since = draw_interests(world)
    first = PLACES["Interested in Aster"]
    begins = np.maximum(to_utc(since * DAY + 4 * HOUR), draw_people(world).registered[person])
    return Spans(person, first + brand, begins, np.full(len(person), NEVER))


def _own(world: World) -> list[Spans]:
    """Return who owns and has bought what: cars owned at registration, then orders that weren't cancelled."""
    people, orders = draw_people(world), draw_orders(world)
    kept = (orders.person >= 0) & (orders.cancelled == NEVER)
    spans = []
    for name, kind in zip(OWNERSHIP, CLASSES, strict=True):
        bought = np.flatnonzero(kept & (orders.kind == CLASSES.index(kind)))
        person, moment = orders.person[bought], orders.ordered[bought]
        if kind == "car":
            owner = np.flatnonzero(people.owned >= 0)
            person, moment = np.r_[person, owner], np.r_[moment, people.registered[owner]]
        spans.append(_last(name, person, moment))
    return spans


def _reach(world: World) -> list[Spans]:
    """Return who may be written to, from registration until they leave the channel."""
    people, leaving = draw_people(world), find_leaving(world)
    spans = []
    for name, channel, consent in zip(REACH, _CHANNEL_OF, _CONSENT_OF, strict=True):
        who = np.flatnonzero(people.consents[:, CONSENTS.index(consent)] == 1)
        ends = leaving[who, CHANNELS.index(channel)]
        spans.append(Spans(who, np.full(len(who), PLACES[name]), people.registered[who], ends))
    return spans


def _behave(world: World) -> list[Spans]:
    sends, orders = draw_messages(world), draw_orders(world)
    shopping, sessions = draw_shopping(world), draw_sessions(world)
    clicked = np.flatnonzero(sends.clicked != NEVER)
    user, _, used = draw_activity(world)
    guest, _, _, attended = draw_webinars(world)
    drives = np.flatnonzero(shopping.type == TYPES.index("test_drive"))
    big = np.flatnonzero((orders.person >= 0) & (orders.amount >= _BIG) & (orders.kind != 0))
    known = np.flatnonzero(sessions.person >= 0)
    return [
        _cover("Clickers", sends.person[clicked], sends.clicked[clicked], 90),
        _cover("App users", user, used, 30),
        _last("Webinar guests", guest[attended < END], attended[attended < END]),
        _cover("Test drivers", shopping.person[drives], shopping.requested[drives], 180),
        _cover("Big spenders", orders.person[big], orders.ordered[big], 365),
        _cover("Recent visitors", sessions.person[known], sessions.started[known], 30),
    ]
