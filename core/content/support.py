"""Which claims of a text approved passages support, where they say so, and why the rest is not.

The word is "supported by", never "true": a claim is supported when a passage that the text may
rest on makes the same claim of the same thing, with the same bound ("up to") and its conditions.
A sentence that repeats an approved sentence, wholly or nearly, is held to that very sentence, so
that one figure changed in it is not excused by the same figure somewhere else.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.content.bindings import mentions
from core.content.claims import Claim, ClaimKind, claims
from core.content.facts import Approved, Fact, approved, plain_words
from core.content.matching import Refusal, Said, refusal, same_claim
from core.content.named_claims import Judged, misnamed, named, unknown
from core.content.near_copy import changes
from core.content.plain_reading import plain_reading
from core.content.sentences import Sentence, same_sentence, sentences
from core.models.content import Passage
from core.models.messages import Citation

# A sentence is held to an approved one when they share this part of their words, claims apart.
_NEARLY = 0.75
_FEWEST_WORDS = 3
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A claim without support; `instead` is what the approved sentence it comes from says."""

    claim: Claim
    instead: str = ""
    why: str = ""


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
    known = approved(tuple(passages))
    return tuple(
        Unsupported(j.claim, j.instead, j.why)
        for j in judged(text, known, citations, message=text, deadline=deadline_of(text, known))
        if j.fact is None and not (deadline and _is_pressure(j.claim))
    )


def states_deadline(text: str, passages: Sequence[Passage]) -> bool:
    """Whether a text names a last day or hour that a passage names too."""
    return deadline_of(text, approved(tuple(passages))) is not None


def deadline_of(text: str, known: Approved) -> tuple[Fact, Claim] | None:
    """The approved last day or hour that a text names, where it stands; None without one."""
    for claim in claims(text):
        if claim.kind is ClaimKind.DATE and claim.bound == "until":
            for fact in known.making(claim):
                for has in fact.claims:
                    if same_claim(has, claim):
                        return fact, has
    return None


def codes_of(passages: Sequence[Passage]) -> frozenset[str]:
    """The offer codes the passages name."""
    return frozenset(approved(tuple(passages)).codes)


def judged(
    text: str,
    known: Approved,
    citations: Sequence[Citation] = (),
    *,
    message: str,
    deadline: tuple[Fact, Claim] | None,
) -> tuple[Judged, ...]:
    """Every claim of one part of a message, in order of place, with its support.

    `message` is everything the message says: which offers it speaks of, and their conditions.
    `deadline` is the approved last day it states in any of its parts: urgency rests on it.
    """
    reading = plain_reading(text)
    plain = plain_reading(message).text
    carried: frozenset[str] = frozenset()
    found: list[Judged] = []
    for sentence in sentences(reading.text):
        said = _said(sentence, reading.text, plain, known, carried)
        found += [_moved(j, sentence.start) for j in _sentence(said, sentence, known, citations)]
        carried = said.mentions[-1].documents if said.mentions else carried
    placed = []
    for one in sorted(
        (_pressed(j, deadline) for j in found), key=lambda j: (j.claim.start, j.claim.end)
    ):
        start, end = reading.place(one.claim.start, one.claim.end)
        claim = replace(one.claim, start=start, end=end, text=text[start:end])
        placed.append(replace(one, claim=claim))
    return tuple(placed)


def _moved(one: Judged, offset: int) -> Judged:
    claim = one.claim
    return replace(one, claim=replace(claim, start=claim.start + offset, end=claim.end + offset))


def _said(
    sentence: Sentence, text: str, message: str, known: Approved, carried: frozenset[str]
) -> Said:
    breaks = [m.end() for m in _PARAGRAPH.finditer(text)]
    begin = max((b for b in breaks if b <= sentence.start), default=0)
    finish = min((b for b in breaks if b >= sentence.end), default=len(text))
    made = claims(sentence.text)
    return Said(
        text=sentence.text,
        claims=made,
        mentions=mentions(sentence.text, known.names),
        carried=carried,
        anchors=_anchors(made, message, known),
        around=text[begin:finish],
        message=message,
        names=known.names,
    )


def _anchors(made: Iterable[Claim], message: str, known: Approved) -> frozenset[str]:
    """The documents of the offer a sentence speaks of: by its code, or the message's only one."""
    codes = {c.value for c in made if c.kind is ClaimKind.CODE}
    if not codes:
        codes = {
            code
            for code in known.codes
            if re.search(rf"(?<!\w){re.escape(code)}(?!\w)", message, re.IGNORECASE)
        }
    return frozenset(d for code in codes for d in known.codes.get(code, ()))


def _sentence(
    said: Said, sentence: Sentence, known: Approved, citations: Sequence[Citation]
) -> list[Judged]:
    products = [*named(said, known), *unknown(said, known)]
    made = [c for c in said.claims if not _inside_any(c, products)]
    cited = {
        (c.document_id, c.version, c.passage_index)
        for c in citations
        if same_sentence(plain_reading(c.quote).text, sentence.text)
    }
    homes = _homes(said, known, cited)
    if homes:
        best = min((_against(home, made, said) for home in homes), key=_missing)
        return [*best, *products]
    found = [j for c in made for j in _anywhere(c, said, known, cited)]
    return [*_with_doubtful_code(found), *products]


def _inside_any(claim: Claim, products: Sequence[Judged]) -> bool:
    return any(p.claim.start <= claim.start and claim.end <= p.claim.end for p in products)


def _missing(found: Sequence[Judged]) -> int:
    return sum(j.fact is None for j in found)


def _homes(said: Said, known: Approved, cited: set[tuple[str, int, int]]) -> list[Fact]:
    near = known.like(plain_words(said.text, said.claims), _NEARLY)
    allowed = [f for f in near if not cited or _place(f) in cited]
    exact = [f for f in allowed if same_sentence(f.text, said.text)]
    if exact:
        return exact
    plain = plain_words(said.text, said.claims)
    return [f for f in allowed if not f.in_title and len(plain & f.words) >= _FEWEST_WORDS]


def _place(fact: Fact) -> tuple[str, int, int]:
    return fact.passage.document_id, fact.passage.version, fact.passage.index


def _against(home: Fact, made: Sequence[Claim], said: Said) -> list[Judged]:
    """The claims held to one approved sentence, each of its own claims used once."""
    if same_sentence(home.text, said.text):
        return _exact(home, made)
    left = list(home.claims)
    # A figure that stands where the approved one stands goes first: of "from 6 to 6" for
    # "from 9 to 6" the first figure is the wrong one.
    aligned = len(made) == len(home.claims)
    in_place = [
        c for c, has in zip(made, home.claims, strict=False) if aligned and same_claim(has, c)
    ]
    found: list[Judged] = []
    for claim in sorted(made, key=lambda c: c not in in_place):
        support = next((has for has in left if same_claim(has, claim)), None)
        if support is None:
            found.append(Judged(claim))
        else:
            left.remove(support)
            found.append(Judged(claim, home, support))
    told = [j if j.fact else replace(j, instead=_instead(j.claim, left)) for j in found]
    return [*told, *_changed(home, said)]


def _exact(home: Fact, made: Sequence[Claim]) -> list[Judged]:
    return [Judged(c, home, next((h for h in home.claims if h.value == c.value), c)) for c in made]


def _changed(home: Fact, said: Said) -> list[Judged]:
    found = []
    for change in changes(said.text, said.claims, home.text, home.claims, said.names):
        kind = ClaimKind.PRODUCT if change.names else ClaimKind.CONDITION
        shown = said.text[change.start : change.end]
        claim = Claim(kind, shown.lower(), change.start, change.end, shown)
        found.append(Judged(claim, why=change.why))
    return found


def _instead(claim: Claim, left: Sequence[Claim]) -> str:
    same = [has for has in left if has.kind is claim.kind]
    if not same:
        return ""
    bound = f"{same[0].bound.replace('_', ' ')} " if same[0].bound not in {"", "until"} else ""
    return bound + same[0].text


def _anywhere(
    claim: Claim, said: Said, known: Approved, cited: set[tuple[str, int, int]]
) -> list[Judged]:
    """A claim with its best support; without one, also the thing it is wrongly said of."""
    words = plain_words(said.text, said.claims)
    reasons: list[Refusal] = []
    makers = [f for f in known.making(claim) if not cited or _place(f) in cited]
    for fact in sorted(makers, key=lambda f: _rank(f, words, said)):
        for has in fact.claims:
            if same_claim(has, claim):
                reason = refusal(fact, has, claim, said)
                if reason is None:
                    return [Judged(claim, fact, has)]
                reasons.append(reason)
    if not reasons:
        return [Judged(claim)]
    first = reasons[0]
    return [Judged(claim, why=first.why), *misnamed(first, claim, said)]


def _rank(fact: Fact, words: frozenset[str], said: Said) -> tuple[bool, bool, float]:
    """The order to ask facts in: sentences before titles, the offer spoken of, the most alike."""
    promotion = fact.passage.category == "promotion"
    wanted = fact.passage.document_id in said.anchors if promotion else True
    shared = len(words & fact.words) / (len(words | fact.words) or 1)
    return fact.in_title, not wanted, -shared


def _with_doubtful_code(found: list[Judged]) -> list[Judged]:
    """With a discount that its code's own offer does not give, the code is in doubt as well."""
    wrong = any(j.fact is None and j.claim.about in {"off", "prior"} for j in found)
    why = "its offer does not say the rest of this sentence"
    return [
        Judged(j.claim, why=why) if wrong and j.claim.kind is ClaimKind.CODE and j.fact else j
        for j in found
    ]


def _is_pressure(claim: Claim) -> bool:
    # Nothing but an approved sentence supports a shortage, and a date says nothing of hours left.
    return claim.kind is ClaimKind.URGENCY and claim.value not in {"scarcity", "imminent"}


def _pressed(one: Judged, deadline: tuple[Fact, Claim] | None) -> Judged:
    """Urgency rests on the deadline of its message, where that is an approved one."""
    if one.fact is not None or deadline is None or not _is_pressure(one.claim):
        return one
    return replace(one, fact=deadline[0], has=deadline[1])
