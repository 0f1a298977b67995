"""A grid of severities on paper: a row for each category, darker where there are more messages."""

from matplotlib.axes import Axes

from core.charts.severities import SeverityChart, SeverityRow
from core.reports.drawing import COLOURS, INK, SMALL, WIDTH_IN, Sheet

ROW_IN, FOOT_IN, NAMES_IN, LEGEND_IN = 0.42, 0.55, 1.3, 0.25
_FAINTEST, _DARKEST = 0.12, 0.85


def draw_severities(sheet: Sheet, chart: SeverityChart) -> None:
    """Draw the chart on the sheet."""
    top = sheet.top_in + 0.1
    body = ROW_IN * max(len(chart.rows), 1)
    sheet.cut(top + body + FOOT_IN + LEGEND_IN)
    axes = sheet.axes(NAMES_IN, top, WIDTH_IN - NAMES_IN - 0.2, body)
    axes.set_xlim(-0.5, chart.severities[-1] + 0.5)
    axes.set_ylim(len(chart.rows) or 1, 0)
    axes.set_xticks(chart.severities)
    for number, row in enumerate(chart.rows):
        _draw_row(axes, row, number, chart.most)
        sheet.write(0.02, top + ROW_IN * (number + 0.5), row.category)
    middle = NAMES_IN + (WIDTH_IN - NAMES_IN) / 2
    sheet.write(middle, top + body + 0.38, chart.axis_title, align="center")
    sheet.write(0.02, top + body + FOOT_IN + 0.08, chart.legend, SMALL)


def _draw_row(axes: Axes, row: SeverityRow, number: int, most: int) -> None:
    for severity, messages in enumerate(row.counts):
        if messages:
            depth = _FAINTEST + (_DARKEST - _FAINTEST) * messages / most
            axes.barh(
                number + 0.5, 0.94, height=0.86, left=severity - 0.47, color=COLOURS[0], alpha=depth
            )
        colour = "white" if messages > 0.55 * most else INK
        axes.text(
            severity, number + 0.5, f"{messages:,}", color=colour, fontsize=8, ha="center",
            va="center",
        )  # fmt: skip
    for line, style in ((row.review_at, (0, (3, 2))), (row.block_at, "solid")):
        if line < len(row.counts):
            axes.plot([line - 0.5] * 2, [number + 0.02, number + 0.98], color=INK, lw=1.6, ls=style)
