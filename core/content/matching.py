"""Whether one approved claim supports one claim of a message: same value, thing and conditions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.content import claim_words as words
from core.content.bindings import (
    PRICED,
    Mention,
    bound_things,
    clause,
    mentions,
    noun_after,
    said_of,
)
from core.content.claims import Claim, ClaimKind
from core.content.dates import agrees
from core.content.facts import Fact
from core.content.language import COMMON_WORDS
from core.content.quantities import AMOUNT, worth, written
from core.content.things import kinds_of, named_things, ruled_out, things

_SERVICES = frozenset({
    "delivery", "return", "exchange", "hem", "sleeve", "zipper", "seam", "button", "rewax",
    "gift wrap", "gift card", "catalog", "swatch", "personal shopping", "advisor", "care kit",
})  # fmt: skip
# What an offer on an order does not reach: these have prices of their own.
_BESIDE_ORDERS = frozenset({
    "gift card", "gift wrap", "alteration", "hem", "sleeve", "delivery", "repair",
})  # fmt: skip
# A promise that something is free holds only where, or how, the approved sentence says.
_QUALIFIERS = {
    "in a store": r"stores?|shops?|counters?|branch(?:es)?|boutiques?",
    "by phone": r"phone|calls?|telephone",
    "on the website": r"websites?|online|web|app",
    "for a fault": r"fault\w*|defect\w*|guarantee\w*|warranty",
    "for members": r"members?(?:hip)?",
    "for a first order": r"first\s+orders?|new\s+customers?",
}
_QUALIFIER_PATTERNS = {
    name: re.compile(rf"(?<![\w-])(?:{p})(?![\w-])", re.IGNORECASE)
    for name, p in _QUALIFIERS.items()
}
_AND = re.compile(r"[,;]\s+(?:and|but|so)\s")
# "Two pairs of jeans come to $148": the price of so many.
_SEVERAL = re.compile(
    rf"(?P<count>{AMOUNT})\s+(?:pairs?|items?|in|of|together)\b[^,;]*\b(?:costs?|comes?\s+to|for)\s+$",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"\b(?:all|every|any)\s+(?:\w+\s+)?orders?\b|\bwhatever\s+you\s+\w+|\bno\s+matter\b|\balways\b|\beverything\b",
    re.IGNORECASE,
)
# Words after "off" that name no thing of their own.
_ANYTHING = frozenset({
    "today", "now", "again", "haul", "visit", "item", "items", "order", "orders", "purchase",
    "total", "basket", "price", "prices", "shop", "shopping", "cart", "next", "first", "each",
    "standard", "code",
})  # fmt: skip
_BARE = re.compile(r"[\d./]+(?: time)?")
_CONTENT = re.compile(r"[a-z][a-z'\u2019-]+")
_COMMON = COMMON_WORDS["en"]
_PART = re.compile(r"[,;:]\s")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a message with what is needed to know what its claims are about.

    Places of claims and mentions count in `text`. `carried` are the documents of the product
    named last before it, `anchors` those of the offer it speaks of; `around` is its paragraph and
    `message` everything the message says.
    """

    text: str
    claims: tuple[Claim, ...]
    mentions: tuple[Mention, ...]
    carried: frozenset[str]
    anchors: frozenset[str]
    around: str
    message: str
    names: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an approved sentence with the same value does not support a claim.

    `thing` is the word of the message it is not about, where there is one.
    """

    why: str
    thing: str = ""


def same_claim(has: Claim, claim: Claim) -> bool:
    """Whether two claims have the same kind, value and bound, whatever they are about."""
    if has.kind is not claim.kind:
        return False
    if claim.kind is ClaimKind.DATE:
        # "On Sundays" is no "until Sunday"; a day of the calendar ends an offer however it is put.
        loose = claim.value[:1].isdigit() or claim.value.startswith(("-", "time:", "zone:"))
        same_end = claim.bound == has.bound or (loose and "" in {claim.bound, has.bound})
        return agrees(claim.value, has.value) and (same_end or not claim.bound)
    if claim.kind is ClaimKind.FREE:
        return has.value == claim.value
    # A sum that is taken off is no price.
    taken = claim.kind is ClaimKind.MONEY and has.about == "off" and not claim.about
    same = has.value == claim.value and claim.about in {"", has.about} and not taken
    # "Over $100" asks for more than "$100 or more" does; "about 240" claims less than "240".
    narrower = (claim.bound, has.bound) in {("over", "at_least"), ("about", ""), ("between", "")}
    within = claim.kind is ClaimKind.NUMBER and claim.value.endswith(("day", "hour", "minute"))
    narrower = narrower or (within and (claim.bound, has.bound) == ("up_to", ""))
    return same and (has.bound == claim.bound or narrower)


def refusal(fact: Fact, has: Claim, claim: Claim, said: Said) -> Refusal | None:
    """Why a fact that makes the same claim does not support it, or None when it does."""
    if claim.kind is ClaimKind.FREE and not words.speaks_of(fact.text, claim.about):
        return Refusal(f"it says so of something else than {claim.about}", claim.about)
    for reason in (
        _other_offer(fact, claim, said),
        _other_product(fact, claim, said),
        _other_thing(fact, has, claim, said),
        _other_kind(fact, claim, said),
        _condition_left_out(fact, has, claim, said),
        _other_count(fact, claim, said),
    ):
        if reason is not None:
            return reason
    return None


def is_of_offer(claim: Claim) -> bool:
    """Whether a claim is part of an offer: its code, its discount, its minimum, its days."""
    day = claim.kind is ClaimKind.DATE and not claim.value.startswith(("time:", "zone:"))
    threshold = claim.kind is ClaimKind.MONEY and claim.bound in {"at_least", "over"}
    by_kind = claim.kind in {ClaimKind.CODE, ClaimKind.CONDITION}
    return by_kind or claim.about in {"off", "prior"} or day or threshold


def _other_offer(fact: Fact, claim: Claim, said: Said) -> Refusal | None:
    rule = claim.kind is ClaimKind.CONDITION and fact.passage.category != "promotion"
    other = said.anchors and fact.passage.document_id not in said.anchors
    if other and is_of_offer(claim) and not rule:
        return Refusal(f"'{fact.passage.title}' says it, and this speaks of another offer")
    return None


def _other_product(fact: Fact, claim: Claim, said: Said) -> Refusal | None:
    if claim.kind not in PRICED:
        return None
    documents = said_of(claim, said.mentions, said.carried)
    title = fact.passage.title
    if fact.passage.category == "product":
        other = documents and fact.passage.document_id not in documents
        return Refusal(f"it says so of '{title}'") if other else None
    if not said.mentions or not documents:
        return None
    named = {d for m in mentions(fact.text, said.names) for d in m.documents}
    price = claim.kind is ClaimKind.MONEY and not claim.bound and claim.about != "off"
    shared = named & documents if named else _beside(claim, said.text) & named_things(fact.text)
    if shared or not (named or price):
        return None
    return Refusal(f"it says so in '{title}', and not of this product")


def _other_thing(fact: Fact, has: Claim, claim: Claim, said: Said) -> Refusal | None:
    threshold = claim.bound in {"at_least", "over"} and claim.kind is ClaimKind.MONEY
    if claim.kind not in PRICED | {ClaimKind.FREE} or threshold:
        return None
    noun = noun_after(said.text, claim.end) if claim.about == "off" else ""
    known = any(said.text[:end].lower().endswith(noun) for _, _, end in things(said.text))
    if noun and not known and not _is_of(noun, fact):
        return Refusal(f"it does not say so of '{noun}'", noun)
    about = _things_of(fact, has)
    if not about:
        return None
    for thing in sorted(_beside(claim, said.text)):
        kinds = kinds_of(thing)
        whole = has.about == "off" and "order" in about and not kinds & _BESIDE_ORDERS
        if not kinds & about and not whole:
            return Refusal(f"it says so of {_listed(about)}, not of '{thing}'", thing)
    return _unnamed_thing(fact, has, claim, said)


def _is_of(noun: str, fact: Fact) -> bool:
    """Whether a discount on something without a row among the things may rest on a fact."""
    if noun in _ANYTHING or noun in _COMMON:
        return True
    beside = " ".join((fact.passage.title, *fact.passage.keywords)).lower()
    words = (*fact.words, *_CONTENT.findall(beside))
    return _stem(noun) in {_stem(w) for w in words}


def _unnamed_thing(fact: Fact, has: Claim, claim: Claim, said: Said) -> Refusal | None:
    """A price of a service, and what is free, have to be said of that service."""
    free = claim.kind is ClaimKind.FREE
    own = _clause_things(fact, has) if free else _clause_things(fact, has) & _SERVICES
    if has.value == "carried":
        own = named_things(fact.text) - {"delivery"}
    told = {k for t in named_things(said.around if free else said.text) for k in kinds_of(t)}
    price = claim.kind is ClaimKind.MONEY and not claim.about and (told or said.mentions)
    if (price or free) and own and not own & told:
        return Refusal(f"it says so of {_listed(own)}")
    several = _SEVERAL.search(fact.text[: has.start]) if price else None
    if several and f" {written(worth(several['count']))} " not in _counts(said):
        return Refusal(f"it is the price of '{several.group().strip()}'")
    return None


def _counts(said: Said) -> str:
    return f" {' '.join(c.value for c in said.claims if c.kind is ClaimKind.NUMBER)} "


def _beside(claim: Claim, text: str) -> frozenset[str]:
    price = claim.kind is ClaimKind.MONEY
    return bound_things(text, claim.start, claim.end, price=price)


def _things_of(fact: Fact, has: Claim) -> frozenset[str]:
    """What an approved claim is about; a discount is about what stands right beside it."""
    title = named_things(fact.passage.title)
    if has.about == "off":
        beside = _beside(has, fact.text)
        return (beside | title if fact.passage.category == "product" else beside) or title
    own = _clause_things(fact, has) or named_things(fact.text)
    if fact.passage.category == "product":
        return own | title
    return own or title or frozenset(t for k in fact.passage.keywords for t in named_things(k))


def _clause_things(fact: Fact, has: Claim) -> frozenset[str]:
    start, end = clause(fact.text, has.start)
    return named_things(fact.text[start:end])


def _other_kind(fact: Fact, claim: Claim, said: Said) -> Refusal | None:
    if claim.kind not in PRICED | {ClaimKind.FREE}:
        return None
    start = max((m.end() for m in _PART.finditer(said.text, 0, claim.start)), default=0)
    after = _PART.search(said.text, claim.end)
    beside = said.text[start : after.start() if after else len(said.text)]
    wrong = ruled_out(beside, f"{fact.text} {fact.passage.title}")
    return Refusal(f"it does not say so of '{wrong}'", wrong) if wrong else None


def _condition_left_out(fact: Fact, has: Claim, claim: Claim, said: Said) -> Refusal | None:
    if claim.kind is not ClaimKind.FREE:
        return None
    start = max((m.end() for m in _AND.finditer(fact.text, 0, has.start)), default=0)
    following = _AND.search(fact.text, has.end)
    approved = fact.text[start : following.start() if following else len(fact.text)]
    for name, pattern in _QUALIFIER_PATTERNS.items():
        if pattern.search(approved) and not pattern.search(said.text):
            return Refusal(f"it is free only {name}")
    told = {c.value for c in said.claims} | set(
        re.findall(r"[$£€]\d+(?:\.\d+)?|\b[A-Z0-9]{4,}\b", said.message)
    )
    for other in fact.claims:
        needed = other.kind is ClaimKind.CODE or (
            other.kind is ClaimKind.MONEY and other.bound in {"at_least", "over"}
        )
        if needed and (other.value not in told or _EVERY.search(said.text)):
            return Refusal(f"it is free only with '{other.text}'")
    return None


def _other_count(fact: Fact, claim: Claim, said: Said) -> Refusal | None:
    """A bare number counts what stands beside it: six pieces are not six wears."""
    if claim.kind is not ClaimKind.NUMBER or not _BARE.fullmatch(claim.value):
        return None
    before = _CONTENT.findall(said.text[: claim.start].lower())[-3:]
    after = _CONTENT.findall(said.text[claim.end :].lower())[:3]
    counted = {_stem(w) for w in (*before, *after)} - _COMMON
    known = {_stem(w) for w in (*fact.words, *_CONTENT.findall(fact.passage.title.lower()))}
    if not counted or counted & known:
        return None
    return Refusal("it counts something else")


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def _listed(found: frozenset[str]) -> str:
    return " and ".join(f"'{t}'" for t in sorted(found)[:3])
