"""The relative lift over control, with an interval that agrees with the difference test."""

import math

from core.errors import UndefinedStatistic
from core.models.readout import Interval
from core.statistics.difference import Difference

NOT_ESTIMABLE = "Lift is not estimable: the control mean is not clearly away from zero."


def lift(difference: Difference) -> float:
    """Difference as a fraction of the size of the control mean; 0.2 is +20 %.

    Raises:
        UndefinedStatistic: the control mean is 0.

    Reference:
        Deng, Knoblich and Lu (2018), "Applying the Delta Method in Metric Analytics", KDD.

    Examples:
        >>> from core.statistics.difference import Sample, difference
        >>> lift(difference(Sample(100, 12.0, 0.1), Sample(100, 10.0, 0.1)))
        0.2
    """
    if difference.control.mean == 0:
        raise UndefinedStatistic(NOT_ESTIMABLE)
    return difference.estimate / abs(difference.control.mean)


def lift_interval(difference: Difference, alpha: float) -> Interval:
    """Fieller's interval for the lift, on the pivot and critical value of the difference test.

    It excludes 0 exactly when the interval of the difference does.

    Raises:
        UndefinedStatistic: the control mean is not significantly different from 0 at alpha.

    Reference:
        Fieller (1954), "Some Problems in Interval Estimation", JRSS B 16, 175-185.

    Examples:
        >>> from core.statistics.difference import Sample, difference
        >>> lo, hi = lift_interval(difference(Sample(1e6, 12.0, 0.1), Sample(1e6, 10.0, 0.1)), 0.05)
        >>> round(lo, 4), round(hi, 4)
        (0.1075, 0.3017)
    """
    squared_critical = difference.critical(alpha) ** 2
    control, treatment = difference.control, difference.treatment
    # A lift l inside the interval has (D - l mc)^2 <= c^2 Var(D - l mc): a quadratic in l.
    control_variance = control.squared_error + control.shared + 2 * control.with_shared
    covariance = control.squared_error + control.with_shared - treatment.with_shared
    curvature = control.mean**2 - squared_critical * control_variance
    if not curvature > 0:
        raise UndefinedStatistic(NOT_ESTIMABLE)
    slope = difference.estimate * control.mean + squared_critical * covariance
    height = difference.estimate**2 - squared_critical * difference.standard_error**2
    # Where curvature > 0 the discriminant is not negative, except by rounding.
    spread = math.sqrt(max(slope**2 - curvature * height, 0.0))
    ends = _roots(curvature, slope, height, spread)
    return ends if control.mean > 0 else (-ends[1], -ends[0])


def _roots(curvature: float, slope: float, height: float, spread: float) -> Interval:
    """Both roots of curvature x^2 - 2 slope x + height, the smaller one without cancellation."""
    far = slope + math.copysign(spread, slope)
    if far == 0:
        return 0.0, 0.0
    one, two = far / curvature, height / far
    return min(one, two), max(one, two)
