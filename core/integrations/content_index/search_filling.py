"""Making an index hold exactly some passages: what differs, in batches, each outcome looked at."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from azure.search.documents.indexes.models import SearchIndex
from azure.search.documents.models import IndexAction, IndexDocumentsBatch, IndexingResult

from core.errors import FailureKind, ProviderRejected, ProviderUnavailable
from core.integrations.content_index.embedding import embedded
from core.integrations.content_index.index_rows import text_sha256
from core.integrations.content_index.odata import any_of, equals
from core.integrations.content_index.search_failures import NAME, Doing
from core.integrations.content_index.search_layout import (
    KEY,
    VECTOR,
    Layout,
    key_of,
    numbers,
    passage_sha256,
)
from core.integrations.content_index.search_service import Row, SearchService
from core.models.content import Passage
from core.protocols.embedder import Embedder

logger = logging.getLogger(__name__)

# The service takes 1,000 actions and 16 MB at once; less keeps a repetition cheap.
_MOST_ACTIONS = 500
_MOST_BYTES = 8_000_000
_NUMBER_BYTES = 14
_HASHES = 200
# What the service calls passing, document by document.
_PASSING = frozenset({408, 409, 422, 429, 500, 502, 503, 504})
_NAMED = 3
# What was written can be found a moment later; these waits add up to about a quarter of a minute.
_LOOKS_S = (0.25, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0)

Held = Mapping[str, tuple[str, str]]
"""By key, of every document of an index, the document of the library and the passage's hash."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Writes passages into the indexes of one service; `pause` waits for them to be found."""

    service: SearchService
    layout: Layout
    embedder: Embedder | None
    pause: Callable[[float], None] = field(repr=False)

    def held(self, index: str, document_id: str | None = None) -> dict[str, tuple[str, str]]:
        """What an index holds, of one document or of all."""
        where = "" if document_id is None else equals("document_id", document_id)
        rows = self.service.rows(index, ("document_id", "sha256"), where=where)
        return {str(r[KEY]): (str(r["document_id"]), str(r["sha256"])) for r in rows}

    def definition(self, passages: Sequence[Passage]) -> tuple[SearchIndex, dict[str, list[float]]]:
        """The index these passages need, and their vectors by the hash of their text."""
        if self.embedder is None:
            return self.layout.definition(None), {}
        # An empty library too has an index, and the index must know how long a vector is.
        vectors = self._embedded(passages) or {"": numbers(self.embedder.embed(["content"])[0])}
        return self.layout.definition(len(next(iter(vectors.values())))), vectors

    def fill(
        self,
        index: str,
        passages: Sequence[Passage],
        held: Held,
        ready: Mapping[str, list[float]] | None = None,
    ) -> None:
        """Write what differs from what is held: first what is new, then what has to go.

        Everything is embedded before anything is written. `ready` are vectors at hand.

        Raises:
            ProviderRejected: the service did not take some of the passages; names them.
        """
        wanted = wanted_of(passages)
        lacking = [p for p in passages if held.get(key_of(p.passage_id)) != wanted[_key(p)]]
        vectors = self._vectors(index, lacking, ready)
        documents = [self.layout.document(p, vectors.get(text_sha256(p))) for p in lacking]
        gone = [key for key in held if key not in wanted]
        for batch in _batches(documents):
            self._write(index, {str(d[KEY]): d for d in batch}, delete=False)
        for start in range(0, len(gone), _MOST_ACTIONS):
            keys = gone[start : start + _MOST_ACTIONS]
            self._write(index, {key: {KEY: key} for key in keys}, delete=True)
        logger.info("wrote %d passages to %s, removed %d", len(documents), index, len(gone))

    def settled(self, index: str, wanted: Held, document_id: str | None = None) -> bool:
        """Whether a search finds what was written; waits a little until it does."""
        for wait_s in (*_LOOKS_S, None):
            if self.held(index, document_id) == wanted:
                return True
            if wait_s is not None:
                self.pause(wait_s)
        return False

    def _vectors(
        self,
        index: str,
        lacking: Sequence[Passage],
        ready: Mapping[str, list[float]] | None,
    ) -> dict[str, list[float]]:
        """The vectors of passages by the hash of their text; only what no passage has is made."""
        if self.embedder is None:
            return {}
        wanted = {text_sha256(p) for p in lacking}
        have = {name: v for name, v in (ready or {}).items() if name in wanted}
        have |= self._kept(index, sorted(wanted - have.keys()))
        return have | self._embedded([p for p in lacking if text_sha256(p) not in have])

    def _kept(self, index: str, hashes: Sequence[str]) -> dict[str, list[float]]:
        kept: dict[str, list[float]] = {}
        for start in range(0, len(hashes), _HASHES):
            where = any_of("text_sha256", hashes[start : start + _HASHES])
            for row in self.service.rows(index, ("text_sha256", VECTOR), where=where):
                vector = row.get(VECTOR)
                if isinstance(vector, list) and vector:
                    kept[str(row["text_sha256"])] = [float(value) for value in vector]
        return kept

    def _embedded(self, passages: Sequence[Passage]) -> dict[str, list[float]]:
        if self.embedder is None:
            return {}
        made = embedded(self.embedder, passages)
        return {name: numbers(vector) for name, vector in made.items()}

    def _write(self, index: str, documents: dict[str, dict[str, object]], *, delete: bool) -> None:
        """Write a batch until every document of it is written, or one cannot be."""
        left = dict(documents)

        def send() -> None:
            results = self.service.send(index, _batch("delete" if delete else "upload", left))
            for result in results:
                if result.succeeded:
                    left.pop(result.key, None)
            _raise_failed(results, left)

        self.service.ask(Doing.WRITING, send)


def wanted_of(passages: Sequence[Passage]) -> dict[str, tuple[str, str]]:
    """What an index holds that holds exactly these passages."""
    return {_key(p): (p.document_id, passage_sha256(p)) for p in passages}


def _batch(what: str, documents: Mapping[str, Row]) -> IndexDocumentsBatch:
    actions = []
    for document in documents.values():
        # Given to its constructor, every number of a vector would be tried as a date first:
        # 2,000 passages took 20 s.
        action = IndexAction({"@search.action": what})
        action.update(document)
        actions.append(action)
    batch = IndexDocumentsBatch()
    batch.enqueue_actions(actions)
    return batch


def _key(passage: Passage) -> str:
    return key_of(passage.passage_id)


def _raise_failed(results: Sequence[IndexingResult], left: Mapping[str, Row]) -> None:
    """Raise what became of the documents that are left, if there are any.

    A status of 207 is no error to the client; and who is not named in the answer is not written.
    """
    if not left:
        return
    failed = {r.key: r for r in results if r.key in left}
    final = {key: r for key, r in failed.items() if r.status_code not in _PASSING}
    if not final:
        why = f"{len(left)} passages were not taken for now (some of a batch); try again later."
        raise ProviderUnavailable(NAME, Doing.WRITING.task, why, kind=FailureKind.OUT_OF_ORDER)
    named = [
        f"{left[key].get('passage_id', key)} ({r.status_code}{_words(r)})"
        for key, r in list(final.items())[:_NAMED]
    ]
    more = f" and {len(final) - _NAMED} more" if len(final) > _NAMED else ""
    why = f"it did not take {', '.join(named)}{more}; correct them and index the content again."
    quota = any("quota" in (r.error_message or "").casefold() for r in final.values())
    kind = FailureKind.QUOTA_USED_UP if quota else FailureKind.NOT_UNDERSTOOD
    raise ProviderRejected(NAME, Doing.WRITING.task, why, kind=kind)


def _words(result: IndexingResult) -> str:
    said = " ".join((result.error_message or "").split())
    return f": {said[:120]}" if said else ""


def _batches(documents: Sequence[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    batch: list[dict[str, object]] = []
    size = 0
    for document in documents:
        bytes_ = _bytes(document)
        if batch and (len(batch) == _MOST_ACTIONS or size + bytes_ > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += bytes_
    if batch:
        yield batch


def _bytes(document: Mapping[str, object]) -> int:
    vector = document.get(VECTOR)
    rest = {name: value for name, value in document.items() if name != VECTOR}
    return len(json.dumps(rest)) + (len(vector) * _NUMBER_BYTES if isinstance(vector, list) else 0)
