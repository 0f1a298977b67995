"""Two groups compared: Welch's t, Fieller's lift, and the score test where events are few."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Optional, Tuple

from core.reports.verifier.student import normal_critical, normal_tail, t_critical, t_tail

Interval = Optional[Tuple[float, float]]
SMALL = 1e-14
WIDE = 30.0


@dataclass(frozen=True)
class Arm:
    """Customers of a group, their mean, and the squared standard error of it."""

    n: int
    mean: float
    error: float


def welch_df(one: Arm, two: Arm) -> float:
    """Satterthwaite's degrees of freedom."""
    total = one.error + two.error
    return 1 / ((one.error / total) ** 2 / (one.n - 1) + (two.error / total) ** 2 / (two.n - 1))


def welch(arm: Arm, control: Arm, alpha: float) -> tuple[Interval, Interval]:
    """The intervals of difference and lift at alpha, from one t quantile.

    The lift is Fieller's, None where the control mean is not clearly away from zero.
    """
    gap, squared = arm.mean - control.mean, arm.error + control.error
    critical = t_critical(alpha / 2, welch_df(arm, control))
    reach = critical * math.sqrt(squared)
    difference = (gap - reach, gap + reach)
    curvature = control.mean**2 - critical**2 * control.error
    if curvature <= 0:
        return difference, None
    slope = gap * control.mean + critical**2 * control.error
    height = gap**2 - critical**2 * squared
    spread = math.sqrt(max(slope**2 - curvature * height, 0.0))
    far = slope + math.copysign(spread, slope)
    roots = (far / curvature, height / far if far else 0.0)
    low, high = min(roots), max(roots)
    return difference, (-high, -low) if control.mean < 0 else (low, high)


def welch_p(arm: Arm, control: Arm) -> float:
    """Two-sided p-value of the difference."""
    t = abs(arm.mean - control.mean) / math.sqrt(arm.error + control.error)
    return 2 * t_tail(t, welch_df(arm, control))


@dataclass(frozen=True)
class Counts:
    """Events among n customers, in a group and in control."""

    events: int
    n: int
    control_events: int
    control_n: int

    @property
    def gap(self) -> float:
        """Share in the group minus share in control."""
        return self.events / self.n - self.control_events / self.control_n

    @property
    def total(self) -> int:
        """Customers of both."""
        return self.n + self.control_n

    @property
    def alike(self) -> bool:
        """Whether nobody, or everybody, had the event."""
        return self.events + self.control_events in (0, self.total)


def few(c: Counts, floor: float) -> bool:
    """Whether fewer than `floor` events or others are expected in a group (Cochran 1954)."""
    share = (c.events + c.control_events) / c.total
    everybody = c.events == c.n or c.control_events == c.control_n
    none = 0 in (c.events, c.control_events)
    return min(c.n, c.control_n) * min(share, 1 - share) < floor or none or everybody


def score_p(c: Counts) -> float:
    """Two-sided p-value of the score test (Miettinen and Nurminen 1985)."""
    return 2 * normal_tail(abs(_by_difference(c, 0.0)))


def score(c: Counts, alpha: float) -> tuple[Interval, Interval]:
    """The intervals that invert the score test; that of the ratio is Koopman's (1984)."""
    critical = normal_critical(alpha / 2)
    low = _crossing(lambda x: _by_difference(c, x), critical, -1 + SMALL, c.gap)
    high = _crossing(lambda x: _by_difference(c, x), -critical, c.gap, 1 - SMALL)
    difference = (-1.0 if low is None else low, 1.0 if high is None else high)
    if c.alike or c.control_events == 0:
        return difference, None
    centre = math.log(max(c.events, 0.5) / c.n * c.control_n / c.control_events)
    below = None
    if c.events:
        below = _crossing(lambda x: _by_ratio(c, x), critical, centre - WIDE, centre)
    above = _crossing(lambda x: _by_ratio(c, x), -critical, centre, centre + WIDE)
    return difference, (
        -1.0 if below is None else math.expm1(below),
        math.inf if above is None else math.expm1(above),
    )


def _by_difference(c: Counts, delta: float) -> float:
    control = _restricted(c, delta)
    arm = control + delta
    variance = arm * (1 - arm) / c.n + control * (1 - control) / c.control_n
    return _standard(c.gap - delta, variance * c.total / (c.total - 1))


def _by_ratio(c: Counts, log_ratio: float) -> float:
    ratio, events = math.exp(log_ratio), c.events + c.control_events
    b = (c.n + c.control_events) * ratio + c.events + c.control_n
    root = math.sqrt(max(b * b - 4 * c.total * ratio * events, 0.0))
    control = min(2 * events / (b + root), 1.0)
    arm = min(control * ratio, 1.0)
    variance = arm * (1 - arm) / c.n + ratio**2 * control * (1 - control) / c.control_n
    away = c.events / c.n - ratio * c.control_events / c.control_n
    return _standard(away, variance * c.total / (c.total - 1))


def _standard(away: float, variance: float) -> float:
    if variance > 0:
        return away / math.sqrt(variance)
    return math.copysign(math.inf, away) if away else 0.0


def _restricted(c: Counts, delta: float) -> float:
    """The likeliest share in control when the other is delta higher (Farrington, Manning 1990)."""
    events = c.events + c.control_events
    if delta == 0:
        return events / c.total
    l2 = (c.n + 2 * c.control_n) * delta - c.total - events
    l1 = (c.control_n * delta - c.total - 2 * c.control_events) * delta + events
    l0 = c.control_events * delta * (1 - delta)
    third = l2 / (3 * c.total)
    q = third**3 - l1 * l2 / (6 * c.total**2) + l0 / (2 * c.total)
    p = math.copysign(math.sqrt(max(third**2 - l1 / (3 * c.total), 0.0)), q)
    angle = math.acos(min(1.0, max(-1.0, q / p**3))) if p else 0.0
    share = 2 * p * math.cos((math.pi + angle) / 3) - third
    return min(max(share, 0.0, -delta), 1.0, 1 - delta)


def _crossing(
    falling: Callable[[float], float], level: float, low: float, high: float
) -> float | None:
    """Where the falling function passes the level, by bisection; None where it does not."""
    if falling(low) - level <= 0 or falling(high) - level >= 0:
        return None
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if falling(middle) > level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
