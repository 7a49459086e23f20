"""Bundles: contracts with a monthly fee, and parcels of products bought at once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_money
from data.products import PRODUCTS
from data.world import World


@dataclass(frozen=True)
class Bundle:
    """A bundle: its price at the start, its monthly fee (None: a parcel, bought once), and how many of which."""

    bundle: str
    price: float
    monthly_fee: float | None
    contents: dict[str, int]


BUNDLES = (
    Bundle("Care", 149, 39, {"Annual check": 1, "Oil change": 1, "Roadside assistance, 1 year": 1}),
    Bundle("Care Plus", 199, 69, {"Annual check": 1, "Oil change": 1, "Tyre change": 2, "Brake service": 1,
                                  "Roadside assistance, 1 year": 1, "Connected services, 1 year": 1}),
    Bundle("Fleet Care", 490, 59, {"Annual check": 2, "Tyre change": 2, "Roadside assistance, 1 year": 1,
                                   "Connected services, 1 year": 1}),
    Bundle("Winter parcel", 579, None, {"Winter tyres (set)": 1, "Tyre change": 1, "Snow chains": 1}),
    Bundle("Family parcel", 349, None, {"Child seat 0-4": 1, "Child seat 4-12": 1}),
    Bundle("Electric start", 1049, None, {"Wall box, 11 kW": 1, "Charging cable, 7 m": 1}),
)  # fmt: skip
_PLACES = {product.product: place for place, product in enumerate(PRODUCTS)}


def make_bundles(world: World) -> pa.Table:
    """Return the bundles: one row per bundle, the same at every size; a NULL fee is a parcel's."""
    fees = np.array([round((bundle.monthly_fee or 0) * 100) for bundle in BUNDLES], dtype=np.int64)
    return pa.table({
        "bundle_id": make_ints(np.arange(1, len(BUNDLES) + 1)),
        "bundle": [bundle.bundle for bundle in BUNDLES],
        "monthly_fee": make_money(fees, null=fees == 0),
        "price": make_money(np.array([round(bundle.price * 100) for bundle in BUNDLES], dtype=np.int64)),
    })  # fmt: skip


def make_bundle_products(world: World) -> pa.Table:
    """Return what bundles hold: one row per bundle and product, the same at every size."""
    rows = [(place, _PLACES[name], many) for place, each in enumerate(BUNDLES) for name, many in each.contents.items()]
    bundle, product, quantity = np.array(rows, dtype=np.int64).T
    return pa.table({
        "bundle_id": make_ints(bundle + 1),
        "product_id": make_ints(product + 1),
        "quantity": make_ints(quantity),
    })  # fmt: skip
