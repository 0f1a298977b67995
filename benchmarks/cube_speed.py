"""How fast ten million customers are read, and how much memory that takes.

Usage: python benchmarks/cube_speed.py [--customers N] [--rounds N] [--folder DIR] [--tea PYTHON]

Makes the file once, then measures in processes of their own: the grouped query beside a bare
GROUP BY, the closed forms, the whole read-out with and without an id column whose duplicates are
checked, and tea-tasting where a Python that has it is found. Exits 1 when a bar is missed.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.speed.customers import made
from benchmarks.speed.lines import Line
from benchmarks.speed.measures import MEASURES

MOST_TIMES_BARE = 1.5
MOST_INFERENCE_MS = 10
MOST_HISTORY_MS = 50
MOST_MEMORY_MB = 400
COMPARISONS = 81
PROCESSES = 5
TEA = ROOT / "benchmarks/speed/tea_tasting_reads.py"

Found = dict[str, float]


def measured(what: str, path: Path, rounds: int) -> Found:
    """The numbers of one measure, and the peak memory of the process it had to itself."""
    command = [sys.executable, __file__, "--measure", what, str(path), "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return dict(json.loads(done.stdout))


def query_lines(path: Path, rounds: int) -> Iterator[Line]:
    """The grouped query."""
    found = measured("queries", path, rounds)
    memory = {name: measured(name, path, rounds)["memory_mb"] for name in ("ours", "bare")}
    times = found["times same sums"]
    bar = f"<= {MOST_TIMES_BARE}"
    yield Line(
        "one grouped query; bare GROUP BY", f"{found['ours']:.3f}; {found['same sums']:.3f} s"
    )
    yield Line(
        "  times bare, same sums and products", f"{times:.2f}", bar, times <= MOST_TIMES_BARE
    )
    yield Line("  times bare, var_samp and covar_samp", f"{found['times variances']:.2f}")
    yield Line("  times bare, counts and sums only", f"{found['times only sums']:.2f}")
    yield Line("  peak memory; of bare", f"{memory['ours']:.0f}; {memory['bare']:.0f} MB")


def inference_lines(path: Path, rounds: int) -> Iterator[Line]:
    """The closed forms."""
    found = measured("inference", path, rounds)
    warm, comparisons = 1000 * found["median"], found["comparisons"]
    met = warm < MOST_INFERENCE_MS and comparisons == COMPARISONS
    name = f"inference, {comparisons:.0f} comparisons in {found['rows']:.0f} rows"
    yield Line(name, f"{warm:.1f} ms", f"< {MOST_INFERENCE_MS} ms", met)
    best, processor = 1000 * found["best"], 1000 * found["processor"]
    yield Line("  fastest; processor time, median", f"{best:.1f}; {processor:.1f} ms")
    yield Line("  comparisons and corrections alone", f"{1000 * found['alone']:.1f} ms")
    found = measured("history", path, rounds)
    first, warm = 1000 * found["first"], 1000 * found["median"]
    bar, met = f"< {MOST_HISTORY_MS} ms", max(first, warm) < MOST_HISTORY_MS
    yield Line("inference with 28 days; first time", f"{warm:.1f}; {first:.1f} ms", bar, met)


def readout_lines(path: Path, rounds: int, name: str) -> Iterator[Line]:
    """The whole read-out of a fresh process; times are medians of several."""
    every = [measured("readout", path, rounds) for _ in range(PROCESSES)]
    found = {name: median(one[name] for one in every) for name in every[0]}
    first, memory = 1000 * found["inference_s"], max(one["memory_mb"] for one in every)
    yield Line(f"read-out {name}", f"{found['total']:.2f} s")
    yield Line("  of it, checks", f"{found['checks_s']:.2f} s")
    yield Line("  of it, query", f"{found['aggregate_s']:.2f} s")
    bar = f"< {MOST_INFERENCE_MS} ms"
    yield Line("  of it, inference, first time", f"{first:.1f} ms", bar, first < MOST_INFERENCE_MS)
    bar = f"< {MOST_MEMORY_MB} MB"
    yield Line("  peak memory", f"{memory:.0f} MB", bar, memory < MOST_MEMORY_MB)


def peer_lines(path: Path, python: Path) -> Iterator[Line]:
    """tea-tasting on the same file, for the same comparisons."""
    if not python.exists():
        yield Line("tea-tasting", f"skipped: no {python}")
        return
    command = [str(python), str(TEA), str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        yield Line("tea-tasting", "skipped: not installed there")
        return
    found = dict(json.loads(done.stdout))
    compare = 1000 * (found["total"] - found["read"])
    yield Line("tea-tasting, reading; comparing", f"{found['read']:.2f} s; {compare:.0f} ms")
    yield Line("  peak memory", f"{found['memory_mb']:.0f} MB")


def report(paths: tuple[Path, Path], rounds: int, tea: Path) -> Iterator[Line]:
    """Every line of the table."""
    plain, with_id = paths
    yield from query_lines(plain, rounds)
    yield from inference_lines(plain, rounds)
    yield from readout_lines(plain, rounds, "without an id column")
    yield from readout_lines(with_id, rounds, "with the duplicate check of an id column")
    yield from peer_lines(plain, tea)


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    if asked.measure:
        what, file = asked.measure
        found = MEASURES[what](Path(file), asked.rounds)
        unit = 2**20 if sys.platform == "darwin" else 2**10
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        print(json.dumps({**found, "memory_mb": memory}))
        return 0
    asked.folder.mkdir(parents=True, exist_ok=True)
    plain, with_id = (made(asked.folder, asked.customers, n) for n in ("number", "customer_id"))
    met = True
    for line in report((plain, with_id), asked.rounds, asked.tea):
        print(line, flush=True)
        met = met and line.met
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    folder = Path(tempfile.gettempdir()) / "personalization-benchmarks"
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--folder", type=Path, default=folder)
    parser.add_argument("--tea", type=Path, default=folder / "tea/bin/python", help="a Python")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
