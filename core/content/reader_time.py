"""When something was, as messages say it: "in March", "more than six months ago", "last month"."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_WORDS = {
    "a": 1, "an": 1, "one": 1, "once": 1, "two": 2, "twice": 2, "three": 3, "thrice": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "a hundred": 100,
    "a couple of": 2, "a dozen": 12, "twenty-four": 24,
}  # fmt: skip
NUMBER = (
    r"(?:\d[\d,]*(?:\.\d+)?k?|"
    + "|".join(sorted((w.replace(" ", r"\s+") for w in _WORDS), key=len, reverse=True))
    + r")\b"
)
COMPARED = (
    r"(?:more\s+than|well\s+over|over|above|at\s+least|no\s+less\s+than|less\s+than|under|below|"
    r"fewer\s+than|up\s+to|at\s+most|no\s+more\s+than|exactly|about|around|nearly|almost)"
)
_ABOVE = {"more than", "well over", "over", "above"}
_AT_LEAST = {"at least", "no less than"}
_BELOW = {"less than", "under", "below", "fewer than", "nearly", "almost"}
_AT_MOST = {"up to", "at most", "no more than"}
_UNIT = r"(?P<unit>day|week|month|year)s?\b"
_AMOUNT = rf"(?:(?P<cmp>{COMPARED})\s+)?(?P<n>{NUMBER})\s+{_UNIT}"
_MONTH = r"(?P<month>" + "|".join(f"{m}|{m[:3]}" for m in _MONTHS) + r")\b\.?"
_FORMS = (
    ("gap", rf"{_AMOUNT}\s+ago\b"),
    (
        "past",
        (
            rf"(?:\b(?:in|within|over|during|for)\s+)?(?:the\s+|these\s+)?\b(?:past|last|previous)\s+"
            rf"(?P<n>{NUMBER})\s+{_UNIT}"
        ),
    ),
    ("past", rf"\b(?:in|within|over|during)\s+the\s+(?:past|last|previous)\s+{_UNIT}"),
    (
        "past",
        rf"\bwithin\s+(?P<n>{NUMBER})\s+{_UNIT}|\b(?:the\s+)?past\s+(?P<unit2>week|month|year)\b",
    ),
    ("calendar", r"\b(?P<which>last|this)\s+(?P<unit>week|month|year)\b"),
    ("day", r"\b(?P<which>yesterday|today)\b"),
    (
        "month",
        rf"\b(?P<how>in|since|last|of)\s+{_MONTH}(?:\s*,?\s*(?:of\s+)?(?P<year>(?:19|20)\d\d))?",
    ),
    ("year", r"\b(?P<how>in|since)\s+(?P<year>(?:19|20)\d\d)\b"),
    ("gap", rf"\b(?:for|in|been|since)\s+{_AMOUNT}"),
    ("gap", rf"{_AMOUNT}(?=\s+since\b)"),
)
_PATTERNS = tuple((kind, re.compile(form, re.IGNORECASE)) for kind, form in _FORMS)


@dataclass(frozen=True, slots=True)
class Time:
    """A stretch of days, both ends included and either open; `start` and `end` in the text.

    `gap` is a number of units before the day of the send, with what it is compared by.
    """

    start: int
    end: int
    low: date | None = None
    high: date | None = None
    gap: tuple[str, float, str] | None = None
    months: float | None = None


def number(text: str) -> float:
    """The number that is written in figures or in a word, such as "1,000" or "ten"."""
    plain = " ".join(text.lower().split())
    if plain in _WORDS:
        return float(_WORDS[plain])
    thousands = plain.endswith("k")
    return float(plain.rstrip("k").replace(",", "")) * (1000 if thousands else 1)


def operator_of(words: str | None) -> str | None:
    """The comparison that words such as "more than" say; None for "about", "=" for none."""
    plain = " ".join((words or "exactly").lower().split())
    for known, sign in ((_ABOVE, ">"), (_AT_LEAST, ">="), (_BELOW, "<"), (_AT_MOST, "<=")):
        if plain in known:
            return sign
    return "=" if plain == "exactly" else None


def before(day: date, amount: float, unit: str) -> date:
    """The day so many days, weeks, months or years earlier; the last of a shorter month.

    Examples:
        >>> before(date(2026, 3, 31), 1, "month")
        datetime.date(2026, 2, 28)
    """
    if unit in {"day", "week"}:
        return day - timedelta(days=round(amount * (7 if unit == "week" else 1)))
    months = day.year * 12 + day.month - 1 - round(amount * (12 if unit == "year" else 1))
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def time_in(text: str, day: date) -> Time | None:
    """The first stretch of time a text names, seen from the day of the send."""
    for kind, pattern in _PATTERNS:
        match = pattern.search(text)
        if match is not None:
            try:
                return _time(kind, match, day)
            except (ValueError, OverflowError):
                return None
    return None


def _time(kind: str, match: re.Match[str], day: date) -> Time | None:
    said = match.groupdict()
    if kind == "gap":
        sign = operator_of(said["cmp"]) if said["cmp"] else ""
        if sign is None:
            return None
        return Time(*match.span(), gap=(sign, number(said["n"]), said["unit"].lower()))
    low, high, months = _stretch(kind, said, day)
    return Time(*match.span(), low, high, months=months)


def _stretch(kind: str, said: dict[str, str | None], day: date) -> tuple[date, date, float | None]:
    """The first and the last day, and the months between them where they are whole."""
    unit = str(said.get("unit") or said.get("unit2") or "").lower()
    months = {"month": 1.0, "year": 12.0}.get(unit)
    which = str(said.get("which")).lower()
    if kind == "past":
        amount = number(str(said["n"])) if said.get("n") else 1.0
        return before(day, amount, unit), day, months * amount if months else None
    if kind == "calendar":
        return *_calendar(which, unit, day), months
    if kind == "day":
        one = day - timedelta(days=1) if which == "yesterday" else day
        return one, one, None
    if kind == "month":
        return *_month(said, day), None
    year = int(str(said["year"]))
    return date(year, 1, 1), date(year, 12, 31), None


def _month(said: dict[str, str | None], day: date) -> tuple[date, date]:
    name = str(said["month"]).lower()[:3]
    month = next(i for i, m in enumerate(_MONTHS, start=1) if m.startswith(name))
    # A month without a year is the last one that has begun.
    year = int(said["year"] or (day.year if month <= day.month else day.year - 1))
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _calendar(which: str, unit: str, day: date) -> tuple[date, date]:
    if unit == "week":
        monday = day - timedelta(days=day.weekday() + (7 if which == "last" else 0))
        return monday, monday + timedelta(days=6)
    if unit == "year":
        year = day.year - (which == "last")
        return date(year, 1, 1), date(year, 12, 31)
    first = day.replace(day=1)
    first = before(first, 1, "month") if which == "last" else first
    return first, first.replace(day=monthrange(first.year, first.month)[1])
