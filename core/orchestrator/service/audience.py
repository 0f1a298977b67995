"""Who gets a message, what is true of them, and the hash that names exactly who they are."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

from core.errors import NotFound
from core.models.audience import Counted, KnownColumn
from core.models.campaign import Brief, Campaign
from core.models.customers import Column, Dataset, Segmentation, Truth
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.orchestrator.service.erased_places import audience_name
from core.orchestrator.service.workspace import Workspace
from core.storage import audience_counts, datasets, erasures, segment_table, segmentations
from core.storage.database import Connection
from core.storage.segment_truth import truth_by_segment
from core.storage.tables import ParquetCustomers

_KEPT = 4096
_COUNTING = Lock()


@dataclass(frozen=True, slots=True)
class SegmentAudience:
    """The customers of one segment, of whom statements are counted; see `core.protocols`."""

    name: str
    day: date
    data_day: date
    known: tuple[KnownColumn, ...]
    members: ParquetCustomers
    everybody: ParquetCustomers

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns a rule may speak of."""
        return self.members.attributes

    def categories(self) -> Mapping[str, tuple[str, ...]]:
        """The values each column of text has in the whole data set, unless there are too many."""
        return _categories(self.everybody)

    def count(self, rules: Sequence[str]) -> tuple[Counted, ...]:
        """Each rule counted, all in one question; kept, as tables never change."""
        return _counts(self.members, tuple(rules))


def campaign_audience(context: Context, campaign: Campaign, segment_id: str) -> SegmentAudience:
    """The readers of a campaign's message for a segment, on the planned day of the send."""
    with context.read() as connection:
        segmentation, dataset = tables_of(context, connection, campaign.segmentation_id)
    return _audience(context, segmentation, dataset, segment_id, campaign.brief)


def named_audience(context: Context, segment: str) -> SegmentAudience:
    """Everybody in a segment of the newest segmentation, by id or name, today.

    Raises:
        NotFound: there is no such segment.
    """
    with context.read() as connection:
        newest = segmentations.latest(connection)
        if newest is None:
            raise NotFound("segment", segment, "There are none yet; compute segments first.")
        dataset = datasets.get(connection, newest.dataset_id)
    for each in (*newest.segments, newest.everyone):
        if segment in {each.segment_id, each.name}:
            return _audience(context, newest, dataset, each.segment_id, None)
    names = ", ".join(s.segment_id for s in newest.segments)
    raise NotFound("segment", segment, f"Known are: {names}.")


def send_day(context: Context, brief: Brief | None) -> date:
    """The planned day of the send, today in the workspace's time zone where none is planned."""
    today = context.now().astimezone(_zone(context)).date()
    planned = brief.planned_send if brief else None
    return max(planned, today) if planned else today


def segment_truth(
    context: Context, segmentation_id: str, segment_id: str, *, narrowed: str = ""
) -> Callable[[str], Truth]:
    """For how many customers of the segment a rule holds; each rule is counted once a process.

    `narrowed` is the rule a campaign has narrowed its audience to.
    """
    with context.read() as connection:
        _, dataset = tables_of(context, connection, segmentation_id)
    everybody = customer_table(context, dataset).narrowed(narrowed)
    return partial(_counted, everybody, context.table(f"segments-{segmentation_id}"), segment_id)


def audience_sha256(context: Context, campaign: Campaign, segment_id: str) -> str:
    """A hash over the segment's customers, the data set, and the rule the campaign is narrowed to.

    The rule names its customers exactly, as neither the data set nor the segments ever change. An
    audience from which somebody was erased keeps the hash it had before, when what it is now is
    exactly what erasures made of it.
    """
    table = f"segments-{campaign.segmentation_id}"
    with context.read() as connection:
        dataset = datasets.get(connection, campaign.dataset_id)
    now = segment_table.audience_sha256(context.table(table), dataset.sha256, segment_id)
    with context.read() as connection:
        everybody = erasures.origin(connection, audience_name(table, segment_id), now)
    if not campaign.brief.audience.strip():
        return everybody
    return hashlib.sha256(f"{everybody}\n{campaign.brief.audience}".encode()).hexdigest()


def _audience(
    context: Context,
    segmentation: Segmentation,
    dataset: Dataset,
    segment_id: str,
    brief: Brief | None,
) -> SegmentAudience:
    return SegmentAudience(
        name=segmentation.segment(segment_id).name,
        day=send_day(context, brief),
        data_day=dataset.created_at.astimezone(_zone(context)).date(),
        known=context.settings.reader_columns,
        members=_members(
            context, segmentation, dataset, segment_id, brief.audience if brief else ""
        ),
        everybody=customer_table(context, dataset),
    )


def _members(
    context: Context, segmentation: Segmentation, dataset: Dataset, segment_id: str, narrowed: str
) -> ParquetCustomers:
    table = context.table(f"segments-{segmentation.segmentation_id}")
    return customer_table(context, dataset).in_segment(table, segment_id).narrowed(narrowed)


def tables_of(
    context: Context, connection: Connection, segmentation_id: str
) -> tuple[Segmentation, Dataset]:
    """A segmentation and the data set it divides; raises NotFound."""
    segmentation = context.recent(
        f"segmentation {segmentation_id}", lambda: segmentations.get(connection, segmentation_id)
    )
    name = segmentation.dataset_id
    return segmentation, context.recent(f"dataset {name}", lambda: datasets.get(connection, name))


def _zone(context: Context) -> ZoneInfo:
    return ZoneInfo(Workspace(context).choices().time_zone)


def _counted(everybody: ParquetCustomers, segments: Path, segment_id: str, rule: str) -> Truth:
    # The messages of a run ask the same at the same time: one of them counts, for all segments.
    with _COUNTING:
        counted = _truths(everybody, segments, rule)
    return counted.get(segment_id, Truth(0, 0, 0))


# Tables are named by their content and never change, so neither does what is true of them.
@lru_cache(maxsize=_KEPT)
def _truths(everybody: ParquetCustomers, segments: Path, rule: str) -> Mapping[str, Truth]:
    return truth_by_segment(everybody, segments, rule)


@lru_cache(maxsize=_KEPT)
def _counts(members: ParquetCustomers, rules: tuple[str, ...]) -> tuple[Counted, ...]:
    return audience_counts.counts(members, rules)


@lru_cache(maxsize=64)
def _categories(everybody: ParquetCustomers) -> Mapping[str, tuple[str, ...]]:
    return audience_counts.categories(everybody)
