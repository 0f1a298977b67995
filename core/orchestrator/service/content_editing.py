"""Changes to the library by a person: add, edit, publish, retire, and release from quarantine."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from core.content.documents import file_of
from core.content.passages import passages_of
from core.errors import BadInput, MoveRefused, NotAllowed, StaleRevision
from core.models.content import Document, DocumentStatus
from core.models.content_use import Saved
from core.models.people import Person
from core.orchestrator.pipeline import Agents
from core.orchestrator.service.approvals import Approvals
from core.orchestrator.service.content_screen import (
    document_from,
    guarded,
    released,
    remarks_on,
)
from core.orchestrator.service.content_uses import uses_of
from core.orchestrator.service.context import Context, Write
from core.protocols.content_index import ContentIndex
from core.storage import documents
from core.workflow import Permission, require

logger = logging.getLogger(__name__)

Judged = Callable[[Document, Person], Document]


@dataclass(frozen=True, slots=True)
class ContentEditing:
    """One change at a time, each a new version or a new status, screened and in the audit trail.

    Versions are never changed: what cites an older one keeps it, and its approval is void.
    """

    context: Context
    agents: Agents
    index: ContentIndex
    approvals: Approvals

    def add(self, data: Mapping[str, object], *, by: Person, draft: bool = False) -> Saved:
        """A new document from the fields of a document file; a draft cannot be cited yet.

        Raises:
            BadInput: a field is wrong, or the id is taken.
            ProviderFailed: the screen gave no answer; nothing is stored.
        """
        require(by, Permission.EDIT_LIBRARY)
        made = self._screened(data, by, draft=draft)
        with self.context.write(by) as write:
            if documents.history(write.connection, made.document_id):
                raise BadInput(
                    f"There is already a document '{made.document_id}'; edit it, or choose "
                    "another id."
                )
            stored = self._stored(write, made, "add document")
        return self._settled(stored)

    def edit(
        self,
        document_id: str,
        data: Mapping[str, object],
        *,
        expected_version: int,
        by: Person,
    ) -> Saved:
        """A new version of a document; it takes the place of the one before at once.

        A draft stays a draft. An approval that rests on the version before is void.

        Raises:
            StaleRevision: there is a newer version than the one expected.
            BadInput: a field is wrong, the id is another, or nothing was changed.
        """
        require(by, Permission.EDIT_LIBRARY)
        if data.get("document_id", document_id) != document_id:
            raise BadInput("A document keeps its id; add a new document for another one.")
        known = self._looked_at(document_id, expected_version)
        draft = known.status is DocumentStatus.DRAFT
        made = self._screened({**data, "document_id": document_id}, by, draft=draft)
        back = known.status is DocumentStatus.RETIRED
        if made.sha256 == known.sha256 and not back:
            raise BadInput("Nothing was changed, so nothing was saved.")
        with self.context.write(by) as write:
            self._expect(write, document_id, expected_version)
            stored = self._stored(write, made, "edit document", before=known.version)
        return self._settled(stored)

    def publish(self, document_id: str, *, expected_version: int, by: Person) -> Saved:
        """The draft, now approved for use; screened once more.

        Raises:
            MoveRefused: it is no draft.
        """
        require(by, Permission.EDIT_LIBRARY)
        known = self._looked_at(document_id, expected_version)
        if known.status is not DocumentStatus.DRAFT:
            raise MoveRefused(f"{document_id} is {known.status}; only a draft can be published.")
        judged = guarded(replace(known, status=DocumentStatus.APPROVED), self.agents)
        return self._status(judged, expected_version, "publish document", by)

    def retire(self, document_id: str, *, expected_version: int, reason: str, by: Person) -> Saved:
        """The document, no longer to be cited; approvals that rest on it are void.

        Raises:
            MoveRefused: it is retired already, or no reason is given.
        """
        require(by, Permission.EDIT_LIBRARY)
        known = self._looked_at(document_id, expected_version)
        if known.status is DocumentStatus.RETIRED:
            raise MoveRefused(f"{document_id} is retired already.")
        why = _given(reason, "Say why it is retired; whoever looks for it will want to know.")
        retired = replace(known, status=DocumentStatus.RETIRED, status_reason=why)
        return self._status(retired, expected_version, "retire document", by)

    def release(self, document_id: str, *, expected_version: int, reason: str, by: Person) -> Saved:
        """The document out of quarantine, because somebody else read it and answers for it.

        Raises:
            NotAllowed: the person may not, or saved this version themselves.
            MoveRefused: it is not quarantined, or no reason is given.
        """
        require(by, Permission.RELEASE_CONTENT)
        known = self._looked_at(document_id, expected_version)
        if known.status is not DocumentStatus.QUARANTINED:
            raise MoveRefused(f"{document_id} is not quarantined.")
        if by.name == known.added_by:
            raise NotAllowed(
                f"{by.name} saved this version of {document_id}; somebody else has to read it."
            )
        why = _given(reason, "Say why the text is harmless; it stands in the audit trail.")
        open_again = replace(known, status=DocumentStatus.APPROVED, status_reason=released(why, by))
        return self._status(open_again, expected_version, "release document", by)

    def preview(self, data: Mapping[str, object], *, by: Person) -> Saved:
        """What saving these fields would come to; nothing is stored.

        Raises:
            BadInput: a field is wrong.
        """
        made = guarded(document_from(data, anchor=self.context.today(), by=by), self.agents)
        with self.context.read() as connection:
            uses = uses_of(connection, made.document_id)
        return Saved(
            made, remarks_on(made, self.agents), tuple(u.variant_id for u in uses.approvals)
        )

    def fields(self, document_id: str) -> dict[str, object]:
        """The current version as the fields of a document file."""
        with self.context.read() as connection:
            return file_of(documents.get(connection, document_id))

    def _screened(self, data: Mapping[str, object], by: Person, *, draft: bool) -> Document:
        made = guarded(document_from(data, anchor=self.context.today(), by=by), self.agents)
        if draft and made.status is DocumentStatus.APPROVED:
            return replace(made, status=DocumentStatus.DRAFT, status_reason="not published yet")
        return made

    def _looked_at(self, document_id: str, expected_version: int) -> Document:
        with self.context.read() as connection:
            known = documents.get(connection, document_id)
        if known.version != expected_version:
            raise StaleRevision(f"the document '{document_id}'")
        return known

    def _expect(self, write: Write, document_id: str, version: int) -> None:
        if documents.get(write.connection, document_id).version != version:
            raise StaleRevision(f"the document '{document_id}'")

    def _stored(self, write: Write, made: Document, action: str, **detail: object) -> Document:
        stored = documents.add(write.connection, made, write.at)
        write.record(
            action,
            stored.document_id,
            version=stored.version,
            sha256=stored.sha256,
            status=stored.status,
            reason=stored.status_reason,
            **detail,
        )
        return stored

    def _status(self, judged: Document, expected_version: int, action: str, by: Person) -> Saved:
        with self.context.write(by) as write:
            before = documents.get(write.connection, judged.document_id)
            self._expect(write, judged.document_id, expected_version)
            stored = documents.set_status(
                write.connection,
                judged.document_id,
                judged.version,
                judged.status,
                judged.status_reason,
            )
            write.record(
                action,
                judged.document_id,
                version=judged.version,
                before=before.status,
                status=stored.status,
                reason=stored.status_reason,
            )
        return self._settled(stored)

    def _settled(self, stored: Document) -> Saved:
        """The change where it has effect: in the index, and in the approvals it voids."""
        usable = stored.status is DocumentStatus.APPROVED
        self.index.update(stored.document_id, passages_of(stored) if usable else ())
        with self.context.read() as connection:
            uses = uses_of(connection, stored.document_id)
        affected = dict.fromkeys(u.campaign_id for u in uses.approvals)
        voided = [v for name in affected for v in self.approvals.void_broken(name)]
        logger.info("saved %s, voided %d approvals", stored.document_id, len(voided))
        return Saved(stored, remarks_on(stored, self.agents), tuple(voided))


def _given(reason: str, otherwise: str) -> str:
    if not reason.strip():
        raise MoveRefused(otherwise)
    return reason.strip()
