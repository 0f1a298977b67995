"""Quantiles of independent customers, with errors read off the order statistics around them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy import special

from core.errors import UndefinedStatistic
from core.models.cube import Cube, Ranks
from core.models.experiment import MetricSpec
from core.statistics.difference import Sample
from core.statistics.moments import merge_by

OUTER_ALPHA = 0.05
TOO_FEW = "There are too few customers in a group for an interval of this quantile."
TIED = "So many customers share the value of this quantile that it has no interval."
UNKNOWN = f"{TOO_FEW[:-1]}, or too many share its value."


@dataclass(frozen=True, slots=True)
class Outer:
    """Which order statistics enclose a quantile, counted from 1, and with what coverage."""

    low: int
    middle: int
    high: int
    coverage: float


def outer(n: int, share: float) -> Outer:
    """The order statistics that enclose a quantile with at least 95 % confidence.

    Raises:
        UndefinedStatistic: so few customers have none on one of the sides.

    Reference:
        Hahn and Meeker (1991), "Statistical Intervals", chapter 5: inverting the binomial
        test of how many customers lie below.

    Examples:
        >>> outer(10, 0.5)
        Outer(low=2, middle=5, high=9, coverage=0.978515625)
    """
    low = _binomial_quantile(OUTER_ALPHA / 2, n, share)
    high = _binomial_quantile(1 - OUTER_ALPHA / 2, n, share) + 1
    if low < 1 or high > n:
        raise UndefinedStatistic(TOO_FEW)
    coverage = special.bdtr(high - 1, n, share) - special.bdtr(low - 1, n, share)
    return Outer(low, max(math.ceil(round(n * share, 9)), 1), high, float(coverage))


def quantile_sample(n: int, share: float, ordered: Sequence[float]) -> Sample:
    """A quantile as a sample: its value, and its squared error from the values around it.

    Args:
        n: customers of the arm.
        share: of them below the quantile.
        ordered: the values at the low, middle and high rank of `outer`.

    Raises:
        UndefinedStatistic: there are too few customers, or they all share one value.

    Reference:
        Deng, Knoblich and Lu (2018), "Applying the Delta Method in Metric Analytics", KDD,
        on percentile metrics: the outer interval divided by its normal deviates.

    Examples:
        >>> sample = quantile_sample(10, 0.5, (2.0, 5.0, 9.0))
        >>> sample.mean, round(sample.squared_error ** 0.5, 3)
        (5.0, 1.522)
    """
    found = outer(n, share)
    low, middle, high = ordered
    if not high > low:
        raise UndefinedStatistic(TIED)
    deviates = float(special.ndtri((1 + found.coverage) / 2))
    return Sample(n, middle, ((high - low) / (2 * deviates)) ** 2)


def wanted(cube: Cube, metric: MetricSpec, column: str | None) -> dict[tuple[str, str], Ranks]:
    """Which order statistics to look up: by value of the column and arm, where there are enough.

    Reference:
        Hahn and Meeker (1991), chapter 5.

    Examples:
        >>> import numpy as np
        >>> from core.models.cube import Block
        >>> block = Block(np.full(2, 10.0), np.zeros((2, 1)), np.zeros((2, 1, 1)))
        >>> cube = Cube(("a", "b"), {}, (0, 0), (0, 0), np.full(2, 10.0), {"spend@0.5": block})
        >>> wanted(cube, MetricSpec.parse("spend@0.5:quantile"), None)[("", "a")]
        Ranks(n=10, places=(2, 5, 9))
    """
    values = [""] * len(cube.arms) if column is None else cube.slices[column]
    keys = list(zip(values, cube.arms, strict=True))
    found = {}
    for key, moments in merge_by(cube.blocks[metric.name], keys).items():
        try:
            around = outer(int(moments.n), metric.quantile or 0.0)
        except UndefinedStatistic:
            continue
        found[key] = Ranks(int(moments.n), (around.low, around.middle, around.high))
    return found


def quantile_samples(
    share: float, sizes: Mapping[str, float], orders: Mapping[str, Sequence[float]]
) -> dict[str, Sample]:
    """The sample of every arm that has one.

    Args:
        share: of the customers below the quantile.
        sizes: customers with a known value, by arm.
        orders: the values that were looked up, by arm.

    Reference:
        Deng, Knoblich and Lu (2018), on percentile metrics.

    Examples:
        >>> found = quantile_samples(0.5, {"a": 10, "b": 3}, {"a": (2.0, 5.0, 9.0)})
        >>> sorted(found)
        ['a']
    """
    found = {}
    for arm, ordered in orders.items():
        try:
            found[arm] = quantile_sample(int(sizes[arm]), share, ordered)
        except UndefinedStatistic:
            continue
    return found


def _binomial_quantile(level: float, n: int, share: float) -> int:
    """The smallest count that is reached with at least this probability."""
    count = max(math.ceil(float(special.bdtrik(level, n, share))), 0)
    return count - 1 if count and special.bdtr(count - 1, n, share) >= level else count
