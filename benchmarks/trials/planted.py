"""An effect of the registered size at the planned number of customers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.trials import draws
from benchmarks.trials.draws import ARMS, Draw
from benchmarks.trials.experiments import Trial
from benchmarks.trials.reading import Reader
from benchmarks.trials.shares import Share
from core.models.readout import Decision
from core.statistics.power import Design, power, required

BASE = draws.spend_mean()
DEVIATION = float(np.sqrt(0.1 * np.exp(2.0) - BASE**2))


@dataclass(frozen=True)
class Planted:
    """A design, its registered lift in the last arm, and how experiments are drawn."""

    name: str
    metric: str
    design: Design
    lift: float
    draw: Callable[[tuple[int, ...]], Draw]
    barred: bool = True


PLANTED = (
    Planted(
        "proportion 10 %, lift 10 %",
        "v:proportion",
        Design(0.1),
        0.1,
        lambda n: draws.flags(n, (0.1, 0.11)),
    ),
    Planted(
        "proportion 30.6 %, lift 10 %",
        "v:proportion",
        Design(0.306),
        0.1,
        lambda n: draws.flags(n, (0.306, 0.3366)),
    ),
    Planted(
        "proportion, three arms of 50/25/25 %",
        "v:proportion",
        Design(0.1, allocation=(0.5, 0.25, 0.25)),
        0.1,
        lambda n: draws.flags(n, (0.1, 0.1, 0.11)),
    ),
    Planted(
        "mean 10, deviation 4, lift 5 %",
        "v:mean",
        Design(10, deviation=4, proportional_spread=False),
        0.05,
        lambda n: draws.normal(n, (10, 10.5), 4),
    ),
    Planted(
        "mean by CUPED, lift 2 %",
        "v:mean",
        Design(4.0, deviation=0.5),
        0.02,
        lambda n: draws.with_past(n, (0, 0.02)),
    ),
    # A lift that multiplies amounts multiplies their deviation, which the plan takes as equal.
    Planted(
        "mean, 90 % zeros, everybody spends 10 % more",
        "v:mean",
        Design(BASE, deviation=DEVIATION),
        0.1,
        lambda n: draws.spend(n, (0, 0.1)),
        barred=False,
    ),
)


def planted_share(planted: Planted, replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """How often the arm with the effect ends in "use", beside the planned power."""
    sizes = tuple(required(planted.design, planted.lift))
    expected = power(planted.design, planted.lift, sum(sizes))
    reader, best = Reader(planted.metric, arms=len(sizes), mde=planted.lift), ARMS[len(sizes) - 1]
    used = 0
    for arms in Trial(planted.name, reader, planted.draw(sizes)).experiments(replications, rng):
        found = reader.conclusion(arms)
        used += found.decision is Decision.USE and found.arm == best
    bar = expected if planted.barred else None
    note = f"planned {expected:.2%} with {sum(sizes):,}"
    yield Share(f'"use": {planted.name}', used, replications, bar, bar, note)
