"""One kind of experiment, drawn again and again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.trials import draws
from benchmarks.trials.draws import Draw, in_chunks
from benchmarks.trials.reading import Reader
from core.statistics.moments import Moments

MEAN, PART, RATIO = Reader("v:mean"), Reader("v:proportion"), Reader("r=y/d:ratio")
BY_UNIT = Reader("v:mean", clustered=True)
BIG, SKEWED, UNEVEN = (10_000, 10_000), (16_000, 4_000), (4000, 1000)
MIDDLE, FEW = (1000, 1000), (500, 500)
MOST_DRAWN = 3000


@dataclass(frozen=True)
class Trial:
    """How an experiment is read, drawn, and what is true of it.

    `customers` are drawn one by one in a replication. `barred` False: shown for information.
    `discrete` results cannot reach every level, and stay below it.
    """

    name: str
    reader: Reader
    draw: Draw
    difference: float = 0.0
    lift: float = 0.0
    customers: int = MOST_DRAWN
    barred: bool = True
    discrete: bool = False

    def experiments(
        self, replications: int, rng: np.random.Generator
    ) -> Iterator[dict[str, Moments]]:
        """So many independent ones, as arms."""
        for many in in_chunks(replications, self.customers):
            drawn = self.draw(rng, (many,))
            for i in range(many):
                yield drawn[i]


def flags(name: str, sizes: tuple[int, ...], share: float, lift: float = 0.0) -> Trial:
    """A proportion whose last arm has the lift."""
    shares = (*[share] * (len(sizes) - 1), share * (1 + lift))
    reader = Reader("v:proportion", arms=len(sizes))
    return Trial(name, reader, draws.flags(sizes, shares), share * lift, lift)


def spend(
    name: str,
    sizes: tuple[int, int],
    lift: float = 0.0,
    *,
    sigma: float = 1.0,
    barred: bool = True,
) -> Trial:
    """Revenue with 90 % zeros; everybody in treatment spends more by the lift."""
    base = draws.spend_mean(sigma=sigma)
    draw = draws.spend(sizes, (0, lift), sigma=sigma)
    return Trial(name, MEAN, draw, base * lift, lift, sum(sizes) // 10, barred)


def orders(name: str, reader: Reader, lift: float = 0.0) -> Trial:
    """Revenue per order, or per row of a unit."""
    draw = draws.orders(MIDDLE, (0, lift))
    return Trial(name, reader, draw, draws.order_value() * lift, lift)


def cuped(name: str, lift: float = 0.0) -> Trial:
    """A mean that follows the past."""
    return Trial(name, MEAN, draws.with_past(FEW, (0, lift)), 4 * lift, lift, 1000)
