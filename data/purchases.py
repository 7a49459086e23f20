"""Purchases: who buys accessories and services, when, for how much and what: BG/NBD, Gamma-Gamma and affinity."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.campaign_plan import plan_campaigns
from data.media import ACQUISITION_CHANNELS
from data.people import People, draw_people
from data.products import BRANDS, CLASSES, PRODUCTS
from data.rhythm import DAY, DAYS, END, FIRST_DAY, HOUR, START, count_days, draw_seconds, to_local, wake, weigh_days
from data.sends import draw_sends
from data.truths import (
    NEXT_PRODUCT,
    NEXT_SHARE,
    PURCHASE_A,
    PURCHASE_ALPHA,
    PURCHASE_B,
    PURCHASE_R,
    VALUE_P,
    VALUE_Q,
    VALUE_V,
)
from data.world import NEVER, Flags, Floats, Ints, World, find_places

_ODDS = 0.62  # of becoming a buyer unasked, by an average contact
_DELAY = 150.0  # days, mean, from registration to the first purchase
_CONVERSION = 0.12  # of the clicks on promotion, by an average contact after an average campaign
_BIN = 0.25  # width of a bin of log values, within which products are chosen alike
_SPREAD = 0.35  # of the log of an amount around the product's price

KINDS: Ints = np.array([CLASSES.index(product.kind) for product in PRODUCTS], dtype=np.int64)
WEIGHTS: Floats = np.array([product.weight for product in PRODUCTS], dtype=np.float64)
PRICES: Floats = np.array([product.price for product in PRODUCTS], dtype=np.float64)
_SHELF: Flags = np.array([product.kind in ("accessory", "service") for product in PRODUCTS])
_NAMES = [product.product for product in PRODUCTS]
# By product and month of the year: tyres before and after winter, little in August.
_SEASON = np.ones((len(PRODUCTS), 12))
_SEASON[KINDS == 1] = [0.8, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 0.8, 0.9, 1.0, 1.5, 1.5]
_SEASON[KINDS == 2] = [0.9, 0.9, 1.1, 1.4, 1.1, 1.1, 0.9, 0.7, 1.0, 1.5, 1.2, 0.7]
_SEASON[_NAMES.index("Winter tyres (set)")] = [0.5, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1.5, 3.5, 3.0, 1.2]
_SEASON[_NAMES.index("Summer tyres (set)")] = [0.1, 0.4, 2.5, 3.5, 1.8, 0.8, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1]


@dataclass(frozen=True, eq=False)
class Purchases:
    """Purchases of accessories and services: one element per order."""

    person: Ints
    ordered: Ints  # UTC seconds
    amount: Ints  # cents
    product: Ints  # place in PRODUCTS
    clicked: Flags  # brought about by a click


@lru_cache(maxsize=1)
def draw_purchases(world: World) -> Purchases:
    """Return the purchases of contacts, by person and time: each customer is born, buys again, and one day stops."""
    rng = world.stream("purchases")
    person, born, brand = _draw_births(world)
    buyer, nth, day = _repeat(rng, draw_people(world), person, to_local(born) // DAY - count_days(FIRST_DAY))
    ordered = np.where(nth == 0, born[buyer], draw_seconds(rng, day + count_days(FIRST_DAY)))
    kept = ordered < END
    buyer, nth, ordered = buyer[kept], nth[kept], ordered[kept]
    order = np.lexsort((ordered, nth > 0, buyer))
    buyer, nth, ordered = buyer[order], nth[order], ordered[order]

    mean_rate = rng.gamma(VALUE_Q, 1 / VALUE_V, len(person))
    amount = np.maximum(5, rng.gamma(VALUE_P, 1 / mean_rate[buyer]))
    product = _choose_products(rng, buyer, ordered, amount, np.where(nth == 0, brand[buyer], -1))
    cents = np.rint(amount * 100).astype(np.int64)
    return Purchases(person[buyer], ordered, cents, product, (nth == 0) & (brand[buyer] > -2))


@lru_cache(maxsize=1)
def draw_reactions(world: World) -> tuple[Ints, Ints, Ints]:
    """Return who would buy after a click on promotion, when, and its campaign's brand (-1: the group's), by time."""
    rng = world.stream("reactions")
    people, plan, sends = draw_people(world), plan_campaigns(world), draw_sends(world)
    sells = np.array([each.sells if each.category == "promotional" else 0.0 for each in plan])
    brand = np.array([BRANDS.index(each.brand) if each.brand else -1 for each in plan])
    places = np.flatnonzero(sends.clicked != NEVER)
    person, campaign = sends.person[places], sends.campaign[places]
    chance = _CONVERSION * sells[campaign] * np.clip(people.buys[person], 0.15, 4)
    chosen = rng.random(len(chance)) < chance
    person, campaign, clicked = person[chosen], campaign[chosen], sends.clicked[places[chosen]]
    ordered = wake(rng, clicked + (14 * HOUR * rng.lognormal(0, 1.3, len(person))).astype(np.int64))
    order = np.lexsort((person, ordered))
    order = order[ordered[order] < END]
    return person[order], ordered[order], brand[campaign][order]


def _draw_births(world: World) -> tuple[Ints, Ints, Ints]:
    """Return the buyers, the UTC second of their first purchase, and the brand of the click behind it (-2: none)."""
    rng = world.stream("births")
    people = draw_people(world)
    count = len(people.registered)
    odds = _ODDS * people.buys
    # those from before the span are found evenly in it; the others soon after they come
    stock = people.registered < START
    rhythm = np.cumsum(weigh_days(growth=0.4))
    evenly = np.searchsorted(rhythm / rhythm[-1], rng.random(count))
    registered = to_local(people.registered) // DAY - count_days(FIRST_DAY)
    day = np.where(stock, evenly, _warp(_unwarp_day(registered) + rng.exponential(_DELAY, count)))
    born = draw_seconds(rng, day + count_days(FIRST_DAY))
    born = np.maximum(born, people.registered + 600)
    born = np.where((rng.random(count) < odds / (1 + odds)) & (born < END), born, NEVER)

    person, reacted, brands = draw_reactions(world)
    first, place = np.unique(person, return_index=True)
    brand = np.full(count, -2)
    sooner = reacted[place] < born[first]
    born[first[sooner]], brand[first[sooner]] = reacted[place][sooner], brands[place][sooner]
    born[people.test] = NEVER
    buyers = np.flatnonzero(born != NEVER)
    return buyers, born[buyers], brand[buyers]


_BUSY: Floats = weigh_days(growth=1.0) / weigh_days(growth=1.0).mean()
_CLOCK: Floats = np.concatenate([[0.0], np.cumsum(_BUSY)])  # days that count by how busy they are: 731 in all


def _warp(busy_days: Floats) -> Ints:
    """Return the days of the span that lie at counts of busy days; DAYS or more: after its end."""
    beyond = np.maximum(busy_days - _CLOCK[-1], 0).astype(np.int64)
    days: Ints = np.searchsorted(_CLOCK, busy_days, side="right").astype(np.int64) - 1
    warped: Ints = np.minimum(days, DAYS) + beyond
    return warped


def _unwarp_day(days: Ints) -> Floats:
    return _CLOCK[np.clip(days, 0, DAYS)]


def _repeat(rng: np.random.Generator, people: People, person: Ints, day: Ints) -> tuple[Ints, Ints, Ints]:
    """Return buyer, how many purchases came before, and the day, of all purchases: the first ones and BG/NBD's more."""
    alphas = np.array([*PURCHASE_ALPHA.values(), PURCHASE_ALPHA["organic"]])
    assert list(PURCHASE_ALPHA) == list(ACQUISITION_CHANNELS)
    rate = rng.gamma(PURCHASE_R, 1 / alphas[people.channel[person]]) / 7
    leaves = rng.beta(PURCHASE_A, PURCHASE_B, len(person))
    buyers, clock = np.arange(len(person)), _unwarp_day(day) + _BUSY[np.minimum(day, DAYS - 1)] * 0.5
    found, nth = [(buyers, np.zeros(len(person), dtype=np.int64), day)], 0
    while len(buyers):
        nth += 1
        clock = clock + rng.exponential(1, len(buyers)) / np.maximum(rate[buyers], 1e-9)
        kept = clock < _CLOCK[-1]
        buyers, clock = buyers[kept], clock[kept]
        found.append((buyers, np.full(len(buyers), nth), _warp(clock)))
        kept = rng.random(len(buyers)) >= leaves[buyers]
        buyers, clock = buyers[kept], clock[kept]
    buyer, before, days = (np.concatenate([part[column] for part in found]) for column in range(3))
    return buyer, before, days


def _choose_products(rng: np.random.Generator, buyer: Ints, ordered: Ints, amount: Floats, brand: Ints) -> Ints:
    """Return the products: near the amount in price, in season, of the click's brand, or the planted next one."""
    month = (to_local(ordered) // DAY).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    bins = np.floor(np.log(amount) / _BIN).astype(np.int64)
    luck, product = rng.random(len(buyer)), np.zeros(len(buyer), dtype=np.int64)
    brands = np.array([BRANDS.index(each.brand) if each.brand else -1 for each in PRODUCTS])
    has_shelf = np.isin(np.arange(len(BRANDS)), brands[_SHELF])
    loyal = np.where((brand >= 0) & has_shelf[brand] & (rng.random(len(buyer)) < 0.65), brand, -1)
    keys = (bins * 12 + month) * (len(BRANDS) + 1) + loyal + 1
    kinds, inverse = np.unique(keys, return_inverse=True)
    by_kind = np.argsort(inverse, kind="stable")
    for key, chosen in zip(kinds, np.split(by_kind, np.cumsum(np.bincount(inverse))[:-1]), strict=True):
        value = (key // (len(BRANDS) + 1) // 12 + 0.5) * _BIN
        weights = np.where(_SHELF, WEIGHTS, 0) * _SEASON[:, key // (len(BRANDS) + 1) % 12]
        weights = weights * (np.exp(-(((value - np.log(PRICES)) / _SPREAD) ** 2) / 2) + 1e-6)
        own = key % (len(BRANDS) + 1) - 1
        product[chosen] = find_places(luck[chosen], np.where(brands == own, weights, 0) if own >= 0 else weights)

    following = np.full(len(PRODUCTS), -1)
    for first, second in NEXT_PRODUCT.items():
        following[_NAMES.index(first)] = _NAMES.index(second)
    drawn = rng.random(len(buyer)) < NEXT_SHARE
    # a row's product follows from the row before, so the rows of all buyers advance together
    begins = np.flatnonzero(np.r_[True, buyer[1:] != buyer[:-1]]) if len(buyer) else np.zeros(0, dtype=np.int64)
    ends = np.r_[begins[1:], len(buyer)]
    rows = begins + 1
    while (more := rows < ends).any():
        rows, ends = rows[more], ends[more]
        then = following[product[rows - 1]]
        product[rows] = np.where((then >= 0) & drawn[rows], then, product[rows])
        rows = rows + 1
    return product
