"""Arms against control: which method, and every number that an estimate gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from core.errors import UndefinedStatistic
from core.models.cube import Floats
from core.models.readout import Interval
from core.statistics import non_inferiority, small_counts
from core.statistics.bayes import chance_to_beat_control
from core.statistics.difference import CONSTANT, Difference, Sample, differences
from core.statistics.lift import NOT_ESTIMABLE, estimable, lift, lift_interval
from core.statistics.sequential import nominal_alpha
from core.statistics.small_counts import Counts

NORMAL_95 = 1.959963984540054
FEW_EVENTS = "score (few events)"


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


class Pair(NamedTuple):
    """A treatment and its control, and the rules by which they are compared.

    `margin` is the difference that a guardrail must not reach.
    """

    treatment: Sample
    control: Sample
    rules: Rules
    margin: float | None = None


class Bounds(NamedTuple):
    """The intervals of one comparison at one alpha."""

    difference: Interval
    lift: Interval | None
    undefined: str | None = None


class Effect(NamedTuple):
    """One comparison at no alpha; `lift` is None where control or arm is at zero."""

    mean: float
    mean_control: float
    difference: float
    lift: float | None
    p_value: float | None
    standard_error: float


class Comparison(NamedTuple):
    """What one comparison says, named as in an Estimate; None where it says nothing.

    `method` is None where the samples say by which method they came about.
    """

    mean: float | None = None
    mean_control: float | None = None
    difference: float | None = None
    lift: float | None = None
    p_value: float | None = None
    standard_error: float | None = None
    difference_interval: Interval | None = None
    lift_interval: Interval | None = None
    undefined: str | None = None
    difference_interval_adjusted: Interval | None = None
    lift_interval_adjusted: Interval | None = None
    sequential_interval: Interval | None = None
    sequential_lift_interval: Interval | None = None
    chance_to_beat_control: float | None = None
    margin_bound: float | None = None
    method: str | None = None


def compare_means(pairs: Sequence[Pair]) -> list[Comparison]:
    """Every pair by Welch's t and Fieller, all of them at once; a reason where nothing varies.

    Reference:
        Welch (1947); Fieller (1954).

    Examples:
        >>> rules = Rules(0.05, 0.05, 0.3, 10)
        >>> (found,) = compare_means([Pair(Sample(100, 12.0, 0.1), Sample(100, 10.0, 0.1), rules)])
        >>> found.lift, round(found.p_value, 6)
        (0.2, 1.3e-05)
    """
    varies = [pair.treatment.squared_error + pair.control.squared_error > 0 for pair in pairs]
    compared = _compared([pair for pair, does in zip(pairs, varies, strict=True) if does])
    return [
        next(compared) if does else _constant(pair)
        for pair, does in zip(pairs, varies, strict=True)
    ]


def compare_counts(counts: Counts, rules: Rules, margin: float | None = None) -> Comparison:
    """Two shares with few events, by the score test and the intervals that invert it.

    Reference:
        Miettinen and Nurminen (1985), "Comparative Analysis of Two Rates".

    Examples:
        >>> found = compare_counts(Counts(0, 50, 0, 50), Rules(0.05, 0.05, 0.3, 10))
        >>> found.p_value, found.undefined[:13], round(found.difference_interval[1], 3)
        (None, 'No events yet', 0.072)
    """
    share, control_share = counts.events / counts.n, counts.control_events / counts.control_n
    relative = share / control_share - 1 if counts.events and counts.control_events else None
    contrast, alphas = CountsContrast(counts), _alphas(rules, counts.total, margin)
    tested = contrast.p_value, contrast.standard_error
    effect = Effect(share, control_share, counts.difference, relative, *tested)
    at = cache(contrast.at)
    read = _Read(
        at(alphas.plain),
        at(alphas.shared),
        None if alphas.watched is None else at(alphas.watched),
        None if alphas.one_sided is None else at(alphas.one_sided),
    )
    return _comparison(effect, read, rules, margin)._replace(method=FEW_EVENTS)


class _Alphas(NamedTuple):
    """At which alphas one comparison is read; None where nobody asks."""

    plain: float
    shared: float
    watched: float | None
    one_sided: float | None


class _Read(NamedTuple):
    """The intervals at these alphas."""

    plain: Bounds
    shared: Bounds
    watched: Bounds | None
    one_sided: Bounds | None


def _alphas(rules: Rules, customers: float, margin: float | None) -> _Alphas:
    """Those of a fixed horizon; sequential intervals are as wide as one of theirs."""

    def nominal(alpha: float) -> float:
        return alpha if rules.bound is None else nominal_alpha(rules.bound(customers, alpha))

    return _Alphas(
        rules.alpha,
        rules.shared_alpha,
        None if rules.bound is None else nominal(rules.shared_alpha),
        None if margin is None else nominal(non_inferiority.two_sided(rules.alpha)),
    )


def _constant(pair: Pair) -> Comparison:
    means = pair.treatment.mean, pair.control.mean
    return Comparison(*means, pair.treatment.minus(pair.control), undefined=CONSTANT)


def _compared(pairs: Sequence[Pair]) -> Iterator[Comparison]:
    """The pairs in which something varies."""
    if not pairs:
        return
    of = differences([(pair.treatment, pair.control) for pair in pairs])
    alphas = [_alphas(p.rules, p.treatment.n + p.control.n, p.margin) for p in pairs]
    columns = list(zip(*alphas, strict=True))
    at = {column: _bounds(of, column) for column in dict.fromkeys(columns)}
    read = map(_Read, *(at[column] for column in columns))
    for pair, effect, intervals in zip(pairs, _effects(of), read, strict=True):
        yield _comparison(effect, intervals, pair.rules, pair.margin)


def _effects(of: Difference) -> Iterator[Effect]:
    has_lift = of.control.mean != 0
    lifts = iter(lift(of.where(has_lift)).tolist())
    columns = (of.treatment.mean, of.control.mean, of.estimate, of.p_value, of.standard_error)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for (mean, control, gap, p_value, error), has in zip(rows, has_lift.tolist(), strict=True):
        yield Effect(mean, control, gap, next(lifts) if has else None, p_value, error)


def _bounds(of: Difference, alphas: Sequence[float | None]) -> list[Bounds | None]:
    """Both intervals of each pair at its alpha, from the same t quantile."""
    asked = np.array([alpha is not None for alpha in alphas])
    alpha = np.array([alpha for alpha in alphas if alpha is not None])
    if not len(alpha):
        return [None] * len(alphas)
    of = of.where(asked)
    critical = of.critical(alpha)
    known = estimable(of, critical)
    gaps = _rows(of.interval(critical))
    lifts = _rows(lift_interval(of.where(known), critical[known]))
    found = (
        Bounds(gap, next(lifts)) if has_lift else Bounds(gap, None, NOT_ESTIMABLE)
        for gap, has_lift in zip(gaps, known.tolist(), strict=True)
    )
    return [next(found) if is_asked else None for is_asked in asked.tolist()]


def _rows(ends: tuple[Floats, Floats]) -> Iterator[Interval]:
    low, high = ends
    return zip(low.tolist(), high.tolist(), strict=True)


def _comparison(effect: Effect, read: _Read, rules: Rules, margin: float | None) -> Comparison:
    plain, shared, watched, one_sided = read
    estimable = effect.lift is not None
    return Comparison(
        *effect,
        plain.difference,
        plain.lift if estimable else None,
        plain.undefined,
        shared.difference,
        shared.lift if estimable else None,
        watched.difference if watched else None,
        watched.lift if watched and estimable else None,
        _chance(effect, plain, rules),
        non_inferiority.harm_bound(one_sided.difference, margin) if one_sided and margin else None,
    )


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
            return Bounds(low_high, None, small_counts.one_sided_reason(self.counts, alpha))
        try:
            return Bounds(low_high, small_counts.score_lift_interval(self.counts, alpha))
        except UndefinedStatistic as reason:
            return Bounds(low_high, None, str(reason))


def _chance(effect: Effect, plain: Bounds, rules: Rules) -> float | None:
    if plain.lift is None or effect.lift is None:
        return None
    return chance_to_beat_control(
        effect.difference,
        effect.standard_error,
        effect.mean_control,
        prior_deviation=rules.prior_deviation,
    )
