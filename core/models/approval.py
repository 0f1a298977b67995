"""What a person decided about a variant, and the seal that makes the decision binding."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReviewDecision(StrEnum):
    """What an approver may decide."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Seal:
    """Hashes of everything an approval rests on; a change in any part voids the approval.

    Each field is a SHA-256 in hexadecimal. `valid_until` is the first day on which a cited
    document or offer ends, or None. `mail` is the rendered e-mail around the text: letterhead,
    footer, postal address and link; empty in seals older than it, which no longer hold.
    """

    text: str
    audience: str
    sources: str
    policy: str
    prompt: str
    valid_until: date | None
    mail: str = ""

    def changed_part(self, now: "Seal") -> str | None:
        """The first part in which two seals differ, in words, or None when they agree."""
        words = {
            "text": "the text",
            "mail": "the e-mail around the text",
            "audience": "the audience",
            "sources": "the cited documents",
            "policy": "the content policy",
            "prompt": "the prompts",
            "valid_until": "the end of validity",
        }
        return next((w for f, w in words.items() if getattr(self, f) != getattr(now, f)), None)


@dataclass(frozen=True, slots=True)
class Review:
    """One recorded decision about one revision; `batch` marks approvals of `run --approve-as`.

    `category` is what a refusal is about, `confirmed` what the person said to have looked at.
    A withdrawal takes back the same person's last decision; with `reopened` that decision had
    settled the message, which is in review again.
    """

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
    category: str = ""
    confirmed: tuple[str, ...] = ()
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What goes with a decision: what a refusal is about, and the issues that were looked at.

    `confirmed` holds the rules of the issues to look at; None where no page showed them one by
    one: naming the message on the command line answers for all of it.
    """

    category: str = ""
    confirmed: frozenset[str] | None = None
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Approvers:
    """How far the approval of one revision is: who approved, of how many, and why so many."""

    needed: int
    because: str
    given: tuple[Review, ...] = ()

    @property
    def missing(self) -> int:
        """How many people still have to approve."""
        return max(self.needed - len(self.given), 0)

    @property
    def words(self) -> str:
        """How many have to, and why."""
        people = "one approver" if self.needed == 1 else f"{self.needed} different people"
        return f"{people}, because {self.because}" if self.because else people


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail; `hash` covers the line and the hash before it.

    `mac` signs the hash with the key of the workspace; None before entries were signed.
    """

    sequence: int
    at: datetime
    actor: str
    verified: bool
    action: str
    subject: str
    detail: str
    previous: str
    hash: str
    mac: str | None = None
