"""How likely an arm is better than control, under a stated prior on the lift."""

import math

from scipy import special

from core.errors import UndefinedStatistic


def chance_to_beat_control(
    difference: float, standard_error: float, control_mean: float, *, prior_deviation: float
) -> float:
    """Probability that the lift is above 0, when lifts are believed to be N(0, deviation^2).

    Args:
        difference: treatment minus control.
        standard_error: of the difference, which is taken as normal.
        control_mean: turns the prior on the lift into one on the difference.
        prior_deviation: standard deviation of lifts believed in beforehand; 0.3 is 30 %.

    Raises:
        UndefinedStatistic: the control mean or the standard error is 0.

    Reference:
        Gelman et al. (2013), "Bayesian Data Analysis", section 2.5: normal mean, known variance.

    Examples:
        >>> round(chance_to_beat_control(1.0, 0.5**0.5, 10.0, prior_deviation=0.3), 4)
        0.9157
    """
    deviation = prior_deviation * abs(control_mean)
    if deviation == 0:
        raise UndefinedStatistic("The control mean is 0, so a prior on the lift says nothing.")
    if not standard_error > 0:
        raise UndefinedStatistic("The difference has no standard error.")
    weight = deviation / math.hypot(deviation, standard_error)
    return float(special.ndtr(difference / standard_error * weight))
