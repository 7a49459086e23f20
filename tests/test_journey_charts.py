"""Charts of journeys: funnels, cohorts, flows and overlaps; what they draw, say, and when they are offered."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
import pytest

from tests.test_charts import ROWS
from widgets.charts import (
    KINDS,
    Answered,
    ChartConfig,
    Field,
    Locale,
    build_spec,
    describe_chart,
    fit_config,
    list_kinds,
    refuse_kinds,
    shape_table,
    split_config,
)
from widgets.charts.sankey import spread_labels

ROOT = Path(__file__).parent.parent
STEP, CHANNEL = Field("step", "Step"), Field("channel", "Channel")
COUNT, LOST = Field("count", "Count", "number", "number"), Field("lost", "Lost on the way", "number", "number")
RATE = Field("rate", "Of the first step", "number", "percent")
STEP_RATE = Field("step_rate", "Of the step before", "number", "percent")
DAYS = Field("median_days", "Days since", "number", "days", "days")
FUNNEL = ChartConfig("funnel", STEP, (COUNT, RATE, STEP_RATE, DAYS, LOST))
COHORT, AGE = Field("cohort", "Cohort", "time", grain="month"), Field("age", "Months later", "number")
SIZE, BACK = Field("size", "Size of the cohort", "number", "number"), replace(RATE, label="Came back")
GRID = ChartConfig("retention", COHORT, (COUNT, SIZE, BACK), AGE, open_column="@open")
FROM, TO, SHARE = Field("from", "From"), Field("to", "To"), Field("share", "Share", "number", "percent")
FLOW = ChartConfig("flow", FROM, (COUNT, SHARE), TO)
SETS = ChartConfig("upset", Field("segments", "In exactly these"), (COUNT,))

INVITED = pa.table(
    {
        "step": ["Invited", "Used it", "Paid"],
        "count": [210, 105, 34],
        "rate": [1, 0.5, 34 / 210],
        "step_rate": [None, 0.5, 34 / 105],
        "median_days": [None, 6.8, 6.5],
        "lost": [None, 105, 71],
    }
)
BY_CHANNEL = pa.table(
    {
        "channel": ["mail", "sms"] * 2,
        "step": ["Sent", "Sent", "Read", "Read"],
        "count": [100, 0, 40, 0],
        "rate": [1, None, 0.4, None],
        "step_rate": [None, None, 0.4, None],
        "median_days": pa.nulls(4, pa.float64()),
        "lost": [None, None, 60, 0],
    }
)
COHORTS = pa.table(
    {
        "cohort": [date(2024, 2, 1), date(2024, 1, 1), date(2024, 1, 1)],
        "age": [0, 0, 1],
        "count": [5, 8, 4],
        "size": [10, 10, 10],
        "rate": [0.5, 0.8, 0.4],
        "@open": [True, False, True],
    }
)
MOVES = pa.table(
    {
        "from": ["Active", "Active", "Gone", "joined", "Gone"],
        "to": ["Active", "Gone", "Active", "Active", "left"],
        "count": [80, 20, 5, 7, 3],
        "share": [0.8, 0.2, 0.5, 1.0, 0.3],
        "@joined": [False, False, False, True, False],
        "@left": [False, False, False, False, True],
    }
)
MEMBERS = pa.table({"@members": [[], ["a"], ["a", "b"], ["b"]], "count": [9, 5, 3, 1], "segments": ["", "", "", ""]})
PAIRS = pa.table({"@members": [["a"], ["a", "b"], ["b"]], "count": [8, 3, 4], "segments": ["", "", ""]})
TABLES = {
    FUNNEL: INVITED,
    replace(FUNNEL, facet=CHANNEL): BY_CHANNEL,
    GRID: COHORTS,
    FLOW: MOVES,
    replace(FLOW, kind="net"): MOVES,
    replace(FLOW, kind="sankey"): MOVES,
    SETS: MEMBERS,
    replace(SETS, kind="pairs"): PAIRS,
}


def list_configs() -> Iterator[tuple[ChartConfig, pa.Table]]:
    """Give every picture of a journey, in each language."""
    locales: tuple[Locale, ...] = ("en", "pt", "ru")
    for config, table in TABLES.items():
        for locale in locales:
            yield fit_config(table, replace(config, locale=locale)), table


def read_rows(table: pa.Table, config: ChartConfig, *names: str) -> list[tuple[Any, ...]]:
    shaped = shape_table(table, fit_config(table, config))
    return list(zip(*(shaped.column(name).to_pylist() for name in names), strict=True))


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(child)


# Specs


def test_specs_are_valid_and_name_only_columns_of_their_table() -> None:
    for config, table in list_configs():
        spec = build_spec(config)
        alt.Chart.from_dict(spec)  # raises, and names the wrong part
        read = {node["field"] for node in walk(spec) if "field" in node}
        assert read <= set(shape_table(table, config).column_names), config
        assert spec["data"] == {"name": "source"}


def test_specs_are_the_same_bytes_in_another_process() -> None:
    program = (
        "import hashlib, json, sys\n"
        "sys.path[:0] = ['.', 'tests']\n"
        "from test_journey_charts import build_spec, list_configs\n"
        "texts = [json.dumps(build_spec(config)) for config, _ in list_configs()]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())\n"
    )
    texts = [json.dumps(build_spec(config)) for config, _ in list_configs()]
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == hashlib.sha256("".join(texts).encode()).hexdigest()


def test_numbers_of_a_journey_stay_in_one_picture() -> None:
    for config in TABLES:
        assert split_config(config) == (config,)


@pytest.mark.parametrize("config", TABLES, ids=lambda config: config.kind)
def test_no_row_and_one_row_are_drawn(config: ChartConfig) -> None:
    for count in (0, 1):
        table = TABLES[config].slice(0, count)
        fitted = fit_config(table, config)
        assert shape_table(table, fitted).num_rows >= count
        assert describe_chart(table, fitted)
        build_spec(fitted)


# Funnels


def test_funnel_tells_what_went_on_and_what_was_lost() -> None:
    assert read_rows(INVITED, FUNNEL, "category", "value", "label", "between") == [
        ("Invited", 210, "210 · 100.0%", "↓ 50.0% went on · 105 lost"),
        ("Used it", 105, "105 · 50.0%", "↓ 32.4% went on · 71 lost"),
        ("Paid", 34, "34 · 16.2%", None),
    ]
    assert read_rows(INVITED, FUNNEL, "step_rate_text", "median_days_text")[1] == ("50.00%", "6.8\u00a0days")


def test_groups_of_a_funnel_are_drawn_by_their_shares() -> None:
    config = replace(FUNNEL, facet=CHANNEL)
    rows = read_rows(BY_CHANNEL, config, "category", "series", "value", "label", "top")
    assert [row[:4] for row in rows] == [
        ("Sent", "mail", 1, "100 · 100.0%"),
        ("Sent", "sms", 0, "0 · –"),
        ("Read", "mail", 0.4, "40 · 40.0%"),
        ("Read", "sms", 0, "0 · –"),
    ]
    assert rows[1][4] > rows[0][4]
    assert fit_config(BY_CHANNEL, config).height > max(row[4] for row in rows)


# Cohorts


def test_retention_begins_with_the_size_and_ends_where_nothing_is_known() -> None:
    rows = read_rows(COHORTS, GRID, "category", "series", "text", "shade", "open")
    assert rows == [
        ("Jan 2024", "Size", "10", None, False),
        ("Jan 2024", "0", "80.0%", 0.8, False),
        ("Jan 2024", "1", "40.0%", 0.4, True),
        ("Feb 2024", "Size", "10", None, False),
        ("Feb 2024", "0", "50.0%", 0.5, True),
    ]


# Flows


def test_flow_mutes_who_stayed_and_keeps_joiners_apart_from_a_state_of_that_name() -> None:
    rows = read_rows(MOVES, FLOW, "category", "series", "text", "muted")
    assert rows == [
        ("Active", "Active", "80.0%", True),
        ("Active", "Gone", "20.0%", False),
        ("Active", "Net", "−8", False),
        ("Gone", "Active", "50.0%", False),
        ("Gone", "Not there after", "30.0%", False),
        ("Gone", "Net", "+12", False),
        ("Not there before", "Active", "7", False),
    ]
    named = MOVES.set_column(0, "from", pa.array(["Net"] * 5))
    assert [column for _, column in read_rows(named, FLOW, "category", "series")].count("Net (2)") == 3


def test_net_flow_is_what_came_less_what_went() -> None:
    rows = read_rows(MOVES, replace(FLOW, kind="net"), "category", "value", "label", "came", "went")
    assert rows == [("Active", -8, "−8", "12", "20"), ("Gone", 12, "+12", "20", "8")]


def test_ribbons_fill_the_states_at_both_ends() -> None:
    """As thick as there are moves: what leaves a state is as high as it, and so is what comes to one."""
    config = fit_config(MOVES, replace(FLOW, kind="sankey"))
    rows = read_rows(MOVES, config, "part", "link", "x", "low", "high", "from_text", "to_text", "label")
    for end, side, name in (("left", 0.0, 5), ("right", 1.0, 6)):
        states = {row[7].rpartition("\n")[0]: row[4] - row[3] for row in rows if row[0] == end}
        thick = dict.fromkeys(states, 0.0)
        for row in rows:
            if row[0] in ("moved", "stayed", "thin") and row[2] == side:
                thick[row[name]] += row[4] - row[3]
        assert thick == pytest.approx(states)
    assert [row[7] for row in rows if row[0] == "left"] == ["Active\n100", "Gone\n8", "Not there before\n7"]
    assert max(row[4] for row in rows) <= config.height + 1e-9


def test_small_flows_are_told_as_others() -> None:
    many = MOVES.set_column(2, "count", pa.array([8000, 200, 5, 70, 30]))
    config = replace(FLOW, kind="sankey")
    assert {row[1:] for row in read_rows(many, config, "part", "from_text", "to_text") if row[0] == "thin"} == {
        ("Gone", "Active"),
        ("Not there before", "Active"),
        ("Gone", "Not there after"),
    }
    assert describe_chart(many, config).endswith("; 3 other flows of less than 1% each, 105 in all.")


def test_labels_beside_ribbons_never_cover_each_other() -> None:
    places = spread_labels(np.array([10.0, 12.0, 14.0, 290.0]), np.array([30.0, 44.0, 30.0, 30.0]), 0.0, 300.0)
    assert places.tolist() == [15.0, 52.0, 89.0, 285.0]


def test_ribbons_are_offered_for_a_few_states() -> None:
    known = Answered((FROM, TO), (COUNT,), 20, (7, 7), journey="flow")
    assert "sankey" in list_kinds(known)
    assert list_kinds(known)[0] == "flow"
    assert refuse_kinds(replace(known, sizes=(8, 7)))["sankey"] == "8 states are too many"


# Overlaps


def test_upset_has_a_bar_an_intersection_and_a_name_a_set() -> None:
    rows = read_rows(MEMBERS, SETS, "part", "column", "sets", "label")
    assert [row[1:] for row in rows if row[0] == "bar"] == [
        (0, "none of these", "9"),
        (1, "a", "5"),
        (2, "a, b", "3"),
        (3, "b", "1"),
    ]
    assert [row[2:] for row in rows if row[0] == "set"] == [("a", "8"), ("b", "4")]
    assert [row[1] for row in rows if row[0] == "dot"] == [1, 2, 2, 3]
    assert [row[1] for row in rows if row[0] == "link"] == [2]


def test_upset_shows_the_twenty_biggest_and_counts_sets_over_all() -> None:
    table = pa.table({"@members": [[f"s{row}", "all"] for row in range(25)], "count": list(range(25, 0, -1))})
    rows = read_rows(table, SETS, "part", "sets", "label")
    assert sum(row[0] == "bar" for row in rows) == 20
    assert ("set", "all", "325") in rows
    assert describe_chart(table, SETS).startswith(
        "Overlap of 21 sets, the 20 biggest of 25 intersections: 25 in exactly"
    )


def test_pairs_are_shares_of_the_row() -> None:
    rows = read_rows(PAIRS, replace(SETS, kind="pairs"), "category", "series", "text")
    assert rows == [
        ("a", "Size", "8"),
        ("a", "a", ""),
        ("a", "b", "37.5%"),
        ("b", "Size", "4"),
        ("b", "a", "75.0%"),
        ("b", "b", ""),
    ]


def test_long_names_stand_on_two_lines() -> None:
    table = pa.table({"@members": [["Acquired by paid channels"]], "count": [1]})
    assert ("set", "Acquired by\npaid channels") in read_rows(table, SETS, "part", "sets")


# Sentences and offers


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (FUNNEL, "Funnel of 3 steps, Invited to Paid: 210 to 34, 16.2% of the first step; most are lost before Used "
         "it: 105, 50.0%."),
        (replace(FUNNEL, facet=CHANNEL), "Funnel of 2 steps, Sent to Read, by channel: mail 100 to 40, 40.0% of the "
         "first step; sms 0 to 0, – of the first step."),
        (GRID, "2 cohorts, Jan 2024 to Feb 2024: came back, by months later: 80.0% at 0 (1 cohort)."),
        (FLOW, "Moves between 2 states: 35 moved; most 20 Active to Gone, 7 nowhere to Active; net Gone +12, "
         "Active −8."),
        (SETS, "Overlap of 2 sets, 4 intersections: 9 in none of these; 5 in exactly a; 3 in exactly a and b; biggest "
         "set a, 8."),
        (replace(SETS, kind="pairs"), "Overlap by twos of 2 sets: the biggest is a, 8; most of one is in another for "
         "b: 75.0% are in a, too."),
    ],
)  # fmt: skip
def test_describe(config: ChartConfig, sentence: str) -> None:
    assert describe_chart(TABLES[config], config) == sentence


@pytest.mark.parametrize(
    ("journey", "keys", "sizes", "kinds"),
    [
        ("funnel", (STEP,), (3,), "funnel bar table"),
        ("funnel", (CHANNEL, STEP), (4, 3), "funnel bar table"),
        ("funnel", (CHANNEL, STEP), (7, 3), "bar table"),
        ("cohort", (COHORT, AGE), (3, 3), "retention table"),
        ("cohort", (CHANNEL, COHORT, AGE), (2, 3, 3), "table"),
        ("flow", (FROM, TO), (3, 3), "flow sankey net table"),
        ("flow", (FROM, TO), (17, 3), "table"),
        ("overlap", (STEP,), (8,), "upset bar table"),
        ("overlap", (CHANNEL, STEP), (2, 8), "bar table"),
        ("pairs", (STEP,), (8,), "pairs table"),
        ("", (STEP,), (3,), "bar table"),
    ],
)
def test_offered(journey: str, keys: tuple[Field, ...], sizes: tuple[int, ...], kinds: str) -> None:
    offered = list_kinds(Answered(keys, (COUNT,), 12, sizes, journey))
    assert (offered[0], set(offered) - ROWS) == (kinds.split()[0], set(kinds.split()))


@pytest.mark.parametrize(
    ("answered", "kind", "reason"),
    [
        (Answered((STEP,), (COUNT,), 3), "funnel", "it takes a funnel"),
        (Answered((CHANNEL, STEP), (COUNT,), 21, (7, 3), "funnel"), "funnel", "7 groups are too many"),
        (Answered((CHANNEL, COHORT, AGE), (COUNT,), 9, (1, 3, 3), "cohort"), "retention",
         "a grid holds one group: a filter would pick it"),
        (Answered((FROM, TO), (COUNT,), 9, (3, 3), "flow"), "heat", "a journey has a picture of its own"),
        (Answered((FROM, TO), (COUNT,), 9, (3, 3), "flow", limited=True), "flow",
         "the line limits the rows, and what is left out would be missing"),
        (Answered((STEP,), (COUNT,), 0, (0,), "overlap"), "upset", "there is no row"),
    ],
)  # fmt: skip
def test_reasons(answered: Answered, kind: str, reason: str) -> None:
    assert refuse_kinds(answered)[kind] == reason
    assert kind not in list_kinds(answered)


def test_every_kind_is_offered_or_has_a_reason() -> None:
    answered = Answered((FROM, TO), (COUNT,), 9, (3, 3), "flow")
    assert {*list_kinds(answered), *refuse_kinds(answered)} == set(KINDS)
