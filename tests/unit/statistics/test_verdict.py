from dataclasses import replace

import pytest

from core.models.experiment import MetricKind, MetricSpec
from core.models.readout import Decision, Estimate, Slice
from core.statistics.comparison import Rules, compare_means
from core.statistics.difference import Sample
from core.statistics.verdict import conclude
from tests.unit.statistics.arms import healthy, plan


def row(lift_interval, arm="b", **changes):
    low, high = lift_interval
    middle = (low + high) / 2
    return Estimate(
        **{
            "metric": "visit",
            "type": MetricKind.PROPORTION,
            "slice": None,
            "arm": arm,
            "control": "a",
            "n": 1000,
            "n_control": 1000,
            "mean": 0.1 * (1 + middle),
            "mean_control": 0.1,
            "difference": 0.1 * middle,
            "difference_interval": (0.1 * low, 0.1 * high),
            "difference_interval_adjusted": (0.1 * low, 0.1 * high),
            "lift": middle,
            "lift_interval": lift_interval,
            "lift_interval_adjusted": lift_interval,
            "p_value": 0.01,
            "standard_error": 0.01,
        }
        | changes
    )


def concluded(rows, health=None, **changes):
    return conclude(plan(**changes), health or healthy(), rows, power=0.8, shared_alpha=0.05)


@pytest.mark.parametrize(
    ("interval", "mde", "decision"),
    [
        ((0.02, 0.30), 0.0, "use"),
        ((0.02, 0.30), 0.1, "use"),
        ((0.02, 0.08), 0.1, "better_but_too_small"),
        ((-0.30, -0.02), 0.1, "worse"),
        ((-0.05, -0.01), 0.1, "worse"),
        ((-0.05, 0.05), 0.1, "no_difference"),
        ((-0.05, 0.12), 0.1, "not_enough_data"),
        ((-0.05, 0.05), 0.0, "not_enough_data"),
        # An end at exactly zero or at the limit shows nothing.
        ((0.0, 0.2), 0.1, "not_enough_data"),
        ((-0.1, 0.05), 0.1, "not_enough_data"),
    ],
)
def test_the_interval_table_of_the_contract(interval, mde, decision):
    found = concluded([row(interval)], mde=mde)
    assert (found.decision, found.arm) == (decision, "b")
    assert "winner" not in found.reason


def test_failed_health_owns_the_verdict():
    found = concluded([row((0.1, 0.2))], healthy("The groups are off.", "Ids repeat."))
    assert (found.decision, found.arm) == (Decision.DO_NOT_TRUST, None)
    assert found.reason == "The groups are off. Ids repeat."


@pytest.mark.parametrize(
    ("spec", "interval", "harmed"),
    [
        ("unsubscribed:proportion", (0.001, 0.004), True),
        ("unsubscribed:proportion", (-0.004, -0.001), False),
        ("unsubscribed:proportion", (-0.001, 0.004), False),
        ("spend:mean", (-2.0, -1.0), True),
        ("spend:mean", (1.0, 2.0), False),
    ],
)
def test_harm_to_a_guardrail_comes_before_a_good_primary(spec, interval, harmed):
    metric = MetricSpec.parse(spec)
    guard = row((0.1, 0.2), metric=metric.name, guardrail=True, difference_interval=interval)
    found = concluded([row((0.1, 0.2)), guard], guardrails=(metric,))
    assert found.decision is (Decision.HARM if harmed else Decision.USE)


def test_of_several_arms_the_best_thing_shown_counts():
    better, small, worse = row((0.1, 0.3)), row((0.01, 0.04), "c"), row((-0.3, -0.1), "d")
    open_question = row((-0.2, 0.3), "e")
    assert concluded([worse, small, better], mde=0.05).arm == "b"
    assert concluded([worse, small], mde=0.05).decision is Decision.BETTER_BUT_TOO_SMALL
    assert concluded([worse, open_question], mde=0.05).arm == "e"
    assert concluded([worse], mde=0.05).decision is Decision.WORSE
    assert concluded([better, row((0.2, 0.4), "z")]).arm == "z"


def test_the_adjusted_estimate_goes_before_the_raw_one():
    raw, less_noise = row((-0.1, 0.3)), row((0.05, 0.15), covariate_adjusted=True)
    assert concluded([less_noise, raw]).decision is Decision.USE


def test_an_adjusted_estimate_that_is_not_estimable_leaves_the_raw_one():
    lost = row((0.1, 0.3), covariate_adjusted=True, difference_interval=None)
    assert concluded([lost, row((-0.3, -0.1))]).decision is Decision.WORSE


def test_a_slice_never_decides():
    found = concluded([row((0.1, 0.3), slice=Slice("channel", "Web"))])
    assert found.decision is Decision.NOT_ENOUGH_DATA


def test_the_number_needed_is_at_the_registered_effect():
    found = concluded([row((-0.2, 0.3), mean_control=19 / 62)], mde=0.10)
    assert found.needed_per_group == 3645
    assert "3,650 per group" in found.reason


def test_without_a_registered_effect_no_number_is_promised():
    found = concluded([row((-0.2, 0.3))])
    assert found.needed_per_group is None
    assert "--mde" in found.reason


def test_without_a_lift_the_difference_decides():
    bare = row((0.1, 0.3), lift=None, lift_interval_adjusted=None, mean_control=0.0)
    assert concluded([bare]).decision is Decision.USE
    assert (
        concluded([replace(bare, difference_interval_adjusted=None)], mde=0.1).needed_per_group
        is None
    )


def test_a_sequential_plan_reads_sequential_intervals_only():
    seen = row((0.1, 0.3), sequential_lift_interval=(-0.1, 0.5), sequential_interval=(-0.01, 0.05))
    assert concluded([seen], sequential=True).decision is Decision.NOT_ENOUGH_DATA
    assert "sequential interval" in concluded([seen], sequential=True).reason


def test_a_handful_of_customers_shows_nothing():
    assert concluded([row((0.1, 0.3), n=9)]).decision is Decision.NOT_ENOUGH_DATA


def test_simulated_outcomes_say_so_in_the_conclusion():
    assert concluded([row((0.1, 0.3))], simulated=True).reason.startswith("SIMULATED")


def test_the_needed_number_of_a_mean_uses_its_own_spread():
    base = row((0.0, 0.0), metric="spend", type=MetricKind.MEAN, n=500, n_control=500)
    rules = Rules(0.05, 0.05, 0.3, 10)
    done = compare_means(base, Sample(500, 10.1, 4.0 / 500), Sample(500, 10.0, 4.0 / 500), rules)
    found = concluded([done], metric="spend:mean", mde=0.01)
    # d = 0.1 / 2: Cohen's 0.05 needs 6,281 in each group.
    assert found.needed_per_group == pytest.approx(6281, abs=2)


def test_nothing_to_compare_is_not_enough_data():
    assert concluded([]).arm is None
