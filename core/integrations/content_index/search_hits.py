"""Scores of Azure AI Search as ours: from 0 to 1 where they can be, falling, and none too low."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.integrations.content_index.search_layout import passage_of
from core.models.content import Hit

# As the client names them.
SCORE, RERANKED = "@search.score", "@search.reranker_score"
# The service fuses rankings with this constant, whatever we would like.
_CONSTANT = 60
_MOST_RERANKED = 4.0
_LEAST = 1e-6

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scale:
    """Which rankings were asked for, and what is too low to be an answer.

    `meaning` is what the ranking by meaning weighs where that by words weighs 1; `by_words` and
    `by_meaning` say which of the two there are, and `depth` how far down the latter is looked.
    Scores of words alone have no upper bound.
    """

    by_words: bool
    by_meaning: bool
    meaning: float = 1.0
    depth: int = 100
    minimum_score: float = 0.0
    minimum_reranked: float = 0.0

    def of(self, row: Row) -> float:
        """The score of a document without ranking by sense."""
        score = float(str(row[SCORE]))
        if self.by_words and self.by_meaning:
            return min(1.0, score * _CONSTANT / (1 + self.meaning))
        if self.by_meaning:
            # The service says 1 / (1 + distance) of a distance 1 - cosine.
            return 2.0 - 1.0 / score if score > 0 else 0.0
        return score


def hits_of(rows: Sequence[Row], scale: Scale, top: int) -> tuple[Hit, ...]:
    """The documents found as hits, best first; equal ones in the order of their ids.

    Where the service ranked the first of them by sense, those come first with that score, and
    the others after them.

    Raises:
        TypeError, ValueError, KeyError: a document is not in our form.
    """
    kept = [row for row in rows if scale.of(row) > scale.minimum_score]
    scores = _reranked(kept, scale) if any(by_sense(row) for row in kept) else None
    hits = [
        Hit(passage_of(row), scale.of(row) if scores is None else scores[place])
        for place, row in enumerate(kept)
        if scores is None or place in scores
    ]
    hits.sort(key=lambda hit: (-round(hit.score, 9), hit.passage.passage_id))
    return tuple(hits[:top])


def by_sense(row: Row) -> bool:
    """Whether the service ranked this document by sense."""
    return row.get(RERANKED) is not None


def _reranked(rows: Sequence[Row], scale: Scale) -> dict[int, float]:
    """The scores by place: of those ranked by sense, and below them of the others."""
    wanted = scale.minimum_reranked
    scores = {
        place: max(float(str(row[RERANKED])) / _MOST_RERANKED, _LEAST)
        for place, row in enumerate(rows)
        if by_sense(row) and float(str(row[RERANKED])) >= wanted
    }
    if wanted > 0:
        return scores
    lowest = min(scores.values())
    others = [place for place, row in enumerate(rows) if not by_sense(row)]
    return scores | {place: lowest / (2 + rank) for rank, place in enumerate(others)}
