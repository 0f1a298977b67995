import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import beta, norm
from statsmodels.stats import proportion  # type: ignore[import-untyped]

from core.errors import UndefinedStatistic
from core.statistics.small_counts import (
    Counts,
    few,
    one_sided_reason,
    score_difference_interval,
    score_lift_interval,
    score_p_value,
)

CASES = [
    (24, 62, 19, 62),
    (3, 1000, 8, 1000),
    (1, 20, 7, 30),
    (9, 10, 3, 10),
    (0, 40, 5, 50),
    (5, 40, 0, 50),
    (10, 10, 2, 9),
    (2, 100_000, 9, 50_000),
]


@pytest.mark.parametrize("case", [c for c in CASES if c[2] and c[0] < c[1]])
def test_the_test_agrees_with_statsmodels(case):
    theirs = proportion.test_proportions_2indep(*case, method="score", compare="diff").pvalue
    assert score_p_value(Counts(*case)) == pytest.approx(theirs, rel=1e-9)


def brute_score(case, delta):
    """The score statistic with the restricted shares found by climbing the likelihood."""
    x, n, y, m = case

    def unlikely(share):
        return -sum(
            xlogy(*pair)
            for pair in (
                (x, share + delta),
                (n - x, 1 - share - delta),
                (y, share),
                (m - y, 1 - share),
            )
        )

    ends = max(0.0, -delta), min(1.0, 1 - delta)
    share = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-13}).x
    variance = (share + delta) * (1 - share - delta) / n + share * (1 - share) / m
    return (x / n - y / m - delta) / math.sqrt(variance * (n + m) / (n + m - 1))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_the_interval_ends_where_a_test_by_brute_force_begins_to_reject(case, alpha):
    """Not against statsmodels 0.15, whose restricted shares are wrong (its issue 10269)."""
    low, high = score_difference_interval(Counts(*case), alpha)
    critical = norm.isf(alpha / 2)
    assert brute_score(case, low) == pytest.approx(critical, rel=1e-5)
    assert brute_score(case, high) == pytest.approx(-critical, rel=1e-5)


@pytest.mark.parametrize("case", [c for c in CASES if c[0] and c[2] and c[0] < c[1]])
def test_the_lift_agrees_with_statsmodels(case):
    theirs = proportion.confint_proportions_2indep(*case, method="score", compare="ratio")
    ours = score_lift_interval(Counts(*case), 0.05)
    assert [end + 1 for end in ours] == pytest.approx(theirs, rel=1e-7)


def test_newcombes_published_example():
    """56 of 70 against 48 of 80: Newcombe (1998), table II, method 7 (Miettinen-Nurminen)."""
    low, high = score_difference_interval(Counts(56, 70, 48, 80), 0.05)
    assert (round(low, 4), round(high, 4)) == (0.0528, 0.3382)


COUNT = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n + 1)))


@given(COUNT, COUNT)
def test_p_value_difference_and_lift_agree_on_what_is_shown(one, two):
    counts = Counts(*one, *two)
    low, high = score_difference_interval(counts, 0.05)
    assert low - 1e-12 <= counts.difference <= high + 1e-12
    if counts.one_sided:
        return
    shown = score_p_value(counts) < 0.05
    assert shown == (low > 0 or high < 0)
    if counts.control_events:
        lift_low, lift_high = score_lift_interval(counts, 0.05)
        assert shown == (lift_low > 0 or lift_high < 0)


def test_no_events_at_all_give_an_upper_bound_and_no_p_value():
    counts = Counts(0, 100, 0, 100)
    low, high = score_difference_interval(counts, 0.05)
    assert (low, high) == pytest.approx((-high, 0.037), abs=1e-3)
    with pytest.raises(UndefinedStatistic, match="No events yet"):
        score_p_value(counts)


def test_no_events_in_control_leave_no_lift():
    with pytest.raises(UndefinedStatistic, match="no events"):
        score_lift_interval(Counts(3, 100, 0, 100), 0.05)


def test_a_lift_of_no_events_starts_at_minus_one():
    low, high = score_lift_interval(Counts(0, 100, 8, 100), 0.05)
    assert low == -1
    assert -1 < high < 0


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(9, 1000, 9, 1000), True),
        (Counts(11, 1000, 11, 1000), False),
        (Counts(991, 1000, 991, 1000), True),
        (Counts(0, 1000, 40, 1000), True),
        (Counts(1000, 1000, 960, 1000), True),
    ],
)
def test_few_counts_both_events_and_non_events(counts, expected):
    assert few(counts, 10) is expected


def test_an_interval_of_a_lift_may_have_no_end():
    low, high = score_lift_interval(Counts(1, 2, 1, 10**9), 0.05)
    assert low > 0
    assert high > 1e6 or math.isinf(high)


@pytest.mark.parametrize(("n", "m"), [(2, 5), (62, 62), (1000, 3000), (3_000_000, 9)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_without_any_event_the_reason_gives_the_exact_upper_bound(n, m, alpha):
    """Clopper and Pearson at 0 of the smaller group, rounded up so that "at most" stays true."""
    exact = 100 * beta.ppf(1 - alpha, 1, min(n, m))
    said = one_sided_reason(Counts(0, n, 0, m), alpha)
    shown = float(said.partition("at most ")[2].partition(" %")[0])
    assert exact <= shown <= 1.1 * exact
    assert said.endswith(f"at {100 * (1 - alpha):g} %.")


def test_when_everybody_has_the_event_the_words_do_not_say_nobody():
    said = one_sided_reason(Counts(100, 100, 200, 200), 0.05)
    assert said.startswith("Everybody had the event in both groups; at least 97 % of customers")
    assert "No events" not in said
    with pytest.raises(UndefinedStatistic, match="Everybody had the event"):
        score_p_value(Counts(100, 100, 200, 200))
