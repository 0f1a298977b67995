"""The claim ledger of a message: claim by claim, the approved place that supports it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.content.claims import ClaimKind
from core.content.conditions import Untold, untold
from core.content.facts import Approved, approved
from core.content.named_claims import Judged
from core.content.offers import offers_of
from core.content.passages import passages_of
from core.content.plain_reading import plain_reading
from core.content.puffery import puffs
from core.content.support import deadline_of, judged
from core.models.claims import ClaimStanding, Ledger, LedgerEntry, MissingCondition, Support
from core.models.content import Document, Passage
from core.models.messages import Citation, Message, TextField
from core.models.offer import Offer

NOUNS = {
    ClaimKind.NUMBER: "the number",
    ClaimKind.PERCENTAGE: "the percentage",
    ClaimKind.MONEY: "the amount",
    ClaimKind.DATE: "the date",
    ClaimKind.CODE: "the code",
    ClaimKind.URL: "the address",
    ClaimKind.EMAIL: "the address",
    ClaimKind.FREE: "the promise",
    ClaimKind.GUARANTEE: "the promise",
    ClaimKind.SUPERLATIVE: "the superlative",
    ClaimKind.CONDITION: "the condition",
    ClaimKind.TIER: "the membership",
    ClaimKind.PRODUCT: "the product or thing",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What a message may rest on, and what it may not but is told of when it tries.

    `until` holds the last day of each document version; `barred` are documents the message may
    not use today, named in the reason when only they make its claim.
    """

    passages: tuple[Passage, ...]
    offers: tuple[Offer, ...] = ()
    until: Mapping[tuple[str, int], date | None] = field(default_factory=dict)
    barred: tuple[Document, ...] = ()

    @classmethod
    def of(cls, documents: Sequence[Document], *, others: Sequence[Document] = ()) -> "Sources":
        """Everything these documents say; of `others`, only those are barred that are not here."""
        own = {d.document_id for d in documents}
        return cls(
            tuple(p for d in documents for p in passages_of(d)),
            offers_of(documents),
            {(d.document_id, d.version): d.valid_until for d in documents},
            tuple(d for d in others if d.document_id not in own),
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """Every claim of a message as it was judged, and the conditions it leaves out."""

    claims: Mapping[TextField, tuple[Judged, ...]]
    untold: tuple[Untold, ...]


def read_claims(
    parts: Mapping[TextField, str],
    passages: Sequence[Passage],
    citations: Sequence[Citation] = (),
    offers: Sequence[Offer] = (),
) -> Reading:
    """The claims of some parts of one message, judged together: a deadline in one holds for all."""
    known = approved(tuple(passages))
    message = "\n\n".join(parts.values())
    deadline = next((d for t in parts.values() if (d := deadline_of(t, known))), None)
    found = {
        part: judged(text, known, citations, message=message, deadline=deadline)
        for part, text in parts.items()
    }
    return Reading(found, untold(parts, found, offers))


def ledger_of(message: Message, sources: Sources, *, citations: Sequence[Citation] = ()) -> Ledger:
    """The ledger of a message over its sources, in order of part and place."""
    parts = {part: message.part(part) for part in TextField if message.part(part)}
    reading = read_claims(parts, sources.passages, citations, sources.offers)
    entries = [
        _entry(one, part, sources) for part, found in reading.claims.items() for one in found
    ]
    for part, text in parts.items():
        entries += _puffery(text, part)
    order = {part: place for place, part in enumerate(TextField)}
    ordered = sorted(entries, key=lambda e: (order[e.field], e.start, e.end))
    return Ledger(tuple(ordered), tuple(missing_condition(u) for u in reading.untold))


def reason(one: Judged) -> str:
    """Why nothing supports a claim, in one or two sentences."""
    claim = one.claim
    if claim.kind is ClaimKind.URGENCY:
        return "This presses the reader, and no approved passage gives the deadline or shortage."
    why = f"No approved passage this message may use supports {NOUNS[claim.kind]} '{claim.text}'"
    if one.why and one.why[0].isupper():
        return f"{why}. {one.why.rstrip('.')}."
    why += f": {one.why}." if one.why else "."
    return why + (f" The approved sentence says '{one.instead}'." if one.instead else "")


def missing_condition(one: Untold) -> MissingCondition:
    """A condition that is left out, in words."""
    offer = one.offer
    return MissingCondition(
        document_id=offer.document_id,
        offer=offer.name,
        condition=one.condition,
        field=one.field,
        start=one.claim.start,
        end=one.claim.end,
        text=one.claim.text,
        reason=f"'{offer.name}' is used here, and the message leaves out {one.condition}.",
    )


def _entry(one: Judged, part: TextField, sources: Sources) -> LedgerEntry:
    claim = one.claim
    supported = one.fact is not None
    return LedgerEntry(
        field=part,
        kind=claim.kind.value,
        value=claim.value,
        start=claim.start,
        end=claim.end,
        text=claim.text,
        standing=ClaimStanding.SUPPORTED if supported else ClaimStanding.UNSUPPORTED,
        support=_support(one, sources),
        reason="" if supported else reason(one) + _elsewhere(one, sources.barred),
    )


def _support(one: Judged, sources: Sources) -> Support | None:
    if one.fact is None or one.has is None:
        return None
    passage, fact = one.fact.passage, one.fact
    source = passage.title if fact.in_title else passage.text
    start, end = plain_reading(source[fact.start : fact.end]).place(one.has.start, one.has.end)
    start, end = start + fact.start, end + fact.start
    return Support(
        document_id=passage.document_id,
        version=passage.version,
        passage_index=passage.index,
        title=passage.title,
        start=start,
        end=end,
        text=source[start:end],
        sentence=source[fact.start : fact.end],
        in_title=fact.in_title,
        valid_until=sources.until.get((passage.document_id, passage.version)),
    )


def _elsewhere(one: Judged, barred: Sequence[Document]) -> str:
    """The document that does say it, where this message may not rest on that one."""
    if not barred or one.why or one.instead:
        return ""
    for document in barred:
        known: Approved = approved(passages_of(document))
        if known.making(one.claim):
            return f" {document.document_id} says it, and this message may not use that document."
    return ""


def _puffery(text: str, part: TextField) -> Iterator[LedgerEntry]:
    for start, end in puffs(text):
        shown = text[start:end]
        yield LedgerEntry(
            part, "puffery", re.sub(r"\s+", " ", shown.lower()), start, end, shown,
            ClaimStanding.PUFFERY, None, "Praise that promises nothing a customer could check.",
        )  # fmt: skip
