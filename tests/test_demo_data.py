"""The demo company: the same every time, as its tables promise, and alive like a business."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from data.campaign_plan import plan_campaigns
from data.media import weigh_media
from data.messages import draw_messages
from data.orders import draw_orders
from data.people import draw_people
from data.rhythm import END, HOUR, START, to_local, to_utc
from data.sends import draw_sends
from data.tables import TABLES
from data.world import World
from data.write import write_demo

ROOT = Path(__file__).parents[1]
SMALL = World(size=0.02)
NAMES = [name for name, _ in TABLES]
LISTED = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
FACTS = (("messages", "sent_at"), ("orders", "ordered_at"), ("activity", "active_at"))

COLUMNS = {
    "brands": "brand_id INTEGER, brand VARCHAR",
    "cities": "city_id INTEGER, city VARCHAR, state VARCHAR, region VARCHAR, country VARCHAR, time_zone VARCHAR",
    "acquisition_channels": "acquisition_channel VARCHAR, is_paid BOOLEAN",
    "products": "product_id INTEGER, product VARCHAR, class VARCHAR, brand_id INTEGER, price DECIMAL(12,2)",
    "campaigns": "campaign_id INTEGER, campaign VARCHAR, kind VARCHAR, category VARCHAR, channel VARCHAR, "
    "brand_id INTEGER, created_at TIMESTAMP, starts_on DATE, ends_on DATE",
    "contacts": "contact_id BIGINT, name VARCHAR, email VARCHAR, specialty VARCHAR, city_id INTEGER, "
    "registered_at TIMESTAMP, birth_year INTEGER, acquisition_channel VARCHAR, traffic_source VARCHAR, "
    "is_direct BOOLEAN, consent_email BOOLEAN, consent_sms BOOLEAN, consent_whatsapp BOOLEAN, consent_phone BOOLEAN, "
    "consent_personalisation BOOLEAN, consent_third_party BOOLEAN, is_test BOOLEAN",
    "messages": "message_id BIGINT, campaign_id INTEGER, contact_id BIGINT, channel VARCHAR, category VARCHAR, "
    "sent_at TIMESTAMP, delivered_at TIMESTAMP, opened_at TIMESTAMP, clicked_at TIMESTAMP, "
    "unsubscribed_at TIMESTAMP, is_machine_open BOOLEAN, unit_cost DECIMAL(12,4)",
    "orders": "order_id BIGINT, contact_id BIGINT, product_id INTEGER, campaign_id INTEGER, channel VARCHAR, "
    "acquisition_channel VARCHAR, ordered_at TIMESTAMP, amount DECIMAL(12,2), margin DECIMAL(12,2), "
    "quantity INTEGER, cancelled_at TIMESTAMP",
    "activity": "contact_id BIGINT, active_on DATE, active_at TIMESTAMP",
    "spend": "day DATE, channel VARCHAR, campaign_id INTEGER, spend DECIMAL(12,2), impressions BIGINT, clicks BIGINT",
    "loads": "table_name VARCHAR, loaded_at TIMESTAMP, complete_until TIMESTAMP",
}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A demo database a fifth of the usual size, open for reading."""
    out = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    write_demo(out, World(size=0.2))
    with duckdb.connect(str(out), read_only=True) as connection:
        yield connection


def ask(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in con.sql(sql).fetchall()]


def number(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    ((value,),) = con.sql(sql).fetchall()
    return float(value)


def hash_tables(out: Path) -> dict[str, object]:
    """Return per table a hash of its content: of its rows, sorted."""
    with duckdb.connect(str(out), read_only=True) as connection:
        return {
            name: ask(connection, f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT t::VARCHAR r FROM {name} t)")
            for (name,) in connection.sql(LISTED).fetchall()
        }


def forget() -> None:
    """Drop what was drawn, so that the next table starts from nothing but the world."""
    for draw in (weigh_media, plan_campaigns, draw_people, draw_sends, draw_orders, draw_messages):
        draw.cache_clear()


def test_two_runs_write_the_same_content(tmp_path: Path) -> None:
    first, second = tmp_path / "first.duckdb", tmp_path / "second.duckdb"
    for out, hash_seed in ((first, "1"), (second, "2")):
        words = [sys.executable, "-m", "data", "--size", "0.02", "--out", str(out)]
        subprocess.run(words, cwd=ROOT, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True)
    hashes = hash_tables(first)
    assert hashes == hash_tables(second)
    assert sorted(hashes) == sorted(NAMES)


def test_a_table_made_alone_from_nothing_is_the_same(tmp_path: Path) -> None:
    write_demo(tmp_path / "all.duckdb", SMALL)
    together = hash_tables(tmp_path / "all.duckdb")
    for table in reversed(TABLES):
        forget()
        write_demo(tmp_path / "one.duckdb", SMALL, tables=(table,))
        assert hash_tables(tmp_path / "one.duckdb") == {table[0]: together[table[0]]}


@pytest.mark.parametrize("dropped", ["campaigns", "contacts", "messages"])
def test_dropping_or_adding_a_table_changes_no_other(tmp_path: Path, dropped: str) -> None:
    def make_probe(world: World) -> pa.Table:
        return pa.table({"drawn": world.stream("probe").random(1000)})

    write_demo(tmp_path / "all.duckdb", SMALL)
    expected = hash_tables(tmp_path / "all.duckdb")
    forget()
    kept = tuple(table for table in TABLES if table[0] != dropped)
    write_demo(tmp_path / "other.duckdb", SMALL, tables=(("probe", make_probe), *kept))
    found = hash_tables(tmp_path / "other.duckdb")
    assert found.pop("probe")
    assert found == {name: content for name, content in expected.items() if name != dropped}


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    write_demo(tmp_path / "one.duckdb", SMALL)
    write_demo(tmp_path / "two.duckdb", World(size=SMALL.size, seed=1))
    one, two = hash_tables(tmp_path / "one.duckdb"), hash_tables(tmp_path / "two.duckdb")
    alike = {name for name in NAMES if one[name] == two[name]}
    assert alike == {"brands", "cities", "acquisition_channels", "products"}


@pytest.mark.parametrize("size", [0.01, 0.05, 0.3])
def test_size_scales_contacts_and_what_they_do(size: float) -> None:
    world = World(size=size)
    made = {name: make(world).num_rows for name, make in TABLES}
    assert made["contacts"] == 20_000 * size
    assert made["messages"] == pytest.approx(410_000 * size, rel=0.15)
    assert made["orders"] == pytest.approx(25_000 * size, rel=0.1)
    assert made["activity"] == pytest.approx(350_000 * size, rel=0.25)


def test_tables_and_their_types(con: duckdb.DuckDBPyConnection) -> None:
    found = {
        name: ", ".join(f"{column} {type_}" for column, type_, *_ in con.sql(f"DESCRIBE {name}").fetchall())
        for (name,) in con.sql(LISTED).fetchall()
    }
    assert found == COLUMNS
    assert list(COLUMNS) == NAMES


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("brands", "brand_id"),
        ("brands", "brand"),
        ("cities", "city_id"),
        ("acquisition_channels", "acquisition_channel"),
        ("products", "product_id"),
        ("products", "product"),
        ("campaigns", "campaign_id"),
        ("campaigns", "campaign"),
        ("contacts", "contact_id"),
        ("messages", "message_id"),
        ("orders", "order_id"),
        ("activity", "contact_id, active_on"),
        ("spend", "day, channel, campaign_id"),
        ("loads", "table_name"),
    ],
)
def test_keys_are_unique(con: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    assert ask(con, f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 3") == []


@pytest.mark.parametrize(
    ("table", "column", "owner", "lowest", "highest"),
    [
        ("products", "brand_id", "brands", 0, 0),
        ("campaigns", "brand_id", "brands", 0, 0),
        ("contacts", "city_id", "cities", 0.002, 0.01),
        ("contacts", "acquisition_channel", "acquisition_channels", 0, 0),
        ("messages", "campaign_id", "campaigns", 0, 0),
        ("messages", "contact_id", "contacts", 0.002, 0.03),
        ("orders", "contact_id", "contacts", 0.002, 0.03),
        ("orders", "product_id", "products", 0, 0),
        ("orders", "campaign_id", "campaigns", 0, 0),
        ("orders", "acquisition_channel", "acquisition_channels", 0, 0),
        ("activity", "contact_id", "contacts", 0.002, 0.03),
        ("spend", "campaign_id", "campaigns", 0, 0),
    ],
)
def test_orphans_are_a_few_and_where_they_may_be(
    con: duckdb.DuckDBPyConnection, table: str, column: str, owner: str, lowest: float, highest: float
) -> None:
    known = f"{column} IN (SELECT {column} FROM {owner})"
    share = number(con, f"SELECT count(*) FILTER (NOT {known}) / count({column}) FROM {table}")
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
        ("messages", "contact_id", 0, 0),
        ("messages", "is_machine_open", 0, 0),
        ("orders", "contact_id", 0.01, 0.03),
        ("orders", "margin", 0.005, 0.02),
        ("orders", "cancelled_at", 0.93, 0.97),
        ("orders", "acquisition_channel", 0.02, 0.2),
        ("campaigns", "brand_id", 0.2, 0.8),
    ],
)
def test_nulls_are_where_they_are_said_to_be(
    con: duckdb.DuckDBPyConnection, table: str, column: str, lowest: float, highest: float
) -> None:
    assert lowest <= number(con, f"SELECT 1 - count({column}) / count(*) FROM {table}") <= highest


def test_values_of_texts(con: duckdb.DuckDBPyConnection) -> None:
    channels = ask(con, "SELECT DISTINCT channel FROM messages ORDER BY 1")
    assert channels == [("email",), ("ivr",), ("sms",), ("whatsapp",)]
    assert ask(con, "SELECT DISTINCT kind FROM campaigns ORDER BY 1") == [
        *(("activation",), ("digest",), ("promotion",), ("webinar",)),
        (None,),
    ]
    assert number(con, "SELECT count(DISTINCT specialty) FROM contacts") == 8
    assert number(con, "SELECT count(DISTINCT brand) FROM brands") == 12
    assert number(con, "SELECT count(*) FROM campaigns") >= 60
    scripts = "Greek", "Cyrillic", "Arabic"
    for script in scripts:
        assert number(con, rf"SELECT count(*) FROM contacts WHERE regexp_matches(name, '\p{{{script}}}')") > 0
    for sign in ("''", ",", '"', "é"):
        assert number(con, f"SELECT count(*) FROM contacts WHERE contains(name, '{sign}')") > 0
    assert ask(con, r"SELECT email FROM contacts WHERE NOT regexp_matches(email, '^[a-z]+\.[a-z]+\d+@[a-z.]+$')") == []


def test_nothing_happens_out_of_turn(con: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        SELECT * FROM messages WHERE delivered_at < sent_at OR opened_at < delivered_at OR clicked_at < opened_at
            OR unsubscribed_at < delivered_at
            OR delivered_at IS NULL AND (opened_at, clicked_at, unsubscribed_at) IS DISTINCT FROM (NULL, NULL, NULL)
            OR is_machine_open AND (opened_at IS NULL OR clicked_at IS NOT NULL OR channel <> 'email')
            OR channel = 'sms' AND opened_at IS NOT NULL
            OR channel <> 'sms' AND clicked_at IS NOT NULL AND opened_at IS NULL
    """
    assert ask(con, wrong) == []
    assert ask(con, "SELECT * FROM orders WHERE cancelled_at < ordered_at OR quantity < 1 OR amount < 0") == []
    assert ask(con, "SELECT * FROM spend WHERE clicks > impressions OR spend < 0") == []
    for fact, moment in FACTS:
        early = f"SELECT * FROM {fact} JOIN contacts USING (contact_id) WHERE {moment} < registered_at"
        assert ask(con, early) == []
    sooner = "SELECT * FROM messages JOIN campaigns USING (campaign_id) WHERE sent_at + INTERVAL 2 HOURS < starts_on"
    assert ask(con, sooner) == []
    local = "timezone('Europe/Paris', timezone('UTC', active_at))::DATE"
    assert ask(con, f"SELECT * FROM activity WHERE active_on <> {local}") == []


def test_the_span_is_731_paris_days_and_nothing_is_later(con: duckdb.DuckDBPyConnection) -> None:
    assert tuple(
        int(datetime(*day, tzinfo=ZoneInfo("Europe/Paris")).timestamp()) for day in ((2022, 11, 16), (2024, 11, 16))
    ) == (START, END)
    moments = con.sql(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'TIMESTAMP' AND table_name <> 'loads'"
    ).fetchall()
    assert len(moments) == 10
    for table, column in moments:
        latest = con.sql(f"SELECT max({column}) FROM {table}").fetchall()[0][0]
        assert latest < datetime(2024, 11, 15, 23), f"{table}.{column}"
    for table, column in FACTS:
        days = f"SELECT count(DISTINCT timezone('Europe/Paris', timezone('UTC', {column}))::DATE) FROM {table}"
        assert 700 <= number(con, days) <= 731
        assert ask(con, f"SELECT 1 FROM {table} WHERE {column} < '2022-11-15 23:00' LIMIT 1") == []
    assert ask(con, "SELECT min(active_on)::VARCHAR, max(active_on)::VARCHAR FROM activity") == [
        ("2022-11-16", "2024-11-15")
    ]


def test_loads_tell_until_when_tables_are_complete(con: duckdb.DuckDBPyConnection) -> None:
    loads = dict(con.sql("SELECT table_name, complete_until FROM loads").fetchall())
    assert sorted(loads) == sorted(NAMES)
    assert loads.pop("spend") == datetime(2024, 11, 14, 23)
    assert set(loads.values()) == {datetime(2024, 11, 15, 23)}
    assert ask(con, "SELECT max(day)::VARCHAR FROM spend") == [("2024-11-14",)]
    assert ask(con, "SELECT 1 FROM loads WHERE loaded_at < complete_until") == []


@pytest.mark.parametrize(("table", "column"), FACTS)
def test_facts_lie_by_time(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    late = f"SELECT {column} < lag({column}) OVER (ORDER BY rowid) AS early FROM {table}"
    assert number(con, f"SELECT count(*) FROM ({late}) WHERE early") == 0


def test_paris_time_is_that_of_the_time_zone_database() -> None:
    utc = np.arange(int(datetime(2022, 1, 1, tzinfo=UTC).timestamp()), END, HOUR // 2, dtype=np.int64)
    zone = ZoneInfo("Europe/Paris")
    offsets = [datetime.fromtimestamp(second, zone).utcoffset() for second in utc.tolist()]
    expected = utc + np.array([offset.total_seconds() for offset in offsets if offset], dtype=np.int64)
    assert (to_local(utc) == expected).all()
    there = np.concatenate([utc, utc + 1])
    back = to_utc(to_local(there))
    repeated = (
        back != there
    )  # of the hour that the clocks show twice, even seconds are the first and odd ones the second
    assert (np.abs(back - there)[repeated] == HOUR).all()
    assert repeated.sum() == 3 * 4
    skipped = np.array([int(datetime(2023, 3, 26, 2, 30, tzinfo=UTC).timestamp())])
    assert to_local(to_utc(skipped)) == skipped + HOUR


@pytest.mark.parametrize(
    ("channel", "measure", "lowest", "highest"),
    [
        ("email", "count(delivered_at) / count(*)", 0.96, 0.98),
        ("email", "count(opened_at) FILTER (NOT is_machine_open) / count(delivered_at)", 0.19, 0.25),
        ("email", "count(opened_at) / count(delivered_at)", 0.38, 0.50),
        ("email", "count(clicked_at) / count(delivered_at)", 0.022, 0.04),
        ("email", "count(unsubscribed_at) / count(delivered_at)", 0.0005, 0.003),
        ("whatsapp", "count(delivered_at) / count(*)", 0.93, 0.97),
        ("whatsapp", "count(opened_at) / count(delivered_at)", 0.65, 0.75),
        ("whatsapp", "count(clicked_at) / count(delivered_at)", 0.07, 0.12),
        ("sms", "count(clicked_at) / count(delivered_at)", 0.02, 0.045),
        ("ivr", "count(delivered_at) / count(*)", 0.60, 0.67),
        ("ivr", "count(opened_at) / count(delivered_at)", 0.43, 0.56),
    ],
)
def test_rates_are_plausible(
    con: duckdb.DuckDBPyConnection, channel: str, measure: str, lowest: float, highest: float
) -> None:
    sql = f"SELECT {measure} FROM messages WHERE channel = '{channel}' AND category = 'promotional'"
    assert lowest <= number(con, sql) <= highest


def test_opens_come_minutes_to_days_later(con: duckdb.DuckDBPyConnection) -> None:
    hours = "epoch(opened_at - delivered_at) / 3600"
    sql = f"SELECT quantile_cont({hours}, {{}}) FROM messages WHERE channel = 'email' AND NOT is_machine_open"
    assert number(con, sql.format(0.02)) < 0.5
    assert 1 < number(con, sql.format(0.5)) < 8
    assert 24 < number(con, sql.format(0.97)) < 24 * 14


def test_mornings_of_tuesday_and_wednesday_are_busy(con: duckdb.DuckDBPyConnection) -> None:
    for table, column in FACTS:
        local = f"timezone('Europe/Paris', timezone('UTC', {column}))"
        busiest = ask(
            con,
            f"SELECT weekday, hour // 4 FROM (SELECT isodow(t) AS weekday, hour(t) AS hour FROM (SELECT {local} AS t "
            f"FROM {table})) GROUP BY ALL ORDER BY count(*) DESC LIMIT 2",
        )
        assert sorted(busiest) == [(2, 2), (3, 2)], table


def test_business_grows_and_rests_in_august(con: duckdb.DuckDBPyConnection) -> None:
    for table, column in FACTS:
        months = dict(con.sql(f"SELECT strftime({column}, '%Y-%m'), count(*) FROM {table} GROUP BY 1").fetchall())
        assert months["2024-10"] > 1.4 * months["2023-10"], table
    for year in (2023, 2024):
        august, september = (
            number(con, f"SELECT count(*) FROM orders WHERE strftime(ordered_at, '%Y-%m') = '{year}-{month}'")
            for month in ("08", "09")
        )
        assert august < 0.8 * september


def test_some_campaigns_work_and_some_do_not(con: duckdb.DuckDBPyConnection) -> None:
    def rate(name: str) -> float:
        sql = "SELECT count(clicked_at) / count(delivered_at) FROM messages JOIN campaigns USING (campaign_id) WHERE "
        return number(con, sql + name)

    usual = rate("kind = 'promotion' AND campaigns.channel = 'email'")
    assert rate("campaign = 'Summer check 2023, e-mail'") < 0.5 * usual
    assert rate("campaign = 'Christmas prize draw, e-mail'") > 1.5 * usual
    before, after = "sent_at BETWEEN '2024-03-01' AND '2024-06-01'", "sent_at BETWEEN '2024-06-01' AND '2024-09-01'"
    assert rate(f"kind = 'digest' AND {after}") > 1.5 * rate(f"kind = 'digest' AND {before}")
    sold = "SELECT count(*) FROM orders JOIN campaigns USING (campaign_id) WHERE starts_with(campaign, '{}')"
    assert number(con, sold.format("Black Friday 2023")) > 2 * number(con, sold.format("Christmas prize draw"))


def test_who_unsubscribes_hears_no_more(con: duckdb.DuckDBPyConnection) -> None:
    left = "(SELECT contact_id, channel, unsubscribed_at FROM messages WHERE unsubscribed_at IS NOT NULL)"
    assert number(con, f"SELECT count(*) FROM {left}") > 50
    assert ask(con, f"SELECT contact_id, channel FROM {left} GROUP BY ALL HAVING count(*) > 1") == []
    more = f"SELECT * FROM messages m JOIN {left} l USING (contact_id, channel) WHERE sent_at > l.unsubscribed_at"
    assert ask(con, f"{more} AND category = 'promotional'") == []
    for channel, consent in (("email", "email"), ("sms", "sms"), ("whatsapp", "whatsapp"), ("ivr", "phone")):
        still = f"SELECT contact_id FROM contacts JOIN {left} USING (contact_id) WHERE channel = '{channel}'"
        assert ask(con, f"{still} AND consent_{consent}") == []


def test_hazards_are_there(con: duckdb.DuckDBPyConnection) -> None:
    assert number(con, "SELECT count(*) FROM (SELECT sent_at FROM messages GROUP BY 1 HAVING count(*) > 1)") > 1000
    assert ask(con, "SELECT city FROM cities GROUP BY 1 HAVING count(*) > 1") == [("Saint-Denis",)]
    assert number(con, "SELECT count(*) FROM contacts WHERE is_test") == 4
    assert number(con, "SELECT count(*) FROM contacts WHERE registered_at < '2022-11-15 23:00'") > 1000
    assert number(con, "SELECT count(*) FROM orders WHERE margin < 0") > 10
    assert number(con, "SELECT count(*) FROM campaigns WHERE starts_on IS NULL") == 3
    assert ask(con, "SELECT 1 FROM messages JOIN campaigns USING (campaign_id) WHERE starts_on IS NULL") == []
    vega = "FROM orders JOIN products USING (product_id) WHERE product = 'Vega'"
    assert ask(con, f"SELECT min(ordered_at) >= '2024-02-29 23:00' {vega}") == [(True,)]
    for day in ("2023-03-26", "2023-10-29", "2024-03-31", "2024-10-27"):
        assert number(con, f"SELECT count(*) FROM activity WHERE active_on = '{day}'") > 0
