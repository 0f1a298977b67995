"""The durable run that makes segments: four stages, each stored, so that none is done twice.

A run that fails, is cancelled or is killed leaves the version of before as it was: only the last
stage writes anything that people see.
"""

import logging
import secrets
from typing import Protocol

from dbos import DBOS

from core.errors import OrchestratorError
from core.orchestrator.executing import Hands, in_words, step

logger = logging.getLogger(__name__)

KIND = "make segments"
WORKFLOW, QUEUE = "make_segments", "segments"
STAGES = ("read", "fit", "quality", "store")


class SegmentWork(Protocol):
    """What such a run does, without the durability; any call may come again after a crash."""

    def cancelled(self, run_id: str) -> bool:
        """Whether somebody asked for the run to stop."""
        ...

    def read(self, run_id: str, request: str) -> str:
        """The request with everything that was left open, as JSON text."""
        ...

    def fit(self, run_id: str, request: str) -> str:
        """The segments, without their members, as JSON text."""
        ...

    def quality(self, run_id: str, request: str, draft: str) -> str:
        """What was measured of them, as JSON text."""
        ...

    def store(self, run_id: str, request: str, draft: str, quality: str) -> None:
        """Put every customer into a segment and record the version."""
        ...

    def fail(self, run_id: str, problem: str) -> None:
        """Record why there is no new version."""
        ...


hands = Hands["SegmentWork"]()


@DBOS.workflow(name=WORKFLOW)
def _make_segments(run_id: str, request: str) -> None:
    """Read, fit, measure and store; between two stages the run can be stopped."""
    with hands.working() as work:
        try:
            _stages(work, run_id, request)
        except OrchestratorError as problem:
            step({"name": "fail"}, work.fail, run_id, in_words(problem))
        except Exception:
            # Else the run would never end.
            reference = secrets.token_hex(4)
            logger.exception("a segmentation failed, reference %s", reference)
            said = f"Something failed that should not have; report reference {reference}."
            step({"name": "fail"}, work.fail, run_id, said)


def _stages(work: SegmentWork, run_id: str, request: str) -> None:
    def stopped(stage: str) -> bool:
        return step({"name": f"cancelled before {stage}"}, work.cancelled, run_id)

    if stopped("read"):
        return
    asked = step({"name": "read"}, work.read, run_id, request)
    if stopped("fit"):
        return
    draft = step({"name": "fit"}, work.fit, run_id, asked)
    if stopped("quality"):
        return
    quality = step({"name": "quality"}, work.quality, run_id, asked, draft)
    if not stopped("store"):
        step({"name": "store"}, work.store, run_id, asked, draft, quality)
