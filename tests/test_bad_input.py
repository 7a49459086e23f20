"""Wrong catalogues and wrong lines: one clear sentence and exit 2 for each, no traceback, and no harm."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from semantic.errors import Refused
from semantic.question import Equals, Filter, MetricAsk, Question
from semantic.source import open_source
from tests.corner_shop import CATALOGUE, TABLES, run_main, spoil, write_corner_shop

ROOT = Path(__file__).parents[1]
TABLE: dict[str, list[dict[str, str]]] = yaml.safe_load((Path(__file__).parent / "bad_input.yml").read_text("utf-8"))
FORMULA = "basket: {sql: revenue / orders}"
DEEP = "metrics.yml:1: this is nested too deeply. A catalogue is a few levels deep"
NOT_UTF_8 = "metrics.yml: the file isn't UTF-8. Save it as UTF-8"
LAUGHS = "".join(f"  v{number}: *view\n" for number in range(1000))
CHAIN = "".join(f"  m{number}: {{sql: m{number + 1} + 1}}\n" for number in range(1500))
DIMENSIONS = ", ".join(f"d{number}: X" for number in range(1000))

# Whole files.
FILES: list[tuple[str, str | bytes, str]] = [
    ("empty", "", "metrics.yml:1: the catalogue is empty. It needs at least views: and metrics:"),
    ("only a comment", "# x\n", "metrics.yml:1: the catalogue is empty. It needs at least views: and metrics:"),
    (
        "a word",
        "hello",
        "metrics.yml:1: 'hello' stands here. "
        "Here goes a map with name, timezone, stored_in, week_start, currency, database …",
    ),
    ("no view", "views:\n", "metrics.yml:1: views: nothing stands here. Here goes names, each with its value"),
    ("no views", "metrics: {}\n", "metrics.yml:1: there is no view. Add views:, each with a table:, file: or sql:"),
    (
        "two documents",
        f"{CATALOGUE}---\nname: x\n",
        "metrics.yml:38: a second document begins here. A catalogue is one document, without ---",
    ),
    ("Latin-1", CATALOGUE.replace("Corner", "Cörner").encode("latin-1"), NOT_UTF_8),
    ("UTF-16", CATALOGUE.encode("utf-16"), NOT_UTF_8),
    ("lists in lists", f"views: {'[' * 200_000}{']' * 200_000}", DEEP),
    ("maps in maps", f"views: {'{a: ' * 200_000}1{'}' * 200_000}", DEEP),
    ("lists in lists on a line", f"views:\n  {'- ' * 200_000}1", DEEP),
    ("keys that are keys", f"{'? ' * 200_000}1", DEEP),
    (
        "a billion laughs",
        f"views:\n  a: &view {{file: shops.csv, dimensions: {{{DIMENSIONS}}}}}\n{LAUGHS}",
        "metrics.yml:1: it holds more than 200,000 values. Leave some out",
    ),
    (
        "a list that holds itself",
        f"annotations: &notes [*notes]\n{CATALOGUE}",
        "metrics.yml:1: annotations.1: a list stands here. "
        "Here goes a map with from, to, title, description, metrics …",
    ),
    (
        "a chain of 1,500 metrics",
        f"{CATALOGUE}{CHAIN}  m1500: {{sql: orders}}\n",
        "metrics.yml:38: metrics.m0: it is the end of a chain of more than 100, each made of the next. "
        "Make the chain shorter",
    ),
    (
        "a sum of 2,000 columns",
        spoil("sum(amount)", f"sum({'+'.join(['amount'] * 2000)})"),
        "metrics.yml:34: metrics.revenue.sql: sum(amount+amount+amount+amount+amount+amount+amount+amou… "
        "is nested too deeply. 400 levels are taken; a chain of + or OR has one for each",
    ),
    (
        "5,000 brackets",
        spoil("sum(amount)", f"sum({'(' * 5000}amount{')' * 5000})"),
        "metrics.yml:34: metrics.revenue.sql: sum((((((((((((((((((((((((((((((((((((((((((((((((((((((… "
        "is not SQL that can be read. Here goes an expression over aggregates, sum(amount) say",
    ),
    (
        "30,000 characters of SQL",
        spoil("sum(amount)", f"sum({' ' * 30_000}amount)"),
        "metrics.yml:34: metrics.revenue.sql: 30,011 characters of SQL. 20,000 are taken",
    ),
]  # fmt: skip


def test_table_holds_sixty_cases() -> None:
    assert len(TABLE["catalogues"]) + len(TABLE["lines"]) >= 60


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the shop's tables, and what a catalogue must not read."""
    write_corner_shop(tmp_path)
    (tmp_path / "evil.csv").symlink_to("/etc/passwd")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1xxxx")
    return tmp_path


@pytest.mark.parametrize("case", TABLE["catalogues"], ids=lambda case: case["case"])
def test_wrong_catalogue(case: dict[str, str], shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "metrics.yml").write_text(spoil(case["old"], case["new"]), encoding="utf-8")
    assert run_main(capsys, "sql", "metric=orders", "--catalogue", shop / "metrics.yml") == (2, "", f"{case['told']}\n")


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in FILES], ids=[row[0] for row in FILES])
def test_wrong_file(text: str | bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_corner_shop(tmp_path, text)
    assert run_main(capsys, "check", "--catalogue", file) == (2, "", f"{told}\n")


def test_all_faults_are_told_at_once_in_the_order_of_lines(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = spoil(
        "currency: EUR", "currency: euro", "shop: shop_id, giver", "shopp: shop_id, giver", "revenue /", "revenu /"
    )
    (shop / "metrics.yml").write_text(text, encoding="utf-8")
    code, _, told = run_main(capsys, "check", "--catalogue", shop / "metrics.yml")
    assert (code, [line.split(":")[1] for line in told.splitlines()]) == (2, ["3", "20", "36"])


@pytest.mark.parametrize("case", TABLE["lines"], ids=lambda case: case["case"])
def test_wrong_line(case: dict[str, str], shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = run_main(capsys, "ask", case["line"], "--catalogue", shop / "metrics.yml")
    assert asked == (2, "", f"{case['told']}\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"metric=orders&channel={'x' * 100_000}", "line: it holds more than 16,384 characters. Leave some out"),
        (
            "metric=orders&" + "&".join(f"k{n}=" for n in range(1_500)),
            "line: it holds more than 1,000 keys. Leave some out",
        ),
        ("metric=" + ",".join(f"m{n}" for n in range(60)), "metric: it lists 60. The most are 50"),
        ("metric=orders&channel=\0", "channel: it holds a NUL or half of a character. Neither is text"),
        ("metric=orders&channel=\ud800", "channel: it holds a NUL or half of a character. Neither is text"),
    ],
    ids=["100,000 characters", "1,500 keys", "60 metrics", "a raw NUL", "a raw half of a character"],
)
def test_excessive_line(line: str, told: str, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(capsys, "ask", line, "--catalogue", shop / "metrics.yml") == (2, "", f"{told}\n")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "infinity", "12000-01-01"])
def test_days_that_stand_for_never_end_no_catalogue(
    day: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Data marks open ends with the last or first day that there is; other rows are answered as ever."""
    orders = TABLES["orders.csv"].replace("2024-01-20", day)
    for clock in ("CAST(ordered_on AS DATE)", "CAST(ordered_on AS TIMESTAMP)"):
        file = write_corner_shop(tmp_path, spoil("time: ordered_on", f"time: {clock}"), orders=orders)
        code, shown, told = run_main(
            capsys,
            "ask",
            "metric=orders&by=month&period=2024-01-01..2024-02-29",
            "--catalogue",
            file,
            "--format",
            "csv",
        )
        assert (code, shown, told) == (0, "month,orders\r\n2024-01-01,1\r\n2024-02-01,2\r\n", "")


@pytest.mark.parametrize(
    "line", ["period=0001-01-01..", "hour=0001-01-01T00:00", "hour=9999-12-31T23:30", "period=..9999-12-31"]
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_edges_of_the_calendar_in_any_zone(
    line: str, zone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The year 1 begins in the year 0 elsewhere: answered or refused, and no traceback."""
    clock = spoil("time: ordered_on", "time: CAST(ordered_on AS TIMESTAMP)", "currency:", "stored_in: UTC\ncurrency:")
    file = write_corner_shop(tmp_path, clock)
    code, _, told = run_main(capsys, "ask", f"metric=orders&{line}", "--timezone", zone, "--catalogue", file)
    refusal = "period: its days lie outside the years 1 to 9999. Ask a shorter period\n"
    assert (code, told) in [(0, ""), (2, refusal)]


# --- hostile values are values


HOSTILE = [
    "'; drop table x; --",
    '"; drop table x; --',
    "$1",
    "\\",
    "%s {0}",
    "Robert'); DELETE FROM orders; --",
    "\u202eabc",
    "👩‍👩‍👧",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_value_travels_as_a_parameter(value: str, tmp_path: Path) -> None:
    source = open_source(write_corner_shop(tmp_path))
    harmless, hostile = (
        Question(metrics=(MetricAsk("orders"),), by=("channel",), filters=(Filter("channel", (Equals(text),)),))
        for text in ("web", value)
    )
    answer = source.ask(hostile)
    assert answer.rows() == []
    assert answer.sql.params == (value,)
    assert answer.sql.text == source.sql(harmless).text
    assert source.ask("metric=orders").rows() == [{"orders": 4}]


def test_hostile_value_in_the_data_is_only_text(tmp_path: Path) -> None:
    hostile = "'; drop table x; --"
    source = open_source(write_corner_shop(tmp_path, orders=TABLES["orders.csv"].replace(",web,", f',"{hostile}",')))
    assert source.ask(f"metric=orders&channel={hostile}").rows() == [{"orders": 2}]


def test_value_in_a_comment_of_the_sql_stays_in_its_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`sql` lists values as comments: a line break in one must not begin a statement."""
    line = "metric=orders&channel=a%0Adrop table x"
    _, shown, _ = run_main(capsys, "sql", line, "--catalogue", shop / "metrics.yml")
    assert shown.splitlines()[-1] == r"-- $1 = 'a\ndrop table x'"


# --- as a process of its own


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", "metric=revenu"], "metric: the metric revenu is unknown. Did you mean revenue?\n"),
        (["sql", "x", "--as-of", "2024-02-30"], "--as-of: 2024-02-30 is not a day. A day is written 2024-02-28\n"),
        (["check"], "metrics.yml: the file doesn't exist. python -m semantic init FILE… writes a first one\n"),
    ],
    ids=["a line", "an option", "no catalogue"],
)  # fmt: skip
def test_process_exits_with_2(words: list[str], told: str, shop: Path) -> None:
    if words == ["check"]:
        (shop / "metrics.yml").unlink()
    done = run_process(words, shop)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def test_process_of_a_text_without_utf_8(shop: Path) -> None:
    """An argument that isn't UTF-8 reaches Python as halves of characters."""
    done = run_process(["ask", os.fsdecode(b"metric=orders&channel=\xe9")], shop)
    told = "channel: it holds a NUL or half of a character. Neither is text\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)


def run_process(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "semantic", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_funnel_is_no_metric(tmp_path: Path) -> None:
    funnels = "funnels: {buying: {by: contact, steps: [orders, web_orders]}}\n"
    source = open_source(write_corner_shop(tmp_path, CATALOGUE + funnels))
    with pytest.raises(Refused) as refused:
        source.ask("metric=buying")
    assert str(refused.value) == "metric: the metric buying is unknown. buying is a funnel: funnel=buying"
