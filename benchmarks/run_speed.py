"""How long a run takes beside the time its calls take, which nobody can do anything about.

Usage: python benchmarks/run_speed.py [--messages N] [--concurrency N] [--delay S] [--rounds N]

A server of the OpenAI protocol, in a process of its own, answers each request after a second. The
ideal is messages / concurrency x delay. Exits 1 when a bar is missed.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.runs.workspace import CAMPAIGN, demo, with_messages
from core.orchestrator.wiring import opened
from tests.servers.asking import settings

MOST_TIMES_IDEAL = 1.15


@dataclass(frozen=True)
class Found:
    """One run, measured from the click to its end."""

    wall_s: float
    cpu_s: float
    written: int
    calls: int
    most_at_once: int


@contextmanager
def serving(delay_s: float, log: list[dict[str, object]]) -> Iterator[str]:
    """The server's address; its log is added at the end."""
    command = [sys.executable, "-m", "tests.servers.serve", "--delay", str(delay_s)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101
        yield process.stdout.readline().strip()
        process.stdin.close()
        log.append(json.loads(process.stdout.readline()))


def measured(folder: Path, messages: frozenset[str], concurrency: int, delay_s: float) -> Found:
    """One run over a fresh copy of the workspace."""
    log: list[dict[str, object]] = []
    with serving(delay_s, log) as url, tempfile.TemporaryDirectory() as fresh:
        workspace = Path(shutil.copytree(folder, Path(fresh) / "workspace"))
        chosen = settings(workspace, url, concurrency=concurrency, cost_cap_usd=20.0)
        with opened(chosen, execute=True) as app:
            marketer = app.people.get("marketer")
            begun, cpu = time.perf_counter(), time.process_time()
            run = app.messages.generate(CAMPAIGN, by=marketer, only=messages)
            ended = app.messages.wait(run.run_id)
            wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
            report = app.messages.run_report(run.run_id)
    written = sum(v.outcome == "written" for v in report.variants)
    if ended.state != "done" or written != len(messages):
        raise SystemExit(f"The run ended {ended.state} with {written} messages: {ended.problem}")
    asked = log[0]["asked"]
    calls = len(asked) if isinstance(asked, list) else 0
    return Found(wall_s, cpu_s, written, calls, int(str(log[0]["most_at_once"])))


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    ideal_s = asked.messages / asked.concurrency * asked.delay
    with tempfile.TemporaryDirectory() as folder:
        workspace = demo(Path(folder) / "workspace")
        messages = with_messages(workspace, asked.messages)
        found = [
            measured(workspace, messages, asked.concurrency, asked.delay)
            for _ in range(asked.rounds)
        ]
    ratios = [f.wall_s / ideal_s for f in found]
    print(f"{asked.messages} messages, {asked.concurrency} calls at once, {asked.delay:g} s each")
    for one, ratio in zip(found, ratios, strict=True):
        print(
            f"  {one.wall_s:6.2f} s, {ratio:.2f} times the ideal {ideal_s:g} s; "
            f"{one.cpu_s:.1f} s of processor; {one.calls} calls, {one.most_at_once} at most at once"
        )
    median = statistics.median(ratios)
    met = median <= MOST_TIMES_IDEAL
    print(f"median {median:.2f}  <= {MOST_TIMES_IDEAL} {'met' if met else 'MISSED'}")
    return 0 if met else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument("--delay", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
