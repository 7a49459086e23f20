"""The Catalogue page's parts: search, the lists of metrics, dimensions, segments and journeys."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from semantic import Catalogue, Question, Source
from semantic.catalogue import Metric
from semantic.offer import name_group, read_label
from semantic.question import Journey
from semantic.salvage import find_problems
from widgets.definition import MOST_HEADED, draw_definition
from widgets.home import HEADLINE
from widgets.labels import speak_question, title_question
from widgets.links import keep_language, link_explore
from widgets.texts import escape_markdown, shorten_text
from widgets.words import find_language, say

MOST_LETTERS = 200


def draw_library(source: Source) -> None:
    """Search and lists; `q` in the address is the search, `kpi` the metric that is open."""
    catalogue = source.serve().catalogue
    st.title(say("Catalogue"), anchor=False)
    query = _draw_search()
    opened = st.query_params.get("kpi", "")
    if opened and opened not in catalogue.metrics:
        name = escape_markdown(shorten_text(opened))
        st.warning(say("There is no metric {name}.", name=name), icon=":material/link_off:")
    metrics = find_metrics(catalogue, query)
    dimensions = [row for row in list_dimensions(catalogue) if matches(query, row.values())]
    segments = [row for row in list_segments(catalogue) if matches(query, row.values())]
    asked = map(speak_question, list_journeys(catalogue))
    journeys = {title_question(catalogue, question): question for question in asked}
    journeys = {title: question for title, question in journeys.items() if matches(query, [title])}
    tabs = {
        say("Metrics"): len(metrics),
        say("Dimensions"): len(dimensions),
        say("Segments"): len(segments),
        say("Journeys"): len(journeys),
    }
    shown = st.tabs([f"{name} ({count})" for name, count in tabs.items()], key="lists", on_change="rerun")
    with shown[0]:
        _draw_metrics(source, catalogue, metrics, opened, query)
    with shown[1]:
        _draw_rows(dimensions, "dimensions", say("There is no such dimension."), say("Every dimension"))
    with shown[2]:
        _draw_rows(segments, "segments", say("There is no such segment."), say("Every segment"))
    with shown[3]:
        for title, question in journeys.items():
            link_explore(question, title)
        if not journeys:
            st.info(say("There is no such journey."), icon=":material/search_off:")


def list_journeys(catalogue: Catalogue) -> list[Question]:
    """A question for each funnel and cohort, and one for the overlap of all segments."""
    found = [Question(journey=Journey("funnel", (name,))) for name in catalogue.funnels]
    found += [Question(journey=Journey("cohort", (name,))) for name in catalogue.cohorts]
    if len(catalogue.segments) > 1:
        found.append(Question(journey=Journey("overlap", tuple(catalogue.segments))))
    return [question for question in found if not find_problems(catalogue, question)]


def _draw_search() -> str:
    here = st.query_params.get("q", "")[:MOST_LETTERS]
    if st.session_state.get("q") != here:
        st.session_state["q"] = here

    def search() -> None:
        st.query_params.from_dict(keep_language([("q", st.session_state["q"])] if st.session_state["q"] else []))

    st.text_input(
        say("Search"),
        key="q",
        on_change=search,
        placeholder=say("A name, a word of the definition, a tag, an owner"),
        icon=":material/search:",
        max_chars=MOST_LETTERS,
    )
    return here


def find_metrics(catalogue: Catalogue, query: str) -> dict[str, Metric]:
    """The metrics of which all words of the query are found somewhere: in their names, texts, tags, SQL."""
    return {name: metric for name, metric in catalogue.metrics.items() if matches(query, list_words(name, metric))}


def list_words(name: str, metric: Metric) -> list[str]:
    """Every text by which a metric is found."""
    texts = [metric.label, metric.description, metric.purpose, metric.how_to_read, metric.decision]
    words = [text for found in texts if found for _, text in found.texts]
    sql = getattr(metric, "sql", None)
    return [name, *words, metric.owner or "", *metric.tags, *metric.was, sql.text if sql else ""]


def matches(query: str, texts: Iterable[str]) -> bool:
    """Whether each word of the query is in one of the texts, whatever its case."""
    where = "\n".join(texts).casefold()
    return all(word in where for word in query.casefold().split())


def _draw_metrics(source: Source, catalogue: Catalogue, metrics: dict[str, Metric], opened: str, query: str) -> None:
    if not metrics:
        about = say("No metric is about “{query}”.", query=escape_markdown(query))
        st.info(about if query else say("The catalogue has no metric yet."), icon=":material/search_off:")
        return
    alone = opened if opened in metrics else next(iter(metrics)) if len(metrics) == 1 else ""
    for title, names in group_metrics(catalogue, metrics).items():
        st.header(escape_markdown(title), anchor=False)
        with st.container(gap="xxsmall"):
            for name in names:
                _draw_metric(source, catalogue, name, name == alone)


def group_metrics(catalogue: Catalogue, metrics: dict[str, Metric]) -> dict[str, list[str]]:
    """The metrics by their first tag where most of the catalogue has one, else by the views that feed them."""
    tagged = sum(bool(metric.tags) for metric in catalogue.metrics.values()) * 2 > len(catalogue.metrics)
    groups: dict[str, list[str]] = {}
    for name, metric in metrics.items():
        first = next((tag.capitalize() for tag in metric.tags if tag != HEADLINE), "")
        title = first if tagged else name_group(catalogue, name, find_language())
        groups.setdefault(title or say("Others"), []).append(name)
    return groups


def _draw_metric(source: Source, catalogue: Catalogue, name: str, alone: bool) -> None:
    metric = catalogue.metrics[name]
    language = find_language()
    label = f"**{escape_markdown(read_label(metric.label, name, language))}**"
    if metric.description:
        label += f" · {escape_markdown(shorten_text(metric.description.read(language), MOST_HEADED))}"
    with st.expander(label, expanded=alone, key=f"metric.{name}", on_change="rerun") as definition:
        if definition.open:
            draw_definition(source, catalogue, name)


def list_dimensions(catalogue: Catalogue) -> list[dict[str, str]]:
    """Every dimension: label, name, view, what it means, and what it is drilled into."""
    language = find_language()
    return [
        {
            say("Dimension"): read_label(dimension.label, name, language),
            say("Name"): name,
            say("Of"): read_label(view.label, owner, language),
            say("Meaning"): dimension.description.read(language) if dimension.description else "",
            say("Drills into"): dimension.drill or "",
            "SQL": dimension.sql.text if dimension.sql else "",
            say("Personal"): say("yes") if dimension.pii else "",
        }
        for owner, view in catalogue.views.items()
        for name, dimension in view.dimensions.items()
    ]


def list_segments(catalogue: Catalogue) -> list[dict[str, str]]:
    """Every segment: label, name, whose, its condition and its family."""
    found, language = [], find_language()
    for name, segment in catalogue.segments.items():
        family = catalogue.families.get(segment.family or "")
        found.append(
            {
                say("Segment"): read_label(segment.label, name, language),
                say("Name"): name,
                say("Of"): read_label(catalogue.views[segment.of].label, segment.of, language),
                say("Meaning"): segment.description.read(language) if segment.description else "",
                say("Condition"): segment.where.text,
                say("Family"): read_label(family.label, segment.family or "", language) if family else "",
            }
        )
    return found


def _draw_rows(rows: list[dict[str, str]], key: str, missing: str, alt: str) -> None:
    if not rows:
        st.info(missing, icon=":material/search_off:")
        return
    kept = [name for name in rows[0] if any(row[name] for row in rows)]
    st.dataframe([{name: row[name] for name in kept} for row in rows], hide_index=True, key=key, alt=alt)
