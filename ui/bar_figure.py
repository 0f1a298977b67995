"""A bar chart as a Plotly figure."""

import plotly.graph_objects as go  # type: ignore[import-untyped]

from core.charts.bars import BarChart
from ui.plotly_text import AXIS, in_lines

COLOUR = "#2a7fc9"
BAR_PX, REST_PX = 38, 100
# Of the length of the axis, so that the number beside the longest bar below zero stays clear of
# the labels on a phone.
_ROOM_BELOW = 0.3


def bar_figure(chart: BarChart) -> go.Figure:
    """Bars from top to bottom with their numbers, and the line to compare them with."""
    drawn = go.Figure()
    values = [chart.unit.scaled(bar.value) for bar in chart.bars]
    drawn.add_bar(
        x=values,
        y=[in_lines(bar.label) for bar in chart.bars],
        orientation="h",
        marker={"color": COLOUR},
        text=[chart.unit.level(bar.value) for bar in chart.bars],
        textposition="outside",
        cliponaxis=False,
        hovertext=[in_lines(bar.note, 60) for bar in chart.bars],
        hoverinfo="y+text",
    )
    if chart.line is not None:
        x = chart.unit.scaled(chart.line)
        line = {"color": AXIS, "width": 1.5, "dash": "dash"}
        drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=1, yref="paper", line=line)
        text = in_lines(chart.line_label, 40)
        drawn.add_annotation(x=x, y=1, yref="paper", text=text, showarrow=False, yanchor="bottom")
    drawn.update_xaxes(title={"text": chart.axis_title}, rangemode="tozero", fixedrange=True)
    low, high = min([0.0, *values]), max([0.0, *values])
    if low < 0:
        drawn.update_xaxes(range=[low - _ROOM_BELOW * (high - low), high + 0.1 * (high - low)])
    drawn.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, type="category")
    height = len(chart.bars) * BAR_PX + REST_PX
    drawn.update_layout(height=height, margin={"l": 10, "r": 70, "t": 34, "b": 50})
    return drawn
