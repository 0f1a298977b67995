"""A difference day by day as a Plotly figure: lines with bands, a picture each where many."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go  # type: ignore[import-untyped]
from plotly.subplots import make_subplots  # type: ignore[import-untyped]

from core.charts.lines import Day, Line, LinePoint, LinesChart, written_day
from core.charts.units import count, percent
from ui.marks import Mark, mark
from ui.plotly_text import AXIS, in_lines

ALONE_PX, PANEL_PX, TEXT_PX, GAP_PX, LEFT_PX, BOTTOM_PX = 280, 170, 18, 28, 64, 56

_THROUGH = 0.16
_MOST_MARKS = 45
_HEADING_WIDTH = 50


def lines_figure(chart: LinesChart) -> go.Figure:
    """One picture for a few groups, a picture for each of many, all on the same axes."""
    panels = chart.panels
    each = ALONE_PX if len(panels) == 1 else PANEL_PX
    heading = max(TEXT_PX * (_said(chart, lines).count("<br>") + 1) for lines in panels)
    between = heading + GAP_PX
    height = each * len(panels) + between * (len(panels) - 1)
    drawn = make_subplots(rows=len(panels), shared_xaxes=True, vertical_spacing=between / height)
    for place, lines in enumerate(panels, start=1):
        _compare(drawn, chart, place)
        for line in lines:
            _line(drawn, chart, line, place)
        _heading(drawn, chart, lines, place)
    _axes(drawn, chart)
    top = heading + 8
    margin = {"l": LEFT_PX, "r": 12, "t": top, "b": BOTTOM_PX}
    drawn.update_layout(height=height + top + BOTTOM_PX, margin=margin)
    return drawn


def _line(drawn: go.Figure, chart: LinesChart, line: Line, place: int) -> None:
    look = mark([each.label for each in chart.lines].index(line.label))
    points = line.estimable
    _band(drawn, chart, points, look, place)
    drawn.add_scatter(
        x=[_x(point.day) for point in points],
        y=[chart.unit.scaled(point.estimate or 0.0) for point in points],
        name=in_lines(line.label),
        mode="lines+markers" if len(points) <= _MOST_MARKS else "lines",
        line={"color": look.colour, "width": 2.5, "dash": look.dash},
        marker={"size": 7, "symbol": look.shape, "color": look.colour},
        hovertemplate=[_hover(chart, line, point) for point in points],
        row=place,
        col=1,
    )


def _band(
    drawn: go.Figure, chart: LinesChart, points: Sequence[LinePoint], look: Mark, place: int
) -> None:
    """Both ends of the intervals as thin lines, and what lies between them filled."""
    for end in (0, 1):
        drawn.add_scatter(
            x=[_x(point.day) for point in points],
            y=[chart.unit.scaled(point.interval[end]) for point in points if point.interval],
            mode="lines",
            line={"color": look.colour, "width": 1, "dash": look.dash},
            fill="tonexty" if end else None,
            fillcolor=look.faded(_THROUGH) if end else None,
            hoverinfo="skip",
            row=place,
            col=1,
        )


def _heading(drawn: go.Figure, chart: LinesChart, lines: Sequence[Line], place: int) -> None:
    """Above a picture, from its left edge: whose lines they are, and where they end."""
    drawn.add_annotation(
        xref="paper",
        x=0,
        xshift=6 - LEFT_PX,
        yref=f"y{'' if place == 1 else place} domain",
        y=1,
        yshift=4,
        text=_said(chart, lines),
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        align="left",
    )


def _said(chart: LinesChart, lines: Sequence[Line]) -> str:
    """Shape, name and last value of each line; the value in a line of its own if need be."""
    names = [each.label for each in chart.lines]
    said = []
    for line in lines:
        look, value = mark(names.index(line.label)), chart.value_label(line)
        sign = f"<span style='color:{look.colour}'>{_SIGNS[look.shape]}</span>"
        between = " " if len(line.label) + len(value) < _HEADING_WIDTH else "<br>"
        said.append(f"{sign} <b>{in_lines(line.label, _HEADING_WIDTH)}</b>{between}{value}")
    return "<br>".join(said)


def _compare(drawn: go.Figure, chart: LinesChart, place: int) -> None:
    """The smallest effect worth using, below the bands; the line of nothing is of the axis."""
    if chart.smallest_effect is not None:
        drawn.add_hline(
            y=chart.unit.scaled(chart.smallest_effect),
            line={"color": AXIS, "width": 1.8, "dash": "dash"},
            layer="below",
            row=place,
            col=1,
            exclude_empty_subplots=False,
        )


def _axes(drawn: go.Figure, chart: LinesChart) -> None:
    dated = any(isinstance(day, date) for day in chart.days)
    drawn.update_xaxes(
        fixedrange=True,
        showgrid=False,
        ticks="outside",
        nticks=6,
        tickformat="%-d %b" if dated else ",d",
    )
    drawn.update_xaxes(
        title={"text": "Everybody up to and including this day"}, row=len(chart.panels)
    )
    drawn.update_yaxes(
        title={"text": chart.unit.label, "standoff": 6},
        range=chart.axis,
        fixedrange=True,
        zeroline=True,
        zerolinecolor=AXIS,
        zerolinewidth=1.8,
    )


def _hover(chart: LinesChart, line: Line, point: LinePoint) -> str:
    said = [
        f"<b>{in_lines(line.label)}</b>",
        written_day(point.day),
        f"{chart.unit.signed(point.estimate)} {chart.unit.label}",
        f"{percent(chart.coverage)} band: {chart.unit.interval(point.interval)}",
        f"{count(point.n)} customers against {count(point.n_control)}",
    ]
    return "<br>".join(said) + "<extra></extra>"


def _x(day: Day) -> str | int:
    return day.isoformat() if isinstance(day, date) else day


_SIGNS = {
    "circle": "\N{BLACK CIRCLE}",
    "square": "\N{BLACK SQUARE}",
    "diamond": "\N{BLACK DIAMOND}",
    "triangle-up": "\N{BLACK UP-POINTING TRIANGLE}",
    "triangle-down": "\N{BLACK DOWN-POINTING TRIANGLE}",
    "cross": "\N{HEAVY GREEK CROSS}",
}
