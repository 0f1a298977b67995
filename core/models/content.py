"""Approved content: documents, the passages a message may cite, and what a search found."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class DocumentStatus(StrEnum):
    """Whether a document may be used at all, apart from its dates."""

    DRAFT = "draft"
    APPROVED = "approved"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Document:
    """One version of something the brand has approved to say.

    `valid_until` is the last day it may be used; None means evergreen. `audience` is "everyone"
    or a rule that must hold for each customer who is told. A document that is not `dated` came
    without a day of approval or a last day: it counts as expired until somebody gives them.
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
    added_by: str = ""
    dated: bool = True

    def valid_on(self, day: date) -> bool:
        """Whether this day lies between approval and the last day of validity, both included."""
        ended = self.valid_until is not None and day > self.valid_until
        return self.dated and self.approved_on <= day and not ended

    def usable_on(self, day: date) -> bool:
        """Whether a message may rest on it that day: approved, and valid."""
        return self.status is DocumentStatus.APPROVED and self.valid_on(day)


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph of one document version; what a sentence of a message cites.

    `audience` is that of its document: who may be told.
    """

    document_id: str
    version: int
    index: int
    title: str
    category: str
    text: str
    keywords: tuple[str, ...] = ()
    audience: str = field(default="everyone", compare=False)

    @property
    def passage_id(self) -> str:
        """A stable name: document, version, paragraph."""
        return f"{self.document_id}@{self.version}#{self.index}"

    @property
    def fingerprint(self) -> str:
        """What says the same has the same, in whichever version or place it stands."""
        words = " ".join(self.text.split())
        return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it answers a query; higher is better, only comparable within one."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A document, or a passage of one, that was left out, and why."""

    document_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages found for a query, best first, and what was left out.

    `fallback` is empty unless nothing answered the query; then it says which set of passages
    stands in. `engine` found them in `milliseconds`.
    """

    query: str
    hits: tuple[Hit, ...]
    skipped: tuple[Skipped, ...] = ()
    fallback: str = ""
    engine: str = ""
    milliseconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Remark:
    """What the screen of the library says of one place of a document.

    One that `quarantines` keeps the document out of every message until somebody else releases it.
    """

    rule: str
    place: str
    text: str
    why: str
    quarantines: bool


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A search as it is kept: for what, with which words, and what came of it.

    `results` are passage ids with their scores, best first; `variant_id` is empty for a search
    somebody made in the library.
    """

    retrieval_id: str
    at: datetime
    variant_id: str
    revision: int
    segment_id: str
    query: str
    engine: str
    milliseconds: float
    results: tuple[tuple[str, float], ...]
    skipped: tuple[Skipped, ...]
    fallback: str = ""
