"""Where a document is used, and for whom the library has something to say."""

from dataclasses import dataclass

from core.models.campaign import Tone
from core.models.content import Document, Remark
from core.models.customers import Truth
from core.models.messages import VariantState


@dataclass(frozen=True, slots=True)
class Use:
    """A message that cites a document."""

    variant_id: str
    campaign_id: str
    campaign: str
    segment: str
    tone: Tone
    state: VariantState
    version: int

    @property
    def approved(self) -> bool:
        """Whether an approval rests on the document, which any change to it voids."""
        return self.state is VariantState.APPROVED


@dataclass(frozen=True, slots=True)
class Uses:
    """Every message that cites a document, and the campaigns whose brief offers it."""

    messages: tuple[Use, ...]
    offered_by: tuple[str, ...]

    @property
    def approvals(self) -> tuple[Use, ...]:
        """The approvals that a change to the document voids."""
        return tuple(use for use in self.messages if use.approved)


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a change: the version as stored, what was noticed, and what it voided."""

    document: Document
    remarks: tuple[Remark, ...]
    voided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What may be said to a segment today: documents by category, and what is missing."""

    segment_id: str
    segment: str
    size: int
    documents: dict[str, int]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Who may be told of a document: the rule in words, and for how many customers it holds.

    `truth` is None while there are no customers.
    """

    words: str
    truth: Truth | None
