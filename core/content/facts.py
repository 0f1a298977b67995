"""What approved passages say, sentence by sentence, and where to look for a claim among them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.content.claims import Claim, ClaimKind, claims
from core.content.plain_reading import plain_reading
from core.content.sentences import Sentence, sentences
from core.models.content import Passage

# Facts are kept for so many passages, and their index for so many sets of them.
_KEPT_PASSAGES = 1 << 16
_KEPT_SETS = 64

_WORD = re.compile(r"\w+")
_CAPITAL = re.compile(r"(?<![\w-])[A-Z][\w'\u2019-]*\w")
_ARTICLES = frozenset({"The", "A", "An", "Our", "Your"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of an approved passage (or its title) and the claims it makes.

    `text` is the plain reading of `passage.text[start:end]`, or of the title; the places of the
    claims count in it.
    """

    passage: Passage
    text: str
    start: int
    end: int
    in_title: bool
    claims: tuple[Claim, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Approved:
    """The facts of some passages with the ways to find one.

    `names` says which documents a product name belongs to; `words` is every word in small letters
    and `capitals` every other word that a passage uses, by which an unknown name is told.
    """

    facts: tuple[Fact, ...]
    by_claim: Mapping[tuple[ClaimKind, str], tuple[Fact, ...]]
    by_word: Mapping[str, tuple[int, ...]]
    names: Mapping[str, frozenset[str]]
    words: frozenset[str]
    capitals: frozenset[str]
    codes: Mapping[str, frozenset[str]]

    def making(self, claim: Claim) -> tuple[Fact, ...]:
        """The facts that make a claim of this kind and value, whatever it is about."""
        return self.by_claim.get(_key(claim), ())

    def like(self, words: frozenset[str], least: float) -> list[Fact]:
        """The facts that share at least this part of their words, claims apart, best first."""
        known = sorted((w for w in words if w in self.by_word), key=lambda w: len(self.by_word[w]))
        # A fact that is alike shares one of the rarest words, or it shares too few altogether.
        enough = known[: len(words) - int(least * len(words)) + 1]
        near = {i for word in enough for i in self.by_word[word]}
        scored = []
        for index in near:
            fact = self.facts[index]
            shared = len(words & fact.words) / len(words | fact.words)
            if shared >= least:
                scored.append((-shared, index))
        return [self.facts[index] for _, index in sorted(scored)]


def _key(claim: Claim) -> tuple[ClaimKind, str]:
    # A day may be written without its year, so days are looked up by month and day.
    value = claim.value
    dated = claim.kind is ClaimKind.DATE and re.fullmatch(r"(?:\d{4}|-)-\d\d-\d\d", value)
    return claim.kind, value[-5:] if dated else value


@lru_cache(maxsize=_KEPT_PASSAGES)
def facts_of(passage: Passage) -> tuple[Fact, ...]:
    """The sentences of a passage, and its title last, with the claims they make."""
    reading = plain_reading(passage.text)
    found = [
        _fact(passage, s.text, *reading.place(s.start, s.end)) for s in sentences(reading.text)
    ]
    title = plain_reading(passage.title).text
    return (*found, _fact(passage, title, 0, len(passage.title), in_title=True))


def _fact(passage: Passage, text: str, start: int, end: int, *, in_title: bool = False) -> Fact:
    made = claims(text, generous=True)
    return Fact(passage, text, start, end, in_title, made, plain_words(text, made))


def plain_words(text: str, made: Sequence[Claim]) -> frozenset[str]:
    """The words of a text without its claims, in small letters."""
    for claim in sorted(made, key=lambda c: c.start, reverse=True):
        text = f"{text[: claim.start]} {text[claim.end :]}"
    return frozenset(_WORD.findall(text.lower()))


@lru_cache(maxsize=_KEPT_SETS)
def approved(passages: tuple[Passage, ...]) -> Approved:
    """The facts of these passages, indexed."""
    facts = tuple(fact for passage in passages for fact in facts_of(passage))
    by_claim: defaultdict[tuple[ClaimKind, str], list[Fact]] = defaultdict(list)
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for index, fact in enumerate(facts):
        for key in dict.fromkeys(_key(c) for c in fact.claims):
            by_claim[key].append(fact)
        for word in fact.words:
            by_word[word].append(index)
        for claim in fact.claims:
            if claim.kind is ClaimKind.CODE:
                codes[claim.value].add(fact.passage.document_id)
    every = {w for p in passages for t in (p.title, p.text) for w in _WORD.findall(t)}
    words = {w for w in every if w.islower()}
    return Approved(
        facts,
        {key: tuple(found) for key, found in by_claim.items()},
        {word: tuple(places) for word, places in by_word.items()},
        _names(passages),
        frozenset(words),
        frozenset(every - words),
        {code: frozenset(found) for code, found in codes.items()},
    )


def _names(passages: Iterable[Passage]) -> dict[str, frozenset[str]]:
    """The names of products: words of a title written with a capital inside a sentence, too."""
    texts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for passage in passages:
        if passage.category == "product":
            texts[passage.document_id, passage.title].append(passage.text)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for (document_id, title), parts in texts.items():
        inside = {n for part in parts for s in sentences(part) for n in _inner_names(s)}
        named = {n for n in _CAPITAL.findall(title) if n not in _ARTICLES}
        for name in named & inside or named:
            found[name].add(document_id)
    return {name: frozenset(documents) for name, documents in found.items()}


def _inner_names(sentence: Sentence) -> set[str]:
    return {m.group() for m in _CAPITAL.finditer(sentence.text) if m.start() > 0}
