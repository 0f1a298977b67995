"""How many customers a comparison needs, and what it can see with those it has."""

import math
from dataclasses import dataclass

from scipy import optimize, special

from core.errors import BadInput, UndefinedStatistic

MOST_CUSTOMERS = 1e13
NORMAL_FROM = 1e8
# Beyond these many standard errors the noncentral t is not computable, and not needed.
CERTAIN = 25.0
NEVER_WRONG = 7.0


@dataclass(frozen=True, slots=True)
class Design:
    """A test to be planned: the control mean, its deviation (None: a proportion) and the rules.

    `allocation` holds the share of every arm, control first; every treatment is compared with
    control at alpha over the number of treatments.
    """

    baseline: float
    deviation: float | None = None
    allocation: tuple[float, ...] = (0.5, 0.5)
    power: float = 0.8
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if not (math.isfinite(self.baseline) and self.baseline != 0):
            raise BadInput("The baseline must be a number other than 0; lifts are relative to it.")
        if self.deviation is None and not 0 < self.baseline < 1:
            raise BadInput(f"Baseline {self.baseline:g} is no proportion; for a mean give --sd.")
        if self.deviation is not None and not 0 < self.deviation < math.inf:
            raise BadInput("The standard deviation must be a number above 0.")
        if not (0 < self.alpha < 1 and self.alpha < self.power < 1):
            raise BadInput("alpha and power must lie between 0 and 1, power above alpha.")
        if len(self.allocation) <= 1 or not all(0 < a < math.inf for a in self.allocation):
            raise BadInput("The allocation needs a share above 0 for control and every other arm.")

    @property
    def shares(self) -> tuple[float, ...]:
        """The allocation scaled to sum to 1."""
        total = math.fsum(self.allocation)
        return tuple(a / total for a in self.allocation)

    @property
    def comparison_alpha(self) -> float:
        """The two-sided alpha of one treatment against control."""
        return self.alpha / (len(self.allocation) - 1)

    def variances(self, lift: float) -> tuple[float, float]:
        """Variance of one customer in control and, at this lift, in treatment."""
        if self.deviation is not None:
            return self.deviation**2, self.deviation**2
        treated = self.baseline * (1 + lift)
        if not 0 < treated < 1:
            raise BadInput(f"A lift of {lift:+.0%} on {self.baseline:g} leaves the range 0 to 1.")
        return self.baseline * (1 - self.baseline), treated * (1 - treated)


def power(design: Design, lift: float, n_total: float) -> float:
    """Chance that the Welch test of the smallest treatment shows this lift.

    Reference:
        Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2, with
        the noncentral t at Satterthwaite's degrees of freedom.

    Examples:
        >>> round(power(Design(10, deviation=1), 0.05, 128), 4)
        0.8015
    """
    control, treatment = design.variances(lift)
    n_control, n = n_total * design.shares[0], n_total * min(design.shares[1:])
    error_control, error = control / n_control, treatment / n
    squared = error_control + error
    df = squared**2 / (error_control**2 / (n_control - 1) + error**2 / (n - 1))
    critical = -float(special.stdtrit(df, design.comparison_alpha / 2))
    signal = abs(lift * design.baseline) / math.sqrt(squared)
    if signal - critical > CERTAIN or df > NORMAL_FROM:
        return float(special.ndtr(signal - critical) + special.ndtr(-signal - critical))
    wrong_way = (
        float(special.nctdtr(df, signal, -critical)) if signal + critical < NEVER_WRONG else 0.0
    )
    return 1 - float(special.nctdtr(df, signal, critical)) + wrong_way


def required(design: Design, lift: float) -> list[int]:
    """Customers needed in each arm, control first, to see this lift with the design's power.

    Raises:
        BadInput: the lift is 0 or takes a proportion out of its range.

    Reference:
        Cohen (1988), table 2.4.1: 64 in each group for d = 0.5 at alpha 0.05 and power 0.8.

    Examples:
        >>> required(Design(10, deviation=1), 0.05)
        [64, 64]
    """
    if not (math.isfinite(lift) and lift != 0):
        raise BadInput("The lift must be a number other than 0, such as 0.1 for +10 %.")
    least = 3 / min(design.shares)

    def missing(log_n: float) -> float:
        return power(design, lift, math.exp(log_n)) - design.power

    if missing(math.log(least)) >= 0:
        total = least
    elif missing(math.log(MOST_CUSTOMERS)) < 0:
        raise BadInput(f"A lift of {lift:g} is too small for any number of customers.")
    else:
        bracket = math.log(least), math.log(MOST_CUSTOMERS)
        total = math.exp(optimize.brentq(missing, *bracket, xtol=1e-13, rtol=1e-14))
    return [math.ceil(round(total * share, 6)) for share in design.shares]


def detectable_lift(design: Design, n_total: float) -> float:
    """The smallest positive lift this many customers show with the design's power.

    Raises:
        UndefinedStatistic: not even the largest possible lift would be seen.

    Reference:
        The minimum detectable effect; Bloom (1995), Evaluation Review 19, 547-556.

    Examples:
        >>> round(detectable_lift(Design(0.306), 124), 2)
        0.79
    """
    if n_total * min(design.shares) <= 1:
        raise UndefinedStatistic("Every arm needs at least 2 customers.")
    highest = _highest_lift(design)
    if power(design, highest, n_total) < design.power:
        raise UndefinedStatistic(f"{n_total:g} customers are too few to show any possible lift.")

    def missing(lift: float) -> float:
        return power(design, lift, n_total) - design.power

    return float(optimize.brentq(missing, highest * 1e-12, highest, xtol=1e-15, rtol=1e-14))


def rounded_up(n: int) -> int:
    """The number to say: three leading digits, rounded up.

    Reference:
        House rule of this product, so that a plan never promises more precision than it has.

    Examples:
        >>> rounded_up(3644), rounded_up(64)
        (3650, 64)
    """
    step: int = 10 ** max(len(str(n)) - 3, 0)
    return math.ceil(n / step) * step


def equal(arms: int) -> tuple[float, ...]:
    """Equal shares for so many arms, control included.

    Raises:
        BadInput: fewer than two arms.

    Reference:
        The default of this product where no allocation is planned.

    Examples:
        >>> equal(4)
        (0.25, 0.25, 0.25, 0.25)
    """
    if arms <= 1:
        raise BadInput("A test needs at least 2 arms, control included.")
    return (1 / arms,) * arms


def _highest_lift(design: Design) -> float:
    if design.deviation is None:
        return (1 - 1e-9) / design.baseline - 1
    return 1e6 * design.deviation / abs(design.baseline)
