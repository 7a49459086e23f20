"""Histories: what their bounds may be, and that overlapping intervals refuse a question instead of counting twice."""

from pathlib import Path

import duckdb
import pytest

from semantic import Refused, open_source
from tests.corner_shop import spoil, write_corner_shop

STAGES = "  stages: {file: stages.csv, key: {contact: contact_id}, valid: [since, until], dimensions: {stage: Stage}}"
CATALOGUE = spoil("\nsegments:", f"{STAGES}\n\nsegments:")
HEAD = "contact_id,stage,since,until\n"
STAGE = f"{HEAD}1,lead,2024-01-01,2024-02-01\n"


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


def test_a_clock_is_no_history(tmp_path: Path) -> None:
    """What is looked up as of the clock can't be the clock."""
    text = CATALOGUE.replace("time: ordered_on", "time: contact.since").replace(
        "{stage: Stage}", "{stage: Stage, since: Since}"
    )
    with pytest.raises(Refused) as refused:
        open_source(write_corner_shop(tmp_path, text, stages=STAGE))
    assert str(refused.value) == (
        "metrics.yml:19: views.orders.time: contact.since is looked up in a history as of the clock, which it can't be "
        "itself. A column of orders would do"
    )


@pytest.mark.parametrize("key", ["per: contact", "time: since"])
def test_a_snapshot_of_a_history_takes_its_bounds(key: str, tmp_path: Path) -> None:
    """A history has one row of each key at any instant, and says itself from when to when."""
    metric = f"  staged: {{view: stages, sql: count(*), snapshot: last, {key}}}"
    text = CATALOGUE.replace("\nmetrics:", f"\nmetrics:\n{metric}")
    with pytest.raises(Refused) as refused:
        open_source(write_corner_shop(tmp_path, text, stages=STAGE))
    name = key.partition(":")[0]
    assert (
        f"metrics.staged.{name}: stages is a history, whose states hold from since to until. Leave {name}: out"
        in str(refused.value)
    )


def test_equal_names_are_told_apart_by_their_view(tmp_path: Path) -> None:
    """Two views of one key can't both be called by it."""
    text = CATALOGUE.replace("{stage: Stage}", "{stage: Stage, city: {sql: stage}}")
    source = open_source(write_corner_shop(tmp_path, text, stages=STAGE))
    with pytest.raises(Refused) as refused:
        source.ask("metric=orders&by=city")
    assert str(refused.value) == "by: city could be contacts.city or stages.city. Write contacts.city, say"
    assert source.ask("metric=orders&by=stages.city").rows()


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ", "DATE"])
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
def test_infinite_bounds_are_open_ones(tmp_path: Path, kind: str, zone: str) -> None:
    """Some databases store an open bound as an infinity, which no zone and no other type may lose."""
    rows = "(1, 'a', '-infinity', '2024-02-01'), (1, 'b', '2024-02-01', 'infinity'), (2, 'a', '2024-01-01', NULL)"
    with duckdb.connect(str(tmp_path / "stages.duckdb")) as database:
        database.execute(
            f"CREATE TABLE stages AS SELECT contact_id, stage, since::{kind} AS since, until::{kind} AS until "
            f"FROM (VALUES {rows}) AS v(contact_id, stage, since, until)"
        )
        database.execute(
            "CREATE TABLE visits AS SELECT contact_id, seen::TIMESTAMP AS seen "
            "FROM (VALUES (1, '2024-01-05'), (1, '2024-02-07 12:00'), (2, '2024-02-08')) AS v(contact_id, seen)"
        )
    (tmp_path / "metrics.yml").write_text(
        """
timezone: Europe/Paris
stored_in: UTC
database: stages.duckdb
views:
  stages: {table: stages, key: {contact: contact_id}, valid: [since, until], dimensions: {stage: Stage}}
  visits: {table: visits, time: seen, joins: {contact: contact_id}}
metrics:
  visits: {view: visits, sql: count(*)}
  contacts: {view: stages, sql: count(*)}
"""
    )
    source = open_source(tmp_path / "metrics.yml")

    def ask(line: str) -> dict[object, object]:
        found = source.ask(f"{line}&timezone={zone}").table.to_pylist()
        return {row["stage"]: next(value for key, value in row.items() if key != "stage") for row in found}

    assert ask("metric=visits&by=stage") == {"a": 2, "b": 1}
    assert ask("metric=contacts&by=stage") == {"a": 1, "b": 1}
    assert ask("metric=contacts&by=stage&period=2024-01-01..2024-01-20") == {"a": 2}
