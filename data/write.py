"""World -> one DuckDB file: made beside its place and moved there whole, so that no reader sees half of it."""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from data.tables import TABLES, Table
from data.world import LARGEST_BLOCK, World

Report = Callable[[str, int, int], None]  # the table that comes next, how many are done, of how many
_MARK = "demo data"
_MEMORY = "1500MB"  # for sorting the blocks of a large company; what doesn't fit is spilled to the disk


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
    out: Path,
    world: World,
    tables: Sequence[Table] = TABLES,
    report: Report | None = None,
    largest_block: float = LARGEST_BLOCK,
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
            made = Path(folder) / "made.duckdb"  # not the name of the blocks beside it
            rows = _fill(made, world, tables, report, largest_block)
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


def _fill(path: Path, world: World, tables: Sequence[Table], report: Report | None, largest_block: float) -> int:
    """Make a new DuckDB file of the tables and return how many rows they have."""
    blocks = world.split(largest_block)
    split = [table for table in tables if table.order and len(blocks) > 1]
    whole = [table for table in tables if table not in split]
    steps = iter(range(len(whole) + len(split) * (len(blocks) + 1)))
    total = len(whole) + len(split) * (len(blocks) + 1)

    def tell(name: str) -> None:
        done = next(steps)
        if report:
            report(name, done, total)

    with duckdb.connect(str(path)) as con:
        con.sql(f"SET memory_limit = '{_MEMORY}'")
        con.sql(f"SET temp_directory = {_quote(path.parent / 'spilled')}")
        for table in whole:
            tell(table.name)
            _write(con, f"CREATE TABLE {table.name} AS", table.make(world.whole()))
        if split:
            # blocks are written to a file of their own first: dropped tables would leave holes in this one
            con.sql(f"ATTACH {_quote(path.with_name('blocks.duckdb'))} AS blocks")
            for block in blocks:
                for table in split:
                    tell(table.name)
                    how = "INSERT INTO blocks.{}" if block.block else "CREATE TABLE blocks.{} AS"
                    _write(con, how.format(table.name), table.make(block))
            for table in split:
                tell(table.name)
                con.sql(f"CREATE TABLE {table.name} AS SELECT * FROM blocks.{table.name} ORDER BY {table.order}")
            con.sql("DETACH blocks")
        con.sql(f"COMMENT ON TABLE {tables[0].name} IS '{make_mark(world)}'")
        con.sql("CHECKPOINT")  # closing does this too, but closing on a full disk says nothing and loses the tables
        counts = [con.sql(f"SELECT count(*) FROM {table.name}").fetchall()[0][0] for table in tables]
    return int(sum(counts))


def _write(con: duckdb.DuckDBPyConnection, how: str, rows: pa.Table) -> None:
    con.register("made", rows)
    con.sql(f"{how} SELECT * FROM made")
    con.unregister("made")


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
