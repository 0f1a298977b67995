"""What a person decided about a variant, and the seal that makes the decision binding."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReviewDecision(StrEnum):
    """What an approver may decide."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Seal:
    """Hashes of everything an approval rests on; a change in any part voids the approval.

    Each field is a SHA-256 in hexadecimal. `valid_until` is the first day on which a cited
    document or offer ends, or None.
    """

    text: str
    audience: str
    sources: str
    policy: str
    prompt: str
    valid_until: date | None

    def changed_part(self, now: "Seal") -> str | None:
        """The first part in which two seals differ, in words, or None when they agree."""
        words = {
            "text": "the text",
            "audience": "the audience",
            "sources": "the cited documents",
            "policy": "the content policy",
            "prompt": "the prompts",
            "valid_until": "the end of validity",
        }
        return next((w for f, w in words.items() if getattr(self, f) != getattr(now, f)), None)


@dataclass(frozen=True, slots=True)
class Review:
    """One recorded decision about one revision; `batch` marks approvals of `run --approve-as`."""

    review_id: str
    variant_id: str
    revision: int
    decision: ReviewDecision
    by: str
    verified: bool
    reason: str
    at: datetime
    seal: Seal | None
    batch: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail; `hash` covers the line and the hash before it."""

    sequence: int
    at: datetime
    actor: str
    verified: bool
    action: str
    subject: str
    detail: str
    previous: str
    hash: str
