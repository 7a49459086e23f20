"""Interests: the brands that a contact asked about or looked at."""

from functools import lru_cache

import numpy as np
import pyarrow as pa

from data.columns import make_days, make_ints
from data.people import draw_people
from data.products import BRANDS, PRODUCTS
from data.rhythm import DAY, LAST_DAY, count_days, to_local
from data.world import Ints, World

_POPULARITY = np.array([0.5, 0.16, 0.2, 0.13, 0.2, 0.1, 0.08, 0.14, 0.14, 0.16, 0.2, 0.12])


@lru_cache(maxsize=1)
def draw_interests(world: World) -> tuple[Ints, Ints, Ints]:
    """Return person (place in people), brand (place in BRANDS) and the first Paris day, by person and brand."""
    people = draw_people(world)
    rng = world.stream("interests")
    shape = len(people.registered), len(BRANDS)
    likes = rng.random(shape) < _POPULARITY * rng.lognormal(-0.15, 0.6, (shape[0], 1))
    owner = np.flatnonzero(people.owned >= 0)
    brand_of = np.array([BRANDS.index(each.brand) if each.brand else 0 for each in PRODUCTS])
    likes[owner, brand_of[people.owned[owner]]] = True
    person, brand = (place.astype(np.int64) for place in np.nonzero(likes))
    registered = to_local(people.registered[person]) // DAY
    since = registered + np.where(rng.random(len(person)) < 0.6, 0, rng.exponential(200, len(person))).astype(np.int64)
    known = since <= count_days(LAST_DAY)
    return person[known], brand[known], since[known]


def make_interests(world: World) -> pa.Table:
    """Return the interests: one row per contact and brand, from no brand to several for a contact."""
    person, brand, since = draw_interests(world)
    kept = ~draw_people(world).deleted[person]
    return pa.table({
        "contact_id": make_ints(world.number(person[kept]), "int64"),
        "brand_id": make_ints(brand[kept] + 1),
        "since": make_days(since[kept]),
    })  # fmt: skip
