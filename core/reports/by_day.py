"""The effect day by day as a chart: its band, what the band promises, and what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.charts.lines import Day, Line, LinePoint, LinesChart, written_day
from core.charts.units import percent
from core.models.experiment import MetricKind
from core.models.readout import CumulativeRow, ReadingMode, Readout
from core.reports.finding import more_groups, warnings
from core.reports.reading import (
    alpha,
    estimates_of,
    lift_unit,
    metric_unit,
    primary_metric,
    shared_alpha,
    smallest_difference,
)
from core.reports.words import metric_words

PROMISES = {
    ReadingMode.POINTWISE: "pointwise: right for its own day only, not for choosing the day",
    ReadingMode.GROUP_SEQUENTIAL: (
        "group sequential: right on all days together, up to the planned number of customers"
    ),
    ReadingMode.CONFIDENCE_SEQUENCE: "a confidence sequence: right at every moment, without a plan",
}
_NO_DATES = "This read-out was made without dates of sending, so there is no chart by day."
_QUANTILE = "A quantile cannot be followed day by day, so there is no chart."
_NOBODY = "No customer has a date, so there is no chart by day."
_MOST_SENTENCES = 4


def no_chart_by_day(readout: Readout) -> str | None:
    """Why there is no chart by day; None where there is one."""
    days = {row.day for row in readout.cumulative}
    if len(days) > 1:
        return None
    if days:
        only = written_day(days.pop())
        return f"All customers have the same date, {only}, so there is no chart by day."
    if readout.settings.get("cumulative_mode") is None:
        return _NO_DATES
    primary = primary_metric(readout)
    kinds = {row.type for row in readout.estimates if row.metric == primary}
    return _QUANTILE if MetricKind.QUANTILE in kinds else _NOBODY


def by_day(readout: Readout, *, arm_labels: Mapping[str, str] | None = None) -> LinesChart | None:
    """Every group against control on the primary metric, by everybody up to each day.

    None where the read-out has no course of days; `no_chart_by_day` says why.
    """
    metric = primary_metric(readout)
    if metric is None or no_chart_by_day(readout) is not None:
        return None
    chart = _Course(readout, metric, arm_labels or {}).chart()
    return replace(chart, finding=" ".join([*warnings(readout), *_finding(chart, metric)]))


@dataclass(frozen=True, slots=True)
class _Course:
    """The days of one read-out."""

    readout: Readout
    metric: str
    labels: Mapping[str, str]

    def chart(self) -> LinesChart:
        """The description, its finding still to be written."""
        rows, control = self.readout.cumulative, self._control
        arms = dict.fromkeys(row.arm for row in rows)
        mode = rows[0].mode
        error = alpha if mode is ReadingMode.POINTWISE else shared_alpha
        words = metric_words(self.metric)
        lines = tuple(
            Line(self.labels.get(arm, arm), tuple(_point(row) for row in rows if row.arm == arm))
            for arm in arms
        )
        first, last = (written_day(day) for day in (rows[0].day, rows[-1].day))
        return LinesChart(
            title=f"{words[:1].upper()}{words[1:]} by day: difference from {control}",
            subtitle=f"Each point counts everybody up to and including its day, {first} to {last}.",
            finding="",
            unit=metric_unit(self.readout, self.metric),
            control=control,
            lines=lines,
            promise=PROMISES[mode],
            coverage=1 - error(self.readout),
            smallest_effect=smallest_difference(self.readout, self.metric),
            simulated=self.readout.health.simulated,
            relative=lift_unit(self.readout, self.metric),
        )

    @property
    def _control(self) -> str:
        name = estimates_of(self.readout, self.metric)[0].control
        return self.labels.get(name, name)


def _point(row: CumulativeRow) -> LinePoint:
    bare = LinePoint(row.day, n=row.n, n_control=row.n_control)
    if row.difference is None or row.interval is None:
        return replace(bare, note=row.undefined or "there are too few customers")
    return replace(
        bare,
        estimate=row.difference,
        interval=row.interval,
        lift=row.lift,
        lift_interval=row.lift_interval,
        note="covariate-adjusted" if row.covariate_adjusted else "",
    )


def _finding(chart: LinesChart, metric: str) -> list[str]:
    """Where each line ends, since when its band leaves out 0, and what the band promises."""
    said = [_ending(chart, line, metric) for line in chart.lines[:_MOST_SENTENCES]]
    more = len(chart.lines) - len(said)
    return [*said, *more_groups(more), chart.legend]


def _ending(chart: LinesChart, line: Line, metric: str) -> str:
    pair = f"{line.label} against {chart.control} on {metric_words(metric)}"
    if line.last is None:
        note = line.points[-1].note.rstrip(".") if line.points else "no day"
        return f"{pair}: not estimable on any day: {note}."
    numbers = f"{chart.value_label(line)} {chart.unit.label}"
    stands = f"{pair} stands at {numbers} up to {written_day(line.last.day)}"
    return f"{stands}; {_apart(chart, line.apart_since)}."


def _apart(chart: LinesChart, since: Day | None) -> str:
    band = f"the {percent(chart.coverage)} band"
    if since is None:
        return f"{band} holds 0"
    return f"{band} has left out 0 since {written_day(since)}"
