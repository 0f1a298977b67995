"""Carry out a run until somebody kills this process; started by test_a_crash."""

import sys
import time
from pathlib import Path

from core.orchestrator.service import writing
from tests.journeys.commands import application

workspace, pause_s, log = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
composed = writing.compose


def counted(agents, order):
    """Compose, slowly enough to be killed in the middle, and note each finished call."""
    draft = composed(agents, order)
    time.sleep(pause_s)
    with log.open("a") as file:
        file.write(f"{order.segment.segment_id}-{order.tone}\n")
    return draft


writing.compose = counted
with application(workspace, execute=True) as app:
    runs = app.messages.runs("dress-for-the-week")
    run = (
        runs[0]
        if runs
        else app.messages.generate("dress-for-the-week", by=app.people.get("marketer"))
    )
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    app.messages.wait(run.run_id, timeout_s=120)
