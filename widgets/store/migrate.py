"""A document of any version -> one of today's: a chain of steps, each from one version to the next."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

VERSION = 1


class Newer(ValueError):
    """The document is of a later version of this app."""


def migrate_document(document: Any) -> dict[str, Any]:
    """The document as today's version has it; one without a version is the oldest. Raises ValueError, Newer."""
    if not isinstance(document, dict):
        raise ValueError("it isn't a map of names")
    found: dict[str, Any] = document
    version = found.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise ValueError("its version isn't a number")
    if version > VERSION:
        raise Newer
    for step in STEPS[version:]:
        found = step(found)
    return found


def _wrap_boards(document: dict[str, Any]) -> dict[str, Any]:
    """0 -> 1: what `boards.yml` holds, names with their boards; each becomes an entry."""
    boards = document.get("boards")
    if not isinstance(boards, dict):
        raise ValueError("it holds no boards")
    entries: dict[str, Any] = {}
    for name, board in boards.items():
        plain = re.sub(r"[^a-z0-9_]", "_", str(name).lower())[:30]
        free = plain if plain not in entries else f"{plain}_{len(entries)}"
        entries[free] = {"rev": 1, "at": "", "value": board}
    return {"version": 1, "rev": 0, "boards": entries, "segments": {}, "defaults": {}}


STEPS: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (_wrap_boards,)
assert len(STEPS) == VERSION, "each version has a step to the next"
