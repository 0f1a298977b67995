"""Segments in three steps that a page, a command and a durable run share: fit, measure, keep."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from core.clusters.encoding import Matrix, encoded
from core.clusters.kmeans import Places, placed
from core.clusters.naming import names
from core.models.customers import Dataset, Segment, Segmentation
from core.models.segment_models import ClusterModel
from core.models.segment_quality import Quality
from core.models.segmentation import SegmentationDraft, SegmentationRequest
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.erased_places import ErasedPlaces
from core.orchestrator.service.outputs import publish_segments
from core.orchestrator.service.segment_charts import importance_chart
from core.orchestrator.service.segment_words import warnings
from core.reports.figures import write_png
from core.storage import erasures, segment_profile, segment_table, segmentations
from core.storage.codec import canonical
from core.storage.tables import ParquetCustomers

logger = logging.getLogger(__name__)

_ID_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Made:
    """A written table of members, with the segments it holds and the name of the version.

    `erasures` is how many there had been when it was begun.
    """

    segmentation_id: str
    draft: SegmentationDraft
    erasures: int = 0


@dataclass(frozen=True, slots=True)
class MakingSegments:
    """What makes a version: nothing that people see changes before `kept`."""

    context: Context
    agents: Agents

    def fitted(self, dataset: Dataset, request: SegmentationRequest) -> SegmentationDraft:
        """The segments by rules with their sizes, or clusters by their centres."""
        return self.agents.segmentation.run(customer_table(self.context, dataset), request)

    def measured(self, dataset: Dataset, draft: SegmentationDraft) -> Quality:
        """How clear, lasting and separate the segments are."""
        return self.agents.segment_quality.run(customer_table(self.context, dataset), draft)

    def written(self, dataset: Dataset, draft: SegmentationDraft) -> Made:
        """Every customer put into a segment, in a table named by its content."""
        with self.context.read() as connection:
            erased = erasures.begun(connection)
        customers = customer_table(self.context, dataset)
        name = _segmentation_id(dataset, draft)
        path = self.context.table(f"segments-{name}")
        if draft.clusters is None:
            exclusive = draft.rfm is not None
            segment_table.write_segments(customers, draft.rules, path, exclusive=exclusive)
        else:
            features = draft.clusters.features
            place = Placing(draft.clusters, np.array(draft.clusters.centers))
            segment_table.write_placed(customers, features, place, draft.ids, path)
            draft = self._named(dataset, customers, draft, name)
        means = segment_profile.mean_confidences(path)
        segments = tuple(replace(s, confidence=means.get(s.segment_id)) for s in draft.segments)
        return Made(name, replace(draft, segments=segments), erased)

    def kept(
        self, write: Write, dataset: Dataset, made: Made, quality: Quality | None
    ) -> Segmentation:
        """The version recorded; one that is there already is completed by what was measured."""
        tx, draft = write.connection, made.draft
        table = self.context.table(f"segments-{made.segmentation_id}")
        ErasedPlaces(self.context).stripped(write, made.erasures, table)
        if quality is not None:
            said = warnings(draft.segments, draft.clusters, quality)
            quality = replace(quality, warnings=said)
        for known in segmentations.of_dataset(tx, dataset.dataset_id):
            if known.segmentation_id == made.segmentation_id:
                if quality is None or known.quality is not None:
                    return known
                complete = replace(known, quality=quality)
                segmentations.save(tx, complete)
                return complete
        version = Segmentation(
            segmentation_id=made.segmentation_id,
            dataset_id=dataset.dataset_id,
            method=draft.method,
            segments=draft.segments,
            created_at=write.at,
            created_by=write.by.name,
            notes=draft.notes,
            clusters=draft.clusters,
            rfm=draft.rfm,
            quality=quality,
        )
        segmentations.add(tx, version)
        write.record(
            "compute segments",
            version.segmentation_id,
            method=version.method,
            segments=len(version.segments),
        )
        return version

    def published(self, dataset: Dataset, version: Segmentation) -> None:
        """`segments.json` of a version, and the picture of what decides."""
        publish_segments(self.context, dataset, version)
        chart = importance_chart(version)
        if chart is not None:
            folder = self.context.settings.reports / "visualizations"
            write_png(chart, folder / "feature_importance.png")
        logger.info("segmented %d customers into %d", dataset.rows, len(version.segments))

    def _named(
        self, dataset: Dataset, customers: ParquetCustomers, draft: SegmentationDraft, name: str
    ) -> SegmentationDraft:
        """Clusters with their sizes and traits, named by what stands out."""
        path = self.context.table(f"segments-{name}")
        counts = segment_profile.counted(customers, path, draft.ids)
        called = names(segment_profile.differences(customers, path, draft.ids), draft.ids)
        segments = tuple(
            Segment(
                segment_id=count.segment_id,
                name=called[count.segment_id],
                rule="",
                size=count.size,
                share=count.size / dataset.rows,
                reachable=count.reachable,
                traits=count.traits,
            )
            for count in counts
            if count.size
        )
        small = tuple(filter(None, map(self.agents.segmentation.small, segments)))
        return replace(draft, segments=segments, notes=(*draft.notes, *small))


@dataclass(frozen=True, slots=True)
class Placing:
    """Puts customers where their nearest centre is."""

    model: ClusterModel
    centers: Matrix

    def __call__(self, values: Matrix) -> tuple[Places, Matrix]:
        """The place of each customer's segment, and the confidence."""
        found = placed(encoded(values, self.model.features), self.centers)
        return found.nearest, found.confidence


def _segmentation_id(dataset: Dataset, draft: SegmentationDraft) -> str:
    """A name that is the same for the same data and the same segments."""
    content: list[object] = [dataset.sha256, draft.method.value, _told(draft)]
    if draft.clusters is not None:
        model = draft.clusters
        content = [*content[:2], model.features, model.centers]
    digest = hashlib.sha256(canonical(content).encode()).hexdigest()
    return f"{draft.method}-{digest[:_ID_CHARACTERS]}"


def _told(draft: SegmentationDraft) -> Sequence[object]:
    # What a rule is about is said, not part of it.
    return [{k: v for k, v in asdict(r).items() if k != "about"} for r in draft.rules]
