import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from core.errors import BadInput, UndefinedStatistic
from core.statistics.sequential import (
    bounds,
    confidence_sequence_multiplier,
    crossing_chance,
    equal_looks,
    group_sequential_bound,
    inflation,
    needed_drift,
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


def published(shape, looks, power):
    """The constant c of bounds c * shape(t) at two-sided 0.05, and the inflation at this power."""
    times = equal_looks(looks)

    def missing(constant, drift, wanted):
        return crossing_chance(times, [constant * shape(t) for t in times], drift) - wanted

    constant = optimize.brentq(missing, 1.5, 4, args=(0.0, 0.025))
    drift = optimize.brentq(lambda d: missing(constant, d, power), 1, 9)
    return constant, (drift / (stats.norm.isf(0.025) + stats.norm.ppf(power))) ** 2


@pytest.mark.parametrize(
    ("looks", "constant", "at_80", "at_90"),
    [(2, 1.977, 1.008, 1.007), (3, 2.004, 1.017, 1.016), (5, 2.040, 1.028, 1.026)],
)
def test_obrien_and_fleming_in_the_tables_of_jennison_and_turnbull(looks, constant, at_80, at_90):
    """Tables 2.3 and 2.4, two-sided 0.05."""
    for power, inflated in ((0.8, at_80), (0.9, at_90)):
        found = published(lambda t: t**-0.5, looks, power)
        assert found == pytest.approx((constant, inflated), abs=5e-4)


@pytest.mark.parametrize(
    ("looks", "constant", "at_80", "at_90"),
    [(2, 2.178, 1.110, 1.100), (5, 2.413, 1.229, 1.207), (10, 2.555, 1.301, 1.271)],
)
def test_pocock_in_the_tables_of_jennison_and_turnbull(looks, constant, at_80, at_90):
    """Tables 2.1 and 2.2, two-sided 0.05."""
    for power, inflated in ((0.8, at_80), (0.9, at_90)):
        found = published(lambda t: 1.0, looks, power)
        assert found == pytest.approx((constant, inflated), abs=6e-4)


@pytest.mark.parametrize("drift", [-2.0, 0.0, 1.5, 3.0])
def test_crossing_chances_are_those_of_scipys_multivariate_normal(drift):
    """First crossings upwards, look by look: inside before, above now."""
    looks = equal_looks(3)
    times, found = np.array(looks), np.array(bounds(looks, 0.05))
    correlation = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
    theirs = 0.0
    for k in range(3):
        low, high = np.append(-found[:k], found[k]), np.append(found[:k], np.inf)
        normal = stats.multivariate_normal(
            drift * np.sqrt(times[: k + 1]), correlation[: k + 1, : k + 1]
        )
        theirs += normal.cdf(high, lower_limit=low, rng=np.random.default_rng(1))
    assert crossing_chance(looks, found.tolist(), drift) == pytest.approx(theirs, abs=2e-5)


@pytest.mark.parametrize("looks", [4, 28])
def test_the_drift_that_is_planned_is_found_with_the_power_that_is_planned(looks):
    rng, paths = np.random.default_rng(61), 40_000
    times, drift = np.array(equal_looks(looks)), needed_drift(looks, 0.05, 0.8)
    steps = rng.standard_normal((paths, looks)) / looks**0.5 + drift / looks
    z = steps.cumsum(axis=1) / np.sqrt(times)
    seen = (z > np.array(bounds(times.tolist(), 0.05))).any(axis=1).mean()
    assert seen == pytest.approx(0.8, abs=3 * (0.16 / paths) ** 0.5)


def test_more_looks_cost_more_but_never_much():
    costs = [inflation(looks, 0.05, 0.8) for looks in (1, 2, 5, 28, 250)]
    assert costs == sorted(costs)
    assert costs[0] == pytest.approx(1, abs=1e-9)
    assert costs[-1] < 1.07


@settings(max_examples=20)
@given(st.integers(1, 40), st.floats(0.001, 0.2))
def test_an_idle_message_crosses_each_way_with_half_of_alpha(looks, alpha):
    times = equal_looks(looks)
    assert crossing_chance(times, bounds(times, alpha), 0.0) == pytest.approx(alpha / 2, rel=1e-6)


@pytest.mark.parametrize("looks", [0, -1, 251])
def test_an_impossible_number_of_looks_is_refused(looks):
    with pytest.raises(BadInput, match="1 to 250"):
        inflation(looks, 0.05, 0.8)


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
