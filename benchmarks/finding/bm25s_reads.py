"""The peer: bm25s over the same texts, in a Python that has it; prints what it found as JSON.

Usage: PYTHON bm25s_reads.py FILE, where FILE holds {"texts": {...}, "questions": {...}, "top": N}.
"""

import json
import sys
import time
from pathlib import Path

import bm25s  # type: ignore[import-not-found,unused-ignore]


def main() -> None:
    """Index the texts, ask the questions, print ids and milliseconds."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    names, texts = list(given["texts"]), list(given["texts"].values())
    retriever = bm25s.BM25()
    started = time.perf_counter()
    retriever.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)
    built = time.perf_counter() - started
    found, took = {}, []
    for number, question in given["questions"].items():
        started = time.perf_counter()
        asked = bm25s.tokenize([question], stopwords="en", show_progress=False)
        rows, _ = retriever.retrieve(asked, k=given["top"], show_progress=False)
        took.append((time.perf_counter() - started) * 1000)
        found[number] = [names[row] for row in rows[0]]
    sys.stdout.write(json.dumps({"found": found, "milliseconds": took, "build_s": built}))


main()
