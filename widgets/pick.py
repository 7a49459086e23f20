"""A group of an answer, clicked on in its chart or chosen below it: to filter by, or to see the rows of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from semantic.resolved import DimensionKey
from widgets.address import change_address
from widgets.charts.axes import MARKS
from widgets.charts.keys import read_keys
from widgets.rows import MOST_GROUPS, SHOWN, name_group, narrow_question
from widgets.words import name_options, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from semantic import Answer, Catalogue, Question, Source
    from widgets.charts import ChartConfig
    from widgets.fields import Reading

PICK = "pick"  # the selection of what is clicked on


def offer_marks(spec: Mapping[str, Any], config: ChartConfig) -> dict[str, Any] | None:
    """The spec with its marks to be clicked on; None where it has none that stand for a group."""
    if not any(layer.get("name") == MARKS for layer in spec.get("layer", ())):
        return None
    fields = ["category", "series"] if config.series else ["category"]
    select = {"type": "point", "fields": fields, "on": "click", "clear": "dblclick"}
    return {**spec, "params": [*spec.get("params", ()), {"name": PICK, "select": select, "views": [MARKS]}]}


def find_place(reading: Reading, config: ChartConfig, event: object) -> int | None:
    """The row of the mark that was clicked on last, None where none was."""
    chosen = (getattr(event, "selection", None) or {}).get(PICK) or []
    if not chosen:
        return None
    names = read_keys(reading.table, config.x, config)
    series = read_keys(reading.table, config.series, config) if config.series else None
    for row, code in enumerate(names.codes.tolist()):
        same = names.names[code] == chosen[-1].get("category")
        if same and (series is None or series.names[series.codes[row]] == chosen[-1].get("series")):
            return row
    return None


def draw_pick(source: Source, catalogue: Catalogue, answer: Answer, clicked: int | None) -> None:
    """A choice of the groups, which a click on the chart makes too, and what can be done with the chosen one."""
    if answer.resolved.journey or not answer.resolved.keys or not answer.table.num_rows:
        return
    rest = {mark.row for mark in answer.marks if mark.mark == "other"}
    groups = [place for place in range(min(answer.table.num_rows, MOST_GROUPS)) if place not in rest]
    rows = answer.table.slice(0, MOST_GROUPS).to_pylist()
    if clicked is not None and clicked in groups and st.session_state.get("pick.clicked") != (answer.line, clicked):
        st.session_state["pick"] = clicked
    st.session_state["pick.clicked"] = (answer.line, clicked)
    if st.session_state.get("pick") not in groups:
        st.session_state["pick"] = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            say("Look into a group"),
            groups,
            index=None,
            format_func=name_options(groups, lambda place: name_group(catalogue, answer, rows[place])),
            placeholder=say("Choose one"),
            width=320,
            key="pick",
        )
        if place is None:
            return
        row = rows[place]
        if any(isinstance(key, DimensionKey) for key in answer.resolved.keys):
            st.button(
                say("Filter by it"),
                icon=":material/filter_alt:",
                key="pick.filter",
                on_click=change_address,
                args=(source, lambda found: filter_group(found, answer, row)),
            )
        st.button(
            say("Show its rows"),
            icon=":material/list_alt:",
            key="pick.rows",
            on_click=_show_rows,
            args=(source, place),
        )


def filter_group(question: Question, answer: Answer, row: Mapping[str, Any]) -> Question:
    """The question within one group: filtered by its values, without the slices that are one value then."""
    narrow = narrow_question(question, answer.resolved, row)
    fixed = {key.name for key in answer.resolved.keys if isinstance(key, DimensionKey)}
    kept = tuple(key for key in question.by if key not in fixed)
    order = tuple(one for one in question.order if one.column not in fixed)
    return replace(
        question,
        by=kept,
        filters=narrow.filters,
        segments=narrow.segments if "segment" in question.by else question.segments,
        top=None,
        order=order,
        look=(),
    )


def _show_rows(source: Source, place: int) -> None:
    st.session_state["rows.group"] = place
    change_address(source, lambda found: replace(found, rows=SHOWN))
