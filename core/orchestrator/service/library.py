"""The library: approved documents, their passages, and what a search of them gives."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from core.content.documents import document_of
from core.content.instructions import instructions
from core.content.passages import passages_of
from core.errors import BadInput, FileInvalid, NotFound
from core.models.content import Document, DocumentStatus, Passage, Retrieved
from core.models.customers import Truth
from core.models.messages import TextField
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.audience import segment_truth
from core.orchestrator.service.context import Context
from core.protocols.content_index import ContentIndex
from core.storage import documents, segmentations, workspace_settings
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

_SOON_DAYS = 7
_ANCHOR = "content_anchor"
# The shortest demo offer ends six days after loading; later, loading again dates it anew.
_ANCHOR_AGE = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a folder of documents."""

    read: int
    new: int
    changed: int
    quarantined: tuple[str, ...]
    passages: int


@dataclass(frozen=True, slots=True)
class Library:
    """The approved content of a workspace."""

    context: Context
    agents: Agents
    index: ContentIndex

    def everything(self) -> tuple[Document, ...]:
        """The current version of every document, by id."""
        with self.context.read() as connection:
            return documents.current(connection)

    def get(self, document_id: str) -> Document:
        """The current version of one document; raises NotFound."""
        with self.context.read() as connection:
            return documents.get(connection, document_id)

    def passages(self, document_id: str, version: int | None = None) -> tuple[Passage, ...]:
        """The passages of one version of a document, the current one by default."""
        with self.context.read() as connection:
            return passages_of(documents.get(connection, document_id, version))

    def standing(self, document: Document) -> str:
        """Whether the document may be used today, in words."""
        if document.status is not DocumentStatus.APPROVED:
            return f"{document.status}: {document.status_reason}"
        today = self.context.today()
        if today < document.approved_on:
            return f"not approved before {document.approved_on}"
        if document.valid_until is None:
            return "valid, evergreen"
        return _ending(document.valid_until, (document.valid_until - today).days)

    def load(self, folder: Path, *, by: Person) -> Loaded:
        """Take in every JSON document of a folder; the same content again changes nothing.

        Relative dates count from the first loading while that is recent. A text that addresses
        a language model is kept but quarantined: nothing may cite it.

        Raises:
            FileInvalid: names the first file that cannot be used; nothing is stored then.
        """
        require(by, Permission.EDIT_LIBRARY)
        read = [_guarded(d) for d in _documents(folder, self._anchor(by))]
        _refuse_repeated_ids(read, folder)
        with self.context.write(by) as write:
            known = {d.document_id: d for d in documents.current(write.connection)}
            fresh = [d for d in read if _differs(d, known.get(d.document_id))]
            for document in fresh:
                documents.add(write.connection, document, write.at)
                write.record("load document", document.document_id, sha256=document.sha256)
        passages = self.reindex()
        new = sum(d.document_id not in known for d in fresh)
        quarantined = [d.document_id for d in read if d.status is DocumentStatus.QUARANTINED]
        logger.info("loaded %d documents, %d new or changed", len(read), len(fresh))
        return Loaded(len(read), new, len(fresh) - new, tuple(quarantined), passages)

    def _anchor(self, by: Person) -> date:
        """The day relative dates count from: kept, so that loading again changes nothing."""
        today = self.context.today()
        with self.context.write(by) as write:
            stored = workspace_settings.get(write.connection, _ANCHOR)
            anchor = date.fromisoformat(stored) if stored else None
            if anchor is None or not today - _ANCHOR_AGE <= anchor <= today:
                anchor = today
                workspace_settings.put(write.connection, _ANCHOR, anchor.isoformat())
            return anchor

    def reindex(self) -> int:
        """Make the index hold the passages of the current documents; returns how many."""
        current = [d for d in self.everything() if d.status is DocumentStatus.APPROVED]
        return self.index.replace([p for d in current for p in passages_of(d)])

    def search(self, query: str, *, top: int = 5, segment: str | None = None) -> Retrieved:
        """The passages that answer a query, and the documents left out with the reason.

        With a segment of the newest segmentation (its id or name), only what every one of its
        customers may be told.

        Raises:
            BadInput: an empty query, or `top` below 1.
            NotFound: there is no such segment.
        """
        if not query.strip():
            raise BadInput("Say what to search for.")
        if top < 1:
            raise BadInput(f"top is {top}; it must be 1 or more.")
        truth = self._truth(segment) if segment else None
        found = self.agents.retrieval.search(
            query, self.everything(), truth, day=self.context.today(), top=top
        )
        logger.info("searched the library: %d hits", len(found.hits))
        return found

    def allowed(self, segment: str | None = None) -> tuple[Document, ...]:
        """The documents that may be cited today, for everyone or for a segment."""
        truth = self._truth(segment) if segment else None
        return self.agents.retrieval.allowed(self.everything(), truth, day=self.context.today())

    def _truth(self, segment: str) -> Callable[[str], Truth]:
        with self.context.read() as connection:
            newest = segmentations.latest(connection)
        if newest is None:
            raise NotFound("segment", segment, "There are none yet; compute segments first.")
        for candidate in (*newest.segments, newest.everyone):
            if segment in {candidate.segment_id, candidate.name}:
                return segment_truth(self.context, newest.segmentation_id, candidate.segment_id)
        names = ", ".join(s.segment_id for s in newest.segments)
        raise NotFound("segment", segment, f"Known are: {names}.")


def _ending(day: date, left: int) -> str:
    if left < 0:
        return f"expired on {day}"
    return f"expires in {left} days" if left <= _SOON_DAYS else f"valid until {day}"


def _documents(folder: Path, anchor: date) -> Iterator[Document]:
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; name one with document files (*.json).")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise BadInput(f"The folder {folder} holds no document files (*.json).")
    for path in paths:
        try:
            yield document_of(json.loads(path.read_text(encoding="utf-8")), anchor=anchor)
        except json.JSONDecodeError as error:
            raise FileInvalid(path, f"this is not JSON: {error.msg}.", line=error.lineno) from error
        except (BadInput, OSError, UnicodeDecodeError) as error:
            raise FileInvalid(path, str(error)) from error


def _guarded(document: Document) -> Document:
    marks = instructions(document.content, TextField.BODY)
    if not marks:
        return document
    reason = f"looks like an instruction to a language model: '{marks[0].text}'"
    return replace(document, status=DocumentStatus.QUARANTINED, status_reason=reason)


def _refuse_repeated_ids(read: list[Document], folder: Path) -> None:
    seen: set[str] = set()
    for document in read:
        if document.document_id in seen:
            raise BadInput(f"The document id {document.document_id} stands twice in {folder}.")
        seen.add(document.document_id)


def _differs(document: Document, known: Document | None) -> bool:
    return known is None or (known.sha256, known.status) != (document.sha256, document.status)
