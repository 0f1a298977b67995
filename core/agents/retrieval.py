"""Finds what a message may say: passages that are valid, meant for the reader, and to the point."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.content.dates import dates
from core.content.language import COMMON_WORDS
from core.content.passages import passages_of
from core.content.standing import unusable
from core.models.campaign import Brief, Tone
from core.models.content import Document, Hit, Passage, Retrieved, Skipped
from core.models.customers import EVERYONE, Segment
from core.protocols.content_index import ContentIndex, Fusion
from core.rules.telling import Audience, for_everyone, why_not_told

FALLBACK = "Nothing answers the search; evergreen passages for everyone stand in."

# So many passages are looked at for each one wanted, so that the cap per document leaves enough.
_DEEPER = 6
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class RetrievalConfig:
    """How many passages a message gets, and what the tones look for.

    The two caps keep one document, and one category such as policy, from filling the list; the
    passages of the offer of a brief come before the `top` and are not counted among them. When
    nothing answers, the first passages of evergreen documents for everyone stand in, from these
    categories, the first first.
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
    fallback_categories: tuple[str, ...] = ("brand", "service", "policy")
    fusion: Fusion = Fusion()


def _no_time() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class RetrievalAgent:
    """Searches the index, after leaving out every document that may not be told.

    `clock` gives growing seconds, for the timing only.
    """

    index: ContentIndex
    config: RetrievalConfig = RetrievalConfig()
    clock: Callable[[], float] = _no_time

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
        always at hand; when the offer is not allowed it is among the skipped. When nothing else
        answers, the fallback set stands in, and says so.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        started = self.clock()
        allowed, skipped = _sorted_out(documents, audience, day)
        offer = [d for d in allowed if d.document_id == brief.offer_document_id]
        query = self._query(brief, tone, _words_of(segment, offer))
        first = tuple(self._offer(query, offer))
        others = [d for d in allowed if d.document_id != brief.offer_document_id]
        choice = _Choice(self.config, self.config.per_category_cap, first)
        found, left = self._find(query, others, self.config.top, choice)
        instead = () if found else tuple(self._fallback(others))
        return Retrieved(
            query,
            (*first, *found, *instead),
            (*skipped, *left),
            FALLBACK if instead else "",
            self.index.describe(),
            (self.clock() - started) * 1000,
        )

    def search(
        self,
        query: str,
        documents: Sequence[Document],
        audience: Audience,
        *,
        day: date,
        top: int | None = None,
    ) -> Retrieved:
        """The passages that answer somebody's own query, under the same rules; no fallback.

        Raises:
            ProviderUnavailable: the index cannot be read.
        """
        started = self.clock()
        allowed, skipped = _sorted_out(documents, audience, day)
        wanted = self.config.top if top is None else top
        # Somebody who asks about returns may well get five passages of policy.
        found, left = self._find(query, allowed, wanted, _Choice(self.config, wanted))
        taken = (self.clock() - started) * 1000
        return Retrieved(
            query, found, (*skipped, *left), engine=self.index.describe(), milliseconds=taken
        )

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
        self, query: str, allowed: Sequence[Document], top: int, choice: "_Choice"
    ) -> tuple[tuple[Hit, ...], tuple[Skipped, ...]]:
        versions = {d.document_id: d for d in allowed}
        hits = self.index.search(query, documents=list(versions), top=top * _DEEPER)
        known = {h.passage.document_id for h in hits}
        current = {p.passage_id: p.text for name in known for p in passages_of(versions[name])}
        fresh = [h for h in hits if current.get(h.passage.passage_id) == h.passage.text]
        stale = sorted(known - {h.passage.document_id for h in fresh})
        why = "the index holds another version; index the content again"
        kept = choice.among(fresh, top)
        return kept, (*choice.repeated, *(Skipped(name, why) for name in stale))

    def _fallback(self, allowed: Sequence[Document]) -> Iterator[Hit]:
        """The first passage of each evergreen document for everyone, none scored."""
        places = {name: place for place, name in enumerate(self.config.fallback_categories)}
        fitting = [
            d
            for d in allowed
            if d.category in places and d.valid_until is None and for_everyone(d.audience)
        ]
        fitting.sort(key=lambda d: (places[d.category], d.document_id))
        taken: Counter[str] = Counter()
        for document in fitting:
            taken[document.category] += 1
            if taken[document.category] <= self.config.per_category_cap:
                yield from (Hit(p, 0.0) for p in passages_of(document)[:1])


class _Choice:
    """Takes the best of a list without letting one document, category or text fill it."""

    def __init__(
        self, config: RetrievalConfig, per_category: int, before: Iterable[Hit] = ()
    ) -> None:
        self._config, self._per_category = config, per_category
        self._first = {hit.passage.fingerprint: hit.passage for hit in before}
        self.repeated: list[Skipped] = []

    def among(self, hits: Iterable[Hit], top: int) -> tuple[Hit, ...]:
        """At most `top` of the hits, in their order."""
        kept: list[Hit] = []
        taken: Counter[tuple[str, str]] = Counter()
        for hit in hits:
            passage = hit.passage
            document, category = ("document", passage.document_id), ("category", passage.category)
            full = (
                taken[document] >= self._config.per_document_cap
                or taken[category] >= self._per_category
            )
            if len(kept) < top and not full and self._is_new(passage):
                kept.append(hit)
                taken.update((document, category))
        return tuple(kept)

    def _is_new(self, passage: Passage) -> bool:
        same = self._first.setdefault(passage.fingerprint, passage)
        if same is passage:
            return True
        what = f"passage {passage.index + 1} says the same as {_place(same)}"
        self.repeated.append(Skipped(passage.document_id, what))
        return False


def _place(passage: Passage) -> str:
    return f"{passage.document_id}, passage {passage.index + 1}"


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


def _sorted_out(
    documents: Sequence[Document], audience: Audience, day: date
) -> tuple[list[Document], list[Skipped]]:
    allowed: list[Document] = []
    skipped: list[Skipped] = []
    why_not: dict[str, str] = {}
    for document in documents:
        rule = document.audience
        if rule not in why_not:
            why_not[rule] = why_not_told(rule, audience)
        reason = unusable(document, day) or why_not[rule]
        if reason:
            skipped.append(Skipped(document.document_id, reason))
        else:
            allowed.append(document)
    return allowed, skipped
