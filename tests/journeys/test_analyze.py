"""`analyze` and `power` from the command line to the document."""

import argparse
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.cli import analyze, power
from core.cli.console import Console
from core.errors import BadInput, UndefinedStatistic

DATA = Path(__file__).parents[3] / "shared" / "data"
HILLSTROM = DATA / "hillstrom" / "hillstrom_half.csv"
real_data = pytest.mark.skipif(not HILLSTROM.exists(), reason="the shared data is not here")


def run(command, *arguments, as_json=True):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    analyze.register(commands)
    power.register(commands)
    args = parser.parse_args([command, *(str(a) for a in arguments), "--json"])
    out = io.StringIO()
    assert args.handler(args, Console(as_json, out, io.StringIO())) == 0
    return json.loads(out.getvalue()) if as_json else out.getvalue()


def written(path, **columns):
    pd.DataFrame(columns).to_csv(path / "f.csv", index=False)
    return path / "f.csv"


def groups(path, a, b):
    """A file of two arms from (buyers, customers) of each."""
    arms, buys = (
        ["a"] * a[1] + ["b"] * b[1],
        [1] * a[0] + [0] * (a[1] - a[0]) + [1] * b[0] + [0] * (b[1] - b[0]),
    )
    return written(path, arm=arms, buy=buys)


BUY = ("--arm", "arm", "--control", "a", "--metric", "buy:proportion")


def test_the_document_has_the_keys_of_the_contract(tmp_path):
    found = run("analyze", groups(tmp_path, (50, 500), (60, 500)), *BUY)
    assert list(found)[:6] == [
        "health",
        "estimates",
        "heterogeneity",
        "personalization",
        "timing",
        "conclusion",
    ]
    assert {"rows", "units", "simulated", "srm", "duplicates", "warnings"} <= set(found["health"])
    assert set(found["health"]["srm"]) == {"p_value", "passed", "observed", "expected"}
    assert list(found["estimates"][0])[:20] == [
        "metric", "type", "slice", "arm", "control", "n", "n_control", "mean", "mean_control",
        "difference", "difference_interval", "lift", "lift_interval", "p_value", "p_adjusted",
        "sequential_interval", "chance_to_beat_control", "method", "undefined",
        "covariate_adjusted",
    ]  # fmt: skip
    assert set(found["timing"]) == {"aggregate_s", "inference_s", "checks_s"}
    assert {"decision", "arm", "reason"} <= set(found["conclusion"])


def test_24_of_62_against_19_of_62_is_not_enough_data(tmp_path):
    found = run("analyze", groups(tmp_path, (19, 62), (24, 62)), *BUY, "--mde", "0.10")
    assert found["conclusion"]["decision"] == "not_enough_data"
    assert "About 3,650 per group" in found["conclusion"]["reason"]


def test_46_to_54_of_5000_is_not_trusted(tmp_path):
    found = run("analyze", groups(tmp_path, (230, 2300), (400, 2700)), *BUY)
    assert found["conclusion"]["decision"] == "do_not_trust"
    planned = run(
        "analyze", groups(tmp_path, (230, 2300), (400, 2700)), *BUY, "--split", "a=46,b=54"
    )
    assert planned["conclusion"]["decision"] == "use"


@pytest.mark.parametrize(
    ("a", "b", "mde", "decision"),
    [
        ((1000, 10_000), (1200, 10_000), 0.05, "use"),
        ((10_000, 50_000), (10_400, 50_000), 0.1, "better_but_too_small"),
        ((10_000, 50_000), (10_010, 50_000), 0.05, "no_difference"),
        ((1200, 10_000), (1000, 10_000), 0.05, "worse"),
        ((0, 500), (0, 500), 0.1, "not_enough_data"),
        ((0, 500), (40, 500), 0.1, "use"),
    ],
)
def test_conclusions(tmp_path, a, b, mde, decision):
    found = run("analyze", groups(tmp_path, a, b), *BUY, "--mde", mde)
    assert found["conclusion"]["decision"] == decision


def test_a_guardrail_that_is_harmed_is_harm(tmp_path):
    rng = np.random.default_rng(97)
    arm = np.resize(["a", "b"], 20_000)
    left = (rng.random(20_000) < np.where(arm == "b", 0.02, 0.005)).astype(int)
    path = written(tmp_path, arm=arm, buy=(rng.random(20_000) < 0.1).astype(int), left=left)
    found = run("analyze", path, *BUY, "--guardrail", "left:proportion:rise")
    assert (found["conclusion"]["decision"], found["conclusion"]["arm"]) == ("harm", "b")


def test_an_id_that_repeats_in_one_arm_needs_a_unit(tmp_path):
    store = np.repeat(np.arange(100), 4)
    rng = np.random.default_rng(101)
    sales = rng.normal(50, 5, 100)[store] + rng.normal(0, 1, 400)
    path = written(tmp_path, store=store, arm=np.where(store % 2, "b", "a"), sales=sales)
    asked = ("--arm", "arm", "--control", "a", "--metric", "sales:mean")
    found = run("analyze", path, *asked)
    assert found["conclusion"]["decision"] == "do_not_trust"
    assert "store" in found["conclusion"]["reason"]
    clustered = run("analyze", path, *asked, "--unit", "store")
    means = pd.Series(sales).groupby(store).mean()
    theirs = stats.ttest_ind(
        means[means.index % 2 == 1], means[means.index % 2 == 0], equal_var=False
    )
    (row,) = clustered["estimates"]
    assert (row["n"], clustered["health"]["duplicates"]) == (50, 300)
    assert row["p_value"] == pytest.approx(theirs.pvalue, rel=1e-9)


def test_a_sequential_reading_is_wider_and_decides(tmp_path):
    path = groups(tmp_path, (500, 5000), (570, 5000))
    fixed = run("analyze", path, *BUY)
    early = run("analyze", path, *BUY, "--sequential", "--planned-n", "20000")
    unplanned = run("analyze", path, *BUY, "--sequential")
    assert fixed["conclusion"]["decision"] == "use"
    for found in (early, unplanned):
        (row,) = found["estimates"]
        assert row["sequential_interval"][0] < row["difference_interval"][0]
        assert found["conclusion"]["decision"] == "not_enough_data"
    assert fixed["estimates"][0]["sequential_interval"] is None
    late = run("analyze", path, *BUY, "--sequential", "--planned-n", "8000")
    assert any("all of alpha" in text for text in late["health"]["warnings"])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (("--control", "c"), "no group 'c'"),
        (("--split", "a=1"), "does not name the group 'b'"),
        (("--metric", "buy"), "cannot be read"),
        (("--alpha", "2"), "alpha"),
        (("--planned-n", "100"), "--sequential"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(tmp_path, changes, problem):
    with pytest.raises(BadInput, match=problem):
        run("analyze", groups(tmp_path, (5, 50), (6, 50)), *BUY, *changes)


def test_an_outcome_nobody_has_yet_is_not_enough_data(tmp_path):
    path = written(tmp_path, arm=["a", "b"] * 50, spend=[None] * 100, before=range(100))
    asked = ("--arm", "arm", "--control", "a", "--metric", "spend:mean", "--covariate", "before")
    found = run("analyze", path, *asked)
    assert found["conclusion"]["decision"] == "not_enough_data"
    assert found["estimates"][0]["n"] == 0


def test_one_arm_is_no_experiment(tmp_path):
    with pytest.raises(BadInput, match="one group only"):
        run("analyze", groups(tmp_path, (5, 50), (0, 0)), *BUY)


def test_the_text_for_people_leads_with_the_conclusion(tmp_path):
    text = run("analyze", groups(tmp_path, (0, 500), (40, 500)), *BUY, as_json=False)
    assert text.startswith("use: b is better than a on buy")
    assert "winner" not in text


HILLSTROM_QUESTION = (
    HILLSTROM, "--arm", "segment", "--control", "No E-Mail", "--metric", "visit:proportion",
    "--metric", "conversion:proportion", "--metric", "spend:mean", "--by", "newbie", "--by",
    "channel", "--covariate", "history",
)  # fmt: skip


@real_data
def test_hillstrom_equals_pandas_and_scipy():
    found, frame = run("analyze", *HILLSTROM_QUESTION), pd.read_csv(HILLSTROM)
    mens = found["estimates"][0]
    assert [round(mens[k], 4) for k in ("mean", "mean_control", "difference")] == [
        0.1829,
        0.1053,
        0.0775,
    ]
    for row in found["estimates"]:
        if row["covariate_adjusted"]:
            continue
        rows = frame
        if row["slice"]:
            rows = frame[frame[row["slice"]["column"]].astype(str) == row["slice"]["value"]]
        one, two = (rows[rows.segment == row[k]][row["metric"]] for k in ("arm", "control"))
        theirs = stats.ttest_ind(one, two, equal_var=False)
        interval = theirs.confidence_interval()
        assert (row["mean"], row["mean_control"]) == pytest.approx(
            (one.mean(), two.mean()), rel=1e-9
        )
        assert row["p_value"] == pytest.approx(theirs.pvalue, rel=1e-9)
        assert row["difference_interval"] == pytest.approx([interval.low, interval.high], rel=1e-9)
        assert (row["lift_interval"][0] > 0) == (interval.low > 0)
    assert (found["conclusion"]["decision"], found["conclusion"]["arm"]) == ("use", "Mens E-Mail")
    assert found["personalization"]["best_single_arm"] == "Mens E-Mail"


@real_data
def test_hillstrom_for_people():
    text = run("analyze", *HILLSTROM_QUESTION, as_json=False)
    assert "spend (adjusted)" in text
    assert "newbie 0" in text


@real_data
def test_cookie_cats_is_uneven_but_passes():
    path = DATA / "cookie_cats" / "cookie_cats.csv.gz"
    asked = ("--arm", "version", "--control", "gate_30", "--metric", "retention_7:proportion")
    found = run("analyze", path, *asked, "--metric", "sum_gamerounds:mean")
    assert found["health"]["srm"]["p_value"] == pytest.approx(0.0086, abs=5e-5)
    assert found["health"]["srm"]["passed"]
    assert (found["health"]["units"], found["health"]["duplicates"]) == (90_189, 0)
    assert any("49,854" in text for text in found["health"]["warnings"])


@real_data
def test_the_fast_food_promotion_is_not_trusted_without_its_stores():
    path = DATA / "fastfood_promo" / "WA_Marketing-Campaign.csv"
    asked = ("--arm", "Promotion", "--control", "1", "--metric", "SalesInThousands:mean")
    found = run("analyze", path, *asked)
    assert found["conclusion"]["decision"] == "do_not_trust"
    assert "LocationID" in found["conclusion"]["reason"]
    stores = run("analyze", path, *asked, "--unit", "LocationID", "--by", "week")
    assert stores["health"]["units"] == 137
    assert stores["conclusion"]["decision"] != "do_not_trust"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("--baseline", 10, "--sd", 1, "--lift", 0.05),
            {"n_per_arm": 64, "n_total": 128, "proportional_spread": False},
        ),
        (
            ("--baseline", 10, "--sd", 1, "--lift", 0.05, "--growing-spread"),
            {"n_per_arm": 67, "n_total": 134, "proportional_spread": True},
        ),
        (
            ("--baseline", 10, "--sd", 40, "--lift", 0.1, "--correlation", 0.5),
            {"n_per_arm": 0.75 * 25_118, "correlation": 0.5},
        ),
        (
            ("--baseline", 0.106, "--lift", 0.1, "--looks", 28),
            {"n_per_arm": 14_594, "inflation": 1.0563, "looks": 28},
        ),
        (("--baseline", 0.106, "--n", 14_594, "--looks", 28), {"detectable_lift": 0.1}),
        (("--baseline", 0.5, "--lift", 0.5, "--allocation", "2,1"), {"n_per_arm": [82, 41]}),
        (("--baseline", 10, "--sd", 1, "--n", 64), {"detectable_lift": 0.0499}),
        (("--baseline", 10, "--sd", 1, "--n", 64, "--growing-spread"), {"detectable_lift": 0.0512}),
    ],
)
def test_power(arguments, expected):
    found = run("power", *arguments)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=0.02)


def test_power_in_words():
    text = run("power", "--baseline", 0.106, "--lift", 0.1, "--arms", 3, as_json=False)
    assert "control first" in text
    more = ("--sd", 4, "--lift", 0.05, "--looks", 4, "--correlation", 0.5, "--growing-spread")
    text = run("power", "--baseline", 10, *more, as_json=False)
    assert "explains 25% of the variance" in text
    assert "--sequential --planned-n" in text
    assert "grows with the lift" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("--baseline", 0.1),
        ("--baseline", 0.1, "--lift", 0.1, "--n", 10),
        ("--baseline", 0.1, "--lift", 0.1, "--allocation", "x"),
        ("--baseline", 0.1, "--lift", 0.1, "--allocation", "1,1", "--arms", 3),
        ("--baseline", 0.1, "--lift", 0.1, "--arms", 1),
        ("--baseline", 0.1, "--lift", 0.1, "--looks", 0),
        ("--baseline", 0.1, "--lift", 0.1, "--correlation", 0.5),
        ("--baseline", 5, "--sd", 1, "--lift", 0.1, "--correlation", 1),
        ("--baseline", 0.1, "--margin", 0.01, "--looks", 2),
    ],
)
def test_power_refuses_what_makes_no_sense(arguments):
    with pytest.raises(BadInput):
        run("power", *arguments)


def test_power_of_nobody_is_undefined():
    with pytest.raises(UndefinedStatistic):
        run("power", "--baseline", 0.1, "--n", 3)
