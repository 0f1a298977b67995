"""Whether the ledger of learning keeps its promises when the truth is known.

Usage: python benchmarks/ledger.py [--programmes N] [--seed N]

Draws programmes of tests with known effects and reads them with the product's own functions:
coverage of the 95 % intervals, mean squared error beside that of the plain means of the tests, and
how far the highest effect overstates itself. The bars hold for the mixed programmes; the kinds
below show where the ledger is careful and where it is less so. Exits 1 when a bar is missed.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np

from benchmarks.trials.programmes import PROGRAMMES, Scores, scores

NUMBER, SEED = 500, 1
LOW, HIGH = 0.93, 0.97


def line(name: str, found: Scores) -> str:
    """One kind of programme: coverage, errors, and what picking the highest does."""
    error = found.overstated.std() / np.sqrt(len(found.overstated))
    return (
        f"{name:<32} coverage {100 * found.covered.mean():6.2f} %  "
        f"error {100 * np.sqrt(found.squared.mean()):.3f} points "
        f"(plain {100 * np.sqrt(found.raw_squared.mean()):.3f})  "
        f"highest overstated by {100 * found.overstated.mean():+.3f} +- {100 * error:.3f} points "
        f"(plain {100 * found.raw_overstated.mean():+.3f})"
    )


def kept(found: Scores) -> bool:
    """Whether the intervals cover, the error is below the plain one, and the highest is not."""
    error = found.overstated.std() / np.sqrt(len(found.overstated))
    return bool(
        LOW <= found.covered.mean() <= HIGH
        and found.squared.mean() < found.raw_squared.mean()
        and found.overstated.mean() <= 3 * error
    )


def main() -> int:
    """Prints the table; 1 when a bar of the mixed programmes is missed."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--programmes", type=int, default=NUMBER)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    print(f"{asked.programmes:,} programmes of each kind, seed {asked.seed}")
    started, met = time.perf_counter(), True
    for number, programme in enumerate(PROGRAMMES):
        rng = np.random.default_rng((asked.seed, number))
        found = scores(programme, asked.programmes, rng)
        met = met and (number > 0 or kept(found))
        print(line(programme.name, found), flush=True)
    print(
        f"({time.perf_counter() - started:.0f} s) {'every bar met' if met else 'a bar is MISSED'}"
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
