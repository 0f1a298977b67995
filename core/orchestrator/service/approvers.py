"""How many people have to approve a message, by the rules, and who of them has."""

from dataclasses import dataclass

from core.content.discounts import largest_discount
from core.errors import NotFound
from core.models.approval import Approvers, Review
from core.models.approval_rules import ApprovalFacts, Needed
from core.models.messages import TextField, Variant
from core.orchestrator.service.context import Context
from core.storage import campaigns, documents, reviews, segmentations
from core.storage.database import Connection


@dataclass(frozen=True, slots=True)
class ApproverRules:
    """The approval rules of the policy in force, applied to what is there now."""

    context: Context

    def of(self, connection: Connection, variant: Variant) -> Approvers:
        """How far the approval of the present revision is."""
        needed = self.needed(connection, variant)
        given = reviews.approvals_of(connection, variant.variant_id, variant.revision)
        return Approvers(needed.approvers, needed.because, given)

    def needed(self, connection: Connection, variant: Variant) -> Needed:
        """How many have to approve, and why."""
        return self.context.policy(connection).approval.needed(self.facts(connection, variant))

    def facts(self, connection: Connection, variant: Variant) -> ApprovalFacts:
        """What the rules look at."""
        campaign = campaigns.get(connection, variant.campaign_id)
        segmentation = segmentations.get(connection, campaign.segmentation_id)
        said = [variant.message.part(field) for field in TextField]
        said += _offer(connection, campaign.brief.offer_document_id)
        return ApprovalFacts(
            discount=largest_discount(said),
            audience=segmentation.segment(variant.segment_id).size,
            severity=variant.screened.severity.worst if variant.screened else 0,
        )


def people_of(approvals: tuple[Review, ...]) -> frozenset[str]:
    """Who gave these approvals, each once."""
    return frozenset(review.by for review in approvals)


def _offer(connection: Connection, document_id: str | None) -> list[str]:
    if document_id is None:
        return []
    try:
        document = documents.get(connection, document_id)
    except NotFound:
        return []
    return [document.title, document.content]
