import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.errors import UndefinedStatistic
from core.models.cube import Block, Cube
from core.models.readout import Slice
from core.statistics.comparison import Rules
from core.statistics.estimates import estimates, piles, slices_differ
from core.statistics.personalization import personalization
from core.statistics.quantile import outer, quantile_sample, wanted
from tests.unit.statistics.arms import moments, plan

RULES = Rules(alpha=0.05, shared_alpha=0.05, prior_deviation=0.3, few_events=10)


def read(pile, asked):
    (row,) = estimates(pile, asked, ("b",), RULES)
    return row


def test_the_median_of_ten_lies_between_the_second_and_ninth():
    """The textbook case: P(2 <= Binomial(10, 1/2) <= 8) = 1002/1024 = 0.9785."""
    found = outer(10, 0.5)
    assert (found.low, found.middle, found.high) == (2, 5, 9)
    assert found.coverage == pytest.approx(0.9785, abs=5e-5)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.995])
@pytest.mark.parametrize("n", [1700, 12_345, 10_000_000])
def test_ranks_are_those_of_scipys_binomial(n, share):
    found = outer(n, share)
    assert found.low == stats.binom.ppf(0.025, n, share)
    assert found.high == stats.binom.ppf(0.975, n, share) + 1
    below = stats.binom(n, share).cdf([found.low - 1, found.high - 1])
    assert found.coverage == pytest.approx(below[1] - below[0], rel=1e-6)


@given(st.integers(8, 5000), st.floats(0.05, 0.95))
def test_the_quantile_lies_between_its_ranks_with_95_percent(n, share):
    try:
        found = outer(n, share)
    except UndefinedStatistic:
        return
    assert 1 <= found.low <= found.middle <= found.high <= n
    assert found.coverage >= 0.95 - 1e-9


def test_too_few_and_tied_customers_have_no_interval():
    with pytest.raises(UndefinedStatistic, match="too few"):
        outer(20, 0.99)
    with pytest.raises(UndefinedStatistic, match="share"):
        quantile_sample(100, 0.5, (0.0, 0.0, 0.0))


def file_of(arms, share, column=None):
    """A cube and its order statistics, from arrays by (value, arm)."""
    asked = plan(f"spend@{share}:quantile", by=("channel",) if column else ())
    parts = [moments(values) for values in arms.values()]
    n = np.array([p.n for p in parts], dtype=float)
    block = Block(n, np.array([p.mean for p in parts]), np.array([p.scatter for p in parts]))
    values, names = zip(*arms, strict=True)
    slices = {"channel": values} if column else {}
    plain = Cube(names, slices, (0,) * len(n), (0,) * len(n), n, {asked.primary.name: block})
    orders = {}
    for by in {None, column}:
        for (value, arm), ranks in wanted(plain, asked.primary, by).items():
            rows = [v for (of, a), v in arms.items() if a == arm and value in {of, ""}]
            ordered = np.sort(np.concatenate(rows))
            orders[asked.primary.name, by, value, arm] = tuple(
                float(ordered[place - 1]) for place in ranks.places
            )
    return Cube(names, slices, plain.days, plain.folds, n, plain.blocks, orders=orders), asked


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_intervals_cover_the_difference_as_often_as_they_say(share):
    rng, held, runs = np.random.default_rng(17), 0, 800
    true = 3 * (stats.lognorm(1).ppf(share) - stats.expon.ppf(share))
    for _ in range(runs):
        arms = {("", "a"): 3 * rng.exponential(1, 400), ("", "b"): 3 * rng.lognormal(0, 1, 600)}
        cube, asked = file_of(arms, share)
        (pile,) = piles(cube, asked.primary)
        row = read(pile, asked)
        held += row.difference_interval[0] < true < row.difference_interval[1]
        assert (row.p_value < 0.05) == (row.difference_interval[0] > 0)
    assert held / runs == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / runs) ** 0.5)


def test_an_estimate_of_a_quantile_and_its_slices():
    rng = np.random.default_rng(19)
    arms = {
        (value, arm): np.sort(rng.exponential(1 + (arm == "b"), 300))
        for value in ("Phone", "Web")
        for arm in "ab"
    }
    cube, asked = file_of(arms, 0.5, "channel")
    (pile,) = piles(cube, asked.primary)
    row = read(pile, asked)
    pooled = np.concatenate([arms["Phone", "b"], arms["Web", "b"]])
    assert row.mean == np.quantile(pooled, 0.5, method="inverted_cdf")
    assert row.method.startswith("order statistics")
    assert row.lift_interval[0] > 0
    within = piles(cube, asked.primary, "channel")
    assert [pile.slice for pile in within] == [Slice("channel", v) for v in ("Phone", "Web")]
    differ = slices_differ("channel", within, asked)
    assert differ.undefined is None
    assert personalization(cube, asked, "channel", [0]) is None


def test_a_quantile_most_customers_share_has_a_reason():
    arms = {("", "a"): np.zeros(100), ("", "b"): np.r_[np.zeros(90), np.arange(10.0)]}
    cube, asked = file_of(arms, 0.5)
    (pile,) = piles(cube, asked.primary)
    row = read(pile, asked)
    assert (row.difference, row.p_value) == (None, None)
    assert "share its value" in row.undefined
