"""Histories: what their bounds may be, and that overlapping intervals refuse a question instead of counting twice."""

from pathlib import Path

import pytest

from semantic import Refused, open_source
from tests.corner_shop import spoil, write_corner_shop

STAGES = "  stages: {file: stages.csv, key: {contact: contact_id}, valid: [since, until], dimensions: {stage: Stage}}"
CATALOGUE = spoil("\nsegments:", f"{STAGES}\n\nsegments:")
HEAD = "contact_id,stage,since,until\n"


def test_overlapping_intervals_refuse_the_question(tmp_path: Path) -> None:
    """A row would be counted in both stages; the example says which. Other questions are answered."""
    stages = f"{HEAD}1,lead,2024-01-01,2024-02-01\n1,buyer,2024-01-15,\n2,lead,,2024-01-01\n"
    source = open_source(write_corner_shop(tmp_path, CATALOGUE, stages=stages))
    with pytest.raises(Refused) as refused:
        source.ask("metric=orders&by=stage")
    assert str(refused.value) == (
        "metrics.yml:25: views.stages.valid: 1 interval begins before an earlier one of the same key ends: "
        "contact_id 1 has one from 2024-01-15, and an earlier one that ends at 2024-02-01. "
        "Intervals are half-open: one may begin when another ends; or declare multi: true"
    )
    assert source.ask("metric=orders&by=channel").rows()


@pytest.mark.parametrize(
    "stages",
    [
        "1,lead,2024-01-01,2024-02-01\n1,buyer,2024-02-01,\n1,none,2024-01-20,2024-01-20\n",
        "1,lead,,2024-02-01\n1,buyer,2024-02-01,\n1,none,2024-03-01,2024-02-20\n",
    ],
    ids=["an interval that is empty", "an interval that ends before it begins, an open beginning"],
)
def test_what_holds_at_no_instant_overlaps_nothing(stages: str, tmp_path: Path) -> None:
    """A stage that begins and ends at once never holds, and hides no other."""
    source = open_source(write_corner_shop(tmp_path, CATALOGUE, stages=HEAD + stages))
    found = source.ask("metric=orders&by=stage").rows()
    assert [list(row.values()) for row in found] == [["buyer", 1], ["lead", 1], [None, 2]]


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ("1,lead,soon,2024-02-01", "since is VARCHAR, not a time. A bound is a date or a timestamp"),
        (
            "1,lead,2024-01-01,2024-02-01 10:00",
            "since is DATE and until TIMESTAMP. Both are dates, or both timestamps, with a zone or without",
        ),
    ],
)
def test_bounds_are_times_of_one_kind(stages: str, told: str, tmp_path: Path) -> None:
    """What can't be compared is told when the catalogue is loaded."""
    with pytest.raises(Refused) as refused:
        open_source(write_corner_shop(tmp_path, CATALOGUE, stages=HEAD + stages + "\n"))
    assert str(refused.value) == f"metrics.yml:25: views.stages.valid: {told}"
