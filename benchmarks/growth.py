"""How the compiler's SQL grows: its CPU time over ten million messages against that over one million."""

import argparse
import sys
from functools import partial

from benchmarks.compare_sql import compile_line, connect_facts, fetch_rows, measure_cpu, read_twins
from benchmarks.facts import DEFAULT_PATH, MESSAGES, find_facts

SMALL, LARGE = 1_000_000, 10_000_000
RUNS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="twins; default: all")
    options = parser.parse_args()
    files = [find_facts(DEFAULT_PATH.with_name(f"facts_{rows}.duckdb"), rows / MESSAGES) for rows in (SMALL, LARGE)]
    connections = [connect_facts(file) for file in files]
    print(f"{'CPU ms, least of ' + str(RUNS):<26}{'1 million':>10}{'10 million':>11}{'growth':>8}")
    for twin in read_twins():
        if options.names and twin.name not in options.names:
            continue
        sql, params = compile_line(twin.line)
        small, large = measure_cpu([partial(fetch_rows, each, sql, params) for each in connections], runs=RUNS)
        print(f"{twin.name:<26}{small:>10.1f}{large:>11.1f}{large / small:>8.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
