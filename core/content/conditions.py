"""What a message must tell when it uses an offer: code, last day, minimum, and required terms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.content.claims import Claim, ClaimKind, claims
from core.content.dates import agrees
from core.content.named_claims import Judged
from core.content.plain_reading import plain_reading
from core.content.sentences import sentences
from core.content.things import kinds_of, named_things, rivals
from core.models.messages import TextField
from core.models.offer import Offer

# A kind of limit, by the words it is told with; a term that has one is told by a sentence with it.
_LIMITS = {
    "once": (
        r"\bonce\b|\bone\s+(?:use|time)\b|\bsingle[\s-]use\b|\bone[\s-]time\b|\bonly\s+one\b|\b(?:one|1)\s+per\b"
    ),
    "not combined": (
        r"\b(?:cannot|can\s+not|can['\u2019]t|not|no|never|nor)\b[^.!?]*\b(?:combin\w+|stack\w*|"
        r"(?:other|another|an)\s+(?:offer|code|discount|promotion)s?)\b"
        r"|\b(?:only\s+one|one)\s+(?:offer\s+)?code\b"
    ),
    "excluded": (
        r"\b(?:not|no|never|cannot|can['\u2019]t|don['\u2019]t|doesn['\u2019]t|without|except\w*|exclud\w+|apart\s+from|other\s+than|still)\b"
        r"|\b(?:usual|normal|own)\s+price"
    ),
    "full price": (
        r"\bfull[\s-]price[d]?\b|\b(?:at|regular)\s+(?:full\s+)?price[d]?\b"
        r"|\bnot\s+(?:already\s+)?reduced\b"
    ),
    "only on the website": r"\bwebsite\b|\bonline\b",
    "only by phone": r"\bphone\b|\bcall\b",
    "only in stores": r"\bstores?\b|\bshops?\b",
}
_TOLD = {name: re.compile(p, re.IGNORECASE) for name, p in _LIMITS.items()}
_ASKED = {
    "once": re.compile(r"\bonce\b|\bone\s+per\b", re.IGNORECASE),
    "not combined": re.compile(
        r"\bnot\b.*\bcode|\bcannot\s+be\s+(?:combined|used\s+with)|\bcombin", re.IGNORECASE
    ),
    "excluded": re.compile(
        r"\bexclud|\b(?:do|does)\s+not\b|\busual\s+price|\bexcept", re.IGNORECASE
    ),
    "full price": re.compile(r"\bfull[\s-]price", re.IGNORECASE),
    "only on the website": re.compile(r"\bonly\s+on\s+the\s+website", re.IGNORECASE),
    "only by phone": re.compile(r"\bonly\s+by\s+phone", re.IGNORECASE),
    "only in stores": re.compile(r"\bonly\s+in\s+stores", re.IGNORECASE),
}
_WORD = re.compile(r"[a-z]{4,}")
_SAME_WORDS = 0.6
_CENT = 0.01


@dataclass(frozen=True, slots=True)
class Untold:
    """A condition of an offer that a message uses and does not tell, at the place of its use."""

    offer: Offer
    condition: str
    field: TextField
    claim: Claim


def untold(
    parts: Mapping[TextField, str],
    found: Mapping[TextField, Sequence[Judged]],
    offers: Sequence[Offer],
) -> tuple[Untold, ...]:
    """The conditions a message leaves out of each offer it uses."""
    text = plain_reading("\n\n".join(parts.values())).text
    missing = []
    for offer in offers:
        use = _use(offer, found)
        if use is not None:
            field, claim = use
            missing += [Untold(offer, c, field, claim) for c in _missing(offer, text)]
    return tuple(missing)


def _use(
    offer: Offer, found: Mapping[TextField, Sequence[Judged]]
) -> tuple[TextField, Claim] | None:
    """Where a message uses an offer: its discount first, else its code; the body goes first."""
    places = [
        (one.claim.kind is ClaimKind.CODE, field is not TextField.BODY, one.claim.start, field, one)
        for field, judged in found.items()
        for one in judged
        if one.fact is not None
        and one.fact.passage.document_id == offer.document_id
        and (
            one.claim.kind in {ClaimKind.CODE, ClaimKind.FREE}
            or one.claim.about in {"off", "prior"}
        )
    ]
    if not places:
        return None
    *_, field, one = min(places, key=lambda p: p[:3])
    return field, one.claim


def _missing(offer: Offer, text: str) -> Iterator[str]:
    made = claims(text)
    if offer.code and not any(c.kind is ClaimKind.CODE and c.value == offer.code for c in made):
        yield f"the code {offer.code}"
    last = offer.ends.isoformat()
    if not any(c.kind is ClaimKind.DATE and agrees(c.value, last) for c in made):
        yield f"the last day, {offer.ends:%B} {offer.ends.day}, {offer.ends.year}"
    least = offer.minimum_spend
    if least is not None and not any(
        c.kind is ClaimKind.MONEY and c.bound in {"at_least", "over"} and _is_worth(c, float(least))
        for c in made
    ):
        yield f"the minimum spend of ${least:.2f}".removesuffix(".00")
    spoken = [s.text for s in sentences(text)]
    for term in offer.required_terms:
        if not _is_told(term, spoken, made):
            yield f"'{term}'"


def _is_worth(claim: Claim, value: float) -> bool:
    digits = re.sub(r"[^\d.]", "", claim.value)
    return bool(digits) and abs(float(digits) - value) < _CENT / 2


def _is_told(term: str, spoken: Sequence[str], made: Sequence[Claim]) -> bool:
    """Whether some sentence says what a term says: its limits, its things, and its bounds."""
    asked = [name for name, pattern in _ASKED.items() if pattern.search(term)]
    bounded = [c for c in claims(term) if c.bound in {"up_to", "at_least"}]
    if any(not any(_same_bound(c, b) for c in made) for b in bounded):
        return False
    if asked:
        needed = named_things(term) | rivals(term) if "excluded" in asked else frozenset()
        return all(
            _all_told(needed if name == "excluded" else frozenset(), _TOLD[name], spoken)
            for name in asked
        )
    if bounded:
        return True
    words = set(_WORD.findall(term.lower()))
    return not words or any(
        len(words & set(_WORD.findall(s.lower()))) >= _SAME_WORDS * len(words) for s in spoken
    )


def _same_bound(claim: Claim, term: Claim) -> bool:
    number = term.value.split()[0]
    return claim.bound == term.bound and claim.value.split()[0] == number


def _all_told(needed: frozenset[str], limit: re.Pattern[str], spoken: Sequence[str]) -> bool:
    """Whether sentences with the limit name every thing that is needed."""
    with_limit = [s for s in spoken if limit.search(s)]
    named = {k for s in with_limit for t in named_things(s) for k in (t, *kinds_of(t))}
    named |= {r for s in with_limit for r in rivals(s)}
    return bool(with_limit) and needed <= named
