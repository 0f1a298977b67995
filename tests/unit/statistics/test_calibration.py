"""A short part of the calibration benchmark, drawn few times and the same every time."""

import numpy as np
import pytest

from benchmarks.trials import coverage, daily, nulls, planted, policy

SEED = 5


def rng():
    return np.random.default_rng(SEED)


def missed(shares):
    return [share.line for share in shares if not share.met]


def by_name(trials):
    return pytest.mark.parametrize("trial", trials, ids=lambda trial: trial.name)


@by_name(nulls.TRIALS)
def test_nothing_that_works_is_seldom_taken_for_something(trial):
    assert missed(nulls.null_shares(trial, 300, rng())) == []


@by_name([trial for trial in coverage.TRIALS if trial.barred])
def test_intervals_hold_the_truth_as_often_as_they_say(trial):
    assert missed(coverage.coverage(trial, 600, rng())) == []


@by_name([few for few in coverage.FEW_EVENTS if few.barred])
def test_intervals_of_few_events_hold_the_truth_as_often_as_they_say(trial):
    assert missed(coverage.score_coverage(trial, 400, rng())) == []


def test_the_interval_of_what_choosing_gains_holds_the_truth():
    assert missed(policy.policy_coverage(600, rng())) == []


@by_name(daily.COVERED)
@pytest.mark.parametrize("method", [daily.PLANNED, daily.UNPLANNED])
def test_an_interval_that_is_looked_at_daily_holds_the_truth_all_along(trial, method):
    assert missed(daily.always_covered(trial, method, 60, rng())) == []


@by_name(daily.NULLS)
@pytest.mark.parametrize("method", [daily.PLANNED, daily.UNPLANNED])
def test_three_null_arms_looked_at_daily_seldom_alarm(trial, method):
    assert missed(daily.false_alarms(trial, method, 60, rng())) == []


@by_name([one for one in planted.PLANTED if one.barred])
def test_a_planted_effect_is_found_as_often_as_planned(trial):
    assert missed(planted.planted_share(trial, 300, rng())) == []
