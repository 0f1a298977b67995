"""Whether the effect is the same in every slice."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from core.errors import UndefinedStatistic
from core.models.cube import Floats
from core.statistics.difference import Sample

EMPTY = "Fewer than two slices have customers and variation in every group."


def heterogeneity(
    slices: Sequence[Mapping[str, Sample]], control: str, treatments: Sequence[str]
) -> float:
    """p-value of the hypothesis that each arm's difference to control is the same in all slices.

    Arms share one control, so their differences are correlated and enter together; with one
    treatment this is Cochran's Q. Slices in which an arm has fewer than two customers or no
    variation are left out.

    Raises:
        UndefinedStatistic: fewer than two slices remain.

    Reference:
        Cochran (1954), "The Combination of Estimates from Different Experiments", Biometrics
        10, 101-129; for several outcomes Becker (2000), "Multivariate Meta-Analysis".

    Examples:
        >>> one = {"a": Sample(500, 1.0, 0.5), "b": Sample(500, 3.0, 0.5)}
        >>> two = {"a": Sample(500, 1.0, 0.5), "b": Sample(500, 0.0, 0.5)}
        >>> round(heterogeneity([one, two], "a", ["b"]), 4)
        0.0339
    """
    arms = [control, *treatments]
    usable = [arm for arm in slices if all(_usable(arm.get(name)) for name in arms)]
    if len(usable) <= 1 or not treatments:
        raise UndefinedStatistic(EMPTY)
    effects = np.array([[s[t].mean - s[control].mean for t in treatments] for s in usable])
    weights = np.linalg.inv(_covariances(usable, control, treatments))
    together = np.linalg.solve(weights.sum(axis=0), np.einsum("sij,sj->i", weights, effects))
    away = effects - together
    statistic = float(np.einsum("si,sij,sj->", away, weights, away))
    return float(special.chdtrc((len(usable) - 1) * len(treatments), statistic))


def _usable(sample: Sample | None) -> bool:
    return sample is not None and sample.squared_error > 0


def _covariances(
    slices: Sequence[Mapping[str, Sample]], control: str, treatments: Sequence[str]
) -> Floats:
    """Of the differences in each slice: what they owe to control is common to them."""
    own = np.array([[arms[name].squared_error for name in treatments] for arms in slices])
    common = np.array([arms[control].squared_error for arms in slices])
    return common[:, None, None] + own[:, :, None] * np.eye(len(treatments))
