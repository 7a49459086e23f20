"""Moves between states as ribbons from the states before to the states after, as thick as there are moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, PAGE, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.flow import COUNT, SHARE, Moves, describe_flow, read_moves
from widgets.charts.keys import Floats, encode_text
from widgets.charts.matrix import wrap_name
from widgets.charts.numbers import format_full, format_value
from widgets.charts.palette import COLORS, assign_colors
from widgets.charts.words import WORDS
from widgets.translations import later, translate

if TYPE_CHECKING:
    import altair as alt

LEAST_HEIGHT, NODE_HEIGHT, HEAD = 300, 58, 24  # pixels: of all, of each state in it, of the words above
GAP = 14  # between the states of a side
LINE = 14  # pixels of a line of a label
LONG = 16  # letters of a name on one line
THIN = 0.01  # of all moves: below it a ribbon is gray, one of the other flows
POINTS = 21  # along a ribbon
BAR = 10  # pixels: the width of a state


@dataclass(frozen=True, slots=True)
class Node:
    """A state on one side: its name, None where there is no state, how many are in it, and where it lies in pixels."""

    name: str | None
    count: float
    top: float
    height: float


def fit_sankey(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with its height and the colours of its states."""
    moves = read_moves(table, config)
    return replace(
        config,
        height=HEAD + max(LEAST_HEIGHT, NODE_HEIGHT * (len(moves.names) + 1)),
        categories=assign_colors(moves.names[:COLORS], config.known),
    )


def place_nodes(moves: Moves, sides: list[int | None], room: float) -> dict[int | None, Node]:
    """Return the states of one side in their order, where there is none last, over `room` pixels and their gaps."""
    total, top = float(moves.count.sum()) or 1.0, float(HEAD)
    placed = dict[int | None, Node]()
    for state in (*range(len(moves.names)), None):
        if state in set(sides):
            count = float(sum(n for n, side in zip(moves.count.tolist(), sides, strict=True) if side == state))
            placed[state] = Node(None if state is None else moves.names[state], count, top, room * count / total)
            top += placed[state].height + GAP
    return placed


def shape_sankey(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return the points along each ribbon, and a row for each state on either side with what is said of it."""
    moves = read_moves(table, config)
    # Both sides at one scale, whichever has more states.
    states = max(len(set(moves.sources)), len(set(moves.targets)), 1)
    room = config.height - HEAD - GAP * (states - 1)
    before, after = (place_nodes(moves, sides, room) for sides in (moves.sources, moves.targets))
    rows = [*_list_ribbons(moves, before, after, config), *_list_nodes(moves, before, after, config)]
    schema = pa.schema(
        [("part", pa.string()), ("link", pa.int64()), ("x", pa.float64()), ("low", pa.float64()),
         ("high", pa.float64()), ("state", pa.string()), ("from_text", pa.string()), ("to_text", pa.string()),
         ("count_text", pa.string()), ("share_text", pa.string()), ("label", pa.string()), ("label_at", pa.float64()),
         ("head", pa.string())]
    )  # fmt: skip
    found = pa.Table.from_pylist(rows, schema=schema)
    return found.set_column(5, "state", _encode_states(found["state"].to_pylist()))


def _encode_states(states: list[str | None]) -> pa.Array:
    names = list(dict.fromkeys("" if state is None else state for state in states))
    codes = np.array([names.index("" if state is None else state) for state in states], dtype=np.int64)
    return encode_text(codes, names)


def _list_ribbons(
    moves: Moves, before: dict[int | None, Node], after: dict[int | None, Node], config: ChartConfig
) -> list[dict[str, Any]]:
    words, fields = WORDS[config.locale], {value.name: value for value in config.values}
    total = float(moves.count.sum()) or 1.0
    ranks = {state: rank for rank, state in enumerate(after)}
    begin = {state: rank for rank, state in enumerate(before)}
    order = sorted(range(len(moves.count)), key=lambda row: (begin[moves.sources[row]], ranks[moves.targets[row]]))
    left, right = ({state: node.top for state, node in side.items()} for side in (before, after))
    ends: dict[int, tuple[float, float, float]] = {}
    for row in order:
        source = moves.sources[row]
        tall = before[source].height * float(moves.count[row]) / (before[source].count or 1.0)
        ends[row] = left[source], 0.0, tall
        left[source] += tall
    for row in sorted(order, key=lambda row: (ranks[moves.targets[row]], begin[moves.sources[row]])):
        target = moves.targets[row]
        ends[row] = ends[row][0], right[target], ends[row][2]
        right[target] += ends[row][2]
    along = np.linspace(0.0, 1.0, POINTS)
    bend: Floats = along * along * (3 - 2 * along)
    rows = []
    for link, row in enumerate(order):
        source, target = moves.sources[row], moves.targets[row]
        start, end, tall = ends[row]
        count, share = float(moves.count[row]), float(moves.share[row])
        stayed = source == target and source is not None
        thin = not stayed and count < THIN * total
        told = {
            "part": "thin" if thin else "stayed" if stayed else "moved",
            "link": link,
            "state": moves.names[source] if source is not None else None,
            "from_text": moves.names[source] if source is not None else words["joined"],
            "to_text": moves.names[target] if target is not None else words["left"],
            "count_text": format_full(count, fields[COUNT], config.locale),
            "share_text": format_full(share, fields[SHARE], config.locale),
        }
        tops = start + (end - start) * bend
        rows += [
            told | {"x": x, "low": top, "high": top + tall}
            for x, top in zip(along.tolist(), tops.tolist(), strict=True)
        ]
    return rows


def _list_nodes(
    moves: Moves, before: dict[int | None, Node], after: dict[int | None, Node], config: ChartConfig
) -> list[dict[str, Any]]:
    words, rows = WORDS[config.locale], list[dict[str, Any]]()
    for side, nodes in enumerate((before, after)):
        labels = []
        for node in nodes.values():
            name = node.name if node.name is not None else words["left" if side else "joined"]
            labels.append(f"{wrap_name(name, LONG)}\n{format_value(node.count, 'number', '', config.locale)}")
        middles = np.array([node.top + node.height / 2 for node in nodes.values()])
        talls = np.array([LINE * (label.count("\n") + 1) + 2 for label in labels], dtype=np.float64)
        places = spread_labels(middles, talls, HEAD, config.height)
        for place, (node, label, at) in enumerate(zip(nodes.values(), labels, places.tolist(), strict=True)):
            rows.append(
                {
                    "part": "left" if side == 0 else "right",
                    "link": -1 - len(rows),
                    "x": float(side),
                    "low": node.top,
                    "high": node.top + max(node.height, 1.0),
                    "state": node.name,
                    "label": label,
                    "label_at": at - LINE * label.count("\n") / 2,  # where its first line stands
                    "head": (words["before"], words["after"])[side] if place == 0 else None,
                }
            )
    return rows


def spread_labels(middles: Floats, talls: Floats, low: float, high: float) -> Floats:
    """Return places for labels of these heights in the given order, as near to the middles as none covers another."""
    places, floor = middles.copy(), low
    for index, half in enumerate((talls / 2).tolist()):
        places[index] = max(places[index], floor + half)
        floor = places[index] + half
    ceiling = high
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], ceiling - talls[index] / 2)
        ceiling = places[index] - talls[index] / 2
    return places


def draw_sankey(config: ChartConfig) -> alt.LayerChart:
    """Return ribbons in the colour of the state before: who stayed pale, small flows gray; states at both ends."""
    import altair as alt

    words = WORDS[config.locale]
    margin = f"min(150, {PAGE} * 0.31)"
    across = alt.Scale(
        domain=[0, 1], range=[alt.ExprRef(margin), alt.ExprRef(f"width - {margin}")], nice=False, zero=False
    )
    down = alt.Scale(domain=[0, config.height], range=[0, config.height], nice=False, zero=False)
    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=alt.X("x:Q", scale=across, axis=None), y=alt.Y("low:Q", scale=down, axis=None), y2="high"
    )
    color = alt.Color("state:N", sort=None, legend=None, scale=alt.Scale(domain=list(config.categories)))
    tooltips = [
        alt.Tooltip("from_text:N", title=config.x.label),
        alt.Tooltip("to_text:N", title=config.series.label if config.series else words["after"]),
        alt.Tooltip("count_text:N", title=_label(config, COUNT)),
        alt.Tooltip("share_text:N", title=_label(config, SHARE)),
    ]
    layers: list[Any] = []
    for part, opacity in (("stayed", 0.22), ("thin", 0.45), ("moved", 0.6)):
        ribbons = base.transform_filter(f"datum.part == '{part}'").encode(detail="link:N", tooltip=tooltips)
        named = ribbons.transform_filter("datum.state != ''") if part != "thin" else None
        gray = ribbons.transform_filter("datum.state == ''") if part != "thin" else ribbons
        layers.append(gray.mark_area(color=GRAY, opacity=min(opacity, 0.45), line=False))
        if named is not None:
            layers.append(named.mark_area(opacity=opacity, line=False).encode(color=color))
    ends = base.transform_filter("datum.part == 'left' || datum.part == 'right'")
    layers.append(
        ends.transform_filter("datum.state != ''").mark_rule(strokeWidth=BAR, tooltip=None).encode(color=color)
    )
    layers.append(ends.transform_filter("datum.state == ''").mark_rule(strokeWidth=BAR, color=GRAY, tooltip=None))
    plain = alt.Chart(alt.NamedData(DATA)).encode(x=alt.X("x:Q", scale=across, axis=None))
    for part, side, shift in (("left", "right", -12), ("right", "left", 12)):
        style = draw_text(
            align=side, dx=shift, baseline="middle", lineBreak="\n", lineHeight=14, tooltip=None,
            limit={"expr": f"{margin} - 14"},
        )  # fmt: skip
        told = plain.transform_filter(f"datum.part == '{part}'")
        layers.append(told.properties(mark=style).encode(y=alt.Y("label_at:Q", scale=down, axis=None), text="label:N"))
        head = draw_text(y=8, align="center", baseline="middle", fontWeight=600, tooltip=None)
        layers.append(told.transform_filter("isValid(datum.head)").properties(mark=head).encode(text="head:N"))
    return alt.LayerChart(layer=layers).properties(height=config.height)


def _label(config: ChartConfig, name: str) -> str:
    return next((value.label for value in config.values if value.name == name), name)


def describe_sankey(table: pa.Table, config: ChartConfig) -> str:
    """Return what a matrix of the same moves says, and how many small flows are drawn as one."""
    moves = read_moves(table, config)
    total = float(moves.count.sum())
    thin = [
        count
        for count, source, target in zip(moves.count.tolist(), moves.sources, moves.targets, strict=True)
        if source != target and count < THIN * total
    ]
    text = describe_flow(table, config)
    if not thin:
        return text
    told = later("{text}; {count} other flows of less than 1% each, {moved} in all.")
    moved = format_value(sum(thin), "number", "", config.locale)
    return translate(config.locale, told, text=text[:-1], count=len(thin), moved=moved)
