"""The file of the local index: passages, their words for FTS5, and their vectors."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import ProviderRejected, ProviderUnavailable
from core.integrations.content_index.index_rows import content_of, setting, sha256, text_sha256
from core.models.content import Passage

NAME = "Local index"
# Another process may be writing; readers and writers wait this long for each other.
_WAIT_S = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS passage (
    rowid INTEGER PRIMARY KEY,
    passage_id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS passage_document ON passage (document_id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, keywords, text, tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TABLE IF NOT EXISTS meaning (
    passage_id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL,
    text_sha256 TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS meaning_text ON meaning (text_sha256);
CREATE INDEX IF NOT EXISTS meaning_document ON meaning (document_id);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_ADD = (
    "INSERT INTO passage (passage_id, document_id, sha256, content) VALUES (?, ?, ?, ?)",
    "INSERT INTO words (rowid, title, keywords, text) VALUES (?, ?, ?, ?)",
)
_ADD_VECTOR = """
INSERT INTO meaning (passage_id, document_id, text_sha256, vector) VALUES (?, ?, ?, ?)
"""
_PUT = """
INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_DROP = ("DELETE FROM words WHERE rowid = ?", "DELETE FROM passage WHERE rowid = ?")


@dataclass(frozen=True, slots=True)
class Meanings:
    """The vectors a write may use: whose they are, and those at hand by the hash of their text."""

    identity: str
    ready: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One SQLite file. It keeps no connection, so threads and processes may share it."""

    path: Path

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for looking only.

        Raises:
            ProviderUnavailable: the file is not there, damaged, or of an older form.
        """
        if not self.path.exists():
            raise ProviderUnavailable(NAME, "search", f"{self._again()} It is not built yet.")
        try:
            with closing(self._open("rw")) as connection:
                # One view of words, vectors and contents, whoever writes meanwhile.
                connection.execute("BEGIN")
                yield connection
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise ProviderUnavailable(NAME, "search", f"{self._again()} ({error})") from error

    def write(
        self, wanted: Sequence[Passage], meanings: Meanings | None, *, document_id: str | None
    ) -> tuple[Passage, ...]:
        """Make these the passages of one document, or of the whole index.

        Returns the passages whose vectors are missing; unless there are none, nothing is written.
        A damaged file is made anew.
        """
        try:
            return self._write(wanted, meanings, document_id)
        except sqlite3.OperationalError as error:
            raise ProviderUnavailable(NAME, f"write {self.path.name}", str(error)) from error
        except sqlite3.DatabaseError as error:
            if document_id is not None:
                raise ProviderUnavailable(NAME, "update", f"{self._again()} ({error})") from error
            self._remove()
        try:
            return self._write(wanted, meanings, document_id)
        except sqlite3.Error as error:
            raise ProviderUnavailable(NAME, f"write {self.path.name}", str(error)) from error

    def _write(
        self, wanted: Sequence[Passage], meanings: Meanings | None, document_id: str | None
    ) -> tuple[Passage, ...]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            writing = _Writing(connection, {p.passage_id: p for p in wanted}, document_id)
            missing = writing.vectors(meanings) if meanings else writing.no_vectors()
            if missing:
                return missing
            try:
                writing.words()
                writing.close()
            except UnicodeEncodeError as error:
                raise ProviderRejected(NAME, "take in a passage", str(error)) from error
        return ()

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def _again(self) -> str:
        return f"{self.path.name} cannot be used; index the content again."


class _Writing:
    """One write transaction; without `close` nothing of it stays."""

    def __init__(
        self, connection: sqlite3.Connection, wanted: dict[str, Passage], document_id: str | None
    ) -> None:
        self._connection, self._wanted = connection, wanted
        self._scope = (
            ("", ()) if document_id is None else (" WHERE document_id = ?", (document_id,))
        )
        self._changed = hashlib.sha256(setting(connection, "edition").encode())

    def words(self) -> None:
        known = {
            name: (row, sha256) for name, sha256, row in self._rows("passage", "sha256", "rowid")
        }
        contents = {name: content_of(passage) for name, passage in self._wanted.items()}
        hashes = {name: sha256(content) for name, content in contents.items()}
        for name, (row, stored) in known.items():
            if hashes.get(name) != stored:
                self._changed.update(f"-{name}".encode())
                for statement in _DROP:
                    self._connection.execute(statement, (row,))
        for name, passage in self._wanted.items():
            if name in known and known[name][1] == hashes[name]:
                continue
            self._changed.update(f"+{name}{hashes[name]}".encode())
            values = (name, passage.document_id, hashes[name], contents[name])
            added = self._connection.execute(_ADD[0], values).lastrowid
            keywords = " ".join(passage.keywords)
            self._connection.execute(_ADD[1], (added, passage.title, keywords, passage.text))

    def no_vectors(self) -> tuple[Passage, ...]:
        self._connection.execute("DELETE FROM meaning")
        self._connection.execute("DELETE FROM setting WHERE name = 'embedder'")
        return ()

    def vectors(self, meanings: Meanings) -> tuple[Passage, ...]:
        self._take_over(meanings.identity)
        known = {name: stored for name, stored, _ in self._rows("meaning", "text_sha256", "rowid")}
        hashes = {name: text_sha256(passage) for name, passage in self._wanted.items()}
        lacking = [p for name, p in self._wanted.items() if known.get(name) != hashes[name]]
        found = {p.passage_id: self._vector(hashes[p.passage_id], meanings) for p in lacking}
        missing = tuple(p for p in lacking if found[p.passage_id] is None)
        if missing:
            return missing
        for name, stored in known.items():
            if hashes.get(name) != stored:
                self._connection.execute("DELETE FROM meaning WHERE passage_id = ?", (name,))
        self._connection.executemany(
            _ADD_VECTOR,
            (
                (p.passage_id, p.document_id, hashes[p.passage_id], found[p.passage_id])
                for p in lacking
            ),
        )
        self._changed.update(repr((meanings.identity, [p.passage_id for p in lacking])).encode())
        return ()

    def close(self) -> None:
        self._put("edition", self._changed.hexdigest())
        self._connection.execute("COMMIT")

    def _take_over(self, identity: str) -> None:
        before = setting(self._connection, "embedder")
        if before == identity:
            return
        if self._scope[0] and self._connection.execute("SELECT 1 FROM passage").fetchone():
            why = "its vectors were made by another model; index the content again"
            raise ProviderUnavailable(NAME, "take in a document", why)
        self._connection.execute("DELETE FROM meaning")
        self._put("embedder", identity)

    def _vector(self, text: str, meanings: Meanings) -> bytes | None:
        """The vector of a text: at hand, or that of another passage with the same text."""
        if text in meanings.ready:
            return meanings.ready[text]
        same = "SELECT vector FROM meaning WHERE text_sha256 = ?"
        row = self._connection.execute(same, (text,)).fetchone()
        return bytes(row[0]) if row else None

    def _rows(self, table: str, *columns: str) -> list[tuple[str, str, int]]:
        where, values = self._scope
        named = ", ".join(("passage_id", *columns))
        query = f"SELECT {named} FROM {table}{where}"  # noqa: S608 - names from this module
        return self._connection.execute(query, values).fetchall()

    def _put(self, name: str, value: str) -> None:
        self._connection.execute(_PUT, (name, value))
