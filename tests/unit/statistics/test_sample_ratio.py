import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics.sample_ratio import sample_ratio


@pytest.mark.parametrize(
    ("observed", "planned"),
    [
        ({"a": 44_700, "b": 45_489}, {"a": 1, "b": 1}),
        ({"a": 10_653, "b": 10_693, "c": 10_653}, {"a": 1, "b": 1, "c": 1}),
        ({"a": 900, "b": 80, "c": 20}, {"a": 0.9, "b": 0.08, "c": 0.02}),
    ],
)
def test_agrees_with_scipys_chi_square(observed, planned):
    ours = sample_ratio(observed, planned)
    shares = np.array(list(planned.values())) / sum(planned.values())
    counts = np.array(list(observed.values()))
    assert ours.p_value == pytest.approx(
        stats.chisquare(counts, counts.sum() * shares).pvalue, rel=1e-9
    )


def test_the_ratio_of_fabijans_introduction():
    """821,588 against 815,482 customers: p below 2e-6, Kohavi et al. (2020), chapter 21."""
    ours = sample_ratio({"control": 821_588, "treatment": 815_482}, {"control": 1, "treatment": 1})
    assert ours.passed is False
    assert ours.p_value == pytest.approx(1.8e-6, rel=0.03)


def test_few_expected_customers_are_tested_exactly():
    ours = sample_ratio({"a": 7, "b": 1}, {"a": 1, "b": 1})
    assert ours.p_value == pytest.approx(stats.binomtest(1, 8, 0.5).pvalue, rel=1e-6)
    three = sample_ratio({"a": 6, "b": 0, "c": 0}, {"a": 1, "b": 1, "c": 1})
    assert three.p_value == pytest.approx(3 / 3**6, rel=1e-6)


def test_too_many_outcomes_to_list_are_tested_arm_by_arm():
    counts = {"a": 9_990, "b": 8, "c": 2}
    ours = sample_ratio(counts, {"a": 0.9992, "b": 0.0004, "c": 0.0004})
    assert ours.p_value is not None
    assert 0.05 < ours.p_value <= 1


def test_an_arm_without_planned_share_is_left_out():
    ours = sample_ratio({"a": 500, "b": 500, "qa": 12}, {"a": 1, "b": 1, "qa": 0})
    assert ours.p_value == 1
    assert "qa" not in ours.expected


def test_a_planned_arm_nobody_is_in_fails():
    assert sample_ratio({"a": 500}, {"a": 1, "b": 1}).passed is False


@pytest.mark.parametrize(("observed", "planned"), [({}, {"a": 1, "b": 1}), ({"a": 5}, {"a": 1})])
def test_nothing_to_test_is_neither_passed_nor_failed(observed, planned):
    assert (sample_ratio(observed, planned).p_value, sample_ratio(observed, planned).passed) == (
        None,
        None,
    )


@given(st.lists(st.integers(0, 400), min_size=2, max_size=4))
def test_order_and_scale_of_the_plan_do_not_matter(counts):
    names = "abcd"[: len(counts)]
    observed = dict(zip(names, counts, strict=True))
    one = sample_ratio(observed, dict.fromkeys(names, 1.0))
    two = sample_ratio(observed, dict.fromkeys(reversed(names), 7.0))
    assert (
        one.p_value == pytest.approx(two.p_value, rel=1e-6) if sum(counts) else one.p_value is None
    )
