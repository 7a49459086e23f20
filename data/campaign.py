"""Campaign: what a campaign is, its channels, and what the tables hide of it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

CHANNELS = ("email", "whatsapp", "sms", "ivr")
LABELS = ("E-mail", "WhatsApp", "SMS", "IVR")
CATEGORIES = ("promotional", "transactional")
WHATSAPP_SINCE = date(2023, 4, 3)

Trigger = Literal["waves", "registration", "personal", "general", "order", "delivery", "appointment", "never"]


@dataclass(frozen=True)
class Campaign:
    """A campaign, and what the tables hide: to whom it goes, when, and how well it opens, clicks and sells."""

    name: str
    kind: str | None
    category: str
    channel: str
    brand: str | None
    starts: date | None
    ends: date | None
    trigger: Trigger = "waves"
    waves: tuple[tuple[date, float], ...] = ()  # Paris day and hour at which sending begins
    specialties: frozenset[str] = frozenset()  # empty: everyone
    audience: Literal["all", "interested", "owners"] = "all"  # interested: in its brand
    share: float = 1.0  # of those who may be written to
    opens: float = 1.0  # times the usual rate
    clicks: float = 1.0
    sells: float = 1.0
    paid: bool = False  # has paid media
    control: bool = False  # has a control group
    objective: str = "prospects"
    product: str | None = None
