"""Hand-written SQL against the compiler's: the same rows, then the CPU time of both. Exit 1 where rows differ."""

import argparse
import datetime
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from urllib.parse import parse_qs

import duckdb

import semantic
from benchmarks.facts import HERE, find_facts

TWINS = HERE / "twins"
NAIVE = TWINS / "naive"  # what is written first, of a twin of that name; too slow for more than a run
CATALOGUE = HERE / "metrics.yml"
RUNS, THREADS = 9, 2
TOLERANCE = 1e-9  # relative: the order in which threads add doubles is nobody's

Row = tuple[object, ...]


@dataclass(frozen=True)
class Twin:
    """A question as a line, and the hand-written SQL that answers it."""

    name: str
    line: str
    sql: str

    @property
    def keys(self) -> list[str]:
        """The columns that tell a row from the others."""
        asked = parse_qs(self.line)
        own = {"cohort": ["cohort", "age"], "overlap": ["segments"], "funnel": ["step"], "flow": ["from", "to"]}
        keys = asked["by"][0].split(",") if "by" in asked else []
        return keys + [name for kind in own.keys() & asked for name in own[kind]]


@dataclass(frozen=True)
class Rows:
    columns: list[str]
    rows: list[Row]


def compile_line(line: str) -> tuple[str, Sequence[object]]:
    """The compiler's SQL of a line and the values of its parameters. The only place that knows its API."""
    sql = open_once().sql(line)
    return sql.text, sql.params


@cache
def open_once() -> semantic.Source:
    return semantic.open_source(CATALOGUE)


def read_twins(folder: Path = TWINS) -> list[Twin]:
    """The twins by name. Each file begins with `-- line: LINE`."""
    twins = []
    for path in sorted(folder.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        mark, _, line = text.partition("\n")[0].partition(" line: ")
        if mark != "--":
            raise SystemExit(f"{path.name}: its first line holds no question. `-- line: metric=…` would do.")
        twins.append(Twin(path.stem, line.strip(), text))
    return twins


def connect_facts(path: Path) -> duckdb.DuckDBPyConnection:
    """An instance of its own, so that no setting of another connection to the file counts."""
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute(f"ATTACH '{path}' AS facts (READ_ONLY)")
    connection.execute("USE facts")
    connection.execute("SET disabled_optimizers = 'common_subplan'")  # as the app's engine has it, which says why
    return connection


def fetch_rows(connection: duckdb.DuckDBPyConnection, sql: str, params: Sequence[object] = ()) -> Rows:
    cursor = connection.execute(sql, list(params))
    return Rows([column[0] for column in cursor.description or []], cursor.fetchall())


def find_difference(expected: Rows, found: Rows, keys: Sequence[str]) -> str | None:
    """What tells the found rows from the expected ones, in words. Other columns of the found rows and order don't."""
    if missing := [name for name in expected.columns if name not in found.columns]:
        return f"there is no column {', '.join(missing)}, only {', '.join(found.columns)}"
    if len(expected.rows) != len(found.rows):
        return f"{len(found.rows)} rows, not {len(expected.rows)}"
    places = [found.columns.index(name) for name in expected.columns]
    key_places = [expected.columns.index(key) for key in keys]

    def sort(rows: list[Row]) -> list[Row]:
        plain = [tuple(simplify_value(value) for value in row) for row in rows]
        return sorted(plain, key=lambda row: [str(row[place]) for place in key_places])

    ours = sort([tuple(row[place] for place in places) for row in found.rows])
    for theirs, our in zip(sort(expected.rows), ours, strict=True):
        if not all(same_value(one, other) for one, other in zip(theirs, our, strict=True)):
            return f"{our}, not {theirs}"
    return None


def simplify_value(value: object) -> object:
    """A day is its date, whether it came as a date or as its midnight; a decimal is a number."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time.min:
        return value.date()
    return float(value) if isinstance(value, Decimal) else value


def same_value(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return one == other


def measure_cpu(tasks: Sequence[Callable[[], object]], runs: int = RUNS) -> list[float]:
    """The least CPU time of each task in ms, all threads together, over interleaved runs."""
    spent: list[list[float]] = [[] for _ in tasks]
    for _ in range(runs):
        for times, task in zip(spent, tasks, strict=True):
            start = time.process_time()
            task()
            times.append(1000 * (time.process_time() - start))
    return [min(times) for times in spent]


def compare_naive(connection: duckdb.DuckDBPyConnection, twin: Twin) -> str:
    """What the naive form costs and how many times the compiler's SQL that is, where there is one."""
    path = NAIVE / f"{twin.name}.sql"
    if not path.exists():
        return ""
    naive, (sql, params) = path.read_text(encoding="utf-8"), compile_line(twin.line)
    if difference := find_difference(fetch_rows(connection, naive), fetch_rows(connection, sql, params), twin.keys):
        raise SystemExit(f"{path.name}: {difference}")
    [theirs] = measure_cpu([partial(fetch_rows, connection, naive)], runs=1)
    [ours] = measure_cpu([partial(fetch_rows, connection, sql, params)])
    return f"{theirs:>10.0f}{theirs / ours:>8.1f}"


def compare_twin(connection: duckdb.DuckDBPyConnection, twin: Twin) -> tuple[str, bool]:
    """A row of the report, and whether the rows are the same."""
    try:
        sql, params = compile_line(twin.line)
        difference = find_difference(fetch_rows(connection, twin.sql), fetch_rows(connection, sql, params), twin.keys)
    except (semantic.Refused, duckdb.Error) as error:
        difference = str(error).partition("\n")[0]
    if difference:
        return f"{twin.name:<26}{difference}", False
    theirs, ours = measure_cpu(
        [partial(fetch_rows, connection, twin.sql), partial(fetch_rows, connection, sql, params)]
    )
    return f"{twin.name:<26}{theirs:>10.1f}{ours:>10.1f}{ours / theirs:>8.2f}", True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="twins; default: all")
    parser.add_argument("--naive", action="store_true", help="measure the naive forms, too, once each")
    parser.add_argument("--twins-only", action="store_true", help="measure the hand-written SQL alone")
    options = parser.parse_args()
    twins = [twin for twin in read_twins() if not options.names or twin.name in options.names]
    connection = connect_facts(find_facts())
    if options.twins_only:
        print(f"{'CPU ms, least of ' + str(RUNS):<26}{'twin':>10}")
        for twin in twins:
            [spent] = measure_cpu([partial(fetch_rows, connection, twin.sql)])
            print(f"{twin.name:<26}{spent:>10.1f}", flush=True)
        return 0
    print(f"{'CPU ms, least of ' + str(RUNS):<26}{'twin':>10}{'compiler':>10}{'ratio':>8}")
    same = True
    for twin in twins:
        row, equal = compare_twin(connection, twin)
        row += compare_naive(connection, twin) if options.naive and equal else ""
        print(row, flush=True)
        same &= equal
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
