"""A forest chart on paper: names on the left, intervals in the middle, numbers on the right."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from core.charts.forest import ForestChart, ForestRow
from core.charts.units import count, percent
from core.reports.drawing import (
    COLOURS,
    INK,
    LEGEND_WIDTH,
    PLAIN,
    SHAPES,
    SMALL,
    SOFT,
    WIDTH_IN,
    Pen,
    Sheet,
    fitting,
    watermark,
)

ROW_IN, GROUP_IN = 0.3, 0.28
HEAD_IN, FOOT_IN, LEGEND_IN = 0.36, 0.58, 0.16
NAMES_IN, NUMBERS_IN = 1.72, 2.5
_LONGEST_NAME = 25
_FAINT = 0.4


def draw_forest(sheet: Sheet, chart: ForestChart) -> None:
    """Draw the chart on the sheet."""
    _Forest(sheet, chart).draw()


@dataclass(frozen=True, slots=True)
class _Place:
    """One line of the chart: a row, or the heading of a group where there is no row."""

    y_in: float
    row: ForestRow | None
    group: str


@dataclass(frozen=True, slots=True)
class _Forest:
    sheet: Sheet
    chart: ForestChart

    def draw(self) -> None:
        places = self._places()
        body = places[-1].y_in + ROW_IN if places else ROW_IN
        top = self.sheet.top_in + HEAD_IN
        legend = textwrap.wrap(self.chart.legend, LEGEND_WIDTH)
        self.sheet.cut(top + body + FOOT_IN + LEGEND_IN * len(legend))
        axes = self._axes(top, body)
        self._headings()
        for place in places:
            self._line(axes, place, top)
        self._foot(top + body, legend)

    def _places(self) -> list[_Place]:
        places: list[_Place] = []
        y, group = 0.0, ""
        for row in self.chart.rows:
            if row.group != group:
                group = row.group
                places.append(_Place(y, None, group))
                y += GROUP_IN
            places.append(_Place(y, row, group))
            y += ROW_IN
        return places

    def _axes(self, top: float, body: float) -> Axes:
        axes = self.sheet.axes(NAMES_IN, top, WIDTH_IN - NAMES_IN - NUMBERS_IN, body)
        axes.set_xlim(*self.chart.axis)
        axes.set_ylim(body, 0)
        axes.axvline(0, color=INK, lw=1.3, zorder=1)
        if self.chart.smallest_effect is not None:
            self._smallest(axes, self.chart.unit.scaled(self.chart.smallest_effect))
        if self.chart.simulated:
            watermark(axes)
        return axes

    def _smallest(self, axes: Axes, x: float) -> None:
        axes.axvline(x, color=SOFT, lw=1, ls=(0, (4, 3)), zorder=1)
        low, high = self.chart.axis
        left_half = x - low < high - x
        axes.annotate(
            self.chart.smallest_effect_label,
            (x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-2 if left_half else 2, 4),
            textcoords="offset points",
            ha="left" if left_half else "right",
            fontsize=7,
            color=SOFT,
        )

    def _headings(self) -> None:
        y = self.sheet.top_in + HEAD_IN - 0.1
        right = WIDTH_IN - NUMBERS_IN
        self.sheet.write(0.02, y, self.chart.row_heading, SMALL)
        self.sheet.write(
            right + 0.12, y, f"Difference ({percent(self.chart.coverage)} interval)", SMALL
        )
        self.sheet.write(WIDTH_IN - 0.04, y, "Customers", SMALL, align="right")

    def _line(self, axes: Axes, place: _Place, top: float) -> None:
        middle = place.y_in + ROW_IN / 2
        if place.row is None:
            if place.y_in:
                self.sheet.rule(top + place.y_in)
            name = fitting(place.group, 60)
            self.sheet.write(0.02, top + middle, name, Pen(bold=True))
            return
        row = place.row
        pen = Pen(colour=SOFT) if row.few else PLAIN
        indent = 0.12 if row.group else 0.02
        name = fitting(row.label, _LONGEST_NAME)
        self.sheet.write(indent, top + middle, name, pen)
        numbers = WIDTH_IN - NUMBERS_IN + 0.12
        self.sheet.write(numbers, top + middle, self.chart.value_label(row), pen)
        edge = WIDTH_IN - 0.04
        self.sheet.write(edge, top + middle, count(row.n), pen, align="right")
        self._mark(axes, row, middle)

    def _mark(self, axes: Axes, row: ForestRow, y: float) -> None:
        if row.estimate is None or row.interval is None:
            return
        scaled = self.chart.unit.scaled
        number = 0 if self.chart.axis_words else self._names().index(row.label)
        colour, shape = COLOURS[number % len(COLOURS)], SHAPES[number % len(SHAPES)]
        strength = _FAINT if row.few else 1.0
        for bounds, width, cap in ((row.outer, 1.1, "|"), (row.interval, 2.8, "")):
            if bounds is not None:
                ends = [scaled(end) for end in bounds]
                (line,) = axes.plot(ends, [y, y], color=colour, lw=width, alpha=strength)
                line.set(marker=cap, ms=7, solid_capstyle="butt")
        if row.measured is not None:
            axes.plot(scaled(row.measured), y, marker="|", ms=9, mew=1.3, color=SOFT, zorder=3)
        axes.plot(
            scaled(row.estimate),
            y,
            marker=shape,
            ms=7,
            mfc=colour if row.shown else "white",
            mec=colour,
            mew=1.6,
            alpha=strength,
            zorder=4,
        )
        self._beyond(axes, row, y, colour)

    def _beyond(self, axes: Axes, row: ForestRow, y: float, colour: str) -> None:
        """An arrow head where an interval runs out of the axis."""
        low, high = self.chart.axis
        ends = [self.chart.unit.scaled(end) for end in row.outer or row.interval or ()]
        for edge, shape, beyond in ((low, "<", min(ends) < low), (high, ">", max(ends) > high)):
            if beyond:
                axes.plot(edge, y, marker=shape, ms=5, color=colour, clip_on=False, zorder=5)

    def _names(self) -> list[str]:
        return list(dict.fromkeys(row.label for row in self.chart.rows))

    def _foot(self, bottom: float, legend: Sequence[str]) -> None:
        middle = NAMES_IN + (WIDTH_IN - NAMES_IN - NUMBERS_IN) / 2
        title = fitting(self.chart.axis_title, 60)
        self.sheet.write(middle, bottom + 0.36, title, align="center")
        for place, line in enumerate(legend):
            self.sheet.write(0.02, bottom + 0.6 + LEGEND_IN * place, line, SMALL)
