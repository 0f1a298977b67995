"""What choosing the best arm by slice really gains, against the interval that is shown."""

from collections.abc import Iterator

import numpy as np

from benchmarks.trials.draws import ARMS
from benchmarks.trials.reading import ALPHA
from benchmarks.trials.shares import Share
from core.statistics.moments import Moments
from core.statistics.policy_value import policy_value

# The share who convert, by slice and arm, and how large the slices are.
SLICES = np.array(
    [[0.10, 0.11, 0.10], [0.10, 0.10, 0.112], [0.12, 0.11, 0.115], [0.08, 0.088, 0.08]]
)
SLICE_SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def policy_coverage(replications: int, rng: np.random.Generator) -> Iterator[Share]:
    """Whether the interval of what choosing by slice gains holds what it really gains."""
    hits = counted = 0
    for _ in range(replications):
        parts = [_sliced(rng, customers) for customers in (24_000, 36_000)]
        found = policy_value(parts[0], parts[1], ALPHA)
        if found.gain_interval is None:
            continue
        single = ARMS.index(found.best_single_arm)
        chosen = [ARMS.index(found.policy[str(i)]) for i in range(len(SLICES))]
        truth = SLICE_SHARES @ (SLICES[range(len(SLICES)), chosen] - SLICES[:, single])
        counted += 1
        hits += found.gain_interval[0] <= truth <= found.gain_interval[1]
    note = f"nothing to choose in {1 - counted / replications:.2%}"
    bar = 1 - ALPHA
    yield Share("gain of the best arm by slice, 60,000", hits, counted, bar, bar, note)


def _sliced(rng: np.random.Generator, customers: int) -> dict[str, dict[str, Moments]]:
    sizes = rng.multinomial(customers, np.repeat(SLICE_SHARES / 3, 3)).reshape(SLICES.shape)
    events = rng.binomial(sizes, SLICES)
    return {
        str(i): {
            ARMS[j]: Moments(float(n), (k / n,), ((k * (1 - k / n),),))
            for j, (n, k) in enumerate(zip(sizes[i].tolist(), events[i].tolist(), strict=True))
        }
        for i in range(len(SLICES))
    }
