"""Traits and response: agreement with statsmodels over the rows, and what cannot be told."""

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UndefinedStatistic
from core.models.attribution import TraitFacts, TraitSums
from core.statistics.association import FEWEST, associations, slope

ARMS = ("a", "b", "c")


def sums(arm, x, y):
    u, v = x - x.mean(), y - y.mean()
    return TraitSums(
        arm,
        len(x),
        float(u @ u),
        float(u @ v),
        float((u * u) @ (v * v)),
        float(u**3 @ v),
        float((u * u) @ (u * u)),
    )


def facts(x, y, arm, *, binary=False, name="t"):
    groups = tuple(sums(a, x[arm == a], y[arm == a]) for a in ARMS if (arm == a).any())
    return TraitFacts(name, None, binary, int(x.sum()) if binary else len(x), groups)


def independent(x, y, arm):
    """Least squares with a column for each group and HC1 errors, from the rows."""
    groups = np.column_stack([(arm == a).astype(float) for a in ARMS])
    design = np.column_stack([x, groups])
    return sm.OLS(y, design).fit(cov_type="HC1", use_t=True)


@pytest.fixture
def rows():
    rng = np.random.default_rng(7)
    arm = rng.choice(ARMS, 4000, p=[0.5, 0.3, 0.2])
    spend = rng.gamma(0.6, 300, 4000) + 50 * (arm == "b")
    new = (rng.random(4000) < 0.3).astype(float)
    noise = rng.random(4000)
    share = 0.08 + 0.05 * (arm != "a") + 0.0001 * spend - 0.03 * new
    return arm, {"spend": spend, "new": new, "noise": noise}, (noise < share).astype(float)


@pytest.mark.parametrize("trait", ["spend", "new", "noise"])
def test_slope_and_robust_error_are_those_of_statsmodels_over_the_rows(rows, trait):
    arm, traits, y = rows
    found, fitted = slope(facts(traits[trait], y, arm)), independent(traits[trait], y, arm)
    assert found.slope == pytest.approx(fitted.params[0], rel=1e-9)
    assert found.standard_error == pytest.approx(fitted.bse[0], rel=1e-9)
    assert found.degrees == fitted.df_resid


def test_intervals_and_p_hold_for_all_traits_together(rows):
    arm, traits, y = rows
    every = [facts(x, y, arm, binary=name == "new", name=name) for name, x in traits.items()]
    told, left_out = associations(every, 0.05)
    fits = {name: independent(x, y, arm) for name, x in traits.items()}
    assert not left_out
    assert len(told) == 3
    for row in told:
        fit = fits[row.trait]
        low, high = fit.conf_int(alpha=0.05 / 3)[0]
        assert row.difference == pytest.approx(row.step * fit.params[0], rel=1e-9)
        assert row.interval == pytest.approx((row.step * low, row.step * high), rel=1e-9)
        assert row.p_adjusted == pytest.approx(min(3 * fit.pvalues[0], 1), rel=1e-6, abs=1e-12)
        assert row.shown == (row.p_adjusted < 0.05)


def test_a_number_counts_by_two_standard_deviations_within_groups(rows):
    arm, traits, y = rows
    (row,), _ = associations([facts(traits["spend"], y, arm)], 0.05)
    within = sum(
        ((traits["spend"][arm == a] - traits["spend"][arm == a].mean()) ** 2).sum() for a in ARMS
    )
    assert row.step == pytest.approx(2 * (within / (len(y) - 3)) ** 0.5)


@given(st.floats(0.01, 1000), st.floats(-1e3, 1e3))
def test_neither_scale_nor_place_of_a_number_changes_what_is_said(scale, place):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=400), rng.random(400)
    arm = np.repeat("a", 400)
    (one,), _ = associations([facts(x, y, arm)], 0.05)
    (two,), _ = associations([facts(scale * x + place, y, arm)], 0.05)
    assert two.difference == pytest.approx(one.difference, rel=1e-5)
    assert two.p_value == pytest.approx(one.p_value, rel=1e-4)


def test_traits_that_have_nothing_to_do_with_the_response_seldom_show():
    rng = np.random.default_rng(11)
    arm = rng.choice(ARMS, 600)
    shown = 0
    for _ in range(300):
        y = (rng.random(600) < 0.2).astype(float)
        every = [facts(rng.normal(size=600), y, arm, name=str(n)) for n in range(5)]
        shown += any(row.shown for row in associations(every, 0.05)[0])
    assert shown / 300 < 0.09


def test_a_trait_that_does_not_vary_says_nothing():
    x, y, arm = np.ones(300), np.random.default_rng(1).random(300), np.repeat("a", 300)
    with pytest.raises(UndefinedStatistic, match="does not vary"):
        slope(facts(x, y, arm))
    told, left_out = associations([facts(x, y, arm)], 0.05)
    assert (told, left_out) == ((), ("t: the same for everybody of a group",))


def test_a_trait_of_few_customers_is_left_out_and_named():
    rng = np.random.default_rng(1)
    x = (np.arange(1000) < FEWEST - 1).astype(float)
    told, (why,) = associations(
        [facts(x, rng.random(1000), np.repeat("a", 1000), binary=True)], 0.05
    )
    assert told == ()
    assert why == "t: a value that fewer than 100 have, or have not"
