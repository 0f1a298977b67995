"""What is true of a segment's customers, and the hash that names exactly who they are."""

from collections.abc import Callable
from functools import lru_cache, partial

from core.models.campaign import Campaign
from core.models.customers import Truth
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.storage import datasets, segment_table, segmentations
from core.storage.tables import ParquetCustomers

_KEPT = 4096


def segment_truth(
    context: Context, segmentation_id: str, segment_id: str
) -> Callable[[str], Truth]:
    """For how many customers of the segment a rule holds; each rule is counted once a process."""
    with context.read() as connection:
        segmentation = segmentations.get(connection, segmentation_id)
        dataset = datasets.get(connection, segmentation.dataset_id)
    table = context.table(f"segments-{segmentation_id}")
    return partial(_counted, customer_table(context, dataset).in_segment(table, segment_id))


@lru_cache(maxsize=_KEPT)
def _counted(members: ParquetCustomers, rule: str) -> Truth:
    # Tables are named by their content and never change, so neither does what is true of them.
    return members.truth(rule)


def audience_sha256(context: Context, campaign: Campaign, segment_id: str) -> str:
    """A hash over the segment's customers and the data set they come from."""
    with context.read() as connection:
        dataset = datasets.get(connection, campaign.dataset_id)
    return segment_table.audience_sha256(
        context.table(f"segments-{campaign.segmentation_id}"), dataset.sha256, segment_id
    )
