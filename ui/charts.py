"""Charts on a page: drawn by Plotly from their description, with their table and a download."""

import re
from pathlib import PurePath

import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st

from core.charts.bars import BarChart
from core.charts.forest import SIMULATED, ForestChart
from core.charts.lines import LinesChart
from core.charts.severities import SeverityChart
from core.charts.table import Chart, as_csv, as_table
from core.charts.units import DASH, MINUS
from ui.bar_figure import bar_figure
from ui.forest_figure import forest_figure
from ui.lines_figure import lines_figure
from ui.plotly_text import finish
from ui.severity_figure import severity_figure
from ui.words import plain

_NUMBER = re.compile(rf"[+{MINUS}]?\$?[\d,.]+( %)?|{DASH}")
_CONFIG = {"displayModeBar": False, "responsive": True}


def show_forest(chart: ForestChart, key: str, *, file_name: str = "lift.csv") -> None:
    """Show the chart, how it is read, and on request its numbers as a table.

    The widgets are `key.chart`, `key.as_table` and `key.download`.
    """
    _draw(chart, key)
    st.caption(plain(chart.legend))
    _offer_table(chart, key, file_name)


def show_lines(chart: LinesChart, key: str, *, file_name: str = "by_day.csv") -> None:
    """Show the course of days, what its bands promise, and on request its numbers as a table."""
    _draw(chart, key)
    st.caption(plain(chart.legend))
    _offer_table(chart, key, file_name)


def show_bars(chart: BarChart, key: str, *, file_name: str = "sizes.csv") -> None:
    """Show the bars and on request their numbers as a table; widgets as with a forest chart."""
    _draw(chart, key)
    _offer_table(chart, key, file_name)


def show_severities(
    chart: SeverityChart, key: str, *, file_name: str = "safety_distribution.csv"
) -> None:
    """Show the grid, what its lines mean, and on request its numbers as a table."""
    _draw(chart, key)
    st.caption(plain(chart.legend))
    _offer_table(chart, key, file_name)


def figure(chart: Chart, *, dark: bool = False) -> go.Figure:
    """The chart as a Plotly figure, its text legible on a light or on a dark page."""
    if isinstance(chart, ForestChart):
        drawn = forest_figure(chart)
    elif isinstance(chart, SeverityChart):
        drawn = severity_figure(chart, dark=dark)
    else:
        drawn = lines_figure(chart) if isinstance(chart, LinesChart) else bar_figure(chart)
    finish(drawn, chart, dark=dark)
    return drawn


def _draw(chart: Chart, key: str) -> None:
    """The title in the page's own letters, which break where the page is narrow; the picture."""
    with st.container(gap="xxsmall"):
        st.markdown(f"**{plain(chart.title)}**")
        if chart.simulated:
            st.badge(f"{SIMULATED} outcomes", icon=":material/science:", color="violet")
        if chart.subtitle:
            st.caption(plain(chart.subtitle))
    drawn = figure(chart, dark=st.context.theme.type == "dark")
    st.plotly_chart(drawn, key=f"{key}.chart", alt=chart.finding, config=_CONFIG)


def _offer_table(chart: Chart, key: str, file_name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        wanted = st.toggle("Show as table", key=f"{key}.as_table")
        st.download_button(
            "Download the table (CSV)",
            lambda: as_csv(chart).encode("utf-8-sig"),
            file_name=_named(file_name, simulated=chart.simulated),
            mime="text/csv",
            key=f"{key}.download",
            on_click="ignore",
            icon=":material/download:",
        )
    if wanted:
        st.table(_cells(chart), alt=chart.title, hide_index=True)


def _cells(chart: Chart) -> dict[str, list[str]]:
    """The table by column; what people wrote is shown letter by letter."""
    header, rows = as_table(chart)
    columns = zip(*rows, strict=True)
    return {
        plain(name): [cell if _NUMBER.fullmatch(cell) else plain(cell) for cell in column]
        for name, column in zip(header, columns, strict=True)
    }


def _named(file_name: str, *, simulated: bool) -> str:
    path = PurePath(file_name)
    return f"{path.stem}_{SIMULATED}{path.suffix}" if simulated else path.name
