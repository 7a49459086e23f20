"""Visits: who comes to a showroom, asked for or not."""

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_moments
from data.people import draw_people
from data.rhythm import DAY, END, to_local
from data.shopping import TYPES, draw_shopping, settle_at_daytime
from data.world import World


def make_showroom_visits(world: World) -> pa.Table:
    """Return the showroom visits: one row per visit, by time; most follow a request, some visitors just walk in."""
    shopping, people = draw_shopping(world), draw_people(world)
    rng = world.stream("visits")
    asked = np.flatnonzero(np.isin(shopping.type, (TYPES.index("showroom_visit"), TYPES.index("test_drive"))))
    asked = asked[rng.random(len(asked)) < np.array([0.55, 0, 0.78, 0, 0, 0])[shopping.type[asked]]]
    follows = to_local(shopping.requested[asked]) // DAY + rng.integers(1, 11, len(asked))
    buyer = np.flatnonzero(rng.random(len(shopping.buyer)) < 0.45)
    before = to_local(shopping.bought[buyer]) // DAY - rng.integers(1, 9, len(buyer))
    person = np.concatenate([shopping.person[asked], shopping.buyer[buyer]])
    request = np.concatenate([asked, np.full(len(buyer), -1)])
    visited = settle_at_daytime(rng, np.concatenate([follows, before]))
    known = np.flatnonzero((visited < END) & (visited > people.registered[person]))
    order = known[np.lexsort((person[known], visited[known]))]
    person, request = person[order], request[order]
    city = np.where(rng.random(len(person)) < 0.03, -1, people.city[person] + 1)
    return pa.table({
        "visit_id": make_ints(world.number(np.arange(len(person))), "int64"),
        "contact_id": make_ints(world.number(person), "int64"),
        "request_id": make_ints(world.number(request), "int64", null=request < 0),
        "city_id": make_ints(city),
        "visited_at": make_moments(visited[order]),
    })  # fmt: skip
