"""The public texts the local screen is measured on, read from where they lie, never copied.

Part of them were looked at while its word lists were written. They are told apart by a fixed hash
of what makes them alike (the template, the advertiser, the text), so that the other half says how
the screen does on texts that nobody looked at.
"""

import csv
import gzip
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HateCase:
    """One test case of HateCheck: what it tests, the text, and whether it is hateful."""

    functionality: str
    text: str
    hateful: bool


@dataclass(frozen=True)
class Halves:
    """Texts of one kind: those that were looked at, and those kept aside."""

    name: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class Marked:
    """A text and where personal data stands in it, as (kind, start, end)."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def kept_aside(kind: str, name: str) -> bool:
    """Whether what goes by this name is in the half that nobody looked at."""
    return hashlib.sha256(f"{kind}:{name}".encode()).digest()[0] % 2 == 1


def hate_cases(data: Path) -> tuple[list[HateCase], list[HateCase]]:
    """HateCheck by template: the half that was looked at, and the half kept aside."""
    halves: tuple[list[HateCase], list[HateCase]] = ([], [])
    for row in _table(data / "hatecheck" / "hatecheck_dev.csv"):
        case = HateCase(row["functionality"], row["test_case"], row["label_gold"] == "hateful")
        halves[kept_aside("hatecheck", row["templ_id"])].append(case)
    return halves


def advertisements(data: Path) -> Halves:
    """Copy of real advertisements, split by advertiser."""
    rows = _table(data / "ad_transcripts" / "ad_transcripts_dev.csv")
    return _halves(
        "advertisements",
        rows,
        text=lambda r: r["Ad_copy"],
        aside=lambda r: kept_aside("ads", r["Advertiser"]),
    )


def short_messages(data: Path, label: str, name: str) -> Halves:
    """Text messages of one label: "ham" for ordinary ones, "spam" for promotional ones."""
    lines = (data / "sms_spam" / "SMSSpamCollection").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t", 1) for line in lines if line.startswith(f"{label}\t")]
    texts = [{"text": row[1]} for row in rows]
    return _halves(
        name, texts, text=lambda r: r["text"], aside=lambda r: kept_aside("sms", r["text"])
    )


def injections(data: Path) -> dict[str, list[str]]:
    """Instructions to a model by where they come from, as somebody would plant them."""
    giskard = _table(data / "injection" / "giskard" / "prompt_injections.csv")
    attacks = json.loads((data / "injection" / "bipia" / "text_attack_train.json").read_text())
    found: dict[str, list[str]] = {}
    for row in giskard:
        found.setdefault(f"Giskard, {row['group'].lower()}", []).append(row["prompt"])
    for kind, texts in attacks.items():
        found[f"BIPIA, {kind.lower()}"] = list(texts)
    return found


def clean_mails(data: Path) -> list[str]:
    """Business e-mails without an instruction to anybody's model."""
    lines = (data / "injection" / "bipia" / "email_train.jsonl").read_text().splitlines()
    return [json.loads(line)["context"] for line in lines if line.strip()]


def marked_personal_data(data: Path) -> list[Marked]:
    """Generated texts with their personal data marked."""
    path = data / "presidio_pii" / "generated_small.json.gz"
    rows = json.loads(gzip.decompress(path.read_bytes()))
    return [
        Marked(
            row["full_text"],
            tuple((s["entity_type"], s["start_position"], s["end_position"]) for s in row["spans"]),
        )
        for row in rows
    ]


def demo_documents(root: Path) -> list[str]:
    """The approved documents of the demo."""
    files = sorted((root / "data" / "content" / "approved_content").glob("*.json"))
    return [str(json.loads(file.read_text(encoding="utf-8"))["content"]) for file in files]


def demo_passages(root: Path) -> list[str]:
    """The paragraphs of the demo's documents: what a writing engine is given."""
    return [part for text in demo_documents(root) for part in text.split("\n\n") if part.strip()]


def _halves(
    name: str,
    rows: Iterable[dict[str, str]],
    *,
    text: Callable[[dict[str, str]], str],
    aside: Callable[[dict[str, str]], bool],
) -> Halves:
    every = list(rows)
    return Halves(
        name,
        tuple(text(row) for row in every if not aside(row)),
        tuple(text(row) for row in every if aside(row)),
    )


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
