import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.statistics.assignment import assign, quotas

WEIGHTS = st.dictionaries(st.sampled_from("abcde"), st.floats(0, 10), min_size=1).filter(
    lambda w: sum(w.values()) > 0.01
)


@given(st.integers(0, 500), WEIGHTS)
def test_quotas_sum_to_the_size_and_are_within_one_of_the_share(size, weights):
    found = quotas(size, weights, salt="s", stratum="x")
    total = math.fsum(weights.values())
    assert sum(found.values()) == size
    assert all(abs(found[a] - size * w / total) < 1 + 1e-6 for a, w in weights.items())


def test_hamiltons_example():
    """Balinski and Young: 100 seats for 6, 3 and 1 of ten, and one odd seat to the largest rest."""
    assert quotas(100, {"a": 0.6, "b": 0.3, "c": 0.1}, salt="s", stratum="x") == {
        "a": 60,
        "b": 30,
        "c": 10,
    }
    assert quotas(11, {"a": 0.6, "b": 0.3, "c": 0.1}, salt="s", stratum="x") == {
        "a": 7,
        "b": 3,
        "c": 1,
    }


def test_rounding_does_not_always_favour_the_same_arm():
    extra = [quotas(3, {"a": 1, "b": 1}, salt="s", stratum=str(i))["a"] for i in range(200)]
    assert 60 < extra.count(2) < 140


@given(st.sets(st.text(min_size=1, max_size=5), max_size=40), st.randoms())
def test_the_order_of_customers_does_not_matter(ids, random):
    shuffled = sorted(ids)
    random.shuffle(shuffled)
    weights = {"a": 0.5, "b": 0.25, "c": 0.25}
    one = assign(sorted(ids), weights, salt="s", stratum="x")
    assert assign(shuffled, weights, salt="s", stratum="x") == one
    assert len(one) == len(ids)


def test_a_known_assignment_stays_what_it_was():
    """SHA-256 of 'salt:id' orders the customers; anyone can recompute this with sha256sum."""
    found = assign(["1", "2", "3", "4"], {"a": 1, "b": 1}, salt="salt", stratum="x")
    order = sorted("1234", key=lambda i: hashlib.sha256(f"salt:{i}".encode()).hexdigest())
    assert [found[i] for i in order] == ["a", "a", "b", "b"]


def test_another_salt_is_another_experiment():
    ids = [str(i) for i in range(2000)]
    one = assign(ids, {"a": 1, "b": 1}, salt="one", stratum="x")
    two = assign(ids, {"a": 1, "b": 1}, salt="two", stratum="x")
    assert sum(one[i] == two[i] for i in ids) == pytest.approx(1000, abs=100)


@pytest.mark.parametrize(
    "weights", [{}, {"a": 0.0}, {"a": 1.0, "b": -1.0}, {"a": math.nan}, {"a": math.inf}]
)
def test_weights_that_plan_nobody_are_refused(weights):
    with pytest.raises(BadInput):
        quotas(5, weights, salt="s", stratum="x")


def test_a_customer_twice_is_refused():
    with pytest.raises(BadInput, match="twice"):
        assign(["1", "1"], {"a": 1}, salt="s", stratum="x")
