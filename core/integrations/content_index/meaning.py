"""Vectors in memory, and who is nearest: a dot product over everything is fast enough.

Ten thousand passages of 384 numbers are 15 MB and some milliseconds; an approximate index would
add a dependency and lose answers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.protocols.embedder import Vectors

_STORED = "<f4"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The vectors of one edition of an index, with the passage and the document of each row."""

    edition: str
    passages: tuple[str, ...]
    documents: Mapping[str, int]
    row_documents: npt.NDArray[np.int64]
    vectors: Vectors

    def nearest(self, query: Vectors, allowed: Collection[str], top: int) -> list[str]:
        """The passages of the allowed documents that point most nearly the same way, best first.

        One that points away says nothing about the query and is left out.
        """
        wanted = np.zeros(len(self.documents), dtype=bool)
        wanted[[self.documents[name] for name in allowed if name in self.documents]] = True
        rows = np.flatnonzero(wanted[self.row_documents])
        if rows.size == 0:
            return []
        scores = (
            self.vectors[rows] @ query if rows.size < len(self.passages) else self.vectors @ query
        )
        found = _best(scores, top)
        return [self.passages[rows[place]] for place in found if scores[place] > 0]


def matrix(edition: str, rows: Sequence[tuple[str, str, bytes]]) -> Matrix:
    """The vectors as the file keeps them, ready for searching."""
    names = sorted({document for _, document, _ in rows})
    documents = {name: place for place, name in enumerate(names)}
    held = np.frombuffer(b"".join(vector for _, _, vector in rows), dtype=_STORED)
    return Matrix(
        edition=edition,
        passages=tuple(passage for passage, _, _ in rows),
        documents=documents,
        row_documents=np.array([documents[name] for _, name, _ in rows], dtype=np.int64),
        vectors=held.reshape(len(rows), -1).astype(np.float32) if rows else np.zeros((0, 0), "f4"),
    )


def stored(vectors: Iterable[Vectors]) -> list[bytes]:
    """Each vector as the file keeps it."""
    return [row.astype(_STORED).tobytes() for row in vectors]


def fused(
    rankings: Sequence[tuple[Sequence[str], float]], constant: int
) -> list[tuple[str, float]]:
    """Rankings as one, by weighted reciprocal rank; 1 is a passage that is first in all of them.

    Examples:
        >>> fused([(["a", "b"], 1.0), (["b"], 2.0)], constant=60)[0][0]
        'b'
    """
    most = sum(weight for _, weight in rankings) / (constant + 1)
    earned: dict[str, float] = {}
    for ranking, weight in rankings:
        for rank, name in enumerate(ranking, start=1):
            earned[name] = earned.get(name, 0.0) + weight / (constant + rank)
    ordered = sorted(earned, key=lambda name: (-earned[name], name))
    return [(name, earned[name] / most) for name in ordered if earned[name] > 0]


def _best(scores: Vectors, top: int) -> list[int]:
    """The places of the highest scores; equal ones in their order."""
    kept = np.arange(scores.size)
    if scores.size > top:
        # Everything that ties with the last one in, so that the order decides and not chance.
        edge = np.partition(scores, scores.size - top)[scores.size - top]
        kept = np.flatnonzero(scores >= edge)
    ordered = kept[np.lexsort((kept, -scores[kept]))]
    return [int(place) for place in ordered[:top]]
