"""People: who the contacts are, and the hidden traits that messages, orders and app use follow from."""

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from data.media import ACQUISITION_CHANNELS, PAID, weigh_media
from data.places import CITIES
from data.products import PRODUCTS
from data.rhythm import DAY, DAYS, FIRST_DAY, count_days, draw_days, draw_seconds, weigh_days
from data.sources import DIRECT, draw_sources
from data.truths import PROFILE
from data.world import CONTACTS, Codes, Flags, Floats, Ints, World, pick

SPECIALTIES = ("dentist", "paediatrician", "GP", "cardiologist", "dermatologist", "pharmacist", "nurse", "veterinarian")
_SPECIALTY_SHARES = np.array([0.14, 0.11, 0.21, 0.05, 0.06, 0.13, 0.13, 0.05, 0.12])  # the last: unknown
_CHANNEL_SHARES = np.array([0.20, 0.18, 0.07, 0.05, 0.06, 0.12, 0.14, 0.06, 0.12])
CONSENTS = ("email", "sms", "whatsapp", "phone", "personalisation", "third_party")
_CONSENT_SHARES = (0.74, 0.48, 0.56, 0.38, 0.61, 0.17)
_STOCK_SHARE = 0.3  # of the contacts registered before the span
_STOCK_BEGAN = (2021, 1, 4)

_OWNERS_SHARE = 0.24  # of the contacts owned a car of the group when they registered
_CARS = [place for place, each in enumerate(PRODUCTS) if each.kind == "car" and each.product != "Vega"]
_CAR_WEIGHTS = np.array([PRODUCTS[place].weight for place in _CARS], dtype=np.float64)

# Planted: dentists and paediatricians answer messages; referrals and partners bring buyers, Facebook and display don't.
_EAGER_BY_SPECIALTY = np.array([1.25, 1.18, 0.95, 0.80, 0.90, 1.05, 1.00, 0.90, 0.85])
_BUYS_BY_CHANNEL = np.array([1.00, 0.62, 0.50, 0.80, 1.50, 1.45, 1.30, 1.10, 1.05])


@dataclass(frozen=True, eq=False)
class People:
    """One element per contact ever, by registration; contact_id is the place + 1. A code of -1 is unknown."""

    registered: Ints  # UTC seconds
    deleted: Flags  # no longer in contacts, still in the facts: the orphans
    test: Flags
    specialty: Codes
    city: Codes
    channel: Codes  # of ACQUISITION_CHANNELS
    source: Codes  # of SOURCES
    born: Ints  # year
    owned: Ints  # place in PRODUCTS of the car owned when registering; -1: none
    consents: Codes  # people x CONSENTS; 1, 0, or -1 where never asked
    eager: Floats  # how much likelier than average to open and click
    buys: Floats  # the odds of becoming a buyer, times the average's
    prefetched: Flags  # a mail program opens their e-mails before they do
    dead_mail: Flags  # their e-mail address bounces
    scanned: Flags  # a security scanner follows the links of their e-mails


@lru_cache(maxsize=1)
def draw_people(world: World) -> People:
    """Return everyone who ever registered: the contacts at this size, and one percent more who were deleted."""
    rng = world.stream("people")
    kept = world.scale(CONTACTS)
    count = kept + max(1, kept // 100)
    channel = pick(rng, _CHANNEL_SHARES, count)
    registered = _draw_registrations(world, rng, channel)
    order = np.argsort(registered, kind="stable")
    registered, channel = registered[order], channel[order]

    deleted = np.zeros(count, dtype=np.bool_)
    deleted[rng.permutation(int(count * 0.8))[: count - kept]] = True
    test = np.zeros(count, dtype=np.bool_)
    test[rng.permutation(count)[: max(1, kept // 1000)]] = True
    specialty = pick(rng, _SPECIALTY_SHARES, count)
    eager = rng.lognormal(-0.30, 1.0, count) * _EAGER_BY_SPECIALTY[specialty] / _EAGER_BY_SPECIALTY.mean()
    city = pick(rng, np.array([city.weight for city in CITIES]), count).astype(np.int8)
    unknown = rng.random(count) < 0.015
    known = np.where(unknown, -1, channel).astype(np.int8)
    source = draw_sources(rng, known).astype(np.int8)
    born = rng.triangular(1940, 1982, 2005, count).astype(np.int64)
    owned = np.where(rng.random(count) < _OWNERS_SHARE, np.array(_CARS)[pick(rng, _CAR_WEIGHTS, count)], -1)
    buys = _BUYS_BY_CHANNEL[channel] * _match_profile(specialty, born, source, owned, city)
    consents = _draw_consents(rng, registered)
    consents[test] = 1
    return People(
        registered=registered,
        deleted=deleted,
        test=test,
        specialty=np.where(specialty == len(SPECIALTIES), -1, specialty).astype(np.int8),
        city=city,
        channel=known,
        source=source,
        born=born,
        owned=owned,
        consents=consents,
        eager=np.where(test, 6.0, eager),
        buys=np.where(test, 0.2, buys),
        prefetched=rng.random(count) < 0.34,
        dead_mail=(rng.random(count) < 0.012) & ~test,
        scanned=rng.random(count) < 0.06,
    )


def _match_profile(specialty: Ints, born: Ints, source: Codes, owned: Ints, city: Codes) -> Floats:
    """Return the odds of buying that the planted profile gives, the average contact's being about 1."""
    north = np.array([each.region == "North" for each in CITIES])
    matches = {
        "specialty dentist or paediatrician": specialty < 2,
        "born 1974 to 1989": (born >= 1974) & (born <= 1989),
        "came directly": source == DIRECT,
        "owned a car of the group": owned >= 0,
        "region North": north[city],
    }
    score = sum(PROFILE[name] * (match - match.mean()) for name, match in matches.items())
    odds: Floats = np.exp(np.asarray(score))
    return odds


def _draw_registrations(world: World, rng: np.random.Generator, channel: Ints) -> Ints:
    """Return UTC seconds: the stock before the span evenly, the rest by growth, paid channels by media pressure."""
    first = count_days(FIRST_DAY)
    began = first - (FIRST_DAY - FIRST_DAY.replace(*_STOCK_BEGAN)).days
    days = rng.integers(began, first, len(channel))
    fresh = rng.random(len(channel)) >= _STOCK_SHARE
    media, unpaid = weigh_media(world), weigh_days(growth=2.4)
    for code in range(len(ACQUISITION_CHANNELS)):
        chosen = fresh & (channel == code)
        weights = media[:, code] if code < len(PAID) else unpaid
        days[chosen] = draw_days(rng, weights, np.full(int(chosen.sum()), first, dtype=np.int64))
    return draw_seconds(rng, days)


def _draw_consents(rng: np.random.Generator, registered: Ints) -> Codes:
    """Return people x consents: who gives one is likelier to give the others; early people weren't asked for all."""
    willing = rng.standard_normal(len(registered)) * 0.55
    noise = rng.standard_normal((len(registered), len(CONSENTS))) * np.sqrt(1 - 0.55**2)
    bars = np.array([NormalDist().inv_cdf(1 - share) for share in _CONSENT_SHARES])
    given: Codes = (willing[:, None] + noise > bars).astype(np.int8)
    started = count_days(FIRST_DAY) * DAY
    for name, asked_since, forgotten in (("whatsapp", started, 0.4), ("third_party", started - 200 * DAY, 0.7)):
        never_asked = (registered < asked_since) & (rng.random(len(registered)) < forgotten)
        given[never_asked, CONSENTS.index(name)] = -1
    return given


assert len(_CHANNEL_SHARES) == len(_BUYS_BY_CHANNEL) == len(ACQUISITION_CHANNELS)
assert DAYS == 731
