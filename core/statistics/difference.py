"""The difference of two means, its test and its interval, from one pivot."""

import math
from dataclasses import dataclass, field

from scipy import special

from core.errors import UndefinedStatistic
from core.models.readout import Interval


@dataclass(frozen=True, slots=True)
class Sample:
    """One arm reduced to its mean and the squared standard error of that mean.

    `shared` is the variance of a part that every arm's mean has in common, such as the centre
    of a covariate, and `with_shared` the covariance of the arm's own part with it: both cancel
    in differences and count in ratios. `centred` is the mean about a centre that all arms share.
    """

    n: float
    mean: float
    squared_error: float
    shared: float = 0.0
    with_shared: float = 0.0
    centred: float | None = field(default=None, repr=False, compare=False)

    def minus(self, other: "Sample") -> float:
        """The difference of the means, about their centre where both have one."""
        if self.centred is None or other.centred is None:
            return self.mean - other.mean
        return self.centred - other.centred


@dataclass(frozen=True, slots=True)
class Difference:
    """Treatment minus control, its standard error and degrees of freedom."""

    treatment: Sample
    control: Sample
    estimate: float
    standard_error: float
    df: float

    @property
    def p_value(self) -> float:
        """Two-sided."""
        return float(2 * special.stdtr(self.df, -abs(self.estimate) / self.standard_error))

    def critical(self, alpha: float) -> float:
        """The t quantile that both the test and every interval use."""
        return -float(special.stdtrit(self.df, alpha / 2))

    def interval(self, alpha: float) -> Interval:
        """Two-sided, with coverage 1 - alpha."""
        reach = self.critical(alpha) * self.standard_error
        return self.estimate - reach, self.estimate + reach


def difference(treatment: Sample, control: Sample) -> Difference:
    """Welch's comparison of two means with Satterthwaite's degrees of freedom.

    Raises:
        UndefinedStatistic: an arm has fewer than two customers, or nothing varies.

    Reference:
        Welch (1947), Biometrika 34, 28-35; Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Examples:
        >>> d = difference(Sample(10, 3.0, 0.5), Sample(10, 1.0, 0.5))
        >>> d.estimate, d.standard_error, d.df
        (2.0, 1.0, 18.0)
    """
    if min(treatment.n, control.n) <= 1:
        raise UndefinedStatistic("A comparison needs at least 2 customers in each group.")
    squared = treatment.squared_error + control.squared_error
    if not squared > 0:
        raise UndefinedStatistic("The metric has the same value for everybody, so nothing varies.")
    parts = sum((s.squared_error / squared) ** 2 / (s.n - 1) for s in (treatment, control))
    return Difference(treatment, control, treatment.minus(control), math.sqrt(squared), 1 / parts)
