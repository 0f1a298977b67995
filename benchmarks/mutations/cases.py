"""The hand-written cases: true claims in other words, and false ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.mutations.messages import documents
from core.content.claim_findings import claim_findings
from core.content.ledger import Sources, ledger_of
from core.models.claims import ClaimStanding
from core.models.content import Document
from core.models.messages import Level, Message, TextField

DATA = Path(__file__).resolve().parents[2] / "tests" / "unit" / "content" / "data"


@dataclass(frozen=True)
class TrueClaim:
    """A sentence whose claims a document supports."""

    document_id: str
    text: str

    def linked(self) -> bool:
        """Whether every claim of it is supported, one of them by that document."""
        ledger = ledger_of(Message("", "", self.text), Sources.of(_everything()))
        made = [e for e in ledger.entries if e.standing is not ClaimStanding.PUFFERY]
        documents_named = {e.support.document_id for e in made if e.support}
        return bool(made) and not ledger.unsupported and self.document_id in documents_named


@dataclass(frozen=True)
class FalseClaim:
    """A sentence that no document supports, and the words of it that are wrong."""

    what: str
    text: str
    wrong: str

    def caught(self) -> bool:
        """Whether it is blocked with a mark over those words."""
        start = self.text.index(self.wrong)
        end = start + len(self.wrong)
        sources = Sources.of(_everything())
        found = claim_findings({TextField.BODY: self.text}, sources.passages, (), sources.offers)
        return any(
            f.level is Level.BLOCK and f.start < end and start < f.end
            for f in found
            if f.rule != "missing_condition"
        )


def paraphrases() -> Iterator[tuple[list[str], TrueClaim]]:
    """The true claims with the rows they stand in."""
    for row in yaml.safe_load((DATA / "paraphrases.yaml").read_text(encoding="utf-8")):
        yield row, TrueClaim(*row)


def false_claims() -> Iterator[tuple[list[str], FalseClaim]]:
    """The false claims with the rows they stand in."""
    for row in yaml.safe_load((DATA / "adversarial.yaml").read_text(encoding="utf-8")):
        yield row, FalseClaim(*row)


def _everything() -> list[Document]:
    # The offer for Gold members is for nobody in the demo.
    return [d for d in documents().values() if d.metadata.get("trap") != "audience"]
