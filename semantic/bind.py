"""Catalogue + engine -> bound Catalogue: columns, types, what data there is; asked once per version of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic.calendar import add_periods, start_of_day, truncate_day
from semantic.catalogue import MOST_VALUES, Aggregate, Bound, Catalogue, Clock, Conversion, Metric, Snapshot, Span
from semantic.conditions import classify_type
from semantic.emit.scope import Params, Scope
from semantic.errors import Failed, Problem, Refused
from semantic.expressions import Sql
from semantic.load import check_names, list_parts
from semantic.names import Reached, column_sql, get_dimension
from semantic.primitives import DuckDB, Node
from semantic.reach import Path
from semantic.traits import type_traits

if TYPE_CHECKING:
    from semantic.engines import Engine


NUMBERED_FROM = 100_000  # rows of a view, from which on numbering the dimensions that it joins is worth its SQL
MOST_ROWS = 1_000_000  # a joined view of more isn't numbered by its dimensions' values before the join
FEW_ROWS = 1000  # a joined view of no more is joined to groups by what joins it
FEWER = 4  # times as many rows are many more
# What lies outside stands for "never": a clock's span doesn't reach there.
FIRST_DAY, LAST_DAY = "DATE '0002-01-01'", "DATE '9998-01-01'"


def bind_catalogue(
    catalogue: Catalogue, engine: Engine, numbered_from: int = NUMBERED_FROM, few_rows: int = FEW_ROWS
) -> Catalogue:
    """The catalogue with what the database says of it. Raises Refused for missing columns and SQL that doesn't run.

    Dimensions are counted, so that they're numbered before a join, where a view of `numbered_from` rows joins them; or
    joined to groups, where they are of a view of at most `few_rows`.
    """
    columns = {}
    for name in catalogue.views:
        columns[name] = {column.lower(): type_ for column, type_ in engine.describe(f'SELECT * FROM "{name}"').items()}
    bound = replace(catalogue, bound=Bound(columns=columns, version=engine.version))
    problems = check_names(bound)
    if problems:
        raise Refused(problems)
    return _Binder(bound, engine, numbered_from, few_rows).bind()


class _Binder:
    """Asks for types and spans; `problems` grows."""

    def __init__(self, catalogue: Catalogue, engine: Engine, numbered_from: int, few_rows: int) -> None:
        self.catalogue, self.engine, self.numbered_from, self.few_rows = catalogue, engine, numbered_from, few_rows
        self.rows: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.bases: dict[str, set[str]] = {}
        self.dialect = DuckDB()

    def bind(self) -> Catalogue:
        catalogue = self.catalogue
        dimensions: dict[tuple[str, str], str] = {}
        metrics: dict[str, str] = {}
        clocks: dict[tuple[str, str], str] = {}
        for view in catalogue.views:
            names = self.list_dimensions(view)
            places = {name: ("views", view, "dimensions", name) for name in names}
            found = self.describe(view, names, self.dimension_of(view), places)
            dimensions |= {(view, name): type_ for name, type_ in found.items()}
            texts = {clock.column.text: clock.column for clock, _ in self.list_clocks(view)}
            named = {clock.column.text: place for clock, place in reversed(self.list_clocks(view))}
            found = self.describe_texts(view, texts, named)
            self.check_clocks(view, found, named)
            clocks |= {(view, text): type_ for text, type_ in found.items()}
            own = {
                name: metric
                for name, metric in catalogue.metrics.items()
                if isinstance(metric, (Aggregate, Snapshot)) and metric.view == view
            }
            metrics |= self.describe_sql(view, {name: metric.sql for name, metric in own.items()}, "metrics", "sql")
            self.check_averages(own, metrics)
            wheres: dict[str, Sql] = {name: metric.where for name, metric in own.items() if metric.where}
            self.check_conditions("metrics", wheres, self.describe_sql(view, wheres, "metrics", "where"))
            segments = {name: segment.where for name, segment in catalogue.segments.items() if segment.of == view}
            self.check_conditions("segments", segments, self.describe_sql(view, segments, "segments", "where"))
        if self.problems:
            raise Refused(self.problems)
        traits = type_traits(catalogue, metrics)
        dimensions |= traits
        spans = {place: self.ask_span(place) for place in clocks}
        times = [place for place, type_ in dimensions.items() if classify_type(type_) in ("timestamp", "instant")]
        times = [place for place in times if self.is_fixed(*place)]
        spans |= {
            (view, name): self.ask_dimension_span(view, name) for view, name in times if (view, name) not in spans
        }
        bound = replace(
            catalogue.bound,
            dimension_types=dimensions,
            metric_types=metrics,
            clock_types=clocks,
            spans=spans,
            values=self.count_values(dimensions),
            sparse=self.list_sparse(),
            small=frozenset(view for view, rows in self.rows.items() if rows <= self.few_rows),
            complete=self.ask_complete(clocks, spans),
            newest=self.find_newest(clocks, spans),
        )
        return replace(catalogue, bound=bound)

    def describe_sql(self, view: str, found: Mapping[str, Sql], kind: str, key: str) -> dict[str, str]:
        """The type of each expression of a kind of things."""
        return self.describe_texts(view, found, {name: (kind, name, key) for name in found})

    def describe_texts(
        self, view: str, found: Mapping[str, Sql], places: Mapping[str, tuple[str, ...]]
    ) -> dict[str, str]:
        """The type of each expression, which stands at its place in the catalogue."""
        return self.describe(view, found, lambda scope, name: scope.sql(found[name]), places)

    def list_dimensions(self, view: str) -> list[str]:
        found = self.catalogue.views[view]
        names = list(found.dimensions)
        clock = found.time.column.tree if found.time else None
        if isinstance(clock, exp.Column) and len(clock.parts) == 1 and clock.name not in names:
            names.append(clock.name)
        return names

    def dimension_of(self, view: str) -> Callable[[Scope, str], Node]:
        return lambda scope, name: scope.dimension(
            Reached(Path(view), name, get_dimension(self.catalogue.views[view], name))
        )

    def clock_of(self, clock: Clock) -> Callable[[Scope, str], Node]:
        return lambda scope, _: scope.sql(clock.column)

    def list_clocks(self, view: str) -> list[tuple[Clock, tuple[str, ...]]]:
        """The clocks of the view and its metrics, each with its place in the catalogue."""
        own = self.catalogue.views[view].time
        metrics = [
            (m.time, ("metrics", name, "time"))
            for name, m in self.catalogue.metrics.items()
            if m.time and view in self.list_bases(name)
        ]
        bounds = [
            (Clock(column=column_sql(name)), ("views", view, "valid"))
            for name in self.catalogue.views[view].valid or ()
        ]
        return [*([(own, ("views", view, "time"))] if own else []), *metrics, *bounds]

    def list_bases(self, name: str) -> set[str]:
        """The views whose rows feed a metric."""
        if name not in self.bases:
            metric = self.catalogue.metrics[name]
            fed = {metric.view} if isinstance(metric, (Aggregate, Snapshot)) else set()
            parts = list_parts(metric)[:1] if isinstance(metric, Conversion) else list_parts(metric)
            self.bases[name] = fed.union(*(self.list_bases(part) for _, part in parts))
        return self.bases[name]

    def describe(
        self, view: str, names: Iterable[str], make: Callable[[Scope, str], Node], places: Mapping[str, tuple[str, ...]]
    ) -> dict[str, str]:
        """The type of each expression; one that the database refuses is told with its place."""
        names = list(names)
        if not names:
            return {}
        try:
            types = list(self.engine.describe(self.select(view, names, make)).values())
            return dict(zip(names, types, strict=True))
        except Failed:
            found = {}
            for name in names:
                try:
                    found[name] = next(iter(self.engine.describe(self.select(view, [name], make)).values()))
                except Failed as failed:
                    text = str(failed).removeprefix("The database refused the query: ")
                    where = self.catalogue.locate(*places[name])
                    self.problems.append(Problem(where, text, "SQL that the database can run would do"))
            return found

    def select(self, view: str, names: list[str], make: Callable[[Scope, str], Node]) -> str:
        scope = Scope(self.catalogue, self.dialect, Params(), view, None, self.catalogue.timezone)
        select = exp.Select(
            expressions=[
                exp.Alias(this=make(scope, name), alias=exp.to_identifier(f"c{i}")) for i, name in enumerate(names)
            ]
        )
        from_, joins = scope.tables()
        select.set("from_", from_)
        select.set("joins", joins)
        return select.sql(dialect="duckdb")

    def check_clocks(self, view: str, types: Mapping[str, str], places: Mapping[str, tuple[str, ...]]) -> None:
        bounds = self.catalogue.views[view].valid or ()
        if bounds and all(name in types for name in bounds):
            self.check_valid(view, bounds, [types[name] for name in bounds])
        for text, type_ in types.items():
            if text in bounds:
                continue
            if classify_type(type_) not in ("date", "timestamp", "instant"):
                where = self.catalogue.locate(*places[text])
                self.problems.append(
                    Problem(where, f"{text} is {type_}, not a time", "A clock is a date or a timestamp")
                )

    def check_averages(self, found: Mapping[str, Metric], types: Mapping[str, str]) -> None:
        for name, metric in found.items():
            is_mean = isinstance(metric, Snapshot) and metric.snapshot == "average"
            if is_mean and name in types and classify_type(types[name]) != "number":
                where = self.catalogue.locate("metrics", name, "snapshot")
                self.problems.append(
                    Problem(where, f"{types[name]} has no average", "snapshot: last or first would do")
                )

    def check_valid(self, view: str, names: tuple[str, ...], types: list[str]) -> None:
        """Both bounds of a history are times, and of one kind."""
        where, families = self.catalogue.locate("views", view, "valid"), [classify_type(type_) for type_ in types]
        wrong = [place for place, family in enumerate(families) if family not in ("date", "timestamp", "instant")]
        for place in wrong:
            found = f"{names[place]} is {types[place]}, not a time"
            self.problems.append(Problem(where, found, "A bound is a date or a timestamp"))
        if not wrong and len(set(families)) > 1:
            found = f"{names[0]} is {types[0]} and {names[1]} {types[1]}"
            self.problems.append(Problem(where, found, "Both are dates, or both timestamps, with a zone or without"))

    def check_conditions(self, kind: str, conditions: Mapping[str, Sql], types: Mapping[str, str]) -> None:
        for name, type_ in types.items():
            if type_ != "BOOLEAN":
                where, text = self.catalogue.locate(kind, name, "where"), conditions[name].text
                self.problems.append(
                    Problem(where, f"{text} is {type_}, not true or false", "A condition compares: channel = 'web'")
                )

    def ask_span(self, place: tuple[str, str]) -> Span:
        view, text = place
        clock = next(clock for clock, _ in self.list_clocks(view) if clock.column.text == text)
        return self.ask_extremes(view, self.select(view, ["x"], self.clock_of(clock)))

    def ask_dimension_span(self, view: str, name: str) -> Span:
        return self.ask_extremes(view, self.select(view, [name], self.dimension_of(view)))

    def ask_extremes(self, view: str, inner: str) -> Span:
        known = f"FILTER (c0 >= {FIRST_DAY} AND c0 < {LAST_DAY})"
        outside = f"coalesce(min(c0) < {FIRST_DAY}, false), coalesce(max(c0) >= {LAST_DAY}, false)"
        shown = f"min(c0) {known}, max(c0) {known}, {outside}, count(c0), count(*)"
        [row] = self.engine.run(f"SELECT {shown} FROM ({inner})").to_pylist()
        first, last, before, beyond, told, self.rows[view] = row.values()
        unknown = told < self.rows[view]
        return Span(first=_read_instant(first), last=_read_instant(last), before=before, beyond=beyond, unknown=unknown)

    def count_values(self, types: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], int]:
        """How many values, NULL among them, each dimension of a joined view has: few, and joined to by many rows."""
        found: dict[tuple[str, str], int] = {}
        joined: dict[str, list[str]] = {}
        for base, paths in self.catalogue.paths.items():
            for path in paths:
                if path.steps:
                    joined.setdefault(path.view, []).append(base)
        for view, bases in joined.items():
            names = [name for owner, name in types if owner == view and self.needs_no_join(view, name)]
            if not any(self.count_rows(base) >= self.numbered_from for base in bases):
                continue
            if self.count_rows(view) > MOST_ROWS or not names:
                continue
            inner = [self.select(view, [name], self.dimension_of(view)) for name in names]
            counts = [
                f"(SELECT count(*) FROM (SELECT DISTINCT c0 FROM ({one}) LIMIT {MOST_VALUES + 1}))" for one in inner
            ]
            [row] = self.engine.run(
                f"SELECT {', '.join(f'{count} AS c{i}' for i, count in enumerate(counts))}"
            ).to_pylist()
            found |= {(view, name): n for name, n in zip(names, row.values(), strict=True) if n <= MOST_VALUES}
        return found

    def count_rows(self, view: str) -> int:
        if view not in self.rows:
            self.rows[view] = self.engine.run(f'SELECT count(*) AS n FROM "{view}"').to_pylist()[0]["n"]
        return self.rows[view]

    def list_sparse(self) -> frozenset[tuple[str, str]]:
        """Each view with a clock and many rows, with those that have far fewer."""
        many = [(view, rows) for view, rows in self.rows.items() if rows >= self.numbered_from]
        return frozenset(
            (view, other) for view, rows in many for other, few in self.rows.items() if few * FEWER <= rows
        )

    def needs_no_join(self, view: str, name: str) -> bool:
        """Whether a dimension is told by the view's own columns alone."""
        return len(self.render(view, name).aliases) == 1 and self.is_fixed(view, name)

    def is_fixed(self, view: str, name: str) -> bool:
        """Whether a dimension is the same in every question: nothing of it is worked out over the asked period."""
        return not self.render(view, name).params.used

    def render(self, view: str, name: str) -> Scope:
        scope = Scope(self.catalogue, self.dialect, Params(), view, None, self.catalogue.timezone)
        self.dimension_of(view)(scope, name)
        return scope

    def find_newest(self, clocks: dict[tuple[str, str], str], spans: dict[tuple[str, str], Span]) -> date | None:
        """The newest day of any view's clock that isn't in the future."""
        zone = ZoneInfo(self.catalogue.timezone)
        today = datetime.now(zone).date()
        days = []
        for place, span in spans.items():
            view, text = place
            if span.last is None or not self.is_own(view, text):
                continue
            clock = next(clock for clock, _ in self.list_clocks(view) if clock.column.text == text)
            day = self.local_day(span.last, clocks[place])
            if day > today:
                inner = self.select(view, ["x"], self.clock_of(clock))
                row = self.engine.run(
                    f"SELECT max(c0) AS c0 FROM ({inner}) WHERE c0 < $1",
                    [datetime(today.year, today.month, today.day) + timedelta(days=1)],
                )
                found = _read_instant(row.to_pylist()[0]["c0"])
                if found is None:
                    continue
                day = self.local_day(found, clocks[place])
            days.append(min(day, today))
        return max(days, default=None)

    def is_own(self, view: str, text: str) -> bool:
        """Whether that is the view's own clock, or says from when on its rows hold."""
        found = self.catalogue.views[view]
        return (found.time is not None and found.time.column.text == text) or text == (found.valid or ("",))[0]

    def local_day(self, stored: datetime, type_: str) -> date:
        family = classify_type(type_)
        if family == "date":
            return stored.date()
        zone = ZoneInfo(self.catalogue.stored_zone) if family == "timestamp" else UTC
        return stored.replace(tzinfo=zone).astimezone(ZoneInfo(self.catalogue.timezone)).date()

    def ask_complete(
        self, clocks: dict[tuple[str, str], str], spans: dict[tuple[str, str], Span]
    ) -> dict[str, datetime | None]:
        """Until when each view is complete, in UTC: what it says itself, else its newest time (of a day, its end)."""
        found: dict[str, datetime | None] = {}
        for name, view in self.catalogue.views.items():
            place = (name, view.time.column.text) if view.time else None
            if view.complete_until is not None:
                found[name] = self.ask_complete_until(name)
            elif place and spans[place].last is not None:
                last = spans[place].last
                assert last is not None
                grain = view.time.grain if view.time else None
                found[name] = self.to_utc(last, clocks[place], grain)
        return found

    def ask_complete_until(self, name: str) -> datetime | None:
        select = self.catalogue.views[name].complete_until
        assert select, "the view says until when it's complete"
        sql, where = self.engine.expand(select, ""), self.catalogue.locate("views", name, "complete_until")
        try:
            types = list(self.engine.describe(sql).values())
            rows = self.engine.run(sql).to_pylist()
        except Failed as failed:
            text = str(failed).removeprefix("The database refused the query: ")
            raise Refused([Problem(where, text, "SQL that the database can run would do")]) from failed
        if classify_type(types[0]) not in ("date", "timestamp", "instant"):
            raise Refused([Problem(where, f"it gives {types[0]}, not a time", "One date or timestamp would do")])
        stamp = _read_instant(next(iter(rows[0].values()))) if rows else None
        return None if stamp is None else self.to_utc(stamp, types[0], None)

    def to_utc(self, stored: datetime, type_: str, grain: str | None) -> datetime:
        """A stored time in UTC; of a day or longer, the instant at which it ends."""
        family = classify_type(type_)
        if family == "date" or grain:
            first = truncate_day(stored.date(), grain or "day", self.catalogue.week_start)
            return start_of_day(add_periods(first, grain or "day", 1), ZoneInfo(self.catalogue.timezone))
        zone = UTC if family == "instant" else ZoneInfo(self.catalogue.stored_zone)
        return stored.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _read_instant(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    return datetime.combine(value, datetime.min.time()) if isinstance(value, date) else None
