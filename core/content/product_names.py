"""Names in a text that no approved passage knows: of a product, a place, a person, a work."""

import re

from core.content.facts import Approved
from core.content.language import COMMON_WORDS
from core.content.things import things

_CAPITAL = re.compile(r"(?<![\w'\u2019-])[A-Z][a-z][\w'\u2019-]*")
_ARTICLE = re.compile(r"(?:^|\s)(?:the|our|a|an|new|every|each|your)\s+$", re.IGNORECASE)
CALENDAR_AND_PLACES = frozenset({
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january",
    "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december", "christmas", "easter", "eastern", "pacific", "central", "american",
    "british", "french", "italian", "spanish", "german", "english", "scottish", "irish", "swiss",
    "europe", "european", "united", "states", "america", "oxford", "north", "south",
    "east", "west", "new", "spring", "summer", "autumn", "fall", "winter", "standard", "express",
})  # fmt: skip
"""Words with a capital that name nothing anybody would have to approve."""

# So many words may stand between a name and its thing: "the Sable quilted coat".
_BETWEEN = re.compile(r"(?:[\s-]+[a-z][\w-]*){0,2}[\s-]+$")
#: Who is greeted, at the beginning of a sentence.
GREETING = re.compile(
    r"\s*(?:hello|hi|hey|dear|good\s+\w+|thank\s+you|thanks|welcome(?:\s+back)?),?\s+\w[\w'\u2019-]*(?:\s+[A-Z][\w'\u2019-]*)?",
    re.IGNORECASE,
)
_TITLE_CASE = 0.7


def unknown_names(text: str, known: Approved) -> tuple[tuple[int, int], ...]:
    """The places of names before a thing, such as "Sable" in "the Sable coat", that nobody uses."""
    found = []
    for start, end in strange_names(text, known):
        following = next((place for _, place, _ in things(text) if place >= end), None)
        if following is not None and _BETWEEN.fullmatch(text[end:following]):
            found.append((start, end))
    return tuple(found)


def strange_names(text: str, known: Approved) -> tuple[tuple[int, int], ...]:
    """The places of names that no passage uses, of whatever kind.

    At the beginning of a sentence any word has a capital: there only what stands after an article
    counts. Who is greeted is the reader's own name, and a text in title case is left alone.
    """
    words = re.findall(r"[A-Za-z]{4,}", text)[1:]
    if len(words) > 1 and sum(w[0].isupper() for w in words) >= _TITLE_CASE * len(words):
        return ()
    greeting = GREETING.match(text)
    start = greeting.end() if greeting else 0
    return tuple(
        m.span() for m in _CAPITAL.finditer(text, start) if not _is_ordinary(m, text, known)
    )


def _is_ordinary(match: re.Match[str], text: str, known: Approved) -> bool:
    name = re.sub(r"['\u2019]s$", "", match.group())
    first = match.start() == 0 or text[: match.start()].rstrip()[-1:] in set('.!?:"\u201c')
    word = name.lower()
    return (
        (first and not _ARTICLE.search(text[: match.start()]))
        or word in known.words
        or word in COMMON_WORDS["en"]
        or word in CALENDAR_AND_PLACES
        or name in known.capitals
    )
