"""Comments on variants, and the edits people suggest."""

from sqlalchemy import Connection, insert, select, update

from core.errors import MoveRefused, NotFound
from core.models.discussion import Comment, Suggestion, SuggestionState
from core.storage.codec import from_row, to_row
from core.storage.review_schema import COMMENTS, SUGGESTIONS


def add_comment(tx: Connection, comment: Comment) -> None:
    """Keep a comment, for good."""
    tx.execute(insert(COMMENTS).values(to_row(comment, COMMENTS)))


def comments_of(tx: Connection, variant_id: str) -> tuple[Comment, ...]:
    """Every comment on any revision of a variant, oldest first."""
    wanted = select(COMMENTS).where(COMMENTS.c.variant_id == variant_id).order_by(COMMENTS.c.number)
    return tuple(from_row(Comment, row) for row in tx.execute(wanted).mappings())


def add_suggestion(tx: Connection, suggestion: Suggestion) -> None:
    """Keep a suggested edit."""
    tx.execute(insert(SUGGESTIONS).values(to_row(suggestion, SUGGESTIONS)))


def suggestion(tx: Connection, suggestion_id: str) -> Suggestion:
    """The suggestion with this id; raises NotFound."""
    wanted = select(SUGGESTIONS).where(SUGGESTIONS.c.suggestion_id == suggestion_id)
    row = tx.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFound("suggestion", suggestion_id)
    return from_row(Suggestion, row)


def suggestions_of(tx: Connection, variant_id: str) -> tuple[Suggestion, ...]:
    """Every edit suggested for any revision of a variant, newest first."""
    wanted = (
        select(SUGGESTIONS)
        .where(SUGGESTIONS.c.variant_id == variant_id)
        .order_by(SUGGESTIONS.c.number.desc())
    )
    return tuple(from_row(Suggestion, row) for row in tx.execute(wanted).mappings())


def settle(tx: Connection, settled: Suggestion) -> None:
    """Keep what became of an open suggestion.

    Raises:
        NotFound: there is none with this id.
        MoveRefused: somebody settled it before.
    """
    wanted = update(SUGGESTIONS).where(
        SUGGESTIONS.c.suggestion_id == settled.suggestion_id,
        SUGGESTIONS.c.state == SuggestionState.OPEN.value,
    )
    if tx.execute(wanted.values(to_row(settled, SUGGESTIONS))).rowcount != 1:
        was = suggestion(tx, settled.suggestion_id)
        raise MoveRefused(
            f"{was.settled_by} {was.state} this suggestion already. Nothing was recorded."
        )
