"""Where a document is used: the messages that cite it and the briefs that offer it."""

from core.models.content_use import Use, Uses
from core.models.messages import VariantState
from core.storage import campaigns, variants
from core.storage.database import Connection

_GONE = frozenset({VariantState.RETIRED})


def uses_of(connection: Connection, document_id: str) -> Uses:
    """Every message that cites any version of the document, in the order they came."""
    known = {c.campaign_id: c for c in campaigns.everything(connection)}
    live = [s for s in VariantState if s not in _GONE]
    messages = []
    for variant in variants.in_state(connection, live):
        cited = {c.version for c in variant.citations if c.document_id == document_id}
        if cited:
            messages.append(
                Use(
                    variant_id=variant.variant_id,
                    campaign_id=variant.campaign_id,
                    campaign=known[variant.campaign_id].name,
                    segment=variant.segment,
                    tone=variant.tone,
                    state=variant.state,
                    version=max(cited),
                )
            )
    offered = [c.name for c in known.values() if c.brief.offer_document_id == document_id]
    return Uses(tuple(messages), tuple(offered))
