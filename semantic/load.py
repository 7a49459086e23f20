"""metrics.yml -> Catalogue, its names all looked up; every fault at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path as FilePath
from typing import assert_never
from zoneinfo import ZoneInfo

from semantic.catalogue import (
    Aggregate,
    Catalogue,
    Clock,
    Cohort,
    Comparison,
    Conversion,
    Derived,
    Each,
    Funnel,
    Metric,
    New,
    Rolling,
    Snapshot,
    ToDate,
    View,
)
from semantic.document import list_fields, read_document
from semantic.entities import find_entity
from semantic.errors import Problem, Refused, find_nearest, suggest_name
from semantic.expressions import Sql, find_columns, list_tables, name_parts
from semantic.line import RESERVED
from semantic.names import GRAINS, PARTS, clock_column, find_column
from semantic.reach import Unreachable, find_paths
from semantic.traits import add_traits, check_trait

# Where the names of each kind stand in the file.
SECTIONS = {"view": "views", "family": "families", "metric": "metrics", "segment": "segments"}
MOST_DEPTH = 100  # of metrics, views or dimensions that are made of one another
FORMATS = ("number", "percent", "currency", "days", "score")
D3_FORMAT = re.compile(r"(.?[<>=^])?[-+( ]?[$#]?0?\d*,?(\.\d+)?~?[a-zA-Z%]?\Z")
TAKES = re.compile(r"mean|median|sum|min|max|p\d{1,2}\Z")


def load_catalogue(file: FilePath, shown_as: str | None = None) -> Catalogue:
    """The catalogue of a file. Raises Refused with every fault: `file:line: where: what was found. what would do`."""
    name = shown_as or file.name
    return read_catalogue(read_file(file, name), name)


def read_file(file: FilePath, name: str) -> str:
    """The text of a file in UTF-8. Raises Refused."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise Refused(
            [Problem(str(file), "the file doesn't exist", "python -m semantic init FILE… writes a first one")]
        ) from error
    except UnicodeDecodeError as error:
        raise Refused([Problem(name, "the file isn't UTF-8", "Save it as UTF-8")]) from error
    except OSError as error:
        raise Refused([Problem(str(file), f"the file can't be read: {error.strerror}", "")]) from error


def read_catalogue(text: str, file: str = "metrics.yml") -> Catalogue:
    """The catalogue of a text. Raises Refused with every fault. `bind_catalogue` asks for the columns later."""
    catalogue, problems = read_document(text, file)
    if catalogue is None:
        raise Refused(problems)
    catalogue = add_traits(replace(catalogue, paths=find_paths(catalogue.views)))
    problems = problems + check_names(catalogue)
    if problems:
        raise Refused(sort_problems(problems))
    return catalogue


def sort_problems(problems: Iterable[Problem]) -> list[Problem]:
    """In the order of the file's lines."""
    return sorted(problems, key=lambda problem: _line_number(problem.where))


def _line_number(where: str) -> int:
    match = re.search(r":(\d+)", where)
    return int(match[1]) if match else 0


def list_parts(metric: Metric) -> tuple[tuple[str, str], ...]:
    """The metrics that a metric is made of, each with the key that names it."""
    match metric:
        case Aggregate() | Snapshot():
            return ()
        case Derived():
            return tuple(("sql", column.name) for column in find_columns(metric.sql.tree))
        case Rolling():
            return (("rolling", metric.rolling),)
        case ToDate():
            return (("to_date", metric.to_date),)
        case Comparison():
            return (("compare", metric.compare),)
        case Conversion():
            return tuple(("conversion", step) for step in metric.conversion)
        case Each():
            return (("each", metric.each),)
        case New():
            kinds = {
                "new": metric.new,
                "returning": metric.returning,
                "resurrected": metric.resurrected,
                "lost": metric.lost,
            }
            return tuple((kind, name) for kind, name in kinds.items() if name)
        case _:
            assert_never(metric)


def metric_views(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """The views that feed a metric, in order, each once."""
    metric = catalogue.metrics[name]
    if isinstance(metric, (Aggregate, Snapshot)):
        return (metric.view,)
    return tuple(dict.fromkeys(view for _, part in list_parts(metric) for view in metric_views(catalogue, part)))


def check_names(catalogue: Catalogue) -> list[Problem]:
    """Every name in the catalogue that means nothing, and every rule of the language that a single part can't show."""
    found = _Faults(catalogue)
    _check_head(found)
    for name in catalogue.views:
        _check_view(found, name)
    _check_cycle(found, "views", catalogue.views, lambda name: _list_views_read(catalogue, name))
    if catalogue.bound.columns and not found.problems:
        items = [f"{name}.dimensions.{item}" for name, view in catalogue.views.items() for item in view.dimensions]
        _check_cycle(found, "views", items, lambda item: _list_dimensions_read(catalogue, item))
    for name, segment in catalogue.segments.items():
        found.expect(("segments", name, "of"), segment.of, catalogue.views, "view")
        if segment.family:
            found.expect(("segments", name, "family"), segment.family, catalogue.families, "family", "families")
        if segment.of in catalogue.views:
            found.check_sql(("segments", name, "where"), segment.of, segment.where)
    for name, metric in catalogue.metrics.items():
        _check_metric(found, name, metric)
    _check_cycle(
        found, "metrics", catalogue.metrics, lambda name: [part for _, part in list_parts(catalogue.metrics[name])]
    )
    entities = _list_entities(catalogue)
    for kind, journeys in (("funnels", catalogue.funnels), ("cohorts", catalogue.cohorts)):
        for name, journey in journeys.items():
            _check_journey(found, (kind, name), journey, entities)
    for place, note in enumerate(catalogue.annotations):
        where = ("annotations", str(place + 1))
        for metric_name in note.metrics:
            found.expect((*where, "metrics"), metric_name, catalogue.metrics, "metric")
        if note.to and note.to < note.from_:
            found.add((*where, "to"), f"{note.to} is before {note.from_}", "from: comes first")
    return found.problems


def _list_entities(catalogue: Catalogue) -> dict[str, str]:
    return {entity: name for name, view in catalogue.views.items() for entity in view.key}


def _list_views_read(catalogue: Catalogue, name: str) -> list[str]:
    select = catalogue.views[name].sql
    if select is None:
        return []
    return [
        table.name
        for table in list_tables(select)
        if not table.db and table.name in catalogue.views and table.name != name
    ]


class _Faults:
    """Collects problems of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []

    def add(self, path: tuple[str, ...], what: str, remedy: str) -> None:
        self.problems.append(Problem(self.catalogue.locate(*path), what, remedy))

    def expect(
        self, path: tuple[str, ...], name: str, known: Iterable[str], kind: str, kinds: str | None = None
    ) -> bool:
        known = list(known)
        if name in known or self.is_unreadable(name, kind):
            return name in known
        remedy = (
            suggest_name(name, known, kind)
            if kinds is None
            else suggest_name(name, known, kind).replace(f"{kind}s", kinds)
        )
        self.add(path, f"the {kind} {name} is unknown", remedy)
        return False

    def is_unreadable(self, name: str, kind: str) -> bool:
        """Whether the name stands in the file, with a fault of its own that has been told."""
        lines, views = self.catalogue.lines, self.catalogue.views
        if kind.startswith("entity"):
            return any(place[0] == "views" and len(place) == 2 and place[1] not in views for place in lines if place)
        section = SECTIONS.get(kind, "")
        mistyped = (section,) not in lines and any(
            len(place) == 1 and place[0] not in list_fields(Catalogue) for place in lines
        )
        return mistyped or (section, name) in lines

    def has_unknown_key(self, view: tuple[str, ...]) -> bool:
        """Whether a key of the view was mistyped, which has been told."""
        return any(
            place[:2] == view and len(place) == 3 and place[2] not in list_fields(View)
            for place in self.catalogue.lines
        )

    def check_sql(self, path: tuple[str, ...], view: str, sql: Sql | None) -> None:
        """Every column that the SQL names is one of the view or of a join; columns only where they are known."""
        if sql is None:
            return
        columns = self.catalogue.bound.columns
        for column in find_columns(sql.tree):
            parts = name_parts(column)
            if view not in columns and (len(parts) == 1 or parts[0] in self.list_joins(view)):
                continue  # which columns there are is asked of the database later
            try:
                found = find_column(self.catalogue, view, parts)
            except Unreachable as error:
                self.add(path, *self.explain_column(view, parts, error))
                continue
            if bridge := found.path.bridge:
                told = f"{'.'.join(parts)} passes {bridge.view}, of which a row has several"
                self.add(path, told, f"Segments of: {bridge.view}, and by= and filters of the line, may")

    def list_joins(self, view: str) -> list[str]:
        """What may stand before the dot in SQL over the view."""
        steps = [step for path in self.catalogue.paths[view] for step in path.steps]
        return sorted(
            {view, *self.catalogue.views[view].key, *(step.name for step in steps), *(step.view for step in steps)}
        )

    def explain_column(self, view: str, parts: tuple[str, ...], error: Unreachable) -> tuple[str, str]:
        name = ".".join(parts)
        if error.choices:
            return f"{name} could mean several columns of {view}", f"Write {' or '.join(error.choices)}"
        if len(parts) == 1:
            known = [*self.catalogue.bound.columns.get(view, ()), *self.catalogue.views[view].dimensions]
            return f"{view} has no column {name}", suggest_name(name, dict.fromkeys(known), "column")
        joins = self.list_joins(view)
        if parts[0] not in joins:
            return f"{view} has no join {parts[0]}, which {name} needs", suggest_name(parts[0], joins, "join")
        return f"{name} is neither a dimension nor a column of {parts[-2]}", self.suggest_column(view, parts)

    def suggest_column(self, view: str, parts: tuple[str, ...]) -> str:
        """A remedy for a last part that nothing over the join is called: the nearest, else the first few."""
        steps = [step for path in self.catalogue.paths[view] for step in path.steps]
        reached = {step.view for step in steps if parts[-2] in (step.name, step.view)} or {view}
        known: dict[str, None] = {}
        for one in sorted(reached):
            known |= dict.fromkeys([*self.catalogue.views[one].dimensions, *self.catalogue.bound.columns.get(one, ())])
        nearest = find_nearest(parts[-1], known)
        return (
            f"Did you mean {'.'.join((*parts[:-1], nearest))}?" if nearest else suggest_name(parts[-1], known, "column")
        )


def _check_head(found: _Faults) -> None:
    catalogue = found.catalogue
    for place in ("timezone", "stored_in"):
        zone = getattr(catalogue, place)
        try:
            if zone is not None:
                ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            found.add((place,), f"{zone} is not a time zone", "A zone is written Europe/Paris")
    if not re.fullmatch(r"[A-Z]{3}", catalogue.currency):
        found.add(("currency",), f"{catalogue.currency} is not a currency", "A currency is three capitals: EUR")
    if not catalogue.views and ("views",) not in catalogue.lines:
        found.add((), "there is no view", "Add views:, each with a table:, file: or sql:")


def _check_view(found: _Faults, name: str) -> None:
    catalogue, view, here = found.catalogue, found.catalogue.views[name], ("views", name)
    sources = [key for key in ("sql", "table", "file") if (*here, key) in catalogue.lines]  # read, or told already
    if len(sources) > 1 or (not sources and not found.has_unknown_key(here)):
        found.add(here, f"it has {' and '.join(sources) or 'no source'}", "A view has one of sql, table and file")
    if view.valid is not None and len(view.valid) != 2:
        found.add((*here, "valid"), f"{len(view.valid)} columns stand here", "History has two: [valid_from, valid_to]")
    if view.time:
        plain = clock_column(view)
        if plain is not None and plain not in view.dimensions:
            _check_columns(found, (*here, "time"), name, (plain,))
        else:
            found.check_sql((*here, "time"), name, view.time.column)
            _check_clock(found, (*here, "time"), name, view.time)
    entities = _list_entities(catalogue)
    for role, join in view.joins.items():
        entity = join.entity or role
        if found.expect((*here, "joins", role), entity, entities, "entity", "entities"):
            owner_keys = catalogue.views[entities[entity]].keys[entity]
            if len(owner_keys) != len(join.columns):
                more = "s" if len(join.columns) > 1 else ""
                found.add(
                    (*here, "joins", role),
                    f"it names {len(join.columns)} column{more}, and the key of {entity} has {len(owner_keys)}",
                    f"Name the columns that hold {', '.join(owner_keys)}",
                )
        _check_columns(found, (*here, "joins", role), name, join.columns)
    for entity, columns in view.keys.items():
        _check_columns(found, (*here, "key", entity), name, columns)
    _check_columns(found, (*here, "valid"), name, view.valid or ())
    for dimension_name, dimension in view.dimensions.items():
        place = (*here, "dimensions", dimension_name)
        if dimension_name in RESERVED or dimension_name in GRAINS or dimension_name in PARTS:
            found.add(
                place,
                f"{dimension_name} is a word of the line",
                f"Give it another name: {name}_{dimension_name}: {{sql: {dimension_name}}}",
            )
        if dimension.drill:
            found.expect((*place, "drill"), dimension.drill, view.dimensions, "dimension")
        if dimension.rank and found.expect((*place, "rank"), dimension.rank, entities, "entity", "entities"):
            _check_rank(found, (*place, "rank"), name, dimension_name, dimension.rank)
        elif dimension.sql is None and not dimension.rank and not dimension.trait:
            _check_columns(found, place, name, (dimension_name,))
        found.check_sql((*place, "sql"), name, dimension.sql)
    _check_cycle(
        found,
        f"views.{name}.dimensions",
        view.dimensions,
        lambda item: [down] if (down := view.dimensions[item].drill) else [],
    )
    _check_cycle(
        found, f"views.{name}.dimensions", view.dimensions, lambda item: _list_own_dimensions(found, name, item)
    )


def _check_rank(found: _Faults, place: tuple[str, ...], view: str, name: str, entity: str) -> None:
    """Rows are numbered by a clock, for an entity that they name, under a name of its own."""
    catalogue = found.catalogue
    if catalogue.views[view].time is None:
        found.add(place, f"{view} has no time, by which its rows would be numbered", f"Add time: to {view}")
    if catalogue.views[view].dimensions[name].sql is not None:
        found.add(place, "it has rank and sql", "A dimension has one of them")
    if name.lower() in catalogue.bound.columns.get(view, ()):
        found.add(place, f"{view} has a column {name}, too", f"Give the rank another name: nth_{name}")
    try:
        find_entity(catalogue, view, entity)
    except Refused as refused:
        found.problems += [Problem(catalogue.locate(*place), item.found, item.remedy) for item in refused.problems]


def _list_dimensions_read(catalogue: Catalogue, item: str) -> list[str]:
    """The dimensions, here or over joins, that a dimension's SQL names; each as `view.dimensions.name`."""
    view, _, name = item.split(".")
    dimension, clock = catalogue.views[view].dimensions[name], catalogue.views[view].time
    sql = clock.column if dimension.rank and clock else dimension.sql
    columns = find_columns(sql.tree) if sql else ()
    found = [find_column(catalogue, view, name_parts(column)) for column in columns]
    return [f"{at.path.view}.dimensions.{at.name}" for at in found if at.dimension is not None]


def _list_own_dimensions(found: _Faults, view: str, item: str) -> list[str]:
    """The other dimensions that a dimension's SQL names; without the database a name may still be a column."""
    sql = found.catalogue.views[view].dimensions[item].sql
    columns = found.catalogue.bound.columns.get(view)
    if sql is None or columns is None:
        return []
    names = [name_parts(column) for column in find_columns(sql.tree)]
    return [parts[0] for parts in names if len(parts) == 1 and parts[0].lower() not in columns]


def _check_columns(found: _Faults, place: tuple[str, ...], view: str, columns: Iterable[str]) -> None:
    known = found.catalogue.bound.columns.get(view)
    for column in columns if known is not None else ():
        if known is not None and column.lower() not in known:
            found.add(place, f"{view} has no column {column}", suggest_name(column, known, "column"))


def _check_metric(found: _Faults, name: str, metric: Metric) -> None:
    catalogue, here = found.catalogue, ("metrics", name)
    entities = _list_entities(catalogue)
    for key, part in dict.fromkeys(list_parts(metric)):
        found.expect((*here, key), part, catalogue.metrics, "metric")
    if isinstance(metric, (Aggregate, Snapshot)):
        found.expect((*here, "view"), metric.view, catalogue.views, "view")
        if metric.view in catalogue.views:
            _check_rows(found, here, metric)
    if metric.share_of:
        found.expect((*here, "share_of"), metric.share_of, catalogue.metrics, "metric")
    if isinstance(metric.target, str):
        found.expect((*here, "target"), metric.target, catalogue.metrics, "metric")
    if metric.format and metric.format not in FORMATS and not D3_FORMAT.match(metric.format):
        found.add(
            (*here, "format"),
            f"{metric.format!r} is not a format",
            f"A format is one of {', '.join(FORMATS)}, or one of d3: ,.1f",
        )
    for old in metric.was:
        if old in catalogue.metrics:
            found.add((*here, "was"), f"{old} is still a metric", "An earlier name is one that is free")
    match metric:
        case Conversion() | New():
            found.expect((*here, "by"), metric.by, entities, "entity", "entities")
            if isinstance(metric, Conversion):
                _check_conversion(found, here, metric)
            if isinstance(metric, New) and len(list_parts(metric)) != 1:
                found.add(here, "it has more than one of new, returning, resurrected and lost", "Make a metric of each")
        case Each():
            found.expect((*here, "per"), metric.per, (*entities, *GRAINS), "entity or grain", "entities and grains")
            if metric.take and not TAKES.fullmatch(metric.take):
                found.add(
                    (*here, "take"), f"{metric.take} is not known", "take is mean, median, sum, min, max, or p10 to p99"
                )
            if metric.take is None and metric.per in (*entities, *GRAINS):
                found.problems += check_trait(catalogue, name, metric)
            if metric.take and metric.bands:
                found.add((*here, "bands"), "a number has no bands", "Leave take out, or bands")
            if list(metric.bands) != sorted(set(metric.bands)):
                found.add((*here, "bands"), "the bounds don't rise", "Lower bounds rise: [1, 2, 5]")
        case Comparison():
            if (metric.offset is None) == (metric.to is None):
                told = "it has neither offset nor to" if metric.to is None else "it has both offset and to"
                found.add(here, told, "A comparison has one of them: offset: 1 year, or to: start of year")
            if metric.to is not None and not re.fullmatch(r"start of (week|month|quarter|half|year)", metric.to):
                found.add(
                    (*here, "to"), f"{metric.to!r} stands here", "Here goes start of week, month, quarter, half or year"
                )
        case Snapshot():
            _check_snapshot(found, here, metric, entities)
        case Aggregate() | Derived() | Rolling() | ToDate():
            pass
        case _:
            assert_never(metric)


def _check_snapshot(found: _Faults, here: tuple[str, ...], metric: Snapshot, entities: Mapping[str, str]) -> None:
    view = found.catalogue.views.get(metric.view)
    if view is not None and not (view.time or metric.time or view.valid):
        found.add(here, f"{metric.view} has no clock, so its states have no instants", f"Add time: to {metric.view}")
    if view is not None and view.valid:
        for key in ("per", "time"):
            if getattr(metric, key):
                told = f"{metric.view} is a history, whose states hold from {' to '.join(view.valid)}"
                found.add((*here, key), told, f"Leave {key}: out")
        return
    if metric.per is None or not found.expect((*here, "per"), metric.per, entities, "entity", "entities"):
        return
    if metric.snapshot == "average":
        found.add((*here, "per"), "an average is of all instants", "Leave per: out, or take snapshot: last or first")
    if view is not None:
        try:
            find_entity(found.catalogue, metric.view, metric.per)
        except Refused as refused:
            found.add((*here, "per"), refused.problems[0].found, refused.problems[0].remedy)


def _check_conversion(found: _Faults, here: tuple[str, ...], metric: Conversion) -> None:
    if len(metric.conversion) < 2:
        found.add((*here, "conversion"), "it has one step", "A conversion has two or more")
    first = found.catalogue.metrics.get(metric.conversion[0]) if metric.conversion else None
    if isinstance(first, (Aggregate, Snapshot)) and first.view in found.catalogue.views:
        found.check_sql((*here, "where"), first.view, metric.where)
        found.check_sql((*here, "time"), first.view, metric.time.column if metric.time else None)


def _check_clock(found: _Faults, here: tuple[str, ...], view: str, clock: Clock) -> None:
    """A clock doesn't come from a history, which is joined as of that clock."""
    for column in find_columns(clock.column.tree):
        try:
            path = find_column(found.catalogue, view, name_parts(column)).path
        except Unreachable:
            continue  # it has been told
        if path.dated:
            told = f"{column.sql()} is looked up in a history as of the clock, which it can't be itself"
            found.add(here, told, f"A column of {view} would do")


def _check_rows(found: _Faults, here: tuple[str, ...], metric: Aggregate | Snapshot) -> None:
    found.check_sql((*here, "sql"), metric.view, metric.sql)
    found.check_sql((*here, "where"), metric.view, metric.where)
    found.check_sql((*here, "time"), metric.view, metric.time.column if metric.time else None)
    if metric.time:
        _check_clock(found, (*here, "time"), metric.view, metric.time)
    if metric.unique:
        _check_columns(found, (*here, "unique"), metric.view, (metric.unique,))


def _check_journey(
    found: _Faults, here: tuple[str, ...], journey: Funnel | Cohort, entities: Mapping[str, str]
) -> None:
    found.expect((*here, "by"), journey.by, entities, "entity", "entities")
    match journey:
        case Funnel():
            for step in journey.steps:
                found.expect((*here, "steps"), step, found.catalogue.metrics, "metric")
            if len(journey.steps) < 2:
                found.add((*here, "steps"), "it has one step", "A funnel has two or more")
            if journey.order == "any" and journey.since == "previous":
                found.add((*here, "from"), "in any order no step is the one before", "Write from: first")
        case Cohort():
            found.expect((*here, "start"), journey.start, found.catalogue.metrics, "metric")
            found.expect((*here, "return"), journey.return_, found.catalogue.metrics, "metric")
        case _:
            assert_never(journey)


class _TooDeep(Exception):
    """A chain is longer than anybody would write; following it would end in a RecursionError."""


def _check_cycle(found: _Faults, place: str, items: Iterable[str], follow: Callable[[str], list[str]]) -> None:
    """A problem for each circle, told once, at its first member; and one for the first chain that is too long."""
    known = set(items := list(items))
    depths: dict[str, int] = {}

    def visit(name: str, trail: tuple[str, ...]) -> int:
        """How many stand on one another below the name, itself included."""
        if name in trail:
            circle = trail[trail.index(name) :]
            if not depths.keys() & set(circle):
                shown = " → ".join([*circle, name]).replace(".dimensions.", ".")
                where = (*place.split("."), *circle[0].split("."))
                found.add(where, f"it goes round in a circle: {shown}", "Break it at one of them")
            depths.update(dict.fromkeys(circle, 0))
        if name in depths or name not in known:
            return depths.get(name, 0)
        if len(trail) < MOST_DEPTH:
            depth = 1 + max((visit(other, (*trail, name)) for other in follow(name)), default=0)
            if depth <= MOST_DEPTH:
                return depths.setdefault(name, depth)
        what = f"it is the end of a chain of more than {MOST_DEPTH}, each made of the next"
        found.add((*place.split("."), trail[0] if trail else name), what, "Make the chain shorter")
        raise _TooDeep

    with suppress(_TooDeep):
        for start in items:
            visit(start, ())
