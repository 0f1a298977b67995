import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from core.models.experiment import Correction
from core.statistics.multiplicity import adjust, benjamini_hochberg, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("size", [1, 2, 7, 81])
def test_agree_with_statsmodels(size):
    p_values = (np.random.default_rng(size).random(size) ** 3).round(2).tolist()
    assert holm(p_values) == pytest.approx(
        list(multipletests(p_values, method="holm")[1]), rel=1e-9
    )
    theirs = list(multipletests(p_values, method="fdr_bh")[1])
    assert benjamini_hochberg(p_values) == pytest.approx(theirs, rel=1e-9)


def test_the_example_of_benjamini_and_hochberg():
    """Their 15 p-values: four are rejected at .05, by Bonferroni three."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    assert sum(q <= 0.05 for q in benjamini_hochberg(p)) == 4
    assert sum(q <= 0.05 for q in holm(p)) == 3


@given(P_VALUES)
def test_adjusting_never_lowers_a_p_value(p_values):
    for method in (holm, benjamini_hochberg):
        assert all(q >= p - 1e-15 for p, q in zip(p_values, method(p_values), strict=True))


@pytest.mark.parametrize("method", list(Correction))
def test_what_has_no_p_value_gets_none_and_does_not_count(method):
    assert adjust([None, 0.04], method) == [None, 0.04]
    assert adjust([], method) == []
