import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects  # type: ignore[import-untyped]

from core.errors import UndefinedStatistic
from core.statistics.difference import Sample
from core.statistics.heterogeneity import heterogeneity

VALUE = st.tuples(st.floats(-5, 5), st.floats(0.01, 2))


def slices(effects, errors):
    return [
        {"a": Sample(99, 0.0, e / 2), "b": Sample(99, d, e / 2)}
        for d, e in zip(effects, errors, strict=True)
    ]


# statsmodels divides by Q for its I-squared, also where Q is 0 or next to it.
@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.filterwarnings("ignore:overflow encountered in scalar divide")
@given(st.lists(VALUE, min_size=2, max_size=8))
def test_with_one_treatment_it_is_cochrans_q_of_statsmodels(values):
    effects, errors = zip(*values, strict=True)
    theirs = combine_effects(np.array(effects), np.array(errors)).test_homogeneity()
    ours = heterogeneity(slices(effects, errors), "a", ["b"])
    assert ours == pytest.approx(theirs.pvalue, abs=1e-6)


def test_q_of_a_published_meta_analysis():
    """The BCG trials (Colditz et al. 1994) in log risk ratios: Q = 152.23 on 12 df."""
    effects = [
        -0.8893,
        -1.5854,
        -1.3481,
        -1.4416,
        -0.2175,
        -0.7861,
        -1.6209,
        0.0120,
        -0.4694,
        -1.3713,
        -0.3394,
        0.4459,
        -0.0173,
    ]
    errors = [
        0.3256,
        0.1946,
        0.4154,
        0.0200,
        0.0512,
        0.0069,
        0.2230,
        0.0040,
        0.0564,
        0.0730,
        0.0124,
        0.5325,
        0.0714,
    ]
    ours = heterogeneity(slices(effects, errors), "a", ["b"])
    assert stats.chi2.isf(ours, 12) == pytest.approx(152.23, rel=0.003)


def test_equal_effects_of_two_arms_do_not_differ():
    same = {"a": Sample(9, 1.0, 0.1), "b": Sample(9, 2.0, 0.1), "c": Sample(9, 3.0, 0.2)}
    assert heterogeneity([same, same, same], "a", ["b", "c"]) == pytest.approx(1)


def test_arms_are_tested_together_because_they_share_a_control():
    """Under no heterogeneity, p-values of the joint test are uniform."""
    rng = np.random.default_rng(47)
    p_values = []
    for _ in range(600):
        drawn = [{arm: Sample(500, rng.normal(0, 0.3), 0.09) for arm in "abc"} for _ in range(3)]
        p_values.append(heterogeneity(drawn, "a", ["b", "c"]))
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.027)


def test_slices_without_variation_are_left_out_and_one_is_not_enough():
    dead = {"a": Sample(9, 0.0, 0.0), "b": Sample(9, 0.0, 0.0)}
    alive = {"a": Sample(9, 1.0, 0.1), "b": Sample(9, 2.0, 0.1)}
    with pytest.raises(UndefinedStatistic, match="two slices"):
        heterogeneity([dead, alive], "a", ["b"])
