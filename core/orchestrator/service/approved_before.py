"""What was approved before: the text a message is held against, and how much was decided lately."""

from datetime import timedelta

from core.content.sentences import sentences
from core.models.approval import ReviewDecision
from core.models.messages import Message, TextField, Variant, VariantState
from core.orchestrator.service.context import Context
from core.storage import reviews, variants
from core.storage.database import Connection

_APPROVED = frozenset({VariantState.APPROVED, VariantState.EXPORTED})
_WEEK = timedelta(days=7)
_LOOKED_AT = 2000


def last_approved(context: Context, variant: Variant) -> Variant | None:
    """The approved text this one is best held against, or None when nothing is like it.

    An earlier revision of the same message comes first, then the approved message of the same
    campaign that shares most sentences with it.
    """
    with context.read() as connection:
        earlier = _earlier(connection, variant)
        if earlier is not None:
            return earlier
        others = [
            other
            for other in variants.of_campaign(connection, variant.campaign_id)
            if other.state in _APPROVED and other.variant_id != variant.variant_id
        ]
    own = _sentences(variant.message)
    shared = {v.variant_id: len(own & _sentences(v.message)) for v in others}
    best = max(others, key=lambda v: (shared[v.variant_id], v.updated_at), default=None)
    return best if best is not None and shared[best.variant_id] > 0 else None


def approved_lately(context: Context) -> int:
    """How many approvals were given in the last seven days."""
    with context.read() as connection:
        made = reviews.recent(connection, _LOOKED_AT)
    since = context.now() - _WEEK
    return sum(r.decision is ReviewDecision.APPROVE and r.at >= since for r in made)


def _earlier(connection: Connection, variant: Variant) -> Variant | None:
    for revision in range(variant.revision - 1, 0, -1):
        if reviews.approvals_of(connection, variant.variant_id, revision):
            return variants.revision_of(connection, variant.variant_id, revision)
    return None


def _sentences(message: Message) -> frozenset[str]:
    return frozenset(s.text for part in TextField for s in sentences(message.part(part)))
