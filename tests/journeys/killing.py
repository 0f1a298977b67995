"""Kill a process that carries out a paid run, start it again, and look at what was paid for."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.orchestrator.wiring import opened
from tests.journeys.paid_run import NEXT
from tests.servers.asking import settings
from tests.servers.openai_server import Asked


@dataclass(frozen=True)
class Ended:
    """What stands in a workspace after a run: texts, states, costs, and how the run ended."""

    messages: Mapping[str, object]
    run: tuple[object, ...]


def start(workspace: Path, base_url: str, concurrency: int = 4) -> subprocess.Popen[str]:
    """A process that begins the run or goes on with it; it says "begun" when it has."""
    command = [sys.executable, "-m", "tests.journeys.paid_run"]
    return subprocess.Popen(
        [*command, str(workspace), base_url, str(concurrency)], stdout=subprocess.PIPE, text=True
    )


def carried_out(workspace: Path, base_url: str, concurrency: int = 4) -> Ended:
    """Let the run end; what there is then."""
    with start(workspace, base_url, concurrency) as process:
        assert process.wait(180) == 0
    return ended(workspace, base_url)


def killed(workspace: Path, base_url: str, after_s: float, concurrency: int = 4) -> bool:
    """Kill the process so many seconds after it has begun; whether it was still at work."""
    with start(workspace, base_url, concurrency) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(after_s)
        at_work = process.poll() is None
        process.send_signal(signal.SIGKILL)
    return at_work


def ended(workspace: Path, base_url: str) -> Ended:
    """What there is in the workspace."""
    with opened(settings(workspace, base_url)) as app:
        run = app.messages.runs(NEXT)[0]
        report = app.messages.run_report(run.run_id)
        messages = {
            v.variant_id: (v.state, v.revision, v.message, v.citations, v.generation)
            for v in app.messages.variants(NEXT)
        }
        outcomes = sorted((v.variant_id, v.outcome) for v in report.variants)
    return Ended(messages, (run.state, run.done, run.total, tuple(outcomes)))


def paid_twice(asked: Iterable[Asked]) -> list[str]:
    """The questions that were asked again after their answer had been delivered whole."""
    answered, twice = set[str](), list[str]()
    for each in asked:
        if each.call_id in answered:
            twice.append(each.call_id)
        if each.delivered and each.status == 200:
            answered.add(each.call_id)
    return twice
