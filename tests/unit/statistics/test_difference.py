from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.errors import UndefinedStatistic
from core.statistics.cuped import plain
from core.statistics.difference import Sample, difference
from tests.unit.statistics.arms import moments

RNG = np.random.default_rng(11)
CASES = {
    "equal": (RNG.normal(0, 1, 50), RNG.normal(1, 1, 50)),
    "tiny": (RNG.normal(0, 1, 2), RNG.normal(1, 1, 3)),
    "huge and small": (RNG.normal(5, 1, 100_000), RNG.normal(5, 30, 40)),
    "skewed": (RNG.lognormal(0, 2, 900), RNG.lognormal(0.1, 2, 300)),
    "mostly zero": (RNG.binomial(1, 0.02, 4000), RNG.binomial(1, 0.03, 4100)),
    "far from zero": (RNG.normal(1e9, 1, 500), RNG.normal(1e9 + 0.2, 1, 700)),
    "negative": (RNG.normal(-7, 2, 300), RNG.normal(-8, 2, 200)),
    "one without variance": (np.ones(10), RNG.normal(1, 1, 20)),
}


# SciPy warns where an arm never varies, which is the point of that case.
@pytest.mark.filterwarnings("ignore:Precision loss")
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.2])
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_scipy(case, alpha):
    x, y = CASES[case]
    ours = difference(plain(moments(x)), plain(moments(y)))
    theirs: Any = stats.ttest_ind(list(x), list(y), equal_var=False)
    interval = theirs.confidence_interval(1 - alpha)
    assert ours.df == pytest.approx(theirs.df, rel=1e-9)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    # Means of 1e9 leave seven digits for a difference of 0.2, in SciPy too.
    loose = 1e-6 if case == "far from zero" else 1e-9
    ends = pytest.approx((interval.low, interval.high), rel=loose)
    assert ours.interval(ours.critical(alpha)) == ends


def test_welch_example_of_a_textbook():
    """Moser and Stevens' data as in NIST: n 249 and 79, means 20.14458 and 30.48101."""
    ours = difference(
        Sample(249, 20.14458, 6.41470**2 / 249), Sample(79, 30.48101, 6.10771**2 / 79)
    )
    assert ours.estimate / ours.standard_error == pytest.approx(-12.94627, abs=2e-5)
    assert ours.df == pytest.approx(136.8750, abs=2e-4)


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e3),
    st.integers(2, 10**6),
    st.integers(2, 10**6),
)
def test_p_value_and_interval_agree_on_what_is_shown(gap, one, two, n, m):
    ours = difference(Sample(n, gap, one), Sample(m, 0.0, two))
    low, high = ours.interval(ours.critical(0.05))
    assert (ours.p_value < 0.05) == (low > 0 or high < 0)


@pytest.mark.parametrize(
    ("treatment", "control", "reason"),
    [
        (Sample(1, 2.0, 0.0), Sample(9, 1.0, 0.1), "at least 2"),
        (Sample(9, 2.0, 0.0), Sample(9, 1.0, 0.0), "nothing varies"),
    ],
)
def test_what_cannot_be_compared_raises_its_reason(treatment, control, reason):
    with pytest.raises(UndefinedStatistic, match=reason):
        difference(treatment, control)
