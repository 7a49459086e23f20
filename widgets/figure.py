"""An answer as a figure: number, chart or table, its notes, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from semantic import Answer, Catalogue, Question, Source
from semantic.question import Top
from widgets.address import bind_control, change_address
from widgets.annotations import tell_notes
from widgets.asking import ask_ahead, wait_answer
from widgets.badges import draw_badges, list_badges, tell_legend
from widgets.charts import build_spec, describe_chart, fit_config, shape_table, split_config
from widgets.copy_link import draw_copy_link
from widgets.drawing import Drawing, choose_drawing, find_trends
from widgets.drill import draw_drill
from widgets.empty import draw_empty, drop_part, explain_empty
from widgets.explain import draw_explanation
from widgets.exports.menu import draw_answer_files, find_base
from widgets.exports.report import read_part, report_part
from widgets.fields import Reading
from widgets.journeys import focus_reading
from widgets.labels import title_question
from widgets.notes import tell_context, tell_look, tell_missing
from widgets.pick import draw_pick, find_place, offer_marks
from widgets.pictures import explain_pictures, name_kind, name_picture
from widgets.pivot import draw_pivot
from widgets.ranking import draw_ranking
from widgets.save import draw_save
from widgets.tables import draw_table, draw_totals
from widgets.targets import find_targets
from widgets.texts import escape_markdown
from widgets.tiles import draw_tile
from widgets.words import name_options, say, say_count

HEIGHT = 320  # pixels of the skeleton
MANY = 60  # rows that no bar chart holds
FEW = 10  # groups that are offered in their place
MOST_PILLS = 6  # kinds beside each other; more are a list
PIVOTS = ("pivot", "shaded")
LEAST_HEIGHT, NAME_HEIGHT = 140, 40  # of a chart that shares its height with others, and of the name above it


def draw_figure(source: Source, catalogue: Catalogue, question: Question) -> None:
    """Asks the question and draws its answer, with all that can be done with it. Raises Refused and Failed."""
    asking = ask_ahead(source, catalogue, "explore", [question])[question]
    with st.container(key="figure"):
        st.subheader(escape_markdown(title_question(catalogue, question)), anchor=False)
        answer = wait_answer(asking, "figure", HEIGHT)
        if answer is None:
            return
        drawing = choose_drawing(source, catalogue, answer, question)
        reading, kind = drawing.reading, drawing.kind
        st.caption(escape_markdown(tell_context(catalogue, answer)))
        _draw_toolbar(source, catalogue, drawing, question)
        if drawing.is_empty:
            _draw_empty(source, catalogue, drawing, question)
        else:
            clicked = draw_drawing(source, catalogue, drawing, "", clicks=True)
            draw_pick(source, catalogue, answer, clicked)
    draw_drill(source, catalogue, answer)
    if not drawing.is_empty:
        draw_badges(list_badges(source, catalogue, reading, answer, kind), "badges")
    look = () if drawing.is_empty else tell_look(question, kind, drawing.refused)
    legend = tell_legend(reading, answer, kind)
    for note in (*tell_missing(catalogue, answer), *look, *legend, *tell_notes(reading, kind)):
        st.caption(escape_markdown(note))
    _draw_hint(source, question, reading, kind)
    if kind not in ("table", "number") and reading.table.num_rows:
        table = st.expander(say("Show as table"), icon=":material/table_rows:", key="as_table", on_change="rerun")
        if table.open:
            with table:
                draw_table(reading, "table", name_table(reading))
    if answer.totals and reading.keys and kind not in PIVOTS:
        st.markdown(f"**{say('Totals')}**")
        draw_totals(reading, answer.totals, "totals")
    draw_explanation(source, catalogue, answer)


def draw_drawing(
    source: Source,
    catalogue: Catalogue,
    drawing: Drawing,
    prefix: str,
    height: int | None = None,
    bare: bool = False,
    clicks: bool = False,
) -> int | None:
    """The numbers, chart or table; `prefix` tells its widgets from those of others on the page.

    `height` is what there is for it in pixels, where that isn't its own; `bare` numbers have no frame, and a single one
    no label. With `clicks`, the row whose mark was clicked on.
    """
    reading, kind = drawing.reading, drawing.kind
    if kind == "number":
        draw_numbers(source, catalogue, drawing.drawn, drawing.answer, f"{prefix}tiles", bare)
    elif kind == "table":
        draw_table(reading, f"{prefix}table", name_table(reading), height)
    elif kind == "ranking":
        ordered = bool(drawing.answer.resolved.question.order)
        draw_ranking(reading, ordered, f"{prefix}ranking", name_table(reading), height)
    elif kind in PIVOTS:
        draw_pivot(reading, drawing.answer, f"{prefix}{kind}", name_table(reading), height, shaded=kind == "shaded")
    else:
        return draw_charts(drawing.drawn, kind, f"{prefix}chart.{kind}", height, clicks)
    return None


def draw_charts(reading: Reading, kind: str, key: str, height: int | None = None, clicks: bool = False) -> int | None:
    """The reading as charts of that kind, one for each unit, with its metrics' names above where there are several.

    They share `height` where their own isn't made of their rows. With `clicks`, the row whose mark was clicked on.
    """
    clicked = None
    parts = split_config(reading.configure(kind))
    named = NAME_HEIGHT if len(parts) > 1 else 0
    tall: int | Literal["content"] = "content"
    if height and kind in ("line", "column"):
        tall = max(LEAST_HEIGHT, height // len(parts) - named)
    for place, part in enumerate(parts):
        config = fit_config(reading.table, part)
        if len(parts) > 1:
            st.markdown("**" + escape_markdown(" · ".join(value.label for value in config.values)) + "**")
        shown = shape_table(reading.table, config)
        alt = describe_chart(reading.table, config)
        spec = build_spec(config)
        if clicks and (marked := offer_marks(spec, config)):
            event = st.vega_lite_chart(shown, marked, height=tall, key=f"{key}.{place}", alt=alt, on_select="rerun")
            clicked = find_place(reading, config, event) if clicked is None else clicked
        else:
            st.vega_lite_chart(shown, spec, height=tall, key=f"{key}.{place}", alt=alt)
    return clicked


def _draw_toolbar(source: Source, catalogue: Catalogue, drawing: Drawing, question: Question) -> None:
    answer, kinds, kind = drawing.answer, drawing.kinds, drawing.kind

    def choose(found: Question, chosen: str | None) -> Question:
        look = tuple(pair for pair in found.look if pair[0] != "chart")
        if chosen in PIVOTS:  # with the totals at its sides
            found = replace(found, totals=True)
        return replace(found, look=look if chosen in (None, kinds[0]) else (*look, ("chart", str(chosen))))

    with st.container(horizontal=True, vertical_alignment="center"):
        if len(kinds) > MOST_PILLS:
            bound = bind_control(source, "kind", kind, choose)
            st.selectbox(
                say("Shown as"),
                kinds,
                format_func=name_options(kinds, name_kind),
                label_visibility="collapsed",
                width=200,
                **bound,
            )
        elif len(kinds) > 1:
            bound = bind_control(source, "kind", kind, choose)
            st.segmented_control(
                say("Shown as"),
                kinds,
                format_func=name_options(kinds, name_picture),
                required=True,
                label_visibility="collapsed",
                **bound,
            )
        _draw_refused(catalogue, answer, drawing.reading)
        st.space("stretch")
        draw_save(catalogue, question)
        draw_copy_link(answer.line, "copy_link")
        with st.popover(say("Download"), icon=":material/download:", key="files", on_change="rerun") as files:
            if files.open:
                title = title_question(catalogue, answer.resolved.question)
                part = read_part(source, catalogue, drawing, title)
                draw_answer_files(report_part(catalogue, part, find_base()), "download")


def draw_numbers(
    source: Source, catalogue: Catalogue, reading: Reading, answer: Answer, key: str = "tiles", bare: bool = False
) -> None:
    """A tile for each metric of a single row, with its change and the course of it over the period."""
    row = reading.table.slice(0, 1).to_pylist()[0]
    trends, targets = find_trends(source, catalogue, answer), find_targets(source, catalogue, answer)
    with st.grid(min(4, max(1 if bare else 2, len(reading.values))), min_column_width=160, key=key):
        for field, better in zip(reading.values, reading.better, strict=True):
            metric = next(column.metric for column in answer.resolved.columns if column.name == field.name)
            described = catalogue.metrics[metric].description
            draw_tile(
                field,
                row[field.name],
                row.get(f"{field.name}@compare"),
                compare=reading.versus,
                better=better,
                target=targets.get(field.name),
                trend=trends.get(field.name, ()),
                locale=reading.locale,
                help=described.read(reading.locale) if described else "",
                border=not bare,
                labelled=not bare or len(reading.values) > 1,
            )


def _draw_hint(source: Source, question: Question, reading: Reading, kind: str) -> None:
    """Too many groups for a chart: the biggest of them would do."""
    dimensions = [key for key in reading.keys if key.kind != "time" and not key.is_part]
    many = kind == "table" and len(dimensions) == 1 and len(reading.keys) == 1 and reading.table.num_rows > MANY
    if not many or question.top or dict(question.look).get("chart") == "table":
        return

    def shrink(found: Question) -> Question:
        return replace(found, top=Top(FEW))

    with st.container(horizontal=True, vertical_alignment="center"):
        rows = reading.table.num_rows
        st.caption(
            say_count("{count} group is too many for a chart.", "{count} groups are too many for a chart.", rows)
        )
        label = say_count("Show the {count} biggest", "Show the {count} biggest", FEW)
        st.button(label, key="shrink", on_click=change_address, args=(source, shrink), type="tertiary")


def _draw_refused(catalogue: Catalogue, answer: Answer, reading: Reading) -> None:
    """Why not another chart? The kinds that aren't offered, each with the reason."""
    with st.popover(
        say("Other charts …"), type="tertiary", icon=":material/block:", key="refused", on_change="rerun"
    ) as told:
        if told.open:
            focused = focus_reading(reading, answer.resolved.question)
            reasons: dict[str, list[str]] = {}
            for kind, reason in explain_pictures(catalogue, answer, focused).items():
                reasons.setdefault(reason, []).append(name_kind(kind))
            lines = [f"- **{', '.join(names)}**: {escape_markdown(reason)}" for reason, names in reasons.items()]
            st.markdown("\n".join(lines))


def _draw_empty(source: Source, catalogue: Catalogue, drawing: Drawing, question: Question) -> None:
    """Why there is nothing, and which filter would be given up."""

    def remove(part: str) -> None:
        change_address(source, lambda found: drop_part(found, part))

    with st.container(border=True):
        empty = explain_empty(source, catalogue, question, drawing.answer)
        draw_empty(catalogue, question, empty, "", remove)


def name_table(reading: Reading) -> str:
    """What a table is called for who can't see it."""
    names = ", ".join(field.label for field in (*reading.keys, *reading.values))
    rows = reading.table.num_rows
    return say_count("Table of {names}, {count} row", "Table of {names}, {count} rows", rows, names=names)
