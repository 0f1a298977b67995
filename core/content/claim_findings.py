"""What the claim ledger finds wrong with a message, as findings: an unsupported claim blocks."""

from collections.abc import Mapping, Sequence

from core.content.ledger import missing_condition, read_claims, reason
from core.content.puffery import puffs
from core.models.content import Passage
from core.models.messages import Citation, Finding, Level, TextField
from core.models.offer import Offer


def claim_findings(
    parts: Mapping[TextField, str],
    passages: Sequence[Passage],
    citations: Sequence[Citation] = (),
    offers: Sequence[Offer] = (),
) -> tuple[Finding, ...]:
    """The unsupported claims, the conditions left out, and praise as a note, by part and place."""
    reading = read_claims(parts, passages, citations, offers)
    found = [
        Finding(
            f"unsupported_{one.claim.kind.value}", Level.BLOCK, part,
            one.claim.start, one.claim.end, one.claim.text, reason(one),
        )
        for part, judged in reading.claims.items()
        for one in judged
        if one.fact is None
    ]  # fmt: skip
    found += [
        Finding("missing_condition", Level.BLOCK, m.field, m.start, m.end, m.text, m.reason)
        for m in map(missing_condition, reading.untold)
    ]
    for part, text in parts.items():
        found += [
            Finding("puffery", Level.NOTE, part, a, b, text[a:b], "Praise without a claim.")
            for a, b in puffs(text)
        ]
    return tuple(found)
