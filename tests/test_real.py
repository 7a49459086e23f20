"""Real data with published answers: every check that the language can say, asked as a line, its rows compared."""

import json
import math
import os
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from semantic import Source, open_source

HERE = Path(__file__).parent
DATA = Path(os.environ.get("CROSSCUT_REAL_DATA", HERE.parent.parent / "shared" / "data"))
NAMES = ("hillstrom", "online_retail", "adventureworks")
Rows = list[dict[str, Any]]

# Checks that wait for a kind of metric that the compiler refuses so far, by a sentence.
WAITING: dict[str, str] = {}
# Columns that the language can't say, with the reason.
UNSAID = {
    "online_retail.overlap_union": {
        "invoices_in_both": "an intersection of two views by a column; join both to an owner of invoices to ask it"
    },
}


@cache
def open_real(name: str) -> Source:
    return open_source(HERE / "real" / f"{name}.yml", DATA / name)


@cache
def read_checks(name: str) -> dict[str, dict[str, Any]]:
    path = DATA / name / "expected.json"
    if not path.exists():
        return {}
    return {check["id"]: check for check in json.loads(path.read_text(encoding="utf-8"))["checks"]}


def ask(name: str, line: str) -> Rows:
    return open_real(name).ask(line).rows()


def rename(rows: Rows, **names: str) -> Rows:
    """The rows under the names that the check has: names[expected] = ours."""
    ours = {mine: theirs for theirs, mine in names.items()}
    return [{ours.get(name, name): value for name, value in row.items()} for row in rows]


def ask_one(name: str, line: str, **names: str) -> Callable[[], Rows]:
    """A check that one line answers; `names[expected] = column` where they differ."""
    return lambda: rename(ask(name, line), **names)


def ask_lift() -> Rows:
    rows = ask("hillstrom", "metric=visit_rate,conversion_rate,spend_per_customer&by=arm&compare=arm:No E-Mail")
    pairs = {"visit": "visit_rate", "conversion": "conversion_rate", "spend": "spend_per_customer"}
    lifts = [
        {"segment": row["arm"], **{f"{k}_lift": row[v] - row[f"{v}@compare"] for k, v in pairs.items()}} for row in rows
    ]
    return [row for row in lifts if row["segment"] != "No E-Mail"]


def ask_zero_cells() -> Rows:
    rows = ask("hillstrom", "metric=aov,converters&by=arm,recency,history_segment,zip_code")
    values = [row["aov"] for row in rows]
    return [
        {
            "cells": len(rows),
            "null_cells": values.count(None),
            "zero_order_cells": sum(row["converters"] == 0 for row in rows),
            "sum_of_defined": sum(value for value in values if value is not None),
        }
    ]


def ask_prices() -> Rows:
    [row] = ask("online_retail", "metric=free_lines,adjusted_lines,adjusted_revenue")
    codes = ask("online_retail", "metric=average_price&by=stock_code")
    empty = sum(code["average_price"] is None for code in codes)
    found = rename([row], zero_price="free_lines", negative_price="adjusted_lines", negative_revenue="adjusted_revenue")
    return [{**found[0], "codes": len(codes), "null_price_cells": empty}]


def ask_overlap() -> Rows:
    [before] = ask("online_retail", "metric=lines_before,revenue_before&period=2010-12-01..")
    [after] = ask("online_retail", "metric=revenue&period=..2010-12-09")
    names = {"overlap_in_first": before["lines_before"], "rev_first": before["revenue_before"]}
    return [{**names, "rev_second_same_days": after["revenue"]}]


def ask_pareto() -> Rows:
    found: dict[str, Any] = {"codes": len(ask("online_retail", "metric=gross&by=stock_code"))}
    for count in (10, 100, 1000):
        rows = ask("online_retail", f"metric=gross,gross~share&by=stock_code&top={count}")
        found[f"top{count}"] = 1 - rows[-1]["gross~share"]
    return [found]


def ask_months() -> Rows:
    metrics = "metric=revenue,orders,returned,return_rows,revenue~mom,orders~mom,returned~mom,return_rows~mom"
    rows = ask("adventureworks", f"{metrics}&by=month&period=2017-05-01..2017-06-30&order=-month")
    growth = {f"{name}_growth": f"{name}~mom" for name in ("revenue", "orders", "returned", "return_rows")}
    return rename(rows, m="month", **growth)


def ask_weekends() -> Rows:
    rows = ask("adventureworks", "metric=orders,weekend_share&by=year")
    return [{"y": row.pop("year").year, **row} for row in rows]


def ask_years() -> Rows:
    rows = rename(
        ask("adventureworks", "metric=buyers,new_buyers,kept_buyers&by=year"),
        customers="buyers",
        new_="new_buyers",
        also_last_year="kept_buyers",
    )
    return [{"y": row.pop("year").year, **row} for row in rows]


def ask_first_months() -> Rows:
    """The grid, a row for each cohort and its first four ages in columns."""
    cells = ask("online_retail", "cohort=retention")
    cohorts = {row["cohort"]: {f"m{age}": None for age in range(4)} for row in cells}
    for row in cells:
        if row["age"] < 4:
            cohorts[row["cohort"]][f"m{row['age']}"] = row["count"]
    return [{"cohort": cohort, **counts} for cohort, counts in cohorts.items()]


def ask_sheet() -> Rows:
    """What is published of the first month counts the running December, too: all cells, marked or not."""
    [row] = ask("online_retail", "metric=buyers_before,bought_before")
    cells = ask("online_retail", "cohort=retention_before")
    ones = [cell for cell in cells if cell["age"] == 1]
    return [
        {
            "customers": row["buyers_before"],
            "cohorts": sum(cell["age"] == 0 for cell in cells),
            "revenue_per_customer": row["bought_before"] / row["buyers_before"],
            "pooled_m1_retention": sum(cell["count"] for cell in ones) / sum(cell["size"] for cell in ones),
            "mean_m1_retention": sum(cell["rate"] for cell in ones) / len(ones),
        }
    ]


HILL, RETAIL, WORKS = NAMES
ENDS = ("2017-01-31", "2017-02-28", "2017-03-31", "2017-04-30", "2017-05-31", "2017-06-30")
CHECKS: dict[str, Callable[[], Rows]] = {
    "hillstrom.rates_by_arm": ask_one(
        HILL, "metric=customers,visit_rate,conversion_rate,spend_per_customer&by=arm", segment="arm"
    ),
    "hillstrom.lift_vs_control": ask_lift,
    "hillstrom.total_is_not_mean_of_rates": ask_one(HILL, "metric=visit_rate,conversion_rate,aov"),
    "hillstrom.visit_to_order_by_channel": ask_one(
        HILL, "metric=visitors,converters,visit_to_order,aov&by=arm,channel", segment="arm"
    ),
    "hillstrom.share_of_spend": ask_one(
        HILL,
        "metric=spend,spend~share,spend~share(arm)&by=arm,history_segment",
        segment="arm",
        share_total="spend~share",
        share_of_segment="spend~share(arm)",
    ),
    "hillstrom.zero_denominator_cells": ask_zero_cells,
    "hillstrom.filtered_subset": ask_one(
        HILL,
        "metric=customers,visit_rate,conversion_rate&by=arm&recency=..3&womens=1&channel=Web,Multichannel",
        segment="arm",
    ),
    "hillstrom.metric_filter_numerator_only": ask_one(HILL, "metric=big_spender_rate&by=arm", segment="arm"),
    "hillstrom.label_order_and_escaping": ask_one(
        HILL,
        "metric=customers,lowest_history,highest_history&by=history_segment",
        lo="lowest_history",
        hi="highest_history",
    ),
    "hillstrom.distribution_recency": ask_one(HILL, "metric=customers,visit_rate&by=recency"),
    "online_retail.totals": ask_one(
        RETAIL,
        "metric=lines,invoices,customers,countries,guest_lines,cancelled_invoices,revenue,undescribed,stock_codes",
        lines_="lines",
        null_descriptions="undescribed",
    ),
    "online_retail.monthly_revenue_mom": ask_one(RETAIL, "metric=revenue,revenue~mom&by=month", growth="revenue~mom"),
    "online_retail.uk_monthly_actives": ask_one(
        RETAIL, "metric=customers,units,average_line&by=month&country=United Kingdom", avg_line="average_line"
    ),
    "online_retail.cancellation_rate": ask_one(
        RETAIL,
        "metric=invoices,cancelled_invoices,cancellation_rate&by=month",
        cancelled="cancelled_invoices",
        rate="cancellation_rate",
    ),
    "online_retail.aov_by_country": ask_one(
        RETAIL,
        "metric=gross_invoices,gross_customers,gross,aov,gross~share&by=country&order=-gross&limit=10",
        invoices="gross_invoices",
        customers="gross_customers",
        revenue="gross",
        share_="gross~share",
    ),
    "online_retail.guest_share": ask_one(
        RETAIL,
        "metric=lines,invoices,revenue,revenue~share,customers&by=is_guest",
        lines_="lines",
        share_="revenue~share",
    ),
    "online_retail.pound_sign_values": ask_one(RETAIL, "metric=units,revenue,invoices&by=description&description=~£"),
    "online_retail.zero_and_negative_prices": ask_prices,
    # The week of Christmas is there, without revenue; the check leaves it out.
    "online_retail.weekly_distinct_customers": lambda: [
        row
        for row in rename(
            ask(RETAIL, "metric=customers,revenue&by=week&period=2010-12-13..2011-01-23"), week_start="week"
        )
        if row["revenue"] is not None
    ],
    "online_retail.rolling_7_28": ask_one(
        RETAIL,
        "metric=active,wau,mau&by=day&period=2010-12-31..&day=2010-12-31,2011-01-04,2011-06-30,2011-11-05,2011-12-09",
        dau="active",
    ),
    "online_retail.overlap_union": ask_overlap,
    "online_retail.cohort_dec_2010": ask_one(
        RETAIL,
        "cohort=purchase_retention&period=2010-12-01..2010-12-31",
        k="age",
        active="count",
        retention="rate",
    ),
    "online_retail.cohort_all_lines": ask_first_months,
    "online_retail.sheet_2009_cohorts": ask_sheet,
    "online_retail.top_products_pareto": ask_pareto,
    "online_retail.new_vs_existing_revenue": ask_one(RETAIL, "metric=existing_revenue,new_revenue,new_share&by=month"),
    "adventureworks.new_customers_and_retention_year": ask_years,
    "adventureworks.headline": ask_one(
        WORKS,
        "metric=revenue,cost,profit,orders,units,buyers,returned,return_rate,revenue_per_customer",
        customers="buyers",
    ),
    "adventureworks.category_multifact": ask_one(
        WORKS, "metric=categories,orders,units,revenue,returned,return_rate&by=category_name"
    ),
    "adventureworks.country_multifact": ask_one(WORKS, "metric=orders,units,revenue,returned,return_rate&by=country"),
    "adventureworks.last_month_vs_previous": ask_months,
    "adventureworks.customers_never_ordered": ask_one(
        WORKS,
        "metric=customers,buyers,revenue,revenue_per_customer&by=income_band",
        band="income_band",
        ordering="buyers",
        per_ordering="revenue_per_customer",
    ),
    "adventureworks.top_products_by_orders": ask_one(
        WORKS, "metric=orders,revenue,return_rate&by=product_name&order=-orders&limit=5"
    ),
    "adventureworks.weekend_share": ask_weekends,
    "adventureworks.rolling_90_days": lambda: rename(
        ask(WORKS, "metric=profit~rolling90d&by=day&day=" + ",".join(ENDS)),
        profit_90="profit~rolling90d",
    ),
}


@pytest.mark.parametrize("check_id", [*CHECKS, *WAITING])
def test_published_values(check_id: str) -> None:
    """What is published of real data is what the app answers."""
    name = check_id.split(".")[0]
    checks = read_checks(name)
    if not checks:
        pytest.skip(f"{check_id}: there is no {DATA / name}; CROSSCUT_REAL_DATA names another place")
    if check_id in WAITING:
        pytest.skip(f"{check_id} waits for {WAITING[check_id]}, which is refused so far")
    check = checks[check_id]
    money = "abs 0.01" in check["tolerance"]
    columns = [column for column in check["expected"]["columns"] if column not in UNSAID.get(check_id, {})]
    places = [check["expected"]["columns"].index(column) for column in columns]
    expected = [[row[place] for place in places] for row in check["expected"]["rows"]]
    found = [[row[column] for column in columns] for row in CHECKS[check_id]()]
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        for column, our, their in zip(columns, ours, theirs, strict=True):
            assert is_same(our, their, money), f"{check_id}: {column} is {our!r}, published {their!r}"


def is_same(ours: Any, theirs: Any, money: bool) -> bool:
    if isinstance(ours, date):
        return bool(ours.isoformat() == theirs)
    if isinstance(ours, float) and theirs is not None:
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=0.01 if money and abs(ours) > 10 else 1e-9)
    same: bool = ours == theirs
    return same


@pytest.mark.parametrize("name", NAMES)
def test_every_check_is_answered_or_listed(name: str) -> None:
    """No check is left out in silence."""
    listed = {check for check in [*CHECKS, *WAITING] if check.startswith(f"{name}.")}
    checks = read_checks(name)
    if not checks:
        pytest.skip(f"{name}: there is no {DATA / name}; CROSSCUT_REAL_DATA names another place")
    assert listed == set(checks)
    assert not set(CHECKS) & set(WAITING)
