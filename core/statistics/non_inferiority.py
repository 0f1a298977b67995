"""Guardrails with a margin: whether harm beyond it is ruled out, and how many that takes."""

import math

from scipy import special

from core.errors import BadInput
from core.models.readout import Interval, MarginVerdict

LARGEST_ALPHA = 0.99


def two_sided(alpha: float) -> float:
    """The alpha of the two-sided interval whose one end is a one-sided bound at `alpha`.

    Reference:
        Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680: the
        interval of coverage 1 - 2 alpha.

    Examples:
        >>> two_sided(0.05)
        0.1
    """
    return min(2 * alpha, LARGEST_ALPHA)


def harm_bound(interval: Interval, margin: float) -> float:
    """How far harm may go: the end of the interval on the side of the margin.

    Args:
        interval: of treatment minus control, at `two_sided` of the plan's alpha.
        margin: above 0 where a rise is harm, below 0 where a fall is.

    Reference:
        International Conference on Harmonisation (2000), guideline E10 on choosing controls.

    Examples:
        >>> harm_bound((-0.001, 0.0004), 0.0005), harm_bound((-0.001, 0.0004), -0.0005)
        (0.0004, -0.001)
    """
    return interval[1] if margin > 0 else interval[0]


def verdict(bound: float | None, margin: float) -> MarginVerdict:
    """Whether harm as large as the margin is ruled out; without a bound it is not.

    Reference:
        Piaggio et al. (2012), "Reporting of Noninferiority and Equivalence Randomized Trials",
        JAMA 308, 2594-2604: non-inferior where the bound stays inside the margin.

    Examples:
        >>> verdict(0.0004, 0.0005).value, verdict(-0.001, -0.0005).value
        ('no harm beyond the margin shown', 'harm not excluded')
    """
    inside = bound is not None and (bound < margin if margin > 0 else bound > margin)
    return MarginVerdict.NONE_SHOWN if inside else MarginVerdict.NOT_EXCLUDED


def customers_for_margin(
    variance: float, margin: float, shares: tuple[float, ...], *, alpha: float, power: float
) -> list[int]:
    """Customers in each arm, control first, to rule out harm beyond the margin if there is none.

    Args:
        variance: of one customer, the same in all arms: p (1 - p) of a share.
        margin: the largest harm that would be accepted, an absolute difference.
        shares: of the arms, control first; each treatment is read on its own.
        alpha: one-sided.
        power: chance of ruling it out where treatment and control are truly the same.

    Raises:
        BadInput: margin or variance is 0, or alpha and power are not between 0 and 1.

    Reference:
        Julious (2004), "Sample Sizes for Clinical Trials with Normal Data", Statistics in
        Medicine 23, 1921-1986; for shares Chow, Shao and Wang (2008), section 4.2.

    Examples:
        0.2 % who unsubscribe, at most 0.05 points more, one-sided 0.05, power 0.8:

        >>> customers_for_margin(0.002 * 0.998, 0.0005, (0.5, 0.5), alpha=0.05, power=0.8)
        [98724, 98724]
    """
    if not (0 < abs(margin) < math.inf and 0 < variance < math.inf):
        raise BadInput("A margin needs to be a number other than 0, of an amount that varies.")
    if not (0 < alpha < power < 1):
        raise BadInput("alpha and power must lie between 0 and 1, power above alpha.")
    total = math.fsum(shares)
    control, smallest = shares[0] / total, min(shares[1:]) / total
    normal = float(special.ndtri(1 - alpha) + special.ndtri(power))
    customers = (normal / margin) ** 2 * variance * (1 / control + 1 / smallest)
    return [math.ceil(round(customers * share / total, 6)) for share in shares]
