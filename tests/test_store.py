"""What the browser keeps: any text is read or set aside, and whatever two tabs do, nothing of either is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.store.document import (
    MOST_CHARACTERS,
    MOST_ENTRIES,
    Entry,
    Stored,
    Unfit,
    drop_entry,
    print_stored,
    put_entry,
    read_stored,
)
from widgets.store.kept import Kept
from widgets.store.merge import merge_stored

BOARD = {"label": "Mail", "widgets": [{"line": "metric=sent", "title": "Gesendet – отправлено"}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=5), part, max_size=4),
    max_leaves=12,
)


# --- the document


def test_what_is_printed_is_read_again() -> None:
    stored = put_entry(put_entry(Stored(), "boards", "a1", BOARD, "overview"), "defaults", "period", "last-90-days")
    stored = drop_entry(put_entry(stored, "segments", "b", "channel=web"), "segments", "b")
    found = read_stored(print_stored(stored))
    assert (found.stored, found.faults) == (stored, ())
    assert found.stored.boards["a1"].of == "overview"
    assert found.stored.gone == {"segments.b": 2}


def test_nothing_is_kept_where_there_is_nothing() -> None:
    assert read_stored(None).stored == read_stored("").stored == Stored()


@given(st.text() | JSON.map(json.dumps))
def test_any_text_is_read_or_told(text: str) -> None:
    found = read_stored(text)
    assert found.stored == Stored() or not found.faults
    assert found.faults or found.newer or not text or isinstance(json.loads(text), dict)


@given(JSON)
def test_any_entry_is_read_or_told_and_leaves_the_others(value: Any) -> None:
    boards = {"good": {"rev": 1, "at": "", "value": BOARD}, "odd": value}
    found = read_stored(json.dumps({"version": 1, "boards": boards}))
    assert found.stored.boards["good"].value == BOARD
    assert ("odd" in found.stored.boards) != bool(found.faults)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "It can't be read: it isn't JSON"),
        ("[]", "It can't be read: it isn't a map of names"),
        ("[" * 100_000, "It can't be read: it's nested too deeply"),
        ('{"version": NaN}', "It can't be read: NaN is no number"),
        ('{"version": "1"}', "It can't be read: its version isn't a number"),
        ('{"version": 0}', "It can't be read: it holds no boards"),
        ('{"version": 1, "boards": []}', "The boards aren't a map of names"),
        ('{"version": 1, "boards": {"A b": {"value": 1}}}', "One of the boards can't be read: its name isn't one"),
        ('{"version": 1, "boards": {"a": {}}}', "One of the boards can't be read: it has no value"),
        ('{"version": 1, "boards": {"a": {"value": "\\u0000"}}}', "a text in it holds control characters"),
        ('{"version": 1, "boards": {"a": {"value": 1, "rev": -1}}}', "its revision or date isn't one"),
        ('{"version": 1, "boards": {"a": {"value": [[[[[[[[[[1]]]]]]]]]]}}}', "it's nested too deeply"),
        ('{"version": 1, "boards": {"a": {"value": "' + "x" * 4_001 + '"}}}', "a text in it is longer than 4,000"),
        ('{"version": 1, "boards": {"a": {"value": [' + "1," * 200 + "1]}}}", "a list in it has more than 200 parts"),
        ("1" * 5_000, "It can't be read: it isn't JSON"),
        (" " * (MOST_CHARACTERS + 1), "It can't be read: it's longer than 2,000,000 characters"),
    ],
)
def test_fault_of_a_text_is_told(text: str, fault: str) -> None:
    assert fault in read_stored(text).faults[0]


def test_document_without_a_version_is_a_file_of_boards() -> None:
    found = read_stored(json.dumps({"boards": {"Overview": BOARD}}))
    assert found.stored.boards == {"overview": Entry(BOARD)}


def test_document_of_a_later_version_is_left_alone() -> None:
    kept = Kept()
    kept.hear({"n": 1, "saw": 0, "raw": '{"version": 99, "boards": "otherwise"}', "base": None})
    assert kept.trouble == "newer"
    kept.change(put_entry(kept.stored, "boards", "a", BOARD))
    assert kept.write is None
    assert list(kept.stored.boards) == ["a"]


def test_more_than_is_kept_is_refused() -> None:
    full = Stored(boards={f"b{number}": Entry(BOARD) for number in range(MOST_ENTRIES)})
    with pytest.raises(Unfit, match="there are 300 boards already"):
        put_entry(full, "boards", "one_more", BOARD)
    assert put_entry(full, "boards", "b1", {}).boards["b1"].revision == 2


def test_document_that_would_not_be_read_again_is_not_written() -> None:
    kept = Kept()
    large = {"widgets": ["x" * 4_000] * 24}
    for number in range(25):
        kept.change(put_entry(kept.stored, "boards", f"b{number}", large))
    assert kept.trouble == "quota"
    assert kept.write is not None
    assert len(kept.write) <= MOST_CHARACTERS
    assert len(kept.stored.boards) == 25


# --- two sides


def test_side_that_changed_wins_and_two_that_did_are_both_kept() -> None:
    base = Stored(boards={name: Entry(name) for name in ("same", "mine", "theirs", "both", "dropped", "kept")})
    mine = put_entry(put_entry(base, "boards", "mine", "my change"), "boards", "both", "my both")
    mine = put_entry(drop_entry(drop_entry(mine, "boards", "dropped"), "boards", "kept"), "boards", "new", "my new")
    theirs = put_entry(put_entry(base, "boards", "theirs", "their change"), "boards", "both", "their both")
    theirs = put_entry(theirs, "boards", "kept", "changed, so it stays")
    merged = merge_stored(base, mine, theirs, lambda: "copy")
    assert {name: entry.value for name, entry in merged.stored.boards.items()} == {
        "same": "same",
        "mine": "my change",
        "theirs": "their change",
        "both": "their both",
        "copy": "my both",
        "kept": "changed, so it stays",
        "new": "my new",
    }
    assert merged.copies == {("boards", "both"): "copy"}


def test_later_default_wins_and_has_no_copy() -> None:
    base = Stored(defaults={"period": Entry("ytd")})
    mine = Stored(defaults={"period": Entry("mtd", 2, "2026-01-02")})
    theirs = Stored(defaults={"period": Entry("all", 2, "2026-01-01")})
    merged = merge_stored(base, mine, theirs)
    assert (merged.stored.defaults["period"].value, merged.copies) == ("mtd", {})


@dataclass
class Site:
    """What the browser holds for all tabs."""

    raw: str | None = None
    tabs: list[Tab] = field(default_factory=list)

    def tell(self, writer: Tab) -> None:
        for tab in self.tabs:
            if tab is not writer:
                tab.events += 1


@dataclass
class Tab:
    """The component's half of the exchange, of one tab, with every message under way until it is delivered."""

    site: Site
    kept: Kept = field(default_factory=Kept)
    common: str | None = None
    raw: str | None = None
    told: dict[str, Any] | None = None
    sent: int = 0
    saw: int = 0
    seq: int = 0
    events: int = 0
    to_page: list[tuple[int, int, str | None]] = field(default_factory=list)
    to_session: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> None:
        """The session's script runs, and mounts the component."""
        self.to_page.append((self.kept.saw, self.kept.seq, self.kept.write))

    def open(self, ids: Any) -> None:
        """The page is opened, and its session hears what is there."""
        self._tell()
        self.hear(ids)

    def _tell(self) -> None:
        self.sent += 1
        self.raw = self.site.raw
        self.told = {"n": self.sent, "saw": self.saw, "err": "", "raw": self.raw, "base": self.common}
        self.to_session.append(self.told)

    def deliver(self) -> None:
        """The page takes in the first of what the session sent."""
        if not self.to_page:
            return
        saw, seq, write = self.to_page.pop(0)
        if self.told and saw == self.sent:
            self.common, self.saw, self.told = self.raw, self.sent, None
        if write is not None and seq > self.seq:
            self.seq = seq
            if saw < self.sent:
                return
            if self.site.raw != self.common:
                self._tell()
                return
            self.site.raw = self.common = write
            self.site.tell(self)

    def notice(self) -> None:
        """The page takes in that another tab wrote."""
        if self.events:
            self.events -= 1
            if self.site.raw != (self.raw if self.told else self.common):
                self._tell()

    def hear(self, ids: Any) -> None:
        """The session takes in the last of what the page said, and runs."""
        if self.to_session:
            self.kept.hear(self.to_session.pop(), lambda: f"copy{next(ids)}")
            self.to_session.clear()
            self.run()


STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["edit", "edit", "add", "drop", "deliver", "notice", "hear"]),
        st.integers(0, 3),
    ),
    min_size=6,
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(STEPS)
def test_no_order_of_what_two_tabs_do_loses_a_change(steps: list[tuple[int, str, int]]) -> None:
    """Each change writes a word of its own. A word may only go where its tab saw it and wrote or removed over it."""
    ids, words = count(), count()
    site = Site(print_stored(put_entry(Stored(), "boards", "first", "first")))
    site.tabs = [Tab(site), Tab(site)]
    for tab in site.tabs:
        tab.open(ids)
    alive = {"first"}
    for who, what, which in steps:
        tab = site.tabs[who]
        boards = tab.kept.stored.boards
        name = sorted(boards)[which % len(boards)] if boards else ""
        if what == "add" or (what == "edit" and name):
            word = f"w{next(words)}"
            alive -= {boards[name].value} if what == "edit" else set()
            alive.add(word)
            tab.kept.change(put_entry(tab.kept.stored, "boards", name if what == "edit" else f"b{word}", word))
            tab.run()
        elif what == "drop" and name:
            alive -= {boards[name].value}
            tab.kept.change(drop_entry(tab.kept.stored, "boards", name))
            tab.run()
        elif what in ("deliver", "notice"):
            getattr(tab, what)()
        elif what == "hear":
            tab.hear(ids)
    for _ in range(30):  # until nothing is under way
        for tab in site.tabs:
            for _ in range(len(tab.to_page)):
                tab.deliver()
            tab.notice()
            tab.hear(ids)
    found = read_stored(site.raw)
    assert not found.faults
    assert alive <= {entry.value for entry in found.stored.boards.values()}
    for tab in site.tabs:
        assert [tab.to_page, tab.to_session, tab.events] == [[], [], 0]
        assert dict(tab.kept.stored.boards) == dict(found.stored.boards)
