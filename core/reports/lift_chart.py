"""The forest chart of a read-out: what each group brought against control, and its finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.charts.forest import FEW_CUSTOMERS, ForestChart, ForestRow
from core.models.readout import Decision, Estimate, Readout
from core.reports.finding import overall_finding, slices_finding
from core.reports.reading import (
    alpha,
    estimates_of,
    is_sequential,
    metric_unit,
    primary_metric,
    registered_effect,
    shared_alpha,
    shown_interval,
)
from core.reports.words import metric_words

EXPLORATORY = "Exploratory: a place to look for ideas, not proof"
_FEW = f"fewer than {FEW_CUSTOMERS} customers"


def forest(
    readout: Readout,
    metric: str,
    *,
    slice_column: str | None = None,
    arm_labels: Mapping[str, str] | None = None,
    smallest_effect: float | None = None,
) -> ForestChart:
    """Every group against control on one metric, overall or within each value of a column.

    `slice_column` is one of the columns the read-out was made by; `arm_labels` holds names to
    show instead of the arms' own; `smallest_effect` is relative to control, by default the one
    the read-out was made with, and 0 draws no line.

    Raises:
        NotFound: the read-out has no such metric, or was not read by that column.
    """
    rows = estimates_of(readout, metric, slice_column)
    picture = _Picture(readout, metric, slice_column, arm_labels or {}, rows)
    registered = registered_effect(readout) if smallest_effect is None else smallest_effect
    chart = picture.chart(registered)
    return replace(chart, finding=" ".join([*picture.warnings(), picture.finding(chart)]))


@dataclass(frozen=True, slots=True)
class _Picture:
    """One metric of a read-out, overall or by one column."""

    readout: Readout
    metric: str
    column: str | None
    labels: Mapping[str, str]
    estimates: Sequence[Estimate]

    def chart(self, smallest_effect: float | None) -> ForestChart:
        """The description, its finding still to be written."""
        sequential = is_sequential(self.readout)
        shared = 1 - shared_alpha(self.readout)
        # A guardrail keeps the whole alpha: harm must not be corrected away.
        guardrail = all(row.guardrail for row in self.estimates)
        by = f" by {self.column}" if self.column else ""
        return ForestChart(
            title=f"{_capital(metric_words(self.metric))}{by}: difference from {self._control}",
            subtitle=EXPLORATORY if self.column else self._sizes(),
            finding="",
            unit=metric_unit(self.readout, self.metric),
            control=self._control,
            rows=tuple(self._row(row) for row in self.estimates),
            smallest_effect=self._smallest(smallest_effect),
            simulated=self.readout.health.simulated,
            coverage=shared if sequential and not guardrail else 1 - alpha(self.readout),
            outer_coverage=shared if self._has_outer else None,
            interval_name="sequential interval" if sequential else "interval",
            group_heading=_capital(self.column or ""),
        )

    def warnings(self) -> list[str]:
        """What must be read before any number."""
        distrusted = self.readout.conclusion.decision is Decision.DO_NOT_TRUST
        simulated = ["SIMULATED outcomes."] if self.readout.health.simulated else []
        return [*simulated, "Do not trust this test."] if distrusted else simulated

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
        return decides and wider and not is_sequential(self.readout)

    def _label(self, arm: str) -> str:
        return self.labels.get(arm, arm)

    def _row(self, row: Estimate) -> ForestRow:
        bare = ForestRow(
            label=self._label(row.arm),
            group=row.slice.value if row.slice else "",
            n=row.n,
            n_control=row.n_control,
        )
        interval = shown_interval(row)
        if row.difference is None or interval is None:
            return replace(bare, note=row.undefined or "there are too few customers")
        notes = [_FEW] if bare.few else []
        return replace(
            bare,
            estimate=row.difference,
            low=interval[0],
            high=interval[1],
            outer=row.difference_interval_adjusted if self._has_outer else None,
            note="; ".join([*notes, "covariate-adjusted"] if row.covariate_adjusted else notes),
        )

    def _smallest(self, relative: float | None) -> float | None:
        """The registered effect on this scale: a share of the overall mean of control."""
        means = [row.mean_control for row in estimates_of(self.readout, self.metric)]
        return relative * abs(means[0]) if relative and means[0] else None

    def _sizes(self) -> str:
        arms = {self._label(row.arm): row.n for row in self.estimates}
        arms[self._control] = max(row.n_control for row in self.estimates)
        return "Customers: " + ", ".join(f"{name} {n:,}" for name, n in arms.items())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
