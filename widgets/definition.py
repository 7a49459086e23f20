"""One KPI's definition: meaning, formula and SQL, how it behaves, what it can be cut by, where it comes from."""

from __future__ import annotations

import re

import streamlit as st

from semantic import Catalogue, Question, Refused, Source
from semantic.catalogue import Aggregate, Derived, Snapshot
from semantic.explain import list_formula_parts
from semantic.offer import offer_dimensions, offer_times, read_label
from semantic.question import MetricAsk
from semantic.salvage import find_problems
from widgets.charts import format_value
from widgets.controls.selection import name_offers
from widgets.fields import read_value_field
from widgets.links import link_explore
from widgets.messages import list_problems
from widgets.notes import tell_freshness
from widgets.texts import escape_markdown, join_words

MOST_SLICES = 60
MOST_HEADED = 110  # letters of a description that stand beside the metric's name
FORMATS = {
    "number": "a number",
    "percent": "a percentage",
    "currency": "an amount of money",
    "days": "days",
    "score": "a score",
}
KIND_KEYS = ("rolling", "to_date", "compare", "conversion", "each", "new", "returning", "resurrected", "lost")


def draw_definition(source: Source, catalogue: Catalogue, name: str) -> None:
    """Everything that the catalogue says of a metric, and a link that explores it."""
    metric = catalogue.metrics[name]
    question = Question(metrics=(MetricAsk(name),))
    problems = find_problems(catalogue, question)
    if metric.description and len(metric.description.read()) > MOST_HEADED:
        st.markdown(escape_markdown(metric.description.read()))
    for title, text in (
        ("Why", metric.purpose),
        ("How to read it", metric.how_to_read),
        ("What it decides", metric.decision),
    ):
        if text:
            st.markdown(f"**{title}.** {escape_markdown(text.read())}")
    st.markdown(tell_formula(catalogue, name))
    st.caption(" · ".join(map(escape_markdown, tell_behaviour(catalogue, name))))
    if problems:
        st.info(
            f"It is defined, and can't be asked yet:\n\n{list_problems(problems)}", icon=":material/hourglass_empty:"
        )
        return
    _draw_slices(catalogue, question)
    _draw_lineage(catalogue, name)
    with st.expander("SQL", icon=":material/code:", key=f"sql.{name}", on_change="rerun") as sql:
        if sql.open:
            _draw_sql(source, question)
    with st.container(horizontal=True):
        link_explore(question, "Explore it")
        if not find_problems(catalogue, _by_month(question)):
            link_explore(_by_month(question), "By month", icon=":material/show_chart:")


def _by_month(question: Question) -> Question:
    return Question(metrics=question.metrics, by=("month",))


def _draw_sql(source: Source, question: Question) -> None:
    try:
        st.code(source.sql(question).text, language="sql", wrap_lines=True)
    except Refused as refused:
        st.markdown(list_problems(refused.problems))


def tell_formula(catalogue: Catalogue, name: str) -> str:
    """How a metric is computed, in Markdown."""
    metric = catalogue.metrics[name]
    match metric:
        case Derived():
            formula = f"{quote_code(f'{name} = {metric.sql.text}')}"
        case Aggregate() | Snapshot():
            view = read_label(catalogue.views[metric.view].label, metric.view)
            formula = f"{quote_code(metric.sql.text)} over {escape_markdown(view)}"
        case _:
            kinds = (key.replace("_", " ") for key in KIND_KEYS if getattr(metric, key, None))
            formula = f"{next(kinds, 'computed')} of {', '.join(map(quote_code, list_feeds(catalogue, name)))}"
    where = f", where {quote_code(metric.where.text)}" if metric.where else ""
    return f"**Formula.** {formula}{where}"


def tell_behaviour(catalogue: Catalogue, name: str) -> list[str]:
    """How a metric is shown and read: format, direction, target, owner, tags, freshness."""
    metric = catalogue.metrics[name]
    parts = [f"named {name}", f"shown as {FORMATS.get(metric.format or 'number', metric.format)}"]
    if metric.unit:
        parts.append(f"in {metric.unit.read()}")
    parts.append(f"better {metric.better}" if metric.better else "neither high nor low is better")
    if metric.target is not None:
        field = read_value_field(catalogue, MetricAsk(name), Question())
        target = metric.target
        parts.append(f"target {target if isinstance(target, str) else format_value(target, field.format, field.unit)}")
    if metric.share_of:
        parts.append(f"read as a rate of {read_label(catalogue.metrics[metric.share_of].label, metric.share_of)}")
    if metric.unique:
        parts.append(f"unique by {metric.unique}")
    if metric.settles:
        parts.append(f"settles after {metric.settles}")
    if metric.min_base:
        parts.append(f"needs a base of {metric.min_base:,}")
    if metric.owner:
        parts.append(f"owner {metric.owner}")
    if metric.tags:
        parts.append(f"tags {', '.join(metric.tags)}")
    view = getattr(metric, "view", None)
    if view and (until := tell_freshness(catalogue, view)):
        parts.append(f"data until {until}")
    return parts


def _draw_slices(catalogue: Catalogue, question: Question) -> None:
    offers = offer_dimensions(catalogue, question)
    names = name_offers(offers)
    slices = [names[offer.name] for offer in offers if not offer.reason]
    grains = [offer.label.lower() for offer in offer_times(catalogue, question) if not offer.reason]
    more = [f"{len(slices) - MOST_SLICES} more"] if len(slices) > MOST_SLICES else []
    parts = [*slices[:MOST_SLICES], *more]
    shown = escape_markdown(", ".join(parts)) if parts else "nothing"
    time = f"; over time by {join_words(grains)}" if grains else "; it has no time"
    st.markdown(f"**Can be cut by** {shown}{time}.")


def _draw_lineage(catalogue: Catalogue, name: str) -> None:
    tree = tell_lineage(catalogue, name)
    used = [other for other in catalogue.metrics if name in list_feeds(catalogue, other)]
    lines = [f"{'  ' * depth}- {text}" for depth, text in tree]
    st.markdown("**Comes from**\n\n" + "\n".join(lines))
    if used:
        labels = [escape_markdown(read_label(catalogue.metrics[other].label, other)) for other in used]
        st.markdown(f"**Used by** {', '.join(labels)}")


def tell_lineage(catalogue: Catalogue, name: str, depth: int = 0) -> list[tuple[int, str]]:
    """What a metric is made of, down to tables and files: depth and text in Markdown. A catalogue has no cycles."""
    metric = catalogue.metrics[name]
    view = getattr(metric, "view", None)
    found = [(depth, f"{escape_markdown(read_label(metric.label, name))} {quote_code(name)}")]
    for part in list_feeds(catalogue, name):
        found += tell_lineage(catalogue, part, depth + 1)
    if view:
        found.append(
            (
                depth + 1,
                f"{escape_markdown(read_label(catalogue.views[view].label, view))}: {_tell_origin(catalogue, view)}",
            )
        )
    return found


def _tell_origin(catalogue: Catalogue, view: str) -> str:
    found = catalogue.views[view]
    if found.table:
        return f"the table {quote_code(found.table)}"
    if found.file:
        files = (found.file,) if isinstance(found.file, str) else found.file
        return f"the file {', '.join(map(quote_code, files))}"
    return quote_code(found.sql.text if found.sql else view)


def list_feeds(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The metrics that a metric is made of, in the order of its definition."""
    metric = catalogue.metrics[name]
    if isinstance(metric, Derived):
        return list_formula_parts(catalogue, name)
    found: list[str] = []
    for key in KIND_KEYS:
        value = getattr(metric, key, None)
        found += [value] if isinstance(value, str) else list(value or ())
    return tuple(found)


def quote_code(text: str) -> str:
    """Code in Markdown on one line, whatever backticks it holds."""
    flat = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    return f"{fence} {flat} {fence}" if "`" in flat else f"{fence}{flat}{fence}"
