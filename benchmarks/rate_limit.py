"""Whether a run ends under a limit of requests, and how much of what the limit allows it uses.

Usage: python benchmarks/rate_limit.py [--messages N] [--limit N] [--period S] [--delay S]

A server of the OpenAI protocol, in a process of its own, lets so many requests pass in a period
and answers 429 to all others: in fixed windows, looking back, and by a bucket; saying when to come
again, and silent. Once the settings know the limit (`runs.rate_limit`), once they do not. What
counts is the rate after the first burst, which any limit lets pass. Exits 1 when a bar is missed.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.runs.workspace import CAMPAIGN, demo, with_messages
from core.orchestrator.config import Settings
from core.orchestrator.wiring import opened
from core.protocols.patience import RateLimit
from tests.servers.asking import settings

LEAST_SHARE = 0.85
# How the server limits, whether it says when to come again, whether our settings know the limit.
CASES = (
    ("window", "tells", "unknown"),
    ("sliding", "tells", "unknown"),
    ("bucket", "tells", "unknown"),
    ("window", "silent", "unknown"),
    ("bucket", "silent", "unknown"),
    ("window", "tells", "known"),
    ("sliding", "tells", "known"),
)


@dataclass(frozen=True)
class Found:
    """One run: how long, how many written, and how many requests were refused."""

    wall_s: float
    written: int
    refused: int
    share: float


@dataclass(frozen=True)
class Asked:
    """The arguments."""

    messages: int
    limit: int
    period: float
    delay: float
    cases: int


def measured(folder: Path, messages: frozenset[str], case: tuple[str, ...], asked: Asked) -> Found:
    """One run over a fresh copy of the workspace, against a server that limits."""
    manner, tells, known = case
    command = [sys.executable, "-m", "tests.servers.serve", "--delay", str(asked.delay)]
    command += ["--limit", str(asked.limit), "--period", str(asked.period), "--manner", manner]
    command += ["--silent"] if tells == "silent" else []
    rate = RateLimit(asked.limit, asked.period) if known == "known" else None
    with (
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as server,
        tempfile.TemporaryDirectory() as fresh,
    ):
        if server.stdin is None or server.stdout is None:
            raise SystemExit("The server has no pipes.")
        url = server.stdout.readline().strip()
        workspace = Path(shutil.copytree(folder, Path(fresh) / "workspace"))
        calls = {"patience_s": 600.0, "backoff_s": 1.0}
        plain = settings(workspace, url, concurrency=8, cost_cap_usd=None, calls=calls)
        wall_s, written = _run(_limited(plain, rate), messages)
        server.stdin.close()
        log = json.loads(server.stdout.readline())["asked"]
    passed = sorted(a["at"] for a in log if a["status"] == 200)
    lasted_s = passed[-1] - passed[asked.limit - 1]
    share = (len(passed) - asked.limit) / lasted_s / (asked.limit / asked.period)
    return Found(wall_s, written, len(log) - len(passed), share)


def _limited(plain: Settings, rate: RateLimit | None) -> Settings:
    return replace(plain, app=replace(plain.app, runs=replace(plain.app.runs, rate_limit=rate)))


def _run(chosen: Settings, messages: frozenset[str]) -> tuple[float, int]:
    with opened(chosen, execute=True) as app:
        begun = time.perf_counter()
        run = app.messages.generate(CAMPAIGN, by=app.people.get("marketer"), only=messages)
        ended = app.messages.wait(run.run_id)
        wall_s = time.perf_counter() - begun
        report = app.messages.run_report(run.run_id)
    if ended.state != "done":
        raise SystemExit(f"The run ended {ended.state}: {ended.problem}")
    return wall_s, sum(v.outcome == "written" for v in report.variants)


def main() -> int:
    """Prints the table; 1 when a bar is missed."""
    asked = _arguments()
    missed = 0
    rate = asked.limit / asked.period * 60
    print(f"{asked.messages} messages, {rate:.0f} requests a minute in {asked.period:g} s periods")
    with tempfile.TemporaryDirectory() as folder:
        workspace = demo(Path(folder) / "workspace")
        messages = with_messages(workspace, asked.messages)
        for case in CASES[: asked.cases]:
            found = measured(workspace, messages, case, asked)
            met = found.written == len(messages) and found.share >= LEAST_SHARE
            missed += not met
            print(
                f"  {' '.join(case):24} {found.written} written in {found.wall_s:6.1f} s, "
                f"{found.refused:4} refused, {found.share:.0%} of the limit  "
                f">= {LEAST_SHARE:.0%} {'met' if met else 'MISSED'}",
                flush=True,
            )
    return 1 if missed else 0


def _arguments() -> Asked:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--limit", type=int, default=40)
    parser.add_argument("--period", type=float, default=10.0)
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--cases", type=int, default=len(CASES))
    return Asked(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
