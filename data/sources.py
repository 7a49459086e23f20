"""Traffic sources: which of them go with which acquisition channel."""

import numpy as np

from data.world import Codes, Ints

SOURCES = ("google", "bing", "facebook", "instagram", "youtube", "partner site", "newsletter", "direct")
# Rows: ACQUISITION_CHANNELS; columns: SOURCES, and last of all offline, which is NULL.
_SHARES = np.array([
    [0.85, 0.15, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0.68, 0.32, 0, 0, 0, 0, 0],
    [0.5, 0.1, 0, 0, 0, 0.4, 0, 0, 0],
    [0, 0, 0.1, 0.2, 0.7, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 1, 0, 0, 0],
    [0.1, 0, 0, 0, 0, 0, 0.15, 0.6, 0.15],
    [0, 0, 0, 0, 0, 0, 0, 0.25, 0.75],
    [0, 0, 0, 0, 0, 0, 0.2, 0.2, 0.6],
    [0.35, 0.05, 0, 0, 0, 0, 0.1, 0.5, 0],
])  # fmt: skip
DIRECT = SOURCES.index("direct")


def draw_sources(rng: np.random.Generator, channel: Codes) -> Ints:
    """Return the traffic source that goes with each acquisition channel; -1 offline or unknown."""
    bounds = np.cumsum(_SHARES, axis=1)[np.maximum(channel, 0)]
    source = (rng.random(len(channel))[:, None] * bounds[:, -1:] >= bounds).sum(axis=1)
    return np.where((source >= len(SOURCES)) | (channel < 0), -1, source)
