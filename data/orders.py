"""Orders: who buys what, when, for how much, after which click; and the orders table."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.campaign_plan import plan_campaigns
from data.columns import make_ints, make_moments, make_money, make_texts
from data.media import ACQUISITION_CHANNELS
from data.people import People, draw_people
from data.products import BRANDS, CLASSES, PRODUCTS, VEGA_LAUNCH
from data.rhythm import DAY, END, FIRST_DAY, HOUR, count_days, draw_days, draw_seconds, to_local, wake, weigh_days
from data.sends import draw_sends
from data.world import NEVER, Flags, Floats, Ints, World, find_places, pick

SALES_CHANNELS = ("web", "dealer", "phone", "app")
_GROWTH = 1.2
_CONVERSION = 0.12  # of the clicks on promotion, by an average contact after an average campaign
_ATTRIBUTION = 7 * DAY

# By class: car, accessory, service, subscription; by month of the year where there are twelve.
_CLASS_SHARES = np.array([0.055, 0.50, 0.31, 0.135])
_CLASS_SEASON = np.array([
    [0.9, 0.9, 1.5, 1.1, 1.0, 1.2, 0.8, 0.5, 1.5, 1.1, 0.9, 0.8],
    [0.8, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 0.8, 0.9, 1.0, 1.5, 1.5],
    [0.9, 0.9, 1.1, 1.4, 1.1, 1.1, 0.9, 0.7, 1.0, 1.5, 1.2, 0.7],
    [1.2, 1.0, 1.0, 0.9, 0.9, 1.0, 1.1, 0.9, 1.1, 1.0, 1.0, 1.0],
])  # fmt: skip
_SUNDAY = np.array([0.08, 1.0, 0.12, 1.0])  # dealers and workshops are closed
_SOLD_BY = np.array([  # web, dealer, phone, app
    [0.15, 0.78, 0.06, 0.01],
    [0.52, 0.22, 0.06, 0.20],
    [0.38, 0.27, 0.25, 0.10],
    [0.45, 0.10, 0.08, 0.37],
])  # fmt: skip
_MARGIN = np.array([0.09, 0.38, 0.52, 0.30])
_MARGIN_SPREAD = np.array([0.045, 0.10, 0.08, 0.12])
_CANCELLED = np.array([0.07, 0.035, 0.045, 0.08])


@dataclass(frozen=True, eq=False)
class Orders:
    """Who ordered what and when, by time: one element per order."""

    person: Ints  # place in people; -1: a guest
    ordered: Ints  # UTC seconds
    product: Ints  # place in PRODUCTS
    kind: Ints  # place in CLASSES
    cancelled: Ints  # UTC seconds or NEVER
    clicked: Flags  # brought about by a click


@lru_cache(maxsize=2)
def draw_orders(world: World) -> Orders:
    """Return the orders: most by themselves, some brought about by a click on promotion."""
    rng = world.stream("orders")
    person, ordered = _draw_buyers(world, rng)
    clicker, reacted, brand = _draw_reactions(world, rng)
    clicked = np.repeat([False, True], [len(person), len(clicker)])
    brands = np.concatenate([np.full(len(person), -1), brand])
    person, ordered = np.concatenate([person, clicker]), np.concatenate([ordered, reacted])
    order = np.lexsort((person, ordered))
    person, ordered, clicked, brands = person[order], ordered[order], clicked[order], brands[order]

    product = _choose_products(rng, ordered, brands)
    kind = _KINDS[product]
    cancels = rng.random(len(product)) < _CANCELLED[kind]
    cancelled = ordered + (4 * DAY * rng.lognormal(0, 1.0, len(product))).astype(np.int64)
    return Orders(person, ordered, product, kind, np.where(cancels & (cancelled < END), cancelled, NEVER), clicked)


_KINDS: Ints = np.array([CLASSES.index(product.kind) for product in PRODUCTS], dtype=np.int64)
_WEIGHTS: Floats = np.array([product.weight for product in PRODUCTS], dtype=np.float64)
_BRANDS: Ints = np.array([BRANDS.index(p.brand) if p.brand else -1 for p in PRODUCTS], dtype=np.int64)
_ONLY_CARS: Flags = np.array([bool(np.all(_KINDS[brand == _BRANDS] == 0)) for brand in range(len(BRANDS))])
_VEGA = next(place for place, product in enumerate(PRODUCTS) if product.product == "Vega")


def _draw_buyers(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return who buys by themselves and when: after their registration, some of them as guests (-1)."""
    people = draw_people(world)
    weights = weigh_days(_GROWTH)
    began = to_local(people.registered) // DAY + 1
    after = np.concatenate([[0.0], np.cumsum(weights)])
    exposure = after[-1] - after[np.clip(began - count_days(FIRST_DAY), 0, len(weights))]
    person = pick(rng, people.buys * exposure, world.scale(23_300))
    ordered = draw_seconds(rng, draw_days(rng, weights, began[person]))
    return np.where(rng.random(len(person)) < 0.02, -1, person), ordered


def _draw_reactions(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Return who buys after a click on promotion, when, and the brand of its campaign (-1: the group)."""
    people, plan, sends = draw_people(world), plan_campaigns(world), draw_sends(world)
    sells = np.array([each.sells if each.category == "promotional" else 0.0 for each in plan])
    brand = np.array([BRANDS.index(each.brand) if each.brand else -1 for each in plan])
    clicks = sends.take(sends.clicked != NEVER)
    chance = _CONVERSION * sells[clicks.campaign] * np.clip(people.buys[clicks.person], 0.2, 3)
    clicks = clicks.take(rng.random(len(chance)) < chance)
    ordered = wake(rng, clicks.clicked + (14 * HOUR * rng.lognormal(0, 1.3, len(clicks.sent))).astype(np.int64))
    known = ordered < END
    return clicks.person[known], ordered[known], brand[clicks.campaign][known]


def _choose_products(rng: np.random.Generator, ordered: Ints, brand: Ints) -> Ints:
    """Return a product for each order: by month and weekday; after a click on a brand's campaign often its own."""
    days = to_local(ordered) // DAY
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    shares = _CLASS_SHARES * _CLASS_SEASON.T[month] * np.where((days + 3)[:, None] % 7 == 6, _SUNDAY, 1.0)
    bounds = np.cumsum(shares, axis=1)
    kind = (rng.random(len(days))[:, None] * bounds[:, -1:] >= bounds).sum(axis=1)
    launched = days >= count_days(VEGA_LAUNCH)
    loyal = (brand >= 0) & (rng.random(len(days)) < np.where(_ONLY_CARS, 0.1, 0.65)[brand])
    luck = rng.random(len(days))

    product = np.zeros(len(days), dtype=np.int64)
    for vega in (False, True):
        weights = np.where(vega | (np.arange(len(PRODUCTS)) != _VEGA), _WEIGHTS, 0.0)
        for code in range(len(CLASSES)):
            chosen = (launched == vega) & ~loyal & (kind == code)
            product[chosen] = find_places(luck[chosen], np.where(code == _KINDS, weights, 0))
        for code in range(len(BRANDS)):
            chosen = (launched == vega) & loyal & (brand == code)
            # a car is not what a message sells most of, so cheaper products of the brand are likelier
            product[chosen] = find_places(
                luck[chosen], np.where(code == _BRANDS, weights, 0) * np.where(_KINDS == 0, 0.15, 1.0)
            )
    return product


def make_orders(world: World) -> pa.Table:
    """Return the orders: one row per order, by time."""
    orders, people = draw_orders(world), draw_people(world)
    rng = world.stream("orders.terms")
    guest = orders.person < 0
    amount, margin, quantity = _draw_terms(rng, orders)
    return pa.table({
        "order_id": pa.array(np.arange(1, len(guest) + 1)),
        "contact_id": make_ints(orders.person + 1, "int64", null=guest),
        "product_id": make_ints(orders.product + 1),
        "campaign_id": make_ints(_attribute(world, orders)),
        "channel": make_texts(_draw_channels(rng, orders), SALES_CHANNELS),
        "acquisition_channel": make_texts(_credit(rng, orders, people), ACQUISITION_CHANNELS),
        "ordered_at": make_moments(orders.ordered),
        "amount": make_money(amount),
        "margin": make_money(margin, null=rng.random(len(guest)) < 0.01),
        "quantity": make_ints(quantity),
        "cancelled_at": make_moments(orders.cancelled),
    })  # fmt: skip


def _draw_terms(rng: np.random.Generator, orders: Orders) -> tuple[Ints, Ints, Ints]:
    """Return amount and margin in cents, and quantity: prices rose in 2024, gifts are free, some sales lose money."""
    count = len(orders.kind)
    car, accessory = orders.kind == 0, orders.kind == 1
    several = np.where(car, rng.random(count) < 0.015, accessory & (rng.random(count) < 0.18))
    quantity = 1 + several * rng.integers(1, np.where(car, 6, 4))
    discount = np.where(car, rng.choice([0, 0.02, 0.04, 0.06, 0.09, 0.12], count), rng.choice([0, 0.05, 0.1], count))
    discount += np.where(orders.clicked & accessory, 0.1, 0)
    prices = np.array([product.price for product in PRODUCTS])[orders.product]
    rise = np.where(to_local(orders.ordered) // DAY < count_days(date(2024, 1, 1)), 0.96, 1.0)
    full = np.rint(prices * rise * 100)
    gift = accessory & (prices < 30) & (rng.random(count) < 0.03)
    amount = np.where(gift, 0, np.rint(full * (1 - discount)) * quantity).astype(np.int64)
    rate = _MARGIN[orders.kind] + _MARGIN_SPREAD[orders.kind] * rng.standard_normal(count)
    return amount, (np.rint(full * rate) * quantity + amount - full * quantity).astype(np.int64), quantity


def _draw_channels(rng: np.random.Generator, orders: Orders) -> Ints:
    """Return the place in SALES_CHANNELS of each order: by class, after a click and on Sundays never at a dealer."""
    bounds = np.cumsum(_SOLD_BY, axis=1)[orders.kind]
    channel = np.minimum((rng.random(len(bounds))[:, None] >= bounds).sum(axis=1), len(SALES_CHANNELS) - 1)
    sunday = (to_local(orders.ordered) // DAY + 3) % 7 == 6
    return np.where((channel == 1) & (sunday | orders.clicked), 0, channel)


def _attribute(world: World, orders: Orders) -> Ints:
    """Return the campaign_id of the contact's last click on marketing in the seven days before each order, else -1."""
    sends = draw_sends(world)
    clicks = sends.take(sends.clicked != NEVER)
    keys = (clicks.person << 32) + clicks.clicked
    by_key = np.argsort(keys, kind="stable")
    clicks, keys = clicks.take(by_key), keys[by_key]
    last = np.searchsorted(keys, (orders.person << 32) + orders.ordered, side="right") - 1
    found = (last >= 0) & (orders.person >= 0)
    last = np.maximum(last, 0)
    if not len(keys):
        return np.full(len(orders.person), -1, dtype=np.int64)
    found &= (clicks.person[last] == orders.person) & (orders.ordered - clicks.clicked[last] <= _ATTRIBUTION)
    return np.where(found, clicks.campaign[last] + 1, -1)


def _credit(rng: np.random.Generator, orders: Orders, people: People) -> Ints:
    """Return the acquisition channel that each order is credited to: the contact's while new, later often another."""
    own = np.where(orders.person < 0, -1, people.channel[orders.person]).astype(np.int64)
    new = (orders.person >= 0) & (orders.ordered - people.registered[orders.person] < 120 * DAY)
    organic, search = ACQUISITION_CHANNELS.index("organic"), ACQUISITION_CHANNELS.index("search")
    other = rng.choice([organic, search, -1], len(own), p=[0.5, 0.3, 0.2])
    return np.where(new | ((rng.random(len(own)) < 0.5) & (own >= 0)), own, other)
