"""One test over all arms of whether the same share of each was lost, also where few were."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.statistics.compositions import can_be_listed, compositions

# At a level of 0.001 and with arms of unequal size, Pearson's test rejects up to twice as often
# as it says while an arm expects 5 or 10; from 100 on it keeps its level.
FEW_EXPECTED = 100
SAME = 1e-7


def equal_shares_p_value(lost: Sequence[int], of: Sequence[int]) -> float | None:
    """The p-value of "every arm lost the same share"; None where there is nothing to compare.

    That is, where fewer than two arms have customers, nobody is lost, or everybody is. With few
    expected in an arm the test is exact, given how many were lost in all: the probability of
    every table no more likely than this one. Where those are too many to list, it is the exact
    test of each arm against the others, by Bonferroni.

    Args:
        lost: customers lost in each arm.
        of: customers of each arm, in the same order.

    Reference:
        Pearson's chi-square test of homogeneity; Freeman and Halton (1951), "Note on an Exact
        Treatment of Contingency", Biometrika 38, 141-149.

    Examples:
        >>> round(equal_shares_p_value([100, 150], [1000, 1000]), 6)
        0.000723
        >>> round(equal_shares_p_value([0, 5], [5, 5]), 6)
        0.007937
    """
    arms = [(x, n) for x, n in zip(lost, of, strict=True) if n > 0]
    missing, everybody = sum(x for x, _ in arms), sum(n for _, n in arms)
    if len(arms) <= 1 or missing in {0, everybody}:
        return None
    rarer = min(missing, everybody - missing)
    if min(n for _, n in arms) * rarer >= FEW_EXPECTED * everybody:
        return _pearson(arms, missing / everybody)
    if 2 * missing > everybody:
        # The same tables, fewer of them.
        arms = [(n - x, n) for x, n in arms]
    if len(arms) == 2:
        return _pair(*arms)
    if can_be_listed(rarer, len(arms)):
        return _listed(arms)
    each = [_pair(arm, (rarer - arm[0], everybody - arm[1])) for arm in arms]
    return min(1.0, len(arms) * min(each))


Arm = tuple[int, int]


def _pearson(arms: Sequence[Arm], share: float) -> float:
    lost, of = np.array(arms, dtype=float).T
    statistic = ((lost - of * share) ** 2 / (of * share * (1 - share))).sum()
    return float(special.chdtrc(len(arms) - 1, statistic))


def _pair(one: Arm, other: Arm) -> float:
    """The exact test of two arms: every number the smaller arm could have lost."""
    small, large = sorted((one, other), key=lambda arm: arm[1])
    missing = small[0] + large[0]
    first, last = max(0, missing - large[1]), min(missing, small[1])
    found = np.arange(first, last + 1)
    tables = np.column_stack([found, missing - found])
    return _no_more_likely(tables, np.array([small[1], large[1]]), small[0] - first)


def _listed(arms: Sequence[Arm]) -> float:
    lost, of = np.array(arms).T
    tables = compositions(int(lost.sum()), len(arms))
    tables = tables[(tables <= of).all(axis=1)]
    place = int(np.flatnonzero((tables == lost).all(axis=1))[0])
    return _no_more_likely(tables, of, place)


def _no_more_likely(tables: NDArray[np.int64], of: NDArray[np.int64], place: int) -> float:
    """The share of probability of the tables that are no more likely than one of them."""
    logs = -(special.gammaln(tables + 1) + special.gammaln(of - tables + 1)).sum(axis=1)
    weights = np.exp(logs - logs.max())
    rare = logs <= logs[place] + SAME
    return min(1.0, float(weights[rare].sum() / weights.sum()))
