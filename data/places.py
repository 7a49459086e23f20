"""Cities: where contacts live, and the cities table."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.world import World


@dataclass(frozen=True)
class City:
    """A city, its way up (state, sales region, country), its clock and its share of the contacts."""

    city: str
    state: str | None
    region: str
    country: str
    time_zone: str
    weight: float


_PARIS, _BERLIN, _MADRID, _LISBON = "Europe/Paris", "Europe/Berlin", "Europe/Madrid", "Europe/Lisbon"
_STATES: tuple[tuple[str | None, str, str, str, dict[str, float]], ...] = (
    ("Île-de-France", "North", "France", _PARIS,
     {"Paris": 16, "Saint-Denis": 2, "Boulogne-Billancourt": 2, "Versailles": 1.5, "L'Haÿ-les-Roses": 0.6}),
    ("Hauts-de-France", "North", "France", _PARIS, {"Lille": 4, "Villeneuve-d'Ascq": 1, "Amiens": 1.2}),
    ("Normandie", "West", "France", _PARIS, {"Rouen": 1.5, "Le Havre": 1.2, "Caen": 1}),
    ("Bretagne", "West", "France", _PARIS, {"Rennes": 2.4, "Brest": 1.2}),
    ("Pays de la Loire", "West", "France", _PARIS, {"Nantes": 3.2, "Angers": 1.2}),
    ("Nouvelle-Aquitaine", "West", "France", _PARIS, {"Bordeaux": 4, "Poitiers": 0.8, "Bayonne": 0.6}),
    ("Occitanie", "South", "France", _PARIS, {"Toulouse": 4.2, "Montpellier": 2.6, "Nîmes": 1}),
    ("Provence-Alpes-Côte d'Azur", "South", "France", _PARIS, {"Marseille": 5, "Nice": 3, "Aix-en-Provence": 1.2}),
    ("Auvergne-Rhône-Alpes", "East", "France", _PARIS,
     {"Lyon": 6, "Grenoble": 1.8, "Saint-Étienne": 1.1, "L'Isle-d'Abeau": 0.4}),
    ("Grand Est", "East", "France", _PARIS, {"Strasbourg": 2.8, "Reims": 1.2, "Nancy": 1}),
    ("La Réunion", "Overseas", "France", "Indian/Reunion", {"Saint-Denis": 1, "Saint-Pierre": 0.6}),
    ("Martinique", "Overseas", "France", "America/Martinique", {"Fort-de-France": 0.6}),
    (None, "South", "Monaco", "Europe/Monaco", {"Monaco": 0.4}),
    ("Bruxelles-Capitale", "North", "Belgium", "Europe/Brussels", {"Bruxelles": 2.4}),
    ("Wallonie", "North", "Belgium", "Europe/Brussels", {"Liège": 1, "Namur": 0.5}),
    ("Bayern", "East", "Germany", _BERLIN, {"München": 2.4, "Nürnberg": 0.8}),
    ("Baden-Württemberg", "East", "Germany", _BERLIN, {"Stuttgart": 1.4, "Freiburg im Breisgau": 0.8}),
    ("Nordrhein-Westfalen", "East", "Germany", _BERLIN, {"Köln": 1.6, "Düsseldorf": 1.2}),
    ("Cataluña", "South", "Spain", _MADRID, {"Barcelona": 2.4, "L'Hospitalet": 0.6}),
    ("Comunidad de Madrid", "South", "Spain", _MADRID, {"Madrid": 2.4}),
    ("Canarias", "Overseas", "Spain", "Atlantic/Canary", {"Las Palmas": 0.4}),
    ("Lisboa", "South", "Portugal", _LISBON, {"Lisboa": 1.8}),
    ("Norte", "South", "Portugal", _LISBON, {"Porto": 1.2, "Guimarães": 0.4}),
    ("Açores", "Overseas", "Portugal", "Atlantic/Azores", {"Ponta Delgada": 0.3}),
    ("Lombardia", "South", "Italy", "Europe/Rome", {"Milano": 1.8, "Bergamo": 0.5}),
    ("Leinster", "West", "Ireland", "Europe/Dublin", {"Dublin": 1.3}),
    ("Munster", "West", "Ireland", "Europe/Dublin", {"Cork": 0.5}),
    ("Αττική", "East", "Greece", "Europe/Athens", {"Αθήνα": 1.4}),
    ("София", "East", "Bulgaria", "Europe/Sofia", {"София": 1.3}),
    ("Casablanca-Settat", "South", "Morocco", "Africa/Casablanca", {"الدار البيضاء": 1.3}),
)  # fmt: skip

CITIES = tuple(
    City(city, state, region, country, zone, weight)
    for state, region, country, zone, cities in _STATES
    for city, weight in cities.items()
)


_COLUMNS = ("city", "state", "region", "country", "time_zone")


def make_cities(world: World) -> pa.Table:
    """Return the cities: one row per city, the same at every size."""
    return pa.table({
        "city_id": pa.array(np.arange(1, len(CITIES) + 1, dtype=np.int32)),
        **{name: [getattr(city, name) for city in CITIES] for name in _COLUMNS},
    })  # fmt: skip
