"""Two proportions when events are few: the score test and the intervals that invert it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import optimize, special

from core.errors import UndefinedStatistic
from core.models.readout import Interval

TINY = 1e-14
NO_EVENTS = "No events yet in either group; the interval is an upper bound on the difference."
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
    return smallest < floor or 0 in {counts.events, counts.control_events}


def score_p_value(counts: Counts) -> float:
    """Two-sided p-value of the score test that both shares are equal.

    Raises:
        UndefinedStatistic: nobody or everybody had the event.

    Reference:
        Miettinen and Nurminen (1985), "Comparative Analysis of Two Rates",
        Statistics in Medicine 4, 213-226.

    Examples:
        >>> round(score_p_value(Counts(9, 10, 3, 10)), 6)
        0.00748
    """
    if counts.one_sided:
        raise UndefinedStatistic(NO_EVENTS)
    return float(2 * special.ndtr(-abs(_score_of_difference(counts, 0.0))))


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
    score = lambda delta: _score_of_difference(counts, delta)  # noqa: E731
    estimate = counts.difference
    return (
        _crossing(score, critical, estimate, -1 + TINY) or -1.0,
        _crossing(score, -critical, estimate, 1 - TINY) or 1.0,
    )
