import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UndefinedStatistic
from core.statistics.cuped import adjusted, plain, theta
from core.statistics.difference import difference
from core.statistics.lift import lift_interval
from core.statistics.moments import Moments
from tests.unit.statistics.arms import moments


def made_up(rng, arms=3, size=200):
    x = rng.gamma(2, 1, (arms, size))
    y = 2 * x + rng.normal(0, 1, (arms, size)) + np.arange(arms)[:, None]
    return {f"arm {i}": (y[i], x[i]) for i in range(arms)}


def test_agrees_with_the_analysis_of_covariance_of_statsmodels():
    data = made_up(np.random.default_rng(31))
    ours = adjusted({arm: moments(*pair) for arm, pair in data.items()})
    y = np.concatenate([pair[0] for pair in data.values()])
    x = np.concatenate([pair[1] for pair in data.values()])
    dummies = np.kron(np.eye(3), np.ones((200, 1)))
    fit = sm.OLS(y, np.column_stack([dummies, x])).fit()
    slope = theta([moments(*pair) for pair in data.values()])
    assert slope == pytest.approx(fit.params[3], rel=1e-9)
    gap = ours["arm 2"].mean - ours["arm 0"].mean
    assert gap == pytest.approx(fit.params[2] - fit.params[0], rel=1e-9)


def test_the_variance_falls_by_the_squared_correlation():
    """Deng et al. (2013): Var(adjusted) = Var(y) (1 - rho^2)."""
    y, x = made_up(np.random.default_rng(37), arms=1, size=4000)["arm 0"]
    raw, less = plain(moments(y)), adjusted({"a": moments(y, x)})["a"]
    rho = np.corrcoef(x, y)[0, 1]
    assert less.squared_error == pytest.approx(raw.squared_error * (1 - rho**2), rel=1e-9)


@given(st.floats(-50, 50), st.floats(0.01, 20))
def test_moving_or_scaling_the_covariate_changes_nothing(shift, scale):
    data = made_up(np.random.default_rng(41), arms=2, size=30)
    one = adjusted({a: moments(y, x) for a, (y, x) in data.items()})
    two = adjusted({a: moments(y, x * scale + shift) for a, (y, x) in data.items()})
    for arm, sample in one.items():
        assert two[arm].mean == pytest.approx(sample.mean, rel=1e-6)
        assert two[arm].squared_error == pytest.approx(sample.squared_error, rel=1e-6)


def test_a_covariate_that_never_varies_is_refused():
    with pytest.raises(UndefinedStatistic, match="same value"):
        adjusted({"a": Moments(5, (1.0, 2.0), ((1.0, 0.0), (0.0, 0.0)))})


def test_the_adjusted_lift_covers_a_treatment_that_multiplies():
    """The centre of the covariate is estimated too; without its variance this covers 90 %."""
    rng, hits = np.random.default_rng(43), 0
    x = rng.gamma(2, 1, (1500, 2, 300))
    y = 2 * x + rng.normal(0, 0.3, x.shape)
    y[:, 1] *= 1.5
    for outcome, before in zip(y, x, strict=True):
        arms = {a: moments(outcome[i], before[i]) for i, a in enumerate("ct")}
        samples = adjusted(arms)
        found = difference(samples["t"], samples["c"])
        low, high = lift_interval(found, found.critical(0.05))
        hits += bool(low < 0.5 < high)
    assert hits / 1500 == pytest.approx(0.95, abs=3 * (0.05 * 0.95 / 1500) ** 0.5)
