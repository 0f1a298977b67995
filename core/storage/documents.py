"""The library: every version of every document, for good; only a version's status changes."""

import dataclasses
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, select, update

from core.errors import NotFound, StaleRevision
from core.models.content import Document, DocumentStatus
from core.storage.codec import from_row, to_row
from core.storage.database import unless_taken
from core.storage.schema import DOCUMENTS


def add(tx: Connection, document: Document, at: datetime) -> Document:
    """The document as stored: the next version of its id, whatever version it came with.

    Raises:
        StaleRevision: somebody added a version at the same moment.
    """
    highest = select(func.max(DOCUMENTS.c.version)).where(
        DOCUMENTS.c.document_id == document.document_id
    )
    stored = dataclasses.replace(document, version=(tx.execute(highest).scalar() or 0) + 1)
    with unless_taken(StaleRevision(f"the document '{document.document_id}'")):
        tx.execute(insert(DOCUMENTS).values(added_at=at, **to_row(stored, DOCUMENTS)))
    return stored


def current(tx: Connection) -> tuple[Document, ...]:
    """The highest version of each document, whatever its status, by id."""
    newest = (
        select(DOCUMENTS.c.document_id, func.max(DOCUMENTS.c.version).label("version"))
        .group_by(DOCUMENTS.c.document_id)
        .subquery()
    )
    same = (DOCUMENTS.c.document_id == newest.c.document_id) & (
        DOCUMENTS.c.version == newest.c.version
    )
    return _read(tx, select(DOCUMENTS).join(newest, same).order_by(DOCUMENTS.c.document_id))


def get(tx: Connection, document_id: str, version: int | None = None) -> Document:
    """One version of a document; the highest when none is named.

    Raises:
        NotFound: there is no such document or version.
    """
    versions = history(tx, document_id)
    if not versions:
        raise NotFound("document", document_id, "See the library for those there are.")
    found = [d for d in versions if version in {None, d.version}]
    if not found:
        hint = f"The newest version is {versions[0].version}."
        raise NotFound("document version", f"{document_id}@{version}", hint)
    return found[0]


def history(tx: Connection, document_id: str) -> tuple[Document, ...]:
    """Every version of a document, newest first; empty for an unknown id."""
    wanted = select(DOCUMENTS).where(DOCUMENTS.c.document_id == document_id)
    return _read(tx, wanted.order_by(DOCUMENTS.c.version.desc()))


def set_status(
    tx: Connection, document_id: str, version: int, status: DocumentStatus, reason: str
) -> Document:
    """The version, now approved, quarantined or retired.

    Raises:
        NotFound: there is no such document or version.
    """
    known = get(tx, document_id, version)
    document = dataclasses.replace(known, status=status, status_reason=reason)
    tx.execute(
        update(DOCUMENTS)
        .where(DOCUMENTS.c.document_id == document_id, DOCUMENTS.c.version == version)
        .values(status=status.value, status_reason=reason)
    )
    return document


def _read(tx: Connection, wanted: Select[tuple[object, ...]]) -> tuple[Document, ...]:
    return tuple(from_row(Document, row) for row in tx.execute(wanted).mappings())
