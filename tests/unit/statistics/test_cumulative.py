from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from core.models.cube import Block, Cube
from core.models.readout import ReadingMode
from core.statistics.comparison import Rules
from core.statistics.cumulative import cumulative
from core.statistics.estimates import estimates, piles
from core.statistics.peeking import peeking
from core.statistics.sequential import bounds
from tests.unit.statistics.arms import moments, plan

FIXED = Rules(alpha=0.05, shared_alpha=0.025, prior_deviation=0.3, few_events=10)
DAYS = [date(2025, 1, d) for d in range(1, 6)]


def sent(rng, days=DAYS, arms="abc", size=60):
    """A cube of one cell a day and arm, and its rows by (day, arm)."""
    rows = {(day, arm): rng.normal(5 + (arm == "b"), 2, (2, size)) for day in days for arm in arms}
    parts = [moments(*values) for values in rows.values()]
    n = np.array([part.n for part in parts], dtype=float)
    block = Block(
        n, np.array([part.mean for part in parts]), np.array([part.scatter for part in parts])
    )
    days_of, arms_of = zip(*rows, strict=True)
    return Cube(arms_of, {}, days_of, (0,) * len(rows), n, {"spend": block}), rows


def history(cube, question, rules=FIXED):
    return cumulative(cube, question, rules, tightest_at=1000)


def asked(**changes):
    return plan("spend:mean", **{"time": "day"} | changes)


def test_each_day_is_welchs_test_on_everybody_so_far():
    cube, rows = sent(np.random.default_rng(3))
    found = history(cube, asked())
    raw = [row for row in found if not row.covariate_adjusted]
    assert raw == []  # With a covariate the adjusted result is the one that is read.
    plain = replace(cube, blocks={"spend": _without_covariate(cube.blocks["spend"])})
    found = history(plain, asked())
    assert [row.day for row in found] == [day for day in DAYS for _ in "bc"]
    for row in found:
        so_far = [day for day in DAYS if day <= row.day]
        one, two = (np.concatenate([rows[day, arm][0] for day in so_far]) for arm in (row.arm, "a"))
        theirs = stats.ttest_ind(one, two, equal_var=False).confidence_interval()
        assert (row.n, row.n_control) == (len(one), len(two))
        assert row.interval == pytest.approx((theirs.low, theirs.high), rel=1e-9)
        assert row.mode is ReadingMode.POINTWISE


def _without_covariate(block):
    return Block(block.n, block.mean[:, :1], block.scatter[:, :1, :1])


@pytest.mark.parametrize(
    ("changes", "mode"),
    [
        ({}, ReadingMode.POINTWISE),
        ({"sequential": True, "planned_n": 1500}, ReadingMode.GROUP_SEQUENTIAL),
        ({"sequential": True}, ReadingMode.CONFIDENCE_SEQUENCE),
    ],
)
def test_the_last_day_is_the_read_out_and_modes_are_never_mixed(changes, mode):
    cube, _ = sent(np.random.default_rng(5))
    question = asked(**changes)
    watched = peeking(question, cube, tightest_at=1000)
    rules = replace(FIXED, bound=None if watched is None else watched.bound)
    found = history(cube, question, rules)
    assert {row.mode for row in found} == {mode}
    (pile,) = piles(cube, question.primary)
    end = {
        row.arm: row
        for row in estimates(pile, question, ("b", "c"), rules)
        if row.covariate_adjusted
    }
    for row in found[-2:]:
        last = end[row.arm]
        pointwise = mode is ReadingMode.POINTWISE
        interval = last.difference_interval if pointwise else last.sequential_interval
        lift = last.lift_interval if pointwise else last.sequential_lift_interval
        assert (row.n, row.n_control) == (last.n, last.n_control)
        assert row.interval == pytest.approx(interval, rel=1e-9)
        assert row.lift_interval == pytest.approx(lift, rel=1e-9)


def test_the_group_sequential_band_has_the_bound_of_each_day():
    cube, _ = sent(np.random.default_rng(7), arms="ab", size=5000)
    plain = replace(cube, blocks={"spend": _without_covariate(cube.blocks["spend"])})
    question = asked(sequential=True, planned_n=100_000)
    found = history(plain, question)
    fixed = history(plain, asked())
    wanted = bounds([0.1, 0.2, 0.3, 0.4, 0.5], FIXED.shared_alpha)
    for row, one, bound in zip(found, fixed, wanted, strict=True):
        ratio = (row.interval[1] - row.difference) / (one.interval[1] - one.difference)
        assert ratio == pytest.approx(bound / stats.norm.isf(0.025), rel=2e-3)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_of_the_cells_does_not_matter(seed, shuffler):
    cube, _ = sent(np.random.default_rng(seed), size=9)
    order = list(range(len(cube.arms)))
    shuffler.shuffle(order)
    block = cube.blocks["spend"]
    mixed = Cube(
        tuple(cube.arms[i] for i in order),
        {},
        tuple(cube.days[i] for i in order),
        (0,) * len(order),
        cube.n[order],
        {"spend": Block(block.n[order], block.mean[order], block.scatter[order])},
    )
    one = history(cube, asked())
    two = history(mixed, asked())
    assert [(r.day, r.arm, r.n) for r in one] == [(r.day, r.arm, r.n) for r in two]
    assert [r.difference for r in one] == pytest.approx([r.difference for r in two], rel=1e-9)


def test_a_group_that_starts_later_has_a_reason_until_then():
    cube, _ = sent(np.random.default_rng(9), arms="ab")
    kept = [
        i
        for i, (d, a) in enumerate(zip(cube.days, cube.arms, strict=True))
        if (d, a) != (DAYS[0], "b")
    ]
    block = cube.blocks["spend"]
    late = Cube(
        tuple(cube.arms[i] for i in kept),
        {},
        tuple(cube.days[i] for i in kept),
        (0,) * len(kept),
        cube.n[kept],
        {"spend": Block(block.n[kept], block.mean[kept], block.scatter[kept])},
    )
    first, second, *_ = history(late, asked())
    assert (first.n, first.n_control, first.interval) == (0, 60, None)
    assert first.undefined
    assert second.interval is not None


def test_without_days_there_is_no_history():
    cube, _ = sent(np.random.default_rng(11))
    assert history(cube, plan("spend:mean")) == []
    undated = replace(cube, days=(None,) * len(cube.days))
    assert history(undated, asked()) == []


def test_customers_without_a_day_are_left_out():
    cube, _ = sent(np.random.default_rng(13))
    partly = replace(cube, days=(None, *cube.days[1:]))
    found = history(partly, asked())
    assert [row.n_control for row in found[:2]] == [0, 0]
