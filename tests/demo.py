"""The demo company as tests ask it: its keys, and rows or a number by SQL."""

import duckdb

KEYS = (
    ("brand_id", "brands"),
    ("brand", "brands"),
    ("city_id", "cities"),
    ("channel", "channels"),
    ("category", "categories"),
    ("acquisition_channel", "acquisition_channels"),
    ("product_id", "products"),
    ("product", "products"),
    ("bundle_id", "bundles"),
    ("bundle_id, product_id", "bundle_products"),
    ("segment_id", "segments"),
    ("segment", "segments"),
    ("campaign_id", "campaigns"),
    ("campaign", "campaigns"),
    ("contact_id", "contacts"),
    ("contact_id, brand_id", "interests"),
    ("message_id", "messages"),
    ("campaign_id, contact_id", "audiences"),
    ("request_id", "requests"),
    ("visit_id", "showroom_visits"),
    ("registration_id", "webinar_registrations"),
    ("campaign_id, contact_id", "webinar_registrations"),
    ("order_id", "orders"),
    ("contact_id, active_on", "activity"),
    ("contact_id", "app_users"),
    ("invitation_id", "invitations"),
    ("contact_id", "invitations"),
    ("charge_id", "charges"),
    ("session_id", "web_sessions"),
    ("lead_id", "leads"),
    ("booking_id", "bookings"),
    ("lead_id", "bookings"),
    ("sale_id", "sales"),
    ("booking_id", "sales"),
    ("subscription_id", "subscriptions"),
    ("sale_id", "subscriptions"),
    ("contact_id, valid_from", "lifecycle"),
    ("contact_id, segment_id, valid_from", "memberships"),
    ("day, channel, campaign_id", "spend"),
    ("month, metric", "targets"),
    ("table_name", "loads"),
)


def ask(company: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    """Return the rows."""
    return [tuple(row) for row in company.sql(sql).fetchall()]


def number(company: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Return the one value of the one row."""
    ((value,),) = company.sql(sql).fetchall()
    return float(value)
