"""Every number of a read-out as one file: exact, and beside that as it is shown.

The exact columns bear the names of the `analyze` document and hold every digit; those that end
in `_shown` are rounded as on the page and in the report, in the unit that the row names. Text is
neutralised for spreadsheets; numbers are plain.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.charts.forest import SIMULATED
from core.charts.table import neutral
from core.charts.units import DASH, MINUS, Interval, Unit, p_value
from core.models.readout import Estimate, Readout
from core.reports.guardrails import Guarded, guardrails
from core.reports.reading import (
    is_opens,
    lift_unit,
    metric_unit,
    primary_metric,
    shared_alpha,
    shown_coverage,
    shown_interval,
    shown_lift_interval,
)
from core.reports.result_table import events

Cell = str | int | float | None


def results_csv(readout: Readout, specs: Sequence[str] = ()) -> str:
    """One row for each metric, segment and group; `specs` are the guardrails as registered."""
    known = {found.estimate: found for found in guardrails(readout, specs)}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for place, row in enumerate(readout.estimates):
        cells = dict(_Row(readout, row, known.get(row)).cells())
        if not place:
            writer.writerow(cells)
        writer.writerow([_written(cell) for cell in cells.values()])
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    """One estimate, on its way into the file."""

    readout: Readout
    row: Estimate
    guarded: Guarded | None

    def cells(self) -> Iterator[tuple[str, Cell]]:
        """What is read, the exact numbers, the same as shown, and how they were made."""
        yield from self._what()
        yield from self._exact()
        yield from self._as_shown()
        yield from self._how()

    def _what(self) -> Iterator[tuple[str, Cell]]:
        row = self.row
        yield "metric", row.metric
        yield "type", str(row.type)
        yield "role", self._role()
        yield "slice_column", row.slice.column if row.slice else None
        yield "slice_value", row.slice.value if row.slice else None
        yield "arm", row.arm
        yield "control", row.control

    def _exact(self) -> Iterator[tuple[str, Cell]]:
        row = self.row
        yield "n", row.n
        yield "n_control", row.n_control
        yield "events", events(row, row.mean, row.n)
        yield "events_control", events(row, row.mean_control, row.n_control)
        yield "mean", row.mean
        yield "mean_control", row.mean_control
        yield "difference", row.difference
        yield from _ends("difference", shown_interval(row))
        yield "lift", row.lift
        yield from _ends("lift", shown_lift_interval(row))
        yield "coverage", self._coverage
        yield from _ends("difference_adjusted", row.difference_interval_adjusted)
        yield from _ends("lift_adjusted", row.lift_interval_adjusted)
        yield "coverage_adjusted", 1 - shared_alpha(self.readout)
        yield "p_value", row.p_value
        yield "p_adjusted", row.p_adjusted
        yield "chance_to_beat_control", row.chance_to_beat_control
        yield "shrunken_difference", row.shrunken_difference
        yield from _ends("shrunken", row.shrunken_interval)
        yield "margin", row.margin
        yield "margin_bound", row.margin_bound

    def _as_shown(self) -> Iterator[tuple[str, Cell]]:
        row, unit = self.row, metric_unit(self.readout, self.row.metric)
        relative = lift_unit(self.readout, row.metric)
        yield "mean_shown", _digits(unit, row.mean)
        yield "mean_control_shown", _digits(unit, row.mean_control)
        yield "difference_shown", _digits(unit, row.difference)
        yield from _shown_ends("difference", unit, shown_interval(row))
        yield "unit_shown", unit.label
        yield "lift_shown", _digits(relative, row.lift)
        yield from _shown_ends("lift", relative, shown_lift_interval(row))
        yield "lift_unit_shown", relative.label
        p = row.p_value if row.p_adjusted is None else row.p_adjusted
        yield "p_adjusted_shown", None if p is None else p_value(p)

    def _how(self) -> Iterator[tuple[str, Cell]]:
        row = self.row
        yield "covariate_adjusted", "yes" if row.covariate_adjusted else "no"
        yield "guardrail_reading", self.guarded.words if self.guarded else None
        yield "method", row.method
        yield "undefined", row.undefined
        yield "outcomes", SIMULATED if self.readout.health.simulated else "real"
        yield "conclusion", self._conclusion()

    @property
    def _coverage(self) -> float:
        return shown_coverage(self.readout, [self.row])

    def _role(self) -> str:
        if self.row.guardrail:
            return "guardrail"
        if self.row.metric == primary_metric(self.readout):
            return "decides"
        return "opens, decide nothing" if is_opens(self.row.metric) else "also measured"

    def _conclusion(self) -> str:
        found = self.readout.conclusion
        return f"preliminary {found.decision}" if found.preliminary else str(found.decision)


def _ends(name: str, bounds: Interval | None) -> Iterator[tuple[str, Cell]]:
    yield f"{name}_low", bounds[0] if bounds else None
    yield f"{name}_high", bounds[1] if bounds else None


def _shown_ends(name: str, unit: Unit, bounds: Interval | None) -> Iterator[tuple[str, Cell]]:
    yield f"{name}_low_shown", _digits(unit, bounds[0] if bounds else None)
    yield f"{name}_high_shown", _digits(unit, bounds[1] if bounds else None)


def _digits(unit: Unit, value: float | None) -> str | None:
    """A number rounded as it is shown, in digits that any program reads."""
    written = unit.signed(value).replace(MINUS, "-").replace(",", "").removeprefix("+")
    return None if written == DASH else written


def _written(cell: Cell) -> str:
    """Nothing for what is not known, every digit of a number, text that runs nowhere."""
    if cell is None:
        return ""
    return neutral(cell) if isinstance(cell, str) and not _is_number(cell) else str(cell)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()
