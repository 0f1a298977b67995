import hashlib
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, kstest

from core.errors import BadInput
from core.statistics.assignment import assign, quotas, uniform

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


IDS = [f"C{i:05}" for i in range(20_000)]


def arms_of(salt, ids=IDS):
    return assign(ids, {"a": 0.5, "b": 0.3, "none": 0.2}, salt=salt, stratum="x")


def independent(pairs):
    """The p-value that two ways to divide the same customers have nothing to do with each other."""
    rows, columns = sorted({r for r, _ in pairs}), sorted({c for _, c in pairs})
    counts = Counter(pairs)
    return chi2_contingency([[counts[r, c] for c in columns] for r in rows]).pvalue


def test_the_number_of_a_customer_is_the_one_of_sha256sum():
    """printf 'global holdout:C00001' | sha256sum, first 13 digits, over 2^52."""
    digits = hashlib.sha256(b"global holdout:C00001").hexdigest()[:13]
    assert uniform("global holdout", "C00001") == int(digits, 16) / 2**52 == 0.3295373662919556


def test_the_numbers_are_spread_evenly_and_below_one():
    numbers = [uniform("key", i) for i in IDS]
    assert all(0 <= u < 1 for u in numbers)
    assert kstest(numbers, "uniform").pvalue > 0.01


@pytest.mark.parametrize("salt", ["one", "two", "global holdout"])
def test_the_global_holdout_has_nothing_to_do_with_the_arms_of_any_experiment(salt):
    held = {i for i in IDS if uniform("global holdout", i) < 0.1}
    assert len(held) == pytest.approx(2000, abs=130)
    arms = arms_of(salt)
    if salt == "global holdout":
        # With its own key as a salt the same hash decides twice: what the key must never be.
        assert {arms[i] for i in held} == {"a"}
    else:
        assert independent([(arms[i], i in held) for i in IDS]) > 0.01


@pytest.mark.parametrize(("one", "two"), [("1", "2"), ("abc", "abd"), ("salt", "salt ")])
def test_two_experiments_divide_the_same_customers_independently(one, two):
    first, second = arms_of(one), arms_of(two)
    assert independent([(first[i], second[i]) for i in IDS]) > 0.01
    assert independent([(first[i], first[i]) for i in IDS]) < 1e-9
