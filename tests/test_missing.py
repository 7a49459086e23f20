"""What is told of filter values that no row has: where nothing is answered, and by the nearest value that there is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic import Source, open_source
from tests.corner_shop import run_main, write_corner_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_corner_shop(tmp_path)


@pytest.fixture
def source(shop: Path) -> Iterator[Source]:
    opened = open_source(shop)
    yield opened
    opened.serve().engine.retire()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("metric=orders&channel=wep", ["channel: no row has 'wep'. Did you mean web?"]),
        ("metric=orders&by=month&channel=wep", ["channel: no row has 'wep'. Did you mean web?"]),
        ("metric=orders&channel=WEB", ["channel: no row has 'WEB'. Did you mean web?"]),
        ("metric=orders&channel=zzz", ["channel: no row has 'zzz'"]),
        (
            "metric=orders&channel=zzz,wep",
            ["channel: no row has 'wep'. Did you mean web?", "channel: no row has 'zzz'"],
        ),
        ("rows=5&metric=orders&channel=wep", ["channel: no row has 'wep'. Did you mean web?"]),
        ("metric=orders&channel=web,wep", []),  # some of them are there
        ("metric=orders&channel=!wep", []),  # nothing is left out
        ("metric=orders&channel=web&period=2031-01-01..2031-01-31", []),  # it's the days that hold nothing
        ("metric=orders&channel=~wep", []),  # no row contains it, which is no value
        ("metric=orders&channel=web", []),
    ],
)
def test_what_no_row_has_is_told(source: Source, line: str, told: list[str]) -> None:
    assert [str(found.to_problem()) for found in source.ask(line).missing] == told


def test_values_of_a_personal_dimension_are_not_told(source: Source) -> None:
    """Whose address was nearly guessed isn't set right."""
    assert source.ask("metric=orders&email=a@x.fe").missing == ()


def test_the_command_line_tells_it_beside_the_answer(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("ask", "metric=orders&channel=wep", "--catalogue", shop)
    told = "channel: no row has 'wep'. Did you mean web?"
    code, shown, faults = run_main(capsys, *words)
    assert (code, faults.strip()) == (0, told)
    assert "wep" not in shown
    code, shown, faults = run_main(capsys, *words, "--format", "json")
    assert (code, faults.strip(), json.loads(shown)["notes"]) == (0, told, [told])
