"""Charts on a page: drawn by Plotly from their description, with their table and a download."""

import html
import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePath

import plotly.graph_objects as go  # type: ignore[import-untyped]
import streamlit as st

from core.charts.bars import BarChart
from core.charts.forest import SIMULATED, ForestChart, ForestRow
from core.charts.table import Chart, as_csv, as_table
from core.charts.units import DASH, MINUS, count, percent
from ui.words import plain

# Each is legible on the light and on the dark page; shapes say the same as colours.
COLOURS = ("#2a7fc9", "#c9641b", "#1a8f72", "#a855c7", "#8a7a10", "#d0457f")
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
AXIS, ALARM = "#808a99", "#d6453d"
ROW_PX, GROUP_PX, REST_PX = 62, 40, 150

_NUMBER = re.compile(rf"[+{MINUS}]?\$?[\d,.]+( %)?|{DASH}")
_CONFIG = {"displayModeBar": False, "responsive": True}
_LABEL_WIDTH = 24
_FAINT = 0.45


def show_forest(chart: ForestChart, key: str, *, file_name: str = "lift.csv") -> None:
    """Show the chart, how it is read, and on request its numbers as a table.

    The widgets are `key.chart`, `key.as_table` and `key.download`.
    """
    _show(chart, key, file_name, caption=chart.legend)


def show_bars(chart: BarChart, key: str, *, file_name: str = "sizes.csv") -> None:
    """Show the bars and on request their numbers as a table; widgets as with a forest chart."""
    _show(chart, key, file_name, caption=chart.subtitle)


def figure(chart: Chart) -> go.Figure:
    """The chart as a Plotly figure; colours of text and ground are left to the page's theme."""
    drawn = _Forest.of(chart).figure() if isinstance(chart, ForestChart) else _bars(chart)
    drawn.update_layout(
        title={"text": html.escape(chart.title), "subtitle": {"text": html.escape(chart.subtitle)}},
        showlegend=False,
        dragmode=False,
        hoverlabel={"align": "left"},
    )
    if chart.simulated:
        _mark_simulated(drawn)
    return drawn


def _show(chart: Chart, key: str, file_name: str, *, caption: str) -> None:
    st.plotly_chart(figure(chart), key=f"{key}.chart", alt=chart.finding, config=_CONFIG)
    if caption:
        st.caption(plain(caption))
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
                places.append(_Place(top + GROUP_PX * 0.6, None, f"<b>{_lines(group)}</b>"))
                top += GROUP_PX
            label = f"{_lines(row.label)}<br><span style='font-size:0.8em'>{count(row.n)}</span>"
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
            textfont={"size": 13},
            cliponaxis=False,
            hovertemplate=self._hover(row),
        )
        if not row.shown:
            drawn.update_traces(
                marker={"symbol": f"{shape}-open", "line": {"width": 2.5}},
                selector=len(drawn.data) - 1,
            )

    def _hover(self, row: ForestRow) -> str:
        chart = self.chart
        wide = chart.outer_coverage
        said = [
            f"<b>{_lines(row.label)}</b>",
            _lines(row.group),
            f"{chart.unit.signed(row.estimate)} {chart.unit.label}",
            f"{percent(chart.coverage)} {chart.interval_name}: {chart.unit.interval(row.interval)}",
            f"{percent(wide)}: {chart.unit.interval(row.outer)}" if wide and row.outer else "",
            f"{count(row.n)} customers against {count(row.n_control)}",
            html.escape(row.note),
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
            font={"size": 12},
        )

    def _line(self, drawn: go.Figure, x: float, dash: str) -> None:
        line = {"color": AXIS, "width": 1.5, "dash": dash}
        drawn.add_shape(type="line", x0=x, x1=x, y0=0, y1=self.height, line=line, layer="below")

    def _axes(self, drawn: go.Figure) -> None:
        title = {"text": html.escape(self.chart.axis_title)}
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
        margin = {"l": 10, "r": 30, "t": 90, "b": 50}
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


def _bars(chart: BarChart) -> go.Figure:
    drawn = go.Figure()
    drawn.add_bar(
        x=[chart.unit.scaled(bar.value) for bar in chart.bars],
        y=[_lines(bar.label) for bar in chart.bars],
        orientation="h",
        marker={"color": COLOURS[0]},
        text=[chart.unit.level(bar.value) for bar in chart.bars],
        textposition="outside",
        cliponaxis=False,
        hovertext=[html.escape(bar.note) for bar in chart.bars],
        hoverinfo="y+text",
    )
    if chart.line is not None:
        text = html.escape(chart.line_label)
        drawn.add_vline(
            chart.unit.scaled(chart.line), line_dash="dash", line_color=AXIS, annotation_text=text
        )
    drawn.update_xaxes(title={"text": chart.axis_title}, rangemode="tozero", fixedrange=True)
    drawn.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, type="category")
    height = len(chart.bars) * 0.6 * ROW_PX + REST_PX
    drawn.update_layout(height=height, margin={"l": 10, "r": 70, "t": 70, "b": 50})
    return drawn


def _write(drawn: go.Figure, x: float, y: float, text: str) -> None:
    drawn.add_annotation(
        x=x, y=y, text=_lines(text, 70), showarrow=False, xanchor="left", align="left"
    )


def _mark_simulated(drawn: go.Figure) -> None:
    """A badge in the corner, and the word behind the marks."""
    drawn.add_annotation(
        x=1,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="bottom",
        yshift=44,
        text=f"<b>{SIMULATED} outcomes</b>",
        showarrow=False,
        font={"color": ALARM, "size": 13},
        bordercolor=ALARM,
        borderwidth=1.5,
        borderpad=4,
    )
    drawn.add_annotation(
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        text=SIMULATED,
        showarrow=False,
        opacity=0.16,
        font={"color": ALARM, "size": 54},
    )


def _lines(text: str, width: int = _LABEL_WIDTH) -> str:
    """The text in short lines, shown letter by letter: Plotly would read tags."""
    return "<br>".join(html.escape(line) for line in textwrap.wrap(text, width) or [""])
