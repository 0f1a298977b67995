"""The page about content checks counts what was screened, and by which rule."""

from dataclasses import replace

import pytest

from core.models.approval import Review, ReviewDecision
from core.models.messages import (
    Finding,
    Level,
    ScreenDecision,
    Screened,
    Severity,
    TextField,
)
from core.models.screening import Screening
from core.reports.report_document import Picture, Words
from core.reports.report_safety import safety_section
from core.reports.report_tables import PaperTable

LINES = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), (2, 4))


def finding(rule, level):
    return Finding(rule, level, TextField.BODY, 0, 4, "text", "Why.")


@pytest.fixture
def checked(content):
    """Four screenings: passed, left to a person and refused, stopped, and never screened."""
    given = content(thresholds=LINES)
    outcomes = (
        Screened(ScreenDecision.PASS, Severity(), (), "basic local screen"),
        Screened(
            ScreenDecision.REVIEW,
            Severity(violence=3),
            (finding("puffery", Level.NOTE), finding("violence", Level.REVIEW)),
            "azure",
            basic=False,
        ),
        Screened(
            ScreenDecision.BLOCK,
            Severity(hate=6),
            tuple(finding("unsupported_claim", Level.BLOCK) for _ in range(3)),
            "azure",
            basic=False,
        ),
        None,
    )
    refused = Review(
        "r", "v", 1, ReviewDecision.REJECT, "Ada", verified=False, reason="No.", at=given.made_at,
        seal=None,
    )  # fmt: skip
    screenings = tuple(
        Screening("c", "v", "S", "urgent", place, "", given.made_at, screened, "", decisions)
        for place, (screened, decisions) in enumerate(
            zip(outcomes, ((), (refused,), (), ()), strict=True)
        )
    )
    return replace(given, screenings=screenings)


def table(section, title):
    return next(b for b in section.blocks if isinstance(b, PaperTable) and title in b.title)


def test_what_did_not_come_to_an_outcome_has_not_passed(checked):
    rows = dict(table(safety_section(checked), "became").rows)
    assert rows == {
        "Screened": "3",
        "Passed": "1",
        "Left to a person's eyes": "1",
        "Stopped": "1",
        "Not screened, so not passed": "1",
    }


def test_each_rule_counts_the_texts_it_spoke_of_once(checked):
    assert table(safety_section(checked), "Findings").rows == (
        ("puffery", "0", "0", "1"),
        ("unsupported claim", "1", "0", "0"),
        ("violence", "0", "1", "0"),
    )


def test_every_screening_says_who_decided_or_that_nobody_did(checked):
    rows = table(safety_section(checked), "Every").rows
    assert [row[1:5] for row in rows] == [
        ("pass", "0", "nobody", "—"),
        ("review", "3", "rejected", "Ada (not verified)"),
        ("block", "6", "nobody", "—"),
        ("not screened", "—", "nobody", "—"),
    ]


def test_severities_are_drawn_beside_their_lines(checked):
    (picture,) = [b for b in safety_section(checked).blocks if isinstance(b, Picture)]
    assert "hate: 1 stopped" in picture.chart.finding
    assert "violence: 0 stopped, 1 to look at" in picture.chart.finding


def test_a_campaign_without_texts_says_so(content):
    assert safety_section(content()).blocks == (Words(("No text of this campaign was screened.",)),)
