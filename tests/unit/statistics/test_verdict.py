import re
from dataclasses import replace
from datetime import date

import pytest

from core.models.experiment import MetricKind, MetricSpec
from core.models.readout import Decision, Estimate, MarginVerdict, Progress, Slice
from core.statistics.comparison import Pair, Rules, compare_counts, compare_means
from core.statistics.difference import Sample
from core.statistics.power import Design, required
from core.statistics.small_counts import Counts
from core.statistics.verdict import conclude, progress
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
    assert "No smallest effect was registered" in found.reason
    assert "--" not in found.reason


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
    samples = Sample(500, 10.1, 4.0 / 500), Sample(500, 10.0, 4.0 / 500)
    (said,) = compare_means([Pair(*samples, Rules(0.05, 0.05, 0.3, 10))])
    blank = row((0.0, 0.0), metric="spend", type=MetricKind.MEAN, n=500, n_control=500)
    done = replace(blank, **said._asdict())
    found = concluded([done], metric="spend:mean", mde=0.01)
    # d = 0.1 / 2: Cohen's 0.05 needs 6,281 in each group; the spread of amounts grows with them.
    assert found.needed_per_group == pytest.approx(6281 * (1 + 1.01**2) / 2, abs=2)


def test_nothing_to_compare_is_not_enough_data():
    assert concluded([]).arm is None


BEFORE = {"preliminary": True, "read_out_on": date(2026, 12, 6)}


@pytest.mark.parametrize("interval", [(0.1, 0.3), (-0.3, -0.1), (-0.02, 0.02), (-0.3, 0.3)])
def test_before_its_day_a_conclusion_is_the_same_and_says_that_it_is_preliminary(interval):
    early, final = (
        concluded([row(interval)], mde=0.1, **BEFORE),
        concluded([row(interval)], mde=0.1),
    )
    assert early.preliminary
    assert not final.preliminary
    assert (early.decision, early.arm) == (final.decision, final.arm)
    assert early.needed_per_group == final.needed_per_group
    assert early.reason == f"Preliminary until 6 December 2026: {final.reason}"


def test_failed_health_and_harm_are_said_at_once():
    shown = {"metric": "unsubscribed", "guardrail": True, "sequential_interval": (0.01, 0.2)}
    guard = row((0.1, 0.2), **shown)
    spec = MetricSpec.parse("unsubscribed:proportion")
    for found in (
        concluded([row((0.1, 0.3))], healthy("The groups are off."), **BEFORE),
        concluded([row((0.1, 0.3)), guard], guardrails=(spec,), **BEFORE),
    ):
        assert not found.preliminary
        assert "Preliminary" not in found.reason


def test_harm_before_the_day_is_read_by_the_interval_that_holds_at_any_moment():
    seen = {"metric": "unsubscribed", "guardrail": True, "sequential_interval": (-0.01, 0.2)}
    spec = MetricSpec.parse("unsubscribed:proportion")
    guard = row((0.1, 0.2), **seen)
    early = concluded([row((0.1, 0.3)), guard], guardrails=(spec,), **BEFORE)
    final = concluded([row((0.1, 0.3)), guard], guardrails=(spec,))
    assert (early.decision, final.decision) == (Decision.USE, Decision.HARM)


def test_with_nothing_to_compare_before_its_day_it_is_preliminary_too():
    assert concluded([], **BEFORE).preliminary
    assert concluded([], preliminary=True).reason.startswith("Preliminary: No group")


@pytest.mark.parametrize("interval", [(0.1, 0.3), (0.01, 0.04), (-0.3, -0.1), (-0.02, 0.02)])
def test_the_way_to_the_planned_precision_is_known_whatever_is_concluded(interval):
    rows = [row(interval, mean_control=19 / 62), row(interval, "c", n=800, mean_control=19 / 62)]
    found = progressed(rows, mde=0.1)
    assert (found.smallest_group, found.needed_per_group) == (800, 3645)
    assert found.share == pytest.approx(800 / 3645)


def test_progress_is_measured_at_the_registered_effect_and_at_the_shared_alpha():
    rows = [row((-0.2, 0.3), mean_control=0.1)]
    seen = [row((0.4, 0.6), mean_control=0.1)]
    assert progressed(rows, mde=0.1) == progressed(seen, mde=0.1)
    shared = progress(plan(mde=0.1), rows, power=0.8, shared_alpha=0.05 / 3)
    needed = required(Design(0.1, alpha=0.05 / 3), 0.1)[0]
    assert shared == Progress(1000, needed)
    assert needed > required(Design(0.1), 0.1)[0]


def test_without_a_registered_effect_a_baseline_or_a_group_there_is_no_progress():
    assert progressed([row((0.1, 0.3))]) is None
    assert progressed([row((0.1, 0.3), mean_control=0.0)], mde=0.1) is None
    assert progressed([], mde=0.1) is None
    assert progressed([row((0.1, 0.3), slice=Slice("channel", "Web"))], mde=0.1) is None


def progressed(rows, **changes):
    return progress(plan(**changes), rows, power=0.8, shared_alpha=0.05)


@pytest.mark.parametrize(
    ("n", "needed", "said"),
    [
        (1000, 98_724, "; about 98,800 customers per group would be needed."),
        (1000, None, "harm not excluded for b."),
        # As many as that are there: the effect leaves it open, and not the number.
        (200_000, 98_724, "harm not excluded for b."),
    ],
)
def test_an_open_margin_is_named_with_the_number_that_would_tell(n, needed, said):
    spec = MetricSpec.parse("unsubscribe:proportion:rise:0.0005")
    guard = row(
        (-0.1, 0.1),
        metric="unsubscribe",
        guardrail=True,
        n=n,
        n_control=n,
        margin=0.0005,
        margin_verdict=MarginVerdict.NOT_EXCLUDED,
        margin_needed_per_group=needed,
    )
    found = concluded([row((0.1, 0.3)), guard], guardrails=(spec,))
    assert found.decision is Decision.USE
    assert "Guardrail unsubscribe: harm not excluded for b" in found.reason
    assert found.reason.endswith(said)
    kept = replace(guard, margin_verdict=MarginVerdict.NONE_SHOWN)
    assert "Guardrail" not in concluded([row((0.1, 0.3)), kept], guardrails=(spec,)).reason


def test_no_events_give_an_upper_bound_and_no_p_value():
    said = compare_counts(Counts(0, 1000, 0, 1000), Rules(0.05, 0.05, 0.3, 10))
    done = replace(row((0.0, 0.0)), **said._asdict())
    assert done.p_value is None
    found = concluded([done], mde=0.1)
    assert found.decision is Decision.NOT_ENOUGH_DATA
    assert "No events yet in either group; at most 0.3 % of customers in each, at 95 %." in (
        found.reason
    )


@pytest.mark.parametrize("interval", [(0.02, 0.3), (0.02, 0.08), (-0.3, -0.1), (-0.1, 0.3)])
def test_the_sentences_hold_no_words_of_the_command_line_and_no_tight_percent(interval):
    reason = concluded([row(interval)], mde=0.1).reason
    assert "--" not in reason
    assert re.search(r"\d %", reason)
    assert not re.search(r"\d%", reason)


FIXED = ("difference_interval_adjusted", "lift_interval", "lift_interval_adjusted")
SEQUENTIAL = ("sequential_interval", "sequential_lift_interval")


@pytest.mark.parametrize(("sequential", "foreign"), [(False, SEQUENTIAL), (True, FIXED)])
@pytest.mark.parametrize("spoilt", [None, (5.0, 6.0), (-6.0, -5.0)])
def test_a_verdict_never_mixes_two_ways_of_reading(sequential, foreign, spoilt):
    """What the other method says changes nothing, for the primary metric and for guardrails."""
    spec = MetricSpec.parse("unsubscribed:proportion")
    watched = {"sequential_interval": (-0.01, 0.03), "sequential_lift_interval": (-0.1, 0.3)}
    rows = [
        row((0.1, 0.3), sequential_interval=(0.01, 0.03), sequential_lift_interval=(0.1, 0.3)),
        row((-0.1, 0.1), metric="unsubscribed", guardrail=True, **watched),
    ]
    asked = {"guardrails": (spec,), "sequential": sequential, "mde": 0.05}
    clean = concluded(rows, **asked)
    assert clean.decision is Decision.USE
    other = [replace(r, **dict.fromkeys(foreign, spoilt)) for r in rows]
    assert concluded(other, **asked) == clean
