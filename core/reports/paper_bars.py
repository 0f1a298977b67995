"""A bar chart on paper: names on the left, bars from 0, the number at the end of each."""

from core.charts.bars import Bar, BarChart
from core.reports.drawing import COLOURS, INK, SMALL, SOFT, WIDTH_IN, Sheet, fitting, watermark

ROW_IN, FOOT_IN, NAMES_IN, NUMBERS_IN = 0.3, 0.55, 2.1, 1.6
_LONGEST_NAME = 32
_HEADROOM = 1.02


def draw_bars(sheet: Sheet, chart: BarChart) -> None:
    """Draw the chart on the sheet."""
    top = sheet.top_in + 0.2
    body = ROW_IN * max(len(chart.bars), 1)
    sheet.cut(top + body + FOOT_IN)
    axes = sheet.axes(NAMES_IN, top, WIDTH_IN - NAMES_IN - NUMBERS_IN, body)
    ends = [chart.unit.scaled(bar.value) for bar in chart.bars] + [
        chart.unit.scaled(chart.line or 0)
    ]
    axes.set_xlim(min(0.0, *ends), max(*ends, 0.0) * _HEADROOM or 1.0)
    axes.set_ylim(body, 0)
    axes.axvline(0, color=INK, lw=1)
    if chart.simulated:
        watermark(axes)
    for number, bar in enumerate(chart.bars):
        middle = ROW_IN * (number + 0.5)
        axes.barh(middle, chart.unit.scaled(bar.value), height=0.6 * ROW_IN, color=COLOURS[0])
        _write_bar(sheet, chart, bar, top + middle)
    if chart.line is not None:
        line = chart.unit.scaled(chart.line)
        axes.axvline(line, color=SOFT, lw=1, ls=(0, (4, 3)))
        axes.annotate(
            chart.line_label,
            (line, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color=SOFT,
        )
    middle_in = NAMES_IN + (WIDTH_IN - NAMES_IN - NUMBERS_IN) / 2
    sheet.write(middle_in, top + body + 0.38, chart.axis_title, align="center")


def _write_bar(sheet: Sheet, chart: BarChart, bar: Bar, y_in: float) -> None:
    sheet.write(0.02, y_in, fitting(bar.label, _LONGEST_NAME))
    sheet.write(WIDTH_IN - NUMBERS_IN + 0.12, y_in, chart.unit.level(bar.value))
    sheet.write(WIDTH_IN - 0.04, y_in, fitting(bar.note, 16), SMALL, align="right")
