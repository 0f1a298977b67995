"""What is true of a segment's customers, and the hash that names exactly who they are."""

from collections.abc import Callable
from functools import cache

from core.models.campaign import Campaign
from core.models.customers import Truth
from core.orchestrator.service.context import Context
from core.orchestrator.service.customers import customer_table
from core.storage import datasets, segment_table, segmentations


def segment_truth(
    context: Context, segmentation_id: str, segment_id: str
) -> Callable[[str], Truth]:
    """For how many customers of the segment a rule holds; each rule is counted once."""
    with context.read() as connection:
        segmentation = segmentations.get(connection, segmentation_id)
        dataset = datasets.get(connection, segmentation.dataset_id)
    members = customer_table(context, dataset).in_segment(
        context.table(f"segments-{segmentation_id}"), segment_id
    )
    return cache(members.truth)


def audience_sha256(context: Context, campaign: Campaign, segment_id: str) -> str:
    """A hash over the segment's customers and the data set they come from."""
    with context.read() as connection:
        dataset = datasets.get(connection, campaign.dataset_id)
    return segment_table.audience_sha256(
        context.table(f"segments-{campaign.segmentation_id}"), dataset.sha256, segment_id
    )
