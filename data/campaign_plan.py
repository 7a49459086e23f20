"""The plan of all campaigns: to whom each goes and when, and which of them work."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from data.campaign import WHATSAPP_SINCE, Campaign, Trigger
from data.letters import make_letters, make_owner_letters, make_second_welcomes
from data.products import VEGA_LAUNCH
from data.rhythm import FIRST_DAY, LAST_DAY
from data.world import World


def _make_digests() -> Iterator[Campaign]:
    """One a month, on its first Tuesday or Wednesday. Readers tire until the new design of June 2024."""
    for issue in range(24):
        first = date(2022 + (11 + issue) // 12, (11 + issue) % 12 + 1, 1)
        day = first + timedelta(days=(1 + issue % 2 - first.weekday()) % 7)
        fresh = 1.25 - 0.03 * issue if first < date(2024, 6, 1) else 1.2
        yield Campaign(
            f"Digest {first:%Y-%m}",
            "digest",
            "promotional",
            "email",
            None,
            day,
            day + timedelta(days=6),
            waves=((day, 9.0),),
            share=0.75,
            opens=fresh,
            clicks=fresh**1.5,
            sells=0.6,
        )


_TOPICS = (
    (date(2023, 1, 18), "Leasing for practices", ("dentist", "GP")),
    (date(2023, 3, 15), "Safe travel with children", ("paediatrician",)),
    (date(2023, 5, 23), "Electric on house calls", ("GP", "nurse", "veterinarian")),
    (date(2023, 9, 12), "The practice fleet", ("dentist", "dermatologist")),
    (date(2023, 11, 14), "Child seats, tested", ("paediatrician", "nurse")),
    (date(2024, 1, 23), "Taxes and the company car", ("dentist", "GP", "cardiologist")),
    (date(2024, 3, 19), "Vega: the first drive", ()),
    (date(2024, 5, 22), "Summer with children on board", ("paediatrician",)),
    (date(2024, 9, 17), "Charging at the practice", ("dentist", "pharmacist", "dermatologist")),
    (date(2024, 10, 8), "Winter on call", ("GP", "nurse", "veterinarian")),
)


def _make_webinars() -> Iterator[Campaign]:
    """Two a topic: the invitation two weeks and one week before, the reminder on the day before."""
    for day, topic, audience in _TOPICS:
        invited, reminded = day - timedelta(days=14), day - timedelta(days=1)
        to = frozenset(audience)
        yield Campaign(
            f"Webinar: {topic}",
            "webinar",
            "promotional",
            "email",
            None,
            invited,
            day,
            specialties=to,
            waves=((invited, 8.5), (day - timedelta(days=7), 10.0)),
            share=0.7,
            opens=1.2,
            clicks=1.7,
            sells=0.3,
        )
        yield Campaign(
            f"Webinar: {topic} (reminder)",
            "webinar",
            "transactional",
            "whatsapp" if reminded >= WHATSAPP_SINCE else "sms",
            None,
            reminded,
            day,
            specialties=to,
            waves=((reminded, 11.0),),
            share=0.3 if to else 0.06,
            clicks=1.6,
            sells=0.2,
        )


# Planted: the stars and the flops. (name, brand, first day, days, channels, share, opens, clicks, sells)
_SEASONS: tuple[tuple[str, str | None, date, int, str, float, float, float, float], ...] = (
    ("Black Friday 2022", None, date(2022, 11, 22), 7, "email sms", 0.75, 1.1, 1.3, 1.5),
    ("Christmas 2022", "Juno", date(2022, 12, 6), 18, "email", 0.4, 1.0, 1.2, 0.9),
    ("Winter sales 2023", None, date(2023, 1, 11), 28, "email sms", 0.35, 1.0, 1.0, 0.8),
    ("Corvina weeks", "Corvina", date(2023, 2, 14), 21, "email", 0.3, 0.8, 0.6, 0.5),
    ("Spring tyres 2023", "Kestrel", date(2023, 3, 28), 21, "email sms", 0.35, 1.0, 1.1, 1.6),
    ("Bicycle season", "Juno", date(2023, 4, 25), 28, "email whatsapp", 0.3, 0.9, 0.9, 1.0),
    ("Summer check 2023", None, date(2023, 6, 13), 21, "email sms", 0.4, 0.7, 0.3, 0.3),
    ("Borealis charging days", "Borealis", date(2023, 7, 4), 14, "email whatsapp", 0.25, 1.0, 1.3, 1.1),
    ("Back to the road 2023", None, date(2023, 9, 5), 21, "email", 0.4, 1.0, 1.0, 1.0),
    ("Autumn tyres 2023", "Kestrel", date(2023, 10, 10), 21, "email whatsapp sms", 0.3, 1.1, 1.2, 1.8),
    ("Black Friday 2023", None, date(2023, 11, 21), 7, "email whatsapp sms", 0.8, 1.25, 1.8, 2.2),
    ("Christmas prize draw", "Lyra", date(2023, 12, 5), 18, "email whatsapp", 0.4, 1.3, 2.6, 0.1),
    ("Winter sales 2024", None, date(2024, 1, 10), 28, "email sms", 0.35, 1.0, 0.9, 0.8),
    ("Vega: the launch", "Aster", VEGA_LAUNCH, 184, "email whatsapp sms ivr", 0.3, 1.2, 1.4, 1.3),
    ("Spring tyres 2024", "Kestrel", date(2024, 4, 2), 21, "email whatsapp", 0.35, 1.0, 1.0, 1.5),
    ("Dolmen adventure", "Dolmen", date(2024, 5, 14), 28, "email", 0.25, 0.9, 0.5, 3.0),
    ("Summer check 2024", None, date(2024, 6, 11), 21, "email whatsapp", 0.35, 1.0, 1.1, 1.2),
    ("Back to the road 2024", None, date(2024, 9, 3), 21, "email whatsapp", 0.35, 1.0, 1.0, 1.0),
    ("Autumn tyres 2024", "Kestrel", date(2024, 10, 8), 28, "email whatsapp sms", 0.3, 1.1, 1.2, 1.7),
    ("Trade-in bonus", "Élan", date(2024, 11, 5), 21, "email ivr", 0.25, 1.0, 0.8, 1.0),
)
_TESTED = ("Black Friday 2023", "Christmas prize draw", "Winter sales 2024", "Vega: the launch", "Spring tyres 2024",
           "Dolmen adventure", "Back to the road 2024", "Autumn tyres 2024", "Trade-in bonus")  # fmt: skip
_HOURS = {"email": 9.0, "whatsapp": 11.0, "sms": 17.5, "ivr": 10.0}
_LABELS = {"email": "e-mail", "whatsapp": "WhatsApp", "sms": "SMS", "ivr": "call"}


def _make_promotions() -> Iterator[Campaign]:
    """One per season and channel, a day apart and never at a weekend; they send every two weeks."""
    for name, brand, starts, length, channels, share, opens, clicks, sells in _SEASONS:
        ends = starts + timedelta(days=length - 1)
        for place, channel in enumerate(channels.split()):
            days = [starts + timedelta(days=place + gap) for gap in range(0, length, 14)]
            waves = tuple((day, _HOURS[channel]) for day in map(_skip_weekend, days) if day <= min(ends, LAST_DAY))
            yield Campaign(
                f"{name}, {_LABELS[channel]}" if " " in channels else name,
                "promotion",
                "promotional",
                channel,
                brand,
                starts,
                ends,
                waves=waves,
                share=share * 0.6,
                opens=opens,
                clicks=clicks,
                sells=sells,
                paid=place == 0,
                control=place == 0 and name in _TESTED,
                objective="launch" if starts == VEGA_LAUNCH else "prospects",
                product="Vega" if starts == VEGA_LAUNCH else None,
            )


def _skip_weekend(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


_QUARTERS = (
    *(date(2023, 2, 7), date(2023, 5, 9), date(2023, 8, 29), date(2023, 11, 7)),
    *(date(2024, 2, 6), date(2024, 5, 14), date(2024, 8, 27), date(2024, 11, 5)),
)
_CALL_WEEKS = (date(2023, 6, 6), date(2023, 10, 3), date(2024, 4, 16), date(2024, 10, 15))


def _make_activations() -> Iterator[Campaign]:
    """Welcomes that follow a registration, and quarterly pushes to specialties and to the quiet."""
    yield Campaign(
        "Welcome", "activation", "transactional", "email", None, FIRST_DAY, None, "registration", opens=1.7, clicks=1.8
    )
    yield Campaign(
        "Welcome on WhatsApp",
        "activation",
        "transactional",
        "whatsapp",
        None,
        WHATSAPP_SINCE,
        None,
        "registration",
        opens=1.1,
        clicks=1.4,
    )
    for quarter, day in enumerate(_QUARTERS):
        label = f"{day.year} Q{(day.month - 1) // 3 + 1}"
        ends = day + timedelta(days=20)
        waves = tuple((day + timedelta(days=gap), 8.25) for gap in (0, 8) if day + timedelta(days=gap) <= LAST_DAY)
        yield Campaign(
            f"Dentists' cars {label}",
            "activation",
            "promotional",
            "email",
            "Aster",
            day,
            ends,
            waves=waves,
            specialties=frozenset({"dentist"}),
            share=0.85,
            opens=1.15,
            clicks=1.2 + 0.08 * quarter,
            sells=1.2,
        )
        yield Campaign(
            f"We miss you {label}",
            "activation",
            "promotional",
            ("email", "sms")[quarter % 2],
            None,
            day,
            ends,
            waves=((day + timedelta(days=2), 18.0),),
            share=0.18,
            opens=0.55,
            clicks=0.4,
            sells=0.7,
            objective="retention",
        )
    for day in _CALL_WEEKS:
        yield Campaign(
            f"Test drive call {day:%Y-%m}",
            "activation",
            "promotional",
            "ivr",
            "Galea",
            day,
            day + timedelta(days=4),
            waves=tuple((day + timedelta(days=gap), 10.0) for gap in range(3)),
            share=0.12,
            sells=1.1,
        )


def _make_notices() -> Iterator[Campaign]:
    """What an order brings about, always on; and drafts that are never sent."""
    notices: tuple[tuple[str, str, date, Trigger, float, float], ...] = (
        ("Order confirmation", "email", FIRST_DAY, "order", 2.6, 2.2),
        ("Delivery notice", "whatsapp", WHATSAPP_SINCE, "delivery", 1.2, 1.0),
        ("Appointment reminder", "sms", FIRST_DAY, "appointment", 1.0, 1.0),
        ("Appointment call", "ivr", FIRST_DAY, "appointment", 1.2, 1.0),
    )
    for name, channel, since, trigger, opens, clicks in notices:
        yield Campaign(
            name,
            None,
            "transactional",
            channel,
            None,
            since,
            None,
            trigger,
            opens=opens,
            clicks=clicks,
            objective="service",
        )
    yield Campaign("Lyra cinema", "promotion", "promotional", "email", "Lyra", None, None, "never")
    yield Campaign("Practice fleet, second try", "webinar", "promotional", "email", None, None, None, "never")
    yield Campaign("Loyalty club", "activation", "promotional", "email", None, None, None, "never")


def plan_campaigns(world: World) -> tuple[Campaign, ...]:
    """Return all campaigns, campaign_id - 1 being the place; planted factors vary by chance. The same at every size."""
    return _plan_campaigns(world.seed)


@lru_cache(maxsize=2)
def _plan_campaigns(seed: int) -> tuple[Campaign, ...]:
    makers = (
        _make_digests,
        _make_webinars,
        _make_promotions,
        _make_activations,
        _make_notices,
        make_letters,
        make_owner_letters,
        make_second_welcomes,
    )
    planned = [campaign for make in makers for campaign in make()]
    planned.sort(key=lambda campaign: (campaign.starts or date(2023, 12, 1), campaign.name))
    return tuple(_vary(World(seed=seed), campaign) for campaign in planned)


def _vary(world: World, campaign: Campaign) -> Campaign:
    """Return the campaign with chance in its planted factors: a stream each, so that a new one changes no other."""
    opens, clicks, sells = world.stream(f"campaigns.{campaign.name}").lognormal(0, (0.08, 0.2, 0.3))
    if campaign.trigger in ("personal", "general"):
        opens = clicks = 1.0
    return replace(
        campaign, opens=campaign.opens * opens, clicks=campaign.clicks * clicks, sells=campaign.sells * sells
    )
