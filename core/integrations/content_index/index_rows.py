"""What is read from the file of the local index, and how a passage is kept in it."""

import hashlib
import json
import sqlite3
from collections.abc import Collection

from core.models.content import Passage

# How much a word counts in the title, among the keywords and in the text itself.
_WEIGHTS = (4.0, 3.0, 1.0)
_SEARCH = """
SELECT known.passage_id AS name, -bm25(words, ?, ?, ?) AS score
FROM words JOIN passage AS known ON known.rowid = words.rowid
WHERE words MATCH ? AND known.document_id IN (SELECT value FROM json_each(?))
ORDER BY round(score, 9) DESC, name
LIMIT ?
"""
_CONTENTS = """
SELECT passage_id, content FROM passage WHERE passage_id IN (SELECT value FROM json_each(?))
"""


def setting(connection: sqlite3.Connection, name: str) -> str:
    """A setting of the file, empty when it has none."""
    has = "SELECT 1 FROM sqlite_master WHERE name = 'setting'"
    if connection.execute(has).fetchone() is None:
        return ""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def by_words(
    connection: sqlite3.Connection, match: str, documents: Collection[str], top: int
) -> list[tuple[str, float]]:
    """The passages of these documents that hold a word of the query, best first."""
    allowed = json.dumps(sorted(set(documents)))
    rows = connection.execute(_SEARCH, (*_WEIGHTS, match, allowed, top)).fetchall()
    return [(str(name), float(score)) for name, score in rows]


def hashes(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Of every passage its document and the hash of its content."""
    query = "SELECT passage_id, document_id, sha256 FROM passage"
    return {name: (document, stored) for name, document, stored in connection.execute(query)}


def vectors(connection: sqlite3.Connection) -> list[tuple[str, str, bytes]]:
    """Every passage with its document and its vector, by passage."""
    query = "SELECT passage_id, document_id, vector FROM meaning ORDER BY passage_id"
    return connection.execute(query).fetchall()


def passages(connection: sqlite3.Connection, names: Collection[str]) -> dict[str, Passage]:
    """The passages with these ids."""
    rows = connection.execute(_CONTENTS, (json.dumps(list(names)),)).fetchall()
    return {str(name): _passage(content) for name, content in rows}


def content_of(passage: Passage) -> str:
    """A passage as the file keeps it."""
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


def embedded_text(passage: Passage) -> str:
    """What of a passage is embedded: its title says what the text is about."""
    return f"{passage.title}\n{passage.text}"


def text_sha256(passage: Passage) -> str:
    """The hash of what is embedded; the same paragraph of a later version has the same."""
    return sha256(embedded_text(passage))


def sha256(content: str) -> str:
    """The SHA-256 of a text; a lone surrogate counts too, so that it can be refused by name."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def _passage(content: str) -> Passage:
    values = json.loads(content)
    return Passage(**{**values, "keywords": tuple(values["keywords"])})
