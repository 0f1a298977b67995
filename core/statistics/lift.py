"""The relative lift over control, with an interval that agrees with the difference test."""

import numpy as np
from numpy.typing import NDArray

from core.errors import UndefinedStatistic
from core.models.cube import Floats
from core.statistics.difference import Difference

NOT_ESTIMABLE = "Lift is not estimable: the control mean is not clearly away from zero."


def lift(difference: Difference) -> Floats:
    """Difference as a fraction of the size of the control mean; 0.2 is +20 %.

    Raises:
        UndefinedStatistic: a control mean is 0.

    Reference:
        Deng, Knoblich and Lu (2018), "Applying the Delta Method in Metric Analytics", KDD.

    Examples:
        >>> from core.statistics.difference import Sample, difference
        >>> float(lift(difference(Sample(100, 12.0, 0.1), Sample(100, 10.0, 0.1))))
        0.2
    """
    if not np.all(difference.control.mean):
        raise UndefinedStatistic(NOT_ESTIMABLE)
    return difference.estimate / abs(difference.control.mean)


def estimable(difference: Difference, critical: Floats) -> NDArray[np.bool_]:
    """Whether the control mean is significantly different from 0, so that there is a lift.

    Args:
        difference: one or many pairs of arms.
        critical: the t quantile of each pair, as the test of the difference uses it.

    Reference:
        Fieller (1954), "Some Problems in Interval Estimation", JRSS B 16, 175-185.

    Examples:
        >>> from core.statistics.difference import Sample, differences
        >>> treatment = Sample(1e6, 1.0, 0.1)
        >>> controls = [Sample(1e6, 0.9, 0.1), Sample(1e6, 0.6, 0.1)]
        >>> found = differences([(treatment, control) for control in controls])
        >>> estimable(found, found.critical(0.05)).tolist()
        [True, False]
    """
    return _curvature(difference, critical**2) > 0


def lift_interval(difference: Difference, critical: Floats) -> tuple[Floats, Floats]:
    """Fieller's interval for the lift, on the pivot and critical value of the difference test.

    It excludes 0 exactly when the interval of the difference does.

    Args:
        difference: one or many pairs of arms.
        critical: the t quantile of each pair, as the test of the difference uses it.

    Raises:
        UndefinedStatistic: a control mean is not significantly different from 0.

    Reference:
        Fieller (1954), "Some Problems in Interval Estimation", JRSS B 16, 175-185.

    Examples:
        >>> from core.statistics.difference import Sample, difference
        >>> d = difference(Sample(1e6, 12.0, 0.1), Sample(1e6, 10.0, 0.1))
        >>> [round(float(end), 4) for end in lift_interval(d, d.critical(0.05))]
        [0.1075, 0.3017]
    """
    squared_critical = critical**2
    control, treatment = difference.control, difference.treatment
    # A lift l inside the interval has (D - l mc)^2 <= c^2 Var(D - l mc): a quadratic in l.
    curvature = _curvature(difference, squared_critical)
    if not np.all(curvature > 0):
        raise UndefinedStatistic(NOT_ESTIMABLE)
    covariance = control.squared_error + control.with_shared - treatment.with_shared
    slope = difference.estimate * control.mean + squared_critical * covariance
    height = difference.estimate**2 - squared_critical * difference.standard_error**2
    low, high = _roots(curvature, slope, height)
    falls = control.mean < 0
    return np.where(falls, -high, low), np.where(falls, -low, high)


def _curvature(difference: Difference, squared_critical: Floats) -> Floats:
    control = difference.control
    variance = control.squared_error + control.shared + 2 * control.with_shared
    return control.mean**2 - squared_critical * variance


def _roots(curvature: Floats, slope: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Both roots of curvature x^2 - 2 slope x + height, the smaller one without cancellation."""
    # Where curvature > 0 the discriminant is not negative, except by rounding.
    spread = np.sqrt(np.maximum(slope**2 - curvature * height, 0.0))
    far = slope + np.copysign(spread, slope)
    # Where slope and spread are 0, so are both roots.
    one, two = far / curvature, height / np.where(far == 0, np.inf, far)
    return np.minimum(one, two), np.maximum(one, two)
