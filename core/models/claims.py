"""The claim ledger of a message: each checkable claim, and the approved place that supports it.

The word is "supported by", never "true": a claim is supported when an approved passage that the
message may rest on makes the same claim of the same thing.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.models.messages import TextField


class ClaimStanding(StrEnum):
    """What became of a claim; a puff ("lovely") promises nothing that could be checked."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    PUFFERY = "puffery"


@dataclass(frozen=True, slots=True)
class Support:
    """The place that makes the claim: `text` is `passage.text[start:end]`.

    `sentence` is the sentence it stands in. Where only the title of the document says it, `start`
    and `end` count in the title and `in_title` holds. `valid_until` is the document's last day,
    None for evergreen.
    """

    document_id: str
    version: int
    passage_index: int
    title: str
    start: int
    end: int
    text: str
    sentence: str
    in_title: bool = False
    valid_until: date | None = None

    @property
    def passage_id(self) -> str:
        """A stable name: document, version, paragraph."""
        return f"{self.document_id}@{self.version}#{self.passage_index}"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One claim at `field[start:end]`, with its support or the reason why it has none."""

    field: TextField
    kind: str
    value: str
    start: int
    end: int
    text: str
    standing: ClaimStanding
    support: Support | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MissingCondition:
    """A condition of an offer that the message uses and does not tell, at the place of its use."""

    document_id: str
    offer: str
    condition: str
    field: TextField
    start: int
    end: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every claim of a message in order of field and place, and the conditions it leaves out."""

    entries: tuple[LedgerEntry, ...]
    missing: tuple[MissingCondition, ...] = ()

    @property
    def unsupported(self) -> tuple[LedgerEntry, ...]:
        """The claims nothing supports."""
        return tuple(e for e in self.entries if e.standing is ClaimStanding.UNSUPPORTED)

    @property
    def holds(self) -> bool:
        """Whether every checkable claim is supported and no condition is left out."""
        return not self.unsupported and not self.missing
