import csv
import io
from dataclasses import replace

import pytest

from core.models.readout import Conclusion, Decision, MarginVerdict
from core.reports.results_csv import results_csv


def read(readout, specs=()):
    return list(csv.DictReader(io.StringIO(results_csv(readout, specs))))


def test_the_exact_columns_hold_every_digit_of_the_read_out(mailing):
    rows = read(mailing)
    assert len(rows) == len(mailing.estimates) == 6
    for row, estimate in zip(rows, mailing.estimates, strict=True):
        exact = {
            "n": estimate.n,
            "n_control": estimate.n_control,
            "mean": estimate.mean,
            "difference": estimate.difference,
            "difference_low": estimate.difference_interval[0],
            "difference_high": estimate.difference_interval[1],
            "lift": estimate.lift,
            "lift_low": estimate.lift_interval[0],
            "lift_high": estimate.lift_interval[1],
            "lift_adjusted_low": estimate.lift_interval_adjusted[0],
            "p_value": estimate.p_value,
            "chance_to_beat_control": estimate.chance_to_beat_control,
        }
        assert {name: float(row[name]) for name in exact} == exact
        assert (row["metric"], row["arm"]) == (estimate.metric, estimate.arm)


def test_the_shown_columns_are_the_exact_ones_rounded_in_their_unit(mailing):
    for row in read(mailing):
        factor = 100 if row["unit_shown"] == "percentage points" else 1
        for name in ("difference", "difference_low", "difference_high", "mean"):
            assert float(row[f"{name}_shown"]) == round(factor * float(row[name]), 2)
        for name in ("lift", "lift_low", "lift_high"):
            assert float(row[f"{name}_shown"]) == round(100 * float(row[name]), 1)


def test_a_row_says_what_it_is_for(estimate, readout):
    rows = [
        estimate(),
        estimate(metric="spend"),
        estimate(metric="opened"),
        estimate(metric="unsubscribed", guardrail=True, margin_verdict=MarginVerdict.NONE_SHOWN),
        estimate(where="New"),
    ]
    found = read(readout(*rows), ["unsubscribed:proportion:fall"])
    assert [row["role"] for row in found] == [
        "decides",
        "also measured",
        "opens, decide nothing",
        "guardrail",
        "decides",
    ]
    assert found[3]["guardrail_reading"] == "no harm beyond the margin shown"
    assert [row["slice_value"] for row in found] == ["", "", "", "", "New"]
    assert found[0]["events"] == "120"


def test_what_is_not_known_is_empty_and_says_why(estimate, readout):
    row = estimate(difference=None, p_value=None, p_adjusted=None, undefined="No events yet.")
    (found,) = read(readout(row))
    for name in ("difference", "difference_low", "lift_shown", "p_value", "p_adjusted_shown"):
        assert found[name] == ""
    assert found["undefined"] == "No events yet."


def test_simulated_and_preliminary_stand_in_every_row(estimate, readout):
    early = Conclusion(Decision.USE, "B", "", preliminary=True)
    given = readout(estimate(), estimate("C"), simulated=True, conclusion=early)
    assert {(row["outcomes"], row["conclusion"]) for row in read(given)} == {
        ("SIMULATED", "preliminary use")
    }
    assert {row["outcomes"] for row in read(readout(estimate()))} == {"real"}


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+cmd", "-x"])
def test_no_name_runs_as_a_formula_and_no_number_is_quoted(estimate, readout, name):
    row = replace(estimate(difference=-0.02), arm=name, control=name, undefined=name)
    (found,) = read(readout(row))
    assert found["arm"] == found["control"] == found["undefined"] == f"'{name}"
    assert found["difference_shown"] == "-2.00"
    assert float(found["difference"]) == -0.02


def test_a_sequential_reading_names_its_own_coverage(estimate, readout):
    wide = {"sequential_interval": (-0.01, 0.05), "sequential_lift_interval": (-0.1, 0.5)}
    found = read(readout(estimate("B", **wide), estimate("C", **wide)))
    assert {row["coverage"] for row in found} == {"0.975"}
    assert float(found[0]["difference_high"]) == 0.05
