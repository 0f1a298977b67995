from dataclasses import replace
from datetime import date

import pytest

from core.charts.lines import Line, LinePoint, LinesChart
from core.charts.table import as_csv, as_table
from core.charts.units import MINUS, POINTS
from core.models.experiment import MetricKind
from core.models.readout import Conclusion, Decision, ReadingMode
from core.reports.by_day import PROMISES, by_day, no_chart_by_day


def course(readout, **options):
    """The chart of a read-out that has one."""
    found = by_day(readout, **options)
    assert found is not None
    return found


def test_the_course_ends_where_the_read_out_stands(by_dates):
    chart = course(by_dates)
    assert [line.label for line in chart.lines] == ["B", "C"]
    assert [point.estimate for point in chart.lines[0].points] == [0.02] * 3
    assert chart.lines[0].last.interval == by_dates.estimates[0].difference_interval
    assert chart.smallest_effect == pytest.approx(0.01)
    assert chart.coverage == 0.95
    assert chart.title == "Visits by day: difference from A"
    assert chart.subtitle.endswith("1 November 2026 to 3 November 2026.")


def test_the_finding_says_where_each_line_ends_and_since_when_it_leaves_out_0(by_dates):
    assert course(by_dates).finding == (
        "B against A on visits stands at +2.00 (+1.00 to +3.00) percentage points up to "
        "3 November 2026; the 95 % band has left out 0 since 3 November 2026. "
        f"C against A on visits stands at +0.50 ({MINUS}0.50 to +1.50) percentage points up to "
        "3 November 2026; the 95 % band holds 0. "
        "Band: 95 % interval, pointwise: right for its own day only, not for choosing the day. "
        "Dashed grey line: smallest effect worth using, +1.00."
    )


@pytest.mark.parametrize(
    ("mode", "said", "coverage"),
    [
        (ReadingMode.POINTWISE, "right for its own day only", 0.95),
        (ReadingMode.GROUP_SEQUENTIAL, "right on all days together", 0.975),
        (ReadingMode.CONFIDENCE_SEQUENCE, "right at every moment", 0.975),
    ],
)
def test_the_name_of_a_band_is_what_it_promises(by_dates, mode, said, coverage):
    rows = tuple(replace(row, mode=mode) for row in by_dates.cumulative)
    chart = course(replace(by_dates, cumulative=rows))
    assert said in chart.legend
    assert chart.coverage == coverage
    assert set(PROMISES) == set(ReadingMode)


def test_simulated_and_preliminary_come_first(by_dates):
    early = Conclusion(Decision.USE, "B", "", preliminary=True)
    health = replace(by_dates.health, simulated=True)
    chart = course(replace(by_dates, health=health, conclusion=early))
    assert chart.finding.startswith("SIMULATED outcomes. Preliminary: read before")
    assert chart.simulated
    assert "SIMULATED" in as_csv(chart)


def test_a_day_without_an_estimate_says_why_and_is_not_drawn(by_dates):
    rows = list(by_dates.cumulative)
    rows[0] = replace(rows[0], difference=None, interval=None, undefined="No customer yet.")
    chart = course(replace(by_dates, cumulative=tuple(rows)))
    assert len(chart.lines[0].estimable) == 2
    assert as_table(chart).rows[0][-1] == "No customer yet."
    never = tuple(replace(row, difference=None, undefined="No events.") for row in rows)
    chart = course(replace(by_dates, cumulative=never))
    assert "B against A on visits: not estimable on any day: No events." in chart.finding
    assert chart.value_label(chart.lines[0]) == "not estimable"


def test_many_groups_are_not_all_said(by_dates):
    rows = tuple(replace(row, arm=f"{row.arm}{n}") for n in range(3) for row in by_dates.cumulative)
    chart = course(replace(by_dates, cumulative=rows))
    assert "2 more groups are in the table." in chart.finding
    assert [len(lines) for lines in chart.panels] == [1] * 6


def test_labels_stand_for_arms(by_dates):
    chart = course(by_dates, arm_labels={"A": "Nothing", "B": "New"})
    assert (chart.control, chart.lines[0].label) == ("Nothing", "New")


def test_every_number_of_the_course_is_in_its_table(by_dates):
    table = as_table(course(by_dates))
    assert table.header == (
        "Day",
        "Group",
        "Customers",
        "Customers in A",
        "Difference (percentage points)",
        "Low (95 %)",
        "High (95 %)",
        "Relative lift (% of control)",
        "Low (relative lift, 95 %)",
        "High (relative lift, 95 %)",
    )
    last = ("3 November 2026", "B", "900", "900", "+2.00", "+1.00", "+3.00", "+20.0", "+10.0")
    assert table.rows[2][: len(last)] == last


def only_one_day(readout):
    return replace(readout, cumulative=readout.cumulative[:2])


def without_dates(readout):
    return replace(readout, cumulative=())


def with_empty_dates(readout):
    return replace(readout, cumulative=(), settings={"cumulative_mode": "pointwise"})


def of_a_quantile(readout):
    rows = tuple(replace(row, type=MetricKind.QUANTILE) for row in readout.estimates)
    return replace(with_empty_dates(readout), estimates=rows)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (without_dates, "made without dates of sending"),
        (only_one_day, "All customers have the same date, 1 November 2026"),
        (with_empty_dates, "No customer has a date"),
        (of_a_quantile, "A quantile cannot be followed"),
    ],
)
def test_without_a_course_one_line_says_why(by_dates, made, said):
    assert said in str(no_chart_by_day(made(by_dates)))
    assert by_day(made(by_dates)) is None
    assert no_chart_by_day(by_dates) is None


def test_the_wide_band_of_a_first_day_does_not_set_the_axis(by_dates):
    low, high = course(by_dates).axis
    assert -2 < low < 0
    assert 3 < high < 5


def test_a_chart_of_nothing_has_an_axis():
    chart = LinesChart("", "", "", POINTS, "A", (Line("B", (LinePoint(1),)),), "pointwise")
    assert chart.axis == (-1.0, 1.0)
    assert chart.lines[0].apart_since is None
    assert chart.days == (1,)


def test_a_band_that_took_0_in_again_starts_anew():
    held, out = (-0.1, 0.1), (0.1, 0.3)
    points = tuple(
        LinePoint(date(2026, 11, day), 0.1, bounds)
        for day, bounds in enumerate((out, held, out, out), start=1)
    )
    assert Line("B", points).apart_since == date(2026, 11, 3)
    assert Line("B", points[:2]).apart_since is None
