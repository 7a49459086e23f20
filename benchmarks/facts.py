"""The benchmark's DuckDB file: three facts of two years, contacts, a history, campaigns; the same rows every time."""

import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
DEFAULT_PATH = HERE / ".cache" / "facts.duckdb"

MESSAGES, ORDERS, VISITS = 3_000_000, 600_000, 1_500_000
CONTACTS, CAMPAIGNS, EVERGREEN = 200_000, 500, 40
ERASED = 600  # contacts that the facts still name and the table of contacts no longer holds
FIRST_DAY, DAYS = np.datetime64("2024-01-01", "us"), 731  # to the end of 2025
DAY_US = 86_400_000_000

CHANNELS = {"email": 0.62, "push": 0.21, "sms": 0.14, "letter": 0.03}
COST_OF_CHANNEL = np.array([0.002, 0.0005, 0.06, 0.9])
BRANDS = [
    "Altair", "Bellatrix", "Capella", "Deneb", "Electra", "Fomalhaut",
    "Gienah", "Hadar", "Izar", "Kaus", "Lesath", "Mira",
]  # fmt: skip
SPECIALTIES = [
    "cardiology", "dentistry", "dermatology", "general", "neurology", "oncology", "pediatrics", "surgery", None,
]  # fmt: skip
CITIES = ["Berlin", "Lisbon", "London", "Lyon", "Madrid", "Milan", "Oslo", "Paris", "Porto", "Turin"]
KINDS = ["event", "newsletter", "offer", "reminder", "survey"]
STATES = ["active", "dormant", "lapsed", "new"]
PRODUCTS = [f"product {number:02}" for number in range(1, 21)]

Columns = dict[str, npt.NDArray[np.generic]]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def draw_contact_ids(random: np.random.Generator, rows: int) -> npt.NDArray[np.int32]:
    """Some contacts are far busier than others, and a few no longer exist."""
    return (1 + (CONTACTS + ERASED) * random.random(rows) ** 1.6).astype(np.int32)


def draw_times(random: np.random.Generator, rows: int) -> npt.NDArray[np.datetime64]:
    """Times over the two years in ascending order, more of them towards the end."""
    return np.sort(FIRST_DAY + (random.random(rows) ** 0.8 * DAYS * DAY_US).astype("timedelta64[us]"))


def draw_contacts(random: np.random.Generator) -> Columns:
    return {
        "contact_id": np.arange(1, CONTACTS + 1, dtype=np.int32),
        "specialty": random.integers(0, len(SPECIALTIES), CONTACTS, dtype=np.uint8),
        "city": random.integers(0, len(CITIES), CONTACTS, dtype=np.uint8),
        "registered_at": FIRST_DAY - (random.random(CONTACTS) * 5 * 365 * DAY_US).astype("timedelta64[us]"),
    }


def draw_campaigns(random: np.random.Generator) -> Columns:
    """Brands have very different numbers of campaigns: the last ones are silent on many days."""
    weights = 0.65 ** np.arange(len(BRANDS))
    return {
        "campaign_id": np.arange(1, CAMPAIGNS + 1, dtype=np.int32),
        "kind": random.integers(0, len(KINDS), CAMPAIGNS, dtype=np.uint8),
        "brand": random.choice(len(BRANDS), CAMPAIGNS, p=weights / weights.sum()).astype(np.uint8),
    }


def draw_messages(random: np.random.Generator, rows: int, brand_of_campaign: npt.NDArray[np.generic]) -> Columns:
    """A few campaigns run all the time, the others for two to twelve weeks. What wasn't opened can't be clicked."""
    weights = random.lognormal(0, 1.2, CAMPAIGNS)
    weights[:EVERGREEN] *= 4
    length = np.where(np.arange(CAMPAIGNS) < EVERGREEN, DAYS, random.uniform(14, 84, CAMPAIGNS))
    start = random.random(CAMPAIGNS) * (DAYS - length)
    campaign: Ints = random.choice(CAMPAIGNS, rows, p=weights / weights.sum())
    day: Floats = start[campaign] + random.random(rows) * length[campaign]
    in_order = np.argsort(day, kind="stable")
    campaign, day = campaign[in_order], day[in_order]
    sent_at = FIRST_DAY + (day * DAY_US).astype("timedelta64[us]")
    channel = random.choice(len(CHANNELS), rows, p=list(CHANNELS.values())).astype(np.uint8)
    delivered_at = follow(random, sent_at, 0.95, 0.01)
    opened_at = follow(random, delivered_at, 0.31, 0.8)
    return {
        "message_id": np.arange(1, rows + 1, dtype=np.int32),
        "contact_id": draw_contact_ids(random, rows),
        "campaign_id": (campaign + 1).astype(np.int32),
        "channel": channel,
        "brand": brand_of_campaign[campaign],
        "sent_at": sent_at,
        "delivered_at": delivered_at,
        "opened_at": opened_at,
        "clicked_at": follow(random, opened_at, 0.13, 0.05),
        "cost": COST_OF_CHANNEL[channel] * random.uniform(0.8, 1.2, rows),
    }


def follow(
    random: np.random.Generator, times: npt.NDArray[np.datetime64], share: float, mean_days: float
) -> npt.NDArray[np.datetime64]:
    """Times of the event that follows a `share` of the given ones, NaT for the others."""
    later = times + (random.exponential(mean_days, len(times)) * DAY_US).astype("timedelta64[us]")
    return np.where(random.random(len(times)) < share, later, np.datetime64("NaT"))


def draw_orders(random: np.random.Generator, rows: int) -> Columns:
    return {
        "order_id": np.arange(1, rows + 1, dtype=np.int32),
        "contact_id": draw_contact_ids(random, rows),
        "product": random.integers(0, len(PRODUCTS), rows, dtype=np.uint8),
        "ordered_at": draw_times(random, rows),
        "amount": np.round(random.lognormal(4, 1, rows), 2),
    }


def draw_visits(random: np.random.Generator, rows: int) -> Columns:
    return {
        "visit_id": np.arange(1, rows + 1, dtype=np.int32),
        "contact_id": draw_contact_ids(random, rows),
        "visited_at": draw_times(random, rows),
        "pages": random.geometric(0.3, rows).astype(np.int32),
    }


def draw_lifecycle(random: np.random.Generator) -> Columns:
    """The states that a contact goes through, two to nine of them: some begin early, most are open, a few have gaps."""
    counts = np.minimum(1 + random.geometric(0.35, CONTACTS), 9)
    contact = np.repeat(np.arange(1, CONTACTS + 1, dtype=np.int32), counts)
    earlier = 200 * DAY_US
    since = FIRST_DAY - earlier + (random.random(len(contact)) * (DAYS * DAY_US + earlier)).astype("timedelta64[us]")
    since = since[np.lexsort((since, contact))]
    until = np.where(contact[1:] == contact[:-1], since[1:], np.datetime64("NaT"))
    until = np.append(until, np.datetime64("NaT"))
    ends = follow(random, since, 0.1, 30)
    return {
        "contact_id": contact,
        "state": random.integers(0, len(STATES), len(contact), dtype=np.uint8),
        "since": since,
        "until": np.where(ends < until, ends, np.where(np.isnat(until), ends, until)),
    }


def write_facts(path: Path = DEFAULT_PATH, size: float = 1) -> Path:
    """Write the six tables to a new file, then put it in the place of an older one.

    `size` times as many messages, orders and visits of the same contacts. Needs about 0.6 GB of memory at size 1.
    """
    random = np.random.default_rng(20251231)
    campaigns = draw_campaigns(random)
    tables = {
        "contacts": draw_contacts(random),
        "campaigns": campaigns,
        "messages": draw_messages(random, round(MESSAGES * size), campaigns["brand"]),
        "orders": draw_orders(random, round(ORDERS * size)),
        "visits": draw_visits(random, round(VISITS * size)),
        # Streams of their own, so that no other table changes.
        "lifecycle": draw_lifecycle(np.random.default_rng(20251232)),
    }
    names: dict[str, list[str | None]] = {
        "specialty": SPECIALTIES, "city": [*CITIES], "kind": [*KINDS],
        "brand": [*BRANDS], "channel": [*CHANNELS], "product": [*PRODUCTS], "state": [*STATES],
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(unfinished) as connection:
        for table, columns in tables.items():
            connection.register("drawn", columns)
            chosen = ", ".join(f"{spell_list(names[c])}[{c} + 1] AS {c}" if c in names else c for c in columns)
            connection.execute(f"CREATE TABLE {table} AS SELECT {chosen} FROM drawn")
            connection.unregister("drawn")
    unfinished.replace(path)
    return path


def spell_list(values: list[str | None]) -> str:
    return "[" + ", ".join("NULL" if value is None else f"'{value}'" for value in values) + "]"


def find_facts(path: Path = DEFAULT_PATH, size: float = 1) -> Path:
    """The file, written first where there is none or where this module is newer."""
    if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
        write_facts(path, size)
    return path


if __name__ == "__main__":
    started = time.perf_counter()
    written = write_facts(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PATH)
    print(f"{written}: {written.stat().st_size / 1e6:.0f} MB in {time.perf_counter() - started:.1f} s")
