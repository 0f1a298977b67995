"""A difference day by day on paper: lines with bands, a picture each where there are many."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from core.charts.lines import Day, Line, LinesChart
from core.reports.drawing import (
    COLOURS,
    INK,
    LEGEND_WIDTH,
    SHAPES,
    SMALL,
    SOFT,
    WIDTH_IN,
    Pen,
    Sheet,
    fitting,
    tick,
    watermark,
)

ALONE_IN, PANEL_IN, LINE_IN, GAP_IN = 2.3, 1.35, 0.19, 0.2
LEFT_IN, RIGHT_IN, FOOT_IN = 0.72, 0.1, 0.62
_SIGNS = ("\u25cf", "\u25a0", "\u25c6", "\u25b2", "\u25bc", "\u271a")
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (5, 2, 1, 2)), (0, (8, 3)), (0, (8, 2, 1, 2)))
_MOST_TICKS, _MOST_MARKS = 7, 45
_THROUGH = 0.15


def draw_lines(sheet: Sheet, chart: LinesChart) -> None:
    """Draw the chart on the sheet."""
    _Course(sheet, chart).draw()


@dataclass(frozen=True, slots=True)
class _Course:
    sheet: Sheet
    chart: LinesChart

    def draw(self) -> None:
        panels = self.chart.panels
        each = ALONE_IN if len(panels) == 1 else PANEL_IN
        heights = [len(lines) * LINE_IN + 0.06 + each + GAP_IN for lines in panels]
        legend = textwrap.wrap(self.chart.legend, LEGEND_WIDTH)
        bottom = self.sheet.top_in + sum(heights)
        self.sheet.cut(bottom + FOOT_IN + 0.16 * len(legend))
        top = self.sheet.top_in
        for lines, height in zip(panels, heights, strict=True):
            self._headings(lines, top)
            axes = self._axes(top + height - GAP_IN - each, each)
            axes.tick_params(axis="x", labelbottom=lines is panels[-1])
            for line in lines:
                self._line(axes, line)
            top += height
        self._foot(bottom, legend)

    def _headings(self, lines: Sequence[Line], top: float) -> None:
        for place, line in enumerate(lines):
            middle = top + (place + 0.5) * LINE_IN
            number = self._number(line)
            sign = _SIGNS[number % len(_SIGNS)]
            self.sheet.write(0.02, middle, sign, Pen(colour=COLOURS[number % len(COLOURS)]))
            value = self.chart.value_label(line)
            self.sheet.write(0.2, middle, f"{fitting(line.label, 60)}  {value}")

    def _axes(self, top: float, height: float) -> Axes:
        axes = self.sheet.axes(LEFT_IN, top, WIDTH_IN - LEFT_IN - RIGHT_IN, height)
        axes.yaxis.set_visible(True)
        axes.spines["left"].set_visible(True)
        axes.spines["left"].set_color(SOFT)
        axes.tick_params(axis="y", colors=INK, labelsize=7.5, length=3)
        axes.yaxis.set_major_formatter(FuncFormatter(tick))
        axes.set_ylabel(self.chart.unit.label, fontsize=7.5, color=INK)
        axes.set_ylim(*self.chart.axis)
        days = self.chart.days
        room = max((_place(days[-1]) - _place(days[0])) * 0.02, 0.3) if days else 1.0
        if days:
            axes.set_xlim(_place(days[0]) - room, _place(days[-1]) + room)
        marked = days[:: -(-len(days) // _MOST_TICKS) or 1]
        axes.set_xticks([_place(day) for day in marked], [_short(day) for day in marked])
        axes.axhline(0, color=INK, lw=1.1, zorder=1)
        if self.chart.smallest_effect is not None:
            smallest = self.chart.unit.scaled(self.chart.smallest_effect)
            axes.axhline(smallest, color=SOFT, lw=1, ls=(0, (4, 3)), zorder=1)
        if self.chart.simulated:
            watermark(axes)
        return axes

    def _line(self, axes: Axes, line: Line) -> None:
        number, points = self._number(line), line.estimable
        colour, dash = COLOURS[number % len(COLOURS)], _DASHES[number % len(_DASHES)]
        scaled = self.chart.unit.scaled
        days = [_place(point.day) for point in points]
        ends = [point.interval for point in points if point.interval]
        low, high = ([scaled(pair[end]) for pair in ends] for end in (0, 1))
        axes.fill_between(days, low, high, color=colour, alpha=_THROUGH, lw=0, zorder=2)
        for side in (low, high):
            axes.plot(days, side, color=colour, lw=0.7, ls=dash, zorder=3)
        axes.plot(
            days,
            [scaled(point.estimate or 0.0) for point in points],
            color=colour,
            lw=1.8,
            ls=dash,
            marker=SHAPES[number % len(SHAPES)] if len(points) <= _MOST_MARKS else "",
            ms=4,
            zorder=4,
        )

    def _foot(self, bottom: float, legend: Sequence[str]) -> None:
        middle = LEFT_IN + (WIDTH_IN - LEFT_IN - RIGHT_IN) / 2
        said = "Everybody up to and including this day"
        self.sheet.write(middle, bottom + 0.24, said, align="center")
        for place, line in enumerate(legend):
            self.sheet.write(0.02, bottom + 0.52 + 0.16 * place, line, SMALL)

    def _number(self, line: Line) -> int:
        return [each.label for each in self.chart.lines].index(line.label)


def _place(day: Day) -> int:
    return day.toordinal() if isinstance(day, date) else day


def _short(day: Day) -> str:
    return f"{day.day} {day:%b}" if isinstance(day, date) else str(day)
