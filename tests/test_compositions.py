"""Where features meet: drawn lines are answered or refused in words, and their answers keep the laws."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from semantic import Answer, Refused, Source
from semantic.answer import plain_value
from semantic.line import parse_line
from tests.compositions import check_answered, list_faults, make_line
from tests.golden_shop import open_shop

SEED = 20240229
LINES = 600
LEAST = 0.2  # of the lines are answered, else they test refusals


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_shop(tmp_path_factory.mktemp("compositions"))
    yield source
    source.serve().engine.retire()


@pytest.mark.parametrize("part", range(3))
def test_drawn_lines(shop: Source, part: int) -> None:
    """Each is answered, or refused in sentences; what is answered keeps the laws."""
    catalogue, faults, answered = shop.serve().catalogue, [], 0
    for number in range(LINES // 3):
        line = make_line(Random(f"{SEED} {part} {number}"), catalogue)
        found, fault = check_answered(shop, line)
        told = [fault] if fault else []
        if isinstance(found, Answer):
            answered += 1
            told += list_faults(shop, parse_line(line), found)
        faults += [f"{line}\n  {fault}" for fault in told]
    assert not faults, "\n".join(faults[:10])
    assert answered > LEAST * LINES / 3


ROWS: dict[str, list[list[Any]]] = {
    # Who is looked at on a day has done what was done in the period until then: 3 and 4 order after it.
    "overlap=club&by=orders_per_contact&period=..2024-01-31": [
        ["0", [], 3],
        ["0", ["choir"], 1],
        ["2–3", ["chess", "choir"], 1],
    ],
    "flow=tier&by=orders_per_contact&period=2024-01-06..2024-03-05": [
        ["1", None, "gold", 1, 1.0],
        ["2–3", "gold", "silver", 1, 1.0],
    ],
    # A segment of what contacts have done overlaps as any other: 1 and 4 spent 70 and more.
    "overlap=big_spenders,young&by=town": [
        ["Lyon", [], 1],
        ["Lyon", ["big_spenders", "young"], 1],
        ["Other", [], 1],
        ["Riga", ["young"], 1],
        [None, ["big_spenders"], 1],
    ],
    # The share of a move orders, beside totals that are not cut.
    "flow=stage:orders:10d&by=brand&totals=all&order=-share&limit=1": [["Aster", "lapsed", "lapsed", 1, 1.0]],
    # Two facts by a part of their times, beside none.
    "metric=spend,orders&by=weekday": [[3, 0, 1], [4, 40, 1], [5, 0, 1], [6, 15, 1], [7, 20, 1]],
    # Bands order rows that are joined with those of a reference slice, which have them too.
    "metric=orders,sent&by=stage,orders_per_contact&compare=stage:active&limit=2&order=orders_per_contact": [
        ["active", "0", None, None, None, 1, 1, 0.0],
        [None, "0", None, None, None, 2, 1, 1.0],
    ],
    # A text and a date have an earlier value, and no ratio.
    "metric=latest_tier,last_order,orders&period=this-year&compare=year": [
        ["silver", None, "2024-03-01", "2023-01-15", 4, 1, 3.0],
    ],
    "metric=last_order~yoy(delta)&period=this-year": [[411]],
}


@pytest.mark.parametrize("line", ROWS)
def test_rows(shop: Source, line: str) -> None:
    answer = shop.ask(line)
    assert [[plain_value(value) for value in row.values()] for row in answer.rows()] == ROWS[line]


REFUSED = {
    "metric=latest_tier~yoy&period=this-year": "metric: latest_tier is a text, so latest_tier~yoy has no ratio to "
    "tell. Ask latest_tier~yoy(value)",
    "metric=latest_tier~yoy(delta)&period=this-year": "metric: latest_tier is a text, so latest_tier~yoy has no "
    "difference to tell. Ask latest_tier~yoy(value)",
    "metric=last_order~yoy&period=this-year": "metric: last_order is a date, so last_order~yoy has no ratio to tell. "
    "Ask last_order~yoy(value), or last_order~yoy(delta), in days",
}


@pytest.mark.parametrize("beside", ["revenue", "scored,visits"])
def test_means_beside_another(shop: Source, beside: str) -> None:
    """Without a period a mean over days begins with its own metric's data, whatever is asked beside it."""
    alone, together = (
        shop.ask(f"metric={names}").rows()[0] for names in ("weekly_readers_mean", f"{beside},weekly_readers_mean")
    )
    # Six readers' weeks are 43 days within the 156 from the first message on, 29 October to 1 April.
    assert together["weekly_readers_mean"] == alone["weekly_readers_mean"] == pytest.approx(43 / 156)


@pytest.mark.parametrize("line", REFUSED)
def test_refusals(shop: Source, line: str) -> None:
    with pytest.raises(Refused) as refused:
        shop.ask(line)
    assert str(refused.value) == REFUSED[line]
