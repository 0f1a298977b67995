"""Names for clusters from what stands out in them: always the same, and no two alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.models.segment_quality import Difference

LONGEST = 60
FEWEST_TOLD = 30
"""A category that fewer customers share is not put into a name, nor told to anybody."""

_NOTICEABLE = 0.25
_PARTS = 2
_MOST, _NEARLY_ALL, _FEW = 0.5, 0.8, 0.2
_KNOWN = (
    (re.compile(r"recency|since|last_"), ("lapsed", "recent"), True),
    (
        re.compile(r"frequency|orders|purchases|transactions|visits"),
        ("frequent", "occasional"),
        True,
    ),
    (re.compile(r"tenure|months_active|customer_for"), ("long-standing", "newer"), True),
    (
        re.compile(r"spend|spent|monetary|revenue|turnover|amount"),
        ("big spenders", "small spenders"),
        False,
    ),
)


_BOUGHT = re.compile(r"(bought|buys|purchased)_(.+)")


@dataclass(frozen=True, slots=True)
class _Word:
    """A part of a name: an adjective before the noun, the noun itself, or something after it."""

    text: str
    place: int


def names(differences: Sequence[Difference], ids: Sequence[str]) -> Mapping[str, str]:
    """A name for each segment, from its two strongest differences, more where two would be alike.

    Args:
        differences: those of all segments, the strongest of each first.
        ids: the segments to name, in order; of equal ones the later gets a number.

    Reference:
        Tversky (1977), "Features of similarity": a group is known by what sets it apart.

    Examples:
        >>> spend = Difference("a", "past_year_spend", None, 900.0, 240.0, 1.9, 500)
        >>> phone = Difference("a", "channel", "Phone", 0.7, 0.4, 0.6, 350)
        >>> recent = Difference("a", "recency_days", None, 10.0, 90.0, -0.9, 500)
        >>> dict(names([spend, recent, phone], ["a", "b"]))
        {'a': 'Recent big spenders', 'b': 'Average customers'}
    """
    words = {name: _words([d for d in differences if d.segment_id == name]) for name in ids}
    lengths = dict.fromkeys(ids, _PARTS)
    for _ in range(max((len(w) for w in words.values()), default=0)):
        made = {name: _said(words[name][: lengths[name]]) for name in ids}
        alike = [n for n in ids if list(made.values()).count(made[n]) > 1]
        grown = [n for n in alike if lengths[n] < len(words[n])]
        if not grown:
            break
        for name in grown:
            lengths[name] += 1
    return _numbered({name: _said(words[name][: lengths[name]]) for name in ids})


def _words(differences: Sequence[Difference]) -> list[_Word]:
    found: list[_Word] = []
    for difference in differences:
        word = _word(difference) if abs(difference.z) >= _NOTICEABLE else None
        taken = {w.place for w in found if w.place == 1}
        # A name has one noun; a second kind of spending says nothing that can be read.
        if word and word.text not in {w.text for w in found} and word.place not in taken:
            found.append(word)
    return found


def _word(difference: Difference) -> _Word | None:
    label = difference.column.replace("_", " ")
    if difference.flag:
        return _flag_word(label, difference)
    if difference.category is not None:
        return _category_word(difference)
    for pattern, (high, low), adjective in _KNOWN:
        if pattern.search(difference.column.lower()):
            return _Word(high if difference.z > 0 else low, 0 if adjective else 1)
    return _Word(f"{'high' if difference.z > 0 else 'low'} {label}", 2)


def _flag_word(label: str, difference: Difference) -> _Word | None:
    bought = _BOUGHT.match(difference.column.lower())
    if bought:
        what = bought.group(2).replace("_", " ")
        if difference.value >= _MOST:
            return _Word(f"{what} buyers", 1)
        return _Word(f"no {what}", 2) if difference.value <= _FEW else None
    if difference.value >= _NEARLY_ALL:
        return _Word(label, 2)
    if difference.value <= _FEW:
        return _Word(f"not {label}", 2)
    return _Word(f"{'mostly' if difference.value >= _MOST else 'rarely'} {label}", 2)


def _category_word(difference: Difference) -> _Word | None:
    if difference.customers < FEWEST_TOLD or difference.z < 0:
        return None
    often = "mostly" if difference.value >= _MOST else "more often"
    return _Word(f"{often} {difference.category}", 2)


def _said(words: Sequence[_Word]) -> str:
    if not words:
        return "Average customers"
    before = [w.text for w in words if w.place == 0]
    noun = next((w.text for w in words if w.place == 1), "customers")
    after = [w.text for w in words if w.place == 2]
    said = ", ".join([" ".join([*before, noun]), *after])
    short = said if len(said) <= LONGEST else f"{said[: LONGEST - 1].rstrip(' ,')}…"
    return short[:1].upper() + short[1:]


def _numbered(made: Mapping[str, str]) -> Mapping[str, str]:
    taken: dict[str, str] = {}
    for name, said in made.items():
        number, unique = 1, said
        while unique in taken.values():
            number += 1
            unique = f"{said} ({number})"
        taken[name] = unique
    return taken
