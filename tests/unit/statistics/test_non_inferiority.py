from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import normal_sample_size_one_tail  # type: ignore[import-untyped]
from statsmodels.stats.proportion import confint_proportions_2indep  # type: ignore[import-untyped]

from core.errors import BadInput
from core.models.experiment import MetricSpec
from core.models.readout import MarginVerdict
from core.statistics.comparison import Rules
from core.statistics.estimates import Pile, estimates
from core.statistics.moments import Moments
from core.statistics.non_inferiority import customers_for_margin, verdict
from tests.unit.statistics.arms import moments, plan

RULES = Rules(alpha=0.05, shared_alpha=0.025, prior_deviation=0.3, few_events=10)
EQUAL = (0.5, 0.5)


def test_unsubscribes_of_two_in_a_thousand_take_98_700_per_group():
    """One-sided alpha 0.05 and power 0.8, with no true difference, at a margin of 0.05 points."""
    found = customers_for_margin(0.002 * 0.998, 0.0005, EQUAL, alpha=0.05, power=0.8)
    assert found == [98_724, 98_724]
    strict = customers_for_margin(0.002 * 0.998, 0.0005, EQUAL, alpha=0.025, power=0.8)
    assert strict[0] == pytest.approx(125_300, rel=0.001)


@pytest.mark.parametrize(
    ("alpha", "power", "f"), [(0.05, 0.9, 8.6), (0.05, 0.8, 6.2), (0.025, 0.9, 10.5)]
)
def test_the_multipliers_of_pocock(alpha, power, f):
    """Pocock (1983), "Clinical Trials", table 9.1: n = 2 variance / margin^2 f(2 alpha, beta)."""
    found = customers_for_margin(1.0, 0.01, EQUAL, alpha=alpha, power=power)
    assert found[0] == pytest.approx(2 / 0.01**2 * f, rel=0.005)


@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.025, 0.9), (0.01, 0.5)])
def test_sizes_are_those_of_statsmodels(alpha, power):
    deviation = (2 * 0.03 * 0.97) ** 0.5
    theirs = normal_sample_size_one_tail(0.004, power, alpha, std_null=deviation)
    ours = customers_for_margin(0.03 * 0.97, 0.004, EQUAL, alpha=alpha, power=power)
    assert ours[0] == pytest.approx(theirs, abs=1)


@given(st.floats(1e-4, 0.2), st.floats(1e-4, 0.2))
def test_half_the_margin_takes_four_times_the_customers(variance, margin):
    one = customers_for_margin(variance, margin, (2, 1, 1), alpha=0.05, power=0.8)
    two = customers_for_margin(variance, -margin / 2, (2, 1, 1), alpha=0.05, power=0.8)
    assert sum(two) == pytest.approx(4 * sum(one), abs=15)
    assert one[0] == pytest.approx(2 * one[1], abs=2)


@pytest.mark.parametrize(
    "changes", [{"margin": 0.0}, {"variance": 0.0}, {"alpha": 0.0}, {"power": 0.01}]
)
def test_sizes_that_do_not_exist_are_refused(changes):
    asked = {"variance": 0.1, "margin": 0.1, "shares": EQUAL, "alpha": 0.05, "power": 0.8}
    with pytest.raises(BadInput):
        customers_for_margin(**asked | changes)


def test_without_a_bound_harm_is_not_excluded():
    assert verdict(None, 0.1) is MarginVerdict.NOT_EXCLUDED


def left(events, n):
    return moments([1.0] * events + [0.0] * (n - events))


def read(margin, arms, rules=RULES, kind="proportion:rise"):
    guardrail = MetricSpec.parse(f"left:{kind}:{margin}")
    asked = plan(guardrails=(guardrail,))
    (row,) = estimates(Pile(guardrail, None, arms, clustered=False), asked, ("b",), rules)
    return row


@pytest.mark.parametrize(
    ("events", "shown"), [(200, True), (205, True), (225, False), (300, False)]
)
def test_harm_is_excluded_by_the_upper_end_of_the_90_percent_interval(events, shown):
    arms = {"a": left(200, 10_000), "b": left(events, 10_000)}
    row = read(0.005, arms)
    high = row.difference + stats.norm.isf(0.05) * row.standard_error
    assert row.margin_bound == pytest.approx(high, rel=1e-3)
    assert (row.margin_verdict is MarginVerdict.NONE_SHOWN) is shown
    assert (row.margin_bound < row.margin) is shown


def test_few_events_are_bounded_by_the_score_interval_of_statsmodels():
    row = read(0.005, {"a": left(4, 2000), "b": left(6, 2000)})
    theirs = confint_proportions_2indep(6, 2000, 4, 2000, method="score", compare="diff", alpha=0.1)
    assert row.margin_bound == pytest.approx(theirs[1], abs=2e-5)


def test_where_a_fall_is_harm_the_margin_is_below_zero():
    arms = {"a": moments([1.0, 2.0] * 500), "b": moments([1.0, 2.0] * 500)}
    row = read(0.5, arms, kind="mean:fall")
    assert (row.margin, row.margin_bound < 0) == (-0.5, True)
    assert row.margin_verdict is MarginVerdict.NONE_SHOWN
    assert row.margin_needed_per_group == pytest.approx(2 * 0.25 * 2.4865**2 / 0.25, abs=1)


def test_looking_early_takes_a_wider_bound():
    arms = {"a": left(200, 10_000), "b": left(200, 10_000)}
    early = replace(RULES, bound=lambda n, alpha: 2 * stats.norm.isf(alpha / 2))
    assert read(0.005, arms, early).margin_bound == pytest.approx(
        2 * read(0.005, arms).margin_bound, rel=1e-3
    )


def test_nobody_read_excludes_nothing():
    row = read(0.005, {"a": Moments(1, (0.0,), ((0.0,),)), "b": left(1, 10)})
    assert (row.margin_bound, row.margin_verdict) == (None, MarginVerdict.NOT_EXCLUDED)
    none = read(0.005, {"a": left(0, 50), "b": left(0, 50)})
    assert none.margin_verdict is MarginVerdict.NOT_EXCLUDED
    assert none.margin_needed_per_group is None


def test_a_guardrail_without_a_margin_says_nothing_of_it():
    asked = plan(guardrails=(MetricSpec.parse("left:proportion"),))
    arms = {"a": left(20, 100), "b": left(20, 100)}
    (row,) = estimates(Pile(asked.guardrails[0], None, arms, clustered=False), asked, ("b",), RULES)
    assert (row.margin, row.margin_bound, row.margin_verdict) == (None, None, None)
