"""Contacts: the contacts table, with names, addresses and today's consents."""

import numpy as np
import pyarrow as pa

from data.campaign import CHANNELS
from data.columns import make_flags, make_ints, make_moments, make_texts
from data.media import ACQUISITION_CHANNELS
from data.names import CULTURES, spell
from data.parameters import draw_parameters
from data.people import CONSENTS, SPECIALTIES, People, draw_people
from data.places import CITIES
from data.sends import find_leaving
from data.sources import DIRECT, SOURCES
from data.world import NEVER, World, pick

_CULTURES = {"Germany": "german", "Spain": "iberian", "Portugal": "iberian", "Italy": "italian", "Ireland": "irish",
             "Greece": "greek", "Bulgaria": "cyrillic", "Morocco": "arabic"}  # fmt: skip
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "praxis.example.org")
_UNSUBSCRIBED = {"email": "email", "whatsapp": "whatsapp", "sms": "sms", "phone": "ivr"}
_ORPHAN_CITY = 9001


def make_contacts(world: World) -> pa.Table:
    """Return the contacts: one row per contact that wasn't deleted; contact_id has gaps where others were."""
    people = draw_people(world)
    rng = world.stream("contacts")
    count = len(people.registered)
    names, emails = _draw_names(rng, world, people)
    lost = rng.random(count)
    city = np.where(lost < 0.03, -1, np.where(lost < 0.035, _ORPHAN_CITY + rng.integers(0, 3, count), people.city + 1))
    table = pa.table({
        "contact_id": pa.array(world.number(np.arange(count))),
        "name": names,
        "email": emails,
        "specialty": make_texts(people.specialty, SPECIALTIES),
        "city_id": make_ints(city),
        "registered_at": make_moments(people.registered),
        "birth_year": make_ints(np.where(rng.random(count) < 0.08, -1, people.born)),
        "acquisition_channel": make_texts(people.channel, ACQUISITION_CHANNELS),
        "traffic_source": make_texts(people.source, SOURCES),
        "is_direct": pa.array(people.source == DIRECT),
        **_get_consents(world, people),
        "is_test": pa.array(people.test),
        **draw_parameters(world),
    })  # fmt: skip
    return table.filter(pa.array(~people.deleted))


def _draw_names(rng: np.random.Generator, world: World, people: People) -> tuple[pa.Array, pa.Array]:
    """Return names and e-mail addresses: mostly of the culture of the contact's country, some of any."""
    count = len(people.registered)
    cultures = list(CULTURES)
    home = np.array([cultures.index(_CULTURES.get(city.country, "french")) for city in CITIES])[people.city]
    culture = np.where(rng.random(count) < 0.22, rng.integers(0, len(cultures), count), home)
    pools = [[[spell(name) for name in names] for names in (pool.given, pool.family)] for pool in CULTURES.values()]
    first, last, style = rng.random((3, count))
    domain = pick(rng, np.arange(len(_DOMAINS), 0, -1.0), count)
    removed = people.dead_mail & (rng.random(count) < 0.4)  # an address that bounced is often deleted
    names, emails = [], []
    ids = world.number(np.arange(count)).tolist()
    for place in range(count):
        given, family = pools[culture[place]]
        (name, address), (surname, tail) = given[int(first[place] * len(given))], family[int(last[place] * len(family))]
        if people.test[place]:
            name, surname, address, tail = "Test", f"Account {ids[place]}", "test", "account"
        names.append(_format_name(name, surname, style[place]))
        emails.append(f"{address}.{tail}{ids[place]}@{_DOMAINS[domain[place]]}" if not removed[place] else None)
    return pa.array(names, pa.string()), pa.array(emails, pa.string())


def _format_name(given: str, family: str, style: float) -> str:
    """Return a name as its owner typed it: now and then with a comma, a title or quotation marks."""
    if style < 0.02:
        return f"{family}, {given}"
    if style < 0.04:
        return f"Dr. {given} {family}"
    if style < 0.042:
        return f'{given} "{given[:2]}" {family}'
    return f"{given} {family}"


def _get_consents(world: World, people: People) -> dict[str, pa.Array]:
    """Return the columns of consents as they are today: who unsubscribed from a channel has withdrawn its consent."""
    left = find_leaving(world) != NEVER
    columns = {}
    for place, consent in enumerate(CONSENTS):
        given = people.consents[:, place].copy()
        if consent in _UNSUBSCRIBED:
            given[left[:, CHANNELS.index(_UNSUBSCRIBED[consent])]] = 0
        columns[f"consent_{consent}"] = make_flags(given)
    return columns
