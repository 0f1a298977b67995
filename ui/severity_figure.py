"""A grid of severities as a Plotly figure."""

import plotly.graph_objects as go  # type: ignore[import-untyped]

from core.charts.severities import SeverityChart, SeverityRow
from ui.plotly_text import INK_ON_DARK, INK_ON_LIGHT, in_lines

ROW_PX, REST_PX = 48, 90
_SCALE = (
    (0.0, "rgba(42,127,201,0)"),
    (0.02, "rgba(42,127,201,0.18)"),
    (1.0, "rgba(42,127,201,0.6)"),
)


def severity_figure(chart: SeverityChart, *, dark: bool) -> go.Figure:
    """Categories from top to bottom, severities from left to right, and the lines of each."""
    drawn = go.Figure()
    ink = INK_ON_DARK if dark else INK_ON_LIGHT
    drawn.add_heatmap(
        z=[list(row.counts) for row in chart.rows],
        x=list(chart.severities),
        y=[in_lines(row.category, 12) for row in chart.rows],
        zmin=0,
        zmax=chart.most,
        colorscale=_SCALE,
        showscale=False,
        text=[[f"{n:,}" for n in row.counts] for row in chart.rows],
        texttemplate="%{text}",
        textfont={"size": 13, "color": ink},
        customdata=[[row.standing(n) for n in chart.severities] for row in chart.rows],
        hovertemplate="%{y}, severity %{x}: %{text} messages, %{customdata}<extra></extra>",
        xgap=3,
        ygap=3,
    )
    for number, row in enumerate(chart.rows):
        _draw_lines(drawn, row, number, ink)
    drawn.update_xaxes(
        title={"text": chart.axis_title},
        dtick=1,
        fixedrange=True,
        range=[-0.5, chart.severities[-1] + 0.5],
        showgrid=False,
        zeroline=False,
    )
    drawn.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, showgrid=False)
    height = len(chart.rows) * ROW_PX + REST_PX
    drawn.update_layout(height=height, margin={"l": 10, "r": 10, "t": 10, "b": 50})
    return drawn


def _draw_lines(drawn: go.Figure, row: SeverityRow, number: int, ink: str) -> None:
    for severity, dash in ((row.review_at, "dash"), (row.block_at, "solid")):
        if severity < len(row.counts):
            drawn.add_shape(
                type="line",
                x0=severity - 0.5,
                x1=severity - 0.5,
                y0=number - 0.48,
                y1=number + 0.48,
                line={"color": ink, "width": 2, "dash": dash},
            )
