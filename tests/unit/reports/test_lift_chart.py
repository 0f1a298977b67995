import csv
import io
from dataclasses import replace

import pytest

from core.charts.table import as_csv, as_table
from core.charts.units import MINUS
from core.errors import NotFound
from core.models.experiment import MetricKind
from core.models.readout import Conclusion, Decision, Heterogeneity
from core.reports.lift_chart import forest, not_drawn_together
from core.reports.reading import estimates_of


def as_numbers(chart):
    return list(csv.DictReader(io.StringIO(as_csv(chart))))


@pytest.mark.parametrize(("metric", "factor"), [("visit", 100), ("conversion", 100), ("spend", 1)])
def test_the_table_is_the_read_out_to_the_shown_precision(mailing, metric, factor):
    rows = as_numbers(forest(mailing, metric))
    estimates = [row for row in mailing.estimates if row.metric == metric]
    assert len(rows) == len(estimates) == 2
    for row, estimate in zip(rows, estimates, strict=True):
        numbers = [estimate.difference, *estimate.difference_interval]
        cells = list(row.values())
        assert cells[0] == estimate.arm
        assert [int(cells[1]), int(cells[2])] == [estimate.n, estimate.n_control]
        assert [float(c) for c in cells[3:6]] == [round(factor * x, 2) for x in numbers]


def test_the_finding_of_the_real_mailing_says_what_it_brought(mailing):
    chart = forest(mailing, "visit")
    assert chart.finding.startswith(
        "Mens E-Mail brought 7.75 points more visits than No E-Mail "
        "(95 % interval +6.82 to +8.69). Womens E-Mail brought 4.69 points"
    )
    assert chart.smallest_effect == pytest.approx(0.1 * 0.10532, rel=1e-3)
    assert chart.outer_coverage == 0.975
    assert chart.unit.label == "percentage points"


def test_money_is_said_per_customer(mailing):
    finding = forest(mailing, "spend").finding
    assert finding.startswith(
        "Mens E-Mail brought $0.82 more spend per customer than No E-Mail (95"
    )


def test_an_interval_with_0_shows_no_difference(estimate, readout):
    chart = forest(readout(estimate(difference=0.002)), "visit")
    assert chart.finding == (
        f"B against A: no difference in visits shown, +0.20 (95 % interval {MINUS}0.80 to +1.20)."
    )
    assert not chart.rows[0].shown


def test_a_fall_is_said_as_fewer(estimate, readout):
    finding = forest(readout(estimate(difference=-0.02)), "visit").finding
    assert finding.startswith("B brought 2.00 points fewer visits than A")


def test_a_ratio_is_not_said_per_customer(estimate, readout):
    row = estimate(metric="revenue", type=MetricKind.RATIO, difference=2.0, half=1.0)
    finding = forest(readout(row), "revenue").finding
    assert finding.startswith("B brought $2.00 more revenue than A (95")


def test_an_unknown_metric_is_named_as_it_is(estimate, readout):
    rows = estimate(metric="flag_7"), estimate(arm="C", metric="flag_7", difference=-0.02)
    finding = forest(readout(*rows), "flag_7").finding
    assert "B raised flag 7 by 2.00 points against A" in finding
    assert "C lowered flag 7 by 2.00 points against A" in finding


def test_what_cannot_be_estimated_says_why(estimate, readout):
    row = estimate(difference=None, undefined="There are fewer than 2 customers in a group.")
    chart = forest(readout(row), "visit")
    assert chart.finding == (
        "B against A on visits: not estimable: There are fewer than 2 customers in a group."
    )
    assert chart.value_label(chart.rows[0]) == "not estimable"
    assert as_table(chart).rows[0][3:] == ("—", "—", "—", row.undefined)


def test_a_missing_lift_does_not_hide_the_difference(estimate, readout):
    row = estimate(lift=None, lift_interval=None, undefined="The control mean is near 0.")
    assert forest(readout(row), "visit").rows[0].estimate == 0.02


def test_a_difference_that_several_groups_take_back_is_not_shown(estimate, readout):
    row = estimate(difference=0.011, difference_interval_adjusted=(-0.001, 0.023))
    chart = forest(readout(row, estimate(arm="C", difference=0.05)), "visit")
    assert not chart.rows[0].shown
    assert "no difference in visits shown" in chart.finding
    assert f"with all groups taken together 97.5 % {MINUS}0.10 to +2.30" in chart.finding
    assert "thin line: 97.5 %" in chart.legend
    assert "Low (97.5 %)" in as_table(chart).header


def test_a_sequential_plan_shows_no_other_interval(estimate, readout):
    rows = [estimate(arm=arm, sequential_interval=(-0.01, 0.05)) for arm in ("B", "C")]
    chart = forest(readout(*rows), "visit")
    assert chart.rows[0].interval == (-0.01, 0.05)
    assert chart.legend.startswith("Line: 97.5 % sequential interval.")
    assert chart.outer_coverage is None


def test_a_guardrail_keeps_the_whole_error(estimate, readout):
    rows = [estimate(arm=a, sequential_interval=(0.01, 0.03), guardrail=True) for a in ("B", "C")]
    assert forest(readout(*rows), "visit").coverage == 0.95


def test_the_covariate_adjusted_result_is_the_one_shown(estimate, readout):
    rows = estimate(), estimate(difference=0.03, covariate_adjusted=True)
    chart = forest(readout(*rows), "visit")
    assert [row.estimate for row in chart.rows] == [0.03]
    assert chart.rows[0].note == "covariate-adjusted"


def test_simulated_and_distrusted_come_first(estimate, readout):
    given = readout(estimate(), decision=Decision.DO_NOT_TRUST, simulated=True)
    chart = forest(given, "visit")
    assert chart.finding.startswith("SIMULATED outcomes. Do not trust this test. B brought")
    assert chart.simulated
    assert as_table(chart).header[-1] == "Outcomes"
    assert "SIMULATED" in as_csv(chart)


def test_real_outcomes_are_never_called_simulated(mailing):
    chart = forest(mailing, "visit")
    assert "SIMULATED" not in as_csv(chart) + chart.finding + chart.title


def test_slices_are_exploratory_and_grouped(estimate, readout):
    rows = [
        estimate(),
        estimate(where="New", difference=0.05),
        estimate(where="Old", difference=0.001),
        estimate(where="Rare", difference=0.2, half=0.5, n=40),
    ]
    differ = Heterogeneity("visit", "segment", 0.02, 0.2)
    chart = forest(readout(*rows, heterogeneity=(differ,)), "visit", slice_column="segment")
    assert [row.group for row in chart.rows] == ["New", "Old", "Rare"]
    assert chart.subtitle.startswith("Exploratory")
    assert chart.finding == (
        "Exploratory, by segment: 1 of 3 95 % intervals exclude 0. "
        "Highest: B in New, +5.00 (+4.00 to +6.00); "
        f"lowest: B in Old, +0.10 ({MINUS}0.90 to +1.10). "
        "That the effect on visits differs by segment is not shown (p 0.200)."
    )
    assert chart.rows[2].few
    assert chart.rows[2].note == "fewer than 100 customers"
    assert chart.axis[1] < 10  # the row with 40 customers does not set the axis


def test_slices_that_differ_are_said_to(estimate, readout):
    rows = [estimate(), estimate(where="New", difference=0.05), estimate(where="Old")]
    given = readout(*rows, heterogeneity=(Heterogeneity("visit", "segment", 0.001),))
    finding = forest(given, "visit", slice_column="segment").finding
    assert finding.endswith("The effect on visits differs by segment (p 0.001).")
    why = Heterogeneity("visit", "segment", None, undefined="Fewer than two slices vary.")
    finding = forest(readout(*rows, heterogeneity=(why,)), "visit", slice_column="segment").finding
    assert finding.endswith("differs by segment cannot be tested: Fewer than two slices vary.")
    untested = forest(readout(*rows), "visit", slice_column="segment").finding
    assert "differs" not in untested


def test_slices_without_any_number_say_so(estimate, readout):
    rows = estimate(), estimate(where="New", difference=None, undefined="Too few.")
    chart = forest(readout(*rows), "visit", slice_column="segment")
    assert chart.finding == "Exploratory, by segment: nothing can be estimated yet."
    assert chart.axis == pytest.approx((-0.08, 1.08))


def test_slices_drawn_towards_their_average_keep_what_was_measured(estimate, readout):
    drawn = {"shrunken_difference": 0.03, "shrunken_interval": (0.01, 0.05)}
    rows = [
        estimate(),
        estimate(where="New", difference=0.05, **drawn),
        estimate(where="Old", difference=0.01, **drawn),
        estimate(where="Rare", difference=0.2, half=0.5, n=40, **drawn),
        estimate(where="None", difference=None, shrunken_undefined="This slice has no effect."),
    ]
    chart = forest(readout(*rows), "visit", slice_column="segment", drawn_together=True)
    assert [row.estimate for row in chart.rows] == [0.03, 0.03, 0.03, None]
    assert [row.measured for row in chart.rows] == [0.05, 0.01, 0.2, None]
    assert chart.rows[3].note == "This slice has no effect."
    assert chart.finding.startswith("Exploratory, by segment, drawn towards the average: 3 of 3")
    assert "Upright stroke: the difference as measured." in chart.legend
    assert chart.axis[1] > 5  # what was measured is on the picture, but not of 40 customers
    assert chart.axis[1] < 10
    row = dict(zip(*(as_table(chart).header, as_table(chart).rows[0]), strict=True))
    assert row["Difference (percentage points)"] == "+3.00"
    assert (row["As measured"], row["Low (as measured, 95 %)"]) == ("+5.00", "+4.00")


def test_slices_that_cannot_be_drawn_together_are_shown_as_measured(estimate, readout):
    too_few = "Fewer than 3 slices have an effect to be drawn together."
    rows = [estimate(), estimate(where="New", shrunken_undefined=too_few)]
    given = readout(*rows)
    chart = forest(given, "visit", slice_column="segment", drawn_together=True)
    assert chart == forest(given, "visit", slice_column="segment")
    assert not_drawn_together(estimates_of(given, "visit", "segment")) == too_few


def test_a_sequential_reading_keeps_its_interval_only_where_it_has_one(estimate, readout):
    drawn = {"shrunken_difference": 0.03, "shrunken_interval": (0.01, 0.05)}
    wide = {"sequential_interval": (-0.01, 0.05)}
    rows = [estimate(**wide), estimate("C", **wide), estimate(where="New", **wide, **drawn)]
    chart = forest(readout(*rows), "visit", slice_column="segment", drawn_together=True)
    assert (chart.coverage, chart.interval_name) == (0.95, "interval")


def test_the_relative_lift_stands_in_the_table_too(mailing):
    row = as_numbers(forest(mailing, "visit"))[0]
    assert row["Relative lift (% of control)"] == "+73.6"
    assert row["Low (relative lift, 95 %)"] == "+62.3"


def test_before_the_read_out_date_the_finding_says_so_first(estimate, readout):
    early = Conclusion(Decision.USE, "B", "B is better.", preliminary=True)
    finding = forest(readout(estimate(), conclusion=early), "visit").finding
    assert finding.startswith("Preliminary: read before the read-out date. B brought")


def test_labels_stand_for_arms(mailing):
    labels = {"Mens E-Mail": "Men", "No E-Mail": "Nothing"}
    chart = forest(mailing, "visit", arm_labels=labels)
    assert chart.rows[0].label == "Men"
    assert chart.control == "Nothing"
    assert "Men brought 7.75 points more visits than Nothing" in chart.finding


@pytest.mark.parametrize(("groups", "said"), [(6, "2 more groups are"), (5, "1 more group is")])
def test_many_groups_are_not_all_said(estimate, readout, groups, said):
    rows = [estimate(arm=f"B{number}") for number in range(groups)]
    assert forest(readout(*rows), "visit").finding.endswith(f"{said} in the table.")


@pytest.mark.parametrize(("metric", "column"), [("nothing", None), ("visit", "nowhere")])
def test_what_was_not_read_cannot_be_drawn(mailing, metric, column):
    with pytest.raises(NotFound):
        forest(mailing, metric, slice_column=column)


@pytest.mark.parametrize(
    ("metric", "kind", "label"),
    [
        ("spend", MetricKind.MEAN, "$ per customer"),
        ("pages", MetricKind.MEAN, "per customer"),
        ("aov", MetricKind.RATIO, "$"),
        ("pages_per_visit", MetricKind.RATIO, "ratio"),
    ],
)
def test_every_kind_of_metric_has_its_unit(estimate, readout, metric, kind, label):
    row = estimate(metric=metric, type=kind)
    assert forest(readout(row), metric).unit.label == label


def test_a_name_that_looks_like_a_formula_stays_text_in_a_spreadsheet(estimate, readout):
    row = estimate(arm='=HYPERLINK("http://x")')
    chart = replace(forest(readout(row), "visit"), control="-1+1")
    assert as_numbers(chart)[0]["Group"] == '\'=HYPERLINK("http://x")'


def test_harm_looked_for_at_any_moment_makes_no_sequential_reading_of_the_effect(estimate, readout):
    watched = estimate(metric="unsubscribed", guardrail=True, sequential_interval=(-0.01, 0.05))
    rows = estimate("B"), estimate("C"), watched
    chart = forest(readout(*rows), "visit")
    assert (chart.coverage, chart.interval_name) == (0.95, "interval")
    harm = forest(readout(*rows), "unsubscribed")
    assert (harm.coverage, harm.interval_name) == (0.95, "sequential interval")
    assert harm.rows[0].interval == (-0.01, 0.05)
