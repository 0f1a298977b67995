import pytest

from core.models.readout import MarginVerdict
from core.reports.guardrails import guardrails

NONE_SHOWN, NOT_EXCLUDED = MarginVerdict.NONE_SHOWN, MarginVerdict.NOT_EXCLUDED


@pytest.mark.parametrize(
    ("difference", "changes", "words"),
    [
        (0.02, {}, "harm shown"),
        (0.02, {"margin_verdict": NOT_EXCLUDED, "margin": 0.02}, "harm shown"),
        # a rise is shown, and it is smaller than what would be accepted
        (
            0.02,
            {"margin_verdict": NONE_SHOWN, "margin": 0.2},
            "harm shown, smaller than the margin",
        ),
        (
            -0.02,
            {"margin_verdict": NONE_SHOWN, "margin": 0.02},
            "no harm beyond the margin shown",
        ),
        (
            0.001,
            {
                "margin_verdict": NOT_EXCLUDED,
                "margin": 0.0005,
                "margin_needed_per_group": 98_724,
            },
            "harm not excluded, about 98,800 customers per group would be needed",
        ),
        # there are as many already: more customers are not what is missing
        (
            0.001,
            {"margin_verdict": NOT_EXCLUDED, "margin": 0.0005, "margin_needed_per_group": 900},
            "harm not excluded",
        ),
        (0.001, {}, "no harm shown; without a margin it is not ruled out either"),
        (None, {"undefined": "No events yet."}, "cannot be told: No events yet"),
    ],
)
def test_a_guardrail_says_what_is_known(estimate, readout, difference, changes, words):
    row = estimate(metric="unsubscribed", difference=difference, guardrail=True, **changes)
    (found,) = guardrails(readout(estimate(), row), ["unsubscribed:proportion:rise"])
    assert found.words == words


def test_the_registered_direction_goes_before_the_usual_one(estimate, readout):
    row = estimate(metric="visit", difference=0.02, guardrail=True)
    assert guardrails(readout(row), ["visit:proportion:rise"])[0].shown
    assert not guardrails(readout(row))[0].shown  # more visits are no harm
    fall = estimate(metric="unsubscribed", difference=-0.02, margin=-0.01, guardrail=True)
    assert guardrails(readout(fall), ["not readable"])[0].shown


def test_every_group_and_metric_is_there_and_slices_are_not(estimate, readout):
    rows = [
        estimate(arm=arm, metric=metric, guardrail=True)
        for metric in ("unsubscribed", "complaint")
        for arm in ("B", "C")
    ]
    sliced = estimate(metric="complaint", guardrail=True, where="New")
    found = guardrails(readout(estimate(), *rows, sliced))
    assert [(f.estimate.metric, f.estimate.arm) for f in found] == [
        ("unsubscribed", "B"),
        ("unsubscribed", "C"),
        ("complaint", "B"),
        ("complaint", "C"),
    ]
    assert found[0].difference == "+2.00 (+1.00 to +3.00)"


def test_without_guardrails_there_is_nothing_to_say(estimate, readout):
    assert guardrails(readout(estimate())) == []
