"""The table of kinds: what draws each, what it needs, when it is offered."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from widgets.charts.annotations import fit_notes
from widgets.charts.axes import DATA
from widgets.charts.bars import draw_bar, draw_column
from widgets.charts.bullet import describe_bullet, draw_bullet, fit_bullet, shape_bullet
from widgets.charts.describe import cut_sentence, describe_values
from widgets.charts.description import NOTHING, ChartConfig, Field, split_units
from widgets.charts.flow import describe_flow, draw_flow, draw_net, shape_flow, shape_net
from widgets.charts.focus import describe_focus, draw_focus, fit_focus, shape_focus
from widgets.charts.funnel import describe_funnel, draw_funnel, fit_funnel, shape_funnel
from widgets.charts.heat import draw_heat
from widgets.charts.histogram import describe_histogram, draw_cumulative, draw_histogram, shape_histogram
from widgets.charts.lines import draw_line, draw_spark
from widgets.charts.numbers import write_locale
from widgets.charts.offers import (
    MOST_BARS,
    Answered,
    is_time,
    refuse_area,
    refuse_bar,
    refuse_bullet,
    refuse_column,
    refuse_distribution,
    refuse_flow,
    refuse_funnel,
    refuse_heat,
    refuse_line,
    refuse_number,
    refuse_pairs,
    refuse_pivot,
    refuse_ranking,
    refuse_retention,
    refuse_sankey,
    refuse_scatter,
    refuse_slope,
    refuse_spark,
    refuse_stack,
    refuse_upset,
)
from widgets.charts.overlap import (
    describe_pairs,
    describe_upset,
    draw_pairs,
    draw_upset,
    fit_upset,
    shape_pairs,
    shape_upset,
)
from widgets.charts.palette import fit_colors
from widgets.charts.retention import describe_retention, draw_retention, shape_retention
from widgets.charts.sankey import describe_sankey, draw_sankey, fit_sankey, shape_sankey
from widgets.charts.scatter import describe_scatter, draw_scatter, shape_scatter
from widgets.charts.shape import fit_axes, shape_grid, shape_lines, shape_spark
from widgets.charts.slope import describe_slope, draw_slope, fit_slope, shape_slope
from widgets.charts.stack import describe_stack, draw_area, draw_stack, fit_stack, shape_stack

Shape = Callable[[pa.Table, ChartConfig], pa.Table]
Fit = Callable[[pa.Table, ChartConfig], ChartConfig]


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to show an answer: what draws it, what it needs, why it isn't offered, and when it may also be proposed.

    `shape` makes the table that it draws, `fit` reads from it what the spec must know, `describe` says it in words.
    `whole` draws all numbers of an answer in one picture. Without `draw` a Streamlit element shows it.
    """

    draw: Callable[[ChartConfig], Any] | None
    needs: str
    refuse: Callable[[Answered], str]
    preferred: Callable[[Answered], bool] = lambda a: True
    shape: Shape = shape_grid
    fit: Fit = fit_axes
    describe: Callable[[pa.Table, ChartConfig], str] = describe_values
    whole: bool = False


def _prefers_cells(a: Answered) -> bool:
    parts = sum(key.is_part for key in a.keys)
    return parts == 2 or (parts == 1 and a.times == 0 and a.bars > MOST_BARS)


def keep_config(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration as it is: of some kinds the rows decide nothing."""
    return config


def _never(a: Answered) -> bool:
    return False


KINDS: dict[str, Kind] = {
    "number": Kind(None, "no slice", refuse_number),
    "funnel": Kind(
        draw_funnel, "a funnel, by one slice at most", refuse_funnel,
        shape=shape_funnel, fit=fit_funnel, describe=describe_funnel, whole=True,
    ),
    "retention": Kind(
        draw_retention, "a cohort", refuse_retention,
        shape=shape_retention, fit=keep_config, describe=describe_retention, whole=True,
    ),
    "flow": Kind(
        draw_flow, "a flow between states", refuse_flow,
        shape=shape_flow, fit=keep_config, describe=describe_flow, whole=True,
    ),
    "sankey": Kind(
        draw_sankey, "a flow between a few states", refuse_sankey, _never,
        shape=shape_sankey, fit=fit_sankey, describe=describe_sankey, whole=True,
    ),
    "net": Kind(
        draw_net, "a flow between states", refuse_flow, _never,
        shape=shape_net, fit=keep_config, describe=describe_flow, whole=True,
    ),
    "upset": Kind(
        draw_upset, "an overlap of segments", refuse_upset,
        shape=shape_upset, fit=fit_upset, describe=describe_upset, whole=True,
    ),
    "pairs": Kind(
        draw_pairs, "an overlap of pairs", refuse_pairs,
        shape=shape_pairs, fit=keep_config, describe=describe_pairs, whole=True,
    ),
    "histogram": Kind(
        draw_histogram, "one slice of numbers or bands, one metric that adds up", refuse_distribution,
        shape=shape_histogram, fit=keep_config, describe=describe_histogram,
    ),
    "cumulative": Kind(
        draw_cumulative, "one slice of numbers or bands, one metric that adds up", refuse_distribution, _never,
        shape=shape_histogram, fit=keep_config, describe=describe_histogram,
    ),
    "heat": Kind(draw_heat, "two slices, one metric", refuse_heat, _prefers_cells),
    "line": Kind(draw_line, "a time axis and at most one more slice", refuse_line, shape=shape_lines),
    "column": Kind(draw_column, "a time, a part of time or a number, and at most one more slice", refuse_column),
    "bar": Kind(draw_bar, f"one or two slices that aren't times, at most {MOST_BARS} bars", refuse_bar),
    "stack": Kind(
        draw_stack, "two slices that exclude each other, one metric that adds up", refuse_stack, _never,
        shape=shape_stack, fit=fit_stack, describe=describe_stack,
    ),
    "share": Kind(
        draw_stack, "two slices that exclude each other, one metric that adds up", refuse_stack, _never,
        shape=shape_stack, fit=fit_stack, describe=describe_stack,
    ),
    "area": Kind(
        draw_area, "a time axis, a slice whose groups exclude each other, one metric that adds up", refuse_area, _never,
        shape=shape_stack, fit=fit_stack, describe=describe_stack,
    ),
    "scatter": Kind(
        draw_scatter, "one slice, two metrics", refuse_scatter, _never,
        shape=shape_scatter, fit=keep_config, describe=describe_scatter, whole=True,
    ),
    "slope": Kind(
        draw_slope, "one slice, one metric, a comparison", refuse_slope, _never,
        shape=shape_slope, fit=fit_slope, describe=describe_slope, whole=True,
    ),
    "bullet": Kind(
        draw_bullet, "a metric that has a target, by one slice at most", refuse_bullet, _never,
        shape=shape_bullet, fit=fit_bullet, describe=describe_bullet, whole=True,
    ),
    "ranking": Kind(None, "one slice that isn't a time, and a time axis for its course", refuse_ranking, _never),
    "pivot": Kind(None, "two slices, one metric", refuse_pivot, _never),
    "shaded": Kind(None, "two slices, one metric", refuse_pivot, _never),
    "spark": Kind(draw_spark, "one time axis, one metric", refuse_spark, _never, shape=shape_spark),
    "focus": Kind(
        draw_focus, "a page that says which lines are in focus", lambda a: "no line is in focus here", _never,
        shape=shape_focus, fit=fit_focus, describe=describe_focus,
    ),
    "table": Kind(None, "nothing", lambda a: ""),
}  # fmt: skip


def propose_kind(answered: Answered) -> str:
    """Return the kind that shows such an answer best: the first of `KINDS` that is offered and preferred."""
    return next(name for name, kind in KINDS.items() if not kind.refuse(answered) and kind.preferred(answered))


def list_kinds(answered: Answered) -> tuple[str, ...]:
    """Return every kind that may show such an answer, the proposed one first."""
    best = propose_kind(answered)
    return (best, *(name for name, kind in KINDS.items() if name != best and not kind.refuse(answered)))


def refuse_kinds(answered: Answered) -> dict[str, str]:
    """Return why each kind that isn't offered isn't."""
    return {name: reason for name, kind in KINDS.items() if (reason := kind.refuse(answered))}


def shape_table(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the table that the spec of this configuration draws, whatever the answer's columns are called and hold.

    Numbers become float64 (NULL stays NULL), times milliseconds of their wall clock, a NULL category `(none)`; a line
    leaves out rows without a time. Raises KeyError for a column that the table lacks, ValueError for a time or a number
    that isn't one, and for a kind that has no drawing.
    """
    return _find_drawn(config.kind, "drawing").shape(table, config)


def fit_config(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with what the data decide, such as where the axis starts, and its height."""
    kind = _find_drawn(config.kind, "drawing")
    return fit_colors(table, kind.fit(table, fit_notes(table, config)))


def describe_chart(table: pa.Table, config: ChartConfig) -> str:
    """Return one sentence on what the chart shows, of at most 300 characters.

    Raises KeyError and ValueError as `shape_table` does.
    """
    return cut_sentence(_find_drawn(config.kind, "drawing").describe(table, config))


def split_config(config: ChartConfig) -> tuple[ChartConfig, ...]:
    """Return configurations of one axis each; a kind that draws all numbers in one picture is left whole."""
    return (config,) if config.kind in KINDS and KINDS[config.kind].whole else split_units(config)


def _size(config: ChartConfig) -> str:
    """Return how the drawing fits its place: a height that rows decide on is that of the plot, legends come on top."""
    return "fit-x" if KINDS[config.kind].whole else "fit"


def _find_drawn(name: str, lacking: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None or kind.draw is None:
        drawn = ", ".join(other for other, found in KINDS.items() if found.draw)
        raise ValueError(f"chart: kind {name!r} has no {lacking}. {drawn} would do.")
    return kind


def arrange_keys(kind: str, keys: tuple[Field, ...]) -> tuple[Field, Field | None, Field | None]:
    """Return the keys as x, series and facet: the time is the x of a line, a time or part of time that of columns.

    The facet of a funnel is what it is cut by; its steps are its x. Without keys, x is a field without a name.
    """
    if kind == "funnel":
        return keys[-1], None, keys[0] if len(keys) > 1 else None
    if len(keys) == 2 and (
        (kind in ("line", "area") and not is_time(keys[0]))
        or (kind == "column" and keys[0].kind == "category" and not keys[0].is_part)
        or (kind in ("stack", "share") and is_time(keys[1]))
    ):
        keys = keys[::-1]
    return keys[0] if keys else NOTHING, keys[1] if len(keys) > 1 else None, None


@lru_cache(maxsize=512)
def build_spec(config: ChartConfig) -> dict[str, Any]:
    """Return the Vega-Lite spec of a configuration, over the table that `shape_table` gives.

    Equal configurations get the very same dict, with sorted keys and no name that depends on the process. It holds no
    data and no title: a rerun then only swaps the table. Raises ValueError for a kind that isn't drawn by a spec.
    """
    draw = _find_drawn(config.kind, "spec").draw
    assert draw, "a kind that is drawn has a function that draws it"
    spec = draw(config).to_dict(validate=False)  # the tests validate, for it is most of the cost
    for layer in spec.get("layer", ()):  # one table for all, told once
        layer.pop("data", None)
    unit = "" if config.values[0].is_rate else config.values[0].unit
    # Altair's own theme would win over Streamlit's, so the whole of `config` is ours.
    spec |= {
        "data": {"name": DATA},
        # A reader of the screen is told the chart's sentence and given its table, not each of a hundred marks.
        "config": {"mark": {"aria": False}, "locale": write_locale(unit, config.locale)},
        "autosize": {"type": _size(config), "contains": "padding"},
    }
    stable: dict[str, Any] = json.loads(json.dumps(spec, sort_keys=True))
    return stable
