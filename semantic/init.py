"""Somebody's tables -> a first metrics.yml: keys, times, joins, dimensions, counts and sums, told as a tutorial."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semantic.bind import bind_catalogue
from semantic.catalogue import Catalogue, View
from semantic.check import count_catalogue
from semantic.document import NAME
from semantic.emit.scope import identify
from semantic.engines.duckdb import READERS, DuckDB
from semantic.errors import Problem, Refused
from semantic.line import RESERVED
from semantic.load import read_catalogue
from semantic.names import GRAINS, PARTS
from semantic.profile import FEW, TIMES, Column, Table, list_joined, profile_tables, write_singular, write_snake
from semantic.schema import FILE as SCHEMA

DATABASES = (".duckdb", ".ddb", ".db")
WORDS = frozenset((*RESERVED, *GRAINS, *PARTS, "segment"))
MONEY = re.compile(
    r"(^|_)(amount|revenue|price|cost|costs|sales|spend|budget|fee|tax|profit|margin|income|salary)(_|$)"
)
# Numbers whose sum says nothing: these are averaged, and those are left out.
MEAN = re.compile(
    r"(^|_)(price|rate|percent|pct|share|ratio|age|score|rating|avg|average|mean|temperature|grade|income)(_|$)"
)
LABELS = re.compile(
    r"(^|_)(year|month|week|day|quarter|hour|lat|latitude|lon|lng|longitude|zip|postal|postcode|version)(_|$)"
)


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    label: str
    view: str
    sql: str
    money: bool = False


def write_catalogue(files: Sequence[Path], out: Path, data: Path | None = None) -> str:
    """Writes the first catalogue of CSV, Parquet or DuckDB files (or folders of them) to `out`; tells what it holds.

    The data folder is `data`, else the folder of `out` if all files lie below it, else the folder that holds them all.
    Raises Refused where a file can't be read, or `out` is there already.
    """
    if out.exists():
        raise _refuse(str(out), "a catalogue is there already", "Name another: --catalogue FILE")
    found = _list_files(files)
    folder = _choose_folder(found, out, data)
    base = _name_views(found, folder)
    engine = _open(base, folder)
    try:
        base = _add_tables(base, engine)
        if not base.views:
            raise _refuse(str(found[0]), "there is no table in it", "Name a file that has one")
        with_tables = _open(base, folder)
        try:
            tables = profile_tables(with_tables, base.views)
            text, line = _write_text(base, tables, folder, out)
            catalogue = bind_catalogue(read_catalogue(text, out.name), with_tables)
        finally:
            with_tables.retire()
    finally:
        engine.retire()
    _write_new(out, text)
    where = "" if out == Path("metrics.yml") else f" --catalogue {out}"
    return f"{out}: {count_catalogue(catalogue)}\nNext: python -m semantic ask '{line}'{where}"


def _open(base: Catalogue, folder: Path) -> DuckDB:
    """An engine on a catalogue that no file holds; what is wrong is told of the files."""
    try:
        return DuckDB(base, folder)
    except Refused as refused:
        raise Refused([Problem("init", problem.found, problem.remedy) for problem in refused.problems]) from refused


def _refuse(where: str, found: str, remedy: str) -> Refused:
    return Refused([Problem(where, found, remedy)])


def _write_new(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise _refuse(str(out), f"it can't be written: {error.strerror}", "Name another: --catalogue FILE") from error


# --- files, folders, views


def _list_files(files: Sequence[Path]) -> list[Path]:
    """The files, those of folders included, each once. Raises Refused with every one that can't be taken."""
    problems: list[Problem] = []
    found: dict[Path, None] = {}
    for file in files:
        inside = sorted(each for each in file.iterdir() if _is_table(each)) if file.is_dir() else [file]
        if file.is_dir() and not inside:
            problems.append(
                Problem(str(file), "no file in it is CSV, Parquet or DuckDB", "Name a folder that has some")
            )
        for each in inside:
            if not each.is_file():
                problems.append(Problem(str(each), "there is no such file", "Name a file that is there"))
            elif not _is_table(each):
                problems.append(Problem(str(each), "it is neither CSV, Parquet nor DuckDB", "Save it as one of them"))
            else:
                found[each.resolve()] = None
    databases = [file for file in found if file.suffix.lower() in DATABASES]
    if len(databases) > 1:
        problems.append(
            Problem(databases[1].name, "it is a second database", "A catalogue reads one: make another of this")
        )
    if problems:
        raise Refused(problems)
    return list(found)


def _is_table(file: Path) -> bool:
    suffix = file.suffix.lower()
    return suffix in DATABASES or (suffix in READERS and (suffix != ".gz" or file.name.lower().endswith(".csv.gz")))


def _choose_folder(files: Sequence[Path], out: Path, data: Path | None) -> Path:
    home = out.resolve().parent
    if not home.is_dir():
        raise _refuse(str(out), "its folder isn't there", "Name another: --catalogue FILE")
    if data is not None:
        outside = [file for file in files if not file.is_relative_to(data.resolve())]
        if outside:
            raise _refuse(str(outside[0]), f"it lies outside {data}", "Only files below the data folder are read")
        return data.resolve()
    if all(file.is_relative_to(home) for file in files):
        return home
    return Path(os.path.commonpath([file.parent for file in files]))


def _name_views(files: Sequence[Path], folder: Path) -> Catalogue:
    """The least catalogue of the files: a view for each, and the database; views are called like their files."""
    views: dict[str, View] = {}
    database = None
    for file in files:
        place = file.relative_to(folder).as_posix()
        if file.suffix.lower() in DATABASES:
            database = place
            continue
        stem = file.name[: -len("".join(file.suffixes[-2:]))] if file.name.endswith(".gz") else file.stem
        views[_find_free(write_snake(stem), write_snake(file.parent.name), views)] = View(file=_escape_glob(place))
    return Catalogue(views=views, database=database)


def _escape_glob(place: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", place)


def _find_free(name: str, prefix: str, taken: Mapping[str, object] | set[str]) -> str:
    """The name, with a prefix or a number where it is taken already."""
    lower = {each.lower() for each in taken}
    choices = (name, f"{prefix}_{name}", *(f"{name}_{number}" for number in range(2, 10_000)))
    return next(choice for choice in choices if choice.lower() not in lower)


def _add_tables(base: Catalogue, engine: DuckDB) -> Catalogue:
    views = dict(base.views)
    for table in engine.list_tables() if base.database else ():
        schema, _, name = table.rpartition(".")
        if "." not in schema:
            views[_find_free(write_snake(name), write_snake(schema or "table"), views)] = View(table=table)
    return Catalogue(views=views, database=base.database)


# --- the text


def _write_text(base: Catalogue, tables: Sequence[Table], folder: Path, out: Path) -> tuple[str, str]:
    """The catalogue's text, and a line that it answers."""
    named = {table.name: _name_dimensions(table) for table in tables}
    metrics = _list_metrics(tables, {name.lower() for dimensions in named.values() for name in dimensions})
    line = _choose_line(tables, named, metrics)
    lines = [*_write_head(base, folder, out, line), "views:"]
    for table in tables:
        lines += _write_view(base.views[table.name], table, named[table.name])
    lines += [
        "",
        "# A metric is a KPI: an aggregate over the rows of a view, or a formula over other metrics.",
        "metrics:",
    ]
    lines += [_write_metric(metric) for metric in metrics]
    lines += _write_formula(metrics, _choose_best(tables))
    lines += _write_segment(named)
    return "\n".join(lines) + "\n", line


def _write_head(base: Catalogue, folder: Path, out: Path, line: str) -> Iterator[str]:
    home = out.resolve().parent
    yield f"# yaml-language-server: $schema={Path(os.path.relpath(SCHEMA, home)).as_posix()}"
    yield "# A first catalogue, written from the tables. Every line may be changed; the app and these commands follow:"
    where = "" if out == Path("metrics.yml") else f" --catalogue {out.name}"
    yield f"#   python -m semantic check{where}"
    yield f"#   python -m semantic ask '{line}'{where}"
    yield ""
    yield f"name: {_quote(_label(folder.name or 'metrics'))}"
    yield "timezone: UTC  # where days and hours are cut: Europe/Paris, say"
    yield "currency: EUR"
    if folder != home:
        yield f"data: {_quote(Path(os.path.relpath(folder, home)).as_posix())}"
    if base.database:
        yield f"database: {_quote(base.database)}"
    yield ""
    yield "# A view is a table that metrics are counted from. Its key says what a row is one of; its time is the clock"
    yield "# of its rows; a join leads from a column to the view of that key; a dimension is what metrics are cut by."


def _write_view(view: View, table: Table, dimensions: Mapping[str, Column]) -> Iterator[str]:
    yield f"  {table.name}:"
    source = f"file: {_quote(str(view.file))}" if view.file else f"table: {_quote(str(view.table))}"
    yield f"    {source}  # {table.rows:,} rows"
    if table.key:
        yield f"    key: {{{table.entity}: {_quote(table.key)}}}"
    if table.clock:
        yield f"    time: {_quote(identify(table.clock).sql('duckdb'))}"
    if table.joins:
        yield f"    joins: {{{', '.join(_write_join(join.role, join.entity, join.column) for join in table.joins)}}}"
    if dimensions:
        yield "    dimensions:"
    for name, column in dimensions.items():
        yield f"      {name}: {_write_dimension(name, column)}"
    known = {*list_joined(table), table.clock, *(column.name for column in dimensions.values())}
    if others := [column for column in table.columns if column.name not in known]:
        shown = ", ".join(f"{column.name} ({_describe(column)})" for column in others[:12])
        yield f"    # other columns: {_fold(shown)}{', …' if len(others) > 12 else ''}"


def _describe(column: Column) -> str:
    return f"{column.family if column.family != 'other' else column.type.lower()}, about {column.distinct:,} values"


def _fold(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _write_join(role: str, entity: str, column: str) -> str:
    return f"{role}: {_quote(column)}" if role == entity else f"{role}: {{entity: {entity}, key: {_quote(column)}}}"


def _write_dimension(name: str, column: Column) -> str:
    label = _quote(_label(column.name))
    more = "" if name.lower() == column.name.lower() else f"sql: {_quote(identify(column.name).sql('duckdb'))}, "
    pii = ", pii: true" if column.personal else ""
    return f"{{{more}label: {label}{pii}}}" if more or pii else label


def _label(name: str) -> str:
    words = write_snake(name).strip("_").replace("_", " ")
    return words[:1].upper() + words[1:] or "Metrics"


def _quote(text: str) -> str:
    """A YAML scalar that is read as this text."""
    plain = (
        re.fullmatch(r"[^\W\d][\w ./-]*", text)
        and text == text.strip()
        and text.lower() not in ("true", "false", "null")
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def _name_dimensions(table: Table) -> dict[str, Column]:
    """The columns that metrics can be cut by, under names that a line can hold; the personal ones, which are hidden."""
    found: dict[str, Column] = {}
    for column in table.columns:
        if column.name not in list_joined(table) and column.name != table.clock and _is_dimension(column):
            name = column.name if NAME.match(column.name) else write_snake(column.name)
            name = f"{write_singular(table.name)}_{name}" if name.lower() in WORDS else name
            found[_find_free(name, write_singular(table.name), found)] = column
    return found


def _is_dimension(column: Column) -> bool:
    if column.personal or column.family in TIMES:
        return column.known > 0
    if column.is_id and not column.plain.endswith("code"):
        return False
    return column.family in ("text", "boolean") and 2 <= column.distinct <= FEW


def _list_metrics(tables: Sequence[Table], taken: set[str]) -> list[_Metric]:
    """A count for each table, and a sum (or a mean) for each of its numbers that is no key."""
    found: dict[str, _Metric] = {}

    def add(name: str, prefix: str, label: str, view: str, sql: str, money: bool = False) -> None:
        free = _find_free(name, prefix, {*taken, *found})
        found[free] = _Metric(free, label, view, sql, money)

    for table in tables:
        about = write_singular(table.name)
        add(table.name, "number_of", _label(table.name), table.name, "count(*)")
        for column in table.columns:
            skipped = column.is_id or column.personal or LABELS.search(column.plain) or not column.known
            if column.family != "number" or column.name in list_joined(table) or skipped:
                continue
            sql, money = identify(column.name).sql("duckdb"), bool(MONEY.search(column.plain))
            if MEAN.search(column.plain):
                name, label = f"average_{column.plain}", f"Average {_label(column.name).lower()}"
                add(name, about, label, table.name, f"avg({sql})", money)
            else:
                add(column.plain, about, _label(column.name), table.name, f"sum({sql})", money)
    return list(found.values())


def _write_metric(metric: _Metric) -> str:
    money = ", format: currency" if metric.money else ""
    return (
        f"  {metric.name}: {{label: {_quote(metric.label)}, view: {metric.view}, sql: {_quote_sql(metric.sql)}{money}}}"
    )


def _quote_sql(sql: str) -> str:
    return sql if re.fullmatch(r"\w+\((\w+|\*)\)", sql) else json.dumps(sql, ensure_ascii=False)


def _write_formula(metrics: Sequence[_Metric], best: Table) -> Iterator[str]:
    """One formula, so that there is an example: a sum by the count of its view, the best one's if it has any."""
    counts = {metric.view: metric for metric in metrics if metric.sql == "count(*)"}
    totals = [metric for metric in metrics if metric.sql.startswith("sum(")]
    if not totals:
        return
    total = min(totals, key=lambda metric: metric.view != best.name)
    count = counts[total.view]
    name = _find_free(f"{total.name}_per_{write_singular(total.view)}", "average", {metric.name for metric in metrics})
    label = f"{total.label} per {_label(write_singular(total.view)).lower()}"
    money = ", format: currency" if total.money else ""
    yield f"  {name}: {{label: {_quote(label)}, sql: {total.name} / {count.name}{money}}}  # a formula"


def _write_segment(named: Mapping[str, Mapping[str, Column]]) -> Iterator[str]:
    """A segment as a comment: which one makes sense is for a person to say."""
    for view, dimensions in named.items():
        for name, column in dimensions.items():
            if column.family == "text" and not column.personal:
                yield ""
                yield "# A segment is a group of rows with a name, to filter by:"
                yield "# segments:"
                yield f"#   known_{name}: {{label: Known, of: {view}, where: {name} IS NOT NULL}}"
                return


def _choose_best(tables: Sequence[Table]) -> Table:
    """The biggest table with a clock, if any has one."""
    return max(tables, key=lambda table: (bool(table.clock), table.rows))


def _choose_line(tables: Sequence[Table], named: Mapping[str, Mapping[str, Column]], metrics: Sequence[_Metric]) -> str:
    """A line to begin with: the count of the biggest table with a clock by month, else by its first dimension."""
    best = _choose_best(tables)
    count = next(metric for metric in metrics if metric.view == best.name)
    shown = [name for name, column in named[best.name].items() if not column.personal]
    by = "&by=month" if best.clock else f"&by={shown[0]}" if shown else ""
    return f"metric={count.name}{by}"
