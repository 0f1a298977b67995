"""Search on this machine: SQLite's FTS5 always, and vectors where an embedder is configured."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection

from core.errors import ProviderUnavailable
from core.integrations.content_index.embedding import embedded
from core.integrations.content_index.index_file import (
    NAME,
    IndexFile,
    Meanings,
)
from core.integrations.content_index.index_rows import (
    by_words,
    content_of,
    hashes,
    passages,
    setting,
    sha256,
    vectors,
)
from core.integrations.content_index.meaning import Matrix, fused, matrix, stored
from core.integrations.content_index.query_words import words_of
from core.models.content import Hit, Passage
from core.protocols.content_index import Fusion
from core.protocols.embedder import Embedder
from core.protocols.provider import ProviderContext

_FILE = "content_index.db"
# Somebody else may write between two tries; then a few more passages want a vector.
_TRIES = 4


class _Kept:
    """The vectors of the last edition that was looked at; read again only when it changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._matrix: Matrix | None = None

    def of(self, connection: Connection) -> Matrix:
        edition = setting(connection, "edition")
        with self._lock:
            if self._matrix is None or self._matrix.edition != edition:
                self._matrix = matrix(edition, vectors(connection))
            return self._matrix


@dataclass(frozen=True, slots=True)
class LocalIndex:
    """An index in one file, searched by words and, with an embedder, by meaning.

    Threads and processes may share it: it keeps no connection, only the last vectors.
    """

    path: Path
    embedder: Embedder | None = None
    fusion: Fusion = Fusion()
    _kept: _Kept = field(default_factory=_Kept, repr=False, compare=False)

    def replace(self, passages: Sequence[Passage]) -> int:
        """Make the index hold exactly these passages, all of them or, on an error, as before.

        Only what changed is written and embedded. A damaged file is made anew.
        """
        self._write(passages, None)
        return len({passage.passage_id for passage in passages})

    def update(self, document_id: str, passages: Sequence[Passage]) -> None:
        """Make these the passages of one document; the others are not looked at."""
        self._write(passages, document_id)

    def outdated(self, passages: Sequence[Passage]) -> frozenset[str]:
        """The documents of which the index does not hold exactly these passages."""
        wanted = {p.passage_id: (p.document_id, sha256(content_of(p))) for p in passages}
        if not self.path.exists():
            return frozenset(document for document, _ in wanted.values())
        with IndexFile(self.path).reading() as connection:
            known = hashes(connection)
            other_model = setting(connection, "embedder") != self._identity()
        if other_model:
            return frozenset(document for document, _ in wanted.values())
        differing = [n for n in wanted.keys() | known.keys() if wanted.get(n) != known.get(n)]
        return frozenset((wanted.get(n) or known[n])[0] for n in differing)

    def search(self, query: str, *, documents: Collection[str], top: int) -> tuple[Hit, ...]:
        """The passages of these documents that answer the query, best first."""
        asked = _match(query)
        if not asked or not documents or top < 1:
            return ()
        pointing = self.embedder.embed([query])[0] if self.embedder else None
        with IndexFile(self.path).reading() as connection:
            if pointing is None or self.embedder is None:
                found = by_words(connection, asked, documents, top)
            else:
                self._same_model(connection)
                depth = max(top, self.fusion.depth)
                words = [n for n, _ in by_words(connection, asked, documents, depth)]
                near = self._kept.of(connection).nearest(pointing, documents, depth)
                both = ((words, self.fusion.words), (near, self.fusion.meaning))
                found = fused(both, self.fusion.constant)[:top]
            held = passages(connection, [name for name, _ in found])
            return tuple(Hit(held[name], score) for name, score in found)

    def check(self) -> str:
        """Opens the file; that there is none yet is no fault."""
        if not self.path.exists():
            return f"{self.describe()}; nothing is indexed yet"
        with IndexFile(self.path).reading() as connection:
            self._same_model(connection)
        return self.describe()

    def describe(self) -> str:
        """The engine in words a person knows."""
        if self.embedder is None:
            return "Local keyword index"
        return f"Local index of words and meaning ({self.embedder.describe()})"

    def _identity(self) -> str:
        return self.embedder.identity if self.embedder else ""

    def _same_model(self, connection: Connection) -> None:
        if setting(connection, "embedder") != self._identity():
            why = "its vectors were made by another model; index the content again."
            raise ProviderUnavailable(NAME, "search", why)

    def _write(self, wanted: Sequence[Passage], document_id: str | None) -> None:
        file = IndexFile(self.path)
        ready: dict[str, bytes] = {}
        for _ in range(_TRIES):
            meanings = Meanings(self._identity(), ready) if self.embedder else None
            missing = file.write(wanted, meanings, document_id=document_id)
            if not missing or self.embedder is None:
                return
            made = embedded(self.embedder, missing)
            ready |= dict(zip(made, stored(made.values()), strict=True))
        why = "somebody else keeps writing to it; try again"
        raise ProviderUnavailable(NAME, f"write {self.path.name}", why)


def build(context: ProviderContext) -> LocalIndex:
    """The index of a workspace; its file appears with the first passages."""
    return LocalIndex(context.folder / _FILE, context.embedder, context.fusion)


def _match(query: str) -> str:
    """Any of the words of a query, each quoted, so that no character of it is an operator."""
    return " OR ".join(f'"{word}"' for word in words_of(query))
