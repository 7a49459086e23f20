"""The demo company: the same every time, as its tables promise, and alive like a business."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from data.rhythm import END, HOUR, START, to_local, to_utc
from data.tables import TABLES, Table
from data.truths import CHARGED, INVITED
from data.world import World
from data.write import write_demo
from tests.demo import KEYS, ask, number

ROOT = Path(__file__).parents[1]
SMALL = World(size=0.02)
NAMES = [table.name for table in TABLES]
SAME_IN_EVERY_COMPANY = {
    *("acquisition_channels", "annotations", "brands", "bundle_products", "bundles", "categories", "channels"),
    *("cities", "products", "segments", "targets"),
}
LISTED = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
FACTS = (("messages", "sent_at"), ("orders", "ordered_at"), ("activity", "active_at"))


def hash_tables(out: Path) -> dict[str, object]:
    """Return per table a hash of its content: of its rows, sorted."""
    with duckdb.connect(str(out), read_only=True) as connection:
        return {
            name: ask(connection, f"SELECT md5(string_agg(r, '|' ORDER BY r)) FROM (SELECT t::VARCHAR r FROM {name} t)")
            for (name,) in connection.sql(LISTED).fetchall()
        }


def forget() -> None:
    """Drop what was drawn, so that the next table starts from nothing but the world."""
    for module in [module for name, module in sys.modules.items() if name.startswith("data.")]:
        for drawn in vars(module).values():
            if callable(clear := getattr(drawn, "cache_clear", None)):
                clear()


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
        assert hash_tables(tmp_path / "one.duckdb") == {table.name: together[table.name]}


@pytest.mark.parametrize("dropped", ["campaigns", "contacts", "messages"])
def test_dropping_or_adding_a_table_changes_no_other(tmp_path: Path, dropped: str) -> None:
    def make_probe(world: World) -> pa.Table:
        return pa.table({"drawn": world.stream("probe").random(1000)})

    write_demo(tmp_path / "all.duckdb", SMALL)
    expected = hash_tables(tmp_path / "all.duckdb")
    forget()
    kept = tuple(table for table in TABLES if table.name != dropped)
    write_demo(tmp_path / "other.duckdb", SMALL, tables=(Table("probe", make_probe), *kept))
    found = hash_tables(tmp_path / "other.duckdb")
    assert found.pop("probe")
    assert found == {name: content for name, content in expected.items() if name != dropped}


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    write_demo(tmp_path / "one.duckdb", SMALL)
    write_demo(tmp_path / "two.duckdb", World(size=SMALL.size, seed=1))
    one, two = hash_tables(tmp_path / "one.duckdb"), hash_tables(tmp_path / "two.duckdb")
    alike = {name for name in NAMES if one[name] == two[name]}
    assert alike == SAME_IN_EVERY_COMPANY


@pytest.mark.parametrize("size", [0.01, 0.03, 0.1])
def test_size_scales_contacts_and_what_they_do(size: float) -> None:
    world = World(size=size)
    made = {table.name: table.make(world).num_rows for table in TABLES}
    assert made["contacts"] == 60_000 * size
    assert made["messages"] == pytest.approx(2_900_000 * size, rel=0.15)
    assert made["orders"] == pytest.approx(80_000 * size, rel=0.15)
    assert made["activity"] == pytest.approx(1_030_000 * size, rel=0.25)
    assert made["leads"] == pytest.approx(48_000 * size, rel=0.02)
    assert made["web_sessions"] == pytest.approx(570_000 * size, rel=0.1)


def test_a_large_company_is_drawn_in_blocks_and_is_whole(tmp_path: Path) -> None:
    """Ids stay unique and foreign keys find their rows, facts lie by time, and the planted totals are exact."""
    write_demo(tmp_path / "blocks.duckdb", SMALL, largest_block=0.007)
    with duckdb.connect(str(tmp_path / "blocks.duckdb"), read_only=True) as company:
        assert number(company, "SELECT count(*) FROM contacts") == 60_000 * SMALL.size
        assert number(company, "SELECT count(*) FROM leads") == pytest.approx(48_000 * SMALL.size, rel=0.02)
        for key, table in KEYS:
            assert ask(company, f"SELECT {key} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 1") == [], table
        for table, column, owner in (
            ("leads", "session_id", "web_sessions"),
            ("bookings", "lead_id", "leads"),
            ("sales", "booking_id", "bookings"),
            ("subscriptions", "sale_id", "sales"),
            ("showroom_visits", "request_id", "requests"),
        ):
            assert (
                ask(
                    company,
                    f"SELECT {column} FROM {table} ANTI JOIN {owner} USING ({column}) WHERE {column} IS NOT NULL",
                )
                == []
            )
        for table, column in FACTS:
            late = f"SELECT {column} < lag({column}) OVER (ORDER BY rowid) AS early FROM {table}"
            assert number(company, f"SELECT count(*) FROM ({late}) WHERE early") == 0
        assert number(company, "SELECT count(*) FROM invitations") == INVITED
        charged = "SELECT sum(amount) FROM charges WHERE channel = 'whatsapp' AND charged_at >= '2023-12-31 23:00'"
        assert number(company, charged) == CHARGED["whatsapp"] * SMALL.size


def test_values_of_texts(company: duckdb.DuckDBPyConnection) -> None:
    channels = ask(company, "SELECT DISTINCT channel FROM messages ORDER BY 1")
    assert channels == [("email",), ("ivr",), ("sms",), ("whatsapp",)]
    assert ask(company, "SELECT DISTINCT kind FROM campaigns ORDER BY 1") == [
        *(("activation",), ("digest",), ("promotion",), ("webinar",)),
        (None,),
    ]
    assert number(company, "SELECT count(DISTINCT specialty) FROM contacts") == 8
    assert number(company, "SELECT count(DISTINCT brand) FROM brands") == 12
    assert number(company, "SELECT count(*) FROM campaigns") >= 60
    scripts = "Greek", "Cyrillic", "Arabic"
    for script in scripts:
        assert number(company, rf"SELECT count(*) FROM contacts WHERE regexp_matches(name, '\p{{{script}}}')") > 0
    for sign in ("''", ",", '"', "é"):
        assert number(company, f"SELECT count(*) FROM contacts WHERE contains(name, '{sign}')") > 0
    assert (
        ask(company, r"SELECT email FROM contacts WHERE NOT regexp_matches(email, '^[a-z]+\.[a-z]+\d+@[a-z.]+$')") == []
    )


def test_nothing_happens_out_of_turn(company: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        SELECT * FROM messages WHERE delivered_at < sent_at OR opened_at < delivered_at OR clicked_at < opened_at
            OR unsubscribed_at < delivered_at
            OR delivered_at IS NULL AND (opened_at, clicked_at, unsubscribed_at) IS DISTINCT FROM (NULL, NULL, NULL)
            OR is_machine_open AND (opened_at IS NULL OR clicked_at IS NOT NULL OR channel <> 'email')
            OR channel = 'sms' AND opened_at IS NOT NULL
            OR channel <> 'sms' AND clicked_at IS NOT NULL AND opened_at IS NULL
    """
    assert ask(company, wrong) == []
    assert ask(company, "SELECT * FROM orders WHERE cancelled_at < ordered_at OR quantity < 1 OR amount < 0") == []
    assert ask(company, "SELECT * FROM spend WHERE clicks > impressions OR spend < 0") == []
    for fact, moment in FACTS:
        early = f"SELECT * FROM {fact} JOIN contacts USING (contact_id) WHERE {moment} < registered_at"
        assert ask(company, early) == []
    sooner = "SELECT * FROM messages JOIN campaigns USING (campaign_id) WHERE sent_at + INTERVAL 2 HOURS < starts_on"
    assert ask(company, sooner) == []
    local = "timezone('Europe/Paris', timezone('UTC', active_at))::DATE"
    assert ask(company, f"SELECT * FROM activity WHERE active_on <> {local}") == []


def test_the_span_is_731_paris_days_and_nothing_is_later(company: duckdb.DuckDBPyConnection) -> None:
    assert tuple(
        int(datetime(*day, tzinfo=ZoneInfo("Europe/Paris")).timestamp()) for day in ((2022, 11, 16), (2024, 11, 16))
    ) == (START, END)
    moments = company.sql(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'TIMESTAMP' AND table_name <> 'loads'"
        " AND column_name <> 'appointment_at'"
    ).fetchall()
    assert len(moments) == 37
    for table, column in moments:
        latest = company.sql(f"SELECT max({column}) FROM {table}").fetchall()[0][0]
        assert latest < datetime(2024, 11, 15, 23), f"{table}.{column}"
    for table, column in FACTS:
        days = f"SELECT count(DISTINCT timezone('Europe/Paris', timezone('UTC', {column}))::DATE) FROM {table}"
        assert 680 <= number(company, days) <= 731
        assert ask(company, f"SELECT 1 FROM {table} WHERE {column} < '2022-11-15 23:00' LIMIT 1") == []
    assert ask(company, "SELECT min(active_on)::VARCHAR, max(active_on)::VARCHAR FROM activity") == [
        ("2022-11-16", "2024-11-15")
    ]


def test_loads_tell_until_when_tables_are_complete(company: duckdb.DuckDBPyConnection) -> None:
    loads = dict(company.sql("SELECT table_name, complete_until FROM loads").fetchall())
    assert sorted(loads) == sorted(NAMES)
    assert loads.pop("spend") == datetime(2024, 11, 14, 23)
    assert set(loads.values()) == {datetime(2024, 11, 15, 23)}
    assert ask(company, "SELECT max(day)::VARCHAR FROM spend") == [("2024-11-14",)]
    assert ask(company, "SELECT 1 FROM loads WHERE loaded_at < complete_until") == []


@pytest.mark.parametrize(("table", "column"), FACTS)
def test_facts_lie_by_time(company: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    late = f"SELECT {column} < lag({column}) OVER (ORDER BY rowid) AS early FROM {table}"
    assert number(company, f"SELECT count(*) FROM ({late}) WHERE early") == 0


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
    company: duckdb.DuckDBPyConnection, channel: str, measure: str, lowest: float, highest: float
) -> None:
    sql = f"SELECT {measure} FROM messages WHERE channel = '{channel}' AND category = 'promotional'"
    assert lowest <= number(company, sql) <= highest


def test_opens_come_minutes_to_days_later(company: duckdb.DuckDBPyConnection) -> None:
    hours = "epoch(opened_at - delivered_at) / 3600"
    sql = f"SELECT quantile_cont({hours}, {{}}) FROM messages WHERE channel = 'email' AND NOT is_machine_open"
    assert number(company, sql.format(0.02)) < 0.5
    assert 1 < number(company, sql.format(0.5)) < 8
    assert 24 < number(company, sql.format(0.97)) < 24 * 14


def test_mornings_of_tuesday_and_wednesday_are_busy(company: duckdb.DuckDBPyConnection) -> None:
    for table, column in FACTS:
        local = f"timezone('Europe/Paris', timezone('UTC', {column}))"
        busiest = ask(
            company,
            f"SELECT weekday, hour // 4 FROM (SELECT isodow(t) AS weekday, hour(t) AS hour FROM (SELECT {local} AS t "
            f"FROM {table})) GROUP BY ALL ORDER BY count(*) DESC LIMIT 2",
        )
        assert sorted(busiest) == [(2, 2), (3, 2)], table


def test_business_grows_and_rests_in_august(company: duckdb.DuckDBPyConnection) -> None:
    for table, column in FACTS:
        months = dict(company.sql(f"SELECT strftime({column}, '%Y-%m'), count(*) FROM {table} GROUP BY 1").fetchall())
        assert months["2024-10"] > 1.4 * months["2023-10"], table
    for year in (2023, 2024):
        august, september = (
            number(company, f"SELECT count(*) FROM orders WHERE strftime(ordered_at, '%Y-%m') = '{year}-{month}'")
            for month in ("08", "09")
        )
        assert august < 0.8 * september


def test_some_campaigns_work_and_some_do_not(company: duckdb.DuckDBPyConnection) -> None:
    def rate(name: str) -> float:
        sql = "SELECT count(clicked_at) / count(delivered_at) FROM messages JOIN campaigns USING (campaign_id) WHERE "
        return number(company, sql + name)

    usual = rate("kind = 'promotion' AND campaigns.channel = 'email'")
    assert rate("campaign = 'Summer check 2023, e-mail'") < 0.5 * usual
    assert rate("campaign = 'Christmas prize draw, e-mail'") > 1.5 * usual
    before, after = "sent_at BETWEEN '2024-03-01' AND '2024-06-01'", "sent_at BETWEEN '2024-06-01' AND '2024-09-01'"
    assert rate(f"kind = 'digest' AND {after}") > 1.5 * rate(f"kind = 'digest' AND {before}")
    sold = "SELECT count(*) FROM orders JOIN campaigns USING (campaign_id) WHERE starts_with(campaign, '{}')"
    assert number(company, sold.format("Black Friday 2023")) > 2 * number(company, sold.format("Christmas prize draw"))


def test_who_unsubscribes_hears_no_more(company: duckdb.DuckDBPyConnection) -> None:
    left = "(SELECT contact_id, channel, unsubscribed_at FROM messages WHERE unsubscribed_at IS NOT NULL)"
    assert number(company, f"SELECT count(*) FROM {left}") > 50
    assert ask(company, f"SELECT contact_id, channel FROM {left} GROUP BY ALL HAVING count(*) > 1") == []
    more = f"SELECT * FROM messages m JOIN {left} l USING (contact_id, channel) WHERE sent_at > l.unsubscribed_at"
    assert ask(company, f"{more} AND category = 'promotional'") == []
    for channel, consent in (("email", "email"), ("sms", "sms"), ("whatsapp", "whatsapp"), ("ivr", "phone")):
        still = f"SELECT contact_id FROM contacts JOIN {left} USING (contact_id) WHERE channel = '{channel}'"
        assert ask(company, f"{still} AND consent_{consent}") == []


def test_hazards_are_there(company: duckdb.DuckDBPyConnection) -> None:
    assert number(company, "SELECT count(*) FROM (SELECT sent_at FROM messages GROUP BY 1 HAVING count(*) > 1)") > 1000
    assert ask(company, "SELECT city FROM cities GROUP BY 1 HAVING count(*) > 1") == [("Saint-Denis",)]
    assert number(company, "SELECT count(*) FROM contacts WHERE is_test") == 3
    assert number(company, "SELECT count(*) FROM contacts WHERE registered_at < '2022-11-15 23:00'") > 500
    assert number(company, "SELECT count(*) FROM orders WHERE margin < 0") > 10
    assert number(company, "SELECT count(*) FROM campaigns WHERE starts_on IS NULL") == 3
    assert ask(company, "SELECT 1 FROM messages JOIN campaigns USING (campaign_id) WHERE starts_on IS NULL") == []
    vega = "FROM orders JOIN products USING (product_id) WHERE product = 'Vega'"
    assert ask(company, f"SELECT min(ordered_at) >= '2024-02-29 23:00' {vega}") == [(True,)]
    for day in ("2023-03-26", "2023-10-29", "2024-03-31", "2024-10-27"):
        assert number(company, f"SELECT count(*) FROM activity WHERE active_on = '{day}'") > 0
