import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower  # type: ignore[import-untyped]
from statsmodels.stats.proportion import power_proportions_2indep  # type: ignore[import-untyped]

from core.errors import BadInput, UndefinedStatistic
from core.statistics.power import Design, detectable_lift, equal, power, required, rounded_up


@pytest.mark.parametrize(("d", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_the_table_of_cohen(d, n):
    """Table 2.4.1; for 0.2 it prints 393, the sample of 393.4 rounded down."""
    assert required(Design(10, deviation=10 / 10), d / 10) == [n, n]


@pytest.mark.parametrize("n", [20, 500, 40_000])
@pytest.mark.parametrize("effect", [0.02, 0.3])
def test_agrees_with_statsmodels_for_means(n, effect):
    theirs = TTestIndPower().power(effect, n, 0.05)
    assert power(Design(1, deviation=1), effect, 2 * n) == pytest.approx(theirs, rel=1e-9)


def test_agrees_with_statsmodels_for_proportions_in_large_samples():
    theirs = power_proportions_2indep(0.0106, 0.106, 13_900, alpha=0.05, return_results=False)
    assert power(Design(0.106), 0.1, 27_800) == pytest.approx(theirs, rel=1e-3)


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
    ],
)
def test_an_impossible_design_is_refused(broken):
    with pytest.raises(BadInput):
        Design(**broken)


@pytest.mark.parametrize("lift", [0.0, 9.5, -1.0, 1e-15, float("nan")])
def test_an_impossible_lift_is_refused(lift):
    with pytest.raises(BadInput):
        required(Design(0.106), lift)


@pytest.mark.parametrize("n", [2, 9])
def test_too_few_customers_can_show_nothing(n):
    with pytest.raises(UndefinedStatistic):
        detectable_lift(Design(0.5), n)


def test_a_test_needs_two_arms():
    with pytest.raises(BadInput, match="2 arms"):
        equal(1)
