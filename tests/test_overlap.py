"""Overlaps: the sets of seventy segments are those of a plain count, and the laws between sets and pairs."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import duckdb
import pytest

from semantic import Source, open_source

SEGMENTS = 70  # more than the bits of a number
PEOPLE = 400


def belongs(place: int, value: int | None) -> bool:
    """Whether somebody of that value is in the segment of that place; of no value, in none."""
    return value is not None and value % (place + 2) == place % 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Source, list[tuple[str | None, int | None]]]]:
    """People with a town and a value, and segments of their values."""
    folder, random = tmp_path_factory.mktemp("overlap"), Random(7)
    people = [
        (random.choice(["Lyon", "Riga", None]), None if random.random() < 0.1 else random.randrange(90))
        for _ in range(PEOPLE)
    ]
    with duckdb.connect(str(folder / "world.duckdb")) as connection:
        connection.execute("CREATE TABLE people (person_id INTEGER, town VARCHAR, value INTEGER)")
        rows = [[key, town, value] for key, (town, value) in enumerate(people)]
        connection.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    segments = "".join(
        f"  s{place:02}: {{of: people, where: value % {place + 2} = {place % 3}}}\n" for place in range(SEGMENTS)
    )
    (folder / "metrics.yml").write_text(
        "database: world.duckdb\n"
        "views:\n  people: {table: people, key: {person: person_id}, dimensions: {town: Town}}\n"
        f"metrics:\n  people: {{view: people, sql: count(*)}}\nsegments:\n{segments}",
        "utf-8",
    )
    source = open_source(folder / "metrics.yml")
    yield source, people
    source.serve().engine.retire()


def list_segments(value: int | None) -> tuple[str, ...]:
    return tuple(f"s{place:02}" for place in range(SEGMENTS) if belongs(place, value))


def test_sets_are_those_of_a_plain_count(world: tuple[Source, list[tuple[str | None, int | None]]]) -> None:
    """Each person counts once, in exactly the segments that it is in, also beyond the bits of one number."""
    source, people = world
    rows = source.ask("overlap=all&by=town").rows()
    found = {(row["town"], tuple(row["segments"])): row["count"] for row in rows}
    assert found == Counter((town, list_segments(value)) for town, value in people)
    assert len(found) == len(rows)


def test_pairs_are_those_of_a_plain_count(world: tuple[Source, list[tuple[str | None, int | None]]]) -> None:
    """A pair is as big as all sets that hold both together, and no smaller than its own set."""
    source, people = world
    rows = source.ask("overlap=all:pairs").rows()
    expected = Counter(
        (one, other)
        for _, value in people
        for one in list_segments(value)
        for other in list_segments(value)
        if one <= other
    )
    assert {(row["segments"][0], row["segments"][-1]): row["count"] for row in rows} == expected
    sets = {tuple(row["segments"]): row["count"] for row in source.ask("overlap=all").rows()}
    assert all(expected[key] >= count for key, count in sets.items() if len(key) == 2)
    assert sum(sets.values()) == PEOPLE


def test_sizes_are_those_of_the_segments(world: tuple[Source, list[tuple[str | None, int | None]]]) -> None:
    """A segment alone is as big as the metric of its rows."""
    source, _ = world
    pairs = source.ask("overlap=all:pairs&town=Lyon").rows()
    alone = {row["segments"][0]: row["count"] for row in pairs if len(row["segments"]) == 1}
    asked = source.ask("metric=people&by=segment&town=Lyon").rows()
    assert alone == {row["segment"]: row["people"] for row in asked if row["people"]}


def test_a_list_is_written_as_json(world: tuple[Source, list[tuple[str | None, int | None]]]) -> None:
    """In the JSON of the command line it is a list; in CSV, where a name could hold a comma, it is JSON too."""
    answer = world[0].ask("overlap=s00,s01:pairs&limit=2")
    assert [row["segments"] for row in answer.to_json()["rows"]] == [["s00"], ["s00", "s01"]]
    assert answer.to_csv().splitlines()[2].startswith('"[""s00"", ""s01""]",')
