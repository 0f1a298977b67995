"""Keyword search on this machine: SQLite's FTS5, one file in the workspace, BM25 ranking."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.content.language import COMMON_WORDS
from core.errors import ProviderRejected, ProviderUnavailable
from core.models.content import Hit, Passage
from core.protocols.provider import ProviderContext

NAME = "Local keyword index"
_FILE = "content_index.db"
# Another process may be writing; readers and writers wait this long for each other.
_WAIT_S = 10.0
# How much a word counts in the title, among the keywords and in the text itself.
_WEIGHTS = (4.0, 3.0, 1.0)
# More words than this in one query say nothing more, and SQLite limits the depth of a query.
_MOST_WORDS = 100
_WORD = re.compile(r"\w+")

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
"""
_ADD = (
    "INSERT INTO passage (passage_id, document_id, sha256, content) VALUES (?, ?, ?, ?)",
    "INSERT INTO words (rowid, title, keywords, text) VALUES (?, ?, ?, ?)",
)
_DROP = ("DELETE FROM words WHERE rowid = ?", "DELETE FROM passage WHERE rowid = ?")
# The best are chosen before any content is read: sorting long texts is what takes the time.
_SEARCH = """
SELECT passage.content, best.score
FROM (
    SELECT words.rowid AS row, -bm25(words, ?, ?, ?) AS score, known.passage_id AS name
    FROM words JOIN passage AS known ON known.rowid = words.rowid
    WHERE words MATCH ? AND known.document_id IN (SELECT value FROM json_each(?))
    ORDER BY round(score, 9) DESC, name
    LIMIT ?
) AS best JOIN passage ON passage.rowid = best.row
ORDER BY round(best.score, 9) DESC, best.name
"""


@dataclass(frozen=True, slots=True)
class LocalIndex:
    """An index in one file. It keeps no connection, so threads and processes may share it."""

    path: Path

    def replace(self, passages: Sequence[Passage]) -> int:
        """Make the index hold exactly these passages, all of them or, on an error, as before.

        Only what changed is written. A damaged file is made anew.
        """
        try:
            return self._write(passages)
        except sqlite3.OperationalError as error:
            raise ProviderUnavailable(NAME, f"write {self.path.name}", str(error)) from error
        except sqlite3.DatabaseError:
            self._remove()
        try:
            return self._write(passages)
        except sqlite3.Error as error:
            raise ProviderUnavailable(NAME, f"write {self.path.name}", str(error)) from error

    def search(self, query: str, *, documents: Collection[str], top: int) -> tuple[Hit, ...]:
        """The passages of these documents that share a word with the query, best first."""
        asked = _match(query)
        if not asked or not documents or top < 1:
            return ()
        if not self.path.exists():
            raise ProviderUnavailable(NAME, "search", f"{_again(self.path)} It is not built yet.")
        allowed = json.dumps(sorted(set(documents)))
        try:
            with closing(self._open("rw")) as connection:
                rows = connection.execute(_SEARCH, (*_WEIGHTS, asked, allowed, top)).fetchall()
            return tuple(Hit(_passage(content), float(score)) for content, score in rows)
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise ProviderUnavailable(NAME, "search", f"{_again(self.path)} ({error})") from error

    def describe(self) -> str:
        """The engine in words a person knows."""
        return NAME

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)

    def _write(self, passages: Sequence[Passage]) -> int:
        wanted = {passage.passage_id: passage for passage in passages}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._open("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN IMMEDIATE")
            try:
                _exchange(connection, wanted)
                connection.execute("COMMIT")
            except UnicodeEncodeError as error:
                raise ProviderRejected(NAME, "take in a passage", str(error)) from error
        return len(wanted)

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)


def build(context: ProviderContext) -> LocalIndex:
    """The index of a workspace; its file appears with the first passages."""
    return LocalIndex(context.folder / _FILE)


def _exchange(connection: sqlite3.Connection, wanted: dict[str, Passage]) -> None:
    known = {
        passage_id: (row, sha256)
        for row, passage_id, sha256 in connection.execute(
            "SELECT rowid, passage_id, sha256 FROM passage"
        )
    }
    contents = {name: _content(passage) for name, passage in wanted.items()}
    for name, (row, sha256) in known.items():
        if name not in contents or _sha256(contents[name]) != sha256:
            for statement in _DROP:
                connection.execute(statement, (row,))
    for name, passage in wanted.items():
        sha256 = _sha256(contents[name])
        if name not in known or known[name][1] != sha256:
            row = connection.execute(
                _ADD[0], (name, passage.document_id, sha256, contents[name])
            ).lastrowid
            keywords = " ".join(passage.keywords)
            connection.execute(_ADD[1], (row, passage.title, keywords, passage.text))


def _match(query: str) -> str:
    """Any of the words of a query, each quoted, so that no character of it is an operator."""
    every = list(dict.fromkeys(word.lower() for word in _WORD.findall(query)))
    # "The" stands in every passage: it ranks none above another and takes most of the time.
    words = [word for word in every if word not in COMMON_WORDS["en"]] or every
    return " OR ".join(f'"{word}"' for word in words[:_MOST_WORDS])


def _content(passage: Passage) -> str:
    return json.dumps(
        {
            "document_id": passage.document_id,
            "version": passage.version,
            "index": passage.index,
            "title": passage.title,
            "category": passage.category,
            "text": passage.text,
            "keywords": list(passage.keywords),
        },
        sort_keys=True,
    )


def _passage(content: str) -> Passage:
    values = json.loads(content)
    return Passage(**{**values, "keywords": tuple(values["keywords"])})


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _again(path: Path) -> str:
    return f"{path.name} cannot be used; index the content again."
