"""Setting: what the value of a metric needs to know of the question."""

from dataclasses import dataclass, field
from datetime import date

from semantic.calendar import Window


@dataclass(frozen=True, slots=True)
class Setting:
    """A question's time axis, its asked days, its keys, its as-of day and zone."""

    base: str | None
    asked: Window  # with a time axis whole periods are compared, without one as many days as have elapsed
    keys: tuple[str, ...]
    today: date
    timezone: str
    whole: Window = field(default_factory=Window)  # the asked days with those still to come: ~previous goes back by it
