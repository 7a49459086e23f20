"""What `python -m semantic check` asks the data: keys, joins, histories, families, and whether everything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from semantic.bar import apply_bar
from semantic.board import Widget
from semantic.calendar import SECONDS
from semantic.catalogue import Catalogue, Comparison, Each, Metric, New
from semantic.emit.scope import Params, Scope
from semantic.errors import Failed, Problem, Refused
from semantic.expressions import RowSql, Sql
from semantic.load import list_parts, metric_views
from semantic.names import Reached, dimension_sql, list_dimensions
from semantic.primitives import DuckDB, Node
from semantic.proofs import find_backward, find_doubles, quote_name
from semantic.question import Journey, MetricAsk, Question, Relative
from semantic.reach import Path
from semantic.resolve import find_as_of
from semantic.resolved import Membership, Scalar
from semantic.routes import list_reached
from semantic.source import Serving, Source
from semantic.traits import is_trait
from semantic.values import resolve_clock

LAST_YEAR = Relative("last", 1, "year")  # of which even a cohort of days has no more ages than anybody can be shown


@dataclass(frozen=True, slots=True)
class Warned(Problem):
    """What answers survive, and somebody should know: rows without a partner, an empty segment, what wasn't run."""


def check_catalogue(source: Source) -> list[Problem]:
    """What is wrong with the served catalogue beyond its names: faults as Problem, and warnings as Warned.

    Runs every metric, segment, funnel and cohort. Raises Refused where the catalogue can't be served at all.
    """
    serving = source.serve()
    found: list[Problem] = list(serving.problems)
    for check in (_check_keys, _check_histories, _check_joins, _check_dimensions, _check_segments, _check_families):
        found += check(_Asking(source, serving))
    for name, metric in serving.catalogue.metrics.items():
        found += _check_metric(source, serving, name, metric)
    for name in serving.catalogue.funnels:
        where = serving.catalogue.locate("funnels", name)
        found += _check_question(source, serving, where, Question(journey=Journey("funnel", (name,))))
    for name in serving.catalogue.cohorts:
        where = serving.catalogue.locate("cohorts", name)
        found += _check_question(source, serving, where, Question(journey=Journey("cohort", (name,)), period=LAST_YEAR))
    found += _check_boards(source, serving)
    return list(dict.fromkeys(found))


def count_catalogue(catalogue: Catalogue, boards: int = 0) -> str:
    """`12 views, 20 metrics, 3 segments`, and how many boards where there are any."""
    parts = {"view": len(catalogue.views), "metric": len(catalogue.metrics), "segment": len(catalogue.segments)}
    parts |= {"board": boards} if boards else {}
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in parts.items())


class _Asking:
    """Asks the data about one catalogue; what the database refuses becomes a problem at its place."""

    def __init__(self, source: Source, serving: Serving) -> None:
        self.source, self.serving, self.catalogue = source, serving, serving.catalogue

    def ask(self, sql: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.source.fetch(self.serving, sql).to_pylist()
        return rows

    def tell(self, place: tuple[str, ...], found: str, remedy: str) -> Problem:
        return Problem(self.catalogue.locate(*place), found, remedy)

    def warn(self, place: tuple[str, ...], found: str, remedy: str) -> Problem:
        return Warned(self.catalogue.locate(*place), found, remedy)

    def tell_failed(self, place: tuple[str, ...], failed: Failed) -> Problem:
        return self.tell(place, _strip(failed), "SQL that the database can run on every row would do")

    def has_trait(self, view: str, sql: Sql) -> bool:
        """Whether SQL over a view names a metric of an entity, which is another one in each period."""
        member = Membership("", RowSql(sql.text, sql.tree), {view: Reached(Path(view), "", None)})
        reached = list_reached(self.catalogue, view, (), (), [member], ())
        return any(found.dimension is not None and found.dimension.trait is not None for found in reached)

    def select(self, view: str, expressions: Mapping[str, Sql]) -> str:
        """A SELECT of expressions over a view, with the joins that they need."""
        clock, as_of = resolve_clock(self.catalogue, view, None), find_as_of(self.catalogue)
        scope = Scope(self.catalogue, DuckDB(), Inlined(), view, clock, self.catalogue.timezone, as_of=as_of)
        shown = [exp.alias_(scope.sql(sql), name, quoted=True) for name, sql in expressions.items()]
        select = exp.Select(expressions=shown)
        from_, joins = scope.tables()
        select.set("from_", from_)
        select.set("joins", joins)
        return select.sql(dialect="duckdb")


class Inlined(Params):
    """Values that stand in the text: of SQL that nobody is shown."""

    def add(self, value: Scalar) -> Node:
        return exp.convert(value)


def _strip(failed: Failed) -> str:
    return str(failed).removeprefix("The database refused the query: ")


def _list(names: tuple[str, ...], table: str = "") -> str:
    return ", ".join(f"{table}{quote_name(name)}" for name in names)


def _check_keys(asking: _Asking) -> Iterator[Problem]:
    """A key stands in one row, and none is NULL."""
    for name, view in asking.catalogue.views.items():
        for entity, columns in view.keys.items():
            place, keys = ("views", name, "key", entity), _list(columns)
            missing = " OR ".join(f"{quote_name(column)} IS NULL" for column in columns)
            rows = asking.ask(f"SELECT count(*) AS n FROM {quote_name(name)} WHERE {missing}")
            if rows[0]["n"]:
                found = f"{', '.join(columns)} is NULL in {_count(rows[0]['n'], 'row')}"
                yield asking.tell(place, found, f"Leave these rows out, or give {name} another key")
            if view.multi or view.valid:
                continue
            twice = f"SELECT {keys} FROM {quote_name(name)} WHERE NOT ({missing}) GROUP BY {keys} HAVING count(*) > 1"
            rows = asking.ask(f"SELECT count(*) AS n FROM ({twice})")
            if rows[0]["n"]:
                found = f"{_count(rows[0]['n'], 'value', 'stand', ' of ' + ', '.join(columns))} in more than one row"
                yield asking.tell(place, found, f"Make {', '.join(columns)} unique, or declare multi: true")


def _count(number: int, thing: str, verb: str = "", of: str = "") -> str:
    """`2 rows of orders find`, `1 row of orders finds`."""
    shown = f"{number:,} {thing}{'' if number == 1 else 's'}{of}"
    return f"{shown} {verb}{'s' if number == 1 else ''}" if verb else shown


def _check_histories(asking: _Asking) -> Iterator[Problem]:
    """The intervals of one key don't overlap, and none ends before it begins; an example is named."""
    for name, view in asking.catalogue.views.items():
        if view.valid is None:
            continue
        found = [find_backward(asking.catalogue, name, asking.ask)]
        if not view.multi:
            found += [find_doubles(asking.catalogue, name, columns, asking.ask) for columns in view.keys.values()]
        yield from (problem for problem in found if problem)


def _check_joins(asking: _Asking) -> Iterator[Problem]:
    """How many rows find no partner; rows that name none aren't counted."""
    for name, view in asking.catalogue.views.items():
        steps = [path.steps[0] for path in asking.catalogue.paths[name] if len(path.steps) == 1]
        for step in steps:
            there = asking.catalogue.views[step.view]
            if step.name not in view.joins or there.valid or there.multi or view.joins[step.name].orphans:
                continue
            place = ("views", name, "joins", step.name)
            pairs = zip(step.columns, step.keys, strict=True)
            on = " AND ".join(f"here.{quote_name(column)} = there.{quote_name(key)}" for column, key in pairs)
            known = " AND ".join(f"here.{quote_name(column)} IS NOT NULL" for column in step.columns)
            partners = f"(SELECT DISTINCT {_list(step.keys)}, true AS found FROM {quote_name(step.view)})"
            joined = f"{quote_name(name)} AS here LEFT JOIN {partners} AS there ON {on} WHERE {known}"
            sql = f"SELECT count(*) AS n, count(*) FILTER (WHERE there.found IS NULL) AS lost FROM {joined}"
            try:
                row = asking.ask(sql)[0]
            except Failed as failed:
                yield asking.tell(
                    place, _strip(failed), f"It must hold what {', '.join(step.keys)} of {step.view} holds"
                )
                continue
            if row["lost"]:
                share = f"{row['lost'] / row['n']:.1%}"
                rows = _count(row["lost"], "row", "find", f" of {row['n']:,} ({share})")
                found = f"{rows} no {step.entity} in {step.view}"
                yield asking.warn(place, found, f"Under dimensions of {step.name} they count as unknown")


def _check_dimensions(asking: _Asking) -> Iterator[Problem]:
    """Every computed dimension can be computed, for every row."""
    for name, view in asking.catalogue.views.items():
        for dimension_name, dimension in view.dimensions.items():
            if dimension.sql is None and dimension.rank is None:
                continue
            try:
                sql = asking.select(name, {"value": dimension_sql(dimension, dimension_name)})
                asking.ask(f"SELECT count(DISTINCT value) FROM ({sql})")
            except Failed as failed:
                yield asking.tell_failed(("views", name, "dimensions", dimension_name, "sql"), failed)


def _check_segments(asking: _Asking) -> Iterator[Problem]:
    """Every segment runs; one without a row is told."""
    for name, segment in asking.catalogue.segments.items():
        place = ("segments", name, "where")
        if asking.has_trait(segment.of, segment.where):
            continue  # who belongs to it depends on a question's period
        try:
            rows = asking.ask(
                f"SELECT count(*) AS n FROM ({asking.select(segment.of, {'held': segment.where})}) WHERE held"
            )
        except Failed as failed:
            yield asking.tell_failed(place, failed)
            continue
        if not rows[0]["n"]:
            yield asking.warn(
                place, f"no row of {segment.of} belongs to it", "Compare its values with those of the data"
            )


def _check_families(asking: _Asking) -> Iterator[Problem]:
    """No row belongs to two segments of an exclusive family; the pair or group that shares most rows is named."""
    for name, family in asking.catalogue.families.items():
        members = {key: item for key, item in asking.catalogue.segments.items() if item.family == name}
        for view in {item.of for item in members.values()} if family.exclusive else ():
            conditions = {
                key: item.where
                for key, item in members.items()
                if item.of == view and not asking.has_trait(view, item.where)
            }
            if len(conditions) < 2:
                continue
            count = " + ".join(f"CASE WHEN {quote_name(key)} THEN 1 ELSE 0 END" for key in conditions)
            held = " || ".join(f"CASE WHEN {quote_name(key)} THEN ' {key}' ELSE '' END" for key in conditions)
            inner = f"SELECT {held} AS held FROM ({asking.select(view, conditions)}) WHERE {count} > 1"
            try:
                rows = asking.ask(f"SELECT held, count(*) AS n FROM ({inner}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1")
            except Failed:
                continue  # the segment that doesn't run has been told
            if rows:
                both = " and ".join(rows[0]["held"].split())
                found = f"{_count(rows[0]['n'], 'row', 'belong', f' of {view}')} to {both}"
                yield asking.tell(("families", name, "exclusive"), found, "Mend a segment, or leave exclusive: out")


def _check_metric(source: Source, serving: Serving, name: str, metric: Metric) -> Iterator[Problem]:
    """The metric runs, asked without any slice."""
    where = serving.catalogue.locate("metrics", name)
    yield from _check_question(source, serving, where, _choose_question(serving.catalogue, name))


def _check_boards(source: Source, serving: Serving) -> Iterator[Problem]:
    """Every line of every board is answered, by itself and under what the board's bar holds at first."""
    shelved = source.serve_boards(serving)
    yield from shelved.problems
    for name, board in shelved.boards.boards.items() if not shelved.problems else ():
        for place, item in enumerate(board.widgets, 1):
            if isinstance(item, Widget):
                where = shelved.boards.locate("boards", name, "widgets", str(place), "line")
                fitted = apply_bar(serving.catalogue, item.question, board.start, start=board.start)
                for question in dict.fromkeys((item.question, fitted.question)):
                    yield from _check_question(source, serving, where, question)


def _check_question(source: Source, serving: Serving, where: str, question: Question) -> Iterator[Problem]:
    """The question is answered."""
    try:
        source.ask(question)
    except Refused as refused:
        # What has a place in the file has been told there: a key that stands twice.
        yield from (
            Problem(where, p.found, p.remedy)
            for p in refused.problems
            if not p.where.startswith(serving.catalogue.file)
        )
    except Failed as failed:
        yield Problem(where, _strip(failed), "SQL that the database can run on every row would do")


def _choose_question(catalogue: Catalogue, name: str) -> Question:
    """The metric alone; over a period, by day, where it, or what it's made of, looks at another period."""
    metric = catalogue.metrics[name]
    if isinstance(metric, Each) and is_trait(metric):  # what it's made of, by it
        view = metric_views(catalogue, metric.each)[0]
        names = (key for key, found in list_dimensions(catalogue, view).items() if found.name == name)
        return Question(metrics=(MetricAsk(metric.each),), by=tuple(names)[:1])
    parts = list(_walk_parts(catalogue, name))
    shifts = [part for part in parts if isinstance(part, Comparison)]
    before = [part for part in parts if isinstance(part, New) and (part.lost or part.resurrected)]
    by = ("day",) if any(metric.to for metric in shifts) else ()
    hours = [metric.offset.unit for metric in shifts if metric.offset and metric.offset.unit in SECONDS]
    period = Relative("previous", 1, "year") if shifts or before else None
    return Question(metrics=(MetricAsk(name),), by=tuple(hours[:1]) or by, period=period)


def _walk_parts(catalogue: Catalogue, name: str) -> Iterator[Metric]:
    """The metric, and all that it's made of."""
    yield catalogue.metrics[name]
    for _, part in list_parts(catalogue.metrics[name]):
        yield from _walk_parts(catalogue, part)
