"""Whether a run that is killed at any moment ends the same, and pays for no answer twice.

Usage: python benchmarks/durability.py [--kills N] [--seed N] [--delay S]

A run of the demo's messages is killed with SIGKILL at a random moment and then let end, on a fresh
copy of the workspace each time. Texts, states, citations, tokens and costs have to be those of a
run that nobody killed, and no request may repeat one whose answer was delivered whole, but in the
last 0.3 s: those were on their way to the disk, and are counted apart. Exits 1 when that is not so.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.runs.workspace import demo
from tests.journeys.killing import (
    Ended,
    carried_out,
    ended,
    killed,
    may_be_lost,
    paid_twice,
    start,
)
from tests.servers.openai_server import OpenAIServer


@dataclass(frozen=True)
class Kill:
    """One kill: whether the run was still at work, and what came of it."""

    at_work: bool
    delivered: int
    same: bool
    requests: int
    twice: int
    on_their_way: int

    def __str__(self) -> str:
        when = "at work" if self.at_work else "too late, not counted"
        end = "same" if self.same else "NOT the same"
        return (
            f"{when}, {self.delivered:2d} answers; {end} end, {self.requests} requests, "
            f"{self.twice} paid twice, {self.on_their_way} on their way to the disk"
        )


def main() -> int:
    """Prints a line for each kill; 1 when one left a trace."""
    asked = _arguments()
    chance = random.Random(asked.seed)  # noqa: S311 - the same moments every time
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory() as folder, OpenAIServer(delay_s=asked.delay) as server:
        origin = demo(Path(folder) / "demo")
        workspace = Path(shutil.copytree(origin, Path(folder) / "unkilled"))
        with start(workspace, server.base_url) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            process.stdout.readline()
            begun = time.perf_counter()
        whole_s = time.perf_counter() - begun
        undisturbed = ended(workspace, server.base_url)
        while sum(kill.at_work for kill in kills) < asked.kills:
            after_s = chance.uniform(0.0, whole_s)
            fresh = Path(shutil.copytree(origin, Path(folder) / "killed"))
            kills.append(_kill(fresh, server, after_s, undisturbed))
            shutil.rmtree(fresh)
            print(f"{len(kills):2d}  killed after {after_s:5.2f} s, {kills[-1]}", flush=True)
    bad = sum(not kill.same for kill in kills)
    twice = sum(kill.twice for kill in kills)
    on_their_way = sum(kill.on_their_way for kill in kills)
    print(
        f"{asked.kills} kills: {bad} ended differently, {twice} answers paid twice, "
        f"{on_their_way} lost on their way to the disk"
    )
    return int(bad + twice > 0)


def _kill(workspace: Path, server: OpenAIServer, after_s: float, undisturbed: Ended) -> Kill:
    server.asked.clear()
    at = killed(workspace, server.base_url, lambda: time.sleep(after_s))
    delivered = len(server.delivered)
    late = set[str]() if at is None else may_be_lost(server.asked, at)
    same = carried_out(workspace, server.base_url) == undisturbed
    again = set(paid_twice(server.asked))
    on_their_way = len(again & late)
    return Kill(
        at is not None, delivered, same, len(server.asked), len(again) - on_their_way, on_their_way
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.4)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
