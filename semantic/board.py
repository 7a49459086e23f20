"""Board: what `boards.yml` says, as frozen values. The YAML language and its schema are read off these types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from semantic.bar import Bar
from semantic.catalogue import Text, term
from semantic.question import Question

Size = Literal["1x1", "2x1", "3x1", "4x1", "1x2", "2x2", "3x2", "4x2", "2x3", "4x3"]
COLUMNS = 4  # of a board on a wide screen


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a board, or a part of it, may be told about in words."""

    text: Text | None = term("What it shows, in a sentence or two.", default=None)
    purpose: Text | None = term("Why it's looked at.", default=None)
    reading: Text | None = term("What a high or low value says.", default=None)
    decision: Text | None = term("What it decides.", default=None)


@dataclass(frozen=True, kw_only=True)
class Widget(Told):
    """A question on a board; `question` is what its line asks."""

    KEY: ClassVar[str] = "line"
    line: str = term("The question, as the address of Explore holds it: metric=orders&by=month.")
    title: Text | None = term("What is measured; default: what the line asks, in words.", default=None)
    size: Size | None = term("Columns x rows; default: 1x1 for a number, 2x1 for all else.", default=None)
    question: Question = field(default_factory=Question, metadata={"hidden": True})

    @property
    def span(self) -> tuple[int, int]:
        """How many columns and rows it takes."""
        parted = self.question.by or self.question.journey
        columns, _, rows = (self.size or ("2x1" if parted else "1x1")).partition("x")
        return int(columns), int(rows)


@dataclass(frozen=True, kw_only=True)
class Section(Told):
    KEY: ClassVar[str] = "section"
    section: Text = term("A heading over the widgets that follow.")


@dataclass(frozen=True, kw_only=True)
class Card:
    KEY: ClassVar[str] = "card"
    card: Text = term("A text among the widgets.")
    title: Text | None = term("Its heading.", default=None)
    size: Size = term("Columns x rows.", default="1x1")

    @property
    def span(self) -> tuple[int, int]:
        """How many columns and rows it takes."""
        columns, _, rows = self.size.partition("x")
        return int(columns), int(rows)


Item = Widget | Section | Card


@dataclass(frozen=True, kw_only=True)
class Board(Told):
    """A page of widgets with one bar of filters; `start` is what the bar holds until somebody changes it."""

    label: Text | None = term("Its name on the screen.", default=None)
    bar: tuple[str, ...] = term("Dimensions to filter all widgets by, beside period and compare.", default=())
    defaults: str | None = term("What the bar holds at first: period=last-90-days&compare=previous.", default=None)
    widgets: tuple[Item, ...] = term("What it shows, in reading order.")
    start: Bar = field(default_factory=Bar, metadata={"hidden": True})


@dataclass(frozen=True, kw_only=True)
class Boards:
    boards: Mapping[str, Board] = term("The boards that ship, by their names in addresses.", default_factory=dict)
    # Not of the language: where it was read.
    file: str = field(default="boards.yml", metadata={"hidden": True})
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, metadata={"hidden": True}, repr=False)

    def locate(self, *path: str) -> str:
        """`file:line: place`, of the nearest part of the file that has a line."""
        place = path
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}: {'.'.join(path)}"
