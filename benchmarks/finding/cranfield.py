"""The Cranfield collection: abstracts, questions, and who judged what to answer what."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FIELD = re.compile(r"^\.([IATBW])\s*(.*)$")


@dataclass(frozen=True)
class Collection:
    """Texts by number as (title, text), questions by number, and the relevant texts of each."""

    texts: Mapping[int, tuple[str, str]]
    questions: Mapping[int, str]
    relevant: Mapping[int, frozenset[int]]


def cranfield(folder: Path) -> Collection:
    """The collection as its three files hold it.

    The judgements number the questions in file order, and a grade above 0 counts as relevant: the
    sources do not agree on which end of the grades is the good one.
    """
    with gzip.open(folder / "cran.all.1400.gz", "rt", encoding="utf-8", errors="replace") as file:
        texts = {int(r["I"]): (r.get("T", ""), r.get("W", "")) for r in _records(file.read())}
    asked = _records((folder / "cran.qry").read_text(encoding="utf-8"))
    relevant: dict[int, set[int]] = {}
    for line in (folder / "cranqrel").read_text(encoding="utf-8").splitlines():
        question, text, grade = (int(part) for part in line.split()[:3])
        if grade > 0:
            relevant.setdefault(question, set()).add(text)
    return Collection(
        texts,
        {number: record["W"] for number, record in enumerate(asked, start=1)},
        {question: frozenset(found) for question, found in relevant.items()},
    )


def _records(text: str) -> list[dict[str, str]]:
    records: list[dict[str, str]] = []
    name = ""
    for line in text.splitlines():
        found = _FIELD.match(line)
        if found and found[1] == "I":
            records.append({"I": found[2]})
        elif found:
            name = found[1]
            records[-1].setdefault(name, "")
        elif records:
            records[-1][name] = f"{records[-1].get(name, '')} {line}".strip()
    return records
