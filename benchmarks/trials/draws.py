"""Made-up experiments, drawn many at a time and kept as counts, sums and products."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.statistics.moments import Moments

Floats = NDArray[np.floating]
ARMS = "abcdefgh"
AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Sums:
    """Customers, sums and summed products; the last axes are arm and variables.

    The leading axes are replication and, where an experiment is read daily, day.
    """

    n: Floats
    sums: Floats
    products: Floats

    def so_far(self) -> "Sums":
        """Daily numbers added up to each day."""
        parts = (self.n, self.sums, self.products)
        return Sums(*(np.cumsum(part, axis=1) for part in parts))

    def __getitem__(self, place: int | tuple[int, int]) -> dict[str, Moments]:
        """The arms of one replication, or of one day of it, as the product keeps them."""
        n, sums, products = self.n[place], self.sums[place], self.products[place]
        mean = sums / n[:, None]
        scatter = products - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
        return {
            ARMS[i]: Moments(
                float(n[i]),
                tuple(mean[i].tolist()),
                tuple(tuple(row) for row in scatter[i].tolist()),
            )
            for i in range(len(n))
        }


Draw = Callable[[np.random.Generator, tuple[int, ...]], Sums]


def in_chunks(replications: int, customers: int) -> Iterator[int]:
    """Numbers of replications that fit into memory together."""
    most = max(1, min(replications, AT_ONCE // max(customers, 1)))
    for start in range(0, replications, most):
        yield min(most, replications - start)


def flags(sizes: tuple[int, ...], shares: tuple[float, ...]) -> Draw:
    """Whether each customer had the event."""

    def draw(rng: np.random.Generator, leading: tuple[int, ...]) -> Sums:
        shape = (*leading, len(sizes))
        events = rng.binomial(np.broadcast_to(sizes, shape), shares).astype(float)[..., None]
        return Sums(_sizes(sizes, leading), events, events[..., None])

    return draw


def spend(
    sizes: tuple[int, ...], lifts: tuple[float, ...], *, share: float = 0.1, sigma: float = 1.0
) -> Draw:
    """Revenue: few buy, for lognormal amounts that the lift multiplies."""

    def draw(rng: np.random.Generator, leading: tuple[int, ...]) -> Sums:
        buyers = rng.binomial(np.broadcast_to(sizes, (*leading, len(sizes))), share)
        amounts = np.exp(sigma * rng.standard_normal(int(buyers.sum())))
        cells = np.repeat(np.arange(buyers.size), buyers.ravel())
        total = np.bincount(cells, amounts, minlength=buyers.size).reshape(buyers.shape)
        squared = np.bincount(cells, amounts**2, minlength=buyers.size).reshape(buyers.shape)
        grown = 1 + np.array(lifts)
        products = (squared * grown**2)[..., None, None]
        return Sums(_sizes(sizes, leading), (total * grown)[..., None], products)

    return draw


def spend_mean(*, share: float = 0.1, sigma: float = 1.0) -> float:
    """The mean of `spend` without a lift."""
    return float(share * np.exp(sigma**2 / 2))


def normal(sizes: tuple[int, ...], means: tuple[float, ...], deviation: float) -> Draw:
    """A symmetric mean, by the exact distribution of its sums."""

    def draw(rng: np.random.Generator, leading: tuple[int, ...]) -> Sums:
        n = _sizes(sizes, leading)
        mean = np.array(means) + deviation / np.sqrt(n) * rng.standard_normal(n.shape)
        scatter = deviation**2 * rng.chisquare(n - 1)
        return Sums(n, (n * mean)[..., None], (scatter + n * mean**2)[..., None, None])

    return draw


def orders(sizes: tuple[int, ...], lifts: tuple[float, ...]) -> Draw:
    """Revenue of a customer and its number of orders; who orders more spends more on each."""

    def one(rng: np.random.Generator, shape: tuple[int, ...], lift: float) -> list[Floats]:
        count = 1.0 + rng.poisson(2.0, shape)
        return [count * (0.5 + 0.25 * count) * rng.gamma(2.0, 0.5, shape) * (1 + lift), count]

    return _by_customer(sizes, lifts, one)


def order_value() -> float:
    """Revenue per order of `orders` without a lift: E(count (2 + count) / 4) / E(count)."""
    count, squared = 3.0, 11.0
    return (0.5 * count + 0.25 * squared) / count


def with_past(sizes: tuple[int, ...], lifts: tuple[float, ...], noise: float = 0.5) -> Draw:
    """An outcome that follows the past, both skewed; and that past."""

    def one(rng: np.random.Generator, shape: tuple[int, ...], lift: float) -> list[Floats]:
        past = rng.gamma(2.0, 1.0, shape)
        return [(2 * past + noise * rng.standard_normal(shape)) * (1 + lift), past]

    return _by_customer(sizes, lifts, one)


def spend_with_past(
    sizes: tuple[int, ...], lifts: tuple[float, ...], *, share: float = 0.1
) -> Draw:
    """Revenue with 90 % zeros whose amounts follow a lognormal past; and that past."""

    def one(rng: np.random.Generator, shape: tuple[int, ...], lift: float) -> list[Floats]:
        past = np.exp(rng.standard_normal(shape))
        bought = rng.random(shape) < share
        return [np.where(bought, past * (1 + lift), 0.0), past]

    return _by_customer(sizes, lifts, one)


def _by_customer(
    sizes: tuple[int, ...],
    lifts: tuple[float, ...],
    one: Callable[[np.random.Generator, tuple[int, ...], float], list[Floats]],
) -> Draw:
    def draw(rng: np.random.Generator, leading: tuple[int, ...]) -> Sums:
        arms = [
            np.stack(one(rng, (*leading, size), lift), axis=-1)
            for size, lift in zip(sizes, lifts, strict=True)
        ]
        sums = np.stack([rows.sum(axis=-2) for rows in arms], axis=-2)
        squares = [np.swapaxes(rows, -1, -2) @ rows for rows in arms]
        return Sums(_sizes(sizes, leading), sums, np.stack(squares, axis=-3))

    return draw


def _sizes(sizes: tuple[int, ...], leading: tuple[int, ...]) -> Floats:
    return np.broadcast_to(np.array(sizes, dtype=float), (*leading, len(sizes)))
