"""What is planted in the demo company is found again by questions, beside SQL by another hand where it's exact."""

from typing import Any

import duckdb
import pytest

from data.truths import ACTIVATED, CHARGED, CONTROL_SHARE, INVITED, PERSONAL_GAIN, TRANSACTING
from semantic import Source
from tests.demo import number

SIZE = 0.05
YEAR = "period=2024-01-01..2024-11-15"
PEOPLE = "contact_id NOT IN (SELECT contact_id FROM contacts WHERE is_test OR is_employee)"


def read(demo: Source, line: str, key: str, value: str) -> dict[Any, float]:
    """One column of an answer under another; what has no value is left out."""
    return {row[key]: float(row[value]) for row in demo.ask(line).rows() if row[value] is not None}


def rank(values: dict[Any, float]) -> list[Any]:
    return sorted(values, key=lambda key: values[key])


def test_invitations_are_a_funnel_of_210_105_34(demo: Source) -> None:
    rows = demo.ask(f"funnel=invitation&{YEAR}").rows()
    assert [row["count"] for row in rows] == [INVITED, ACTIVATED, TRANSACTING]
    assert [round(row["rate"], 4) for row in rows] == [1, 0.5, 0.1619]


def test_charges_by_channel_are_exact(demo: Source) -> None:
    charges = read(demo, f"metric=charges&by=channel&{YEAR}", "channel", "charges")
    assert charges == {channel: round(total * SIZE, 2) for channel, total in CHARGED.items()}
    shares = read(demo, f"metric=charges~share&by=channel&{YEAR}", "channel", "charges~share")
    assert [round(shares[name], 3) for name in ("whatsapp", "email", "ivr", "sms")] == [0.775, 0.157, 0.057, 0.011]


def test_cost_per_booking_and_cost_per_sale_disagree(demo: Source, company: duckdb.DuckDBPyConnection) -> None:
    """A channel may be cheap by the one and dear by the other; who wasn't paid for has no cost."""
    line = "metric=cost_per_booking,cost_per_sale,cost_per_lead&by=acquisition_channel"
    by_booking = read(demo, line, "acquisition_channel", "cost_per_booking")
    by_sale = read(demo, line, "acquisition_channel", "cost_per_sale")
    assert set(by_booking) == {"search", "facebook", "display", "video", "partner"}
    assert (rank(by_booking)[0], rank(by_booking)[-1]) == ("display", "partner")
    assert rank(by_sale)[0] == "partner"
    assert set(rank(by_sale)[-2:]) == {"display", "video"}
    sold = "SELECT count(*) FROM sales WHERE acquisition_channel = 'display' AND cancelled_at IS NULL"
    spent = number(company, "SELECT sum(spend) FROM spend WHERE channel = 'display'")
    assert by_sale["display"] == pytest.approx(spent / number(company, sold))


def test_contracts_of_video_are_large_and_those_of_display_short(demo: Source) -> None:
    paid = "acquisition_channel=search,facebook,display,video"
    line = f"metric=contract_ltv,monthly_churn,fee_per_month&by=acquisition_channel&{paid}"
    values = read(demo, line, "acquisition_channel", "contract_ltv")
    assert rank(values)[0] == "display"
    churn = read(demo, line, "acquisition_channel", "monthly_churn")
    assert (rank(churn)[0], rank(churn)[-1]) == ("video", "display")  # so few that none of video's has ended: no value
    assert rank(read(demo, line, "acquisition_channel", "fee_per_month"))[-1] == "video"


def test_personal_welcome_makes_new_contacts_active(demo: Source) -> None:
    """The arms were made by chance, so their difference is what the personal welcome brings about."""
    line = "metric=audience_activation_rate&by=arm&is_personalised=true"
    rates = read(demo, line, "arm", "audience_activation_rate")
    assert rates["treatment"] - rates["control"] > PERSONAL_GAIN / 2
    compared = demo.ask("metric=audience_activation_rate&is_personalised=true&arm=treatment&compare=arm:control").rows()
    assert float(compared[0]["audience_activation_rate@compare"]) == pytest.approx(rates["control"])


def test_a_tenth_is_held_out(demo: Source) -> None:
    shares = read(demo, "metric=audience~share&by=arm&is_personalised=false", "arm", "audience~share")
    assert shares["control"] == pytest.approx(CONTROL_SHARE, abs=0.02)


def test_segment_when_sent_is_that_of_the_message(demo: Source, company: duckdb.DuckDBPyConnection) -> None:
    """Who was active when it was sent clicks more than who had left; today's segments are others."""
    sent = read(demo, "metric=sent&by=lifecycle", "lifecycle", "sent")
    now = read(demo, "metric=sent&by=lifecycle@now", "lifecycle@now", "sent")
    for found, moment in ((sent, "sent_at"), (now, "TIMESTAMP '2024-11-15 22:59:59'")):
        for state in ("New", "Active", "Left"):
            there = f"valid_from <= {moment} AND coalesce(valid_to, 'infinity') > {moment}"
            rows = f"messages JOIN lifecycle USING (contact_id) WHERE {PEOPLE} AND lifecycle = '{state}' AND {there}"
            assert found.get(state, 0) == number(company, f"SELECT count(*) FROM {rows}"), (state, moment)
    assert sent["New"] > 2 * now["New"]
    rates = read(demo, "metric=click_rate&by=lifecycle", "lifecycle", "click_rate")
    assert rates["Active"] > 2 * rates["Left"]


def test_digests_tire_until_their_new_design(demo: Source) -> None:
    rates = read(demo, "metric=digest_click_rate&by=half", "half", "digest_click_rate")
    first, *_, tired, fresh = (rates[half] for half in sorted(rates))
    assert tired < first
    assert fresh > 2 * tired


def test_mornings_of_tuesday_and_wednesday_are_busy(demo: Source) -> None:
    rows = demo.ask(f"metric=blasts&by=weekday,hour_of_day&{YEAR}").rows()
    busiest = max(rows, key=lambda row: row["blasts"] or 0)
    assert busiest["weekday"] in (2, 3)
    assert 8 <= busiest["hour_of_day"] < 12


def test_direct_prospects_convert_more(demo: Source, company: duckdb.DuckDBPyConnection) -> None:
    """Test drives of prospects by whether they came directly, within 90 days of becoming one."""
    rates = read(demo, "metric=tdcr&by=is_direct&period=2023-01-01..2024-06-30", "is_direct", "tdcr")
    assert rates[True] > rates[False]
    for direct, rate in rates.items():
        sql = f"""
            SELECT avg(CAST(EXISTS (
              FROM requests r WHERE r.contact_id = c.contact_id AND type = 'test_drive'
              AND requested_at >= became_lead_at AND requested_at <= became_lead_at + INTERVAL 90 DAY) AS INT))
            FROM contacts c WHERE NOT is_test AND NOT is_employee AND is_direct = {direct}
            AND became_lead_at >= '2022-12-31 23:00' AND became_lead_at < '2024-06-30 22:00'"""
        assert rate == pytest.approx(number(company, sql)), direct


def test_new_and_returning_buyers_are_told_by_all_history(demo: Source, company: duckdb.DuckDBPyConnection) -> None:
    row = demo.ask("metric=buyers,new_buyers,returning_buyers&period=2024-05-01..2024-05-31").rows()[0]
    new = """
        SELECT count(*) FROM (
          SELECT contact_id, min(ordered_at) AS first FROM orders
          WHERE cancelled_at IS NULL AND contact_id IS NOT NULL GROUP BY 1)
        WHERE first >= '2024-04-30 22:00' AND first < '2024-05-31 22:00'"""
    assert row["new_buyers"] == number(company, new)
    assert row["new_buyers"] + row["returning_buyers"] == row["buyers"]


def test_margin_of_the_first_year_is_of_customers_known_so_long(
    demo: Source, company: duckdb.DuckDBPyConnection
) -> None:
    sql = """
        WITH kept AS (FROM orders WHERE cancelled_at IS NULL AND contact_id IS NOT NULL),
        first AS (SELECT contact_id, min(ordered_at) AS first FROM kept GROUP BY 1)
        SELECT sum(margin)::DOUBLE / count(DISTINCT contact_id) FROM kept JOIN first USING (contact_id)
        WHERE ordered_at < first + INTERVAL 365 DAY AND date_diff('day', first, TIMESTAMP '2024-11-15 23:00') >= 365"""
    assert float(demo.ask("metric=ltv_365").rows()[0]["ltv_365"]) == pytest.approx(number(company, sql))


def test_engagement_score_is_the_published_formula(demo: Source, company: duckdb.DuckDBPyConnection) -> None:
    """At the end of September 2024: points halve in 30 days, are capped by kind and day, and level off."""
    sql = f"""
        WITH weights(kind, weight, cap) AS (VALUES
          ('click', 3, 3), ('open', 1, 1), ('visit', 2, 3), ('test_drive', 12, 1), ('quote', 12, 1),
          ('service', 8, 1), ('purchase', 20, 1), ('unsubscribe', -30, 1), ('complaint', -60, 1)),
        seen AS (
          SELECT contact_id, 'click' AS kind, clicked_at AS moment FROM messages
          UNION ALL SELECT contact_id, 'open', opened_at FROM messages WHERE NOT is_machine_open
          UNION ALL SELECT contact_id, 'unsubscribe', unsubscribed_at FROM messages
          UNION ALL SELECT contact_id, 'complaint', complained_at FROM messages
          UNION ALL SELECT contact_id, 'visit', started_at FROM web_sessions
          UNION ALL SELECT contact_id, type, requested_at FROM requests
          UNION ALL SELECT contact_id, 'purchase', ordered_at FROM orders WHERE cancelled_at IS NULL),
        days AS (
          SELECT contact_id, kind, moment::DATE AS day, count(*) AS n FROM seen
          WHERE moment >= '2024-04-01' AND moment < '2024-10-01' GROUP BY ALL),
        points AS (
          SELECT contact_id, sum(least(n, cap) * weight * pow(0.5, (DATE '2024-09-30' - day) / 30)) AS points
          FROM days JOIN weights USING (kind) GROUP BY 1),
        reached AS (
          SELECT DISTINCT contact_id FROM messages WHERE delivered_at >= '2024-04-01' AND delivered_at < '2024-10-01')
        SELECT avg(round(100 * (1 - exp(-greatest(coalesce(points, 0), 0) / 25))))
        FROM contacts LEFT JOIN points USING (contact_id)
        WHERE {PEOPLE} AND registered_at < '2024-10-01' AND (points IS NOT NULL OR contact_id IN (FROM reached))"""
    score = read(demo, "metric=engagement_score&by=month&period=2024-09-01..2024-09-30", "month", "engagement_score")
    assert [round(value, 6) for value in score.values()] == [round(number(company, sql), 6)]


def test_most_contacts_are_dormant(demo: Source) -> None:
    """A mean score hides it: the bands are read beside it."""
    line = "metric=scored_contacts&by=score_band&period=2024-09-01..2024-09-30"
    bands = read(demo, line, "score_band", "scored_contacts")
    assert rank(bands)[-1].startswith("4 dormant")
    assert (
        sum(bands.values())
        == demo.ask("metric=scored_contacts&period=2024-09-01..2024-09-30").rows()[0]["scored_contacts"]
    )
