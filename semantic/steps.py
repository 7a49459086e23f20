"""Steps of conversions and funnels: which metrics may be one, and how their rows reach the entity that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from sqlglot import exp

from semantic.catalogue import Catalogue, Conversion, Duration
from semantic.conditions import classify_type
from semantic.entities import find_entity
from semantic.errors import Problem, Refused
from semantic.expressions import Node, RowSql
from semantic.names import Reached, find_dimension, is_finer
from semantic.reach import Unreachable
from semantic.resolved import Filled, Leaf, Quotient, ResolvedClock, Steps, Value

Facts = dict[str, frozenset[str]]
KNOWN, UNKNOWN = "known", "unknown"


def is_daily(steps: Sequence[Leaf]) -> bool:
    """Whether a step knows days only, so that all are cut to days."""
    return any(
        step.clock is not None and (classify_type(step.clock.type) == "date" or step.clock.grain == "day")
        for step in steps
    )


def find_rivals(steps: Sequence[Leaf], place: int) -> list[int]:
    """The earlier steps that a row of the step at `place` may be too, on the same clock: it can't be both."""
    return [
        other
        for other in range(place)
        if _same_clock(steps[other], steps[place]) and not exclude_each_other(steps[other].wheres, steps[place].wheres)
    ]


def _same_clock(one: Leaf, other: Leaf) -> bool:
    assert one.clock and other.clock, "a step has a clock"
    return one.view == other.view and one.clock.column.tree == other.clock.column.tree


def build_steps(
    catalogue: Catalogue, name: str, steps: Sequence[tuple[str, Value]], how: Steps, where: str = "metric"
) -> Steps:
    """The `how` with these metrics as its steps. Raises Refused, at that place, where they can't be followed."""
    leaves = tuple(_read_step(catalogue, name, step, value, how, where) for step, value in steps)
    found = replace(how, steps=leaves)
    refused = _refuse_window(name, found) or _refuse_clocks(name, found)
    if refused:
        raise Refused([Problem(where, *refused)])
    return found


def build_conversion(
    catalogue: Catalogue, name: str, metric: Conversion, steps: Sequence[tuple[str, Value]], owner: str = ""
) -> Value:
    """The value of a conversion whose steps have these values: a rate is converted by started units, of one Steps.

    Raises Refused where the steps can't be followed.
    """
    how = build_steps(
        catalogue, name, steps, Steps((), metric.by, metric.within, metric.count, metric.touch, metric.same, "started")
    )
    called = f"{name} of {owner}" if owner else name
    last = len(how.steps)

    def take(part: str, told: str) -> Leaf:
        return replace(how.steps[0], name=f"{called} {told}", how=replace(how, part=part))

    match metric.take:
        case "rate":
            return Quotient(take(f"reached {last}", "converted"), take("started", "started"))
        case "count":
            return take(f"reached {last}", "converted")
        case "mean" | "median" | "min" | "max":
            return take(f"{metric.take} 1 {last}", "days")
        case _:
            assert_never(metric.take)


def _read_step(catalogue: Catalogue, name: str, step: str, value: Value, how: Steps, where: str) -> Leaf:
    while isinstance(value, Filled):
        value = value.value
    if not isinstance(value, Leaf) or value.how is not None:
        told = f"{name} can't have {step} as a step, which is made of other metrics"
        raise Refused([Problem(where, told, "A step is a metric that counts rows: count(*) with a where")])
    conditions = _read_count(value.sql.tree)
    if conditions is None:
        told = f"{name} can't have {step} as a step: {value.sql.text} is no count of rows"
        raise Refused([Problem(where, told, "A step is a metric that counts rows: count(*) with a where")])
    clock = value.clock
    if clock is None:
        told = f"{name} can't have {step} as a step: its view {value.view} names no time"
        raise Refused([Problem(where, told, f"Give {value.view} a time, or {step} one of its own")])
    if clock.grain and is_finer("day", clock.grain):
        told = f"{name} can't have {step} as a step: its rows stand for a {clock.grain}, so none comes after another"
        raise Refused([Problem(where, told, "A step is a metric whose rows have a day or an instant")])
    _check_reach(catalogue, name, step, value, how, where)
    return replace(value, wheres=(*value.wheres, *conditions))


def _check_reach(catalogue: Catalogue, name: str, step: str, leaf: Leaf, how: Steps, where: str) -> None:
    """The step's rows lead to the entity and to what must be the same."""
    try:
        path, _ = find_entity(catalogue, leaf.view, how.by)
    except Refused as error:
        told = f"{name} can't follow a {how.by} to {step}: {error.problems[0].found}"
        raise Refused([Problem(where, told, error.problems[0].remedy)]) from error
    for here in (step.view for step in path.steps):
        if catalogue.views[here].valid or catalogue.views[here].multi:
            told = f"{name} can't follow a {how.by} to {step}: on the way {here} has several rows per key"
            raise Refused([Problem(where, told, f"Join {leaf.view} to {how.by} in the catalogue")])
    for wanted in how.same:
        try:
            reached = find_dimension(catalogue, leaf.view, wanted)
        except Unreachable as error:
            told = f"{name} can't compare {wanted} between its steps: {leaf.view}, of {step}, has none"
            raise Refused([Problem(where, told, f"Leave {wanted} out of same:")]) from error
        if _is_manifold(catalogue, reached):
            told = f"{name} can't compare {wanted} between its steps: it is no property of a row of {leaf.view}"
            raise Refused([Problem(where, told, f"Leave {wanted} out of same:")])


def _is_manifold(catalogue: Catalogue, reached: Reached) -> bool:
    views = [catalogue.views[view] for view in (reached.path.base, *(step.view for step in reached.path.steps))]
    ranked = bool(reached.dimension and reached.dimension.rank)
    return ranked or any(view.valid or view.multi for view in views[1:])


def _read_count(tree: Node) -> tuple[RowSql, ...] | None:
    """What must hold of a row that a count counts; None where the aggregate is no count."""
    if isinstance(tree, exp.Filter):
        inner = _read_count(tree.this)
        return None if inner is None else (*inner, _write(tree.expression.this))
    if isinstance(tree, exp.CountIf):
        return (_write(tree.this),)
    if not isinstance(tree, exp.Count):
        return None
    if isinstance(tree.this, exp.Star):
        return ()
    counted = tree.this.expressions if isinstance(tree.this, exp.Distinct) else [tree.this]
    return tuple(
        _write(exp.Not(this=exp.Is(this=item.copy(), expression=exp.Null())))
        for item in counted
        if not isinstance(item, exp.Literal)
    )


def _write(tree: Node) -> RowSql:
    return RowSql(tree.sql(dialect="duckdb"), tree)


def _refuse_window(name: str, how: Steps) -> tuple[str, str] | None:
    if how.within and how.within.unit in ("minute", "hour") and is_daily(how.steps):
        daily = next(step.name for step in how.steps if is_daily((step,)))
        return f"{name} has a window of {how.within}, and {daily} knows days only", "Give the window in days"
    return None


def _refuse_clocks(name: str, how: Steps) -> tuple[str, str] | None:
    for place in range(1, len(how.steps)):
        step, rivals = how.steps[place], find_rivals(how.steps, place)
        clock = step.clock.column.text if step.clock else ""
        if rivals and how.touch in ("first", "last"):
            told = (
                f"{name} has touch: {how.touch}, and a row may be {how.steps[rivals[0]].name} and {step.name} at once"
            )
            return told, f"Count the two by different times: both are counted by {clock} of {step.view}"
        if rivals and how.since == "previous" and how.within and not _is_one(how.steps):
            told = f"{name} has windows from step to step, and a row may be two of its steps"
            return told, f"Count them by different times, or from: first; {clock} of {step.view} is that of both"
        for other in rivals:
            if other and how.steps[other].wheres != step.wheres:
                told = f"{how.steps[other].name} and {step.name} are both counted by {clock}, and a row may be both"
                remedy = "Give each a time: of its own, or conditions that exclude each other"
                return f"{name} can't tell its steps apart: {told}", remedy
    return None


def _is_one(steps: Sequence[Leaf]) -> bool:
    return all(_same_clock(steps[0], step) and steps[0].wheres == step.wheres for step in steps)


def exclude_each_other(ones: Sequence[RowSql], others: Sequence[RowSql]) -> bool:
    """Whether no row meets both, as far as SQL shows it: `kind = 'a'` and `kind = 'b'`, `x` and `NOT x`."""
    first, second = _read_facts(ones), _read_facts(others)
    for name in first.keys() & second.keys():
        one, other = first[name], second[name]
        if KNOWN in one or KNOWN in other:
            rest = other if KNOWN in one else one
            if rest == {UNKNOWN}:
                return True
        elif not one & other and len({text[:1] == "'" for text in one | other}) == 1:  # '1' may be 1
            return True
    return False


def _read_facts(wheres: Sequence[RowSql]) -> Facts:
    """The values that a column may have; KNOWN is any but NULL."""
    facts: Facts = {}
    for where in wheres:
        for part in where.tree.flatten() if isinstance(where.tree, exp.And) else [where.tree]:
            name, values = _read_fact(part.unnest())
            if name and values:
                both = facts.get(name, frozenset({KNOWN}))
                facts[name] = values if KNOWN in both else both if KNOWN in values else both & values
    return facts


def _read_fact(node: Node) -> tuple[str, frozenset[str]]:
    negated = isinstance(node, exp.Not)
    inner = node.this.unnest() if negated else node
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        return inner.this.sql(), frozenset({KNOWN if negated else UNKNOWN})
    if isinstance(inner, exp.Column):
        return inner.sql(), frozenset({"FALSE" if negated else "TRUE"})
    if isinstance(inner, exp.EQ) and isinstance(inner.expression, exp.Literal) and not negated:
        return inner.this.sql(), frozenset({inner.expression.sql()})
    literal = isinstance(inner, exp.In) and all(isinstance(item, exp.Literal) for item in inner.expressions)
    if literal and inner.expressions and not negated:
        return inner.this.sql(), frozenset(item.sql() for item in inner.expressions)
    return "", frozenset()


def add_windows(within: Duration | None, times: int) -> int | None:
    """The most days that so many windows take, with a day to spare; None where they have no end."""
    if within is None:
        return None
    days = {"minute": 1, "hour": 1, "day": 1, "week": 7, "month": 31, "quarter": 92, "half": 184, "year": 366}
    count = within.count if within.unit not in ("minute", "hour") else within.count // 24 + 1
    return times * count * days[within.unit] + 2


def clock_of(step: Leaf) -> ResolvedClock:
    """The step's clock, which every step has."""
    assert step.clock, "a step without a clock is refused"
    return step.clock
