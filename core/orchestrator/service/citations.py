"""From the citations of a message to the documents they name, and back."""

from collections.abc import Iterable, Sequence
from datetime import date

from core.content.ledger import Sources, ledger_of
from core.content.passages import passages_of
from core.content.sentences import sentences
from core.content.standing import unusable
from core.models.content import Document
from core.models.messages import Citation, Message, TextField
from core.storage import documents
from core.storage.database import Connection


def cited_documents(connection: Connection, citations: Iterable[Citation]) -> tuple[Document, ...]:
    """The document versions a message cites, each once, by id; as they stand now."""
    keys = sorted({(c.document_id, c.version) for c in citations})
    return tuple(documents.get(connection, name, version) for name, version in keys)


def current_documents(
    connection: Connection, citations: Iterable[Citation]
) -> tuple[Document, ...]:
    """The newest version of every cited document, by id."""
    return tuple(documents.get(connection, n) for n in sorted({c.document_id for c in citations}))


def superseded(connection: Connection, citations: Iterable[Citation]) -> tuple[str, ...]:
    """The cited documents that have a newer version than the one cited."""
    cited = {(c.document_id, c.version) for c in citations}
    now = {d.document_id: d.version for d in current_documents(connection, citations)}
    return tuple(sorted({name for name, version in cited if now[name] != version}))


def unusable_now(
    connection: Connection, citations: Iterable[Citation], day: date
) -> tuple[str, ...]:
    """The cited documents that may no longer be used, each with the reason."""
    standing = {d.document_id: unusable(d, day) for d in current_documents(connection, citations)}
    return tuple(f"{name} ({why})" for name, why in sorted(standing.items()) if why)


def linked(message: Message, library: Sequence[Document]) -> tuple[Citation, ...]:
    """A citation for every sentence of the body that a passage says, in its words or in others.

    A sentence in other words is linked by its claims, to each passage that supports one of them.
    """
    passages = [p for document in library for p in passages_of(document)]
    claims = ledger_of(message, Sources.of(library)).entries
    found: list[Citation] = []
    for sentence in sentences(message.body):
        passage = next((p for p in passages if sentence.text in p.text), None)
        if passage is not None:
            place = (passage.document_id, passage.version, passage.title, passage.index)
            found.append(Citation(*place, sentence.text))
            continue
        within = (e for e in claims if e.field is TextField.BODY and sentence.start <= e.start)
        supports = [e.support for e in within if e.end <= sentence.end and e.support]
        places = [(s.document_id, s.version, s.title, s.passage_index) for s in supports]
        found += [Citation(*place, sentence.text) for place in dict.fromkeys(places)]
    return tuple(found)
