"""Overlaps: how many are in exactly which sets (UpSet), and of every two sets which share of one is in the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import Floats, distinguish, read_column, read_floats
from widgets.charts.matrix import Cell, draw_matrix, shape_cells, wrap_name
from widgets.charts.numbers import format_full, format_value
from widgets.charts.words import WORDS
from widgets.translations import join_list, later, translate

if TYPE_CHECKING:
    import altair as alt

COUNT, MEMBERS = "count", "@members"  # columns of an overlap: how many are in exactly which sets, as lists of names
MOST_INTERSECTIONS = 20
BARS, GAP, ROW = 150, 14, 46  # pixels of the bars, of the distance, of a set's row
HEAD = 44  # pixels above the highest bar for a number on end
LONG = 19  # letters of a set's name on one line
NAMES = "min(190, max(124, width * 0.3))"  # pixels of the sets' names, sizes below them
GAUGE = f"datum.share * ({NAMES} - 56)"


@dataclass(frozen=True, slots=True)
class Sets:
    """Intersections, the biggest first: which of `names` each is of, and its count; `sizes` are those of the sets."""

    names: tuple[str, ...]
    members: list[frozenset[int]]
    count: Floats
    sizes: list[float]
    left_out: int


def read_sets(table: pa.Table, config: ChartConfig, most: int = MOST_INTERSECTIONS) -> Sets:
    """Return the biggest intersections, and the sets that these are of, by size. Raises KeyError for no such column."""
    lists = [tuple(value or ()) for value in read_column(table, MEMBERS).to_pylist()]
    count = np.nan_to_num(read_floats(table, COUNT))
    sizes: dict[str, float] = {}
    for names, number in zip(lists, count.tolist(), strict=True):
        for name in names:
            sizes[name] = sizes.get(name, 0.0) + number
    order = sorted(range(len(lists)), key=lambda row: (-count[row], len(lists[row]), lists[row]))
    shown = order[:most]
    used = {name for row in shown for name in lists[row]}
    names = tuple(sorted(used, key=lambda name: (-sizes[name], name)))
    place = {name: index for index, name in enumerate(names)}
    return Sets(
        names,
        [frozenset(place[name] for name in lists[row]) for row in shown],
        count[shown],
        [sizes[name] for name in names],
        len(order) - len(shown),
    )


def fit_upset(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with the height that the sets take."""
    return replace(config, height=HEAD + BARS + GAP + ROW * max(1, len(read_sets(table, config).names)))


def shape_upset(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a dot for each intersection and set, filled where it is of it; the first of each carries its bar.

    Heights are pixels from above. A row without an intersection is a set's name and size.
    """
    sets, locale = read_sets(table, config), config.locale
    field = next(value for value in config.values if value.name == COUNT)
    highest, largest = max(sets.count, default=0.0) or 1.0, max(sets.sizes, default=0.0) or 1.0
    base = HEAD + BARS + GAP
    rows: list[dict[str, Any]] = []
    for code, (members, count) in enumerate(zip(sets.members, sets.count.tolist(), strict=True)):
        named = ", ".join(sets.names[index] for index in sorted(members)) or WORDS[locale]["nobody"]
        top = HEAD + BARS * (1 - count / highest)
        link = (base + ROW * (min(members, default=0) + 0.5), base + ROW * (max(members, default=0) + 0.5))
        shared = {
            "column": code,
            "sets": named,
            "count_text": format_full(count, field, locale),
            "label": format_value(count, "number", "", locale),
        }
        rows.append(shared | {"part": "bar", "top": top, "bottom": HEAD + BARS})
        if len(members) > 1:
            rows.append(shared | {"part": "link", "top": link[0], "bottom": link[1]})
        for index in range(len(sets.names)):
            part = "dot" if index in members else "hole"
            rows.append(shared | {"part": part, "top": base + ROW * (index + 0.5), "bottom": None})
    for index, (name, size) in enumerate(zip(sets.names, sets.sizes, strict=True)):
        rows.append(
            {
                "part": "set",
                "sets": wrap_name(name, LONG),
                "count_text": format_full(size, field, locale),
                "label": format_value(size, "number", "", locale),
                "top": base + ROW * index,
                "bottom": base + ROW * (index + 1),
                "share": size / largest,
                "gauge": base + ROW * index + 9 + 13 * (1 + wrap_name(name, LONG).count("\n")),
            }
        )
    schema = pa.schema(
        [("part", pa.string()), ("column", pa.int64()), ("sets", pa.string()), ("count_text", pa.string()),
         ("label", pa.string()), ("top", pa.float64()), ("bottom", pa.float64()), ("share", pa.float64()),
         ("gauge", pa.float64())]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def draw_upset(config: ChartConfig) -> alt.LayerChart:
    """Return the bars of the intersections above a matrix of dots, the sets' names and sizes beside it."""
    import altair as alt

    field = next(value for value in config.values if value.name == COUNT)
    down = alt.Scale(domain=[0, config.height], range=[0, config.height], nice=False, zero=False)
    bands = alt.Scale(range=[alt.ExprRef(NAMES), alt.ExprRef("width")], paddingInner=0.3, paddingOuter=0.15)
    source = alt.Chart(alt.NamedData(DATA))
    tooltips = [alt.Tooltip("sets:N", title=config.x.label), alt.Tooltip("count_text:N", title=field.label)]
    y = alt.Y("top:Q", scale=down, axis=None)
    base = source.transform_filter("datum.part != 'set'").encode(x=alt.X("column:O", scale=bands, axis=None), y=y)
    bars = base.transform_filter("datum.part == 'bar'").mark_bar(cornerRadiusEnd=2)
    wide = "bandwidth('x') > 26"
    label = draw_text(
        dy=alt.ExprRef(f"{wide} ? -7 : 0"), dx=alt.ExprRef(f"{wide} ? 0 : 5"),
        angle=alt.ExprRef(f"{wide} ? 0 : -90"), align=alt.ExprRef(f"{wide} ? 'center' : 'left'"), baseline="middle",
    )  # fmt: skip
    holes = base.transform_filter("datum.part == 'hole'").mark_point(filled=True, size=50, color=GRAY, opacity=0.25)
    dots = base.transform_filter("datum.part == 'dot'").mark_point(filled=True, size=80, opacity=1)
    links = base.transform_filter("datum.part == 'link'").mark_bar(size=2.5).encode(y2="bottom")
    sets = source.transform_filter("datum.part == 'set'")
    gauges = sets.encode(y=alt.Y("gauge:Q", scale=down, axis=None))
    lines: dict[str, Any] = {"lineBreak": "\n", "lineHeight": 13, "limit": {"expr": f"{NAMES} - 6"}}
    name = draw_text(x=0, dy=2, baseline="top", tooltip=None, **lines)
    gauge = {"type": "rect", "x": 0, "x2": {"expr": GAUGE}, "height": 4, "cornerRadius": 2}
    size = draw_text(baseline="middle", dy=2, fontSize=11, x={"expr": f"{GAUGE} + 6"}, tooltip=None)
    layers = [
        bars.encode(y2="bottom", tooltip=tooltips),
        base.transform_filter("datum.part == 'bar'").properties(mark=label).encode(text="label:N"),
        holes,
        links,
        dots.encode(tooltip=tooltips),
        sets.encode(y=y).properties(mark=name).encode(text="sets:N"),
        gauges.properties(mark=size).encode(text="label:N"),
        gauges.properties(mark=gauge).encode(tooltip=tooltips),
    ]
    return alt.LayerChart(layer=layers).properties(height=config.height)


def describe_upset(table: pa.Table, config: ChartConfig) -> str:
    """Return how many intersections there are, the biggest of them, and the biggest set."""
    sets, locale = read_sets(table, config), config.locale
    if not len(sets.count):
        return translate(locale, "Overlap: no data.")
    shown, total, among = len(sets.count), len(sets.count) + sets.left_out, len(sets.names)
    if sets.left_out:
        told = later("Overlap of {sets} sets, the {shown} biggest of {total} intersections")
        head = translate(locale, told, sets=among, shown=shown, total=total)
    else:
        head = translate(locale, "Overlap of {sets} sets, {total} intersections", sets=among, total=total)
    parts = []
    for members, number in list(zip(sets.members, sets.count.tolist(), strict=True))[:3]:
        count = format_value(number, locale=locale)
        if members:
            named = join_list(locale, [sets.names[index] for index in sorted(members)])
            parts.append(translate(locale, "{count} in exactly {sets}", count=count, sets=named))
        else:
            parts.append(translate(locale, "{count} in none of these", count=count))
    if sets.names:
        size = format_value(sets.sizes[0], locale=locale)
        parts.append(translate(locale, "biggest set {name}, {count}", name=sets.names[0], count=size))
    return translate(locale, "{head}: {parts}.", head=head, parts="; ".join(parts))


def shape_pairs(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return a cell for every two sets: which share of the row's set is in the column's, too; its size comes first."""
    sizes, both = read_pairs(table, config)
    names, locale = list(sizes), config.locale
    field = next(value for value in config.values if value.name == COUNT)
    cells = []
    for row, name in enumerate(names):
        size = format_value(sizes[name], "number", "", locale)
        cells.append(Cell(row, 0, None, size, size, format_full(sizes[name], field, locale)))
        for column, other in enumerate(names):
            if name == other:
                cells.append(Cell(row, column + 1, None, "", "", muted=True))
                continue
            count = both.get(frozenset((name, other)), 0.0)
            share = count / sizes[name] if sizes[name] else None
            text = format_value(share, "percent", "", locale)
            short = "" if share is None else f"{share * 100:.0f}"
            cells.append(Cell(row, column + 1, share, text, short, format_full(count, field, locale), text))
    return shape_cells(cells, names, distinguish([WORDS[locale]["size"], *names]))


def read_pairs(table: pa.Table, config: ChartConfig) -> tuple[dict[str, float], dict[frozenset[str], float]]:
    """Return the sizes of the sets, the biggest first, and what every two have in common."""
    lists = [tuple(value or ()) for value in read_column(table, MEMBERS).to_pylist()]
    count = np.nan_to_num(read_floats(table, COUNT)).tolist()
    rows = list(zip(lists, count, strict=True))
    singles = {names[0]: number for names, number in rows if len(names) == 1}
    both = {frozenset(names): number for names, number in rows if len(names) == 2}
    return dict(sorted(singles.items(), key=lambda item: (-item[1], item[0]))), both


def draw_pairs(config: ChartConfig) -> alt.LayerChart:
    """Return the matrix; the diagonal is muted."""
    words = WORDS[config.locale]
    field = next(value for value in config.values if value.name == COUNT)
    return draw_matrix(config, words["also"], (field.label, words["share"]), upright=False)


def describe_pairs(table: pa.Table, config: ChartConfig) -> str:
    """Return the sets by size, and the two that overlap most."""
    (sizes, both), locale = read_pairs(table, config), config.locale
    if not sizes:
        return translate(locale, "Overlap by twos: no data.")
    largest = next(iter(sizes))
    size = format_value(sizes[largest], locale=locale)
    told = later("Overlap by twos of {count} sets: the biggest is {name}, {size}")
    text = translate(locale, told, count=len(sizes), name=largest, size=size)
    shares = [
        (count / sizes[name], name, next(iter(pair - {name})))
        for pair, count in both.items()
        for name in sorted(pair)
        if sizes.get(name)
    ]
    if shares:
        share, name, other = max(shares, key=lambda item: (item[0], item[1]))
        told = later("{text}; most of one is in another for {name}: {share} are in {other}, too")
        shown = format_value(share, "percent", locale=locale)
        text = translate(locale, told, text=text, name=name, share=shown, other=other)
    return f"{text}."
