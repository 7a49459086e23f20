"""Annotations: what happened that explains a curve."""

from datetime import date

import numpy as np
import pyarrow as pa

from data.columns import make_days
from data.rhythm import count_days
from data.world import NEVER, World

# First day, last day (None: that day alone), title, description, the tag of the metrics that it explains (None: all).
_NOTES: tuple[tuple[date, date | None, str, str, str | None], ...] = (
    (date(2023, 4, 3), None, "WhatsApp begins", "Messages and blasts go out by WhatsApp from now on.", "messages"),
    (date(2023, 7, 14), date(2023, 7, 16), "Facebook reports nothing", "An outage of its report.", "advertising"),
    (date(2023, 11, 21), date(2023, 11, 27), "Black Friday 2023", "The strongest week of the year.", "sales"),
    (date(2024, 1, 1), None, "Prices rise", "Products, WhatsApp and SMS cost more.", None),
    (date(2024, 3, 1), date(2024, 8, 31), "Launch of the Vega", "Six months of campaign.", None),
    (date(2024, 3, 31), None, "Summer time begins", "This day has 23 hours.", None),
    (date(2024, 6, 1), None, "New design of the digest", "Shorter, with one picture.", "messages"),
    (date(2024, 10, 27), None, "Summer time ends", "This day has 25 hours.", None),
)


def make_annotations(world: World) -> pa.Table:
    """Return the annotations: one row per note, the same at every size."""
    return pa.table({
        "starts_on": make_days(np.array([count_days(first) for first, *_ in _NOTES], dtype=np.int64)),
        "ends_on": make_days(np.array([count_days(last) if last else NEVER for _, last, *_ in _NOTES], dtype=np.int64)),
        "title": [title for _, _, title, _, _ in _NOTES],
        "description": [text for _, _, _, text, _ in _NOTES],
        "scope": pa.array([scope for *_, scope in _NOTES], pa.string()),
    })  # fmt: skip
