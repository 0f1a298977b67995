import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects  # type: ignore[import-untyped]

from core.errors import UndefinedStatistic
from core.models.experiment import MetricKind
from core.models.readout import Estimate, Slice
from core.statistics import shrinkage
from core.statistics.shrinkage import between_variance, shrunken, with_shrunken

SCHOOLS = ([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10, 16, 11, 9, 11, 10, 18])


def drawn(rows):
    return with_shrunken(rows, 0.05)


def row(value, difference, error, **changes):
    base = {
        "metric": "visit", "type": MetricKind.MEAN, "slice": Slice("channel", value), "arm": "b",
        "control": "a", "n": 50, "n_control": 50, "mean": 1.0, "mean_control": 1.0,
        "difference": difference, "standard_error": error,
    }  # fmt: skip
    return Estimate(**base | changes)


def test_the_eight_schools_are_one_and_their_average_is_7_7():
    """Gelman et al. (2013), section 5.5: the pooled estimate is 7.7, none varies beyond noise."""
    found = shrunken(*SCHOOLS, 0.05)
    assert found.between_deviation == 0
    assert found.effects == pytest.approx([found.average] * 8)
    assert found.average == pytest.approx(7.7, abs=0.05)


def test_the_average_over_deviations_is_that_of_stan():
    """The eight schools in RStan's introduction: theta 11.4 (8.3), 7.9 (6.3), 6.2 (7.7), ..."""
    effects, errors = (np.array(column) for column in SCHOOLS)
    found = shrinkage._given(effects, errors**2, shrinkage._grid(errors**2))
    centre = found.weights @ found.effects
    spread = np.sqrt(found.weights @ (found.variances + (found.effects - centre) ** 2))
    assert centre[[0, 1, 2, 4]] == pytest.approx([11.4, 7.9, 6.2, 5.1], abs=0.25)
    assert spread[[0, 1, 2, 4]] == pytest.approx([8.3, 6.3, 7.7, 6.3], abs=0.25)
    for (low, high), sd in zip(shrunken(*SCHOOLS, 0.05).intervals, spread, strict=True):
        assert (high - low) / (2 * 1.96) >= sd - 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_the_variance_between_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.5, 2, 7)
    effects = rng.normal(1, 2, 7) + errors * rng.standard_normal(7)
    theirs = combine_effects(effects, errors**2, method_re="iterated", use_t=False)
    assert between_variance(effects.tolist(), errors.tolist()) == pytest.approx(
        theirs.tau2, rel=1e-4
    )
    weights = errors**2 / (errors**2 + theirs.tau2)
    ours = shrunken(effects.tolist(), errors.tolist(), 0.05)
    assert ours.average == pytest.approx(theirs.mean_effect_re, rel=1e-4)
    blup = effects + weights * (theirs.mean_effect_re - effects)
    assert ours.effects == pytest.approx(blup, rel=1e-4)


NUMBERS = st.floats(-100, 100)


@given(st.lists(st.tuples(NUMBERS, st.floats(0.1, 50)), min_size=3, max_size=9))
def test_an_effect_moves_towards_the_average_and_never_past_it(pairs):
    effects, errors = [p[0] for p in pairs], [p[1] for p in pairs]
    found = shrunken(effects, errors, 0.05)
    for raw, drawn, (low, high) in zip(effects, found.effects, found.intervals, strict=True):
        near, far = sorted([raw, found.average])
        assert near - 1e-6 <= drawn <= far + 1e-6
        assert low < drawn < high


@pytest.mark.parametrize("slices", [3, 6])
@pytest.mark.parametrize("between", [0.0, 0.5, 1.0, 2.0])
def test_intervals_hold_for_the_slices_together(slices, between):
    rng = np.random.default_rng(311)
    held = []
    for _ in range(400):
        errors = np.exp(rng.normal(0, 0.5, slices))
        truth = rng.normal(1, between, slices)
        found = shrunken(truth + errors * rng.standard_normal(slices), errors, 0.05)
        held += [low < t < high for t, (low, high) in zip(truth, found.intervals, strict=True)]
    assert np.mean(held) > 0.935


def test_unknown_effects_have_a_reason():
    rows = [row("x", 1.0, 0.5), row("y", None, None), row("z", 2.0, 0.5), row("w", 0.0, 0.5)]
    one, other, *_ = drawn([*rows, row("all", 1.0, 0.1, slice=None)])
    assert one.shrunken_interval[0] < one.shrunken_difference < one.shrunken_interval[1]
    assert (one.exploratory, one.shrunken_undefined) == (True, None)
    assert (other.shrunken_difference, other.shrunken_interval) == (None, None)
    assert "no effect" in other.shrunken_undefined
    two = drawn(rows[:2])
    assert "Fewer than 3" in two[0].shrunken_undefined


def test_arms_metrics_and_columns_are_never_mixed():
    rows = [row(v, d, 0.1, arm=arm) for arm, d in (("b", 0.0), ("c", 9.0)) for v in "xyz"]
    found = drawn([*rows, row("all", 5.0, 0.1, slice=None)])
    assert [r.shrunken_difference for r in found[:6]] == pytest.approx([0.0] * 3 + [9.0] * 3)
    overall = found[-1]
    assert (overall.exploratory, overall.shrunken_difference) == (False, None)


def test_one_slice_or_no_error_is_undefined():
    with pytest.raises(UndefinedStatistic):
        between_variance([1.0], [1.0])
    with pytest.raises(UndefinedStatistic):
        shrunken([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 0.05)
    with pytest.raises(UndefinedStatistic):
        shrunken([1.0, 2.0], [1.0, 1.0], 0.05)
