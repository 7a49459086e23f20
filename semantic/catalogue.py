"""Catalogue: what `metrics.yml` says, as frozen values. The YAML language and its schema are read off these types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from semantic.expressions import AggregateSql, FormulaSql, RowSql, SelectSql
from semantic.reach import Path

Grain = Literal["minute", "hour", "day", "week", "month", "quarter", "half", "year"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Take = str  # mean, median, sum, min, max, p10 … p99


def term(doc: str, name: str | None = None, **options: Any) -> Any:
    """A key of the language: its sentence for editors, its YAML name where that is a word of Python, its default."""
    return field(metadata={"doc": doc, "name": name}, **options)


@dataclass(frozen=True, slots=True)
class Text:
    """A label or sentence, in one language or several."""

    texts: tuple[tuple[str, str], ...]

    def read(self, language: str = "en") -> str:
        """The text in `language`, else in English, else in the first language that there is."""
        texts = dict(self.texts)
        return texts.get(language) or texts.get("") or texts.get("en") or self.texts[0][1]


@dataclass(frozen=True, slots=True)
class Duration:
    """`7 days`: a count and a unit, the unit in the singular."""

    count: int
    unit: Literal["minute", "hour", "day", "week", "month", "quarter", "half", "year"]

    def __str__(self) -> str:
        units = "halves" if self.unit == "half" else f"{self.unit}s"
        return f"{self.count} {self.unit if self.count == 1 else units}"


@dataclass(frozen=True, kw_only=True)
class Clock:
    SHORT: ClassVar[str] = "column"
    column: RowSql = term("The column, or SQL, that says when a row happened.")
    grain: Grain | None = term("What a row stands for where it's more than an instant: a month, say.", default=None)


@dataclass(frozen=True, kw_only=True)
class Dimension:
    SHORT: ClassVar[str] = "label"
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What it means.", default=None)
    sql: RowSql | None = term("SQL over the view's columns; default: the column of that name.", default=None)
    drill: str | None = term("The next finer dimension of a hierarchy, in the same view.", default=None)
    pii: bool = term("Personal: hidden in rows and exports, and not offered as a slice.", default=False)
    rank: str | None = term("Numbers the rows of this entity by the view's clock.", default=None)
    trait: str | None = field(default=None, metadata={"hidden": True})  # the metric per entity that it is


@dataclass(frozen=True, kw_only=True)
class Join:
    SHORT: ClassVar[str] = "key"
    key: str | tuple[str, ...] = term("The column or columns here that hold the entity's key.")
    entity: str | None = term("The entity; default: the join's own name. Another name makes it a role.", default=None)
    orphans: bool = term("Some rows find no partner, as is known: check doesn't warn of them.", default=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.key,) if isinstance(self.key, str) else self.key


@dataclass(frozen=True, kw_only=True)
class View:
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What a row is.", default=None)
    sql: SelectSql | None = term("A SELECT over tables of the database and other views.", default=None)
    table: str | None = term("A table of the database, or schema.table.", default=None)
    file: str | tuple[str, ...] | None = term("CSV or Parquet files below the data folder; * is allowed.", default=None)
    key: Mapping[str, str | tuple[str, ...]] = term(
        "One row per this entity: its name and column.", default_factory=dict
    )
    time: Clock | None = term("The clock that its metrics are counted by.", default=None)
    valid: tuple[str, ...] | None = term("History: the columns from and to, half-open; NULL is open.", default=None)
    multi: bool = term("Its key may stand in several rows at once (overlapping memberships).", default=False)
    complete_until: SelectSql | None = term("SELECT of the instant up to which it's complete.", default=None)
    joins: Mapping[str, Join] = term("Many-to-one joins: entity or role, and the column.", default_factory=dict)
    dimensions: Mapping[str, Dimension] = term("What its metrics can be cut by.", default_factory=dict)

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        return {entity: (columns,) if isinstance(columns, str) else columns for entity, columns in self.key.items()}


@dataclass(frozen=True, kw_only=True)
class Segment:
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("Who is in it.", default=None)
    of: str = term("The view whose rows it picks.")
    where: RowSql = term("The condition, in SQL over that view.")
    family: str | None = term("The family it belongs to.", default=None)


@dataclass(frozen=True, kw_only=True)
class Family:
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What its segments have in common.", default=None)
    exclusive: bool = term("Its segments exclude each other.", default=False)


@dataclass(frozen=True, kw_only=True)
class Described:
    """What any metric may carry, whatever its kind."""

    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What it counts, in a sentence.", default=None)
    format: str | None = term("number, percent, currency, days, score, or a d3 format.", default=None)
    unit: Text | None = term("What it's counted in.", default=None)
    better: Literal["higher", "lower"] | None = term("Which direction is good.", default=None)
    target: float | str | None = term("A number, or the metric that holds the target.", default=None)
    min_base: int | None = term("Below this denominator a rate is too small to read.", default=None)
    where: RowSql | None = term("A condition on the rows that feed it.", default=None)
    time: Clock | None = term("Another clock than its view's.", default=None)
    unique: str | None = term("The column that ~unique counts.", default=None)
    share_of: str | None = term("The metric that ~rate divides by.", default=None)
    share: bool = term("A share of a total makes sense although it doesn't add up.", default=False)
    fill: Literal["0"] | None = term("0 where there are no rows.", default=None)
    settles: Duration | None = term("Periods younger than this are provisional.", default=None)
    purpose: Text | None = term("Why it's looked at.", default=None)
    how_to_read: Text | None = term("What a high or low value says.", default=None)
    decision: Text | None = term("What it decides.", default=None)
    owner: str | None = term("Who answers for it.", default=None)
    tags: tuple[str, ...] = term("Words to find it by.", default=())
    was: tuple[str, ...] = term("Earlier names, which keep links alive.", default=())


@dataclass(frozen=True, kw_only=True)
class Aggregate(Described):
    view: str = term("The view whose rows it aggregates.")
    sql: AggregateSql = term("The aggregate, in SQL.")


@dataclass(frozen=True, kw_only=True)
class Snapshot(Described):
    view: str = term("The view whose rows are states.")
    sql: AggregateSql = term("The aggregate over the rows of one instant.")
    snapshot: Literal["last", "first", "average"] = term("Which instant of the period.")
    per: str | None = term("Each entity's own last instead of the view's.", default=None)


@dataclass(frozen=True, kw_only=True)
class Derived(Described):
    sql: FormulaSql = term("A formula over other metrics.")


@dataclass(frozen=True, kw_only=True)
class Rolling(Described):
    rolling: str = term("The metric in the window.")
    window: Duration = term("How far the window reaches back, its last day included.")
    at: Literal["last", "first", "average"] = term("What a coarser grain than day shows.", default="last")


@dataclass(frozen=True, kw_only=True)
class ToDate(Described):
    to_date: str = term("The metric that is run up.")
    grain: Grain | None = term("Since the start of this; default: since the beginning.", default=None)
    at: Literal["last", "first", "average"] = term("What a coarser grain than day shows.", default="last")


@dataclass(frozen=True, kw_only=True)
class Comparison(Described):
    compare: str = term("The metric that is compared.")
    offset: Duration | None = term("With its own value this long before.", default=None)
    to: str | None = term("start of year, say.", default=None)
    as_: Literal["value", "delta", "change"] = term(
        "The old value, the difference, or new / old - 1.", "as", default="change"
    )


@dataclass(frozen=True, kw_only=True)
class Conversion(Described):
    conversion: tuple[str, ...] = term("Two or more metrics: the steps, in order.")
    by: str = term("The entity that converts.")
    within: Duration | None = term("The window from the first step; default: ever.", default=None)
    count: Literal["unique", "events"] = term("Entities, or rows of the first step.", default="unique")
    take: Literal["rate", "count", "mean", "median", "min", "max"] = term("What is told.", default="rate")
    touch: Literal["last", "first", "any"] | None = term("Which of several first steps counts.", default=None)
    same: tuple[str, ...] = term("Properties that must agree between steps.", default=())


@dataclass(frozen=True, kw_only=True)
class Each(Described):
    each: str = term("The metric whose value is taken per period or entity.")
    per: str = term("A grain, or an entity.")
    take: Take | None = term("mean, median, sum, min, max, p10 … p99; without: a dimension.", default=None)
    bands: tuple[float, ...] = term("Lower bounds of the bands.", default=())


@dataclass(frozen=True, kw_only=True)
class New(Described):
    by: str = term("The entity that is new, returning, resurrected or lost.")
    new: str | None = term("The metric, of entities seen for the first time.", default=None)
    returning: str | None = term("The metric, of entities seen before.", default=None)
    resurrected: str | None = term("The metric, of entities that were away.", default=None)
    lost: str | None = term("The metric, of entities that are gone.", default=None)


Metric = Aggregate | Snapshot | Derived | Rolling | ToDate | Comparison | Conversion | Each | New
# The key that tells the kind; the first that is there counts.
KINDS: dict[str, type[Metric]] = {
    "rolling": Rolling,
    "to_date": ToDate,
    "compare": Comparison,
    "conversion": Conversion,
    "each": Each,
    "new": New,
    "returning": New,
    "resurrected": New,
    "lost": New,
    "snapshot": Snapshot,
    "view": Aggregate,
    "sql": Derived,
}


@dataclass(frozen=True, kw_only=True)
class Funnel:
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What it follows.", default=None)
    by: str = term("The entity that goes through it.")
    steps: tuple[str, ...] = term("Two or more metrics, in order.")
    within: Duration | None = term("The window; default: ever.", default=None)
    since: Literal["first", "previous"] = term("The step that the window runs from.", "from", default="first")
    order: Literal["strict", "any"] = term("Whether the steps must come in order.", default="strict")


@dataclass(frozen=True, kw_only=True)
class Cohort:
    label: Text | None = term("Its name on the screen.", default=None)
    description: Text | None = term("What it follows.", default=None)
    start: str = term("The metric whose first row puts an entity into its cohort.")
    return_: str = term("The metric that says that it came back.", "return")
    by: str = term("The entity.")
    grain: Literal["day", "week", "month", "quarter", "half", "year"] = term(
        "The width of a cohort and of an age.", default="month"
    )
    retention: Literal["bounded", "rolling"] = term(
        "Who came back in an age: in it, or in it or later.", default="bounded"
    )
    min_base: int = term("Below this size a rate is too small to read.", default=30)


@dataclass(frozen=True, kw_only=True)
class Annotation:
    from_: date = term("Its first day.", "from")
    to: date | None = term("Its last day.", default=None)
    title: Text = term("At most fifty characters.")
    description: Text | None = term("More of it.", default=None)
    metrics: tuple[str, ...] = term("The metrics it concerns; default: all.", default=())


@dataclass(frozen=True, kw_only=True)
class Span:
    """What the data says of a clock: its first and last instant (naive, in the column's own zone), None where empty."""

    first: datetime | None
    last: datetime | None
    before: bool = True  # whether a row may lie before the first one, where no calendar reaches
    beyond: bool = True  # or after the last one
    unknown: bool = True  # or have none


MOST_VALUES = 65_535  # of a dimension, or of several together, that are counted and numbered


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What was read from the database once per data version: `columns[view][column] = type`, and so on."""

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dimension_types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    metric_types: Mapping[str, str] = field(default_factory=dict)
    clock_types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    values: Mapping[tuple[str, str], int] = field(default_factory=dict)  # of dimensions of joined views that have few
    small: frozenset[str] = frozenset()  # joined views of few rows
    sparse: frozenset[tuple[str, str]] = frozenset()  # a view of many rows, and one that has far fewer
    complete: Mapping[str, datetime | None] = field(default_factory=dict)
    newest: date | None = None
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    name: str = term("Whose metrics these are.", default="Crosscut")
    timezone: str = term("Days, weeks and hours are cut in this zone.", default="UTC")
    stored_in: str | None = term("The zone of timestamps that carry none; default: timezone.", default=None)
    week_start: Weekday = term("The first day of a week.", default="monday")
    currency: str = term("ISO code of amounts of money.", default="EUR")
    database: str | None = term("A DuckDB file below the data folder, or another engine's URL.", default=None)
    data: str | None = term("The data folder; default: the catalogue's own.", default=None)
    views: Mapping[str, View] = term("Tables, files and SELECTs.", default_factory=dict)
    segments: Mapping[str, Segment] = term("Named conditions.", default_factory=dict)
    families: Mapping[str, Family] = term("Groups of segments.", default_factory=dict)
    metrics: Mapping[str, Metric] = term("The KPIs.", default_factory=dict)
    funnels: Mapping[str, Funnel] = term("Steps that an entity goes through.", default_factory=dict)
    cohorts: Mapping[str, Cohort] = term("Who comes back.", default_factory=dict)
    annotations: tuple[Annotation, ...] = term("Days to know of when reading a chart.", default=())
    # Not of the language: where it was read, and what was found out about it.
    file: str = field(default="metrics.yml", metadata={"hidden": True})
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, metadata={"hidden": True}, repr=False)
    paths: Mapping[str, tuple[Path, ...]] = field(default_factory=dict, metadata={"hidden": True}, repr=False)
    bound: Bound = field(default_factory=Bound, metadata={"hidden": True}, repr=False)

    @property
    def stored_zone(self) -> str:
        return self.stored_in or self.timezone

    def locate(self, *path: str) -> str:
        """`file:line: place`, of the nearest part of the catalogue that has a line."""
        place = path
        while place and place not in self.lines:
            place = place[:-1]
        where = f"{self.file}:{self.lines.get(place, 1)}"
        return f"{where}: {'.'.join(path)}" if path else where
