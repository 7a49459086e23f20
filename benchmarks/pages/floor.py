"""The least that the platform can do: a Streamlit script of a select box and eight prebuilt charts, or one."""

import datetime
import math

import pyarrow as pa
import streamlit as st

DAYS = 90
SPEC = {
    "mark": "line",
    "encoding": {"x": {"field": "day", "type": "temporal"}, "y": {"field": "value", "type": "quantitative"}},
}


@st.cache_resource
def make_table(chart: int, choice: str) -> pa.Table:
    """Ninety days of a wave that the choice moves."""
    first = datetime.date(2024, 1, 1)
    days = [first + datetime.timedelta(days=day) for day in range(DAYS)]
    values = [math.sin(day / 9 + chart) + len(choice) for day in range(DAYS)]
    return pa.table({"day": days, "value": values})


OPTIONS = ["Last 7 days", "Last 28 days", "Last 90 days", "Last 12 months"]
start = st.query_params.get("period", OPTIONS[2])
choice = st.selectbox("Period", OPTIONS, index=OPTIONS.index(start) if start in OPTIONS else 2)
for chart in range(8):
    st.vega_lite_chart(make_table(chart, choice), SPEC, height=250)
