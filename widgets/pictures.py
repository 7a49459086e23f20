"""Which pictures an answer may have: what decides, what each is called, and why the others aren't offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from semantic.resolved import ResolvedOverlap, SegmentKey, spreads
from semantic.values import adds_up, list_leaves
from widgets.charts import Answered, list_kinds, refuse_kinds
from widgets.charts.keys import count_names
from widgets.fields import OTHER, TARGET
from widgets.labels import label_key, label_metric
from widgets.words import later, say

if TYPE_CHECKING:
    from semantic import Answer, Catalogue
    from widgets.fields import Reading

KIND_NAMES = {
    "number": later("Number"),
    "funnel": later("Funnel"),
    "retention": later("Retention"),
    "flow": later("Moves"),
    "sankey": later("Sankey"),
    "net": later("Net flow"),
    "upset": later("Overlap"),
    "pairs": later("Overlap by twos"),
    "histogram": later("Histogram"),
    "cumulative": later("Cumulative"),
    "line": later("Line"),
    "bar": later("Bar"),
    "column": later("Column"),
    "stack": later("Stacked"),
    "share": later("100 %"),
    "area": later("Area"),
    "scatter": later("Scatter"),
    "slope": later("Ranks"),
    "bullet": later("Target"),
    "heat": later("Heat map"),
    "ranking": later("Ranking"),
    "pivot": later("Pivot"),
    "shaded": later("Shaded pivot"),
    "table": later("Table"),
}
ICONS = {
    "number": ":material/pin:",
    "funnel": ":material/filter_alt:",
    "retention": ":material/grid_view:",
    "flow": ":material/swap_horiz:",
    "sankey": ":material/airware:",
    "net": ":material/balance:",
    "upset": ":material/join_inner:",
    "pairs": ":material/join:",
    "histogram": ":material/equalizer:",
    "cumulative": ":material/stacked_line_chart:",
    "line": ":material/show_chart:",
    "bar": ":material/align_horizontal_left:",
    "column": ":material/bar_chart:",
    "stack": ":material/stacked_bar_chart:",
    "share": ":material/percent:",
    "area": ":material/area_chart:",
    "scatter": ":material/scatter_plot:",
    "slope": ":material/trending_up:",
    "bullet": ":material/target:",
    "heat": ":material/grid_on:",
    "ranking": ":material/format_list_numbered:",
    "pivot": ":material/pivot_table_chart:",
    "shaded": ":material/gradient:",
    "table": ":material/table_rows:",
}


def name_picture(kind: str) -> str:
    """What a kind is called, behind its icon."""
    return f"{ICONS[kind]} {say(KIND_NAMES[kind])}"


def name_kind(kind: str) -> str:
    """What a kind is called, without its icon."""
    return say(KIND_NAMES[kind])


def list_pictures(catalogue: Catalogue, answer: Answer, reading: Reading) -> tuple[str, ...]:
    """The kinds that may show the reading, the best first."""
    return tuple(kind for kind in list_kinds(read_facts(catalogue, answer, reading)) if kind in KIND_NAMES)


def explain_pictures(catalogue: Catalogue, answer: Answer, reading: Reading) -> dict[str, str]:
    """Why each of the other kinds isn't offered, by its name."""
    refused = refuse_kinds(read_facts(catalogue, answer, reading))
    return {kind: refused[kind] for kind in KIND_NAMES if kind in refused}


def read_facts(catalogue: Catalogue, answer: Answer, reading: Reading) -> Answered:
    """What decides on the pictures of a reading."""
    journey, table = answer.resolved.journey, reading.table
    asked = answer.resolved.question.journey
    kind: str = asked.kind if asked else ""
    if isinstance(journey, ResolvedOverlap) and journey.pairs:
        kind = "pairs"
    numbers = [value.name for value in reading.values if value.kind == "number"]
    return Answered(
        keys=reading.keys,
        values=reading.values,
        rows=table.num_rows,
        sizes=tuple(count_names(table, key.name) for key in reading.keys),
        journey=kind,
        unstacked=find_overlap(catalogue, answer),
        compared=bool(reading.compare),
        locale=reading.locale,
        limited=answer.resolved.question.limit is not None,
        rest=OTHER in table.column_names,
        targets=sum(f"{value.name}{TARGET}" in table.column_names for value in reading.values),
        negative=any((pc.min(table[name]).as_py() or 0) < 0 for name in numbers),
    )


def find_overlap(catalogue: Catalogue, answer: Answer) -> str:
    """Why the groups of an answer don't sum up to the whole; empty where they do."""
    resolved, question = answer.resolved, answer.resolved.question
    metrics = [column for column in resolved.columns if column.role == "metric"]
    for column, ask in zip(metrics, question.metrics, strict=False):
        if not adds_up(column.value):
            name = label_metric(catalogue, ask, question)
            return say("{name} doesn't add up: groups of it don't sum up to the whole", name=name)
    views = {leaf.view for column in metrics for leaf in list_leaves(column.value)}
    for key in resolved.keys:
        if isinstance(key, SegmentKey):
            found = [catalogue.segments.get(member.name) for member in key.members]
            families = {segment.family if segment else None for segment in found}
            family = catalogue.families.get(next(iter(families)) or "") if len(families) == 1 else None
            if family is None or not family.exclusive:
                return say("segments overlap: who is in two of them would be counted twice")
        elif any(spreads(key, view) for view in views):
            label = label_key(catalogue, key.name, question)
            return say("one may be in several groups of {name}, and would be counted twice", name=label)
    return ""
