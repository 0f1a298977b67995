"""Finds what a message may say: passages that are valid, meant for the reader, and to the point."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.content.dates import dates
from core.content.language import COMMON_WORDS
from core.content.passages import passages_of
from core.errors import BadInput
from core.models.campaign import Brief, Tone
from core.models.content import Document, DocumentStatus, Hit, Passage, Retrieved, Skipped
from core.models.customers import EVERYONE, Segment, Truth
from core.protocols.content_index import ContentIndex
from core.rules import columns_of, parse

#: For how many customers of a segment a rule holds; None when no segment is meant.
Audience = Callable[[str], Truth] | None

# So many passages are looked at for each one wanted, so that the cap per document leaves enough.
_DEEPER = 6
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """How many passages a message gets, and what the tones look for.

    The two caps keep one document, and one category such as policy, from filling the list; the
    passages of the offer of a brief come before the `top` and are not counted among them.
    """

    top: int = 12
    per_document_cap: int = 2
    per_category_cap: int = 5
    offer_cap: int = 6
    tone_terms: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "urgent": ("ready", "express", "delivery", "order"),
            "informational": ("fabric", "size", "delivery", "return"),
            "friendly": ("soft", "warm", "gift", "help"),
        }
    )


@dataclass(frozen=True, slots=True)
class RetrievalAgent:
    """Searches the index, after leaving out every document that may not be told."""

    index: ContentIndex
    config: RetrievalConfig = RetrievalConfig()

    def run(
        self,
        brief: Brief,
        segment: Segment,
        tone: Tone,
        documents: Sequence[Document],
        audience: Audience,
        *,
        day: date,
    ) -> Retrieved:
        """The passages a message for this segment may rest on, and what was left out and why.

        The passages of the brief's offer come first, whatever their score, so that its terms are
        always at hand; when the offer is not allowed it is among the skipped.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        allowed, skipped = _sorted_out(documents, audience, day)
        offer = [d for d in allowed if d.document_id == brief.offer_document_id]
        query = self._query(brief, tone, _words_of(segment, offer))
        first = self._offer(query, offer)
        others = [d for d in allowed if d.document_id != brief.offer_document_id]
        found, stale = self._find(
            query, others, self.config.top, per_category=self.config.per_category_cap
        )
        return Retrieved(query, (*first, *found), (*skipped, *stale))

    def search(
        self,
        query: str,
        documents: Sequence[Document],
        audience: Audience,
        *,
        day: date,
        top: int | None = None,
    ) -> Retrieved:
        """The passages that answer somebody's own query, under the same rules.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        allowed, skipped = _sorted_out(documents, audience, day)
        wanted = self.config.top if top is None else top
        # Somebody who asks about returns may well get five passages of policy.
        found, stale = self._find(query, allowed, wanted, per_category=wanted)
        return Retrieved(query, found, (*skipped, *stale))

    def allowed(
        self, documents: Sequence[Document], audience: Audience, *, day: date
    ) -> tuple[Document, ...]:
        """The documents this audience may be told of on this day, in the order given."""
        return tuple(_sorted_out(documents, audience, day)[0])

    def _query(self, brief: Brief, tone: Tone, readers: Iterable[str]) -> str:
        terms = (
            *readers,
            brief.goal,
            *brief.must_say,
            *self.config.tone_terms.get(tone.value, ()),
        )
        words = (w.lower() for term in terms for w in _WORD.findall(term))
        common = COMMON_WORDS.get(brief.language, frozenset())
        return " ".join(dict.fromkeys(w for w in words if w not in common))

    def _offer(self, query: str, offer: Sequence[Document]) -> Iterator[Hit]:
        names = [d.document_id for d in offer]
        scores = {
            hit.passage.passage_id: hit.score
            for hit in self.index.search(query, documents=names, top=self.config.offer_cap)
        }
        passages = [p for d in offer for p in passages_of(d)]
        for passage in passages[: self.config.offer_cap]:
            yield Hit(passage, scores.get(passage.passage_id, 0.0))

    def _find(
        self, query: str, allowed: Sequence[Document], top: int, *, per_category: int
    ) -> tuple[tuple[Hit, ...], tuple[Skipped, ...]]:
        current = {p.passage_id: p for d in allowed for p in passages_of(d)}
        names = [d.document_id for d in allowed]
        hits = self.index.search(query, documents=names, top=top * _DEEPER)
        fresh = [hit for hit in hits if not _is_stale(hit.passage, current)]
        kept = self._varied(fresh, top, per_category)
        stale = sorted({h.passage.document_id for h in hits if _is_stale(h.passage, current)})
        why = "the index holds another version; index the content again"
        return kept, tuple(Skipped(name, why) for name in stale)

    def _varied(self, hits: Sequence[Hit], top: int, per_category: int) -> tuple[Hit, ...]:
        kept: list[Hit] = []
        taken: Counter[tuple[str, str]] = Counter()
        for hit in hits:
            passage = hit.passage
            document, category = ("document", passage.document_id), ("category", passage.category)
            text = ("text", " ".join(passage.text.lower().split()))
            full = (
                taken[document] >= self.config.per_document_cap
                or taken[category] >= per_category
                or taken[text] >= 1
            )
            if len(kept) < top and not full:
                kept.append(hit)
                taken.update((document, category, text))
        return tuple(kept)


def _words_of(segment: Segment, offer: Sequence[Document]) -> tuple[str, ...]:
    """What to look for because of the readers.

    Of everyone nothing is known, so there it is what the offer is about.
    """
    if segment.segment_id == EVERYONE:
        return tuple(word for document in offer for word in _subject(document))
    # The names of columns and values are poor search words; they serve when nobody gave better.
    traits = (f"{t.column} {t.category or ''}" for t in segment.traits)
    return segment.words or (segment.name, *traits)


def _subject(offer: Document) -> Iterator[str]:
    """The words of an offer without its dates, sums and codes, which other documents have too."""
    text = offer.content
    for found in reversed(tuple(dates(text))):
        text = f"{text[: found.start]} {text[found.end :]}"
    yield from (word for word in _WORD.findall(text) if word.isalpha())


def _is_stale(passage: Passage, current: Mapping[str, Passage]) -> bool:
    """Whether the index holds another text than the document has now."""
    now = current.get(passage.passage_id)
    return now is None or now.text != passage.text


def _sorted_out(
    documents: Sequence[Document], audience: Audience, day: date
) -> tuple[list[Document], list[Skipped]]:
    allowed: list[Document] = []
    skipped: list[Skipped] = []
    for document in documents:
        reason = _standing(document, day) or _readers(document.audience, audience)
        if reason:
            skipped.append(Skipped(document.document_id, reason))
        else:
            allowed.append(document)
    return allowed, skipped


def _standing(document: Document, day: date) -> str:
    if document.status is not DocumentStatus.APPROVED:
        return f"{document.status.value}: {document.status_reason}".removesuffix(": ")
    if day < document.approved_on:
        return f"not approved before {document.approved_on}"
    if document.valid_until is not None and day > document.valid_until:
        return f"expired on {document.valid_until}"
    return ""


def _readers(rule: str, audience: Audience) -> str:
    if rule.strip().lower() in {"", EVERYONE}:
        return ""
    if audience is None:
        return f"only for customers with {rule}; name a segment to search for it"
    try:
        columns = sorted(columns_of(parse(rule)))
    except BadInput as error:
        return f"audience cannot be checked: {error}"
    missing = [column for column in columns if _is_missing(column, audience)]
    return _counted(audience(rule), missing)


def _counted(truth: Truth, missing: Sequence[str]) -> str:
    if truth.always:
        return ""
    if missing:
        noun = "columns" if len(missing) > 1 else "column"
        return f"audience cannot be checked: this data has no {noun} {', '.join(missing)}"
    everybody = truth.true + truth.false + truth.unknown
    reason = f"audience: true for {truth.true:,} of {everybody:,} customers of the segment"
    return f"{reason}, unknown for {truth.unknown:,}" if truth.unknown else reason


def _is_missing(column: str, audience: Callable[[str], Truth]) -> bool:
    # Whether a value is missing is known for every customer unless there is no such column.
    truth = audience(f'"{column}" is missing')
    return truth.unknown > 0 and truth.true == truth.false == 0
