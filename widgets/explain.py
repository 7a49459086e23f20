"""Explain this number: its formula with the values filled in, its rows and filters in words, and the SQL that ran."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from semantic import Answer, Catalogue, Compiled, Failed, Source
from semantic.annotate import annotate_sql
from semantic.explain import explain_question, fill_formula, list_formula_parts
from semantic.question import MetricAsk
from semantic.salvage import find_problems
from semantic.values import find_metric
from widgets.labels import label_filter, label_metric
from widgets.texts import escape_markdown
from widgets.words import find_language, say, say_count

MOST_EXPLAINED = 8


def draw_explanation(source: Source, catalogue: Catalogue, answer: Answer) -> None:
    """The expander; what is in it is computed once it is opened."""
    with st.expander(
        say("Explain this number"), icon=":material/help_center:", key="explain", on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        names = {find_metric(catalogue, ask.name): ask for ask in answer.resolved.question.metrics[:MOST_EXPLAINED]}
        values = ask_parts(source, catalogue, answer, list(names))
        for name in names:
            _explain_metric(catalogue, answer, name, values)
        steps = explain_question(
            catalogue, Compiled(answer.resolved.question, answer.resolved, answer.plan, answer.sql)
        )
        st.markdown(
            f"**{say('How it was computed')}**\n\n" + "\n".join(f"1. {escape_markdown(step)}" for step in steps)
        )
        st.markdown(_tell_rows(catalogue, answer))
        st.markdown(f"**{say('The SQL that ran')}**")
        st.code(annotate_sql(answer.plan, answer.sql), language="sql", wrap_lines=True)
        if answer.sql.params:
            shown = "\n".join(f"${place} = {value!r}" for place, value in enumerate(answer.sql.params, 1))
            st.code(shown, language=None, wrap_lines=True)


def _explain_metric(catalogue: Catalogue, answer: Answer, name: str, values: dict[str, object]) -> None:
    metric = catalogue.metrics[name]
    label = label_metric(catalogue, MetricAsk(name), answer.resolved.question)
    described = f": {escape_markdown(metric.description.read(find_language()))}" if metric.description else ""
    st.markdown(f"**{escape_markdown(label)}**{described}")
    st.code(fill_formula(catalogue, name, values, _show_value), language=None, wrap_lines=True)


def ask_parts(source: Source, catalogue: Catalogue, answer: Answer, names: list[str]) -> dict[str, object]:
    """The grand totals of the metrics and of what their formulas are made of; nothing where that can't be asked."""
    parts = dict.fromkeys(part for name in names for part in (name, *list_formula_parts(catalogue, name)))
    asked = replace(
        answer.resolved.question,
        metrics=tuple(map(MetricAsk, parts)),
        by=(),
        compare=None,
        top=None,
        order=(),
        limit=None,
        totals=False,
        look=(),
    )
    if find_problems(catalogue, asked):
        return {}
    try:
        return dict(source.ask(asked).rows()[0])
    except Failed:
        return {}


def _tell_rows(catalogue: Catalogue, answer: Answer) -> str:
    question = answer.resolved.question
    told = say_count("{count} row in the answer.", "{count} rows in the answer.", answer.table.num_rows)
    over = " " + say("The formulas above are over all of them together.") if answer.resolved.keys else ""
    lines = [f"- {told}{over}"]
    lines += [f"- {escape_markdown(label_filter(catalogue, item, question))}" for item in question.filters]
    return f"**{say('Rows and filters')}**\n\n" + "\n".join(lines)


def _show_value(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return str(value)
