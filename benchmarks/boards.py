"""Every line of every board of the demo company: the CPU time of its SQL, the slowest beside hand-written SQL."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import semantic
from benchmarks.compare_sql import TWINS, Rows, Twin, find_difference, measure_cpu, read_twins
from semantic.bar import apply_bar
from semantic.board import Widget
from semantic.line import print_line
from semantic.resolved import Scalar

HERE = Path(__file__).parent
BOARD_TWINS = TWINS / "boards"
CATALOGUE = HERE.parent / "metrics.yml"
RUNS, SLOWEST, SECONDS = 5, 10, 60.0


@dataclass(frozen=True)
class Asked:
    """A widget's line under its board's defaults, compiled."""

    board: str
    line: str
    sql: str
    params: Sequence[Scalar]


def list_asked(source: semantic.Source) -> Iterator[Asked]:
    """What the boards ask before anybody chose anything, each question once. Raises Refused."""
    serving, seen = source.serve(), set()
    shelved = source.serve_boards(serving)
    if shelved.problems:
        raise semantic.Refused(list(shelved.problems))
    for name, board in shelved.boards.boards.items():
        for item in board.widgets:
            if not isinstance(item, Widget):
                continue
            fitted = apply_bar(serving.catalogue, item.question, board.start, start=board.start)
            line = print_line(fitted.question)
            if line not in seen:
                seen.add(line)
                found = source.compile(fitted.question, serving=serving)
                yield Asked(name, line, found.sql.text, found.sql.params)


def run_sql(source: semantic.Source, sql: str, params: Sequence[Scalar] = ()) -> Rows:
    """The rows of a statement, past the cache of answers."""
    table = source.serve().engine.run(sql, params, SECONDS)
    columns = [column.to_pylist() for column in table.columns]
    return Rows(list(table.column_names), list(zip(*columns, strict=True)))


def measure_sql(source: semantic.Source, *asked: tuple[str, Sequence[Scalar]], runs: int = RUNS) -> list[float]:
    """The least CPU ms of each statement, up to its table."""
    engine = source.serve().engine
    return measure_cpu([partial(engine.run, sql, params, SECONDS) for sql, params in asked], runs)


def compare_twin(source: semantic.Source, asked: Asked, twin: Twin) -> tuple[str, bool]:
    """The last columns of a row of the report, and whether the rows are the same."""
    difference = find_difference(run_sql(source, twin.sql), run_sql(source, asked.sql, asked.params), twin.keys)
    if difference:
        return f"{twin.name}: {difference}", False
    theirs, ours = measure_sql(source, (twin.sql, ()), (asked.sql, asked.params))
    return f"{theirs:>8.1f}{ours:>10.1f}{ours / theirs:>8.2f}  {twin.name}", True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="twins to compare; default: those of the slowest lines")
    parser.add_argument("--slowest", type=int, default=SLOWEST, help=f"how many lines are listed; default: {SLOWEST}")
    options = parser.parse_args()
    source = semantic.open_source(CATALOGUE)
    twins = {twin.line: twin for twin in read_twins(BOARD_TWINS)}
    lines = {asked.line: asked for asked in list_asked(source)}
    if gone := [twin.name for line, twin in twins.items() if line not in lines]:
        raise SystemExit(f"{', '.join(gone)}: no board asks this line. Its line as a board asks it now would do.")
    if options.names:
        shown = [asked for asked in lines.values() if asked.line in twins and twins[asked.line].name in options.names]
    else:
        spent = {asked.line: measure_sql(source, (asked.sql, asked.params))[0] for asked in lines.values()}
        shown = sorted(lines.values(), key=lambda asked: -spent[asked.line])[: options.slowest]
        print(f"{len(spent)} lines, CPU ms, least of {RUNS}: {sum(spent.values()):.0f} together; the slowest:\n")
    print(f"{'twin':>8}{'compiler':>10}{'ratio':>8}")
    same = True
    for asked in shown:
        if twin := twins.get(asked.line):
            row, equal = compare_twin(source, asked, twin)
            same &= equal
        else:
            row = f"{'':>8}{spent[asked.line]:>10.1f}{'':>8}"
        print(f"{row}  {asked.board}: {asked.line}", flush=True)
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
