"""How the test server ranks: BM25 over weighted fields, cosine, and the two fused."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

_WORD = re.compile(r"[^\W_]+")
# The stop words of Lucene's English analyzer, as one pattern.
_STOP = re.compile(
    "a|an|and|are|as|at|be|but|by|for|if|in|into|is|it|no|not|of|on|or|such|that|the|their|then|"
    "there|these|they|this|to|was|will|with"
)
_K1, _B, _CONSTANT = 1.2, 0.75, 60


def terms(text: str) -> list[str]:
    """The words of a text without their endings."""
    return [_stem(w) for w in _WORD.findall(text.lower()) if not _STOP.fullmatch(w)]


def _stem(word: str) -> str:
    for ending in ("ing", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)]
    return word


def bm25(
    rows: Sequence[tuple[str, Row]], query: str, weights: Mapping[str, float]
) -> dict[str, float]:
    """The scores of the documents that hold a word of the query, by key."""
    wanted = set(terms(query))
    scores: defaultdict[str, float] = defaultdict(float)
    for field, weight in weights.items():
        texts = {key: terms(_text(row.get(field))) for key, row in rows}
        length = sum(map(len, texts.values())) / max(1, len(texts)) or 1.0
        for word in wanted:
            holding = {key: t.count(word) for key, t in texts.items() if word in t}
            rarity = math.log(1 + (len(rows) - len(holding) + 0.5) / (len(holding) + 0.5))
            for key, times in holding.items():
                norm = _K1 * (1 - _B + _B * len(texts[key]) / length)
                scores[key] += weight * rarity * times * (_K1 + 1) / (times + norm)
    return dict(scores)


def cosine(
    rows: Sequence[tuple[str, Row]], field: str, vector: Sequence[float], k: int
) -> dict[str, float]:
    """The k nearest, by the score the service gives: 1 / (1 + distance)."""
    found = {
        key: 1 / (2 - _cos(vector, row[field])) for key, row in rows if row.get(field) is not None
    }
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0]))[:k])


def fused(rankings: Iterable[tuple[Mapping[str, float], float]]) -> dict[str, float]:
    """Reciprocal rank fusion with weights, as the service does it."""
    scores: defaultdict[str, float] = defaultdict(float)
    for ranking, weight in rankings:
        for rank, key in enumerate(ordered(ranking)):
            scores[key] += weight / (_CONSTANT + rank)
    return dict(scores)


def ordered(scores: Mapping[str, float]) -> list[str]:
    """Keys by falling score."""
    return sorted(scores, key=lambda key: (-scores[key], key))


def reranked(rows: Sequence[tuple[str, Row]], query: str, fields: Sequence[str]) -> list[float]:
    """A score from 0 to 4: the share of the words of the query that a document holds."""
    wanted = set(terms(query)) or {""}
    held = [set(terms(" ".join(_text(row.get(f)) for f in fields))) for _, row in rows]
    return [4 * len(wanted & words) / len(wanted) for words in held]


def _cos(a: Sequence[float], b: Sequence[float]) -> float:
    length = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b))
    return sum(x * y for x, y in zip(a, b, strict=True)) / length if length else 0.0


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value or "")
