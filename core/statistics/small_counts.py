"""Two proportions when events are few: the score test and the intervals that invert it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scipy import optimize, special

from core.errors import UndefinedStatistic
from core.models.readout import Interval

TINY = 1e-14
HUGE = 1e9
WIDE = 30.0
NO_EVENTS = "No events yet in either group"
EVERYBODY = "Everybody had the event in both groups"
NO_CONTROL_EVENTS = "Lift is not estimable: the control group has no events."


@dataclass(frozen=True, slots=True)
class Counts:
    """Events among n customers, in treatment and control."""

    events: int
    n: int
    control_events: int
    control_n: int

    @property
    def difference(self) -> float:
        """Share in treatment minus share in control."""
        return self.events / self.n - self.control_events / self.control_n

    @property
    def total(self) -> int:
        """Customers in both groups."""
        return self.n + self.control_n

    @property
    def one_sided(self) -> bool:
        """Whether nobody, or everybody, had the event."""
        return self.events + self.control_events in {0, self.total}


def few(counts: Counts, floor: float) -> bool:
    """Whether fewer than `floor` events or non-events are expected in one of the groups.

    Reference:
        Cochran (1954), "Some Methods for Strengthening the Common Chi-Square Tests",
        Biometrics 10, 417-451: the usual floors are 5 and 10.

    Examples:
        >>> few(Counts(3, 1000, 8, 1000), 10), few(Counts(24, 62, 19, 62), 10)
        (True, False)
    """
    pooled = (counts.events + counts.control_events) / counts.total
    smallest = min(counts.n, counts.control_n) * min(pooled, 1 - pooled)
    none = 0 in {counts.events, counts.control_events}
    everybody = counts.events == counts.n or counts.control_events == counts.control_n
    return smallest < floor or none or everybody


def score_p_value(counts: Counts) -> float:
    """Two-sided p-value of the score test that both shares are equal.

    Raises:
        UndefinedStatistic: nobody or everybody had the event.

    Reference:
        Miettinen and Nurminen (1985), "Comparative Analysis of Two Rates",
        Statistics in Medicine 4, 213-226.

    Examples:
        >>> round(score_p_value(Counts(9, 10, 3, 10)), 6)
        0.007602
    """
    if counts.one_sided:
        raise UndefinedStatistic(f"{_all_alike(counts)}, so there is nothing to test.")
    return float(2 * special.ndtr(-abs(_score_of_difference(counts, 0.0))))


def one_sided_reason(counts: Counts, alpha: float) -> str:
    """What is known where nobody, or everybody, had the event: a bound instead of a p-value.

    The bound is exact, one-sided at `alpha` and that of the smaller group, so it holds for each.

    Reference:
        Clopper and Pearson (1934), Biometrika 26, 404-413, at no events; Hanley and Lippman-Hand
        (1983), JAMA 249, 1743-1745, for the rule of three.

    Examples:
        >>> one_sided_reason(Counts(0, 1000, 0, 2000), 0.05)
        'No events yet in either group; at most 0.3 % of customers in each, at 95 %.'
        >>> one_sided_reason(Counts(40, 40, 30, 30), 0.05)
        'Everybody had the event in both groups; at least 90.4 % of customers in each, at 95 %.'
    """
    farthest = -math.expm1(math.log(alpha) / min(counts.n, counts.control_n))
    bound = _two_digits_up(100 * farthest)
    level = f"of customers in each, at {100 * (1 - alpha):.4g} %"
    if counts.events == 0:
        return f"{_all_alike(counts)}; at most {bound:g} % {level}."
    return f"{_all_alike(counts)}; at least {100 - bound:.6g} % {level}."


def score_difference_interval(counts: Counts, alpha: float) -> Interval:
    """Interval of the difference of shares: the differences the score test does not reject.

    Reference:
        Miettinen and Nurminen (1985); the restricted estimate in closed form is Farrington and
        Manning (1990), Statistics in Medicine 9, 1447-1454.

    Examples:
        >>> lo, hi = score_difference_interval(Counts(56, 70, 48, 80), 0.05)
        >>> round(lo, 4), round(hi, 4)
        (0.0528, 0.3382)
    """
    critical = -float(special.ndtri(alpha / 2))
    score = partial(_score_of_difference, counts)
    lower = _crossing(score, critical, -1 + TINY, counts.difference)
    upper = _crossing(score, -critical, counts.difference, 1 - TINY)
    return -1.0 if lower is None else lower, 1.0 if upper is None else upper


def score_lift_interval(counts: Counts, alpha: float) -> Interval:
    """Interval of the relative lift: the ratios of shares the score test does not reject, less 1.

    At a ratio of 1 the test is the one of `score_p_value`, so both exclude "no effect" together.

    Raises:
        UndefinedStatistic: the control group has no events.

    Reference:
        Koopman (1984), Biometrics 40, 513-517, with the n / (n - 1) of Miettinen and Nurminen.

    Examples:
        >>> lo, hi = score_lift_interval(Counts(36, 40, 16, 80), 0.05)
        >>> round(lo + 1, 2), round(hi + 1, 2)
        (2.93, 7.17)
    """
    if counts.control_events == 0:
        raise UndefinedStatistic(NO_CONTROL_EVENTS)
    critical = -float(special.ndtri(alpha / 2))
    score = partial(_score_of_log_ratio, counts)
    start = max(counts.events, 0.5) / counts.n * counts.control_n / counts.control_events
    centre = math.log(start)
    lower = None if counts.events == 0 else _crossing(score, critical, centre - WIDE, centre)
    upper = _crossing(score, -critical, centre, centre + WIDE)
    return (
        -1.0 if lower is None else math.expm1(lower),
        math.inf if upper is None else math.expm1(upper),
    )


def _all_alike(counts: Counts) -> str:
    return NO_EVENTS if counts.events == 0 else EVERYBODY


def _two_digits_up(value: float) -> float:
    """Rounded up, so that "at most" stays true."""
    digits = 1 - math.floor(math.log10(value))
    scale = 10.0**digits
    return math.ceil(round(value * scale, 6)) / scale


def _score_of_difference(counts: Counts, delta: float) -> float:
    control = _restricted_share(counts, delta)
    treatment = control + delta
    variance = (
        treatment * (1 - treatment) / counts.n + control * (1 - control) / counts.control_n
    ) * (counts.total / (counts.total - 1))
    away = counts.difference - delta
    return _standardised(away, variance)


def _standardised(away: float, variance: float) -> float:
    if variance > 0:
        return away / math.sqrt(variance)
    return math.copysign(math.inf, away) if away else 0.0


def _restricted_share(counts: Counts, delta: float) -> float:
    """The most likely share in control when treatment's share is delta higher."""
    total, events = counts.total, counts.events + counts.control_events
    if delta == 0:
        return events / total
    l2 = (counts.n + 2 * counts.control_n) * delta - total - events
    l1 = (counts.control_n * delta - total - 2 * counts.control_events) * delta + events
    l0 = counts.control_events * delta * (1 - delta)
    third = l2 / (3 * total)
    q = third**3 - l1 * l2 / (6 * total**2) + l0 / (2 * total)
    p = math.copysign(math.sqrt(max(third**2 - l1 / (3 * total), 0.0)), q)
    angle = math.acos(min(1.0, max(-1.0, q / p**3))) if p else 0.0
    share = 2 * p * math.cos((math.pi + angle) / 3) - third
    return min(max(share, 0.0, -delta), 1.0, 1 - delta)


def _score_of_log_ratio(counts: Counts, log_ratio: float) -> float:
    ratio = math.exp(log_ratio)
    events = counts.events + counts.control_events
    b = (counts.n + counts.control_events) * ratio + counts.events + counts.control_n
    root = math.sqrt(max(b * b - 4 * counts.total * ratio * events, 0.0))
    control = min(2 * events / (b + root), 1.0)
    treatment = min(control * ratio, 1.0)
    variance = (
        treatment * (1 - treatment) / counts.n
        + ratio**2 * control * (1 - control) / counts.control_n
    ) * (counts.total / (counts.total - 1))
    away = counts.events / counts.n - ratio * counts.control_events / counts.control_n
    return _standardised(away, variance)


def _crossing(
    score: Callable[[float], float], level: float, low: float, high: float
) -> float | None:
    """Where the falling score passes the level between low and high; None where it does not."""
    start, end = score(low) - level, score(high) - level
    if start <= 0 or end >= 0:
        return None
    root = optimize.brentq(lambda x: max(min(score(x), HUGE), -HUGE) - level, low, high, xtol=TINY)
    return float(root)
