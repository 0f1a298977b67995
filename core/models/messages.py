"""What is written: variants, the passages they rest on, and what the checks found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.models.campaign import Tone
from core.models.customers import Truth


class Level(StrEnum):
    """How serious a finding is: a block cannot be approved, a review needs a person's eyes."""

    NOTE = "note"
    REVIEW = "review"
    BLOCK = "block"


class ScreenDecision(StrEnum):
    """What the findings of a text come to."""

    PASS = "pass"  # noqa: S105 - a decision, not a password
    REVIEW = "review"
    BLOCK = "block"


class TextField(StrEnum):
    """The parts of a message."""

    SUBJECT = "subject"
    PREHEADER = "preheader"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Message:
    """The text itself, as the customer receives it."""

    subject: str
    preheader: str
    body: str

    def part(self, field: TextField) -> str:
        """The text of one part."""
        return {
            TextField.SUBJECT: self.subject,
            TextField.PREHEADER: self.preheader,
            TextField.BODY: self.body,
        }[field]


@dataclass(frozen=True, slots=True)
class Citation:
    """The passage a sentence rests on; `quote` is the sentence of the message it supports."""

    document_id: str
    version: int
    title: str
    passage_index: int
    quote: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a check noticed at `field[start:end]` (characters of that part).

    For a statement about the reader `truth` says of how many readers it is so, and `repairs`
    what could be done, in words.
    """

    rule: str
    level: Level
    field: TextField
    start: int
    end: int
    text: str
    explanation: str
    truth: Truth | None = None
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Severity:
    """The four harm categories, 0 (none) to 6 or 7, as the screen named `engine` scored them."""

    hate: int = 0
    self_harm: int = 0
    sexual: int = 0
    violence: int = 0

    @property
    def worst(self) -> int:
        """The highest of the four."""
        return max(self.hate, self.self_harm, self.sexual, self.violence)


@dataclass(frozen=True, slots=True)
class Screened:
    """The outcome of all checks on one message.

    `basic` says that the engine clears no text by itself: who approves confirms that they read
    it for harm. An outcome that does not say counts as basic. `most` is the worst severity that
    the engine gives: 6, or 7 where it tells eight levels apart. `policy` names the content policy
    the text was held to; empty in outcomes older than it, which nobody can tell.
    """

    decision: ScreenDecision
    severity: Severity
    findings: tuple[Finding, ...]
    engine: str
    basic: bool = True
    most: int = 6
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """How a text came to be; hashes name the exact prompt and configuration.

    `cost_usd` is None when the engine's price is not known.
    """

    engine: str
    model: str
    prompt_sha256: str
    config_sha256: str
    tokens_input: int = 0
    tokens_output: int = 0
    cost_usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What the writer returned for one segment and tone, before any check."""

    message: Message
    citations: tuple[Citation, ...]
    generation: Generation


class VariantState(StrEnum):
    """Where a variant stands; `core.workflow` says which state may follow which."""

    DRAFT = "draft"
    SCREENING = "screening"
    FAILED = "failed"
    BLOCKED = "blocked"
    NEEDS_REVIEW = "needs_review"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    APPROVED = "approved"
    VOID = "void"
    EXPIRED = "expired"
    EXPORTED = "exported"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Variant:
    """One message for one segment in one tone, at one revision.

    `authors` holds everybody who wrote, edited or regenerated it: none of them may approve it.
    `problem` says why there is no text when the state is `failed`.
    """

    variant_id: str
    campaign_id: str
    segment_id: str
    segment: str
    tone: Tone
    revision: int
    state: VariantState
    message: Message
    citations: tuple[Citation, ...]
    screened: Screened | None
    generation: Generation
    authors: frozenset[str]
    updated_at: datetime
    problem: str = ""
