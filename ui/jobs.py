"""What a durable run is doing, in words."""

from core.models.runs import Run, RunState
from core.orchestrator.segment_runs import KIND, STAGES

_STAGES = {
    "read": "reading the customers",
    "fit": "finding the segments",
    "quality": "drawing the customers again to see what lasts",
    "store": "putting everybody into a segment",
}


def job(run: Run) -> str:
    """The kind of the run, and how far it has come."""
    if run.kind != KIND:
        return f"Writing messages: {run.done} of {run.total}"
    if run.state is RunState.QUEUED:
        return "Making segments: waiting to begin"
    place = min(run.done, len(STAGES) - 1)
    return f"Making segments: {_STAGES[STAGES[place]]} ({place + 1} of {len(STAGES)})"
