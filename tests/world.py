"""A company as the reference knows it: rows in lists, and each SQL of its catalogue beside what it means in Python."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, assert_never

import duckdb

Row = Mapping[str, Any]
Formula = str | float | tuple[str, "Formula", "Formula"]


@dataclass(frozen=True)
class Sql:
    """SQL over a row, and the same in Python, where `here("contact.tier")` is a column or dimension, joined or not."""

    text: str
    read: Callable[[Callable[[str], Any]], Any]
    type: str = "text"


@dataclass(frozen=True)
class Fold:
    """An aggregate in SQL, and the same in Python over the column's values (for count(*): 1 a row)."""

    text: str
    column: str | None
    fold: Callable[[list[Any]], Any]
    adds_up: bool = False

    @property
    def zero(self) -> bool:
        """Whether nothing is 0 of it."""
        return self.text.startswith(("count", "sum"))


@dataclass(frozen=True)
class View:
    """`columns` are DuckDB's types by name; `dimensions` has None where the dimension is the column of that name."""

    columns: Mapping[str, str]
    rows: Sequence[Row]
    key: Mapping[str, str]
    time: str | None = None
    joins: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dimensions: Mapping[str, Sql | None] = field(default_factory=dict)
    valid: tuple[str, str] | None = None  # the columns from when and until when a row of a history holds
    multi: bool = False  # whether a key stands in several rows at once

    def type_of(self, dimension: str) -> str:
        found = self.dimensions.get(dimension)
        return found.type if found else self.columns[dimension]


@dataclass(frozen=True)
class Aggregate:
    view: str
    sql: Fold
    where: Sql | None = None
    time: str | None = None
    unique: str | None = None
    share_of: str | None = None
    share: bool = False
    fill: bool = False


@dataclass(frozen=True)
class Derived:
    sql: Formula
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Window:
    """The metric over the days up to each: so many units of them, else those since the grain's start, else all."""

    of: str
    count: int = 0
    unit: str = "day"
    grain: str | None = None
    at: str = "last"
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Newness:
    """The metric of entities that are new, returning, resurrected or lost."""

    of: str
    kind: str
    by: str
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Snapshot:
    """The aggregate over the rows of one instant, of each entity's own, or its mean over all."""

    view: str
    sql: Fold
    which: str
    per: str | None = None
    where: Sql | None = None
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Conversion:
    """Entities, or rows, of the first step that get to the last one, or the days that they take.

    `since`, `order`, `upto` and `days_from` are those of a funnel's step: what its window runs from, whether its steps
    are in order, how many of them are followed, and the place of the one that days are counted from.
    """

    steps: tuple[str, ...]
    by: str
    within: tuple[int, str] | None = None
    count: str = "unique"
    take: str = "rate"
    touch: str | None = None
    same: tuple[str, ...] = ()
    where: Sql | None = None
    since: str = "first"
    order: str = "strict"
    upto: int | None = None
    days_from: int = 0
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Each:
    """The metric's value per period or entity, and what is taken of these values."""

    of: str
    per: str
    take: str
    fill: bool = False
    share: bool = False


@dataclass(frozen=True)
class Comparison:
    """The metric against its own value so many units before, or on the first day of `to`."""

    of: str
    count: int = 0
    unit: str = "day"
    to: str = ""
    form: str = "change"
    fill: bool = False
    share: bool = False


Metric = Aggregate | Derived | Window | Newness | Snapshot | Conversion | Each | Comparison


@dataclass(frozen=True)
class Segment:
    of: str
    where: Sql


@dataclass(frozen=True)
class Funnel:
    steps: tuple[str, ...]
    by: str
    within: tuple[int, str] | None = None
    since: str = "first"
    order: str = "strict"


@dataclass(frozen=True)
class Cohort:
    start: str
    back: str
    by: str
    grain: str = "month"
    retention: str = "bounded"


@dataclass(frozen=True)
class World:
    views: Mapping[str, View]
    metrics: Mapping[str, Metric]
    segments: Mapping[str, Segment] = field(default_factory=dict)
    timezone: str = "UTC"
    stored_in: str | None = None
    week_start: str = "monday"
    funnels: Mapping[str, Funnel] = field(default_factory=dict)
    cohorts: Mapping[str, Cohort] = field(default_factory=dict)

    @property
    def stored_zone(self) -> str:
        return self.stored_in or self.timezone


def null(values: list[Any]) -> list[Any]:
    """Without those that are NULL, as every aggregate but count(*) reads them."""
    return [value for value in values if value is not None]


def median(values: list[Any]) -> Any:
    known = sorted(null(values))
    middle = len(known) // 2
    return None if not known else known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2


FOLDS: dict[str, tuple[Callable[[list[Any]], Any], bool]] = {
    "count(*)": (len, True),
    "count({})": (lambda values: len(null(values)), True),
    "count(distinct {})": (lambda values: len(set(null(values))), False),
    "sum({})": (lambda values: sum(null(values)) if null(values) else None, True),
    "avg({})": (lambda values: sum(null(values)) / len(null(values)) if null(values) else None, False),
    "min({})": (lambda values: min(null(values), default=None), False),
    "max({})": (lambda values: max(null(values), default=None), False),
    "median({})": (median, False),
}


def fold(text: str, column: str | None = None) -> Fold:
    """The aggregate of the table above, over a column."""
    found, adds_up = FOLDS[text]
    return Fold(text.format(column), column, found, adds_up)


def print_formula(formula: Formula) -> str:
    match formula:
        case (operator, left, right):
            return f"({print_formula(left)} {operator} {print_formula(right)})"
        case _:
            return str(formula)


def print_metric(metric: Metric) -> dict[str, Any]:
    """What tells the metric's kind, as the catalogue writes it."""
    match metric:
        case Derived():
            return {"sql": print_formula(metric.sql)}
        case Window(of, count, unit, grain, at):
            told = {"rolling": of, "window": f"{count} {unit}s"} if count else {"to_date": of}
            return told | ({"grain": grain} if grain else {}) | ({"at": at} if at != "last" else {})
        case Each(of, per, take):
            return {"each": of, "per": per, "take": take}
        case Comparison(of, count, unit, to, form):
            back = {"to": f"start of {to}"} if to else {"offset": f"{count} {unit}s"}
            return {"compare": of, "as": form} | back
        case Newness(of, kind, by):
            return {kind: of, "by": by}
        case Snapshot(view, sql, which, per, where):
            told = {"view": view, "sql": sql.text, "snapshot": which} | ({"per": per} if per else {})
            return told | ({"where": where.text} if where else {})
        case Conversion():
            window = print_window(metric.within)
            counted = {"by": metric.by, "count": metric.count, "take": metric.take}
            touched = {"touch": metric.touch} if metric.touch else {}
            steps: dict[str, Any] = {"conversion": list(metric.steps), **counted, **window, **touched}
            return steps | {"same": list(metric.same)} | ({"where": metric.where.text} if metric.where else {})
        case Aggregate():
            texts = {"time": metric.time, "unique": metric.unique, "share_of": metric.share_of}
            told = {"view": metric.view, "sql": metric.sql.text} | (
                {"where": metric.where.text} if metric.where else {}
            )
            return told | {key: text for key, text in texts.items() if text}
        case _ as never:
            assert_never(never)


def print_window(within: tuple[int, str] | None) -> dict[str, str]:
    return {"within": "{} {}s".format(*within)} if within else {}


def print_funnel(funnel: Funnel) -> dict[str, Any]:
    told = {"by": funnel.by, "from": funnel.since, "order": funnel.order}
    return {"steps": list(funnel.steps)} | told | print_window(funnel.within)


def print_cohort(cohort: Cohort) -> dict[str, Any]:
    told = {"start": cohort.start, "return": cohort.back, "by": cohort.by}
    return told | {"grain": cohort.grain, "retention": cohort.retention}


def print_catalogue(world: World) -> str:
    """The world's `metrics.yml`, as JSON, which is YAML."""
    views: dict[str, Any] = {}
    for name, view in world.views.items():
        views[name] = {"table": name, "key": dict(view.key)}
        views[name] |= {"time": view.time} if view.time else {}
        views[name] |= {"valid": list(view.valid)} if view.valid else {}
        views[name] |= {"multi": True} if view.multi else {}
        views[name]["joins"] = {j: {"entity": entity, "key": column} for j, (entity, column) in view.joins.items()}
        views[name]["dimensions"] = {d: {"sql": sql.text} if sql else d.title() for d, sql in view.dimensions.items()}
    metrics: dict[str, Any] = {}
    for name, metric in world.metrics.items():
        metrics[name] = print_metric(metric)
        metrics[name] |= ({"fill": 0} if metric.fill else {}) | ({"share": True} if metric.share else {})
    whole: dict[str, Any] = {"name": "World", "timezone": world.timezone, "week_start": world.week_start}
    whole |= {"stored_in": world.stored_in} if world.stored_in else {}
    whole |= {"database": "world.duckdb", "views": views, "metrics": metrics}
    whole["segments"] = {name: {"of": s.of, "where": s.where.text} for name, s in world.segments.items()}
    whole["funnels"] = {name: print_funnel(funnel) for name, funnel in world.funnels.items()}
    whole["cohorts"] = {name: print_cohort(cohort) for name, cohort in world.cohorts.items()}
    return json.dumps(whole, ensure_ascii=False)


def write_world(world: World, folder: Path) -> Path:
    """Writes the world's database and catalogue into the folder; the catalogue's file."""
    with duckdb.connect(str(folder / "world.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, view in world.views.items():
            columns = ", ".join(f'"{column}" {kind}' for column, kind in view.columns.items())
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            if view.rows:
                marks = ", ".join("?" * len(view.columns))
                rows = [[row[column] for column in view.columns] for row in view.rows]
                connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
    file = folder / "metrics.yml"
    file.write_text(print_catalogue(world), encoding="utf-8")
    return file
