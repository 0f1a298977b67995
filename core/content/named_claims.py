"""Claims made by naming: a product, the thing it is called, a name nobody approved."""

import re
from dataclasses import dataclass

from core.content.bindings import Mention
from core.content.claims import Claim, ClaimKind
from core.content.facts import Approved, Fact
from core.content.matching import Refusal, Said
from core.content.product_names import unknown_names
from core.content.things import MATERIALS, kinds_of, named_things, rival_place, things

# The words a product may be called by, right after its name: "Tanner merino sweater".
_CALLED = re.compile(r"(?:[ -]+(?!(?:and|or|with|over|under|for|in|is|has|to)\b)[a-z][\w-]*){1,3}")


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with the fact and the claim of it that support it, or the reason why nothing does.

    `instead` is what the approved sentence says that this one nearly repeats.
    """

    claim: Claim
    fact: Fact | None = None
    has: Claim | None = None
    why: str = ""
    instead: str = ""


def named(said: Said, known: Approved) -> list[Judged]:
    """The product names of a sentence, each supported by its document."""
    found = []
    for mention in said.mentions:
        fact, has = _home_of(mention, known)
        found.append(Judged(_name_claim(mention, said.text), fact, has))
        found += _called(mention, fact, said)
    return found


def _called(mention: Mention, fact: Fact, said: Said) -> list[Judged]:
    """The thing a product is called, when it is not what the product is: "the Tanner dress"."""
    title = fact.passage.title
    own = named_things(title)
    beside = _CALLED.match(said.text, mention.end)
    if beside is None or not own:
        return []
    for name, a, b in things(said.text[mention.end : beside.end()]):
        wider = kinds_of(name) | {k for t in own for k in kinds_of(t)}
        if name in MATERIALS or kinds_of(name) & own or name in wider - kinds_of(name):
            continue
        start, end = mention.end + a, mention.end + b
        claim = Claim(ClaimKind.PRODUCT, name, start, end, said.text[start:end])
        return [Judged(claim, why=f"'{title}' is something else")]
    return []


def _name_claim(mention: Mention, text: str) -> Claim:
    shown = text[mention.start : mention.end]
    return Claim(ClaimKind.PRODUCT, mention.name.lower(), mention.start, mention.end, shown)


def _home_of(mention: Mention, known: Approved) -> tuple[Fact, Claim]:
    fact = next(
        f
        for f in known.facts
        if f.passage.document_id in mention.documents and mention.name in f.text
    )
    start = fact.text.index(mention.name)
    end = start + len(mention.name)
    return fact, Claim(ClaimKind.PRODUCT, mention.name.lower(), start, end, mention.name)


def unknown(said: Said, known: Approved) -> list[Judged]:
    """The names of a sentence that no approved passage knows."""
    why = "No approved passage names it"
    return [
        Judged(Claim(ClaimKind.PRODUCT, said.text[a:b].lower(), a, b, said.text[a:b]), why=why)
        for a, b in unknown_names(said.text, known)
    ]


def misnamed(reason: Refusal, claim: Claim, said: Said) -> list[Judged]:
    """The thing a claim is wrongly said of, where it stands."""
    places = [(a, b) for name, a, b in things(said.text) if name == reason.thing]
    if not places and reason.thing:
        word = re.search(rf"(?<!\w){re.escape(reason.thing)}(?!\w)", said.text, re.IGNORECASE)
        places = [word.span() if word else rival_place(said.text, reason.thing)]
    apart = [p for p in places if p[0] < p[1] and (p[1] <= claim.start or claim.end <= p[0])]
    if not apart:
        return []
    a, b = min(apart, key=lambda p: abs(p[0] - claim.start))
    named = Claim(ClaimKind.PRODUCT, reason.thing, a, b, said.text[a:b])
    return [Judged(named, why=f"'{claim.text}' is approved for something else")]
