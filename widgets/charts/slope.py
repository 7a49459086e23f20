"""Slopes: the rank of each group in an earlier period and in this one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from widgets.charts.axes import DATA, GRAY, PAGE, draw_text
from widgets.charts.description import ChartConfig
from widgets.charts.keys import read_flags, read_floats, read_keys
from widgets.charts.matrix import wrap_name
from widgets.charts.numbers import format_change, format_full, format_value
from widgets.charts.words import WORDS
from widgets.translations import later, translate

if TYPE_CHECKING:
    import altair as alt

STEP, HEAD = 34, 26  # pixels of a rank, and of the periods' names above
LONG = 18  # letters of a name on one line
RISE = later("{text}; {name} rose from {before} to {now}")
FALL = later("{text}; {name} fell from {before} to {now}")


@dataclass(frozen=True, slots=True)
class Rank:
    """A group that has a value in both periods: its values and its places among these groups, 0 is the highest."""

    name: str
    before: float
    now: float
    place_before: int
    place_now: int


def read_ranks(table: pa.Table, config: ChartConfig) -> list[Rank]:
    """Return the groups by their place of now; equal values keep the table's order."""
    keys, field = read_keys(table, config.x, config), config.values[0]
    now, before = read_floats(table, field.name), read_floats(table, f"{field.name}@compare")
    named = ~read_flags(table, config.other_column)  # the rest of a top has no rank
    known = np.flatnonzero(np.isfinite(now) & np.isfinite(before) & named)
    places = [np.argsort(np.argsort(-numbers[known], kind="stable")) for numbers in (before, now)]
    ranks = [
        Rank(keys.names[keys.codes[row]], float(before[row]), float(now[row]), int(old), int(new))
        for row, old, new in zip(known.tolist(), *places, strict=True)
    ]
    return sorted(ranks, key=lambda rank: rank.place_now)


def fit_slope(table: pa.Table, config: ChartConfig) -> ChartConfig:
    """Return the configuration with the height that its ranks take."""
    return replace(config, height=HEAD + STEP * max(1, len(read_ranks(table, config))))


def shape_slope(table: pa.Table, config: ChartConfig) -> pa.Table:
    """Return two ends for each group, 0 is before and 1 is now, with heights in pixels and what stands beside them."""
    rows: list[dict[str, Any]] = []
    field, locale = config.values[0], config.locale
    for rank in read_ranks(table, config):
        shared = {
            "category": rank.name,
            "moved": (rank.place_before > rank.place_now) - (rank.place_before < rank.place_now),
            "before_text": f"{rank.place_before + 1}. {format_full(rank.before, field, locale)}",
            "now_text": f"{rank.place_now + 1}. {format_full(rank.now, field, locale)}",
            "change_text": format_change(rank.now, rank.before, field.format, locale),
        }
        old, new = (format_value(value, field.format, field.unit, locale) for value in (rank.before, rank.now))
        top = [HEAD + STEP * (place + 0.5) for place in (rank.place_before, rank.place_now)]
        rows.append(shared | {"end": 0, "top": top[0], "label": f"{rank.place_before + 1}. {old}"})
        rows.append(shared | {"end": 1, "top": top[1], "label": wrap_name(f"{rank.place_now + 1}. {rank.name}", LONG)})
        rows[-1]["value"] = new
        if rank.place_now == 0:
            rows[-2]["head"], rows[-1]["head"] = WORDS[locale]["before"], WORDS[locale]["now"]
    schema = pa.schema(
        [("category", pa.string()), ("moved", pa.int64()), ("before_text", pa.string()), ("now_text", pa.string()),
         ("change_text", pa.string()), ("end", pa.int64()), ("top", pa.float64()), ("label", pa.string()),
         ("value", pa.string()), ("head", pa.string())]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def draw_slope(config: ChartConfig) -> alt.LayerChart:
    """Return a line for each group from its place before to its place now; who kept it is gray."""
    import altair as alt

    words = WORDS[config.locale]
    right = f"max(width * 0.34, width - min(240, {PAGE} * 0.5))"
    down = alt.Scale(domain=[0, config.height], range=[0, config.height], nice=False, zero=False)
    ends = alt.Scale(domain=[0, 1], range=[74, alt.ExprRef(right)], nice=False, zero=False)
    plain = alt.Chart(alt.NamedData(DATA)).encode(x=alt.X("end:Q", scale=ends, axis=None))
    base = plain.encode(
        y=alt.Y("top:Q", scale=down, axis=None),
        tooltip=[
            alt.Tooltip("category:N", title=config.x.label),
            alt.Tooltip("before_text:N", title=config.compare),
            alt.Tooltip("now_text:N", title=words["now"]),
            alt.Tooltip("change_text:N", title=words["change"]),
        ],
    )
    color: Any = alt.Color("moved:N", scale=alt.Scale(domain=[1, -1, 0]), legend=None)
    color.condition = {"test": "datum.moved == 0", "value": GRAY}
    lines = base.mark_line(strokeWidth=2).encode(detail="category:N", color=color)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(color=color)
    left = base.transform_filter("datum.end == 0").properties(mark=draw_text(dx=-8, align="right", baseline="middle"))
    names = base.transform_filter("datum.end == 1").properties(
        mark=draw_text(dx=64, baseline="middle", lineBreak="\n", lineHeight=13)
    )
    values = base.transform_filter("datum.end == 1").properties(mark=draw_text(dx=8, baseline="middle"))
    heads = plain.transform_filter("isValid(datum.head)").properties(
        mark=draw_text(y=10, align="center", baseline="middle", fontWeight=600, tooltip=None)
    )
    heads = heads.encode(text="head:N")
    layers = [
        heads,
        lines,
        dots,
        left.encode(text="label:N"),
        names.encode(text="label:N"),
        values.encode(text="value:N"),
    ]
    return alt.LayerChart(layer=layers).properties(height=config.height)


def describe_slope(table: pa.Table, config: ChartConfig) -> str:
    """Return who is first and was first, and who rose and fell most."""
    ranks, locale, field = read_ranks(table, config), config.locale, config.values[0]
    head = translate(
        locale,
        "Ranks of {groups} by {value}, {compare} and now",
        groups=config.x.label.lower(),
        value=field.label.lower(),
        compare=config.compare.lower(),
    )
    if not ranks:
        return translate(locale, "{head}: no group has both.", head=head)
    first = next(rank for rank in ranks if rank.place_before == 0)
    value = format_value(ranks[0].now, field.format, field.unit, locale)
    told = {"head": head, "name": ranks[0].name, "value": value}
    if first.name == ranks[0].name:
        text = translate(locale, "{head}: first is {name}, {value} as before", **told)
    else:
        text = translate(locale, "{head}: first is {name}, {value}, before it was {other}", **told, other=first.name)
    moves = sorted(ranks, key=lambda rank: rank.place_now - rank.place_before)
    for rank, moved in ((moves[0], RISE), (moves[-1], FALL)):
        rose = rank.place_before - rank.place_now
        if rose > 0 if moved is RISE else rose < 0:
            places = {"before": rank.place_before + 1, "now": rank.place_now + 1}
            text = translate(locale, moved, text=text, name=rank.name, **places)
    return f"{text}."
