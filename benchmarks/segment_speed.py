"""How fast a million customers are put into segments, and how much memory that takes.

Usage: python benchmarks/segment_speed.py [--customers N] [--rounds N] [--folder DIR]

Makes the file once, then measures in processes of their own: RFM with confidences beside DuckDB's
own quantiles and GROUP BY, and k-means with everybody placed beside scikit-learn's MiniBatchKMeans
on the same columns, which needs the data in memory. Exits 1 when a bar is missed.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.speed.segments import MEASURES, shoppers

MOST_MEMORY_TIMES_PEER = 1.0
Found = dict[str, float]


@dataclass(frozen=True)
class Line:
    """A figure and, where it has one, the bar it has to meet."""

    name: str
    value: str
    bar: str = ""
    met: bool = True

    def __str__(self) -> str:
        verdict = "" if not self.bar else "met" if self.met else "MISSED"
        return f"{self.name:<58} {self.value:>26}  {self.bar:<9} {verdict}".rstrip()


def measured(what: str, path: Path, rounds: int) -> Found:
    """Median seconds of one measure, and the peak memory of the process it had to itself."""
    command = [sys.executable, __file__, "--measure", what, str(path), "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def report(path: Path, rounds: int) -> Iterator[Line]:
    """Every line of the table."""
    found = {what: measured(what, path, rounds) for what in MEASURES}

    def seconds(one: str, other: str) -> str:
        return f"{found[one]['seconds']:.1f}; {found[other]['seconds']:.1f} s"

    def memory(one: str, other: str) -> str:
        return f"{found[one]['memory_mb']:.0f}; {found[other]['memory_mb']:.0f} MB"

    def times(one: str, other: str, what: str) -> float:
        return found[one][what] / found[other][what]

    yield Line("RFM written; DuckDB's quantiles and GROUP BY", seconds("rfm", "bare"))
    yield Line("  times DuckDB", f"{times('rfm', 'bare', 'seconds'):.1f}")
    yield Line(
        "  of it cut points and cells, times DuckDB", f"{times('cells', 'bare', 'seconds'):.1f}"
    )
    yield Line("  peak memory", memory("rfm", "bare"))
    yield Line("k-means written; MiniBatchKMeans in memory", seconds("kmeans", "peer"))
    yield Line("  times MiniBatchKMeans", f"{times('kmeans', 'peer', 'seconds'):.2f}")
    ratio = times("kmeans", "peer", "memory_mb")
    bar = f"<= {MOST_MEMORY_TIMES_PEER}"
    yield Line("  peak memory", memory("kmeans", "peer"))
    yield Line("  times its memory", f"{ratio:.2f}", bar, ratio <= MOST_MEMORY_TIMES_PEER)
    yield Line(
        "  inertia over that of MiniBatchKMeans", f"{times('kmeans', 'peer', 'inertia'):.3f}"
    )


def timed(measure: Callable[[Path], float], path: Path, rounds: int) -> Found:
    """The median of some rounds, and what the measure itself gives."""
    spent, inertia = [], 0.0
    for _ in range(rounds):
        begun = time.perf_counter()
        inertia = measure(path)
        spent.append(time.perf_counter() - begun)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return {"seconds": statistics.median(spent), "memory_mb": memory, "inertia": inertia or 1.0}


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    if asked.measure:
        what, file = asked.measure
        print(json.dumps(timed(MEASURES[what], Path(file), asked.rounds)))
        return 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    met = True
    for line in report(shoppers(asked.folder, asked.customers), asked.rounds):
        print(line, flush=True)
        met = met and line.met
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    folder = Path(tempfile.gettempdir()) / "personalization-benchmarks"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
