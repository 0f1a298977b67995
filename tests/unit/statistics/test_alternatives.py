import pytest
from statsmodels.stats.proportion import power_proportions_2indep  # type: ignore[import-untyped]

from core.statistics.alternatives import alternatives
from core.statistics.design_check import Question, design_check
from core.statistics.power import Design, power


def ways(*asked, **changes):
    question = Question(*asked, **changes)
    return alternatives(question, design_check(question))


FIVE_GROUPS = (0.25, 0.1875, 0.1875, 0.1875, 0.1875)


def test_a_test_that_answers_everywhere_needs_nothing_else():
    assert ways({"a": 90_000, "b": 90_000}, 0.2, 0.1) == ()


def test_every_way_is_judged_by_its_own_plan_and_not_by_a_rule_of_thumb():
    found = {w.change: w for w in ways({"x": 30_000}, 0.105, 0.1, shares=FIVE_GROUPS)}
    one = found["One message against the not contacted"]
    theirs = power_proportions_2indep(
        0.0105, 0.105, 22_500, ratio=1 / 3, alpha=0.025, alternative="larger"
    )
    assert one.reach.chance == pytest.approx(theirs.power, abs=2e-3)
    assert one.reach.chance <= power(Design(0.105, allocation=(0.25, 0.75)), 0.1, 30_000)
    assert (one.reach.n_control, one.reach.n_treatment) == (7500, 22_500)
    even = found["One message, with 50 % not contacted"]
    assert even.reach.chance > one.reach.chance
    assert "15,000 customers per group" in even.sentence


def test_a_larger_effect_and_more_customers_are_given_so_that_they_answer():
    found = ways({"x": 20_000, "y": 10_000}, 0.105, 0.1, shares=FIVE_GROUPS)
    larger = next(w for w in found if "smallest effect" in w.change)
    assert larger.answers
    assert larger.smallest_effect == pytest.approx(0.18, abs=0.005)
    slightly_less = Question(
        {"x": 30_000}, 0.105, larger.smallest_effect - 0.002, shares=FIVE_GROUPS
    )
    assert not design_check(slightly_less).answers
    more = next(w for w in found if w.change.endswith("customers"))
    assert more.answers
    assert more.reach.customers == pytest.approx(92_500, rel=0.02)


def test_no_way_is_offered_that_sees_no_more():
    """Two even groups: no other split is better, and there is nothing to leave out."""
    changes = [w.change for w in ways({"x": 3000}, 0.1, 0.1)]
    assert changes == ["A smallest effect of +32.8 %", "About 29,600 customers"]


def test_one_reading_is_a_way_out_of_many():
    found = {w.change: w for w in ways({"x": 20_000}, 0.1, 0.1, looks=28)}
    once = Question({"x": 20_000}, 0.1, 0.1)
    assert found["One reading, at the end"].reach == design_check(once).overall


def test_segments_that_cannot_answer_alone_can_be_read_together():
    together, larger = ways({"big": 40_000, "small": 4000}, 0.1, 0.1)
    assert together.change == "All segments read together"
    assert together.answers
    assert together.reach.customers == 44_000
    assert larger.answers
    assert larger.reach.segment == "small"
    assert larger.smallest_effect == pytest.approx(0.284, abs=0.005)


def test_a_segment_that_can_show_nothing_has_no_larger_effect():
    changes = [w.change for w in ways({"big": 40_000, "gone": 2}, 0.1, 0.1)]
    assert changes == ["All segments read together"]


def test_without_customers_nothing_can_be_offered():
    assert ways({"x": 0}, 0.1, 0.1) == ()


def test_an_effect_that_cannot_happen_is_not_bought_with_more_customers():
    found = ways({"x": 10_000}, 0.9, 0.2)
    assert all("customers" not in w.change for w in found)
