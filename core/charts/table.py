"""A chart as a table: what its marks say, in numbers rounded as they are drawn."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.charts.bars import BarChart
from core.charts.forest import SIMULATED, ForestChart, ForestRow
from core.charts.units import DASH, MINUS, count, percent

Chart = ForestChart | BarChart

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
        [_neutral(c) if column.is_text else _digits(c) for c in column.cells] for column in columns
    ]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_neutral(column.heading) for column in columns])
    writer.writerows(zip(*cells, strict=True))
    return file.getvalue()


def _columns(chart: Chart) -> list[_Column]:
    columns = _of_forest(chart) if isinstance(chart, ForestChart) else _of_bars(chart)
    if chart.simulated:
        columns.append(_Column("Outcomes", [SIMULATED] * len(columns[0].cells), is_text=True))
    return [column for column in columns if not column.is_text or any(column.cells)]


def _of_forest(chart: ForestChart) -> list[_Column]:
    unit = chart.unit

    def each(heading: str, cell: Callable[[ForestRow], str], *, is_text: bool = False) -> _Column:
        return _Column(heading, [cell(row) for row in chart.rows], is_text=is_text)

    columns = [
        each(chart.group_heading, lambda row: row.group, is_text=True),
        each("Group", lambda row: row.label, is_text=True),
        each("Customers", lambda row: count(row.n)),
        each(f"Customers in {chart.control}", lambda row: count(row.n_control)),
        each(f"Difference ({unit.label})", lambda row: unit.signed(row.estimate)),
        each(f"Low ({percent(chart.coverage)})", lambda row: unit.signed(row.low)),
        each(f"High ({percent(chart.coverage)})", lambda row: unit.signed(row.high)),
    ]
    if chart.outer_coverage is not None:
        wide = percent(chart.outer_coverage)
        columns += [
            each(f"Low ({wide})", lambda row: unit.signed(row.outer[0] if row.outer else None)),
            each(f"High ({wide})", lambda row: unit.signed(row.outer[1] if row.outer else None)),
        ]
    return [*columns, each("Note", lambda row: row.note, is_text=True)]


def _of_bars(chart: BarChart) -> list[_Column]:
    return [
        _Column(chart.label_heading, [bar.label for bar in chart.bars], is_text=True),
        _Column(chart.unit.label.capitalize(), [chart.unit.level(b.value) for b in chart.bars]),
        _Column("Note", [bar.note for bar in chart.bars], is_text=True),
    ]


def _digits(cell: str) -> str:
    """A number as a spreadsheet reads it; nothing where there is none."""
    for written, plain in _WRITTEN:
        cell = cell.replace(written, plain)
    return cell


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_START) else cell
