import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower  # type: ignore[import-untyped]
from statsmodels.stats.proportion import power_proportions_2indep  # type: ignore[import-untyped]

from core.errors import BadInput, UndefinedStatistic
from core.statistics.power import Design, detectable_lift, equal, power, required, rounded_up
from core.statistics.sequential import bounds, equal_looks, inflation


def textbook(baseline, deviation, **rules):
    """Both groups vary alike, as the books and statsmodels have it."""
    return Design(baseline, deviation, proportional_spread=False, **rules)


def near(planned, replications):
    """Within three standard errors of a simulation."""
    return pytest.approx(planned, abs=3 * (planned * (1 - planned) / replications) ** 0.5)


@pytest.mark.parametrize(("d", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_the_table_of_cohen(d, n):
    """Table 2.4.1; for 0.2 it prints 393, the sample of 393.4 rounded down."""
    assert required(textbook(10, 10 / 10), d / 10) == [n, n]


@pytest.mark.parametrize("n", [20, 500, 40_000])
@pytest.mark.parametrize("effect", [0.02, 0.3])
def test_agrees_with_statsmodels_for_means(n, effect):
    theirs = TTestIndPower().power(effect, n, 0.05)
    assert power(textbook(1, 1), effect, 2 * n) == pytest.approx(theirs, rel=1e-9)


def test_agrees_with_statsmodels_for_proportions_in_large_samples():
    theirs = power_proportions_2indep(0.0106, 0.106, 13_900, alpha=0.05, return_results=False)
    assert power(Design(0.106), 0.1, 27_800) == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize(("lift", "n"), [(0.1, 400), (0.25, 70), (-0.2, 90)])
def test_a_lift_that_multiplies_amounts_multiplies_their_deviation(lift, n):
    """By scipy's noncentral t at the degrees of freedom of Welch."""
    errors = np.array([4.0**2, (4.0 * (1 + lift)) ** 2]) / n
    df = errors.sum() ** 2 / (errors**2 / (n - 1)).sum()
    signal, critical = abs(lift) * 10 / errors.sum() ** 0.5, stats.t.isf(0.025, df)
    theirs = stats.nct.sf(critical, df, signal) + stats.nct.cdf(-critical, df, signal)
    assert power(Design(10, deviation=4), lift, 2 * n) == pytest.approx(theirs, rel=1e-7)


def test_the_planned_power_for_amounts_is_the_power_there_is():
    """Lognormal amounts that a message multiplies, read by scipy's Welch test."""
    rng, replications, lift = np.random.default_rng(11), 4000, 0.1
    baseline, deviation = np.exp(0.5), ((np.e - 1) * np.e) ** 0.5
    found = {}
    for design in (Design(baseline, deviation), textbook(baseline, deviation)):
        n, seen = required(design, lift)[0], 0
        for _ in range(replications // 100):
            control = np.exp(rng.standard_normal((100, n)))
            treatment = np.exp(rng.standard_normal((100, n))) * (1 + lift)
            seen += (stats.ttest_ind(treatment, control, axis=1, equal_var=False)[1] < 0.05).sum()
        found[design.proportional_spread] = seen / replications
    assert found[True] == near(0.8, replications)
    assert found[False] < 0.78


def test_a_covariate_saves_the_share_of_the_variance_it_explains():
    """Deng et al. (2013): rho = 0.5 saves a quarter of the customers."""
    plain, adjusted = Design(10, 40), Design(10, 40, correlation=0.5)
    assert required(adjusted, 0.1)[0] == pytest.approx(0.75 * required(plain, 0.1)[0], rel=2e-3)
    assert required(Design(10, 40, correlation=-0.5), 0.1) == required(adjusted, 0.1)


def test_the_planned_power_by_a_covariate_is_the_power_there_is():
    """Outcome minus theta times the past, theta estimated within the groups."""
    rng, replications, lift, rho = np.random.default_rng(13), 4000, 0.05, 0.8
    design = Design(10, 4, correlation=rho)
    n = required(design, lift)[0]
    past = rng.standard_normal((replications, 2, n))
    noise = rng.standard_normal((replications, 2, n))
    outcome = 10 + 4 * (rho * past + (1 - rho**2) ** 0.5 * noise)
    outcome[:, 1] *= 1 + lift
    away = [x - x.mean(axis=2, keepdims=True) for x in (outcome, past)]
    theta = (away[0] * away[1]).sum(axis=(1, 2)) / (away[1] ** 2).sum(axis=(1, 2))
    control, treatment = np.moveaxis(outcome - theta[:, None, None] * past, 1, 0)
    seen = stats.ttest_ind(treatment, control, axis=1, equal_var=False)[1] < 0.05
    assert seen.mean() == near(0.8, replications)


@pytest.mark.parametrize("looks", [2, 5, 28])
def test_looking_again_and_again_costs_the_inflation_of_the_plan(looks):
    once, again = Design(0.106), Design(0.106, looks=looks)
    n = required(again, 0.1)
    expected = required(once, 0.1)[0] * inflation(looks, 0.05, 0.8)
    assert n[0] == pytest.approx(expected, abs=1)
    assert power(again, 0.1, sum(n)) == pytest.approx(0.8, abs=1e-4)
    assert power(again, 0.1, sum(n)) < power(once, 0.1, sum(n))
    assert detectable_lift(again, sum(n)) == pytest.approx(0.1, rel=1e-4)
    least = power(again, 1e-9, sum(n))
    assert least == pytest.approx(0.05, rel=1e-6)  # nothing works: either way, alpha is spent


def test_the_planned_power_at_several_looks_is_the_power_there_is():
    """Events drawn look by look, each look by the unpooled z against the bounds of the reading."""
    rng, replications, looks = np.random.default_rng(17), 20_000, 5
    n = required(Design(0.1, looks=looks), 0.1)[0]
    sizes = np.diff(np.round(np.arange(looks + 1) * n / looks)).astype(int)
    so_far = sizes.cumsum()
    shares = [
        rng.binomial(sizes, p, (replications, looks)).cumsum(axis=1) / so_far for p in (0.1, 0.11)
    ]
    errors = sum(share * (1 - share) / so_far for share in shares) ** 0.5
    seen = (abs(shares[1] - shares[0]) / errors > bounds(equal_looks(looks), 0.05)).any(axis=1)
    assert seen.mean() == near(0.8, replications)


def test_the_promise_of_the_brief_62_per_arm_sees_25_points():
    design = Design(0.306)
    assert detectable_lift(design, 124) * 0.306 == pytest.approx(0.245, abs=0.005)
    assert power(design, 0.1, 124) == pytest.approx(0.06, abs=0.01)


def test_the_smallest_sample_for_24_of_62_against_19_of_62():
    assert rounded_up(required(Design(19 / 62), 0.1)[0]) == 3650


def test_several_arms_share_alpha_and_follow_the_allocation():
    two, three = required(Design(0.106), 0.1), required(Design(0.106, allocation=equal(3)), 0.1)
    assert three[0] > two[0]
    control, one, other = required(Design(0.106, allocation=(0.5, 0.25, 0.25)), 0.1)
    assert one == other < control


@settings(max_examples=40)
@given(
    st.floats(0.001, 0.9),
    st.floats(0.02, 2.0),
    st.integers(2, 5),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_required_and_detectable_undo_each_other(baseline, lift, arms, wanted):
    if baseline * (1 + lift) >= 1:
        return
    design = Design(baseline, allocation=equal(arms), power=wanted)
    n = required(design, lift)
    assert power(design, lift, sum(n)) >= wanted - 1e-6
    assert detectable_lift(design, sum(n)) <= lift * (1 + 1e-6)


@pytest.mark.parametrize(
    "broken",
    [
        {"baseline": 0.0},
        {"baseline": 1.2},
        {"baseline": 5.0, "deviation": 0.0},
        {"baseline": 0.1, "alpha": 0.0},
        {"baseline": 0.1, "power": 1.0},
        {"baseline": 0.1, "allocation": (1.0,)},
        {"baseline": 0.1, "allocation": (0.5, 0.0)},
        {"baseline": 5.0, "deviation": 1.0, "correlation": 1.0},
        {"baseline": 0.1, "correlation": 0.5},
        {"baseline": 0.1, "looks": 0},
        {"baseline": 0.1, "looks": 251},
    ],
)
def test_an_impossible_design_is_refused(broken):
    with pytest.raises(BadInput):
        Design(**broken)


@pytest.mark.parametrize("lift", [0.0, 9.5, -1.0, 1e-15, float("nan")])
def test_an_impossible_lift_is_refused(lift):
    with pytest.raises(BadInput):
        required(Design(0.106), lift)


def test_amounts_that_vary_too_much_show_no_lift_at_all():
    """However large the lift, treatment's own signal stays below sqrt(n) / cv."""
    with pytest.raises(UndefinedStatistic, match="too few"):
        detectable_lift(Design(1, deviation=10), 500)
    assert detectable_lift(textbook(1, 10), 500) > 1


@pytest.mark.parametrize("n", [2, 9])
def test_too_few_customers_can_show_nothing(n):
    with pytest.raises(UndefinedStatistic):
        detectable_lift(Design(0.5), n)


def test_a_test_needs_two_arms():
    with pytest.raises(BadInput, match="2 arms"):
        equal(1)
