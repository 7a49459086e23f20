"""Stored: the document in the browser's store <-> JSON text. Whatever is there is judged, never trusted."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from widgets.store.migrate import VERSION, Newer, migrate_document

Json = Any  # what JSON holds: maps, lists, texts, numbers, true, false and null
MOST_CHARACTERS = 2_000_000  # of a document; a browser keeps some 5 million for all of a site
MOST_ENTRIES, MOST_GONE = 300, 1_000
MOST_OF_ENTRY, MOST_OF_TEXT, MOST_OF_LIST, MOST_LEVELS = 100_000, 4_000, 200, 8
SECTIONS = ("boards", "segments", "defaults")
ID = re.compile(r"[a-z0-9_]{1,40}\Z")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # what neither YAML nor a screen takes


class Unfit(ValueError):
    """A value that isn't kept; says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing kept: `revision` counts its changes, `at` is when the last was, `of` names the board it's a copy of."""

    value: Json
    revision: int = 1
    at: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """All that is kept. `gone` holds what was removed, with its revision, so that another tab doesn't bring it back."""

    revision: int = 0
    boards: Mapping[str, Entry] = field(default_factory=dict)
    segments: Mapping[str, Entry] = field(default_factory=dict)
    defaults: Mapping[str, Entry] = field(default_factory=dict)
    gone: Mapping[str, int] = field(default_factory=dict)

    def list_section(self, section: str) -> Mapping[str, Entry]:
        """The entries of `boards`, `segments` or `defaults`."""
        found: Mapping[str, Entry] = getattr(self, section)
        return found


@dataclass(frozen=True, slots=True)
class Read:
    """A document as far as it can be read. `faults` tell what can't; where there are some, the text is to be kept."""

    stored: Stored
    faults: tuple[str, ...] = ()
    newer: bool = False  # of a later version of this app: it's left as it is


def make_id() -> str:
    """A name for a new entry, that no other tab gives."""
    return secrets.token_hex(4)


def tell_now() -> str:
    """The time, as an entry holds it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- changing


def put_entry(stored: Stored, section: str, name: str, value: Json, of: str = "") -> Stored:
    """With this value under the name, as its next revision. Raises Unfit."""
    check_value(value)
    entries = stored.list_section(section)
    if name not in entries and len(entries) >= MOST_ENTRIES:
        raise Unfit(f"there are {MOST_ENTRIES} {section} already")
    before = entries.get(name)
    revision = max(before.revision if before else 0, stored.gone.get(f"{section}.{name}", 0)) + 1
    entry = Entry(value, revision, tell_now(), of or (before.of if before else ""))
    changes: dict[str, Any] = {section: {**entries, name: entry}}
    gone = {key: at for key, at in stored.gone.items() if key != f"{section}.{name}"}
    return replace(stored, gone=gone, **changes)


def drop_entry(stored: Stored, section: str, name: str) -> Stored:
    """Without the entry of that name."""
    entries = stored.list_section(section)
    if name not in entries:
        return stored
    changes: dict[str, Any] = {section: {key: entry for key, entry in entries.items() if key != name}}
    gone = {**stored.gone, f"{section}.{name}": entries[name].revision + 1}
    return replace(stored, gone=dict(list(gone.items())[-MOST_GONE:]), **changes)


# --- text


def print_stored(stored: Stored) -> str:
    """The document as text."""
    found: dict[str, Json] = {"version": VERSION, "rev": stored.revision}
    for section in SECTIONS:
        found[section] = {name: _print_entry(entry) for name, entry in stored.list_section(section).items()}
    found["gone"] = dict(stored.gone)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _print_entry(entry: Entry) -> dict[str, Json]:
    found = {"rev": entry.revision, "at": entry.at, "value": entry.value}
    return {**found, "of": entry.of} if entry.of else found


def read_stored(text: str | None) -> Read:
    """What a text of the browser's store says; nothing is kept where there is none. Never raises."""
    if not text:
        return Read(Stored())
    try:
        return read_value(parse_json(text, MOST_CHARACTERS))
    except Unfit as unfit:
        return Read(Stored(), (f"It can't be read: {unfit}",))


def read_value(value: Json) -> Read:
    """As `read_stored`, of a document that is parsed already."""
    try:
        document = migrate_document(value)
    except Newer:
        return Read(Stored(), newer=True)
    except ValueError as error:
        return Read(Stored(), (f"It can't be read: {error}",))
    faults: list[str] = []
    sections = {section: _read_section(document.get(section, {}), section, faults) for section in SECTIONS}
    gone = document.get("gone", {})
    gone = gone if isinstance(gone, dict) else {}
    kept = {key: at for key, at in list(gone.items())[-MOST_GONE:] if _is_count(at) and len(key) < MOST_OF_TEXT}
    revision = document.get("rev", 0)
    return Read(Stored(revision if _is_count(revision) else 0, gone=kept, **sections), tuple(faults))


def _read_section(found: Json, section: str, faults: list[str]) -> dict[str, Entry]:
    if not isinstance(found, dict):
        faults.append(f"The {section} aren't a map of names")
        return {}
    entries: dict[str, Entry] = {}
    for name, value in found.items():
        try:
            if len(entries) >= MOST_ENTRIES:
                raise Unfit(f"there are more than {MOST_ENTRIES}")
            entries[name] = _read_entry(name, value)
        except Unfit as unfit:
            faults.append(f"One of the {section} can't be read: {unfit}")
    return entries


def _read_entry(name: str, found: Json) -> Entry:
    """The entry. Raises Unfit."""
    if not ID.match(name):
        raise Unfit("its name isn't one that is given here")
    if not isinstance(found, dict) or "value" not in found:
        raise Unfit("it has no value")
    revision, at, of = found.get("rev", 1), found.get("at", ""), found.get("of", "")
    if not _is_count(revision) or not all(isinstance(text, str) and len(text) <= 100 for text in (at, of)):
        raise Unfit("its revision or date isn't one")
    check_value(found["value"])
    return Entry(found["value"], revision, at, of)


def _is_count(found: Json) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53


def parse_json(text: str, most: int) -> Json:
    """The JSON of a text of somebody else. Raises Unfit."""
    if len(text) > most:
        raise Unfit(f"it's longer than {most:,} characters")

    def refuse(word: str) -> Json:
        raise Unfit(f"{word} is no number")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise Unfit("it's nested too deeply") from None
    except Unfit:
        raise
    except ValueError:  # also a number of thousands of digits
        raise Unfit("it isn't JSON") from None


def check_value(value: Json) -> None:
    """Raises Unfit for what is too long, too deep, or no plain text."""
    _check_part(value, 0)
    if len(json.dumps(value, ensure_ascii=False)) > MOST_OF_ENTRY:
        raise Unfit(f"it's longer than {MOST_OF_ENTRY:,} characters")


def _check_part(value: Json, level: int) -> None:
    if level > MOST_LEVELS:
        raise Unfit("it's nested too deeply")
    match value:
        case str():
            if len(value) > MOST_OF_TEXT:
                raise Unfit(f"a text in it is longer than {MOST_OF_TEXT:,} characters")
            if CONTROLS.search(value):
                raise Unfit("a text in it holds control characters")
        case dict() | list():
            if len(value) > MOST_OF_LIST:
                raise Unfit(f"a list in it has more than {MOST_OF_LIST} parts")
            for part in value:
                _check_part(part, level + 1)
            if isinstance(value, dict):
                for part in value.values():
                    _check_part(part, level + 1)
        case float() if not math.isfinite(value):
            raise Unfit("a number in it is beyond all measure")
        case None | bool() | int() | float():
            pass
        case _:
            raise Unfit("it holds what is no JSON")
