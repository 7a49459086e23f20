"""Retention: cohorts down, ages across, the share that came back in the cells, the size of each cohort before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from widgets.charts.describe import tell_span
from widgets.charts.description import ChartConfig
from widgets.charts.keys import Flags, Floats, Keys, read_flags, read_floats, read_keys, sort_keys
from widgets.charts.matrix import Cell, draw_matrix, shape_cells
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import WORDS
from widgets.translations import later_count, translate, translate_count

if TYPE_CHECKING:
    import altair as alt

COUNT, SIZE, RATE = "count", "size", "rate"  # columns of a cohort's answer


@dataclass(frozen=True, slots=True)
class Grid:
    """A row for each cohort and age that is known; `open` where it isn't over."""

    cohort: Keys
    age: Floats
    count: Floats
    size: Floats
    rate: Floats
    open: Flags


def read_grid(table: pa.Table, config: ChartConfig) -> Grid:
    """Return a cohort's answer, cohorts in the order of time. Raises KeyError for a column that it lacks."""
    assert config.series, "an age stands beside each cohort"
    return Grid(
        cohort=sort_keys(read_keys(table, config.x, config)),
        age=read_floats(table, config.series.name),
        count=read_floats(table, COUNT),
        size=read_floats(table, SIZE),
        rate=read_floats(table, RATE),
        open=read_flags(table, config.open_column),
    )


def shape_retention(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the cells: first the cohort's size, then what is known of each age; later ages have none."""
    grid, locale = read_grid(table, config), config.locale
    fields = {value.name: value for value in config.values}
    last = int(grid.age.max()) if len(grid.age) else -1
    cells = []
    for code in dict.fromkeys(grid.cohort.codes.tolist()):
        size = float(grid.size[np.flatnonzero(grid.cohort.codes == code)[0]])
        short = format_value(size, "number", "", locale)
        cells.append(Cell(code, 0, None, short, short, format_full(size, fields[SIZE], locale)))
    for row, code in enumerate(grid.cohort.codes.tolist()):
        rate = float(grid.rate[row])
        cells.append(
            Cell(
                code,
                int(grid.age[row]) + 1,
                rate if np.isfinite(rate) else None,
                format_value(rate, "percent", "", locale),
                f"{rate * 100:.0f}" if np.isfinite(rate) else "",
                format_full(float(grid.count[row]), fields[COUNT], locale),
                format_full(rate, fields[RATE], locale),
                open=bool(grid.open[row]),
            )
        )
    ages = [WORDS[locale]["size"], *map(str, range(last + 1))]
    return shape_cells(cells, list(grid.cohort.names), ages)


def draw_retention(config: ChartConfig) -> alt.LayerChart:
    """Return the grid; an age that isn't over is pale and framed by dashes, one that hasn't begun is empty."""
    assert config.series, "an age stands beside each cohort"
    labels = {value.name: value.label for value in config.values}
    return draw_matrix(config, config.series.label, (labels[COUNT], labels[RATE]))


def describe_retention(table: pa.Table, config: ChartConfig) -> str:
    """Return how many cohorts there are, and how many of all who are known came back at the first and last ages."""
    grid, locale = read_grid(table, config), config.locale
    if not len(grid.age):
        return translate(locale, "Cohorts: no data.")
    names = tell_span(grid.cohort.names[0], grid.cohort.names[-1], locale)
    cohorts = later_count("{count} cohort, {names}", "{count} cohorts, {names}")
    head = translate_count(locale, *cohorts, len(grid.cohort.names), names=names)
    parts = []
    done = ~grid.open & np.isfinite(grid.rate)
    ages = sorted({int(age) for age in grid.age[done]})
    for age in dict.fromkeys([*ages[:2], *ages[-1:]]):
        at = done & (grid.age == age)
        if grid.size[at].sum() > 0:
            share = format_value(float(grid.count[at].sum() / grid.size[at].sum()), "percent", locale=locale)
            told = later_count("{share} at {age} ({count} cohort)", "{share} at {age} ({count} cohorts)")
            parts.append(translate_count(locale, *told, int(at.sum()), share=share, age=age))
    if not parts:
        return translate(locale, "{head}: none is over.", head=head)
    unit = config.series.label.lower() if config.series else ""
    return translate(locale, "{head}: came back, by {unit}: {parts}.", head=head, unit=unit, parts=", ".join(parts))
