"""Taking back one's own decision: at once without a word, an approval later with a reason."""

import logging
from datetime import timedelta

from core.errors import MoveRefused, NotAllowed, StaleRevision
from core.models.approval import Review, ReviewDecision
from core.models.messages import Variant, VariantState
from core.models.people import Person
from core.orchestrator.service.context import Context, Write
from core.orchestrator.service.moving import move
from core.orchestrator.service.people import present
from core.storage import reviews, variants
from core.storage.database import Connection
from core.workflow import Permission, Step, moved, require

logger = logging.getLogger(__name__)


def withdraw(
    context: Context, variant_id: str, *, revision: int, reason: str, by: Person
) -> Review:
    """Take back one's own decision about this revision; the message is in review again.

    Raises:
        NotAllowed: the person is no approver, or there is no decision of theirs.
        StaleRevision: the message has another revision by now.
        MoveRefused: it was exported, a refusal stood too long, or a reason is missing.
    """
    require(by, Permission.REVIEW)
    with context.write(by) as write:
        variant = variants.get(write.connection, variant_id)
        if variant.revision != revision:
            raise StaleRevision(f"message {variant_id}")
        own = _own(write.connection, variant, by)
        reopens = variant.state is not VariantState.NEEDS_REVIEW
        if reopens:
            moved(variant.state, Step.REOPEN)
            _refuse_late(context, own, write, reason)
        review = _taken_back(write, variant, reason.strip(), reopens=reopens)
        reviews.add(write.connection, review)
        if reopens:
            move(write, variant, Step.REOPEN)
        write.record(
            ReviewDecision.WITHDRAW,
            variant_id,
            revision=revision,
            reason=review.reason,
            decision=own.decision,
            reopened=reopens,
        )
    logger.info("a decision was taken back", extra={"variant_id": variant_id})
    return review


def own_decision(context: Context, variant: Variant, person: Person) -> Review | None:
    """The person's decision about the present revision that stands, or None."""
    with context.read() as connection:
        made = reviews.standing(connection, variant.variant_id, variant.revision)
    return next((r for r in reversed(made) if person.among({r.by})), None)


def _own(connection: Connection, variant: Variant, person: Person) -> Review:
    require(present(connection, person), Permission.REVIEW)
    made = reviews.standing(connection, variant.variant_id, variant.revision)
    own = next((r for r in reversed(made) if r.by == person.name), None)
    if own is None:
        raise NotAllowed(f"{person.name} has no decision about this message to take back.")
    return own


def _refuse_late(context: Context, own: Review, write: Write, reason: str) -> None:
    seconds = context.policy(write.connection).approval.undo_seconds
    if write.at - own.at <= timedelta(seconds=seconds):
        return
    if own.decision is not ReviewDecision.APPROVE:
        raise MoveRefused(
            f"A refusal can be taken back for {seconds} seconds, then its author may be at work; "
            "ask them to send the message for review again."
        )
    if not reason.strip():
        raise MoveRefused(f"After {seconds} seconds, say why you take the approval back.")


def _taken_back(write: Write, variant: Variant, reason: str, *, reopens: bool) -> Review:
    return Review(
        review_id=f"{variant.variant_id}-w{variant.revision}-{write.at:%Y%m%dT%H%M%S%f}",
        variant_id=variant.variant_id,
        revision=variant.revision,
        decision=ReviewDecision.WITHDRAW,
        by=write.by.name,
        verified=write.by.verified,
        reason=reason,
        at=write.at,
        seal=None,
        reopened=reopens,
    )
