"""What was changed in a sentence that is nearly an approved one, where the change matters.

Claims are compared elsewhere; here it is the words between them: another product or thing, a
"not" more or less, an "only" or a part of an exclusion left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.content.claims import Claim
from core.content.things import kinds_of, named_things, rivals

_TOKEN = re.compile(r"[\w'\u2019-]+")
_NEGATIONS = frozenset({
    "not", "no", "never", "cannot", "can't", "don't", "doesn't", "won't", "isn't", "aren't",
    "without", "nothing", "nobody", "neither", "nor", "except", "excluding", "unless",
})  # fmt: skip
_LIMITS = frozenset({
    "only", "full-price", "once", "unworn", "selected", "most", "some", "usually", "up", "least",
    "per", "first", "new", "single", "one", "contiguous", "same", "before", "after",
}) | _NEGATIONS  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changed:
    """A change at `text[start:end]` of the sentence; `names` tells a thing from a condition."""

    start: int
    end: int
    why: str
    names: bool


@dataclass(frozen=True, slots=True)
class _Token:
    key: str
    text: str
    start: int
    end: int


def changes(
    text: str,
    made: tuple[Claim, ...],
    home: str,
    has: tuple[Claim, ...],
    names: Mapping[str, frozenset[str]],
) -> tuple[Changed, ...]:
    """The changes that matter between a sentence and the approved sentence it nearly is."""
    ours, theirs = _tokens(text, made), _tokens(home, has)
    matcher = SequenceMatcher(None, [t.key for t in ours], [t.key for t in theirs], autojunk=False)
    found = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            found += _judged(ours, (a, b), theirs[c:d], text, home, names)
    return tuple(found)


def _tokens(text: str, made: tuple[Claim, ...]) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        inside = next((c for c in made if c.start <= match.start() < c.end), None)
        if inside is None:
            key = match.group().lower().replace("\u2019", "'")
            found.append(_Token(key, match.group(), *match.span()))
        elif match.start() == inside.start or not found or found[-1].key != f"\0{inside.kind}":
            found.append(_Token(f"\0{inside.kind}", "", *match.span()))
    return found


def _judged(
    ours: list[_Token],
    place: tuple[int, int],
    lost: list[_Token],
    text: str,
    home: str,
    names: Mapping[str, frozenset[str]],
) -> list[Changed]:
    new = ours[place[0] : place[1]]
    start, end = _span(ours, place)
    said, instead = " ".join(t.text for t in new), " ".join(t.text for t in lost)
    found = []
    strange = [t for t in new if _is_other_name(t, text, home, names)]
    strange += [t for t in lost if new and t.text in names and t.text not in text]
    if strange or _is_other_thing(said, instead, home) or rivals(said) - rivals(home):
        found.append(
            Changed(
                start,
                end,
                f"The approved sentence says '{instead}'." if instead else "",
                names=True,
            )
        )
    told = {t.key for t in ours}
    gained = {t.key for t in new} & _NEGATIONS - {t.key for t in lost}
    missing = {t.key for t in lost} & _LIMITS - told
    negative = any(t.key in _NEGATIONS for t in _tokens(home, ()))
    dropped = (
        {t for t in named_things(instead) if t not in named_things(text)} if negative else set()
    )
    if gained or missing or (dropped and not new) or rivals(instead) - rivals(text):
        what = (
            f"The approved sentence says '{instead}' here."
            if instead
            else "The approved sentence does not."
        )
        found.append(Changed(start, end, what, names=False))
    return found


def _is_other_thing(said: str, instead: str, home: str) -> bool:
    """Whether a thing was put in the place of another, or one is named that was not there."""
    new, lost = named_things(said), named_things(instead)
    if said and lost:
        return not all(lost & kinds_of(t) for t in new) or not new
    known = named_things(home)
    return any(not kinds_of(t) & known for t in new)


def _span(ours: list[_Token], place: tuple[int, int]) -> tuple[int, int]:
    """The changed words, or the two words between which some were left out."""
    a, b = place
    if a == b:
        a, b = max(a - 1, 0), min(b + 1, len(ours))
    return (ours[a].start, ours[b - 1].end) if a < b else (0, 0)


def _is_other_name(
    token: _Token, text: str, home: str, names: Mapping[str, frozenset[str]]
) -> bool:
    if not token.text[:1].isupper() or token.text in home:
        return False
    name = re.sub(r"['\u2019]s$", "", token.text)
    inside = token.start > 0 and not text[: token.start].rstrip().endswith((".", "!", "?"))
    return name in names or inside
