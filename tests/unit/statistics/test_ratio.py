import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UndefinedStatistic
from core.statistics.cuped import plain
from core.statistics.moments import Moments
from core.statistics.ratio import linearised
from tests.unit.statistics.arms import moments


def test_agrees_with_cluster_robust_regression():
    """A mean over rows with units as clusters is sum over count; statsmodels' sandwich agrees."""
    rng = np.random.default_rng(23)
    unit = np.repeat(np.arange(60), rng.integers(1, 6, 60))
    y = rng.normal(0, 1, 60)[unit] + rng.normal(3, 1, len(unit))
    sums, rows = np.bincount(unit, weights=y), np.bincount(unit)
    ours = plain(linearised(moments(sums, rows)))
    fit = sm.OLS(y, np.ones(len(y))).fit(
        cov_type="cluster", cov_kwds={"groups": unit, "use_correction": False}
    )
    assert ours.mean == pytest.approx(fit.params[0], rel=1e-12)
    # The sandwich divides by n units, the delta method with sample variances by n - 1.
    assert ours.squared_error == pytest.approx(fit.bse[0] ** 2 * 60 / 59, rel=1e-9)


def test_the_delta_method_by_hand():
    """Var(a)/b^2 - 2 a Cov/b^3 + a^2 Var(b)/b^4, Deng et al. (2018), formula (4)."""
    rng = np.random.default_rng(29)
    b = rng.poisson(3, 500) + 1.0
    a = b * rng.gamma(2, 1, 500)
    va, vb, c = a.var(ddof=1), b.var(ddof=1), np.cov(a, b)[0, 1]
    ma, mb = a.mean(), b.mean()
    by_hand = (va / mb**2 - 2 * ma * c / mb**3 + ma**2 * vb / mb**4) / 500
    assert plain(linearised(moments(a, b))).squared_error == pytest.approx(by_hand, rel=1e-9)


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=30))
def test_a_constant_denominator_is_a_plain_mean(values):
    ours = linearised(moments(values, [2.0] * len(values)))
    theirs = moments([v / 2 for v in values])
    assert ours.mean == pytest.approx(theirs.mean, abs=1e-9)
    assert ours.scatter[0][0] == pytest.approx(theirs.scatter[0][0], rel=1e-9, abs=1e-9)


def test_no_denominator_no_ratio():
    with pytest.raises(UndefinedStatistic, match="no ratio"):
        linearised(Moments(5, (1.0, 0.0), ((1.0, 0.0), (0.0, 0.0))))
