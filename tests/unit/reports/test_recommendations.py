"""What a report advises follows from its numbers, in a closed vocabulary."""

from dataclasses import replace

import pytest

from core.charts.units import MINUS
from core.models.readout import (
    Conclusion,
    Decision,
    Heterogeneity,
    MarginVerdict,
    Personalization,
)
from core.reports.recommendations import Advice, better_arms, recommendations


def told(readout, specs=()):
    return [each.words for each in recommendations(readout, specs)]


@pytest.mark.parametrize(
    ("decision", "needed", "first"),
    [
        (Decision.USE, None, "Use B: Why."),
        (Decision.BETTER_BUT_TOO_SMALL, None, "Keep what you have: Why."),
        (Decision.NO_DIFFERENCE, None, "Keep what you have: Why."),
        (Decision.WORSE, None, "Do not use B: Why."),
        (Decision.HARM, None, "Do not use B (guardrail): Why."),
        (Decision.NOT_ENOUGH_DATA, 3644, "Repeat with about 3,650 customers per group: Why."),
        (Decision.NOT_ENOUGH_DATA, None, "Repeat with more customers: Why."),
        (Decision.DO_NOT_TRUST, None, "Do not use this result (health): Why."),
    ],
)
def test_each_conclusion_has_its_advice(estimate, readout, decision, needed, first):
    read = readout(estimate(), conclusion=Conclusion(decision, "B", "Why. More.", needed))
    assert told(read)[0] == first


def test_before_outcomes_and_before_the_day_the_advice_is_to_wait(estimate, readout):
    (nothing,) = recommendations(None)
    early = Conclusion(Decision.USE, "B", "Preliminary until 6 May 2027: B.", preliminary=True)
    (soon,) = recommendations(readout(estimate(), conclusion=early))
    assert {nothing.advice, soon.advice} == {Advice.WAIT}


def test_of_simulated_outcomes_the_first_advice_is_not_to_use_them(estimate, readout):
    first = recommendations(readout(estimate(), simulated=True))[0]
    assert first.words.startswith("Do not use this result: the outcomes are SIMULATED")


def test_a_test_that_is_not_to_be_trusted_advises_nothing_of_its_numbers(estimate, readout):
    rows = (estimate(), estimate("C", -0.05))
    read = readout(*rows, decision=Decision.DO_NOT_TRUST, reason="Sizes. Look.")
    assert [each.advice for each in recommendations(read)] == [Advice.DO_NOT_USE, Advice.REPEAT]
    assert better_arms(read) == ()


def test_a_group_below_control_is_named_with_its_interval(estimate, readout):
    assert f"Do not use C: its lift on visits lies below 0 ({MINUS}6.0 to {MINUS}4.0 %)." in told(
        readout(estimate(), estimate("C", -0.05))
    )


def test_groups_shown_to_be_better_come_highest_first(estimate, readout):
    rows = (estimate("B", 0.02), estimate("C", 0.05), estimate("D", 0.005), estimate("E", -0.05))
    assert better_arms(readout(*rows)) == ("C", "B")


def test_a_guardrail_advises_to_stop_where_harm_is_shown_and_to_repeat_where_it_may_be(
    estimate, readout
):
    harm = estimate(metric="unsubscribed", guardrail=True)
    unclear = replace(
        estimate(metric="returns", difference=0.001, guardrail=True),
        margin=0.005,
        margin_verdict=MarginVerdict.NOT_EXCLUDED,
        margin_needed_per_group=4000,
    )
    said = told(readout(estimate(), harm, unclear), ("unsubscribed:proportion:rise",))
    assert "Do not use B (guardrail): unsubscribes: harm shown." in said
    assert any(
        line.startswith("Repeat with about 4,000 customers per group: B on") for line in said
    )


@pytest.mark.parametrize(
    ("interval", "advice"),
    [((0.001, 0.02), Advice.BY_SEGMENT), ((-0.001, 0.02), Advice.SAME_FOR_ALL)],
)
def test_choosing_by_segment_is_advised_only_where_its_gain_is_shown(
    estimate, readout, interval, advice
):
    worth = Personalization("segment", "visit", {}, 0.13, "B", 0.12, 0.01, interval, "", "So.")
    found = recommendations(readout(estimate(), personalization=worth))
    choices = {Advice.BY_SEGMENT, Advice.SAME_FOR_ALL}
    assert {each.advice for each in found} & choices == {advice}


@pytest.mark.parametrize(("p", "advised"), [(0.01, True), (0.2, False), (None, False)])
def test_segments_are_to_be_tested_where_the_effect_differs(estimate, readout, p, advised):
    differs = (Heterogeneity("visit", "segment", p, p),)
    found = recommendations(readout(estimate(), heterogeneity=differs))
    assert (Advice.TEST_NEXT in {each.advice for each in found}) == advised


def test_no_advice_knows_a_winner():
    assert not any("winner" in advice.value.lower() for advice in Advice)
