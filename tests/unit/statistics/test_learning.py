"""The ledger's mathematics: against independent libraries, and on programmes of known truth."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from statsmodels.stats.meta_analysis import combine_effects  # type: ignore[import-untyped]

from benchmarks.trials.programmes import PROGRAMMES, scores
from core.errors import UndefinedStatistic
from core.models.learning import Strength, strength
from core.statistics import learning
from core.statistics.combining import combined
from core.statistics.learning import COMMON, Measurements, learnt

MIXED = PROGRAMMES[0]
EFFECTS, ERRORS = [0.28, 0.08, -0.3, 0.7, -0.01], [0.15, 0.10, 0.16, 0.11, 0.09]


def measured(effects, errors, cells, tests, *, shared=0.0):
    own, campaign = np.asarray(cells, dtype=np.intp), np.asarray(tests, dtype=np.intp)
    y, e = np.asarray(effects, dtype=float), np.asarray(errors, dtype=float)
    return Measurements(own, campaign, campaign, y, e, np.full(len(y), shared))


@pytest.fixture(scope="module")
def programmes():
    return scores(MIXED, 500, np.random.default_rng(5))


def test_intervals_cover_the_truth_in_500_programmes(programmes):
    assert 0.93 <= programmes.covered.mean() <= 0.97


def test_the_error_is_below_that_of_the_plain_means(programmes):
    assert programmes.squared.mean() < 0.9 * programmes.raw_squared.mean()


def test_the_highest_so_far_is_not_overstated_where_the_plain_mean_is(programmes):
    error = programmes.overstated.std() / np.sqrt(len(programmes.overstated))
    assert programmes.overstated.mean() <= 3 * error
    assert programmes.raw_overstated.mean() > 10 * error


def test_the_plain_mean_is_that_of_statsmodels_with_hartung_and_knapp():
    ours = combined(EFFECTS, ERRORS, 0.05)
    theirs = combine_effects(np.array(EFFECTS), np.square(ERRORS), method_re="iterated")
    assert ours.effect == pytest.approx(theirs.mean_effect_re, rel=1e-5)
    assert ours.between_deviation**2 == pytest.approx(theirs.tau2, rel=1e-4)
    *_, hartung_knapp = theirs.conf_int(alpha=0.05, use_t=True)
    assert ours.interval == pytest.approx(hartung_knapp, rel=1e-4)


def test_tests_that_agree_too_well_do_not_shorten_the_interval():
    found = combined([1.0, 1.0, 1.0], [0.5, 0.5, 0.5], 0.05)
    assert found.interval[1] - 1.0 == pytest.approx(4.302653 * 0.5 / np.sqrt(3), rel=1e-5)


def test_effects_are_those_of_every_deviation_tried_one_by_one():
    """The same posterior from whole covariance matrices, by the textbook, no shortcut."""
    given = measured(
        [1.0, 0.4, 1.5, -0.2, 0.9],
        [0.5, 0.4, 0.6, 0.5, 0.3],
        [0, 1, 0, 1, 2],
        [0, 0, 1, 1, 1],
        shared=0.05,
    )
    membership = np.eye(3)[given.cells]
    same = given.tests[:, None] == given.tests[None, :]
    noise = np.where(same, 0.05, 0.0)
    np.fill_diagonal(noise, given.errors**2)
    vague = 1e4
    total, weighed = 0.0, np.zeros(3)
    for within in learning._deviations(0.5, learning._WITHIN):
        spread = within**2 * np.where(same, COMMON + (1 - COMMON) * np.eye(5), 0.0)
        for between in learning._deviations(0.5, learning._BETWEEN):
            prior = between**2 * np.eye(3) + vague
            covariance = noise + spread + membership @ prior @ membership.T
            weight = multivariate_normal(np.zeros(5), covariance).pdf(given.effects)
            mean = prior @ membership.T @ np.linalg.solve(covariance, given.effects)
            total, weighed = total + weight, weighed + weight * mean
    assert learnt(given, 0.5, 0.05).effects == pytest.approx(weighed / total, rel=1e-3)


def test_one_effect_alone_is_not_drawn_anywhere_and_its_interval_knows_campaigns_differ():
    found = learnt(measured([2.0], [0.5], [0], [0]), 0.5, 0.05)
    assert found.effects[0] == pytest.approx(2.0)
    assert found.intervals[0, 1] - 2.0 > 1.1 * 1.96 * 0.5


def test_the_order_of_tests_and_the_numbers_of_cells_change_nothing():
    given = ([1.0, 0.4, 1.5, -0.2], [0.5, 0.4, 0.6, 0.5], [0, 1, 0, 1], [0, 0, 1, 1])
    found = learnt(measured(*given), 0.5, 0.05)
    turned = learnt(measured(*(list(reversed(x)) for x in given)), 0.5, 0.05)
    renamed = learnt(measured(*given[:2], [1, 0, 1, 0], given[3]), 0.5, 0.05)
    assert turned.effects == pytest.approx(found.effects)
    assert renamed.intervals[::-1] == pytest.approx(found.intervals)


def test_more_tests_that_say_the_same_narrow_the_interval():
    def width(tests):
        given = measured([1.0] * tests, [0.5] * tests, [0] * tests, range(tests))
        low, high = learnt(given, 0.2, 0.05).intervals[0]
        return high - low

    assert width(1) > width(3) > width(9)


@pytest.mark.parametrize("errors", [[0.0, 1.0], []])
def test_effects_without_standard_errors_are_refused(errors):
    with pytest.raises(UndefinedStatistic):
        learnt(
            measured([1.0] * len(errors), errors, range(len(errors)), range(len(errors))), 1, 0.05
        )
    with pytest.raises(UndefinedStatistic):
        combined([1.0] * len(errors), errors, 0.05)


@pytest.mark.parametrize(
    ("tests", "months", "interval", "label"),
    [
        (3, 12, (0.1, 0.2), Strength.STRONG),
        (9, 0, (-0.2, -0.1), Strength.STRONG),
        (3, 13, (0.1, 0.2), Strength.MEDIUM),
        (2, 24, (0.1, 0.2), Strength.MEDIUM),
        (2, 25, (0.1, 0.2), Strength.WEAK),
        (1, 0, (0.1, 0.2), Strength.WEAK),
        (9, 0, (-0.1, 0.2), Strength.WEAK),
        (9, 0, (0.0, 0.2), Strength.WEAK),
    ],
)
def test_the_label_follows_the_written_rule(tests, months, interval, label):
    assert strength(tests, months, interval) is label
