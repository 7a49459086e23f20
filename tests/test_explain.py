"""`explain` and "Explain this number": the plan in words, and formulas with their values."""

from datetime import date
from pathlib import Path

import pytest

from semantic.errors import Refused
from semantic.explain import explain_question, fill_formula, list_formula_parts
from semantic.source import Source, open_source
from tests.corner_shop import CATALOGUE, spoil, write_corner_shop

COHORTS = "cohorts:\n  again: {start: orders, return: web_orders, by: contact, grain: week}\n"
STAGES = """\
  stages:
    file: stages.csv
    key: {contact: contact_id}
    valid: [since, until]
    dimensions: {stage: Stage}
segments:"""
LABELS = "basket: {sql: revenue / orders, label: {en: Basket, de: Warenkorb}}"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    text = spoil(
        "basket: {sql: revenue / orders}", LABELS, "revenue: {", "revenue: {fill: 0, label: {en: Revenue, de: Umsatz}, "
    )
    text = text.replace("segments:", STAGES, 1)
    (tmp_path / "stages.csv").write_text(
        "contact_id,stage,since,until\n1,new,2024-01-01,2024-03-01\n", encoding="utf-8"
    )
    return open_source(write_corner_shop(tmp_path, text + COHORTS))


def explain(source: Source, line: str) -> list[str]:
    return explain_question(source.serve().catalogue, source.compile(line, date(2024, 2, 10)))


PLANS: dict[str, str] = {
    "overlap=northern:pairs&region=north&by=region": """
        No period is asked, so all days count.
        What is counted is each contact of contacts, where region is north.
        The segments are northern.
        count is how many are in a segment, or in both of two, whatever else they are in.
        They are counted in each group of region.
        Rows are in the order of region and segments, NULL last.
    """,
    "metric=orders~rolling7d&by=month&channel=web&weekday=1&period=2024-01-01..2024-02-03": """
        The period is 2024-01-01 to 2024-02-03 (34 days).
        For orders~rolling7d, the rows of orders are read whose ordered_on is 2023-12-26 to 2024-02-03 (40 days),
            where channel is web.
        Each day from 2024-01-01 to 2024-02-03 that weekday keeps has a window of 7 days, itself included;
            a month shows that of its last day.
        They are aggregated in each group of month: orders~rolling7d is count(*).
        The time axis runs over 2024-01-01 to 2024-02-03 (34 days) by month:
            every group has every period of it, with or without rows.
        Rows are in the order of month, NULL last.
    """,
    "metric=orders~mtd&by=week&totals=all": """
        No period is asked, so all days count.
        For orders~mtd, the rows of orders are read whose ordered_on is 2024-01-01 to 2024-02-10 (41 days).
        Each day from 2024-01-01 to 2024-02-04 has a running total, which begins anew with each month;
            a week shows that of its last day. The total of all periods is that of 2024-02-10, as without a time axis.
        They are aggregated in each group of week: orders~mtd is count(*).
        The time axis runs over 2024-01-01 to 2024-02-04 (35 days) by week:
            every group has every period of it, with or without rows.
        Totals for everything are recomputed from rows, before limit.
        Rows are in the order of week, NULL last.
    """,
    "flow=stage&period=2024-01-01..2024-01-31&by=city": """
        The period is 2024-01-01 to 2024-01-31 (31 days).
        Each contact has its stage (of stages) at the start of 2024-01-01 and at the end of 2024-01-31.
        Who has a state after and none before has joined, the other way round has left; who has none isn't counted.
        count is how many went from the one to the other, and share is their share of those who came from there.
        They are counted in each group of city.
        Rows are in the order of city, from and to, NULL last.
    """,
    "flow=stage:orders:7d&limit=5": """
        No period is asked, so all days count.
        Each row of orders (of orders) counts up to 2024-02-03: 7 days later is known of it.
        Its contact has its stage (of stages) at the row's own time, and 7 days later.
        Who has a state after and none before has joined, the other way round has left; who has none isn't counted.
        count is how many went from the one to the other, and share is their share of those who came from there.
        Rows are in the order of from and to, NULL last.
        The first 5 are shown.
    """,
    "cohort=again&by=channel&gift=true&segment=northern&totals=all": """
        No period is asked, so all days count.
        Each contact starts with its first row of orders (rows of orders) in all history, whatever is filtered.
        It belongs to the cohort of the week of that row, if that lies in the period,
            if of that row gift is true and it is in the segment northern.
        channel is that of that row.
        count is how many of a cohort have a row of web_orders (rows of orders) in that age,
            at the start's own time or later.
        Ages are whole weeks from 0, that of the start.
        size is how many started, and rate is count / size; of fewer than 30 it is marked.
        Rows are known up to 2024-02-04: an age that begins later isn't there, and one that isn't over is marked.
        Where a total holds several cohorts, it holds those whose age is over.
        Totals for each channel, each cohort and everything are recomputed from rows, before limit.
        Rows are in the order of channel, cohort and age, NULL last.
    """,
    "metric=orders": """
        No period is asked, so all days count.
        For orders, all rows of orders are read.
        They are aggregated over all of them: orders is count(*).
    """,
    "metric=web_orders,orders&by=channel&order=-orders&limit=3": """
        No period is asked, so all days count.
        For web_orders and orders, all rows of orders are read.
        They are aggregated in each group of channel:
            web_orders is count(*) of those where channel = 'web' and orders is count(*).
        Rows are in the order of orders downwards and channel, NULL last.
        The first 3 are shown.
    """,
    "metric=orders&by=giver.city&segment=northern&amount=!5..20,&gift=true&channel=~w&ordered_on=..2024-01-31": """
        No period is asked, so all days count.
        For orders, the rows of orders are read,
            where amount is not 5 to 20 or unknown, channel is a text with w in it, gift is true,
            ordered_on is up to 2024-01-31 and they are in the segment northern.
        To each of them is joined contacts as giver by giver_id of orders and contacts by contact_id of orders.
        They are aggregated in each group of giver.city: orders is count(*).
        Rows are in the order of giver.city, NULL last.
    """,
    "metric=basket&period=this-month&compare=previous": """
        The period is 2024-02-01 to 2024-02-10 (10 days):
            of 2024-02-01 to 2024-02-29 (29 days) that is what has elapsed on 2024-02-10.
        For revenue and orders, the rows of orders are read whose ordered_on is 2024-02-01 to 2024-02-10 (10 days).
        They are aggregated over all of them: revenue is sum(amount) and orders is count(*).
        For revenue (compare) and orders (compare),
            the rows of orders are read whose ordered_on is 2024-01-01 to 2024-01-10 (10 days).
        They are aggregated over all of them: revenue (compare) is sum(amount) and orders (compare) is count(*).
        Each of these periods is set beside the one that begins 1 month later.
        The 2 results are aggregated apart. They become one row; a group is there where one has rows.
        revenue is 0 where it has no rows.
        basket is the formula revenue / orders, taken of the aggregates; a division by 0 is NULL.
        basket@compare is the same, from the rows of 2024-01-01 to 2024-01-10 (10 days).
        basket@change is basket / basket@compare - 1.
    """,
    "metric=orders&by=channel&compare=channel:web": """
        No period is asked, so all days count.
        For orders, all rows of orders are read.
        They are aggregated in each group of channel: orders is count(*).
        For orders (compare), the rows of orders are read, where channel is web.
        They are aggregated over all of them: orders (compare) is count(*).
        The 2 results are aggregated apart.
            Those of the same channel become one row; a group is there where one has rows.
        orders@compare is the same, from the rows where channel is web.
        orders@change is orders / orders@compare - 1.
        Rows are in the order of channel, NULL last.
    """,
    "metric=orders&by=month,city&top=1&totals=all": """
        No period is asked, so all days count.
        For orders, the rows of orders are read whose ordered_on is up to 2024-02-10.
        To each of them is joined contacts by contact_id of orders.
        They are aggregated in each group of month and city: orders is count(*).
        The time axis runs over 2024-01-01 to 2024-02-10 (41 days) by month:
            every group has every period of it, with or without rows.
        Over the period, the 1 value of city with the highest orders is kept.
        The others become Other, recomputed from their rows.
        Totals for each month, each city and everything are recomputed from rows, before limit.
        Rows are in the order of month and city, NULL last.
    """,
    "metric=web_orders~rate,orders~share(channel),orders~yoy(delta)&by=month,channel&period=2024-01-01..2024-01-31": """
        The period is 2024-01-01 to 2024-01-31 (31 days).
        For web_orders and orders, the rows of orders are read whose ordered_on is 2024-01-01 to 2024-01-31 (31 days).
        They are aggregated in each group of month and channel:
            web_orders is count(*) of those where channel = 'web' and orders is count(*).
        For orders (yoy), the rows of orders are read whose ordered_on is 2023-01-01 to 2023-01-31 (31 days).
        They are aggregated in each group of month and channel: orders (yoy) is count(*).
        Each of these periods is set beside the one that begins 1 year later.
        The 2 results are aggregated apart.
            Those of the same month and channel become one row; a group is there where one has rows.
        The time axis runs over 2024-01-01 to 2024-01-31 (31 days) by month:
            every group has every period of it, with or without rows.
        web_orders~rate is web_orders divided by orders.
        orders~share(channel) is the share of its channel, which is recomputed from rows, before top and limit.
        orders~yoy(delta) is orders - orders (yoy).
        Rows are in the order of month and channel, NULL last.
    """,
}


@pytest.mark.parametrize("line", PLANS)
def test_plan_in_words(line: str, source: Source) -> None:
    """One sentence a step, in the order of the steps."""
    told = PLANS[line].strip().replace("\n            ", " ").splitlines()
    assert explain(source, line) == [sentence.strip() for sentence in told]


def test_parts_of_a_formula_are_the_metrics_in_it(source: Source) -> None:
    catalogue = source.serve().catalogue
    assert list_formula_parts(catalogue, "basket") == ("revenue", "orders")
    assert list_formula_parts(catalogue, "revenue") == ()


FILLED: list[tuple[str, dict[str, object], str | None, str]] = [
    (
        "basket",
        {"revenue": 4000, "orders": 160, "basket": 25.0},
        None,
        "basket = revenue / orders = 4,000 / 160 = 25.0",
    ),
    (
        "basket",
        {"revenue": 4000, "orders": 160, "basket": 25.0},
        "en",
        "Basket = Revenue / orders = 4,000 / 160 = 25.0",
    ),
    (
        "basket",
        {"revenue": 4000, "orders": 160, "basket": 25.0},
        "de",
        "Warenkorb = Umsatz / orders = 4,000 / 160 = 25.0",
    ),
    ("basket", {"revenue": -5, "orders": None, "basket": None}, None, "basket = revenue / orders = (-5) / – = –"),
    ("revenue", {"revenue": 4000}, None, "revenue = sum(amount) = 4,000"),
]


@pytest.mark.parametrize(("name", "values", "language", "told"), FILLED, ids=[row[3] for row in FILLED])
def test_formula_with_its_values(
    name: str, values: dict[str, object], language: str | None, told: str, source: Source
) -> None:
    def show(value: object) -> str:
        return f"{value:,}"

    assert fill_formula(source.serve().catalogue, name, values, show, language) == told


def test_formula_as_it_is_written(tmp_path: Path) -> None:
    """Names within other names, a name twice, and those of other scripts are each replaced at their own place."""
    text = spoil("basket: {sql: revenue / orders}", "ца: {sql: 'coalesce(revenue,0)/ (orders+web_orders-orders)'}")
    catalogue = open_source(write_corner_shop(tmp_path, text)).serve().catalogue
    values = {"revenue": 9, "orders": 4, "web_orders": 3, "ца": 3}
    shown = "ца = coalesce(revenue,0)/ (orders+web_orders-orders) = coalesce(9,0)/ (4+3-4) = 3"
    assert fill_formula(catalogue, "ца", values) == shown


def test_formulas_that_share_parts_level_after_level(tmp_path: Path) -> None:
    """Each level doubles the parts: eight are worked out, a number of nineteen digits is refused at once."""
    levels = "\n".join(f"  level_{n}: {{sql: level_{n - 1} + level_{n - 1} / 2}}" for n in range(1, 61))
    text = f"{CATALOGUE}  level_0: {{sql: orders}}\n{levels}\n"
    source = open_source(write_corner_shop(tmp_path, text))
    assert source.ask("metric=level_3").rows() == [{"level_3": 13.5}]
    with pytest.raises(Refused, match="level_60 has 1,152,921,504,606,846,976 parts once its formulas are written out"):
        source.ask("metric=level_60")
