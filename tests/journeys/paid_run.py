"""Carry out a run with the test server until somebody kills this process; see test_paid_runs.

Told so, it kills itself: where an answer is on disk and the database was not yet told of it.
"""

import os
import signal
import sys
from pathlib import Path

from core.orchestrator.service.paid_calls import PaidCalls
from core.orchestrator.wiring import opened
from tests.servers.asking import settings

NEXT = "dress-for-the-week"


def carry_out(workspace, base_url, concurrency):
    """Begin the run, or go on with it."""
    chosen = settings(workspace, base_url, concurrency=concurrency, cost_cap_usd=5.0)
    with opened(chosen, execute=True) as app:
        runs = app.messages.runs(NEXT)
        run = runs[0] if runs else app.messages.generate(NEXT, by=app.people.get("marketer"))
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        app.messages.wait(run.run_id, timeout_s=180)


def die_with_answer(number):
    """Let the process end, as a power cut would end it, with the answer of that number kept."""
    settle, settled = PaidCalls._settle, []

    def settle_or_die(self, *arguments):
        settled.append(arguments)
        if len(settled) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        settle(self, *arguments)

    PaidCalls._settle = settle_or_die  # type: ignore[method-assign]


if __name__ == "__main__":
    if sys.argv[4:]:
        die_with_answer(int(sys.argv[4]))
    carry_out(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
