"""Problem and Refused: every fault that a person can mend, as a value with one way to be printed."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, told as `where: found. remedy.`

    `where` is `file:line: place` in a catalogue and the key of the part in a line. `part` names what a page drops to
    keep the rest of a broken line: the key, and the item within its list where only that item is at fault.
    """

    where: str
    found: str
    remedy: str = ""
    part: tuple[str, str | None] | None = None

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.found}" if self.where else self.found
        return f"{sentence}. {self.remedy}" if self.remedy else sentence


class Refused(Exception):
    """A question, catalogue or run that is not answered; carries every reason at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "a refusal has a reason"
        super().__init__("\n".join(map(str, self.problems)))


class Failed(Exception):
    """A run that was well asked and broke on the way: time, memory, a database that is gone. For a person to read."""


class Stopped(Failed):
    """A run that was ended because nobody waits for it any more."""

    def __init__(self) -> None:
        super().__init__("The question was stopped.")


def find_nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be, or None."""
    names = {known_name.lower(): known_name for known_name in known}
    found = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def suggest_name(name: str, known: Iterable[str], kind: str) -> str:
    """A remedy for an unknown name: the nearest one, else the first few that there are."""
    known = list(known)
    if nearest := find_nearest(name, known):
        return f"Did you mean {nearest}?"
    if not known:
        return f"There is no {kind} yet"
    some = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return f"The {kind}s are {some}"
