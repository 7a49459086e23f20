"""A board in a link, boards in a file: what goes out comes back, and whatever else comes is refused with a reason."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic.load_boards import load_boards
from semantic.own_board import print_board
from semantic.source import open_source
from widgets.store.document import Entry, Stored, Unfit
from widgets.store.files import add_boards, print_file, read_file
from widgets.store.link import MOST_OF_LINK, pack_board, unpack_board

ROOT = Path(__file__).parents[1]
BOARD = {"label": "Mail – почта", "bar": ["channel"], "widgets": [{"line": "metric=sent&by=month"}]}
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=20)
VALUE = st.dictionaries(TEXT, TEXT | st.lists(st.dictionaries(TEXT, TEXT, max_size=3), max_size=3), max_size=4)


def pack(data: bytes) -> str:
    return "1." + base64.urlsafe_b64encode(data).decode().rstrip("=")


# --- a link


@given(VALUE)
def test_board_of_a_link_is_the_one_that_was_sent(value: Any) -> None:
    assert unpack_board(pack_board(value)) == value


@given(st.text(max_size=60) | st.binary(max_size=60).map(pack) | st.binary(max_size=60).map(zlib.compress).map(pack))
def test_any_other_text_is_refused(code: str) -> None:
    with pytest.raises(Unfit):
        unpack_board(code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("2." + pack_board(BOARD)[2:], "it's made by another version of this app"),
        (pack_board(BOARD)[:-1], "it's cut off or changed"),
        (pack_board(BOARD) + "AAAA", "it's cut off or changed"),
        (pack_board(BOARD).replace("e", "%", 1), "it's cut off or changed"),
        (pack(zlib.compress(b"\xff\xfe")), "it's cut off or changed"),
        (pack(zlib.compress(b"[]")), "it holds no board"),
        (pack(zlib.compress(b'{"a": Infinity}')), "Infinity is no number"),
        (pack(zlib.compress(b"[" * 200_000)), "it's nested too deeply"),
        (pack(zlib.compress(b'{"a":"' + b"x" * 5_000 + b'"}')), "a text in it is longer than 4,000 characters"),
        (pack(zlib.compress(b"0" * 10_000_000)), "it unpacks to more than a board may hold"),
        ("1." + "A" * 20_001, "it's longer than 20,000 characters"),
    ],
)
def test_reason_of_a_link_that_is_refused(code: str, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        unpack_board(code)


def test_bomb_of_a_gigabyte_is_refused_without_unpacking_it() -> None:
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(b"\0" * 1_000_000) for _ in range(1_000)) + bomb.flush()
    with pytest.raises(Unfit, match="it's longer than"):
        unpack_board(pack(data))
    with pytest.raises(Unfit):
        unpack_board(pack(data[:14_000]))


def test_each_shipped_board_goes_into_a_link() -> None:
    catalogue = open_source(ROOT / "metrics.yml").serve().catalogue
    values = [print_board(board) for board in load_boards(ROOT / "boards.yml", catalogue).boards.values()]
    assert values
    for value in values:
        assert len(pack_board(value)) < MOST_OF_LINK
        assert unpack_board(pack_board(value)) == value


# --- a file


def test_file_holds_what_is_kept() -> None:
    stored = Stored(boards={"a": Entry(BOARD, 3, "2026-01-01", "overview"), "b": Entry({})}, segments={"s": Entry("x")})
    assert read_file(print_file(stored).encode()) == (stored, ())
    only = read_file(print_file(stored, ["a"]).encode())[0]
    assert only == Stored(boards={"a": stored.boards["a"]})


def test_file_of_shipped_boards_is_read() -> None:
    found, faults = read_file((ROOT / "boards.yml").read_bytes())
    assert not faults
    assert "overview" in found.boards
    assert found.boards["overview"].value["widgets"][0]["line"].startswith("metric=")


def test_file_adds_and_writes_over_nothing() -> None:
    stored = Stored(boards={"a": Entry(BOARD), "b": Entry({"label": "Mine"})})
    found = Stored(boards={"x": Entry(BOARD), "b": Entry({"label": "Theirs"}), "c": Entry({"label": "New"}, of="mail")})
    after, came = add_boards(stored, found)
    assert {name: after.boards[name] for name in stored.boards} == stored.boards
    assert [after.boards[name].value["label"] for name in came] == ["Theirs", "New"]
    assert after.boards["c"].of == "mail"
    assert add_boards(after, found) == (after, ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "It can't be read: it isn't a map of names"),
        (b"\xff\xfe\x00", "it isn't text"),
        (b"x" * 2_000_001, "it's larger than 2 MB"),
        (b"boards: [", "it's neither JSON nor YAML"),
        (b"just words", "It can't be read: it isn't a map of names"),
        (b"boards: {a: !!python/object/apply:os.system [ls]}", "it's neither JSON nor YAML"),
        (b"a: &a [x, x]\nboards: {b: [*a, *a]}", "it's nested too deeply"),
        (b"boards: " + b"[" * 50 + b"]" * 50, "it's nested too deeply"),
        (b'{"version": 7}', "it was made by a newer version of this app; this one reads version 1"),
        (b'{"version": 1, "boards": {"a": 1}}', "One of the boards can't be read: it has no value"),
    ],
)
def test_reason_of_a_file_that_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Unfit, match=reason):
        read_file(data)


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        found, _ = read_file(data)
    except Unfit:
        return
    assert json.loads(print_file(found))["version"] == 1
