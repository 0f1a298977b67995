"""The lift day by day on a page, or why there is no such chart."""

import streamlit as st

from core.models.readout import Readout
from core.reports.by_day import by_day, no_chart_by_day
from ui.charts import show_lines

_DEFINITION = (
    "The metric that decides, read again for each day with everybody who had come in by then. "
    "The band says how sure each day is; what it promises stands below the chart."
)


def section(readout: Readout) -> None:
    """The course of the lift over the days, or one line that says why there is none."""
    st.header("Lift by day", anchor=False, help=_DEFINITION)
    chart = by_day(readout)
    if chart is None:
        st.text(no_chart_by_day(readout) or "")
        return
    with st.container(border=True):
        show_lines(chart, "results.days", file_name="lift_by_day.csv")
