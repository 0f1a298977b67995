"""What people say about a variant without deciding: comments, and edits they suggest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.models.messages import Message


@dataclass(frozen=True, slots=True)
class Comment:
    """One remark, kept with the revision it speaks of."""

    comment_id: str
    variant_id: str
    revision: int
    by: str
    verified: bool
    at: datetime
    text: str


class SuggestionState(StrEnum):
    """What became of a suggested edit."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A wording somebody proposes for one revision; proposing makes nobody an author.

    `settled_by` accepted it, and so wrote the next revision, or declined it with `answer`.
    """

    suggestion_id: str
    variant_id: str
    revision: int
    by: str
    verified: bool
    at: datetime
    message: Message
    note: str
    state: SuggestionState = SuggestionState.OPEN
    settled_by: str = ""
    settled_at: datetime | None = None
    answer: str = ""
