import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.errors import UndefinedStatistic
from core.statistics.bayes import chance_to_beat_control as chance


def test_agrees_with_the_posterior_of_a_textbook():
    """Gelman et al., formula (2.10): precisions add, means are weighted by them."""
    prior, error, gap, control = 0.3, 0.02, 0.015, 0.1
    precision = 1 / (prior * control) ** 2 + 1 / error**2
    mean = gap / error**2 / precision
    expected = stats.norm.sf(0, mean, precision**-0.5)
    assert chance(gap, error, control, prior_deviation=prior) == pytest.approx(expected, rel=1e-9)


def test_a_flat_prior_is_a_one_sided_p_value():
    assert 1 - chance(0.2, 0.1, 1.0, prior_deviation=1e6) == pytest.approx(
        stats.norm.sf(2), rel=1e-6
    )


@given(st.floats(-1, 1), st.floats(0.01, 1), st.floats(0.01, 10))
def test_the_prior_pulls_towards_even_odds(gap, error, deviation):
    prior = abs(chance(gap, error, 1.0, prior_deviation=deviation) - 0.5)
    flat = abs(chance(gap, error, 1.0, prior_deviation=1e9) - 0.5)
    assert prior <= flat + 1e-12


@pytest.mark.parametrize(("error", "control"), [(0.1, 0.0), (0.0, 1.0)])
def test_no_scale_no_chance(error, control):
    with pytest.raises(UndefinedStatistic):
        chance(0.1, error, control, prior_deviation=0.3)
