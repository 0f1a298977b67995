"""How well and how fast the library is searched.

Usage: python benchmarks/retrieval.py [CRANFIELD] [--model DIR] [--peer PYTHON] [--passages N]

CRANFIELD is the folder of the Cranfield collection (default ../shared/data/cranfield). DIR holds
model.onnx and tokenizer.json; without it only words are searched. PYTHON is a Python that has
bm25s. A query is a whole retrieval: documents sorted out, ranked, duplicates dropped. Its bar is
on processor time, which other work on the machine does not stretch. Exits 1 when a bar is missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.finding.cranfield import Collection, cranfield
from benchmarks.finding.measures import (
    TOP,
    Search,
    StandIn,
    many_passages,
    megabytes,
    milliseconds,
    ndcg,
)
from core.agents.retrieval import RetrievalAgent
from core.integrations.content_index import local
from core.integrations.content_index.local import LocalIndex
from core.integrations.embedder import local_onnx
from core.models.content import Document, Passage
from core.protocols.content_index import Fusion
from core.protocols.provider import ProviderContext

WORDS_AT_LEAST, BOTH_AT_LEAST, P95_AT_MOST_MS, AGREES_TO = 0.37, 0.42, 50.0, 1e-9
UPDATE_AT_MOST = 0.05
DAY = date(2027, 1, 1)


@dataclass(frozen=True)
class Line:
    """A figure and, where it has one, the bar it has to meet."""

    name: str
    value: str
    bar: str = ""
    met: bool = True

    def __str__(self) -> str:
        verdict = "" if not self.bar else "met" if self.met else "MISSED"
        return f"{self.name:<58} {self.value:>22}  {self.bar:<12} {verdict}".rstrip()


def asked(index: LocalIndex, names: Sequence[str]) -> Search:
    """A search over all of these documents that gives the ids of the documents found."""

    def search(query: str) -> list[str]:
        hits = index.search(query, documents=names, top=TOP)
        return [hit.passage.document_id for hit in hits]

    return search


def timed(work: Callable[[], object]) -> float:
    """How many seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def quality(collection: Collection, folder: Path, model: Path | None) -> Iterator[Line]:
    """The nDCG at 10 on the collection by words, by meaning and by both."""
    passages = [
        Passage(str(number), 1, 0, title.rstrip(" ."), "x", text)
        for number, (title, text) in collection.texts.items()
    ]
    names = [passage.document_id for passage in passages]
    index = LocalIndex(folder / "words.db")
    index.replace(passages)
    ours, theirs = ndcg(collection, asked(index, names))
    bar = f">= {WORDS_AT_LEAST}"
    yield Line("nDCG@10 by words", f"{ours:.3f}", bar, ours >= WORDS_AT_LEAST)
    agrees = abs(ours - theirs) < AGREES_TO
    yield Line("  the same by scikit-learn's formula", f"{theirs:.3f}", "equal", agrees)
    if model is None:
        yield Line("nDCG@10 by meaning and by both", "no --model given")
        return
    context = ProviderContext({local_onnx.FOLDER: str(model)}, folder)
    embedder = local_onnx.build(context)
    both = replace(local.build(context), embedder=embedder)
    embedder.embed(["warm up"])
    seconds = timed(lambda: both.replace(passages))
    meaning = replace(both, fusion=Fusion(words=0.0, meaning=1.0))
    ours, _ = ndcg(collection, asked(meaning, names))
    yield Line("nDCG@10 by meaning (MiniLM int8)", f"{ours:.3f}")
    ours, _ = ndcg(collection, asked(both, names))
    bar = f">= {BOTH_AT_LEAST}"
    yield Line("nDCG@10 by both, weights 1 and 2", f"{ours:.3f}", bar, ours >= BOTH_AT_LEAST)
    questions = list(collection.questions.values())
    clock, _ = milliseconds(embedder_search(embedder.embed), questions, 1)
    yield Line("embedding a question by the clock, median; p95", _median_p95(clock))
    yield Line("embedding an abstract (1,400, some 220 tokens)", f"{seconds / 1.4:.0f} ms")


def embedder_search(embed: Callable[[Sequence[str]], object]) -> Search:
    """Embedding alone, as something that can be timed like a search."""

    def search(query: str) -> list[str]:
        embed([query])
        return []

    return search


def speed(collection: Collection, folder: Path, wanted: int) -> Iterator[Line]:
    """Time and size with so many passages, and what one changed document costs."""
    passages = many_passages(collection, wanted)
    questions = list(collection.questions.values())
    for name, embedder in (("words", None), ("both", StandIn())):
        index = LocalIndex(folder / f"{name}-{wanted}.db", embedder)
        built = timed(lambda index=index: index.replace(passages))  # type: ignore[misc]
        yield Line(f"{wanted:,} passages, by {name}: built in", f"{built:.2f} s")
        yield Line("  size of the index", f"{megabytes(index.path):.0f} MB")
        documents = _documents(passages)
        agent = RetrievalAgent(index)

        def search(query: str, agent: RetrievalAgent = agent) -> list[str]:
            found = agent.search(query, documents, None, day=DAY, top=TOP)  # noqa: B023
            return [hit.passage.document_id for hit in found.hits]

        clock, processor = milliseconds(search, questions, 2)
        met = float(np.percentile(clock, 95)) <= P95_AT_MOST_MS
        bar = f"p95 <= {P95_AT_MOST_MS:.0f} ms"
        yield Line("  a query by the clock, median; p95", _median_p95(clock), bar, met)
        # Vectors are multiplied by several threads, whose work the processor counts together.
        yield Line("  the same of the processor", _median_p95(processor))
        yield from _incremental(index, passages, built)


def _incremental(index: LocalIndex, passages: list[Passage], built: float) -> Iterator[Line]:
    changed = [replace(p, text=f"{p.text} Now changed.") for p in passages[:4]]
    seconds = timed(lambda: index.update(changed[0].document_id, changed))
    share = seconds / built
    bar = f"<= {UPDATE_AT_MOST:.0%}"
    yield Line(
        "  one changed document, of a full build", f"{share:.2%}", bar, share <= UPDATE_AT_MOST
    )
    again = timed(lambda: index.replace([*changed, *passages[4:]]))
    yield Line("  looking at everything, nothing changed, of a full build", f"{again / built:.1%}")


def _documents(passages: Sequence[Passage]) -> list[Document]:
    texts: dict[str, list[str]] = {}
    for passage in passages:
        texts.setdefault(passage.document_id, []).append(passage.text)
    return [
        Document(name, 1, name, "x", "\n\n".join(held), "everyone", (), DAY, None, "")
        for name, held in texts.items()
    ]


def peer(collection: Collection, python: str) -> Iterator[Line]:
    """bm25s on the same texts and questions."""
    given = {
        "texts": {str(n): f"{title} {text}" for n, (title, text) in collection.texts.items()},
        "questions": {str(n): q for n, q in collection.questions.items()},
        "top": TOP,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(given, file)
        file.flush()
        reads = Path(__file__).parent / "finding" / "bm25s_reads.py"
        done = subprocess.run([python, reads, file.name], stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    by_question = {collection.questions[int(n)]: names for n, names in told["found"].items()}
    ours, _ = ndcg(collection, lambda query: by_question[query])
    yield Line("bm25s: nDCG@10", f"{ours:.3f}")
    yield Line("bm25s: a query over 1,400, median; p95", _median_p95(told["milliseconds"]))


def _median_p95(took: Sequence[float]) -> str:
    return f"{np.median(took):.1f}; {np.percentile(took, 95):.1f} ms"


def main() -> int:
    """Print the table; 1 when a bar is missed."""
    default = ROOT.parent / "shared" / "data" / "cranfield"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--peer")
    parser.add_argument("--passages", type=int, default=10_000)
    args = parser.parse_args()
    if not args.folder.is_dir():
        parser.error(f"there is no folder {args.folder}; name that of the Cranfield collection")
    collection = cranfield(args.folder)
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        parts = [quality(collection, Path(folder), args.model)]
        parts += [peer(collection, args.peer)] if args.peer else []
        parts.append(speed(collection, Path(folder), args.passages))
        for part in parts:
            for line in part:
                print(line, flush=True)
                missed = missed or not line.met
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
