"""boards.yml: what is wrong with it, its schema, what a bar makes of a widget, and how an edit is served."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from semantic import Catalogue, Question, Source, open_source, parse_line, print_line
from semantic.bar import ALL, Bar, Fitted, apply_bar, print_bar, read_bar
from semantic.board import Card, Section, Widget
from semantic.check import check_catalogue
from semantic.errors import Refused
from semantic.line import split_line
from semantic.load_boards import read_boards
from semantic.question import Relative
from semantic.schema import FILES, build_schema, print_schema
from tests.corner_shop import CATALOGUE, run_main, write_corner_shop
from tests.test_schema import EditorsLoader

TABLE: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "bad_boards.yml").read_text("utf-8"))
BOARDS = """\
boards:
  sales:
    label: {en: Sales, pt: Vendas}
    bar: [channel, city]
    defaults: period=2024-01-01..2024-02-29&compare=previous
    widgets:
      - {line: metric=revenue, title: Revenue, reading: High is good.}
      - section: {en: In detail, pt: Em detalhe}
      - title: Revenue by month
        line: metric=revenue,orders&by=month&order=-revenue
        size: 2x1
      - {card: Amounts are those of the order., title: How to read}
"""
VALIDATOR = Draft202012Validator(build_schema("boards"))


def spoil_boards(old: str, new: str) -> str:
    assert BOARDS.count(old) == 1, old
    return BOARDS.replace(old, new)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    catalogue = CATALOGUE.replace("basket: {sql", "basket: {was: [average_order], sql")
    catalogue += "  web_rate: {sql: web_orders / orders, format: percent}\n"
    catalogue += "  buyers: {view: orders, sql: count(distinct contact_id)}\n"
    source = open_source(write_corner_shop(tmp_path_factory.mktemp("shop"), catalogue))
    yield source
    source.serve().engine.retire()


@pytest.fixture
def catalogue(source: Source) -> Catalogue:
    return source.serve().catalogue


# --- the language


def test_boards_are_read(catalogue: Catalogue) -> None:
    board = read_boards(BOARDS, catalogue).boards["sales"]
    assert board.label is not None
    assert (board.label.read("pt"), board.bar) == ("Vendas", ("channel", "city"))
    assert print_bar(board.start, Bar()) == [("period", "2024-01-01..2024-02-29"), ("compare", "previous")]
    number, section, trend, card = board.widgets
    assert isinstance(number, Widget)
    assert isinstance(section, Section)
    assert isinstance(trend, Widget)
    assert isinstance(card, Card)
    assert (number.span, trend.span, card.span) == ((1, 1), (2, 1), (1, 1))
    assert print_line(trend.question) == "metric=revenue,orders&by=month&order=-revenue"


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["case"])
def test_wrong_boards(case: dict[str, str], catalogue: Catalogue) -> None:
    with pytest.raises(Refused) as refused:
        read_boards(spoil_boards(case["old"], case["new"]) if case["old"] else case["new"], catalogue)
    assert "\n".join(map(str, refused.value.problems)) == case["told"]


def test_all_faults_are_told_at_once_in_the_order_of_lines(catalogue: Catalogue) -> None:
    text = BOARDS.replace("[channel, city]", "[chanel, city]").replace("metric=revenue,orders", "metric=revenu,orders")
    text = text.replace("size: 2x1", "size: 2x9").replace("compare=previous", "compare=before")
    with pytest.raises(Refused) as refused:
        read_boards(text, catalogue)
    assert [problem.where.split(":")[1] for problem in refused.value.problems] == ["4", "5", "10", "11"]


def test_renamed_metric_works_in_a_board(catalogue: Catalogue) -> None:
    line = "metric=average_order&by=month&order=-average_order"
    board = read_boards(f"boards: {{a: {{widgets: [{{line: {line}}}]}}}}", catalogue).boards["a"]
    widget = board.widgets[0]
    assert isinstance(widget, Widget)
    assert print_line(widget.question) == "metric=basket&by=month&order=-basket"


# --- the schema


def test_committed_schema_is_the_generated_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it isn't: python -m semantic schema boards > semantic/boards.schema.json"""
    assert FILES["boards"].read_text("utf-8") == print_schema("boards")
    assert run_main(capsys, "schema", "boards") == (0, print_schema("boards"), "")
    told = "language: pages has no schema. metrics and boards have one\n"
    assert run_main(capsys, "schema", "pages") == (2, "", told)


def test_every_map_is_closed_and_every_key_explained() -> None:
    def walk(part: Any) -> None:
        for item in part if isinstance(part, list) else []:
            walk(item)
        for value in part.values() if isinstance(part, dict) else []:
            walk(value)
        if isinstance(part, dict) and ("properties" in part or "patternProperties" in part):
            assert part["additionalProperties"] is False
            assert all(value.get("description") for value in part.get("properties", {}).values())

    walk(json.loads(print_schema("boards")))


def validate(text: str) -> bool:
    return not list(VALIDATOR.iter_errors(yaml.load(text, EditorsLoader)))  # a SafeLoader with fewer types


def test_schema_takes_what_the_loader_takes() -> None:
    assert validate(BOARDS)
    assert validate((FILES["boards"].parents[1] / "boards.yml").read_text("utf-8"))
    for old, new in (
        ("size: 2x1", "size: 5x1"),
        ("label:", "lable:"),
        ("- title:", "- tilte:"),
        ("line: metric=revenue,orders", "lin: metric=revenue,orders"),
    ):
        assert not validate(spoil_boards(old, new))


# --- the bar


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("period=last-7-days&compare=previous&read=unique,rate&channel=web,shop&lang=pt", []),
        ("period=all&compare=none&segment=northern", []),
        ("period=someday", ["period"]),
        ("compare=before&read=often", ["compare", "read"]),
        ("read=unique,total", ["read"]),
        ("period=ytd&period=mtd", ["period"]),
        ("metric=orders&by=month&chart=line&channel=web", ["metric", "by", "chart"]),
    ],
)
def test_bar_is_read_and_printed(line: str, told: list[str]) -> None:
    bar, problems = read_bar(split_line(line)[0], Bar())
    assert [problem.where for problem in problems] == told
    for start in STARTS:
        assert read_bar(print_bar(bar, start), start) == (bar, ())


STARTS = [
    read_bar(split_line(line)[0], Bar())[0]
    for line in (
        "",
        "period=last-28-days&channel=web&read=rate",
        "compare=year&read=unique&segment=online&city=Nice,Lille",
    )
]


@pytest.mark.parametrize("start", STARTS)
def test_address_holds_only_what_is_changed(start: Bar) -> None:
    assert print_bar(start, start) == []
    assert read_bar([], start) == (start, ())
    assert read_bar(print_bar(Bar(), start), start) == (Bar(), ())
    assert read_bar([("period", "ytd")], start) == (replace(start, period=Relative("this", 1, "year")), ())


def test_what_is_given_up_of_the_defaults_is_named() -> None:
    start = read_bar(split_line("period=ytd&channel=web&read=rate")[0], Bar())[0]
    assert print_bar(Bar(), start) == [("read", "absolute"), ("without", "period,channel")]


# fmt: off
FITTED = [
    # what the bar holds takes the place of the widget's own, and nothing else changes
    ("metric=revenue&channel=web&by=month", "channel=shop", "metric=revenue&by=month&channel=shop", []),
    ("metric=revenue&period=ytd", "period=2024-01-01..2024-01-31", "metric=revenue&period=2024-01-01..2024-01-31", []),
    ("metric=revenue&period=ytd", "period=all", "metric=revenue", []),
    ("metric=revenue&period=ytd&channel=web", "", "metric=revenue&channel=web&period=this-year", []),
    ("metric=orders&period=ytd&compare=year&order=orders@change", "compare=none", "metric=orders&period=this-year", []),
    ("metric=revenue&segment=online", "segment=northern", "metric=revenue&segment=northern", []),
    # how metrics are read, also where they are ordered and ranked by
    ("metric=orders&by=city&order=-orders", "read=unique", "metric=orders~unique&by=city&order=-orders~unique", []),
    ("metric=web_orders&by=city", "read=unique,rate", "metric=web_orders~rate&by=city", ["read"]),
    ("metric=web_orders", "read=rate", "metric=web_orders~rate", []),
    ("metric=orders", "read=unique,rate", "metric=orders~unique", ["read"]),
    ("metric=orders~unique,orders", "read=unique", "metric=orders~unique,orders", []),
    # what is a rate, or counts people, already
    ("metric=web_rate,buyers", "read=rate", "metric=web_rate,buyers", ["read"]),
    ("metric=buyers", "read=unique", "metric=buyers", []),
    # what can't be taken is left out, and told; all else is taken
    ("metric=contacts", "channel=web&city=Nice", "metric=contacts&city=Nice", ["channel"]),
    ("metric=contacts", "period=ytd&compare=previous&city=Nice", "metric=contacts&city=Nice", ["period", "compare"]),
    ("metric=revenue,orders", "read=unique", "metric=revenue,orders~unique", ["read"]),
    ("metric=orders&by=segment", "segment=northern&channel=web", "metric=orders&by=segment&channel=web", ["segment"]),
    ("metric=orders", "compare=previous", "metric=orders", ["compare"]),
]
# fmt: on


@pytest.mark.parametrize(("line", "bar", "shown", "left"), FITTED, ids=[f"{row[0]} {row[1]}" for row in FITTED])
def test_bar_on_a_widget(catalogue: Catalogue, line: str, bar: str, shown: str, left: list[str]) -> None:
    fitted = apply_bar(catalogue, parse_line(line), read_bar(split_line(bar)[0], Bar())[0])
    assert print_line(fitted.question) == shown
    assert [problem.where for problem in fitted.left] == left
    assert all(problem.found for problem in fitted.left)


# What a board holds by default gives way to what a widget's line says itself; what is chosen does not.
DEFAULTS = [
    ("metric=orders&period=ytd&channel=web", "", "metric=orders&channel=web&period=ytd"),
    ("metric=orders", "", "metric=orders&channel=store&period=2024"),
    ("metric=orders&period=ytd&channel=web", "channel=phone", "metric=orders&channel=phone&period=ytd"),
    ("metric=orders&period=ytd&compare=year", "compare=none", "metric=orders&channel=store&period=ytd"),
]


@pytest.mark.parametrize(("line", "chosen", "shown"), DEFAULTS)
def test_defaults_of_a_board_fill_what_a_line_leaves_open(
    catalogue: Catalogue, line: str, chosen: str, shown: str
) -> None:
    start = read_bar(split_line("period=2024-01-01..2024-12-31&channel=store")[0], Bar())[0]
    bar = read_bar(split_line(chosen)[0], start)[0]
    fitted = apply_bar(catalogue, parse_line(line), bar, start=start)
    assert fitted == Fitted(parse_line(shown.replace("period=2024", "period=2024-01-01..2024-12-31")))


LINES = [
    *dict.fromkeys(row[0] for row in FITTED),
    "metric=orders,web_orders&by=month&period=ytd&compare=previous&order=-orders@change",
    "metric=revenue&by=month,channel&top=1&period=2024-01-01..2024-02-29&channel=!web",
    "metric=basket&by=city&totals=all&segment=northern",
]
BARS = [
    *dict.fromkeys(row[1] for row in FITTED),
    "period=2024-01-15..2024-02-03&compare=year&read=unique,rate&channel=web,&kind=street&gift=true",
    "compare=channel:web&city=!Nice&amount=10..&segment=online,northern",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("text", BARS)
def test_what_a_bar_makes_of_a_widget_is_answered_and_nothing_is_lost(source: Source, line: str, text: str) -> None:
    """Each part of the bar is in the question or told, and the question that is left has an answer."""
    bar, question = read_bar(split_line(text)[0], Bar())[0], parse_line(line)
    fitted = apply_bar(source.serve().catalogue, question, bar)
    found, left = fitted.question, {problem.where for problem in fitted.left}
    assert source.ask(found).table is not None
    for item in bar.filters:
        assert (item in found.filters) != (item.dimension in left)
    if bar.segments:
        assert (found.segments == bar.segments) != ("segment" in left)
    if bar.period:
        assert (found.period == (None if bar.period == ALL else bar.period)) != ("period" in left)
    if bar.compare:
        assert (found.compare == (None if bar.compare == "none" else bar.compare)) != ("compare" in left)
    assert apply_bar(source.serve().catalogue, found, bar).question == found


def test_widget_with_a_fault_of_its_own_keeps_it(catalogue: Catalogue) -> None:
    fitted = apply_bar(catalogue, parse_line("metric=gone"), Bar(period=ALL))
    assert (fitted.question, fitted.left) == (Question(metrics=parse_line("metric=gone").metrics), ())


def test_language_of_the_bar_changes_no_number(catalogue: Catalogue) -> None:
    fitted = apply_bar(catalogue, parse_line("metric=orders&lang=en&title=Ours"), Bar(lang="ru"))
    assert fitted.question.look == (("lang", "ru"), ("title", "Ours"))
    assert replace(fitted.question, look=()) == parse_line("metric=orders")


# --- serving and checking


def test_edit_shows_and_a_broken_one_keeps_the_last_good(tmp_path: Path) -> None:
    source = open_source(write_corner_shop(tmp_path))
    file = tmp_path / "boards.yml"
    assert source.serve_boards().boards.boards == {}
    file.write_text(BOARDS, encoding="utf-8")
    assert list(source.serve_boards().boards.boards) == ["sales"]
    file.write_text(BOARDS.replace("metric=revenue,orders", "metric=revenu,orders"), encoding="utf-8")
    broken = source.serve_boards()
    assert list(broken.boards.boards) == ["sales"]
    assert str(broken.problems[0]).startswith(
        "boards.yml:10: boards.sales.widgets.3.line: metric: the metric revenu is"
    )
    file.write_text(BOARDS.replace("  sales:", "  turnover:"), encoding="utf-8")
    assert list(source.serve_boards().boards.boards) == ["turnover"]
    assert source.serve_boards().problems == ()
    file.unlink()
    assert source.serve_boards().boards.boards == {}


def test_boards_are_looked_at_again_under_another_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("semantic.source.LOOK_AGAIN", 0.0)
    file = write_corner_shop(tmp_path)
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    source = open_source(file)
    assert source.serve_boards().problems == ()
    text = CATALOGUE.replace("revenue: {view", "turnover: {was: [revenue], view").replace(
        "{sql: revenue", "{sql: turnover"
    )
    file.write_text(text, encoding="utf-8")
    widget = source.serve_boards().boards.boards["sales"].widgets[2]
    assert isinstance(widget, Widget)
    assert print_line(widget.question) == "metric=turnover,orders&by=month&order=-turnover"
    file.write_text(text.replace("was: [revenue], ", ""), encoding="utf-8")
    assert [problem.where.partition(": ")[0] for problem in source.serve_boards().problems] == [
        "boards.yml:7",
        "boards.yml:10",
    ]


def test_check_runs_every_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only the rows can show: a text that isn't a number, in a line that reads well."""
    text = CATALOGUE + "  weight: {view: orders, sql: sum(CAST(channel AS INTEGER))}\n"
    file = write_corner_shop(tmp_path, text)
    (tmp_path / "boards.yml").write_text(
        BOARDS.replace("metric=revenue,orders", "metric=weight,orders").replace("-revenue", "-weight"), encoding="utf-8"
    )
    told = [str(problem) for problem in check_catalogue(open_source(file)) if "boards.yml" in problem.where]
    assert len(told) == 1
    assert told[0].startswith("boards.yml:10: boards.sales.widgets.3.line: Could not convert string 'web' to INT32")
    (tmp_path / "boards.yml").write_text(BOARDS, encoding="utf-8")
    write_corner_shop(tmp_path)
    code, shown, _ = run_main(capsys, "check", "--catalogue", file)
    assert (code, "5 metrics, 2 segments, 1 board: no fault" in shown) == (0, True)
