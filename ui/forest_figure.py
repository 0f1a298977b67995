"""A forest chart as a Plotly figure."""

from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import count, percent
from ui.plotly_text import AXIS, in_lines

# Each is legible on the light and on the dark page; shapes say the same as colours.
COLOURS = ("#2a7fc9", "#c9641b", "#1a8f72", "#a855c7", "#8a7a10", "#d0457f")
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
ROW_PX, GROUP_PX, REST_PX = 62, 40, 160

_FAINT = 0.5


def forest_figure(chart: ForestChart) -> go.Figure:
    """Rows from top to bottom, estimates with their intervals, the lines to compare with."""
    return _Forest.of(chart).figure()


@dataclass(frozen=True, slots=True)
class _Place:
    """A row, or the heading of a group, and how far from the top it is."""

    y: float
    row: ForestRow | None
    label: str


@dataclass(frozen=True, slots=True)
class _Forest:
    """A forest chart and where its rows stand."""

    chart: ForestChart
    places: tuple[_Place, ...]
    height: float

    @classmethod
    def of(cls, chart: ForestChart) -> "_Forest":
        """The rows of a chart from top to bottom, a heading before each group."""
        places: list[_Place] = []
        top, group = 0.0, ""
        for row in chart.rows:
            if row.group != group:
                group = row.group
                places.append(_Place(top + GROUP_PX * 0.6, None, f"<b>{in_lines(group)}</b>"))
                top += GROUP_PX
            size = f"<span style='font-size:0.85em'>{count(row.n)} customers</span>"
            label = f"{in_lines(row.label)}<br>{size}"
            places.append(_Place(top + ROW_PX * 0.6, row, label))
            top += ROW_PX
        return cls(chart, tuple(places), top)

    def figure(self) -> go.Figure:
        """The marks, the lines and the axes."""
        drawn = go.Figure()
        self._line(drawn, 0.0, "solid")
        if self.chart.smallest_effect is not None:
            self._smallest(drawn, self.chart.unit.scaled(self.chart.smallest_effect))
        for place in self.places:
            if place.row is not None:
                self._mark(drawn, place.row, place.y)
        self._axes(drawn)
        return drawn

    def _mark(self, drawn: go.Figure, row: ForestRow, y: float) -> None:
        names = list(dict.fromkeys(each.label for each in self.chart.rows))
        number = names.index(row.label)
        colour = COLOURS[number % len(COLOURS)]
        if row.estimate is None or row.interval is None:
            _write(drawn, self.chart.axis[0], y, f"not estimable: {row.note}")
            return
        scaled, strength = self.chart.unit.scaled, _FAINT if row.few else 1.0
        for bounds, width in ((row.outer, 1.5), (row.interval, 5)):
            if bounds is not None:
                _interval(drawn, [scaled(end) for end in bounds], y, (colour, width, strength))
        shape = SHAPES[number % len(SHAPES)]
        drawn.add_scatter(
            x=[scaled(row.estimate)],
            y=[y],
            mode="markers+text",
            marker={"size": 13, "symbol": shape, "color": colour, "opacity": strength},
            text=[self.chart.value_label(row)],
            textposition="top center",
            cliponaxis=False,
            hovertemplate=self._hover(row),
        )
        if not row.shown:
            hollow = {"symbol": f"{shape}-open", "line": {"width": 2.5}}
            drawn.update_traces(marker=hollow, selector=len(drawn.data) - 1)
        self._beyond(drawn, row, y, colour)

    def _beyond(self, drawn: go.Figure, row: ForestRow, y: float, colour: str) -> None:
        """An arrow head where an interval runs out of the axis."""
        low, high = self.chart.axis
        ends = [self.chart.unit.scaled(end) for end in row.outer or row.interval or ()]
        for edge, side, beyond in (
            (low, "left", min(ends) < low),
            (high, "right", max(ends) > high),
        ):
            if beyond:
                marker = {"symbol": f"triangle-{side}", "size": 12, "color": colour}
                drawn.add_scatter(
                    x=[edge],
                    y=[y],
                    mode="markers",
                    marker=marker,
                    hoverinfo="skip",
                    cliponaxis=False,
                )

    def _hover(self, row: ForestRow) -> str:
        chart = self.chart
        wide = chart.outer_coverage
        said = [
            f"<b>{in_lines(row.label)}</b>",
            in_lines(row.group),
            f"{chart.unit.signed(row.estimate)} {chart.unit.label}",
            f"{percent(chart.coverage)} {chart.interval_name}: {chart.unit.interval(row.interval)}",
            f"{percent(wide)}: {chart.unit.interval(row.outer)}" if wide and row.outer else "",
            f"{count(row.n)} customers against {count(row.n_control)}",
            in_lines(row.note, 60),
        ]
        return "<br>".join(filter(None, said)) + "<extra></extra>"

    def _smallest(self, drawn: go.Figure, x: float) -> None:
        self._line(drawn, x, "dash")
        low, high = self.chart.axis
        drawn.add_annotation(
            x=x,
            y=0,
            text=self.chart.smallest_effect_label,
            xanchor="left" if x - low < high - x else "right",
            yanchor="bottom",
            showarrow=False,
        )

    def _line(self, drawn: go.Figure, x: float, dash: str) -> None:
        line = {"color": AXIS, "width": 1.5, "dash": dash}
        drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=self.height, line=line, layer="below")

    def _axes(self, drawn: go.Figure) -> None:
        title = {"text": in_lines(self.chart.axis_title, 60)}
        drawn.update_xaxes(
            title=title, range=self.chart.axis, zeroline=False, fixedrange=True, ticks="outside"
        )
        drawn.update_yaxes(
            range=(self.height, 0),
            tickvals=[place.y for place in self.places],
            ticktext=[place.label for place in self.places],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
            automargin=True,
        )
        margin = {"l": 10, "r": 30, "t": 104, "b": 50}
        drawn.update_layout(height=self.height + REST_PX, margin=margin)


def _interval(drawn: go.Figure, ends: list[float], y: float, pen: tuple[str, float, float]) -> None:
    colour, width, strength = pen
    drawn.add_scatter(
        x=ends,
        y=[y, y],
        mode="lines",
        line={"color": colour, "width": width},
        opacity=strength,
        hoverinfo="skip",
    )


def _write(drawn: go.Figure, x: float, y: float, text: str) -> None:
    drawn.add_annotation(
        x=x, y=y, text=in_lines(text, 40), showarrow=False, xanchor="left", align="left"
    )
