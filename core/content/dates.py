"""Dates and deadlines as people write them, brought to one spelling.

A day becomes "2027-01-06", a day without a year "--01-06", a month "2027-01" or "--01", a time
"time:23:59"; weekdays, holidays and words such as "today" stay words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
# May and March are months only with a capital: "you may", "march on".
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|(?-i:March|Mar|MARCH)|apr(?:il)?|(?-i:May|MAY)|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_HOLIDAY = (
    r"christmas(?:\s+(?:eve|day))?|black\s+friday|cyber\s+monday|thanksgiving|easter(?:\s+\w+day)?"
    r"|halloween|valentine['\u2019]?s(?:\s+day)?|(?:mother|father)['\u2019]?s['\u2019]?\s+day|boxing\s+day"
    r"|new\s+year['\u2019]?s(?:\s+(?:eve|day))?|(?:memorial|labor|independence|veterans)\s+day|hanukkah"
)
_SOON = (
    r"today|tonight|tomorrow|this\s+(?:week(?:end)?|month|morning|afternoon|evening)"
    r"|(?:the\s+)?end\s+of\s+(?:the\s+|this\s+)?(?:day|week|month|season|year)"
    r"|next\s+(?:week(?:end)?|month)"
)
_ENDS = (
    r"(?:ends?|ending|expires?|until|till?|by|before|through|closes?|finish(?:es)?|over|last\s+day)"
    r"(?:\s+(?:on|at|is))?"
)


@dataclass(frozen=True, slots=True)
class DateText:
    """A date in a text: its canonical value and `source[start:end]`."""

    value: str
    start: int
    end: int


def _day_month(match: re.Match[str]) -> str:
    month = next(
        i for i, name in enumerate(_NAMES, 1) if name.startswith(match["month"].lower()[:3])
    )
    year = match["year"] or "-"
    day = match["day"] if "day" in match.re.groupindex else None
    return f"{year}-{month:02d}" + (f"-{int(day):02d}" if day else "")


def _time(match: re.Match[str]) -> str:
    word = match["word"]
    if word:
        return {"midnight": "time:24:00", "noon": "time:12:00", "midday": "time:12:00"}[
            word.lower()
        ]
    hour = int(match["hour"]) % 12 if match["half"] else int(match["hour"])
    if match["half"] and match["half"].lower() == "p":
        hour += 12
    return f"time:{hour:02d}:{match['minute'] or '00'}"


def _words(match: re.Match[str]) -> str:
    text = match["said"].lower().replace("\u2019", "").replace("'", "").split()
    return " ".join(w for w in text if w not in {"the", "of"}).removesuffix("s")


def _zone(match: re.Match[str]) -> str:
    said = match["said"]
    name = next(n for n, p in _ZONES.items() if re.match(rf"(?:{p})(?!\w)", said, re.IGNORECASE))
    return f"zone:{name}"


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"[./]", "/", match.group())


_DAY_FIRST = (
    rf"(?<![\w.])(?P<day>{_DAY})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>{_MONTH})"
    rf"(?:,?\s+(?P<year>{_YEAR})(?!\d))?"
)
_MONTH_FIRST = (
    rf"\b(?P<month>{_MONTH})\s+(?:the\s+)?(?P<day>{_DAY})(?:st|nd|rd|th)?(?!\w|[.,:]\d)"
    rf"(?:,?\s+(?P<year>{_YEAR})(?!\d))?"
)
_MONTH_ALONE = (
    r"(?:\b(?:in|until|till|by|before|through|during|since|all|this|next|last|late|early|mid"
    rf"|end\s+of)[\s-]+)(?P<said>(?P<month>{_MONTH})(?P<year>))(?!\w)"
)
_CLOCK = (
    r"(?<![\w.:])(?:(?P<word>midnight|midday|noon)|(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*"
    r"(?P<half>[ap])\.?m\b\.?)(?!\w)"
)
_CLOCK_24 = r"(?<![\w.:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\w:])"
_ZONES = {
    "eastern": r"eastern|new\s+york|(?-i:EST|EDT|ET)",
    "central": r"(?:us\s+)?central|chicago|(?-i:CST|CDT)",
    "mountain": r"mountain|denver|(?-i:MST|MDT)",
    "pacific": r"pacific|los\s+angeles|(?-i:PST|PDT|PT)",
    "utc": r"greenwich(?:\s+mean)?|universal|(?-i:GMT|UTC)",
    "london": r"london|british|uk|(?-i:BST)",
    "central european": r"central\s+european|berlin|paris|(?-i:CET|CEST)",
    "local": r"(?:your\s+)?local",
}
_ZONE_NAMES = "|".join(f"(?:{pattern})" for pattern in _ZONES.values())
_ZONE = (
    rf"(?<![\w-])(?P<said>(?:{_ZONE_NAMES})(?=\s+(?:(?:standard|daylight|summer)\s+)?time\b)"
    r"|(?-i:EST|EDT|PST|PDT|CST|CDT|MST|MDT|GMT|UTC|CET|CEST|BST|ET|PT)"
    r"|(?-i:Eastern|Central|Mountain|Pacific)(?=[.,;]|$))(?!\w)"
)
_SOON_ONLY = rf"\b(?P<said>{_SOON})(?=\s+only\b|(?:\s+i|['\u2019])s\s+the\s+last\b)"

_TABLE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), value)
    for pattern, value in (
        (_DAY_FIRST, _day_month),
        (_MONTH_FIRST, _day_month),
        (rf"(?<!\w)(?P<year>{_YEAR})-(?P<month>\d\d)-(?P<day>\d\d)(?!\w)", lambda m: m.group()),
        (r"(?<![\w/.])\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})(?![\w/])", _digits),
        (rf"\b(?P<month>{_MONTH})\s+(?P<year>{_YEAR})(?!\w)", _day_month),
        (_MONTH_ALONE, _day_month),
        (_CLOCK, _time),
        (_CLOCK_24, lambda m: f"time:{m.group():0>5}"),
        (_ZONE, _zone),
        (rf"\b(?P<said>{_HOLIDAY})(?!\w)", _words),
        (rf"\b(?P<said>{_WEEKDAY})(?!\w)", _words),
        (rf"\b{_ENDS}\s+(?P<said>{_SOON})(?!\w)", _words),
        (_SOON_ONLY, _words),
        (r"\bonly\s+(?P<said>today|tonight|this\s+week(?:end)?)(?!\w)", _words),
        (r"\b(?P<said>tonight|tomorrow)(?!\w)", _words),
    )
)


def dates(text: str) -> Iterator[DateText]:
    """The dates and deadlines of a text, the more exact reading of a place first.

    Examples:
        >>> [d.value for d in dates("From January 6 until 9 Feb. 2027 at midnight, or on Sunday")]
        ['2027-02-09', '--01-06', 'time:24:00', 'sunday']
        >>> [d.value for d in dates("Order today, you may like it. Ends today.")]
        ['today']
    """
    taken: list[tuple[int, int]] = []
    for pattern, value in _TABLE:
        for match in pattern.finditer(text):
            group = "said" if "said" in pattern.groupindex else 0
            start, end = match.span(group)
            if start < end and not any(start < b and a < end for a, b in taken):
                taken.append((start, end))
                yield DateText(value(match), start, end)


def agrees(said: str, approved: str) -> bool:
    """Whether a date is the approved one, or the approved one with its year left out."""
    without_year = approved[1:] if approved.startswith("--") else approved[4:]
    return said == approved or (said.startswith("--") and without_year == said[1:])
