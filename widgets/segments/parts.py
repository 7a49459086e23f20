"""Below the table: the pinned segments among all others, movement, overlap, and the segment when sent against now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import streamlit as st

from semantic import Question
from semantic.calendar import resolve_period
from semantic.question import Between, Journey, MetricAsk
from semantic.resolve import find_as_of
from semantic.salvage import find_problems
from widgets.asking import ask_ahead, tell_run, wait_answer
from widgets.charts import ChartConfig, Field, build_spec, describe_chart, fit_config, shape_table
from widgets.drawing import choose_drawing
from widgets.fields import Reading, read_value_field
from widgets.figure import draw_charts
from widgets.labels import speak_question
from widgets.links import link_explore
from widgets.messages import guard_body
from widgets.segments.address import MOST_PINS
from widgets.segments.bases import has_past
from widgets.segments.rows import (
    Rate,
    Row,
    ask_rates,
    ask_sizes,
    choose_rows,
    find_course,
    find_period,
    name_value,
    read_rates,
)
from widgets.texts import escape_markdown
from widgets.words import find_language, say

if TYPE_CHECKING:
    from semantic import Answer, Source
    from widgets.segments.address import Opened

MOST_BARS = 15  # of net changes
MOST_SETS = 12  # segments of which all combinations are shown
MOST_PAIRED = 20  # segments of which each two are
MOST_COMPARED = 10  # segments beside each other when nothing is pinned
TALL = 320


def draw_pinned(opened: Opened, rows: Sequence[Row], course: Answer) -> None:
    """The size of each segment over time: the pinned ones in colour, all others in grey."""
    catalogue, choice = opened.catalogue, opened.choice
    st.markdown(f"**{say('Size over time')}**")
    base, grain = choice.base, find_course(catalogue, choice.period)[0]
    labels = {row.key: row.label for row in rows}
    pinned = tuple(labels[pin] for pin in choice.pins if pin in labels)
    shown = pinned or (tuple(labels.values()) if len(labels) <= MOST_PINS else ())
    size = read_value_field(catalogue, base.size, base.ask(base.size))
    names = [labels.get(name_value(value), "") for value in course.table[base.key].to_pylist()]
    table = pa.table(
        {grain: course.table[grain], "segment": pa.array(names, pa.string()), size.name: course.table[size.name]}
    )
    table = table.filter(pa.array([bool(name) for name in names]))
    config = ChartConfig(
        kind="focus",
        x=Field(grain, say("Time"), "time", grain=grain),
        values=(size,),
        series=Field("segment", say("Segment")),
        categories=shown,
        locale=find_language(),
    )
    config = fit_config(table, config)
    st.vega_lite_chart(
        shape_table(table, config),
        build_spec(config),
        height=TALL,
        key="segments.focus",
        alt=describe_chart(table, config),
    )
    if not shown:
        st.caption(say("Choose up to five segments in the table to see them in colour here."))


def draw_movement(source: Source, opened: Opened, rows: Sequence[Row]) -> None:
    """Between which states people moved; of overlapping segments, by how much each grew or shrank."""
    catalogue, choice = opened.catalogue, opened.choice
    base = choice.base
    flow = speak_question(Question(journey=Journey("flow", (base.key,)), period=find_period(choice)))
    if base.exclusive and base.history and not find_problems(catalogue, flow):
        st.caption(say("From the first to the last day of the period: who moved from which segment to which."))
        _draw_question(source, opened, flow, "flow", "segments.flow")
        return
    moved = [row for row in rows if row.size is not None and row.before is not None]
    if not moved:
        told = say("This needs a period with a first and a last day.") if base.dated else _tell_no_past()
        st.info(told, icon=":material/swap_horiz:")
        return
    st.caption(
        say(
            "Who joined less who left, against the period before. "
            "One may be in several, so nobody moves from one to another."
        )
    )
    moved.sort(key=lambda row: -abs((row.size or 0) - (row.before or 0)))
    _draw_net(moved[:MOST_BARS], len(moved))
    link_explore(ask_sizes(choice), say("Open in Explore"))


def _tell_no_past() -> str:
    return say(
        "These segments have no past: who is in them is known as of now only. "
        "A view with valid: [from, to] in the catalogue would tell who was in them when."
    )


def _draw_net(rows: Sequence[Row], count: int) -> None:
    shown = sorted(rows, key=lambda row: (row.before or 0) - (row.size or 0))
    net = [float((row.size or 0) - (row.before or 0)) for row in shown]
    table = pa.table(
        {"segment": pa.array([row.label for row in shown], pa.string()), "net": pa.array(net, pa.float64())}
    )
    field = Field("net", say("Joined less left"), "number", format="number")
    config = ChartConfig(kind="bar", x=Field("segment", say("Segment")), values=(field,), locale=find_language())
    config = fit_config(table, config)
    alt = describe_chart(table, config)
    st.vega_lite_chart(shape_table(table, config), build_spec(config), key="segments.net", alt=alt)
    if count > len(rows):
        st.caption(say("The {shown} biggest changes of {count}.", shown=len(rows), count=count))


def draw_overlap(source: Source, opened: Opened, rows: Sequence[Row]) -> None:
    """Who is in exactly which segments, and each two of them."""
    catalogue, base = opened.catalogue, opened.choice.base
    if base.exclusive:
        told = say("Nobody is in two of these at once: they exclude each other.")
        st.info(told, icon=":material/join_inner:")
        return
    if len(rows) < 2:
        st.info(say("One segment alone overlaps with none."), icon=":material/join_inner:")
        return
    asked = _ask_overlap(opened)
    journey = asked.journey
    assert journey, "an overlap is a journey"
    if len(journey.names if base.names else rows) <= MOST_SETS:
        st.caption(say("On the last day of the period: the biggest groups who are in exactly the marked segments."))
        _draw_question(source, opened, asked, "upset", "segments.upset")
    pairs = replace(asked, journey=replace(journey, options=("pairs",)))
    if find_problems(catalogue, pairs):
        return
    chosen = [row.label for row in choose_rows(rows, {}, opened.choice)]
    pinned = [row.label for row in rows if row.key in opened.choice.pins]
    shown = pinned if len(pinned) > 1 else chosen[:MOST_PAIRED]
    st.caption(say("Each two of them: how many of the row's segment are in the column's too."))
    if len(shown) < len(rows):
        st.caption(
            say(
                "Shown are {shown} of {count} segments: the pinned ones, else the first of the table.",
                shown=len(shown),
                count=len(rows),
            )
        )
    _draw_question(source, opened, pairs, "pairs", "segments.pairs", shown)


def _ask_overlap(opened: Opened) -> Question:
    """The overlap of the pinned segments, or of all where fewer than two are; of a dimension, of all its values."""
    catalogue, choice = opened.catalogue, opened.choice
    base = choice.base
    window = resolve_period(find_period(choice), find_as_of(catalogue), catalogue.week_start)[1]
    last = min(window.stop - timedelta(days=1), find_as_of(catalogue)) if window.stop else find_as_of(catalogue)
    names: tuple[str, ...] = (base.key,)
    if base.names:
        pinned = tuple(pin for pin in choice.pins if pin in base.names)
        names = pinned if len(pinned) > 1 else base.names
    asked = Question(journey=Journey("overlap", names), period=Between(None, last))
    return speak_question(asked if not find_problems(catalogue, asked) else replace(asked, period=None))


def draw_sent(source: Source, opened: Opened, rows: Sequence[Row], rates: Mapping[str, Rate] | None) -> None:
    """A rate by the segment when its rows happened, beside the same by the segment of now."""
    catalogue, choice = opened.catalogue, opened.choice
    if not has_past(catalogue, choice.base, choice.rate if choice.rate in catalogue.metrics else ""):
        told = say("Choose a rate of events, such as messages, and segments that have a history.")
        st.info(told, icon=":material/history:")
        return
    now = ask_rates(choice, now=True)
    answer = wait_answer(ask_ahead(source, catalogue, "segments.now", [now])[now], "segments.now")
    if answer is None or rates is None:
        return
    field = read_value_field(catalogue, MetricAsk(choice.rate), now)
    st.markdown(f"**{escape_markdown(field.label)}**")
    st.caption(
        say(
            "People change segment after a message, often because of it: who clicked is active now. "
            "So the segment of now flatters, and the segment of then is what to plan by."
        )
    )
    shown = [row for row in rows if row.key in choice.pins] or list(rows[:MOST_COMPARED])
    _draw_both(shown, rates, read_rates(choice.base, answer, choice.rate), field)
    with st.container(horizontal=True):
        link_explore(ask_rates(choice), say("When it happened, in Explore"))
        link_explore(now, say("As of now, in Explore"))


def _draw_both(rows: Sequence[Row], then: Mapping[str, Rate], now: Mapping[str, Rate], field: Field) -> None:
    none = Rate(None)
    values = [(then.get(row.key, none).value, now.get(row.key, none).value) for row in rows]
    names = pa.array([row.label for row in rows], pa.string())
    table = pa.table(
        {
            "segment": names,
            "then": pa.array([before for before, _ in values], pa.float64()),
            "now": pa.array([after for _, after in values], pa.float64()),
        }
    )
    fields = (
        replace(field, name="then", label=say("Then")),
        replace(field, name="now", label=say("Now")),
    )
    left, right = st.columns([3, 2], gap="medium")
    config = ChartConfig(kind="bar", x=Field("segment", say("Segment")), values=fields, locale=find_language())
    config = fit_config(table, config)
    with left:
        alt = describe_chart(table, config)
        st.vega_lite_chart(shape_table(table, config), build_spec(config), key="segments.both", alt=alt)
    points = [None if before is None or after is None else (after - before) * 100 for before, after in values]
    table = table.append_column("points", pa.array(points, pa.float64()))
    right.dataframe(
        table,
        column_config={
            "segment": st.column_config.TextColumn(say("Segment"), pinned=True),
            "then": st.column_config.NumberColumn(say("Then"), format="percent"),
            "now": st.column_config.NumberColumn(say("Now"), format="percent"),
            "points": st.column_config.NumberColumn(say("Difference"), format="%+.2f pp"),
        },
        hide_index=True,
        placeholder="–",
        key="segments.both.table",
        alt=say("Table of the rate then and now"),
    )


def _draw_question(
    source: Source, opened: Opened, question: Question, kind: str, key: str, names: Sequence[str] = ()
) -> None:
    """The answer as a chart of that kind, and the way to Explore; of pairs, those between `names`."""
    catalogue = opened.catalogue
    with guard_body(lambda: tell_run(source, question)):
        answer = wait_answer(ask_ahead(source, catalogue, key, [question])[question], key, TALL)
        if answer is None:
            return
        drawing = choose_drawing(source, catalogue, answer, question)
        reading = _keep_names(drawing.reading, names) if names else drawing.reading
        if kind not in drawing.kinds or not reading.table.num_rows:
            st.info(say("There is nobody to show here."), icon=":material/inbox:")
        else:
            draw_charts(reading, kind, f"{key}.{kind}")
        link_explore(replace(question, look=(*question.look, ("chart", kind))), say("Open in Explore"))


def _keep_names(reading: Reading, names: Sequence[str]) -> Reading:
    """The rows of an overlap that are only about these segments; each pair is counted by itself, so none changes."""
    known = set(names)
    kept = [set(members) <= known for members in reading.table["@members"].to_pylist()]
    return replace(reading, table=reading.table.filter(pa.array(kept, pa.bool_())))
