"""Tables: all tables of the demo company, in the order in which they are written."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from data.activity import make_activity
from data.annotations import make_annotations
from data.app import make_app_users, make_invitations
from data.audiences import make_audiences
from data.bundles import make_bundle_products, make_bundles
from data.campaigns import make_campaigns, make_categories, make_channels
from data.charges import make_charges
from data.columns import make_moments
from data.contacts import make_contacts
from data.contracts import make_sales, make_subscriptions
from data.interests import make_interests
from data.leads import make_bookings
from data.lifecycle import make_lifecycle
from data.media import make_acquisition_channels
from data.memberships import make_memberships
from data.messages import make_messages
from data.orders import make_orders
from data.places import make_cities
from data.products import make_brands, make_products
from data.requests import make_requests
from data.rhythm import DAY, DAYS, END, HOUR
from data.segments import make_segments
from data.sessions import make_leads, make_web_sessions
from data.spend import REPORTED, make_spend
from data.targets import make_targets
from data.visits import make_showroom_visits
from data.webinars import make_webinar_registrations
from data.world import World

Maker = Callable[[World], pa.Table]


class Table(NamedTuple):
    """A table: its name, what makes it, and, where it is made block by block, the order of its rows."""

    name: str
    make: Maker
    order: str = ""


def make_loads(world: World) -> pa.Table:
    """Return the loads: per table when it was loaded, and the moment (exclusive) until which all its rows are there."""
    names = [table.name for table in TABLES]
    # a stream per table, so that a new table moves no other's load
    loaded = END + 2 * HOUR + np.array([world.stream(f"loads.{name}").integers(0, HOUR) for name in names])
    late = np.array([(DAYS - REPORTED) * DAY if name == "spend" else 0 for name in names])
    return pa.table({
        "table_name": names,
        "loaded_at": make_moments(loaded),
        "complete_until": make_moments(END - late),
    })  # fmt: skip


TABLES: tuple[Table, ...] = (
    Table("brands", make_brands),
    Table("cities", make_cities),
    Table("channels", make_channels),
    Table("categories", make_categories),
    Table("acquisition_channels", make_acquisition_channels),
    Table("products", make_products),
    Table("bundles", make_bundles),
    Table("bundle_products", make_bundle_products),
    Table("segments", make_segments),
    Table("campaigns", make_campaigns),
    Table("contacts", make_contacts, "contact_id"),
    Table("interests", make_interests, "contact_id, brand_id"),
    Table("messages", make_messages, "sent_at, message_id"),
    Table("audiences", make_audiences, "assigned_at, campaign_id, contact_id"),
    Table("requests", make_requests, "requested_at, request_id"),
    Table("showroom_visits", make_showroom_visits, "visited_at, visit_id"),
    Table("webinar_registrations", make_webinar_registrations, "registered_at, registration_id"),
    Table("orders", make_orders, "ordered_at, order_id"),
    Table("activity", make_activity, "active_at, contact_id"),
    Table("app_users", make_app_users, "contact_id"),
    Table("invitations", make_invitations, "invited_at, invitation_id"),
    Table("charges", make_charges, "charged_at, charge_id"),
    Table("web_sessions", make_web_sessions, "started_at, session_id"),
    Table("leads", make_leads, "created_at, lead_id"),
    Table("bookings", make_bookings, "booked_at, booking_id"),
    Table("sales", make_sales, "sold_at, sale_id"),
    Table("subscriptions", make_subscriptions, "started_at, subscription_id"),
    Table("lifecycle", make_lifecycle, "contact_id, valid_from"),
    Table("memberships", make_memberships, "contact_id, segment_id, valid_from"),
    Table("spend", make_spend),
    Table("targets", make_targets),
    Table("annotations", make_annotations),
    Table("loads", make_loads),
)
