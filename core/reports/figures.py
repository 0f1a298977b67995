"""Charts drawn for paper, as PNG and SVG: the same bytes for the same chart."""

import html
import io
import threading
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from core.charts.bars import BarChart
from core.charts.forest import ForestChart
from core.charts.lines import LinesChart
from core.charts.severities import SeverityChart
from core.charts.table import Chart
from core.reports.drawing import Sheet
from core.reports.files import write_whole
from core.reports.paper_bars import draw_bars
from core.reports.paper_forest import draw_forest
from core.reports.paper_lines import draw_lines
from core.reports.paper_severities import draw_severities
from core.reports.plain_text import printable

PNG_DOTS_PER_INCH = 200
MARGIN_IN = 0.15

# matplotlib keeps its fonts and settings in globals; pages draw from several threads.
_ONE_AT_A_TIME = threading.Lock()


def write_png(chart: Chart, path: Path) -> Path:
    """Draws the chart into a PNG file; its alt text is in the file as "Description"."""
    return write_whole(path, png_bytes(chart))


def png_bytes(chart: Chart) -> bytes:
    """The chart as PNG."""

    def save(figure: Figure, file: io.BytesIO) -> None:
        title, finding = printable(chart.title), printable(chart.finding)
        described = {"Software": None, "Title": title, "Description": finding}
        edge = _with_margin(figure)
        figure.savefig(
            file, format="png", dpi=PNG_DOTS_PER_INCH, metadata=described, bbox_inches=edge
        )

    return _drawn(chart, save, heading=True)


def svg_text(chart: Chart, *, heading: bool = True) -> str:
    """The chart as SVG, its text as outlines so that it looks the same everywhere.

    `heading` says whether the title stands in the picture; a report has its own.
    """

    def save(figure: Figure, file: io.BytesIO) -> None:
        nobody = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", metadata=nobody)

    drawn = _drawn(chart, save, heading=heading).decode()
    start, tag, rest = drawn.partition("<svg ")
    opening, close, body = rest.partition(">")
    title, finding = html.escape(printable(chart.title)), html.escape(printable(chart.finding))
    described = f"\n <title>{title}</title>\n <desc>{finding}</desc>"
    return f'{start}{tag}role="img" {opening}{close}{described}{body}'


def _drawn(chart: Chart, save: Callable[[Figure, io.BytesIO], None], *, heading: bool) -> bytes:
    file = io.BytesIO()
    with _ONE_AT_A_TIME, mpl.rc_context():
        _settings()
        save(_figure(chart, heading=heading), file)
    return file.getvalue()


def _figure(chart: Chart, *, heading: bool) -> Figure:
    sheet = Sheet.of(chart.title, chart.subtitle, simulated=chart.simulated, heading=heading)
    if isinstance(chart, ForestChart):
        draw_forest(sheet, chart)
    elif isinstance(chart, LinesChart):
        draw_lines(sheet, chart)
    elif isinstance(chart, BarChart):
        draw_bars(sheet, chart)
    elif isinstance(chart, SeverityChart):
        draw_severities(sheet, chart)
    return sheet.figure


def _with_margin(figure: Figure) -> Bbox:
    width, height = (float(side) for side in figure.get_size_inches())
    return Bbox.from_extents(-MARGIN_IN, -MARGIN_IN, width + MARGIN_IN, height + MARGIN_IN)


def _settings() -> None:
    """The same settings everywhere, whatever the machine's own are."""
    mpl.rcdefaults()
    mpl.rcParams["font.family"] = "DejaVu Sans"
    mpl.rcParams["text.parse_math"] = False
    mpl.rcParams["svg.fonttype"] = "path"
    mpl.rcParams["svg.hashsalt"] = "customer-personalization-orchestrator"
