"""What a claim is bound to: the things beside it, the product it is said of, and its clause."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.content.claims import Claim, ClaimKind
from core.content.things import MATERIALS, things

# A new clause begins here; "a seam for $15, and we replace a zipper for $28" has two.
_CLAUSE = re.compile(
    r"[,;]\s+(?:and|but|while|so)\s+(?=(?:we|you|our|your|the|it|they|each|any|an?|\w+ing|\w+ed)\b)"
    r"|;\s+|(?<=\w)\s+(?:and|but|or)\s+(?=(?:get|save|take|use|enjoy|pay|we|you|hemming)\b)",
    re.IGNORECASE,
)
# What stands directly after an amount: "off full-price dresses".
_AFTER = re.compile(
    r"\s*(?:-\s*)?(?:(?:off|on|for|of|discount|reduction|savings?)\s+)*", re.IGNORECASE
)
_STOP = re.compile(
    r"[.,;:!?()]|\b(?:with|until|till|when|if|by|in|from|to|at|using|through|before|as|because|plus|that|on|"
    r"is|are|was|costs?|comes?|and\s+(?:we|you|the|our|get|save|code)|on\s+orders?|for\s+orders?|of|after|over|than|at)\b",
    re.IGNORECASE,
)
# "over a sweater", "with jeans": what is worn beside a thing, not the thing.
_BESIDE = re.compile(
    r"\b(?:with|over|under|beside|like|than|above|into|and\s+your)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A product name in a text and the documents it belongs to."""

    name: str
    start: int
    end: int
    documents: frozenset[str]


@lru_cache(maxsize=8192)
def bound_things(text: str, start: int, end: int, *, price: bool) -> frozenset[str]:
    """The things that a claim at `text[start:end]` is about, by the words right beside it.

    A `price` is never of what a thing is made of.
    """
    left_out = MATERIALS if price else frozenset()
    opening = _AFTER.match(text, end)
    first = opening.end() if opening else end
    stop = _STOP.search(text, first)
    after = {name for name, _, _ in things(text[first : stop.start() if stop else len(text)])}
    after -= left_out
    clause_start, _ = clause(text, start)
    before = text[clause_start:start]
    found = [
        name
        for name, place, _ in things(before)
        if name not in MATERIALS and not _BESIDE.search(before[:place])
    ]
    return frozenset(after or found[-1:])


def noun_after(text: str, end: int) -> str:
    """The last word of what stands directly after an amount: "dresses" in "off summer dresses"."""
    opening = re.match(r"\s*off\s+", text[end:])
    if opening is None:
        return ""
    first = end + opening.end()
    stop = _STOP.search(text, first)
    words = re.findall(r"[A-Za-z][\w'\u2019-]*", text[first : stop.start() if stop else len(text)])
    return words[-1].lower() if words else ""


def clause(text: str, place: int) -> tuple[int, int]:
    """Where the clause around a place begins and ends."""
    start, end = 0, len(text)
    for boundary in _CLAUSE.finditer(text):
        if boundary.end() <= place:
            start = boundary.end()
        elif boundary.start() >= place:
            end = boundary.start()
            break
    return start, end


def mentions(text: str, names: Mapping[str, frozenset[str]]) -> tuple[Mention, ...]:
    """The product names in a text, in order of place."""
    found = [
        Mention(name, m.start(), m.end(), documents)
        for name, documents in names.items()
        if name in text or name.upper() in text
        for m in re.finditer(
            rf"(?<![\w-])(?:{re.escape(name)}|{re.escape(name.upper())})(?![\w])", text
        )
    ]
    return tuple(sorted(found, key=lambda m: m.start))


def said_of(claim: Claim, found: Sequence[Mention], carried: frozenset[str]) -> frozenset[str]:
    """The documents of the product a claim is said of: the name before it, after it, or earlier.

    `carried` are the documents of the last product named before this sentence; nothing means that
    no product is named.
    """
    before = [m for m in found if m.end <= claim.start]
    if before:
        return before[-1].documents
    return found[0].documents if found else carried


PRICED = frozenset({ClaimKind.MONEY, ClaimKind.PERCENTAGE, ClaimKind.NUMBER})
"""Kinds of claims that are about the product named beside them."""
