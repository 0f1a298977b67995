"""How likely an arm is better than control, under a stated prior on the lift."""

import math

from scipy import special

from core.errors import UndefinedStatistic
from core.statistics.difference import Difference


def chance_to_beat_control(difference: Difference, *, prior_deviation: float) -> float:
    """Probability that the lift is above 0, when lifts are believed to be N(0, deviation^2).

    Args:
        difference: the comparison, taken as normal around the true difference.
        prior_deviation: standard deviation of lifts believed in beforehand; 0.3 is 30 %.

    Raises:
        UndefinedStatistic: the control mean is 0, so the prior has no scale.

    Reference:
        Gelman et al. (2013), "Bayesian Data Analysis", section 2.5: normal mean, known variance.

    Examples:
        >>> from core.statistics.difference import Sample, difference
        >>> d = difference(Sample(1000, 11.0, 0.25), Sample(1000, 10.0, 0.25))
        >>> round(chance_to_beat_control(d, prior_deviation=0.3), 4)
        0.9181
    """
    deviation = prior_deviation * abs(difference.control.mean)
    if deviation == 0:
        raise UndefinedStatistic("The control mean is 0, so a prior on the lift says nothing.")
    error = difference.standard_error
    weight = deviation / math.hypot(deviation, error)
    return float(special.ndtr(difference.estimate / error * weight))
