"""The checkable claims of a text: what a customer could hold the brand to.

Every claim carries the exact place it stands at and one canonical value, so that "$5",
"5 dollars" and "five dollars" are the same claim, and so are "30 %" and "30 per cent".
`bound` keeps "up to", "at least" and their like apart from the plain value; `about` keeps what
the value is of: a discount ("off"), an earlier price ("prior"), or the thing that is free
("delivery").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from core.content import claim_words as words
from core.content import offer_words
from core.content.dates import dates
from core.content.plain_reading import plain_reading
from core.content.quantities import AMOUNT, DIGITS, worth, written
from core.content.sentences import sentences


class ClaimKind(StrEnum):
    """What a claim is about."""

    NUMBER = "number"
    PERCENTAGE = "percentage"
    MONEY = "money"
    DATE = "date"
    CODE = "code"
    URL = "url"
    EMAIL = "email"
    FREE = "free"
    GUARANTEE = "guarantee"
    SUPERLATIVE = "superlative"
    URGENCY = "urgency"
    CONDITION = "condition"
    TIER = "tier"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim: `text` is `source[start:end]`, `value` is its canonical spelling."""

    kind: ClaimKind
    value: str
    start: int
    end: int
    text: str
    bound: str = ""
    about: str = ""


#: An e-mail address.
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'()\[\]]+|(?<![\w.@-])(?:[a-z0-9-]{1,63}\.)+(?:com|org|net|shop|"
    r"store|example|info|io|eu|uk|us|de|fr|app|link|biz|xyz|ly|me|co)(?:/[^\s<>\"'()\[\]]*)?(?![\w@])",
    re.IGNORECASE,
)
_CODE_AFTER_WORD = re.compile(
    r"\b(?:codes?|vouchers?|coupons?|use|using|enter|quote|apply|mention|type)"
    r"(?:\s+(?:is|the|code|voucher|coupon))*[:\s]+[\"'“\u2018]?"
    r"(?P<code>(?-i:[A-Z][A-Z0-9]*(?:[-_]?[A-Z0-9]+)+))(?!\w)",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w$£€-])(?=[A-Za-z0-9]*\d)(?:[A-Za-z]{2,}[A-Za-z0-9]*|\d+[A-Z]{3,}\d*)(?!\w)"
)
_SIZE = re.compile(r"\d*X{0,4}[SML]|X{1,4}[SL]", re.IGNORECASE)

#: A run of digits, spaces and dashes long enough to be dialled.
PHONE = re.compile(r"(?<![\w$£€.,-])\+?(?:\(\d{1,4}\)|\d)(?:[\s().-]{0,2}\d){7,14}(?![\w%])")

_SYMBOLS = {
    "dollar": "$", "buck": "$", "usd": "$", "us$": "$", "pound": "£", "gbp": "£", "quid": "£",
    "euro": "€", "eur": "€", "cent": "$", "c": "$", "¢": "$", "pence": "£", "p": "£", "yen": "¥",
    "a$": "A$", "au$": "A$", "aud": "A$", "c$": "CA$", "ca$": "CA$", "cad": "CA$", "nz$": "NZ$",
    "hk$": "HK$", "canadian": "CA$", "australian": "A$",
}  # fmt: skip
_HUNDREDTHS = frozenset({"cent", "c", "¢", "pence", "p"})
_MONEY = re.compile(
    rf"(?P<before>(?:us|a|au|c|ca|nz|hk)?[$£€¥]|\b(?:usd|gbp|eur|cad|aud)\s)\s?(?P<a>\d+(?:,\d{{3}})*(?:\.\d+)?)"
    rf"(?P<k>[km](?!\w))?"
    rf"|(?P<b>{AMOUNT})[\s-]*(?P<land>canadian|australian|american|us|u\.s\.)?\s*(?P<after>dollars?|bucks?|pounds?|quid|euros?|yen|cents?|pence|¢|"
    rf"(?-i:USD|GBP|EUR)|[€£$](?!\d))(?!\w)",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?P<a>{AMOUNT}|{DIGITS})[\s-]*(?:%|\uff05|per[\s-]?cent(?!\w)|pct(?!\w))"
    r"|(?<!\w)(?P<b>(?:an?\s+|one[\s-]+|two[\s-]+|three[\s-]+)?(?:half|thirds?|quarters?|fifths?|tenths?))"
    r"(?=[\s-]+(?:off|price)\b)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    rf"(?P<a>{AMOUNT}|{DIGITS})[\s-]*(?P<kind>(?:business|working|calendar|full|whole)[\s-]+)?"
    rf"(?P<unit>{words.UNITS})(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"{AMOUNT}|{DIGITS}[a-z]{{0,3}}(?!\w)", re.IGNORECASE)
_ONE = re.compile(r"(?:an?\s+)?one", re.IGNORECASE)


@lru_cache(maxsize=4096)
def claims(text: str, *, generous: bool = False) -> tuple[Claim, ...]:
    """The claims of a text in order of place.

    Args:
        text: a text of any length.
        generous: also count what is usually no claim, such as "one" in "the one you love";
            meant for approved text, where a reading too many does no harm.
    """
    reading = plain_reading(text)
    found = []
    for sentence in sentences(reading.text):
        for claim in _of_sentence(sentence.text, generous=generous):
            start, end = reading.place(claim.start + sentence.start, claim.end + sentence.start)
            found.append(replace(claim, start=start, end=end, text=text[start:end]))
    return tuple(found)


def _of_sentence(text: str, *, generous: bool) -> list[Claim]:
    kept: list[Claim] = []
    for claim in _readings(text):
        usual = generous or not _ONE.fullmatch(claim.text)
        free = not any(claim.start < k.end and k.start < claim.end for k in kept)
        if usual and free:
            kept.append(_bound(claim, text))
    return sorted(kept, key=lambda c: c.start)


def _readings(text: str) -> Iterator[Claim]:
    """Every way to read a place, the more exact first."""
    yield from _addresses(text)
    yield from _codes(text)
    for date in dates(text):
        yield _claim(ClaimKind.DATE, date.value, text, date.start, date.end)
    yield from _multiples(text)
    yield from _amounts(text)
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if 9 <= len(digits) <= 15:
            yield _claim(ClaimKind.NUMBER, f"phone {digits}", text, *match.span())
    for kind, pattern, value in _WORDED:
        for match in pattern.finditer(text):
            yield _claim(kind, value or _spelled(match.group()), text, *match.span())
    yield from _plain_numbers(text)


def _plain_numbers(text: str) -> Iterator[Claim]:
    for match in _UNIT.finditer(text):
        unit, amount = words.unit(match["unit"], match["kind"] or ""), worth(match["a"])
        if unit == "week":
            unit, amount = "day", amount * 7
        yield _claim(ClaimKind.NUMBER, f"{written(amount)} {unit}", text, *match.span())
    for match in _NUMBER.finditer(text):
        suffix = re.sub(r".*\d", "", match.group()) if match.group()[0].isdigit() else ""
        value = written(worth(match.group())) + (suffix.lower() if suffix.isalpha() else "")
        yield _claim(ClaimKind.NUMBER, value, text, *match.span())


_WORDED: tuple[tuple[ClaimKind, re.Pattern[str], str], ...] = (
    *((ClaimKind.NUMBER, pattern, value) for pattern, value in words.MULTIPLES),
    *((ClaimKind.GUARANTEE, pattern, value) for pattern, value in words.GUARANTEES),
    *((ClaimKind.CONDITION, pattern, value) for pattern, value in offer_words.CONDITIONS),
    (ClaimKind.FREE, words.FREE, "free"),
    (ClaimKind.FREE, words.CARRIED, "carried"),
    (ClaimKind.TIER, offer_words.TIER, ""),
    *((ClaimKind.URGENCY, pattern, value) for pattern, value in words.URGENCY),
    (ClaimKind.SUPERLATIVE, words.SUPERLATIVE, ""),
)


def _claim(kind: ClaimKind, value: str, text: str, start: int, end: int) -> Claim:
    return Claim(kind, value, start, end, text[start:end])


def _spelled(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").split())


def _addresses(text: str) -> Iterator[Claim]:
    for match in EMAIL.finditer(text):
        yield _claim(ClaimKind.EMAIL, match.group().lower().rstrip("."), text, *match.span())
    for match in _URL.finditer(text):
        shown = match.group().rstrip(".,;:!?")
        value = re.sub(r"^https?://", "", shown.lower()).removeprefix("www.").rstrip("/")
        yield _claim(ClaimKind.URL, value, text, match.start(), match.start() + len(shown))


def _codes(text: str) -> Iterator[Claim]:
    for pattern, group in ((_CODE_AFTER_WORD, "code"), (_CODE, 0)):
        for match in pattern.finditer(text):
            start, end = match.span(group)
            code = text[start:end]
            if len(code) >= 4 and not _SIZE.fullmatch(code):
                yield _claim(ClaimKind.CODE, code.upper(), text, start, end)


def _multiples(text: str) -> Iterator[Claim]:
    """Offers such as "two for one", by how many are had for how many paid."""
    for match in offer_words.MULTIBUY.finditer(text):
        had, paid = match["had"] or match["had2"], match["paid"] or match["paid2"]
        if had and paid:
            value = f"{written(worth(had))} for {written(worth(paid))}"
        else:
            value = f"1 with 1 {'free' if 'free' in match.group().lower() else 'more'}"
        yield _claim(ClaimKind.NUMBER, value, text, *match.span())


def _amounts(text: str) -> Iterator[Claim]:
    for match in _MONEY.finditer(text):
        land = (match["land"] or "").lower()
        sign = land if land in _SYMBOLS else (match["before"] or match["after"]).strip().lower()
        sign = sign if sign in _SYMBOLS else sign.removesuffix("s")
        value = worth(match["a"] or match["b"]) / (100 if sign in _HUNDREDTHS else 1)
        value *= {"k": 1000, "m": 1_000_000}.get((match["k"] or "").lower(), 1)
        symbol = _SYMBOLS.get(sign, sign[-1:])
        yield _claim(ClaimKind.MONEY, symbol + written(value), text, *match.span())
    for match in _PERCENT.finditer(text):
        value = worth(match["a"]) if match["a"] else worth(match["b"]) * 100
        yield _claim(ClaimKind.PERCENTAGE, written(value), text, *match.span())


def _bound(claim: Claim, text: str) -> Claim:
    before, after = text[: claim.start], text[claim.end :]
    if claim.kind is ClaimKind.TIER:
        return replace(claim, value=offer_words.tier(claim.text))
    if claim.kind is ClaimKind.FREE:
        return replace(claim, about=words.free_thing(before, after))
    if claim.kind is ClaimKind.DATE:
        return replace(claim, bound=words.date_bound(before, after))
    if claim.kind in {ClaimKind.NUMBER, ClaimKind.PERCENTAGE, ClaimKind.MONEY}:
        about = _about(claim, before, after)
        bound = words.amount_bound(before, after, price=claim.kind is ClaimKind.MONEY)
        return replace(claim, bound="" if about == "prior" else bound, about=about)
    return claim


def _about(claim: Claim, before: str, after: str) -> str:
    if claim.kind is ClaimKind.NUMBER:
        return ""
    if words.is_discount(before, after):
        return "off"
    return "prior" if claim.kind is ClaimKind.MONEY and offer_words.is_prior(before, after) else ""
