"""The demo file: written whole or not at all, over nobody else's, and again only where it is out of date."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from data.__main__ import main
from data.tables import TABLES, Table
from data.world import World
from data.write import DemoError, write_demo

ROOT = Path(__file__).parents[1]
SMALL = World(size=0.02)


def run(*words: str, largest_file: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person does; `largest_file` in bytes stands for a disk that is full."""

    def limit() -> None:
        if largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return subprocess.run(
        [sys.executable, "-m", "data", *words],
        cwd=ROOT,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )


def test_if_missing_keeps_what_is_current(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo.duckdb"
    words = ["--size", "0.01", "--out", str(out), "--if-missing"]

    def write_again(*more: str) -> bool:
        before = out.stat().st_ino
        assert main([*words, *more]) == 0
        return out.stat().st_ino != before

    assert main(words) == 0
    assert "written in" in capsys.readouterr().err
    assert not write_again()
    assert capsys.readouterr().err == f"{out}: up to date\n"
    assert write_again("--size", "0.011")
    assert write_again()
    with duckdb.connect(str(out)) as connection:
        connection.sql("COMMENT ON TABLE brands IS 'demo data of generator 0123456789abcdef, size 0.01, seed 20221116'")
    assert write_again()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.95])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, share: float) -> None:
    """Wherever the disk fills up: DuckDB closes a file in silence whose last pages it couldn't write."""
    out = tmp_path / "demo.duckdb"
    write_demo(out, SMALL)
    before = out.read_bytes()
    failed = run("--size", "0.02", "--out", str(out), largest_file=int(len(before) * share))
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"{out}: could not be written: ")
    assert failed.stderr.endswith("or name another file with --out\n")
    assert failed.stderr.count("\n") == 1
    assert out.read_bytes() == before
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "{out}: the disk is full. Free some of it, or {other}"),
        (
            duckdb.IOException("IO Error: No space left on device"),
            "{out}: the disk is full. Free some of it, or {other}",
        ),
        (OSError(errno.EROFS, "Read-only"), "{out}: could not be written: [Errno 30] Read-only. {folder}, or {other}"),
        (MemoryError(), "--size: 0.02 needs more memory than there is. A smaller one would do"),
    ],
)
def test_faults_of_the_machine_are_told_in_plain_words(tmp_path: Path, fault: Exception, message: str) -> None:
    def make_nothing(world: World) -> pa.Table:
        raise fault

    out = tmp_path / "demo.duckdb"
    with pytest.raises(DemoError) as caught:
        write_demo(out, SMALL, tables=(*TABLES[:2], Table("nothing", make_nothing)))
    other, folder = "name another file with --out", "Make the folder writable"
    assert str(caught.value) == message.format(out=out, other=other, folder=folder)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_keeps_its_file_while_another_is_written(tmp_path: Path) -> None:
    out = tmp_path / "demo.duckdb"
    write_demo(out, World(size=0.01))
    reader = "import duckdb, sys\ncon = duckdb.connect(sys.argv[1], read_only=True)\nprint(flush=True)\ninput()\n"
    reader += "print(con.sql('SELECT count(*) FROM contacts').fetchall()[0][0])"
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(out)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        assert run("--size", "0.02", "--out", str(out)).returncode == 0
        old, _ = process.communicate("\n", timeout=30)
    assert old.strip() == "600"
    with duckdb.connect(str(out), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM contacts").fetchall() == [(1_200,)]


def test_the_log_of_an_older_file_is_not_replayed(tmp_path: Path) -> None:
    out = tmp_path / "demo.duckdb"
    write_demo(out, SMALL)
    log = tmp_path / "demo.duckdb.wal"
    log.write_bytes(b"of the file before")
    write_demo(out, SMALL)
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "demo.duckdb"
    link.symlink_to(tmp_path / "disk" / "real.duckdb")
    write_demo(link, SMALL)
    assert link.is_symlink()
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["real.duckdb"]


@pytest.mark.parametrize("content", [b"a text, and long enough to be something", b""])
def test_what_is_no_demo_database_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    out = tmp_path / "mine.duckdb"
    out.write_bytes(content)
    with pytest.raises(DemoError) as caught:
        write_demo(out, SMALL)
    assert str(caught.value) == f"{out}: this is no demo database. Move it away, or name another file with --out"
    assert out.read_bytes() == content


def test_a_database_of_somebody_elses_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "mine.duckdb"
    with duckdb.connect(str(out)) as connection:
        connection.sql("CREATE TABLE orders AS SELECT 1 AS mine")
    assert main(["--out", str(out), "--if-missing"]) == 1
    with duckdb.connect(str(out), read_only=True) as connection:
        assert connection.sql("SELECT mine FROM orders").fetchall() == [(1,)]


def test_a_file_open_for_writing_elsewhere_is_named(tmp_path: Path) -> None:
    out = tmp_path / "demo.duckdb"
    write_demo(out, SMALL)
    with duckdb.connect(str(out)):
        refused = run("--out", str(out))
    assert refused.returncode == 1
    assert refused.stderr == (
        f"{out}: another program has it open for writing. Close that program, or name another file with --out\n"
    )


SIZES = "a number from 0.01 to 50 would do"
HELP = "python -m data --help says what would do"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ["--size", "two"],
            2,
            f"python -m data: argument --size: 'two' was found, {SIZES}. {HELP}",
        ),
        (
            ["--size", "0"],
            2,
            f"python -m data: argument --size: '0' was found, {SIZES}. {HELP}",
        ),
        (
            ["--size", "nan"],
            2,
            f"python -m data: argument --size: 'nan' was found, {SIZES}. {HELP}",
        ),
        (["--colour"], 2, f"python -m data: unrecognized arguments: --colour. {HELP}"),
        (["--if"], 2, f"python -m data: unrecognized arguments: --if. {HELP}"),
        (["--out"], 2, f"python -m data: argument --out: expected one argument. {HELP}"),
        (["--out", "no/x.duckdb"], 1, "no/x.duckdb: there is no folder no. Create it, or name another file with --out"),
        (["--out", "."], 1, ".: this is no demo database. Move it away, or name another file with --out"),
    ],
)
def test_messages_of_the_command_line(
    words: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        found = main(words)
    except SystemExit as leaving:
        found = int(str(leaving.code))
    assert (found, capsys.readouterr().err) == (code, message + "\n")
    assert list(tmp_path.iterdir()) == []
