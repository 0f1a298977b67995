"""Carry out a run with the test server until somebody kills this process; see test_paid_runs."""

import sys
from pathlib import Path

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


if __name__ == "__main__":
    carry_out(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
