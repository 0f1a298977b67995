"""The nouns of the local writer: facts it may quote, topics, an offer, and the story they make."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.content.dates import dates
from core.models.content import Passage

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODE = re.compile(r"\bcode (?P<code>[A-Z][A-Z0-9]{3,})\b")
DEPARTMENTS = frozenset({"menswear", "womenswear"})
# A title that names what one gets, not what the offer is called.
_AMOUNT_FIRST = re.compile(r"[$£€]?\d|No\b")
_ARTICLES = frozenset({"The", "A", "An", "Our", "Your"})


class Role(StrEnum):
    """What a sentence about a product speaks of."""

    PRICE = "price"
    CARE = "care"
    MAKE = "make"
    BENEFIT = "benefit"


_MAKING = (
    r"\b(?:percent|ounce|we (?:knit|make|cut|sew)|made (?:of|from)|woven|sewn|lined|linings?"
    r"|stitched|sizes|shell|zippers?|uppers)\b"
)
_ROLES = (
    (Role.PRICE, r"[$£€]\s?\d"),
    (Role.CARE, r"\b(?:wash(?:es)?|dry it|dry flat|iron|wipe|brush(?:es)? clean|rewax|dryer)\b"),
    (Role.MAKE, _MAKING),
)
_ROLE_PATTERNS = tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in _ROLES)


@dataclass(frozen=True, slots=True)
class Fact:
    """Words of one passage, unchanged: a sentence, with those after it that lean on it."""

    text: str
    passage: Passage

    @property
    def day(self) -> str | None:
        """The last day of the calendar it names, as written, or None."""
        found = [d for d in dates(self.text) if _DAY.fullmatch(d.value)]
        last = max(found, key=lambda d: d.start, default=None)
        return self.text[last.start : last.end] if last else None

    @property
    def role(self) -> Role:
        """What it speaks of, if it is about a product."""
        return next((role for role, p in _ROLE_PATTERNS if p.search(self.text)), Role.BENEFIT)


@dataclass(frozen=True, slots=True)
class Topic:
    """One document as far as its passages were given."""

    document_id: str
    title: str
    category: str
    keywords: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def tags(self) -> frozenset[str]:
        """Its keywords, as a set."""
        return frozenset(self.keywords)

    @property
    def named(self) -> str:
        """The title as it stands inside a sentence; a name at its beginning keeps its capital."""
        first, _, rest = self.title.partition(" ")
        plain = self.category != "product" and first[1:].islower() and not rest[:1].isupper()
        if first in _ARTICLES or plain:
            return self.title[0].lower() + self.title[1:]
        return self.title

    def is_named_in(self, text: str) -> bool:
        """Whether a text speaks of it by a proper name of its title."""
        names = re.findall(r"\b[A-Z][a-z]{2,}\b", self.title)
        return any(re.search(rf"\b{n}\b", text) for n in names if n not in _ARTICLES)


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion with the terms that must be said with it.

    It is `limited` where the sentence that makes the offer names a condition itself.
    """

    topic: Topic
    lead: Fact
    terms: tuple[Fact, ...]
    rest: tuple[Fact, ...]
    limited: bool = False

    @property
    def deadline(self) -> Fact | None:
        """A sentence apart from the offer itself that says when it ends."""
        return next((f for f in self.rest if f.day and re.search(r"\bends on\b", f.text)), None)

    @property
    def day(self) -> str | None:
        """Its last day, as written."""
        return self.lead.day or (self.deadline.day if self.deadline else None)

    @property
    def code(self) -> str | None:
        """The code it asks for."""
        found = _CODE.search(self.lead.text)
        return found["code"] if found else None

    @property
    def in_short(self) -> bool:
        """Whether its title, code and last day say as much as the sentence that makes it."""
        plain = _AMOUNT_FIRST.match(self.topic.title) is not None
        return plain and not self.limited and bool(self.code and self.lead.day)

    @property
    def more(self) -> Fact | None:
        """A sentence that says more about the offer itself, without a day or an example."""
        return next((f for f in self.rest if not f.day and self._is_about_itself(f)), None)

    def _is_about_itself(self, fact: Fact) -> bool:
        return bool(re.search(r"\b(?:offer|code)\b", fact.text)) and "$" not in fact.text[:40]

    @property
    def words(self) -> str:
        """Everything it says."""
        return " ".join(f.text for f in self.topic.facts)


@dataclass(frozen=True, slots=True)
class Story:
    """What one message is about; `warm` is a sentence that greets the reader, if there is one.

    `also` are products to show besides the lead; `signed` is a passage that names the shop.
    """

    offer: Offer | None
    lead: Topic | None
    also: tuple[Topic, ...]
    help: tuple[Topic, ...]
    warm: Fact | None
    signed: Passage | None

    @property
    def paired(self) -> bool:
        """Whether the lead is one of two products, each for another department."""
        if self.lead is None or not self.also:
            return False
        own = [DEPARTMENTS & topic.tags for topic in (self.lead, self.also[0])]
        return own[0] != own[1] and len(own[0]) == len(own[1]) == 1

    @property
    def examples(self) -> tuple[Fact, ...]:
        """Sentences that say what the offer means for everything that is shown, or none."""
        if self.offer is None or self.lead is None or self.lead.category != "product":
            return ()
        shown = (self.lead, *self.also) if self.paired else (self.lead,)
        rest = self.offer.rest
        naming = [next((f for f in rest if t.is_named_in(f.text)), None) for t in shown]
        found = tuple(dict.fromkeys(f for f in naming if f))
        return found if all(naming) else ()
