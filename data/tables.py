"""Tables: all tables of the demo company, in the order in which they are written."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from data.activity import make_activity
from data.campaigns import make_campaigns
from data.columns import make_moments
from data.contacts import make_contacts
from data.media import make_acquisition_channels
from data.messages import make_messages
from data.orders import make_orders
from data.places import make_cities
from data.products import make_brands, make_products
from data.rhythm import DAY, DAYS, END, HOUR
from data.spend import REPORTED, make_spend
from data.world import World

Maker = Callable[[World], pa.Table]


def make_loads(world: World) -> pa.Table:
    """Return the loads: per table when it was loaded, and the moment (exclusive) until which all its rows are there."""
    names = [name for name, _ in TABLES]
    # a stream per table, so that a new table moves no other's load
    loaded = END + 2 * HOUR + np.array([world.stream(f"loads.{name}").integers(0, HOUR) for name in names])
    late = np.array([(DAYS - REPORTED) * DAY if name == "spend" else 0 for name in names])
    return pa.table({
        "table_name": names,
        "loaded_at": make_moments(loaded),
        "complete_until": make_moments(END - late),
    })  # fmt: skip


TABLES: tuple[tuple[str, Maker], ...] = (
    ("brands", make_brands),
    ("cities", make_cities),
    ("acquisition_channels", make_acquisition_channels),
    ("products", make_products),
    ("campaigns", make_campaigns),
    ("contacts", make_contacts),
    ("messages", make_messages),
    ("orders", make_orders),
    ("activity", make_activity),
    ("spend", make_spend),
    ("loads", make_loads),
)
