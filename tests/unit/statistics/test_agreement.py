"""A file read from end to end agrees with SciPy and statsmodels over its rows to 1e-9."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]
from statsmodels.stats.weightstats import CompareMeans  # type: ignore[import-untyped]

from core.models.experiment import AnalysisPlan, Correction, MetricSpec
from core.orchestrator.service.analysis import analyze_file
from tests.unit.statistics import independent

CLOSE = 1e-9
TINY, SMALL, EVEN, UNEQUAL, LOPSIDED, HUGE = (
    (4, 5),
    (35, 40),
    (3000, 3000),
    (9000, 300),
    (60_000, 40),
    (80_000, 80_000),
)


def cases(named):
    """The cases by name."""
    return [pytest.param(*case, id=name) for name, case in named.items()]


@pytest.fixture
def read(tmp_path):
    """The readout of a table, through Parquet, DuckDB and the agent."""

    def of(frame, *metrics, **changes):
        path = tmp_path / "rows.parquet"
        frame.to_parquet(path)
        wanted = tuple(MetricSpec.parse(m) for m in metrics)
        return analyze_file(path, AnalysisPlan("arm", "a", wanted, **changes))

    return of


def table(sizes, draw, seed):
    """Rows of arms a (control), b, ..., shuffled; `draw` gives the columns of one arm."""
    rng = np.random.default_rng(seed)
    parts = [pd.DataFrame({"arm": "abcd"[i], **draw(rng, n, i)}) for i, n in enumerate(sizes)]
    return pd.concat(parts).sample(frac=1, random_state=seed).reset_index(drop=True)


def values(frame, column, arm):
    return frame.loc[frame["arm"] == arm, column].to_numpy(float)


def agrees(row, expected):
    """Every number of the estimate, relative to itself; the lift's ends exist together."""
    close = {name: pytest.approx(getattr(expected, name), rel=CLOSE) for name in COMPARED}
    assert {name: getattr(row, name) for name in COMPARED} == close
    if expected.standard_error is not None:
        assert row.standard_error == pytest.approx(abs(expected.standard_error), rel=CLOSE)
    if expected.lift_interval is None:
        assert (row.lift_interval, row.undefined is None) == (None, False)
    else:
        assert row.lift_interval == pytest.approx(expected.lift_interval, rel=CLOSE)
        assert row.undefined is None


COMPARED = ("mean", "mean_control", "difference", "difference_interval", "p_value", "lift")


def normal(mean, sd, step=0.0):
    return lambda rng, n, arm: {"v": rng.normal(mean + arm * step, sd, n)}


def buyers(share, sigma, step=0.1):
    """Revenue: most spend nothing, the others a lognormal amount."""

    def draw(rng, n, arm):
        bought = rng.random(n) < share * (1 + arm * step)
        return {"v": np.where(bought, rng.lognormal(3, sigma, n), 0.0)}

    return draw


def pareto(rng, n, arm):
    return {"v": rng.pareto(1.6, n) * (1 + arm / 5)}


def whole(rng, n, arm):
    return {"v": rng.poisson(3 + arm, n)}


def flags(rng, n, arm):
    return {"v": rng.random(n) < 0.3 + arm / 10}


def one_constant_arm(rng, n, arm):
    return {"v": rng.normal(5, 1, n) if arm else np.full(n, 4.0)}


MEANS = {
    "normal, tiny": (TINY, normal(10, 2, 1)),
    "normal, two in each arm": ((2, 2), normal(10, 2, 3)),
    "normal, small": (SMALL, normal(10, 2, 1)),
    "normal, even": (EVEN, normal(10, 2, 0.1)),
    "normal, unequal": (UNEQUAL, normal(10, 2, 0.1)),
    "normal, lopsided": (LOPSIDED, normal(10, 2, 0.5)),
    "normal, huge": (HUGE, normal(10, 2, 0.01)),
    "revenue, small": (SMALL, buyers(0.3, 1)),
    "revenue, even": (EVEN, buyers(0.1, 1)),
    "revenue, unequal": (UNEQUAL, buyers(0.1, 1)),
    "revenue, huge": (HUGE, buyers(0.1, 1)),
    "heavy tail, even": (EVEN, buyers(0.1, 3)),
    "heavy tail, unequal": (UNEQUAL, pareto),
    "heavy tail, huge": (HUGE, pareto),
    "offset 1e9 and sd 1, small": (SMALL, normal(1e9, 1, 1)),
    "offset 1e9 and sd 1, even": (EVEN, normal(1e9, 1, 0.1)),
    "offset 1e9 and sd 1, huge": (HUGE, normal(1e9, 1, 0.1)),
    "offset -1e9 and sd 1": (UNEQUAL, normal(-1e9, 1, 0.3)),
    "negative means": (EVEN, normal(-20, 3, 0.2)),
    "control near zero": (EVEN, normal(0, 1, 0.2)),
    "control near zero, small": (SMALL, normal(0.05, 1, 1)),
    "control barely away from zero": ((4000, 4000), normal(0.04, 1, 0.1)),
    "in units of 1e-9": (EVEN, normal(3e-9, 1e-9, 1e-10)),
    "in units of 1e12": (EVEN, normal(3e12, 1e12, 1e11)),
    "whole numbers": (EVEN, whole),
    "true and false as a mean": (EVEN, flags),
    "one arm constant": (SMALL, one_constant_arm),
}


@pytest.mark.parametrize(("sizes", "draw"), cases(MEANS))
def test_a_mean_agrees_with_scipys_welch_test(read, sizes, draw):
    frame = table(sizes, draw, seed=101)
    (row,) = read(frame, "v:mean").estimates
    agrees(row, independent.welch(values(frame, "v", "b"), values(frame, "v", "a")))


def counts(x, n, y, m):
    return pd.DataFrame(
        {"arm": ["b"] * n + ["a"] * m, "v": [1] * x + [0] * (n - x) + [1] * y + [0] * (m - y)}
    )


@pytest.mark.parametrize(
    "case",
    [
        (24, 62, 19, 62),
        (260, 2000, 240, 2000),
        (13_000, 120_000, 12_000, 120_000),
        (40, 300, 900, 9000),
        (11_900, 12_000, 11_800, 12_000),
        (50, 40_000, 45, 50_000),
        (120, 240, 30, 200),
    ],
    ids=lambda case: "{} of {}, {} of {}".format(*case),
)
def test_a_proportion_agrees_with_scipys_welch_test_of_zeros_and_ones(read, case):
    frame = counts(*case)
    (row,) = read(frame, "v:proportion").estimates
    assert row.method.startswith("Welch t")
    agrees(row, independent.welch(values(frame, "v", "b"), values(frame, "v", "a")))


@pytest.mark.parametrize(
    "case",
    [
        (3, 1000, 8, 1000),
        (1, 20, 7, 30),
        (9, 10, 3, 10),
        (2, 3, 1, 4),
        (2, 60_000, 9, 30_000),
        (8, 9000, 1, 300),
        (997, 1000, 990, 1000),
        (12, 50_000, 2, 5000),
    ],
    ids=lambda case: "{} of {}, {} of {}".format(*case),
)
def test_few_events_agree_with_the_score_test(read, case):
    (row,) = read(counts(*case), "v:proportion").estimates
    assert row.method == "score (few events)"
    agrees(row, independent.score(*case))


@pytest.mark.parametrize(
    "case",
    [(5, 40, 0, 50), (0, 40, 5, 50), (40, 40, 42, 50), (7, 300, 0, 9000)],
    ids=lambda case: "{} of {}, {} of {}".format(*case),
)
def test_no_events_in_one_arm_agree_with_the_score_test(read, case):
    (row,) = read(counts(*case), "v:proportion").estimates
    expected = independent.score(*case)
    assert row.p_value == pytest.approx(expected.p_value, rel=CLOSE)
    assert row.difference_interval == pytest.approx(expected.difference_interval, rel=CLOSE)
    assert (row.lift is None) == (0 in {case[0], case[2]})


def visits(rng, n, arm):
    orders = 1 + rng.poisson(2, n)
    size = rng.gamma(2, 15, n) * (1 + arm / 20)
    return {"y": orders * size + rng.normal(0, 5, n), "d": orders}


def far_visits(rng, n, arm):
    return {"y": rng.normal(1e9, 1, n) + arm / 10, "d": 1 + rng.poisson(3, n)}


def rare_visits(rng, n, arm):
    orders = rng.poisson(0.05, n)
    return {"y": orders * rng.lognormal(3, 1 + arm / 5, n), "d": orders}


def balance(rng, n, arm):
    return {"y": rng.normal(0.01, 4, n) + arm / 10, "d": 1 + rng.poisson(3, n)}


RATIOS = {
    "tiny": (TINY, visits),
    "small": (SMALL, visits),
    "even": (EVEN, visits),
    "unequal": (UNEQUAL, visits),
    "lopsided": (LOPSIDED, visits),
    "huge": (HUGE, visits),
    "most denominators zero": (EVEN, rare_visits),
    "heavy tail, huge": (HUGE, rare_visits),
    "a numerator far from zero": (EVEN, far_visits),
    "control near zero": (EVEN, balance),
}


@pytest.mark.parametrize(("sizes", "draw"), cases(RATIOS))
def test_a_ratio_agrees_with_the_delta_method_by_explicit_covariances(read, sizes, draw):
    frame = table(sizes, draw, seed=103)
    (row,) = read(frame, "r=y/d:ratio").estimates
    agrees(row, independent.delta(frame, "y", "d"))


def history(mean, noise, scale=1.0):
    def draw(rng, n, arm):
        h = rng.gamma(2, scale, n)
        return {"h": h, "v": mean + 3 * h + arm * noise / 10 + rng.normal(0, noise, n)}

    return draw


def old_revenue(rng, n, arm):
    h = rng.lognormal(3, 1, n)
    return {"h": h, "v": np.where(rng.random(n) < 0.1 + arm / 100, h * rng.gamma(2, 1, n), 0.0)}


def unrelated(rng, n, arm):
    return {"h": rng.normal(0, 1, n), "v": rng.normal(7, 2, n) + arm / 10}


def far_history(rng, n, arm):
    h = rng.normal(0, 1, n)
    return {"h": 1e9 + h, "v": 1e9 + h + arm / 10 + rng.normal(0, 1, n)}


ADJUSTED = {
    "tiny": (TINY, history(5, 1)),
    "small": (SMALL, history(5, 1)),
    "even": (EVEN, history(5, 1)),
    "three arms": ((1500, 1500, 900), history(5, 1)),
    "four arms, unequal": ((4000, 300, 200, 100), history(5, 1)),
    "unequal": (UNEQUAL, history(5, 1)),
    "lopsided": (LOPSIDED, history(5, 1)),
    "huge": (HUGE, history(5, 1)),
    "a covariate in units of 1e6": (EVEN, history(5e6, 1e6, 1e6)),
    "revenue on old revenue": (EVEN, old_revenue),
    "revenue on old revenue, huge": (HUGE, old_revenue),
    "an unrelated covariate": (EVEN, unrelated),
    "offset 1e9 and sd 1": (EVEN, far_history),
    "control near zero": (EVEN, history(-6, 1)),
}


@pytest.mark.parametrize(("sizes", "draw"), cases(ADJUSTED))
def test_a_mean_adjusted_by_its_past_agrees_with_least_squares(read, sizes, draw):
    frame = table(sizes, draw, seed=107)
    rows = read(frame, "v:mean", covariate="h").estimates
    for row in [row for row in rows if row.covariate_adjusted]:
        agrees(row, independent.ancova(frame, "v", "h", row.arm))


def test_the_interval_of_a_mean_agrees_with_comparemeans_of_statsmodels(read):
    frame = table(UNEQUAL, normal(10, 2, 0.1), seed=109)
    (row,) = read(frame, "v:mean").estimates
    theirs = CompareMeans.from_data(values(frame, "v", "b"), values(frame, "v", "a"))
    ends = theirs.tconfint_diff(usevar="unequal")
    assert row.difference_interval == pytest.approx(ends, rel=CLOSE)


def test_a_missing_outcome_is_left_out_as_scipy_omits_it(read):
    frame = table(SMALL, normal(10, 2, 1), seed=113)
    frame.loc[::7, "v"] = np.nan
    (row,) = read(frame, "v:mean").estimates
    known = frame.dropna()
    agrees(row, independent.welch(values(known, "v", "b"), values(known, "v", "a")))


def test_a_missing_covariate_counts_as_its_average(read):
    frame = table(EVEN, history(5, 1), seed=127)
    frame.loc[::9, "h"] = np.nan
    row = read(frame, "v:mean", covariate="h").estimates[1]
    frame["h"] = frame["h"].fillna(frame["h"].mean())
    agrees(row, independent.ancova(frame, "v", "h"))


def test_a_cap_is_one_quantile_of_everybody(read):
    frame = table(UNEQUAL, pareto, seed=131)
    (row,) = read(frame, "v:mean", winsorize=0.99).estimates
    frame["v"] = frame["v"].clip(upper=np.quantile(frame["v"], 0.99))
    agrees(row, independent.welch(values(frame, "v", "b"), values(frame, "v", "a")))


@pytest.mark.parametrize("metric", ["v:mean", "r=v/d:ratio"])
def test_rows_of_a_unit_are_summed_before_the_delta_method(read, metric):
    frame = table((900, 1200), lambda rng, n, arm: {"u": rng.integers(0, 250, n)}, seed=137)
    frame["u"] = frame["arm"] + frame["u"].astype(str)
    rng = np.random.default_rng(137)
    frame["v"], frame["d"] = rng.gamma(2, 3, len(frame)), 1 + rng.poisson(1, len(frame))
    (row,) = read(frame, metric, unit="u").estimates
    units = independent.by_unit(frame, "u", ["v", "d"])
    agrees(row, independent.delta(units, "v", "rows" if metric == "v:mean" else "d"))


@pytest.mark.parametrize(
    ("correction", "theirs"), [(Correction.HOLM, "holm"), (Correction.BH, "fdr_bh")]
)
def test_arms_are_adjusted_as_multipletests_does(read, correction, theirs):
    frame = table((800, 700, 600, 500), normal(10, 2, 0.1), seed=139)
    rows = read(frame, "v:mean", correction=correction).estimates
    expected = multipletests([row.p_value for row in rows], method=theirs)[1]
    assert [row.p_adjusted for row in rows] == pytest.approx(expected.tolist(), rel=CLOSE)


def test_slices_are_adjusted_by_benjamini_and_hochberg_as_multipletests_does(read):
    frame = table((2000, 2000, 2000), normal(10, 2, 0.1), seed=149)
    frame["s"] = np.random.default_rng(149).integers(0, 6, len(frame)).astype(str)
    rows = [row for row in read(frame, "v:mean", by=("s",)).estimates if row.slice]
    expected = multipletests([row.p_value for row in rows], method="fdr_bh")[1]
    assert len(rows) == 12
    assert [row.p_adjusted for row in rows] == pytest.approx(expected.tolist(), rel=CLOSE)


@pytest.mark.parametrize("shares", [(1, 1, 1), (2, 1, 1)])
def test_the_sizes_of_arms_agree_with_scipys_chi_square(read, shares):
    frame = table((2050, 1950, 2010), normal(10, 2), seed=151)
    srm = read(frame, "v:mean", split=tuple(zip("abc", shares, strict=True))).health.srm
    planned = np.array(shares) / sum(shares) * len(frame)
    assert srm.p_value == pytest.approx(stats.chisquare([2050, 1950, 2010], planned).pvalue)


UNDEFINED = {
    "nobody had the event": ("v:proportion", [0, 0, 0], [0, 0, 0], "No events yet"),
    "a mean of zeros": ("v:mean", [0.0, 0.0], [0.0, 0.0, 0.0], "nothing varies"),
    "a mean of ones": ("v:mean", [1, 1, 1], [1, 1, 1], "nothing varies"),
    "one customer in an arm": ("v:mean", [1.0], [1.0, 2.0, 3.0], "fewer than 2"),
    "no outcome in an arm": ("v:mean", [np.nan, np.nan], [1.0, 2.0, 3.0], "fewer than 2"),
    "a ratio of zeros": ("r=v/zero:ratio", [1.0, 2.0], [1.0, 2.0, 3.0], "denominator is 0"),
    "a ratio that never varies": ("r=v/one:ratio", [2.0, 2.0], [2.0, 2.0], "nothing varies"),
}


@pytest.mark.parametrize(
    ("metric", "treatment", "control", "reason"), UNDEFINED.values(), ids=UNDEFINED
)
def test_what_cannot_be_computed_is_null_with_a_reason(read, metric, treatment, control, reason):
    frame = pd.DataFrame({"arm": ["b"] * len(treatment) + ["a"] * len(control)})
    frame["v"] = [*treatment, *control]
    frame["zero"], frame["one"] = 0.0, 1.0
    (row,) = read(frame, metric).estimates
    nulls = (row.p_value, row.p_adjusted, row.lift, row.lift_interval, row.chance_to_beat_control)
    assert nulls == (None,) * 5
    assert reason in row.undefined


def test_everybody_having_the_event_has_no_p_value_and_no_interval_of_the_lift(read):
    (row,) = read(counts(30, 30, 40, 40), "v:proportion").estimates
    assert (row.difference, row.lift, row.lift_interval, row.p_value) == (0, 0, None, None)
    assert row.difference_interval[0] < 0 < row.difference_interval[1]
    assert row.undefined


def test_a_covariate_that_never_varies_is_null_with_a_reason(read):
    frame = table(SMALL, normal(10, 2, 1), seed=157).assign(h=3.0)
    raw, adjusted = read(frame, "v:mean", covariate="h").estimates
    assert raw.p_value is not None
    assert (adjusted.p_value, adjusted.difference_interval) == (None, None)
    assert "same value" in adjusted.undefined
