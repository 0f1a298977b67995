"""Less noise from what was known before: the outcome adjusted by a covariate."""

from collections.abc import Mapping, Sequence

from core.errors import UndefinedStatistic
from core.statistics.difference import Sample
from core.statistics.moments import Moments


def plain(moments: Moments) -> Sample:
    """The first variable as it is.

    Raises:
        UndefinedStatistic: there are fewer than two customers.

    Reference:
        The standard error of a mean, s / sqrt(n); Student (1908), Biometrika 6, 1-25.

    Examples:
        >>> plain(Moments(4, (2.0,), ((12.0,),)))
        Sample(n=4, mean=2.0, squared_error=1.0, shared=0.0, with_shared=0.0)
    """
    squared_error = moments.covariance() / moments.n
    return Sample(moments.n, moments.mean[0], squared_error, centred=moments.about[0])


def theta(arms: Sequence[Moments]) -> float:
    """The slope of the outcome on the covariate within arms, one for all of them.

    Raises:
        UndefinedStatistic: the covariate does not vary within the arms.

    Reference:
        Deng, Xu, Kohavi and Walker (2013), "Improving the Sensitivity of Online Controlled
        Experiments by Utilizing Pre-Experiment Data", WSDM; the within-arm slope is that of
        the analysis of covariance.

    Examples:
        >>> theta([Moments(3, (1.0, 1.0), ((4.0, 2.0), (2.0, 4.0)))])
        0.5
    """
    spread = sum(arm.scatter[1][1] for arm in arms)
    if not spread > 0:
        raise UndefinedStatistic("The covariate has the same value for everybody.")
    return sum(arm.scatter[0][1] for arm in arms) / spread


def adjusted(arms: Mapping[str, Moments]) -> dict[str, Sample]:
    """Each arm's mean of outcome - theta (covariate - its overall mean).

    Raises:
        UndefinedStatistic: the covariate does not vary within the arms.

    Reference:
        Deng et al. (2013), formula (4), with the covariate's overall mean estimated from all
        arms; its variance is shared by the arms and matters to the lift, not the difference.

    Examples:
        >>> a = Moments(10, (5.0, 2.0), ((40.0, 20.0), (20.0, 20.0)))
        >>> b = Moments(10, (5.0, 1.0), ((40.0, 20.0), (20.0, 20.0)))
        >>> {arm: sample.mean for arm, sample in adjusted({"a": a, "b": b}).items()}
        {'a': 4.5, 'b': 5.5}
    """
    slope = theta(list(arms.values()))
    everybody = sum(arm.n for arm in arms.values())
    centre = sum(arm.n * arm.about[1] for arm in arms.values()) / everybody
    within = sum(arm.scatter[1][1] for arm in arms.values()) / (everybody - len(arms))
    shared = slope**2 * within / everybody
    return {
        name: Sample(
            arm.n,
            arm.mean[0] - slope * (arm.about[1] - centre),
            _residual_variance(arm, slope) / arm.n,
            shared,
            slope * (arm.covariance(0, 1) - slope * arm.covariance(1, 1)) / everybody,
            arm.about[0] - slope * (arm.about[1] - centre),
        )
        for name, arm in arms.items()
    }


def _residual_variance(arm: Moments, slope: float) -> float:
    variance = arm.covariance() - 2 * slope * arm.covariance(0, 1) + slope**2 * arm.covariance(1, 1)
    return max(variance, 0.0)
