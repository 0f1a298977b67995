"""Whether the same segments come out when the customers are drawn again."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]

DRAWS = 20


@dataclass(frozen=True, slots=True)
class Resampled:
    """The adjusted Rand index over all draws, mean and worst, and how each segment fared.

    `stays` is the mean share of a segment's customers who are together in its best match, and
    `jaccards` the mean of those in both over those in either.
    """

    mean: float
    worst: float
    stays: tuple[float, ...]
    jaccards: tuple[float, ...]


def resampled(
    labels: Places,
    parts: int,
    again: Callable[[Places, int], Places],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Resampled:
    """How the segments fare when they are made anew from customers drawn with replacement.

    Args:
        labels: the segment of each customer, from 0.
        parts: how many segments there are.
        again: makes them anew from the drawn places, with a seed, and labels every customer.
        draws: how many times.
        seed: of the draws.

    Reference:
        Hennig (2007), "Cluster-wise assessment of cluster stability"; segments and their matches
        are paired so that the most customers stay.

    Examples:
        >>> found = resampled(np.array([0, 0, 1, 1]), 2, lambda rows, seed: np.array([1, 1, 0, 0]))
        >>> found.mean, found.worst, found.stays
        (1.0, 1.0, (1.0, 1.0))
    """
    rng = np.random.default_rng(seed)
    sizes = np.maximum(np.bincount(labels, minlength=parts), 1)
    agreed, stays, jaccards = [], np.zeros(parts), np.zeros(parts)
    for _ in range(draws):
        rows = rng.integers(0, len(labels), len(labels))
        other = again(rows, int(rng.integers(2**31)))
        counts = contingency(labels, other)
        agreed.append(adjusted_rand(labels, other))
        both, either = _matched(counts, parts)
        stays += both / sizes
        jaccards += both / np.maximum(either, 1)
    shares = (tuple(float(v) / draws for v in values) for values in (stays, jaccards))
    return Resampled(float(np.mean(agreed)), float(min(agreed)), *shares)


def adjusted_rand(one: Places, other: Places) -> float:
    """The agreement of two divisions of the same customers: 1 when alike, about 0 by chance.

    Reference:
        Hubert and Arabie (1985), "Comparing partitions", equation 5.

    Examples:
        >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 2, 2]))
        1.0
        >>> round(adjusted_rand(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 2])), 3)
        0.571
    """
    counts = contingency(one, other).astype(float)
    together = (counts * (counts - 1)).sum() / 2
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    in_one, in_other = (rows * (rows - 1)).sum() / 2, (columns * (columns - 1)).sum() / 2
    pairs = len(one) * (len(one) - 1) / 2
    expected = in_one * in_other / pairs if pairs else 0.0
    most = (in_one + in_other) / 2
    # Both put everybody into one, or everybody apart: nothing to disagree about.
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def contingency(one: Places, other: Places) -> Places:
    """How many customers are in each part of one division and each of the other.

    Reference:
        Hubert and Arabie (1985), table 1.

    Examples:
        >>> contingency(np.array([0, 0, 1]), np.array([1, 1, 0])).tolist()
        [[0, 2], [1, 0]]
    """
    width = int(other.max()) + 1
    flat = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width)
    return flat.reshape(-1, width)


def _matched(counts: Places, parts: int) -> tuple[npt.NDArray[np.float64], ...]:
    """For each segment how many are also in its match, and how many in either."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - slow to import

    both, either = np.zeros(parts), np.ones(parts)
    either[: len(counts)] = counts.sum(axis=1)
    rows, columns = linear_sum_assignment(-counts)
    both[rows] = counts[rows, columns]
    either[rows] += counts[:, columns].sum(axis=0) - both[rows]
    return both, either
