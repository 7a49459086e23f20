"""Kept: one session's view of the browser's store, and how it answers what the browser tells."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from widgets.store.document import MOST_CHARACTERS, Read, Stored, make_id, print_stored, read_stored
from widgets.store.merge import merge_stored

Trouble = Literal["", "quota", "blocked", "newer"]  # why nothing is written: full, not allowed, of a later version


@dataclass
class Kept:
    """What this session holds, and what it last told the browser.

    The browser answers with numbered snaps: `saw` is the last one that was heard. A write that was sent before a snap
    was heard is not done there; hearing the snap merges what it says, and writes anew.
    """

    stored: Stored = field(default_factory=Stored)
    theirs: Stored = field(default_factory=Stored)  # what the last snap said
    saw: int = 0
    seq: int = 0
    write: str | None = None
    ready: bool = False
    trouble: Trouble = ""
    aside: int = 0  # the last snap that can't be read, whose text the next write moves aside
    faults: tuple[str, ...] = ()  # why
    broken: str | None = None  # what stood there
    copies: list[tuple[str, str]] = field(default_factory=list)  # boards changed in two tabs: (name, name of the copy)
    dismissed: set[str] = field(default_factory=set)  # what was told and read
    session: str = field(default_factory=lambda: secrets.token_hex(8))

    def change(self, stored: Stored) -> None:
        """Holds another document from now on, to be written with the next run."""
        if stored != self.stored:
            self.stored = replace(stored, revision=self.stored.revision + 1)
            self._send()

    def hear(self, snap: Mapping[str, Any], name_copy: Callable[[], str] = make_id) -> None:
        """Takes in a snap: what stands in the browser now (`raw`), what both held before (`base`), and what failed."""
        number = snap.get("n")
        if not isinstance(number, int) or number == self.saw:
            return
        theirs, base = self._read(snap, number), read_stored(_read_text(snap, "base")).stored
        base = base if snap.get("saw") == self.saw else self.theirs
        self.saw, self.ready, self.write = number, True, None
        failed = snap.get("err")
        self.trouble = "newer" if theirs.newer else failed if failed in ("quota", "blocked") else ""
        if theirs.newer or failed == "blocked":
            return
        if failed == "quota":  # what is here is more than what stands there
            self.theirs = theirs.stored
            return
        merged = merge_stored(base, self.stored, theirs.stored, name_copy)
        self.copies += ((old, new) for (section, old), new in merged.copies.items() if section == "boards")
        self.theirs, self.stored = theirs.stored, merged.stored
        # The order of names and the count of writes are no change: two tabs would answer each other without end.
        if theirs.faults or replace(merged.stored, revision=theirs.stored.revision) != theirs.stored:
            self.stored = replace(merged.stored, revision=merged.stored.revision + 1)
            self._send()

    def _read(self, snap: Mapping[str, Any], number: int) -> Read:
        raw = _read_text(snap, "raw")
        found = read_stored(raw)
        if snap.get("err") == "oversized":
            found = Read(Stored(), ("It's larger than can be read.",))
        if found.faults:
            self.aside, self.faults, self.broken = number, found.faults, raw
        return found

    def _send(self) -> None:
        if self.trouble == "newer":
            return
        text = print_stored(self.stored)
        if len(text) > MOST_CHARACTERS:
            self.trouble = "quota"
            return
        if self.trouble == "quota" and len(text) <= len(print_stored(self.theirs)):
            self.trouble = ""  # there is room again; the browser says so where there isn't
        self.seq, self.write = self.seq + 1, text


def _read_text(snap: Mapping[str, Any], key: str) -> str | None:
    found = snap.get(key)
    return found if isinstance(found, str) else None
