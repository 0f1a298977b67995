"""Personal data that must not stand in a text for many readers: addresses and numbers.

What has a shape is found; names of people and places have none and are not looked for.
"""

import ipaddress
import re
from collections.abc import Callable, Collection

from core.content.claims import EMAIL, PHONE
from core.content.national_ids import KINDS
from core.models.messages import Finding, Level, TextField

_EXTENSION = re.compile(
    PHONE.pattern.removesuffix(r"(?![\w%])") + r"(?:\s?(?:x|ext\.?)\s?\d{1,6})?(?![\w%])"
)
# Shorter numbers only where they are written as a telephone number is.
_SHORT_PHONE = re.compile(
    r"(?<![\w$£€.,-])(?:\(\d{2,5}\)|0\d{1,4}[-.])[ .-]?\d{2,4}[ .-]\d{2,5}(?![\w%-])"
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]?\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{0,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])")
_NAMED = re.compile(
    r"\b(?:driv(?:er|ing)(?:['\u2019]?s)?\s+licen[cs]e|passport|social\s+security|ssn|national\s+id|"
    r"identity\s+card|id\s+card|tax\s+id|account|iban|policy|patient|medical\s+record)"
    r"(?:\s+(?:number|no\.?|nr\.?|id))?(?:\s+(?:is|was)|\s*[:#])*\s*#?\s*"
    r"(?P<number>(?=[A-Z-]*\d)[A-Z0-9](?:[A-Z0-9]|[ -](?=\d)){5,19})(?!\w)",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    r"\b(?:born(?:\s+on)?|birth\s?date|date\s+of\s+birth|birthday|d\.?o\.?b\.?)(?:\s+(?:is|was))?\s*:?\s*"
    r"(?P<number>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})(?!\w)",
    re.IGNORECASE,
)
_STREET = (
    r"(?:street|avenue|boulevard|parkway|highway|terrace|crescent|close|square|lane|drive|road|court|"
    r"place|way|st|ave|blvd|pkwy|hwy|ln|dr|rd|ct|pl|sq)\b\.?"
)
_SIDE = r"(?:,?\s+(?:north|south|east|west|[nsew]\.?w?\.?))?"
_UNIT = r"(?:,?\s*(?:apt|apartment|suite|ste|unit|floor|fl|room)\b\.?\s*#?\s*\w{1,6})?"
_ADDRESS = re.compile(
    rf"(?<![\w$£€.,%-])\d{{1,5}}[a-z]?\s+(?:[nsew]\.?\s+)?(?:[\w'\u2019-]+\.?\s+){{1,3}}?{_STREET}{_SIDE}{_UNIT}"
    r"(?:[\s,]+[A-Z][\w'\u2019.-]+(?:\s[A-Z][\w'\u2019.-]+){0,2},?\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?)?"
    r"|\b(?:po|p\.o\.)\s+box\s+\d+"
    # Street and number in other languages: "Auerstrasse 12", "107 Rue de la Paix", "Calle Mayor 3".
    r"|(?<!\w)\w{3,}(?:stra(?:ss|\u00df)e|str\.|straat|weg|gasse|platz|laan|plein|gatan|gade|vej)\s+\d{1,4}[a-z]?(?!\w)"
    r"|(?<!\w)(?:\d{1,4},?\s+)?(?:rue|avenue|calle|avenida|via|rua|viale|piazza|plaza)\s+(?:d\w{1,2}\s+|la\s+)*"
    r"[A-Z\u00c0-\u017d][\w'\u2019-]+(?:\s+[A-Z\u00c0-\u017d][\w'\u2019-]+)?(?:,?\s+\d{1,4})?(?!\w)"
    r"|\b(?:apt|apartment|suite)\b\.?\s*#?\s*\d{2,5}[a-z]?(?!\w)",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"\b(?-i:[A-Z\u00c0-\u017d])")
_PLAIN_STREET = re.compile(
    r"^\d+[a-z]?\s+(?!way\b|lane\b)[\w'\u2019-]+\s+(?:street|avenue|boulevard|road|lane)\b|^(?:apt|apartment|suite)\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]{2} \d{5}(?:-\d{4})?|"
    r"[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d)(?!\w)"
)


def _dialled(text: str) -> bool:
    return 9 <= len(re.sub(r"(?:x|ext).*|\D", "", text, flags=re.IGNORECASE)) <= 15


def _is_ip(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _addressed(text: str) -> bool:
    """A street with its number; where the words may be ordinary ones, a capital tells it apart."""
    return bool(re.search(r"(?<!\w)\d", text)) and bool(
        _CAPITAL.search(text) or _PLAIN_STREET.search(text)
    )


def _any(_: str) -> bool:
    return True


Kind = tuple[str, re.Pattern[str], Callable[[str], bool], Level]

_KINDS: tuple[Kind, ...] = (
    ("an e-mail address", EMAIL, _any, Level.BLOCK),
    *((k.name, k.pattern, k.holds, Level.BLOCK) for k in KINDS),
    ("a date of birth", _BIRTH, _any, Level.BLOCK),
    ("an IP address", _IPV4, _is_ip, Level.BLOCK),
    ("an IP address", _IPV6, _is_ip, Level.BLOCK),
    ("a number that identifies a person", _NAMED, _any, Level.BLOCK),
    ("a telephone number", _EXTENSION, _dialled, Level.BLOCK),
    ("a telephone number", _SHORT_PHONE, _any, Level.BLOCK),
    # A shop has streets and towns, too: looked at, not stopped.
    ("a postal address", _ADDRESS, _addressed, Level.REVIEW),
    ("a postal code", _POSTCODE, _any, Level.REVIEW),
)


def personal_findings(
    text: str, field: TextField, *, approved: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Personal data in one part of a message.

    Args:
        text: the part.
        field: which part it is.
        approved: approved texts; what stands there, however it is spaced, is the brand's own
            number or address.

    Examples:
        >>> [f.text for f in personal_findings("Card 4111 1111 1111 1111.", TextField.BODY)]
        ['4111 1111 1111 1111']
    """
    found: list[Finding] = []
    own = [_plain(one) for one in approved]
    for name, pattern, holds, level in _KINDS:
        for match in pattern.finditer(text):
            start, end = match.span("number" if "number" in pattern.groupindex else 0)
            shown = text[start:end]
            known = any(_plain(shown) in one for one in own)
            inside = any(f.start < end and start < f.end for f in found)
            if holds(shown) and not known and not inside:
                why = f"This looks like {name}; every reader of the message would see it."
                found.append(Finding("personal_data", level, field, start, end, shown, why))
    return tuple(found)


def _plain(text: str) -> str:
    return re.sub(r"[\s().,-]", "", text).casefold()
