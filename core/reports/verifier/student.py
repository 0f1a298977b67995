"""Student's t and the normal distribution with the standard library alone.

Against SciPy the tail and the quantile are within 1e-12, relative, for 1 to 10^8
degrees of freedom and tails of 0.4 down to 10^-9 (checked by the product's tests).
"""

from __future__ import annotations

import math
from statistics import NormalDist

TINY = 1e-300
EXACT = 1e-16
LARGE = 60.0
MANY = 200.0
STEPS = 500


def normal_tail(z: float) -> float:
    """The share of a standard normal above z."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def normal_critical(share: float) -> float:
    """What a standard normal exceeds with this chance."""
    return -NormalDist().inv_cdf(share)


def t_tail(t: float, df: float) -> float:
    """The share of Student's t above t, for t of 0 or more.

    Half the regularised incomplete beta function of df/2 and 1/2 at df / (df + t^2) (Abramowitz
    and Stegun 26.7.1), by the continued fraction of DLMF 8.17.22; for many degrees of freedom the
    density is summed instead.
    """
    if t == 0:
        return 0.5
    if df >= MANY:
        return _summed(t, df)
    a, b, y = df / 2, 0.5, t * t / (df + t * t)
    x = df / (df + t * t)
    # x^a (1-x)^b / B(a, b), without taking the difference of two large logarithms.
    log_x = math.log(x) if x < y else math.log1p(-y)
    front = math.exp(a * log_x + b * math.log(y) + gamma_step(a)) / math.sqrt(math.pi)
    if x < (a + 1) / (a + b + 2):
        return 0.5 * front * _fraction(x, a, b) / a
    return 0.5 * (1 - front * _fraction(y, b, a) / b)


def t_critical(share: float, df: float) -> float:
    """What Student's t exceeds with this chance, a share below 0.5.

    Newton's method from the normal quantile, which lies below: the tail is convex there, so no
    step goes past the answer.
    """
    t = normal_critical(share)
    for _ in range(STEPS):
        step = (t_tail(t, df) - share) / _density(t, df)
        t += step
        if abs(step) <= 4 * EXACT * abs(t):
            break
    return t


def gamma_step(a: float) -> float:
    """The logarithm of Gamma(a + 1/2) / Gamma(a); for large a by its series (DLMF 5.11.13)."""
    if a < LARGE:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    u = 1 / a
    series = u * (-1 / 8 + u * u * (1 / 192 + u * u * (-1 / 640 + u * u * 17 / 14336)))
    return 0.5 * math.log(a) + series


def _summed(t: float, df: float) -> float:
    """The tail as a sum over its density, as 1 - x of the beta function has few digits here.

    The double exponential rule for a half line (Takahasi and Mori 1974): u = t + e^(s - e^-s).
    """
    total = 0.0
    for place in range(-80, 81):
        s = place / 20
        reach = math.exp(s - math.exp(-s))
        total += _density(t + reach, df) * reach * (1 + math.exp(-s))
    return total / 20


def _density(t: float, df: float) -> float:
    spread = math.sqrt(df * math.pi)
    return math.exp(gamma_step(df / 2) - (df + 1) / 2 * math.log1p(t * t / df)) / spread


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1 / _away(1 + part * d)
            c = _away(1 + part / c)
            value *= c * d
        if abs(c * d - 1) < EXACT:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > TINY else TINY
