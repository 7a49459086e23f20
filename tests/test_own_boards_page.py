"""A person's own boards on the pages, run by Streamlit's own test harness, with what the browser would have told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_boards_page import Open, open_boards, shop
from tests.test_pages import PATIENCE, ROOT, assert_no_traceback, read_plain, read_texts
from widgets.store.browser import KEPT
from widgets.store.document import Entry, Stored
from widgets.store.kept import Kept
from widgets.store.link import pack_board

__all__ = ["open_boards", "shop"]  # fixtures
MINE: dict[str, Any] = {
    "label": "My *trade*",
    "bar": ["channel"],
    "widgets": [
        {"line": "metric=revenue", "title": "Takings"},
        {"section": "People"},
        {"line": "metric=buyers&by=city"},
        {"card": "A text."},
    ],
}


@pytest.fixture
def open_own(monkeypatch: pytest.MonkeyPatch, open_boards: Open, shop: Path) -> Open:
    """Opens the page over the shop, in a browser that keeps these boards."""

    def open_page(boards: dict[str, Any], page: str = "pages/3_Boards.py", **address: str) -> AppTest:
        monkeypatch.setenv("CROSSCUT_CATALOGUE", str(shop))
        app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=PATIENCE)
        stored = Stored(boards={name: Entry(value) for name, value in boards.items()})
        app.session_state[KEPT] = Kept(stored, ready=True, saw=1)
        app.query_params.update(address)
        return app.switch_page(page).run()

    return open_page


def read_kept(app: AppTest) -> dict[str, Any]:
    """The boards that are kept, by their names."""
    kept: Kept = app.session_state[KEPT]
    return {name: entry.value for name, entry in kept.stored.boards.items()}


def choose(app: AppTest, menu: str, option: str) -> AppTest:
    found = next(one for one in app.get("menu_button") if one.key == menu)
    return found.click(option).run()  # type: ignore[union-attr,no-any-return]  # the harness knows menus by no type


def read_lines(app: AppTest, name: str = "one") -> list[str]:
    return [item.get("line") or item.get("section") or item["card"] for item in read_kept(app)[name]["widgets"]]


def test_own_board_is_shown_as_one_that_ships(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:one", channel="web")
    assert_no_traceback(app)
    assert [read_plain(metric.value) for metric in app.metric] == ["£80.00"]
    texts = read_texts(app)
    for text in ("My *trade*", "Takings", "People", "A text."):
        assert text in texts
    assert app.selectbox(key="board").options == ["My *trade*", "Trade", "Speed"]


def test_board_that_this_browser_lacks_is_told(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:two")
    assert "this browser keeps no such board" in read_texts(app)


def test_page_waits_for_the_browser(open_boards: Open, shop: Path) -> None:
    app = open_boards(shop, board="mine:one")
    assert_no_traceback(app)
    assert not app.warning
    assert not app.metric


def test_copy_of_a_shipped_board_is_ones_own_and_can_be_reset(open_own: Open) -> None:
    app = open_own({}, board="trade", channel="web")
    app.button(key="make_mine").click().run()
    assert_no_traceback(app)
    (name,) = read_kept(app)
    assert dict(app.query_params) == {"board": f"mine:{name}", "channel": "web"}
    assert read_kept(app)[name]["label"] == "Trade (mine)"
    assert [read_plain(metric.value) for metric in app.metric] == ["£80.00"]
    choose(app, "menu_1", "remove")
    assert len(read_kept(app)[name]["widgets"]) == 4
    choose(app, "board_menu", "reset")
    assert len(read_kept(app)[name]["widgets"]) == 5
    assert read_kept(app)[name]["label"] == "Trade (mine)"
    app.button(key="undo").click().run()
    assert len(read_kept(app)[name]["widgets"]) == 4


def test_tiles_are_moved_resized_doubled_and_removed_and_all_is_undone(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:one")
    app.button(key="edit").click().run()
    before = read_lines(app)
    choose(app, "menu_0", "down")
    assert read_lines(app) == ["People", "metric=revenue", "metric=buyers&by=city", "A text."]
    choose(app, "menu_2", "right")
    assert read_lines(app) == ["People", "metric=revenue", "A text.", "metric=buyers&by=city"]
    choose(app, "menu_3", "taller")
    assert read_kept(app)["one"]["widgets"][3]["size"] == "2x2"
    choose(app, "menu_1", "duplicate")
    choose(app, "menu_4", "remove")
    assert read_lines(app) == ["People", "metric=revenue", "metric=revenue", "A text."]
    assert_no_traceback(app)
    for _ in range(5):
        app.button(key="undo").click().run()
    assert read_lines(app) == before
    assert app.button(key="undo").disabled
    app.button(key="redo").click().run()
    assert read_lines(app)[0] == "People"


def test_deleted_board_comes_back(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:one")
    choose(app, "board_menu", "delete")
    assert read_kept(app) == {}
    assert "My *trade* was deleted." in read_texts(app)
    assert dict(app.query_params) == {"board": "trade"}
    app.button(key="restore").click().run()
    assert read_kept(app) == {"one": MINE}
    assert dict(app.query_params) == {"board": "mine:one"}


def test_metric_that_is_gone_is_told_and_the_nearest_takes_its_place(open_own: Open) -> None:
    board = {
        "label": "Old",
        "widgets": [{"line": "metric=revenues&by=channel&top=3:revenues"}, {"line": "metric=orders"}],
    }
    app = open_own({"one": board}, board="mine:one")
    assert_no_traceback(app)
    assert "the metric revenues is unknown. Did you mean revenue?" in read_texts(app)
    assert len(app.metric) == 1
    app.button(key="replace_0").click().run()
    assert read_lines(app) == ["metric=revenue&by=channel&top=3:revenue", "metric=orders"]
    assert "is unknown" not in read_texts(app)


def test_earlier_name_of_a_metric_is_its_name(open_own: Open) -> None:
    app = open_own({"one": {"label": "Old", "widgets": [{"line": "metric=fast_rate"}]}}, board="mine:one")
    assert not app.warning
    assert [read_plain(metric.value) for metric in app.metric] == ["50.0%"]


def test_shared_board_is_a_preview_until_it_is_kept(open_own: Open) -> None:
    app = open_own({}, shared=pack_board(MINE), channel="web")
    assert_no_traceback(app)
    assert "This board was shared with a link." in read_texts(app)
    assert [read_plain(metric.value) for metric in app.metric] == ["£80.00"]
    assert read_kept(app) == {}
    app.multiselect(key="bar.channel").set_value(["shop"]).run()
    assert app.query_params["shared"] == [pack_board(MINE)] or app.query_params["shared"] == pack_board(MINE)
    app.button(key="keep").click().run()
    ((name, value),) = read_kept(app).items()
    assert value == MINE
    assert dict(app.query_params) == {"board": f"mine:{name}", "channel": "shop"}
    assert [read_plain(metric.value) for metric in app.metric] == ["£70.00"]


@pytest.mark.parametrize("code", ["", "1.", "1.x", "2.abc", "1.eJw", "1." + "A" * 30_000, pack_board(MINE)[:-4]])
def test_link_that_is_cut_off_is_told(open_own: Open, code: str) -> None:
    app = open_own({}, shared=code)
    assert_no_traceback(app)
    assert "The board of this link can't be read" in read_texts(app)


def test_question_of_explore_is_saved_to_a_board(open_own: Open) -> None:
    app = open_own({"one": MINE}, "pages/1_Explore.py", metric="orders", by="month", chart="column", lang="en")
    app.selectbox(key="save_board").set_value("mine:one").run()
    app.text_input(key="save_title").set_value("Pedidos").run()
    app.button(key="save_new").click().run()
    assert_no_traceback(app)
    saved = {"line": "metric=orders&by=month&chart=column", "title": "Pedidos"}
    assert read_kept(app)["one"]["widgets"][-1] == saved
    app.selectbox(key="save_board").select_index(0).run()
    app.button(key="save_new").click().run()
    assert len(read_kept(app)) == 2


def test_widget_is_changed_in_explore_and_goes_back_to_its_place(open_own: Open) -> None:
    address = {"metric": "revenue", "by": "month", "back-to": "mine:one.0"}
    app = open_own({"one": MINE}, "pages/1_Explore.py", **address)
    assert not app.warning
    assert "back-to" not in app.query_params
    app.button(key="save_back").click().run()
    assert read_kept(app)["one"]["widgets"][0] == {"line": "metric=revenue&by=month", "title": "Takings"}


def test_home_lists_own_boards(open_own: Open) -> None:
    app = open_own({"one": MINE}, "Home.py")
    assert_no_traceback(app)
    assert "Your boards" in read_texts(app)


def test_board_on_a_wall_has_no_controls(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:one", view="present", refresh="5m")
    assert_no_traceback(app)
    assert not app.warning
    assert not app.selectbox
    assert [read_plain(metric.value) for metric in app.metric] == ["£210.0"]
    app.button(key="leave").click().run()
    assert dict(app.query_params) == {"board": "mine:one", "refresh": "5m"}


def test_what_could_not_be_read_is_told_and_can_be_saved(open_own: Open) -> None:
    app = open_own({}, board="trade")
    kept: Kept = app.session_state[KEPT]
    kept.hear({"n": 2, "saw": 1, "raw": json.dumps({"version": 1, "boards": {"one": {"value": MINE}, "?": 1}})})
    app.run()
    assert_no_traceback(app)
    assert "What this browser kept couldn't be read in full." in read_texts(app)
    assert read_kept(app) == {"one": MINE}
    app.button(key="understood_broken").click().run()
    assert "couldn't be read" not in read_texts(app)


def test_bar_of_an_own_board_is_chosen(open_own: Open) -> None:
    app = open_own({"one": MINE}, board="mine:one", channel="web")
    app.button(key="edit").click().run()
    app.button(key="keep_bar").click().run()
    assert read_kept(app)["one"]["defaults"] == "channel=web"
    assert dict(app.query_params) == {"board": "mine:one"}
    assert [read_plain(metric.value) for metric in app.metric] == ["£80.00"]


def test_board_too_large_for_a_link_is_had_as_a_file(open_own: Open) -> None:
    digits = [f"{number * 7919 % 100_003:05}" for number in range(12_000)]
    cards = [{"card": " ".join(digits[at : at + 600])} for at in range(0, 12_000, 600)]
    app = open_own({"one": {**MINE, "widgets": [*MINE["widgets"], *cards]}}, board="mine:one")
    assert_no_traceback(app)
    assert [one.key for one in app.get("download_button")] == ["share_file"]
    assert [one.key for one in open_own({"one": MINE}, board="mine:one").get("download_button")] == []


def test_board_that_is_edited_is_the_one_to_save_to(open_own: Open) -> None:
    app = open_own({"one": MINE, "two": {**MINE, "label": "Second"}}, board="mine:two")
    app.button(key="edit").click().run()
    app.query_params.clear()
    app.query_params["metric"] = "orders"
    app.switch_page("pages/1_Explore.py").run()
    assert app.selectbox(key="save_board").value == "mine:two"
