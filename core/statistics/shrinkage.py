"""Effects by slice, drawn towards their average by as much as their noise asks for."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from core.errors import UndefinedStatistic
from core.models.cube import Floats
from core.models.readout import Interval

FEWEST_SLICES = 3
GRID = 120
REACH = 6.0
MOST_STEPS = 100
CLOSE = 1e-13
MOST_AT_ONCE = 50_000
TOO_FEW = "Fewer than 3 slices have an effect to be drawn together."
NO_EFFECT = "This slice has no effect with a standard error."


@dataclass(frozen=True, slots=True, eq=False)
class Shrunken:
    """Effects after shrinkage, with intervals, and the deviation found between the slices.

    `effects` have one entry a slice, `intervals` a low and a high end each, in the last axis.
    Where several groups of slices were asked for, they are in the axis after that of the slices.
    """

    effects: Floats
    intervals: Floats
    average: Floats
    between_deviation: Floats


class Drawn(NamedTuple):
    """One effect among its neighbours: all None where there are none to be drawn to."""

    effect: float | None = None
    interval: Interval | None = None
    undefined: str | None = None


def between_variance(effects: ArrayLike, errors: ArrayLike) -> Floats:
    """How much true effects vary between slices, beyond their standard errors; never below 0.

    Slices are in the first axis; the next may hold groups, each with a variance of its own.

    Raises:
        UndefinedStatistic: there are fewer than two slices, or one has no standard error.

    Reference:
        Paule and Mandel (1982), "Consensus Values and Weighting Factors", Journal of Research
        of the National Bureau of Standards 87, 377-385. DerSimonian and Kacker (2007),
        Contemporary Clinical Trials 28, 105-114, for the steps to it, which never overshoot.

    Examples:
        >>> round(between_variance([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]))
        0
        >>> round(float(between_variance([0.0, 10.0, 20.0], [1.0, 1.0, 1.0])), 6)
        99.0
    """
    y, variances = np.asarray(effects, dtype=float), np.square(np.asarray(errors, dtype=float))
    if len(y) <= 1 or not (variances > 0).all():
        raise UndefinedStatistic("Slices are compared by effects with standard errors above 0.")
    expected = len(y) - 1
    # Were all slices as noisy as the noisiest one, this would be the answer; it is never less.
    between: Floats = np.maximum(y.var(axis=0, ddof=1) - variances.max(axis=0), 0.0)
    for _ in range(MOST_STEPS):
        weights = 1 / (variances + between)
        squares = weights * (y - (weights * y).sum(axis=0) / weights.sum(axis=0)) ** 2
        excess = squares.sum(axis=0) - expected
        apart = excess > CLOSE * expected
        if not apart.any():
            break
        slope = (weights * squares).sum(axis=0)
        between = between + np.where(apart, excess, 0.0) / np.where(apart, slope, 1.0)
    return between


def shrunken(effects: ArrayLike, errors: ArrayLike, alpha: float) -> Shrunken:
    """Every effect drawn towards the average of all, the noisy ones further.

    The effects use the Paule-Mandel variance between slices. With few slices that variance is
    itself hardly known, and intervals that take it as given are too short; so these average
    over every size it may have (flat in the deviation) and hold for the slices together.

    Args:
        effects: one difference to control a slice; a second axis may hold groups of slices.
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
        >>> found.effects.round(1).tolist(), round(float(found.average), 1)
        ([0.1, 10.0, 12.1], 7.4)
    """
    y, variances = np.asarray(effects, dtype=float), np.square(np.asarray(errors, dtype=float))
    if len(y) < FEWEST_SLICES:
        raise UndefinedStatistic(TOO_FEW)
    between = between_variance(effects, errors)
    drawn = _given(y, variances, between[..., None])
    likely = _given(y, variances, _grid(variances))
    away = likely.variances + (likely.effects - drawn.effects) ** 2
    reach = -special.ndtri(alpha / 2) * np.sqrt((likely.weights * away).sum(axis=-1))
    centre = drawn.effects[..., 0]
    intervals = np.stack([centre - reach, centre + reach], axis=-1)
    return Shrunken(centre, intervals, drawn.average[..., 0], np.sqrt(between))


def drawn_together(
    groups: Sequence[Hashable],
    effects: Sequence[float | None],
    errors: Sequence[float | None],
    alpha: float,
) -> list[Drawn]:
    """What each row says after the rows of its group have been drawn together.

    Args:
        groups: of each row; rows in the group None belong to no slice and stay as they are.
        effects: of each row, None where there is none.
        errors: standard errors of the effects; None or 0 where there is none.
        alpha: two-sided.

    Reference:
        Efron and Morris (1975), JASA 70, 311-319.

    Examples:
        >>> drawn = drawn_together(["x", "x", "x", None], [0.0, 1.0, 2.0, 1.0], [1.0] * 4, 0.05)
        >>> [row.effect for row in drawn]
        [1.0, 1.0, 1.0, None]
    """
    result = [Drawn() if group is None else Drawn(None, None, NO_EFFECT) for group in groups]
    known: dict[Hashable, list[int]] = {}
    for row, (group, effect, error) in enumerate(zip(groups, effects, errors, strict=True)):
        if group is not None and effect is not None and error:
            known.setdefault(group, []).append(row)
    for alike in _alike(known.values()):
        y, e = (np.array([[of[i] for i in rows] for rows in alike]).T for of in (effects, errors))
        for rows, drawn in zip(alike, _drawn(y, e, alpha), strict=True):
            for row, one in zip(rows, drawn, strict=True):
                result[row] = one
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """What the slices are for each deviation between them; deviations are in the last axis."""

    average: Floats
    effects: Floats
    variances: Floats
    weights: Floats


def _given(y: Floats, variances: Floats, between: Floats) -> _Posterior:
    """Effects, their variances, and the weight of each variance between, on an even grid."""
    noise, effects = variances[..., None], y[..., None]
    precision = 1 / (noise + between)
    total = precision.sum(axis=0)
    average = (precision * effects).sum(axis=0) / total
    pull = noise * precision
    away = effects - average
    log_weights = 0.5 * (
        np.log(precision).sum(axis=0) - np.log(total) - (precision * away**2).sum(axis=0)
    )
    # The grid is even in u where deviation = scale * u / (1 - u), so du counts 1 / (1 - u)^2.
    u = _steps(between.shape[-1])
    weights = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True)) / (1 - u) ** 2
    return _Posterior(
        average,
        effects - pull * away,
        (1 - pull) * noise + pull**2 / total,
        weights / weights.sum(axis=-1, keepdims=True),
    )


def _grid(variances: Floats) -> Floats:
    """Variances between slices to average over: from far below to far above the noise."""
    u, noise = _steps(GRID), np.exp(0.5 * np.log(variances).mean(axis=0))
    squares: Floats = (REACH * noise[..., None] * u / (1 - u)) ** 2
    return squares


def _steps(number: int) -> Floats:
    """The middles of so many equal parts of 0 to 1."""
    middles: Floats = (np.arange(number) + 0.5) / number
    return middles


def _alike(groups: Iterable[list[int]]) -> Iterator[list[list[int]]]:
    """Groups with the same number of rows, as many at once as take little memory."""
    by_size: dict[int, list[list[int]]] = {}
    for group in groups:
        by_size.setdefault(len(group), []).append(group)
    for size, alike in by_size.items():
        most = max(MOST_AT_ONCE // (GRID * size), 1)
        for start in range(0, len(alike), most):
            yield alike[start : start + most]


def _drawn(effects: Floats, errors: Floats, alpha: float) -> Iterator[list[Drawn]]:
    """The slices of each group."""
    try:
        found = shrunken(effects, errors, alpha)
    except UndefinedStatistic as reason:
        yield from repeat([Drawn(None, None, str(reason))] * len(effects), effects.shape[1])
        return
    ends = np.moveaxis(found.intervals, 1, 0).tolist()
    for drawn, intervals in zip(found.effects.T.tolist(), ends, strict=True):
        pairs = zip(drawn, intervals, strict=True)
        yield [Drawn(effect, (low, high)) for effect, (low, high) in pairs]
