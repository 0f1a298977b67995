"""Segments: versions of how the customers of a data set are divided."""

import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.agents.segmentation import refuse_clusters
from core.errors import BadInput, MoveRefused, NotFound, StaleRevision
from core.models.customers import (
    EVERYONE_NAME,
    Dataset,
    Segment,
    Segmentation,
    SegmentationMethod,
    SegmentRule,
)
from core.models.people import Person
from core.models.runs import Run, RunState
from core.models.segmentation import SegmentationRequest
from core.orchestrator.pipeline import Agents
from core.orchestrator.runs import Runner
from core.orchestrator.segment_runs import KIND, STAGES
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.making_segments import MakingSegments
from core.orchestrator.service.segment_work import Ordered, result_of
from core.orchestrator.service.waiting import wait_for
from core.storage import campaigns, datasets, runs, segment_table, segmentations
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Segments:
    """The segmentations of a workspace."""

    context: Context
    agents: Agents
    making: MakingSegments
    runner: Runner

    def default_rules(self) -> tuple[SegmentRule, ...]:
        """The rules of `config/segments.yaml`."""
        return self.context.settings.segments

    def everything(self, dataset_id: str) -> tuple[Segmentation, ...]:
        """All versions for a data set, newest first."""
        with self.context.read() as connection:
            return segmentations.of_dataset(connection, dataset_id)

    def get(self, segmentation_id: str) -> Segmentation:
        """One version; raises NotFound."""
        with self.context.read() as connection:
            return segmentations.get(connection, segmentation_id)

    def latest(self) -> Segmentation:
        """The newest version of all; raises NotFound when there is none."""
        with self.context.read() as connection:
            found = segmentations.latest(connection)
        if found is None:
            raise NotFound("segmentation", "", "Import customers and compute segments first.")
        return found

    def preview(self, dataset_id: str, request: SegmentationRequest) -> tuple[Segment, ...]:
        """The segments that rules or RFM would give, without keeping them."""
        return self.making.fitted(self._dataset(dataset_id), self._complete(request)).segments

    def compute(
        self,
        dataset_id: str | None,
        request: SegmentationRequest,
        *,
        by: Person,
        measure: bool = False,
    ) -> Segmentation:
        """A new version at once; the same request on the same data gives the version there is.

        Without `measure` nothing is said about its quality; `start` always measures.

        Raises:
            BadInput: the method does not fit the data, or a rule cannot be used.
            NotFound: there is no such data set.
        """
        require(by, Permission.SEGMENT)
        dataset = self._dataset(dataset_id)
        draft = self.making.fitted(dataset, self._complete(request))
        quality = self.making.measured(dataset, draft) if measure else None
        made = self.making.written(dataset, draft)
        with self.context.write(by) as write:
            version = self.making.kept(write, dataset, made, quality)
        self.making.published(dataset, version)
        return version

    def start(self, dataset_id: str | None, request: SegmentationRequest, *, by: Person) -> Run:
        """A durable run that makes and measures a new version; joins one under way.

        Raises:
            BadInput: the method does not fit the data, or a rule cannot be used.
            NotFound: there is no such data set.
        """
        require(by, Permission.SEGMENT)
        dataset = self._dataset(dataset_id)
        asked = self._complete(request)
        under_way = self.under_way(dataset.dataset_id)
        if under_way is not None:
            return under_way
        self._refuse(dataset, asked)
        self.runner.connect()
        with self.context.write(by) as write:
            joined = _under_way(runs.active(write.connection), dataset.dataset_id)
            if joined is not None:
                return joined
            run = _new_run(write, dataset)
            runs.add(write.connection, run)
            order = Ordered(dataset.dataset_id, asked, by.name, by.verified)
            self.runner.enqueue_segments(write.connection, run, order.text())
            write.record("start segments", run.run_id, method=asked.method)
        logger.info("started to make segments", extra={"run_id": run.run_id})
        return run

    def under_way(self, dataset_id: str) -> Run | None:
        """The run that is making segments of a data set, or None."""
        with self.context.read() as connection:
            return _under_way(runs.active(connection), dataset_id)

    def last_run(self, dataset_id: str) -> Run | None:
        """The newest run that made segments of a data set, or None."""
        with self.context.read() as connection:
            recent = runs.recent(connection, 50)
        return next((r for r in recent if _is_of(r, dataset_id)), None)

    def cancel(self, run_id: str, *, by: Person) -> Run:
        """Stop a run before its next stage; the version of before stays."""
        require(by, Permission.SEGMENT)
        with self.context.write(by) as write:
            why = f"cancelled by {by.name}"
            run = runs.finish(write.connection, run_id, RunState.CANCELLED, why, write.at)
            write.record("cancel run", run_id)
            return run

    def wait(self, run_id: str, *, told: Callable[[Run], None] | None = None) -> Run:
        """The run when it is over."""
        return wait_for(self.context, run_id, told=told)

    def made_by(self, run_id: str) -> Segmentation | None:
        """The version a run has made, or None while there is none."""
        with self.context.read() as connection:
            name = result_of(connection, run_id)
            return segmentations.get(connection, name) if name else None

    def rename(
        self, segmentation_id: str, names: Mapping[str, str], *, expected: Segmentation, by: Person
    ) -> Segmentation:
        """The version with new names; a new version with the same members once a campaign uses it.

        Args:
            segmentation_id: the version.
            names: the new name of each segment to rename, by id.
            expected: the version as the person saw it.
            by: who renames.

        Raises:
            BadInput: a name is empty, too long, or taken by another segment.
            StaleRevision: somebody renamed a segment meanwhile.
        """
        require(by, Permission.SEGMENT)
        with self.context.write(by) as write:
            known = segmentations.get(write.connection, segmentation_id)
            if [s.name for s in known.segments] != [s.name for s in expected.segments]:
                raise StaleRevision(f"the names of {segmentation_id}")
            renamed = replace(known, segments=_renamed(known.segments, names))
            if renamed == known:
                raise MoveRefused("Nothing was changed, so nothing was saved.")
            before = {s.segment_id: s.name for s in known.segments if s.segment_id in names}
            if any(
                c.segmentation_id == segmentation_id for c in campaigns.everything(write.connection)
            ):
                renamed = self._copied(write, renamed)
            else:
                segmentations.save(write.connection, renamed)
            said = {"before": before, "after": dict(names), "version": renamed.segmentation_id}
            write.record("rename segments", segmentation_id, **said)
            dataset = datasets.get(write.connection, known.dataset_id)
        self.making.published(dataset, renamed)
        return renamed

    def members(
        self, segmentation_id: str, segment_id: str, *, page: int, size: int = 20
    ) -> tuple[str, ...]:
        """The ids on one page of a segment's customers; pages count from 1."""
        path = self.context.table(f"segments-{segmentation_id}")
        return segment_table.members(path, segment_id, offset=(page - 1) * size, limit=size)

    def _copied(self, write: Write, renamed: Segmentation) -> Segmentation:
        """The same members under a name of their own, so that no campaign changes."""
        number, base = 2, renamed.segmentation_id
        taken = {s.segmentation_id for s in self.everything(renamed.dataset_id)}
        while f"{base}-{number}" in taken:
            number += 1
        copied = replace(
            renamed,
            segmentation_id=f"{base}-{number}",
            created_at=write.at,
            created_by=write.by.name,
        )
        paths = (self.context.table(f"segments-{name}") for name in (base, copied.segmentation_id))
        shutil.copyfile(*paths)
        segmentations.add(write.connection, copied)
        return copied

    def _complete(self, request: SegmentationRequest) -> SegmentationRequest:
        if request.method is SegmentationMethod.RULES and request.rules is None:
            return replace(request, rules=self.default_rules())
        return request

    def _refuse(self, dataset: Dataset, request: SegmentationRequest) -> None:
        """What can be said at once is said at once, not by a failed run."""
        if request.method is not SegmentationMethod.KMEANS:
            self.making.fitted(dataset, request)
            return
        refuse_clusters(self.agents.segmentation.config.clusters, dataset.rows, request.k)
        for name in request.columns:
            customer_table(self.context, dataset).attribute(name)

    def _dataset(self, dataset_id: str | None) -> Dataset:
        with self.context.read() as connection:
            if dataset_id:
                return datasets.get(connection, dataset_id)
            known = datasets.everything(connection)
        if not known:
            raise NotFound("customer data set", "", "Import customers first.")
        return known[0]


def _new_run(write: Write, dataset: Dataset) -> Run:
    return Run(
        run_id=f"segments-{dataset.dataset_id}-{write.at:%Y%m%dT%H%M%S%f}",
        campaign_id="",
        kind=KIND,
        state=RunState.QUEUED,
        done=0,
        total=len(STAGES),
        started_by=write.by.name,
        created_at=write.at,
        finished_at=None,
    )


def _under_way(active: Sequence[Run], dataset_id: str) -> Run | None:
    return next((r for r in active if _is_of(r, dataset_id)), None)


def _is_of(run: Run, dataset_id: str) -> bool:
    return run.kind == KIND and run.run_id.startswith(f"segments-{dataset_id}-")


def _renamed(segments: Sequence[Segment], names: Mapping[str, str]) -> tuple[Segment, ...]:
    made: list[Segment] = []
    for segment in segments:
        name = " ".join(names.get(segment.segment_id, segment.name).split())
        if not name or len(name) > _LONGEST_NAME:
            raise BadInput(f"A segment needs a name of 1 to {_LONGEST_NAME} characters.")
        if name.casefold() == EVERYONE_NAME.casefold():
            raise BadInput(
                f"A segment cannot be called '{name}': that is the name of the group in which "
                "everyone gets the same message. Call it 'All customers'."
            )
        if name.casefold() in (s.name.casefold() for s in made):
            raise BadInput(f"Two segments would be called '{name}'; choose another name.")
        made.append(replace(segment, name=name))
    return tuple(made)
