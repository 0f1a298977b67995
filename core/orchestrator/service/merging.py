"""The merge fields of a segment: which there are, of whom they are known, and sample readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from core.models.campaign import Campaign
from core.models.merge_fields import FIRST_NAME, MergeField, merge_fields
from core.orchestrator.service.context import Context
from core.storage import datasets, merge_values
from core.storage.tables import edition

_REAL_CUSTOMERS = 5
_KEPT = 512
_COUNTING = Lock()
# Readers who break messages: they exist in every list, and rarely in a preview.
_AWKWARD = (
    ("No name", None),
    ("A very long name", "Maximiliana-Alexandrina Wolfeschlegelsteinhausenbergerdorff"),
    ("An apostrophe", "O'Brien"),
    ("Accents", "Zoë"),
    ("Chinese letters", "李小龍"),
    ("Right to left", "عبد الرحمن"),
    ("All in capitals", "MARGARET"),
)


@dataclass(frozen=True, slots=True)
class SampleReader:
    """Somebody a preview can be shown for; `invented` readers are no customers."""

    label: str
    values: Mapping[str, str | None]
    invented: bool


def fields_of(context: Context, campaign: Campaign, segment_id: str) -> tuple[MergeField, ...]:
    """The fields that messages to a segment may use, each counted over the segment."""
    with context.read() as connection:
        dataset = context.recent(
            f"dataset {campaign.dataset_id}",
            lambda: datasets.get(connection, campaign.dataset_id),
        )
    return _counted(
        context.table(f"segments-{campaign.segmentation_id}"),
        context.table(dataset.dataset_id),
        segment_id,
        merge_fields(dataset.columns),
    )


def sample_readers(
    context: Context, campaign: Campaign, segment_id: str
) -> tuple[SampleReader, ...]:
    """A few customers of the segment, and readers as they break messages."""
    fields = fields_of(context, campaign, segment_id)
    real = merge_values.samples(
        context.table(f"segments-{campaign.segmentation_id}"),
        context.table(campaign.dataset_id),
        segment_id,
        fields,
        most=_REAL_CUSTOMERS,
    )
    readers = [
        SampleReader(f"Customer {s.customer_id}", MappingProxyType(dict(s.values)), invented=False)
        for s in real
    ]
    others = dict(real[0].values) if real else {}
    named = any(field.name == FIRST_NAME for field in fields)
    for label, name in _AWKWARD if named else _AWKWARD[:1]:
        values = dict.fromkeys(others) if name is None else others | {FIRST_NAME: name}
        readers.append(SampleReader(label, MappingProxyType(values), invented=True))
    return tuple(readers)


def _counted(
    segments: Path, dataset: Path, segment_id: str, fields: tuple[MergeField, ...]
) -> tuple[MergeField, ...]:
    # The messages of a run ask the same at the same time: one of them counts, for all segments.
    with _COUNTING:
        counts = _counts(segments, dataset, fields, edition(dataset))
    return counts.get(segment_id, fields)


# Tables are named by their content; only an erasure makes another edition, of other counts.
@lru_cache(maxsize=_KEPT)
def _counts(
    segments: Path, dataset: Path, fields: tuple[MergeField, ...], of_edition: int
) -> Mapping[str, tuple[MergeField, ...]]:
    del of_edition
    return merge_values.counted(segments, dataset, fields)
