"""Sums over sums as if they were means: the delta method, at the randomised unit."""

from core.errors import UndefinedStatistic
from core.statistics.moments import Moments, transformed


def linearised(moments: Moments) -> Moments:
    """Every variable over the second one, (a, b[, c]) to (a/b[, c/b]), as means of n units.

    The result behaves like the moments of a plain mean: unit i counts (a_i - R b_i) / mean(b)
    about R. `a` and `b` are numerator and denominator of a ratio, or the sum and the number of
    rows of a unit; `c` is the covariate's sum.

    Raises:
        UndefinedStatistic: the denominator sums to 0.

    Reference:
        Deng, Knoblich and Lu (2018), "Applying the Delta Method in Metric Analytics", KDD;
        Budylin et al. (2018), "Consistent Transformation of Ratio Metrics", WSDM.

    Examples:
        >>> linearised(Moments(4, (6.0, 2.0), ((8.0, 2.0), (2.0, 2.0))))
        Moments(n=4, mean=(3.0,), scatter=((3.5,),))
    """
    base = moments.mean[1]
    if base == 0:
        raise UndefinedStatistic("The denominator is 0 for a whole group: no ratio.")
    kept = [i for i in range(len(moments.mean)) if i != 1]
    ratios = tuple(moments.mean[i] / base for i in kept)
    rows = [
        [(j == i) / base - (j == 1) * ratio / base for j in range(len(moments.mean))]
        for i, ratio in zip(kept, ratios, strict=True)
    ]
    return transformed(moments, rows, ratios)
