"""A chart as a table: what its marks say, in numbers rounded as they are drawn."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.charts.bars import BarChart
from core.charts.forest import SIMULATED, ForestChart, ForestRow
from core.charts.lines import LinePoint, LinesChart, written_day
from core.charts.severities import SeverityChart
from core.charts.units import DASH, MINUS, Interval, Unit, count, percent

Chart = ForestChart | LinesChart | BarChart | SeverityChart

_WRITTEN = ((DASH, ""), (",", ""), (" %", ""), ("$", ""), (MINUS, "-"))
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


class Table(NamedTuple):
    """The text of a table; every row is as long as the header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Column:
    heading: str
    cells: Sequence[str]
    is_text: bool = False


def as_table(chart: Chart) -> Table:
    """The chart in words and numbers; a column without content is left out."""
    columns = _columns(chart)
    rows = zip(*(column.cells for column in columns), strict=True)
    return Table(tuple(column.heading for column in columns), tuple(rows))


def as_csv(chart: Chart) -> str:
    """The table for a spreadsheet: plain numbers, and no text that would run as a formula."""
    columns = _columns(chart)
    cells = [
        [neutral(c) if column.is_text else _digits(c) for c in column.cells] for column in columns
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([neutral(column.heading) for column in columns])
    writer.writerows(zip(*cells, strict=True))
    return file.getvalue()


def _columns(chart: Chart) -> list[_Column]:
    if isinstance(chart, ForestChart):
        columns = _of_forest(chart)
    elif isinstance(chart, SeverityChart):
        columns = _of_severities(chart)
    else:
        columns = _of_lines(chart) if isinstance(chart, LinesChart) else _of_bars(chart)
    if chart.simulated:
        columns.append(_Column("Outcomes", [SIMULATED] * len(columns[0].cells), is_text=True))
    return [column for column in columns if not column.is_text or any(column.cells)]


def _of_forest(chart: ForestChart) -> list[_Column]:
    unit, rows = chart.unit, chart.rows

    def each(heading: str, cell: Callable[[ForestRow], str], *, is_text: bool = False) -> _Column:
        return _Column(heading, [cell(row) for row in rows], is_text=is_text)

    columns = [
        each(chart.group_heading, lambda row: row.group, is_text=True),
        each("Group", lambda row: row.label, is_text=True),
        each("Customers", lambda row: count(row.n)),
        each(f"Customers in {chart.control}", lambda row: count(row.n_control)),
        each(f"Difference ({unit.label})", lambda row: unit.signed(row.estimate)),
        *_ends("", chart.coverage, unit, [row.interval for row in rows]),
    ]
    if chart.outer_coverage is not None:
        columns += _ends("", chart.outer_coverage, unit, [row.outer for row in rows])
    if chart.drawn_together:
        columns.append(each("As measured", lambda row: unit.signed(row.measured)))
        columns += _ends("as measured", chart.coverage, unit, [r.measured_interval for r in rows])
    columns += _lifts(chart, [(row.lift, row.lift_interval) for row in rows])
    return [*columns, each("Note", lambda row: row.note, is_text=True)]


def _of_lines(chart: LinesChart) -> list[_Column]:
    unit = chart.unit
    places = [(line.label, point) for line in chart.lines for point in line.points]
    points = [point for _, point in places]

    def each(heading: str, cell: Callable[[LinePoint], str], *, is_text: bool = False) -> _Column:
        return _Column(heading, [cell(point) for point in points], is_text=is_text)

    return [
        each(chart.day_heading, lambda point: written_day(point.day), is_text=True),
        _Column("Group", [label for label, _ in places], is_text=True),
        each("Customers", lambda point: count(point.n)),
        each(f"Customers in {chart.control}", lambda point: count(point.n_control)),
        each(f"Difference ({unit.label})", lambda point: unit.signed(point.estimate)),
        *_ends("", chart.coverage, unit, [point.interval for point in points]),
        *_lifts(chart, [(point.lift, point.lift_interval) for point in points]),
        each("Note", lambda point: point.note, is_text=True),
    ]


def _ends(
    what: str, coverage: float, unit: Unit, intervals: Sequence[Interval | None]
) -> list[_Column]:
    """Both ends of an interval, a column each."""
    after = ", ".join(filter(None, (what, percent(coverage))))
    return [
        _Column(
            f"{side} ({after})", [unit.signed(ends[end] if ends else None) for ends in intervals]
        )
        for end, side in enumerate(("Low", "High"))
    ]


def _lifts(
    chart: ForestChart | LinesChart, lifts: Sequence[tuple[float | None, Interval | None]]
) -> list[_Column]:
    """The same relative to control; nothing where no row has it."""
    if all(lift is None for lift, _ in lifts):
        return []
    unit = chart.relative
    return [
        _Column(f"Relative lift ({unit.label})", [unit.signed(lift) for lift, _ in lifts]),
        *_ends("relative lift", chart.coverage, unit, [interval for _, interval in lifts]),
    ]


def _of_bars(chart: BarChart) -> list[_Column]:
    return [
        _Column(chart.label_heading, [bar.label for bar in chart.bars], is_text=True),
        _Column(chart.unit.label.capitalize(), [chart.unit.level(b.value) for b in chart.bars]),
        _Column("Note", [bar.note for bar in chart.bars], is_text=True),
    ]


def _of_severities(chart: SeverityChart) -> list[_Column]:
    rows = chart.rows
    return [
        _Column("Category", [row.category for row in rows], is_text=True),
        *(
            _Column(f"Severity {n}", [count(row.counts[n]) for row in rows])
            for n in chart.severities
        ),
        _Column("Looked at from", [count(row.review_at) for row in rows]),
        _Column("Stopped from", [count(row.block_at) for row in rows]),
    ]


def _digits(cell: str) -> str:
    """A number as a spreadsheet reads it; nothing where there is none."""
    for written, plain in _WRITTEN:
        cell = cell.replace(written, plain)
    return cell


def neutral(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_START) else cell
