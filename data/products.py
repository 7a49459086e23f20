"""Brands and products: what Aster Motors sells."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from data.columns import make_days, make_ints, make_money
from data.world import NEVER, World

BRANDS = tuple("Aster Borealis Corvina Dolmen Élan Ferrum Galea Halcyon Istra Juno Kestrel Lyra".split())
CLASSES = ("car", "accessory", "service", "subscription")
SALES_CHANNELS = ("web", "dealer", "phone", "app")
VEGA_LAUNCH = date(2024, 3, 1)


@dataclass(frozen=True)
class Product:
    """A product: its class and brand (None: the group's), its price in euros, and its weight in its class."""

    product: str
    kind: str
    brand: str | None
    price: float
    weight: float


PRODUCTS = (
    Product("Aster One", "car", "Aster", 21_900, 9),
    Product("Aster Two Estate", "car", "Aster", 27_400, 6),
    Product("Vega", "car", "Aster", 34_900, 26),
    Product("Borealis E", "car", "Borealis", 39_500, 5),
    Product("Borealis E Sport", "car", "Borealis", 46_900, 2),
    Product("Corvina City", "car", "Corvina", 16_900, 8),
    Product("Dolmen 4x4", "car", "Dolmen", 44_200, 3),
    Product("Dolmen Pick-up", "car", "Dolmen", 38_700, 2),
    Product("Élan", "car", "Élan", 24_300, 6),
    Product("Élan Cabriolet", "car", "Élan", 31_800, 2),
    Product("Ferrum Van", "car", "Ferrum", 29_900, 5),
    Product("Ferrum Van L", "car", "Ferrum", 35_600, 2),
    Product("Galea GT", "car", "Galea", 72_000, 1),
    Product("Halcyon Family", "car", "Halcyon", 33_500, 4),
    Product("Istra Hybrid", "car", "Istra", 28_800, 5),
    Product("Winter tyres (set)", "accessory", "Kestrel", 489, 9),
    Product("Summer tyres (set)", "accessory", "Kestrel", 429, 8),
    Product("Roof box, 400 l", "accessory", "Juno", 379, 5),
    Product("Bicycle carrier", "accessory", "Juno", 249, 6),
    Product("Child seat 0-4", "accessory", "Juno", 219, 6),
    Product("Child seat 4-12", "accessory", "Juno", 139, 5),
    Product("Dashcam", "accessory", "Lyra", 159, 7),
    Product("Charging cable, 7 m", "accessory", "Borealis", 199, 5),
    Product("Wall box, 11 kW", "accessory", "Borealis", 899, 2),
    Product("Floor mats", "accessory", "Aster", 59, 10),
    Product("Boot liner", "accessory", "Aster", 69, 7),
    Product("Phone holder", "accessory", "Lyra", 24.9, 9),
    Product("Snow chains", "accessory", "Kestrel", 89, 3),
    Product('Key ring "Vega"', "accessory", "Aster", 9.9, 4),
    Product("Touch-up paint", "accessory", None, 19.5, 4),
    Product("Towing hook", "accessory", "Dolmen", 549, 1),
    Product("Annual check", "service", None, 189, 12),
    Product("Oil change", "service", None, 119, 10),
    Product("Tyre change", "service", None, 79, 12),
    Product("Brake service", "service", None, 349, 5),
    Product("Air conditioning check", "service", None, 99, 6),
    Product("Windscreen repair", "service", None, 129, 4),
    Product("Battery health test", "service", "Borealis", 69, 4),
    Product("Body repair", "service", None, 980, 2),
    Product("Detailing", "service", "Lyra", 149, 3),
    Product("Roadside assistance, 1 year", "subscription", None, 89, 9),
    Product("Charging pass, 1 month", "subscription", "Borealis", 19, 10),
    Product("Car insurance, 1 year", "subscription", None, 612, 4),
    Product("Connected services, 1 year", "subscription", "Lyra", 119, 7),
    Product("Tyre hotel, 1 season", "subscription", "Kestrel", 69, 5),
    Product("Car subscription, 1 month", "subscription", "Halcyon", 549, 2),
)


_LAUNCHES = {"Vega": (VEGA_LAUNCH - date(1970, 1, 1)).days}


def make_brands(world: World) -> pa.Table:
    """Return the brands: one row per brand, the same at every size."""
    return pa.table({"brand_id": pa.array(np.arange(1, len(BRANDS) + 1, dtype=np.int32)), "brand": list(BRANDS)})


def make_products(world: World) -> pa.Table:
    """Return the products: one row per product, the same at every size; a NULL brand is the group itself."""
    brands = np.array([BRANDS.index(product.brand) + 1 if product.brand else -1 for product in PRODUCTS])
    return pa.table({
        "product_id": pa.array(np.arange(1, len(PRODUCTS) + 1, dtype=np.int32)),
        "product": [product.product for product in PRODUCTS],
        "class": [product.kind for product in PRODUCTS],
        "brand_id": make_ints(brands),
        "price": make_money(np.array([round(product.price * 100) for product in PRODUCTS], dtype=np.int64)),
        "launched_on": make_days(np.array([_LAUNCHES.get(product.product, NEVER) for product in PRODUCTS])),
    })  # fmt: skip
