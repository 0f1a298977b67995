"""Intervals that may be looked at before the end without raising false alarms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy import optimize, special

from core.errors import BadInput, UndefinedStatistic
from core.models.cube import Floats

SPENDING_POWER = 3
ASSUMED_LOOKS = 28
CLOSEST_LOOKS = 0.004
NODES = 192
HIGHEST_BOUND = 12.0
LEAST_SPENT = 1e-13
HIGHEST_DRIFT = 60.0
MOST_LOOKS = round(1 / CLOSEST_LOOKS)


def spent(fraction: float, alpha: float) -> float:
    """The share of alpha that may be used up when this fraction of the plan is in: alpha t^3.

    Reference:
        Kim and DeMets (1987), "Design and Analysis of Group Sequential Tests Based on the Type
        I Error Spending Rate Function", Biometrika 74, 149-154.

    Examples:
        >>> spent(0.5, 0.05)
        0.00625
    """
    return float(alpha * min(max(fraction, 0.0), 1.0) ** SPENDING_POWER)


def bounds(fractions: Sequence[float], alpha: float) -> list[float]:
    """The two-sided z bound at each look, for looks at these growing fractions of the plan.

    Fractions above 1 count as 1: the plan was overrun and everything is spent. The chance of
    crossing any of the bounds when nothing works is `spent(last fraction, alpha)`.

    Raises:
        UndefinedStatistic: fractions do not grow, or there are none.

    Reference:
        Lan and DeMets (1983), "Discrete Sequential Boundaries for Clinical Trials", Biometrika
        70, 659-663; numerical recursion of Armitage, McPherson and Rowe (1969), JRSS A 132.

    Examples:
        >>> [round(z, 3) for z in bounds([0.5, 1.0], 0.05)]
        [2.734, 1.983]
    """
    looks = [min(f, 1.0) for f in fractions]
    if not looks or looks[0] <= 0 or any(b <= a for a, b in pairwise(looks)):
        raise UndefinedStatistic("Looks must be at growing fractions of the plan, above 0.")
    return [_last_bound(tuple(looks[: k + 1]), alpha) for k in range(len(looks))]


def group_sequential_bound(fraction: float, alpha: float, looks: Sequence[float] = ()) -> float:
    """The z bound now, at this fraction of the plan.

    Args:
        fraction: units read so far over units planned.
        alpha: two-sided, for this comparison.
        looks: the fractions at which the data could be read; without any, 28 equal steps of the
            plan are assumed, as in a daily reading over four weeks.

    Reference:
        Lan and DeMets (1983), with equally spaced looks where the actual ones are unknown.

    Examples:
        >>> round(group_sequential_bound(1.0, 0.05, [0.5, 1.0]), 3)
        1.983
    """
    steps = looks or [k / ASSUMED_LOOKS for k in range(1, ASSUMED_LOOKS + 1)]
    now = min(fraction, 1.0)
    earlier: list[float] = []
    for step in sorted(steps):
        far_enough = step - (earlier[-1] if earlier else 0.0) >= CLOSEST_LOOKS
        if far_enough and now - step >= CLOSEST_LOOKS:
            earlier.append(float(step))
    if now <= 0:
        raise UndefinedStatistic("Nobody has been read yet, so there is no bound.")
    return _last_bound((*earlier, now), alpha)


def confidence_sequence_multiplier(n: float, alpha: float, *, tightest_at: float) -> float:
    """How many standard errors an interval needs that holds at every n at once.

    Args:
        n: customers in both groups.
        alpha: two-sided.
        tightest_at: the n the sequence is tuned for; fixed before looking.

    Reference:
        Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), "Time-uniform Central Limit
        Theory and Asymptotic Confidence Sequences", Annals of Statistics 52, formula (7).

    Examples:
        >>> round(confidence_sequence_multiplier(10_000, 0.05, tightest_at=10_000), 3)
        3.035
    """
    if n <= 0:
        raise UndefinedStatistic("There are no customers yet.")
    scale = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tightest_at
    grown = n * scale
    return math.sqrt(2 * (grown + 1) / grown * (0.5 * math.log1p(grown) - math.log(alpha)))


def crossing_chance(fractions: Sequence[float], found: Sequence[float], drift: float) -> float:
    """Chance to cross one of these upper bounds, lower ones of the same size ending the test too.

    The score process is a Brownian motion with this drift, looked at when these fractions of the
    information are in. What is left inside after each look is integrated look by look; a drift
    only weighs it by the likelihood ratio exp(drift x - drift^2 t / 2), so it is exact.

    Args:
        fractions: growing, the last one 1.
        found: the z bound at each of them, above 0.
        drift: expected z when everything is in.

    Reference:
        Jennison and Turnbull (2000), "Group Sequential Methods with Applications to Clinical
        Trials", sections 2.3 and 19.2; Armitage, McPherson and Rowe (1969), JRSS A 132.

    Examples:
        O'Brien and Fleming's five looks keep 0.8 with 1.028 times the drift^2 of one look:

        >>> fifths = [k / 5 for k in range(1, 6)]
        >>> found = [2.040 / t**0.5 for t in fifths]
        >>> round(crossing_chance(fifths, found, 1.028**0.5 * 2.8016), 3)
        0.8
    """
    start = _starts(tuple(fractions), tuple(found))
    weights = start.masses * np.exp(drift * start.nodes - drift**2 * start.at / 2)
    away = start.nodes + drift * start.until - start.edge
    return min(float(weights @ special.ndtr(away / np.sqrt(start.until))), 1.0)


def equal_looks(looks: int) -> tuple[float, ...]:
    """So many equally spaced fractions of the plan, the last one all of it.

    Raises:
        BadInput: there are no looks, or more than are told apart.

    Reference:
        The schedule of Jennison and Turnbull (2000), chapter 2.

    Examples:
        >>> equal_looks(4)
        (0.25, 0.5, 0.75, 1.0)
    """
    if not 1 <= looks <= MOST_LOOKS:
        raise BadInput(f"looks is {looks}; plan 1 to {MOST_LOOKS} looks at the results.")
    return tuple(k / looks for k in range(1, looks + 1))


@lru_cache(maxsize=256)
def needed_drift(looks: int, alpha: float, power: float) -> float:
    """The expected z, when everything is in, that is seen at one of the looks with this power.

    Raises:
        BadInput: there are no looks, or more than are told apart.

    Reference:
        Jennison and Turnbull (2000), section 3.1: a test is planned by its drift.

    Examples:
        >>> round(needed_drift(1, 0.05, 0.8), 4), round(needed_drift(28, 0.05, 0.8), 4)
        (2.8016, 2.8794)
    """
    fractions = equal_looks(looks)
    found = bounds(fractions, alpha)

    def missing(drift: float) -> float:
        return crossing_chance(fractions, found, drift) - power

    return float(optimize.brentq(missing, 0.0, HIGHEST_DRIFT, xtol=1e-12))


def inflation(looks: int, alpha: float, power: float) -> float:
    """How many times the customers of one look so many looks need, at most, for the same power.

    Raises:
        BadInput: there are no looks, or more than are told apart.

    Reference:
        The ratio R of Jennison and Turnbull (2000), section 2.3, here for alpha t^3 of Kim and
        DeMets (1987).

    Examples:
        >>> round(inflation(1, 0.05, 0.8), 6), round(inflation(5, 0.05, 0.8), 3)
        (1.0, 1.032)
    """
    return (needed_drift(looks, alpha, power) / needed_drift(1, alpha, power)) ** 2


def nominal_alpha(bound: float) -> float:
    """The two-sided alpha of a fixed-horizon test whose z bound this is.

    Reference:
        The significance-level approach of Jennison and Turnbull (2000), "Group Sequential
        Methods with Applications to Clinical Trials", section 3.3.

    Examples:
        >>> round(nominal_alpha(1.959963984540054), 6)
        0.05
    """
    return float(2 * special.ndtr(-bound))


@dataclass(frozen=True, slots=True)
class _Path:
    """Where the score process may be at one look without having crossed: nodes and masses."""

    at: float
    nodes: Floats
    masses: Floats


@lru_cache(maxsize=1024)
def _last_bound(looks: tuple[float, ...], alpha: float) -> float:
    before = looks[-2] if len(looks) > 1 else 0.0
    budget = spent(looks[-1], alpha) - spent(before, alpha)
    return _bound(_path_after(looks[:-1], alpha), looks[-1], budget)


@lru_cache(maxsize=1024)
def _path_after(looks: tuple[float, ...], alpha: float) -> _Path:
    """The process after these looks; kept, so that a history of looks is computed once."""
    if not looks:
        return _Path(0.0, np.zeros(1), np.ones(1))
    bound = _last_bound(looks, alpha)
    return _advance(_path_after(looks[:-1], alpha), looks[-1], bound)


@dataclass(frozen=True, slots=True)
class _Starts:
    """Everywhere the process may be before a look, for all looks in one row.

    Each node has the mass that gets there without drift, the information that is in, how much
    of it is still to come until the look, and the score that crosses there.
    """

    nodes: Floats
    masses: Floats
    at: Floats
    until: Floats
    edge: Floats


@lru_cache(maxsize=64)
def _starts(looks: tuple[float, ...], found: tuple[float, ...]) -> _Starts:
    path, parts = _Path(0.0, np.zeros(1), np.ones(1)), []
    for now, bound in zip(looks, found, strict=True):
        same = np.ones_like(path.nodes)
        edge = bound * math.sqrt(now)
        facts = (path.at * same, (now - path.at) * same, edge * same)
        parts.append((path.nodes, path.masses, *facts))
        path = _advance(path, now, bound)
    return _Starts(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    """Gauss-Legendre points and weights; an eigenvalue problem worth solving once."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return points, weights


def _bound(path: _Path, now: float, budget: float) -> float:
    """The z at which exactly the budget crosses now."""
    if budget <= LEAST_SPENT:
        return HIGHEST_BOUND
    step, root = math.sqrt(now - path.at), math.sqrt(now)

    def overspent(z: float) -> float:
        up = special.ndtr((path.nodes - z * root) / step)
        down = special.ndtr((-z * root - path.nodes) / step)
        return float(path.masses @ (up + down)) - budget

    return float(optimize.brentq(overspent, 0.0, HIGHEST_BOUND, xtol=1e-12))


def _advance(path: _Path, now: float, bound: float) -> _Path:
    """The process at this look, cut off where it crossed."""
    step, edge = math.sqrt(now - path.at), bound * math.sqrt(now)
    points, weights = _quadrature()
    nodes = points * edge
    away = (nodes[:, None] - path.nodes[None, :]) / step
    density = np.exp(-0.5 * away**2) @ path.masses / (step * math.sqrt(2 * math.pi))
    return _Path(now, nodes, weights * edge * density)
