import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, TTestIndPower  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    power_proportions_2indep,
    proportion_effectsize,
)

from core.errors import BadInput
from core.statistics.design_check import Question, chance_of_proportions, design_check
from core.statistics.power import Design


def checked(*asked, **changes):
    return design_check(Question(*asked, **changes))


def test_62_per_group_cannot_answer_ten_percent():
    check = checked({"everybody": 124}, 0.306, 0.10)
    assert check.overall.detectable_difference == pytest.approx(0.247, abs=0.001)
    assert "about 25 points (+81 %)" in check.sentence
    assert "a real +10 % is seen with a chance of 6 %" in check.sentence
    assert check.sentence.startswith("This test cannot answer")
    assert not check.answers


def test_the_powers_in_the_manual_of_r():
    """Its examples: power.prop.test(n = 50, p1 = .50, p2 = .75) is 0.740; 76.7 give 0.90."""
    design = Design(0.5)
    assert chance_of_proportions(design, 0.5, 50, 50) == pytest.approx(0.740, abs=5e-4)
    assert chance_of_proportions(design, 0.5, 76.7, 76.7) == pytest.approx(0.9, abs=5e-4)


@pytest.mark.parametrize(
    ("baseline", "n", "lift"), [(0.306, 62, 0.8), (0.106, 5000, 0.1), (0.002, 90_000, 0.3)]
)
def test_chances_of_shares_are_those_of_statsmodels(baseline, n, lift):
    reach = checked({"x": 2 * n}, baseline, lift).overall
    theirs = power_proportions_2indep(
        baseline * lift, baseline, n, alpha=0.025, alternative="larger"
    )
    assert reach.chance == pytest.approx(theirs.power, rel=0.01)
    detected = proportion_effectsize(baseline * (1 + reach.detectable_lift), baseline)
    assert NormalIndPower().power(detected, n, 0.05) == pytest.approx(0.8, rel=0.01)
    size = proportion_effectsize(baseline * (1 + lift), baseline)
    asked = NormalIndPower().solve_power(size, power=0.8, alpha=0.05)
    if asked > 500:  # Below, arcsine, score and Welch part company by more than 1 %.
        assert reach.needed_per_group == pytest.approx(asked, rel=0.01)


@pytest.mark.parametrize("n", [40, 900])
def test_means_are_those_of_statsmodels(n):
    alike = {"deviation": 8.0, "proportional_spread": False}
    reach = checked({"x": 2 * n}, 20.0, 0.1, **alike).overall
    theirs = TTestIndPower()
    assert reach.chance == pytest.approx(theirs.power(2 / 8, n, 0.05), rel=0.01)
    detected = theirs.solve_power(nobs1=n, power=0.8, alpha=0.05)
    assert reach.detectable_difference == pytest.approx(8 * detected, rel=0.01)
    assert reach.needed_per_group == pytest.approx(
        theirs.solve_power(2 / 8, power=0.8, alpha=0.05), rel=0.01
    )
    assert "points" not in reach.sentence


def test_several_arms_share_alpha_and_control_may_be_larger():
    check = checked({"x": 60_000}, 0.1, 0.1, shares=(0.5, 0.25, 0.25))
    assert (check.overall.n_control, check.overall.n_treatment) == (30_000, 15_000)
    theirs = power_proportions_2indep(
        0.01, 0.1, 15_000, ratio=2, alpha=0.0125, alternative="larger"
    )
    assert check.overall.chance == pytest.approx(theirs.power, rel=0.01)
    assert "against 30,000 in control" in check.overall.sentence
    assert (check.answers, "That is enough." in check.sentence) == (True, True)


def test_segments_are_judged_on_their_own():
    sizes = {"loyal": 90_000, "new": 400, "gone": 3}
    check = checked(sizes, 0.1, 0.1, baselines={"loyal": 0.2})
    assert [reach.answers for reach in check.segments] == [True, False, False]
    assert "in loyal only" in check.sentence
    gone = check.segments[2]
    assert (gone.detectable_lift, gone.chance) == (None, None)
    assert "fewer than 2" in gone.undefined
    assert "too few to show any change" in gone.sentence
    both = checked({"a": 90_000, "b": 90_000}, 0.2, 0.1)
    assert "Every segment" in both.sentence
    none = checked({"a": 90, "b": 90}, 0.2, 0.1)
    assert "No segment" in none.sentence


def test_an_effect_beyond_everybody_cannot_happen():
    reach = checked({"x": 10_000}, 0.9, 0.2).overall
    assert (reach.chance, reach.needed_per_group, reach.answers) == (None, None, False)
    assert "cannot happen" in reach.sentence
    assert "No number of customers" in reach.sentence


def test_amounts_that_a_message_multiplies_take_more_customers_than_the_textbook():
    sizes = {"x": 2000}
    alike = checked(sizes, 20.0, 0.1, deviation=20.0, proportional_spread=False).overall
    multiplied = checked(sizes, 20.0, 0.1, deviation=20.0).overall
    assert multiplied.needed_per_group == pytest.approx(
        alike.needed_per_group * (1 + 1.1**2) / 2, rel=2e-3
    )
    assert multiplied.chance < alike.chance
    assert multiplied.detectable_lift > alike.detectable_lift


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.1, 0.9), (0.9, 0.1), (0.25, 0.25, 0.25, 0.25)])
@pytest.mark.parametrize("baseline", [0.02, 0.306, 0.6])
def test_the_number_needed_is_the_number_with_which_the_test_answers(shares, baseline):
    needed = checked({"x": 0}, baseline, 0.1, shares=shares).overall.needed_per_group
    for per_group, enough in ((1.002 * needed + 1, True), (0.98 * needed - 1, False)):
        sizes = {"x": round(per_group / min(shares[1:])) + 1}
        assert checked(sizes, baseline, 0.1, shares=shares).answers is enough


@pytest.mark.parametrize(("n_control", "n"), [(62, 62), (800, 7200), (30_000, 10_000)])
def test_no_more_is_promised_of_shares_than_the_read_out_and_the_score_test_see(n_control, n):
    """By draws: Welch's t as the read-out has it, and the score test, at the detectable lift."""
    shares = n_control / (n_control + n), n / (n_control + n)
    rng, replications = np.random.default_rng(n), 40_000
    reach = checked({"x": n_control + n}, 0.2, 0.1, shares=shares).overall
    treated = 0.2 * (1 + reach.detectable_lift)
    control = rng.binomial(n_control, 0.2, replications) / n_control
    treatment = rng.binomial(n, treated, replications) / n
    pooled = (control * n_control + treatment * n) / (n_control + n)
    variances = (
        control * (1 - control) / n_control + treatment * (1 - treatment) / n,
        pooled * (1 - pooled) * (1 / n_control + 1 / n),
    )
    seen = min(((treatment - control) / v**0.5 > 1.96).mean() for v in variances)
    assert 0.785 < seen < 0.83


def test_segments_may_vary_each_in_their_own_way():
    sizes, deviations = {"loyal": 4000, "new": 4000}, {"new": 60.0}
    check = checked(sizes, 20.0, 0.1, deviation=20.0, deviations=deviations)
    assert [reach.answers for reach in check.segments] == [True, False]


def test_looking_in_between_takes_more_customers():
    once, daily = (checked({"x": 30_000}, 0.1, 0.1, looks=looks).overall for looks in (1, 28))
    assert daily.needed_per_group == pytest.approx(1.0563 * once.needed_per_group, rel=1e-3)
    assert daily.chance < once.chance
    assert daily.detectable_lift > once.detectable_lift


def test_a_covariate_takes_fewer_customers():
    plain, adjusted = (
        checked({"x": 3000}, 20.0, 0.1, deviation=40.0, correlation=r).overall for r in (0.0, 0.7)
    )
    assert adjusted.needed_per_group == pytest.approx(0.51 * plain.needed_per_group, rel=2e-3)
    assert adjusted.chance > plain.chance


@given(st.integers(30, 10**6), st.floats(0.01, 0.5), st.floats(0.01, 0.9))
def test_more_customers_show_smaller_effects(n, baseline, effect):
    one = checked({"x": n}, baseline, effect).overall
    two = checked({"x": 4 * n}, baseline, effect).overall
    assert two.chance >= one.chance - 1e-9
    if one.detectable_lift is not None:
        assert two.detectable_lift < one.detectable_lift


@pytest.mark.parametrize(
    "changes",
    [
        {"segments": {}},
        {"segments": {"x": -1}},
        {"smallest_effect": 0.0},
        {"baselines": {"y": 0.1}},
        {"deviations": {"y": 0.1}},
    ],
)
def test_questions_that_make_no_sense_are_refused(changes):
    with pytest.raises(BadInput, match=r"\.$"):
        Question(**{"segments": {"x": 10}, "baseline": 0.1, "smallest_effect": 0.1} | changes)


def test_a_baseline_that_is_no_share_is_refused():
    with pytest.raises(BadInput):
        checked({"x": 100}, 1.5, 0.1)
