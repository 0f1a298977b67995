"""The text of a Plotly figure: shown letter by letter, legible, with the word SIMULATED."""

import html
import textwrap

# Plotly looks into a pandas that another session is still importing, and fails; so it comes first.
import pandas as pd  # noqa: F401
import plotly.graph_objects as go  # type: ignore[import-untyped]

from core.charts.forest import SIMULATED
from core.charts.table import Chart

AXIS, ALARM = "#808a99", "#d6453d"
INK_ON_LIGHT, INK_ON_DARK = "#1f2937", "#e6ebf2"

_LABEL_WIDTH, _TITLE_WIDTH = 24, 70


def in_lines(text: str, width: int = _LABEL_WIDTH) -> str:
    """The text in short lines; Plotly would read tags in it."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(text, width))


def finish(drawn: go.Figure, chart: Chart, *, dark: bool) -> None:
    """Give a figure its title, its ink and, where outcomes are invented, the word for it."""
    ink = {"color": INK_ON_DARK if dark else INK_ON_LIGHT}
    drawn.update_traces(textfont={"size": 13, **ink}, selector={"mode": "markers+text"})
    drawn.update_traces(textfont={"size": 13, **ink}, selector={"type": "bar"})
    drawn.update_annotations(font={"size": 12, **ink})
    drawn.update_xaxes(title={"font": ink}, tickfont=ink, separatethousands=True)
    drawn.update_yaxes(tickfont=ink)
    drawn.update_layout(
        title={
            "text": in_lines(chart.title, _TITLE_WIDTH),
            "font": ink,
            "subtitle": {"text": _subtitle(chart), "font": ink},
        },
        showlegend=False,
        dragmode=False,
        hoverlabel={"align": "left"},
    )
    if chart.simulated:
        _watermark(drawn)


def _subtitle(chart: Chart) -> str:
    said = html.escape(chart.subtitle)
    if not chart.simulated:
        return said
    return f"<span style='color:{ALARM}'><b>{SIMULATED} outcomes</b></span>  {said}"


def _watermark(drawn: go.Figure) -> None:
    drawn.add_annotation(
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        text=SIMULATED,
        showarrow=False,
        opacity=0.2,
        font={"color": ALARM, "size": 48},
    )
