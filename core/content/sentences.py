"""Where the sentences of a text begin and end, and how its words are counted."""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: `text` is exactly `source[start:end]`."""

    start: int
    end: int
    text: str


# A sentence may end after these marks, with closing quotes or brackets, before white space.
_STOP = re.compile(
    r"[.!?…]+[\"'”\u2019)\]]*(?=\s)|\n[^\S\n]*\n|\n(?=\s*(?:[A-Z\"“\u2018*•·#-]|\d+[.)]\s))"
)
# Never the end of a sentence, whatever follows.
_TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "st", "prof", "vs", "e.g", "i.e", "cf", "approx", "incl", "excl",
    "resp", "fig", "ca", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct",
    "nov", "dec",
})  # fmt: skip
# The end of a sentence only when a capital letter follows.
_MAYBE = frozenset({
    "etc", "a.m", "p.m", "inc", "ltd", "co", "corp", "u.s", "u.k", "u.s.a", "ave", "dept", "max",
    "min",
})  # fmt: skip
_LAST_WORD = re.compile(r"(?:^|[\s(\"“\u2018])([^\s(\"“\u2018]*)$")
_WORD = re.compile(r"\S+")


@lru_cache(maxsize=4096)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text in order; between two of them there is only white space.

    A blank line always ends a sentence; prices ("$1.50"), times ("5 p.m.") and abbreviations
    ("e.g.") do not.

    Examples:
        >>> [s.text for s in sentences("Only $1.50, e.g. for socks. Until 5 p.m. today!")]
        ['Only $1.50, e.g. for socks.', 'Until 5 p.m. today!']
    """
    found: list[Sentence] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _ends(text, start, stop):
            found += _trimmed(text, start, stop.end())
            start = stop.end()
    found += _trimmed(text, start, len(text))
    return tuple(found)


def count_words(text: str) -> int:
    """How many words a text has, the one count everybody uses.

    A word is a run of characters without white space that holds at least one letter or digit:
    "well-made", "$1.50" and "tolmanrow.example/help" are one word each, a lone dash is none.

    Examples:
        >>> count_words("A well-made coat - for $148.")
        5
    """
    return sum(1 for run in _WORD.findall(text) if any(c.isalnum() for c in run))


def same_sentence(one: str, other: str) -> bool:
    """Whether two sentences are the same but for white space."""
    return one.split() == other.split()


def _trimmed(text: str, start: int, end: int) -> list[Sentence]:
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    finish = start + len(part.rstrip())
    return [Sentence(begin, finish, text[begin:finish])] if begin < finish else []


def _ends(text: str, start: int, stop: re.Match[str]) -> bool:
    if stop.group().startswith("\n"):
        return True
    before = text[start : stop.start()]
    if stop.group().startswith("."):
        return not _abbreviated(before, text, stop.end())
    # "Yahoo! is", "and so ... on": the sentence goes on in small letters.
    return not text[stop.end() :].lstrip()[:1].islower()


def _abbreviated(before: str, text: str, end: int) -> bool:
    match = _LAST_WORD.search(before)
    word = match.group(1).lower().strip("\"'“\u2018(") if match else ""
    following = text[end:].lstrip()[:1]
    if word in _TITLES or (len(word) == 1 and word.isalpha() and word != "i"):
        return True
    if word == "no":
        return following.isdigit()
    if before.strip().isdigit():
        return True
    return word in _MAYBE and not following.isupper()
