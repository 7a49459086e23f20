"""Boards <-> a file: JSON as it's kept, or YAML as `boards.yml` has it; a file adds, and writes over nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable

import yaml

from widgets.store.document import (
    MOST_CHARACTERS,
    MOST_ENTRIES,
    Entry,
    Stored,
    Unfit,
    make_id,
    parse_json,
    print_stored,
    put_entry,
    read_value,
)
from widgets.store.migrate import VERSION

MOST_YAML, MOST_DEPTH = 400_000, 20  # characters, which take a second or two; levels


def print_file(stored: Stored, names: Iterable[str] | None = None) -> str:
    """The boards of these names, or all, as the text of a file."""
    chosen = set(stored.boards if names is None else names)
    boards = {name: entry for name, entry in stored.boards.items() if name in chosen}
    everything = names is None
    kept = Stored(
        boards=boards, segments=stored.segments if everything else {}, defaults=stored.defaults if everything else {}
    )
    return json.dumps(json.loads(print_stored(kept)), ensure_ascii=False, indent=2)


def read_file(data: bytes) -> tuple[Stored, tuple[str, ...]]:
    """What a file holds, and what of it can't be read. Raises Unfit."""
    if len(data) > MOST_CHARACTERS:
        raise Unfit(f"it's larger than {MOST_CHARACTERS // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unfit("it isn't text") from None
    try:
        value = parse_json(text, MOST_CHARACTERS)
    except Unfit:
        value = _parse_yaml(text)
    found = read_value(value)
    if found.newer:
        raise Unfit(f"it was made by a newer version of this app; this one reads version {VERSION}")
    if not found.stored.boards and found.faults:
        raise Unfit(found.faults[0])
    return found.stored, found.faults


def _parse_yaml(text: str) -> object:
    """The value of a text of YAML, without anchors, which can make much of little. Raises Unfit."""
    if len(text) > MOST_YAML:
        raise Unfit("it isn't JSON, and larger than a file of YAML may be")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > MOST_DEPTH:
                raise Unfit("it's nested too deeply")
        return yaml.load(text, Loader=_Plain)  # a safe loader that knows fewer tags
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise error if isinstance(error, Unfit) else Unfit("it's neither JSON nor YAML") from None


class _Plain(yaml.SafeLoader):
    """Reads maps, lists and texts; a date or a number stays the text that it is, as in `boards.yml`."""


_Plain.yaml_implicit_resolvers = {}


def add_boards(stored: Stored, found: Stored) -> tuple[Stored, tuple[str, ...]]:
    """With what a file holds, and the names of the boards that came. Nothing that is here is changed. Raises Unfit.

    A board that is here already, alike, doesn't come again; one that is here otherwise comes as another.
    """
    came = []
    values = [entry.value for entry in stored.boards.values()]
    for name, entry in found.boards.items():
        if entry.value in values:
            continue
        if len(stored.boards) >= MOST_ENTRIES:
            raise Unfit(f"there would be more than {MOST_ENTRIES} boards")
        free = name if name not in stored.boards else make_id()
        stored = put_entry(stored, "boards", free, entry.value, entry.of)
        came.append(free)
    for section in ("segments", "defaults"):
        new: dict[str, Entry] = {
            name: entry
            for name, entry in found.list_section(section).items()
            if name not in stored.list_section(section)
        }
        for name, entry in new.items():
            stored = put_entry(stored, section, name, entry.value)
    return stored, tuple(came)
