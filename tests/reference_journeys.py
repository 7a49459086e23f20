"""What a line asks instead of metrics, as the reference answers it: by journey, over the same rows and names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from semantic.question import MetricAsk, Question, Slice
from tests.reference import Answered, answer
from tests.reference_cohorts import answer_cohort
from tests.reference_flows import answer_flow
from tests.reference_names import Unanswerable
from tests.reference_order import order_rows
from tests.reference_overlaps import answer_overlap
from tests.reference_values import calculate, tell_change
from tests.world import Conversion, World


def answer_journey(world: World, question: Question, as_of: date | None = None) -> Answered:
    """The answer to a question that asks a journey. Raises Unanswerable."""
    assert question.journey, "the question asks a journey"
    if question.journey.kind != "funnel" and (question.compare or question.top):
        raise Unanswerable("a journey but a funnel is compared with nothing, and has no top")
    match question.journey.kind:
        case "funnel":
            return answer_funnel(world, question, as_of)
        case "cohort":
            return answer_cohort(world, question, as_of)
        case "flow":
            return answer_flow(world, question, as_of)
        case "overlap":
            return answer_overlap(world, question, as_of)


STEP = ["step", "count", "rate", "step_rate", "median_days", "lost"]


def answer_funnel(world: World, question: Question, as_of: date | None) -> Answered:
    """Each group's steps: how many of those of the first got there, and in how many days."""
    assert question.journey, "the question asks a funnel"
    funnel = world.funnels[question.journey.names[0]]
    metrics = dict(world.metrics)
    for place in range(len(funnel.steps)):
        step = Conversion(
            funnel.steps,
            funnel.by,
            funnel.within,
            take="count",
            since=funnel.since,
            order=funnel.order,
            upto=place + 1,
            days_from=0 if funnel.order == "any" else place - 1,
        )
        metrics |= {f"@count_{place}": step, f"@days_{place}": replace(step, take="median")}
    asked = tuple(MetricAsk(f"@{told}_{place}") for place in range(len(funnel.steps)) for told in ("count", "days"))
    flat = replace(question, journey=None, metrics=asked, order=(), limit=None)
    if question.top and question.top.metric:
        if question.top.metric.name not in funnel.steps or question.top.metric.modifiers:
            raise Unanswerable("a funnel is ranked by its steps")
        by = MetricAsk(f"@count_{funnel.steps.index(question.top.metric.name)}")
        flat = replace(flat, top=replace(question.top, metric=by))
    if (
        question.compare
        and isinstance(question.compare.with_, Slice)
        and question.compare.with_.dimension in question.by
    ):
        raise Unanswerable("each group of a funnel beside one of them")
    found = answer(replace(world, metrics=metrics), flat, as_of)
    rows = [row for group in found.rows for row in tell_steps(question.by, funnel.steps, group)]
    totals = [row for group in found.totals for row in tell_steps(question.by, funnel.steps, group)]
    order_rows(rows, (), question)  # what ties stays in the order of the groups and steps
    sides = ("", "@compare", "@change") if question.compare else ("",)
    columns = ["step", *(f"{name}{side}" for name in STEP[1:] for side in sides)]
    return Answered([*question.by, *columns], rows[: question.limit], totals)


def tell_steps(by: tuple[str, ...], steps: tuple[str, ...], group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each step of a group."""
    for place, step in enumerate(steps):
        told = tell_step(place, group, "")
        if "@count_0@compare" in group:
            old = tell_step(place, group, "@compare")
            told |= {f"{name}@compare": value for name, value in old.items()}
            told |= {f"{name}@change": tell_change(told[name], value, "change") for name, value in old.items()}
        yield {key: group[key] for key in by if key in group} | {"step": step} | told


def tell_step(place: int, group: Mapping[str, Any], side: str) -> dict[str, Any]:
    """The numbers of a step in the asked period, or in the one that it's compared with."""
    count, first = group[f"@count_{place}{side}"], group[f"@count_0{side}"]
    before = group[f"@count_{place - 1}{side}"] if place else None
    return {
        "count": count,
        "rate": calculate("/", count, first),
        "step_rate": calculate("/", count, before),
        "median_days": group[f"@days_{place}{side}"] if place else None,
        "lost": calculate("-", before, count),
    }
