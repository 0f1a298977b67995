"""Chooses what a message tells: one offer, one lead, and the help that goes with them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.content.instructions import instructions
from core.content.sentences import sentences
from core.integrations.chat_model.phrases import Phrases
from core.integrations.chat_model.story import DEPARTMENTS, Fact, Offer, Story, Topic
from core.models.content import Passage
from core.protocols.chat_model import Material

# A sentence that begins so cannot stand without the one before it.
_LEANS = re.compile(
    r"(?:It|Its|They|Their|This|These|That|Those|He|She|Both|But|And|So|Also|However)\b"
)
_TERMS = re.compile(
    r"\b(?:cannot|not|once|only|unless|except|excludes?|excluding|full-price|usual price"
    r"|still costs?|at least|(?<!no )minimum (?:spend|order|purchase)|later than"
    r"|up to \w+ (?:orders|pairs|items))\b",
    re.IGNORECASE,
)
# What leans on the greeting before it.
_LOOKS_BACK = re.compile(r"\b(?:then|again|as before)\b")
# So many sentences let every tone say something of its own about a product.
_RICH = 4
_UNFIT = re.compile(r"[\[\]{}<>*|]|https?://|www\.")
_THANKS = re.compile(r"^(?:Thank you|Welcome|We have missed you)\b|\bwe would be glad\b")


# What keeps people from ordering; help with it goes before advice for later, such as on washing.
_DOUBTS = frozenset({"size", "return", "returns", "delivery", "phone", "advice", "advisor"})


def stories(material: Material, phrases: Phrases) -> Iterator[Story]:
    """What a message could tell, the best first; the last ones have no offer.

    Passages count in their order, the best hits first. When the brief names an offer, there
    is only a story with that offer, and none when it was not given with its terms.
    """
    chooser = _Chooser(material, phrases, tuple(_topics(material)))
    yield from chooser.stories()


def _topics(material: Material) -> Iterator[Topic]:
    """The documents given, without sentences that may not or cannot be quoted."""
    forbidden = tuple(p.strip().casefold() for p in material.brief.must_not_say if p.strip())
    for document_id in dict.fromkeys(p.document_id for p in material.passages):
        passages = [p for p in material.passages if p.document_id == document_id]
        if not any(instructions(p.text) for p in passages):
            facts = tuple(
                Fact(text, p)
                for p in sorted(passages, key=lambda p: p.index)
                for text in quotable(p)
                if not any(phrase in text.casefold() for phrase in forbidden)
            )
            first = passages[0]
            keywords = tuple(dict.fromkeys(w.lower() for p in passages for w in p.keywords))
            yield Topic(document_id, first.title, first.category.lower(), keywords, facts)


def quotable(passage: Passage) -> Iterator[str]:
    """The parts of a passage that make sense on their own, word for word."""
    start, end = 0, 0
    for sentence in sentences(passage.text):
        if end and not _LEANS.match(sentence.text):
            yield from _whole(passage.text[start:end])
            start = sentence.start
        elif not end:
            start = sentence.start
        end = sentence.end
    yield from _whole(passage.text[start:end])


def _whole(text: str) -> Iterator[str]:
    """The text if it is a whole sentence in plain words; on one line, as paragraphs may wrap."""
    if text.endswith((".", "?", "!")) and not _UNFIT.search(text) and "\n" not in text:
        yield text


@dataclass(frozen=True, slots=True)
class _Chooser:
    material: Material
    phrases: Phrases
    topics: tuple[Topic, ...]

    def stories(self) -> Iterator[Story]:
        offers = sorted(self._offers(), key=self._offer_order)
        wanted = self.material.brief.offer_document_id
        named = [o for o in offers if o.topic.document_id == wanted]
        for offer in named if wanted else offers:
            yield self._story(offer)
        if wanted is None:
            yield self._story(None)

    def _of(self, *categories: str) -> list[Topic]:
        return [t for t in self.topics if t.category in categories and t.facts]

    def _offers(self) -> Iterator[Offer]:
        for topic in self._of("promotion"):
            lead = next((f for f in topic.facts if f.day), topic.facts[0])
            rest = [f for f in topic.facts if f is not lead]
            terms = tuple(f for f in rest if _TERMS.search(f.text))
            # Without terms, or with a gap, the offer was not given as a whole.
            given = sorted({f.passage.index for f in topic.facts})
            if terms and given == list(range(len(given))):
                others = tuple(f for f in rest if f not in terms)
                yield Offer(topic, lead, terms, others, bool(_TERMS.search(lead.text)))

    def _offer_order(self, offer: Offer) -> bool:
        """Offers for which there is a product to show come first, otherwise the order given."""
        return bool(self._kinds(offer.topic)) and not self._products(offer)

    def _story(self, offer: Offer | None) -> Story:
        products = self._products(offer)
        shown = self._shown(products)
        help_topics = self._help(offer, shown[0] if shown else None)
        brand = self._of("brand")
        # People open a message of a clothes shop to see clothes; help comes after them.
        lead = next(iter([*shown[:1], *products, *help_topics, *brand]), None)
        warm = self._warm(offer, [t for t in brand if t is not lead])
        return Story(
            offer=offer,
            lead=lead,
            also=self._also(shown, lead),
            help=tuple(t for t in self._order_of_help(help_topics, warm) if t is not lead),
            warm=warm,
            signed=self._signature(),
        )

    def _signature(self) -> Passage | None:
        """What the brand says of itself by name; no other document is to stand for a signature."""
        brand = (p for p in self.material.passages if p.category.lower() == "brand")
        return next((p for p in brand if self.phrases.shop in p.text), None)

    def _shown(self, products: list[Topic]) -> list[Topic]:
        """The products to show: to readers of no one department, for both or one of each."""
        if self._departments():
            return products[:2]
        both = [t for t in products if len(DEPARTMENTS & t.tags) != 1]
        each = [
            next((t for t in products if DEPARTMENTS & t.tags == {department}), None)
            for department in sorted(DEPARTMENTS)
        ]
        pair = [t for t in each if t]
        return both[:1] or (pair if len(pair) == len(each) else [])

    def _also(self, shown: list[Topic], lead: Topic | None) -> tuple[Topic, ...]:
        """The products besides the lead of which the passages say what they are."""
        others = [t for t in shown if t is not lead and t.facts[0].passage.index == 0]
        # Beside another lead there is room for one product, and one of a pair would be half.
        return tuple(others) if lead in shown or len(shown) == 1 or self._departments() else ()

    def _departments(self) -> frozenset[str]:
        """The departments that the segment's words name."""
        return DEPARTMENTS & set(self.material.segment.words)

    def _products(self, offer: Offer | None) -> list[Topic]:
        """Products that suit the segment and the offer, the best first."""
        fitting = [t for t in self._of("product") if not self._clashes(t)]
        scope = self._kinds(offer.topic) if offer else frozenset()
        if offer and scope:
            fitting = [t for t in fitting if t.is_named_in(offer.words) or scope & t.tags]
        goal = frozenset(re.findall(r"\w{4,}", self.material.brief.goal.lower()))

        def order(topic: Topic) -> tuple[bool, bool, int]:
            thin = len(topic.facts) < _RICH
            named = bool(offer and topic.is_named_in(offer.words))
            return thin, not named, -len(goal & topic.tags)

        return sorted(fitting, key=order)

    def _help(self, offer: Offer | None, product: Topic | None) -> list[Topic]:
        """Services and policies that have to do with the rest, the closest first."""
        about = product.tags if product else frozenset[str]()
        about |= offer.topic.tags if offer else frozenset[str]()
        kinds = self._kinds(product) if product else frozenset[str]()
        fitting = [
            t
            for t in self._of("service", "policy")
            if (offer or not t.tags & {"offer", "code"})
            and (not product or not self._kinds(t) or self._kinds(t) & kinds)
        ]

        def order(topic: Topic) -> tuple[bool, bool]:
            return not topic.tags & _DOUBTS, not topic.tags & about

        return sorted(fitting, key=order)

    def _order_of_help(self, topics: Sequence[Topic], warm: Fact | None) -> list[Topic]:
        """First what the segment's words ask for, then what its own greeting says besides."""
        words = frozenset(w for p in self.material.segment.words for w in p.lower().split())
        asked = [t for t in topics if t.tags & _DOUBTS and t.tags & words]
        asked.sort(key=lambda t: -len(t.tags & words))
        greeting = _greeting(warm, self._of("brand"))
        return [*asked, *greeting, *(t for t in topics if t not in asked)]

    def _kinds(self, topic: Topic) -> frozenset[str]:
        return topic.tags & set(self.phrases.kinds)

    def _clashes(self, topic: Topic) -> bool:
        """Whether it is clearly for the other department than the segment's words name."""
        wanted = self._departments()
        offered = DEPARTMENTS & topic.tags
        return bool(wanted and offered and not wanted & offered)

    def _warm(self, offer: Offer | None, brand: Sequence[Topic]) -> Fact | None:
        """A sentence that greets or thanks the reader, else one that introduces the shop."""
        facts = [*(offer.rest if offer else ()), *(f for t in brand for f in t.facts)]
        thanks = [f for f in facts if _THANKS.search(f.text)]
        about = [f for f in facts if f.text.startswith(self.phrases.shop)]
        return next(iter([*thanks, *about]), None)


def _greeting(warm: Fact | None, brand: Sequence[Topic]) -> Iterator[Topic]:
    """What else the document says that greets the reader: it is written for this very segment."""
    for topic in brand:
        if warm and warm in topic.facts and _THANKS.search(warm.text):
            facts = tuple(
                f for f in topic.facts if f is not warm and not _LOOKS_BACK.search(f.text)
            )
            if facts:
                yield replace(topic, facts=facts)
