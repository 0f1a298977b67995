"""From the citations of a message to the documents they name, and back."""

from collections.abc import Iterable, Sequence

from core.content.passages import passages_of
from core.content.sentences import sentences
from core.models.content import Document
from core.models.messages import Citation, Message
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


def linked(message: Message, library: Sequence[Document]) -> tuple[Citation, ...]:
    """A citation for every sentence of the body that stands word for word in a passage."""
    passages = [p for document in library for p in passages_of(document)]
    found: list[Citation] = []
    for sentence in sentences(message.body):
        passage = next((p for p in passages if sentence.text in p.text), None)
        if passage is not None:
            found.append(
                Citation(
                    document_id=passage.document_id,
                    version=passage.version,
                    title=passage.title,
                    passage_index=passage.index,
                    quote=sentence.text,
                )
            )
    return tuple(found)
