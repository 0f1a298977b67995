import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UndefinedStatistic
from core.models.cube import Block
from core.statistics.moments import Moments, merge, merge_by, transformed
from tests.unit.statistics.arms import moments


def test_chan_golub_and_leveque_keep_digits_where_sums_of_squares_lose_them():
    """Mean 1e9 and deviation 1: the textbook formula has no digit left."""
    rng = np.random.default_rng(3)
    values = rng.standard_normal(10_000) + 1e9
    merged = merge([moments(part) for part in np.split(values, 100)])
    assert merged.covariance() == pytest.approx(np.var(values - 1e9, ddof=1), rel=1e-7)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 999))
def test_merging_parts_equals_looking_at_everything(sizes, seed):
    rng = np.random.default_rng(seed)
    parts = [rng.normal([5, 0], [2, 1], (n + 1, 2)) for n in sizes]
    merged = merge([moments(*part.T) for part in parts])
    whole = moments(*np.concatenate(parts).T)
    assert merged.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-12)
    assert np.allclose(merged.scatter, whole.scatter, rtol=1e-9, atol=1e-9)


def test_cells_without_customers_or_key_belong_to_no_pile():
    block = Block(np.array([2.0, 0.0, 3.0]), np.ones((3, 1)), np.zeros((3, 1, 1)))
    assert set(merge_by(block, ["a", "b", None])) == {"a"}


def test_a_linear_combination_has_the_variance_of_the_combined_values():
    rng = np.random.default_rng(5)
    x, y = rng.random(50), rng.random(50)
    combined = transformed(moments(x, y), [(2.0, -3.0)], (0.0,))
    assert combined.covariance() == pytest.approx(np.var(2 * x - 3 * y, ddof=1), rel=1e-12)


def test_one_customer_has_no_variance():
    with pytest.raises(UndefinedStatistic, match="at least 2"):
        Moments(1, (1.0,), ((0.0,),)).covariance()


def test_nobody_cannot_be_merged():
    with pytest.raises(UndefinedStatistic):
        merge([Moments(0, (0.0,), ((0.0,),))])
