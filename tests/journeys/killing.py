"""Kill a process that carries out a paid run, start it again, and look at what was paid for."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.orchestrator.wiring import opened
from tests.journeys.paid_run import NEXT
from tests.servers.asking import settings
from tests.servers.openai_server import Asked

_ON_ITS_WAY_S = 0.3


@dataclass(frozen=True)
class Ended:
    """What stands in a workspace after a run: texts, states, costs, and how the run ended."""

    messages: Mapping[str, object]
    run: tuple[object, ...]


def start(workspace: Path, base_url: str, *wishes: int) -> subprocess.Popen[str]:
    """A process that begins the run or goes on with it; it says "begun" when it has.

    Wishes: how many calls at once (4 unless told), and with which answer it is to kill itself.
    """
    command = [sys.executable, "-m", "tests.journeys.paid_run", str(workspace), base_url]
    numbers = map(str, wishes or (4,))
    return subprocess.Popen([*command, *numbers], stdout=subprocess.PIPE, text=True)


def carried_out(workspace: Path, base_url: str) -> Ended:
    """Let the run end; what there is then."""
    with start(workspace, base_url) as process:
        assert process.wait(180) == 0
    return ended(workspace, base_url)


def killed(workspace: Path, base_url: str, moment: Callable[[], object]) -> float | None:
    """Kill the process when `moment`, asked once the run has begun, is over.

    Returns:
        When, in seconds of the monotonic clock; None where the process had ended by itself.
    """
    with start(workspace, base_url) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        moment()
        at = time.monotonic() if process.poll() is None else None
        process.send_signal(signal.SIGKILL)
    return at


def killed_with_answer(workspace: Path, base_url: str, number: int) -> None:
    """Let it die between keeping that answer on disk and telling the database of it."""
    with start(workspace, base_url, 1, number) as process:
        assert process.wait(60) == -signal.SIGKILL


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


def may_be_lost(asked: Iterable[Asked], at: float) -> set[str]:
    """Questions whose answer came too late for who was killed or asleep at that time to keep it.

    What is on its way at that moment is asked again, under the same key for the engine. A machine
    with much to do may take that long from the last byte to the disk.
    """
    return {each.call_id for each in asked if each.delivered and each.ended_at > at - _ON_ITS_WAY_S}


def paid_twice(asked: Iterable[Asked]) -> list[str]:
    """The questions that were asked again after their answer had been delivered whole."""
    answered, twice = set[str](), list[str]()
    for each in asked:
        if each.call_id in answered:
            twice.append(each.call_id)
        if each.delivered and each.status == 200:
            answered.add(each.call_id)
    return twice
