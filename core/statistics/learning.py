"""What many tests say about each segment and tone: effects drawn together, doubt counted in."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.errors import UndefinedStatistic
from core.models.cube import Floats

Indices = NDArray[np.intp]

COMMON = 0.5
"""The part of the variance between campaigns that all groups of a campaign have in common."""

DEGREES = 4
_WITHIN, _BETWEEN = 32, 48
_LEAST_WEIGHT = 1e-6
_STEPS = 40
_REACH = 12.0


class Measurements(NamedTuple):
    """Effects that were measured, one entry each; no test has two of the same cell.

    `cells` and `tests` count from 0: which segment and tone, and which campaign. Effects of a test
    with the same `controls` were held against the same customers, whose mean has the variance
    `shared`; `errors` are standard errors above 0.
    """

    cells: Indices
    tests: Indices
    controls: Indices
    effects: Floats
    errors: Floats
    shared: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """One entry a cell: the effect to expect, and both ends of its interval in the last axis.

    `average` is the mean over all cells, `within` and `between` the deviations between campaigns
    and between cells that are to be expected.
    """

    effects: Floats
    intervals: Floats
    average: float
    within: float
    between: float


def learnt(tested: Measurements, scale: float, alpha: float) -> Learnt:
    """The effect of each cell, on average over campaigns like those tested.

    Three levels: cells scatter about their average, a cell's campaigns about the cell, and what
    was measured about the truth of the campaign. Both deviations are hardly known from few tests,
    so everything is averaged over their sizes, by half-t priors (4 degrees of freedom) with this
    scale. Effects with the same control share its error; of the deviation of a campaign half the
    variance is common to all its groups. As the best of many is drawn towards the rest by as much
    as its noise asks for, picking it afterwards does not overstate it.

    Args:
        tested: what was measured.
        scale: the size of deviations that would be usual, above 0, in the unit of the effects.
        alpha: two-sided.

    Raises:
        UndefinedStatistic: there is nothing, or something has no standard error.

    Reference:
        Lindley and Smith (1972), JRSS B 34, 1-41, for the levels; Gelman (2006), Bayesian Analysis
        1, 515-534, and Roever et al. (2021), Research Synthesis Methods 12, 448-474, for the
        priors; Gleser and Olkin (1994) for effects with one control; Higgins and Whitehead (1996),
        Statistics in Medicine 15, 2733-2749, for the half in common; Gelman, Hill and Yajima
        (2012), Journal of Research on Educational Effectiveness 5, 189-211, for many comparisons.

    Examples:
        >>> index = np.arange(3)
        >>> zero = np.zeros(3)
        >>> measured = np.array([0.0, 1.0, 5.0])
        >>> found = learnt(Measurements(index, index, index, measured, zero + 1, zero), 0.5, 0.05)
        >>> found.effects.round(1).tolist()
        [1.4, 1.7, 2.9]
    """
    if not len(tested.effects) or not (tested.errors > 0).all() or not scale > 0:
        raise UndefinedStatistic("Nothing with a standard error above 0 was tested.")
    within, between = _deviations(scale, _WITHIN), _deviations(scale, _BETWEEN)
    posterior = _posterior(_summed(tested, within), between)
    weights = posterior.weights.ravel()
    likely = weights > _LEAST_WEIGHT * weights.max()
    weights = weights[likely] / weights[likely].sum()
    means = posterior.means.reshape(-1, posterior.means.shape[-1])[likely]
    deviations = np.sqrt(posterior.variances.reshape(-1, means.shape[1])[likely])
    ends = [_quantile(means, deviations, weights, at) for at in (alpha / 2, 1 - alpha / 2)]
    every = posterior.weights
    return Learnt(
        weights @ means,
        np.stack(ends, axis=-1),
        float((every * posterior.average).sum()),
        float((every.sum(axis=1) * within).sum()),
        float((every.sum(axis=0) * between).sum()),
    )


class _Sums(NamedTuple):
    """By deviation within: precision (cells by cells) and what it weighs, in the first axis."""

    precision: Floats
    weighed: Floats
    squares: Floats
    log_determinants: Floats


class _Posterior(NamedTuple):
    """By deviation within and between (first two axes): weight, average, and each cell."""

    weights: Floats
    average: Floats
    means: Floats
    variances: Floats


def _deviations(scale: float, number: int) -> Floats:
    """Deviations that are equally likely under the half-t prior."""
    middles = (np.arange(number) + 0.5) / number
    found: Floats = scale * special.stdtrit(DEGREES, (1 + middles) / 2)
    return found


def _summed(tested: Measurements, within: Floats) -> _Sums:
    """The likelihood of the cells' effects, campaign by campaign."""
    cells = int(tested.cells.max()) + 1
    precision, weighed = np.zeros((len(within), cells, cells)), np.zeros((len(within), cells))
    squares, logs = np.zeros(len(within)), np.zeros(len(within))
    spread = np.square(within)[:, None, None]
    for test in np.unique(tested.tests):
        rows = np.flatnonzero(tested.tests == test)
        own, y = tested.cells[rows], tested.effects[rows]
        noise = _noise(tested, rows)
        covariance = noise + spread * (COMMON + (1 - COMMON) * np.eye(len(rows)))
        inverse = np.linalg.inv(covariance)
        precision[:, own[:, None], own[None, :]] += inverse
        weighed[:, own] += inverse @ y
        squares += (inverse @ y) @ y
        logs += np.linalg.slogdet(covariance)[1]
    return _Sums(precision, weighed, squares, logs)


def _noise(tested: Measurements, rows: Indices) -> Floats:
    """The covariance of the effects of one test."""
    controls, errors, shared = (of[rows] for of in (tested.controls, tested.errors, tested.shared))
    together = np.minimum(shared[:, None], shared[None, :])
    noise: Floats = np.where(controls[:, None] == controls[None, :], together, 0.0)
    np.fill_diagonal(noise, np.square(errors))
    return noise


def _posterior(sums: _Sums, between: Floats) -> _Posterior:
    """The cells, given both deviations; the average over cells has a flat prior."""
    values, vectors = np.linalg.eigh(sums.precision)
    values = np.maximum(values, 0.0)[:, None, :]
    ones = vectors.sum(axis=1)[:, None, :]
    data = np.einsum("gik,gi->gk", vectors, sums.weighed)[:, None, :]
    t = np.square(between)[None, :, None]
    loose = 1 + t * values
    known = (ones**2 * values / loose).sum(axis=-1)
    average = (ones * data / loose).sum(axis=-1) / known
    log_weights = -0.5 * (
        sums.log_determinants[:, None]
        + np.log(loose).sum(axis=-1)
        + np.log(known)
        + sums.squares[:, None]
        - (data**2 * t / loose).sum(axis=-1)
        - average**2 * known
    )
    weights = np.exp(log_weights - log_weights.max())
    means = np.einsum("gik,gtk->gti", vectors, (t * data + average[..., None] * ones) / loose)
    own = np.einsum("gik,gtk->gti", vectors**2, t / loose)
    lever = np.einsum("gik,gtk->gti", vectors, ones / loose)
    variances = own + lever**2 / known[..., None]
    return _Posterior(weights / weights.sum(), average, means, variances)


def _quantile(means: Floats, deviations: Floats, weights: Floats, at: float) -> Floats:
    """Where a mixture of normal distributions has this share below it, by halving, cell by cell."""
    low = (means - _REACH * deviations).min(axis=0)
    high = (means + _REACH * deviations).max(axis=0)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below = weights @ special.ndtr((middle - means) / deviations) < at
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = (low + high) / 2
    return found
