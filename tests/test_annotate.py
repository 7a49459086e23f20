"""SQL with a comment at each of its steps: the same statement, and none of its steps is left without a word."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic import Source
from semantic.annotate import STEP, annotate_sql
from tests.golden_shop import FILES, open_shop, read_golden


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    source = open_shop(tmp_path_factory.mktemp("shop"))
    yield source
    source.serve().engine.retire()


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_each_step_has_a_comment(path: Path, shop: Source) -> None:
    golden = read_golden(path)
    if "refused" in golden:
        return
    compiled = shop.compile(golden["ask"], golden.get("as_of"))
    lines = annotate_sql(compiled.plan, compiled.sql).splitlines()
    plain = [line for line in lines if not line.lstrip().startswith("--")]
    assert plain == compiled.sql.text.splitlines()
    steps = [place for place, line in enumerate(lines) if STEP.match(line)]
    assert all(lines[place + 1].startswith("  -- ") for place in steps)
    last = max(place for place, line in enumerate(lines) if line.startswith("SELECT"))
    assert lines[last - 1].startswith("-- ")


def test_the_steps_of_a_top_with_a_comparison(shop: Source) -> None:
    """Each step is told by what it does to which rows."""
    compiled = shop.compile("metric=readers~yoy,contacts&by=town,month&top=2:contacts&period=2024-01-01..2024-03-31")
    told = [
        line.strip()
        for line in annotate_sql(compiled.plan, compiled.sql).splitlines()
        if line.lstrip().startswith("--")
    ]
    assert "-- the values of town that are kept; all others are Other" in told
    assert "-- every month of 2024-01-01..2024-03-31" in told
    assert "-- readers from messages by town, month, 2023-01-01..2023-03-31, to compare with" in told
    assert told[-1] == "-- the answer: formulas over the groups, in order"
