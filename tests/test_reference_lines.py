"""Hand-picked lines to one small company: the compiler answers as the reference does. Each part of the language."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from semantic import Refused, Source
from semantic.line import parse_line
from tests.asking import are_same, are_same_set, open_world, tell_difference
from tests.reference import answer
from tests.reference_names import Unanswerable
from tests.world import Aggregate, Derived, Segment, Sql, View, World, fold
from tests.worlds import at_least, equals, is_null


def fill_rows(names: str, *rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names.split(), row, strict=True)) for row in rows]


# 77 and 99 lead nowhere. Times are stored in UTC; in Paris, 2024-03-31 has no hour from 02:00 to 03:00.
CONTACTS = fill_rows(
    "contact_id city_id tier age registered_at",
    (1, 10, "gold", 20, date(2024, 1, 5)),
    (2, 11, "silver", 40, date(2024, 2, 29)),
    (3, 10, None, None, date(2024, 2, 1)),
    (4, 99, "gold", 35, None),
    (5, None, "Other", 18, date(2024, 3, 31)),
)
CITIES = fill_rows("city_id zone", (10, "north"), (11, "südlich"), (12, None))
MESSAGES = fill_rows(
    "message_id contact_id sender_id channel clicks sent_at read_at",
    (1, 1, 2, "email", 3, datetime(2024, 1, 31, 23, 30), datetime(2024, 2, 1, 8)),
    (2, 1, 2, "email", None, datetime(2024, 2, 29, 12), None),
    (3, 2, 1, "sms", 2, datetime(2024, 3, 31, 0, 30), datetime(2024, 3, 31, 1, 30)),
    (4, 3, 1, "sms", 5, datetime(2024, 3, 31, 1, 30), datetime(2024, 4, 2)),
    (5, None, 3, None, 1, datetime(2024, 4, 1, 22, 30), None),
    (6, 77, 3, "push", 0, datetime(2024, 4, 15, 5), datetime(2024, 4, 15, 6)),
    (7, 2, None, "email", 4, None, datetime(2024, 1, 1)),
    (8, 5, 77, "Other", 4, datetime(2023, 4, 14, 5), None),
    (9, 4, 1, "sms", 7, datetime(2023, 2, 28, 5), None),
)
ORDERS = fill_rows(
    "order_id contact_id amount ordered_on",
    (1, 1, 10.5, date(2024, 1, 1)),
    (2, 2, 0.0, date(2024, 3, 31)),
    (3, 2, 7.25, date(2024, 4, 15)),
    (4, None, 3.0, date(2023, 4, 1)),
)
BAND = Sql(
    "CASE WHEN age < 30 THEN 'young' ELSE 'old' END",
    lambda here: "young" if here("age") is not None and here("age") < 30 else "old",
)
READ = Sql("read_at IS NOT NULL", lambda here: here("read_at") is not None, "BOOLEAN")
WORLD = World(
    views={
        "contacts": View(
            {
                "contact_id": "INTEGER",
                "city_id": "INTEGER",
                "tier": "VARCHAR",
                "age": "INTEGER",
                "registered_at": "DATE",
            },
            CONTACTS,
            {"contact": "contact_id"},
            "registered_at",
            {"city": ("city", "city_id")},
            {"tier": None, "age": None, "band": BAND},
        ),
        "cities": View(
            {"city_id": "INTEGER", "zone": "VARCHAR"}, CITIES, {"city": "city_id"}, dimensions={"zone": None}
        ),
        "messages": View(
            {
                **dict.fromkeys(("message_id", "contact_id", "sender_id"), "INTEGER"),
                "channel": "VARCHAR",
                "clicks": "INTEGER",
                "sent_at": "TIMESTAMP",
                "read_at": "TIMESTAMP",
            },
            MESSAGES,
            {"message": "message_id"},
            "sent_at",
            {"contact": ("contact", "contact_id"), "sender": ("contact", "sender_id")},
            {"channel": None, "read_at": None},
        ),
        "orders": View(
            {"order_id": "INTEGER", "contact_id": "INTEGER", "amount": "DOUBLE", "ordered_on": "DATE"},
            ORDERS,
            {"order": "order_id"},
            "ordered_on",
            {"contact": ("contact", "contact_id")},
        ),
    },
    metrics={
        "sent": Aggregate("messages", fold("count(*)"), unique="contact_id"),
        "read": Aggregate("messages", fold("count(*)"), READ, unique="contact_id", share_of="sent", fill=True),
        "clicks": Aggregate("messages", fold("sum({})", "clicks")),
        "people": Aggregate("messages", fold("count(distinct {})", "contact_id"), fill=True),
        "reads": Aggregate("messages", fold("count(*)"), time="read_at"),
        "revenue": Aggregate("orders", fold("sum({})", "amount")),
        "signups": Aggregate("contacts", fold("count(*)")),
        "gold": Aggregate("messages", fold("count(*)"), equals("contact.tier", "gold")),
        "towns": Aggregate("cities", fold("count(*)")),
        "rate": Derived(("/", "read", "sent")),
        "per": Derived(("/", "revenue", "sent")),
        "nested": Derived(("/", "sent", ("/", "clicks", ("/", "read", "people")))),
    },
    segments={
        "golds": Segment("contacts", equals("tier", "gold")),
        "northern": Segment("cities", equals("zone", "north")),
        "grown": Segment("contacts", at_least("age", 30)),
        "unzoned": Segment("cities", is_null("zone")),
    },
    timezone="Europe/Paris",
    stored_in="UTC",
)
LINES = """
metric=sent
metric=sent,revenue&by=tier
metric=sent&by=zone&totals=all
metric=sent,reads&by=month
metric=sent,rate,people&by=month,channel&totals=all
metric=sent&by=band
metric=sent&by=sender.tier
metric=sent&by=contact.tier
metric=clicks&by=weekday
metric=clicks&by=hour_of_day
metric=sent&by=hour&period=2024-03-31
metric=sent&by=day&period=2024-03-30..2024-04-02
metric=per&by=zone,quarter
metric=sent&by=segment&totals=all
metric=sent&segment=golds,northern
metric=sent&segment=golds&by=segment,channel&totals=all
metric=gold&by=channel
metric=sent&channel=!email
metric=sent&channel=email,
metric=sent&channel=!email,
metric=sent&channel=~MAI
metric=sent&zone=~SÜD
metric=sent&age=18..35
metric=sent&age=!18..35
metric=sent&read_at=2024-02-01..2024-03-31
metric=sent&by=registered_at.month
metric=sent&by=contact.registered_at.month
metric=sent&by=read_at.month
metric=sent&by=channel&top=2&totals=all
metric=sent,revenue&by=tier&top=1:revenue
metric=people&by=month,channel&top=2&totals=all
metric=sent~share&by=channel
metric=sent~share,sent~share(channel)&by=channel,tier&totals=all
metric=people~share&by=channel
metric=sent~unique,read~unique~rate,read~rate&by=channel
metric=sent&period=2024-03-01..2024-04-30&compare=previous
metric=sent&period=2024-03-01..2024-04-30&compare=previous&by=channel
metric=sent&period=2024-03-01..2024-04-30&compare=previous:full&by=month&totals=all
metric=sent,read&period=2024-03-01..2024-04-30&compare=year&by=channel&totals=all
metric=sent&period=2024-03-01..2024-04-30&compare=2024-01-01..2024-02-20&by=day&totals=all
metric=sent&period=2024-03-01..2024-04-30&compare=channel:email&by=channel
metric=sent&period=2024-03-01..2024-04-30&compare=channel:sms&by=tier
metric=sent&period=this-month
metric=sent&period=last-30-days&by=day
metric=sent&period=last-2-months&by=month
metric=sent&period=previous-month&by=week
metric=sent&period=ytd&compare=previous
metric=sent&period=ytd&compare=year
metric=sent&period=this-month&compare=previous
metric=sent&period=this-month&compare=previous:full
metric=sent~mom,sent~yoy(value)&by=month&period=2024-01-01..2024-04-30&totals=all
metric=sent~yoy(delta)&period=2024-01-01..2024-04-30&by=channel&totals=all
metric=sent~previous&period=2024-03-01..2024-04-30&by=channel
metric=sent~previous(value)&by=week
metric=sent~wow(value)&by=day&period=2024-03-30..2024-04-08
metric=sent~yoy(value)&by=week&period=2024-01-01..2024-04-30&totals=all
metric=sent~mom(value)&by=month&totals=all
metric=sent~mom(value)
metric=towns&period=this-month
metric=towns,sent
metric=towns,sent&by=zone
metric=revenue&by=hour
metric=signups,sent&by=month,tier
metric=sent&by=day,weekday&period=2024-03-30..2024-04-01
metric=sent&by=month,weekday&period=2024-03-01..2024-04-01
metric=sent&by=week,month&period=2024-03-01..2024-04-01
metric=sent&by=year,month&period=2024-03-01..2024-04-01&totals=all
metric=sent&order=-sent,channel&by=channel&limit=3
metric=revenue,sent&order=-revenue&by=channel
metric=sent&by=channel&month=2024-03-01
metric=sent&by=month&month=2024-03-01
metric=sent&by=month&weekday=6..7
metric=sent&timezone=UTC&by=month
metric=sent&segment=me&segment.me=channel%3Demail
metric=sent&by=sent_at.week
metric=sent&by=channel&period=2025-01-01..2025-01-31
metric=sent&by=month&period=2025-01-01..2025-01-31
metric=sent&by=month&period=2024-06-01..
metric=people&by=month,tier&period=2024-02-01..
metric=people,sent&by=month&period=2024-02-01..2024-12-31
metric=sent&by=week&period=2024-12-01..2024-12-31
metric=sent&by=month&channel=zzz&totals=all
metric=sent&by=year,month&period=2024-03-01..2024-04-01&totals=all
metric=sent&by=half,quarter&totals=all
    metric=sent~mom(value)&by=week,day&period=2024-03-10..2024-05-31&totals=all
metric=sent&by=month&month=2024-01-01,2024-03-01
metric=sent&by=day&weekday=1&period=2024-04-01..2024-04-15
metric=sent&month=!2024-03-01
metric=sent&by=quarter&period=2025-02-03..2025-03-05
metric=sent&period=2024-02-01..2024-02-28&compare=year
metric=revenue~yoy(value)&period=2024-04-01..2024-04-01
metric=towns~share
metric=sent~share,revenue&limit=1
metric=nested
metric=nested&by=channel
metric=people~previous(value)&by=month&totals=all
metric=sent&by=segment&totals=all
metric=sent&segment=unzoned
metric=sent&by=tier,segment,month&top=1
metric=sent,read~rate&by=tier&top=2:gold
metric=sent~share(tier)&by=tier,channel&top=1
metric=sent&by=contact.band,registered_at&top=1
metric=sent~previous(value)&by=hour&period=2024-03-31
metric=sent~previous&by=week&period=2024-03-01..2024-04-30&compare=channel:sms
metric=sent~dod(value)&by=weekday,day&period=2024-03-30..2024-04-03&totals=all
metric=sent~previous(value)&by=hour&period=2024-02-01&timezone=UTC
metric=sent~previous(value)&by=day,hour_of_day,hour&period=2024-03-31..2024-04-02&totals=all
metric=sent~dod(value)&by=hour,minute&period=2024-04-01&totals=all
metric=sent~previous&by=day,channel&period=2024-03-28..2024-04-03&compare=channel:sms&totals=all
metric=sent~previous(value)&by=month,channel&top=1&period=2024-02-01..2024-04-30&compare=tier:gold
metric=clicks&by=sender.tier,channel&top=3&compare=sender.tier:
metric=sent&by=city.zone,zone&compare=city.zone:north&totals=all
metric=sent&by=contact.city.zone,cities.zone
""".split()
# Questions asked on a day inside their period.
DATED = """
2024-04-01 metric=sent~dod(value)&by=quarter_of_year,day&period=2024-03-30..2024-04-05&totals=all
2024-03-31 metric=sent~dod(value)&by=quarter_of_year,day&period=2024-03-30..2024-04-05&totals=all
2024-04-01 metric=sent&by=quarter_of_year,day&period=2024-03-30..2024-04-05&compare=previous&totals=all
2024-03-30 metric=sent~previous(value)&by=channel&period=2024-02-01..2024-04-30
2024-04-01 metric=sent~previous(value)&by=channel&period=this-quarter
2024-03-10 metric=sent~previous(value)&period=this-quarter&compare=previous
2024-03-30 metric=sent~dod(value)&by=day,channel&period=2024-03-29..2024-04-05&totals=all
2024-03-01 metric=sent~mom(value)&by=month&period=this-year&totals=all
2024-04-10 metric=sent~qoq(value)&by=quarter,channel&period=..2024-04-02
2024-04-05 metric=sent~previous(value)&by=month,tier&top=1&period=2024-02-01..2024-04-30&compare=age:20
""".split("\n")[1:-1]


@pytest.fixture(scope="module")
def source() -> Iterator[Source]:
    with open_world(WORLD) as found:
        yield found


@pytest.mark.parametrize("asked", [*LINES, *DATED])
def test_line(asked: str, source: Source) -> None:
    """The compiler answers as the reference does, or refuses what has no answer."""
    day, _, line = asked.rpartition(" ")
    as_of = date.fromisoformat(day) if day else None
    try:
        wanted = answer(WORLD, parse_line(line), as_of)
    except Unanswerable:
        with pytest.raises(Refused):
            source.ask(line, as_of)
        return
    found = source.ask(line, as_of)
    assert found.columns == wanted.columns
    assert are_same(wanted.rows, found.rows()), tell_difference(wanted.rows, found.rows())
    assert are_same_set(wanted.totals, found.totals), tell_difference(wanted.totals, found.totals)
