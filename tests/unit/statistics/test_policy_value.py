import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UndefinedStatistic
from core.statistics.moments import Moments
from core.statistics.policy_value import policy_value
from tests.unit.statistics.arms import moments


def part(rng, effects, size=400):
    """Slices by arms of standard normal outcomes about these means."""
    return {
        f"slice {i}": {
            arm: moments(rng.normal(m, 1, size)) for arm, m in zip("ab", row, strict=True)
        }
        for i, row in enumerate(effects)
    }


def test_the_value_of_a_policy_by_hand():
    high, low = Moments(50, (2.0,), ((49.0,),)), Moments(50, (1.0,), ((49.0,),))
    pile = {"x": {"a": high, "b": low}, "y": {"a": low, "b": high}}
    found = policy_value(pile, pile, 0.05)
    assert found.gain_interval is not None
    # 0.5^2 * (1/50 + 1/50) for the means, (0.5 * 1 - 0.25) / 200 for the sizes of the slices.
    assert found.gain_interval[1] - found.gain == pytest.approx(
        1.959964 * (0.01 + 0.25 / 200) ** 0.5, rel=1e-6
    )
    assert (found.value, found.best_single_value) == (2.0, 1.5)


def test_nothing_is_found_where_nothing_is():
    """Two idle arms in eight slices: the honest gain is 0 on average, in its interval 95 %."""
    rng, inside, gains = np.random.default_rng(61), 0, []
    for _ in range(400):
        found = policy_value(part(rng, [(0, 0)] * 4, 60), part(rng, [(0, 0)] * 4, 90), 0.05)
        if found.gain_interval is None:
            continue
        gains.append(found.gain)
        inside += found.gain_interval[0] <= 0 <= found.gain_interval[1]
    assert inside / len(gains) == pytest.approx(0.95, abs=0.035)
    assert np.mean(gains) == pytest.approx(0, abs=0.02)


@given(st.integers(0, 10_000))
def test_a_policy_of_one_arm_gains_nothing_and_has_no_interval(seed):
    rng = np.random.default_rng(seed)
    pile = part(rng, [(0, 9), (0, 9)], 20)
    found = policy_value(pile, pile, 0.05)
    assert (found.gain, found.gain_interval, set(found.policy.values())) == (0, None, {"b"})


def test_a_slice_that_did_not_choose_gets_the_best_single_arm():
    rng = np.random.default_rng(67)
    valuing = part(rng, [(0, 9), (0, 9)], 20)
    found = policy_value({"slice 0": valuing["slice 0"]}, valuing, 0.05)
    assert found.policy["slice 1"] == "b"


def test_an_arm_nobody_was_in_cannot_be_valued():
    rng = np.random.default_rng(71)
    pile = part(rng, [(0, 9)], 20)
    with pytest.raises(UndefinedStatistic, match="Too few"):
        policy_value(pile, {"slice 0": {"a": pile["slice 0"]["a"]}}, 0.05)
    with pytest.raises(UndefinedStatistic, match="enough"):
        policy_value({"slice 0": {}}, {"slice 0": {}}, 0.05)
