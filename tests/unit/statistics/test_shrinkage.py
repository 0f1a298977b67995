import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import combine_effects  # type: ignore[import-untyped]

from core.errors import UndefinedStatistic
from core.models.experiment import MetricSpec
from core.models.readout import Estimate, Slice
from core.statistics import shrinkage
from core.statistics.comparison import Rules
from core.statistics.estimates import Pile, together
from core.statistics.questions import questions
from core.statistics.shrinkage import between_variance, drawn_together, shrunken
from tests.unit.statistics.arms import moments, plan

SCHOOLS = ([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0], [15.0, 10, 16, 11, 9, 11, 10, 18])


def test_the_eight_schools_are_one_and_their_average_is_7_7():
    """Gelman et al. (2013), section 5.5: the pooled estimate is 7.7, none varies beyond noise."""
    found = shrunken(*SCHOOLS, 0.05)
    assert found.between_deviation == 0
    assert found.effects == pytest.approx([float(found.average)] * 8)
    assert found.average == pytest.approx(7.7, abs=0.05)


def test_the_average_over_deviations_is_that_of_stan():
    """The eight schools in RStan's introduction: theta 11.4 (8.3), 7.9 (6.3), 6.2 (7.7), ..."""
    effects, errors = (np.array(column) for column in SCHOOLS)
    found = shrinkage._given(effects, errors**2, shrinkage._grid(errors**2))
    centre = found.effects @ found.weights
    away = found.effects - centre[:, None]
    spread = np.sqrt((found.variances + away**2) @ found.weights)
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


def test_groups_of_slices_are_each_as_if_alone():
    rng = np.random.default_rng(67)
    errors = np.exp(rng.normal(0, 1, (5, 40)))
    effects = rng.normal(0, 3, 40) + rng.normal(0, rng.uniform(0, 4, 40), (5, 40))
    found = shrunken(effects, errors, 0.05)
    for group in range(40):
        alone = shrunken(effects[:, group], errors[:, group], 0.05)
        assert found.effects[:, group] == pytest.approx(alone.effects, rel=1e-9)
        assert found.intervals[:, group] == pytest.approx(alone.intervals, rel=1e-9)
        assert found.between_deviation[group] == pytest.approx(alone.between_deviation, rel=1e-9)


@given(st.lists(st.tuples(NUMBERS, st.floats(0.01, 100)), min_size=2, max_size=9))
def test_the_variance_between_explains_all_that_noise_does_not(pairs):
    """Paule and Mandel's condition: with it, the weighted squares are as many as expected."""
    y, variances = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]) ** 2
    between = between_variance(y, variances**0.5)

    def squares(extra):
        weights = 1 / (variances + extra)
        return weights @ (y - weights @ y / weights.sum()) ** 2

    if between > 0:
        assert squares(between) == pytest.approx(len(y) - 1, rel=1e-6)
    else:
        assert squares(0.0) <= len(y) - 1 + 1e-9


def test_unknown_effects_have_a_reason():
    groups: list[str | None] = ["channel"] * 4 + [None]
    effects, errors = [1.0, None, 2.0, 0.0, 1.0], [0.5, None, 0.5, 0.5, 0.1]
    one, other, *_, overall = drawn_together(groups, effects, errors, 0.05)
    assert one.interval is not None
    assert one.effect is not None
    assert one.interval[0] < one.effect < one.interval[1]
    assert one.undefined is None
    assert (other.effect, other.interval) == (None, None)
    assert "no effect" in str(other.undefined)
    assert overall == (None, None, None)
    two = drawn_together(groups[:2], effects[:2], errors[:2], 0.05)
    assert "Fewer than 3" in str(two[0].undefined)


def test_many_groups_of_many_slices_are_drawn_in_parts():
    rng = np.random.default_rng(71)
    groups = [group for group in range(30) for _ in range(100)]
    effects = rng.normal(0, 1, 3000).tolist()
    found = drawn_together(groups, effects, [1.0] * 3000, 0.05)
    last = shrunken(effects[-100:], [1.0] * 100, 0.05)
    assert [row.effect for row in found[-100:]] == pytest.approx(last.effects.tolist())


def test_arms_metrics_and_columns_are_never_mixed():
    rng, asked = np.random.default_rng(73), plan("visit:mean")
    parts = [(column, value) for column in ("channel", "region") for value in "xyz"]
    piles = [
        Pile(
            MetricSpec.parse(f"{metric}:mean"),
            Slice(column, value),
            {arm: moments(rng.normal(level * (arm != "a"), 1, 50)) for arm in "abc"},
            clustered=False,
        )
        for level, metric in ((0, "visit"), (9, "other"))
        for column, value in parts
    ]
    overall = Pile(asked.primary, None, piles[0].arms, clustered=False)
    rules = Rules(0.05, 0.05, 0.3, 10)
    rows = together(
        [one for pile in [*piles, overall] for one in questions(pile, asked, "bc", rules)], asked
    )
    groups: dict[object, list[Estimate]] = {}
    for row in rows:
        key = row.slice and (row.metric, row.slice.column, row.arm)
        groups.setdefault(key, []).append(row)
    assert [row.exploratory for row in groups.pop(None)] == [False, False]
    assert len(groups) == 8
    for members in groups.values():
        effects = np.array([row.difference for row in members], dtype=float)
        errors = np.array([row.standard_error for row in members], dtype=float)
        alone = shrunken(effects, errors, 0.05)
        assert [row.shrunken_difference for row in members] == pytest.approx(list(alone.effects))
        assert all(row.exploratory for row in members)


def test_one_slice_or_no_error_is_undefined():
    with pytest.raises(UndefinedStatistic):
        between_variance([1.0], [1.0])
    with pytest.raises(UndefinedStatistic):
        shrunken([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 0.05)
    with pytest.raises(UndefinedStatistic):
        shrunken([1.0, 2.0], [1.0, 1.0], 0.05)
