"""The command line: python -m data [--size 1] [--out data/demo.duckdb] [--if-missing]."""

import argparse
import sys
import time
from pathlib import Path
from typing import NoReturn

from data.tables import TABLES
from data.world import World
from data.write import DemoError, make_mark, read_mark, write_demo

SMALLEST, LARGEST = 0.01, 50
_WIDTH = 30


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        print(f"python -m data: {message}. python -m data --help says what would do", file=sys.stderr)
        raise SystemExit(2)


def main(words: list[str] | None = None) -> int:
    """Write the demo database; return 0, or 1 where it couldn't be written. Exits with 2 for a wrong option."""
    options = _read_options(words)
    out, world = options.out, World(size=options.size)
    try:
        if options.if_missing and read_mark(out) == make_mark(world):
            print(f"{out}: up to date", file=sys.stderr)
            return 0
        started = time.monotonic()
        rows = write_demo(out, world, report=_show_progress if sys.stderr.isatty() else None)
    except DemoError as fault:
        _clear_progress()
        print(fault, file=sys.stderr)
        return 1
    _clear_progress()
    size = out.stat().st_size / 1e6
    seconds = time.monotonic() - started
    print(f"{out}: {len(TABLES)} tables, {rows:,} rows, {size:.0f} MB, written in {seconds:.1f} s", file=sys.stderr)
    return 0


def _read_options(words: list[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m data", description="Writes the demo company's tables into one DuckDB file.", allow_abbrev=False
    )
    parser.add_argument("--size", type=_read_size, default=1.0, help="1 has 60,000 contacts and 3 million messages")
    parser.add_argument(
        "--out", type=Path, default=Path("data/demo.duckdb"), metavar="FILE", help="%(default)s if not given"
    )
    parser.add_argument("--if-missing", action="store_true", help="leave a file of this size and generator as it is")
    return parser.parse_args(words)


def _read_size(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not SMALLEST <= size <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} was found, a number from {SMALLEST} to {LARGEST} would do")
    return size


def _show_progress(name: str, done: int, total: int) -> None:
    filled = _WIDTH * done // total
    print(f"\r[{'#' * filled:<{_WIDTH}}] {done}/{total} {name:<24}", end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * (_WIDTH + 40) + "\r", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
