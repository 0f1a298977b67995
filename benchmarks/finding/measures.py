"""What is measured of a search: quality against judgements, and time and size at ten thousand."""

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import ndcg_score

from benchmarks.finding.cranfield import Collection
from core.models.content import Passage

TOP = 10
Search = Callable[[str], Sequence[str]]


@dataclass
class StandIn:
    """Unit vectors of 384 numbers from the words of a text: the cost of searching, not quality."""

    identity: str = "stand-in 384"
    known: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The sum of a fixed random vector for each word."""
        rows = np.array([self._text(text) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def check(self) -> str:
        """It always works."""
        return self.describe()

    def describe(self) -> str:
        """What it is."""
        return "stand-in vectors"

    def _text(self, text: str) -> npt.NDArray[np.float64]:
        words = [self._word(word) for word in text.lower().split()]
        return np.asarray(np.sum(words, axis=0), dtype=np.float64)

    def _word(self, word: str) -> npt.NDArray[np.float64]:
        if word not in self.known:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
            self.known[word] = np.random.default_rng(seed).normal(size=384)
        return self.known[word]


def ndcg(collection: Collection, search: Search) -> tuple[float, float]:
    """Mean nDCG at 10 over the questions: by its formula, and by scikit-learn's own.

    Relevance is yes or no. Questions without a relevant text are left out.
    """
    names = [str(number) for number in collection.texts]
    places = {name: place for place, name in enumerate(names)}
    ours, theirs = [], []
    for number, question in collection.questions.items():
        relevant = {str(found) for found in collection.relevant.get(number, ())}
        if not relevant:
            continue
        found = list(search(question))[:TOP]
        gained = sum(1 / math.log2(i + 2) for i, name in enumerate(found) if name in relevant)
        most = sum(1 / math.log2(i + 2) for i in range(min(TOP, len(relevant))))
        ours.append(gained / most)
        truth, scores = np.zeros((2, 1, len(names)))
        truth[0, [places[name] for name in relevant]] = 1
        for rank, name in enumerate(found):
            scores[0, places[name]] = TOP - rank
        # What was not found scores 0 like everything else below; ties there are beyond the ten.
        theirs.append(float(ndcg_score(truth, scores, k=len(found))) * _shrunk(relevant, found))
    return float(np.mean(ours)), float(np.mean(theirs))


def _shrunk(relevant: set[str], found: Sequence[str]) -> float:
    """With fewer than ten found, scikit-learn's ideal stops there; ours goes on to ten."""
    if len(found) >= TOP or not found:
        return float(bool(found))
    ideal = [1 / math.log2(i + 2) for i in range(min(TOP, len(relevant)))]
    return sum(ideal[: len(found)]) / sum(ideal)


def many_passages(collection: Collection, wanted: int) -> list[Passage]:
    """So many passages of sixty words, four to a document, from the words of the collection."""
    words = " ".join(f"{title} {text}" for title, text in collection.texts.values()).split()
    made = []
    for number in range(wanted):
        start = number * 23 % (len(words) - 60)
        text = " ".join(words[start : start + 60])
        made.append(
            Passage(
                f"D{number // 4:05}", 1, number % 4, " ".join(words[start : start + 5]), "x", text
            )
        )
    return made


def milliseconds(
    search: Search, questions: Sequence[str], rounds: int
) -> tuple[list[float], list[float]]:
    """How long each question takes by the clock, and of the processor, after a first round."""
    clock, processor = [], []
    for number in range(rounds + 1):
        for question in questions:
            started, worked = time.perf_counter(), time.process_time()
            search(question)
            if number:
                clock.append((time.perf_counter() - started) * 1000)
                processor.append((time.process_time() - worked) * 1000)
    return clock, processor


def megabytes(path: Path) -> float:
    """The size of an index with its write-ahead log."""
    ours = (path.with_name(path.name + ending) for ending in ("", "-wal", "-shm"))
    return sum(each.stat().st_size for each in ours if each.exists()) / 1e6
