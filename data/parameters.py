"""Parameters: what else the contacts table knows of a contact, from the car owned to the income."""

import numpy as np
import pyarrow as pa

from data.columns import make_ints, make_moments, make_texts
from data.people import SPECIALTIES, draw_people
from data.places import CITIES
from data.world import NEVER, Flags, Ints, World, pick

_LANGUAGES = ("fr", "de", "es", "pt", "it", "en", "el", "bg", "ar", "ru")
_SPOKEN = {"Germany": "de", "Spain": "es", "Portugal": "pt", "Italy": "it", "Ireland": "en", "Greece": "el",
           "Bulgaria": "bg", "Morocco": "ar"}  # fmt: skip
_PRACTICES = ("solo", "group", "clinic", "hospital", "pharmacy")
_PEOPLE = np.array([1.6, 5.0, 24.0, 260.0, 6.0])  # that work in a practice, median
_HOUSEHOLDS = ("single", "couple", "family")
_INCOMES = ("low", "middle", "high")
_TIERS = ("none", "silver", "gold")
_PREFIXES = {"France": "+33", "Monaco": "+377", "Belgium": "+32", "Germany": "+49", "Spain": "+34", "Portugal": "+351",
             "Italy": "+39", "Ireland": "+353", "Greece": "+30", "Bulgaria": "+359", "Morocco": "+212"}  # fmt: skip


def draw_parameters(world: World) -> dict[str, pa.Array]:
    """Return the columns of parameters: one value per contact ever, some of them NULL."""
    people = draw_people(world)
    rng = world.stream("parameters")
    count = len(people.registered)
    home = np.array([_LANGUAGES.index(_SPOKEN.get(city.country, "fr")) for city in CITIES])[people.city]
    language = np.where(rng.random(count) < 0.07, rng.integers(0, len(_LANGUAGES), count), home)
    practice = _draw_practices(rng, people.specialty.astype(np.int64))
    size = np.maximum(1, np.rint(_PEOPLE[practice] * rng.lognormal(0, 0.5, count))).astype(np.int64)
    size = np.where((practice < 0) | (rng.random(count) < 0.1), -1, size)
    household = np.where(_miss(rng, count, 0.2), -1, pick(rng, np.array([0.28, 0.34, 0.38]), count))
    income = np.where(_miss(rng, count, 0.35), -1, pick(rng, np.array([0.3, 0.5, 0.2]), count))
    loyal = 0.12 + 0.15 * (people.owned >= 0)
    luck = rng.random(count)
    tier = (luck < loyal).astype(np.int64) + (luck < loyal / 3)
    return {
        "became_lead_at": make_moments(np.where(people.owned >= 0, NEVER, people.registered)),
        "owned_product_id": make_ints(np.where(people.owned >= 0, people.owned + 1, -1)),
        "gender": make_texts(np.where(_miss(rng, count, 0.06), -1, pick(rng, np.array([0.53, 0.47]), count)),
                             ("female", "male")),
        "language": make_texts(language, _LANGUAGES),
        "practice": make_texts(practice, _PRACTICES),
        "practice_size": make_ints(size),
        "household": make_texts(household, _HOUSEHOLDS),
        "income_band": make_texts(income, _INCOMES),
        "loyalty_tier": make_texts(tier, _TIERS),
        "phone": _draw_phones(rng, people.city.astype(np.int64)),
        "is_employee": pa.array((rng.random(count) < 0.004) & ~people.test),
    }  # fmt: skip


def _miss(rng: np.random.Generator, count: int, share: float) -> Flags:
    missing: Flags = rng.random(count) < share
    return missing


def _draw_practices(rng: np.random.Generator, specialty: Ints) -> Ints:
    """Return the place in _PRACTICES where each contact works: pharmacists in pharmacies; -1 unknown."""
    practice = pick(rng, np.array([0.42, 0.3, 0.16, 0.12]), len(specialty))
    practice = np.where(specialty == SPECIALTIES.index("pharmacist"), _PRACTICES.index("pharmacy"), practice)
    return np.where((specialty < 0) | (rng.random(len(specialty)) < 0.05), -1, practice)


def _draw_phones(rng: np.random.Generator, city: Ints) -> pa.Array:
    """Return phone numbers: of a range that no network uses, with the prefix of the contact's country."""
    prefixes = np.array([_PREFIXES[each.country] for each in CITIES])[city]
    numbers = rng.integers(0, 10**6, len(city)).tolist()
    missing = rng.random(len(city)) < 0.11
    return pa.array(
        [f"{prefix} 555 {number:06d}" for prefix, number in zip(prefixes.tolist(), numbers, strict=True)],
        pa.string(),
        mask=missing,
    )
