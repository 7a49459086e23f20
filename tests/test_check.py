"""`check`: keys, joins, histories and families are asked of the data, and every metric and segment is run."""

from pathlib import Path

import pytest

from semantic.check import Warned, check_catalogue
from semantic.errors import Problem
from semantic.source import open_source
from tests.corner_shop import CATALOGUE, TABLES, run_main, spoil, write_corner_shop

CONTACTS, ORDERS = TABLES["contacts.csv"], TABLES["orders.csv"]
UNCAST = (
    "Could not convert string 'web' to INT32 when casting from source column channel. "
    "SQL that the database can run on every row would do"
)
STAGES = "contact_id,stage,since,until\n"
FORMULA = "basket: {sql: revenue / orders}"
HISTORY = """\
  stages:
    file: stages.csv
    key: {contact: contact_id}
    valid: [since, until]
    dimensions: {stage: Stage}
segments:"""


def check(file: Path) -> list[Problem]:
    return check_catalogue(open_source(file))


def test_right_catalogue_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_main(capsys, "check", "--catalogue", write_corner_shop(tmp_path))
    assert found == (0, "3 views, 5 metrics, 2 segments: no fault\n", "")


def test_warnings_are_told_and_exit_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_corner_shop(tmp_path, orders=ORDERS.replace("3,2024-02-03,1,", "3,2024-02-03,9,"))
    assert run_main(capsys, "check", "--catalogue", file) == (
        0,
        "3 views, 5 metrics, 2 segments: no fault, 1 warning\n",
        "warning: metrics.yml:20: views.orders.joins.contact: 1 row of 4 (25.0%) finds no contact in contacts. "
        "Under dimensions of contact they count as unknown\n",
    )


def test_orphans_that_are_known_are_no_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = CATALOGUE.replace("{contact: contact_id, shop", "{contact: {key: contact_id, orphans: true}, shop")
    assert known != CATALOGUE
    file = write_corner_shop(tmp_path, known, orders=ORDERS.replace("3,2024-02-03,1,", "3,2024-02-03,9,"))
    assert run_main(capsys, "check", "--catalogue", file) == (
        0,
        "3 views, 5 metrics, 2 segments: no fault\n",
        "",
    )


def test_faults_are_counted_beside_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_corner_shop(
        tmp_path, contacts=f"{CONTACTS}3,east,Metz,d@x.fr\n", orders=ORDERS.replace(",1,2,web", ",1,7,web")
    )
    code, shown, told = run_main(capsys, "check", "--catalogue", file)
    assert (code, shown) == (2, "3 views, 5 metrics, 2 segments: 1 fault, 1 warning\n")
    assert [line.startswith("warning: ") for line in told.splitlines()] == [False, True]


FAULTS: list[tuple[str, str, dict[str, str], list[str]]] = [
    (
        "a key that stands twice",
        CATALOGUE,
        {"contacts": f"{CONTACTS}1,east,Metz,d@x.fr\n2,east,Metz,e@x.fr\n"},
        [
            "metrics.yml:8: views.contacts.key.contact: 2 values of contact_id stand in more than one row. "
            "Make contact_id unique, or declare multi: true"
        ],
    ),
    (
        "a key that is NULL",
        CATALOGUE,
        {"contacts": f"{CONTACTS},east,Metz,d@x.fr\n"},
        [
            "metrics.yml:8: views.contacts.key.contact: contact_id is NULL in 1 row. "
            "Leave these rows out, or give contacts another key"
        ],
    ),
    (
        "a join to keys of another type",
        CATALOGUE,
        {"orders": ORDERS.replace(",1,1,2,web", ",1,1,B,web")},
        [
            "metrics.yml:20: views.orders.joins.giver: Could not convert string 'B' to INT64 when casting from "
            "source column giver_id. It must hold what contact_id of contacts holds"
        ],
    ),
    (
        "a dimension that some rows break",
        spoil("gift: Gift", "weight: {sql: CAST(channel AS INTEGER)}"),
        {},
        [
            f"metrics.yml:24: views.orders.dimensions.weight.sql: {UNCAST}",
        ],
    ),
    (
        "a metric that some rows break, and one made of it",
        spoil("sum(amount)", "sum(CAST(channel AS INTEGER))"),
        {},
        [
            f"metrics.yml:{line}: metrics.{name}: {UNCAST}"
            for line, name in ((34, "revenue"), (36, "basket"))
        ],
    ),
    (
        "a segment that some rows break",
        spoil("channel = 'web'\"}\nfam", "CAST(channel AS INTEGER) = 1\"}\nfam"),
        {},
        [
            f"metrics.yml:28: segments.online.where: {UNCAST}",
        ],
    ),
    (
        "segments of an exclusive family that overlap",
        spoil("  online:", "  french: {of: contacts, where: \"city IN ('Lille', 'Nice')\", family: place}\n  online:"),
        {},
        [
            "metrics.yml:31: families.place.exclusive: 1 row of contacts belongs to northern and french. "
            "Mend a segment, or leave exclusive: out"
        ],
    ),
    (
        "intervals that overlap, and one that ends before it begins",
        spoil("\nsegments:", f"\n{HISTORY}"),
        {"stages": f"{STAGES}1,lead,2024-01-01,2024-02-01\n1,buyer,2024-01-15,\n2,lead,2024-03-01,2024-02-01\n"},
        [
            "metrics.yml:29: views.stages.valid: 1 interval holds at no instant: from 2024-03-01 to 2024-02-01. "
            "since comes first, an open end is NULL",
            "metrics.yml:29: views.stages.valid: 1 interval begins before an earlier one of the same key ends: "
            "contact_id 1 has one from 2024-01-15, and an earlier one that ends at 2024-02-01. "
            "Intervals are half-open: one may begin when another ends; or declare multi: true",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tables", "told"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_fault(text: str, tables: dict[str, str], told: list[str], tmp_path: Path) -> None:
    found = check(write_corner_shop(tmp_path, text, **tables))
    assert [str(problem) for problem in found if not isinstance(problem, Warned)] == told


def test_intervals_may_touch(tmp_path: Path) -> None:
    """Half-open: one ends on the day on which the next one begins; the last one is open."""
    stages = f"{STAGES}1,lead,2024-01-01,2024-02-01\n1,buyer,2024-02-01,\n2,lead,2024-01-01,\n"
    assert check(write_corner_shop(tmp_path, spoil("\nsegments:", f"\n{HISTORY}"), stages=stages)) == []


def test_overlapping_segments_of_an_open_family_are_right(tmp_path: Path) -> None:
    french = "  french: {of: contacts, where: city = 'Lille', family: place}\n  online:"
    assert check(write_corner_shop(tmp_path, spoil("  online:", french, "exclusive: true", "exclusive: false"))) == []


def test_empty_segment_is_a_warning(tmp_path: Path) -> None:
    found = check(write_corner_shop(tmp_path, spoil("'north'", "'nord'")))
    assert [type(problem) for problem in found] == [Warned]
    assert str(found[0]) == (
        "metrics.yml:27: segments.northern.where: no row of contacts belongs to it. "
        "Compare its values with those of the data"
    )


def test_comparisons_are_run_over_a_period(tmp_path: Path) -> None:
    """They need one, and so does what is made of them."""
    later = f"{FORMULA}\n  old: {{compare: orders, offset: 1 year, as: value}}\n  growth: {{sql: orders / old}}"
    later += "\n  gained: {compare: orders, to: start of year, as: delta}"
    assert check(write_corner_shop(tmp_path, spoil(FORMULA, later))) == []


def test_many_keys_per_row_are_right_where_they_are_declared(tmp_path: Path) -> None:
    text = spoil("key: {contact: contact_id}", "key: {contact: contact_id}\n    multi: true")
    assert check(write_corner_shop(tmp_path, text, contacts=f"{CONTACTS}1,east,Metz,d@x.fr\n")) == []


def test_cohorts_are_run(tmp_path: Path) -> None:
    """One that can't be answered is told at its place; one that can isn't told."""
    again, lost = (f"{{start: {start}, return: orders, by: contact}}" for start in ("orders", "basket"))
    file = write_corner_shop(tmp_path, f"{CATALOGUE}cohorts:\n  again: {again}\n  lost: {lost}\n")
    [problem] = check(file)
    told = "cohorts.lost: basket isn't a metric of rows. A metric with view: and sql: alone would do"
    assert str(problem) == f"metrics.yml:40: {told}"
