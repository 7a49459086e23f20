"""Orders: cars, accessories, services and subscriptions that people buy, after which click; and the orders table."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.attribution import attribute
from data.bundles import BUNDLES
from data.columns import make_ints, make_moments, make_money, make_texts
from data.media import ACQUISITION_CHANNELS
from data.people import People, draw_people
from data.products import BRANDS, CLASSES, PRODUCTS, SALES_CHANNELS
from data.purchases import KINDS, PRICES, WEIGHTS, draw_purchases, draw_reactions
from data.rhythm import DAY, END, FIRST_DAY, count_days, draw_days, draw_seconds, to_local, weigh_days
from data.shopping import draw_shopping
from data.world import NEVER, Flags, Floats, Ints, World, find_places, pick

# By class: car, accessory, service, subscription.
_SOLD_BY = np.array([  # web, dealer, phone, app
    [0.15, 0.78, 0.06, 0.01],
    [0.52, 0.22, 0.06, 0.20],
    [0.38, 0.27, 0.25, 0.10],
    [0.45, 0.10, 0.08, 0.37],
])  # fmt: skip
_MARGIN = np.array([0.09, 0.38, 0.52, 0.30])
_MARGIN_SPREAD = np.array([0.045, 0.10, 0.08, 0.12])
_CANCELLED = np.array([0.07, 0.04, 0.04, 0.08])
_GUESTS, _SUBSCRIBERS = 1_500, 11_000  # orders at size 1
_PARCELS = {name: place for place, bundle in enumerate(BUNDLES) if not bundle.monthly_fee for name in bundle.contents}


@dataclass(frozen=True, eq=False)
class Orders:
    """Who ordered what, when and for how much, by time: one element per order."""

    person: Ints  # place in people; -1: a guest
    ordered: Ints  # UTC seconds
    product: Ints  # place in PRODUCTS
    kind: Ints  # place in CLASSES
    amount: Ints  # cents
    quantity: Ints
    cancelled: Ints  # UTC seconds or NEVER


@lru_cache(maxsize=1)
def draw_orders(world: World) -> Orders:
    """Return the orders: purchases, cars, subscriptions, what clicks bring about, and guests'."""
    rng = world.stream("orders")
    bought, shopping = draw_purchases(world), draw_shopping(world)
    subscriber, subscribed = _draw_subscribers(world, rng)
    clicker, reacted, brand = _draw_later_reactions(world)
    guested = _draw_guests(world, rng)
    parts = [
        (bought.person, bought.ordered, bought.product, bought.amount),
        _price(rng, shopping.buyer, shopping.bought, shopping.car),
        _price(rng, subscriber, subscribed, _choose(rng, np.full(len(subscriber), 3), np.full(len(subscriber), -1))),
        _price(rng, clicker, reacted, _choose(rng, np.where(rng.random(len(clicker)) < 0.12, 0, 3), brand)),
        _price(rng, *guested),
    ]
    person, ordered, product, amount = (np.concatenate([part[column] for part in parts]) for column in range(4))
    order = np.lexsort((person, ordered))
    person, ordered, product, amount = person[order], ordered[order], product[order], amount[order]
    kind = KINDS[product]
    fleet = (kind == 0) & (rng.random(len(kind)) < 0.015)
    quantity = 1 + fleet * rng.integers(1, 6, len(kind))
    cancels = rng.random(len(product)) < _CANCELLED[kind]
    cancelled = ordered + (4 * DAY * rng.lognormal(0, 1.0, len(product))).astype(np.int64)
    cancelled = np.where(cancels & (cancelled < END), cancelled, NEVER)
    return Orders(person, ordered, product, kind, amount * quantity, quantity, cancelled)


def _draw_subscribers(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return who subscribes to something and when."""
    people = draw_people(world)
    weights = weigh_days(growth=2.2)
    began = to_local(people.registered) // DAY + 1
    after = np.concatenate([[0.0], np.cumsum(weights)])
    exposure = after[-1] - after[np.clip(began - count_days(FIRST_DAY), 0, len(weights))]
    person = pick(rng, people.buys * exposure * ~people.test, world.scale(_SUBSCRIBERS))
    return person, draw_seconds(rng, draw_days(rng, weights, began[person]))


def _draw_later_reactions(world: World) -> tuple[Ints, Ints, Ints]:
    """Return the orders after clicks of those who were buyers already: a first purchase is one of draw_purchases()."""
    person, ordered, brand = draw_reactions(world)
    bought = draw_purchases(world)
    born = np.full(len(draw_people(world).registered), NEVER)
    np.minimum.at(born, bought.person, bought.ordered)
    later = ordered > born[person]
    return person[later], ordered[later], brand[later]


def _draw_guests(world: World, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Return orders of accessories without a contact."""
    count = world.scale(_GUESTS)
    first = np.full(count, count_days(FIRST_DAY))
    ordered = draw_seconds(rng, draw_days(rng, weigh_days(growth=1.5), first))
    return np.full(count, -1), ordered, _choose(rng, np.full(count, 1), np.full(count, -1))


def _choose(rng: np.random.Generator, kind: Ints, brand: Ints) -> Ints:
    """Return a product of each class; of the brand, if it isn't -1 and sells such products, two times of three."""
    brands = np.array([BRANDS.index(each.brand) if each.brand else -1 for each in PRODUCTS])
    vega = np.array([each.product == "Vega" for each in PRODUCTS])
    luck, loyal = rng.random(len(kind)), rng.random(len(kind)) < 0.65
    product = np.zeros(len(kind), dtype=np.int64)
    for code in range(len(CLASSES)):
        for own in range(-1, len(BRANDS)):
            weights: Floats = np.where((code == KINDS) & ~vega, WEIGHTS, 0)
            if own >= 0 and (weights * (brands == own)).any():
                weights = weights * (brands == own)
            chosen = (kind == code) & (np.where(loyal, brand, -1) == own)
            product[chosen] = find_places(luck[chosen], weights)
    return product


def _price(rng: np.random.Generator, person: Ints, ordered: Ints, product: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the orders with their amounts in cents: prices rose in 2024, and some guests get a gift."""
    car = KINDS[product] == 0
    discount = np.where(car, rng.choice([0, 0.02, 0.04, 0.06, 0.09, 0.12], len(car)), rng.choice([0, 0.05], len(car)))
    rise = np.where(to_local(ordered) // DAY < count_days(date(2024, 1, 1)), 0.96, 1.0)
    gift = (person < 0) & (PRICES[product] < 30) & (rng.random(len(car)) < 0.1)
    amount = np.where(gift, 0, np.rint(PRICES[product] * rise * (1 - discount) * 100)).astype(np.int64)
    return person, ordered, product, amount


def make_orders(world: World) -> pa.Table:
    """Return the orders: one row per order, by time."""
    orders, people = draw_orders(world), draw_people(world)
    rng = world.stream("orders.terms")
    guest = orders.person < 0
    count = len(guest)
    rate = _MARGIN[orders.kind] + _MARGIN_SPREAD[orders.kind] * rng.standard_normal(count)
    attributed = attribute(world, orders.person, orders.ordered)
    parcels = np.array([_PARCELS.get(each.product, -1) + 1 for each in PRODUCTS])[orders.product]
    return pa.table({
        "order_id": pa.array(world.number(np.arange(count))),
        "contact_id": make_ints(world.number(orders.person), "int64", null=guest),
        "product_id": make_ints(orders.product + 1),
        "campaign_id": make_ints(attributed),
        "channel": make_texts(_draw_channels(rng, orders, attributed >= 0), SALES_CHANNELS),
        "acquisition_channel": make_texts(_credit(rng, orders, people), ACQUISITION_CHANNELS),
        "ordered_at": make_moments(orders.ordered),
        "amount": make_money(orders.amount),
        "margin": make_money(np.rint(orders.amount * rate).astype(np.int64), null=rng.random(count) < 0.01),
        "quantity": make_ints(orders.quantity),
        "cancelled_at": make_moments(orders.cancelled),
        "bundle_id": make_ints(parcels, null=(parcels < 1) | (rng.random(count) > 0.3)),
    })  # fmt: skip


def _draw_channels(rng: np.random.Generator, orders: Orders, clicked: Flags) -> Ints:
    """Return the place in SALES_CHANNELS of each order: by class, after a click and on Sundays never at a dealer."""
    bounds = np.cumsum(_SOLD_BY, axis=1)[orders.kind]
    channel = np.minimum((rng.random(len(bounds))[:, None] >= bounds).sum(axis=1), len(SALES_CHANNELS) - 1)
    sunday = (to_local(orders.ordered) // DAY + 3) % 7 == 6
    return np.where((channel == 1) & (sunday | clicked), 0, channel)


def _credit(rng: np.random.Generator, orders: Orders, people: People) -> Ints:
    """Return the acquisition channel that each order is credited to: the contact's while new, later often another."""
    own = np.where(orders.person < 0, -1, people.channel[orders.person]).astype(np.int64)
    new = (orders.person >= 0) & (orders.ordered - people.registered[orders.person] < 120 * DAY)
    organic, search = ACQUISITION_CHANNELS.index("organic"), ACQUISITION_CHANNELS.index("search")
    other = rng.choice([organic, search, -1], len(own), p=[0.5, 0.3, 0.2])
    return np.where(new | ((rng.random(len(own)) < 0.5) & (own >= 0)), own, other)
