"""`analyze` with days, slices, margins, quantiles and a placebo; `power` with a margin."""

import argparse
import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.cli import analyze, power
from core.cli.console import Console
from core.errors import BadInput


def run(command, *arguments, as_json=True):
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    analyze.register(commands)
    power.register(commands)
    args = parser.parse_args([command, *(str(a) for a in arguments), "--json"])
    out = io.StringIO()
    assert args.handler(args, Console(as_json, out, io.StringIO())) == 0
    return json.loads(out.getvalue()) if as_json else out.getvalue()


def customers(n=6000):
    rng = np.random.default_rng(41)
    arm = np.resize(["a", "b", "c"], n)
    spend = rng.lognormal(2, 1, n) * np.where(arm == "b", 1.2, 1)
    return pd.DataFrame(
        {
            "arm": arm,
            "sent": np.array(["2025-01-01", "2025-01-02", "2025-01-03"])[rng.integers(0, 3, n)],
            "channel": rng.choice(["Phone", "Store", "Web"], n),
            "visit": (rng.random(n) < 0.1 + 0.05 * (arm == "b")).astype(int),
            "spend": spend,
            "before": spend + rng.normal(0, 5, n),
            "left": (rng.random(n) < 0.02).astype(int),
        }
    )


@pytest.fixture
def path(tmp_path):
    customers().to_csv(tmp_path / "f.csv", index=False)
    return tmp_path / "f.csv"


ASKED = ("--arm", "arm", "--control", "a")
VISIT = (*ASKED, "--metric", "visit:proportion")


@pytest.mark.parametrize(
    ("changes", "mode", "interval"),
    [
        ((), "pointwise", "difference_interval"),
        (("--sequential", "--planned-n", "9000"), "group_sequential", "sequential_interval"),
        (("--sequential",), "confidence_sequence", "sequential_interval"),
    ],
)
def test_the_history_by_day_ends_in_the_read_out(path, changes, mode, interval):
    found = run("analyze", path, *VISIT, "--time", "sent", *changes)
    history = found["cumulative"]
    assert [row["day"] for row in history[::2]] == ["2025-01-01", "2025-01-02", "2025-01-03"]
    assert {row["mode"] for row in history} == {mode} == {found["settings"]["cumulative_mode"]}
    assert set(history[0]) >= {
        "day", "arm", "n", "n_control", "difference", "interval", "lift", "lift_interval", "mode",
    }  # fmt: skip
    for last, overall in zip(history[-2:], found["estimates"], strict=True):
        assert (last["arm"], last["n"]) == (overall["arm"], overall["n"])
        assert last["interval"] == pytest.approx(overall[interval], rel=1e-9)
    frame = customers()
    first = frame[frame.sent == "2025-01-01"]
    assert history[0]["n"] == (first.arm == "b").sum()
    assert history[0]["difference"] == pytest.approx(
        first[first.arm == "b"].visit.mean() - first[first.arm == "a"].visit.mean(), rel=1e-9
    )


def test_without_days_there_is_no_history(path):
    found = run("analyze", path, *VISIT)
    assert (found["cumulative"], found["placebo"]) == ([], None)


def test_customers_without_a_day_are_said_to_be_missing(tmp_path):
    frame = customers()
    frame.loc[:9, "sent"] = None
    frame.to_csv(tmp_path / "f.csv", index=False)
    found = run("analyze", tmp_path / "f.csv", *VISIT, "--time", "sent")
    assert any("10 customers have no sent" in text for text in found["health"]["warnings"])
    assert found["cumulative"][-1]["n"] < found["estimates"][-1]["n"] + 10


def test_slices_are_exploratory_and_shrunken(path):
    found = run("analyze", path, *VISIT, "--by", "channel")
    overall = [row for row in found["estimates"] if row["slice"] is None]
    slices = [row for row in found["estimates"] if row["slice"]]
    assert not any(row["exploratory"] or row["shrunken_difference"] for row in overall)
    assert all(row["exploratory"] for row in slices)
    for arm in "bc":
        mine = [row for row in slices if row["arm"] == arm]
        raw = np.ptp([row["difference"] for row in mine])
        assert np.ptp([row["shrunken_difference"] for row in mine]) <= raw
        for row in mine:
            low, high = row["shrunken_interval"]
            assert low < row["shrunken_difference"] < high
            assert high - low < 1.2 * np.subtract(*row["difference_interval"][::-1])


def test_a_quantile_is_numpys_and_needs_rows_that_are_customers(path, tmp_path):
    asked = (*ASKED, "--metric", "top=spend@0.9:quantile", "--by", "channel", "--time", "sent")
    found = run("analyze", path, *asked)
    frame = customers()
    (b, _) = (row for row in found["estimates"] if row["slice"] is None)
    for key, arm in (("mean", "b"), ("mean_control", "a")):
        expected = np.quantile(frame[frame.arm == arm].spend, 0.9, method="inverted_cdf")
        assert b[key] == pytest.approx(expected, rel=1e-9)
    assert b["type"] == "quantile"
    rng = np.random.default_rng(43)
    one, two = (frame[frame.arm == arm].spend.to_numpy() for arm in "ba")
    boot = [
        np.quantile(rng.choice(one, len(one)), 0.9) - np.quantile(rng.choice(two, len(two)), 0.9)
        for _ in range(800)
    ]
    assert b["standard_error"] == pytest.approx(np.std(boot), rel=0.2)
    assert (found["cumulative"], found["personalization"]) == ([], None)
    assert found["heterogeneity"][0]["p_value"] is not None
    frame["store"] = np.arange(len(frame)) // 6 * 3 + np.arange(len(frame)) % 3
    frame.to_csv(tmp_path / "stores.csv", index=False)
    with pytest.raises(BadInput, match="one row a customer"):
        run("analyze", tmp_path / "stores.csv", *asked, "--unit", "store")


def test_a_margin_has_a_verdict_and_says_how_many_would_tell(path):
    asked = (*VISIT, "--guardrail", "left:proportion:rise:0.02")
    wide = run("analyze", path, *asked)["estimates"][-1]
    assert wide["margin_verdict"] == "no harm beyond the margin shown"
    tight = run("analyze", path, *VISIT, "--guardrail", "left:proportion:rise:0.001")
    row = tight["estimates"][-1]
    assert (row["margin"], row["margin_verdict"]) == (0.001, "harm not excluded")
    assert row["margin_bound"] == wide["margin_bound"]
    p = row["mean_control"]
    needed = 2 * p * (1 - p) * (stats.norm.isf(0.05) + stats.norm.isf(0.2)) ** 2 / 0.001**2
    assert row["margin_needed_per_group"] == pytest.approx(needed, abs=1)
    text = run("analyze", path, *VISIT, "--guardrail", "left:proportion:rise:0.001", as_json=False)
    assert "harm not excluded" in text
    assert "per group would tell" in text


def test_a_placebo_keeps_the_promise_and_is_repeatable(path):
    asked = (*VISIT, "--metric", "spend:mean", "--covariate", "before", "--time", "sent")
    found = run("analyze", path, *asked, "--placebo", 300, "--seed", 5)["placebo"]
    assert (found["runs"], found["seed"], found["alpha"]) == (300, 5, 0.05)
    assert [(r["metric"], r["arm"], r["covariate_adjusted"]) for r in found["rows"]] == [
        ("visit", "b", False), ("visit", "c", False), ("spend", "b", False),
        ("spend", "c", False), ("spend", "b", True), ("spend", "c", True),
    ]  # fmt: skip
    for row in found["rows"]:
        low, high = row["share_interval"]
        assert low < row["share"] < high
        assert row["share"] < 0.1
        assert row["ks_p_value"] > 1e-4
    assert found == run("analyze", path, *asked, "--placebo", 300, "--seed", 5)["placebo"]
    assert found != run("analyze", path, *asked, "--placebo", 300, "--seed", 6)["placebo"]


def test_the_text_for_people_shows_days_and_shuffles(path):
    text = run("analyze", path, *VISIT, "--time", "sent", "--placebo", 20, as_json=False)
    assert "pointwise intervals" in text
    assert "2025-01-03" in text
    assert "p below alpha" in text


def test_a_placebo_too_short_is_refused(path):
    with pytest.raises(BadInput, match="shuffles"):
        run("analyze", path, *VISIT, "--placebo", 3)


def test_power_of_a_margin():
    found = run("power", "--baseline", 0.002, "--margin", 0.0005)
    assert (found["n_per_arm"], found["one_sided"]) == (98_724, True)
    text = run("power", "--baseline", 0.002, "--margin", 0.0005, as_json=False)
    assert "rule out harm beyond 0.0005" in text
    means = run("power", "--baseline", 50, "--sd", 20, "--margin", 1, "--arms", 3)
    assert means["n_per_arm"] == pytest.approx(2 * 400 * 2.4865**2, rel=0.001)


@pytest.mark.parametrize(
    "arguments", [("--margin", 0), ("--margin", -1), ("--margin", 0.01, "--lift", 0.1)]
)
def test_a_margin_that_makes_no_sense_is_refused(arguments):
    with pytest.raises(BadInput):
        run("power", "--baseline", 0.1, *arguments)
