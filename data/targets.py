"""Targets: what the company set out to reach, by month."""

import numpy as np
import pyarrow as pa

from data.columns import make_days, make_money
from data.products import VEGA_LAUNCH
from data.rhythm import DAYS, FIRST_DAY, count_days, weigh_days
from data.world import World

# Metric: what was planned for the 24 months at size 1, and by how much it was to grow in them.
_PLANS = {
    "registrations": (42_000, 2.0),
    "orders": (84_000, 4.0),
    "revenue": (158_000_000, 4.5),
    "cars_sold": (5_000, 4.0),
    "vega_sold": (650, 1.0),
    "leads": (48_000, 1.4),
    "sales": (5_000, 1.4),
    "delivered": (2_750_000, 3.2),
}
_STRETCH = 1.12


def make_targets(world: World) -> pa.Table:
    """Return the targets: one row per month and metric; the Vega's are of the six months of its campaign."""
    days = np.arange(DAYS) + count_days(FIRST_DAY)
    firsts = days.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    months, place = np.unique(firsts, return_inverse=True)
    launch = months.tolist().index(count_days(VEGA_LAUNCH))
    rows = []
    for metric, (total, growth) in _PLANS.items():
        weights = np.bincount(place, weigh_days(growth))
        if metric == "vega_sold":
            weights = np.where((np.arange(len(months)) >= launch) & (np.arange(len(months)) < launch + 6), weights, 0)
        value = weights / weights.sum() * total * world.size
        rows += [(month, metric, each) for month, each in zip(months.tolist(), value.tolist(), strict=True) if each]
    rows.sort()
    value = np.array([each for *_, each in rows])
    return pa.table({
        "month": make_days(np.array([month for month, *_ in rows], dtype=np.int64)),
        "metric": [metric for _, metric, _ in rows],
        "value": make_money(np.rint(value * 100).astype(np.int64)),
        "stretch": make_money(np.rint(value * _STRETCH * 100).astype(np.int64)),
    })  # fmt: skip
