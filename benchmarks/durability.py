"""Whether a run that is killed at any moment ends the same, and pays for no answer twice.

Usage: python benchmarks/durability.py [--kills N] [--seed N] [--delay S]

A run of the demo's messages is killed with SIGKILL at a random moment and then let end, on a fresh
copy of the workspace each time. Texts, states, citations, tokens and costs have to be those of a
run that nobody killed, and no request may repeat one whose answer was delivered whole. Exits 1
when that is not so.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.runs.workspace import demo
from tests.journeys.killing import carried_out, ended, killed, paid_twice, start
from tests.servers.openai_server import OpenAIServer


def main() -> int:
    """Prints a line for each kill; 1 when one left a trace."""
    asked = _arguments()
    chance = random.Random(asked.seed)  # noqa: S311 - the same moments every time
    bad = repeated = 0
    with tempfile.TemporaryDirectory() as folder, OpenAIServer(delay_s=asked.delay) as server:
        origin = demo(Path(folder) / "demo")
        workspace = Path(shutil.copytree(origin, Path(folder) / "unkilled"))
        with start(workspace, server.base_url) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            process.stdout.readline()
            begun = time.perf_counter()
        whole_s = time.perf_counter() - begun
        undisturbed = ended(workspace, server.base_url)
        number = 0
        while number < asked.kills:
            server.asked.clear()
            after_s = chance.uniform(0.0, whole_s)
            fresh = Path(shutil.copytree(origin, Path(folder) / "killed"))
            at_work = killed(fresh, server.base_url, after_s)
            number += at_work
            delivered = len(server.delivered)
            same = carried_out(fresh, server.base_url) == undisturbed
            twice = paid_twice(server.asked)
            bad += not same
            repeated += len(twice)
            when = "at work" if at_work else "too late, not counted"
            end = "same" if same else "NOT the same"
            print(
                f"{number:2d}  killed after {after_s:5.2f} s, {when}, {delivered:2d} answers; "
                f"{end} end, {len(server.asked)} requests, {len(twice)} paid twice",
                flush=True,
            )
            shutil.rmtree(fresh)
    print(f"{asked.kills} kills: {bad} ended differently, {repeated} answers paid twice")
    return int(bad + repeated > 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.4)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
