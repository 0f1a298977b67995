"""Whether the methods keep their promises when the truth is known.

Usage: python benchmarks/calibration.py [--replications N] [--seed N] [--quick]

Draws experiments, reads them with the product's own functions and counts: false alarms, coverage
of every kind of interval, alarms under daily looks, and planted effects found. Every share has
room for three standard errors of the simulation. Exits 1 when a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np

from benchmarks.trials import coverage, daily, nulls, planted, policy
from benchmarks.trials.shares import Share

REPLICATIONS, QUICK, SEED = 20_000, 2_000, 1
METHODS = (daily.PLANNED, daily.UNPLANNED)


def nothing_works(replications: int, seed: int) -> Iterator[Share]:
    """A/A tests read once; a tenth of the replications."""
    for i, trial in enumerate(nulls.TRIALS):
        yield from nulls.null_shares(trial, replications // 10, _rng(seed, 1, i))


def intervals(replications: int, seed: int) -> Iterator[Share]:
    """Intervals of a fixed horizon, of every kind."""
    for i, trial in enumerate(coverage.TRIALS):
        yield from coverage.coverage(trial, replications, _rng(seed, 2, i))
    for i, few in enumerate(coverage.FEW_EVENTS):
        yield from coverage.score_coverage(few, replications, _rng(seed, 3, i))
    yield from policy.policy_coverage(replications, _rng(seed, 4))


def looked_at_daily(replications: int, seed: int) -> Iterator[Share]:
    """Twenty looks each; a fifth of the replications."""
    for m, method in enumerate(METHODS):
        for i, one in enumerate(daily.COVERED):
            yield from daily.always_covered(one, method, replications // 5, _rng(seed, 5, m, i))
        for i, one in enumerate(daily.NULLS):
            yield from daily.false_alarms(one, method, replications // 5, _rng(seed, 6, m, i))


def effects(replications: int, seed: int) -> Iterator[Share]:
    """Effects of the registered size at the planned number of customers."""
    for i, one in enumerate(planted.PLANTED):
        yield from planted.planted_share(one, replications // 5, _rng(seed, 7, i))
    for i, method in enumerate(METHODS):
        yield from daily.planted(method, replications // 10, _rng(seed, 8, i))


SECTIONS = {
    "Nothing works, one look": nothing_works,
    "Coverage of 95 % intervals, fixed horizon": intervals,
    "Twenty daily looks": looked_at_daily,
    "A planted effect": effects,
}


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} replications")
    asked = parser.parse_args()
    replications = QUICK if asked.quick else asked.replications
    print(f"{replications:,} replications, seed {asked.seed}")
    missed, started = 0, time.perf_counter()
    for title, section in SECTIONS.items():
        print(f"\n{title}")
        for share in section(replications, asked.seed):
            print(share.line, flush=True)
            missed += not share.met
        print(f"({time.perf_counter() - started:.0f} s so far)", flush=True)
    print(f"\n{'every bar met' if not missed else f'{missed} bars MISSED'}")
    return 1 if missed else 0


def _rng(*seeds: int) -> np.random.Generator:
    """Independent of every other trial, and the same every time."""
    return np.random.default_rng(seeds)


if __name__ == "__main__":
    sys.exit(main())
