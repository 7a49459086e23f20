"""Which colour a series has: that of its value, on every chart, as long as no other one of the same chart has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from widgets.charts.description import ChartConfig
from widgets.charts.keys import read_flags, read_floats, read_keys, set_remainder_last

COLORS = 6  # of the lesser palette: that of the light theme
FOCUS = 5  # lines of a chart of more than `COLORS`: the others are gray, as what they stand among
EMPTY = "\u200b"  # repeated, the name of a colour that no series of a chart has
COLORED = ("line", "column", "bar", "stack", "share", "area", "funnel", "sankey")  # kinds whose series have colours


def fit_colors(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with a colour for each series, and of too many lines for the biggest only.

    `known` are all values that there are, in an order that depends on no chart; it is given up for what it decides.
    """
    field, known = config.facet or config.series, config.known
    config = replace(config, known=())
    if field is None or config.kind not in COLORED or config.categories or not table.num_rows:
        return config
    if config.kind in ("bar", "column", "line") and len(config.values) > 1:
        return config
    keys = set_remainder_last(read_keys(table, field, config), read_flags(table, config.other_column), config)
    rest = set(keys.codes[read_flags(table, config.other_column)].tolist())
    names = [name for code, name in enumerate(keys.names) if code not in rest or len(rest) > 1]
    if config.kind == "line" and len(names) > COLORS:
        sizes = np.nan_to_num(np.abs(read_floats(table, config.values[0].name)))
        sums = np.bincount(keys.codes, sizes, minlength=len(keys.names))
        order = sorted(range(len(keys.names)), key=lambda code: (-sums[code], keys.names[code]))
        biggest = [keys.names[code] for code in order if keys.names[code] in set(names)]
        return replace(config, categories=assign_colors(biggest[:FOCUS], known), focused=True, many=False)
    return replace(config, categories=assign_colors(names, known)) if len(names) <= COLORS else config


def assign_colors(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each colour of the palette, up to the last one that is used; `EMPTY` ones are no series.

    A value's colour is that of its place among all known ones, by sixes; of unknown ones, in the order of their texts.
    Where two of a chart would have the same, the later one takes the next that is free.
    """
    places = {name: place for place, name in enumerate(known)}
    order = sorted(names, key=lambda name: (places.get(name, len(places)), name))
    taken: dict[int, str] = {}
    for name in order:
        wanted = places.get(name, len(taken)) % COLORS
        slot = next(step % COLORS for step in range(wanted, wanted + COLORS) if step % COLORS not in taken)
        taken[slot] = name
    return tuple(taken.get(slot, EMPTY * (slot + 1)) for slot in range(max(taken, default=-1) + 1))


def list_colored(config: ChartConfig) -> list[str]:
    """Return the series that have a colour, in the palette's order."""
    return [name for name in config.categories if name.strip(EMPTY)]
