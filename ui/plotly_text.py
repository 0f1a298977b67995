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
# As in .streamlit/config.toml: words hide the lines behind them.
PAPER_ON_LIGHT, PAPER_ON_DARK = "#ffffff", "#0f1620"

FILLED = "filled"
"""The meta of a mark that lies on a line of its own colour: it gets an edge."""

_LABEL_WIDTH, _AXIS_WIDTH = 24, 44


def in_lines(text: str, width: int = _LABEL_WIDTH) -> str:
    """The text in short lines; Plotly would read tags in it."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(text, width))


def line_count(text: str, width: int = _LABEL_WIDTH) -> int:
    """How many lines that makes; an empty text has one."""
    return max(len(textwrap.wrap(text, width)), 1)


def axis_title(text: str) -> str:
    """The title of an axis, with its unit in a line of its own where both do not fit."""
    if len(text) <= _AXIS_WIDTH:
        return in_lines(text, _AXIS_WIDTH)
    what, bracket, unit = text.partition(" (")
    return "<br>".join(
        in_lines(part, _AXIS_WIDTH) for part in (what, f"{bracket[1:]}{unit}") if part
    )


def finish(drawn: go.Figure, chart: Chart, *, dark: bool) -> None:
    """Give a figure its ink and, where outcomes are invented, the word for it."""
    ink = {"color": INK_ON_DARK if dark else INK_ON_LIGHT}
    paper = PAPER_ON_DARK if dark else PAPER_ON_LIGHT
    drawn.update_traces(textfont={"size": 13, **ink}, selector={"type": "bar"})
    drawn.update_traces(marker={"line": {"width": 1.5, "color": paper}}, selector={"meta": FILLED})
    drawn.update_annotations(font={"size": 13, **ink}, bgcolor=paper)
    drawn.update_xaxes(title={"font": ink}, tickfont=ink, separatethousands=True)
    drawn.update_yaxes(title={"font": ink}, tickfont=ink)
    drawn.update_layout(
        title={"text": ""},
        showlegend=False,
        legend={"font": {"size": 13, **ink}},
        dragmode=False,
        hoverlabel={"align": "left"},
    )
    if chart.simulated:
        _watermark(drawn)


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
