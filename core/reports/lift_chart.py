"""The forest chart of a read-out: what each group brought against control, and its finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.charts.forest import FEW_CUSTOMERS, ForestChart, ForestRow
from core.models.readout import Estimate, Interval, Readout
from core.reports.finding import overall_finding, slices_finding, warnings
from core.reports.reading import (
    alpha,
    are_sequential,
    estimates_of,
    lift_unit,
    metric_unit,
    primary_metric,
    shared_alpha,
    shown_coverage,
    shown_interval,
    shown_lift_interval,
    smallest_difference,
)
from core.reports.words import metric_words

EXPLORATORY = "Exploratory: a place to look for ideas, not proof"
TOGETHER = "Drawn towards the average of all"
_FEW = f"fewer than {FEW_CUSTOMERS} customers"


def forest(
    readout: Readout,
    metric: str,
    *,
    slice_column: str | None = None,
    drawn_together: bool = False,
    arm_labels: Mapping[str, str] | None = None,
    smallest_effect: float | None = None,
) -> ForestChart:
    """Every group against control on one metric, overall or within each value of a column.

    `slice_column` is one of the columns the read-out was made by; with `drawn_together` its
    values are drawn towards their average, where the read-out has that. `arm_labels` holds names
    to show instead of the arms' own; `smallest_effect` is relative to control, by default the
    one the read-out was made with, and 0 draws no line.

    Raises:
        NotFound: the read-out has no such metric, or was not read by that column.
    """
    rows = estimates_of(readout, metric, slice_column)
    together = drawn_together and not_drawn_together(rows) is None
    picture = _Picture(readout, metric, slice_column, arm_labels or {}, rows, together)
    smallest = smallest_difference(readout, metric, smallest_effect)
    chart = picture.chart(smallest)
    return replace(chart, finding=" ".join([*warnings(readout), picture.finding(chart)]))


def not_drawn_together(rows: Sequence[Estimate]) -> str | None:
    """Why slices cannot be drawn towards their average; None where they can."""
    if any(row.shrunken_difference is not None for row in rows):
        return None
    reasons = (row.shrunken_undefined for row in rows if row.shrunken_undefined)
    return next(reasons, "The read-out holds no averages of slices.")


@dataclass(frozen=True, slots=True)
class _Picture:
    """One metric of a read-out, overall or by one column."""

    readout: Readout
    metric: str
    column: str | None
    labels: Mapping[str, str]
    estimates: Sequence[Estimate]
    together: bool = False

    def chart(self, smallest: float | None) -> ForestChart:
        """The description, its finding still to be written."""
        sequential = are_sequential(self.estimates) and not self.together
        held = 1 - alpha(self.readout)
        by = f" by {self.column}" if self.column else ""
        return ForestChart(
            title=f"{_capital(metric_words(self.metric))}{by}: difference from {self._control}",
            subtitle=self._subtitle(),
            finding="",
            unit=metric_unit(self.readout, self.metric),
            control=self._control,
            rows=tuple(self._row(row) for row in self.estimates),
            smallest_effect=smallest,
            simulated=self.readout.health.simulated,
            coverage=shown_coverage(self.readout, self.estimates) if sequential else held,
            outer_coverage=1 - shared_alpha(self.readout) if self._has_outer else None,
            interval_name="sequential interval" if sequential else "interval",
            group_heading=_capital(self.column or ""),
            relative=lift_unit(self.readout, self.metric),
        )

    def finding(self, chart: ForestChart) -> str:
        """The chart in words."""
        if self.column is None:
            return overall_finding(chart, self.metric)
        key = (self.metric, self.column)
        tests = {(test.metric, test.column): test for test in self.readout.heterogeneity}
        return slices_finding(chart, tests.get(key))

    @property
    def _control(self) -> str:
        return self._label(self.estimates[0].control)

    @property
    def _has_outer(self) -> bool:
        """Whether the conclusion reads a wider interval than the plain one."""
        decides = self.column is None and self.metric == primary_metric(self.readout)
        wider = any(r.difference_interval_adjusted != r.difference_interval for r in self.estimates)
        return decides and wider and not are_sequential(self.estimates)

    def _label(self, arm: str) -> str:
        return self.labels.get(arm, arm)

    def _row(self, row: Estimate) -> ForestRow:
        bare = ForestRow(
            label=self._label(row.arm),
            group=row.slice.value if row.slice else "",
            n=row.n,
            n_control=row.n_control,
        )
        notes = [_FEW] if bare.few else []
        notes += ["covariate-adjusted"] if row.covariate_adjusted else []
        bare = replace(bare, note="; ".join(notes))
        return self._drawn(row, bare) if self.together else self._measured(row, bare)

    def _measured(self, row: Estimate, bare: ForestRow) -> ForestRow:
        interval = shown_interval(row)
        if row.difference is None or interval is None:
            return replace(bare, note=row.undefined or "there are too few customers")
        return replace(
            bare,
            estimate=row.difference,
            low=interval[0],
            high=interval[1],
            outer=row.difference_interval_adjusted if self._has_outer else None,
            lift=row.lift,
            lift_interval=shown_lift_interval(row),
        )

    def _drawn(self, row: Estimate, bare: ForestRow) -> ForestRow:
        """A slice drawn towards the average; what was measured stays beside it."""
        beside = replace(bare, measured=row.difference, measured_interval=shown_interval(row))
        ends: Interval | None = row.shrunken_interval
        if row.shrunken_difference is None or ends is None:
            why = row.shrunken_undefined or row.undefined or "there are too few customers"
            return replace(beside, note=why)
        return replace(beside, estimate=row.shrunken_difference, low=ends[0], high=ends[1])

    def _subtitle(self) -> str:
        if self.column is None:
            return self._sizes()
        return f"{TOGETHER}. {EXPLORATORY}." if self.together else f"{EXPLORATORY}."

    def _sizes(self) -> str:
        arms = {self._label(row.arm): row.n for row in self.estimates}
        arms[self._control] = max(row.n_control for row in self.estimates)
        return "Customers: " + ", ".join(f"{name} {n:,}" for name, n in arms.items())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
