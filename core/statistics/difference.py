"""The difference of two means, its test and its interval, from one pivot."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from core.errors import UndefinedStatistic
from core.models.cube import Floats

FEW = "A comparison needs at least 2 customers in each group."
CONSTANT = "The metric has the same value for everybody, so nothing varies."

# One of many pairs, those at some places, or those where a mask is true.
Entries = int | NDArray[np.intp] | NDArray[np.bool_]


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


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What a Sample says, of many arms at once: one entry an arm in every array."""

    n: Floats
    mean: Floats
    squared_error: Floats
    shared: Floats
    with_shared: Floats

    def __getitem__(self, which: Entries) -> "Samples":
        return Samples(
            self.n[which],
            self.mean[which],
            self.squared_error[which],
            self.shared[which],
            self.with_shared[which],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Treatments minus controls, their standard errors and degrees of freedom.

    One entry a pair of arms in every array; of one pair alone, every array is a number.
    """

    treatment: Samples
    control: Samples
    estimate: Floats
    standard_error: Floats
    df: Floats

    def __getitem__(self, which: Entries) -> "Difference":
        return Difference(
            self.treatment[which],
            self.control[which],
            self.estimate[which],
            self.standard_error[which],
            self.df[which],
        )

    def where(self, mask: NDArray[np.bool_]) -> "Difference":
        """The pairs for which the mask is true."""
        return self if mask.all() else self[mask]

    @property
    def p_value(self) -> Floats:
        """Two-sided."""
        tail: Floats = special.stdtr(self.df, -abs(self.estimate) / self.standard_error)
        return 2 * tail

    def critical(self, alpha: float | Floats) -> Floats:
        """The t quantile that both the test and every interval use."""
        low: Floats = special.stdtrit(self.df, np.divide(alpha, 2))
        return -low

    def interval(self, critical: Floats) -> tuple[Floats, Floats]:
        """Two-sided, as far as this t quantile reaches to either side."""
        reach = critical * self.standard_error
        return self.estimate - reach, self.estimate + reach


def difference(treatment: Sample, control: Sample) -> Difference:
    """Welch's comparison of two means with Satterthwaite's degrees of freedom.

    Raises:
        UndefinedStatistic: an arm has fewer than two customers, or nothing varies.

    Reference:
        Welch (1947), Biometrika 34, 28-35; Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Examples:
        >>> d = difference(Sample(10, 3.0, 0.5), Sample(10, 1.0, 0.5))
        >>> float(d.estimate), float(d.standard_error), float(d.df)
        (2.0, 1.0, 18.0)
    """
    return differences([(treatment, control)])[0]


def differences(pairs: Sequence[tuple[Sample, Sample]]) -> Difference:
    """Welch's comparison of every treatment with its control, in the given order.

    Raises:
        UndefinedStatistic: an arm has fewer than two customers, or in a pair nothing varies.

    Reference:
        Welch (1947); Satterthwaite (1946).

    Examples:
        >>> control = Sample(10, 1.0, 0.5)
        >>> pairs = [(Sample(10, 3.0, 0.5), control), (Sample(10, 0.0, 1.5), control)]
        >>> differences(pairs).standard_error.round(3).tolist()
        [1.0, 1.414]
    """
    treatment, control = (_stacked([pair[side] for pair in pairs]) for side in (0, 1))
    if min(treatment.n.min(), control.n.min()) <= 1:
        raise UndefinedStatistic(FEW)
    squared = treatment.squared_error + control.squared_error
    if not (squared > 0).all():
        raise UndefinedStatistic(CONSTANT)
    one, two = ((s.squared_error / squared) ** 2 / (s.n - 1) for s in (treatment, control))
    gaps = np.array([pair[0].minus(pair[1]) for pair in pairs])
    return Difference(treatment, control, gaps, np.sqrt(squared), 1 / (one + two))


def _stacked(samples: Sequence[Sample]) -> Samples:
    rows = [(s.n, s.mean, s.squared_error, s.shared, s.with_shared) for s in samples]
    return Samples(*np.array(rows, dtype=float).T)
