"""Sentences about something of which approved content has no word.

Claims are not all that must not go out: a message may answer a question that somebody hid in a
document. A sentence most of whose words neither the approved passages nor ordinary advertising
use, or that names a person, place or work nobody approved, is not the brand's.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from core.content.everyday_words import EVERYDAY_WORDS
from core.content.facts import approved
from core.content.language import COMMON_WORDS
from core.content.product_names import CALENDAR_AND_PLACES, GREETING, strange_names
from core.content.sentences import sentences
from core.models.content import Passage
from core.models.messages import Finding, Level, TextField

# A sentence is off the topic with so many strange words, that make up so much of it.
_MANY, _MANY_SHARE = 3, 0.4
_FEW, _FEW_SHARE = 2, 0.6
_SHORTEST = 4

_WORD = re.compile(r"(?<![\w'\u2019{])[A-Za-z][a-z'\u2019]{3,}")
_ENDINGS = ("ing", "edly", "ed", "es", "ly", "s", "er", "est")
_WHY = "No approved passage speaks of this, so it is not for this message to say."


def off_topic_findings(
    text: str, field: TextField, passages: Sequence[Passage]
) -> tuple[Finding, ...]:
    """The sentences of one part that speak of something the passages have no word for.

    Examples:
        >>> found = off_topic_findings("The liver filters toxins.", TextField.BODY, ())
        >>> [f.text for f in found]
        ['The liver filters toxins.']
    """
    words = _words_of(tuple(passages))
    known = approved(tuple(passages))
    found = []
    for sentence in sentences(text):
        if _is_strange(sentence.text, words):
            place = (sentence.start, sentence.end)
            found.append(Finding("off_topic", Level.BLOCK, field, *place, sentence.text, _WHY))
            continue
        for a, b in strange_names(sentence.text, known):
            name = sentence.text[a:b]
            why = f"No approved passage names '{name}'."
            start = sentence.start + a
            found.append(Finding("off_topic", Level.BLOCK, field, start, start + b - a, name, why))
    return tuple(found)


def _is_strange(text: str, known: frozenset[str]) -> bool:
    greeting = GREETING.match(text)
    said = [w.lower() for w in _WORD.findall(text, greeting.end() if greeting else 0)]
    telling = [w for w in said if w not in COMMON_WORDS["en"] and w not in CALENDAR_AND_PLACES]
    strange = sum(_stem(w) not in known for w in telling)
    share = strange / (len(telling) or 1)
    return (strange >= _MANY and share >= _MANY_SHARE) or (strange >= _FEW and share >= _FEW_SHARE)


@lru_cache(maxsize=64)
def _words_of(passages: tuple[Passage, ...]) -> frozenset[str]:
    texts = (t for p in passages for t in (p.title, p.text, *p.keywords))
    own = {_stem(w.lower()) for t in texts for w in re.findall(r"[A-Za-z]{3,}", t)}
    return _EVERYDAY | own


def _stem(word: str) -> str:
    """A word without its ending, well enough to know it again in another form."""
    plain = re.sub(r"['\u2019].*", "", word)
    for ending in _ENDINGS:
        if len(plain) - len(ending) >= _SHORTEST and plain.endswith(ending):
            return plain.removesuffix(ending).removesuffix("e")
    return plain.removesuffix("e")


_EVERYDAY = frozenset(_stem(w) for w in EVERYDAY_WORDS | COMMON_WORDS["en"])
