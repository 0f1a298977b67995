"""The same effect from several tests, combined as measured: a random-effects mean."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from core.errors import UndefinedStatistic
from core.models.readout import Interval
from core.statistics.shrinkage import between_variance


@dataclass(frozen=True, slots=True)
class Combined:
    """The mean effect of some tests, its interval, and the deviation between tests found."""

    effect: float
    interval: Interval
    between_deviation: float


def combined(effects: ArrayLike, errors: ArrayLike, alpha: float) -> Combined:
    """The random-effects mean of one effect per test, nothing drawn anywhere.

    The variance between tests is that of Paule and Mandel. With few tests it is hardly known, so
    the interval is that of Hartung and Knapp (t with k - 1 degrees of freedom), never shorter
    than the one without their factor. One test has its own interval.

    Args:
        effects: one a test.
        errors: their standard errors, above 0.
        alpha: two-sided.

    Raises:
        UndefinedStatistic: there is no test, or one has no standard error.

    Reference:
        Paule and Mandel (1982), Journal of Research of the National Bureau of Standards 87,
        377-385. Hartung and Knapp (2001), Statistics in Medicine 20, 3875-3889; Knapp and Hartung
        (2003), 22, 2693-2710, for the factor of at least 1; IntHout, Ioannidis and Borm (2014),
        BMC Medical Research Methodology 14:25, for its coverage with few tests.

    Examples:
        >>> found = combined([1.0, 3.0], [1.0, 1.0], 0.05)
        >>> found.effect, round(found.between_deviation, 3), round(found.interval[1], 2)
        (2.0, 1.0, 14.71)
        >>> combined([1.0], [0.5], 0.05).interval[0].__round__(2)
        0.02
    """
    y, variances = np.asarray(effects, dtype=float), np.square(np.asarray(errors, dtype=float))
    if not len(y) or not (variances > 0).all():
        raise UndefinedStatistic("Tests are combined by effects with standard errors above 0.")
    if len(y) == 1:
        reach = float(-special.ndtri(alpha / 2) * np.sqrt(variances[0]))
        return Combined(float(y[0]), (float(y[0]) - reach, float(y[0]) + reach), 0.0)
    between = float(between_variance(y, np.sqrt(variances)))
    weights = 1 / (variances + between)
    mean = float((weights * y).sum() / weights.sum())
    factor = max(float((weights * (y - mean) ** 2).sum() / (len(y) - 1)), 1.0)
    reach = float(special.stdtrit(len(y) - 1, 1 - alpha / 2) * np.sqrt(factor / weights.sum()))
    return Combined(mean, (mean - reach, mean + reach), float(np.sqrt(between)))
