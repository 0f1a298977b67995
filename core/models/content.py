"""Approved content: documents, the passages a message may cite, and what a search found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class DocumentStatus(StrEnum):
    """Whether a document may be used at all, apart from its dates."""

    APPROVED = "approved"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of something the brand has approved to say.

    `valid_until` is the last day it may be used; None means evergreen. `audience` is "everyone"
    or a rule that must hold for each customer who is told.
    """

    document_id: str
    version: int
    title: str
    category: str
    content: str
    audience: str
    keywords: tuple[str, ...]
    approved_on: date
    valid_until: date | None
    source_url: str
    metadata: Mapping[str, object] = field(default_factory=dict)
    status: DocumentStatus = DocumentStatus.APPROVED
    status_reason: str = ""
    sha256: str = ""

    def valid_on(self, day: date) -> bool:
        """Whether this day lies between approval and the last day of validity, both included."""
        return self.approved_on <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of one document version; what a sentence of a message cites."""

    document_id: str
    version: int
    index: int
    title: str
    category: str
    text: str
    keywords: tuple[str, ...] = ()

    @property
    def passage_id(self) -> str:
        """A stable name: document, version, paragraph."""
        return f"{self.document_id}@{self.version}#{self.index}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it answers a query; higher is better, only comparable within one."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A document that was left out before ranking, and why."""

    document_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages found for a query, best first, and the documents that were not allowed."""

    query: str
    hits: tuple[Hit, ...]
    skipped: tuple[Skipped, ...] = ()
