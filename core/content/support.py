"""Which claims of a text no approved passage supports.

The word is "supported by", never "true": a claim is supported when a passage that the text may
rest on makes the same claim, with the same bound ("up to"), the same discount and the same unit.
A sentence that repeats an approved sentence, wholly or nearly, is held to that very sentence, so
that one figure changed in it is not excused by the same figure somewhere else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.content import claim_words as words
from core.content.claims import Claim, ClaimKind, claims
from core.content.dates import agrees
from core.content.sentences import Sentence, same_sentence, sentences
from core.models.content import Passage
from core.models.messages import Citation, Finding, Level, TextField

# A sentence is held to an approved one when they share this part of their words, claims apart.
_NEARLY = 0.75
_FEWEST_WORDS = 3

_NOUNS = {
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
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of an approved passage (or its title) and the claims it makes."""

    passage: Passage
    text: str
    claims: tuple[Claim, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A claim without support; `instead` is what the approved sentence it comes from says."""

    claim: Claim
    instead: str = ""


def unsupported(
    text: str,
    passages: Sequence[Passage],
    citations: Sequence[Citation] = (),
    *,
    deadline: bool = False,
) -> tuple[Unsupported, ...]:
    """The claims of a text that no passage supports, in order of place.

    Args:
        text: one part of a message.
        passages: everything the message may rest on.
        citations: a sentence quoted here is checked against its passage only.
        deadline: whether the message states a supported deadline elsewhere, so that urgency is
            not invented; a supported deadline in this text counts by itself.
    """
    facts = tuple(fact for passage in passages for fact in _facts(passage))
    missing: list[Unsupported] = []
    urgent: list[Claim] = []
    for sentence in sentences(text):
        allowed = _cited(sentence, facts, citations)
        made = [c for c in claims(text) if sentence.start <= c.start < sentence.end]
        urgent += [c for c in made if _is_urgency(c) and not _anywhere(c, facts)]
        missing += _missing(sentence, [c for c in made if not _is_urgency(c)], allowed)
    if not deadline and not states_deadline(text, passages):
        missing += [Unsupported(c) for c in urgent]
    else:
        missing += [Unsupported(c) for c in urgent if c.value == "scarcity"]
    return tuple(sorted(missing, key=lambda u: u.claim.start))


def states_deadline(text: str, passages: Sequence[Passage]) -> bool:
    """Whether a text names a last day or hour that a passage names too."""
    facts = tuple(fact for passage in passages for fact in _facts(passage))
    return any(
        c.kind is ClaimKind.DATE and c.bound == "until" and _anywhere(c, facts)
        for c in claims(text)
    )


def support_findings(
    text: str,
    field: TextField,
    passages: Sequence[Passage],
    citations: Sequence[Citation] = (),
    *,
    deadline: bool = False,
) -> tuple[Finding, ...]:
    """The unsupported claims as findings: superlatives for review, everything else blocks."""
    return tuple(
        _finding(missing, field)
        for missing in unsupported(text, passages, citations, deadline=deadline)
    )


def codes_of(passages: Sequence[Passage]) -> frozenset[str]:
    """The offer codes the passages name."""
    return frozenset(
        c.value
        for passage in passages
        for fact in _facts(passage)
        for c in fact.claims
        if c.kind is ClaimKind.CODE
    )


@lru_cache(maxsize=8192)
def _facts(passage: Passage) -> tuple[Fact, ...]:
    title = Sentence(0, len(passage.title), passage.title)
    return tuple(
        Fact(passage, s.text, made, _plain_words(s.text, made))
        for s in (title, *sentences(passage.text))
        for made in (claims(s.text, generous=True),)
    )


def _plain_words(text: str, made: Sequence[Claim]) -> frozenset[str]:
    for claim in sorted(made, key=lambda c: c.start, reverse=True):
        text = f"{text[: claim.start]} {text[claim.end :]}"
    return frozenset(re.findall(r"\w+", text.lower()))


def _is_urgency(claim: Claim) -> bool:
    return claim.kind is ClaimKind.URGENCY


def _anywhere(claim: Claim, facts: Sequence[Fact]) -> bool:
    return any(_supports(fact, has, claim) for fact in facts for has in fact.claims)


def _cited(
    sentence: Sentence, facts: Sequence[Fact], citations: Sequence[Citation]
) -> tuple[Fact, ...]:
    cited = {
        (c.document_id, c.version, c.passage_index)
        for c in citations
        if same_sentence(c.quote, sentence.text)
    }
    if not cited:
        return tuple(facts)
    return tuple(
        f for f in facts if (f.passage.document_id, f.passage.version, f.passage.index) in cited
    )


def _missing(sentence: Sentence, made: Sequence[Claim], facts: Sequence[Fact]) -> list[Unsupported]:
    if not made:
        return []
    homes = _homes(sentence, made, facts)
    if not homes:
        return [Unsupported(c) for c in made if not _anywhere(c, facts)]
    return min((_against(home, made) for home in homes), key=len)


def _homes(sentence: Sentence, made: Sequence[Claim], facts: Sequence[Fact]) -> list[Fact]:
    exact = [f for f in facts if same_sentence(f.text, sentence.text)]
    if exact:
        return exact
    shifted = [
        Claim(c.kind, c.value, c.start - sentence.start, c.end - sentence.start, c.text)
        for c in made
    ]
    plain = _plain_words(sentence.text, shifted)
    return [
        f
        for f in facts
        if f.claims
        and len(plain & f.words) >= _FEWEST_WORDS
        and len(plain & f.words) / len(plain | f.words) >= _NEARLY
    ]


def _against(home: Fact, made: Sequence[Claim]) -> list[Unsupported]:
    """The claims an approved sentence does not make, each of its own claims used once."""
    left = list(home.claims)
    missing: list[Claim] = []
    # A figure that stands where the approved one stands goes first: of "from 6 to 6" for
    # "from 9 to 6" the first figure is the wrong one.
    in_place = (
        [c for c, has in zip(made, home.claims, strict=False) if _supports(home, has, c)]
        if len(made) == len(home.claims)
        else []
    )
    for claim in sorted(made, key=lambda c: c not in in_place):
        support = next((has for has in left if _supports(home, has, claim)), None)
        if support is None:
            missing.append(claim)
        else:
            left.remove(support)
    return [Unsupported(c, _instead(c, left)) for c in missing]


def _instead(claim: Claim, left: Sequence[Claim]) -> str:
    same = [has for has in left if has.kind is claim.kind]
    if not same:
        return ""
    bound = f"{same[0].bound.replace('_', ' ')} " if same[0].bound not in {"", "until"} else ""
    return bound + same[0].text


def _supports(fact: Fact, has: Claim, claim: Claim) -> bool:
    if has.kind is not claim.kind:
        return False
    if claim.kind is ClaimKind.DATE:
        return agrees(claim.value, has.value) and (
            not claim.bound or not has.bound or claim.bound == has.bound
        )
    if claim.kind is ClaimKind.FREE:
        return words.speaks_of(fact.text, claim.about)
    same_bound = has.bound == claim.bound
    return has.value == claim.value and same_bound and claim.about in {"", has.about}


def _finding(missing: Unsupported, field: TextField) -> Finding:
    claim = missing.claim
    if claim.kind is ClaimKind.URGENCY:
        why = "This presses the reader, and no approved passage gives the deadline or shortage."
    else:
        why = (
            f"No approved passage this message may use supports {_NOUNS[claim.kind]} "
            f"'{claim.text}'."
        )
    if missing.instead:
        why += f" The approved sentence says '{missing.instead}'."
    level = Level.REVIEW if claim.kind is ClaimKind.SUPERLATIVE else Level.BLOCK
    rule = f"unsupported_{claim.kind.value}"
    return Finding(rule, level, field, claim.start, claim.end, claim.text, why)
