"""Programmes of tests with known effects, and how the ledger of learning does on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.statistics.combining import combined
from core.statistics.learning import COMMON, Measurements, learnt

Floats = NDArray[np.float64]

ALPHA, BASE, SPREAD = 0.05, 0.10, 0.15


@dataclass(frozen=True)
class Programme:
    """A kind of programme: shares near 10 %, differences from a control that groups share.

    `spreads` bounds the true deviations between cells and between campaigns, drawn evenly, as a
    multiple of what the ledger takes for usual. Every group of a campaign is a random tone.
    """

    name: str
    segments: int = 3
    tones: int = 3
    most_tests: int = 6
    spreads: tuple[float, float] = (0.0, 2.0)
    average: float = 0.01
    customers: tuple[int, int] = (300, 5000)


PROGRAMMES = (
    Programme("mixed"),
    Programme("nothing works, nothing differs", spreads=(0.0, 0.0), average=0.0),
    Programme("one test of everything", most_tests=1),
    Programme("many tests", most_tests=20),
    Programme("large differences", spreads=(2.0, 3.0)),
    Programme("small differences", spreads=(0.0, 0.5)),
    Programme("many segments", segments=8),
)


class Scores(NamedTuple):
    """What the ledger and the plain means of the tests did, by cell and by programme.

    `covered` says of each cell whether its interval holds the truth; `squared` and `raw_squared`
    are squared errors; `overstated` and `raw_overstated` how far the highest exceeds its truth.
    """

    covered: NDArray[np.bool_]
    squared: Floats
    raw_squared: Floats
    overstated: Floats
    raw_overstated: Floats


def scores(programme: Programme, replications: int, rng: np.random.Generator) -> Scores:
    """The ledger on so many programmes of a kind."""
    parts = [_score(programme, rng) for _ in range(replications)]
    return Scores(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _score(programme: Programme, rng: np.random.Generator) -> tuple[NDArray[np.generic], ...]:
    truth, tested = _drawn(programme, rng)
    found = learnt(tested, SPREAD * BASE, ALPHA)
    raw = np.array(
        [
            combined(tested.effects[own], tested.errors[own], ALPHA).effect
            for own in (tested.cells == cell for cell in range(len(truth)))
        ]
    )
    low, high = found.intervals.T
    best, raw_best = int(found.effects.argmax()), int(raw.argmax())
    return (
        (low <= truth) & (truth <= high),
        (found.effects - truth) ** 2,
        (raw - truth) ** 2,
        np.array([found.effects[best] - truth[best]]),
        np.array([raw[raw_best] - truth[raw_best]]),
    )


def _drawn(programme: Programme, rng: np.random.Generator) -> tuple[Floats, Measurements]:
    """The true effects of the cells that were tested, and what was measured of them."""
    between, within = rng.uniform(*programme.spreads, 2) * SPREAD * BASE
    truth = rng.normal(programme.average, between, (programme.segments, programme.tones))
    rows = [
        row
        for test in range(int(rng.integers(1, programme.most_tests + 1)))
        for row in _test(programme, truth, within, test, rng)
    ]
    cells, tests, controls, effects, errors, shared = map(np.array, zip(*rows, strict=True))
    ids, places = np.unique(cells, return_inverse=True)
    return truth.ravel()[ids], Measurements(places, tests, controls, effects, errors, shared)


def _test(
    programme: Programme, truth: Floats, within: float, test: int, rng: np.random.Generator
) -> Iterator[tuple[float, ...]]:
    """One campaign with some of the tones in every segment, against one control a segment."""
    common = rng.normal(0, within * np.sqrt(COMMON))
    tones = rng.choice(programme.tones, rng.integers(1, programme.tones + 1), replace=False)
    for segment in range(programme.segments):
        variance = BASE * (1 - BASE) / int(rng.integers(*programme.customers))
        control = rng.normal(0, np.sqrt(variance))
        for tone in tones.tolist():
            own = truth[segment, tone] + common + rng.normal(0, within * np.sqrt(1 - COMMON))
            measured = own + rng.normal(0, np.sqrt(variance)) - control
            error = np.sqrt(2 * variance)
            yield segment * programme.tones + tone, test, segment, measured, error, variance
