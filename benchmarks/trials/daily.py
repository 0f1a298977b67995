"""Experiments read every day: false alarms, coverage at all looks at once, and power kept."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.trials import draws
from benchmarks.trials.draws import Draw, Sums, in_chunks
from benchmarks.trials.reading import ALPHA, TIGHTEST_AT, Reader
from benchmarks.trials.shares import Share
from core.models.readout import Decision
from core.statistics.peeking import Peeking
from core.statistics.power import Design, power, required

LOOKS = 20
STEPS = tuple((k + 1) / LOOKS for k in range(LOOKS))
PLANNED, UNPLANNED = "group sequential", "confidence sequence"


@dataclass(frozen=True)
class Daily:
    """An experiment whose customers come in equal daily numbers."""

    name: str
    metric: str
    draw: Draw
    arms: int = 2
    difference: float = 0.0
    lift: float = 0.0
    mde: float = 0.0
    customers: int = 20_000

    @property
    def reader(self) -> Reader:
        """How it is read."""
        return Reader(self.metric, arms=self.arms, sequential=True, mde=self.mde)


DAY = 500
PART, MEAN = "v:proportion", "v:mean"
NULLS = (
    Daily("three null arms, proportion 10 %", PART, draws.flags((DAY,) * 4, (0.1,) * 4), 4),
    Daily("three null arms, mean with 90 % zeros", MEAN, draws.spend((DAY,) * 4, (0,) * 4), 4),
)
SPEND = draws.spend((DAY, DAY), (0, 0.1))
COVERED = (
    Daily("proportion 10 %", PART, draws.flags((DAY, DAY), (0.1, 0.11)), 2, 0.01, 0.1),
    Daily("mean with 90 % zeros", MEAN, SPEND, 2, draws.spend_mean() * 0.1, 0.1),
)


def peekings(method: str) -> list[Peeking]:
    """How the reading of each day is bounded."""
    if method == UNPLANNED:
        return [Peeking(None, tightest_at=TIGHTEST_AT)] * LOOKS
    return [Peeking(t, STEPS[: k + 1], TIGHTEST_AT) for k, t in enumerate(STEPS)]


def histories(
    daily: Daily, replications: int, rng: np.random.Generator
) -> Iterator[tuple[Sums, int]]:
    """Every experiment with its place among those drawn together."""
    for many in in_chunks(replications, daily.customers // 5):
        drawn = daily.draw(rng, (many, LOOKS)).so_far()
        for i in range(many):
            yield drawn, i


def used_early(daily: Daily, method: str, replications: int, rng: np.random.Generator) -> int:
    """In how many experiments "use" was concluded on any day."""
    bounds, reader = peekings(method), daily.reader
    return sum(
        any(
            reader.conclusion(drawn[i, day], bounds[day]).decision is Decision.USE
            for day in range(LOOKS)
        )
        for drawn, i in histories(daily, replications, rng)
    )


def false_alarms(
    daily: Daily, method: str, replications: int, rng: np.random.Generator
) -> Iterator[Share]:
    """How often "use" is said of any arm, on any day, when nothing works."""
    used = used_early(daily, method, replications, rng)
    yield Share(f'"use", {method}: {daily.name}', used, replications, high=ALPHA, strict=True)


def always_covered(
    daily: Daily, method: str, replications: int, rng: np.random.Generator
) -> Iterator[Share]:
    """How often the interval holds the truth on every day of an experiment."""
    bounds, reader = peekings(method), daily.reader
    of_difference = of_lift = 0
    for drawn, i in histories(daily, replications, rng):
        rows = [reader.rows(drawn[i, day], bounds[day])[0] for day in range(LOOKS)]
        intervals = [row.sequential_interval for row in rows]
        lifts = [row.sequential_lift_interval for row in rows]
        of_difference += all(r is not None and r[0] <= daily.difference <= r[1] for r in intervals)
        # A lift that is not estimable yet claims nothing.
        of_lift += all(r is None or r[0] <= daily.lift <= r[1] for r in lifts)
    bar = 1 - ALPHA
    yield Share(f"difference, {method}: {daily.name}", of_difference, replications, low=bar)
    yield Share(f"lift, {method}: {daily.name}", of_lift, replications, low=bar)


def planted(method: str, replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """What daily looks cost: a fixed-horizon plan, read every day."""
    design, lift = Design(0.1), 0.1
    size = -(-required(design, lift)[0] // LOOKS)
    draw = draws.flags((size, size), (0.1, 0.1 * (1 + lift)))
    daily = Daily("planted", "v:proportion", draw, mde=lift, customers=2 * LOOKS * size)
    used = used_early(daily, method, replications, rng)
    note = f"planned {power(design, lift, 2 * LOOKS * size):.2%} for one look"
    yield Share(f'"use", {method}: proportion 10 %, lift 10 %', used, replications, note=note)
