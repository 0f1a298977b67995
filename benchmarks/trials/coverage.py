"""How often the intervals of a fixed horizon hold the truth."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.trials import draws
from benchmarks.trials.experiments import (
    BIG,
    BY_UNIT,
    FEW,
    MEAN,
    MIDDLE,
    PART,
    RATIO,
    SKEWED,
    UNEVEN,
    Trial,
    cuped,
    flags,
    orders,
    spend,
)
from benchmarks.trials.reading import ALPHA, Reader
from benchmarks.trials.shares import Share
from core.models.readout import Interval

PAST = draws.spend_with_past(MIDDLE, (0, 0.1))
BASE = draws.spend_mean()
TRIALS = (
    flags("proportion, Welch, 10 % of 10,000", BIG, 0.1, 0.1),
    flags("proportion, Welch, 10 % of 16,000 to 4,000", SKEWED, 0.1, 0.1),
    spend("mean, 90 % zeros, 10,000", BIG, 0.1),
    spend("mean, 90 % zeros, 80,000 to 20,000", (80_000, 20_000), 0.1),
    orders("ratio, delta method, 1,000", RATIO, 0.1),
    orders("mean of rows by unit, 1,000", BY_UNIT, 0.1),
    cuped("mean, CUPED, 500", 0.2),
    # How many customers it takes until the skewness of revenue no longer shows: with equal arms
    # about 3,000 in each, with unequal ones some 50,000 together.
    spend("mean, 90 % zeros, 300", (300, 300), 0.1, barred=False),
    spend("mean, 90 % zeros, 1,000", MIDDLE, 0.1, barred=False),
    spend("mean, 90 % zeros, 3,000", (3000, 3000), 0.1, barred=False),
    spend("mean, 90 % zeros, 4,000 to 1,000", UNEVEN, 0.1, barred=False),
    spend("mean, 90 % zeros, 16,000 to 4,000", SKEWED, 0.1, barred=False),
    spend("mean, 90 % zeros, 40,000 to 10,000", (40_000, 10_000), 0.1, barred=False),
    spend("mean, 90 % zeros, sigma 1.5, 10,000", BIG, 0.1, sigma=1.5, barred=False),
    Trial("mean, CUPED, 90 % zeros, 1,000", MEAN, PAST, BASE * 0.1, 0.1, barred=False),
)


@dataclass
class Covered:
    """How often the intervals of one kind held the truth."""

    hits: list[int] = field(default_factory=lambda: [0, 0])
    of: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, which: int, interval: Interval | None, truth: float) -> None:
        """One interval; None is not counted."""
        if interval is not None:
            self.of[which] += 1
            self.hits[which] += interval[0] <= truth <= interval[1]

    def shares(self, name: str, replications: int, *, barred: bool) -> Iterator[Share]:
        """Of the difference and of the lift."""
        bar = 1 - ALPHA if barred else None
        for which, kind in enumerate(("difference", "lift")):
            absent = replications - self.of[which]
            note = f"no interval in {absent / replications:.2%}" if absent else ""
            yield Share(f"{kind}: {name}", self.hits[which], self.of[which], bar, bar, note)


def coverage(trial: Trial, replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """Of the difference and of the lift."""
    found = Covered()
    for arms in trial.experiments(replications, rng):
        row = trial.reader.rows(arms)[-1]
        found.count(0, row.difference_interval, trial.difference)
        found.count(1, row.lift_interval, trial.lift)
    yield from found.shares(trial.name, replications, barred=trial.barred)


@dataclass(frozen=True)
class FewEvents:
    """Two arms in which so many events are expected in the smaller one, at least and at most."""

    sizes: tuple[int, int]
    least: float
    most: float
    always_score: bool = True
    barred: bool = False

    @property
    def name(self) -> str:
        """The kind and where the truth lies."""
        kind = "score" if self.always_score else "proportion as shown"
        treatment, control = self.sizes
        return f"{kind}, {self.least:g} to {self.most:g} events, {treatment:,} to {control:,}"

    @property
    def reader(self) -> Reader:
        """By the score test whatever is counted, or by it only where few events are."""
        return Reader("v:proportion", few=math.inf) if self.always_score else PART


# With fewer events control often has none; then no lift is shown, and those that are shown hold
# the truth more often than 95 %. Just above 10 events the lift is Fieller's, wider than need be.
FEW_EVENTS = (
    FewEvents(FEW, 6, 10, barred=True),
    FewEvents(UNEVEN, 6, 10, barred=True),
    FewEvents(FEW, 4, 9),
    FewEvents(FEW, 1, 4),
    FewEvents(FEW, 6, 10, always_score=False),
    FewEvents(FEW, 10, 20, always_score=False),
    FewEvents(FEW, 20, 40, always_score=False),
)


def score_coverage(few: FewEvents, replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """Coverage where events are few, over true shares that give so many of them.

    At one pair of shares the coverage of counts jumps up and down with the shares, so that it
    is averaged over them, as Newcombe (1998) does.
    """
    found, reader = Covered(), few.reader
    expected = rng.uniform(few.least, few.most, (replications, 2))
    for control, treatment in expected / min(few.sizes):
        arms = draws.flags(few.sizes, (control, treatment))(rng, (1,))[0]
        row = reader.rows(arms)[0]
        found.count(0, row.difference_interval, treatment - control)
        found.count(1, row.lift_interval, treatment / control - 1)
    yield from found.shares(few.name, replications, barred=few.barred)
