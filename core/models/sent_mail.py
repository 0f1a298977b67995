"""What became of a message on its way through a sender: the received mail beside the approved."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SentResult(StrEnum):
    """What a received mail is, held against what was approved.

    `same_words` says that every word is as approved, and that links lead through a tracker whose
    target nobody can see without following it.
    """

    SAME = "same"
    SAME_WORDS = "same_words"
    DIFFERS = "differs"


class DifferenceKind(StrEnum):
    """What differs, in the order in which differences are told."""

    PERCENTAGE = "percentage"
    PRICE = "price"
    DATE = "date"
    CODE = "code"
    NUMBER = "number"
    LINK = "link"
    UNSUBSCRIBE = "unsubscribe link"
    FIELD = "merge field"
    SIGN = "look-alike sign"
    HIDDEN = "hidden text"
    WORDS = "words"
    SPACING = "spacing"
    PART = "part of the mail"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as approved; an empty side means that nothing stands there.

    `where` names the part of the mail, `explanation` what no eye sees, such as a code point.
    """

    kind: DifferenceKind
    where: str
    approved: str
    received: str
    explanation: str = ""

    @property
    def words(self) -> str:
        """The difference as one sentence for a person."""
        said = (
            f"{self.kind}, {self.where}: approved: {self.approved or '(nothing)'} / "
            f"received: {self.received or '(nothing)'}"
        )
        return f"{said} ({self.explanation})" if self.explanation else said


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What stands in the received mail where a merge field was; the reader's own words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A received mail held against one approved message.

    `unseen` are links whose target cannot be seen, `notes` what the sender added and nobody needs
    to worry about, `agreement` the share of approved words that were found, from 0 to 1.
    """

    variant_id: str
    differences: tuple[Difference, ...]
    unseen: tuple[str, ...]
    notes: tuple[str, ...]
    values: tuple[FieldValue, ...]
    agreement: float

    @property
    def result(self) -> SentResult:
        """What the comparison comes to."""
        if self.differences:
            return SentResult.DIFFERS
        return SentResult.SAME_WORDS if self.unseen else SentResult.SAME


@dataclass(frozen=True, slots=True)
class SentCheck:
    """That a received mail was compared: by whom, with which message, and what came of it.

    Nothing of the mail itself is kept, as it holds somebody's address: only its SHA-256.
    `named` says whether a customer was named whose values it had to hold.
    """

    campaign_id: str
    variant_id: str
    revision: int
    file_sha256: str
    result: SentResult
    differences: int
    unseen: int
    by: str
    verified: bool
    at: datetime
    named: bool = False
