"""A metric and its modifiers -> the tree of values that it is computed by."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal, assert_never, cast

from sqlglot import exp

from semantic.catalogue import (
    Aggregate,
    Catalogue,
    Clock,
    Comparison,
    Conversion,
    Derived,
    Each,
    Metric,
    New,
    Rolling,
    Snapshot,
    Span,
    ToDate,
)
from semantic.comparisons import CHANGES, compare_value, read_shift
from semantic.each import build_each
from semantic.errors import Problem, Refused, suggest_name
from semantic.expressions import AggregateSql, Node, RowSql, find_columns
from semantic.fills import fill_periods
from semantic.frames import build_frame, frame_value, name_frame, read_frame
from semantic.means import build_mean, takes_own_mean
from semantic.metric_types import check_change
from semantic.names import DETERMINES, is_time_name
from semantic.newness import build_newness, read_kind
from semantic.population import find_state, resolve_span
from semantic.question import MetricAsk, Modifier
from semantic.resolved import (
    Change,
    Filled,
    Formula,
    Frame,
    Leaf,
    Quotient,
    ResolvedClock,
    Share,
    State,
    Steps,
    Value,
    Variant,
)
from semantic.setting import Setting
from semantic.steps import build_conversion

MOST_PARTS = 2_000  # formulas that share parts double with every level; beyond this they take seconds
Builder = Callable[[Variant], Value]


def print_metric(ask: MetricAsk) -> str:
    """`revenue~yoy(delta)`: the canonical name of an asked metric, and of its column."""
    return ask.name + "".join(f"~{m.name}" + (f"({m.argument})" if m.argument else "") for m in ask.modifiers)


def find_metric(catalogue: Catalogue, name: str) -> str:
    """The metric of that name, or the one that once had it. Raises Refused."""
    if name in catalogue.metrics:
        return name
    renamed = [new for new, metric in catalogue.metrics.items() if name in metric.was]
    if renamed:
        return renamed[0]
    journeys = {"funnel": catalogue.funnels, "cohort": catalogue.cohorts}
    kind = next((kind for kind, known in journeys.items() if name in known), None)
    remedy = f"{name} is a {kind}: {kind}={name}" if kind else suggest_name(name, catalogue.metrics, "metric")
    raise Refused([Problem("metric", f"the metric {name} is unknown", remedy)])


def build_value(catalogue: Catalogue, ask: MetricAsk, variant: Variant, setting: Setting) -> Value:
    """The value of an asked metric over the rows of a variant. Raises Refused where a modifier can't apply."""
    name = find_metric(catalogue, ask.name)
    if (parts := _count_parts(catalogue, name, {})) > MOST_PARTS:
        found = f"{name} has {parts:,} parts once its formulas are written out, and {MOST_PARTS:,} are worked out"
        raise _refuse(found, "Ask a metric that it is made of")
    # Unique counts every part, the base of a rate too: unique clicks are a share of unique deliveries.
    unique = any(modifier.name == "unique" for modifier in ask.modifiers)

    def build(found: Variant) -> Value:
        return _build_metric(catalogue, name, found, setting, unique)

    builder: Builder = build
    frames: tuple[Frame, ...] = ()
    for modifier in ask.modifiers:
        if (frame := read_frame(modifier.name)) is not None:
            builder, frames = _apply_frame(name, builder, frame), (*frames, frame)
        elif modifier.name != "unique":
            builder = _apply_modifier(catalogue, name, builder, modifier, setting, unique, frames)
    return builder(variant)


def build_trait_value(catalogue: Catalogue, name: str, variant: Variant, setting: Setting) -> Value:
    """The value of each entity that a metric per entity is as a dimension. Raises Refused."""
    metric = catalogue.metrics[name]
    assert isinstance(metric, Each), "a trait is a metric per entity"
    wheres = (metric.where,) if metric.where else ()
    value = _build_metric(catalogue, metric.each, variant, setting, False, wheres, metric.time)
    return Filled(value) if metric.fill == "0" and not (isinstance(value, Filled) and value.over is None) else value


def adds_up(value: Value) -> bool:
    """Whether the values of disjoint groups sum up to that of all of them."""
    match value:
        case Leaf():
            if isinstance(value.how, Steps):  # a contact may be in several groups, a row is in one
                return value.how.count == "events" and value.how.part.split()[0] in ("started", "reached")
            return (value.how is None or isinstance(value.how, (State, Frame))) and _is_linear(value.sql.tree)
        case Filled():
            return adds_up(value.value)
        case Formula():
            parts = dict(value.parts)
            return _is_sum(value.sql.tree) and all(adds_up(part) for part in parts.values())
        case _:
            return False


def list_leaves(value: Value) -> list[Leaf]:
    """Every aggregate that the value is computed from, in order, each once."""
    match value:
        case Leaf():
            return [value]
        case Formula():
            found = [leaf for _, part in value.parts for leaf in list_leaves(part)]
        case Quotient():
            found = list_leaves(value.above) + list_leaves(value.below)
        case Change():
            found = list_leaves(value.now) + list_leaves(value.before)
        case Share() | Filled():
            found = list_leaves(value.value)
        case _:
            assert_never(value)
    return list(dict.fromkeys(found))


def list_shares(value: Value) -> list[str | None]:
    """What the shares inside the value are taken of: None is the grand total."""
    match value:
        case Leaf():
            return []
        case Formula():
            return [within for _, part in value.parts for within in list_shares(part)]
        case Quotient():
            return list_shares(value.above) + list_shares(value.below)
        case Change():
            return list_shares(value.now) + list_shares(value.before)
        case Share():
            return [value.within, *list_shares(value.value)]
        case Filled():
            return list_shares(value.value)
        case _:
            assert_never(value)


def _is_linear(tree: Node) -> bool:
    if isinstance(tree, (exp.Paren, exp.Cast, exp.Neg, exp.Filter)):
        return not isinstance(tree, exp.TryCast) and _is_linear(tree.this)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return _is_linear(tree.this) and _is_linear(tree.expression)
    if isinstance(tree, (exp.Mul, exp.Div)):
        return _is_linear(tree.this) and isinstance(tree.expression, exp.Literal)
    return isinstance(tree, (exp.Sum, exp.Count, exp.CountIf)) and not isinstance(tree.this, exp.Distinct)


def _is_sum(tree: Node) -> bool:
    if isinstance(tree, exp.Paren):
        return _is_sum(tree.this)
    if isinstance(tree, (exp.Add, exp.Sub)):
        return _is_sum(tree.this) and _is_sum(tree.expression)
    if isinstance(tree, (exp.Mul, exp.Div)):
        return _is_sum(tree.this) and isinstance(tree.expression, exp.Literal)
    return isinstance(tree, exp.Column)


def _refuse(found: str, remedy: str) -> Refused:
    return Refused([Problem("metric", found, remedy)])


def _count_parts(catalogue: Catalogue, name: str, known: dict[str, int]) -> int:
    """How many metrics a formula names, those that it names through others included, each as often as it's named."""
    metric = catalogue.metrics[name]
    if not isinstance(metric, Derived):
        return 1
    if name not in known:
        columns = find_columns(metric.sql.tree)
        known[name] = sum(_count_parts(catalogue, column.name, known) for column in columns)
    return known[name]


def _build_metric(
    catalogue: Catalogue,
    name: str,
    variant: Variant,
    setting: Setting,
    unique: bool,
    wheres: tuple[RowSql, ...] = (),
    clock: Clock | None = None,
    owner: str = "",
) -> Value:
    """The value of a metric. A formula's own where and clock go down to its parts; `owner` names that formula."""
    metric: Metric = catalogue.metrics[name]
    value: Value
    match metric:
        case Aggregate() | Snapshot():
            value = _build_leaf(catalogue, name, metric, variant, setting, unique, wheres, clock, owner)
        case Derived():
            if metric.where or metric.time:
                owner = f"{owner}, {name}" if owner else name
            wheres = (metric.where, *wheres) if metric.where else wheres
            parts = dict.fromkeys(column.name for column in find_columns(metric.sql.tree))
            found = (
                (part, _build_metric(catalogue, part, variant, setting, unique, wheres, clock or metric.time, owner))
                for part in parts
            )
            value = Formula(metric.sql, tuple(found))
        case Each():
            wheres, clock = (metric.where, *wheres) if metric.where else wheres, clock or metric.time
            each, shown = metric.each, f"{name}~unique" if unique else name

            def build(found: Variant, inner: Setting) -> Value:
                return _build_metric(catalogue, each, found, inner, unique, wheres, clock)

            shown = f"{shown} of {owner}" if owner else shown
            taken = build_each(catalogue, shown, metric, variant, setting, build)
            value = fill_periods(taken, setting)
            if metric.fill == "0" and isinstance(value, Filled):
                value = taken
        case New():
            wheres, clock = (metric.where, *wheres) if metric.where else wheres, clock or metric.time
            about = _build_metric(catalogue, read_kind(metric)[1], variant, setting, unique, wheres, clock, owner)
            value = build_newness(catalogue, f"{name}~unique" if unique else name, metric, variant, setting, about)
        case Conversion():
            if unique:
                raise _refuse(f"{name} says itself what it counts, so ~unique has no meaning", f"Ask {name}")
            starting = ((metric.where, *wheres) if metric.where else wheres, clock or metric.time)
            steps = [
                (step, _build_metric(catalogue, step, variant, setting, False, *(() if place else starting)))
                for place, step in enumerate(metric.conversion)
            ]
            value = build_conversion(catalogue, name, metric, steps, owner)
        case Rolling() | ToDate():
            if metric.where or metric.time:
                owner = f"{owner}, {name}" if owner else name
            wheres = (metric.where, *wheres) if metric.where else wheres
            part = metric.rolling if isinstance(metric, Rolling) else metric.to_date
            clock, frame = clock or metric.time, build_frame(metric)
            inner = _build_metric(catalogue, part, variant, setting, unique, wheres, clock, owner)
            if frame.at == "average" and not takes_own_mean(inner, frame.filled):

                def build_last(found: Variant, about: Setting) -> Value:
                    of_each = _build_metric(catalogue, part, found, about, unique, wheres, clock, owner)
                    return frame_value(of_each, replace(frame, at="last", filled=False), name)

                shown = f"{name}~unique" if unique else name
                shown = f"{shown} of {owner}" if owner else shown
                value = build_mean(catalogue, shown, part, frame, variant, setting, build_last)
            else:
                value = frame_value(inner, frame, name)
        case Comparison():
            if metric.where or metric.time:
                owner = f"{owner}, {name}" if owner else name
            wheres, clock = (metric.where, *wheres) if metric.where else wheres, clock or metric.time
            old = metric.compare
            if not unique:
                check_change(catalogue, old, name, metric.as_)

            def build_old(found: Variant) -> Value:
                return _build_metric(catalogue, old, found, setting, unique, wheres, clock, owner)

            value = compare_value(
                build_old, variant, read_shift(metric, catalogue.week_start), name, metric.as_, setting
            )
        case _:
            assert_never(metric)
    return Filled(value) if metric.fill == "0" else value


def _build_leaf(
    catalogue: Catalogue,
    name: str,
    metric: Aggregate | Snapshot,
    variant: Variant,
    setting: Setting,
    unique: bool,
    wheres: tuple[RowSql, ...],
    clock: Clock | None,
    owner: str,
) -> Leaf:
    sql = metric.sql
    if unique:
        if not metric.unique:
            raise _refuse(
                f"{name} doesn't say what is unique about it", f"Ask {name}, or add unique: to it in the catalogue"
            )
        column = exp.column(exp.to_identifier(metric.unique, quoted=True))
        sql = AggregateSql(f"count(distinct {metric.unique})", exp.Count(this=exp.Distinct(expressions=[column])))
    wheres = (metric.where, *wheres) if metric.where else wheres
    shown = f"{name}~unique" if unique else name
    clock = clock or metric.time
    state = find_state(catalogue, metric, clock)
    history = state is not None and state.history
    return Leaf(
        f"{shown} of {owner}" if owner else shown,
        metric.view,
        sql,
        wheres,
        resolve_span(catalogue, metric.view, setting) if history else resolve_clock(catalogue, metric.view, clock),
        variant,
        state,
    )


def resolve_clock(catalogue: Catalogue, view: str, clock: Clock | None) -> ResolvedClock | None:
    """The clock of a metric of the view: the metric's own, else the view's."""
    clock = clock or catalogue.views[view].time
    if clock is None:
        return None
    place = (view, clock.column.text)
    span = catalogue.bound.spans.get(place, Span(first=None, last=None))
    return ResolvedClock(
        view,
        clock.column,
        catalogue.bound.clock_types.get(place, ""),
        clock.grain,
        _naive(span.first),
        _naive(span.last),
        span.beyond,
        span.unknown,
        span.before,
    )


def _naive(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=None)


def _apply_frame(name: str, before: Builder, frame: Frame) -> Builder:
    return lambda variant: frame_value(before(variant), frame, f"{name}~{name_frame(frame)}")


def _apply_modifier(
    catalogue: Catalogue,
    name: str,
    before: Builder,
    modifier: Modifier,
    setting: Setting,
    unique: bool,
    frames: tuple[Frame, ...],
) -> Builder:
    metric = catalogue.metrics[name]
    if modifier.name == "rate":
        if not metric.share_of:
            raise _refuse(f"{name} doesn't say what it's a share of", "~rate needs share_of: in the catalogue")
        base = metric.share_of

        def below(variant: Variant) -> Value:
            value = _build_metric(catalogue, base, variant, setting, unique)
            for frame in frames:  # what is divided by is of the same window
                value = frame_value(value, frame, f"{base}~{name_frame(frame)}")
            return value

        return lambda variant: Quotient(before(variant), below(variant))
    if modifier.name == "share":
        return _apply_share(name, metric, before, modifier.argument, setting)
    if modifier.name in CHANGES:
        how = cast(Literal["value", "delta", "change"], modifier.argument or "change")
        shown = f"{name}~{modifier.name}"
        if not unique:
            check_change(catalogue, name, shown, how)
        return lambda variant: compare_value(before, variant, modifier.name, shown, how, setting)
    raise AssertionError(f"the line knows no modifier {modifier.name}")


def _apply_share(name: str, metric: Metric, before: Builder, within: str | None, setting: Setting) -> Builder:
    if within is not None and within not in setting.keys:
        remedy = f"Ask by={within}, or ~share({setting.keys[0]})" if setting.keys else f"Ask by={within}"
        raise _refuse(f"~share({within}) needs {within} in by", remedy)

    def share(variant: Variant) -> Value:
        value = before(variant)
        if not metric.share and not adds_up(value):
            raise _refuse(
                f"{name} doesn't add up, so a share of it would mislead",
                "share: true in the catalogue allows it; ~rate divides by its base",
            )
        over = [key for key in setting.keys if is_time_name(key) and key != within]
        over = [key for key in over if within not in DETERMINES or key not in DETERMINES[within]]
        if over and not metric.share and any(isinstance(leaf.how, State) for leaf in list_leaves(value)):
            raise _refuse(
                f"{name} is a state, and those of several periods don't add up, so a share of them would mislead",
                f"Ask {name}~share({over[0]}), each period's own",
            )
        return Share(value, within)

    return share
