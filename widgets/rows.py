"""Rows behind this number: the rows that feed an answer, or one of its groups, as a table with a download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from semantic import Answer, Catalogue, Question, Source, print_line
from semantic.calendar import Window, add_periods
from semantic.each import list_sources
from semantic.names import GRAINS
from semantic.question import Between, Filter
from semantic.resolved import LONG, DimensionKey, Key, Resolved, SegmentKey, TimeKey
from semantic.salvage import find_problems, salvage_question
from widgets.charts import format_period
from widgets.controls.values import write_term
from widgets.labels import label_metric, label_segment, label_term, read_language
from widgets.messages import show_refusal
from widgets.texts import escape_markdown
from widgets.words import name_options, say, say_count

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN, DOWNLOADED, MOST_GROUPS = 100, 100_000, 200
EVERYTHING = -1  # the place of all groups together


def leave_rows(catalogue: Catalogue, question: Question) -> Question:
    """The question of the numbers themselves; an order of their rows is none of theirs."""
    if question.rows is None:
        return question
    return salvage_question(catalogue, replace(question, rows=None, page=1, columns=()))[0]


def draw_rows(source: Source, catalogue: Catalogue, question: Question, asked: Question) -> None:
    """The expander of a question's answer; open from the beginning where the address asks for rows."""
    label = say("Rows behind this number")
    with st.expander(
        label, icon=":material/list_alt:", key="rows", on_change="rerun", expanded=asked.rows is not None
    ) as opened:
        if not opened.open:
            return
        answer = source.ask(question)
        wanted = _draw_choice(catalogue, answer)
        count = asked.rows or SHOWN
        wanted = replace(wanted, rows=count)
        if asked.rows:
            wanted = replace(wanted, columns=asked.columns, order=asked.order)
        if problems := find_problems(catalogue, wanted):
            show_refusal(problems)
            return
        turned = st.session_state.get("rows.page", {})  # by line: another question begins at its first page
        page = turned.get(print_line(wanted), asked.page)
        _draw_page(source, wanted, source.ask(replace(wanted, page=page)).table, page)


def narrow_question(question: Question, resolved: Resolved, row: Mapping[str, Any]) -> Question:
    """The question of one group of an answer, without groups: its days as the period, its values as filters."""
    filters = {item.dimension: item for item in question.filters}
    segments, period = question.segments, question.period
    window = _find_days(resolved, resolved.keys, row)
    if window.start and window.stop:
        period = Between(window.start, window.stop - timedelta(days=1))
    for key in resolved.keys:
        value = row[key.name]
        match key:
            case SegmentKey():
                segments = (str(value),)
            case TimeKey(name) if name in GRAINS and name not in ("hour", "minute"):
                continue
            case TimeKey() | DimensionKey():
                filters[key.name] = Filter(key.name, (write_term(value),))
    return replace(_ungroup(question), by=(), filters=tuple(filters.values()), segments=segments, period=period)


def _ungroup(question: Question) -> Question:
    """The question without what is about groups, or about other rows than its own."""
    return replace(question, compare=None, top=None, order=(), limit=None, totals=False, look=())


def _find_days(resolved: Resolved, keys: Sequence[Key], row: Mapping[str, Any]) -> Window:
    """The days of a row's periods that are asked; days to come only where rows stand for more than a day."""
    starts, stops = [resolved.asked.start], [resolved.asked.stop]
    days = [key.name for key in keys if isinstance(key, TimeKey) and key.name in GRAINS]
    for name in days:
        first = row[name]
        if name not in ("hour", "minute") and isinstance(first, date):
            starts.append(first)
            stops.append(add_periods(first, name, 1))
    if len(starts) == 1:
        return Window()
    sources = [leaf for column in resolved.columns for leaf in list_sources(column.value)]
    if not any(leaf.clock and leaf.clock.grain in LONG for leaf in sources):
        stops.append(resolved.as_of + timedelta(days=1))
    return Window(max(day for day in starts if day), min(day for day in stops if day))


def _draw_choice(catalogue: Catalogue, answer: Answer) -> Question:
    """Which metric and which group the rows are shown of."""
    question = answer.resolved.question
    metrics, rest = question.metrics, {mark.row for mark in answer.marks if mark.mark == "other"}
    groups = [place for place in range(min(answer.table.num_rows, MOST_GROUPS)) if place not in rest]
    rows = answer.table.slice(0, MOST_GROUPS).to_pylist()

    def name_place(place: int) -> str:
        return say("All of them") if place == EVERYTHING else name_group(catalogue, answer, rows[place])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(metrics) > 1:
            chosen = st.selectbox(
                say("Metric"),
                range(len(metrics)),
                format_func=name_options(
                    range(len(metrics)), lambda place: label_metric(catalogue, metrics[place], question)
                ),
                width=280,
                key="rows.metric",
            )
            metrics = (metrics[chosen],)
        place = EVERYTHING
        if answer.resolved.keys and groups:
            options = [EVERYTHING, *groups]
            names = name_options(options, name_place)
            place = st.selectbox(say("Of which group"), options, format_func=names, width=360, key="rows.group")
    alone = replace(question, metrics=metrics)
    return _ungroup(alone) if place == EVERYTHING else narrow_question(alone, answer.resolved, rows[place])


def name_group(catalogue: Catalogue, answer: Answer, row: Mapping[str, Any]) -> str:
    """`Nov 2023 · service`: what the groups of a row are called."""
    question, names = answer.resolved.question, []
    for key in answer.resolved.keys:
        value = row[key.name]
        if isinstance(key, SegmentKey):
            names.append(label_segment(catalogue, str(value), question))
        elif isinstance(key, TimeKey) and key.name in GRAINS and value is not None:
            names.append(format_period(value, key.name, read_language(question)))
        else:
            names.append(label_term(write_term(value), key.name))
    return " · ".join(names)


def _draw_page(source: Source, wanted: Question, table: pa.Table, page: int) -> None:
    assert wanted.rows is not None, "rows are asked"
    if not table.num_rows:
        st.caption(say("There are no rows.") if page == 1 else say("There are no more rows."))
    else:
        alt = say("Rows behind this number")
        st.dataframe(table, hide_index=True, key="rows.table", placeholder="–", alt=alt)
    first = (page - 1) * wanted.rows + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        if table.num_rows:
            last = first + table.num_rows - 1
            if wanted.order:
                told = say("Rows {first} to {last}, in the asked order, as they are stored.", first=first, last=last)
            else:
                told = say("Rows {first} to {last}, the newest first, as they are stored.", first=first, last=last)
            st.caption(escape_markdown(told))
        st.space("stretch")
        if page > 1:
            st.button(say("Back"), key="rows.back", on_click=_turn, args=(wanted, page - 1), type="tertiary")
        if table.num_rows == wanted.rows:
            st.button(say("More"), key="rows.more", on_click=_turn, args=(wanted, page + 1), type="tertiary")
        st.download_button(
            "CSV",
            data=lambda: source.ask(replace(wanted, rows=DOWNLOADED)).to_csv().encode("utf-8-sig"),
            file_name="rows.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
            key="rows.download",
            help=say_count("The first {count} row", "The first {count} rows", DOWNLOADED),
        )


def _turn(wanted: Question, page: int) -> None:
    st.session_state["rows.page"] = {print_line(wanted): page}
