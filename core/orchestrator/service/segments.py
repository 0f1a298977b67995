"""Segments: versions of how the customers of a data set are divided."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from core.agents.segmentation import SegmentationDraft
from core.errors import BadInput, NotFound
from core.models.customers import (
    Dataset,
    Segment,
    Segmentation,
    SegmentationMethod,
    SegmentRule,
)
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.outputs import publish_segments
from core.storage import datasets, segment_table, segmentations
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_ID_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Segments:
    """The segmentations of a workspace."""

    context: Context
    agents: Agents

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

    def preview(
        self, dataset_id: str, method: SegmentationMethod, rules: Sequence[SegmentRule]
    ) -> tuple[Segment, ...]:
        """The segments these rules would give, without keeping them."""
        dataset = self._dataset(dataset_id)
        return self.agents.segmentation.run(
            customer_table(self.context, dataset), method, rules
        ).segments

    def compute(
        self,
        dataset_id: str | None,
        method: SegmentationMethod,
        *,
        by: Person,
        rules: Sequence[SegmentRule] | None = None,
        k: int | None = None,
    ) -> Segmentation:
        """A new version; the same rules on the same data give the version there is.

        Raises:
            BadInput: the method does not fit the data, or a rule cannot be used.
            NotFound: there is no such data set.
        """
        require(by, Permission.SEGMENT)
        if method is SegmentationMethod.KMEANS or k is not None:
            raise BadInput("Clusters are not offered in this version; use --method rules or rfm.")
        dataset = self._dataset(dataset_id)
        wanted = tuple(rules if rules is not None else self.default_rules())
        customers = customer_table(self.context, dataset)
        draft = self.agents.segmentation.run(customers, method, wanted)
        name = _segmentation_id(dataset, method, draft.rules)
        path = self.context.table(f"segments-{name}")
        segment_table.write_segments(customers, draft.rules, path)
        made = self._kept(dataset, name, draft, by)
        publish_segments(self.context, dataset, made)
        logger.info("segmented %d customers into %d", dataset.rows, len(made.segments))
        return made

    def members(
        self, segmentation_id: str, segment_id: str, *, page: int, size: int = 20
    ) -> tuple[str, ...]:
        """The ids on one page of a segment's customers; pages count from 1."""
        path = self.context.table(f"segments-{segmentation_id}")
        return segment_table.members(path, segment_id, offset=(page - 1) * size, limit=size)

    def _kept(
        self, dataset: Dataset, name: str, draft: SegmentationDraft, by: Person
    ) -> Segmentation:
        """The version with this name: what there is, or the draft stored."""
        with self.context.write(by) as write:
            for known in segmentations.of_dataset(write.connection, dataset.dataset_id):
                if known.segmentation_id == name:
                    return known
            made = Segmentation(
                segmentation_id=name,
                dataset_id=dataset.dataset_id,
                method=draft.method,
                segments=draft.segments,
                created_at=write.at,
                created_by=by.name,
                notes=draft.notes,
            )
            segmentations.add(write.connection, made)
            write.record("compute segments", name, method=made.method, segments=len(made.segments))
            return made

    def _dataset(self, dataset_id: str | None) -> Dataset:
        with self.context.read() as connection:
            if dataset_id:
                return datasets.get(connection, dataset_id)
            known = datasets.everything(connection)
        if not known:
            raise NotFound("customer data set", "", "Import customers first.")
        return known[0]


def _segmentation_id(
    dataset: Dataset, method: SegmentationMethod, rules: Sequence[SegmentRule]
) -> str:
    content = [dataset.sha256, method, [asdict(r) for r in rules]]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{method}-{digest[:_ID_CHARACTERS]}"
