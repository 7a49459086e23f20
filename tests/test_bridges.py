"""Bridges, against a slow count in Python: each group counts a row once, the total counts it once."""

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic import Refused, Source, open_source
from tests.corner_shop import spoil, write_corner_shop

LIKES = "  likes: {file: likes.csv, key: {contact: contact_id}, multi: true, dimensions: {like: Like}}"
AS_OF = date(2024, 4, 9)
CATALOGUE = """
name: Bridges
database: bridges.duckdb
views:
  people: {table: people, key: {person: id}, dimensions: {town: Town}}
  tags:
    table: tags
    key: {person: id}
    multi: true
    joins: {group: group_id}
    dimensions: {tag: Tag, source: Source, weight: Weight}
  groups: {table: groups, key: {group: group_id}, dimensions: {group_name: Group}}
  fees: {table: fees, key: {group: group_id}, valid: [since, until], dimensions: {fee: Fee}}
  clubs:
    table: clubs
    key: {person: id}
    valid: [since, until]
    multi: true
    dimensions: {club: Club, role: Role, since: Since}
  orders:
    table: orders
    time: ordered_at
    joins: {person: person_id, payer: {entity: person, key: payer_id}}
    dimensions: {kind: Kind}
segments:
  heavy: {of: tags, where: weight > 2}
  chairs: {of: clubs, where: role = 'chair'}
  cheap: {of: fees, where: fee = 'low'}
  known: {of: groups, where: group_name IS NOT NULL}
metrics:
  orders: {view: orders, sql: count(*), unique: person_id}
  amount: {view: orders, sql: sum(amount), fill: 0}
  mean: {sql: amount / orders}
  largest: {view: orders, sql: max(amount), where: kind = 'a'}
  payers: {view: orders, sql: count(distinct payer_id)}
  rolled: {rolling: orders, window: 7 days}
  tagged: {view: tags, sql: count(distinct id)}
  firsts: {new: orders, by: person}
  of_a: {view: orders, sql: count(*), where: kind = 'a'}
  of_b: {view: orders, sql: count(*), where: kind = 'b'}
  again: {conversion: [of_a, of_b], by: person, within: 7 days}
  rows_again: {conversion: [of_a, of_b], by: person, within: 7 days, count: events, take: count}
  busiest: {each: orders, per: day, take: max}
"""
Row = dict[str, Any]


def make_tables() -> dict[str, list[Row]]:
    """Several rows of one key, some the same twice, keys that are NULL or nobody's, intervals that touch or overlap."""
    draw = random.Random(11)
    ids = [1, 2, 3, 4, 5, 8, None]

    def day() -> date:
        return date(2024, 2, 1) + timedelta(days=draw.randrange(60))

    tags = [
        {
            "id": draw.choice([*ids[:-2], 9, None]),
            "tag": draw.choice(["x", "y", "z", None]),
            "source": draw.choice(["s", "t"]),
            "weight": draw.choice([1, 2, 3, None]),
            "group_id": draw.choice([1, 2, 3, 7, None]),
        }
        for _ in range(14)
    ]
    clubs = []
    for number in range(16):
        since, until = sorted((day(), day()))
        clubs.append(
            {
                "id": draw.choice(ids),
                "club": draw.choice(["c", "d", "e", None]),
                "role": draw.choice(["member", "chair"]),
                "since": None if number % 5 == 0 else since,
                "until": None if number % 7 == 0 else until,
            }
        )
    orders = []
    for _ in range(60):
        at = day()
        orders.append(
            {
                "ordered_at": datetime(at.year, at.month, at.day, draw.choice([0, 9, 23])),
                "person_id": draw.choice(ids),
                "payer_id": draw.choice(ids),
                "kind": draw.choice(["a", "b"]),
                "amount": draw.randrange(1, 50),
            }
        )
    people = [{"id": number, "town": town} for number, town in ((1, "L"), (2, "R"), (3, None), (4, "L"), (5, "L"))]
    groups: list[Row] = [
        {"group_id": 1, "group_name": "g"},
        {"group_id": 2, "group_name": "h"},
        {"group_id": 3, "group_name": None},
    ]
    fees: list[Row] = []
    for group, known in ((1, ["low", "high", "low"]), (2, ["high", None]), (7, ["low"]), (None, ["high"])):
        cuts: list[date | None] = [*sorted({day() for _ in known}), None]
        cuts[0] = None if group == 2 else cuts[0]
        fees += [
            {"group_id": group, "fee": fee, "since": since, "until": until}
            for fee, (since, until) in zip(known, pairwise(cuts), strict=False)
        ]
    return {"people": people, "tags": tags, "groups": groups, "fees": fees, "clubs": clubs, "orders": orders}


TABLES = make_tables()
TYPES = {
    "people": "id INTEGER, town VARCHAR",
    "tags": "id INTEGER, tag VARCHAR, source VARCHAR, weight INTEGER, group_id INTEGER",
    "groups": "group_id INTEGER, group_name VARCHAR",
    "fees": "group_id INTEGER, fee VARCHAR, since DATE, until DATE",
    "clubs": "id INTEGER, club VARCHAR, role VARCHAR, since DATE, until DATE",
    "orders": "ordered_at TIMESTAMP, person_id INTEGER, payer_id INTEGER, kind VARCHAR, amount INTEGER",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    folder: Path = tmp_path_factory.mktemp("bridges")
    with duckdb.connect(str(folder / "bridges.duckdb")) as connection:
        for table, rows in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({TYPES[table]})")
            marks = ", ".join("?" for _ in rows[0])
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [list(row.values()) for row in rows])
    (folder / "metrics.yml").write_text(CATALOGUE, "utf-8")
    source = open_source(folder / "metrics.yml")
    yield source
    source.serve().engine.retire()


# The slow count


def list_tags(order: Row, key: str = "person_id") -> list[Row]:
    """The tags of an order's person, each with its group; none at all is one of which nothing is known."""
    names = {row["group_id"]: row["group_name"] for row in TABLES["groups"]}
    found = [row for row in TABLES["tags"] if row["id"] is not None and row["id"] == order[key]]
    return [{**row, "group_name": names.get(row["group_id"])} for row in found] or [
        dict.fromkeys(("tag", "source", "weight", "group_name"))
    ]


def list_fees(order: Row) -> list[tuple[Any, Any]]:
    """Each tag of an order's person with the fee that its group had on the order's day."""
    day = order["ordered_at"].date()

    def find(group: Any) -> Any:
        found = [row for row in TABLES["fees"] if row["group_id"] is not None and row["group_id"] == group]
        found = [row for row in found if (row["since"] or date.min) <= day < (row["until"] or date.max)]
        return found[0]["fee"] if found else None

    return [(row["tag"], find(row.get("group_id"))) for row in list_tags(order)]


def list_clubs(order: Row, now: bool = False, key: str = "person_id") -> list[Row]:
    """The clubs that an order's person is in on its day, or at the end of the as-of day."""
    day = AS_OF if now else order["ordered_at"].date()
    found = [row for row in TABLES["clubs"] if row["id"] is not None and row["id"] == order[key]]
    found = [row for row in found if (row["since"] or date.min) <= day < (row["until"] or date.max)]
    return found or [dict.fromkeys(("club", "role", "since"))]


SETS: dict[str, Callable[[Row], set[Any]]] = {
    "tag": lambda order: {row["tag"] for row in list_tags(order)},
    "tag,source": lambda order: {(row["tag"], row["source"]) for row in list_tags(order)},
    "group_name": lambda order: {row["group_name"] for row in list_tags(order)},
    "tag,group_name": lambda order: {(row["tag"], row["group_name"]) for row in list_tags(order)},
    "club": lambda order: {row["club"] for row in list_clubs(order)},
    "source": lambda order: {row["source"] for row in list_tags(order)},
    "role": lambda order: {row["role"] for row in list_clubs(order)},
    "club,role": lambda order: {(row["club"], row["role"]) for row in list_clubs(order)},
    "fee": lambda order: {fee for _, fee in list_fees(order)},
    "tag,fee": lambda order: set(list_fees(order)),
    "club,fee": lambda order: set(product(SETS["club"](order), SETS["fee"](order))),
    "club@now": lambda order: {row["club"] for row in list_clubs(order, now=True)},
    "tag,club": lambda order: set(product(SETS["tag"](order), SETS["club"](order))),
    "payer.tag": lambda order: {row["tag"] for row in list_tags(order, "payer_id")},
    "since.month": lambda order: {row["since"] and row["since"].replace(day=1) for row in list_clubs(order)},
}
METRICS: dict[str, Callable[[list[Row]], float | None]] = {
    "orders": lambda rows: len(rows) or None,
    "orders~unique": lambda rows: len({row["person_id"] for row in rows} - {None}) if rows else None,
    "amount": lambda rows: sum(row["amount"] for row in rows),
    "mean": lambda rows: sum(row["amount"] for row in rows) / len(rows) if rows else None,
    "largest": lambda rows: max((row["amount"] for row in rows if row["kind"] == "a"), default=None),
    "payers": lambda rows: len({row["payer_id"] for row in rows} - {None}) if rows else None,
}


def in_group(by: str, value: Any) -> list[Row]:
    return [order for order in TABLES["orders"] if value in SETS[by](order)]


def check(found: Row, rows: list[Row], names: Any = METRICS) -> None:
    for name in names:
        assert found[name] == pytest.approx(METRICS[name](rows)), (name, found)


@pytest.mark.parametrize("by", SETS)
def test_groups_and_totals(by: str, source: Source) -> None:
    """A row is in each group once, however many rows of the bridge lead there, and once in every total."""
    keys = by.split(",")
    answer = source.ask(f"metric={','.join(METRICS)}&by={by}&totals=all", AS_OF)
    wanted = {value for order in TABLES["orders"] for value in SETS[by](order)}
    values = [tuple(row[key] for key in keys) if len(keys) > 1 else row[by] for row in answer.rows()]
    assert set(values) == wanted
    assert len(values) == len(wanted)
    for row, value in zip(answer.rows(), values, strict=True):
        check(row, in_group(by, value))
    for total in answer.totals:
        row = dict(total)
        held = [key for key in keys if key in row]
        if not held:
            check(row, TABLES["orders"])
        elif held[0] in SETS:
            check(row, in_group(held[0], row[held[0]]))
    assert any(not set(keys) & set(total) for total in answer.totals)


@pytest.mark.parametrize("by", ["tag", "club", "club@now", "tag,source"])
def test_months_and_plain_keys_beside(by: str, source: Source) -> None:
    keys = by.split(",")
    for row in source.ask(f"metric=orders,payers&by=month,{by},kind", AS_OF).rows():
        value = tuple(row[key] for key in keys) if len(keys) > 1 else row[by]
        rows = [o for o in in_group(by, value) if o["kind"] == row["kind"]]
        rows = [o for o in rows if o["ordered_at"].date().replace(day=1) == row["month"]]
        check(row, rows, ["orders", "payers"])


FILTERS: dict[str, Callable[[Row], bool]] = {
    "tag=x": lambda order: "x" in SETS["tag"](order),
    "tag=!x": lambda order: "x" not in SETS["tag"](order),
    "tag=": lambda order: None in SETS["tag"](order),
    "tag=x,": lambda order: bool({"x", None} & SETS["tag"](order)),
    "tag=!": lambda order: None not in SETS["tag"](order),
    "tag=!x,": lambda order: not {"x", None} & SETS["tag"](order),
    "weight=2..": lambda order: any((row["weight"] or 0) >= 2 for row in list_tags(order)),
    "group_name=~G": lambda order: "g" in SETS["group_name"](order),
    "fee=low": lambda order: "low" in SETS["fee"](order),
    "fee=!low": lambda order: "low" not in SETS["fee"](order),
    "fee=": lambda order: None in SETS["fee"](order),
    "segment=cheap": lambda order: "low" in SETS["fee"](order),
    "club=c,d": lambda order: bool({"c", "d"} & SETS["club"](order)),
    "club=!c": lambda order: "c" not in SETS["club"](order),
    "club=": lambda order: None in SETS["club"](order),
    "club@now=c": lambda order: "c" in SETS["club@now"](order),
    "club@now=": lambda order: None in SETS["club@now"](order),
    "payer.tag=x&tag=!x": lambda order: "x" in SETS["payer.tag"](order) and "x" not in SETS["tag"](order),
    "role=chair&club=c": lambda order: (
        "c" in SETS["club"](order) and any(r["role"] == "chair" for r in list_clubs(order))
    ),
    "segment=heavy": lambda order: any((row["weight"] or 0) > 2 for row in list_tags(order)),
    "segment=chairs": lambda order: any(row["role"] == "chair" for row in list_clubs(order)),
    "segment=known": lambda order: any(row["group_name"] is not None for row in list_tags(order)),
    "segment=mine&segment.mine=tag%3D!x%26club%3Dc": lambda order: (
        "x" not in SETS["tag"](order) and "c" in SETS["club"](order)
    ),
}


@pytest.mark.parametrize("line", FILTERS)
def test_filters_mean_in_any_row(line: str, source: Source) -> None:
    """A negated one means in none of them named; alone, under a group of the same bridge, and beside another period."""
    kept = [order for order in TABLES["orders"] if FILTERS[line](order)]
    check(source.ask(f"metric={','.join(METRICS)}&{line}", AS_OF).rows()[0], kept)
    for row in source.ask(f"metric=orders&by=tag&{line}", AS_OF).rows():
        assert row["orders"] == sum(row["tag"] in SETS["tag"](order) for order in kept)
    compared = source.ask(f"metric=orders&{line}&period=2024-03-01..2024-03-20&compare=previous", AS_OF).rows()[0]
    before = [o for o in kept if date(2024, 2, 10) <= o["ordered_at"].date() < date(2024, 3, 1)]
    assert compared["orders@compare"] == (len(before) or None)


def test_segments_as_groups_and_reference_slices(source: Source) -> None:
    answer = source.ask("metric=orders,amount&by=segment&segment=chairs,heavy&totals=all", AS_OF)
    member = {"chairs": FILTERS["segment=chairs"], "heavy": FILTERS["segment=heavy"]}
    for row in answer.rows():
        check(row, [order for order in TABLES["orders"] if member[row["segment"]](order)], ["orders", "amount"])
    either = [order for order in TABLES["orders"] if any(belongs(order) for belongs in member.values())]
    check(dict(answer.totals[0]), either, ["orders", "amount"])
    for row in source.ask("metric=orders&by=kind&compare=tag:x", AS_OF).rows():
        rows = [o for o in in_group("tag", "x") if o["kind"] == row["kind"]]
        assert row["orders@compare"] == (len(rows) or None)


@pytest.mark.parametrize("by", ["tag", "club", "tag,source", "payer.tag", "fee"])
def test_other_holds_a_row_once(by: str, source: Source) -> None:
    """Other are the rows in at least one value beyond the top; a row may be in the top and in Other."""
    last = by.split(",")[-1]
    values = {value for order in TABLES["orders"] for value in SETS[last](order)}

    def hold(order: Row, kept: set[Any]) -> set[Any]:
        def name(value: Any) -> Any:
            return value if value in kept else "Other"

        if "," in by:
            return {(tag, name(value)) for tag, value in SETS[by](order)}
        return {name(value) for value in SETS[by](order)}

    sizes = {value: len(in_group(last, value)) for value in values}
    ranked = sorted(values, key=lambda v: (-sizes[v], v is None, v or ""))
    for count in (1, 2):
        kept = set(ranked[:count])
        answer = source.ask(f"metric=orders,payers&by={by}&top={count}:orders&totals=all", AS_OF)
        keys = by.split(",")
        found = {tuple(row[key] for key in keys) if len(keys) > 1 else row[by]: row for row in answer.rows()}
        assert set(found) == {value for order in TABLES["orders"] for value in hold(order, kept)}
        for value, row in found.items():
            check(row, [order for order in TABLES["orders"] if value in hold(order, kept)], ["orders", "payers"])
        check(dict(answer.totals[-1]), TABLES["orders"], ["orders", "payers"])


def test_shares_windows_and_the_bridge_itself(source: Source) -> None:
    """Shares are of all rows, each once; a rolling window counts rows once a group; a bridge's own rows are rows."""
    for row in source.ask("metric=orders~share&by=tag", AS_OF).rows():
        assert row["orders~share"] == pytest.approx(len(in_group("tag", row["tag"])) / len(TABLES["orders"]))
    for row in source.ask("metric=rolled&by=day,tag&period=2024-03-01..2024-03-10", AS_OF).rows():
        start = row["day"] - timedelta(days=6)
        rows = [o for o in in_group("tag", row["tag"]) if start <= o["ordered_at"].date() <= row["day"]]
        assert row["rolled"] == (len(rows) or None), row
    for row in source.ask("metric=tagged&by=tag", AS_OF).rows():
        assert row["tagged"] == len({r["id"] for r in TABLES["tags"] if r["tag"] == row["tag"]} - {None})


def test_a_bridge_never_changes_a_total(source: Source) -> None:
    """Whatever is asked beside it, the total is that of the rows."""
    for by in ("tag", "club", "tag,club", "group_name,source,role", "payer.club,tag"):
        total = source.ask(f"metric=orders,amount,payers&by={by}&totals=all", AS_OF).totals[-1]
        assert dict(total) == source.ask("metric=orders,amount,payers", AS_OF).rows()[0]


def test_a_role_is_joined_beside_its_bridge(source: Source) -> None:
    """By a payer's tags and with a payer's town, there are two joins called payer."""
    lyonnais = {row["id"] for row in TABLES["people"] if row["town"] == "L"}
    for row in source.ask("metric=orders&by=payer.tag&payer.town=L", AS_OF).rows():
        rows = [order for order in in_group("payer.tag", row["payer.tag"]) if order["payer_id"] in lyonnais]
        assert row["orders"] == len(rows)


def test_days_find_memberships_that_have_always_held(tmp_path: Path) -> None:
    """What began before all data, and what never ends, holds on a day, also where it's known to the second."""
    likes = LIKES.replace("multi: true", "multi: true, valid: [since, until]")
    catalogue = spoil("\nsegments:", f"{likes}\n\nsegments:", "currency:", "stored_in: UTC\ncurrency:")
    likes = "contact_id,like,since,until\n1,tea,,\n1,rum,,2024-02-01 10:00:00\n2,tea,2024-01-20 09:00:00,\n"
    source = open_source(write_corner_shop(tmp_path, catalogue, likes=likes))
    found = [tuple(row.values()) for row in source.ask("metric=orders&by=like").rows()]
    assert found == [("rum", 1), ("tea", 3), (None, 1)]


def test_a_condition_reads_one_row(tmp_path: Path) -> None:
    """SQL of the catalogue has one value of each name for a row; a bridge has several."""
    write_corner_shop(tmp_path, spoil("\nsegments:", f"{LIKES}\n\nsegments:"), likes="contact_id,like\n1,tea\n1,rum\n")
    assert open_source(tmp_path / "metrics.yml").ask("metric=orders&like=tea").rows() == [{"orders": 2}]
    wrong = spoil(
        "\nsegments:",
        f"{LIKES}\n\nsegments:",
        "where: \"channel = 'web'\", share_of",
        "where: \"contact.like = 'tea'\", share_of",
    )
    (tmp_path / "metrics.yml").write_text(wrong, "utf-8")
    with pytest.raises(Refused) as refused:
        open_source(tmp_path / "metrics.yml")
    assert str(refused.value) == (
        "metrics.yml:36: metrics.web_orders.where: contact.like passes likes, of which a row has several. "
        "Segments of: likes, and by= and filters of the line, may"
    )


@pytest.mark.parametrize("by", SETS)
def test_who_is_new_is_new_in_each_group(by: str, source: Source) -> None:
    """A newcomer counts in each group of the rows of the period, and in the total once."""
    keys = by.split(",")
    start, stop = date(2024, 2, 10), date(2024, 3, 10)
    first: dict[Any, date] = {}
    for order in TABLES["orders"]:
        day = order["ordered_at"].date()
        first[order["person_id"]] = min(first.get(order["person_id"], day), day)
    asked = [order for order in TABLES["orders"] if start <= order["ordered_at"].date() <= stop]
    rows = [order for order in asked if order["person_id"] is not None and first[order["person_id"]] >= start]
    answer = source.ask(f"metric=firsts&by={by}&period={start}..{stop}&totals=all", AS_OF)
    found = {tuple(row[key] for key in keys) if len(keys) > 1 else row[by]: row["firsts"] for row in answer.rows()}
    wanted = {value: {o["person_id"] for o in rows if value in SETS[by](o)} for o in rows for value in SETS[by](o)}
    assert found == {value: len(people) for value, people in wanted.items()}
    assert answer.totals[-1]["firsts"] == len({order["person_id"] for order in rows})
    assert 0 < len(rows) < len(asked)


@pytest.mark.parametrize("by", ["tag", "club", "club@now", "fee", "tag,fee", "tag,club", "payer.tag", "since.month"])
def test_a_conversion_counts_in_each_group_of_its_first_row(by: str, source: Source) -> None:
    """Who orders b within a week of ordering a: of the groups of the first order, and of the total once."""
    keys = by.split(",")
    starts = [order for order in TABLES["orders"] if order["kind"] == "a" and order["person_id"] is not None]

    def is_back(start: Row) -> bool:
        days = timedelta(days=7)
        others = [o for o in TABLES["orders"] if o["kind"] == "b" and o["person_id"] == start["person_id"]]
        return any(start["ordered_at"] <= o["ordered_at"] <= start["ordered_at"] + days for o in others)

    def count(rows: list[Row]) -> tuple[float, int]:
        people = {row["person_id"] for row in rows}
        back = {row["person_id"] for row in rows if is_back(row)}
        return len(back) / len(people), sum(map(is_back, rows))

    answer = source.ask(f"metric=again,rows_again&by={by}&totals=all", AS_OF)
    wanted = {value: [o for o in starts if value in SETS[by](o)] for start in starts for value in SETS[by](start)}
    for row in answer.rows():
        value = tuple(row[key] for key in keys) if len(keys) > 1 else row[by]
        if rows := wanted.pop(value, []):
            assert (row["again"], row["rows_again"]) == count(rows), row
        else:  # rows of nobody known only
            assert (row["again"], row["rows_again"]) == (None, 0), row
    assert not wanted
    total = answer.totals[-1]
    assert (total["again"], total["rows_again"]) == count(starts)


def test_rows_stand_under_each_value(source: Source) -> None:
    """Those behind a cell are those of its group, whichever of its rows of the bridge leads there."""
    found = source.ask("metric=orders&by=tag,club&rows=1000", AS_OF).rows()
    wanted = [
        (order["ordered_at"], order["amount"], *values)
        for order in TABLES["orders"]
        for values in SETS["tag,club"](order)
    ]
    shown = [(row["ordered_at"], row["amount"], row["tag"], row["club"]) for row in found]
    assert sorted(shown, key=str) == sorted(wanted, key=str)
    assert len(source.ask("metric=orders&tag=x&rows=1000", AS_OF).rows()) == len(in_group("tag", "x"))
