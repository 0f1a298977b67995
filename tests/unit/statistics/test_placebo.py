import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.errors import BadInput
from core.models.cube import Block, Cube
from core.models.experiment import MetricSpec
from core.models.placebo import PlaceboRequest
from core.statistics.comparison import Rules
from core.statistics.placebo import check_size, deals, placebo, shuffled_counts, shuffled_values
from tests.unit.statistics.arms import plan

VISIT = MetricSpec.parse("visit:proportion")
RULES = Rules(alpha=0.05, shared_alpha=0.025, prior_deviation=0.3, few_events=10)
SIZES = {"a": 300, "b": 200, "c": 100}


def shuffled(metric, draws, runs=600, *, clustered=False, **changes):
    asked = plan(metric, **changes)
    return placebo(
        asked,
        {asked.primary.name: draws} if draws else {},
        RULES,
        PlaceboRequest(runs, 7),
        clustered=clustered,
    )


def events(share=0.2, missing=0):
    n = np.array(list(SIZES.values()), dtype=float)
    block = Block(n - missing, np.full((3, 1), share), np.zeros((3, 1, 1)))
    return Cube(tuple("abc"), {}, (0,) * 3, (0,) * 3, n, {"visit": block})


@pytest.mark.parametrize("metric", ["spend:mean", "aov=spend/orders:ratio"])
def test_honest_tests_keep_their_promise(metric):
    rng = np.random.default_rng(3)
    columns = [rng.lognormal(0, 0.5, 600), rng.poisson(3, 600) + 1.0]
    values = np.column_stack(columns[: 1 + ("/" in metric)])
    found = shuffled(metric, shuffled_values(SIZES, values))
    assert [row.arm for row in found.rows] == ["b", "c"]
    for row in found.rows:
        assert row.share == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 600) ** 0.5)
        assert row.share_interval[0] < row.share < row.share_interval[1]
        assert row.ks_p_value > 0.001
    assert "keep their promise" in found.sentence


def test_a_test_that_breaks_its_promise_is_found():
    """Welch with 40 against 560 of a very skewed amount calls 20 % of nothing a difference."""
    values = np.random.default_rng(4).lognormal(0, 2, 600)[:, None]
    found = shuffled("spend:mean", shuffled_values({"a": 560, "b": 40}, values))
    assert found.rows[0].share > 0.15
    assert found.rows[0].ks_p_value < 1e-6
    assert found.sentence.startswith("Do not rely on spend")


def test_the_interval_of_the_share_is_scipys():
    (row, _) = shuffled("visit:proportion", shuffled_counts(events(), VISIT), 100).rows
    theirs = stats.binomtest(round(row.share * 100), 100).proportion_ci(method="exact")
    assert row.share_interval == pytest.approx((theirs.low, theirs.high), rel=1e-9)


def test_counts_and_values_of_a_proportion_are_dealt_out_alike():
    """The mean and variance of the hypergeometric distribution, from both."""
    cube = events(missing=10)
    total, happened = 570, 114
    values = np.r_[np.ones(happened), np.zeros(total - happened), np.full(30, np.nan)][:, None]
    theirs = stats.hypergeom(600, happened, SIZES["b"])
    for draw in (shuffled_counts(cube, VISIT), shuffled_values(SIZES, values)):
        rng = np.random.default_rng(5)
        drawn = [draw(rng) for _ in range(3000)]
        counts = np.array([d["b"].n * d["b"].mean[0] for d in drawn])
        assert counts.mean() == pytest.approx(theirs.mean(), abs=4 * theirs.std() / 3000**0.5)
        assert counts.var() == pytest.approx(theirs.var(), rel=0.12)
        one = drawn[0]
        assert sum(m.n for m in one.values()) == total
        assert sum(m.n * m.mean[0] for m in one.values()) == pytest.approx(happened)
        p = one["a"].mean[0]
        assert one["a"].covariance() == pytest.approx(p * (1 - p) * one["a"].n / (one["a"].n - 1))


@given(st.lists(st.floats(-1e6, 1e6), min_size=20, max_size=40), st.randoms())
def test_a_seed_gives_the_same_in_whatever_order_the_rows_come(values, shuffler):
    mixed = list(values)
    shuffler.shuffle(mixed)
    sizes = {"a": 10, "b": len(values) - 10}
    one, two = (
        shuffled_values(sizes, np.array(rows)[:, None])(np.random.default_rng(1))
        for rows in (values, mixed)
    )
    assert one == two


def test_a_placebo_is_repeatable_and_metrics_do_not_touch_each_other():
    asked = plan(metrics=(VISIT, MetricSpec.parse("spend:mean")))
    rng, request = np.random.default_rng(11), PlaceboRequest(50, 3)
    draws = deals(asked, events(), {"spend": rng.normal(size=(600, 1))})
    both = placebo(asked, draws, RULES, request, clustered=False)
    again = placebo(asked, draws, RULES, request, clustered=False)
    assert both == again
    alone = placebo(plan(), {"visit": draws["visit"]}, RULES, request, clustered=False)
    assert alone.rows == both.rows[:2]


def test_covariates_and_clusters_are_shuffled_with_their_units():
    rng = np.random.default_rng(13)
    before = rng.normal(10, 3, 600)
    values = np.column_stack([before + rng.normal(size=600), before])
    found = shuffled("spend:mean", shuffled_values(SIZES, values), 300, covariate="history")
    assert [row.covariate_adjusted for row in found.rows] == [False, False, True, True]
    assert all(row.share < 0.1 for row in found.rows)
    rows = rng.integers(1, 5, 600).astype(float)
    units = np.column_stack([rows * rng.normal(5, 1, 600), rows])
    clustered = shuffled("spend:mean", shuffled_values(SIZES, units), 300, clustered=True)
    assert all(row.share < 0.1 for row in clustered.rows)


def test_what_cannot_be_shuffled_has_a_reason():
    quantile = plan("spend@0.5:quantile")
    (row,) = shuffled("spend@0.5:quantile", None, 20).rows
    assert (row.share, row.share_interval, row.ks_p_value) == (None, None, None)
    assert "quantile" in row.undefined
    assert deals(quantile, events(), {}) == {}
    nobody = shuffled(
        "visit:proportion",
        shuffled_counts(events(share=0.0), VISIT),
        20,
    )
    assert all("No shuffle" in row.undefined for row in nobody.rows)
    assert nobody.sentence == "Nothing could be shuffled."


def test_p_values_in_large_steps_are_not_tested_for_uniformity():
    rare = shuffled_counts(events(share=0.01), VISIT)
    (row, _) = shuffled("visit:proportion", rare, 200).rows
    assert row.ks_p_value is None
    assert "few different values" in row.undefined
    assert row.share_interval[1] < 1


@pytest.mark.parametrize("asked", [(0, 1), (10**6, 1), (100, -1)])
def test_requests_that_make_no_sense_are_refused(asked):
    with pytest.raises(BadInput, match=r"\.$"):
        PlaceboRequest(*asked)


def test_too_many_customers_are_refused():
    with pytest.raises(BadInput, match="1,000,000"):
        check_size(1_000_001)
