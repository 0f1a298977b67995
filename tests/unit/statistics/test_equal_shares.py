"""Whether arms lost the same share: published numbers, SciPy, properties, and its level."""

from collections import Counter
from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.statistics.equal_shares import FEW_EXPECTED, equal_shares_p_value

LEVEL = 0.001


def test_fishers_lady_tasting_tea():
    # "The Design of Experiments" (1935), section 5: three of four right; 34 of 70 two-sided.
    assert equal_shares_p_value([3, 1], [4, 4]) == pytest.approx(34 / 70)


@pytest.mark.parametrize(
    ("lost", "of"),
    [
        ([2000, 2100], [10_000, 10_000]),
        ([500, 700, 650], [10_000, 10_000, 12_000]),
        ([1800, 18_200, 1300, 1380], [2000, 20_000, 1500, 1500]),
    ],
)
def test_many_customers_are_compared_by_chi_square(lost, of):
    kept = np.subtract(of, lost)
    theirs = stats.chi2_contingency([lost, kept], correction=False).pvalue
    assert equal_shares_p_value(lost, of) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("lost", "of"),
    [([1, 9], [50, 60]), ([0, 12], [9000, 1000]), ([49, 30], [50, 60]), ([3, 999_990], [7, 10**6])],
)
def test_two_arms_with_few_are_compared_by_fisher(lost, of):
    theirs = stats.fisher_exact(np.array([lost, np.subtract(of, lost)])).pvalue
    assert equal_shares_p_value(lost, of) == pytest.approx(theirs, rel=1e-7)


@pytest.mark.parametrize("lost", [(4, 0, 1), (2, 2, 2), (0, 0, 5), (6, 7, 1)])
def test_three_arms_with_few_are_compared_by_every_table(lost):
    of, total = (6, 8, 5), sum(lost)
    ways = {
        table: np.prod([comb(n, x) for n, x in zip(of, table, strict=True)])
        for table in product(*(range(n + 1) for n in of))
        if sum(table) == total
    }
    rare = sum(w for w in ways.values() if w <= ways[lost])
    assert equal_shares_p_value(lost, of) == pytest.approx(rare / sum(ways.values()))


def test_too_many_tables_to_list_fall_back_on_each_arm_against_the_others():
    lost, of = [150, 60, 20, 20], [3000, 300, 300, 300]
    total, everybody = sum(lost), sum(of)
    pairs = [
        stats.fisher_exact(np.array([[x, total - x], [n - x, everybody - n - total + x]])).pvalue
        for x, n in zip(lost, of, strict=True)
    ]
    assert equal_shares_p_value(lost, of) == pytest.approx(4 * min(pairs), rel=1e-7)


counts = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=4,
)


@given(counts)
def test_to_lose_and_to_keep_are_the_same_question(arms):
    lost, of = [x for x, _ in arms], [n for _, n in arms]
    one = equal_shares_p_value(lost, of)
    other = equal_shares_p_value([n - x for x, n in arms], of)
    assert one == (None if other is None else pytest.approx(other, rel=1e-9))
    assert one is None or 0 < one <= 1


@given(counts)
def test_the_order_of_the_arms_does_not_matter(arms):
    found = [
        equal_shares_p_value([x for x, _ in order], [n for _, n in order])
        for order in (arms, arms[::-1])
    ]
    assert found[0] == (None if found[1] is None else pytest.approx(found[1], rel=1e-9))


@pytest.mark.parametrize(
    ("lost", "of"),
    [([], []), ([3], [10]), ([0, 0], [10, 10]), ([10, 8], [10, 8]), ([3, 0], [10, 0])],
)
def test_with_nothing_to_compare_there_is_no_number(lost, of):
    assert equal_shares_p_value(lost, of) is None


@pytest.mark.parametrize(
    ("of", "share"),
    [
        ((10_000, 10_000), 0.002),
        ((9000, 1000), 0.006),
        ((9000, 300, 300), 0.02),
        ((3000, 300, 300, 300), 0.05),
        ((90_000, 3000, 3000), 0.05),
        ((10_000,) * 4, 0.03),
    ],
)
def test_with_equal_loss_it_fails_once_in_a_thousand(of, share):
    runs = 10_000
    drawn = np.random.default_rng(11).binomial(of, share, size=(runs, len(of)))
    failed = 0
    for lost, times in Counter(map(tuple, drawn.tolist())).items():
        # A table that no chi-square calls odd is not failed by an exact test either.
        if _odd(lost, of):
            p_value = equal_shares_p_value(lost, of)
            failed += times * (p_value is not None and p_value < LEVEL)
    assert failed / runs <= LEVEL + 3 * (LEVEL / runs) ** 0.5


def _odd(lost, of):
    share = sum(lost) / sum(of)
    if share in {0, 1}:
        return False
    statistic = sum(
        (x - n * share) ** 2 / (n * share * (1 - share)) for x, n in zip(lost, of, strict=True)
    )
    return stats.chi2.sf(statistic, len(of) - 1) < 0.01


def test_the_exact_test_takes_over_where_chi_square_fails_too_often():
    of, runs = np.array([9000, 300, 300]), 20_000
    lost = np.random.default_rng(11).binomial(of, 0.02, size=(runs, 3))
    share = lost.sum(axis=1, keepdims=True) / of.sum()
    statistic = ((lost - of * share) ** 2 / (of * share * (1 - share))).sum(axis=1)
    assert (stats.chi2.sf(statistic, 2) < LEVEL).mean() > 1.5 * LEVEL
    assert (of * 0.02).min() < FEW_EXPECTED
