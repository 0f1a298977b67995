"""The work inside a durable run that makes segments; every stage may come again after a crash."""

import json
import logging
from dataclasses import dataclass, replace

from core.models.people import Person
from core.models.runs import RunState
from core.models.segment_quality import Quality
from core.models.segmentation import SegmentationDraft, SegmentationRequest
from core.orchestrator.segment_runs import STAGES
from core.orchestrator.service.context import SYSTEM, Context
from core.orchestrator.service.making_segments import MakingSegments
from core.storage import datasets, runs, workspace_settings
from core.storage.codec import canonical, dump, load
from core.storage.database import Connection

logger = logging.getLogger(__name__)

_RESULT = "segments of run "


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a run is asked for: segments of one data set, for one person."""

    dataset_id: str
    request: SegmentationRequest
    by: str
    verified: bool = False

    def text(self) -> str:
        """As JSON text."""
        return canonical(dump(self))


@dataclass(frozen=True, slots=True)
class SegmentStages:
    """Reads, fits, measures and stores; progress is the number of stages done."""

    context: Context
    making: MakingSegments

    def cancelled(self, run_id: str) -> bool:
        """Whether somebody asked for the run to stop."""
        with self.context.read() as connection:
            return runs.get(connection, run_id).state is RunState.CANCELLED

    def read(self, run_id: str, request: str) -> str:
        """The order, when its data set is there."""
        self._progress(run_id, 0)
        order = load(Ordered, json.loads(request))
        with self.context.read() as connection:
            datasets.get(connection, order.dataset_id)
        self._progress(run_id, STAGES.index("read") + 1)
        return order.text()

    def fit(self, run_id: str, request: str) -> str:
        """The segments without their members."""
        order = load(Ordered, json.loads(request))
        with self.context.read() as connection:
            dataset = datasets.get(connection, order.dataset_id)
        draft = self.making.fitted(dataset, order.request)
        self._progress(run_id, STAGES.index("fit") + 1)
        return canonical(dump(draft))

    def quality(self, run_id: str, request: str, draft: str) -> str:
        """What was measured of them."""
        order = load(Ordered, json.loads(request))
        with self.context.read() as connection:
            dataset = datasets.get(connection, order.dataset_id)
        found = self.making.measured(dataset, load(SegmentationDraft, json.loads(draft)))
        self._progress(run_id, STAGES.index("quality") + 1)
        return canonical(dump(found))

    def store(self, run_id: str, request: str, draft: str, quality: str) -> None:
        """Every customer in a segment, and the version recorded, unless it was cancelled."""
        order = load(Ordered, json.loads(request))
        with self.context.read() as connection:
            dataset = datasets.get(connection, order.dataset_id)
        made = self.making.written(dataset, load(SegmentationDraft, json.loads(draft)))
        with self.context.write(SYSTEM) as write:
            if runs.get(write.connection, run_id).state is RunState.CANCELLED:
                return
            acting = replace(write, by=Person(order.by, frozenset(), verified=order.verified))
            found = load(Quality, json.loads(quality))
            version = self.making.kept(acting, dataset, made, found)
            workspace_settings.put(write.connection, f"{_RESULT}{run_id}", version.segmentation_id)
            runs.progress(write.connection, run_id, len(STAGES))
            runs.finish(write.connection, run_id, RunState.DONE, "", write.at)
        self.making.published(dataset, version)

    def fail(self, run_id: str, problem: str) -> None:
        """Record why there is no new version; the one of before stays."""
        with self.context.write(SYSTEM) as write:
            runs.finish(write.connection, run_id, RunState.FAILED, problem, write.at)
            write.record("segments failed", run_id, problem=problem)
        logger.warning("a segmentation failed: %s", problem, extra={"run_id": run_id})

    def _progress(self, run_id: str, done: int) -> None:
        with self.context.write(SYSTEM) as write:
            runs.progress(write.connection, run_id, done)


def result_of(connection: Connection, run_id: str) -> str | None:
    """The version a run has made, or None while there is none."""
    return workspace_settings.get(connection, f"{_RESULT}{run_id}")
