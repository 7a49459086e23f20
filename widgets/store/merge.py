"""Two tabs' documents -> one, in which nothing of either is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from widgets.store.document import MOST_GONE, SECTIONS, Entry, Stored, make_id


@dataclass(frozen=True, slots=True)
class Merged:
    """The document, and what was changed on both sides: (section, name) -> the name of the copy of mine."""

    stored: Stored
    copies: Mapping[tuple[str, str], str]


def merge_stored(base: Stored, mine: Stored, theirs: Stored, name_copy: Callable[[], str] = make_id) -> Merged:
    """What was changed on one side is as that side has it; what was changed on both is kept twice.

    `base` is what both began with. A board changed here and removed there stays; one of the defaults, which a copy
    would be of no use to, is as the later change has it.
    """
    copies: dict[tuple[str, str], str] = {}
    sections: dict[str, Any] = {}
    gone = {**mine.gone, **theirs.gone}
    for section in SECTIONS:
        before, here, there = (one.list_section(section) for one in (base, mine, theirs))
        found: dict[str, Entry] = {}
        for name in dict.fromkeys((*there, *here)):
            one, other = here.get(name), there.get(name)
            key = f"{section}.{name}"
            if one is None or other is None:
                kept = _keep_alone(one or other, before.get(name), (mine if one is None else theirs).gone.get(key))
                if kept:
                    found[name] = kept
                continue
            side = _choose_side(before.get(name), one, other, section == "defaults")
            found[name] = side or other
            if side is None:
                copy = copies[section, name] = name_copy()
                found[copy] = replace(one, revision=1)
        sections[section] = found
        gone = {key: at for key, at in gone.items() if key.partition(".")[::2] not in {(section, n) for n in found}}
    revision = max(mine.revision, theirs.revision)
    return Merged(Stored(revision, gone=dict(list(gone.items())[-MOST_GONE:]), **sections), copies)


def _keep_alone(entry: Entry | None, before: Entry | None, gone: int | None) -> Entry | None:
    """An entry that only one side has: it's new or changed there, or else was removed on the other.

    One that outlives a removal gets a later revision, by which the other side knows it.
    """
    if entry is None or gone is None:
        return entry
    unchanged = before is not None and before.value == entry.value
    if unchanged or (before is None and entry.revision < gone):
        return None
    return replace(entry, revision=max(entry.revision, gone + 1))


def _choose_side(before: Entry | None, one: Entry, other: Entry, late: bool) -> Entry | None:
    """The side that was changed; None where both were."""
    if one.value == other.value:
        return other if other.revision >= one.revision else one
    if before is not None and before.value == one.value and other.revision >= before.revision:
        return other
    if before is not None and (before.value == other.value or other.revision < before.revision):
        return one
    return max(one, other, key=lambda entry: entry.at) if late else None
