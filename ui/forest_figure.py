"""A forest chart as a Plotly figure: each row has its words above its interval.

So the marks have the whole width, and the chart is legible on a telephone.
"""

from dataclasses import dataclass

import plotly.graph_objects as go  # type: ignore[import-untyped]

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import count, percent
from ui.marks import Mark, mark
from ui.plotly_text import AXIS, FILLED, axis_title, in_lines, line_count

TEXT_PX, MARK_PX, GROUP_PX, TOP_PX, BARE_TOP_PX, BOTTOM_PX = 18, 30, 34, 42, 12, 34

_NAME_WIDTH, _NOTE_WIDTH = 24, 44
_FAINT = 0.5


def forest_figure(chart: ForestChart) -> go.Figure:
    """Rows from top to bottom, estimates with their intervals, the lines to compare with."""
    return _Forest.of(chart).figure()


@dataclass(frozen=True, slots=True)
class _Place:
    """A row, or the heading of a group, and how far from the top its words and its mark are."""

    text_y: float
    mark_y: float
    row: ForestRow | None
    group: str


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
                places.append(_Place(top + GROUP_PX * 0.6, top, None, group))
                top += GROUP_PX
            words = TEXT_PX * line_count(row.label, _NAME_WIDTH)
            places.append(_Place(top + 4, top + words + MARK_PX / 2, row, group))
            top += words + MARK_PX
        return cls(chart, tuple(places), top)

    def figure(self) -> go.Figure:
        """The marks, the lines and the axes."""
        drawn = go.Figure()
        self._line(drawn, 0.0, "solid")
        if self.chart.smallest_effect is not None:
            self._smallest(drawn, self.chart.unit.scaled(self.chart.smallest_effect))
        for place in self.places:
            if place.row is None:
                self._heading(drawn, place)
            else:
                self._row(drawn, place.row, place)
        self._axes(drawn)
        return drawn

    def _heading(self, drawn: go.Figure, place: _Place) -> None:
        size = count(self.chart.customers_in(place.group))
        text = f"<b>{in_lines(place.group, _NOTE_WIDTH)}</b>, {size} customers"
        _write(drawn, text, place.text_y)
        if place.mark_y:
            line = {"color": AXIS, "width": 0.5}
            drawn.add_shape(
                type="line", xref="paper", x0=0, x1=1, y0=place.mark_y, y1=place.mark_y, line=line
            )

    def _row(self, drawn: go.Figure, row: ForestRow, place: _Place) -> None:
        names = list(dict.fromkeys(each.label for each in self.chart.rows))
        name = in_lines(row.label, _NAME_WIDTH)
        if row.few:
            name += f" <span style='font-size:0.85em'>({count(row.n)} customers)</span>"
        _write(drawn, name, place.text_y, anchor="top")
        value = self.chart.value_label(row)
        _write(drawn, value, place.text_y, anchor="top", right=True)
        if row.estimate is None or row.interval is None:
            _write(drawn, in_lines(row.note, _NOTE_WIDTH), place.mark_y)
        else:
            self._mark(drawn, row, place.mark_y, mark(names.index(row.label)))

    def _mark(self, drawn: go.Figure, row: ForestRow, y: float, look: Mark) -> None:
        scaled, strength = self.chart.unit.scaled, _FAINT if row.few else 1.0
        for bounds, width in ((row.outer, 1.5), (row.interval, 5)):
            if bounds is not None:
                _interval(drawn, [scaled(end) for end in bounds], y, (look.colour, width, strength))
        if row.measured is not None:
            _stroke(drawn, scaled(row.measured), y)
        marker = {"size": 14, "symbol": look.shape, "color": look.colour, "opacity": strength}
        if not row.shown:
            marker |= {"symbol": f"{look.shape}-open", "line": {"width": 2.5}}
        drawn.add_scatter(
            x=[scaled(row.estimate or 0.0)],
            y=[y],
            name=in_lines(row.label),
            mode="markers",
            marker=marker,
            meta=FILLED if row.shown else None,
            cliponaxis=False,
            hovertemplate=self._hover(row),
        )
        self._beyond(drawn, row, y, look.colour)

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
        lift = chart.relative.signed(row.lift)
        ends = chart.relative.interval(row.lift_interval)
        raw = f"as measured {chart.unit.signed(row.measured)}"
        said = [
            f"<b>{in_lines(row.label)}</b>",
            in_lines(row.group),
            f"{chart.unit.signed(row.estimate)} {chart.unit.label}",
            f"{percent(chart.coverage)} {chart.interval_name}: {chart.unit.interval(row.interval)}",
            f"{percent(wide)}: {chart.unit.interval(row.outer)}" if wide and row.outer else "",
            f"{raw} ({chart.unit.interval(row.measured_interval)})" if row.measured else "",
            f"relative lift {lift} % ({ends})" if row.lift is not None else "",
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
            text=in_lines(self.chart.smallest_effect_label, 20),
            xanchor="left" if x - low < high - x else "right",
            yanchor="bottom",
            align="left" if x - low < high - x else "right",
            showarrow=False,
        )

    def _line(self, drawn: go.Figure, x: float, dash: str) -> None:
        line = {"color": AXIS, "width": 1.5, "dash": dash}
        drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=self.height, line=line, layer="below")

    def _axes(self, drawn: go.Figure) -> None:
        title = axis_title(self.chart.axis_title)
        drawn.update_xaxes(
            title={"text": title, "standoff": 8},
            range=self.chart.axis,
            zeroline=False,
            fixedrange=True,
            ticks="outside",
        )
        drawn.update_yaxes(range=(self.height, 0), visible=False, fixedrange=True)
        bottom = BOTTOM_PX + TEXT_PX * (title.count("<br>") + 1)
        top = BARE_TOP_PX if self.chart.smallest_effect is None else TOP_PX
        margin = {"l": 6, "r": 6, "t": top, "b": bottom}
        drawn.update_layout(height=self.height + top + bottom, margin=margin)


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


def _stroke(drawn: go.Figure, x: float, y: float) -> None:
    """The difference as measured, beside the one drawn towards the average."""
    marker = {"symbol": "line-ns-open", "size": 16, "color": AXIS, "line": {"width": 2.5}}
    drawn.add_scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip")


def _write(
    drawn: go.Figure, text: str, y: float, *, anchor: str = "middle", right: bool = False
) -> None:
    drawn.add_annotation(
        xref="paper",
        x=1 if right else 0,
        y=y,
        text=text,
        showarrow=False,
        xanchor="right" if right else "left",
        yanchor=anchor,
        align="right" if right else "left",
        borderpad=0,
    )
