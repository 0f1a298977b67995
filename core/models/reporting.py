"""What a report says beyond the read-out: messages as sent, passages they rest on, and hashes."""

from dataclasses import dataclass
from datetime import date

from core.models.approval import Review
from core.models.messages import Variant


@dataclass(frozen=True, slots=True)
class MessageSent:
    """One message as it was approved, the group and the customers it was for, and who approved."""

    arm: str
    customers: int | None
    variant: Variant
    approvals: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class PassageCited:
    """A passage of one version of a document, and the groups whose messages cite it.

    `text` is None where that version of the document no longer has it.
    """

    document_id: str
    version: int
    title: str
    passage_index: int
    text: str | None
    valid_until: date | None
    arms: tuple[str, ...]
