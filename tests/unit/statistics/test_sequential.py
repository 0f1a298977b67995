import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.errors import UndefinedStatistic
from core.statistics.sequential import (
    bounds,
    confidence_sequence_multiplier,
    group_sequential_bound,
    nominal_alpha,
    spent,
)

FIVE = [0.2, 0.4, 0.6, 0.8, 1.0]


def test_crossing_probabilities_are_what_is_spent_by_scipys_multivariate_normal():
    found = np.array(bounds(FIVE, 0.05))
    correlation = np.array([[(min(s, t) / max(s, t)) ** 0.5 for s in FIVE] for t in FIVE])
    for k in (1, 2, 3):
        inside = stats.multivariate_normal(np.zeros(k), correlation[:k, :k]).cdf(
            found[:k], lower_limit=-found[:k], rng=np.random.default_rng(1)
        )
        assert 1 - inside == pytest.approx(spent(FIVE[k - 1], 0.05), rel=1e-3)


def test_the_power_family_of_jennison_and_turnbull():
    """Five looks at alpha t^3 end 4.4 % wider than one look; daily ones over 4 weeks 10 %."""
    fixed = stats.norm.isf(0.025)
    assert bounds(FIVE, 0.05)[0] == pytest.approx(stats.norm.isf(0.0002), rel=1e-9)
    assert bounds(FIVE, 0.05)[-1] / fixed == pytest.approx(1.0436, abs=5e-4)
    assert group_sequential_bound(1.0, 0.05) / fixed == pytest.approx(1.10, abs=0.005)


def test_one_look_at_the_end_is_the_fixed_test():
    assert bounds([1.0], 0.05) == pytest.approx([stats.norm.isf(0.025)], rel=1e-9)
    assert nominal_alpha(bounds([1.0], 0.01)[0]) == pytest.approx(0.01, rel=1e-9)


@settings(max_examples=25)
@given(st.floats(0.05, 1.0), st.floats(0.001, 0.2))
def test_looking_early_is_never_cheaper_than_a_fixed_test(fraction, alpha):
    assert (
        group_sequential_bound(fraction, alpha, [0.25, 0.5, 0.75])
        >= stats.norm.isf(alpha / 2) - 1e-9
    )


def test_an_overrun_plan_counts_as_all_of_it():
    looks = [0.5, 1.0]
    assert group_sequential_bound(1.7, 0.05, looks) == group_sequential_bound(1.0, 0.05, looks)


def test_three_idle_arms_looked_at_twenty_times_alarm_in_less_than_one_of_twenty():
    rng, looks = np.random.default_rng(53), np.arange(1, 21) / 20
    paths = rng.standard_normal((20_000, 20, 4)).cumsum(axis=1) / 20**0.5
    z = (paths[:, :, 1:] - paths[:, :, :1]) / np.sqrt(2 * looks)[None, :, None]
    for given_looks in (tuple(looks), ()):
        found = [group_sequential_bound(t, 0.05 / 3, given_looks) for t in looks]
        assert (np.abs(z) > np.array(found)[None, :, None]).any(axis=(1, 2)).mean() < 0.05


def test_a_confidence_sequence_holds_at_every_n_at_once():
    rng, alpha = np.random.default_rng(59), 0.1
    sums = rng.standard_normal((2000, 2000)).cumsum(axis=1)
    n = np.arange(1, 2001)
    reach = [confidence_sequence_multiplier(float(k), alpha, tightest_at=500) for k in n]
    assert (np.abs(sums) > np.array(reach) * np.sqrt(n)).any(axis=1).mean() < alpha


def test_the_confidence_sequence_of_waudby_smith_by_hand():
    """Formula (7) with sigma 1 and rho^2 = (-2 log a + log(1 - 2 log a)) / n*."""
    alpha, n, tuned = 0.05, 3000.0, 10_000.0
    rho2 = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / tuned
    radius = np.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * np.log(np.sqrt(n * rho2 + 1) / alpha))
    ours = confidence_sequence_multiplier(n, alpha, tightest_at=tuned)
    assert ours == pytest.approx(radius * np.sqrt(n), rel=1e-9)


@pytest.mark.parametrize("looks", [[], [0.0, 1.0], [0.5, 0.5], [0.7, 0.2], [-0.1]])
def test_looks_must_grow(looks):
    with pytest.raises(UndefinedStatistic, match="growing"):
        bounds(looks, 0.05)


def test_nobody_has_no_confidence_sequence():
    with pytest.raises(UndefinedStatistic):
        confidence_sequence_multiplier(0, 0.05, tightest_at=100)
