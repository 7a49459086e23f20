"""The command line: what each command prints, its options and exit codes, and how it ends when nobody listens."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from semantic.marks import Mark
from semantic.table import NOTES, SIGNS, measure_width
from tests.corner_shop import TABLES, run_main, spoil, write_corner_shop

ROOT = Path(__file__).parents[1]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_corner_shop(tmp_path)


def ask(capsys: pytest.CaptureFixture[str], shop: Path, line: str, *words: str) -> str:
    """What `ask` prints for a line that is right."""
    code, shown, told = run_main(capsys, "ask", line, "--catalogue", shop, *words)
    assert (code, told) == (0, "")
    return shown


# --- ask


def test_table_has_totals_under_its_rows_and_marks_as_footnotes(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "metric=orders,revenue&by=month,channel&totals=all&period=2024-01-01..2024-02-29"
    assert ask(capsys, shop, line).splitlines() == [
        "month       channel  orders   revenue",
        "--------------------------------------",
        "2024-01-01  shop          1      20.0",
        "2024-01-01  web           1      10.5",
        "2024-02-01  shop          1*      5.0*",
        "2024-02-01  web           1*     30.0*",
        "--------------------------------------",
        "2024-01-01  all           2      30.5",
        "2024-02-01  all           2      35.0",
        "all         shop          2      25.0",
        "all         web           2      40.5",
        "all         all           4      65.5",
        "",
        "* its period isn't over in the data",
    ]


def test_table_says_which_row_is_the_rest(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, shop, "metric=revenue&by=city&top=1").splitlines() == [
        "city    revenue",
        "---------------",
        "Lille      40.5",
        "Other†     25.0",
        "",
        "† all the others, recomputed from rows",
    ]


def test_table_shows_null_as_a_dash_and_a_key_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A number in a key is a name, and has no thousands."""
    orders = TABLES["orders.csv"].replace(",30,", ",,").replace(",5,", ",2017,").replace(",20,", ",1234567,")
    shop = write_corner_shop(tmp_path, orders=orders)
    assert ask(capsys, shop, "metric=revenue,web_orders&by=amount&order=amount").splitlines() == [
        "   amount      revenue  web_orders",
        "----------------------------------",
        "     10.5         10.5           1",
        "   2017.0      2,017.0           –",
        "1234567.0  1,234,567.0           –",
        "        –            –           1",
    ]


def test_table_keeps_its_columns_whatever_letters_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wide letters take two columns of a terminal; a long text is cut; what a terminal would obey isn't printed."""
    orders = TABLES["orders.csv"].replace(",web,", ",网站,").replace(",shop,", f",\x1b[31m{'x' * 100},")
    lines = ask(capsys, write_corner_shop(tmp_path, orders=orders), "metric=orders&by=channel").splitlines()
    assert {measure_width(line) for line in lines} == {68}
    assert lines[2].startswith("�[31mxxx")
    assert lines[3].startswith("网站 ")


def test_table_tells_every_mark() -> None:
    assert set(SIGNS) == set(NOTES) == set(get_args(Mark))
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_table_without_rows_says_so(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "metric=orders&by=channel&channel=web&period=2030-01-01..2030-01-31"
    assert ask(capsys, shop, line).splitlines()[-1] == "no rows"


def test_json_is_as_the_design_says(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "metric=revenue&totals=all&by=month,city&top=1&period=2024-01-01..2024-02-29"
    found = json.loads(ask(capsys, shop, line, "--format", "json"))
    assert list(found) == ["columns", "rows", "totals", "marks", "line", "sql"]
    assert found["columns"] == ["month", "city", "revenue"]
    assert found["rows"] == [
        {"month": "2024-01-01", "city": "Lille", "revenue": 10.5},
        {"month": "2024-01-01", "city": "Other", "revenue": 20.0},
        {"month": "2024-02-01", "city": "Lille", "revenue": 30.0},
        {"month": "2024-02-01", "city": "Other", "revenue": 5.0},
    ]
    assert found["totals"] == [
        {"month": "2024-01-01", "revenue": 30.5},
        {"month": "2024-02-01", "revenue": 35.0},
        {"city": "Lille", "revenue": 40.5},
        {"city": "Other", "revenue": 25.0},
        {"revenue": 65.5},
    ]
    assert {(mark["row"], mark["column"], mark["mark"]) for mark in found["marks"]} == {
        (1, "city", "other"), (3, "city", "other"), (2, "revenue", "open"), (3, "revenue", "open"),
    }  # fmt: skip
    assert found["line"] == "metric=revenue&by=month,city&period=2024-01-01..2024-02-29&top=1&totals=all"
    assert found["sql"].startswith("WITH ")


def test_csv_holds_full_values_under_canonical_names(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = ask(capsys, shop, "metric=web_orders~rate&by=channel,month", "--format", "csv")
    assert list(csv.reader(io.StringIO(shown))) == [
        ["channel", "month", "web_orders~rate"],
        ["shop", "2024-01-01", ""],
        ["shop", "2024-02-01", ""],
        ["web", "2024-01-01", "1.0"],
        ["web", "2024-02-01", "1.0"],
    ]


# --- sql, explain, schema


def test_sql_lists_its_values_as_comments(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "metric=orders&period=2024-01-01..2024-01-31&channel=it's&gift=true&amount=..10.5"
    code, shown, told = run_main(capsys, "sql", line, "--catalogue", shop)
    assert (code, told) == (0, "")
    assert shown.startswith("SELECT\n")
    assert {text.partition(" = ")[2] for text in shown.splitlines() if text.startswith("-- $")} == {
        "2024-01-01", "2024-02-01", "'it''s'", "true", "10.5",
    }  # fmt: skip


def test_explain_prints_sentences_and_the_sql_with_comments(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, told = run_main(capsys, "explain", "metric=orders&by=city", "--catalogue", shop)
    assert (code, told) == (0, "")
    words, _, sql = shown.partition("\n\n")
    assert len(words.splitlines()) > 2
    assert all(line.endswith(".") for line in words.splitlines())
    assert sql.startswith("-- orders from orders by city\nSELECT\n")


# --- options


def test_as_of_is_where_relative_periods_end(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "metric=orders&period=last-20-days"
    assert ask(capsys, shop, line, "--format", "csv").split() == ["orders", "3"]
    assert ask(capsys, shop, line, "--format", "csv", "--as-of", "2024-01-20").split() == ["orders", "2"]


def test_timezone_is_the_questions_own_or_else_the_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = write_corner_shop(tmp_path, spoil("time: ordered_on", "time: CAST(ordered_on AS TIMESTAMP)"))
    line = "metric=orders&by=hour&channel=web&limit=1"
    for words, offset in (((), "+01:00"), (("--timezone", "Asia/Tokyo"), "+09:00")):
        assert ask(capsys, shop, line, "--format", "csv", *words).splitlines()[1].split(",")[0].endswith(offset)
    own = ask(capsys, shop, f"{line}&timezone=America/New_York", "--format", "csv", "--timezone", "Asia/Tokyo")
    assert own.splitlines()[1].split(",")[0].endswith("-05:00")


def test_data_names_another_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tables").mkdir()
    write_corner_shop(tmp_path / "tables")
    catalogue = (tmp_path / "tables/metrics.yml").rename(tmp_path / "metrics.yml")
    assert run_main(capsys, "ask", "metric=orders", "--catalogue", catalogue)[0] == 2
    assert ask(capsys, catalogue, "metric=orders", "--data", str(tmp_path / "tables"), "--format", "csv").split() == [
        "orders",
        "4",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "python -m semantic: COMMAND is missing. python -m semantic --help says what would do"),
        (["aks"], "python -m semantic: the command aks is unknown. Did you mean ask?"),
        (["ask"], "python -m semantic: LINE is missing. python -m semantic --help says what would do"),
        (["check", "--x"], "python -m semantic: --x is unknown. python -m semantic --help says what would do"),
        (["ask", "x", "--format", "xml"], "--format: xml is not a format. A format is table, csv, json"),
        (["ask", "x", "--as-of", "20240101"], "--as-of: 20240101 is not a day. A day is written 2024-02-28"),
        (["sql", "", "--timezone", "x"], "--timezone: x is not a time zone. A time zone is written Europe/Paris"),
        (["ask", "x", "--as-of"], "--as-of: expected one argument. python -m semantic --help says what would do"),
        (["check", "--data", "nowhere"], "--data: nowhere is not a folder. Name the folder that the files lie in"),
        (["init"], "python -m semantic: FILE is missing. python -m semantic --help says what would do"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_option(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(capsys, *words) == (2, "", f"{told}\n")


@pytest.mark.parametrize("command", ["check", "ask", "sql", "explain", "schema", "init"])
def test_help_names_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = run_main(capsys, "--help")
    assert (code, f"  {command} " in shown) == (0, True)
    assert run_main(capsys, command, "--help")[0] == 0


# --- exit codes


def test_failed_run_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only the rows can show is no fault of the line."""
    shop = write_corner_shop(tmp_path, spoil("sum(amount)", "sum(CAST(channel AS INTEGER))"))
    code, shown, told = run_main(capsys, "ask", "metric=revenue", "--catalogue", shop)
    assert (code, shown) == (1, "")
    assert told.startswith("run: The database refused the query: Could not convert string 'web' to INT32")
    assert told.count("\n") == 1


def test_broken_pipe_is_silent(shop: Path) -> None:
    """`ask … | head -1` ends without a word."""
    command = [sys.executable, "-m", "semantic", "ask", "metric=orders&by=day", "--catalogue", str(shop)]
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert (process.stderr.read(), process.wait(60)) == (b"", 0)


def hear_interrupts() -> None:
    """A process started in a shell's background ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupt_ends_the_query_and_exits_with_130(tmp_path: Path) -> None:
    """Ctrl-C while the database works: no traceback, no waiting for its end, no file left behind."""
    names = [f"o{number}" for number in range(20)]
    query = f"SELECT o0.amount + o1.amount AS amount FROM {', '.join(f'orders AS {name}' for name in names)}"
    shop = write_corner_shop(
        tmp_path,
        spoil(
            "segments:",
            f"  many: {{sql: '{query}'}}\nsegments:",
            "metrics:",
            "metrics:\n  endless: {view: many, sql: sum(amount)}",
        ),
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "semantic", "ask", "metric=endless", "--catalogue", str(shop)]
    env = {**ENV, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hear_interrupts
    ) as process:
        until = time.monotonic() + 30
        while not list(scratch.iterdir()) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(2)  # the catalogue is open soon after its scratch folder is there
        assert process.poll() is None, "the query should be under way"
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        shown, told = process.communicate(timeout=30)
        assert (process.returncode, shown, told) == (130, b"", b"")
        assert time.monotonic() - started < 5
    assert list(scratch.iterdir()) == []
