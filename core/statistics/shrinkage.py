"""Effects by slice, drawn towards their average by as much as their noise asks for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from core.errors import UndefinedStatistic
from core.models.cube import Floats
from core.models.readout import Estimate, Interval

FEWEST_SLICES = 3
GRID = 120
REACH = 6.0
TOO_FEW = "Fewer than 3 slices have an effect to be drawn together."
NO_EFFECT = "This slice has no effect with a standard error."


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Effects after shrinkage, with intervals, and the deviation found between the slices."""

    effects: tuple[float, ...]
    intervals: tuple[Interval, ...]
    average: float
    between_deviation: float


def between_variance(effects: Sequence[float], errors: Sequence[float]) -> float:
    """How much true effects vary between slices, beyond their standard errors; never below 0.

    Raises:
        UndefinedStatistic: there are fewer than two slices, or one has no standard error.

    Reference:
        Paule and Mandel (1982), "Consensus Values and Weighting Factors", Journal of Research
        of the National Bureau of Standards 87, 377-385.

    Examples:
        >>> round(between_variance([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]))
        0
        >>> round(between_variance([0.0, 10.0, 20.0], [1.0, 1.0, 1.0]), 6)
        99.0
    """
    y, variances = np.asarray(effects, dtype=float), np.square(np.asarray(errors, dtype=float))
    if len(y) <= 1 or not (variances > 0).all():
        raise UndefinedStatistic("Slices are compared by effects with standard errors above 0.")

    def excess(between: float) -> float:
        weights = 1 / (variances + between)
        away = y - weights @ y / weights.sum()
        return float(weights @ away**2) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    most = float(np.square(y - y.mean()).sum()) / (len(y) - 1) + float(variances.max())
    return float(optimize.brentq(excess, 0.0, most, xtol=1e-14 * most, rtol=1e-13))


def shrunken(effects: Sequence[float], errors: Sequence[float], alpha: float) -> Shrunken:
    """Every effect drawn towards the average of all, the noisy ones further.

    The effects use the Paule-Mandel variance between slices. With few slices that variance is
    itself hardly known, and intervals that take it as given are too short; so these average
    over every size it may have (flat in the deviation) and hold for the slices together.

    Args:
        effects: one difference to control a slice.
        errors: their standard errors, above 0.
        alpha: two-sided.

    Raises:
        UndefinedStatistic: there are fewer than three slices, or one has no standard error.

    Reference:
        Efron and Morris (1975), "Data Analysis Using Stein's Estimator and its Generalizations",
        JASA 70, 311-319; Gelman et al. (2013), "Bayesian Data Analysis", section 5.4, for the
        uncertainty about the variance between slices.

    Examples:
        >>> found = shrunken([0.0, 10.0, 20.0], [1.0, 1.0, 10.0], 0.05)
        >>> [round(effect, 1) for effect in found.effects], round(found.average, 1)
        ([0.1, 10.0, 12.1], 7.4)
    """
    if len(effects) < FEWEST_SLICES:
        raise UndefinedStatistic(TOO_FEW)
    y, variances = np.asarray(effects, dtype=float), np.square(np.asarray(errors, dtype=float))
    between = between_variance(effects, errors)
    drawn = _given(y, variances, np.array([between]))
    centre = drawn.effects[0]
    likely = _given(y, variances, _grid(variances))
    away = likely.variances + (likely.effects - centre) ** 2
    reach = -float(special.ndtri(alpha / 2)) * np.sqrt(likely.weights @ away)
    low_high = zip((centre - reach).tolist(), (centre + reach).tolist(), strict=True)
    return Shrunken(
        tuple(centre.tolist()), tuple(low_high), float(drawn.average[0]), float(between**0.5)
    )


def with_shrunken(rows: Iterable[Estimate], alpha: float) -> list[Estimate]:
    """The estimates, those of slices with their shrunken effects; marked exploratory.

    The slices of one column are drawn together by metric and arm, raw and covariate-adjusted
    results apart. Overall estimates stay as they are.

    Reference:
        Efron and Morris (1975), JASA 70, 311-319.

    Examples:
        >>> with_shrunken([], 0.05)
        []
    """
    result = list(rows)
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(result):
        if row.slice is not None:
            key = (row.metric, row.arm, row.slice.column, row.covariate_adjusted)
            groups.setdefault(key, []).append(place)
    for members in groups.values():
        for place, row in zip(members, _drawn([result[i] for i in members], alpha), strict=True):
            result[place] = row
    return result


@dataclass(frozen=True, slots=True)
class _Posterior:
    """What the slices are for each deviation between them: one row a deviation."""

    average: Floats
    effects: Floats
    variances: Floats
    weights: Floats


def _given(y: Floats, variances: Floats, between: Floats) -> _Posterior:
    """Effects, their variances, and the weight of each variance between, on an even grid."""
    precision = 1 / (variances + between[:, None])
    total = precision.sum(axis=1)
    average = precision @ y / total
    pull = variances * precision
    away = y - average[:, None]
    log_weights = 0.5 * (
        np.log(precision).sum(axis=1) - np.log(total) - (precision * away**2).sum(axis=1)
    )
    # The grid is even in u where deviation = scale * u / (1 - u), so du counts 1 / (1 - u)^2.
    u = (np.arange(len(between)) + 0.5) / len(between)
    weights = np.exp(log_weights - log_weights.max()) / (1 - u) ** 2
    return _Posterior(
        average,
        y - pull * away,
        (1 - pull) * variances + pull**2 / total[:, None],
        weights / weights.sum(),
    )


def _grid(variances: Floats) -> Floats:
    """Variances between slices to average over: from far below to far above the noise."""
    u = (np.arange(GRID) + 0.5) / GRID
    scale = REACH * float(np.exp(0.5 * np.log(variances).mean()))
    squares: Floats = (scale * u / (1 - u)) ** 2
    return squares


def _drawn(rows: Sequence[Estimate], alpha: float) -> list[Estimate]:
    pairs = [_pair(row) for row in rows]
    known = [pair for pair in pairs if pair is not None]
    try:
        found = shrunken([effect for effect, _ in known], [error for _, error in known], alpha)
    except UndefinedStatistic as reason:
        return [
            replace(row, exploratory=True, shrunken_undefined=str(reason) if pair else NO_EFFECT)
            for row, pair in zip(rows, pairs, strict=True)
        ]
    drawn = iter(zip(found.effects, found.intervals, strict=True))
    return [
        _with_effect(row, *next(drawn))
        if pair
        else replace(row, exploratory=True, shrunken_undefined=NO_EFFECT)
        for row, pair in zip(rows, pairs, strict=True)
    ]


def _with_effect(row: Estimate, effect: float, interval: Interval) -> Estimate:
    return replace(row, exploratory=True, shrunken_difference=effect, shrunken_interval=interval)


def _pair(row: Estimate) -> tuple[float, float] | None:
    """Difference and standard error, where both are known."""
    if row.difference is None or not row.standard_error:
        return None
    return row.difference, row.standard_error
