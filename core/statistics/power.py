"""How many customers a comparison needs, and what it can see with those it has."""

import math
from dataclasses import dataclass

from scipy import optimize, special

from core.errors import BadInput, UndefinedStatistic
from core.statistics.sequential import bounds, crossing_chance, equal_looks

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

    A lift multiplies amounts, and so their deviation; without `proportional_spread` treatment
    keeps that of control, as textbooks have it. `correlation` is that of a mean with what was
    known of the customer before, by which it is adjusted. The results are looked at `looks`
    times at equal steps, by group-sequential bounds (alpha t^3); sizes are those at the last.
    """

    baseline: float
    deviation: float | None = None
    allocation: tuple[float, ...] = (0.5, 0.5)
    power: float = 0.8
    alpha: float = 0.05
    proportional_spread: bool = True
    correlation: float = 0.0
    looks: int = 1

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
        if not -1 < self.correlation < 1:
            raise BadInput(f"The correlation is {self.correlation:g}; it lies between -1 and 1.")
        if self.correlation and self.deviation is None:
            raise BadInput("A covariate adjusts means only; for a mean give --sd.")
        equal_looks(self.looks)

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
        """Variance of one customer in control and, at this lift, in treatment.

        A covariate leaves 1 - correlation^2 of it: Deng, Xu, Kohavi and Walker (2013), "Improving
        the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", WSDM.
        """
        if self.deviation is not None:
            control = self.deviation**2 * (1 - self.correlation**2)
            return control, control * (1 + lift) ** 2 if self.proportional_spread else control
        treated = self.baseline * (1 + lift)
        if not 0 < treated < 1:
            raise BadInput(f"A lift of {lift:+.0%} on {self.baseline:g} leaves the range 0 to 1.")
        return self.baseline * (1 - self.baseline), treated * (1 - treated)


def power(design: Design, lift: float, n_total: float) -> float:
    """Chance that the Welch test of the smallest treatment shows this lift, at one of its looks.

    Reference:
        Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2, with
        the noncentral t at Satterthwaite's degrees of freedom. Several looks: Jennison and
        Turnbull (2000), section 19.2, for the drift of the normal test with the same chance.

    Examples:
        >>> textbook = Design(10, deviation=1, proportional_spread=False)
        >>> amounts = Design(10, deviation=1)
        >>> round(power(textbook, 0.05, 128), 4), round(power(amounts, 0.05, 128), 4)
        (0.8015, 0.7816)
    """
    test = _Test.of(design, lift, n_total)
    if design.looks == 1:
        return 1 - test.missed + test.wrong_way
    return at_looks(design, test.excess) + at_looks(design, test.excess, wrong_way=True)


def at_looks(design: Design, excess: float, *, wrong_way: bool = False) -> float:
    """Chance to see at one of the looks what one look would see with the chance Phi(excess).

    Reference:
        Jennison and Turnbull (2000), section 19.2, with bounds for alpha t^3.

    Examples:
        >>> round(at_looks(Design(0.1), 0.8416), 3)
        0.8
        >>> round(at_looks(Design(0.1, looks=28), 0.8416), 3)
        0.778
    """
    fractions = equal_looks(design.looks)
    found = bounds(fractions, design.comparison_alpha)
    drift = excess - float(special.ndtri(design.comparison_alpha / 2))
    return crossing_chance(fractions, found, -drift if wrong_way else drift)


@dataclass(frozen=True, slots=True)
class _Test:
    """One look at all customers: the expected t, the t that is shown, degrees of freedom."""

    signal: float
    critical: float
    df: float

    @classmethod
    def of(cls, design: Design, lift: float, n_total: float) -> "_Test":
        control, treatment = design.variances(lift)
        n_control, n = n_total * design.shares[0], n_total * min(design.shares[1:])
        error_control, error = control / n_control, treatment / n
        squared = error_control + error
        df = squared**2 / (error_control**2 / (n_control - 1) + error**2 / (n - 1))
        critical = -float(special.stdtrit(df, design.comparison_alpha / 2))
        return cls(abs(lift * design.baseline) / math.sqrt(squared), critical, df)

    @property
    def _normal(self) -> bool:
        return self.signal - self.critical > CERTAIN or self.df > NORMAL_FROM

    @property
    def missed(self) -> float:
        """Chance not to see the lift."""
        if self._normal:
            return float(special.ndtr(self.critical - self.signal))
        return float(special.nctdtr(self.df, self.signal, self.critical))

    @property
    def wrong_way(self) -> float:
        """Chance to see it with the wrong sign."""
        if self._normal:
            return float(special.ndtr(-self.signal - self.critical))
        if self.signal + self.critical >= NEVER_WRONG:
            return 0.0
        return float(special.nctdtr(self.df, self.signal, -self.critical))

    @property
    def excess(self) -> float:
        """By how many standard errors a normal test with the same chance exceeds its bound."""
        return min(-float(special.ndtri(self.missed)), CERTAIN)


def required(design: Design, lift: float) -> list[int]:
    """Customers needed in each arm, control first, to see this lift with the design's power.

    Raises:
        BadInput: the lift is 0 or takes a proportion out of its range.

    Reference:
        Cohen (1988), table 2.4.1: 64 in each group for d = 0.5 at alpha 0.05 and power 0.8.

    Examples:
        >>> required(Design(10, deviation=1, proportional_spread=False), 0.05)
        [64, 64]
        >>> required(Design(10, deviation=1), 0.05)
        [67, 67]
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
