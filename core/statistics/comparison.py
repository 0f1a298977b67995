"""One arm against control: which method, and everything an estimate says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from core.errors import BadInput, UndefinedStatistic
from core.models.experiment import MetricKind
from core.models.readout import Estimate, Interval
from core.statistics import non_inferiority, small_counts
from core.statistics.bayes import chance_to_beat_control
from core.statistics.difference import Difference, Sample, difference
from core.statistics.lift import lift, lift_interval
from core.statistics.sequential import nominal_alpha
from core.statistics.small_counts import Counts

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rules:
    """By which alphas and priors comparisons are read.

    `alpha` is that of the plan, `shared_alpha` what is left of it for one arm. `bound` gives,
    for the customers of a pair of arms and an alpha, how many standard errors a sequential
    interval needs; None where the reading is at a fixed horizon. `power` is planned with.
    """

    alpha: float
    shared_alpha: float
    prior_deviation: float
    few_events: float
    bound: Callable[[float, float], float] | None = None
    power: float = 0.8


@dataclass(frozen=True, slots=True)
class Bounds:
    """The intervals of one comparison at one alpha."""

    difference: Interval
    lift: Interval | None
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """The four numbers of one comparison; `lift` is None where control or arm is at zero."""

    mean: float
    mean_control: float
    difference: float
    lift: float | None


class Contrast(Protocol):
    """A comparison that can be read at any alpha."""

    @property
    def p_value(self) -> float | None:
        """Two-sided; None where no test exists."""
        ...

    @property
    def standard_error(self) -> float:
        """Of the difference."""
        ...

    def at(self, alpha: float) -> Bounds:
        """Both intervals with coverage 1 - alpha."""
        ...


@dataclass(frozen=True, slots=True)
class MeansContrast:
    """Two means by Welch's t, the lift by Fieller."""

    of: Difference

    @property
    def p_value(self) -> float:
        """Of Welch's test."""
        return self.of.p_value

    @property
    def standard_error(self) -> float:
        """Of the difference, unpooled."""
        return self.of.standard_error

    def at(self, alpha: float) -> Bounds:
        """Both intervals, from the same t quantile."""
        try:
            return Bounds(self.of.interval(alpha), lift_interval(self.of, alpha))
        except UndefinedStatistic as reason:
            return Bounds(self.of.interval(alpha), None, str(reason))


@dataclass(frozen=True, slots=True)
class CountsContrast:
    """Two shares with few events, by the score test."""

    counts: Counts

    @property
    def p_value(self) -> float | None:
        """Of the score test; None while nobody, or everybody, had the event."""
        return None if self.counts.one_sided else small_counts.score_p_value(self.counts)

    @property
    def standard_error(self) -> float:
        """Half the 95 % interval, in normal deviates."""
        low, high = self.at(float(nominal_alpha(NORMAL_95))).difference
        return (high - low) / (2 * NORMAL_95)

    def at(self, alpha: float) -> Bounds:
        """Both intervals, from the same score test."""
        low_high = small_counts.score_difference_interval(self.counts, alpha)
        if self.counts.one_sided:
            return Bounds(low_high, None, small_counts.NO_EVENTS)
        try:
            return Bounds(low_high, small_counts.score_lift_interval(self.counts, alpha))
        except UndefinedStatistic as reason:
            return Bounds(low_high, None, str(reason))


def compare_means(base: Estimate, treatment: Sample, control: Sample, rules: Rules) -> Estimate:
    """The estimate filled in by Welch's t and Fieller; only its reason where nothing varies.

    Reference:
        Welch (1947); Fieller (1954).

    Examples:
        >>> from core.models.experiment import MetricKind
        >>> base = Estimate("spend", MetricKind.MEAN, None, "b", "a", 100, 100, 12.0, 10.0)
        >>> rules = Rules(0.05, 0.05, 0.3, 10)
        >>> done = compare_means(base, Sample(100, 12.0, 0.1), Sample(100, 10.0, 0.1), rules)
        >>> done.lift, round(done.p_value, 6)
        (0.2, 1.3e-05)
    """
    gap = treatment.minus(control)
    try:
        contrast = MeansContrast(difference(treatment, control))
    except UndefinedStatistic as reason:
        known = replace(base, mean=treatment.mean, mean_control=control.mean, difference=gap)
        return replace(known, undefined=str(reason))
    relative = lift(contrast.of) if control.mean else None
    return _filled(base, Effect(treatment.mean, control.mean, gap, relative), contrast, rules)


def compare_counts(base: Estimate, counts: Counts, rules: Rules) -> Estimate:
    """The estimate filled in by the score test and the intervals that invert it.

    Reference:
        Miettinen and Nurminen (1985), "Comparative Analysis of Two Rates".

    Examples:
        >>> from core.models.experiment import MetricKind
        >>> base = Estimate("sale", MetricKind.PROPORTION, None, "b", "a", 50, 50, 0.0, 0.0)
        >>> done = compare_counts(base, Counts(0, 50, 0, 50), Rules(0.05, 0.05, 0.3, 10))
        >>> done.p_value, done.undefined[:13], round(done.difference_interval[1], 3)
        (None, 'No events yet', 0.072)
    """
    share, control_share = counts.events / counts.n, counts.control_events / counts.control_n
    relative = share / control_share - 1 if counts.events and counts.control_events else None
    effect = Effect(share, control_share, counts.difference, relative)
    contrast = CountsContrast(counts)
    return _filled(replace(base, method="score (few events)"), effect, contrast, rules)


def _filled(base: Estimate, effect: Effect, contrast: Contrast, rules: Rules) -> Estimate:
    plain, shared = contrast.at(rules.alpha), contrast.at(rules.shared_alpha)
    looked_at = _nominal(base, rules, rules.shared_alpha)
    watched = None if rules.bound is None else contrast.at(looked_at)
    estimable = effect.lift is not None
    p_value = contrast.p_value
    return replace(
        base if base.margin is None else _against_margin(base, effect, contrast, rules),
        mean=effect.mean,
        mean_control=effect.mean_control,
        difference=effect.difference,
        difference_interval=plain.difference,
        lift=effect.lift,
        lift_interval=plain.lift if estimable else None,
        p_value=p_value,
        p_adjusted=p_value,
        sequential_interval=watched.difference if watched else None,
        chance_to_beat_control=_chance(effect, plain, contrast, rules),
        undefined=plain.undefined,
        standard_error=contrast.standard_error,
        difference_interval_adjusted=shared.difference,
        lift_interval_adjusted=shared.lift if estimable else None,
        sequential_lift_interval=watched.lift if watched and estimable else None,
    )


def _nominal(base: Estimate, rules: Rules, alpha: float) -> float:
    """The alpha of a fixed horizon whose interval is as wide as the plan's at this alpha."""
    if rules.bound is None:
        return alpha
    return nominal_alpha(rules.bound(base.n + base.n_control, alpha))


def _against_margin(base: Estimate, effect: Effect, contrast: Contrast, rules: Rules) -> Estimate:
    """How far harm may go, one-sided at the plan's alpha, and what that says of the margin."""
    margin = base.margin or 0.0
    wide = _nominal(base, rules, non_inferiority.two_sided(rules.alpha))
    bound = non_inferiority.harm_bound(contrast.at(wide).difference, margin)
    return replace(
        base,
        margin_bound=bound,
        margin_verdict=non_inferiority.verdict(bound, margin),
        margin_needed_per_group=_needed_for_margin(base, effect, contrast, rules),
    )


def _needed_for_margin(
    base: Estimate, effect: Effect, contrast: Contrast, rules: Rules
) -> int | None:
    """Customers per group that rule out the margin at the control's variance; None without one."""
    variance = effect.mean_control * (1 - effect.mean_control)
    if base.type is not MetricKind.PROPORTION:
        variance = contrast.standard_error**2 / (1 / base.n + 1 / base.n_control)
    margin, equal = base.margin or 0.0, (0.5, 0.5)
    try:
        return non_inferiority.customers_for_margin(
            variance, margin, equal, alpha=rules.alpha, power=rules.power
        )[0]
    except BadInput:
        return None


def _chance(effect: Effect, plain: Bounds, contrast: Contrast, rules: Rules) -> float | None:
    if plain.lift is None or effect.lift is None:
        return None
    return chance_to_beat_control(
        effect.difference,
        contrast.standard_error,
        effect.mean_control,
        prior_deviation=rules.prior_deviation,
    )
