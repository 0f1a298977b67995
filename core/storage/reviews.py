"""What people decided about variants; for good, one after the other in each round of review.

A round begins when a revision is put into the queue. A decision that was taken back leaves its
round open: the approvals others gave in it still stand.
"""

from sqlalchemy import Connection, Select, insert, select

from core.errors import StaleRevision
from core.models.approval import Review, ReviewDecision
from core.models.messages import VariantState
from core.storage import variants
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import REVIEWS


def add(tx: Connection, review: Review) -> None:
    """Record a decision about the present revision of a variant.

    Raises:
        NotFound: there is no such variant.
        StaleRevision: the variant has another revision by now, somebody else decided first, or
            this person did.
    """
    variant = variants.get(tx, review.variant_id)
    stale = StaleRevision(f"the {variant.tone} message for '{variant.segment}'")
    own = any(r.by == review.by for r in standing(tx, review.variant_id, review.revision))
    takes_back = review.decision is ReviewDecision.WITHDRAW
    waits = variant.state is VariantState.NEEDS_REVIEW
    if variant.revision != review.revision or own is not takes_back or not (waits or takes_back):
        raise stale
    turn = _turn(tx, review.variant_id, review.revision)
    seat = len(_of_turn(tx, review.variant_id, review.revision, turn)) + 1
    with unless_taken(stale):
        row = to_row(review, REVIEWS) | {"round": turn, "seat": seat}
        tx.execute(insert(REVIEWS).values(row))


def of_variant(tx: Connection, variant_id: str) -> tuple[Review, ...]:
    """Every decision about any revision of a variant, newest first."""
    return _read(tx, _newest_first().where(REVIEWS.c.variant_id == variant_id))


def standing(tx: Connection, variant_id: str, revision: int) -> tuple[Review, ...]:
    """The decisions of the present round that nobody took back, oldest first."""
    turn = _turn(tx, variant_id, revision)
    kept: list[Review] = []
    for review in reversed(_of_turn(tx, variant_id, revision, turn)):
        if review.decision is not ReviewDecision.WITHDRAW:
            kept.append(review)
        else:
            own = next(r for r in reversed(kept) if r.by == review.by)
            kept.remove(own)
    return tuple(kept)


def approvals_of(tx: Connection, variant_id: str, revision: int) -> tuple[Review, ...]:
    """The approvals of the present round that stand, oldest first."""
    made = standing(tx, variant_id, revision)
    return tuple(r for r in made if r.decision is ReviewDecision.APPROVE)


def recent(tx: Connection, limit: int) -> tuple[Review, ...]:
    """The last decisions of the workspace, newest first."""
    return _read(tx, _newest_first().limit(limit))


def _turn(tx: Connection, variant_id: str, revision: int) -> int:
    """Which round it is: how often the revision was queued, not counting what was taken back."""
    wanted = _newest_first().where(
        REVIEWS.c.variant_id == variant_id,
        REVIEWS.c.revision == revision,
        REVIEWS.c.decision == ReviewDecision.WITHDRAW.value,
    )
    reopened = sum(review.reopened for review in _read(tx, wanted))
    return variants.rounds(tx, variant_id, revision) - reopened


def _of_turn(tx: Connection, variant_id: str, revision: int, turn: int) -> tuple[Review, ...]:
    wanted = _newest_first().where(
        REVIEWS.c.variant_id == variant_id,
        REVIEWS.c.revision == revision,
        REVIEWS.c.round == turn,
    )
    return _read(tx, wanted)


def _newest_first() -> Select[tuple[object, ...]]:
    return select(REVIEWS).order_by(REVIEWS.c.number.desc())


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Review, ...]:
    return tuple(from_row(Review, row) for row in tx.execute(wanted).mappings())
