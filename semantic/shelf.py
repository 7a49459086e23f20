"""Shelf: the boards beside a catalogue, served; an edit shows at once, a broken one doesn't."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from semantic.board import Boards
from semantic.catalogue import Catalogue
from semantic.errors import Problem, Refused
from semantic.load_boards import load_boards

Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shelved:
    """The last good boards, and what is wrong with a later edit of them, or with them under a newer catalogue."""

    boards: Boards
    problems: tuple[Problem, ...] = ()


class Shelf:
    """A file of boards. Several threads may ask at once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._seen: tuple[Catalogue, Stamp | None] | None = None
        self._shelved = Shelved(Boards())

    def serve(self, catalogue: Catalogue) -> Shelved:
        """The boards of now, for the bound catalogue of now. Looked at again where either is another."""
        with self._lock:
            stamp = read_stamp(self.file)
            if self._seen is None or self._seen[0] is not catalogue or self._seen[1] != stamp:
                try:
                    self._shelved = Shelved(load_boards(self.file, catalogue))
                except Refused as refused:
                    self._shelved = Shelved(self._shelved.boards, refused.problems)
                self._seen = (catalogue, stamp)
            return self._shelved


def read_stamp(file: Path) -> Stamp | None:
    """What changes when a file is written; None where there is none."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
