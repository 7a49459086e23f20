"""What is to be computed for a column, as the reference sees it: aggregates, sums of them, shares and changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, assert_never

from semantic.question import MetricAsk
from tests.reference_names import Unanswerable
from tests.world import (
    Aggregate,
    Comparison,
    Conversion,
    Derived,
    Each,
    Formula,
    Newness,
    Snapshot,
    Sql,
    Window,
    World,
    fold,
)

TO_DATE = {"mtd": "month", "qtd": "quarter", "ytd": "year", "total": None}
UNITS = {"d": "day", "w": "week", "m": "month"}


@dataclass(frozen=True)
class Leaf:
    name: str
    metric: Aggregate


@dataclass(frozen=True)
class Calculation:
    operator: str
    left: "Value"
    right: "Value"


@dataclass(frozen=True)
class Zero:
    """0 where there is none."""

    of: "Value"


@dataclass(frozen=True)
class Share:
    """Of the grand total, or of the rows that agree in a key."""

    of: "Value"
    within: str | None


@dataclass(frozen=True)
class Change:
    """Against its own value a step earlier."""

    of: "Value"
    step: str | Comparison
    form: str


@dataclass(frozen=True)
class Windowed:
    """Over the days up to each, as the metric says how many."""

    of: "Value"
    window: Window


@dataclass(frozen=True)
class Known:
    """Of entities that are new, returning, resurrected or lost."""

    of: "Value"
    newness: Newness


@dataclass(frozen=True)
class State:
    """At one instant."""

    of: Leaf
    snapshot: Snapshot


@dataclass(frozen=True)
class Converted:
    """Of the rows of the first step, those that later ones follow."""

    of: Leaf
    later: tuple[Leaf, ...]
    conversion: Conversion


@dataclass(frozen=True)
class Taken:
    """What is taken of the values per period or entity."""

    of: "Value"
    each: Each


Kind = Windowed | Known | State | Converted | Taken
Value = Leaf | Calculation | Zero | Share | Change | Kind | float


def read_metric(world: World, asked: MetricAsk) -> Value:
    """The metric with its modifiers. Raises Unanswerable."""
    value = build(world, asked.name)
    for modifier in asked.modifiers:
        match modifier.name:
            case "unique":
                value = rebuild(value, count_unique)
            case "rate":
                metric = world.metrics[asked.name]
                if not isinstance(metric, Aggregate) or metric.share_of is None:
                    raise Unanswerable("a rate of a metric without share_of")
                base = build(world, metric.share_of)
                # Unique clicks are a share of unique deliveries: the base is counted as what it's the base of.
                counted = any(other.name == "unique" for other in asked.modifiers)
                value = Calculation("/", value, rebuild(base, count_unique) if counted else base)
            case "share":
                if not world.metrics[asked.name].share and not adds_up(value):
                    raise Unanswerable("a share of what doesn't add up")
                value = Share(value, modifier.argument)
            case window if window in TO_DATE or window.startswith("rolling"):
                value = Windowed(value, read_window(asked.name, window))
            case step:
                value = Change(value, step, modifier.argument or "change")
    return value


def read_window(of: str, modifier: str) -> Window:
    """`rolling7d`, `mtd`, `total`."""
    if modifier in TO_DATE:
        return Window(of, grain=TO_DATE[modifier])
    return Window(of, int(modifier[7:-1]), UNITS[modifier[-1]])


def build(world: World, name: str) -> Value:
    metric = world.metrics[name]
    value: Value
    match metric:
        case Aggregate():
            value = Leaf(name, metric)
        case Derived():
            value = build_formula(world, metric.sql)
        case Window():
            value = Windowed(build(world, metric.of), metric)
        case Newness():
            value = Known(build(world, metric.of), metric)
        case Comparison():
            value = Change(build(world, metric.of), metric, metric.form)
        case Each():
            value = Taken(build(world, metric.of), metric)
        case Snapshot():
            value = State(Leaf(name, Aggregate(metric.view, metric.sql, metric.where)), metric)
        case Conversion(steps):
            first, *later = (
                build_step(world, step, () if place else (metric.where,)) for place, step in enumerate(steps)
            )
            value = Converted(first, tuple(later), metric)
        case _ as never:
            assert_never(never)
    return Zero(value) if metric.fill else value


def build_step(world: World, name: str, more: tuple[Sql | None, ...]) -> Leaf:
    """The rows that a step's metric counts. Raises Unanswerable where it counts none."""
    metric = world.metrics[name]
    if not isinstance(metric, Aggregate) or not metric.sql.text.startswith("count"):
        raise Unanswerable("a step is no count of rows")
    return build_rows(world, name, more)


def build_rows(world: World, name: str, more: tuple[Sql | None, ...]) -> Leaf:
    """The rows that feed a metric, those only of which it counts something. Raises Unanswerable where it has none."""
    metric = world.metrics[name]
    if not isinstance(metric, Aggregate):
        raise Unanswerable("no metric of rows")
    column = metric.sql.column if metric.sql.text.startswith("count") else None
    known = column and Sql(f"{column} IS NOT NULL", lambda here: here(column) is not None, "BOOLEAN")
    wheres = [where for where in (metric.where, known, *more) if where]
    every = Sql(" AND ".join(where.text for where in wheres), lambda here: all(w.read(here) is True for w in wheres))
    return Leaf(name, Aggregate(metric.view, fold("count(*)"), every if wheres else None, metric.time))


def build_formula(world: World, formula: Formula) -> Value:
    match formula:
        case (operator, left, right):
            return Calculation(operator, build_formula(world, left), build_formula(world, right))
        case str():
            return build(world, formula)
        case _:
            return formula


def rebuild(value: Value, make: Callable[[Leaf], Value]) -> Value:
    """The same with other leaves."""
    match value:
        case Leaf():
            return make(value)
        case Zero(of) | Share(of) | Change(of) | Windowed(of) | Known(of) | Taken(of):
            return replace(value, of=rebuild(of, make))
        case Calculation(operator, left, right):
            return Calculation(operator, rebuild(left, make), rebuild(right, make))
        case Converted():
            raise Unanswerable("a conversion says itself what it counts")
        case _:
            return value


def count_unique(leaf: Leaf) -> Leaf:
    if leaf.metric.unique is None:
        raise Unanswerable("unique of a metric without unique")
    return Leaf(leaf.name, replace(leaf.metric, sql=fold("count(distinct {})", leaf.metric.unique)))


def list_parts(value: Value) -> Iterator[Value]:
    """The value and all that it's made of."""
    yield value
    match value:
        case Zero(of) | Share(of) | Change(of) | Windowed(of) | Known(of) | State(of) | Converted(of) | Taken(of):
            yield from list_parts(of)
        case Calculation(_, left, right):
            yield from list_parts(left)
            yield from list_parts(right)
        case _:
            return


def ends_on_a_day(value: Value) -> bool:
    """Whether it's a value of one day, windows only, which another day's is compared with even without a period."""
    match value:
        case Windowed():
            return True
        case Zero(of) | Share(of) | Change(of):
            return ends_on_a_day(of)
        case Calculation(_, left, right):
            return ends_on_a_day(left) and ends_on_a_day(right)
        case int() | float():
            return True
        case _:
            return False


def adds_up(value: Value) -> bool:
    """Whether the values of its parts sum to that of the whole."""
    match value:
        case Leaf(_, metric):
            return metric.sql.adds_up
        case Converted(_, _, conversion):
            return (conversion.take, conversion.count) == ("count", "events")
        case Zero(of) | State(of):
            return adds_up(of)
        case Calculation("+" | "-", left, right):
            return adds_up(left) and adds_up(right)
        case Calculation("*", (int() | float()), of) | Calculation("*" | "/", of, (int() | float())):
            return adds_up(of)
        case _:
            return False


def calculate(operator: str, left: Any, right: Any) -> Any:
    """NULL where a side is NULL, or the denominator 0."""
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None


def tell_change(new: Any, old: Any, form: str) -> Any:
    """The old value, the difference, or new / old - 1."""
    if form == "value":
        return old
    if new is None or old is None:
        return None
    return new - old if form == "delta" else new / old - 1 if old else None
