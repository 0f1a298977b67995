"""What is known of the guardrails: harm shown, harm ruled out, or neither, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.charts.units import DASH, Unit, count
from core.errors import BadInput
from core.models.experiment import Harm, MetricKind, MetricSpec
from core.models.readout import Estimate, MarginVerdict, Readout
from core.reports.reading import estimates_of, metric_unit, shown_interval
from core.statistics.power import rounded_up


@dataclass(frozen=True, slots=True)
class Guarded:
    """One group on one guardrail: the estimate, how it is written, and which way is harm."""

    estimate: Estimate
    unit: Unit
    harm: Harm

    @property
    def shown(self) -> bool:
        """Whether harm is shown: the interval lies on the harmful side of 0."""
        bounds = shown_interval(self.estimate)
        if bounds is None:
            return False
        return bounds[0] > 0 if self.harm is Harm.RISE else bounds[1] < 0

    @property
    def ruled_out(self) -> bool:
        """Whether harm as large as the margin is ruled out, and none is shown."""
        return self.estimate.margin_verdict is MarginVerdict.NONE_SHOWN and not self.shown

    @property
    def difference(self) -> str:
        """The difference with its interval, or a dash."""
        row, bounds = self.estimate, shown_interval(self.estimate)
        if row.difference is None or bounds is None:
            return DASH
        return f"{self.unit.signed(row.difference)} ({self.unit.interval(bounds)})"

    @property
    def words(self) -> str:
        """What is known."""
        row, verdict = self.estimate, self.estimate.margin_verdict
        if self.shown:
            within = verdict is MarginVerdict.NONE_SHOWN
            return "harm shown, smaller than the margin" if within else "harm shown"
        if shown_interval(row) is None:
            return f"cannot be told: {(row.undefined or 'too few customers').rstrip('.')}"
        if verdict is None:
            return "no harm shown; without a margin it is not ruled out either"
        return str(verdict) if self.ruled_out else f"{verdict}{self._needed()}"

    def _needed(self) -> str:
        """How many would tell; nothing where there are as many already."""
        row = self.estimate
        needed = row.margin_needed_per_group or 0
        if needed <= min(row.n, row.n_control):
            return ""
        return f", about {count(rounded_up(needed))} customers per group would be needed"


def guardrails(readout: Readout, specs: Sequence[str] = ()) -> list[Guarded]:
    """Every group on every guardrail, in the order of the read-out.

    `specs` are the guardrails as registered, such as "unsubscribed:proportion:rise"; without
    them the harmful direction is that of the margin, or the usual one of such a name.
    """
    named = dict(filter(None, (_harmful(spec) for spec in specs)))
    metrics = dict.fromkeys(r.metric for r in readout.estimates if r.guardrail and r.slice is None)
    return [
        Guarded(row, metric_unit(readout, metric), named.get(metric) or _direction(row))
        for metric in metrics
        for row in estimates_of(readout, metric)
    ]


def _harmful(spec: str) -> tuple[str, Harm] | None:
    try:
        metric = MetricSpec.parse(spec)
    except BadInput:
        return None
    return metric.name, metric.harmful


def _direction(row: Estimate) -> Harm:
    if row.margin is not None:
        return Harm.RISE if row.margin > 0 else Harm.FALL
    return MetricSpec(row.metric, MetricKind(row.type), row.metric).harmful
