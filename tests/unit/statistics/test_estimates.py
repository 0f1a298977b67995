from dataclasses import replace

import numpy as np
import pytest

from core.models.cube import Block, Cube
from core.models.experiment import Correction, MetricSpec
from core.statistics.comparison import Rules
from core.statistics.estimates import Pile, estimates, piles, slices_differ, together
from core.statistics.moments import Moments
from core.statistics.peeking import peeking
from core.statistics.personalization import personalization
from core.statistics.questions import questions
from tests.unit.statistics.arms import moments, plan

RULES = Rules(alpha=0.05, shared_alpha=0.025, prior_deviation=0.3, few_events=10)
RNG = np.random.default_rng(73)


def events(count, n):
    return moments([1.0] * count + [0.0] * (n - count))


def read(metric, arms, *, clustered=False, rules=RULES, **changes):
    asked = plan(metric, **changes)
    pile = Pile(asked.primary, None, arms, clustered)
    return estimates(pile, asked, tuple(sorted(set(arms) - {"a"})), rules)


@pytest.mark.parametrize(
    ("control", "treatment", "method"),
    [(100, 130, "Welch t"), (3, 9, "score"), (0, 40, "score"), (990, 999, "score")],
)
def test_few_events_are_read_by_the_score_test(control, treatment, method):
    (row,) = read("visit:proportion", {"a": events(control, 1000), "b": events(treatment, 1000)})
    assert row.method.startswith(method)
    low, high = row.difference_interval
    assert (row.p_value < 0.05) == (low > 0 or high < 0)
    assert (row.lift is None) == (control == 0)
    assert (row.undefined is None) == (control > 0)


def test_no_events_at_all_are_said_and_never_p_of_one():
    (row,) = read("visit:proportion", {"a": events(0, 500), "b": events(0, 500)})
    assert (row.p_value, row.lift, row.chance_to_beat_control) == (None, None, None)
    assert row.undefined.startswith("No events yet")
    assert row.difference_interval[1] == pytest.approx(0.0076, abs=1e-4)


def test_an_interval_shared_between_arms_is_wider():
    (row,) = read("spend:mean", {"a": moments(RNG.random(50)), "b": moments(RNG.random(50))})
    inner, outer = row.difference_interval, row.difference_interval_adjusted
    assert outer[0] < inner[0] < inner[1] < outer[1]


def test_the_raw_result_stays_beside_the_adjusted_one():
    x = RNG.random((2, 80))
    arms = {a: moments(3 * x[i] + RNG.random(80), x[i]) for i, a in enumerate("ab")}
    raw, adjusted = read("spend:mean", arms, covariate="history")
    assert (raw.covariate_adjusted, adjusted.covariate_adjusted) == (False, True)
    assert adjusted.standard_error < raw.standard_error
    assert adjusted.mean - adjusted.mean_control == pytest.approx(adjusted.difference)


@pytest.mark.parametrize(
    ("metric", "arms", "reason"),
    [
        ("spend:mean", {"a": moments([1.0, 2.0])}, "fewer than 2"),
        (
            "spend:mean",
            {"a": moments([1.0, 2.0]), "b": Moments(1, (1.0,), ((0.0,),))},
            "fewer than 2",
        ),
        ("spend:mean", {"a": moments([0.0, 0.0]), "b": moments([0.0, 0.0])}, "nothing varies"),
        (
            "r=a/b:ratio",
            {"a": moments([1.0, 2.0], [1, 1]), "b": moments([0, 0], [0, 0])},
            "no ratio",
        ),
        ("spend:mean", {"a": moments([0.0, 0.1]), "b": moments([5.0, 6.0])}, "not estimable"),
    ],
)
def test_what_cannot_be_computed_is_null_with_a_reason(metric, arms, reason):
    (row,) = read(metric, {"b": Moments(0, (0.0,), ((0.0,),))} | arms)
    assert reason in row.undefined
    assert row.lift_interval is None


def test_a_covariate_that_never_varies_leaves_the_raw_result():
    arms = {a: moments(RNG.random(30), np.ones(30)) for a in "ab"}
    raw, adjusted = read("spend:mean", arms, covariate="history")
    assert raw.p_value is not None
    assert "same value" in adjusted.undefined


def test_a_sequential_interval_has_the_width_of_its_bound():
    arms = {a: moments(RNG.normal(1, 1, 100_000)) for a in "ab"}
    (row,) = read("spend:mean", arms, rules=replace(RULES, bound=lambda _pair, _alpha: 2.8))
    fixed, wide = row.difference_interval, row.sequential_interval
    assert (wide[1] - wide[0]) / (fixed[1] - fixed[0]) == pytest.approx(2.8 / 1.96, rel=1e-3)
    assert row.sequential_lift_interval[0] < row.lift_interval[0]


def read_together(asked, arms):
    """Every metric of the plan on the same arms."""
    every = [Pile(metric, None, arms, clustered=False) for metric in asked.all_metrics]
    return together([one for pile in every for one in questions(pile, asked, "bc", RULES)], asked)


def test_p_values_are_adjusted_within_their_family():
    arms = {name: moments(RNG.normal(i / 4, 1, 40)) for i, name in enumerate("abc")}
    metrics = tuple(MetricSpec.parse(f"{name}:mean") for name in ("spend", "other"))
    guard = (MetricSpec.parse("bad:mean"),)
    found = read_together(plan(metrics=metrics, guardrails=guard), arms)
    smallest = min(row.p_value for row in found)
    adjusted = {row.metric: row.p_adjusted for row in found if row.p_value == smallest}
    assert adjusted == {"spend": 2 * smallest, "other": 2 * smallest, "bad": smallest}
    untouched = read_together(plan(metrics=metrics, correction=Correction.NONE), arms)
    assert [row.p_adjusted for row in untouched] == [row.p_value for row in untouched]


def cube(n, *, days=(0,), slices=None, folds=None):
    size = len(n)
    block = Block(np.array(n), np.arange(size, dtype=float)[:, None], np.ones((size, 1, 1)) * 50)
    where = {"channel": tuple(slices)} if slices else {}
    return Cube(
        tuple("ab"[i % 2] for i in range(size)),
        where,
        tuple(days) * (size // len(days)),
        tuple(folds or (0,) * size),
        np.array(n),
        {"visit": block},
    )


def test_slices_are_read_in_order_and_an_arm_may_be_missing_from_one():
    found = piles(
        cube([5.0, 5.0, 5.0, 0.0], slices=["Web", "Web", "App", "App"]), plan().primary, "channel"
    )
    assert [(str(p.slice and p.slice.value), sorted(p.arms)) for p in found] == [
        ("App", ["a"]),
        ("Web", ["a", "b"]),
    ]


def test_one_slice_cannot_differ_from_itself():
    asked = plan("visit:mean")
    found = slices_differ(
        "channel", piles(cube([5.0, 5.0], slices=["W", "W"]), asked.primary, "channel"), asked
    )
    assert (found.p_value, found.undefined is None) == (None, False)


def test_the_days_of_the_cube_are_the_looks():
    asked = plan("visit:mean", sequential=True, planned_n=80, time="day")
    found = peeking(asked, cube([10.0] * 4, days=(3, 3, 9, 9)), tightest_at=100)
    assert found is not None
    assert (found.fraction, found.looks) == (0.5, (0.25, 0.5))
    assert "t = 0.5" in found.words
    assert found.bound(40, 0.05) > 1.96


def test_without_a_plan_there_is_a_confidence_sequence():
    found = peeking(plan("visit:mean", sequential=True), cube([10.0] * 2), tightest_at=100)
    assert found is not None
    assert "confidence sequence" in found.words
    assert found.bound(20, 0.05) > 2.8
    assert peeking(plan("visit:mean"), cube([10.0] * 2), tightest_at=100) is None


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ([1, 0, 0, 1], "is worth"),
        ([0, 1, 0, 1], "came out best for every value of channel"),
        ([0.01, 0, 0, 0.011], "benefit not shown"),
    ],
)
def test_the_worth_of_choosing_is_said_in_words(means, words):
    n = np.full(8, 400.0)
    mean = np.array(means * 2, dtype=float)[:, None]
    block = Block(n, mean, np.full((8, 1, 1), 399.0))
    where = {"channel": ("Web", "Web", "App", "App") * 2}
    full = Cube(("a", "b") * 4, where, (0,) * 8, (0,) * 4 + (1,) * 4, n, {"visit": block})
    found = personalization(full, plan("visit:mean"), "channel", [0])
    assert found is not None
    assert words in found.sentence


def test_a_choice_that_loses_is_said_to_lose():
    n = np.full(8, 400.0)
    mean = np.array([1, 0, 0, 1, 0, 2, 0.5, -2.5], dtype=float)[:, None]
    where = {"channel": ("Web", "Web", "App", "App") * 2}
    block = Block(n, mean, np.full((8, 1, 1), 399.0))
    full = Cube(("a", "b") * 4, where, (0,) * 8, (0,) * 4 + (1,) * 4, n, {"visit": block})
    found = personalization(full, plan("visit:mean"), "channel", [0])
    assert found is not None
    assert "loses" in found.sentence
    empty = replace(full, folds=(0,) * 8)
    assert personalization(empty, plan("visit:mean"), "channel", [1]) is None
