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
from widgets.labels import speak_offers
from widgets.links import link_explore
from widgets.messages import list_problems
from widgets.notes import tell_freshness
from widgets.texts import escape_markdown
from widgets.times import label_duration
from widgets.words import find_language, later, say, say_count, say_list

MOST_SLICES = 60
MOST_HEADED = 110  # letters of a description that stand beside the metric's name
FORMATS = {
    "number": later("a number"),
    "percent": later("a percentage"),
    "currency": later("an amount of money"),
    "days": later("days"),
    "score": later("a score"),
}
BETTER = {
    "higher": later("better higher"),
    "lower": later("better lower"),
    None: later("neither high nor low is better"),
}
KINDS = {
    "rolling": later("rolling window of {metrics}"),
    "to_date": later("running total of {metrics}"),
    "compare": later("comparison of {metrics}"),
    "conversion": later("conversion of {metrics}"),
    "each": later("value per unit of {metrics}"),
    "new": later("new ones of {metrics}"),
    "returning": later("returning ones of {metrics}"),
    "resurrected": later("resurrected ones of {metrics}"),
    "lost": later("lost ones of {metrics}"),
}


def draw_definition(source: Source, catalogue: Catalogue, name: str) -> None:
    """Everything that the catalogue says of a metric, and a link that explores it."""
    metric, language = catalogue.metrics[name], find_language()
    question = Question(metrics=(MetricAsk(name),))
    problems = find_problems(catalogue, question)
    if metric.description and len(metric.description.read(language)) > MOST_HEADED:
        st.markdown(escape_markdown(metric.description.read(language)))
    for title, text in (
        (say("Why"), metric.purpose),
        (say("How to read it"), metric.how_to_read),
        (say("What it decides"), metric.decision),
    ):
        if text:
            st.markdown(f"**{title}.** {escape_markdown(text.read(language))}")
    st.markdown(tell_formula(catalogue, name))
    st.caption(" · ".join(map(escape_markdown, tell_behaviour(catalogue, name))))
    if problems:
        told = say("It is defined, and can't be asked yet:")
        st.info(f"{told}\n\n{list_problems(problems)}", icon=":material/hourglass_empty:")
        return
    _draw_slices(catalogue, question)
    _draw_lineage(catalogue, name)
    with st.expander("SQL", icon=":material/code:", key=f"sql.{name}", on_change="rerun") as sql:
        if sql.open:
            _draw_sql(source, question)
    with st.container(horizontal=True):
        link_explore(question, say("Explore it"))
        if not find_problems(catalogue, _by_month(question)):
            link_explore(_by_month(question), say("By month"), icon=":material/show_chart:")


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
            view = escape_markdown(read_label(catalogue.views[metric.view].label, metric.view, find_language()))
            formula = say("{sql} over {view}", sql=quote_code(metric.sql.text), view=view)
        case _:
            kind = next((told for key, told in KINDS.items() if getattr(metric, key, None)), later("made of {metrics}"))
            formula = say(kind, metrics=", ".join(map(quote_code, list_feeds(catalogue, name))))
    if metric.where:
        formula = say("{formula}, where {condition}", formula=formula, condition=quote_code(metric.where.text))
    return say("**Formula.** {formula}", formula=formula)


def tell_behaviour(catalogue: Catalogue, name: str) -> list[str]:
    """How a metric is shown and read: format, direction, target, owner, tags, freshness."""
    metric, language = catalogue.metrics[name], find_language()
    shown = metric.format or "number"
    parts = [
        say("named {name}", name=name),
        say("shown as {format}", format=say(FORMATS[shown]) if shown in FORMATS else shown),
    ]
    if metric.unit:
        parts.append(say("in {unit}", unit=metric.unit.read(language)))
    parts.append(say(BETTER[metric.better]))
    if metric.target is not None:
        field = read_value_field(catalogue, MetricAsk(name), Question())
        target = metric.target
        number = target if isinstance(target, str) else format_value(target, field.format, field.unit, language)
        parts.append(say("target {number}", number=number))
    if metric.share_of:
        base = read_label(catalogue.metrics[metric.share_of].label, metric.share_of, language)
        parts.append(say("read as a rate of {name}", name=base))
    if metric.unique:
        parts.append(say("unique by {name}", name=metric.unique))
    if metric.settles:
        parts.append(say("settles after {time}", time=label_duration(str(metric.settles))))
    if metric.min_base:
        parts.append(say("needs a base of {count}", count=metric.min_base))
    if metric.owner:
        parts.append(say("owner {name}", name=metric.owner))
    if metric.tags:
        parts.append(say("tags {names}", names=", ".join(metric.tags)))
    view = getattr(metric, "view", None)
    if view and (until := tell_freshness(catalogue, view)):
        parts.append(say("data until {day}", day=until))
    return parts


def _draw_slices(catalogue: Catalogue, question: Question) -> None:
    offers = speak_offers(offer_dimensions(catalogue, question, language=find_language()))
    names = name_offers(offers)
    slices = [names[offer.name] for offer in offers if not offer.reason]
    grains = [offer.label.lower() for offer in speak_offers(offer_times(catalogue, question)) if not offer.reason]
    more = len(slices) - MOST_SLICES
    parts = [*slices[:MOST_SLICES], *([say_count("{count} more", "{count} more", more)] if more > 0 else [])]
    shown = escape_markdown(", ".join(parts)) if parts else say("nothing")
    if grains:
        st.markdown(say("**Can be cut by** {names}; over time by {times}.", names=shown, times=say_list(grains)))
    else:
        st.markdown(say("**Can be cut by** {names}; it has no time.", names=shown))


def _draw_lineage(catalogue: Catalogue, name: str) -> None:
    tree = tell_lineage(catalogue, name)
    used = [other for other in catalogue.metrics if name in list_feeds(catalogue, other)]
    lines = [f"{'  ' * depth}- {text}" for depth, text in tree]
    st.markdown(f"**{say('Comes from')}**\n\n" + "\n".join(lines))
    if used:
        labels = [escape_markdown(read_label(catalogue.metrics[other].label, other, find_language())) for other in used]
        st.markdown(say("**Used by** {names}", names=", ".join(labels)))


def tell_lineage(catalogue: Catalogue, name: str, depth: int = 0) -> list[tuple[int, str]]:
    """What a metric is made of, down to tables and files: depth and text in Markdown. A catalogue has no cycles."""
    metric = catalogue.metrics[name]
    view = getattr(metric, "view", None)
    found = [(depth, f"{escape_markdown(read_label(metric.label, name, find_language()))} {quote_code(name)}")]
    for part in list_feeds(catalogue, name):
        found += tell_lineage(catalogue, part, depth + 1)
    if view:
        label = escape_markdown(read_label(catalogue.views[view].label, view, find_language()))
        found.append((depth + 1, f"{label}: {_tell_origin(catalogue, view)}"))
    return found


def _tell_origin(catalogue: Catalogue, view: str) -> str:
    found = catalogue.views[view]
    if found.table:
        return say("the table {name}", name=quote_code(found.table))
    if found.file:
        files = (found.file,) if isinstance(found.file, str) else found.file
        return say("the file {name}", name=", ".join(map(quote_code, files)))
    return quote_code(found.sql.text if found.sql else view)


def list_feeds(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The metrics that a metric is made of, in the order of its definition."""
    metric = catalogue.metrics[name]
    if isinstance(metric, Derived):
        return list_formula_parts(catalogue, name)
    found: list[str] = []
    for key in KINDS:
        value = getattr(metric, key, None)
        found += [value] if isinstance(value, str) else list(value or ())
    return tuple(found)


def quote_code(text: str) -> str:
    """Code in Markdown on one line, whatever backticks it holds."""
    flat = " ".join(text.split())
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    return f"{fence} {flat} {fence}" if "`" in flat else f"{fence}{flat}{fence}"
