"""The demo's tables: columns and types, keys, orphans and NULLs, each where it is said to be."""

import duckdb
import pytest

from data.tables import TABLES
from tests.demo import KEYS, ask, number

COLUMNS = {
    "brands": "brand_id INTEGER, brand VARCHAR",
    "cities": "city_id INTEGER, city VARCHAR, state VARCHAR, region VARCHAR, country VARCHAR, time_zone VARCHAR",
    "channels": "channel VARCHAR, channel_label VARCHAR, measures_opens BOOLEAN",
    "categories": "category VARCHAR, category_label VARCHAR",
    "acquisition_channels": "acquisition_channel VARCHAR, is_paid BOOLEAN",
    "products": "product_id INTEGER, product VARCHAR, class VARCHAR, brand_id INTEGER, price DECIMAL(12,2), "
    "launched_on DATE",
    "bundles": "bundle_id INTEGER, bundle VARCHAR, monthly_fee DECIMAL(12,2), price DECIMAL(12,2)",
    "bundle_products": "bundle_id INTEGER, product_id INTEGER, quantity INTEGER",
    "segments": "segment_id INTEGER, segment VARCHAR, family VARCHAR, is_exclusive BOOLEAN, "
    "description VARCHAR, position INTEGER, colour VARCHAR",
    "campaigns": "campaign_id INTEGER, campaign VARCHAR, kind VARCHAR, category VARCHAR, channel VARCHAR, "
    "brand_id INTEGER, created_at TIMESTAMP, starts_on DATE, ends_on DATE, objective VARCHAR, "
    "product_id INTEGER, budget DECIMAL(12,2), has_control BOOLEAN, is_personalised BOOLEAN",
    "contacts": "contact_id BIGINT, name VARCHAR, email VARCHAR, specialty VARCHAR, city_id INTEGER, "
    "registered_at TIMESTAMP, birth_year INTEGER, acquisition_channel VARCHAR, "
    "traffic_source VARCHAR, is_direct BOOLEAN, consent_email BOOLEAN, consent_sms BOOLEAN, "
    "consent_whatsapp BOOLEAN, consent_phone BOOLEAN, consent_personalisation BOOLEAN, "
    "consent_third_party BOOLEAN, is_test BOOLEAN, became_lead_at TIMESTAMP, "
    "owned_product_id INTEGER, gender VARCHAR, language VARCHAR, practice VARCHAR, "
    "practice_size INTEGER, household VARCHAR, income_band VARCHAR, loyalty_tier VARCHAR, "
    "phone VARCHAR, is_employee BOOLEAN",
    "interests": "contact_id BIGINT, brand_id INTEGER, since DATE",
    "messages": "message_id BIGINT, campaign_id INTEGER, contact_id BIGINT, channel VARCHAR, category VARCHAR, "
    "sent_at TIMESTAMP, delivered_at TIMESTAMP, opened_at TIMESTAMP, clicked_at TIMESTAMP, "
    "unsubscribed_at TIMESTAMP, is_machine_open BOOLEAN, unit_cost DECIMAL(12,4), "
    "charge DECIMAL(12,4), bounce_type VARCHAR, machine_clicked_at TIMESTAMP, "
    "complained_at TIMESTAMP, replied_at TIMESTAMP, open_count INTEGER, click_count INTEGER, "
    "answered_seconds INTEGER",
    "audiences": "campaign_id INTEGER, contact_id BIGINT, arm VARCHAR, assigned_at TIMESTAMP",
    "requests": "request_id BIGINT, contact_id BIGINT, type VARCHAR, product_id INTEGER, campaign_id INTEGER, "
    "channel VARCHAR, requested_at TIMESTAMP",
    "showroom_visits": "visit_id BIGINT, contact_id BIGINT, request_id BIGINT, city_id INTEGER, visited_at TIMESTAMP",
    "webinar_registrations": "registration_id BIGINT, contact_id BIGINT, campaign_id INTEGER, registered_at TIMESTAMP, "
    "attended_at TIMESTAMP",
    "orders": "order_id BIGINT, contact_id BIGINT, product_id INTEGER, campaign_id INTEGER, channel VARCHAR, "
    "acquisition_channel VARCHAR, ordered_at TIMESTAMP, amount DECIMAL(12,2), margin DECIMAL(12,2), "
    "quantity INTEGER, cancelled_at TIMESTAMP, bundle_id INTEGER",
    "activity": "contact_id BIGINT, active_on DATE, active_at TIMESTAMP, platform VARCHAR, sessions INTEGER",
    "app_users": "contact_id BIGINT, activated_at TIMESTAMP, first_transaction_at TIMESTAMP, platform VARCHAR, "
    "plan VARCHAR",
    "invitations": "invitation_id INTEGER, contact_id BIGINT, invited_at TIMESTAMP, activated_at TIMESTAMP, "
    "transacted_at TIMESTAMP",
    "charges": "charge_id BIGINT, contact_id BIGINT, channel VARCHAR, category VARCHAR, messages INTEGER, "
    "amount DECIMAL(12,2), charged_at TIMESTAMP",
    "web_sessions": "session_id BIGINT, contact_id BIGINT, acquisition_channel VARCHAR, campaign_id INTEGER, "
    "brand_id INTEGER, device VARCHAR, pages INTEGER, is_direct BOOLEAN, started_at TIMESTAMP",
    "leads": "lead_id BIGINT, session_id BIGINT, contact_id BIGINT, acquisition_channel VARCHAR, "
    "campaign_id INTEGER, brand_id INTEGER, value DECIMAL(12,2), created_at TIMESTAMP",
    "bookings": "booking_id BIGINT, lead_id BIGINT, contact_id BIGINT, acquisition_channel VARCHAR, "
    "campaign_id INTEGER, brand_id INTEGER, booked_at TIMESTAMP, appointment_at TIMESTAMP, "
    "cancelled_at TIMESTAMP",
    "sales": "sale_id BIGINT, booking_id BIGINT, lead_id BIGINT, contact_id BIGINT, "
    "acquisition_channel VARCHAR, campaign_id INTEGER, brand_id INTEGER, bundle_id INTEGER, "
    "price DECIMAL(12,2), margin DECIMAL(12,2), sold_at TIMESTAMP, cancelled_at TIMESTAMP",
    "subscriptions": "subscription_id BIGINT, sale_id BIGINT, contact_id BIGINT, acquisition_channel VARCHAR, "
    "bundle_id INTEGER, monthly_fee DECIMAL(12,2), started_at TIMESTAMP, churned_at TIMESTAMP",
    "lifecycle": "contact_id BIGINT, lifecycle VARCHAR, valid_from TIMESTAMP, valid_to TIMESTAMP",
    "memberships": "contact_id BIGINT, segment_id INTEGER, family VARCHAR, valid_from TIMESTAMP, valid_to TIMESTAMP",
    "spend": "day DATE, channel VARCHAR, campaign_id INTEGER, spend DECIMAL(12,2), impressions BIGINT, clicks BIGINT",
    "targets": "month DATE, metric VARCHAR, value DECIMAL(12,2), stretch DECIMAL(12,2)",
    "annotations": "starts_on DATE, ends_on DATE, title VARCHAR, description VARCHAR, scope VARCHAR",
    "loads": "table_name VARCHAR, loaded_at TIMESTAMP, complete_until TIMESTAMP",
}


def test_tables_and_their_types(company: duckdb.DuckDBPyConnection) -> None:
    found = {
        name: ", ".join(f"{column} {type_}" for column, type_, *_ in company.sql(f"DESCRIBE {name}").fetchall())
        for (name,) in company.sql("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
    }
    assert found == COLUMNS
    assert list(COLUMNS) == [table.name for table in TABLES]


@pytest.mark.parametrize(("key", "table"), KEYS)
def test_keys_are_unique(company: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert ask(company, f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 3") == []


@pytest.mark.parametrize(
    ("table", "column", "owner", "lowest", "highest"),
    [
        ("products", "brand_id", "brands", 0, 0),
        ("campaigns", "brand_id", "brands", 0, 0),
        ("campaigns", "product_id", "products", 0, 0),
        ("campaigns", "channel", "channels", 0, 0),
        ("contacts", "city_id", "cities", 0.002, 0.01),
        ("contacts", "acquisition_channel", "acquisition_channels", 0, 0),
        ("interests", "contact_id", "contacts", 0, 0),
        ("messages", "campaign_id", "campaigns", 0, 0),
        ("messages", "contact_id", "contacts", 0.002, 0.03),
        ("messages", "category", "categories", 0, 0),
        ("audiences", "contact_id", "contacts", 0, 0),
        ("requests", "contact_id", "contacts", 0.002, 0.03),
        ("showroom_visits", "request_id", "requests", 0, 0),
        ("showroom_visits", "city_id", "cities", 0, 0),
        ("webinar_registrations", "campaign_id", "campaigns", 0, 0),
        ("orders", "contact_id", "contacts", 0.002, 0.03),
        ("orders", "product_id", "products", 0, 0),
        ("orders", "campaign_id", "campaigns", 0, 0),
        ("orders", "acquisition_channel", "acquisition_channels", 0, 0),
        ("orders", "bundle_id", "bundles", 0, 0),
        ("activity", "contact_id", "contacts", 0.002, 0.03),
        ("invitations", "contact_id", "contacts", 0, 0),
        ("charges", "channel", "channels", 0, 0),
        ("leads", "session_id", "web_sessions", 0, 0),
        ("leads", "contact_id", "contacts", 0.002, 0.03),
        ("leads", "campaign_id", "campaigns", 0, 0),
        ("bookings", "lead_id", "leads", 0, 0),
        ("sales", "booking_id", "bookings", 0, 0),
        ("sales", "lead_id", "leads", 0, 0),
        ("sales", "bundle_id", "bundles", 0, 0),
        ("subscriptions", "sale_id", "sales", 0, 0),
        ("lifecycle", "contact_id", "contacts", 0, 0),
        ("memberships", "contact_id", "contacts", 0, 0),
        ("memberships", "segment_id", "segments", 0, 0),
        ("spend", "campaign_id", "campaigns", 0, 0),
    ],
)
def test_orphans_are_a_few_and_where_they_may_be(
    company: duckdb.DuckDBPyConnection, table: str, column: str, owner: str, lowest: float, highest: float
) -> None:
    known = f"{column} IN (SELECT {column} FROM {owner})"
    share = number(company, f"SELECT count(*) FILTER (NOT {known}) / count({column}) FROM {table}")
    assert lowest <= share <= highest


@pytest.mark.parametrize(
    ("table", "column", "lowest", "highest"),
    [
        ("contacts", "specialty", 0.08, 0.16),
        ("contacts", "city_id", 0.015, 0.05),
        ("contacts", "birth_year", 0.05, 0.11),
        ("contacts", "email", 0.001, 0.02),
        ("contacts", "acquisition_channel", 0.005, 0.03),
        ("contacts", "consent_whatsapp", 0.05, 0.2),
        ("contacts", "consent_email", 0, 0),
        ("contacts", "is_direct", 0, 0),
        ("contacts", "became_lead_at", 0.2, 0.28),
        ("contacts", "gender", 0.03, 0.09),
        ("messages", "contact_id", 0, 0),
        ("messages", "is_machine_open", 0, 0),
        ("messages", "click_count", 0, 0),
        ("orders", "contact_id", 0.01, 0.03),
        ("orders", "margin", 0.005, 0.02),
        ("orders", "cancelled_at", 0.93, 0.97),
        ("orders", "acquisition_channel", 0.02, 0.2),
        ("campaigns", "brand_id", 0.2, 0.8),
        ("web_sessions", "contact_id", 0.6, 0.8),
        ("leads", "session_id", 0.02, 0.06),
        ("leads", "acquisition_channel", 0, 0),
        ("subscriptions", "churned_at", 0.5, 0.9),
    ],
)
def test_nulls_are_where_they_are_said_to_be(
    company: duckdb.DuckDBPyConnection, table: str, column: str, lowest: float, highest: float
) -> None:
    assert lowest <= number(company, f"SELECT 1 - count({column}) / count(*) FROM {table}") <= highest


@pytest.mark.parametrize("table", ["lifecycle", "memberships"])
def test_spans_of_a_contact_do_not_overlap(company: duckdb.DuckDBPyConnection, table: str) -> None:
    """Those of one segment don't, nor those of a family whose segments exclude each other; all end after they begin."""
    assert ask(company, f"SELECT * FROM {table} WHERE valid_to <= valid_from LIMIT 1") == []
    of = ["contact_id"] if table == "lifecycle" else ["contact_id, segment_id", "contact_id, family"]
    for keys in of:
        exclusive = "WHERE family IN (SELECT family FROM segments WHERE is_exclusive)" if "family" in keys else ""
        after = f"lead(valid_from) OVER (PARTITION BY {keys} ORDER BY valid_from)"
        rows = f"SELECT valid_to, {after} AS next FROM {table} {exclusive}"
        assert ask(company, f"SELECT * FROM ({rows}) WHERE next < coalesce(valid_to, 'infinity') LIMIT 1") == []


def test_everybody_has_one_lifecycle_at_any_moment(company: duckdb.DuckDBPyConnection) -> None:
    for moment in ("2022-12-24 12:00", "2024-02-29 00:00", "2024-11-15 22:59:59"):
        there = f"valid_from <= '{moment}' AND coalesce(valid_to, 'infinity') > '{moment}'"
        rows = f"SELECT contact_id FROM lifecycle WHERE {there}"
        known = f"SELECT contact_id FROM contacts WHERE registered_at <= '{moment}'"
        assert ask(company, f"({rows} EXCEPT ALL {known}) UNION ALL ({known} EXCEPT ALL {rows})") == []
    latest = "SELECT max(valid_to) FROM lifecycle"
    assert ask(company, f"SELECT ({latest}) < '2024-11-15 23:00'") == [(True,)]


def test_lifecycle_follows_its_rules(company: duckdb.DuckDBPyConnection) -> None:
    """Half a year into the data, the state at a moment follows from the messages before it alone."""
    moment = "TIMESTAMP '2024-06-15 10:00'"
    expected = f"""
        WITH reactions AS (
            SELECT contact_id, opened_at AS seen FROM messages WHERE opened_at IS NOT NULL AND NOT is_machine_open
            UNION ALL SELECT contact_id, clicked_at FROM messages WHERE clicked_at IS NOT NULL
            UNION ALL SELECT contact_id, replied_at FROM messages WHERE replied_at IS NOT NULL),
        last AS (SELECT contact_id, max(seen) AS seen FROM reactions WHERE seen <= {moment} GROUP BY 1),
        gone AS (SELECT contact_id, max(unsubscribed_at) AS gone_at FROM messages WHERE unsubscribed_at <= {moment}
                 GROUP BY 1)
        SELECT contact_id, CASE
            WHEN gone_at >= coalesce(seen, registered_at) THEN 'Left'
            WHEN seen IS NULL AND registered_at > {moment} - INTERVAL 30 DAY THEN 'New'
            WHEN seen > {moment} - INTERVAL 90 DAY THEN 'Active'
            WHEN coalesce(seen, registered_at) > {moment} - INTERVAL 180 DAY THEN 'Potentially leaving'
            ELSE 'Left' END
        FROM contacts LEFT JOIN last USING (contact_id) LEFT JOIN gone USING (contact_id)
        WHERE registered_at <= {moment}"""
    found = f"""
        SELECT contact_id, lifecycle FROM lifecycle
        WHERE valid_from <= {moment} AND coalesce(valid_to, 'infinity') > {moment}"""
    assert ask(company, f"({found} EXCEPT FROM ({expected})) UNION ALL (FROM ({expected}) EXCEPT {found})") == []


def test_there_are_thirty_six_segments_of_which_many_overlap(company: duckdb.DuckDBPyConnection) -> None:
    assert number(company, "SELECT count(*) FROM segments") == 36
    assert number(company, "SELECT count(DISTINCT segment_id) FROM memberships WHERE valid_to IS NULL") == 36
    several = "SELECT count(*) AS many FROM memberships WHERE valid_to IS NULL GROUP BY contact_id"
    assert number(company, f"SELECT avg(many) FROM ({several})") > 5
