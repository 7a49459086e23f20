"""Moves between states: from which to which, as a matrix, and what each state won or lost by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, PAGE, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import Floats, distinguish, encode_text, read_floats, read_keys
from widgets.charts.matrix import Cell, draw_matrix, shape_cells
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import MINUS, WORDS
from widgets.translations import translate

if TYPE_CHECKING:
    import altair as alt

COUNT, SHARE = "count", "share"  # columns of a flow's answer
BAR = 30


@dataclass(frozen=True, slots=True)
class Moves:
    """A row for each move; states are indices into `names`, None where there is none before, or after."""

    names: tuple[str, ...]
    sources: list[int | None]
    targets: list[int | None]
    count: Floats
    share: Floats

    def sum_nets(self) -> dict[int, tuple[float, float]]:
        """What came to each state and what went from it; who stayed did neither."""
        sums = dict.fromkeys(range(len(self.names)), (0.0, 0.0))
        for source, target, count in zip(self.sources, self.targets, self.count.tolist(), strict=True):
            if source == target:
                continue
            if target is not None:
                sums[target] = (sums[target][0] + count, sums[target][1])
            if source is not None:
                sums[source] = (sums[source][0], sums[source][1] + count)
        return sums


def read_moves(table: pa.Table, config: ChartConfig) -> Moves:
    """Return a flow's moves, its states in the order of both of its columns. Raises KeyError for a column it lacks."""
    assert config.series, "a move has two states"
    before, after = read_keys(table, config.x, config), read_keys(table, config.series, config)
    joined, left = ([flag is True for flag in _read_marks(table, name)] for name in ("@joined", "@left"))
    states = [before.names[code] for code, apart in zip(before.codes, joined, strict=True) if not apart]
    states += [after.names[code] for code, apart in zip(after.codes, left, strict=True) if not apart]
    names = tuple(dict.fromkeys(states))
    place = {name: index for index, name in enumerate(names)}
    return Moves(
        names,
        [None if apart else place[before.names[code]] for code, apart in zip(before.codes, joined, strict=True)],
        [None if apart else place[after.names[code]] for code, apart in zip(after.codes, left, strict=True)],
        np.nan_to_num(read_floats(table, COUNT)),
        read_floats(table, SHARE),
    )


def _read_marks(table: pa.Table, name: str) -> list[Any]:
    return table.column(name).to_pylist() if name in table.column_names else [False] * table.num_rows


def shape_flow(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a cell for each move: who stayed is muted, who joined and who left have a row and a column of their own.

    The last column is what each state won or lost.
    """
    moves, locale = read_moves(table, config), config.locale
    words, fields = WORDS[locale], {value.name: value for value in config.values}
    states, cells = len(moves.names), []
    for row, (source, target) in enumerate(zip(moves.sources, moves.targets, strict=True)):
        count, share = float(moves.count[row]), float(moves.share[row])
        text = format_value(share if np.isfinite(share) else None, "percent", "", locale)
        short = f"{share * 100:.0f}" if np.isfinite(share) else ""
        if source is None:  # a share of those who joined would be read as one of a state
            text = short = format_value(count, "number", "", locale)
        stayed = source == target and source is not None
        shade = None if stayed or source is None or not np.isfinite(share) else share
        at = states if source is None else source
        full = format_full(count, fields[COUNT], locale), format_full(share, fields[SHARE], locale)
        cells.append(Cell(at, states if target is None else target, shade, text, short, *full, muted=stayed))
    for state, (came, went) in moves.sum_nets().items():
        net = came - went
        text = _sign(net, format_value(abs(net), "number", "", locale))
        told = f"{words['in']} {format_full(came, fields[COUNT], locale)}, "
        told += f"{words['out'].lower()} {format_full(went, fields[COUNT], locale)}"
        cells.append(Cell(state, states + 1, None, text, text, told))
    rows = distinguish([*moves.names, words["joined"]])
    columns = distinguish([*moves.names, words["left"], words["net"]])
    return shape_cells(cells, rows, columns)


def draw_flow(config: ChartConfig) -> alt.LayerChart:
    """Return the matrix, rows from, columns to; a row's shares are of those who were in its state at first."""
    assert config.series, "a move has two states"
    labels = {value.name: value.label for value in config.values}
    title = f"{config.x.label} ↓  {config.series.label} →"
    return draw_matrix(config, title, (labels[COUNT], labels[SHARE]), upright=False)


def shape_net(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a bar for each state: how many more came than went."""
    moves, locale = read_moves(table, config), config.locale
    field = next(value for value in config.values if value.name == COUNT)
    nets = moves.sum_nets()
    net = np.array([came - went for came, went in nets.values()], dtype=np.float64)
    return pa.table(
        {
            "category": encode_text(np.arange(len(nets)), moves.names),
            "value": pa.array(net),
            "gain": pa.array(net >= 0),
            "label": pa.array(
                [_sign(v, format_value(abs(v), "number", "", locale)) for v in net.tolist()], pa.string()
            ),
            "value_text": pa.array([_sign(v, format_full(abs(v), field, locale)) for v in net.tolist()], pa.string()),
            "came": pa.array([format_full(came, field, locale) for came, _ in nets.values()], pa.string()),
            "went": pa.array([format_full(went, field, locale) for _, went in nets.values()], pa.string()),
        }
    )


def draw_net(config: ChartConfig) -> alt.LayerChart:
    """Return bars right of zero for what states won, left of it for what they lost, with the number at each end."""
    import altair as alt

    words = WORDS[config.locale]
    limit = alt.ExprRef(f"min(220, max(72, {PAGE} * 0.36))")
    names = alt.Axis(title=None, labelLimit=limit, labelPadding=8, domain=False, ticks=False)
    scale = alt.Scale(zero=True, nice=False, range=[56, alt.ExprRef("width - 56")])
    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=alt.X("value:Q", scale=scale, axis=alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False)),
        y=alt.Y("category:N", sort=None, axis=names),
        tooltip=[
            alt.Tooltip("category:N", title=config.x.label),
            alt.Tooltip("came:N", title=words["in"]),
            alt.Tooltip("went:N", title=words["out"]),
            alt.Tooltip("value_text:N", title=words["net"]),
        ],
    )
    bars = base.mark_bar(height=18).encode(color=alt.Color("gain:N", sort=[True, False], legend=None))
    right = base.transform_filter("datum.gain").properties(mark=draw_text(dx=6, baseline="middle"))
    left = base.transform_filter("!datum.gain").properties(mark=draw_text(dx=-6, baseline="middle", align="right"))
    layers = [bars, right.encode(text="label:N"), left.encode(text="label:N")]
    return alt.LayerChart(layer=layers).properties(height=alt.Step(BAR))


def describe_flow(table: pa.Table, config: ChartConfig) -> str:
    """Return how many moved, the biggest moves, and which state won and which lost most."""
    moves, locale = read_moves(table, config), config.locale

    def show(count: float) -> str:
        return format_value(count, locale=locale)

    nets = {state: came - went for state, (came, went) in moves.sum_nets().items()}
    rows = [row for row in range(len(moves.count)) if moves.sources[row] != moves.targets[row]]
    moved = show(sum(float(moves.count[row]) for row in rows))
    text = translate(locale, "Moves between {count} states: {moved} moved", count=len(moves.names), moved=moved)
    nowhere = translate(locale, "nowhere")
    parts = []
    for row in sorted(rows, key=lambda row: -moves.count[row])[:2]:
        source, target = moves.sources[row], moves.targets[row]
        before = nowhere if source is None else moves.names[source]
        after = nowhere if target is None else moves.names[target]
        count = show(float(moves.count[row]))
        parts.append(translate(locale, "{count} {before} to {after}", count=count, before=before, after=after))
    if parts:
        text = translate(locale, "{text}; most {moves}", text=text, moves=", ".join(parts))
    if nets and any(nets.values()):
        best, worst = max(nets, key=lambda state: nets[state]), min(nets, key=lambda state: nets[state])
        tell = [f"{moves.names[s]} {_sign(nets[s], show(abs(nets[s])))}" for s in dict.fromkeys([best, worst])]
        text = translate(locale, "{text}; net {states}", text=text, states=", ".join(tell))
    return f"{text}."


def _sign(number: float, size: str) -> str:
    return size if not number else f"{'+' if number > 0 else MINUS}{size}"
