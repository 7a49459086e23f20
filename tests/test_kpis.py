"""KPIS.md against tests/kpis.yml and the boards: each KPI's line, answered. Run this file to rewrite it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

from semantic import Source, parse_line, print_line

PAGE = Path(__file__).parents[1] / "KPIS.md"
HEAD = """\
# What is asked of CRM and marketing, and where it is

Each row is a question that such teams' dashboards answer, with the line that asks it of the demo company: put it behind
`Explore?` in the address, or ask `python -m semantic ask 'LINE'`. A line of a board takes the board's period.
"""
COUNTS = (22, 14, 10, 16, 12)  # how many rows each chapter has, from 0.1, 1.1, …

Row = Mapping[str, str]


@cache
def read_chapters() -> dict[str, dict[str, Row]]:
    """The rows by their number, chapter by chapter."""
    chapters: dict[str, dict[str, Row]] = yaml.safe_load((Path(__file__).parent / "kpis.yml").read_text("utf-8"))
    return chapters


@cache
def read_boards() -> dict[str, dict[str, object]]:
    boards: dict[str, dict[str, object]] = yaml.safe_load((PAGE.parent / "boards.yml").read_text("utf-8"))["boards"]
    return boards


def list_rows() -> Iterator[tuple[str, Row]]:
    for rows in read_chapters().values():
        yield from rows.items()


def label_board(name: str) -> str:
    label = read_boards()[name]["label"]
    return label["en"] if isinstance(label, dict) else str(label)


def render_page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    for heading, rows in read_chapters().items():
        parts += [f"## {heading}\n", "| | KPI | line | where |", "|---|---|---|---|"]
        for number, row in rows.items():
            line = f"`{row['line']}`" if "line" in row else ""
            where = row.get("page") or (f"board *{label_board(row['board'])}*" if "board" in row else "Explore")
            parts.append(f"| {number} | {row['what']} | {line} | {where} |")
        parts.append("")
    return "\n".join(parts)


def test_page_is_that_of_the_rows() -> None:
    """The page drifts where a board, a label or a line changes."""
    assert PAGE.read_text("utf-8") == render_page()


def test_no_row_is_missing() -> None:
    """Every row of every dashboard is there, in order, and is shown somewhere."""
    numbers = [f"{chapter}.{place}" for chapter, count in enumerate(COUNTS) for place in range(1, count + 1)]
    assert [number for number, _ in list_rows()] == numbers
    assert [number for number, row in list_rows() if not {"line", "page"} & row.keys()] == []


@pytest.mark.parametrize(("number", "row"), [(number, row) for number, row in list_rows() if "board" in row])
def test_board_shows_the_line(number: str, row: Row) -> None:
    """A widget of the board asks the row's question."""
    widgets = read_boards()[row["board"]]["widgets"]
    assert isinstance(widgets, list)
    lines = {print_line(parse_line(widget["line"])) for widget in widgets if "line" in widget}
    assert print_line(parse_line(row["line"])) in lines, number


@pytest.mark.parametrize("line", [row["line"] for _, row in list_rows() if "line" in row and "board" not in row])
def test_line_of_no_board_is_answered(demo: Source, line: str) -> None:
    """What no board shows is asked in Explore, and has rows; `check` asks the lines of boards."""
    assert demo.ask(line).rows()


if __name__ == "__main__":
    PAGE.write_text(render_page(), "utf-8")
