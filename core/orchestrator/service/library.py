"""The library: approved documents, their passages, and what a search of them gives."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from core.content.documents import file_of
from core.content.passages import passages_of
from core.content.standing import standing
from core.errors import BadInput, FileInvalid, NotFound
from core.models.content import Document, DocumentStatus, Passage, Remark, Retrieval, Retrieved
from core.models.content_use import Uses
from core.models.customers import Segment, Segmentation, Truth
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.content_audience import told_truth
from core.orchestrator.service.content_screen import (
    document_from,
    guarded,
    remarks_on,
    was_released,
)
from core.orchestrator.service.content_uses import uses_of
from core.orchestrator.service.context import Context
from core.orchestrator.service.retrieval_log import keep_search
from core.protocols.content_index import ContentIndex
from core.storage import documents, retrievals, segmentations, workspace_settings
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

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

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """Every version of a document, newest first; raises NotFound."""
        with self.context.read() as connection:
            documents.get(connection, document_id)
            return documents.history(connection, document_id)

    def uses(self, document_id: str) -> Uses:
        """The messages that cite any version of a document, and the briefs that offer it."""
        with self.context.read() as connection:
            return uses_of(connection, document_id)

    def remarks(self, document: Document) -> tuple[Remark, ...]:
        """What the screen says of a version."""
        return remarks_on(document, self.agents)

    def files(self) -> list[dict[str, object]]:
        """The current documents as the fields of document files, dates as calendar days."""
        return [file_of(document) for document in self.everything()]

    def retrievals_of(self, variant_id: str) -> tuple[Retrieval, ...]:
        """The searches behind the revisions of a message, newest first."""
        with self.context.read() as connection:
            return retrievals.of_variant(connection, variant_id)

    def last_retrievals(self, limit: int = 50) -> tuple[Retrieval, ...]:
        """The last searches, those of runs and those somebody made here, newest first."""
        with self.context.read() as connection:
            return retrievals.newest(connection, limit)

    def standing(self, document: Document) -> str:
        """Whether the document may be used today, in words."""
        return standing(document, self.context.today())

    def load(self, folder: Path, *, by: Person) -> Loaded:
        """Take in every JSON document of a folder; the same content again changes nothing.

        Relative dates count from the first loading while that is recent. A text that addresses
        a language model is kept but quarantined: nothing may cite it.

        Raises:
            FileInvalid: names the first file that cannot be used; nothing is stored then.
        """
        require(by, Permission.EDIT_LIBRARY)
        read = [guarded(d, self.agents) for d in _documents(folder, self._anchor(by), by)]
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
        """Make the index hold the passages of the current documents; returns how many.

        Only what changed is written.
        """
        return self.index.replace(self._current_passages())

    def outdated(self) -> tuple[str, ...]:
        """The documents the index holds otherwise than the library; they cannot be found."""
        return tuple(sorted(self.index.outdated(self._current_passages())))

    def search(
        self, query: str, *, top: int = 5, segment: str | None = None, day: date | None = None
    ) -> Retrieved:
        """The passages that answer a query, and the documents left out with the reason.

        With a segment of the newest segmentation (its id or name), only what every one of its
        customers may be told; with a day, what may be said then. The search is kept.

        Raises:
            BadInput: an empty query, or `top` below 1.
            NotFound: there is no such segment.
        """
        if not query.strip():
            raise BadInput("Say what to search for.")
        if top < 1:
            raise BadInput(f"top is {top}; it must be 1 or more.")
        every, when = self.everything(), day or self.context.today()
        truth = self._truth(segment, every) if segment else None
        found = self.agents.retrieval.search(query, every, truth, day=when, top=top)
        keep_search(self.context, found, segment or "")
        return found

    def allowed(self, segment: str | None = None) -> tuple[Document, ...]:
        """The documents that may be cited today, for everyone or for a segment."""
        every = self.everything()
        truth = self._truth(segment, every) if segment else None
        return self.agents.retrieval.allowed(every, truth, day=self.context.today())

    def readers(self, segment: str) -> tuple[Segmentation, Segment]:
        """The segment of the newest segmentation with this id or name.

        Raises:
            NotFound: there is none.
        """
        with self.context.read() as connection:
            newest = segmentations.latest(connection)
        if newest is None:
            raise NotFound("segment", segment, "There are none yet; compute segments first.")
        for candidate in (*newest.segments, newest.everyone):
            if segment in {candidate.segment_id, candidate.name}:
                return newest, candidate
        names = ", ".join(s.segment_id for s in newest.segments)
        raise NotFound("segment", segment, f"Known are: {names}.")

    def _truth(self, segment: str, every: tuple[Document, ...]) -> Callable[[str], Truth]:
        newest, found = self.readers(segment)
        return told_truth(self.context, newest.segmentation_id, found.segment_id, every)

    def _current_passages(self) -> list[Passage]:
        current = [d for d in self.everything() if d.status is DocumentStatus.APPROVED]
        return [p for d in current for p in passages_of(d)]


def _documents(folder: Path, anchor: date, by: Person) -> Iterator[Document]:
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; name one with document files (*.json).")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise BadInput(f"The folder {folder} holds no document files (*.json).")
    for path in paths:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            yield document_from(data, anchor=anchor, by=by)
        except json.JSONDecodeError as error:
            raise FileInvalid(path, f"this is not JSON: {error.msg}.", line=error.lineno) from error
        except (BadInput, OSError, UnicodeDecodeError) as error:
            raise FileInvalid(path, str(error)) from error


def _refuse_repeated_ids(read: list[Document], folder: Path) -> None:
    seen: set[str] = set()
    for document in read:
        if document.document_id in seen:
            raise BadInput(f"The document id {document.document_id} stands twice in {folder}.")
        seen.add(document.document_id)


def _differs(document: Document, known: Document | None) -> bool:
    """Whether loading adds a version: another text, or one the screen holds back by now."""
    if known is None or known.sha256 != document.sha256:
        return True
    held = document.status is DocumentStatus.QUARANTINED
    return held and known.status is DocumentStatus.APPROVED and not was_released(known)
