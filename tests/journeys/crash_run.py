"""Carry out a run until somebody kills this process; started by test_a_crash."""

import sys
import time
from pathlib import Path

from core.orchestrator import pipeline
from core.orchestrator.service import writing
from tests.journeys.commands import application

NEXT = "dress-for-the-week"


def carry_out(workspace, pause_s, log):
    """Write the next mailing, each call slow enough to be killed, and note each finished call."""

    def counted(agents, order):
        draft = pipeline.compose(agents, order)
        time.sleep(pause_s)
        with log.open("a") as file:
            file.write(f"{order.segment.segment_id}-{order.tone}\n")
        return draft

    setattr(writing, "compose", counted)  # noqa: B010 - replaced for this process only
    with application(workspace, execute=True) as app:
        runs = app.messages.runs(NEXT)
        run = runs[0] if runs else app.messages.generate(NEXT, by=app.people.get("marketer"))
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        app.messages.wait(run.run_id, timeout_s=120)


if __name__ == "__main__":
    carry_out(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]))
