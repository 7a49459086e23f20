"""Letters: the regular campaigns of brands, those for owners, and the welcome that is tried against another."""

from collections.abc import Iterator
from datetime import date, timedelta

from data.campaign import WHATSAPP_SINCE, Campaign
from data.products import BRANDS
from data.rhythm import FIRST_DAY, LAST_DAY

_QUARTERS = [date(2022 + (3 + place) // 4, (3 + place) % 4 * 3 + 1, 1) for place in range(9)]
_WEEKDAYS = (1, 2, 3, 2, 1, 4, 0, 2, 3, 1, 2, 1)  # by brand, Monday being 0
PERSONAL, GENERAL = "Your first choice", "Getting to know us"


def make_letters() -> Iterator[Campaign]:
    """One a brand and quarter, which goes to those interested in the brand once a month."""
    for place, brand in enumerate(BRANDS):
        for quarter in _QUARTERS:
            yield from _send_monthly(
                Campaign(
                    f"{brand} letter {_name(quarter)}",
                    "promotion",
                    "promotional",
                    "email",
                    brand,
                    quarter,
                    quarter,
                    audience="interested",
                    share=0.9,
                    opens=0.95,
                    clicks=0.9,
                    sells=0.8,
                ),
                4 + place * 2,
                _WEEKDAYS[place],
                8.0 + place % 4,
            )


def make_owner_letters() -> Iterator[Campaign]:
    """One a quarter to owners by e-mail, one by WhatsApp, and the reminder of the next service by SMS."""
    for quarter in _QUARTERS:
        for name, channel, category, day, weekday, opens in (
            ("Owners' letter", "email", "promotional", 13, 3, 1.25),
            ("Owners' club", "whatsapp", "promotional", 20, 4, 1.05),
            ("Service due", "sms", "transactional", 6, 0, 1.0),
        ):
            if channel != "whatsapp" or quarter >= WHATSAPP_SINCE - timedelta(days=3):
                letter = Campaign(
                    f"{name} {_name(quarter)}",
                    "activation",
                    category,
                    channel,
                    None,
                    quarter,
                    quarter,
                    audience="owners",
                    share=0.8,
                    opens=opens,
                    clicks=1.3,
                    sells=1.1,
                    objective="owners" if category == "promotional" else "service",
                )
                yield from _send_monthly(letter, day, weekday, 10.0)


def make_second_welcomes() -> Iterator[Campaign]:
    """A week after registration: half of those who allow it are written to personally, half are not. Planted."""
    for name, trigger, opens, clicks in ((PERSONAL, "personal", 16.0, 4.0), (GENERAL, "general", 0.45, 0.5)):
        yield Campaign(
            name,
            "activation",
            "promotional",
            "email",
            None,
            FIRST_DAY,
            None,
            trigger="personal" if trigger == "personal" else "general",
            opens=opens,
            clicks=clicks,
            sells=0.8,
            control=trigger == "personal",
        )


def _name(quarter: date) -> str:
    return f"{quarter.year} Q{(quarter.month + 2) // 3}"


def _send_monthly(letter: Campaign, day: int, weekday: int, hour: float) -> Iterator[Campaign]:
    """Give a quarter's letter its waves, one a month on one weekday; none where all lie outside the span."""
    assert letter.starts is not None
    months = [date(letter.starts.year, letter.starts.month + month, 1) for month in range(3)]
    days = [first + timedelta(days=day - 1) for first in months]
    days = [each + timedelta(days=(weekday - each.weekday()) % 7) for each in days]
    days = [each for each in days if FIRST_DAY < each <= LAST_DAY]
    if days:
        waves = tuple((each, hour) for each in days)
        fields = {**vars(letter), "starts": days[0], "ends": days[-1] + timedelta(days=9), "waves": waves}
        yield Campaign(**fields)
