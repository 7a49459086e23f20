"""What is planted in the demo company is in its tables: data/truths.py, asked by SQL."""

import math
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pytest

from data.demand import WEEKS, count_leads, get_baseline, sum_spend
from data.media import PAID
from data.truths import (
    ACTIVATED,
    CHARGED,
    CHURN,
    CONTROL_SHARE,
    INVITED,
    LEAD_VALUE,
    MARGINAL_RETURNS,
    MEDIA,
    MEMORY,
    NEXT_PRODUCT,
    NEXT_SHARE,
    PERSONAL_GAIN,
    PURCHASE_A,
    PURCHASE_ALPHA,
    PURCHASE_B,
    PURCHASE_R,
    RETURNS,
    TRANSACTING,
    VALUE_P,
    VALUE_Q,
    VALUE_V,
)
from data.world import Floats, World
from data.write import write_demo
from tests.demo import ask, number

SIZE = 0.05
BUYERS = "(SELECT contact_id FROM orders WHERE contact_id IS NOT NULL)"
YEAR = "timezone('Europe/Paris', timezone('UTC', charged_at))::DATE BETWEEN '2024-01-01' AND '2024-11-15'"


@pytest.mark.parametrize("size", [0.01, 0.017])
def test_exact_truths_hold_at_every_size(tmp_path_factory: pytest.TempPathFactory, size: float) -> None:
    out = tmp_path_factory.mktemp("size") / "demo.duckdb"
    write_demo(out, World(size=size))
    with duckdb.connect(str(out), read_only=True) as company:
        check_invitations(company)
        check_charges(company, size)


def test_invitations_are_210_105_34(company: duckdb.DuckDBPyConnection) -> None:
    check_invitations(company)


def test_charges_by_channel(company: duckdb.DuckDBPyConnection) -> None:
    check_charges(company, SIZE)


def check_invitations(company: duckdb.DuckDBPyConnection) -> None:
    steps = "count(*), count(activated_at), count(transacted_at), count(DISTINCT contact_id)"
    assert ask(company, f"SELECT {steps} FROM invitations") == [(INVITED, ACTIVATED, TRANSACTING, INVITED)]
    year = "BETWEEN '2023-12-31 23:00' AND '2024-11-15 22:59:59'"
    inside = f"invited_at {year} AND coalesce(activated_at {year}, true) AND coalesce(transacted_at {year}, true)"
    ordered = "coalesce(activated_at > invited_at, true) AND coalesce(transacted_at > activated_at, true)"
    soon = "coalesce(transacted_at, activated_at, invited_at) < invited_at + INTERVAL 30 DAY"
    assert number(company, f"SELECT count(*) FROM invitations WHERE {inside} AND {ordered} AND {soon}") == INVITED
    assert round(TRANSACTING / INVITED, 4) == 0.1619


def check_charges(company: duckdb.DuckDBPyConnection, size: float) -> None:
    charged = company.sql(f"SELECT channel, sum(amount)::DOUBLE FROM charges WHERE {YEAR} GROUP BY 1").fetchall()
    assert dict(charged) == {channel: round(total * size, 2) for channel, total in CHARGED.items()}


def test_cost_per_booking_and_cost_per_sale_disagree(company: duckdb.DuckDBPyConnection) -> None:
    """Display is best by the one and poor by the other, partner the reverse; video is dear and sells the best."""
    sold = "(SELECT count(*) FROM {} WHERE acquisition_channel = channel)"
    costs = company.sql(
        f"SELECT channel, sum(spend)::DOUBLE / {sold.format('bookings')}, sum(spend)::DOUBLE / {sold.format('sales')} "
        "FROM spend GROUP BY 1"
    ).fetchall()
    by_booking = [channel for channel, _, _ in sorted(costs, key=lambda row: float(row[1]))]
    by_sale = [channel for channel, _, _ in sorted(costs, key=lambda row: float(row[2]))]
    assert (by_booking[0], by_booking[-1]) == ("display", "partner")
    assert by_sale[0] == "partner"
    assert set(by_sale[-2:]) == {"display", "video"}


def test_video_contracts_are_the_best(company: duckdb.DuckDBPyConnection) -> None:
    fees = company.sql("SELECT acquisition_channel, avg(monthly_fee)::DOUBLE FROM subscriptions GROUP BY 1").fetchall()
    assert max(dict(fees), key=dict(fees).__getitem__) == "video"
    means = {channel: alpha / (alpha + beta) for channel, (alpha, beta) in CHURN.items()}
    assert min(means, key=means.__getitem__) == "video"


def test_contracts_churn_as_planted(company: duckdb.DuckDBPyConnection) -> None:
    """By month of age, the share of contracts that leave is that of sBG: alpha / (alpha + beta + age - 1), pooled."""
    month = 365.25 / 12 * 86_400
    ages = company.sql(
        "SELECT acquisition_channel, epoch(coalesce(churned_at, '2024-11-15 23:00') - started_at), "
        "churned_at IS NOT NULL FROM subscriptions"
    ).fetchall()
    expected = left = 0.0
    for channel, seconds, churned in ages:
        alpha, beta = CHURN[channel]
        for age in range(1, int(seconds // month) + 1):
            leaves = alpha / (alpha + beta + age - 1)
            expected += leaves
            left += churned and age == int(seconds // month)
    assert left == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_personal_welcome_makes_new_contacts_active(company: duckdb.DuckDBPyConnection) -> None:
    """Of those who were new when the second welcome went out, more are active a fortnight later if it was personal."""
    sent = "assigned_at + INTERVAL 176 HOUR"
    new = (
        f"SELECT arm, contact_id, {sent} AS at FROM audiences JOIN campaigns USING (campaign_id) "
        "JOIN lifecycle USING (contact_id) WHERE is_personalised AND lifecycle = 'New' "
        f"AND valid_from <= {sent} AND coalesce(valid_to, 'infinity') > {sent}"
    )
    moved = "EXISTS (FROM lifecycle l WHERE l.contact_id = n.contact_id AND l.lifecycle = 'Active' AND {})"
    soon = moved.format("l.valid_from BETWEEN n.at AND n.at + INTERVAL 14 DAY")
    shares = dict(company.sql(f"SELECT arm, avg({soon}::INT) FROM ({new}) n GROUP BY 1").fetchall())
    assert shares["treatment"] - shares["control"] > PERSONAL_GAIN


def test_control_groups_are_a_tenth_and_hear_nothing(company: duckdb.DuckDBPyConnection) -> None:
    held = "SELECT avg((arm = 'control')::INT) FROM audiences JOIN campaigns USING (campaign_id) WHERE {}"
    assert number(company, held.format("NOT is_personalised")) == pytest.approx(CONTROL_SHARE, abs=0.02)
    assert number(company, held.format("is_personalised")) == pytest.approx(0.5, abs=0.05)
    heard = "SELECT * FROM audiences JOIN messages USING (campaign_id, contact_id) WHERE arm = 'control'"
    assert ask(company, heard) == []


def age_spend(spend: Floats) -> Floats:
    """Return weeks x channels of the saturated adstock by the formula in words, 1 being what no money exceeds."""
    effect = np.zeros_like(spend)
    for column, medium in enumerate(MEDIA.values()):
        share = sum(medium.carry**age for age in range(MEMORY))
        for week in range(len(spend)):
            weeks = range(min(MEMORY, week + 1))
            stock = sum(medium.carry**age * spend[week - age, column] for age in weeks) / share / medium.budget
            effect[week, column] = np.tanh(medium.steepness * stock / 2)
    return effect


STRENGTHS = np.array([medium.strength for medium in MEDIA.values()])


def test_leads_follow_spend_as_planted(company: duckdb.DuckDBPyConnection) -> None:
    """Leads a week are baseline and what media bring by adstock and saturation; the returns are the ones told."""
    monday = "datediff('day', DATE '2022-11-14', {}) // 7"
    local = "timezone('Europe/Paris', timezone('UTC', created_at))::DATE"
    leads, spend = np.zeros(WEEKS), np.zeros((WEEKS, len(PAID)))
    for week, count in company.sql(f"SELECT {monday.format(local)}, count(*) FROM leads GROUP BY 1").fetchall():
        leads[week] = count / SIZE
    sql = f"SELECT {monday.format('day')}, channel, sum(spend)::DOUBLE FROM spend GROUP BY 1, 2"
    for week, channel, euros in company.sql(sql).fetchall():
        spend[week, PAID.index(channel)] = euros / SIZE
    brought = age_spend(spend) * STRENGTHS
    whole = slice(1, WEEKS - 1)  # the first and the last week are not
    noise = (leads - get_baseline() - brought.sum(axis=1))[whole]
    # a week of the small company has about 24 leads, so that rounding them makes more noise than is planted
    assert np.abs(noise).mean() < 0.06 * leads[whole].mean()
    assert abs(noise.mean()) < 0.01 * leads[whole].mean()
    value = number(company, "SELECT avg(value)::DOUBLE FROM leads")
    assert value == pytest.approx(LEAD_VALUE, rel=0.01)
    costs = spend.sum(axis=0)
    more = (age_spend(spend * 1.01) * STRENGTHS - brought).sum(axis=0)
    assert dict(zip(PAID, brought.sum(axis=0) / costs * LEAD_VALUE, strict=True)) == pytest.approx(RETURNS, rel=0.01)
    marginal = dict(zip(PAID, more / (costs * 0.01) * LEAD_VALUE, strict=True))
    assert marginal == pytest.approx(MARGINAL_RETURNS, rel=0.02)
    assert costs.argmax() == PAID.index("facebook")
    assert max(marginal, key=marginal.__getitem__) == "facebook"


def test_what_media_bring_can_be_found_at_size_one() -> None:
    """A regression on the saturated adstock, a trend and a season has every strength within two standard errors."""
    world = World()
    leads = count_leads(world).sum(axis=1)[1:-1]
    weeks = np.arange(WEEKS)
    season = 2 * np.pi * weeks * 7 / 365.25
    known = np.column_stack([np.ones(WEEKS), weeks, np.cos(season), np.sin(season), age_spend(sum_spend(world))])[1:-1]
    found = np.linalg.lstsq(known, leads, rcond=None)[0]
    variance = ((leads - known @ found) ** 2).sum() / (len(leads) - known.shape[1])
    errors = np.sqrt(variance * np.diag(np.linalg.inv(known.T @ known)))
    assert (np.abs(found[4:] - STRENGTHS) < 2 * errors[4:]).all()
    assert (errors[4:] < [15, 15, 9, 8, 8]).all()


lgamma = np.vectorize(math.lgamma, otypes=[float])


def log_beta(a: Any, b: Any) -> Any:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


PURCHASED = """
    SELECT contact_id, any_value(c.acquisition_channel) AS channel, count(DISTINCT day) - 1 AS repeats,
        datediff('day', min(day), max(day)) / 7 AS recency, datediff('day', min(day), DATE '2024-11-15') / 7 AS age
    FROM (SELECT *, timezone('Europe/Paris', timezone('UTC', ordered_at))::DATE AS day FROM orders) o
    JOIN products USING (product_id) JOIN contacts c USING (contact_id)
    WHERE class IN ('accessory', 'service') GROUP BY 1"""


def test_repeat_purchases_are_those_of_bg_nbd(company: duckdb.DuckDBPyConnection) -> None:
    """The planted parameters are as likely as the best: by half more or less they explain less."""
    rows = company.sql(PURCHASED + " HAVING any_value(c.acquisition_channel) IS NOT NULL AND age > 0").fetchall()
    repeats, recency, age = (np.array([float(row[column]) for row in rows]) for column in (2, 3, 4))
    planted = np.array([PURCHASE_ALPHA[row[1]] for row in rows])

    def weigh(r: float, alpha: float, a: float, b: float) -> float:
        scale = planted * alpha
        start = lgamma(r + repeats) - lgamma(r) + r * np.log(scale)
        alive = log_beta(a, b + repeats) - log_beta(a, b) - (r + repeats) * np.log(scale + age)
        gone = (
            log_beta(a + 1, b + np.maximum(repeats, 1) - 1) - log_beta(a, b) - (r + repeats) * np.log(scale + recency)
        )
        return float((start + np.where(repeats > 0, np.logaddexp(alive, gone), alive)).sum())

    planted_weight = weigh(PURCHASE_R, 1, PURCHASE_A, PURCHASE_B)
    for factor in (0.5, 1.5):
        assert weigh(PURCHASE_R * factor, 1, PURCHASE_A, PURCHASE_B) < planted_weight
        assert weigh(PURCHASE_R, factor, PURCHASE_A, PURCHASE_B) < planted_weight
        assert weigh(PURCHASE_R, 1, PURCHASE_A * factor, PURCHASE_B) < planted_weight
        assert weigh(PURCHASE_R, 1, PURCHASE_A, PURCHASE_B * factor) < planted_weight


def test_amounts_are_those_of_gamma_gamma(company: duckdb.DuckDBPyConnection) -> None:
    bought = "FROM orders JOIN products USING (product_id) WHERE class IN ('accessory', 'service') AND contact_id > 0"
    mean = VALUE_P * VALUE_V / (VALUE_Q - 1)
    assert number(company, f"SELECT avg(each) FROM (SELECT avg(amount) AS each {bought} GROUP BY contact_id)") == (
        pytest.approx(mean, rel=0.08)
    )
    within = f"SELECT var_samp(amount) / avg(amount) ** 2 AS v {bought} GROUP BY contact_id HAVING count(*) >= 6"
    assert number(company, f"SELECT avg(v) FROM ({within})") == pytest.approx(1 / VALUE_P, rel=0.2)


@pytest.mark.parametrize(
    ("match", "other"),
    [
        ("specialty IN ('dentist', 'paediatrician')", "specialty NOT IN ('dentist', 'paediatrician')"),
        ("birth_year BETWEEN 1974 AND 1989", "birth_year NOT BETWEEN 1974 AND 1989"),
        ("is_direct", "NOT is_direct"),
        ("owned_product_id IS NOT NULL", "owned_product_id IS NULL"),
        ("region = 'North'", "region <> 'North'"),
    ],
)
def test_buyers_have_the_planted_profile(company: duckdb.DuckDBPyConnection, match: str, other: str) -> None:
    buys = f"contact_id IN {BUYERS} AS buys FROM contacts LEFT JOIN cities USING (city_id)"
    rate = "(SELECT avg(buys::INT) FROM (SELECT " + buys + " WHERE {} AND NOT is_test))"
    assert number(company, f"SELECT {rate.format(match)} / {rate.format(other)}") > 1.08


def test_nothing_else_tells_buyers(company: duckdb.DuckDBPyConnection) -> None:
    buys = f"avg((contact_id IN {BUYERS})::INT) FROM contacts WHERE gender = "
    rates = [number(company, f"SELECT {buys} '{gender}'") for gender in ("female", "male")]
    assert rates[0] == pytest.approx(rates[1], rel=0.1)


def test_next_products_are_the_planted_ones(company: duckdb.DuckDBPyConnection) -> None:
    after = "lead(product) OVER (PARTITION BY contact_id ORDER BY ordered_at)"
    rows = (
        f"SELECT product, {after} AS following FROM orders JOIN products USING (product_id) "
        "WHERE class IN ('accessory', 'service') AND contact_id IS NOT NULL"
    )
    pairs = " OR ".join(f"(product, following) = ('{first}', '{then}')" for first, then in NEXT_PRODUCT.items())
    firsts = tuple(NEXT_PRODUCT)
    share = f"SELECT avg(({pairs})::INT) FROM ({rows}) WHERE product IN {firsts} AND following IS NOT NULL"
    assert NEXT_SHARE * 0.9 < number(company, share) < NEXT_SHARE * 1.3


def test_video_keeps_customers_longest() -> None:
    """By sBG, contracts of video live longer than those of every other channel at any age up to two years."""
    survival = {}
    for channel, (alpha, beta) in CHURN.items():
        leaves = alpha / (alpha + beta + np.arange(24))
        survival[channel] = np.cumprod(1 - leaves)
    assert all((survival["video"] > other).all() for name, other in survival.items() if name != "video")
    for before, now in pairwise(survival["video"].tolist()):
        assert now < before
