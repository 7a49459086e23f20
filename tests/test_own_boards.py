"""Boards of somebody's own: JSON in the language of boards.yml, in which a fault leaves the rest standing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semantic import Catalogue
from semantic.bar import Bar, apply_bar
from semantic.board import Boards, Card, Section, Widget
from semantic.load_boards import load_boards, read_boards
from semantic.own_board import print_board, read_own_board
from semantic.source import open_source
from tests.shop import write_shop
from tests.test_boards_page import BOARDS
from widgets.boards.found import Found
from widgets.boards.opened import Opened
from widgets.boards.report import report_board

ROOT = Path(__file__).parents[1]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["metric=orders", "2x1"]),
    lambda part: (
        st.lists(part, max_size=3)
        | st.dictionaries(st.sampled_from(["line", "title", "size", "section", "card", "bar", "label", "x"]), part)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_source(write_shop(tmp_path_factory.mktemp("shop"))).serve().catalogue


def tell(problems: Any) -> list[str]:
    return [str(problem) for problem in problems]


def test_every_board_is_the_same_when_it_is_read_as_somebodys_own(catalogue: Catalogue) -> None:
    for board in read_boards(BOARDS, catalogue).boards.values():
        own = read_own_board(print_board(board), catalogue)
        assert (own.board, own.faults, own.problems) == (board, {}, ())


def test_fault_of_a_widget_leaves_the_others(catalogue: Catalogue) -> None:
    value = {
        "label": "Mine",
        "widgets": [
            {"line": "metric=orders"},
            {"line": "metric=orders", "size": "9x9", "colour": "red"},
            {"line": "metric=orderz&by=month"},
            {"line": "metric=orders&by=month&by=week"},
            {"section": "Below"},
            "metric=orders",
            {"line": "metric=fast_rate"},
        ],
    }
    own = read_own_board(value, catalogue)
    assert [type(item) for item in own.board.widgets] == [Widget, Card, Widget, Widget, Section, Card, Widget]
    assert {place: tell(wrong) for place, wrong in own.faults.items()} == {
        1: [
            "size: '9x9' stands here. Here goes 1x1 or 2x1 or 3x1 or 4x1 or 1x2 or 2x2 or 3x2 or 4x2 or 2x3 or 4x3",
            "colour: the key colour is unknown. The keys are text, purpose, reading, decision, line, title, size",
        ],
        2: ["metric: the metric orderz is unknown. Did you mean orders?"],
        3: ["by: the key is there more than once. Keep one of them"],
        5: ["'metric=orders' stands here. Here goes a widget"],
    }
    renamed = own.board.widgets[6]
    assert isinstance(renamed, Widget)
    assert renamed.question.metrics[0].name == "express_rate"


def test_fault_of_the_bar_leaves_the_board(catalogue: Catalogue) -> None:
    value = {
        "label": "Mine",
        "colour": "red",
        "bar": ["channel", "colour"],
        "defaults": "period=tomorrow",
        "widgets": [{"line": "metric=orders"}],
    }
    own = read_own_board(value, catalogue)
    assert own.board.label is not None
    assert (own.board.label.read(), own.board.bar, own.board.start.period) == ("Mine", ("channel",), None)
    assert [problem.where for problem in own.problems] == ["colour", "bar", "period"]


def test_board_without_a_widget_is_one(catalogue: Catalogue) -> None:
    own = read_own_board({"label": "New", "bar": ["channel"], "widgets": []}, catalogue)
    assert (own.board.widgets, own.board.bar, own.problems) == ((), ("channel",), ())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON, st.lists(JSON, max_size=3))
def test_whatever_is_stored_is_read_or_told(catalogue: Catalogue, head: Any, items: Any) -> None:
    value = {**head, "widgets": items} if isinstance(head, dict) else head
    own = read_own_board(value, catalogue)
    assert len(own.board.widgets) == (len(items) if isinstance(head, dict) else 0)


def test_shipped_boards_are_the_same_as_somebodys_own() -> None:
    catalogue = open_source(ROOT / "metrics.yml").serve().catalogue
    for board in load_boards(ROOT / "boards.yml", catalogue).boards.values():
        own = read_own_board(print_board(board), catalogue)
        assert (own.board, own.faults, own.problems) == (board, {}, ())


def test_report_tells_what_is_wrong_in_the_place_of_a_widget(tmp_path: Path) -> None:
    source = open_source(write_shop(tmp_path))
    serving = source.serve()
    value = {"label": "Mine", "widgets": [{"line": "metric=orders"}, {"line": "metric=orderz"}, "odd"]}
    own = read_own_board(value, serving.catalogue)
    item = own.board.widgets[0]
    assert isinstance(item, Widget)
    found = Found("mine:one", {"board": "mine:one"}, own.board, own.faults, value=value)
    fitted = {0: apply_bar(serving.catalogue, item.question, Bar())}
    opened = Opened(serving.catalogue, Boards(), found, Bar(), fitted, ())
    report = report_board(source, opened, "https://example.org", "")
    assert report.link.startswith("https://example.org/Boards?shared=1.")
    assert [part.title for part in report.parts] == ["Orders", "metric=orderz", ""]
    assert "the metric orderz is unknown. Did you mean orders?" in (report.parts[1].reason or "")
