"""Signs that no reader sees and letters that only look like others: they hide words from checks."""

import re
import unicodedata
from collections.abc import Iterator

from core.content.patterns import at, row
from core.models.messages import Finding, Level, TextField

_UNSEEN = row(
    "hidden_text",
    Level.BLOCK,
    r"(?!)",
    "A sign that no reader sees stands here; it can hide words from every check. Delete it.",
)
_MIXED = row(
    "hidden_text",
    Level.BLOCK,
    r"(?!)",
    "This word mixes letters of two alphabets that look alike; write it in one of them.",
)
_WORD = re.compile(r"\w+")
_LATIN, _LOOKALIKE = re.compile(r"[A-Za-z]"), re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
# Joins pictures into one, and is seen as that.
_JOINER = "\u200d"


def hidden_findings(text: str, field: TextField) -> tuple[Finding, ...]:
    r"""Unseen signs and words of two alphabets in one part of a message.

    Examples:
        >>> [(f.start, f.end) for f in hidden_findings("So ch\u200beap", TextField.BODY)]
        [(5, 6)]
        >>> hidden_findings("A family: \U0001f468\u200d\U0001f469", TextField.BODY)
        ()
    """
    unseen = [at(_UNSEEN, text, field, place, place + 1) for place in _unseen(text)]
    mixed = [
        at(_MIXED, text, field, *word.span())
        for word in _WORD.finditer(text)
        if _LATIN.search(word.group()) and _LOOKALIKE.search(word.group())
    ]
    return (*unseen, *mixed)


def _unseen(text: str) -> Iterator[int]:
    for place, sign in enumerate(text):
        if unicodedata.category(sign) not in {"Cf", "Cc"} or sign in "\n\r\t":
            continue
        around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
        if sign == _JOINER and len(around) == 2 and not any(c.isascii() for c in around):
            continue
        yield place
