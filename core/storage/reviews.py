"""What people decided about variants; for good, and once each time a revision is queued."""

from sqlalchemy import Connection, Select, insert, select

from core.errors import StaleRevision
from core.models.approval import Review, ReviewDecision
from core.storage import variants
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import REVIEWS


def add(tx: Connection, review: Review) -> None:
    """Record a decision about the present revision of a variant.

    Raises:
        NotFound: there is no such variant.
        StaleRevision: the variant has another revision by now, or somebody else decided first.
    """
    variant = variants.get(tx, review.variant_id)
    stale = StaleRevision(f"the {variant.tone} message for '{variant.segment}'")
    if variant.revision != review.revision:
        raise stale
    turn = variants.rounds(tx, review.variant_id, review.revision)
    with unless_taken(stale):
        tx.execute(insert(REVIEWS).values(round=turn, **to_row(review, REVIEWS)))


def of_variant(tx: Connection, variant_id: str) -> tuple[Review, ...]:
    """Every decision about any revision of a variant, newest first."""
    return _read(tx, _newest_first().where(REVIEWS.c.variant_id == variant_id))


def approval_of(tx: Connection, variant_id: str, revision: int) -> Review | None:
    """The latest approval of one revision, or None; whether it still binds is the seal's word."""
    wanted = _newest_first().where(
        REVIEWS.c.variant_id == variant_id,
        REVIEWS.c.revision == revision,
        REVIEWS.c.decision == ReviewDecision.APPROVE.value,
    )
    return next(iter(_read(tx, wanted.limit(1))), None)


def recent(tx: Connection, limit: int) -> tuple[Review, ...]:
    """The last decisions of the workspace, newest first."""
    return _read(tx, _newest_first().limit(limit))


def _newest_first() -> Select[tuple[object, ...]]:
    return select(REVIEWS).order_by(REVIEWS.c.number.desc())


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Review, ...]:
    return tuple(from_row(Review, row) for row in tx.execute(wanted).mappings())
