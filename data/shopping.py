"""Shopping for a car: what people ask for before they buy one, whether they buy, and what owners ask for."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from data.people import People, draw_people
from data.products import CLASSES, PRODUCTS, VEGA_LAUNCH
from data.rhythm import (
    DAY,
    DAYS,
    END,
    FIRST_DAY,
    HOUR,
    START,
    count_days,
    draw_days,
    draw_seconds,
    to_local,
    to_utc,
    weigh_days,
)
from data.sources import DIRECT
from data.world import NEVER, Flags, Floats, Ints, World, find_places

TYPES = ("test_drive", "trade_in", "showroom_visit", "quote", "preorder", "service")
_ASKED = np.array([0.50, 0.30, 0.38, 0.55])  # by those who shop: the first four types
_DIRECT = 1.5  # times likelier to shop: who came directly
_SEASON = (0.9, 0.9, 1.5, 1.1, 1.0, 1.2, 0.8, 0.5, 1.5, 1.1, 0.9, 0.8)
_PREORDERS = VEGA_LAUNCH.replace(month=1, day=8)
_CARS = [place for place, each in enumerate(PRODUCTS) if each.kind == "car"]
_VEGA = next(place for place, each in enumerate(PRODUCTS) if each.product == "Vega")
assert CLASSES[0] == "car"


@dataclass(frozen=True, eq=False)
class Shopping:
    """Requests and car purchases, each by time; places in people and products, UTC seconds."""

    person: Ints
    type: Ints  # of TYPES
    product: Ints
    requested: Ints
    buyer: Ints
    car: Ints
    bought: Ints


@lru_cache(maxsize=1)
def draw_shopping(world: World) -> Shopping:
    """Return what is asked for and which cars are bought: nothing before registration or after the data's end."""
    people = draw_people(world)
    rng = world.stream("shopping")
    person, began = _draw_shoppers(rng, people)
    vega = (began >= count_days(_PREORDERS)) & (rng.random(len(person)) < 0.40)
    others = np.array([0 if place == _VEGA else PRODUCTS[place].weight for place in _CARS], dtype=np.float64)
    car = np.where(vega, _VEGA, np.array(_CARS)[find_places(rng.random(len(person)), others)])
    asks = rng.random((len(person), len(_ASKED))) < _ASKED * np.array([1, 0.6, 1, 1])
    asks[:, 1] |= (people.owned[person] >= 0) & (rng.random(len(person)) < 0.35)
    days = began[:, None] + np.minimum(rng.exponential(9, asks.shape), 45).astype(np.int64)
    buys = rng.random(len(person)) < 0.06 + asks @ np.array([0.20, 0.06, 0.08, 0.12])
    preordered = vega & (rng.random(len(person)) < np.where(began < count_days(VEGA_LAUNCH), 0.6, 0.08))

    row, type_ = (place.astype(np.int64) for place in np.nonzero(asks))
    early = np.flatnonzero(preordered)
    served, service_day, model = _draw_services(rng, people)
    asker = np.concatenate([person[row], person[early], served])
    types = np.concatenate([type_, np.full(len(early), 4), np.full(len(served), 5)])
    wanted = np.concatenate([car[row], car[early], model])
    day = np.concatenate([days[row, type_], began[early] + 1, service_day])
    requested = _settle(rng, people, asker, day)

    last = np.where(asks, days, 0).max(axis=1, initial=0)
    bought_day = np.maximum(last, began) + 1 + (12 * rng.lognormal(0, 0.9, len(person))).astype(np.int64)
    bought_day = np.where(
        car == _VEGA, np.maximum(bought_day, count_days(VEGA_LAUNCH) + rng.integers(0, 30)), bought_day
    )
    sunday = (bought_day + 3) % 7 == 6
    bought_day += sunday & (rng.random(len(person)) < 0.92)  # dealers are closed
    bought = np.where(buys, _settle(rng, people, person, bought_day), NEVER)

    asked = np.flatnonzero((requested >= START) & (requested < END))
    sold = np.flatnonzero((bought >= START) & (bought < END))
    asked = asked[np.lexsort((asker[asked], requested[asked]))]
    sold = sold[np.lexsort((person[sold], bought[sold]))]
    return Shopping(
        *(asker[asked], types[asked], wanted[asked], requested[asked]),
        *(person[sold], car[sold], bought[sold]),
    )


def _draw_shoppers(rng: np.random.Generator, people: People) -> tuple[Ints, Ints]:
    """Return person and first Paris day of each time that somebody shops: most of them soon after registration."""
    count = len(people.registered)
    eager = np.clip(people.buys, 0.2, 3) ** 0.5 * np.where(people.source == DIRECT, _DIRECT, 1.0) * ~people.test
    fresh = np.flatnonzero((people.registered >= START) & (rng.random(count) < 0.20 * eager))
    soon = to_local(people.registered[fresh]) // DAY + (rng.exponential(18, len(fresh))).astype(np.int64)
    weights = weigh_days(growth=1.8) * np.array(_SEASON)[_get_months() - 1]
    after = np.concatenate([[0.0], np.cumsum(weights)])
    began = to_local(people.registered) // DAY + 1
    exposure = (after[-1] - after[np.clip(began - count_days(FIRST_DAY), 0, DAYS)]) / after[-1]
    later = np.repeat(np.arange(count), rng.poisson(0.17 * eager * exposure))
    already = np.flatnonzero((people.registered < START) & (rng.random(count) < 0.012 * eager))
    before = count_days(FIRST_DAY) - rng.integers(1, 46, len(already))
    person = np.concatenate([fresh, later, already])
    return person, np.concatenate([soon, draw_days(rng, weights, began[later]), before])


def _get_months() -> Ints:
    days = np.datetime64(FIRST_DAY) + np.arange(DAYS)
    months: Ints = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return months


def _draw_services(rng: np.random.Generator, people: People) -> tuple[Ints, Ints, Ints]:
    """Return who asks for a service, on which Paris day, and for which car: owners, once or twice a year."""
    owner = np.flatnonzero((people.owned >= 0) & ~people.test)
    began = np.maximum(to_local(people.registered[owner]) // DAY + 1, count_days(FIRST_DAY))
    weights: Floats = weigh_days(growth=1.2)
    after = np.concatenate([[0.0], np.cumsum(weights)])
    exposure = (after[-1] - after[np.minimum(began - count_days(FIRST_DAY), DAYS)]) / after[-1]
    chosen = np.repeat(np.arange(len(owner)), rng.poisson(2.3 * exposure))
    return owner[chosen], draw_days(rng, weights, began[chosen]), people.owned[owner[chosen]]


def _settle(rng: np.random.Generator, people: People, person: Ints, day: Ints) -> Ints:
    """Return UTC seconds on Paris days at busy hours, after the registration of their persons."""
    return np.maximum(draw_seconds(rng, day), people.registered[person] + 120)


def settle_at_daytime(rng: np.random.Generator, day: Ints) -> Ints:
    """Return UTC seconds on Paris days between 9 and 18 o'clock; a Sunday's are of the Monday after it."""
    open_day = day + ((day + 3) % 7 == 6)
    return to_utc(open_day * DAY + 9 * HOUR + (rng.beta(1.6, 1.8, len(day)) * 9 * HOUR).astype(np.int64))


def mark_owners(world: World) -> Flags:
    """Return per person whether they ever own a car of the group."""
    owners = draw_people(world).owned >= 0
    owners[draw_shopping(world).buyer] = True
    return owners
