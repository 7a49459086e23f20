"""What contacts of the demo company do: in turn, by whom it can be done, and as often as a real business sees it."""

import duckdb
import pytest

from data.truths import BOOKING, SALE
from tests.demo import ask, number


@pytest.mark.parametrize(
    ("table", "moment"),
    [
        ("interests", "since + INTERVAL 26 HOUR"),
        ("audiences", "assigned_at"),
        ("requests", "requested_at"),
        ("showroom_visits", "visited_at"),
        ("webinar_registrations", "registered_at + INTERVAL 0 DAY"),
        ("app_users", "activated_at"),
        ("invitations", "invited_at"),
        ("charges", "charged_at"),
        ("web_sessions", "started_at"),
        ("leads", "created_at"),
        ("lifecycle", "valid_from"),
        ("memberships", "valid_from"),
    ],
)
def test_nobody_does_anything_before_they_register(company: duckdb.DuckDBPyConnection, table: str, moment: str) -> None:
    known = "(SELECT contact_id, registered_at AS known_at FROM contacts)"
    early = f"SELECT * FROM {table} JOIN {known} USING (contact_id) WHERE {moment} < known_at LIMIT 1"
    assert ask(company, early) == []


@pytest.mark.parametrize(
    ("later", "moment", "earlier", "before", "key"),
    [
        ("leads", "created_at", "web_sessions", "started_at", "session_id"),
        ("bookings", "booked_at", "leads", "created_at", "lead_id"),
        ("sales", "sold_at", "bookings", "appointment_at", "booking_id"),
        ("subscriptions", "started_at", "sales", "sold_at", "sale_id"),
        ("showroom_visits", "visited_at", "requests", "requested_at", "request_id"),
    ],
)
def test_a_step_follows_the_one_before(
    company: duckdb.DuckDBPyConnection, later: str, moment: str, earlier: str, before: str, key: str
) -> None:
    wrong = f"SELECT * FROM {later} JOIN {earlier} e USING ({key}) WHERE {later}.{moment} < e.{before} LIMIT 1"
    assert ask(company, wrong) == []


def test_steps_keep_the_origin_of_their_lead(company: duckdb.DuckDBPyConnection) -> None:
    origin = "(l.contact_id, l.acquisition_channel, l.campaign_id, l.brand_id)"
    for table in ("bookings", "sales"):
        other = "(t.contact_id, t.acquisition_channel, t.campaign_id, t.brand_id)"
        wrong = f"SELECT * FROM {table} t JOIN leads l USING (lead_id) WHERE {origin} IS DISTINCT FROM {other} LIMIT 1"
        assert ask(company, wrong) == []
    assert (
        ask(company, "SELECT * FROM sales JOIN bookings USING (booking_id) WHERE sales.lead_id <> bookings.lead_id")
        == []
    )


@pytest.mark.parametrize("channel", list(BOOKING))
def test_leads_book_and_buy_as_planted(company: duckdb.DuckDBPyConnection, channel: str) -> None:
    """Almost exactly: what is missing are the last days' bookings and the last weeks' appointments."""
    count = f"SELECT count(*) FROM {{}} WHERE acquisition_channel = '{channel}'"
    leads, bookings, sales = (number(company, count.format(table)) for table in ("leads", "bookings", "sales"))
    assert bookings == pytest.approx(leads * BOOKING[channel], rel=0.02, abs=2)
    assert 0.9 * bookings * SALE[channel] - 3 <= sales <= bookings * SALE[channel] + 2


def test_blasts_are_sent_by_users_of_the_app_on_days_of_use(company: duckdb.DuckDBPyConnection) -> None:
    users = "SELECT contact_id FROM activity JOIN contacts USING (contact_id)"
    assert ask(company, f"({users} EXCEPT SELECT contact_id FROM app_users)") == []
    known = "SELECT contact_id, contact_id IN (SELECT contact_id FROM contacts) AS known FROM charges"
    assert ask(company, f"SELECT contact_id FROM ({known}) WHERE known EXCEPT SELECT contact_id FROM app_users") == []
    first = "SELECT contact_id, min(charged_at) AS first FROM charges GROUP BY 1"
    users = f"SELECT * FROM app_users LEFT JOIN ({first}) USING (contact_id)"
    assert ask(company, f"{users} WHERE first IS DISTINCT FROM first_transaction_at") == []
    assert ask(company, "SELECT * FROM app_users WHERE first_transaction_at < activated_at") == []


def test_what_is_known_of_a_message_fits_together(company: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        SELECT * FROM messages
        WHERE (bounce_type IS NULL) <> (delivered_at IS NOT NULL)
            OR bounce_type NOT IN ('hard', 'soft', 'unanswered')
            OR (bounce_type = 'unanswered') AND channel <> 'ivr'
            OR (click_count > 0) <> (clicked_at IS NOT NULL)
            OR channel = 'sms' AND open_count IS NOT NULL
            OR channel <> 'sms' AND (open_count > 0) <> (opened_at IS NOT NULL AND NOT is_machine_open)
            OR (answered_seconds IS NOT NULL) <> (channel = 'ivr')
            OR channel = 'ivr' AND (answered_seconds > 0) <> (delivered_at IS NOT NULL)
            OR (machine_clicked_at IS NOT NULL) AND channel <> 'email'
            OR least(machine_clicked_at, complained_at, replied_at) < delivered_at
            OR coalesce(machine_clicked_at, complained_at, replied_at) IS NOT NULL AND delivered_at IS NULL
            OR charge IS NOT NULL AND delivered_at IS NULL
            OR charge < unit_cost
        LIMIT 1"""
    assert ask(company, wrong) == []


@pytest.mark.parametrize(
    ("channel", "measure", "lowest", "highest"),
    [
        ("email", "count(*) FILTER (bounce_type = 'hard') / count(*)", 0.005, 0.02),
        ("email", "count(*) FILTER (bounce_type = 'soft') / count(*)", 0.01, 0.025),
        ("email", "count(complained_at) / count(delivered_at)", 0.0002, 0.001),
        ("email", "count(machine_clicked_at) / count(delivered_at)", 0.005, 0.03),
        ("email", "sum(open_count) / count(*) FILTER (open_count > 0)", 1.2, 1.6),
        ("email", "sum(click_count) / count(clicked_at)", 1.1, 1.5),
        ("whatsapp", "count(replied_at) / count(delivered_at)", 0.02, 0.05),
        ("ivr", "avg(answered_seconds) FILTER (delivered_at IS NOT NULL)", 20, 45),
        ("sms", "count(replied_at) / count(delivered_at)", 0.003, 0.012),
    ],
)
def test_reactions_are_plausible(
    company: duckdb.DuckDBPyConnection, channel: str, measure: str, lowest: float, highest: float
) -> None:
    assert lowest <= number(company, f"SELECT {measure} FROM messages WHERE channel = '{channel}'") <= highest


def test_direct_prospects_ask_and_buy_more(company: duckdb.DuckDBPyConnection) -> None:
    """Within 90 days of becoming a lead, of those who came directly and of the others."""
    soon = "EXISTS (FROM requests r WHERE r.contact_id = c.contact_id AND type = 'test_drive' AND {})"
    within = soon.format("requested_at BETWEEN became_lead_at AND became_lead_at + INTERVAL 90 DAY")
    rates = dict(
        company.sql(
            f"SELECT is_direct, avg({within}::INT) FROM contacts c "
            "WHERE became_lead_at BETWEEN '2022-11-16' AND '2024-08-15' GROUP BY 1"
        ).fetchall()
    )
    assert 0.04 < rates[False] < rates[True] / 1.3 < 0.3


def test_contacts_have_more_than_twenty_parameters(company: duckdb.DuckDBPyConnection) -> None:
    columns = [column for column, *_ in company.sql("DESCRIBE contacts").fetchall()]
    assert len(columns) > 25
    assert sum(column.startswith("consent_") for column in columns) == 6


def test_targets_are_set_for_every_month(company: duckdb.DuckDBPyConnection) -> None:
    months = "SELECT metric, count(*), min(month)::VARCHAR, max(month)::VARCHAR FROM targets GROUP BY 1 ORDER BY 1"
    found = ask(company, months)
    assert ("vega_sold", 6, "2024-03-01", "2024-08-01") in found
    assert {row[1:] for row in found if row[0] != "vega_sold"} == {(25, "2022-11-01", "2024-11-01")}
    assert ask(company, "SELECT * FROM targets WHERE stretch <= value OR value <= 0") == []
