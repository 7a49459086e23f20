"""Requests: test drives, trade-ins, showroom visits, quotes, preorders and services that contacts ask for."""

import numpy as np
import pyarrow as pa

from data.attribution import attribute
from data.columns import make_ints, make_moments, make_texts
from data.products import SALES_CHANNELS
from data.shopping import TYPES, draw_shopping
from data.world import World

_ASKED_THROUGH = np.array([[0.62, 0.14, 0.18, 0.06], [0.40, 0.10, 0.22, 0.28]])  # a car, a service


def make_requests(world: World) -> pa.Table:
    """Return the requests: one row per request, by time."""
    shopping = draw_shopping(world)
    rng = world.stream("requests")
    bounds = np.cumsum(_ASKED_THROUGH, axis=1)[(shopping.type == TYPES.index("service")).astype(np.int64)]
    channel = np.minimum((rng.random(len(bounds))[:, None] >= bounds).sum(axis=1), len(SALES_CHANNELS) - 1)
    return pa.table({
        "request_id": make_ints(world.number(np.arange(len(channel))), "int64"),
        "contact_id": make_ints(world.number(shopping.person), "int64"),
        "type": make_texts(shopping.type, TYPES),
        "product_id": make_ints(np.where(rng.random(len(channel)) < 0.04, -1, shopping.product + 1)),
        "campaign_id": make_ints(attribute(world, shopping.person, shopping.requested)),
        "channel": make_texts(channel, SALES_CHANNELS),
        "requested_at": make_moments(shopping.requested),
    })  # fmt: skip
