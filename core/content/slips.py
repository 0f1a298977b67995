"""Slips of writing and of machines: damage, repetition, open brackets, an end too early, spam.

Each finding is a row of a table or one small function; a new case is a new row.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Iterator
from datetime import date

from core.content.patterns import PatternRule, at, find, row
from core.models.messages import Finding, Level, TextField

_DAMAGE = "These letters were damaged on the way; a customer would see them like this."
_SPAM = "This is how spam is written; mail programmes sort it out."
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_MONTH = "|".join(f"{m}|{m[:3]}" for m in _MONTHS) + "|sept"
_EMOJI = "[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]"

_TABLE = (
    *(
        row("encoding", Level.BLOCK, pattern, _DAMAGE)
        for pattern in (
            r"\u00e2(?:\u20ac.?|\u0080.?|\u201a\u00ac)|\u00c3[\u0080-\u00bf\u00a1-\u00ff\u2018-\u203a]",
            r"\u00c2(?=[\s\u00a0-\u00bf]|$|is\b)|\u00ef\u00bb\u00bf",
            r"\ufffd",
            r"\\u[0-9a-f]{4}|\\x[0-9a-f]{2}",
            r"(?:%[0-9a-f]{2}){1,3}(?=[a-z])(?=\w*%[0-9a-f]{2})|(?:%[0-9a-f]{2}){2,}|^%20",
            r"(?:=[0-9A-F]{2}){2,}",
        )
    ),
    *(
        row("spam", Level.BLOCK, pattern, _SPAM)
        for pattern in (
            r"\${2,}|\u20ac{2,}|\u00a3{2,}",
            r"\b(?:[a-z]\.){3,}(?=[a-z]\b)\w|\b(?:f r e e|s a l e|w i n|c a s h)\b",
            r">{2,}|<{2,}",
        )
    ),
    *(
        row("spam", Level.REVIEW, pattern, _SPAM)
        for pattern in (
            r"[!?]*!{3,}[!?]*",
            rf"(?:{_EMOJI}\ufe0f?\s*){{4,}}",
            r"[\u2605\u2606\u2714\u2764]{3,}",
        )
    ),
    row(
        "repeated_word",
        Level.REVIEW,
        r"\b(?!(?:that|had|very|so|bye|really|no|ha|many|far|long|much|row)\b)(?P<w>[a-z][a-z']*)"
        r"\s+(?P=w)\b",
        "The same word stands twice.",
    ),
    row("spacing", Level.NOTE, r"(?<=\S) {2,}(?=\S)", "Two spaces stand here."),
    row(
        "spacing",
        Level.NOTE,
        r"(?<=\w) +[,.;](?=\s|$)|(?<=\w) +,(?=\w)",
        "A space stands too many.",
    ),
)
_REPLY = row(
    "spam",
    Level.BLOCK,
    r"\A\s*(?:re|fwd?|aw|wg)\s*:",
    "This looks like an answer or a forwarded message, and it is neither.",
)
_LEET = str.maketrans("013457@", "oieasta")
_SPAM_WORDS = frozenset(
    {"free", "cash", "sale", "win", "winner", "money", "prize", "click", "deal"}
)
_ODD_WORD = re.compile(
    r"\b(?=[a-z]*[013457@])(?=[013457@]*[a-z])[a-z013457@]{3,12}\b", re.IGNORECASE
)
_FLOOD = 4
_SHORT = 4
_BRACKETS = {"(": ")", "\u201c": "\u201d", "\u00ab": "\u00bb"}
_OPEN_END = re.compile(
    r"\b(?:and|or|the|an?|of|to|with|for|in|on|at|by|from|your|our|that|is|are|will|but|because|if|"
    r"as|its|their|this|than)[\"'\u201d\u2019)]*\s*\Z|[,;(\u2013\u2014-]\s*\Z",
    re.IGNORECASE,
)
_TRAILS_OFF = re.compile(r"(?:\.{3}|\u2026)\s*\Z")
_DAY_FIRST = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>{_MONTH})\b\.?(?:,?\s+(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b(?P<m>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:%]|\.\d)(?:,?\s+(?P<y>\d{{4}}))?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b")


def _rule(rule: str, level: Level, why: str) -> PatternRule:
    """A row whose places a function finds."""
    return row(rule, level, r"(?!)", why)


_DISGUISED = _rule("spam", Level.BLOCK, _SPAM)
_FLOODED = _rule("spam", Level.REVIEW, _SPAM)
_HALF = _rule("unbalanced", Level.REVIEW, "The other half of this mark is missing.")
_NO_DAY = _rule("impossible_date", Level.BLOCK, "There is no such day.")
_CUT = _rule("truncated", Level.BLOCK, "It ends in the middle of a sentence.")
_TRAILS = _rule("truncated", Level.REVIEW, "It trails off; is this the end?")


def slips(text: str, field: TextField, *, names: Collection[str] = ()) -> tuple[Finding, ...]:
    """Every slip in one part of a message, in the order of the checks.

    Args:
        text: the part.
        field: which part it is; only a subject can pass itself off as an answer.
        names: how the brand is written; what is nearly that is a slip.
    """
    return (
        *find(_TABLE, text, field),
        *(find((_REPLY,), text, field) if field is TextField.SUBJECT else ()),
        *_disguised(text, field),
        *_flooded(text, field),
        *_unbalanced(text, field),
        *_impossible(text, field),
        *_cut_off(text, field),
        *(f for name in names for f in _misspelt(text, field, name)),
    )


def _disguised(text: str, field: TextField) -> Iterator[Finding]:
    """Words of spam with digits for letters, such as "fr33"."""
    for match in _ODD_WORD.finditer(text):
        if match.group().lower().translate(_LEET) in _SPAM_WORDS:
            yield at(_DISGUISED, text, field, *match.span())


def _flooded(text: str, field: TextField) -> Iterator[Finding]:
    """More pictures than a message of a brand has, wherever they stand."""
    found = list(re.finditer(_EMOJI, text))
    runs = {m.start() for m in found if text[m.end() : m.end() + 1] == "\u200d"}
    if len(found) - len(runs) >= _FLOOD:
        yield at(_FLOODED, text, field, found[0].start(), found[-1].end())


def _unbalanced(text: str, field: TextField) -> Iterator[Finding]:
    """Brackets and quotation marks without their other half, paragraph by paragraph."""
    for paragraph in re.finditer(r"[^\n]+", text):
        for opening, closing in _BRACKETS.items():
            place = _odd(paragraph.group(), opening, closing)
            if place is not None:
                start = paragraph.start() + place
                yield at(_HALF, text, field, start, start + 1)
        quotes = [m.start() for m in re.finditer(r'(?<!\d)"', paragraph.group())]
        if len(quotes) % 2:
            start = paragraph.start() + quotes[-1]
            yield at(_HALF, text, field, start, start + 1)


def _odd(text: str, opening: str, closing: str) -> int | None:
    waiting: list[int] = []
    for place, sign in enumerate(text):
        if sign == opening:
            waiting.append(place)
        elif sign == closing:
            if not waiting:
                return place
            waiting.pop()
    return waiting[0] if waiting else None


def _impossible(text: str, field: TextField) -> Iterator[Finding]:
    """Days that are in no calendar, such as 31 February."""
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _ISO):
        for match in pattern.finditer(text):
            month = match["m"].lower()
            number = (
                int(month)
                if month.isdigit()
                else next(i for i, m in enumerate(_MONTHS, 1) if m.startswith(month[:3]))
            )
            # Without a year, 29 February may be one that there is.
            if not _is_day(int(match["y"] or 2028), number, int(match["d"])):
                yield at(_NO_DAY, text, field, *match.span())


def _is_day(year: int, month: int, day: int) -> bool:
    if not (date.min.year <= year <= date.max.year and 1 <= month <= 12):
        return False
    return 1 <= day <= monthrange(year, month)[1]


def _cut_off(text: str, field: TextField) -> Iterator[Finding]:
    """A part that ends in the middle of a sentence."""
    # A greeting or a sign-off of one or two words ends with a comma and is nothing cut off.
    last = text.rstrip().rpartition("\n")[2]
    match = _OPEN_END.search(text)
    if match is not None and len(last.split()) > 2:
        yield at(_CUT, text, field, match.start(), len(text))
    trails = _TRAILS_OFF.search(text) if field is TextField.BODY else None
    if trails is not None:
        yield at(_TRAILS, text, field, *trails.span())


def _misspelt(text: str, field: TextField, name: str) -> Iterator[Finding]:
    """Places where the brand's name stands, but not as it is written."""
    wanted = name.split()
    gap = r"\s+(?:(?:and|&|\+)\s+)?"
    pattern = re.compile(rf"(?<![\w.@/-])(?=(\w+(?:{gap}\w+){{{len(wanted) - 1}}}))")
    for match in pattern.finditer(text):
        said = match[1]
        words = re.split(gap, said)
        if said == name or said.upper() == said or len(words) != len(wanted):
            continue
        near = [_distance(w.lower(), v.lower()) for w, v in zip(words, wanted, strict=True)]
        letters = sum(near)
        # One letter in a name of one short word makes another word, not a slip.
        if max(near) <= 1 and letters < len(wanted) and max(map(len, wanted)) > _SHORT:
            why = f"The brand is written {name}."
            yield at(_rule("brand_name", Level.BLOCK, why), text, field, *match.span(1))


def _distance(one: str, other: str) -> int:
    """The number of letters to change, add or leave out, counted up to 2."""
    if abs(len(one) - len(other)) > 1:
        return 2
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row_ = [i]
        for j, against in enumerate(other, 1):
            row_.append(min(before[j] + 1, row_[-1] + 1, before[j - 1] + (letter != against)))
        before = row_
    return min(before[-1], 2)
