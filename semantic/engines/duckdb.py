"""DuckDB: one locked in-memory instance per catalogue and version of its files; the data is attached read-only."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from semantic.catalogue import Catalogue, View
from semantic.errors import Failed, Problem, Refused, Stopped, suggest_name
from semantic.expressions import SelectSql, list_tables
from semantic.resolved import Scalar
from semantic.stop import Stop

if TYPE_CHECKING:
    import pyarrow as pa

# A neutral name: a database called like one of its own schemas would be ambiguous.
SOURCE = "source_file"
MEMORY_SHARE = "4GB"
QUERY_LIMITS = ("max_execution_time", "operator_memory_limit")
READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".gz": "read_csv"}


def find_folder(catalogue: Catalogue, catalogue_file: Path, data: Path | None) -> Path:
    """The data folder: the asked one, else the catalogue's `data:`, else the folder that the catalogue lies in."""
    return (data or catalogue_file.parent / (catalogue.data or ".")).resolve()


def list_files(catalogue: Catalogue, folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files that each view reads, the database under "". Raises Refused for one outside the folder, or none."""
    problems: list[Problem] = []
    found: dict[str, tuple[Path, ...]] = {}
    database = (catalogue.database,) if catalogue.database else ()
    wanted: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [("", ("database",), database)]
    for name, view in catalogue.views.items():
        patterns = (view.file,) if isinstance(view.file, str) else view.file or ()
        wanted.append((name, ("views", name, "file"), patterns))
    for name, place, patterns in wanted:
        files: list[Path] = []
        for pattern in patterns:
            try:
                here = _expand(folder, pattern)
            except ValueError as error:
                problems.append(
                    Problem(catalogue.locate(*place), f"{pattern} {error}", "Only files below the data folder are read")
                )
                continue
            if not here:
                remedy = (
                    "make setup writes the demo data"
                    if pattern.endswith("demo.duckdb")
                    else "Name a file that is there, or another --data DIR"
                )
                problems.append(
                    Problem(catalogue.locate(*place), f"there is no file {pattern} in the data folder", remedy)
                )
            files += here
        if name and any(file.suffix.lower() not in READERS for file in files):
            problems.append(
                Problem(
                    catalogue.locate(*place),
                    f"{files[0].name} is neither Parquet nor CSV",
                    "Other files are read through database:",
                )
            )
        found[name] = tuple(files)
    if problems:
        raise Refused(problems)
    return found


def _expand(folder: Path, pattern: str) -> list[Path]:
    if "://" in pattern:
        raise ValueError("is an address, and this engine reads files")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ValueError("leads out of the data folder")
    files = sorted(folder.glob(pattern)) if any(mark in pattern for mark in "*?[") else [folder / pattern]
    files = [file for file in files if file.is_file()]
    if any(not file.resolve().is_relative_to(folder) for file in files):
        raise ValueError("leads out of the data folder")
    return files


def read_version(files: dict[str, tuple[Path, ...]]) -> str:
    """A text that changes whenever one of the files does."""
    digest = hashlib.sha256()
    for name, paths in sorted(files.items()):
        for path in paths:
            stat = path.stat()
            digest.update(f"{name}\0{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0{stat.st_ino}\n".encode())
    return digest.hexdigest()[:16]


class DuckDB:
    """A locked instance: it reads its files and nothing else, and nobody can change that."""

    def __init__(self, catalogue: Catalogue, folder: Path, threads: int | None = None) -> None:
        files = list_files(catalogue, folder)
        self.version = read_version(files)
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._running = 0
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._retired = False
        self._scratch = tempfile.TemporaryDirectory(prefix="crosscut-")
        try:
            self._root = _connect(self._scratch.name, threads)
            _attach(self._root, catalogue, files[""])
            problems = _create_views(self._root, catalogue, files)
            if problems:
                raise Refused(problems)
            _lock_down(self._root, [str(path) for paths in files.values() for path in paths])
        except duckdb.Error as error:
            self._scratch.cleanup()
            found = f"{catalogue.database} can't be opened: {_hide_folders(_first_line(error))}"
            remedy = "A DuckDB file that no other program writes to would do"
            raise Refused([Problem(catalogue.locate("database"), found, remedy)]) from error

    @contextmanager
    def _cursor(self, seconds: float, stop: Stop | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            if self._retired and self._running == 0:
                raise Failed("The data has changed. Ask again.")
            self._running += 1
            cursor = self._root.cursor()
            self._cursors.add(cursor)
        try:
            cursor.execute(f"SET max_execution_time = {max(1, int(seconds * 1000))}")
            cursor.execute(f"SET operator_memory_limit = '{MEMORY_SHARE}'")
            with stop.calling(cursor.interrupt) if stop else nullcontext():
                if stop and stop.is_asked:  # before anything runs that an interrupt would end
                    raise Stopped
                yield cursor
        except duckdb.InterruptException as error:
            if stop and stop.is_asked:
                raise Stopped from error
            raise Failed(
                f"The answer took longer than {seconds:g} seconds. A shorter period or fewer slices would do."
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise Failed(
                "The answer needs more memory than there is. A shorter period or fewer slices would do."
            ) from error
        except duckdb.Error as error:
            raise Failed(f"The database refused the query: {_first_line(error)}") from error
        finally:
            cursor.close()
            with self._lock:
                self._cursors.discard(cursor)
                self._running -= 1
                if self._retired and self._running == 0:
                    self._close()

    def run(self, sql: str, params: Sequence[Scalar] = (), seconds: float = 60.0, stop: Stop | None = None) -> pa.Table:
        """The rows of a SELECT. Raises Failed when it breaks, or takes longer than `seconds`, Stopped by `stop`."""
        with self._cursor(seconds, stop) as cursor:
            return cursor.sql(sql, params=list(params) or None).to_arrow_table()

    def describe(self, sql: str) -> dict[str, str]:
        """The columns of a SELECT and their types, without running it. Raises Failed."""
        with self._cursor(60) as cursor:
            rows = cursor.execute(f"DESCRIBE {sql}").fetchall()
            return {str(row[0]): str(row[1]) for row in rows}

    def expand(self, select: SelectSql, name: str) -> str:
        """A SELECT that the catalogue holds in the view `name`, as this engine takes it."""
        return _qualify(self._catalogue, select, name)

    def list_tables(self) -> list[str]:
        """The tables and views of the attached file, `schema.table` where the schema isn't main."""
        with self._cursor(60) as cursor:
            return _list_tables(cursor)

    def interrupt(self) -> None:
        """The queries under way break off, as Failed."""
        with self._lock:
            for cursor in self._cursors:
                cursor.interrupt()

    def retire(self) -> None:
        """No more queries will come: closes after the last one that is under way."""
        with self._lock:
            self._retired = True
            if self._running == 0:
                self._close()

    def _close(self) -> None:
        self._root.close()
        self._scratch.cleanup()


def _first_line(error: Exception) -> str:
    """What the driver says, without its class of error and its advice: `No function matches …`."""
    line = re.sub(r"^[A-Z]\w*( \w+)* Error: ", "", str(error).splitlines()[0].strip())
    line = re.sub(r"\. (You |Use |Please |Try |Did you |Candidate ).*", "", line)
    return line.replace(f"{SOURCE}.main.", "").replace(f"{SOURCE}.", "").rstrip(".!")


def _connect(scratch: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": scratch,
            "threads": str(threads or os.cpu_count() or 2),
            "preserve_insertion_order": "false",
        },
    )


def _attach(root: duckdb.DuckDBPyConnection, catalogue: Catalogue, database: tuple[Path, ...]) -> None:
    for file in database:
        root.execute(f"ATTACH {_quote(str(file))} AS {SOURCE} (READ_ONLY)")


def _lock_down(root: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    root.execute("SET TimeZone = 'UTC'")
    # DuckDB 2.0.0 takes two aggregates over the same joins for one and mixes up their columns: wrong rows, no error.
    root.execute("SET disabled_optimizers = 'common_subplan'")
    # DuckDB 2.0.0 merges subplans that look alike and differ, and then gives wrong rows (tests/test_source.py has one).
    root.execute("SET disabled_optimizers = 'common_subplan'")
    root.execute(f"SET allowed_paths = [{', '.join(map(_quote, paths))}]")
    root.execute("SET enable_external_access = false")
    root.execute(f"SET allowed_configs = [{', '.join(map(_quote, QUERY_LIMITS))}]")
    root.execute("SET lock_configuration = true")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _create_views(
    root: duckdb.DuckDBPyConnection, catalogue: Catalogue, files: dict[str, tuple[Path, ...]]
) -> list[Problem]:
    """One view of the engine for each view of the catalogue, under its own name; those that others read come first."""
    problems = []
    failed: set[str] = set()
    reads = {
        name: [
            table.name
            for table in list_tables(view.sql)
            if not table.db and table.name in catalogue.views and table.name != name
        ]
        for name, view in catalogue.views.items()
        if view.sql
    }
    order = [name for name in TopologicalSorter(reads).static_order() if name in catalogue.views]
    for name in [*order, *(name for name in catalogue.views if name not in order)]:
        view = catalogue.views[name]
        # A CSV is read once, into memory: its types would be guessed anew by every query.
        kind = "TABLE" if any(file.suffix.lower() != ".parquet" for file in files.get(name, ())) else "VIEW"
        if failed & set(reads.get(name, ())):  # why has been told
            failed.add(name)
            continue
        try:
            root.execute(
                f"CREATE {kind} memory.main.{_name(name)} AS {_select_view(catalogue, name, view, files.get(name, ()))}"
            )
        except duckdb.Error as error:
            place = next(key for key in ("sql", "table", "file") if getattr(view, key) is not None)
            problems.append(_explain(root, catalogue, name, place, error))
            failed.add(name)
    return problems


def _select_view(catalogue: Catalogue, name: str, view: View, files: tuple[Path, ...]) -> str:
    """The SELECT behind a view of the catalogue."""
    if files:
        reader = READERS[files[0].suffix.lower()]
        more = ", union_by_name = true" if len(files) > 1 else ""
        return f"SELECT * FROM {reader}([{', '.join(_quote(str(file)) for file in files)}]{more})"
    if view.table is not None:
        return f"SELECT * FROM {SOURCE}.{'.'.join(_name(part) for part in _split_table(view.table))}"
    assert view.sql is not None, "a view has a source"
    return _qualify(catalogue, view.sql, name)


def _qualify(catalogue: Catalogue, select: SelectSql, name: str) -> str:
    """A SELECT of the catalogue, each table with its place: another view, else a table of the database."""
    tree = select.tree.copy()
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or (not table.db and table.name.lower() in own):
            continue
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        if not table.db and table.name in catalogue.views and table.name != name:
            table.set("db", exp.to_identifier("main"))
            table.set("catalog", exp.to_identifier("memory"))
        else:
            table.set("db", exp.to_identifier(table.db or "main", quoted=True))
            table.set("catalog", exp.to_identifier(SOURCE))
    return tree.sql(dialect="duckdb")


def _split_table(table: str) -> list[str]:
    parts = table.split(".")
    return parts if len(parts) > 1 else ["main", *parts]


def _explain(
    root: duckdb.DuckDBPyConnection, catalogue: Catalogue, name: str, place: str, error: duckdb.Error
) -> Problem:
    where = catalogue.locate("views", name, place)
    view = catalogue.views[name]
    if view.file:
        found = f"{' and '.join([view.file] if isinstance(view.file, str) else view.file)} can't be read"
        return Problem(where, f"{found}: {_hide_folders(_first_line(error))}", "Parquet, or CSV in UTF-8, would do")
    foreign = (
        [] if view.sql is None else [t.sql("duckdb") for t in list_tables(view.sql) if t.name not in catalogue.views]
    )
    if catalogue.database is None and (view.table or foreign):
        found = f"there is no view {view.table or foreign[0]}, and no database to look for a table"
        return Problem(where, found, "Add database:, or a view with file:")
    tables = _list_tables(root)
    if isinstance(error, duckdb.CatalogException) and view.table:
        return Problem(where, f"the database has no table {view.table}", suggest_name(view.table, tables, "table"))
    return Problem(where, _first_line(error), "SQL that the database can run would do")


def _hide_folders(text: str) -> str:
    return re.sub(r'(["\'])[^"\']*/([^"\'/]+)\1', r"\2", text)


def _list_tables(root: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables and views of the attached file, `schema.table` where the schema isn't main."""
    rows = root.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal ORDER BY 1, 2",
        [SOURCE],
    ).fetchall()
    return [name if schema == "main" else f"{schema}.{name}" for schema, name in rows]
