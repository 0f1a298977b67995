from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.models.send import ArmPlan, DecisionCard, ReadingMethod, ResultDecision
from core.reports.decision_card import card_rows, guardrail_words
from core.reports.report_lines import decision_line

CARD = DecisionCard(
    primary_metric="visit:proportion",
    other_metrics=("spend:mean", "aov=spend/orders:ratio"),
    guardrails=("unsubscribe:proportion:rise:0.0005", "complaint:proportion:rise"),
    smallest_effect=0.1,
    alpha=0.05,
    control="Not contacted",
    hypothesis="It brings visits.",
)
ARMS = (
    ArmPlan("urgent", 0.375, "urgent"),
    ArmPlan("friendly", 0.375, "friendly"),
    ArmPlan("Not contacted", 0.25, None),
)


def test_the_card_says_everything_that_is_fixed():
    assert dict(card_rows(CARD, ARMS)) == {
        "Hypothesis": "It brings visits.",
        "Decides": "visits (share of customers), against Not contacted",
        "Smallest effect worth using": "10 % of control",
        "Guardrails": "unsubscribes may rise by at most 0.05 points; complaints must not rise",
        "Also measured": "spend, aov",
        "Groups": "urgent 37.5 %, friendly 37.5 %, Not contacted 25 %",
        "Read out": "once, 14 days after the first export; before that a reading is preliminary",
        "Error": "5 %, two-sided, shared between the groups: 2.5 % for each",
    }


def test_what_was_not_fixed_says_so():
    bare = replace(CARD, hypothesis="", guardrails=(), other_metrics=())
    rows = dict(card_rows(bare, ARMS[1:]))
    assert rows["Hypothesis"] == "none was written down"
    assert (rows["Guardrails"], rows["Also measured"]) == ("none", "none")
    assert rows["Error"] == "5 %, two-sided"


@pytest.mark.parametrize(
    ("changes", "known", "said"),
    [
        ({"outcome_days": 1}, {}, "once, 1 day after the first export;"),
        ({}, {"read_on": date(2026, 12, 6)}, "once, on 6 December 2026, 14 days after the first"),
        ({"method": ReadingMethod.IMPORTED}, {}, "once; the mailing was imported"),
        (
            {"method": ReadingMethod.IN_STAGES},
            {"customers": 30714},
            "whose 14 days after the send have passed, by group-sequential bounds at 30,714",
        ),
    ],
)
def test_every_method_of_reading_has_its_words(changes, known, said):
    assert said in dict(card_rows(replace(CARD, **changes), ARMS, **known))["Read out"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("spend:mean", "spend must not fall"),
        ("refund:mean:rise:0.5", "refund may rise by at most 0.5 per customer"),
        ("unsubscribe:proportion:rise:0.00005", "unsubscribes may rise by at most 0.005 points"),
    ],
)
def test_a_guardrail_names_its_direction_and_its_margin(spec, words):
    assert guardrail_words(spec) == words


def test_a_decision_before_its_day_says_so_in_the_report():
    at = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    made = ResultDecision("c", "use", "use", "Cannot wait.", by="ann", verified=True, at=at)
    early = decision_line(replace(made, preliminary=True))
    assert "Use, before the day fixed for reading. Cannot wait." in early
    assert "before" not in decision_line(made)
