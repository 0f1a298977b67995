"""What the library looks for in a document before anybody may cite it."""

import unicodedata
from collections.abc import Iterator, Mapping

from core.content.accidental import accidents
from core.content.instructions import instructions
from core.content.passages import passages_of
from core.content.personal_data import personal_findings
from core.models.content import Document, Remark
from core.models.messages import Finding, TextField

_MODEL = "looks like an instruction to a language model"


def document_remarks(document: Document) -> tuple[Remark, ...]:
    """Everything code can say about a document, in the order a person reads it.

    An instruction to a language model quarantines. The rest would stop a message that quotes it,
    and may still be right here: a brand's own telephone number, for example.
    """
    found: list[Remark] = []
    for place, text in _texts(document):
        found += [
            Remark(f.rule, place, f.text, _MODEL, quarantines=True)
            for f in instructions(text, TextField.BODY)
        ]
    if not found:
        # Signs nobody sees, letters in other shapes or a gap in the middle hide it from the rows.
        found += [
            Remark(f.rule, "the text, hidden", f.text, _MODEL, quarantines=True)
            for f in instructions(_unhidden(document.content), TextField.BODY)
        ]
    for passage in passages_of(document):
        place = f"passage {passage.index + 1}"
        body = TextField.BODY
        noticed = (
            *accidents(
                passage.text,
                body,
                capitals=frozenset(_codes(document)),
                document_ids={document.document_id},
            ),
            *personal_findings(passage.text, body),
        )
        found += [_noticed(finding, place) for finding in noticed]
    return tuple(found)


def _noticed(finding: Finding, place: str) -> Remark:
    return Remark(finding.rule, place, finding.text, finding.explanation, quarantines=False)


def _texts(document: Document) -> Iterator[tuple[str, str]]:
    """Every text of a document that an engine may be shown, with its place."""
    yield "title", document.title
    yield "category", document.category
    for passage in passages_of(document):
        yield f"passage {passage.index + 1}", passage.text
    # Words side by side, so that nothing hides by being cut into keywords.
    yield "keywords", " ".join(document.keywords)
    offer = document.metadata.get("offer")
    for name, value in offer.items() if isinstance(offer, Mapping) else ():
        if isinstance(value, str):
            yield f"offer, {name}", value


def _unhidden(text: str) -> str:
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", shown).split())


def _codes(document: Document) -> Iterator[str]:
    offer = document.metadata.get("offer")
    code = offer.get("code") if isinstance(offer, Mapping) else None
    if isinstance(code, str):
        yield code
