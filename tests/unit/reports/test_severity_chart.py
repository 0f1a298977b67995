"""The distribution of severities, the same on a page, on paper and as a table."""

from dataclasses import replace

import pytest

from core.charts.severities import SeverityRow
from core.charts.table import as_csv, as_table
from core.content.screen_rules import SafetyConfig, Threshold
from core.models.messages import (
    Finding,
    Level,
    ScreenDecision,
    Screened,
    Severity,
    TextField,
)
from core.reports.figures import png_bytes, svg_text
from core.reports.severity_chart import outcomes, severity_chart
from ui.charts import figure

THRESHOLDS = {"hate": (2, 4), "self_harm": (2, 4), "sexual": (2, 4), "violence": (3, 7)}


def screened(decision=ScreenDecision.PASS, *rules, **severity):
    findings = tuple(Finding(rule, Level.BLOCK, TextField.BODY, 0, 1, "x", "why") for rule in rules)
    return Screened(decision, Severity(**severity), findings, "basic local screen")


EVERY = [
    screened(),
    screened(),
    screened(ScreenDecision.REVIEW, hate=2),
    screened(ScreenDecision.BLOCK, "hate", "hate", "blocklist", hate=6, violence=4),
    None,
]


def drawn(screenings):
    chart = severity_chart(screenings, THRESHOLDS)
    assert chart is not None
    return chart


def test_the_chart_reaches_to_seven_where_an_engine_tells_eight_levels_apart():
    fine = replace(screened(hate=7), most=7)
    chart, usual = (severity_chart([screened(hate=2), *more], THRESHOLDS) for more in ([fine], []))
    assert chart is not None
    assert usual is not None
    assert chart.severities == tuple(range(8))
    assert chart.axis_title == "severity, 0 none to 7 worst"
    assert {row.category: row.counts for row in chart.rows}["Hate"] == (0, 0, 1, 0, 0, 0, 0, 1)
    assert usual.severities == tuple(range(7))


def test_each_severity_is_counted_in_its_category():
    chart = drawn(EVERY)
    assert [(row.category, row.counts) for row in chart.rows] == [
        ("Hate", (2, 0, 1, 0, 0, 0, 1)),
        ("Self-harm", (4, 0, 0, 0, 0, 0, 0)),
        ("Sexual", (4, 0, 0, 0, 0, 0, 0)),
        ("Violence", (3, 0, 0, 0, 1, 0, 0)),
    ]
    assert chart.subtitle == "4 screenings; 1 more not screened. Scored by: basic local screen."
    assert chart.finding == (
        "Of 4 screenings, hate: 1 stopped, 1 to look at; violence: 0 stopped, 1 to look at."
    )


def test_without_a_screening_there_is_no_picture():
    assert severity_chart([], THRESHOLDS) is None
    assert severity_chart([None], THRESHOLDS) is None


def test_harmless_messages_are_said_to_be_below_the_lines():
    assert "All 1 screenings stay below" in drawn([screened()]).finding


def test_what_is_not_screened_has_not_passed():
    found = outcomes(EVERY)
    assert (found.passed, found.looked_at, found.stopped, found.not_screened) == (2, 1, 1, 1)
    assert (found.screened, found.basic) == (4, 4)
    # A rule counts once a text, however often it finds something there.
    assert dict(found.rules) == {("hate", Level.BLOCK): 1, ("blocklist", Level.BLOCK): 1}


@pytest.mark.parametrize(
    ("severity", "standing"), [(0, "below the lines"), (2, "looked at"), (4, "stopped")]
)
def test_a_severity_means_what_the_thresholds_say(severity, standing):
    assert SeverityRow("Hate", (0,) * 7, 2, 4).standing(severity) == standing
    config = SafetyConfig(hate=Threshold(2, 4))
    level = {"below the lines": None, "looked at": Level.REVIEW, "stopped": Level.BLOCK}
    assert config.level("hate", severity) is level[standing]


def test_page_paper_and_table_hold_the_same_numbers():
    chart = drawn(EVERY)
    table = as_table(chart)
    assert table.rows[0] == ("Hate", "2", "0", "1", "0", "0", "0", "1", "2", "4")
    assert as_csv(chart).splitlines()[4] == "Violence,3,0,0,0,1,0,0,3,7"
    shown = figure(chart)
    assert [list(row) for row in shown.data[0].z] == [list(row.counts) for row in chart.rows]
    # Two lines a row, but for the one that is never reached.
    assert len(shown.layout.shapes) == 7
    assert png_bytes(chart) == png_bytes(chart)
    assert chart.finding in svg_text(chart)
