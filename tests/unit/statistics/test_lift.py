import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, special

from core.errors import UndefinedStatistic
from core.statistics.difference import Sample, difference
from core.statistics.lift import lift, lift_interval

POSITIVE = st.floats(1e-3, 1e3)


def test_a_published_fieller_interval():
    """Zerbe (1978), The American Statistician 32, on ratios of two independent means."""
    d = difference(Sample(1e12, 15.0, 1.0), Sample(1e12, 10.0, 0.25))
    low, high = lift_interval(d, d.critical(0.05))
    z = -special.ndtri(0.025)
    g = z**2 * 0.25 / 100
    centre = 1.5 / (1 - g)
    reach = z / 10 / (1 - g) * math.sqrt(1.0 * (1 - g) + 1.5**2 * 0.25)
    assert (1 + low, 1 + high) == pytest.approx((centre - reach, centre + reach), rel=1e-9)


def test_is_the_set_of_lifts_that_a_test_of_that_lift_does_not_reject():
    d = difference(Sample(40, 12.0, 1.1), Sample(60, 10.0, 0.4))
    t = -special.stdtrit(d.df, 0.025)

    def excess(x):
        return abs(12.0 - (1 + x) * 10.0) - t * math.sqrt(1.1 + (1 + x) ** 2 * 0.4)

    ends = optimize.brentq(excess, -1, 0.2), optimize.brentq(excess, 0.2, 3)
    assert lift_interval(d, d.critical(0.05)) == pytest.approx(ends, rel=1e-9)


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), POSITIVE, POSITIVE, st.floats(0.001, 0.3))
def test_excludes_zero_exactly_when_the_difference_does(mean, control, one, two, alpha):
    d = difference(Sample(50, mean, one), Sample(70, control, two))
    try:
        low, high = lift_interval(d, d.critical(alpha))
    except UndefinedStatistic:
        return
    difference_low, difference_high = d.interval(d.critical(alpha))
    assume(min(abs(difference_low), abs(difference_high)) > 1e-9)
    assert (low > 0, high < 0) == (difference_low > 0, difference_high < 0)
    assert low <= lift(d) <= high


@pytest.mark.parametrize("control", [0.0, 0.5, -0.5])
def test_a_control_near_zero_has_no_lift(control):
    d = difference(Sample(100, 1.0, 0.1), Sample(100, control, 0.1))
    with pytest.raises(UndefinedStatistic, match="not clearly away from zero"):
        lift_interval(d, d.critical(0.05))


def test_a_lift_on_a_negative_control_keeps_the_direction_of_the_difference():
    d = difference(Sample(100, -8.0, 0.01), Sample(100, -10.0, 0.01))
    low, high = lift_interval(d, d.critical(0.05))
    assert lift(d) == pytest.approx(0.2)
    assert 0 < low < 0.2 < high


def test_no_control_mean_no_lift():
    with pytest.raises(UndefinedStatistic):
        lift(difference(Sample(9, 1.0, 0.1), Sample(9, 0.0, 0.1)))


def test_covers_the_true_lift():
    """2,000 skewed samples with a true lift of 30 %, within three standard errors of 95 %."""
    rng = np.random.default_rng(17)
    x, y = rng.gamma(2, 1.3, (2000, 300)), rng.gamma(2, 1.0, (2000, 300))
    hits = 0
    for one, two in zip(x, y, strict=True):
        d = difference(*(Sample(300, v.mean(), v.var(ddof=1) / 300) for v in (one, two)))
        low, high = lift_interval(d, d.critical(0.05))
        hits += bool(low < 0.3 < high)
    assert hits / 2000 == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / 2000))
