"""The one sentence an experiment ends in, by rules fixed before it began."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.charts.dates import day_words
from core.charts.units import percent
from core.models.experiment import AnalysisPlan, Harm, MetricKind
from core.models.readout import Conclusion, Decision, Estimate, Health, Interval, Progress
from core.statistics.customers_needed import margin_sentence, needed_per_group, needed_sentence

FEWEST_UNITS = 10
# The arm a conclusion speaks of: the best thing that was shown of any arm, else what is open.
PRECEDENCE = (
    Decision.USE,
    Decision.BETTER_BUT_TOO_SMALL,
    Decision.NOT_ENOUGH_DATA,
    Decision.NO_DIFFERENCE,
    Decision.WORSE,
)
SENTENCES = {
    Decision.USE: "{arm} is better than {control} on {metric}: {numbers}.",
    Decision.BETTER_BUT_TOO_SMALL: (
        "{arm} is better than {control} on {metric}, but by less than the smallest effect worth "
        "using ({mde}): {numbers}."
    ),
    Decision.NO_DIFFERENCE: (
        "{arm} and {control} differ on {metric} by less than the smallest effect worth using "
        "({mde}): {numbers}."
    ),
    Decision.WORSE: "{arm} is worse than {control} on {metric}: {numbers}.",
    Decision.NOT_ENOUGH_DATA: "{metric} does not tell {arm} from {control} yet: {numbers}.",
}


def conclude(
    plan: AnalysisPlan,
    health: Health,
    rows: Sequence[Estimate],
    *,
    power: float,
    shared_alpha: float,
) -> Conclusion:
    """What the plan's rules say about these estimates, health first.

    With several arms the conclusion is about the arm of which most can be said: use, better but
    too small, not enough data, no difference, worse; within one of these the highest estimate.
    Before the plan's date what it says of the effect is preliminary; failed health and harm are
    said at once.

    Args:
        plan: the rules; nothing else is looked at.
        health: any failure owns the conclusion.
        rows: estimates, of which only the overall ones count; adjusted goes before raw.
        power: for the number of customers that would be needed.
        shared_alpha: the plan's alpha over the number of treatments, as in the rows.

    Reference:
        Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapters 2 and 19.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> from core.models.readout import SampleRatio
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:proportion"),))
        >>> ratio = SampleRatio(1e-9, False, {}, {})
        >>> health = Health(9, 9, False, ratio, None, failures=("The arms have wrong sizes.",))
        >>> conclude(plan, health, [], power=0.8, shared_alpha=0.05).decision.value
        'do_not_trust'
    """
    judge = _Judge(plan, power, shared_alpha)
    overall = [row for row in rows if row.slice is None]
    if health.failures:
        found = Conclusion(Decision.DO_NOT_TRUST, None, " ".join(health.failures))
    else:
        found = judge.harm(overall) or judge.effect(overall)
    return replace(found, reason=f"SIMULATED outcomes. {found.reason}") if plan.simulated else found


def progress(
    plan: AnalysisPlan, rows: Sequence[Estimate], *, power: float, shared_alpha: float
) -> Progress | None:
    """How far the smallest group has come; None without a registered effect or a baseline.

    The number needed is for one comparison at the registered effect, never the observed one.

    Args:
        plan: names the primary metric and the registered effect.
        rows: estimates, of which only the overall ones count; adjusted goes before raw.
        power: of the number needed.
        shared_alpha: the plan's alpha over the number of treatments, as in the rows.

    Reference:
        Hoenig and Heisey (2001), "The Abuse of Power", The American Statistician 55, 19-24.

    Examples:
        >>> from core.models.experiment import MetricSpec
        >>> plan = AnalysisPlan("arm", "a", (MetricSpec.parse("visit:proportion"),), mde=0.1)
        >>> row = Estimate("visit", MetricKind.PROPORTION, None, "b", "a", 62, 62, 0.39, 19 / 62)
        >>> progress(plan, [row], power=0.8, shared_alpha=0.05)
        Progress(smallest_group=62, needed_per_group=3645)
    """
    judge = _Judge(plan, power, shared_alpha)
    found = judge.chosen([row for row in rows if row.slice is None])
    needed = None if found is None else judge.needed(found[1])
    if needed is None:
        return None
    of_primary = [r for r in rows if r.slice is None and r.metric == plan.primary.name]
    return Progress(min(min(r.n, r.n_control) for r in of_primary), needed)


@dataclass(frozen=True, slots=True)
class _Judge:
    """The rules of one plan, applied."""

    plan: AnalysisPlan
    power: float
    shared_alpha: float

    def harm(self, overall: Sequence[Estimate]) -> Conclusion | None:
        """The guardrail and arm whose harm is shown most clearly, if any."""
        harmed = [row for row in overall if row.guardrail and self._is_harmed(row)]
        if not harmed:
            return None
        row = min(harmed, key=lambda row: row.p_value or 0.0)
        direction = self._harmful(row).value
        numbers = f"{_amount(row, row.mean)} against {_amount(row, row.mean_control)}"
        reason = (
            f"{row.arm} harms the guardrail {row.metric}, where a {direction} is harm: "
            f"{numbers} for {row.control}."
        )
        return Conclusion(Decision.HARM, row.arm, reason)

    def effect(self, overall: Sequence[Estimate]) -> Conclusion:
        """What is shown on the primary metric."""
        found = self.chosen(overall)
        if found is None:
            nothing = "No group could be compared."
            return self._dated(Conclusion(Decision.NOT_ENOUGH_DATA, None, nothing))
        decision, row = found
        said = [
            SENTENCES[decision].format(
                arm=row.arm,
                control=row.control,
                metric=row.metric,
                mde=percent(self.plan.mde),
                numbers=self._numbers(row),
            )
        ]
        needed = None
        if decision is Decision.NOT_ENOUGH_DATA:
            needed = self.needed(row)
            said.append(needed_sentence(needed, self.plan.mde))
        said += [margin_sentence(_best(overall, metric.name)) for metric in self.plan.guardrails]
        reason = " ".join(filter(None, said))
        return self._dated(Conclusion(decision, row.arm, reason, needed))

    def chosen(self, overall: Sequence[Estimate]) -> tuple[Decision, Estimate] | None:
        """The arm of which most can be said, and what; None where none was compared."""
        readings = [(self._decision(row), row) for row in _best(overall, self.plan.primary.name)]
        return min(readings, key=lambda r: (PRECEDENCE.index(r[0]), -_height(r[1])), default=None)

    def needed(self, row: Estimate) -> int | None:
        """Customers per group for the registered effect, in this one comparison."""
        return needed_per_group(row, self.plan.mde, power=self.power, alpha=self.shared_alpha)

    def _dated(self, found: Conclusion) -> Conclusion:
        """What was said of the effect, marked as preliminary before the plan's date."""
        if not self.plan.preliminary:
            return found
        day = self.plan.read_out_on
        until = "" if day is None else f" until {day_words(day)}"
        return replace(found, preliminary=True, reason=f"Preliminary{until}: {found.reason}")

    def _harmful(self, row: Estimate) -> Harm:
        return next(m.harmful for m in self.plan.guardrails if m.name == row.metric)

    def _is_harmed(self, row: Estimate) -> bool:
        # Before its date a plan that is read once watches its guardrails all the same.
        looked_at = self.plan.sequential or self.plan.preliminary
        interval = row.sequential_interval if looked_at else row.difference_interval
        if interval is None:
            return False
        return interval[0] > 0 if self._harmful(row) is Harm.RISE else interval[1] < 0

    def _decision(self, row: Estimate) -> Decision:
        interval, smallest = self._interval(row), self._smallest(row)
        if interval is None or min(row.n, row.n_control) < FEWEST_UNITS:
            return Decision.NOT_ENOUGH_DATA
        low, high = interval
        if low > 0:
            return Decision.BETTER_BUT_TOO_SMALL if high < smallest else Decision.USE
        if high < 0:
            return Decision.WORSE
        inside = -smallest < low and high < smallest
        return Decision.NO_DIFFERENCE if inside else Decision.NOT_ENOUGH_DATA

    def _lift_interval(self, row: Estimate) -> Interval | None:
        sequential = self.plan.sequential
        return row.sequential_lift_interval if sequential else row.lift_interval_adjusted

    def _interval(self, row: Estimate) -> Interval | None:
        """The interval of the lift or, where that is not estimable, of the difference."""
        sequential = self.plan.sequential
        of_difference = row.sequential_interval if sequential else row.difference_interval_adjusted
        return self._lift_interval(row) or of_difference

    def _smallest(self, row: Estimate) -> float:
        """The smallest effect worth using, on the scale of the interval."""
        if self._lift_interval(row) is not None:
            return self.plan.mde
        return self.plan.mde * abs(row.mean_control or 0.0)

    def _numbers(self, row: Estimate) -> str:
        interval = self._interval(row)
        alike = row.p_value is None and row.undefined is not None
        if interval is None or row.difference is None or alike:
            return (row.undefined or "there are too few customers").rstrip(".")
        arms = f"{_amount(row, row.mean)} against {_amount(row, row.mean_control)}"
        coverage = percent(1 - self.shared_alpha)
        kind = f"{coverage} sequential interval" if self.plan.sequential else f"{coverage} interval"
        low, high = interval
        if self._lift_interval(row) is None or row.lift is None:
            return f"{arms}, {row.difference:+.4g} ({kind} {low:+.4g} to {high:+.4g})"
        return f"{arms}, a lift of {_change(row.lift)} ({kind} {_change(low)} to {_change(high)})"


def _best(overall: Sequence[Estimate], metric: str) -> list[Estimate]:
    """One estimate an arm; the covariate-adjusted one where there is one."""
    rows = sorted((row for row in overall if row.metric == metric), key=_worth)
    best = {row.arm: row for row in rows}
    return [best[arm] for arm in sorted(best)]


def _worth(row: Estimate) -> tuple[bool, bool]:
    """Orders rows: estimable after not estimable, adjusted after raw."""
    return row.difference_interval is not None, row.covariate_adjusted


def _height(row: Estimate) -> float:
    return -math.inf if row.difference is None else row.difference


def _amount(row: Estimate, value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{100 * value:.2f} %" if row.type is MetricKind.PROPORTION else f"{value:.4g}"


def _change(lift: float) -> str:
    return f"{100 * lift:+.1f} %"
