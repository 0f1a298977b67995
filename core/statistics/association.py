"""How a response goes with a trait within the groups of a test, with robust errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.special import stdtr, stdtrit

from core.errors import UndefinedStatistic
from core.models.attribution import Association, TraitFacts

FEWEST = 100
"""With fewer customers who have a trait, or have it not, nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Slope:
    """Response for one unit more of a trait within groups, its standard error and the trait's."""

    slope: float
    standard_error: float
    deviation: float
    degrees: int


def slope(facts: TraitFacts) -> Slope:
    """The least-squares slope with one intercept a group, and its HC1 standard error.

    Raises:
        UndefinedStatistic: the trait does not vary within groups, too few customers are known,
            or nothing of the response is left to err by.

    Reference:
        MacKinnon and White (1985), "Some heteroskedasticity-consistent covariance matrix
        estimators with improved finite sample properties", Journal of Econometrics 29, 305-325;
        the groups are taken out first, by Frisch and Waugh (1933).

    Examples:
        >>> from core.models.attribution import TraitSums
        >>> one = TraitSums("a", 4, 5.0, 6.0, 18.0, 13.5, 10.25)
        >>> found = slope(TraitFacts("orders", None, binary=False, held=4, groups=(one,)))
        >>> found.slope, round(found.standard_error, 4), found.degrees
        (1.2, 0.1697, 2)
    """
    n, groups = facts.n, len(facts.groups)
    degrees = n - groups - 1
    squares = sum(group.xx for group in facts.groups)
    if degrees < 1 or squares <= 0:
        raise UndefinedStatistic(
            f"'{facts.name}' does not vary within the groups, so nothing can go with it."
        )
    steepness = sum(group.xy for group in facts.groups) / squares
    left = sum(
        group.xxyy - 2 * steepness * group.xxxy + steepness**2 * group.xxxx
        for group in facts.groups
    )
    if left <= 0:
        raise UndefinedStatistic(f"The response does not vary with '{facts.name}' known.")
    error = math.sqrt(n / degrees * left) / squares
    return Slope(steepness, error, math.sqrt(squares / (n - groups)), degrees)


def associations(
    every: Sequence[TraitFacts], alpha: float
) -> tuple[tuple[Association, ...], tuple[str, ...]]:
    """Each trait on its own, the strongest first, and why others are left out.

    A number counts by two standard deviations, so that it can be compared with a trait that
    customers have or have not. Intervals and p hold for all traits together (Bonferroni), so that
    an interval leaves out 0 just when its p is below alpha.

    Reference:
        Gelman (2008), "Scaling regression inputs by dividing by two standard deviations",
        Statistics in Medicine 27, 2865-2873; Dunn (1961), "Multiple Comparisons among
        Means", JASA 56, 52-64.

    Examples:
        >>> associations([], 0.05)
        ((), ())
    """
    found: list[tuple[TraitFacts, Slope]] = []
    left_out: list[str] = []
    for facts in every:
        if min(facts.held, facts.n - facts.held) < FEWEST and facts.binary:
            # A value that few have is not named: it may be somebody's own.
            left_out.append(f"{facts.words}: a value that fewer than {FEWEST} have, or have not")
            continue
        try:
            found.append((facts, slope(facts)))
        except UndefinedStatistic:
            left_out.append(f"{facts.name}: the same for everybody of a group")
    rows = [_alone(facts, its, alpha / len(found)) for facts, its in found]
    # Not by Holm: a p below alpha would stand beside an interval that holds 0.
    told = [replace(row, p_adjusted=min(len(rows) * row.p_value, 1.0)) for row in rows]
    strongest_first = sorted(told, key=lambda row: -abs(row.difference))
    return tuple(strongest_first), tuple(dict.fromkeys(left_out))


def _alone(facts: TraitFacts, its: Slope, error: float) -> Association:
    """One trait, its interval at this two-sided error."""
    step = 1.0 if facts.binary else 2 * its.deviation
    t = its.slope / its.standard_error
    reach = -float(stdtrit(its.degrees, error / 2)) * its.standard_error
    p = 2 * float(stdtr(its.degrees, -abs(t)))
    return Association(
        trait=facts.name,
        binary=facts.binary,
        step=step,
        n=facts.n,
        held=facts.held,
        difference=step * its.slope,
        standard_error=step * its.standard_error,
        interval=(step * (its.slope - reach), step * (its.slope + reach)),
        p_value=p,
        p_adjusted=p,
    )
