"""The compiler's own time: lines to SQL, loading a catalogue, importing it; caches off."""

import functools
import gc
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import semantic
from benchmarks.compare_sql import CATALOGUE
from benchmarks.facts import HERE, find_facts
from semantic.load import load_catalogue

LINES, LOADS, IMPORTS, METRICS = 50, 9, 9, 100

MESSAGE_METRICS = ["sent", "delivered", "clicked", "click_rate", "readers", "cost"]
ORDER_METRICS = ["revenue", "orders", "buyers", "basket"]
VISIT_METRICS = ["visits", "visitors", "pages", "pages_per_visit"]
DIMENSIONS = ["channel", "brand", "specialty", "city", "kind", "month", "week", "day"]
SHARED = ["specialty", "city", "month", "week", "day"]

# Runs in a Python of its own, where everything that the compiler stands on is imported before the clock starts.
IMPORT = """
import time, duckdb, sqlglot, sqlglot.expressions, sqlglot.dialects.duckdb
start = time.process_time()
import semantic
print(time.process_time() - start)
"""
USE = """
import time, duckdb, sqlglot, sqlglot.expressions, sqlglot.dialects.duckdb
start = time.process_time()
import semantic
for name in semantic.__all__:
    getattr(semantic, name)
print(time.process_time() - start)
"""
GROUND = """
import time
start = time.process_time()
import duckdb, sqlglot, sqlglot.expressions, sqlglot.dialects.duckdb
print(time.process_time() - start)
"""


def bind() -> semantic.Catalogue:
    return semantic.open_source(CATALOGUE).serve().catalogue


def compile_line(catalogue: semantic.Catalogue, line: str) -> None:
    """A line through every phase before `run`: parse, resolve, plan, emit."""
    semantic.compile_question(catalogue, semantic.parse_line(line))


def open_catalogue(path: Path) -> None:
    """Load and validate a catalogue, with its database."""
    semantic.open_source(path, data=HERE)


def write_lines_of_one_view() -> Iterator[str]:
    """One metric by two dimensions."""
    for (outer, inner), metric in itertools.product(itertools.permutations(DIMENSIONS, 2), MESSAGE_METRICS):
        yield f"metric={metric}&by={outer},{inner}"


def write_lines_of_three_views() -> Iterator[str]:
    """Three metrics of three views by a dimension that they share."""
    for by, *metrics in itertools.product(SHARED, MESSAGE_METRICS, ORDER_METRICS, VISIT_METRICS):
        yield f"metric={','.join(metrics)}&by={by}"


def pick_lines(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """As many different lines as are measured, taken from all over, and ten others to warm up with."""
    every = list(lines)
    step = len(every) // LINES
    return every[::step][:LINES], every[1::step][:10]


def write_catalogue(folder: Path, count: int = METRICS) -> Path:
    """The benchmark's views with as many metrics, every second of them a formula over two others."""
    views = CATALOGUE.read_text(encoding="utf-8").partition("\nmetrics:\n")[0]
    metrics = []
    for number in range(1, count + 1):
        if number % 2:
            sql = (
                f"{{label: Metric {number}, view: messages, sql: sum(cost), where: contact_id % {number} = 0, fill: 0}}"
            )
        else:
            sql = f"{{label: Metric {number}, sql: metric_{number - 1} / metric_1, format: percent}}"
        metrics.append(f"  metric_{number}: {sql}")
    path = folder / "metrics.yml"
    path.write_text("\n".join([views, "metrics:", *metrics, ""]), encoding="utf-8")
    return path


def clear_caches() -> None:
    """Empty what functions of the compiler keep between calls (functools.cache)."""
    for kept in [found for found in gc.get_objects() if isinstance(found, functools._lru_cache_wrapper)]:
        if (getattr(kept, "__module__", None) or "").startswith("semantic"):
            kept.cache_clear()


def measure_each(tasks: Sequence[Callable[[], object]]) -> float:
    """The median CPU time of the tasks in ms, each run once with empty caches and no garbage of the one before."""
    spent = []
    for task in tasks:
        clear_caches()
        gc.collect()
        start = time.process_time()
        task()
        spent.append(1000 * (time.process_time() - start))
    return statistics.median(spent)


def measure_program(program: str, runs: int = IMPORTS) -> float:
    """The median of what a program prints as seconds, in ms."""
    command = [sys.executable, "-c", program]
    printed = [subprocess.run(command, cwd=HERE.parent, capture_output=True, check=True).stdout for _ in range(runs)]
    return 1000 * statistics.median(map(float, printed))


def main() -> None:
    find_facts()
    catalogue = bind()
    print(f"{'CPU ms, median':<58}{'ms':>8}{'of':>5}")

    def report(what: str, spent: float, count: int) -> None:
        print(f"{what:<58}{spent:>8.2f}{count:>5}", flush=True)

    for lines, what in [
        (write_lines_of_one_view(), "compile one metric by two dimensions"),
        (write_lines_of_three_views(), "compile three metrics of three views by a shared dimension"),
    ]:
        asked, others = pick_lines(lines)
        for line in others:
            compile_line(catalogue, line)
        tasks = [functools.partial(compile_line, catalogue, line) for line in asked]
        report(what, measure_each(tasks), len(asked))
    with tempfile.TemporaryDirectory() as folder:
        path = write_catalogue(Path(folder))
        open_catalogue(path)
        loads = [functools.partial(load_catalogue, path)] * LOADS
        report(f"load and validate {METRICS} metrics", measure_each(loads), LOADS)
        opens = [functools.partial(open_catalogue, path)] * LOADS
        report("the same, with a new instance that is asked for their types", measure_each(opens), LOADS)
    report("import semantic, over sqlglot and duckdb", measure_program(IMPORT), IMPORTS)
    report("the same, and every name of its face", measure_program(USE), IMPORTS)
    report("import sqlglot and duckdb", measure_program(GROUND), IMPORTS)


if __name__ == "__main__":
    main()
