"""World -> one DuckDB file: made beside its place and moved there whole, so that no reader sees half of it."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb

from data.tables import TABLES, Maker
from data.world import World

Report = Callable[[str, int, int], None]  # the table that comes next, how many are done, of how many
_MARK = "demo data"


class DemoError(Exception):
    """The demo file can't be written: the text says where, what was found and what would do."""


def make_mark(world: World) -> str:
    """Return the text that a file carries: it changes with the size, the seed and the generator's own code."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{_MARK} of generator {code.hexdigest()[:16]}, size {world.size}, seed {world.seed}"


def read_mark(out: Path) -> str | None:
    """Return the text that make_mark() gave to the file at `out`, or None where there is no file.

    Raises DemoError where something else is in the place, which must not be overwritten.
    """
    if not out.exists():
        return None
    foreign = DemoError(f"{out}: this is no demo database. Move it away, or name another file with --out")
    if not out.is_file():
        raise foreign
    try:
        with duckdb.connect(str(out), read_only=True) as con:
            found = con.sql(f"SELECT comment FROM duckdb_tables() WHERE starts_with(comment, '{_MARK} ')").fetchall()
    except duckdb.Error as fault:
        reason = str(fault).splitlines()[0]
        if "not a valid DuckDB database" in reason:
            raise foreign from fault
        if "lock on file" in reason:
            reason, remedy = "another program has it open for writing", "Close that program"
        else:
            remedy = "Move it away"
        raise DemoError(f"{out}: {reason}. {remedy}, or name another file with --out") from fault
    if not found:
        raise foreign
    return str(found[0][0])


def write_demo(
    out: Path, world: World, tables: Sequence[tuple[str, Maker]] = TABLES, report: Report | None = None
) -> int:
    """Write the tables into the DuckDB file `out` and return how many rows they have.

    What was at `out` stays until the new file is whole, and where writing fails.
    Raises DemoError where the folder is missing, the disk is full, or `out` is something else than a demo database.
    """
    place = out.resolve()  # a link stays a link
    if not place.parent.is_dir():
        raise DemoError(f"{out}: there is no folder {out.parent}. Create it, or name another file with --out")
    read_mark(out)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
            made = Path(folder) / place.name
            rows = _fill(made, world, tables, report)
            # what an older file's log still holds must not be replayed onto the new one
            place.with_name(place.name + ".wal").unlink(missing_ok=True)
            made.replace(place)
    except (OSError, duckdb.Error) as fault:
        reason = str(fault).splitlines()[0]
        if "No space left" in reason:
            raise DemoError(f"{out}: the disk is full. Free some of it, or name another file with --out") from fault
        remedy = "Make the folder writable, or name another file with --out"
        raise DemoError(f"{out}: could not be written: {reason}. {remedy}") from fault
    except MemoryError as fault:
        raise DemoError(f"--size: {world.size} needs more memory than there is. A smaller one would do") from fault
    return rows


def _fill(path: Path, world: World, tables: Sequence[tuple[str, Maker]], report: Report | None) -> int:
    """Make a new DuckDB file of the tables and return how many rows they have."""
    rows = 0
    with duckdb.connect(str(path)) as con:
        for done, (name, make) in enumerate(tables):
            if report:
                report(name, done, len(tables))
            table = make(world)
            con.register("made", table)
            con.sql(f"CREATE TABLE {name} AS SELECT * FROM made")
            con.unregister("made")
            rows += table.num_rows
        con.sql(f"COMMENT ON TABLE {tables[0][0]} IS '{make_mark(world)}'")
        con.sql("CHECKPOINT")  # closing does this too, but closing on a full disk says nothing and loses the tables
    return rows
